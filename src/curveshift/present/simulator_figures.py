"""How the simulator draws: Vega-Lite specifications whose data come later, by name."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from . import style
from .style import Spec

LETTERS: Final = ("A", "B", "C", "D")
"""What policies are called inside the drawings; their names stand beside them in the same colours."""


def specifications(as_of: date) -> dict[str, Spec]:
    """Every figure of the page by name.

    The data are set by name: ``bands`` (``letter``, ``quarter`` in milliseconds, ``q05`` to ``q95``), ``us`` (the same
    with the ``last`` quarter), ``paths`` (``draw``, ``quarter``, ``value``), ``shares`` (``letter``, ``world``,
    ``place``, ``probability``), ``windows`` (``window``, ``world``, ``place``, ``probability``), ``channels``
    (``quarter``, ``channel``, ``place``, ``share``), ``ends`` (``name``, ``end``, ``place``, ``months``, ``mean``,
    ``value``, ``sure``).

    Examples
    --------
    >>> sorted(specifications(date(2026, 6, 30)))
    ['capability', 'difference', 'drivers', 'lag', 'share', 'stock', 'windows', 'worlds']
    """
    return {
        "worlds": _worlds(),
        "windows": _windows(),
        "stock": _stock(as_of),
        "share": _share(as_of),
        "lag": _lag(as_of),
        "capability": _capability(as_of),
        "difference": _difference(as_of),
        "drivers": _drivers(),
    }


def _figure(layers: list[Spec], data: str, *, height: int = 220) -> Spec:
    return {
        "$schema": style.SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"name": data},
        "layer": layers,
        "config": style.CONFIG,
    }


def _by_letter() -> Spec:
    colours = dict(zip(LETTERS, style.POLICY, strict=False))
    return style.colour("letter", colours, legend=False)


def _rule(at: float) -> Spec:
    return {
        "data": {"values": [{"at": at}]},
        "mark": {"type": "rule", "color": style.INK, "opacity": 0.5},
        "encoding": {"y": {"field": "at", "type": "quantitative"}},
    }


def _paths(y: Spec, paint: Spec) -> Spec:
    return {
        "data": {"name": "paths"},
        "mark": {"type": "line", "strokeWidth": 0.6, "opacity": 0.35, "clip": True},
        "encoding": {
            "x": style.time_axis(),
            "y": {**y, "field": "value"},
            "detail": {"field": "draw", "type": "nominal"},
            "color": paint,
        },
    }


def _probability(stack: str | None = "zero") -> Spec:
    return {
        "field": "probability",
        "type": "quantitative",
        "stack": stack,
        "scale": {"domain": [0, 1]},
        "axis": {"title": None, "format": ".0%", "tickCount": 5},
    }


def _world_tips(first: Spec) -> list[Spec]:
    return [first, {"field": "world", "title": "world"}, {"field": "probability", "format": ".1%"}]


def _worlds() -> Spec:
    bars = {
        "mark": {"type": "bar", "cornerRadius": 1},
        "encoding": {
            "y": {"field": "letter", "type": "nominal", "axis": {"title": None, "ticks": False}},
            "x": _probability(),
            "color": style.colour("world", style.WORLD),
            "order": {"field": "place", "type": "quantitative"},
            "tooltip": _world_tips({"field": "policy", "title": "policy"}),
        },
    }
    return _figure([bars], "shares", height=130)


def _windows() -> Spec:
    areas = {
        "mark": {"type": "area", "opacity": 0.85},
        "encoding": {
            "x": {
                "field": "window",
                "type": "quantitative",
                "scale": {"nice": False, "zero": False},
                "axis": {"title": "window, months", "values": [3, 6, 12, 18, 24, 30, 36]},
            },
            "y": _probability(),
            "color": style.colour("world", style.WORLD),
            "order": {"field": "place", "type": "quantitative"},
            "tooltip": _world_tips({"field": "window", "title": "window, months"}),
        },
    }
    return _figure([areas], "windows", height=180)


def _stock(as_of: date) -> Spec:
    y = style.log_axis("q50", "installed base", 1e4, 1e10)
    # What is under the foot of the axis, zero among it, stands at the foot.
    y["scale"] = {"type": "log", "domainMin": 1e4, "clamp": True}
    paint = _by_letter()
    x = style.time_axis()
    line: Spec = {
        "mark": {"type": "line", "strokeDash": [6, 3], "strokeWidth": 1.5, "color": style.INK},
        "encoding": {"x": x, "y": y},
    }
    label: Spec = {
        "transform": [{"filter": "datum.quarter == datum.last"}],
        "mark": {
            "type": "text",
            "align": "right",
            "dy": -8,
            "color": style.INK,
            "text": "US and allies (A), median",
        },
        "encoding": {"x": x, "y": y},
    }
    leader = {"data": {"name": "us"}, "layer": [line, label]}
    bands = style.band_layers(y, paint, ends=(10, 90))
    return _figure([*bands, _paths(y, paint), leader, style.as_of_layer(as_of)], "bands")


def _share(as_of: date) -> Spec:
    y = style.value_axis("share", None, format=".0%")
    stacked: Spec = {
        "data": {"name": "channels"},
        "mark": {"type": "area", "opacity": 0.75, "clip": True},
        "encoding": {
            "x": style.time_axis(),
            "y": {**y, "stack": "zero"},
            "color": style.colour("channel", style.CHANNEL),
            "order": {"field": "place", "type": "quantitative"},
        },
    }
    whole = style.band_layers(
        y, {"value": style.INK}, ends=(10, 90), opacity=0.09, tooltip=".1%", line={"strokeWidth": 1.2}
    )
    return _figure([stacked, *whole, style.as_of_layer(as_of)], "bands")


def _lag(as_of: date) -> Spec:
    y = style.value_axis("q50", "months behind the US")
    paint = _by_letter()
    bands = style.band_layers(y, paint, ends=(10, 90), tooltip=".1f")
    return _figure([*bands, _paths(y, paint), _rule(0.0), style.as_of_layer(as_of)], "bands")


def _capability(as_of: date) -> Spec:
    y = style.value_axis("q50", "log10 FLOP, 2024 efficiency", scale={"zero": False})
    bands = style.band_layers(y, style.colour("bloc", style.BLOC), ends=(10, 90), tooltip=".2f")
    return _figure([*bands, style.as_of_layer(as_of)], "bands")


def _difference(as_of: date) -> Spec:
    y = style.value_axis("q50", "months more (or fewer)")
    bands: list[dict[str, Any]] = style.band_layers(y, _by_letter(), tooltip="+.1f")
    return _figure([*bands, _rule(0.0), style.as_of_layer(as_of)], "bands")


def _drivers() -> Spec:
    ends = {"domain": ["lowest fifth", "highest fifth"], "range": [style.POLICY[2], style.POLICY[3]]}
    bars = {
        "mark": {"type": "bar"},
        "encoding": {
            "y": {
                "field": "name",
                "type": "nominal",
                "sort": {"field": "place"},
                "axis": {"title": None, "ticks": False, "labelLimit": 210},
            },
            "x": {
                "field": "months",
                "type": "quantitative",
                "scale": {"zero": False},
                "axis": {"title": "mean lag, months"},
            },
            "x2": {"field": "mean"},
            "color": {"field": "end", "type": "nominal", "scale": ends},
            "opacity": {"condition": {"test": "datum.sure === 'yes'", "value": 0.95}, "value": 0.35},
            "tooltip": [
                {"field": "name", "title": "assumption"},
                {"field": "end", "title": "draws"},
                {"field": "value", "title": "its median there", "format": ".3~g"},
                {"field": "months", "title": "mean lag, months", "format": ".1f"},
                {"field": "sure", "title": "beyond chance"},
            ],
        },
    }
    return _figure([bars], "ends", height=280)
