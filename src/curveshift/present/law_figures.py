"""Figures of a fitted law: isoFLOP curves, isoloss contours, or the curve of a law of one input."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError
from curveshift.laws.optimal import has_optimum, run_flop

from . import law_parts as parts
from . import style, words
from .figure import Figure
from .fit_figures import predicted_observed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.laws import Fit

    Floats = NDArray[np.float64]

STEPS: Final = 80
"""Points of a curve."""
CURVES: Final = 9
"""Curves in a family, at most."""
BEYOND: Final = 10.0
"""How far past the largest run a path or a curve is drawn."""
_TIPS: Final = (
    ("params", "parameters", ".3~s"),
    ("tokens", "tokens", ".3~s"),
    ("loss", "loss", ".4~f"),
)


def fit_figure(fit: Fit) -> Figure:
    """The picture that says most of a fit: isoFLOP curves, one curve, or predicted against observed."""
    if draws_compute(fit):
        return isoflop_curves(fit)
    return law_curve(fit) if len(fit.law.inputs) == 1 else predicted_observed(fit)


def draws_compute(fit: Fit) -> bool:
    """Whether the law is one of parameters and tokens, so that isoFLOP and isoloss curves can be drawn."""
    return {q.name for q in fit.law.inputs} == {"params", "tokens"}


def isoflop_curves(fit: Fit) -> Figure:
    """Loss against parameters at fixed training FLOP, with the runs.

    Parameters
    ----------
    fit : Fit
        Of a law of parameters and tokens.

    Returns
    -------
    Figure

    Raises
    ------
    CurveshiftError
        For a law of other inputs.
    """
    import pandas as pd

    params, tokens, flop = _compute_inputs(fit)
    budgets = np.array(_budgets(flop))
    rows: list[tuple[Any, ...]] = []
    for budget in budgets.tolist():
        # Each curve spans what was tried, and a little more.
        low = max(params.min() / 1.5, budget / (6.0 * 2.0 * tokens.max()))
        high = min(1.5 * params.max(), budget / (6.0 * 0.5 * tokens.min()))
        if low < high:
            sizes = np.geomspace(low, high, STEPS)
            data = budget / (6.0 * sizes)
            loss = fit.law.predict(params=sizes, tokens=data)
            rows += zip(["law"] * STEPS, [budget] * STEPS, sizes, data, loss, strict=True)
    title = f"Loss by parameters at {len(budgets)} training budgets"
    if has_optimum(type(fit.law)):
        law: Any = fit.law
        best, data = law.compute_optimal(budgets)
        least = law.predict(params=best, tokens=data)
        rows += zip(["optimum"] * len(budgets), budgets, best, data, least, strict=True)
        first, last = (words.number(float(x)) for x in (best[0], best[-1]))
        title = (
            f"The least loss lies at {first} parameters for {parts.power(budgets[0])} FLOP, and at {last} for"
            f" {parts.power(budgets[-1])}"
        )
    rows += zip(["run"] * len(params), flop, params, tokens, fit.observed, strict=True)
    frame = pd.DataFrame(rows, columns=["what", "flop", "params", "tokens", "loss"])
    x = parts.log_axis("params", "parameters", frame["params"])
    y = parts.value_axis("loss", parts.named(fit), frame["loss"])
    paint = parts.by_flop(flop)
    tip = parts.tips(("flop", "FLOP", ".2e"), *_TIPS)
    curve = {"x": x, "y": y, "color": paint, "detail": {"field": "flop"}}
    diamond = {"type": "point", "shape": "diamond", "filled": True, "size": 110, "opacity": 1}
    layers = [
        parts.only("law", {"type": "line", "strokeWidth": 2}, curve),
        parts.only("run", parts.dots(), {"x": x, "y": y, "color": paint, "tooltip": tip}),
        parts.only("optimum", {**diamond, "color": parts.LAW}, {"x": x, "y": y, "tooltip": tip}),
    ]
    subtitle = (
        "Lines: the law at fixed training FLOP. Points: runs, by their own FLOP. Diamonds: compute-optimal."
    )
    sentence = (
        "A point whose colour is between those of two lines should lie between them; where it does not, the law"
        " misses it. On the lines FLOP are 6 × parameters × tokens."
    )
    return parts.drawn(title, subtitle, sentence, layers, frame, fit)


def isoloss_contours(fit: Fit) -> Figure:
    """Parameters and tokens that reach the same loss, with the compute-optimal path.

    Parameters
    ----------
    fit : Fit
        Of a law of parameters and tokens.

    Returns
    -------
    Figure

    Raises
    ------
    CurveshiftError
        For a law of other inputs.
    """
    import pandas as pd

    params, tokens, flop = _compute_inputs(fit)
    sizes = np.geomspace(params.min() / 1.5, 3.0 * params.max(), STEPS)
    ends = (float(tokens.min()) / 1.5, 3.0 * float(tokens.max()))
    levels = _levels(fit.observed)
    rows: list[tuple[Any, ...]] = []
    for level in levels:
        needed = _tokens_for(fit, sizes, level, ends)
        rows += [("law", level, n, d) for n, d in zip(sizes, needed, strict=True) if math.isfinite(d)]
    title = f"Parameters and tokens for losses from {max(levels):.3g} down to {min(levels):.3g}"
    if has_optimum(type(fit.law)):
        law: Any = fit.law
        reach = np.geomspace(flop.min(), BEYOND * flop.max(), STEPS)
        best, data = law.compute_optimal(reach)
        inside = (best >= sizes[0]) & (best <= sizes[-1]) & (data >= ends[0]) & (data <= ends[1])
        loss = law.predict(params=best, tokens=data)
        rows += [("optimum", y, n, d) for y, n, d, i in zip(loss, best, data, inside, strict=True) if i]
        ratio = data / best
        title = (
            f"Compute-optimal runs take {ratio[0]:.2g} tokens per parameter at {parts.power(reach[0])} FLOP, and"
            f" {ratio[-1]:.2g} at {parts.power(reach[-1])}"
        )
    rows += zip(["run"] * len(params), fit.observed, params, tokens, strict=True)
    frame = pd.DataFrame(rows, columns=["what", "loss", "params", "tokens"])
    x = parts.log_axis("params", "parameters", frame["params"])
    y = parts.log_axis("tokens", "training tokens", frame["tokens"])
    paint = {
        "field": "loss",
        "type": "quantitative",
        "scale": {"scheme": "viridis", "reverse": True},
        "legend": {"title": parts.named(fit)},
    }
    starts = frame[frame["what"] == "law"].groupby("loss", sort=False).head(1)
    dashed = {"type": "line", "strokeWidth": 2.5, "strokeDash": [6, 4], "color": parts.LAW}
    layers = [
        parts.only(
            "law",
            {"type": "line", "strokeWidth": 2},
            {"x": x, "y": y, "color": paint, "detail": {"field": "loss"}},
        ),
        {
            "data": style.inline(starts),
            "mark": {"type": "text", "align": "left", "dx": 4, "dy": -6, "fontSize": 10, "color": style.INK},
            "encoding": {"x": x, "y": y, "text": {"field": "loss", "type": "quantitative", "format": ".3~f"}},
        },
        parts.only("run", parts.dots(), {"x": x, "y": y, "color": paint, "tooltip": parts.tips(*_TIPS)}),
        parts.only("optimum", dashed, {"x": x, "y": y, "order": {"field": "params", "type": "quantitative"}}),
    ]
    subtitle = "Lines: the law at fixed loss. Points: runs. Broken line: the compute-optimal path."
    sentence = (
        f"The path is drawn to {BEYOND:g} times the FLOP of the largest run, as far as it stays in the picture. A"
        " law is only tested where there are points."
    )
    return parts.drawn(title, subtitle, sentence, layers, frame, fit)


def law_curve(fit: Fit, level: float = 0.9) -> Figure:
    """A law of one input as a curve with its band, and the runs.

    Parameters
    ----------
    fit : Fit
    level : float
        Of the band, between 0 and 1.

    Returns
    -------
    Figure

    Raises
    ------
    CurveshiftError
        For a law of several inputs.
    """
    import pandas as pd

    if len(fit.law.inputs) != 1:
        raise CurveshiftError("a curve needs a law of one input", fit.law.name)
    (quantity,) = fit.law.inputs
    seen = fit.runs.columns[quantity.name]
    at = np.geomspace(seen.min() / 1.5, BEYOND * seen.max(), STEPS)
    inputs: dict[str, Any] = {quantity.name: at}
    frame = pd.DataFrame({"what": "law", "x": at, "y": fit.law.predict(**inputs)})
    if fit.resamples is not None:
        _, frame["low"], frame["high"] = fit.predict(interval=level, **inputs)
    far = frame.iloc[-1]
    between = f" ({100 * level:g} %: {far['low']:.3g} to {far['high']:.3g})" if "low" in frame else ""
    title = f"The law reaches {far['y']:.3g} at {BEYOND:g} times the largest run{between}"
    runs = pd.DataFrame({"what": "run", "x": seen, "y": fit.observed})
    frame = pd.concat([frame, runs], ignore_index=True)
    what = ", ".join(x for x in (quantity.meaning, quantity.unit) if x)
    x = (parts.flop_axis if quantity.unit == "FLOP" else parts.log_axis)("x", what, frame["x"])
    y = parts.value_axis("y", parts.named(fit), frame["y"])
    tip = parts.tips(("x", what, ".3~g"), ("y", "run", ".4~f"))
    layers = [
        parts.only("law", {"type": "line", "strokeWidth": 2, "color": parts.LAW}, {"x": x, "y": y}),
        parts.only("run", parts.dots(parts.RUN), {"x": x, "y": y, "tooltip": tip}),
    ]
    subtitle, sentence = "Points: runs. Line: the law.", "No band: the fit was made without resamples."
    if "low" in frame:
        ends = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
        layers.insert(0, parts.only("law", {"type": "area", "color": parts.LAW, "opacity": 0.18}, ends))
        subtitle = f"Points: runs. Line and band: the law, and {100 * level:g} % of its resamples."
        sentence = (
            "The band is the uncertainty of the law if its form is right, without the errors of single runs."
        )
    return parts.drawn(title, subtitle, sentence, layers, frame, fit)


def _compute_inputs(fit: Fit) -> tuple[Floats, Floats, Floats]:
    flop = run_flop(fit)
    if flop is None or not draws_compute(fit):
        raise CurveshiftError("needs a law of parameters and tokens", fit.law.name)
    return fit.runs.columns["params"], fit.runs.columns["tokens"], flop


def _budgets(flop: Floats) -> list[float]:
    """Round budgets inside the range of the runs: powers of ten and three times those, thinned to a few."""
    low, high = float(flop.min()), float(flop.max())
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [m * 10.0**k for k in powers for m in (1, 3) if low <= m * 10.0**k <= high]
    if len(found) < 2:
        found = np.unique(np.geomspace(low, high, 3)).tolist()
    return found[:: math.ceil(len(found) / CURVES)]


def _levels(loss: Floats) -> list[float]:
    """Round losses inside the range of the runs."""
    low, high = (float(x) for x in np.quantile(loss, (0.0, 0.95)))
    if not high > low:
        return [low]
    ten = 10.0 ** math.floor(math.log10((high - low) / CURVES))
    step = next(ten * m for m in (1, 2, 5, 10) if high - low <= ten * m * CURVES)
    found = [round(step * k, 9) for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
    return found or [float(np.median(loss))]


def _tokens_for(fit: Fit, params: Floats, level: float, ends: tuple[float, float]) -> Floats:
    """Tokens at which the law reaches a loss, by halving; infinite outside the range."""
    low, high = (np.full(len(params), math.log(end)) for end in ends)

    def loss(log_tokens: Floats) -> Floats:
        return fit.law.predict(params=params, tokens=np.exp(log_tokens))

    outside = (loss(low) < level) | (loss(high) > level)
    for _ in range(50):
        middle = 0.5 * (low + high)
        above = loss(middle) > level
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(outside, np.inf, np.exp(0.5 * (low + high)))
