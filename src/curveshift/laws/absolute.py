"""The exact optimum of least absolute deviations: a vertex, where as many residuals vanish as there are parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from .descent import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .minimise import Optimum
    from .models import Model
    from .objectives import Objective

    Floats = NDArray[np.float64]

_ROUNDS: Final = 40


def vertex(model: Model, y: Floats, weights: Floats, objective: Objective, near: Optimum) -> Optimum:
    """Sharpen a nearly exact optimum by successive linear programmes inside a shrinking box.

    Each programme is the exact least-absolute fit of the law linearised at the present point; at a vertex the
    iteration converges like Newton's method (Osborne and Watson 1971). The end is certified by its dual: the
    pull of the other runs must be balanced by multipliers of the fitted ones that are no larger than their weights.
    """
    from scipy.optimize import linprog

    problem = Problem(model, y, weights, objective)
    theta = near.theta.copy()
    r, jacobian = _linear(problem, theta)
    best = float(weights @ np.abs(r))
    n, p = jacobian.shape
    radius = 0.1
    for _ in range(_ROUNDS):
        # In units of the typical residual, so that the tolerances of the programme do not matter.
        unit = max(float(np.median(np.abs(r))), 1e-300)
        # min Σ w |r − J d| = min Σ w (u + v) with r − J d = u − v and both at least zero.
        cost = np.concatenate([np.zeros(p), weights, weights])
        equal = np.hstack([jacobian / unit, np.eye(n), -np.eye(n)])
        bounds = [(-radius, radius)] * p + [(0.0, None)] * (2 * n)
        solved = linprog(cost, A_eq=equal, b_eq=r / unit, bounds=bounds, method="highs")
        if (
            solved.status != 0
            or solved.x is None
            or solved.fun is None
            or best - float(solved.fun) * unit <= 1e-9 * best
        ):
            break
        trial = theta + solved.x[:p]
        r_new, jacobian_new = _linear(problem, trial)
        value = float(weights @ np.abs(r_new))
        if value < best:
            theta, r, jacobian, best = trial, r_new, jacobian_new, value
        else:
            radius *= 0.25
    return _polish(problem, theta, best, near)


def _polish(problem: Problem, theta: Floats, best: float, near: Optimum) -> Optimum:
    """Solve for the parameters that fit the nearest runs exactly, and check that no other choice is better."""
    size = problem.model.size
    r, jacobian = _linear(problem, theta)
    fitted = np.argsort(np.abs(r), kind="stable")[:size]
    exact = theta.copy()
    for _ in range(8):
        try:
            exact = exact + np.linalg.solve(jacobian[fitted], r[fitted])
        except np.linalg.LinAlgError:
            return replace(near, theta=theta, value=best, converged=False)
        r, jacobian = _linear(problem, exact)
    value = float(problem.weights @ np.abs(r))
    if not value <= best * (1.0 + 1e-12):
        return replace(near, theta=theta, value=best, converged=False)
    others = np.ones(len(r), dtype=bool)
    others[fitted] = False
    pull = (problem.weights[others] * np.sign(r[others])) @ jacobian[others]
    multipliers = np.linalg.solve(jacobian[fitted].T, -pull)
    excess = float(np.max(np.abs(multipliers) / problem.weights[fitted]))
    certificate = replace(near.certificate, decrement=max(excess - 1.0, 0.0))
    return replace(near, theta=exact, value=value, converged=excess <= 1.0 + 1e-9, certificate=certificate)


def _linear(problem: Problem, theta: Floats) -> tuple[Floats, Floats]:
    """Residuals and the derivative of the predictions, shapes (n,) and (n, p)."""
    f, at = problem.model.value(theta[None, :])
    r, m = problem.residuals(f)
    jacobian = problem.model.pull(at, np.eye(f.shape[1]))
    return r[0], jacobian if m is None else jacobian * m[0][:, None]
