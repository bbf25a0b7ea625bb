"""From data to the optimum: starts, a path from an easy objective to the one asked for, and the certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .descent import Minimum, Problem, descend
from .objectives import Objective
from .penalty import WIDTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Prepared

    Floats = NDArray[np.float64]

_FACTOR: Final = 4.0
NO_DELTA: Final = 1e-7
"""Delta of the last smooth stage before the exact optimum of least absolute deviations, over the median residual."""
MOST_FOR_VERTEX: Final = 2_000
"""With more runs, the optimum of least absolute deviations is left rounded by `NO_DELTA`."""
AGREE: Final = 1e-6
"""Starts whose objective is within this of the best, relative, agree with it."""
TIE: Final = 1e-12
"""Starts this close differ by rounding alone."""


@dataclass(frozen=True)
class Certificate:
    """Evidence that the optimum is one, and the best of those found.

    Attributes
    ----------
    decrement : float
        Newton decrement over the objective at the end: about twice the relative distance to the optimum.
    starts : int
        Starting points taken to a minimum.
    agreeing : int
        Those that ended at the same objective, to `AGREE`.
    runner_up : float
        The next better local minimum over the best, minus one; infinite if there is none.
    """

    decrement: float
    starts: int
    agreeing: int
    runner_up: float


@dataclass(frozen=True)
class Optimum:
    """The best minimum found."""

    theta: Floats
    value: float
    sigma: float
    converged: bool
    certificate: Certificate


def minimise(prepared: Prepared, y: Floats, weights: Floats, objective: Objective) -> Optimum:
    """Find the optimum from nothing but the data.

    Parameters
    ----------
    prepared : Prepared
        The law on the data.
    y : array, shape (n,)
        Positive observations.
    weights : array, shape (n,)
        Counts.
    objective : Objective

    Returns
    -------
    Optimum
    """
    theta = prepared.starts(y, weights, objective)
    found = follow(prepared, y, weights, objective, theta)
    values = np.where(np.isfinite(found.value), found.value, np.inf)
    lowest = float(values.min())
    size = float(weights.sum()) if objective.has_scale else max(abs(lowest), 1e-300)
    # Of starts that are equal but for rounding, one that was certified speaks for the others.
    tied = values - lowest <= TIE * size
    best = int(np.lexsort((np.arange(len(values)), values, ~(tied & found.converged)))[0])
    value = found.value[best]
    gap = (found.value - value) / size
    others = gap[(gap > AGREE) & found.converged]
    last = Optimum(
        found.theta[best],
        float(value),
        float(found.sigma[best]),
        bool(found.converged[best]),
        Certificate(
            float(found.decrement[best]),
            len(theta),
            int(np.sum(gap <= AGREE)),
            float(others.min()) if len(others) else float("inf"),
        ),
    )
    if objective.kind == "least_absolute" and len(y) <= MOST_FOR_VERTEX:
        from .absolute import vertex

        return vertex(prepared.model, y, weights, objective, last)
    return last


def follow(
    prepared: Prepared, y: Floats, weights: Floats, objective: Objective, theta: Floats, limit: int = 120
) -> Minimum:
    """Take every start down to a minimum, through easier objectives where the one asked for is sharp.

    Parameters
    ----------
    weights : array, shape (n,) or (R, n)
    theta : array, shape (R, p)

    Returns
    -------
    Minimum
    """
    problem = Problem(prepared.model, y, weights, objective, prepared.penalised)
    f, _ = prepared.model.value(theta)
    typical = np.median(np.abs(problem.residuals(f)[0]), axis=1)
    spread = float(np.min(typical))
    if objective.kind == "student_t":
        # The scale is that of a fit by Huber's loss, which no outlier can inflate.
        rough = follow(prepared, y, weights, Objective("huber", objective.space, max(spread, 1e-12)), theta)
        f, _ = prepared.model.value(rough.theta)
        r = np.abs(problem.residuals(f)[0])
        sigma = np.maximum(np.median(r, axis=1) / 0.6745, 1e-12)
        return descend(problem, rough.theta, sigma, limit=limit)
    if objective.kind == "least_squares":
        for width in problem.penalty.path():
            problem.penalty.width = width
            theta = descend(problem, theta, limit=limit).theta
        problem.penalty.width = WIDTH
        return descend(problem, theta, limit=limit)
    last = objective.delta if objective.kind != "least_absolute" else max(spread, 1e-300) * NO_DELTA
    stages = [last]
    while stages[-1] * _FACTOR < 2.0 * spread:
        stages.append(stages[-1] * _FACTOR)
    for delta in reversed(stages[1:]):
        problem.objective = objective.at(delta)
        theta = descend(problem, theta, limit=30).theta
    problem.objective = objective.at(last)
    return descend(problem, theta, limit=limit)
