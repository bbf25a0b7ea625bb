"""How the further pages draw: Vega-Lite that fills the width of its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from . import style
from .style import Spec

if TYPE_CHECKING:
    import pandas as pd

HIT: Final = 0.9
SHAPES: Final = ("circle", "triangle-down", "square", "diamond", "triangle-up", "cross")
"""One for each group of chips, so that colour is not needed to tell them apart."""


def filling(figure: Spec, *, height: int = 220) -> Spec:
    """A figure as wide as its place, under a heading of the page."""
    kept = {key: value for key, value in figure.items() if key not in ("title", "width", "height")}
    return {
        "$schema": style.SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        **kept,
        "config": style.CONFIG,
    }


def by_series(series: Sequence[Mapping[str, Any]], what: str) -> Spec:
    """Coverage of 90 % intervals, or skill, of every series under both policies, with its uncertainty."""
    from .backtest_figures import POLICY_COLOURS, POLICY_WORDS

    rows = []
    for row in series:
        for policy, score in row["scores"].items():
            if what == "coverage":
                value, low, high = score["coverage"][f"{HIT:g}"]
            else:
                value, (low, high) = score["skill"], score["skill_range"] or (None, None)
            rows.append(
                {
                    "series": row["name"],
                    "policy": POLICY_WORDS[policy],
                    "value": value,
                    "low": low,
                    "high": high,
                }
            )
    marked = HIT if what == "coverage" else 0.0
    axis: Spec = {"title": "share in the 90 % interval", "format": ".0%"}
    if what == "skill":
        axis = {"title": "skill: above 0 is better than naive", "format": "+.1f"}
    x: Spec = {"field": "value", "type": "quantitative", "axis": axis, "scale": {"zero": what == "coverage"}}
    y: Spec = {
        "field": "series",
        "type": "nominal",
        "sort": [row["name"] for row in series],
        "axis": {"title": None, "ticks": False, "labelLimit": 130},
    }
    shared = {
        "y": y,
        "yOffset": {"field": "policy", "sort": list(POLICY_COLOURS)},
        "color": style.colour("policy", POLICY_COLOURS),
    }
    number = ".0%" if what == "coverage" else "+.2f"
    tips = [{"field": "series"}, {"field": "policy"}]
    tips += [{"field": f, "type": "quantitative", "format": number} for f in ("value", "low", "high")]
    layers: list[Spec] = [
        {
            "data": {"values": [{"value": marked}]},
            "mark": {"type": "rule", "color": style.INK, "strokeDash": [4, 3], "opacity": 0.6},
            "encoding": {"x": x},
        },
        {
            "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.6},
            "encoding": {**shared, "x": {**x, "field": "low"}, "x2": {"field": "high"}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
            "encoding": {**shared, "x": x, "shape": {"field": "policy", "legend": None}, "tooltip": tips},
        },
    ]
    return filling({"data": {"values": rows}, "layer": layers}, height=34 * len(series))


def forecasts(frame: pd.DataFrame, series: str, item: str, policy: str) -> Spec:
    """Forecasts of one series beside what came."""
    from .backtest_figures import forecast_panel

    own = frame[(frame["series"] == series) & (frame["item"] == item) & (frame["policy"] == policy)]
    return filling(forecast_panel(own, series, item, policy, legend=True), height=260)


def chip_map(column: str) -> Spec:
    """Chips between the lines of the rules.

    The data come by name: ``regions`` (``x``, ``x2``, ``y``, ``y2``, ``top``, ``bottom``, ``shade``), ``points``
    (``chip``, ``tpp``, the column, ``group``, ``kind``, ``label``) and ``marked`` (``chip``, ``tpp``, the column).
    """
    from .chip_reading import ENDS, UNITS, X
    from .control_figures import COLOURS, chip_axis

    name, unit = UNITS[column]
    x, y = chip_axis("tpp", "TPP", X), chip_axis(column, f"{name}, {unit}", ENDS[column])
    small = {"type": "text", "align": "left", "color": style.INK, "clip": True}
    tips = [{"field": "chip"}, {"field": "group", "title": "needs"}]
    tips += [{"field": f, "type": "quantitative", "format": ",.4~g"} for f in ("tpp", column)]
    group = style.colour("group", COLOURS)
    shapes = {**group, "scale": {"domain": list(COLOURS), "range": list(SHAPES)}}
    box = {
        "x": {**x, "field": "x"},
        "x2": {"field": "x2"},
        "y": {**y, "field": "y"},
        "y2": {"field": "y2"},
    }
    layers: list[Spec] = [
        {
            "data": {"name": "regions"},
            "mark": {
                "type": "rect",
                "color": "#7a828c",
                "clip": True,
                "stroke": "#7a828c",
                "strokeOpacity": 0.6,
            },
            "encoding": {**box, "fillOpacity": {"field": "shade", "type": "quantitative", "scale": None}},
        },
        *(
            {
                "data": {"name": "regions"},
                "mark": {**small, "baseline": end, "dx": 4, "dy": dy, "fontSize": 11, "fontStyle": "italic"},
                "encoding": {"x": box["x"], "y": {**y, "field": at}, "text": {"field": end}},
            }
            for end, at, dy in (("top", "y2", 4), ("bottom", "y", -4))
        ),
        {
            "mark": {
                "type": "point",
                "filled": True,
                "size": 60,
                "clip": True,
                "cursor": "pointer",
                "opacity": 0.9,
            },
            "encoding": {"x": x, "y": y, "color": group, "shape": shapes, "tooltip": tips},
        },
        {
            "transform": [{"filter": "datum.label !== ''"}],
            "mark": {**small, "dx": 6, "fontSize": 9},
            "encoding": {"x": x, "y": y, "text": {"field": "label"}},
        },
        {
            "data": {"name": "marked"},
            "mark": {"type": "point", "size": 300, "strokeWidth": 2.5, "color": style.INK, "clip": True},
            "encoding": {"x": x, "y": y, "tooltip": [{"field": "chip"}]},
        },
    ]
    return filling({"data": {"name": "points"}, "layer": layers}, height=340)


def chip_timeline() -> Spec:
    """The status of one chip over time; data by name: ``eras`` as `timeline_page` gives them, and ``day``."""
    from .control_figures import COLOURS

    axis = {"format": "%Y", "tickCount": {"interval": "year", "step": 1}, "title": None}
    x: Spec = {"field": "start", "type": "temporal", "scale": {"type": "utc"}, "axis": axis}
    tips: list[Spec] = [
        {"field": "start", "type": "temporal", "format": "%d %B %Y", "title": "from"},
        {"field": "status"},
        {"field": "paragraphs"},
    ]
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "stroke": "#ffffff", "strokeWidth": 1, "height": 26},
            "encoding": {
                "x": x,
                "x2": {"field": "drawn_until"},
                "color": style.colour("group", COLOURS),
                "tooltip": tips,
            },
        },
        {
            "data": {"name": "day"},
            "mark": {"type": "rule", "color": style.INK, "strokeWidth": 2},
            "encoding": {"x": {**x, "field": "on"}},
        },
    ]
    return filling({"data": {"name": "eras"}, "layer": layers}, height=115)
