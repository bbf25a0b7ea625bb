"""How figures look: colours, bands, panels. Every figure is built from these parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pandas as pd

Spec = dict[str, Any]

VEGA_LITE: Final = "6.4"
SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
"""A name, by which tools tell the version; nothing is ever loaded from it."""

# Told apart by people with any common colour blindness, and readable on white and on near-black alike.
BLOC: Final = {"us": "#2f7fd0", "china": "#d55e00"}
CHANNEL: Final = {
    "legal": "#2f7fd0",
    "diverted": "#c2558c",
    "domestic": "#d98200",
    "remote, not owned": "#12966f",
}
WORLD: Final = {
    "unipolar-us": "#2f7fd0",
    "bipolar": "#12966f",
    "unipolar-china": "#d55e00",
    "not-yet": "#8b95a1",
    "undecided": "#c4b26a",
}
POLICY: Final = ("#2f7fd0", "#d55e00", "#12966f", "#c2558c", "#d98200", "#808b96", "#6b5fb5", "#5a8f29")

# Text and axes take the colour of the page around them, so that one drawing serves light, dark and paper.
INK: Final = "currentColor"
CONFIG: Final[Spec] = {
    "background": "transparent",
    "font": "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif",
    "view": {"stroke": None},
    "title": {
        "anchor": "start",
        "color": INK,
        "fontSize": 15,
        "subtitleColor": INK,
        "subtitleFontSize": 12,
        "offset": 10,
    },
    "axis": {
        "labelColor": INK,
        "titleColor": INK,
        "domainColor": INK,
        "tickColor": INK,
        "domainOpacity": 0.5,
        "tickOpacity": 0.5,
        "gridColor": INK,
        "gridOpacity": 0.12,
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
    },
    "axisX": {"grid": False, "labelOverlap": True},
    "legend": {
        "orient": "top",
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 11,
        "labelLimit": 320,
        "title": None,
        "symbolType": "square",
        "symbolOpacity": 1,
        "columns": 5,
    },
}

QUANTILES: Final = {0.05: "q05", 0.1: "q10", 0.25: "q25", 0.5: "q50", 0.75: "q75", 0.9: "q90", 0.95: "q95"}


def inline(frame: pd.DataFrame) -> Spec:
    """A frame as data of a specification: dates as ISO text, numbers with five digits, gaps as null."""
    import numpy as np
    import pandas as pd

    columns: dict[str, list[Any]] = {}
    parse: dict[str, str] = {}
    for name in map(str, frame.columns):
        column = frame[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            parse[name] = "date"
            columns[name] = column.dt.strftime("%Y-%m-%d").tolist()
        elif pd.api.types.is_integer_dtype(column):
            columns[name] = column.tolist()
        elif pd.api.types.is_numeric_dtype(column):
            values = column.to_numpy(dtype=float)
            columns[name] = [float(f"{x:.5g}") if np.isfinite(x) else None for x in values]
        else:
            columns[name] = [None if pd.isna(x) else str(x) for x in column]
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return {"values": rows, **({"format": {"parse": parse}} if parse else {})}


def time_axis(field: str = "quarter") -> Spec:
    """The horizontal axis of every path: years."""
    return {
        "field": field,
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {"format": "%Y", "tickCount": {"interval": "year", "step": 2}, "title": None},
    }


def value_axis(field: str, title: str | None = None, **more: Any) -> Spec:
    """A vertical axis; `more` goes into its axis, except ``scale``."""
    scale = more.pop("scale", {})
    return {"field": field, "type": "quantitative", "scale": scale, "axis": {"title": title, **more}}


def colour(field: str, colours: dict[str, str], *, legend: bool = True) -> Spec:
    """Colour by name, in a fixed order."""
    found: Spec = {
        "field": field,
        "type": "nominal",
        "scale": {"domain": list(colours), "range": list(colours.values())},
    }
    return found if legend else {**found, "legend": None}


def log_axis(field: str, title: str, low: float, high: float) -> Spec:
    """A logarithmic axis with one label per power of ten, from `low` to `high`."""
    import math

    powers = [
        10.0**k for k in range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)
    ]
    return value_axis(
        field,
        title,
        scale={"type": "log", "domain": [low, high]},
        values=powers,
        format="~s",
        labelExpr="replace(datum.label, 'G', 'B')",
    )


def band_layers(
    y: Spec,
    paint: Spec,
    *,
    ends: tuple[int, int] = (5, 95),
    opacity: float = 0.16,
    tooltip: str = "",
    line: Spec | None = None,
) -> list[Spec]:
    """An outer band, the 50 % band and the median, over columns ``quarter`` and ``q05`` to ``q95``."""
    x = time_axis()

    def area(low: str, high: str, opacity: float) -> Spec:
        return {
            "mark": {"type": "area", "opacity": opacity, "clip": True},
            "encoding": {"x": x, "y": {**y, "field": low}, "y2": {"field": high}, "color": paint},
        }

    shown = [
        {"field": "quarter", "type": "temporal", "format": "%B %Y", "title": "end of"},
        *(
            {"field": f"q{q:02d}", "type": "quantitative", "format": tooltip or ".3~s", "title": f"{q} %"}
            for q in (ends[0], 25, 50, 75, ends[1])
        ),
    ]
    return [
        area(f"q{ends[0]:02d}", f"q{ends[1]:02d}", opacity),
        area("q25", "q75", 1.6 * opacity),
        {
            "mark": {"type": "line", "strokeWidth": 2, "clip": True, **(line or {})},
            "encoding": {"x": x, "y": {**y, "field": "q50"}, "color": paint},
        },
        {
            # Wide and unseen, so that a pointer or a finger finds the numbers.
            "mark": {"type": "point", "size": 160, "opacity": 0, "clip": True},
            "encoding": {"x": x, "y": {**y, "field": "q50"}, "tooltip": shown},
        },
    ]


def path_layer(frame: pd.DataFrame, y: Spec, stroke: str) -> Spec:
    """Thin lines, one per sampled draw, over columns ``quarter``, ``draw`` and ``value``."""
    return {
        "data": inline(frame),
        "mark": {"type": "line", "strokeWidth": 0.6, "opacity": 0.4, "clip": True, "color": stroke},
        "encoding": {
            "x": time_axis(),
            "y": {**y, "field": "value"},
            "detail": {"field": "draw", "type": "nominal"},
        },
    }


def as_of_layer(as_of: date) -> Spec:
    """The line between the record and the simulation."""
    return {
        "data": {"values": [{"quarter": as_of.isoformat()}], "format": {"parse": {"quarter": "date"}}},
        "mark": {"type": "rule", "strokeDash": [4, 3], "color": INK, "opacity": 0.6},
        "encoding": {"x": time_axis()},
    }


def panel(title: str, layers: Sequence[Spec], data: Spec | None = None, *, height: int = 150) -> Spec:
    """One small picture with its own short title."""
    found: Spec = {
        "width": 230,
        "height": height,
        "title": {"text": wrapped(title, 42), "fontSize": 12, "fontWeight": "normal", "offset": 4},
        "layer": list(layers),
    }
    return {"data": data, **found} if data else found


def page(title: str, subtitle: str, panels: Sequence[Spec], *, columns: int) -> Spec:
    """A whole figure: panels in rows under one title."""
    return {
        "$schema": SCHEMA,
        "title": heading(title, subtitle, 280 * max(2, min(columns, len(panels)))),
        "concat": list(panels),
        "columns": columns,
        "spacing": 18,
        "config": CONFIG,
    }


def heading(title: str, subtitle: str, width: int) -> Spec:
    """Title and subtitle in lines that fit over a drawing of a width in pixels."""
    wide = round(width * 19 / 140)
    return {"text": wrapped(title, wide), "subtitle": wrapped(subtitle, round(wide * 1.2))}


def wrapped(text: str, width: int) -> list[str]:
    """Text in lines: a drawing does not wrap by itself."""
    import textwrap

    # A number stays with its sign.
    return textwrap.wrap(text.replace(" %", "\u00a0%"), width) or [""]
