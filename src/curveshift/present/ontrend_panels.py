"""Panels of the on-trend test: cost by date, the model beside its rivals, and the density of what is expected."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from . import style, words
from . import trend_parts as parts

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EXPECTED: Final = "#808b96"
COLUMNS: Final = ("q05", "q25", "q50", "q75", "q95")
MAIN, HEIGHT = 440, 380
POINTS: Final = 121
"""Places at which a density is computed."""


@dataclass(frozen=True, eq=False)
class Measure:
    """Cost or compute: its draws, the actual number, and how they are called."""

    draws: Floats
    actual: float | None
    unit: str
    axis: str
    basis: str
    verb: str


def main_panel(frame: pd.DataFrame, measure: Measure) -> style.Spec:
    """Other models by date and cost, the model itself and the interval of what is expected of it."""
    import pandas as pd

    own = frame.iloc[0]
    known = frame[frame["value"].notna()]
    values = [*known["value"], own["q05"], own["q95"]]
    days = [*known["day"], own["day"]]
    month = pd.Timedelta(days=30)
    x = parts.years_axis("day", min(days) - month, max(days) + month)
    axis = parts.usd_axis if measure.unit == "USD" else parts.flop_around
    y = axis("value", measure.axis, values)
    paint = style.colour("bloc", parts.BLOC_COLOURS)
    tips: list[style.Spec] = [
        {"field": "model"},
        {"field": "day", "type": "temporal", "format": "%d %B %Y", "title": "released"},
        {"field": "value", "type": "quantitative", "format": ".3~s", "title": measure.unit},
    ]
    columns = ["model", "day", "bloc", "value", "alike"]
    others = known[known["what"] != "candidate"]
    interval = style.inline(frame.iloc[:1][["day", *COLUMNS]])

    def bar(low: str, high: str, width: float, opacity: float) -> style.Spec:
        return {
            "data": interval,
            "mark": {"type": "rule", "color": EXPECTED, "strokeWidth": width, "opacity": opacity},
            "encoding": {"x": x, "y": {**y, "field": low}, "y2": {"field": high}},
        }

    layers: list[style.Spec] = [
        bar("q05", "q95", 7, 0.45),
        bar("q25", "q75", 13, 0.6),
        {
            "data": interval,
            "mark": {
                "type": "tick",
                "orient": "horizontal",
                "thickness": 2.5,
                "size": 18,
                "color": style.INK,
            },
            "encoding": {"x": x, "y": {**y, "field": "q50"}},
        },
        *(
            {
                "data": style.inline(others[others["alike"] == alike][columns]),
                "mark": {"type": "point", "filled": alike, "size": 44, "opacity": 0.9 if alike else 0.55},
                "encoding": {"x": x, "y": y, "color": paint, "tooltip": tips},
            }
            for alike in (False, True)
        ),
    ]
    if measure.actual is not None:
        point = {
            "type": "point",
            "filled": True,
            "shape": "diamond",
            "size": 190,
            "opacity": 1,
            "stroke": style.INK,
        }
        layers.append(
            {
                "data": style.inline(frame.iloc[:1][columns]),
                "mark": {**point, "strokeWidth": 1.5},
                "encoding": {"x": x, "y": y, "color": paint, "tooltip": tips},
            }
        )
    labelled = _labelled(frame, x, y)
    for side, away in (("left", 1), ("right", -1)):
        for bold in (False, True):
            chosen = labelled[(labelled["side"] == side) & (labelled["bold"] == bold)]
            weight = "bold" if bold else "normal"
            layers.append(
                {
                    "data": style.inline(chosen[["model", "day", "value"]]),
                    "mark": {
                        **parts.LABEL,
                        "align": side,
                        "dx": away * (12 if bold else 6),
                        "fontWeight": weight,
                    },
                    "encoding": {"x": x, "y": y, "text": {"field": "model"}},
                }
            )
    return parts.wide_panel(layers, None, MAIN, HEIGHT)


def _labelled(frame: pd.DataFrame, x: style.Spec, y: style.Spec) -> pd.DataFrame:
    """Names that fit: the model itself, its rivals, then others of its capability; away from its interval."""
    import pandas as pd

    order = frame.assign(
        bold=frame["what"] == "candidate",
        # A model of unknown cost is named at the median of what is expected.
        value=frame["value"].fillna(frame["q50"].where(frame["what"] == "candidate")),
    )
    order = order[order["value"].notna()]
    order = order.sort_values(["bold", "rival", "alike"], ascending=False, kind="stable")
    begin, end = (pd.Timestamp(day) for day in x["scale"]["domain"])
    low, high = (math.log10(v) for v in y["scale"]["domain"])
    places = [
        ((day - begin) / (end - begin), (math.log10(value) - low) / (high - low))
        for day, value in zip(order["day"], order["value"], strict=True)
    ]
    filled = [place for place, alike in zip(places, order["alike"], strict=True) if alike]
    named = order[order["rival"] | order["alike"]]
    older = (named["day"] < frame["day"].iloc[0]).to_list()
    for to_left in (False, True):
        # The model's own name matters most, so it may change sides.
        older[0] = to_left
        kept = parts.labels_that_fit(
            named["model"].to_list(), places[: len(named)], (MAIN, HEIGHT), left=older, avoid=filled
        )
        if 0 in kept:
            break
    # Text that is aligned right stands to the left.
    return named.assign(side=["right" if to_left else "left" for to_left in older]).iloc[kept]


def side_panel(frame: pd.DataFrame, measure: Measure) -> style.Spec:
    """The model and its rivals, each with what is expected of it and what it cost where that is known."""
    rows = frame[frame["what"].isin(["candidate", "rival"])].copy()
    gap = (rows["day"] - rows["day"].iloc[0]).dt.days / parts.DAYS_PER_MONTH
    rows["name"] = [
        name if k == 0 else f"{name}, {_apart(months)}"
        for k, (name, months) in enumerate(zip(rows["model"], gap, strict=True))
    ]
    rows = rows[rows["q50"].notna() | rows["value"].notna()]
    values = rows[["q05", "q95", "value"]].to_numpy(dtype=float).ravel()
    axis = parts.usd_axis if measure.unit == "USD" else parts.flop_around
    x = axis("value", measure.axis, values)
    y = {"field": "name", "type": "nominal", "sort": list(rows["name"]), "axis": None}

    def bar(low: str, high: str, width: float, opacity: float) -> style.Spec:
        return {
            "mark": {
                "type": "rule",
                "color": EXPECTED,
                "strokeWidth": width,
                "opacity": opacity,
                "clip": True,
            },
            "encoding": {"x": {**x, "field": low}, "x2": {"field": high}, "y": y},
        }

    text = {**parts.LABEL, "align": "left", "dy": -14}
    layers: list[style.Spec] = [
        bar("q05", "q95", 4, 0.45),
        bar("q25", "q75", 8, 0.6),
        {
            "mark": {"type": "tick", "thickness": 2.5, "size": 12, "color": style.INK},
            "encoding": {"x": {**x, "field": "q50"}, "y": y},
        },
        {
            "mark": {"type": "point", "filled": True, "shape": "diamond", "size": 90, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": style.colour("bloc", parts.BLOC_COLOURS)},
        },
        {"mark": text, "encoding": {"x": {"value": 2}, "y": y, "text": {"field": "name"}}},
    ]
    columns = ["name", "bloc", "value", *COLUMNS]
    found = style.panel(
        "Expected from date and capability (grey), and actual where known",
        layers,
        style.inline(rows[columns]),
        height=44 * len(rows),
    )
    return {**found, "width": parts.HALF}


def _apart(months: float) -> str:
    """How much older or newer, in words.

    Examples
    --------
    >>> _apart(-9.7), _apart(2.2), _apart(0.1)
    ('10 months older', '2 months newer', 'same month')
    """
    whole = round(abs(months))
    return f"{words.months(whole)} {'older' if months < 0 else 'newer'}" if whole else "same month"


def density_panel(measure: Measure) -> style.Spec:
    """Density of the logarithm, by a normal kernel of the usual width (Silverman 1986)."""
    import pandas as pd

    from curveshift.trends.verdicts import ordinal

    assert measure.actual is not None
    draws, own = measure.draws, math.log10(measure.actual)
    spread = min(float(np.std(draws)), float(np.subtract(*np.quantile(draws, (0.75, 0.25)))) / 1.349)
    width = 0.9 * spread * len(draws) ** -0.2
    # The outermost draws of heavy tails would take most of the width.
    low, high = (float(q) for q in np.quantile(draws, (0.005, 0.995)))
    at = np.linspace(min(low, own - 0.1), max(high, own + 0.1), POINTS)
    density = np.exp(-0.5 * ((at[:, None] - draws) / width) ** 2).mean(axis=1) / (
        width * math.sqrt(2.0 * math.pi)
    )
    frame = pd.DataFrame({"value": 10.0**at, "density": density})
    inner = frame[frame["value"].between(*(10.0 ** np.quantile(draws, (0.05, 0.95))))]
    axis = parts.usd_axis if measure.unit == "USD" else parts.flop_around
    x = axis("value", measure.axis, frame["value"])
    y = style.value_axis(
        "density", None, scale={"zero": True}, labels=False, ticks=False, grid=False, domain=False
    )
    share = ordinal(100.0 * float(np.mean(draws < own)))
    area = {"type": "area", "color": EXPECTED, "clip": True}
    left = own > (at[0] + at[-1]) / 2.0
    beside = {"align": "right", "dx": -5} if left else {"align": "left", "dx": 5}
    mark = {"data": {"values": [{"value": measure.actual, "label": f"{share} percentile"}]}}
    layers: list[style.Spec] = [
        {"mark": {**area, "opacity": 0.3}, "encoding": {"x": x, "y": y}},
        {
            "data": style.inline(inner),
            "mark": {**area, "opacity": 0.45},
            "encoding": {"x": x, "y": y},
        },
        {
            **mark,
            "mark": {"type": "rule", "color": style.INK, "strokeWidth": 2},
            "encoding": {"x": x},
        },
        {
            **mark,
            "mark": {**parts.LABEL, **beside, "fontWeight": "bold"},
            "encoding": {"x": x, "y": {"value": 8}, "text": {"field": "label"}},
        },
    ]  # fmt: skip
    what = "cost" if measure.unit == "USD" else "compute"
    text = f"Density of expected {what} (darker: 90 %), line: actual"
    found = style.panel(text, layers, style.inline(frame), height=100)
    return {**found, "width": parts.HALF}
