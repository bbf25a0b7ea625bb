"""Figures of the lab: what ideas are worth in compute, what an ability costs, and where reinforcement pays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError

from . import law_parts as parts
from . import style, words
from .figure import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from curveshift.lab import CostCurve, Paradigm, Shift
    from curveshift.laws import Fit

_SCALES: Final = ("#2f7fd0", "#d55e00", "#12966f", "#c2558c")
_COMBINED: Final = "all combined"
_PRODUCT: Final = "product of those"
_FITS: Final = {"sigmoid, first quarter": "#c2558c", "sigmoid, all of it": "#d55e00"}
_MORE: Final = "#12966f"


def shift_figure(found: Shift) -> Figure:
    """Compute multipliers with their 90 % intervals at each scale, and together beside their product.

    Parameters
    ----------
    found : Shift

    Returns
    -------
    Figure

    Raises
    ------
    CurveshiftError
        Where every run at the largest scale diverged.
    """
    import pandas as pd

    from curveshift.lab.shift import TOGETHER

    scales = sorted({g.flop for g in found.gains})
    names = {flop: f"at {parts.power(flop)} FLOP" for flop in scales}
    rows = [
        {"what": _COMBINED if g.innovation == TOGETHER else g.innovation, "scale": names[g.flop],
         "multiplier": g.multiplier, "low": g.low, "high": g.high}
        for g in found.gains
    ]  # fmt: skip
    rows += [
        {"what": _PRODUCT, "scale": names[flop], "multiplier": p, "low": low, "high": high}
        for flop, (p, low, high) in found.products.items()
    ]
    # Of what diverged there is nothing to draw.
    frame = pd.DataFrame(rows).dropna(ignore_index=True)
    last = frame[frame["scale"] == names[scales[-1]]].set_index("what")["multiplier"]
    single = last.drop([_COMBINED, _PRODUCT], errors="ignore").sort_values(ascending=False)
    order = [*map(str, single.index), *(w for w in (_COMBINED, _PRODUCT) if w in last.index)]
    if single.empty:
        raise CurveshiftError("every run at the largest scale diverged: there is no multiplier to draw")
    best = str(single.index[0])
    worth, here = _times(frame, best, names[scales[-1]]), parts.power(scales[-1])
    title = f"The innovation {best} is worth {worth} the compute at {here} FLOP"
    if {_COMBINED, _PRODUCT} <= set(last.index):
        title += (
            f"; all combined {_times(frame, _COMBINED, names[scales[-1]], interval=False)}, where the product of the "
            f"single ones would be {words.number(float(last[_PRODUCT]))}"
        )
    subtitle = (
        "Compute with which the baseline reaches the same loss, over what was spent. Bars: 90 % intervals. At 1 an"
        " idea is worth nothing."
    )
    sentence = (
        "An interval holds the spread over seeds and the uncertainty of the baseline's curve; where those of the two"
        " scales overlap, the change with scale may be luck."
    )
    x = _ratio_axis("multiplier", "times the compute (log)", frame)
    y = {
        "field": "what", "type": "nominal", "sort": order,
        "axis": {"title": None, "labelLimit": 190, "domain": False, "ticks": False, "grid": True},
    }  # fmt: skip
    paint = style.colour("scale", dict(zip(names.values(), _SCALES, strict=False)))
    beside = {"field": "scale", "sort": list(names.values())}
    tip = [
        {"field": "what", "type": "nominal", "title": "idea"}, {"field": "scale", "type": "nominal"},
        *parts.tips(("multiplier", "multiplier", ".3~f"), ("low", "5 %", ".3~f"), ("high", "95 %", ".3~f")),
    ]  # fmt: skip
    placed = {"y": y, "yOffset": beside, "color": paint}
    layers: list[style.Spec] = [
        _line_at("x", x, 1.0),
        {
            "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.6},
            "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, **placed},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
            "encoding": {"x": x, **placed, "tooltip": tip},
        },
    ]
    return _page(title, subtitle, sentence, layers, frame, found.baseline.sources(), 34 * len(order))


def cost_figure(found: CostCurve) -> Figure:
    """FLOP for a fixed loss as innovations are added, and the run that has them all.

    Parameters
    ----------
    found : CostCurve

    Returns
    -------
    Figure
    """
    import pandas as pd

    from curveshift.lab.study import SOURCES

    named = [found.steps[0].adds, *(f"+ {s.adds}" for s in found.steps[1:])]
    run = "the run with all"
    frame = pd.DataFrame(
        [
            {"step": name, "what": "step", "flop": s.flop, "low": s.low, "high": s.high}
            for name, s in zip(named, found.steps, strict=True)
        ]
        + [{"step": run, "what": "run", "flop": found.spent, "low": None, "high": None}]
    )
    place = "below" if found.below else "above" if found.above else "inside"
    first, last = found.steps[0], found.steps[-1]
    title = (
        f"A loss of {found.loss:.3f} costs the baseline {parts.power(first.flop)} FLOP and took the run with all"
        f" {parts.power(found.spent)}: {place} the 90 % interval of its parts, {parts.power(last.low)} to"
        f" {parts.power(last.high)}"
    )
    subtitle = (
        "Line: FLOP if the single multipliers multiply, one more idea a step. Bars: 90 % intervals. Diamond: the run as"
        " it was."
    )
    sentence = (
        "Errors add up along the line, so that its end is the least certain. A cheap run inside the last interval is a"
        " point on the curve, not a break with it."
    )
    x = {
        "field": "step", "type": "nominal", "sort": [*named, run],
        "axis": {"title": None, "labelAngle": -35, "labelLimit": 150, "labelOverlap": False},
    }  # fmt: skip
    y = _ratio_axis("flop", "FLOP for this loss (log)", frame, ends=("low", "high", "flop"))
    tip = [
        {"field": "step", "type": "nominal"},
        *parts.tips(("flop", "FLOP", ".3~g"), ("low", "5 %", ".3~g"), ("high", "95 %", ".3~g")),
    ]
    layers: list[style.Spec] = [
        _line_at("y", y, found.spent),
        parts.only(
            "step", {"type": "rule", "strokeWidth": 2, "opacity": 0.5, "color": parts.RUN},
            {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
        ),
        parts.only("step", {"type": "line", "strokeWidth": 2, "color": parts.RUN}, {"x": x, "y": y}),
        parts.only("step", {"type": "point", "filled": True, "size": 60, "opacity": 1, "color": parts.RUN},
                   {"x": x, "y": y, "tooltip": tip}),
        parts.only("run", {"type": "point", "filled": True, "shape": "diamond", "size": 130, "opacity": 1,
                           "color": parts.LAW}, {"x": x, "y": y, "tooltip": tip}),
    ]  # fmt: skip
    return _page(title, subtitle, sentence, layers, frame, SOURCES, 300)


def paradigm_figure(found: Paradigm) -> Figure:
    """Success against the compute of reinforcement, with both sigmoids and what more pretraining reaches.

    Parameters
    ----------
    found : Paradigm

    Returns
    -------
    Figure
    """
    import pandas as pd

    runs = found.of("reinforcement")
    first, *others = found.of("pretraining")
    more = min((s for s in others if s.flop > first.flop), key=lambda s: s.flop)
    points = [s for s in runs if s.flop > 0.0]
    whole = max(s.flop for s in points)
    frame = pd.DataFrame(
        {
            "kind": "run",
            "flop": [s.flop for s in points],
            "success": [s.success for s in points],
            "seed": [f"seed {s.seed}" for s in points],
        }
    )
    across = np.geomspace(min(frame["flop"]), whole, 60)
    fits = dict(zip(_FITS, (found.early, found.sigmoid), strict=True))
    for name, fit in fits.items():
        drawn = pd.DataFrame({"kind": name, "flop": across, "success": fit.predict(rl_compute=across)})
        frame = pd.concat([frame, drawn], ignore_index=True)
    end = float(np.mean([s.success for s in points if s.flop == whole]))
    extra = more.flop - first.flop
    title = (
        f"{parts.power(whole)} FLOP of reinforcement raise success on held-out {found.kind} from"
        f" {words.percent(first.success)} to {words.percent(end)}; {parts.power(extra)} more of pretraining reach"
        f" {words.percent(more.success)}"
    )
    early, late = _ceiling(found.early), _ceiling(found.sigmoid)
    subtitle = (
        "Points: success at the first try, one line a seed. Curves: sigmoids through the first quarter of the compute"
        " and through all of it; beyond the quarter the first is a forecast."
    )
    sentence = (
        f"The ceiling, with its 90 % interval: from the first quarter {early}; from all of it {late}. Points"
        " along one run share their errors, so that intervals are too narrow."
    )
    x = parts.flop_axis("flop", "FLOP of reinforcement (log)", frame["flop"])
    top = min(1.0, float(np.ceil(10.0 * max(frame["success"].max(), more.success) + 0.2)) / 10.0)
    y = style.value_axis(
        "success",
        "held-out success at the first try",
        format=".0%",
        tickCount=6,
        scale={"domain": [0.0, top]},
    )
    paint = {**style.colour("kind", _FITS), "legend": {"symbolType": "stroke"}}
    higher = more.success >= first.success
    tip = [
        {"field": "seed", "type": "nominal"},
        *parts.tips(("flop", "FLOP", ".3~g"), ("success", "success", ".1%")),
    ]
    fitted = [{"filter": "datum.kind !== 'run'"}]
    seeds = [{"filter": "datum.kind === 'run'"}]
    layers: list[style.Spec] = [
        _line_at("y", y, first.success),
        _line_at("y", y, more.success, _MORE),
        _label(y, first.success, f"before reinforcement: {words.percent(first.success)}", over=not higher),
        _label(
            y,
            more.success,
            f"{more.flop / first.flop:.3g} × pretraining: {words.percent(more.success)}",
            _MORE,
            over=higher,
        ),
        {
            "transform": seeds,
            "mark": {"type": "line", "strokeWidth": 1, "opacity": 0.5, "color": parts.RUN},
            "encoding": {"x": x, "y": y, "detail": {"field": "seed", "type": "nominal"}},
        },
        {
            "transform": fitted,
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {"x": x, "y": y, "color": paint},
        },
        {
            "transform": seeds,
            "mark": parts.dots(parts.RUN),
            "encoding": {"x": x, "y": y, "tooltip": tip},
        },
    ]
    return _page(title, subtitle, sentence, layers, frame, found.sigmoid.sources(), 320)


def _ceiling(fit: Fit) -> str:
    """Where a sigmoid ends, if its runs say so."""
    if any("not identified" in w for w in fit.warnings):
        return "not identified"
    low, high = fit.interval()["A"]
    return f"{words.percent(low)} to {words.percent(high)}"


def _times(frame: pd.DataFrame, what: str, scale: str, *, interval: bool = True) -> str:
    row = frame[(frame["what"] == what) & (frame["scale"] == scale)].iloc[0]
    value = f"{words.number(float(row['multiplier']))} times"
    return f"{value} (90 %: {words.span(float(row['low']), float(row['high']))})" if interval else value


def _ratio_axis(
    field: str, title: str, frame: pd.DataFrame, ends: tuple[str, ...] = ("low", "high")
) -> style.Spec:
    """A logarithmic axis that holds intervals, with labels at 1, 2 and 5 of each decade."""
    values = frame[list(ends)].to_numpy(dtype=float)
    low, high = float(np.nanmin(values)) / 1.08, float(np.nanmax(values)) * 1.08
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    shown = [d * 10.0**k for k in powers for d in (1, 2, 3, 5, 7) if low <= d * 10.0**k <= high]
    scale = {"type": "log", "domain": [low, high], "nice": False}
    return style.value_axis(
        field, title, scale=scale, values=shown, format=".2~g", labelExpr="replace(datum.label, 'e+', 'e')",
        grid=True,
    )  # fmt: skip


def _line_at(channel: str, axis: style.Spec, value: float, colour: str = style.INK) -> style.Spec:
    return {
        "data": {"values": [{"at": value}]},
        "mark": {"type": "rule", "opacity": 0.7, "strokeDash": [4, 3], "color": colour},
        "encoding": {channel: {**axis, "field": "at"}},
    }


def _label(axis: style.Spec, value: float, text: str, colour: str = style.INK, *, over: bool) -> style.Spec:
    """Words over or under a level, at the right end."""
    side: style.Spec = {"baseline": "bottom", "dy": -3} if over else {"baseline": "top", "dy": 4}
    return {
        "data": {"values": [{"at": value, "text": text}]},
        "mark": {"type": "text", "align": "right", **side, "fontSize": 11, "color": colour},
        "encoding": {
            "x": {"value": parts.WIDE}, "y": {**axis, "field": "at"}, "text": {"field": "text", "type": "nominal"},
        },
    }  # fmt: skip


def _page(
    title: str,
    subtitle: str,
    sentence: str,
    layers: Sequence[style.Spec],
    frame: pd.DataFrame,
    sources: tuple[str, ...],
    height: int,
) -> Figure:
    body = {"data": style.inline(frame), "width": parts.WIDE, "height": height, "layer": list(layers)}
    return Figure(
        style.page(title, subtitle, [body], columns=1), title, f"{subtitle} {sentence}", frame, sources
    )
