"""Parts that the figures of trends share: blocs, axes, months, and labels that do not overprint."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from . import style, words

if TYPE_CHECKING:
    from curveshift.trends import Posterior

WIDE: Final = 600
HALF: Final = 300
DAYS_PER_MONTH: Final = 365.25 / 12.0
BLOCS: Final = {"us": "United States and partners", "china": "China", "other": "elsewhere"}
BLOC_COLOURS: Final = {
    BLOCS["us"]: style.BLOC["us"],
    BLOCS["china"]: style.BLOC["china"],
    BLOCS["other"]: "#808b96",
}
LETTER: Final = 6.2
"""Mean width of a letter of a label, pixels."""
LABEL: Final[style.Spec] = {"type": "text", "color": style.INK, "fontSize": 10, "clip": True}


def release_days(posterior: Posterior) -> list[date]:
    """Day of release of each model of the panel."""
    from curveshift import facts

    known = {row["model"]: row["release_date"] for row in facts.rows("models")}
    return [known[name] for name in posterior.panel.models]


def month_starts(first: date, last: date) -> list[date]:
    """The first day of each month from that of `first`, and `last` itself at the end.

    Examples
    --------
    >>> [str(day) for day in month_starts(date(2024, 11, 1), date(2025, 1, 15))]
    ['2024-11-01', '2024-12-01', '2025-01-01', '2025-01-15']
    """
    found = [
        date(year, month, 1)
        for year in range(first.year, last.year + 1)
        for month in range(1, 13)
        if (first.year, first.month) <= (year, month) <= (last.year, last.month)
    ]
    return found if found[-1] == last else [*found, last]


def wide_panel(layers: Sequence[style.Spec], data: style.Spec | None, width: int, height: int) -> style.Spec:
    """A panel without a title of its own, which would leave a gap."""
    found: style.Spec = {"width": width, "height": height, "layer": list(layers)}
    return found if data is None else {"data": data, **found}


def years_axis(field: str, first: Any, last: Any) -> style.Spec:
    """A horizontal axis of time with one label a year."""
    ends = [f"{day:%Y-%m-%d}" for day in (first, last)]
    return {
        "field": field,
        "type": "temporal",
        "scale": {"type": "utc", "domain": ends},
        "axis": {"format": "%Y", "tickCount": {"interval": "year", "step": 1}, "title": None},
    }


def usd_axis(field: str, title: str, values: Iterable[float]) -> style.Spec:
    """A logarithmic axis of dollars around values."""
    return style.log_axis(field, title, *_around(values))


def flop_axis(field: str, title: str, low: float, high: float) -> style.Spec:
    """A logarithmic axis labelled by powers of ten."""
    made = style.log_axis(field, title, low, high)
    return {**made, "axis": {**made["axis"], "format": ".0e", "labelExpr": "replace(datum.label, '+', '')"}}


def flop_around(field: str, title: str, values: Iterable[float]) -> style.Spec:
    """A logarithmic axis of FLOP around values."""
    return flop_axis(field, title, *_around(values))


def _around(values: Iterable[float]) -> tuple[float, float]:
    """Ends of a logarithmic axis: beyond the outermost values, by a fifth of an order of magnitude."""
    known = [float(v) for v in values if math.isfinite(v) and v > 0.0]
    return min(known) / 10.0**0.2, max(known) * 10.0**0.2


def lag_words(months: float) -> str:
    """A lag in words.

    Examples
    --------
    >>> lag_words(7.4), lag_words(0.2)
    ('7 months', 'under a month')
    """
    return words.months(months) if round(months) else "under a month"


def quantile_tips(columns: Sequence[str], how: str) -> list[style.Spec]:
    """What a pointer shows of columns such as ``q05``."""
    return [{"field": f, "type": "quantitative", "format": how, "title": f"{int(f[1:])} %"} for f in columns]


def labels_that_fit(
    texts: Sequence[str],
    places: Sequence[tuple[float, float]],
    size: tuple[int, int],
    *,
    left: Sequence[bool] | None = None,
    avoid: Sequence[tuple[float, float]] = (),
) -> list[int]:
    """Which labels can be printed, the earlier ones first, without touching one another or certain points.

    Parameters
    ----------
    texts : sequence of str
        In order of importance.
    places : sequence of (float, float)
        Where each belongs, in shares of the width and the height of the panel.
    size : tuple of int
        Width and height of the panel in pixels.
    left : sequence of bool, optional
        Whether a label stands to the left of its place; to the right by default.
    avoid : sequence of (float, float)
        Points, in the same shares, that no label may cover.

    Examples
    --------
    >>> places = [(0.1, 0.5), (0.12, 0.51), (0.12, 0.7), (0.95, 0.2)]
    >>> labels_that_fit(["first", "over it", "above it", "out of the panel"], places, (500, 300))
    [0, 2]
    """
    boxes: list[tuple[float, float, float]] = []
    found: list[int] = []
    high = 12.0 / size[1]
    for k, (text, (x, y)) in enumerate(zip(texts, places, strict=True)):
        wide, gap = LETTER * len(text) / size[0], 8.0 / size[0]
        begin = x - gap - wide if left is not None and left[k] else x + gap
        end = begin + wide
        free = all(end < b or begin > e or abs(y - v) > high for b, e, v in boxes)
        clear = not any(begin <= u <= end and abs(y - v) < 0.6 * high for u, v in avoid)
        if free and clear and begin >= 0.0 and end <= 1.0:
            boxes.append((begin, end, y))
            found.append(k)
    return found
