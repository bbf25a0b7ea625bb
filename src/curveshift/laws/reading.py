"""Runs from a file, a data frame or a mapping: columns recognised, units asked for, conventions kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from . import checks
from .columns import Match, factor, matches
from .law import Quantity
from .runs import Runs
from .sheets import Sheet, read_sheet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Law

    Floats = NDArray[np.float64]

_SIDE: Final = ("params", "tokens", "training_flop")
"""Read along where they are there, for checks and figures."""
_SPARE: Final = (Quantity("loss", "", "loss"), Quantity("accuracy", "", "accuracy", -1e-12, 1.0 + 1e-12))
"""Read along for a second law through the first; with a fault they are left aside."""
_HOFFMANN: Final = {"dataset": "MassiveText", "flop": "6ND", "params": "total"}
_COUNTS: Final = ("total", "non_embedding", "active")
_SINGLE: Final = "no two runs share all inputs: the spread between seeds cannot be told from lack of fit"


def read_runs(
    data: Any,
    law: type[Law],
    *,
    columns: Mapping[str, str] | None = None,
    units: Mapping[str, Any] | None = None,
    conventions: Mapping[str, str] | None = None,
    cluster: str | None = None,
    force: bool = False,
) -> Runs:
    """Read the runs that a law is to be fitted to.

    Columns are found by their names (``params``, ``N``, ``model_size``; ``tokens``, ``D``; ``flop``, ``C``,
    ``compute``; ``loss``, ``val_loss``; and more), units by the ends of those names (``params_B``,
    ``tokens_billion``, ``flops_1e18``, ``loss_bits_per_token``). What could mean two things is asked, not guessed;
    only losses of an unusual level are noted and not asked about where the data are a mapping.

    Parameters
    ----------
    data : path, data frame, mapping of arrays, or Runs
        A path ends in .csv, .tsv, .jsonl, .ndjson, .json (one object a line) or .parquet (needs pyarrow).
    law : type of Law
        Says which quantities are needed.
    columns : mapping of str to str, optional
        Your column of a quantity: ``{"loss": "eval/c4"}``.
    units : mapping of str to str or number, optional
        Unit of a quantity: ``{"params": "B", "loss": "bit/token", "training_flop": "1e18"}``; ``"1"`` says that
        plain numbers are meant.
    conventions : mapping of str to str, optional
        What is counted: ``{"params": "non_embedding", "flop": "measured"}``. Parameters are ``total``,
        ``non_embedding`` or ``active``; FLOP ``6ND`` or as you call it.
    cluster : str, optional
        Column that says which runs may share errors: a sweep, a paper.
    force : bool
        Take repeated rows and mixed conventions, and leave out rows with empty cells, saying so in the notes.

    Returns
    -------
    Runs
        In an order that does not depend on the order of the rows.

    Raises
    ------
    CurveshiftError
        For anything that is wrong or open, with the row and what to pass.

    Examples
    --------
    >>> from curveshift import laws
    >>> table = {"N (B)": [0.1, 0.4, 1.6], "tokens_B": [8, 8, 8], "val_loss": [3.1, 2.8, 2.6]}
    >>> runs = laws.read_runs(table, laws.Chinchilla)
    >>> runs.columns["params"].tolist()
    [100000000.0, 400000000.0, 1600000000.0]
    """
    if isinstance(data, Runs):
        if columns or units or conventions or cluster:
            raise CurveshiftError(
                "columns, units, conventions and cluster are for data that are not read yet"
            )
        _complete(data, law)
        return data
    sheet = read_sheet(data)
    # What overflows is infinite, and so outside every range.
    with np.errstate(all="ignore"):
        # Arrays come from code, which may well hold toy runs; a table comes from training.
        lenient = isinstance(data, Mapping)
        told = (columns or {}, units or {}, conventions or {}, cluster)
        return _read(sheet, law, *told, force, lenient, _source(data))


def _read(
    sheet: Sheet,
    law: type[Law],
    columns: Mapping[str, str],
    units: Mapping[str, Any],
    conventions: Mapping[str, str],
    cluster: str | None,
    force: bool,
    lenient: bool,
    sources: tuple[str, ...],
) -> Runs:
    wanted = {q.name: q for q in (*law.inputs, law.output)}
    spare = [q for q in _SPARE if q.name not in wanted]
    known = {**{name: Quantity(name, "", name) for name in _SIDE}, **{q.name: q for q in spare}, **wanted}
    found = _assigned(sheet, wanted, known, columns, cluster)
    said = _conventions(conventions, found)
    factors, notes = _factors(found, units, sheet)
    values, index, told = _filled(sheet, wanted, found, factors, force)
    notes += told
    # A unit that was told ends the asking.
    stated = {name for name, match in found.items() if {name, match.column} & units.keys()}

    def place(i: int) -> str | None:
        return sheet.where(int(index[i]))

    for quantity in spare:
        if quantity.name in values:
            try:
                checks.in_range(quantity, values[quantity.name], place)
            except CurveshiftError as error:
                notes.append(f"{quantity.name} is left aside: {error}")
                del values[quantity.name]
    for name, value in values.items():
        checks.in_range(known[name], value, place)
        if name not in stated:
            checks.plausible(name, found[name].column, value, found[name].unit, place)
    _derive(values, wanted, said, notes, place)
    for name, quantity in wanted.items():
        if name not in values:
            raise _missing(quantity, sheet)
        checks.in_range(quantity, values[name], place)
    if not force and {"params", "tokens"} <= values.keys():
        checks.swapped(values, place)
    if "loss" in wanted and "loss" not in stated and not found["loss"].unit:
        odd = checks.loss_level(values)
        if odd is not None and not lenient:
            raise CurveshiftError(odd[0], place(odd[1]))
        notes.append("" if odd is None else f"{place(odd[1])}: {odd[0]}")
    if not force:
        said = {**checks.one_convention(sheet, index), **said}
    notes += checks.twins(sheet, index, values, list(wanted), force)
    notes.append(_SINGLE if checks.no_seeds(values, [q.name for q in law.inputs]) else "")
    if "params" in values and "params" not in said:
        notes.append("params: not stated whether embeddings are counted")
    members = _clusters(sheet, cluster, index)
    order = np.lexsort(
        [*([] if members is None else [members]), *(values[name] for name in reversed(values))]
    )
    return Runs(
        {name: value[order] for name, value in values.items()},
        index[order] + 1,
        None if members is None else members[order],
        said,
        tuple(note for note in notes if note),
        sources,
    )


def _complete(runs: Runs, law: type[Law]) -> None:
    lacking = [q.name for q in (*law.inputs, law.output) if q.name not in runs.columns]
    if lacking:
        held = ", ".join(runs.columns)
        raise CurveshiftError(f"these runs hold {held}, and {law.name} needs {', '.join(lacking)} too")


def _assigned(
    sheet: Sheet,
    wanted: Mapping[str, Quantity],
    known: Mapping[str, Quantity],
    columns: Mapping[str, str],
    cluster: str | None,
) -> dict[str, Match]:
    """The column of each quantity: the one told, else the one whose name leaves no doubt."""
    for name, own in columns.items():
        if name not in known:
            raise unknown_name("quantity", name, known, "columns")
        if own not in sheet.columns:
            raise unknown_name("column", str(own), sheet.columns, f"columns: {name}")
    if cluster is not None and cluster not in sheet.columns:
        raise unknown_name("column", cluster, sheet.columns, "cluster")
    free = [column for column in sheet.columns if column not in columns.values()]
    found: dict[str, Match] = {}
    for name in known:
        if name in columns:
            named = matches(name, [columns[name]])
            found[name] = named[0] if named else Match(columns[name])
            continue
        fitting = matches(name, free)
        if len(fitting) > 1 and name in wanted:
            names = " and ".join(repr(m.column) for m in fitting)
            raise CurveshiftError(
                f"{names} could each be {name}: pass columns={{'{name}': {fitting[0].column!r}}}"
                f" (--column {name}={fitting[0].column}) or the other",
                sheet.where(),
            )
        if len(fitting) == 1:
            found[name] = fitting[0]
    return found


def _missing(quantity: Quantity, sheet: Sheet) -> CurveshiftError:
    held = list(sheet.columns)
    shown = ", ".join(held[:12]) + (f" and {len(held) - 12} more" if len(held) > 12 else "")
    hint = " (a perplexity is no loss: take its logarithm)" if quantity.name == "loss" else ""
    return CurveshiftError(
        f"no column is clearly {quantity.name} ({quantity.meaning}): there are {shown}; pass"
        f" columns={{'{quantity.name}': ...}} (--column {quantity.name}=...){hint}",
        sheet.where(),
    )


def _conventions(told: Mapping[str, str], found: Mapping[str, Match]) -> dict[str, str]:
    """Conventions declared and those in the names of columns, refused where they differ."""
    said = {str(key): str(value) for key, value in told.items()}
    if said.get("params", "total") not in _COUNTS:
        raise unknown_name("way to count parameters", said["params"], _COUNTS, "conventions: params")
    by_name = found["params"].counted if "params" in found else ""
    if by_name and said.setdefault("params", by_name) != by_name:
        raise CurveshiftError(
            f"column {found['params'].column!r} says {by_name}, the conventions say {said['params']}",
            "conventions",
        )
    return said


def _factors(
    found: Mapping[str, Match], units: Mapping[str, Any], sheet: Sheet
) -> tuple[dict[str, float], list[str]]:
    names = {match.column: name for name, match in found.items()}
    for key in units:
        if key not in found and key not in names:
            raise unknown_name("quantity", str(key), [*found, *names], "units")
    factors, notes = {}, []
    for name, match in found.items():
        unit = units.get(name, units.get(match.column, match.unit))
        factors[name] = factor(name, unit, f"units: {name}" if name in units else f"column {match.column!r}")
        if factors[name] != 1.0:
            notes.append(f"{name} is column {match.column!r} × {factors[name]:.6g}")
        elif match.column != name:
            notes.append(f"{name} is column {match.column!r}")
    unused = [c for c in sheet.columns if c not in names]
    if unused:
        more = f" and {len(unused) - 8} more" if len(unused) > 8 else ""
        notes.append(f"columns not used as numbers: {', '.join(unused[:8])}{more}")
    return factors, notes


def _filled(
    sheet: Sheet,
    wanted: Mapping[str, Quantity],
    found: Mapping[str, Match],
    factors: Mapping[str, float],
    force: bool,
) -> tuple[dict[str, Floats], NDArray[np.int64], list[str]]:
    """Numbers of the rows that have them all, the rows' indices, and notes."""
    values: dict[str, Floats] = {}
    notes = []
    needed = set(wanted) if set(wanted) <= found.keys() else {*wanted, *_SIDE}
    for name, match in found.items():
        if name in needed:
            values[name] = checks.numbers(sheet, match.column) * factors[name]
            continue
        try:
            side = checks.numbers(sheet, match.column) * factors[name]
        except CurveshiftError as error:
            notes.append(f"{name} is left aside: {error}")
            continue
        if np.isnan(side).any():
            notes.append(f"{name} is left aside: {match.column} has empty cells")
        else:
            values[name] = side
    empty = np.zeros(len(sheet), dtype=bool)
    for name, value in values.items():
        gone = np.isnan(value)
        if gone.any() and not force:
            rows = np.flatnonzero(gone)
            more = f" (as in {checks.listed(rows[1:] + 1)})" if len(rows) > 1 else ""
            raise CurveshiftError(
                f"{found[name].column} is empty{more}: remove such rows, or leave them out with force=True (--force)",
                sheet.where(int(rows[0])),
            )
        empty |= gone
    if empty.any():
        rows = np.flatnonzero(empty) + 1
        notes.append(f"{len(rows)} of {len(sheet)} rows left out for empty cells: {checks.listed(rows)}")
        if empty.all():
            raise CurveshiftError("every row has an empty cell", sheet.where())
    return {name: value[~empty] for name, value in values.items()}, np.flatnonzero(~empty), notes


def _derive(
    values: dict[str, Floats],
    wanted: Mapping[str, Quantity],
    said: dict[str, str],
    notes: list[str],
    place: checks.Place,
) -> None:
    """Hold FLOP, parameters and tokens against 6ND, and fill in the one that is needed and not there."""
    held = values.keys()
    if set(_SIDE) <= held:
        agree, note = checks.six_nd(values, said, place)
        if agree:
            said.setdefault("flop", "6ND")
        notes.append(note)
    elif "tokens" in wanted and "tokens" not in held and {"params", "training_flop"} <= held:
        if said.setdefault("flop", "6ND") != "6ND":
            raise CurveshiftError(
                f"tokens cannot follow from FLOP counted as {said['flop']!r}: give a column of tokens",
                "conventions",
            )
        values["tokens"] = values["training_flop"] / (6.0 * values["params"])
        notes.append("tokens = training_flop / (6 params), the 6ND convention")
    elif "training_flop" in wanted and "training_flop" not in held and {"params", "tokens"} <= held:
        if said.setdefault("flop", "6ND") != "6ND":
            raise CurveshiftError(
                f"FLOP counted as {said['flop']!r} cannot follow from parameters and tokens: give a column of them",
                "conventions",
            )
        values["training_flop"] = 6.0 * values["params"] * values["tokens"]
        notes.append("training_flop = 6 params tokens, the 6ND convention")


def _clusters(sheet: Sheet, cluster: str | None, index: NDArray[np.int64]) -> NDArray[np.int64] | None:
    if cluster is None:
        return None
    cells = sheet.columns[cluster]
    for i in index.tolist():
        if checks.is_empty(cells[i]):
            raise CurveshiftError(f"{cluster} is empty: each run belongs to a cluster", sheet.where(i))
    labels = np.array([str(cells[i]).strip() for i in index.tolist()])
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _source(data: Any) -> tuple[str, ...]:
    if not isinstance(data, str | Path):
        return ()
    path = Path(data)
    return (f"{path.name} (SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()[:16]})",)


def chinchilla_runs(drop_highest: int = 5) -> Runs:
    """The 245 runs read off a figure of Hoffmann et al. 2022, less those with the highest loss.

    Parameters
    ----------
    drop_highest : int
        Besiroglu et al. 2024 keep the runs whose loss is below the fifth highest.

    Returns
    -------
    Runs
        Tokens are FLOP / (6 × parameters), as in that paper.
    """
    from curveshift import facts

    from .chinchilla import Chinchilla

    rows = facts.rows("chinchilla_points")
    names: Sequence[str] = ("params", "training_flop", "loss")
    columns = {name: np.array([float(row[name]) for row in rows]) for name in names}
    runs = read_runs(columns, Chinchilla, conventions=_HOFFMANN)
    cited = dict.fromkeys(f"{row['source']}, {row['source_url']}" for row in rows)
    return replace(runs, sources=tuple(cited)).drop_highest(drop_highest)
