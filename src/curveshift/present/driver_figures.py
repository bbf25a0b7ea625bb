"""What drives an outcome: indices of groups, a tornado of single assumptions, and policies beside both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from curveshift.errors import CurveshiftError

from . import reading, style, words
from .figure import Figure

if TYPE_CHECKING:
    import pandas as pd

    from curveshift.decide import Importance, Sensitivity, Tornado
    from curveshift.decide.indices import Interval

FIRST: Final = "alone (first order)"
TOTAL: Final = "with all it takes part in (total order)"
ORDER: Final = {TOTAL: "#8fb8e8", FIRST: "#1d5fa8"}
ENDS: Final = {"lowest tenth": "#d98200", "highest tenth": "#2f7fd0"}
POLICIES: Final = "policies of a set"
GROUP: Final = "a group of assumptions"
MOVED: Final = {POLICIES: "#d55e00", GROUP: "#808b96"}
BARS: Final = 16
WIDTH: Final = 250


def group_shares(found: Sensitivity) -> Figure:
    """First- and total-order indices of every group for every outcome that has some.

    Parameters
    ----------
    found : Sensitivity

    Returns
    -------
    Figure
    """
    import pandas as pd

    driven = [o for o in found.outcomes if o.groups]
    if not driven:
        raise CurveshiftError(
            f"there is nothing to draw: {found.outcomes[0].why_not or 'no group was asked for'}"
        )
    rows = [
        {
            "outcome": o.outcome,
            "group": g.group,
            "order": name,
            "share": i.value,
            "low": i.low,
            "high": i.high,
        }
        for o in driven
        for g in o.groups
        for name, i in ((TOTAL, g.total), (FIRST, g.first))
    ]
    frame = pd.DataFrame(rows)
    order = [g.group for g in driven[0].groups]
    top = [max(float(frame["high"].max()), 1.0) * 1.02, min(float(frame["low"].min()), 0.0)]
    panels = [
        _shares_panel(f"{o.outcome}: {o.meaning}", frame[frame["outcome"] == o.outcome], order, top)
        for o in driven
    ]
    first, second = driven[0].groups[0], driven[0].groups[min(1, len(driven[0].groups) - 1)]
    told = [first] if first is second else [first, second]
    parts = [f"{g.group} {words.percent(g.total.value)} (95 %: {_span(g.total)})" for g in told]
    title = f"Of the variance of {driven[0].meaning}, {words.listed(parts)} would stay if all else were known"
    subtitle = (
        f"Share of the variance over {found.rows:,} rows under {found.policy}, as of "
        f"{found.ensemble.scenario.as_of}, by group; {found.assumptions} assumptions and chance. Lines: 95 % intervals."
    )
    sentence = (
        "Total orders add up to more than one where groups act through each other. All draws count, also those "
        "in which the threshold was crossed by the as-of date. The policy is fixed: a choice has no variance."
    )
    return Figure(
        style.page(title, subtitle, panels, columns=2),
        title,
        f"{subtitle} {sentence}",
        frame,
        reading.model_sources(found.ensemble, *_all_groups(found.ensemble)),
    )


def _shares_panel(title: str, rows: pd.DataFrame, order: list[str], top: list[float]) -> style.Spec:
    y = {
        "field": "group",
        "type": "nominal",
        "sort": order,
        "axis": {"title": None, "domain": False, "ticks": False},
    }
    offset = {"field": "order", "sort": list(ORDER), "type": "nominal"}
    x = {
        "field": "share",
        "type": "quantitative",
        "scale": {"domain": [top[1], top[0]]},
        "axis": {"title": "share of the variance", "format": ".0%", "grid": True, "tickCount": 5},
    }
    tips = [
        {"field": "group"},
        {"field": "order"},
        *({"field": f, "type": "quantitative", "format": ".2f"} for f in ("share", "low", "high")),
    ]
    layers = [
        {
            "mark": {"type": "bar", "tooltip": True},
            "encoding": {
                "x": x,
                "y": y,
                "yOffset": offset,
                "color": style.colour("order", ORDER),
                "tooltip": tips,
            },
        },
        _whiskers(x, y, offset),
    ]
    found = style.panel(title, layers, style.inline(rows), height=26 * len(order))
    return {**found, "width": WIDTH}


def _whiskers(x: style.Spec, y: style.Spec, offset: style.Spec | None = None) -> style.Spec:
    encoding: style.Spec = {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y}
    if offset is not None:
        encoding["yOffset"] = offset
    return {"mark": {"type": "rule", "color": style.INK, "strokeWidth": 1.2}, "encoding": encoding}


def tornado_figure(found: Tornado) -> Figure:
    """Mean of an outcome given the lowest and the highest tenth of each assumption, the widest first.

    Parameters
    ----------
    found : Tornado

    Returns
    -------
    Figure
    """
    import pandas as pd

    shown = found.bars[:BARS]
    rows = [
        {
            "assumption": bar.assumption,
            "end": end,
            "outcome": mean.value,
            "error": mean.error,
            "value": f"{value:.3g} {'' if bar.unit == '1' else bar.unit}".strip(),
            "start": found.mean.value,
        }
        for bar in shown
        for end, mean, value in zip(ENDS, (bar.low, bar.high), (bar.low_value, bar.high_value), strict=True)
    ]
    frame = pd.DataFrame(rows)
    order = [bar.assumption for bar in shown]
    y = {
        "field": "assumption",
        "type": "nominal",
        "sort": order,
        "axis": {"title": None, "domain": False, "ticks": False, "labelLimit": 300},
    }
    unit = "probability" if found.outcome.is_event else found.outcome.unit
    axis: dict[str, Any] = {"title": unit, "grid": True, "tickCount": 6}
    span = [float(frame["outcome"].min()), float(frame["outcome"].max())]
    # Room for the words beside the bars.
    room = 0.18 * (span[1] - span[0])
    x = {
        "field": "outcome",
        "type": "quantitative",
        "scale": {"domain": [span[0] - room, span[1] + room], "nice": False},
        "axis": {**axis, **({"format": ".0%"} if found.outcome.is_event else {})},
    }
    layers: list[style.Spec] = [
        {
            "mark": {"type": "bar", "height": 12},
            "encoding": {
                "x": {**x, "field": "start"},
                "x2": {"field": "outcome"},
                "y": y,
                "color": style.colour("end", ENDS),
                "tooltip": [
                    {"field": "assumption"},
                    {"field": "end"},
                    {"field": "value", "title": "its median there"},
                    {"field": "outcome", "type": "quantitative", "format": ".3g"},
                    {"field": "error", "type": "quantitative", "format": ".2g", "title": "Monte Carlo error"},
                ],
            },
        },
        {
            "mark": {
                "type": "text",
                "fontSize": 9,
                "color": style.INK,
                "dx": {"expr": _AWAY},
                "align": {"expr": _SIDE},
            },
            "encoding": {"x": x, "y": y, "text": {"field": "value"}},
        },
        {
            "data": {"values": [{"start": found.mean.value}]},
            "mark": {"type": "rule", "color": style.INK, "opacity": 0.7},
            "encoding": {"x": {**x, "field": "start"}},
        },
    ]
    best = shown[0]
    how = words.percent if found.outcome.is_event else lambda v: f"{v:.3g}"
    title = (
        f"{best.assumption} moves {found.outcome.meaning} the most: {how(best.low.value)} in its lowest tenth, "
        f"{how(best.high.value)} in its highest{'' if found.outcome.is_event else f' ({unit})'}"
    )
    subtitle = (
        f"Mean under {found.outcome.policy} over {found.draws:,} draws, as of "
        f"{found.ensemble.scenario.as_of}, given the lowest and the "
        "highest tenth of each assumption; beside the bars its median there."
    )
    sentence = (
        f"The {len(shown)} widest of {len(found.bars)} assumptions; of all, {len(found.seen)} are told from chance. "
        f"What is correlated with an assumption moves along with it. {' '.join(found.notes)}"
    ).strip()
    panel = style.panel("", layers, style.inline(frame), height=22 * len(shown))
    spec = style.page(title, subtitle, [{**panel, "width": 420}], columns=1)
    sources = reading.model_sources(found.ensemble, *_all_groups(found.ensemble))
    return Figure(spec, title, f"{subtitle} {sentence}", frame, sources)


_AWAY: Final = "datum.outcome < datum.start ? -4 : 4"
_SIDE: Final = "datum.outcome < datum.start ? 'right' : 'left'"


def policy_ranges(found: Importance) -> Figure:
    """Range of each outcome over sets of policies beside the range that each group of assumptions moves.

    Parameters
    ----------
    found : Importance

    Returns
    -------
    Figure
    """
    import pandas as pd

    driven = [o for o in found.outcomes if o.groups]
    if not driven:
        raise CurveshiftError(
            f"there is nothing to draw: {found.outcomes[0].why_not or 'no group was asked for'}"
        )
    rows: list[dict[str, Any]] = []
    for o in driven:
        for s in o.sets:
            half = 1.96 * s.width.error
            rows.append(
                {
                    "outcome": o.outcome, "moved": f"policies: {s.name}", "kind": POLICIES,
                    "told": f"{s.low_policy} to {s.high_policy}", "range": s.width.value,
                    "low": s.width.value - half, "high": s.width.value + half,
                }
            )  # fmt: skip
        rows += [
            {
                "outcome": o.outcome, "moved": g.group, "kind": GROUP, "told": "10th to 90th percentile",
                "range": g.width.value, "low": g.width.low, "high": g.width.high,
            }
            for g in o.groups
        ]  # fmt: skip
    frame = pd.DataFrame(rows)
    panels = []
    for o in driven:
        part = frame[frame["outcome"] == o.outcome].sort_values("range", ascending=False)
        panels.append(_range_panel(o.meaning, o.unit, part))
    one = driven[0]
    middle = one.sets[min(1, len(one.sets) - 1)]
    widest = one.groups[0]
    title = (
        f"Over the {middle.name} policies {one.meaning} moves by {middle.width.value:.2g} {one.unit}; "
        f"{widest.group} moves it by {widest.width.value:.2g} ({widest.width.low:.2g} to {widest.width.high:.2g})"
    )
    subtitle = (
        f"Range of the mean: over each stated set of policies, and from the 10th to the 90th percentile given each "
        f"group under {found.policy}, as of {found.ensemble.scenario.as_of}. Lines: 95 % intervals."
    )
    sentence = (
        "A policy is chosen and a group is not, so the bars answer which of both can move the outcome further, not "
        "which is likelier to. The extreme set holds a history that nobody can choose any more."
    )
    return Figure(
        style.page(title, subtitle, panels, columns=2),
        title,
        f"{subtitle} {sentence}",
        frame,
        reading.model_sources(found.ensemble, *_all_groups(found.ensemble)),
    )


def _range_panel(title: str, unit: str, rows: pd.DataFrame) -> style.Spec:
    y = {
        "field": "moved",
        "type": "nominal",
        "sort": list(rows["moved"]),
        "axis": {"title": None, "domain": False, "ticks": False},
    }
    axis: dict[str, Any] = {"title": f"range of the mean, {unit}", "grid": True, "tickCount": 5}
    if unit == "probability":
        axis["format"] = ".0%"
    x = {"field": "range", "type": "quantitative", "axis": axis}
    layers = [
        {
            "mark": {"type": "bar"},
            "encoding": {
                "x": x,
                "y": y,
                "color": style.colour("kind", MOVED),
                "tooltip": [
                    {"field": "moved"},
                    {"field": "told"},
                    *(
                        {"field": f, "type": "quantitative", "format": ".3g"}
                        for f in ("range", "low", "high")
                    ),
                ],
            },
        },
        _whiskers(x, y),
    ]
    return {**style.panel(title, layers, style.inline(rows), height=17 * len(rows)), "width": WIDTH}


def _span(interval: Interval) -> str:
    return words.span(interval.low, interval.high, words.percent).removesuffix(" %")


def _all_groups(ensemble: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(a.group for a in ensemble.scenario.assumptions.values()))
