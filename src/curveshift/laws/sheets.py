"""A table of runs as it comes, cells unread: from a CSV, JSON lines or Parquet file, a frame, or a mapping."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from curveshift.errors import CurveshiftError

MOST_RUNS: Final = 200_000
"""A fit of more runs than this says nothing that a sample does not."""
ENDINGS: Final = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_CHUNK: Final = 1 << 20
_LONGEST_LINE: Final = 1 << 20
_DELIMITERS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, eq=False)
class Sheet:
    """Columns of cells by name.

    Attributes
    ----------
    name : str
        Of the file, else empty.
    columns : mapping of str to sequence
        Cells as they came: text, numbers or arrays, all of one length.
    lines : sequence of int
        Line of the file of each row; empty where there are no lines.
    """

    name: str
    columns: Mapping[str, Any]
    lines: Sequence[int] = ()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def where(self, index: int | None = None) -> str | None:
        """Place of a row (from 0) for a message, or of the whole."""
        if index is None:
            return self.name or None
        row = f"row {index + 1}"
        if not self.name:
            return row
        return f"{self.name}:{self.lines[index]}: {row}" if len(self.lines) else f"{self.name}: {row}"


def read_sheet(data: Any) -> Sheet:
    """Take the cells of a file, a frame or a mapping, and refuse what is no table.

    Raises
    ------
    CurveshiftError
        With the file and line.
    """
    if isinstance(data, str | Path):
        return _file(Path(data))
    if isinstance(data, Mapping):
        return _arrays(list(data.items()))
    if hasattr(data, "columns") and hasattr(data, "__getitem__"):
        names = [str(name) for name in data.columns]
        _no_twins(names, None)
        return _arrays([(name, data[own]) for name, own in zip(names, data.columns, strict=True)])
    raise CurveshiftError(
        f"cannot read runs from a {type(data).__name__}: give the path of a CSV, JSON lines or Parquet file, a data"
        " frame, or a mapping of arrays"
    )


def _arrays(items: Sequence[tuple[Any, Any]]) -> Sheet:
    columns: dict[str, Any] = {}
    for name, cells in items:
        if isinstance(cells, list | tuple):
            # NumPy would turn True among numbers into 1.
            columns[str(name)] = cells
            continue
        array = np.asarray(cells)
        if array.ndim != 1:
            raise CurveshiftError(
                f"has {array.ndim} dimensions: each column is one value a run", f"column {name!r}"
            )
        columns[str(name)] = array
    sizes = {name: len(array) for name, array in columns.items()}
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise CurveshiftError(f"columns differ in length: {told}")
    return _some_but_not_too_many(Sheet("", columns))


def _some_but_not_too_many(sheet: Sheet) -> Sheet:
    if not len(sheet):
        raise CurveshiftError("holds no runs", sheet.where() or "data")
    if len(sheet) > MOST_RUNS:
        raise _too_many(f"{len(sheet):,}", sheet.where() or "data")
    return sheet


def _too_many(told: str, where: str) -> CurveshiftError:
    return CurveshiftError(
        f"{told} runs: at most {MOST_RUNS:,}; a table of training curves needs only the last row of each run,"
        " and repeated runs may be averaged",
        where,
    )


def _file(path: Path) -> Sheet:
    form = ENDINGS.get(path.suffix.lower())
    if form is None:
        raise CurveshiftError(f"cannot tell the format: end the name in {', '.join(ENDINGS)}", str(path))
    if not path.is_file():
        raise CurveshiftError(
            "is no regular file" if path.exists() else "cannot be read: no such file", str(path)
        )
    try:
        if form == "parquet":
            return _some_but_not_too_many(_parquet(path))
        _count_lines(path)
        return _some_but_not_too_many(_json_lines(path) if form == "json" else _separated(path, form))
    except OSError as error:
        raise CurveshiftError(f"cannot be read: {error.strerror or error}", str(path)) from None


def _count_lines(path: Path) -> None:
    """Refuse a file that is no table of runs before any of it is taken in."""
    lines = since = 0
    with path.open("rb") as stream:
        first = stream.read(_CHUNK)
        if not first.strip():
            raise CurveshiftError(
                "is empty: the first line names the columns, then one run a line", str(path)
            )
        if first[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise CurveshiftError("is UTF-16 text: save it as UTF-8", str(path))
        chunk = first
        while chunk:
            lines += chunk.count(b"\n")
            since = len(chunk) - chunk.rfind(b"\n") - 1 if b"\n" in chunk else since + len(chunk)
            if since > _LONGEST_LINE:
                raise CurveshiftError("has a line of more than a million characters: no table", str(path))
            if lines > MOST_RUNS + 1:
                raise _too_many(f"more than {MOST_RUNS:,}", str(path))
            chunk = stream.read(_CHUNK)


def _lines(path: Path) -> Iterator[str]:
    """Lines as text, each with what is wrong with it."""
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                what = f"byte {error.start + 1} is no UTF-8: save the file as UTF-8"
                raise CurveshiftError(what, f"{path}:{number}") from None


def _separated(path: Path, form: str) -> Sheet:
    delimiter = "\t" if form == "tsv" else ","
    reader = csv.reader(_lines(path), delimiter=delimiter, strict=True, skipinitialspace=True)
    header: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for cells in reader:
            if not cells:
                continue
            if not header:
                header = _header(path, [cell.strip() for cell in cells], delimiter)
                continue
            if len(cells) != len(header):
                raise CurveshiftError(
                    f"{len(cells)} fields where the header names {len(header)}: numbers take no thousands separator,"
                    " and text with a separator takes quotes",
                    f"{path}:{reader.line_num}",
                )
            rows.append(cells)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise CurveshiftError(f"is not well-formed ({error})", f"{path}:{reader.line_num}") from None
    columns = {name: [row[i] for row in rows] for i, name in enumerate(header)}
    return Sheet(str(path), columns, lines)


def _header(path: Path, names: list[str], delimiter: str) -> list[str]:
    where = f"{path}:1"
    if len(names) == 1:
        for sign, word in _DELIMITERS.items():
            if sign in names[0] and sign != delimiter:
                hint = " (or name it .tsv)" if sign == "\t" else ""
                raise CurveshiftError(
                    f"columns seem to be separated by {word}: separate them by commas, with decimal points{hint}",
                    where,
                )
        if delimiter == "\t" and "," in names[0]:
            raise CurveshiftError(
                "columns seem to be separated by commas: name the file .csv, or separate them by tabs", where
            )
    if all(_is_number(name) for name in names if name) and any(names):
        raise CurveshiftError(
            f"the first line holds numbers ({', '.join(names[:3])}): it must name the columns, such as"
            " params,tokens,loss",
            where,
        )
    # A nameless column is what a data frame writes for its index.
    named = [name or f"unnamed {i + 1}" for i, name in enumerate(names)]
    _no_twins(named, where)
    return named


def _no_twins(names: Sequence[str], where: str | None) -> None:
    for i, name in enumerate(names):
        if name in names[:i]:
            raise CurveshiftError(f"two columns are called {name!r}", where)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _json_lines(path: Path) -> Sheet:
    found: list[dict[str, Any]] = []
    lines: list[int] = []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            many = number == 1 and line.lstrip().startswith("[")
            what = "one JSON object a line is needed, not a list" if many else f"is no JSON ({error})"
            raise CurveshiftError(what, where) from None
        if not isinstance(item, dict):
            raise CurveshiftError('one JSON object a line is needed, such as {"params": 1e9, ...}', where)
        found.append(item)
        lines.append(number)
    names = list(dict.fromkeys(name for item in found for name in item))
    columns = {name: [item.get(name) for item in found] for name in names}
    if found and not names:
        raise CurveshiftError("the objects hold nothing", str(path))
    return Sheet(str(path), columns, lines)


def _parquet(path: Path) -> Sheet:
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise CurveshiftError(
            "reading Parquet needs pyarrow: pip install 'curveshift[parquet]', or save the runs as CSV",
            str(path),
        ) from None
    import pyarrow

    try:
        file = parquet.ParquetFile(path)
        if file.metadata.num_rows > MOST_RUNS:
            raise _too_many(f"{file.metadata.num_rows:,}", str(path))
        table = file.read()
    except pyarrow.ArrowException as error:
        raise CurveshiftError(f"is no Parquet file ({str(error).splitlines()[0]})", str(path)) from None
    _no_twins(table.column_names, str(path))
    return Sheet(str(path), {name: table.column(name).to_pylist() for name in table.column_names})
