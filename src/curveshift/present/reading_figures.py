"""How the further pages draw: Vega-Lite that fills the width of its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from . import style
from .style import Spec

if TYPE_CHECKING:
    import pandas as pd

HIT: Final = 0.9


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
