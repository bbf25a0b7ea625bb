"""The split of progress as a figure: spending, hardware, algorithms and paradigm, each with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import style, words
from . import trend_parts as parts
from .figure import Figure

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from curveshift.trends.quantities import Quantity
    from curveshift.trends.split import Split

COLOURS: Final = {
    "spending": "#2f7fd0",
    "hardware": "#12966f",
    "algorithms": "#d98200",
    "paradigm": "#c2558c",
    "sum": "#808b96",
    "observed": "#808b96",
}
COLUMNS: Final = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
NEGATIVE: Final = 0.05
"""Share of draws with a negative part above which shares of the whole are not drawn."""


def progress_split(found: Split) -> Figure:
    """How much of the frontier's progress came from spending, hardware, algorithms and the paradigm.

    Parameters
    ----------
    found : Split
        As `curveshift.trends.split_of_progress` gives it.

    Returns
    -------
    Figure
        Shares of the sum, where no part is likely to be negative, and orders of magnitude a year beside what was
        observed.
    """
    import pandas as pd

    readable = found.negative_share <= NEGATIVE
    rates = {**found.parts, "sum": found.total, "observed": found.observed}
    rows = [_row("rate", name, part) for name, part in rates.items()]
    if readable:
        rows = [*(_row("share", name, part) for name, part in found.shares.items()), *rows]
    frame = pd.DataFrame(rows)
    period = f"{_month(found.start)} to {_month(found.end)}"
    title = _title(found, readable, period)
    subtitle = (
        f"Progress of the best model, {period}. Bars: 90 % and 50 % intervals, and median. The sum is of the four"
        " parts; observed is the rise of the best model's capability."
    )
    known = [told for year, told in found.disclosed.items() if found.start.year <= year <= found.end.year]
    sentence = (
        f"Compute is published for {sum(k for _, k in known)} of the {sum(n for n, _ in known)} models at the frontier"
        " in these years, so the growth of spending rests on those that say. Hardware is the price-performance of"
        " chips, and spending the rest of the growth of compute, so hardware is counted once. Shares of one draw add"
        " to 1; medians need not."
    )
    if found.negative_share:
        sentence += f" A part is negative in {words.percent(found.negative_share)} of draws"
        sentence += "." if readable else ", so shares of the whole would mislead and are left out."
    if found.warning:
        sentence += f" {found.warning[0].upper()}{found.warning[1:]}."
    panels = []
    if readable:
        panels.append(_panel(frame[frame["what"] == "share"], "Share of the sum", "share of the sum", ".0%"))
    panels.append(
        _panel(frame[frame["what"] == "rate"], "Orders of magnitude a year", "orders of magnitude a year", "")
    )
    spec = style.page(title, subtitle, panels, columns=2)
    spec["title"] = style.heading(title, subtitle, 2 * parts.HALF)
    return Figure(spec, title, f"{subtitle} {sentence}", frame, tuple(found.sources()))


def _month(day: date) -> str:
    return f"{words.MONTHS[day.month - 1]} {day.year}"


def _row(what: str, name: str, part: Quantity) -> dict[str, str | float]:
    return {"what": what, "part": name, **{column: part.at(share) for column, share in COLUMNS.items()}}


def _title(found: Split, readable: bool, period: str) -> str:
    order = sorted(found.parts, key=lambda name: -found.parts[name].median)
    if readable:
        told = [
            f"{name} {words.percent(q.median)} ({_span(q, percent=True)})"
            for name, q in ((name, found.shares[name]) for name in order)
        ]
        return f"Shares of the frontier's progress, {period} (90 %): {words.listed(told)}"
    told = [
        f"{name} {q.median:.2f} ({_span(q)})" for name, q in ((name, found.parts[name]) for name in order)
    ]
    return f"The frontier's progress in orders of magnitude a year, {period} (90 %): {words.listed(told)}"


def _span(part: Quantity, *, percent: bool = False) -> str:
    if percent:
        return words.span(part.low, part.high, words.percent).removesuffix(" %")
    return f"{part.low:.2f} to {part.high:.2f}".replace("-", "−")


def _panel(rows: pd.DataFrame, text: str, axis: str, how: str) -> style.Spec:
    y = {
        "field": "part",
        "type": "nominal",
        "sort": list(rows["part"]),
        "axis": {"title": None, "labelFontSize": 12, "domain": False, "ticks": False},
    }
    ticks = {"title": axis, "grid": True, "tickCount": 6, **({"format": how} if how else {})}
    x = {"field": "q50", "type": "quantitative", "scale": {"zero": True}, "axis": ticks}
    paint = style.colour("part", COLOURS, legend=False)

    def bar(low: str, high: str, width: float, opacity: float) -> style.Spec:
        return {
            "mark": {"type": "rule", "strokeWidth": width, "opacity": opacity},
            "encoding": {"x": {**x, "field": low}, "x2": {"field": high}, "y": y, "color": paint},
        }

    layers: list[style.Spec] = [
        bar("q05", "q95", 6, 0.4),
        bar("q25", "q75", 13, 0.7),
        {
            "mark": {"type": "tick", "thickness": 2.5, "size": 20, "color": style.INK},
            "encoding": {
                "x": x,
                "y": y,
                "tooltip": [{"field": "part"}, *parts.quantile_tips(list(COLUMNS), how or ".2f")],
            },
        },
    ]
    found = style.panel(text, layers, style.inline(rows[["part", *COLUMNS]]), height=34 * len(rows))
    return {**found, "width": parts.HALF - 30}
