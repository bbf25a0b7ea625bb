"""Figures that hold a fitted law against its runs: residuals, and predicted against observed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.laws.optimal import run_flop

from . import law_parts as parts
from . import style
from .figure import Figure

if TYPE_CHECKING:
    from curveshift.laws import Fit

_GROUPS: Final = 8
_FEWEST: Final = 5


def residuals(fit: Fit) -> Figure:
    """Residuals against compute, or against the first input where there is none.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    Figure
    """
    import pandas as pd

    flop = run_flop(fit)
    first = fit.law.inputs[0]
    across = fit.runs.columns[first.name] if flop is None else flop
    what = "training FLOP" if flop is not None else ", ".join(x for x in (first.meaning, first.unit) if x)
    log = fit.objective.space == "log"
    off = 100.0 * fit.residuals if log else fit.residuals
    unit = " %" if log else ""
    frame = pd.DataFrame({"x": across, "residual": off, "row": fit.runs.rows})
    order = np.argsort(across, kind="stable")
    groups = np.array_split(order, max(1, min(_GROUPS, len(off) // _FEWEST)))
    middle = pd.DataFrame(
        {"x": [np.median(across[g]) for g in groups], "residual": [np.median(off[g]) for g in groups]}
    )
    low, high = float(middle["residual"].min()), float(middle["residual"].max())
    title = (
        f"Half of the runs lie within ±{np.median(np.abs(off)):.2g}{unit} of the law; medians along {what} run"
        f" from {low:+.2g} to {high:+.2g}{unit}"
    ).replace(" -", " −")
    axis = parts.flop_axis if flop is not None else parts.log_axis
    x = axis("x", what, frame["x"]) if (across > 0.0).all() else parts.value_axis("x", what, frame["x"])
    y = style.value_axis("residual", "100 × log (run / law), %" if log else "run − law")
    tip = parts.tips(("row", "row", "d"), ("x", what, ".3~g"), ("residual", "residual", "+.3f"))
    layers: list[style.Spec] = [
        {
            "data": {"values": [{"zero": 0}]},
            "mark": {"type": "rule", "opacity": 0.6, "color": style.INK},
            "encoding": {"y": {**y, "field": "zero"}},
        },
        {"mark": parts.dots(parts.RUN), "encoding": {"x": x, "y": y, "tooltip": tip}},
        {
            "data": style.inline(middle),
            "mark": {"type": "line", "strokeWidth": 2, "color": parts.LAW},
            "encoding": {"x": x, "y": y},
        },
    ]
    subtitle = f"Points: runs. Line: medians of {len(groups)} groups of equally many runs."
    sentence = (
        "A line that leaves zero at one end says that the runs bend otherwise than the law, and that what is"
        " extrapolated will be off in that direction."
    )
    return parts.drawn(title, subtitle, sentence, layers, frame, fit)


def predicted_observed(fit: Fit) -> Figure:
    """What the law says of each run against what was seen.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    Figure
    """
    import pandas as pd

    frame = pd.DataFrame({"predicted": fit.fitted, "observed": fit.observed, "row": fit.runs.rows})
    worst = int(np.argmax(np.abs(fit.residuals)))
    gap = float(fit.residuals[worst])
    log = fit.objective.space == "log"
    size = f"{100.0 * abs(math.expm1(gap)):.2g} %" if log else f"{abs(gap):.3g}"
    side = "above" if gap > 0.0 else "below"
    title = f"The run farthest from the law, row {int(fit.runs.rows[worst])}, lies {size} {side} it"
    both = np.concatenate([fit.fitted, fit.observed])
    x = parts.value_axis("predicted", f"law: {parts.named(fit)}", both)
    y = parts.value_axis("observed", f"run: {parts.named(fit)}", both)
    ends = [{"predicted": float(v), "observed": float(v)} for v in (both.min(), both.max())]
    tip = parts.tips(("row", "row", "d"), ("predicted", "law", ".4~f"), ("observed", "run", ".4~f"))
    layers: list[style.Spec] = [
        {
            "data": {"values": ends},
            "mark": {"type": "line", "color": style.INK, "opacity": 0.6, "strokeWidth": 1},
            "encoding": {"x": x, "y": y},
        },
        {"mark": parts.dots(parts.RUN), "encoding": {"x": x, "y": y, "tooltip": tip}},
    ]
    subtitle = f"Points: {len(frame)} runs. On the line the law is exact."
    sentence = "The law was fitted to these runs: how close they lie says nothing of runs at other scales."
    return parts.drawn(title, subtitle, sentence, layers, frame, fit)
