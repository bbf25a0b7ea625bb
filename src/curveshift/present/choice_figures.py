"""Figures of choosing: fronts, regret under world views, contributions, information, and what observations move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from . import reading, style, words
from .figure import Figure

if TYPE_CHECKING:
    import pandas as pd

    from curveshift.decide import (
        Conditioned,
        Contributions,
        Estimate,
        Front,
        Goal,
        Information,
        Robustness,
    )
    from curveshift.world.ensemble import Ensemble

SHOWN: Final = 12
_WIDE: Final = 520
_ALL_GROUPS: Final = (*reading.SUPPLY_GROUPS, *reading.SYSTEMS_GROUPS, "threshold", "feedback")


def front(found: Front) -> Figure:
    """Policies on two metrics, with Monte Carlo intervals of the means and the front among them."""
    import pandas as pd

    frame = pd.DataFrame(
        [
            {
                "policy": p.policy, "x": p.x.value, "x_low": p.low_x, "x_high": p.high_x, "y": p.y.value,
                "y_low": p.low_y, "y_high": p.high_y, "beaten": "not beaten" if not p.dominated_by else "beaten",
                "chance_dominated": p.chance_dominated, "draws_dominated": p.draws_dominated.value,
            }
            for p in found.points
        ]
    )  # fmt: skip
    frame["label_y"] = _apart(frame)
    x = style.value_axis("x", _axis(found.x), scale={"domain": _room(frame)}, **_ticks(frame["x_high"]))
    y = style.value_axis("y", _axis(found.y), scale={"zero": False, "nice": True}, **_ticks(frame["y_high"]))
    paint = style.colour("beaten", {"not beaten": style.BLOC["us"], "beaten": style.WORLD["not-yet"]})
    bar = {"type": "rule", "opacity": 0.55, "strokeWidth": 2}
    line = frame[frame["beaten"] == "not beaten"].sort_values("x")
    layers: list[style.Spec] = [
        {
            "data": style.inline(line),
            "mark": {"type": "line", "color": style.BLOC["us"], "opacity": 0.5, "strokeDash": [3, 3]},
            "encoding": {"x": x, "y": y},
        },
        {"mark": bar, "encoding": {"x": {**x, "field": "x_low"}, "x2": {"field": "x_high"}, "y": y, "color": paint}},
        {"mark": bar, "encoding": {"x": x, "y": {**y, "field": "y_low"}, "y2": {"field": "y_high"}, "color": paint}},
        {
            "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
            "encoding": {
                "x": x, "y": y, "color": paint,
                "tooltip": [{"field": name, "type": kind} for name, kind in (
                    ("policy", "nominal"), ("x", "quantitative"), ("y", "quantitative"),
                    ("chance_dominated", "quantitative"), ("draws_dominated", "quantitative"),
                )],
            },
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 9, "fontSize": 10, "color": style.INK},
            "encoding": {"x": x, "y": {**y, "field": "label_y"}, "text": {"field": "policy"}},
        },
    ]  # fmt: skip
    kept = found.front
    ends = [f"{p.policy} ({_value(p.y, found.y)}, {_value(p.x, found.x)})" for p in (kept[0], kept[-1])]
    span = f"from {ends[0]} to {ends[1]}" if len(kept) > 1 else ends[0]
    both = f"{found.x.metric} and {found.y.metric}"
    title = f"{len(kept)} of {len(found.points)} policies are beaten by none on both {both}: {span}"
    subtitle = (
        f"Means over the draws in which no bloc had crossed ({found.threshold}) by {found.ensemble.scenario.as_of}; "
        f"{found.x.words}; {found.y.words}."
    )
    sentence = (
        "Bars: 90 % intervals of the means by Monte Carlo error, much smaller than what is not known. Dashed: policies "
        "that no other beats on both. Which of them is best depends on what one metric is worth in the other."
    )
    panel = {"width": _WIDE, "height": 320, "data": style.inline(frame), "layer": layers}
    return _figure(title, subtitle, sentence, [panel], frame, found.ensemble)


def regret(found: Robustness) -> Figure:
    """Regret of every policy under every view, one panel a metric."""
    import pandas as pd

    frame = pd.DataFrame(
        [
            {
                "metric": r.metric, "policy": r.policy, "view": r.view, "value": r.value.value,
                "regret": r.regret.value, "error": r.regret.error, "least": any(
                    m.least for m in found.largest if (m.metric, m.policy) == (r.metric, r.policy)
                ),
            }
            for r in found.regrets
        ]
    )  # fmt: skip
    paints = dict(zip(found.views, style.POLICY, strict=False))
    panels: list[style.Spec] = []
    for goal in found.goals:
        part = frame[frame["metric"] == str(goal)]
        x = style.value_axis("regret", goal.unit, scale={"zero": True}, **_ticks(part["regret"]))
        y = {
            "field": "policy",
            "type": "nominal",
            "sort": list(found.policies),
            "axis": {"title": None, "labelLimit": 190},
        }
        mark = {"type": "point", "filled": True, "size": 60, "opacity": 0.9}
        encoding = {
            "x": x, "y": y, "color": style.colour("view", paints),
            "tooltip": [{"field": name} for name in ("policy", "view", "regret", "value")],
        }  # fmt: skip
        panel = style.panel(
            f"{goal.words}: {_least(found, goal)[0]} has the smallest largest regret",
            [{"mark": mark, "encoding": encoding}],
            style.inline(part),
            height=22 * len(found.policies),
        )
        panels.append(panel)
    by_goal = []
    for goal in found.goals:
        who, most = _least(found, goal)
        wish = f"{'more' if goal.sense == 'max' else 'less'} {goal.metric}"
        by_goal.append(f"{who} for {wish} (at most {_value(most, goal)} behind)")
    title = f"Over {len(found.views)} world views the smallest largest regret: {'; '.join(by_goal)}"
    subtitle = (
        "Regret: how much worse the mean of a policy is than that of the best policy under the same view, on the same "
        "random numbers. Each view is read by its own threshold."
    )
    sentence = (
        "A policy whose points all lie near 0 is never far from the best, whatever view is right. Which metric "
        "matters, and in which direction, is not decided here."
    )
    cited = tuple(line.removeprefix("- ") for line in found.sources().splitlines())
    return Figure(
        style.page(title, subtitle, panels, columns=2), title, f"{subtitle} {sentence}", frame, cited
    )


def contributions(found: Contributions) -> Figure:
    """What each part of a package adds, averaged over orders, beside alone and last."""
    import pandas as pd

    frame = pd.DataFrame(
        [
            {
                "part": p.part, "value": p.value.value, "low": p.value.value - _HALF * p.value.error,
                "high": p.value.value + _HALF * p.value.error, "alone": p.alone.value, "last": p.last.value,
            }
            for p in found.parts
        ]
    )  # fmt: skip
    largest = found.parts[0]
    share = f", {words.percent(largest.value.value / found.total.value)} of it" if found.total.value else ""
    title = (
        f"{found.package} changes {found.goal.metric} by {_signed(found.total, found.goal)} against {found.base}; most "
        f"comes from {largest.part} ({_signed(largest.value, found.goal)}{share})"
    )
    subtitle = f"Mean over all orders of putting the parts in, {found.goal.unit}; the parts sum to the whole."
    sentence = (
        "Bars: 90 % intervals by Monte Carlo error. Hollow: what the part adds to the base alone; cross: what it adds "
        "to everything else. Where the two differ, the parts help or replace one another."
    )
    layers = [
        *_bars("part", frame, found.goal.unit, style.BLOC["us"]),
        *(
            {
                "mark": {"type": "point", "shape": shape, "size": 55, "filled": False, "color": style.INK},
                "encoding": {"x": {"field": field, "type": "quantitative"}, "y": _names("part", frame)},
            }
            for field, shape in (("alone", "circle"), ("last", "cross"))
        ),
    ]
    cited = tuple(line.removeprefix("- ") for line in found.sources().splitlines())
    panel = {"width": _WIDE, "height": 30 * len(frame), "data": style.inline(frame), "layer": layers}
    return Figure(
        style.page(title, subtitle, [panel], columns=1), title, f"{subtitle} {sentence}", frame, cited
    )


def information(found: Information) -> Figure:
    """What knowing single assumptions and groups is worth for the choice."""
    import pandas as pd

    rows = [("one assumption", w) for w in found.singles[:SHOWN]] + [
        ("a group together", w) for w in found.groups
    ]
    frame = pd.DataFrame(
        [
            {
                "kind": kind, "name": w.name, "value": w.value.value, "low": w.value.value - _HALF * w.value.error,
                "high": w.value.value + _HALF * w.value.error, "fitted": w.fitted, "share": w.share, "seen": w.seen,
            }
            for kind, w in rows
        ]
    )  # fmt: skip
    seen = [w for w in found.singles if w.seen]
    wanted = words.listed([str(goal) for goal in found.utility])
    if seen:
        title = (
            f"To choose for {wanted}, find out {seen[0].name} first: worth {seen[0].value.value:.2g} {found.unit}, "
            f"{words.percent(seen[0].share)} of knowing everything"
        )
    else:
        title = (
            f"To choose for {wanted}, no single assumption is worth knowing: {found.best} is best in "
            f"{words.percent(found.best_share.value)} of draws"
        )
    subtitle = (
        f"Expected gain from knowing before choosing among {len(found.policies)} policies, {found.unit}. Knowing "
        f"everything, chance included, is worth {found.perfect.value:.2g}."
    )
    sentence = (
        "Measured on draws that the rule had not seen, so that what is not there lies at or below 0. Bars: 90 % "
        "intervals by Monte Carlo error. A group's members are taken to add up, so that its value is a lower bound."
    )
    panels = []
    for kind, part in frame.groupby("kind", sort=False):
        height = 20 * len(part)
        layers = _bars("name", part, found.unit, style.BLOC["us"])
        panels.append(
            {**style.panel(f"Knowing {kind}", layers, style.inline(part), height=height), "width": 210}
        )
    return _figure(title, subtitle, sentence, panels, frame, found.ensemble)


def conditioned(found: Conditioned) -> Figure:
    """How observations move the assumptions, in prior standard deviations."""
    import pandas as pd

    frame = pd.DataFrame(
        [
            {
                "assumption": m.assumption, "value": m.shift, "low": m.shift - _HALF * m.error,
                "high": m.shift + _HALF * m.error, "before": m.before[1], "after": m.after[1], "unit": m.unit,
            }
            for m in found.moved[:SHOWN]
        ]
    )  # fmt: skip
    first = found.moved[0]
    told = words.listed([str(o) for o in found.observations])
    title = (
        f"{told} would move {first.assumption} most: median {words.number(first.before[1])} to "
        f"{words.number(first.after[1])} {'' if first.unit == '1' else first.unit}".rstrip()
    )
    subtitle = (
        f"Shift of each assumption in prior standard deviations; {found.effective_draws:,.0f} effective draws of "
        f"{found.draws:,}, under {found.policy}."
    )
    sentence = f"Bars: 90 % intervals of the shift. {found.warning}".strip()
    layers = _bars("assumption", frame, "prior standard deviations", style.BLOC["china"])
    panel = {"width": 420, "height": 22 * len(frame), "data": style.inline(frame), "layer": layers}
    return _figure(title, subtitle, sentence, [panel], frame, found.ensemble)


# Half of a 90 % interval in standard errors.
_HALF: Final = 1.645
_LARGE: Final = 1e3
# The height of a line of text in a panel, as a share of it.
_LINE: Final = 0.045


def _bars(field: str, frame: pd.DataFrame, unit: str, paint: str) -> list[style.Spec]:
    """Bars by name with the interval of each, and the line of nothing."""
    y = _names(field, frame)
    x = style.value_axis("value", unit, **_ticks(frame["high"]))
    return [
        {"mark": {"type": "bar", "color": paint, "opacity": 0.6}, "encoding": {"x": x, "y": y}},
        {
            "mark": {"type": "rule", "color": style.INK, "strokeWidth": 1.5},
            "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y},
        },
    ]


def _names(field: str, frame: pd.DataFrame) -> style.Spec:
    return {
        "field": field, "type": "nominal", "sort": [str(name) for name in frame[field]],
        "axis": {"title": None, "labelLimit": 280},
    }  # fmt: skip


def _room(frame: pd.DataFrame) -> list[float]:
    """The span of x with room for a name to the right of the last point."""
    low, high = float(frame["x_low"].min()), float(frame["x_high"].max())
    width = (high - low) or abs(high) or 1.0
    left = low - 0.04 * width
    return [max(left, 0.0) if low >= 0.0 else left, high + 0.35 * width]


def _apart(frame: pd.DataFrame) -> list[float]:
    """Heights for the names, moved apart where they would lie on one another."""
    span = float(frame["y_high"].max() - frame["y_low"].min()) or 1.0
    placed: dict[int, float] = {}
    below = float("inf")
    for i in frame["y"].sort_values(ascending=False).index:
        below = min(float(frame["y"][i]), below - _LINE * span)
        placed[i] = below
    return [placed[i] for i in frame.index]


def _ticks(values: Any) -> dict[str, str]:
    """Labels in billions and millions where numbers are large, and plain ones where they are small."""
    large = max(abs(float(v)) for v in values) >= _LARGE
    return {"format": "~s", "labelExpr": "replace(datum.label, 'G', 'B')"} if large else {"format": "~g"}


def _least(found: Robustness, goal: Goal) -> tuple[str, Estimate]:
    """The policy of the smallest largest regret, or how many are alike, and that regret."""
    least = [m for m in found.largest if m.metric == str(goal) and m.least]
    return least[0].policy if len(least) == 1 else f"each of {len(least)} policies", least[0].regret


def _axis(goal: Goal) -> str:
    return f"{goal.metric}{f' on {goal.when}' if goal.when else ''}, {goal.unit}"


def _value(x: Estimate, goal: Goal) -> str:
    return words.percent(x.value) if goal.unit == "probability" else f"{words.number(x.value)} {goal.unit}"


def _signed(x: Estimate, goal: Goal) -> str:
    return f"{'+' if x.value > 0 else ''}{words.number(x.value)} {goal.unit}"


def _figure(
    title: str, subtitle: str, sentence: str, panels: list[Any], frame: pd.DataFrame, ensemble: Ensemble
) -> Figure:
    return Figure(
        style.page(title, subtitle, panels, columns=2), title, f"{subtitle} {sentence}", frame,
        reading.model_sources(ensemble, *_ALL_GROUPS),
    )  # fmt: skip
