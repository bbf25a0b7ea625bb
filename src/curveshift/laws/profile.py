"""Likelihood intervals: the values of a parameter at which the best fit of all others is not much worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from curveshift.errors import CurveshiftError

from .descent import Problem, descend

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Prepared
    from .models import Model
    from .objectives import Objective

    Floats = NDArray[np.float64]


class Restricted:
    """A model along an affine subspace θ = base + basis η."""

    def __init__(self, model: Model, base: Floats, basis: Floats) -> None:
        self.size = basis.shape[1]
        self.base = base
        self._model = model
        self.basis = basis

    def value(self, eta: Floats) -> tuple[Floats, Any]:
        """See `Model`."""
        return self._model.value(self.base + eta @ self.basis.T)

    def pull(self, at: Any, u: Floats) -> Floats:
        """See `Model`."""
        return self._model.pull(at, u) @ self.basis

    def hessian(self, at: Any, a: Floats, b: Floats | None) -> Floats:
        """See `Model`."""
        whole = self._model.hessian(at, a, b)
        reduced: Floats = np.matmul(np.matmul(self.basis.T, whole), self.basis)
        return reduced

    def keep(self, at: Any, rows: NDArray[np.bool_]) -> Any:
        """See `Model`."""
        return self._model.keep(at, rows)


def profile_interval(
    prepared: Prepared,
    y: Floats,
    objective: Objective,
    theta: Floats,
    sigma: float,
    index: int,
    level: float,
) -> tuple[float, float]:
    """Likelihood interval of one parameter (Venzon and Moolgavkar 1988), an open end being 0 or infinite.

    The fall in likelihood that is allowed is that of the F test, so that few runs give a wide interval.

    Parameters
    ----------
    index : int
        Of the parameter, in the order of the law.
    level : float
        Such as 0.9.

    Returns
    -------
    low, high : float

    Raises
    ------
    CurveshiftError
        Where the objective is not a likelihood.
    """
    from scipy.optimize import brentq
    from scipy.special import stdtrit

    if objective.kind not in ("student_t", "least_squares"):
        raise CurveshiftError(
            f"{objective.kind} is not a likelihood: use student_t or least_squares, or the bootstrap",
            "intervals",
        )
    if objective.l1:
        raise CurveshiftError("a penalised objective is not a likelihood: use the bootstrap", "intervals")
    vector, is_log = prepared.direction(index)
    model = prepared.model
    n = len(y)
    length = float(vector @ vector)
    if length < 1e-18:
        raise CurveshiftError("this parameter is held at its value: it has no interval", "intervals")
    # Null space of the vector: the last columns of a complete QR.
    basis = np.linalg.qr(np.column_stack([vector, np.eye(len(vector))]))[0][:, 1 : len(vector)]
    found = float(prepared.natural(theta[None, :])[0, index])
    centre = float(np.log(found)) if is_log else found
    problem = Problem(model, y, np.ones(n), objective)

    def deviance_of(value: float) -> float:
        # Profile of σ too: for least squares n log Σr²; for Student-t it is fitted inside.
        return float(n * np.log(2.0 * value)) if objective.kind == "least_squares" else 2.0 * value

    f, _ = model.value(theta[None, :])
    lowest = deviance_of(float(problem.total(f, problem.y[None, :], np.ones((1, n)), np.array([sigma]))[0]))
    # Exact for least squares of a linear law; the chi-square of many runs is too narrow for few.
    spare = max(n - len(vector), 1)
    allowed = n * float(np.log1p(stdtrit(spare, 0.5 + 0.5 * level) ** 2 / spare))
    start = {0.0: (np.zeros(len(vector) - 1), sigma)}

    def excess(shift: float) -> float:
        nearest = min(start, key=lambda s: abs(s - shift))
        eta, s = start[nearest]
        restricted = Restricted(model, theta + vector * (shift / length), basis)
        problem.model = restricted
        reached = descend(problem, eta[None, :], np.array([s]))
        start[shift] = (reached.theta[0], float(reached.sigma[0]))
        return deviance_of(float(reached.value[0])) - lowest - allowed

    ends = []
    for side in (-1.0, 1.0):
        step = 0.02
        while excess(side * step) < 0.0 and step < 60.0:
            step *= 2.0
        if step >= 60.0:
            ends.append(side * np.inf)
            continue
        inside = 0.0 if step == 0.02 else step / 2.0
        ends.append(side * float(brentq(lambda s, side=side: excess(side * s), inside, step, xtol=1e-6)))
    low, high = centre + ends[0], centre + ends[1]
    return (float(np.exp(low)), float(np.exp(high))) if is_log else (low, high)
