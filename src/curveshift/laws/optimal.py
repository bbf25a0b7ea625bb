"""The compute-optimal path of a fit, with the spread of its resamples."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from curveshift.errors import CurveshiftError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Law
    from .result import Fit

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """A value and its percentile interval; no ends where the fit has no resamples."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Optimal:
    """The model with the least loss for a training budget.

    Attributes
    ----------
    flop : float
        The budget.
    params, tokens, tokens_per_param, loss : Spread
    beyond : float
        The budget over the FLOP of the largest run.
    """

    flop: float
    params: Spread
    tokens: Spread
    tokens_per_param: Spread
    loss: Spread
    beyond: float


def has_optimum(law: type[Law]) -> bool:
    """Whether a training budget alone gives the law's best parameters and tokens."""
    method = getattr(law, "compute_optimal", None)
    if method is None or {q.name for q in law.inputs} != {"params", "tokens"}:
        return False
    asked = [p for p in inspect.signature(method).parameters.values() if p.default is p.empty]
    return [p.name for p in asked] == ["self", "flop"]


def run_flop(fit: Fit) -> Floats | None:
    """Training FLOP of each run as read, else 6 × params × tokens; none without those, shape (n,)."""
    held = fit.runs.columns
    if "training_flop" in held:
        return held["training_flop"]
    return 6.0 * held["params"] * held["tokens"] if {"params", "tokens"} <= held.keys() else None


def optimal_path(fit: Fit, flop: Sequence[float], level: float = 0.9) -> tuple[Optimal, ...]:
    """Compute-optimal parameters, tokens and loss at some budgets.

    Parameters
    ----------
    fit : Fit
        Of a law with `compute_optimal`.
    flop : sequence of float
        Training budgets, C = 6 N D.
    level : float
        Of the intervals, between 0 and 1.

    Returns
    -------
    tuple of Optimal

    Raises
    ------
    CurveshiftError
        For a law without a compute-optimal path, or a budget that is not above 0.

    Examples
    --------
    >>> from curveshift import laws
    >>> found = laws.fit(laws.Chinchilla, laws.chinchilla_runs(), objective="huber", resamples=0)
    >>> round(optimal_path(found, [1e24])[0].tokens_per_param.value, 1)
    17.6
    """
    law: Any = fit.law
    if not has_optimum(type(fit.law)):
        raise CurveshiftError("this law has no compute-optimal path in parameters and tokens", fit.law.name)
    budget = np.asarray(flop, dtype=np.float64)
    if not ((budget > 0.0) & np.isfinite(budget)).all():
        raise CurveshiftError("a training budget is above 0 FLOP", "flop")
    rows = [_at(law, budget)]
    if fit.resamples is not None:
        rows += [_at(law.of(values), budget) for values in fit.resamples]
    # Shape (1 + R, 4, budgets).
    drawn = np.array(rows)
    tails = (0.5 - 0.5 * level, 0.5 + 0.5 * level)
    ends = np.quantile(drawn[1:], tails, axis=0) if len(drawn) > 1 else None
    seen = run_flop(fit)
    most = float(seen.max()) if seen is not None else float("nan")
    found = []
    for i, one in enumerate(budget.tolist()):
        params, tokens, ratio, loss = (
            Spread(
                float(drawn[0, k, i]),
                None if ends is None else float(ends[0, k, i]),
                None if ends is None else float(ends[1, k, i]),
            )
            for k in range(4)
        )
        found.append(Optimal(one, params, tokens, ratio, loss, one / most))
    return tuple(found)


def _at(law: Any, budget: Floats) -> Floats:
    params, tokens = law.compute_optimal(budget)
    return np.array([params, tokens, tokens / params, law.predict(params=params, tokens=tokens)])
