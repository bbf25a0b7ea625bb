"""What a verb gives out: one report, as tables for people, JSON for machines, or CSV."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curveshift.errors import CurveshiftError

if TYPE_CHECKING:
    from rich.console import Console, Group

WIDTH = 80
"""Columns of a table written to a file or a pipe."""


@dataclass(frozen=True)
class Report:
    """One result in its three forms.

    Attributes
    ----------
    data : object
        Plain data or dataclasses, for JSON.
    rows : sequence of mapping
        One record each, with the same keys, for CSV.
    shown : sequence of rich tables and strings
        For people.
    """

    data: Any
    rows: Sequence[Mapping[str, Any]]
    shown: Sequence[Group | str] = field(default=())


def check_place(path: Path | None) -> None:
    """Refuse a place that cannot be written before the work begins."""
    if path is None:
        return
    where = f"-o {path}"
    if path.exists() and not path.is_file():
        raise CurveshiftError("cannot be written: it is not a regular file", where)
    if not path.parent.is_dir():
        raise CurveshiftError(f"cannot be written: there is no folder {path.parent}", where)
    if not os.access(path.parent, os.W_OK):
        raise CurveshiftError(f"cannot be written: no permission in the folder {path.parent}", where)


def deliver(report: Report, as_json: bool, as_csv: bool, output: Path | None) -> None:
    """Print a report, or write it whole to a file."""
    import sys

    form = chosen_form(as_json, as_csv, output)
    if form == "text" and output is None:
        _show(report, _console())
        return
    text = {"json": json_text, "csv": csv_text, "text": plain_text}[form](report)
    if output is None:
        sys.stdout.write(text)
        return
    from curveshift.records import atomic_write

    atomic_write(output, text)
    sys.stderr.write(f"Written: {output}\n")


def chosen_form(as_json: bool, as_csv: bool, output: Path | None) -> str:
    """json, csv or text: what was asked for, else what the file is called, else text."""
    if as_json and as_csv:
        raise CurveshiftError("--json and --csv exclude each other")
    if as_json or as_csv:
        return "json" if as_json else "csv"
    return {".json": "json", ".csv": "csv"}.get(output.suffix.lower() if output else "", "text")


def json_text(report: Report) -> str:
    """JSON with sorted keys; what is infinite or undefined is null."""
    import json

    return (
        json.dumps(plain(report.data), indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n"
    )


def csv_text(report: Report) -> str:
    """CSV with a header; what is undefined is empty."""
    import csv
    import io

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    if report.rows:
        head = list(report.rows[0])
        writer.writerow(head)
        writer.writerows([_cell(row[key]) for key in head] for row in report.rows)
    return stream.getvalue()


def plain_text(report: Report) -> str:
    """The tables as text without colours."""
    import io

    from rich.console import Console

    stream = io.StringIO()
    _show(report, Console(file=stream, width=WIDTH, color_system=None, highlight=False))
    return stream.getvalue()


def plain(value: Any) -> Any:
    """Dataclasses, dates and odd numbers as plain JSON content."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return value
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) else str(value)


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> Group:
    """A title over a table without lines; the first `words` columns are text and the others numbers."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim", show_header=any(head))
    for i, name in enumerate(head):
        made.add_column(Text(name), justify="left" if i < words else "right", overflow="fold")
    for row in rows:
        # As text, so that brackets in a name are not read as styles.
        made.add_row(*(Text(cell) for cell in row))
    return Group(Text(title, style="bold"), made)


def short(value: float) -> str:
    """A number in at most six characters, such as 1.23M.

    Examples
    --------
    >>> short(1_234_567), short(0.25), short(812.4), short(float("inf"))
    ('1.23M', '0.25', '812', '-')
    """
    if not math.isfinite(value):
        return "-"
    for scale, suffix in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        # Three digits round up into the next unit from 999.5 on.
        if abs(value) >= 0.9995 * scale:
            return f"{value / scale:.3g}{suffix}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def year_month(year: float) -> str:
    """A decimal year as 2028-07, or a dash when it never comes."""
    if not math.isfinite(year):
        return "-"
    month = min(int((year - math.floor(year)) * 12.0 + 1e-9), 11)
    return f"{math.floor(year)}-{month + 1:02d}"


def _show(report: Report, console: Console) -> None:
    for i, part in enumerate(report.shown):
        if i:
            console.print()
        console.print(part, markup=False, soft_wrap=False)


def _console() -> Console:
    import sys

    from rich.console import Console

    return Console(highlight=False) if sys.stdout.isatty() else Console(width=WIDTH, highlight=False)


def _key(key: Any) -> str:
    return f"{key:g}" if isinstance(key, float) else str(key)


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else str(value)
