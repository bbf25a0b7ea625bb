"""How results look in a notebook: small plain HTML tables, in which every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any


def table(
    head: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "", below: Iterable[str] = ()
) -> str:
    """An HTML table.

    Parameters
    ----------
    head : sequence of str
        Names of the columns; empty for none.
    rows : iterable of sequences
        Cells: texts, numbers, dates, flags, nothing, or a few of these.
    caption : str
    below : iterable of str
        Sentences under the table.

    Examples
    --------
    >>> table(["chip"], [["<H20>"]], "A & B")
    '<table><caption>A &amp; B</caption><tr><th>chip</th></tr><tr><td>&lt;H20&gt;</td></tr></table>'
    """
    parts = [f"<caption>{escape(caption)}</caption>"] if caption else []
    if head:
        parts.append(_row("th", head))
    parts += [_row("td", row) for row in rows]
    told = "".join(f"<p>{escape(sentence)}</p>" for sentence in below)
    return f"<table>{''.join(parts)}</table>{told}"


def records(rows: Sequence[Mapping[str, Any]], caption: str = "", below: Iterable[str] = ()) -> str:
    """An HTML table of records with the same keys.

    Examples
    --------
    >>> records([{"low_flop": 1.0}])
    '<table><tr><th>low flop</th></tr><tr><td>1</td></tr></table>'
    """
    head = [key.replace("_", " ") for key in rows[0]] if rows else []
    return table(head, [list(row.values()) for row in rows], caption, below)


class Told:
    """A result that prints as lines ``what: what is known of it``, which a notebook shows as a table."""

    def _repr_html_(self) -> str:
        first, *lines = str(self).splitlines() or [""]
        cells = [line.strip().partition(": ") for line in lines]
        # A line without a colon is a remark and fills the row by itself.
        rows = [[what, told] if told else ["", what] for what, _, told in cells]
        return table([], rows, first)


def _row(tag: str, cells: Iterable[Any]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(_cell(cell))}</{tag}>' for cell in cells)}</tr>"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, str | int | date):
        return str(value)
    if isinstance(value, Iterable):
        return ", ".join(_cell(one) for one in value)
    return str(value)
