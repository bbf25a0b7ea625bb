"""Reading the tables into plain Python values, with the two honest meanings of "as of"."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from curveshift.errors import CurveshiftError, unknown_name
from curveshift.facts.schema import Table, all_tables, find

DATA = Path(__file__).with_name("data")
OWN = "CURVESHIFT_FACTS"
"""Environment variable that names a folder of tables to be read instead of the shipped ones of the same name."""
MODES = {"backtest": "published", "hindcast": "knowable_on"}


def _yes_or_no(cell: str) -> bool:
    if cell not in ("yes", "no"):
        raise ValueError(cell)
    return cell == "yes"


PARSERS: dict[str, Callable[[str], Any]] = {
    "text": str,
    "category": str,
    "date": date.fromisoformat,
    "float": float,
    "int": int,
    "bool": _yes_or_no,
}


@dataclass(frozen=True)
class Source:
    """One distinct source: who, where, what kind, in which tables, and how many rows rest on it."""

    source: str
    url: str
    source_class: str
    tables: tuple[str, ...]
    rows: int


def raw(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the header and the lines of one CSV file as text."""
    try:
        # Spreadsheets begin their UTF-8 with a mark, which is no part of the first column's name.
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = list(csv.reader(stream, strict=True))
    except FileNotFoundError:
        raise CurveshiftError("no such file", where=str(path)) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CurveshiftError(f"not a readable UTF-8 CSV file ({error})", where=str(path)) from None
    if not lines:
        raise CurveshiftError("the file is empty: a header row is needed", where=str(path))
    return lines[0], lines[1:]


@cache
def own_tables() -> dict[str, Path]:
    """Files of the tables in the folder that CURVESHIFT_FACTS names, by table, all of them without faults.

    Raises
    ------
    CurveshiftError
        If that folder does not exist, holds no table, or one with a fault.

    Examples
    --------
    >>> from curveshift import facts
    >>> facts.own_tables() == {} or sorted(facts.own_tables())[0] in facts.tables()
    True
    """
    import os

    folder = os.environ.get(OWN, "")
    if not folder:
        return {}
    from curveshift.facts.checking import check

    problems = check(folder)
    if problems:
        raise CurveshiftError(
            f"{problems[0]}; faults in all: {len(problems)}, see curveshift facts check {folder}", where=OWN
        )
    return {path.stem: path for path in sorted(Path(folder).glob("*.csv"))}


def place(name: str) -> Path:
    """File of a table: that of the folder in the environment variable CURVESHIFT_FACTS, or else the shipped one.

    Raises
    ------
    CurveshiftError
        If that folder does not exist, holds no table, or one with a fault.

    Examples
    --------
    >>> place("chips").name
    'chips.csv'
    """
    return own_tables().get(name, DATA / f"{name}.csv")


@cache
def _typed(name: str) -> tuple[dict[str, Any], ...]:
    table = find(name)
    path = place(name)
    header, lines = raw(path)
    kinds = {c.name: PARSERS[c.kind] for c in table.columns}
    try:
        parsers = [kinds[column] for column in header]
        return tuple(
            {
                column: parse(cell) if cell else None
                for column, parse, cell in zip(header, parsers, line, strict=True)
            }
            for line in lines
        )
    except (KeyError, ValueError) as error:
        raise CurveshiftError(
            f"the installed table {name!r} is damaged ({error}): reinstall curveshift", where=str(path)
        ) from None


def as_date(as_of: date | str) -> date:
    """Turn an ISO date into a date, or say what is wrong with it."""
    if isinstance(as_of, date):
        return date(as_of.year, as_of.month, as_of.day)
    try:
        return date.fromisoformat(as_of)
    except (TypeError, ValueError):
        raise CurveshiftError(
            f"impossible date {as_of!r}: write year-month-day, as 2025-06-30", where="as_of"
        ) from None


def rows(name: str, *, as_of: date | str | None = None, mode: str = "hindcast") -> list[dict[str, Any]]:
    """Return one table as a list of dictionaries of typed values, without pandas.

    Parameters
    ----------
    name : str
        Name of the table, see `tables`.
    as_of : date or str, optional
        Keep only what was known on that day (ISO date). Without it, every row.
    mode : {"hindcast", "backtest"}
        ``backtest``: only rows published by ``as_of``, strictly. ``hindcast``: rows of which a first version
        was public by ``as_of``, in today's vintage. Many series allow only the second.

    Returns
    -------
    list of dict
        Column name to ``str``, ``float``, ``int``, ``bool``, ``datetime.date``, or ``None`` where unknown.

    Raises
    ------
    CurveshiftError
        For an unknown table or mode, or an impossible date.

    Examples
    --------
    >>> from curveshift import facts
    >>> h20 = next(r for r in facts.rows("chips") if r["chip"] == "H20 SXM 96GB")
    >>> h20["memory_bandwidth_gb_per_s"], h20["fp16_dense_tflops"]
    (4000.0, 148.0)
    """
    if mode not in MODES:
        raise unknown_name("mode", mode, MODES, where="mode")
    found = _typed(name)
    if as_of is None:
        return [dict(row) for row in found]
    until = as_date(as_of)
    column = MODES[mode]
    return [dict(row) for row in found if row[column] <= until]


def tables() -> list[str]:
    """Return the names of the tables.

    Examples
    --------
    >>> from curveshift import facts
    >>> "chip_shipments" in facts.tables()
    True
    """
    return list(all_tables())


def schema(name: str) -> Table:
    """Return the description of one table: columns, types, units, ranges, keys, rules.

    Raises
    ------
    CurveshiftError
        If there is no such table.

    Examples
    --------
    >>> from curveshift import facts
    >>> facts.schema("models").column("training_compute_flop").unit
    'flop'
    """
    return find(name)


def sources(name: str | None = None) -> list[Source]:
    """Return the distinct sources of one table, or of all, most used first.

    Raises
    ------
    CurveshiftError
        If there is no such table.

    Examples
    --------
    >>> from curveshift import facts
    >>> facts.sources("chip_shipments")[0].source_class
    'dataset'
    """
    found: dict[tuple[str, str, str], list[str]] = {}
    for table in tables() if name is None else [name]:
        for row in rows(table):
            key = (row["source"], row["source_url"] or "", row["source_class"])
            found.setdefault(key, []).append(table)
    listed = [Source(*key, tuple(dict.fromkeys(where)), len(where)) for key, where in found.items()]
    return sorted(listed, key=lambda s: (-s.rows, s.source, s.url))


@cache
def digest() -> str:
    """Return the SHA-256 of the tables, which names the edition of the facts a result rests on.

    Returns
    -------
    str
        64 hexadecimal digits, over the names and bytes of all tables in order of name.

    Examples
    --------
    >>> from curveshift import facts
    >>> len(facts.digest())
    64
    """
    return digest_of({name: place(name) for name in tables()})


def digest_of(files: Mapping[str, Path]) -> str:
    """SHA-256 of tables in given files."""
    total = hashlib.sha256()
    for path in sorted(files.values(), key=lambda file: file.name):
        content = path.read_bytes()
        total.update(f"{path.name}:{len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


def export(name: str, path: str | Path, *, as_of: date | str | None = None, mode: str = "hindcast") -> Path:
    """Write one table as CSV, complete or not at all.

    Parameters
    ----------
    name, as_of, mode
        As in `rows`.
    path : str or Path
        File to write; its folder must exist. An existing file is replaced.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    CurveshiftError
        For an unknown table or mode, an impossible date, or a path that cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from curveshift import facts
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     facts.export("benchmarks", f"{folder}/benchmarks.csv").name
    'benchmarks.csv'
    """
    import os
    import tempfile

    target = Path(path)
    kept = rows(name, as_of=as_of, mode=mode)
    if target.is_dir():
        raise CurveshiftError(
            f"that is a folder: name a file, as {target / f'{name}.csv'}", where=str(target)
        )
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".facts-", suffix=".csv")
    except OSError as error:
        raise CurveshiftError(f"cannot write there ({error.strerror})", where=str(target)) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            columns = [c.name for c in find(name).columns]
            writer.writerow(columns)
            writer.writerows([_cell(row[column]) for column in columns] for row in kept)
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except OSError as error:
        raise CurveshiftError(f"cannot write there ({error.strerror})", where=str(target)) from None
    finally:
        Path(temporary).unlink(missing_ok=True)
    return target


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)
