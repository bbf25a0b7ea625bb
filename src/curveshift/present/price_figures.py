"""How fast the price of using a fixed capability falls, as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError

from . import style, words
from . import trend_parts as parts
from .figure import Figure

if TYPE_CHECKING:
    import pandas as pd

    from curveshift.trends.pricing import Decline

SHOWN: Final = ("GPT-3.5", "GPT-4", "GPT-4o", "Claude 3.5 Sonnet", "o1")
MILESTONE: Final = dict(zip(SHOWN, ("#6b5fb5", "#2f7fd0", "#12966f", "#d98200", "#c2558c"), strict=True))
OTHER: Final = "#808b96"
DASHES: Final = {"solid": [1, 0], "dashed": [7, 4], "dotted": [2, 2]}
"""As many benchmarks are drawn at one level."""
RATES: Final = (1.0, 3000.0)


def price_decline(found: Decline) -> Figure:
    """The figure of `price_declines` for one level."""
    return price_declines([found])


def price_declines(found: Sequence[Decline]) -> Figure:
    """How fast the price of using a fixed capability falls, by benchmark and level, with the prices behind it.

    Parameters
    ----------
    found : sequence of Decline
        As `curveshift.trends.pricing.decline` or the first part of `declines` gives them.

    Returns
    -------
    Figure

    Raises
    ------
    CurveshiftError
        When there is none.
    """
    import pandas as pd

    if not found:
        raise CurveshiftError("there is no decline of prices to draw: every level was refused", "found")
    rates = pd.DataFrame(
        [
            {
                "what": "rate",
                "benchmark": d.benchmark,
                "level": d.level,
                "milestone": _milestone(d),
                "low": d.rate.low,
                "central": d.rate.central,
                "high": d.rate.high,
                "points": d.rate.points,
                "start": d.rate.start,
                "end": d.rate.end,
                "price": d.price,
            }
            for d in found
        ]
    )
    steps = pd.DataFrame(
        [
            {
                "what": "price",
                "benchmark": d.benchmark,
                "level": d.level,
                "milestone": _milestone(d),
                "day": step.day,
                "usd_per_mtok": step.usd_per_mtok,
                "model": step.model,
                "source": step.source,
            }
            for d in found
            for step in d.steps
        ]
    )
    frame = pd.concat([rates, steps], ignore_index=True)
    for name in ("day", "start", "end"):
        frame[name] = pd.to_datetime(frame[name])
    level = found[0].rate.level
    title = _price_title(found)
    prices = words.listed(sorted({d.price for d in found}))
    subtitle = (
        f"Left: times cheaper a year, {round(100 * level)} % interval from Student's t, log scale; an arrow runs on"
        f" beyond the axis. Right: each new low of the price of a level, USD per million tokens ({prices}), log scale."
    )
    sentence = (
        "Each rate rests on a few new lows that are not independent of each other, so its interval is a lower bound on"
        " the doubt. A price per token is not a price per task: models that reason spend more tokens. List prices of"
        " developers only. Every rate has its own period: first to last low."
    )
    kinds = [name for name in (*SHOWN, "other level") if (rates["milestone"] == name).any()]
    right = [_price_panel(frame, name) for name in kinds]
    panels = [_rate_panel(frame, kinds), {"vconcat": right, "spacing": 12}]
    spec = style.page(title, subtitle, panels, columns=2)
    spec["title"] = style.heading(title, subtitle, 2 * parts.HALF + 120)
    return Figure(spec, title, f"{subtitle} {sentence}", frame, tuple(dict.fromkeys(steps["source"])))


def _milestone(d: Decline) -> str:
    from curveshift.trends.pricing import milestones

    named = {level: name for name, level in reversed(milestones(d.benchmark).items())}
    return named.get(d.level, "other level")


def _price_title(found: Sequence[Decline]) -> str:
    central = [d.rate.central for d in found]
    begin, end = min(d.rate.start for d in found), max(d.rate.end for d in found)
    period = f"{begin.year} to {end.year}" if begin.year < end.year else str(end.year)
    if len(found) == 1:
        rate = found[0].rate
        return (
            f"The price of {_level(found[0].level)} on {found[0].benchmark} fell {words.number(rate.central)} times a"
            f" year ({round(100 * rate.level)} %: {words.span(rate.low, rate.high)}), {period}"
        )
    return (
        f"The price of a fixed level fell {words.span(min(central), max(central))} times a year, median"
        f" {words.number(float(np.median(central)))}, over {len(found)} levels of {len({d.benchmark for d in found})}"
        f" benchmarks, {period}"
    )


def _level(share: float) -> str:
    return f"{100.0 * share:.3g} %"


def _colours(kinds: Sequence[str]) -> dict[str, str]:
    return {name: MILESTONE.get(name, OTHER) for name in kinds}


def _rate_panel(frame: pd.DataFrame, kinds: Sequence[str]) -> style.Spec:
    rates = frame[frame["what"] == "rate"].copy()
    rank = {name: k for k, name in enumerate(kinds)}
    rates = rates.assign(rank=rates["milestone"].map(rank)).sort_values(["rank", "central"])
    rates["label"] = [f"{b}, {_level(v)}" for b, v in zip(rates["benchmark"], rates["level"], strict=True)]
    y = {
        "field": "label",
        "type": "nominal",
        "sort": list(rates["label"]),
        "axis": {"title": None, "labelLimit": 230, "grid": True, "labelFontSize": 10},
    }
    top = max(RATES[1], 1.2 * float(rates["central"].max()))
    x = {
        "field": "central",
        "type": "quantitative",
        "scale": {"type": "log", "domain": [RATES[0], top], "nice": False},
        "axis": {
            "title": "times cheaper a year",
            "values": [1, 3, 10, 30, 100, 300, 1000, 3000],
            "format": ",~g",
        },
    }
    paint = style.colour("milestone", _colours(kinds))
    # A rule cut at the edge of the axis would look like an interval that ends there.
    rates["from"], rates["to"] = rates["low"].clip(lower=RATES[0]), rates["high"].clip(upper=top)
    over = {"high": rates[rates["high"] > top], "low": rates[rates["low"] < RATES[0]]}
    tips: list[style.Spec] = [
        {"field": "label"},
        {"field": "milestone"},
        *(
            {"field": f, "type": "quantitative", "format": ",.3~g", "title": name}
            for f, name in (
                ("low", "low"),
                ("central", "times a year"),
                ("high", "high"),
                ("points", "new lows"),
            )
        ),
        *({"field": f, "type": "temporal", "format": "%B %Y", "title": f} for f in ("start", "end")),
    ]
    layers: list[style.Spec] = [
        {
            "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.6},
            "encoding": {"x": {**x, "field": "from"}, "x2": {"field": "to"}, "y": y, "color": paint},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 46, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": paint, "tooltip": tips},
        },
        *(
            {
                "data": style.inline(part[["label", "milestone", "from", "to"]]),
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 40,
                    "opacity": 1,
                    "shape": f"triangle-{side}",
                },
                "encoding": {"x": {**x, "field": "to" if end == "high" else "from"}, "y": y, "color": paint},
            }
            for (end, part), side in zip(over.items(), ("right", "left"), strict=True)
            if len(part)
        ),
    ]
    columns = ["label", "milestone", "low", "central", "high", "from", "to", "points", "start", "end"]
    return parts.wide_panel(layers, style.inline(rates[columns]), parts.HALF, max(90, 15 * len(rates)))


def _price_panel(frame: pd.DataFrame, milestone: str) -> style.Spec:
    """New lows at one milestone, on the benchmarks where they are most."""
    prices = frame[frame["what"] == "price"]
    own = prices[prices["milestone"] == milestone]
    counts = own["benchmark"].value_counts(sort=False)
    chosen = counts.sort_values(ascending=False, kind="stable").index[: len(DASHES)].tolist()
    shown = own[own["benchmark"].isin(chosen)]
    x = parts.years_axis("day", date(prices["day"].min().year, 1, 1), date(prices["day"].max().year, 12, 31))
    y = parts.usd_axis("usd_per_mtok", "USD per million", prices["usd_per_mtok"])
    y["axis"] = {**y["axis"], "format": "~g", "labelExpr": "datum.label"}
    shade = {"value": MILESTONE.get(milestone, OTHER)}
    dash = {
        "field": "benchmark",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": chosen, "range": list(DASHES.values())[: len(chosen)]},
    }
    tips: list[style.Spec] = [
        {"field": "benchmark"},
        {"field": "model"},
        {"field": "day", "type": "temporal", "format": "%d %B %Y"},
        {
            "field": "usd_per_mtok",
            "type": "quantitative",
            "format": ".3~g",
            "title": "USD per million tokens",
        },
    ]
    layers: list[style.Spec] = [
        {
            "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 1.8},
            "encoding": {"x": x, "y": y, "color": shade, "strokeDash": dash},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 26, "opacity": 0.9},
            "encoding": {"x": x, "y": y, "color": shade, "tooltip": tips},
        },
    ]
    columns = ["benchmark", "model", "day", "usd_per_mtok"]
    key = ", ".join(f"{name} ({how})" for name, how in zip(chosen, DASHES, strict=False))
    found = style.panel(f"{milestone}: {key}", layers, style.inline(shown[columns]), height=84)
    found["title"] = {**found["title"], "text": style.wrapped(f"{milestone}: {key}", 52)}
    return {**found, "width": parts.HALF}
