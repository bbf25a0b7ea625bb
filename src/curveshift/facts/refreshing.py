"""New and corrected rows for one table: checked, compared with what is there, and merged."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from curveshift import notebooks
from curveshift.errors import CurveshiftError
from curveshift.facts.checking import Problem, check, check_header, check_rows, check_widths
from curveshift.facts.reading import DATA, PARSERS, digest_of, own_tables, raw, tables
from curveshift.facts.schema import Table, find

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Change:
    """One row that the file adds or corrects.

    Attributes
    ----------
    row : int
        Its line in the file; the header is line 1.
    key : dict of str to str
        What names the row.
    new : bool
        Whether the table had no row of this key.
    cells : dict of str to tuple of str
        Column to its old and new content; empty is unknown.
    """

    row: int
    key: dict[str, str]
    new: bool
    cells: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Refresh:
    """What a file of rows would do to a table.

    Attributes
    ----------
    table : str
    problems : tuple of Problem
        Every fault of the file; with any, there is nothing to merge.
    changes : tuple of Change
        In the order of the file.
    unchanged : int
        Rows of the file that say what the table says.
    untouched : int
        Rows of the table that the file does not name. They stay: a row is removed only by hand.
    text : str
        The whole table afterwards, as CSV.
    beside : mapping of str to Path
        Files of the tables in use that are not the shipped ones.
    """

    table: str
    problems: tuple[Problem, ...] = ()
    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    untouched: int = 0
    text: str = ""
    beside: Mapping[str, Path] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        if self.problems:
            rows = [(p.row, p.column, p.what) for p in self.problems]
            return notebooks.table(["line", "column", "what is wrong"], rows, self.table)
        cells = [
            ("added" if c.new else "changed", c.key.values(), column, old, new)
            for c in self.changes
            for column, (old, new) in c.cells.items()
        ]
        below = [f"{self.unchanged} rows unchanged, {self.untouched} not named and kept."]
        return notebooks.table(["", "row", "column", "old", "new"], cells, self.table, below)

    def write(self, folder: str | Path) -> Path:
        """Write the whole table, under its name, into a folder: completely or not at all.

        Parameters
        ----------
        folder : str or Path
            An existing folder: one of your own, to be named in CURVESHIFT_FACTS, or that of a checkout.

        Raises
        ------
        CurveshiftError
            If the file had faults, or the folder does not exist or cannot be written.
        """
        from curveshift.records import atomic_write

        if self.problems:
            raise CurveshiftError(f"{self.problems[0]}; nothing is written", where=self.table)
        target = Path(folder) / f"{self.table}.csv"
        if not target.parent.is_dir():
            raise CurveshiftError("there is no such folder: make it first", where=str(folder))
        atomic_write(target, self.text)
        return target

    def gather(self, folder: str | Path, *, changed: bool = True) -> None:
        """Put the tables that differ from the shipped ones into a folder, the new one among them or as it was."""
        for name, path in self.beside.items():
            (Path(folder) / f"{name}.csv").write_bytes(path.read_bytes())
        if changed:
            self.write(folder)

    def digests(self) -> tuple[str, str]:
        """SHA-256 of the facts with the table as it was and as it would be, each as `digest` gives it.

        Examples
        --------
        >>> from curveshift import facts
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     same = facts.export("benchmarks", f"{folder}/benchmarks.csv")
        ...     facts.refresh(same).digests() == (facts.digest(), facts.digest())
        True
        """
        before = {name: DATA / f"{name}.csv" for name in tables()} | dict(self.beside)
        with tempfile.TemporaryDirectory() as folder:
            return digest_of(before), digest_of({**before, self.table: self.write(folder)})


def refresh(path: str | Path, table: str | None = None, *, into: str | Path | None = None) -> Refresh:
    """Check a file of new or corrected rows and compare it with the table that it is for. Writes nothing.

    Parameters
    ----------
    path : str or Path
        CSV with a header. It needs the columns that name a row; of the others it may leave out any. A column that
        is not there keeps the old content, and is unknown in a new row; an empty cell makes the content unknown.
    table : str, optional
        Name of the table; that of the file unless given.
    into : str or Path, optional
        A folder whose tables stand in place of those in use, if it holds any.

    Returns
    -------
    Refresh

    Raises
    ------
    CurveshiftError
        For an unknown table, a file that cannot be read, or a folder whose own table has faults. Faults in the
        rows are in `Refresh.problems`, all of them.

    Examples
    --------
    >>> from curveshift import facts
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "chips.csv"
    ...     _ = file.write_text("chip,tdp_w\\nH20 SXM 96GB,401\\n")
    ...     facts.refresh(file).changes[0].cells
    {'tdp_w': ('400', '401')}
    """
    file = Path(path)
    if table is None:
        try:
            shape = find(file.stem, where=str(file))
        except CurveshiftError as error:
            raise CurveshiftError(f"{error.what} (--table names it)", error.where) from None
    else:
        shape = find(table)
    beside = dict(own_tables())
    if into is not None:
        there = sorted(Path(into).glob("*.csv"))
        if faults := check(into) if there else []:
            raise CurveshiftError(f"{faults[0]}; faults in all: {len(faults)}", where=str(into))
        beside |= {one.stem: one for one in there}
    homes = {name: beside.get(name, DATA / f"{name}.csv") for name in tables()}
    if file.exists() and homes[shape.name].samefile(file):
        raise CurveshiftError("is the table itself: put the new rows into a file of their own", str(file))
    return replace(_compare(shape, file, homes), beside=beside)


def _compare(shape: Table, file: Path, homes: Mapping[str, Path]) -> Refresh:
    header, lines = raw(file)
    names = [c.name for c in shape.columns]
    problems = list(check_header(shape, header))
    problems += [
        Problem(shape.name, 1, key, "the column is missing: it is part of what names a row")
        for key in shape.key
        if key not in header
    ]
    if any(header.count(name) != 1 for name in (*shape.key, *header)):
        return _refused(shape, file, problems)
    old_header, old_lines = raw(homes[shape.name])
    order = [old_header.index(name) for name in names]
    kept = [[line[i] for i in order] for line in old_lines]
    at = {_key(shape, names, line): i for i, line in enumerate(kept)}
    numbered = dict(enumerate(lines, start=2))
    problems += check_widths(shape, header, numbered)
    given: dict[int, list[str]] = {}
    places: dict[int, int | None] = {}
    for number, line in numbered.items():
        if len(line) == len(header):
            places[number] = at.get(_key(shape, header, line))
            cells = dict(zip(header, line, strict=True))
            before = _before(kept, places[number], len(names))
            given[number] = [cells.get(name, had) for name, had in zip(names, before, strict=True)]
    problems += check_rows(shape, names, given, [homes[r.table] for r in shape.references])
    if problems:
        return _refused(shape, file, problems)
    return _merged(shape, kept, given, places)


def _before(kept: Sequence[list[str]], at: int | None, width: int) -> list[str]:
    """Cells of a row of the table, or empty ones where it has none."""
    return [""] * width if at is None else kept[at]


def _merged(
    shape: Table,
    kept: Sequence[list[str]],
    given: Mapping[int, list[str]],
    places: Mapping[int, int | None],
) -> Refresh:
    after = [list(line) for line in kept]
    changes: list[Change] = []
    for number, line in given.items():
        at = places[number]
        before = _before(kept, at, len(line))
        cells = {
            c.name: (had, has)
            for c, had, has in zip(shape.columns, before, line, strict=True)
            # 1e3 and 1000 are the same number.
            if had != has and not (had and has and PARSERS[c.kind](had) == PARSERS[c.kind](has))
        }
        if cells:
            key = {c.name: cell for c, cell in zip(shape.columns, line, strict=True) if c.name in shape.key}
            changes.append(Change(number, key, at is None, cells))
        if at is None:
            after.append(line)
        else:
            after[at] = [
                cells.get(c.name, (had, had))[1] for c, had in zip(shape.columns, before, strict=True)
            ]
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([[c.name for c in shape.columns], *after])
    named = sum(at is not None for at in places.values())
    return Refresh(
        shape.name, (), tuple(changes), len(given) - len(changes), len(kept) - named, stream.getvalue()
    )


def _key(shape: Table, header: Sequence[str], line: Sequence[str]) -> Key:
    """Typed values of the columns that name a row; what cannot be read names no row."""
    found: list[Any] = []
    for name in shape.key:
        cell = line[header.index(name)]
        try:
            found.append(PARSERS[shape.column(name).kind](cell) if cell else None)
        except ValueError:
            return (cell, "unreadable")
    return tuple(found)


def _refused(shape: Table, file: Path, problems: Sequence[Problem]) -> Refresh:
    return Refresh(shape.name, tuple(replace(p, table=file.name) for p in problems))
