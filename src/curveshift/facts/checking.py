"""Finding what is wrong in a table, each fault as one sentence with its table, row and column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from curveshift.errors import CurveshiftError
from curveshift.facts.reading import DATA, PARSERS, raw
from curveshift.facts.schema import Column, Reference, Table, all_tables, find

SHAPES = {
    "date": "a date as 2025-06-30",
    "float": "a number",
    "int": "a whole number",
    "bool": "yes or no",
}


@dataclass(frozen=True)
class Problem:
    """One fault: ``row`` is the line in the file (1 is the header), or 0 for the file as a whole."""

    table: str
    row: int
    column: str
    what: str

    def __str__(self) -> str:
        """Say where the fault is and what would be right."""
        place = f"{self.table}:{self.row}" if self.row else self.table
        return f"{place}: {self.column}: {self.what}" if self.column else f"{place}: {self.what}"


@dataclass(frozen=True)
class _Line:
    """One line of a file: its number and its values that could be read."""

    number: int
    values: Mapping[str, Any]


def check(path: str | Path | None = None) -> list[Problem]:
    """Find the faults in the shipped tables, in a folder of tables, or in one CSV file.

    Looks for missing and unknown columns, missing values, values of the wrong type, unknown words and units,
    values out of range or out of order (low above high, active above total parameters, knowable after
    published), duplicate rows and keys, names that another table does not hold, and rows without a source.

    Parameters
    ----------
    path : str or Path, optional
        A folder with files named after tables, or one such file. References to tables that are not there are
        looked up in the shipped ones.

    Returns
    -------
    list of Problem
        Empty when all is well.

    Raises
    ------
    CurveshiftError
        If the path does not exist, holds no table, or a file is not named after one.

    Examples
    --------
    >>> from curveshift import facts
    >>> facts.check()
    []
    """
    chosen = DATA if path is None else Path(path)
    if not chosen.exists():
        raise CurveshiftError("no such file or folder", where=str(chosen))
    files = sorted(chosen.glob("*.csv")) if chosen.is_dir() else [chosen]
    if not files:
        raise CurveshiftError("the folder holds no CSV file", where=str(chosen))
    folder = chosen if chosen.is_dir() else chosen.parent
    problems = [p for file in files for p in _check_file(file, find(file.stem, where=str(file)), folder)]
    if path is None:
        missing = set(all_tables()) - {file.stem for file in files}
        problems += [Problem(name, 0, "", "the table is missing") for name in sorted(missing)]
    return problems


def _check_file(path: Path, table: Table, folder: Path) -> Iterator[Problem]:
    header, lines = raw(path)
    yield from check_header(table, header)
    for column in table.columns:
        if column.name not in header:
            yield Problem(table.name, 1, column.name, "the column is missing")
    homes = {r.table: folder / f"{r.table}.csv" for r in table.references}
    known = {name: path if path.exists() else DATA / path.name for name, path in homes.items()}
    numbered = dict(enumerate(lines, start=2))
    yield from check_widths(table, header, numbered)
    whole = {number: line for number, line in numbered.items() if len(line) == len(header)}
    yield from check_rows(table, header, whole, [known[r.table] for r in table.references])


def check_header(table: Table, header: Sequence[str]) -> Iterator[Problem]:
    """Columns that a table does not have, and columns named twice."""
    columns = [c.name for c in table.columns]
    for name in header:
        if name not in columns:
            yield Problem(table.name, 1, name, f"unknown column; known: {', '.join(columns)}")
    for name in sorted({n for n in header if header.count(n) > 1}):
        yield Problem(table.name, 1, name, "the column appears twice")


def check_widths(
    table: Table, header: Sequence[str], lines: Mapping[int, Sequence[str]]
) -> Iterator[Problem]:
    """Rows that are longer or shorter than the header."""
    for number, line in lines.items():
        if len(line) != len(header):
            yield Problem(table.name, number, "", f"{len(line)} cells where the header has {len(header)}")


def check_rows(
    table: Table, header: Sequence[str], lines: Mapping[int, Sequence[str]], homes: Sequence[Path]
) -> Iterator[Problem]:
    """Every fault in the rows of a table.

    Parameters
    ----------
    table : Table
    header : sequence of str
    lines : mapping of int to sequence of str
        Cells of each row, as many as the header has, by its line in the file.
    homes : sequence of Path
        For each reference of the table, the file in which its values are looked up; rows at hand count too.
    """
    columns = {c.name: c for c in table.columns}
    read: list[_Line] = []
    for number, line in lines.items():
        values: dict[str, Any] = {}
        for name, cell in zip(header, line, strict=True):
            if name in columns:
                fault = _fault(columns[name], cell)
                if fault:
                    yield Problem(table.name, number, name, fault)
                elif cell:
                    values[name] = PARSERS[columns[name].kind](cell)
        read.append(_Line(number, values))
    yield from _orders(table, read)
    yield from _units(table, read)
    yield from _duplicates(table, read)
    for reference, home in zip(table.references, homes, strict=True):
        yield from _dangling(table, reference, read, home)


def _fault(column: Column, cell: str) -> str:
    if not cell.strip():
        return (
            "empty, but every row needs a value" if column.required else ("" if cell == "" else "only blanks")
        )
    if cell != cell.strip():
        return f"{cell!r} has blanks around it"
    try:
        value = PARSERS[column.kind](cell)
    except ValueError:
        return f"{cell!r} is not {SHAPES[column.kind]}"
    if column.kind == "date" and cell != value.isoformat():
        return f"{cell!r} is not {SHAPES['date']}"
    if column.values and value not in column.values:
        word = "unknown unit" if column.name == "unit" else "unknown word"
        return f"{word} {cell!r}; known: {', '.join(column.values)}"
    if isinstance(value, float | int) and not isinstance(value, bool):
        low = float("-inf") if column.low is None else column.low
        high = float("inf") if column.high is None else column.high
        if not (low <= value <= high) or value in (float("inf"), float("-inf")):
            unit = f" {column.unit}" if column.unit else ""
            if column.high is None:
                return f"{cell} is impossible: at least {low:g}{unit}, and finite"
            return f"{cell} is impossible: from {low:g} to {high:g}{unit}"
    return ""


def _orders(table: Table, lines: list[_Line]) -> Iterator[Problem]:
    for line in lines:
        for first, second in table.orders:
            a, b = line.values.get(first), line.values.get(second)
            if a is not None and b is not None and a > b:
                yield Problem(table.name, line.number, first, f"{a} is above {second}, which is {b}")


def _units(table: Table, lines: list[_Line]) -> Iterator[Problem]:
    if table.units_by is None:
        return
    column, allowed = table.units_by
    for line in lines:
        given, unit = line.values.get(column), line.values.get("unit")
        right = allowed.get(given or "", ())
        if right and unit is not None and unit not in right:
            use = " or ".join(right)
            yield Problem(table.name, line.number, "unit", f"wrong unit {unit!r} for {given}: use {use}")


def _duplicates(table: Table, lines: list[_Line]) -> Iterator[Problem]:
    whole: dict[tuple[Any, ...], int] = {}
    keys: dict[tuple[Any, ...], int] = {}
    names = [c.name for c in table.columns]
    for line in lines:
        full = tuple(line.values.get(name) for name in names)
        key = tuple(line.values.get(name) for name in table.key)
        if full in whole:
            yield Problem(table.name, line.number, "", f"the same as row {whole[full]}")
        elif key in keys:
            shown = ", ".join(f"{n}={v}" for n, v in zip(table.key, key, strict=True))
            yield Problem(table.name, line.number, table.key[0], f"same key as row {keys[key]}: {shown}")
        whole.setdefault(full, line.number)
        keys.setdefault(key, line.number)


def _dangling(table: Table, reference: Reference, lines: list[_Line], home: Path) -> Iterator[Problem]:
    known: set[Any] = {*_column(home, reference.target), *reference.also}
    if reference.table == table.name:
        known |= {line.values.get(reference.target) for line in lines}
    for line in lines:
        value = line.values.get(reference.column)
        if value is not None and value not in known:
            what = f"{value!r} is not in {reference.table}.{reference.target}"
            yield Problem(table.name, line.number, reference.column, what)


def _column(path: Path, name: str) -> frozenset[str]:
    stamp = path.stat()
    return _column_of(path, name, stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=64)
def _column_of(path: Path, name: str, _changed: int, _size: int) -> frozenset[str]:
    header, lines = raw(path)
    if name not in header:
        return frozenset()
    place = header.index(name)
    return frozenset(line[place] for line in lines if len(line) == len(header))
