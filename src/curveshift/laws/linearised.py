"""A fitted law near its optimum: derivatives of its predictions, weights of the runs, and the covariance they imply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .descent import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Inputs, Prepared
    from .objectives import Objective
    from .result import Fit

    Floats = NDArray[np.float64]

_STEP: Final = 1e-5
_TO_SIGMA: Final = 1.4826
"""Median absolute value of a standard normal variable, inverse."""


@dataclass(frozen=True, eq=False)
class Linearised:
    """The law to first order in the solver's coordinates θ, in the space of the objective.

    Attributes
    ----------
    jacobian : array, shape (n, p)
    residuals : array, shape (n,)
    weights : array, shape (n,)
        Of reweighted least squares at the optimum, the largest being 1.
    variance : float
        Of one run's error as far as it reaches the estimates (normal errors: their variance).
    """

    jacobian: Floats
    residuals: Floats
    weights: Floats
    variance: float

    @property
    def leverage(self) -> Floats:
        """Hat values: how far each run pulls its own prediction, 0 to 1, shape (n,); they sum to p."""
        return leverage(self.jacobian, self.weights)

    @property
    def information(self) -> Floats:
        """Of the parameters θ, shape (p, p)."""
        found: Floats = self.jacobian.T @ self.jacobian / self.variance
        return found


def linearise(fit: Fit) -> Linearised:
    """Linearise a fitted law at its optimum."""
    jacobian, r, weights = _parts(fit._prepared, fit.observed, fit.objective, fit._theta, fit.sigma)
    n, p = jacobian.shape
    spare = n / max(n - p, 1)
    if fit.objective.kind == "student_t":
        nu = fit.objective.nu
        # Fisher information of the location of a Student-t.
        variance = fit.sigma**2 * (nu + 3.0) / (nu + 1.0) * spare
    elif fit.objective.kind == "least_squares":
        variance = float(np.mean(r * r)) * spare
    else:
        variance = (_TO_SIGMA * float(np.median(np.abs(r)))) ** 2 * spare
    return Linearised(jacobian, r, weights, max(variance, 1e-300))


def leverage(jacobian: Floats, weights: Floats) -> Floats:
    """Hat values of a weighted linear fit, shape (n,)."""
    root = np.sqrt(weights)[:, None] * jacobian
    q, triangle = np.linalg.qr(root / np.maximum(np.linalg.norm(root, axis=0), 1e-300))
    size = np.abs(np.diag(triangle))
    kept = q[:, size > 1e-12 * size.max()]
    found: Floats = np.minimum(np.sum(kept * kept, axis=1), 1.0)
    return found


def run_leverage(prepared: Prepared, y: Floats, objective: Objective, theta: Floats, sigma: float) -> Floats:
    """Hat values of the runs at an optimum, shape (n,)."""
    jacobian, _, weights = _parts(prepared, y, objective, theta, sigma)
    return leverage(jacobian, weights)


def gradient(fit: Fit, quantity: Callable[[Floats], Floats]) -> Floats:
    """Derivatives with θ of quantities of the natural parameters, shape (p, m).

    Parameters
    ----------
    quantity : callable
        Takes parameters of shape (R, p), returns shape (R, m).
    """
    theta = fit._theta
    step = _STEP * np.maximum(1.0, np.abs(theta))
    moved = np.concatenate([theta + np.diag(step), theta - np.diag(step)])
    value = quantity(fit._prepared.natural(moved))
    size = len(theta)
    found: Floats = (value[:size] - value[size:]) / (2.0 * step[:, None])
    return found


def prediction_gradient(fit: Fit, inputs: Inputs) -> Floats:
    """Derivatives with θ of the predictions in the space of the objective, shape (n, p)."""
    log = fit.objective.space == "log"

    def predicted(values: Floats) -> Floats:
        curve = fit.law.curve(values, inputs)
        return np.log(curve) if log else curve

    return gradient(fit, predicted).T


def _parts(
    prepared: Prepared, y: Floats, objective: Objective, theta: Floats, sigma: float
) -> tuple[Floats, Floats, Floats]:
    model = prepared.model
    problem = Problem(model, y, np.ones(len(y)), objective)
    f, at = model.value(theta[None, :])
    r, m = problem.residuals(f)
    jacobian = model.pull(at, np.eye(len(y)))
    if m is not None:
        jacobian = jacobian * m[0][:, None]
    _, _, weight = objective.slopes(r, np.full((1, 1), max(sigma, 1e-300)))
    weights = weight[0] if objective.kind != "least_absolute" else np.ones(len(y))
    return jacobian, r[0], weights / max(float(weights.max()), 1e-300)
