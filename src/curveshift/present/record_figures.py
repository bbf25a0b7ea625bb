"""Figures that hold the model against the record: conflicting estimates, and checks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Final

from curveshift import facts
from curveshift.errors import CurveshiftError

from . import reading, style, words
from .figure import Figure

if TYPE_CHECKING:
    import pandas as pd

    from curveshift.decide.record import Check
    from curveshift.world.ensemble import Ensemble

COUNTED: Final = ("units_produced", "units_shipped", "capacity")
MODEL: Final = "this model, all Chinese vendors"
RATIO: Final = (0.1, 10.0)
KINDS: Final = ("reproduction", "held out", "tied")


def domestic_estimates(
    ensemble: Ensemble | None = None, year: int = 2025, policy: str = "status-quo"
) -> Figure:
    """The published numbers of Chinese AI chips made in a year, which disagree, beside the model's own.

    Parameters
    ----------
    ensemble : Ensemble, optional
        Adds the model's interval under `policy`.
    year : int
        A calendar year of the table ``china_domestic_production``.
    policy : str

    Returns
    -------
    Figure

    Raises
    ------
    CurveshiftError
        When no estimate covers that year.
    """
    import pandas as pd

    rows = [
        r
        for r in facts.rows("china_domestic_production")
        if r["period_start"] == date(year, 1, 1)
        and r["period_end"] == date(year, 12, 31)
        and r["metric"] in COUNTED
        and r["unit"] in ("chips", "cards")
    ]
    if not rows:
        raise CurveshiftError(f"no estimate of Chinese production covers {year}", where="year")
    found = [
        {
            "estimate": _name(r),
            "kind": _kind(r),
            "low": r["low"],
            "central": r["central"],
            "high": r["high"],
            "source": r["source"],
        }
        for r in rows
    ]
    model = _made_in(ensemble, year, policy) if ensemble is not None else None
    if model is not None:
        kind = "model, 90 % interval"
        ends = {"low": model[0], "central": model[1], "high": model[2]}
        found.append({"estimate": MODEL, "kind": kind, **ends, "source": "this run"})
    frame = pd.DataFrame(found)
    # One number in any of the three columns is enough to give a row its place.
    frame["shown"] = frame["central"].fillna(frame["high"]).fillna(frame["low"]).astype(float)
    frame = frame.sort_values("shown").drop(columns="shown").reset_index(drop=True)
    huawei = [
        r["central"] or r["high"] for r in rows if r["maker"] == "Huawei" and r["chip"] == "Ascend (all)"
    ]
    title = (
        f"Published numbers of Huawei's AI chips of {year} run from {words.span(min(huawei), max(huawei))}"
        if huawei
        else f"Published numbers of Chinese AI chips of {year}"
    )
    if model is not None:
        title += (
            f"; for all Chinese vendors this model has {words.number(model[1])} "
            f"(90 %: {words.span(model[0], model[2])})"
        )
    subtitle = f"Chips or cards in calendar {year}, as published. A triangle is a bound, a point an estimate."
    sentence = (
        "The sources do not count the same thing: one maker or all, one product or all, produced or shipped, with or "
        "without a stock of dies from abroad. They are shown side by side and not averaged."
    )
    if model is not None and ensemble is not None:
        sentence += f" The model's interval holds nine in ten of {ensemble.paths.sizes['draw']} draws."
    spec = style.page(title, subtitle, [_estimate_panel(frame)], columns=1)
    return Figure(spec, title, f"{subtitle} {sentence}", frame, tuple(dict.fromkeys(frame["source"])))


def _name(row: dict[str, object]) -> str:
    source = str(row["source"]).split(" (")[0].split(",")[0]
    return f"{row['maker']}, {row['chip']}: {str(row['metric']).replace('_', ' ')} ({source})"


def _kind(row: dict[str, object]) -> str:
    return {"at_most": "upper bound", "at_least": "lower bound"}.get(str(row["bound"]), "estimate")


def _made_in(ensemble: Ensemble, year: int, policy: str) -> tuple[float, float, float] | None:
    if policy not in ensemble.policies:
        return None
    made = reading.per_year(ensemble, policy, "domestic")
    low, middle, high = (float(x) for x in made[made["year"] == year]["chips"].quantile([0.05, 0.5, 0.95]))
    return low, middle, high


def _estimate_panel(frame: pd.DataFrame) -> style.Spec:
    shapes = {
        "estimate": "circle",
        "upper bound": "triangle-left",
        "lower bound": "triangle-right",
        "model, 90 % interval": "diamond",
    }
    shown = frame.assign(point=frame["central"].astype(float).fillna(frame["high"]).fillna(frame["low"]))
    y = {
        "field": "estimate",
        "type": "nominal",
        "sort": list(frame["estimate"]),
        "axis": {"title": None, "labelLimit": 420, "grid": True},
    }
    x = {
        "field": "point",
        "type": "quantitative",
        "axis": {"title": "chips", "format": "~s", "grid": True, "tickCount": 6},
    }
    paint = style.colour("kind", dict(zip(shapes, ("#2f7fd0", "#808b96", "#808b96", "#d55e00"), strict=True)))
    point = {
        "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1},
        "encoding": {
            "x": x,
            "y": y,
            "color": paint,
            "shape": {
                "field": "kind",
                "type": "nominal",
                "scale": {"domain": list(shapes), "range": list(shapes.values())},
            },
            "tooltip": [
                {"field": "estimate"},
                {"field": "point", "format": ",.0f", "title": "chips"},
                {"field": "source"},
            ],
        },
    }
    between = {
        "transform": [{"filter": "isValid(datum.low) && isValid(datum.high)"}],
        "mark": {"type": "rule", "strokeWidth": 2.5},
        "encoding": {
            "x": {**x, "field": "low"},
            "x2": {"field": "high"},
            "y": y,
            "color": {**paint, "legend": None},
        },
    }
    found = style.panel("", [between, point], style.inline(shown), height=24 * len(frame))
    return {**found, "width": 420}


def record_checks(checks: Iterable[Check]) -> Figure:
    """Numbers of the record beside the model's, each as a multiple of the published one.

    Parameters
    ----------
    checks : iterable of Check
        As `curveshift.decide.record.checks` gives them.

    Returns
    -------
    Figure

    Raises
    ------
    CurveshiftError
        When there is none.
    """
    import pandas as pd

    frame = pd.DataFrame(
        [
            {
                "check": c.what,
                "unit": c.unit,
                "kind": c.kind,
                "published_low": c.published[0],
                "published": c.published[1],
                "published_high": c.published[2],
                "model_low": c.model[0],
                "model": c.model[1],
                "model_high": c.model[2],
                "verdict": c.verdict,
                "source": c.source,
            }
            for c in checks
        ]
    )
    if frame.empty:
        raise CurveshiftError("there is no check to draw")
    title = _check_title(frame)
    subtitle = (
        "Model over record, log scale: the point is the median and the line the 90 % interval of the model, the "
        "grey bar the published interval. 1 is agreement. Powers of ten are compared as what they stand for."
    )
    sentence = (
        "A reproduction is an input that must come back out; it says that the books are kept, not that the model is "
        "right. A held-out number was never an input. A tied one was none either, but histories start from an observed "
        "frontier that implies it. What misses is shown as a miss."
    )
    panels = [
        _check_panel(kind, frame[frame["kind"] == kind]) for kind in KINDS if (frame["kind"] == kind).any()
    ]
    spec = style.page(title, subtitle, panels, columns=1)
    return Figure(spec, title, f"{subtitle} {sentence}", frame, tuple(dict.fromkeys(frame["source"])))


def _check_title(frame: pd.DataFrame) -> str:
    parts = []
    for kind in KINDS:
        part = frame[frame["kind"] == kind]
        if len(part):
            inside = int((part["verdict"] == "inside").sum())
            parts.append(f"{inside} of {len(part)} {kind} checks")
    return f"The published number lies in the model's 90 % interval in {words.listed(parts)}"


def _check_panel(kind: str, part: pd.DataFrame) -> style.Spec:
    import numpy as np

    names = ["published_low", "published", "published_high", "model_low", "model", "model_high"]
    numbers = part[names].astype(float)
    is_log = part["unit"].str.startswith("log10").to_numpy()[:, None]
    plain = numbers.where(~np.broadcast_to(is_log, numbers.shape), 10.0**numbers)
    # Where no central number was published, the middle of the interval stands for it.
    centre = (plain["published_low"] * plain["published_high"]) ** 0.5
    middle = plain["published"].fillna(centre)
    ratios = plain.div(middle, axis=0).clip(*RATIO)
    shown = ratios.assign(check=part["check"], verdict=part["verdict"]).dropna(subset=["model"])
    y = {
        "field": "check",
        "type": "nominal",
        "sort": list(part["check"]),
        "axis": {"title": None, "labelLimit": 420, "grid": True},
    }
    axis = {"title": "model over record", "values": [0.1, 0.2, 0.5, 1, 2, 5, 10], "format": "~g"}
    x = {
        "field": "model",
        "type": "quantitative",
        "scale": {"type": "log", "domain": list(RATIO)},
        "axis": axis,
    }
    paint = style.colour("verdict", {"inside": "#2f7fd0", "outside": "#d55e00"})

    def line(low: str, high: str, mark: style.Spec, colour: style.Spec) -> style.Spec:
        return {
            "mark": {"type": "rule", **mark},
            "encoding": {"x": {**x, "field": low}, "x2": {"field": high}, "y": y, "color": colour},
        }

    layers = [
        {
            "data": {"values": [{"one": 1}]},
            "mark": {"type": "rule", "color": style.INK, "opacity": 0.6},
            "encoding": {"x": {**x, "field": "one"}},
        },
        line("published_low", "published_high", {"strokeWidth": 9, "opacity": 0.25}, {"value": "#808b96"}),
        line("model_low", "model_high", {"strokeWidth": 2.5}, paint),
        {
            "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": paint},
        },
    ]
    return {**style.panel(kind, layers, style.inline(shown), height=20 * len(part)), "width": 420}
