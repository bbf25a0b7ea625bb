"""Outcomes against China's inflow of foreign chips, and the boxes in which a world is likely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from curveshift.errors import CurveshiftError

from . import reading, style, words
from .figure import Figure

if TYPE_CHECKING:
    import pandas as pd

    from curveshift.decide import Discovery, DoseResponse

SET: Final = "inflow set, all else as it was"
MET: Final = "draws that happen to have it"
HOW: Final = {SET: "#d55e00", MET: "#808b96"}
TICKS: Final = [a * 10.0**k for k in range(-4, 4) for a in (1, 2, 5)]
DRAWN: Final = {"lag": "mean lag, months", "bipolar": "P(bipolar)", "unipolar-us": "P(unipolar-us)"}


def dose_figure(found: DoseResponse) -> Figure:
    """Mean lag and probabilities of worlds against the inflow: set by intervention, and as met.

    Parameters
    ----------
    found : DoseResponse

    Returns
    -------
    Figure
    """
    import pandas as pd

    rows = [
        {
            "outcome": name, "how": how, "percentile": point.percentile, "inflow": point.inflow_h100e / 1e6,
            "value": e.value, "low": e.value - 1.96 * e.error, "high": e.value + 1.96 * e.error,
        }
        for point in found.points
        for name in DRAWN
        for how, e in ((SET, point.fixed[name]), (MET, point.met[name]))
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    panels = [_dose_panel(text, frame[frame["outcome"] == name], name) for name, text in DRAWN.items()]
    low, high = found.points[0], found.points[-1]
    lag, bipolar = found.fixed_range["lag"], found.fixed_range["bipolar"]
    met = found.met_range["bipolar"]
    title = (
        f"Raising China's foreign chips from {words.number(low.inflow_h100e)} to {words.number(high.inflow_h100e)} "
        f"H100e ({found.years}) changes its lag by {words.change(lag.value)} months and P(bipolar) by "
        f"{words.change(100 * bipolar.value)} points; among draws as they are P(bipolar) differs by "
        f"{words.change(100 * met.value)} (± {200 * met.error:.0f})"
    )
    subtitle = (
        f"Under {found.policy}, as of {found.ensemble.scenario.as_of}, at the 10th to 90th percentile "
        f"of the inflow in {found.years}, 16-bit H100e; worlds at "
        f"{found.threshold}, window {found.window_months} months; lag on {found.by}. Lines: 95 % Monte Carlo intervals."
    )
    return Figure(
        style.page(title, subtitle, panels, columns=3),
        title,
        f"{subtitle} {found.why_they_differ}",
        frame,
        reading.model_sources(found.ensemble, *reading.SUPPLY_GROUPS, *reading.SYSTEMS_GROUPS),
    )


def _dose_panel(title: str, rows: pd.DataFrame, name: str) -> style.Spec:
    ends = [float(rows["inflow"].min()) / 1.1, float(rows["inflow"].max()) * 1.1]
    x = {
        "field": "inflow",
        "type": "quantitative",
        "scale": {"type": "log", "domain": ends},
        "axis": {"title": "inflow, million H100e (log scale)", "values": TICKS, "format": "~g"},
    }
    share = name != "lag"
    y = style.value_axis("value", None, scale={"zero": False}, **({"format": ".0%"} if share else {}))
    paint = style.colour("how", HOW)
    layers = [
        {
            "mark": {"type": "rule", "strokeWidth": 1.5, "opacity": 0.7},
            "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": paint},
        },
        {
            "mark": {"type": "line", "strokeWidth": 2, "point": {"size": 40}},
            "encoding": {
                "x": x,
                "y": y,
                "color": paint,
                "tooltip": [
                    {"field": "how"},
                    {"field": "percentile"},
                    *(
                        {"field": name, "type": "quantitative", "format": ".3g"}
                        for name in ("inflow", "value", "low", "high")
                    ),
                ],
            },
        },
    ]
    return {**style.panel(title, layers, style.inline(rows), height=190), "width": 210}


def box_figure(found: Discovery) -> Figure:
    """The conditions of each box on the scale of the prior.

    Parameters
    ----------
    found : Discovery

    Returns
    -------
    Figure
    """
    import pandas as pd

    if not found.boxes:
        raise CurveshiftError("there is no box to draw: no condition is told from chance with so many draws")
    panels, frames = [], []
    for i, box in enumerate(found.boxes, 1):
        rows = pd.DataFrame(
            [
                {
                    "assumption": r.assumption, "low": r.prior[0], "high": r.prior[1], "words": r.words,
                    "quasi_p": r.quasi_p, "box": i,
                }
                for r in box.restrictions
            ]
        )  # fmt: skip
        s = box.shares
        text = (
            f"Box {i}: {found.world} in {words.percent(s.density)} of it "
            f"(all draws {words.percent(found.base_share)}); holds {words.percent(s.coverage)} of all {found.world}"
        )
        panels.append(_box_panel(text, rows))
        frames.append(rows)
    first = found.boxes[0]
    title = (
        f"{found.world} comes about in {words.percent(first.shares.density)} of draws, not "
        f"{words.percent(found.base_share)}, where {first.words}"
    )
    subtitle = (
        f"Conditions on the scale of the prior, under {found.policy}, as of {found.ensemble.scenario.as_of}, "
        f"{found.threshold}, window {found.window_months} months. Shares are of draws that did not find the boxes."
    )
    sentence = (
        "A box is a description of draws, not a cause: whatever else is not named keeps its uncertainty. "
        + " ".join(found.notes)
    )
    return Figure(
        style.page(title, subtitle, panels, columns=1),
        title,
        f"{subtitle} {sentence}",
        pd.concat(frames, ignore_index=True),
        reading.model_sources(found.ensemble, *reading.SUPPLY_GROUPS, *reading.SYSTEMS_GROUPS),
    )


def _box_panel(title: str, rows: pd.DataFrame) -> style.Spec:
    y = {
        "field": "assumption",
        "type": "nominal",
        "sort": list(rows["assumption"]),
        "axis": {"title": None, "domain": False, "ticks": False, "labelLimit": 300},
    }
    x = {
        "field": "low",
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {"title": "quantile of the prior", "format": ".0%", "grid": True, "tickCount": 5},
    }
    tips = [
        {"field": "words"},
        {"field": "quasi_p", "type": "quantitative", "format": ".1g", "title": "quasi-p"},
    ]
    layers = [
        {
            "mark": {"type": "bar", "height": 4, "color": style.INK, "opacity": 0.15},
            "encoding": {"x": {"datum": 0, "type": "quantitative"}, "x2": {"datum": 1}, "y": y},
        },
        {
            "mark": {"type": "bar", "height": 12, "color": style.WORLD["bipolar"]},
            "encoding": {"x": x, "x2": {"field": "high"}, "y": y, "tooltip": tips},
        },
    ]
    found = style.panel(title, layers, style.inline(rows), height=30 * len(rows))
    return {**found, "width": 360, "title": {**found["title"], "text": style.wrapped(title, 80)}}
