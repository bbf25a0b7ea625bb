"""The solver: damped Newton steps on many starts or resamples of one problem at once.

Far from the optimum a step uses the weights of reweighted least squares (always downhill); near it the exact Hessian,
so that it ends at the optimum to rounding. It stops on the Newton decrement, which does not depend on
units, and says for each problem whether it arrived.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .objectives import Objective
from .penalty import penalty_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .models import Model

    Floats = NDArray[np.float64]

TOLERANCE: Final = 1e-13
"""Of the Newton decrement (twice the distance to the optimum), relative to the objective."""
_ROUNDING: Final = 1e-9
"""A step that no longer lowers the objective ends at the optimum when the decrement is below this."""
_LAST_BITS: Final = 4e-15
_SMALLEST_SHIFT: Final = 1e-10
_LARGEST: Final = 300.0
"""Largest logarithm of a prediction that is told from infinity: its square is still finite."""
_STEEP: Final = 0.1
_CAUTIOUS: Final = 2
_SCALE_STEPS: Final = 30
_SCALE_ARRIVED: Final = 1e-10


@dataclass(frozen=True)
class Minimum:
    """Where the descents ended. R problems, p parameters.

    Attributes
    ----------
    theta : array, shape (R, p)
    value : array, shape (R,)
        The objective, a sum over runs.
    decrement : array, shape (R,)
        gᵀH⁻¹g over the objective; infinite where the last step was not a full Newton step.
    converged : array of bool, shape (R,)
    sigma : array, shape (R,)
        Scale of the errors, where it is fitted; else 1.
    iterations : int
        Of the slowest.
    """

    theta: Floats
    value: Floats
    decrement: Floats
    converged: NDArray[np.bool_]
    sigma: Floats
    iterations: int


class Problem:
    """Data, weights and objective; the residual is taken in the space of the objective."""

    def __init__(
        self,
        model: Model,
        y: Floats,
        weights: Floats,
        objective: Objective,
        penalised: Floats | None = None,
    ) -> None:
        """Take `y` and `weights` of shape (n,), or (R, n) where each of R problems has its own.

        `penalised` holds the linear forms of θ whose absolute values the objective adds, shape (m, p).
        """
        self.model = model
        self.y = np.log(y) if objective.space == "log" else np.asarray(y)
        self.weights = weights
        self.objective = objective
        self.penalty = penalty_of(objective, penalised)

    def residuals(self, f: Floats, y: Floats | None = None) -> tuple[Floats, Floats | None]:
        """y − ŷ, and dŷ/df where it is not 1."""
        observed = self.y if y is None else y
        if self.objective.space == "log":
            return observed - f, None
        m = np.exp(np.minimum(f, _LARGEST))
        return observed - m, m

    def total(self, f: Floats, y: Floats, weights: Floats, sigma: Floats) -> Floats:
        """The objective of each problem, shape (R,)."""
        r, _ = self.residuals(f, y)
        summed: Floats = np.sum(weights * self.objective.rho(r, sigma[:, None]), axis=1)
        return summed

    def size(self, value: Floats, weights: Floats) -> Floats:
        """What a change of the objective is small against: itself, or the runs where it is a log likelihood."""
        if self.objective.has_scale:
            counted: Floats = np.sum(weights, axis=1)
            return counted
        return np.maximum(np.abs(value), 1e-300)

    def scale(self, f: Floats, y: Floats, weights: Floats, sigma: Floats) -> Floats:
        """The σ of greatest likelihood for given predictions, shape (R,)."""
        if not self.objective.has_scale:
            return sigma
        r, _ = self.residuals(f, y)
        nu, r2 = self.objective.nu, r * r
        found = sigma
        for _ in range(_SCALE_STEPS):
            # The slope in log σ rises throughout, so there is one root; the step is held to a factor of e.
            share = r2 / (nu * found[:, None] ** 2 + r2 + 1e-300)
            slope = np.sum(weights * (1.0 - (nu + 1.0) * share), axis=1)
            curve = np.sum(weights * 2.0 * (nu + 1.0) * share * (1.0 - share), axis=1)
            step = np.clip(-slope / np.maximum(curve, 1e-300), -1.0, 1.0)
            found = np.maximum(found * np.exp(step), 1e-12 * np.maximum(sigma, 1e-12))
            if np.all(np.abs(step) < _SCALE_ARRIVED):
                break
        return found


def descend(
    problem: Problem,
    theta: Floats,
    sigma: Floats | None = None,
    *,
    limit: int = 120,
    first_shift: float = 1e-3,
) -> Minimum:
    """Minimise every problem from its start.

    Parameters
    ----------
    problem : Problem
        Its weights have shape (n,) or (R, n).
    theta : array, shape (R, p)
        Starts.
    sigma : array, shape (R,), optional
        First scales of the errors.
    limit : int
        Most iterations.
    first_shift : float
        Damping of the first step, relative to the diagonal of the Hessian; 0 from a start that is nearly right.

    Returns
    -------
    Minimum
    """
    count, size = theta.shape
    model, objective = problem.model, problem.objective
    theta = theta.copy()
    shape = (count, problem.y.shape[-1])
    weights = np.broadcast_to(problem.weights, shape)
    sigma = np.ones(count) if sigma is None else sigma.copy()
    value = np.full(count, np.inf)
    decrement = np.full(count, np.inf)
    converged = np.zeros(count, dtype=bool)

    # State of the problems still under way; `live` maps them to the whole.
    live = np.arange(count)
    now, w, s = theta.copy(), weights, sigma.copy()
    y = np.broadcast_to(problem.y, shape)
    f, at = model.value(now)
    s = problem.scale(f, y, w, s)
    penalty = problem.penalty
    here = problem.total(f, y, w, s) + penalty.value(now, w)
    shift = np.full(count, first_shift)
    newton = np.zeros(count, dtype=bool)
    refused = np.zeros(count, dtype=np.int64)
    iteration = 0
    for _ in range(limit):
        iteration += 1
        step, fall, downhill = _step(problem, now, f, at, y, w, s, shift, newton)
        trial = now + step
        f_new, at_new = model.value(trial)
        s_new = problem.scale(f_new, y, w, s)
        there = problem.total(f_new, y, w, s_new) + penalty.value(trial, w)
        size = problem.size(here, w)
        better = there <= here - 1e-4 * fall + _LAST_BITS * size
        small = fall <= TOLERANCE * size
        full = newton & downhill & (shift <= _SMALLEST_SHIFT)
        done = full & (small | (~better & (fall <= _ROUNDING * size)))
        if objective.has_scale:
            done &= np.abs(s_new - s) <= 1e-9 * s
        take = better | (done & (there <= here))
        now = np.where(take[:, None], trial, now)
        s = np.where(take, s_new, s)
        here = np.where(take, there, here)
        f, at = _choose(take, f_new, f), _choose(take, at_new, at)
        # A good step earns a bolder one; near the bottom the exact Hessian takes over.
        near = fall <= _STEEP * size
        # Refused by no more than rounding: the plain Newton step decides whether this is the bottom.
        level = ~better & (fall <= _ROUNDING * size) & (refused == 0)
        newton = level | np.where(better, near | newton, newton & (refused < _CAUTIOUS))
        # Where the exact Hessian points uphill, the next step is one of reweighted least squares.
        newton &= downhill
        refused = np.where(better, 0, refused + 1)
        shift = np.where(better, np.where(shift <= 1e-6, 0.0, shift * 0.1), np.maximum(shift * 8.0, 1e-4))
        shift = np.where(level, 0.0, shift)
        lost = ~np.isfinite(here) | (shift > 1e12)
        theta[live], value[live], sigma[live] = now, here, s
        decrement[live] = np.where(full, fall / size, np.inf)
        converged[live[done]] = True
        stay = ~(done | lost)
        if not stay.any():
            break
        if not stay.all():
            live, now, s, here, f = live[stay], now[stay], s[stay], here[stay], f[stay]
            y, w = y[stay], w[stay]
            at = model.keep(at, stay)
            shift, newton, refused = shift[stay], newton[stay], refused[stay]
    return Minimum(theta, value, decrement, converged, sigma, iteration)


def _step(
    problem: Problem,
    theta: Floats,
    f: Floats,
    at: Any,
    y: Floats,
    w: Floats,
    sigma: Floats,
    shift: Floats,
    newton: NDArray[np.bool_],
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """The damped step of each problem, how much it lowers the objective to first order, and if it is Newton's."""
    model = problem.model
    r, m = problem.residuals(f, y)
    psi, curve, weight = problem.objective.slopes(r, sigma[:, None])
    slope = w * psi
    if m is not None:
        slope = slope * m
    gradient = -model.pull(at, slope)
    # Reweighted least squares far away, the exact Hessian near the end.
    a, b = w * weight if m is None else w * weight * m * m, None
    if newton.any():
        exact = w * curve if m is None else w * (curve * m * m - psi * m)
        a = exact if newton.all() else np.where(newton[:, None], exact, a)
        b = slope if newton.all() else np.where(newton[:, None], slope, 0.0)
    hessian = model.hessian(at, a, b)
    if problem.objective.has_scale and newton.any():
        # σ follows θ: the curvature along that path is less by what σ takes up.
        mixed = w * problem.objective.bend(r, sigma[:, None]) * r
        pull = model.pull(at, mixed if m is None else mixed * m)
        taken = np.maximum(np.sum(mixed * r, axis=1), 1e-300)
        hessian -= (newton / taken)[:, None, None] * pull[:, :, None] * pull[:, None, :]
    problem.penalty.add(theta, w, newton, gradient, hessian)
    size = hessian.shape[1]
    diagonal = np.abs(np.einsum("rii->ri", hessian))
    diagonal = np.maximum(diagonal, 1e-12 * diagonal.max(axis=1, keepdims=True) + 1e-300)
    hessian[:, np.arange(size), np.arange(size)] += shift[:, None] * diagonal
    # Scaled by its own diagonal, so that no unit of a parameter matters.
    root: Floats = np.sqrt(diagonal)
    step = _solve(hessian / (root[:, :, None] * root[:, None, :]), -gradient / root) / root
    fall = -np.einsum("rp,rp->r", gradient, step)
    # Uphill or flat: the exact Hessian is not positive here; go along the scaled gradient instead.
    wrong = ~(fall > 0.0) | ~np.isfinite(step).all(axis=1)
    if wrong.any():
        plain = -gradient / (root * root) * 0.1
        step = np.where(wrong[:, None], plain, step)
        fall = np.where(wrong, -np.einsum("rp,rp->r", gradient, step), fall)
    return step, np.maximum(fall, 0.0), ~wrong


def _solve(matrix: Floats, right: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(matrix, right[:, :, None])[:, :, 0], dtype=np.float64)
    except np.linalg.LinAlgError:
        # One singular problem must not stop the others.
        each = [np.linalg.lstsq(m, b, rcond=1e-13)[0] for m, b in zip(matrix, right, strict=True)]
        return np.asarray(each, dtype=np.float64)


def _choose(take: NDArray[np.bool_], new: Any, old: Any) -> Any:
    """The new values of the problems that take them, the old ones of the others."""
    if take.all():
        return new
    if isinstance(new, list):
        return [_choose(take, a, b) for a, b in zip(new, old, strict=True)]
    new[~take] = old[~take]
    return new
