"""Forecasts from days in the past beside what came: hits and misses on one page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from . import style, words
from . import trend_parts as parts
from .figure import Figure

if TYPE_CHECKING:
    import pandas as pd

    from curveshift.decide import Backtest, Forecast
    from curveshift.decide.scored import StoredScores

ORIGIN_COLOURS: Final = ("#6b5fb5", "#2f7fd0", "#d98200", "#c2558c", "#12966f")
DODGE_DAYS: Final = 24
"""Between forecasts of one quarter from two origins."""
MARKS: Final = {"in the 90 % interval": "circle", "outside it": "cross"}
MARK_COLOURS: Final = {"in the 90 % interval": style.INK, "outside it": "#d03a3a"}
POLICY_WORDS: Final = {"frozen": "rules of the day kept", "as-came": "rules as they came"}
POLICY_COLOURS: Final = {"rules of the day kept": "#808b96", "rules as they came": "#2f7fd0"}
AXIS: Final = {
    "purchases": ("chips", "symlog"),
    "shipments": ("16-bit H100e", "log"),
    "compute-us": ("FLOP", "log"),
    "compute-china": ("FLOP", "log"),
    "capability-us": ("orders of magnitude", "linear"),
    "capability-china": ("orders of magnitude", "linear"),
    "lag": ("months", "linear"),
    "price": ("USD per million tokens", "log"),
}


def hits_and_misses(found: Backtest) -> Figure:
    """Forecasts of every series beside what came, with the skill of each series and the histogram of PIT.

    Parameters
    ----------
    found : Backtest

    Returns
    -------
    Figure
    """
    frame = forecast_frame(found)
    skills = _skill_frame(found)
    title = _title(found)
    until = words.day(max(f.target for f in found.forecasts if f.status == "scored"))
    subtitle = (
        "Bars: 90 % and 50 % intervals and medians of forecasts by day of origin, side by side for one quarter. Black"
        " circle: what came lay in the 90 % interval; red cross: outside. Bars without a mark wait to be scored (record"
        f" to {until}). Hindcast: rows knowable by the origin, in today's vintage."
    )
    sentence = (
        "Forecasts are few, share origins and were made by people who know what came: the ranges left as they are and"
        " the centres of widened ones are hindsight. Skill is 1 less the CRPS over that of the naive forecast that did"
        " best; its bars are 90 % of bootstrap samples of origins."
    )
    panels = [
        forecast_panel(frame, series, item, policy, legend=series == "purchases" and policy == "frozen")
        for series, item, policy in _rows(found)
        if ((frame["series"] == series) & (frame["item"] == item) & (frame["policy"] == policy)).any()
    ]
    if len(skills):
        panels.append(_skill_panel(skills))
    panels.append(_pit_panel(found))
    spec = style.page(title, subtitle, panels, columns=3)
    # Colours of origins and marks mean the same in every panel; those of policies do not.
    spec["resolve"] = {"scale": {"color": "independent", "shape": "independent", "y": "independent"}}
    return Figure(spec, title, f"{subtitle} {sentence}", frame, tuple(_sources(found)))


def forecast_frame(found: Backtest | StoredScores) -> pd.DataFrame:
    """One row a forecast, in the units that people read."""
    import pandas as pd

    from curveshift.decide.backtest_series import natural

    origins = sorted({f.origin for f in found.forecasts})
    rows = []
    for f in found.forecasts:
        if not f.quantiles:
            continue
        shift = (origins.index(f.origin) - (len(origins) - 1) / 2.0) * DODGE_DAYS
        low, middle, high = f.observed or (None, None, None)
        rows.append(
            {
                "series": f.series,
                "item": f.item,
                "policy": f.policy,
                "origin": f.origin.isoformat(),
                "horizon_months": f.horizon_months,
                "quarter": f.target,
                "at": f.target + timedelta(days=shift),
                "status": f.status,
                **{f"q{round(100 * s):02d}": natural(f.series, x) for s, x in f.quantiles.items()},
                "observed_low": None if low is None else natural(f.series, low),
                "observed": None if middle is None else natural(f.series, middle),
                "observed_high": None if high is None else natural(f.series, high),
                "mark": None if middle is None or f.status != "scored" else _mark(f),
                "crps": f.crps,
            }
        )
    frame = pd.DataFrame(rows)
    for name in ("quarter", "at"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def _mark(f: Forecast) -> str:
    hit, miss = MARKS
    return hit if f.inside[0.9] >= 0.5 else miss


def _rows(found: Backtest) -> list[tuple[str, str, str]]:
    """Panels in order: purchases under both policies, which they hang on; the others under frozen rules."""
    from curveshift.decide import quantities

    rows = []
    for name in dict.fromkeys(f.series for f in found.forecasts):
        for item in quantities()[name].items:
            rows.append((name, item, "frozen"))
            if name == "purchases":
                rows.append((name, item, "as-came"))
    return rows


def forecast_panel(frame: pd.DataFrame, series: str, item: str, policy: str, *, legend: bool) -> style.Spec:
    """Forecasts of one series under one policy beside what came; `frame` as `forecast_frame` gives it."""
    from curveshift.decide import quantities

    own = frame[(frame["series"] == series) & (frame["item"] == item) & (frame["policy"] == policy)]
    title = f"{quantities()[series].title}{f': {item}' if item else ''}"
    if series == "purchases":
        title += f", {POLICY_WORDS[policy]}"
    origins = sorted(frame["origin"].unique())
    paint = style.colour(
        "origin",
        dict(zip(origins, ORIGIN_COLOURS, strict=False)),
        legend=legend,
    )
    x = {
        "field": "at",
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {"format": "%b %Y", "tickCount": 4, "title": None},
    }
    y = _axis(own, series)

    def rule(low: str, high: str, width: float, opacity: float) -> style.Spec:
        return {
            "mark": {"type": "rule", "strokeWidth": width, "opacity": opacity},
            "encoding": {"x": x, "y": {**y, "field": low}, "y2": {"field": high}, "color": paint},
        }

    shown = [
        {"field": "origin", "title": "seen from"},
        {"field": "quarter", "type": "temporal", "format": "%B %Y", "title": "quarter to the end of"},
        *(
            {"field": f"q{q}", "type": "quantitative", "format": ".3~s", "title": f"{int(q)} %"}
            for q in ("05", "50", "95")
        ),
        {"field": "observed", "type": "quantitative", "format": ".3~s", "title": "came"},
    ]
    layers: list[style.Spec] = [
        rule("q05", "q95", 2.0, 0.55),
        rule("q25", "q75", 6.0, 0.55),
        {
            "mark": {"type": "tick", "thickness": 2, "size": 11},
            "encoding": {"x": x, "y": {**y, "field": "q50"}, "color": paint, "tooltip": shown},
        },
        {
            "transform": [{"filter": "datum.mark !== null"}],
            "mark": {"type": "rule", "strokeWidth": 1, "color": style.INK, "opacity": 0.7},
            "encoding": {"x": x, "y": {**y, "field": "observed_low"}, "y2": {"field": "observed_high"}},
        },
        {
            "transform": [{"filter": "datum.mark !== null"}],
            "mark": {"type": "point", "size": 55, "filled": True, "opacity": 1},
            "encoding": {
                "x": x,
                "y": {**y, "field": "observed"},
                "fill": style.colour("mark", MARK_COLOURS, legend=False),
                "shape": {
                    "field": "mark",
                    "type": "nominal",
                    "scale": {"domain": list(MARKS), "range": list(MARKS.values())},
                    "legend": None,
                },
                "tooltip": shown,
            },
        },
    ]
    return style.panel(title, layers, style.inline(own))


def _axis(own: pd.DataFrame, series: str) -> style.Spec:
    unit, scale = AXIS[series]
    more: dict[str, Any] = {"scale": {"type": scale}}
    if scale == "symlog":
        from curveshift.decide.backtest_records import settings

        more["scale"] |= {"constant": settings().purchases_offset_chips}
        more |= {"values": [0, 1e3, 1e4, 1e5, 1e6], "format": "~s"}
    elif scale == "log":
        low = float(own[["q05", "observed"]].min().min())
        high = float(own[["q95", "observed"]].max().max())
        ends = 10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(high))
        if unit == "FLOP":
            return parts.flop_axis("q50", unit, *ends)
        made = style.log_axis("q50", unit, *ends)
        # Thousandths of a dollar are not written with a letter.
        return {**made, "axis": {**made["axis"], "format": "~g"}} if series == "price" else made
    else:
        more["scale"] |= {"zero": False}
    return style.value_axis("q50", unit, **more)


def _skill_frame(found: Backtest) -> pd.DataFrame:
    import pandas as pd

    rows = [
        {
            "series": s.series,
            "policy": POLICY_WORDS[s.policy],
            "skill": s.skill,
            "low": None if s.skill_range is None else s.skill_range[0],
            "high": None if s.skill_range is None else s.skill_range[1],
            "best": s.best or "best of each",
        }
        for s in found.scores
        if s.skill is not None
    ]
    return pd.DataFrame(rows)


def _skill_panel(skills: pd.DataFrame) -> style.Spec:
    y: style.Spec = {
        "field": "series",
        "type": "nominal",
        "sort": list(dict.fromkeys(skills["series"])),
        "axis": {"title": None},
    }
    offset = {"field": "policy", "sort": list(POLICY_COLOURS)}
    paint = style.colour("policy", POLICY_COLOURS)
    x = {"field": "skill", "type": "quantitative", "axis": {"title": "skill (above 0: better than naive)"}}
    layers: list[style.Spec] = [
        {
            "data": {"values": [{"skill": 0}]},
            "mark": {"type": "rule", "color": style.INK, "strokeDash": [4, 3], "opacity": 0.6},
            "encoding": {"x": x},
        },
        {
            "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.6},
            "encoding": {
                "x": {**x, "field": "low"},
                "x2": {"field": "high"},
                "y": y,
                "yOffset": offset,
                "color": paint,
            },
        },
        {
            "mark": {"type": "point", "filled": True, "size": 40, "opacity": 1},
            "encoding": {
                "x": x,
                "y": y,
                "yOffset": offset,
                "color": paint,
                "tooltip": [
                    {"field": "series"},
                    {"field": "policy"},
                    {"field": "skill", "type": "quantitative", "format": ".2f"},
                    {"field": "best", "title": "naive forecast"},
                ],
            },
        },
    ]
    return style.panel("Skill against the best naive forecast", layers, style.inline(skills))


def _pit_panel(found: Backtest) -> style.Spec:
    import pandas as pd

    of_all = [s for s in found.scores if s.series == "all"] or list(found.scores)
    rows = [
        {
            "policy": POLICY_WORDS[s.policy],
            "low": i / len(s.pit),
            "high": (i + 1) / len(s.pit),
            "share": share,
        }
        for s in of_all
        for i, share in enumerate(s.pit)
    ]
    flat = 1.0 / len(of_all[0].pit) if of_all else 0.0
    x = {
        "field": "low",
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {"title": "where what came lies among the draws", "format": "%", "tickCount": 5},
    }
    layers: list[style.Spec] = [
        {
            "transform": [{"filter": f"datum.policy === '{POLICY_WORDS['frozen']}'"}],
            "mark": {"type": "rect", "opacity": 0.6, "color": POLICY_COLOURS[POLICY_WORDS["frozen"]]},
            "encoding": {
                "x": x,
                "x2": {"field": "high"},
                "y": style.value_axis("share", "share of forecasts", format="%", scale={"zero": True}),
                "y2": {"datum": 0},
            },
        },
        {
            "data": {"values": [{"share": flat}]},
            "mark": {"type": "rule", "color": style.INK, "strokeDash": [4, 3]},
            "encoding": {"y": style.value_axis("share", "share of forecasts")},
        },
    ]
    return style.panel(
        "All forecasts, rules of the day kept; calibrated ones would follow the dashed line",
        layers,
        style.inline(pd.DataFrame(rows)),
    )


def _title(found: Backtest) -> str:
    frozen = [s for s in found.scores if s.policy == "frozen"]
    series = [s for s in frozen if s.series != "all"]
    counted = next((s for s in frozen if s.series == "all"), frozen[0] if frozen else None)
    if counted is None:
        return "No forecast can be scored yet"
    better = sum(s.skill is not None and s.skill > 0.0 for s in series)
    days = len({f.origin for f in found.forecasts})
    return (
        f"Seen from {days} {'day' if days == 1 else 'days'} in the past, {words.percent(counted.coverage[0.9][0])} of"
        f" {counted.forecasts} values lay in their 90 % intervals; the model beat the best naive forecast in {better}"
        f" of {len(series)} series"
    )


def _sources(found: Backtest) -> Sequence[str]:
    from curveshift import facts

    return [source.source for table in found.sources() for source in facts.sources(table)[:1]]
