"""What the runs say little about: the weakest combination of parameters, and the runs that carry the fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .linearised import gradient, linearise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .result import Fit

    Floats = NDArray[np.float64]

WEAK: Final = 0.25
"""A parameter that moves by more than this part of itself in one standard error is weakly known."""
HEAVY: Final = 3.0
"""Leverage of more than this many times the mean p/n is pointed out."""


@dataclass(frozen=True)
class Identifiability:
    """How well the runs tell the parameters apart.

    Attributes
    ----------
    singular_values : tuple of float
        Of the weighted Jacobian with columns scaled to length 1, descending.
    condition : float
        Largest over smallest.
    moves : mapping of str to (from, to)
        Parameters at the optimum and one standard error along the weakest combination.
    weak : tuple of str
        Parameters that move by more than a quarter of themselves on that way.
    words : str
    """

    singular_values: tuple[float, ...]
    condition: float
    moves: Mapping[str, tuple[float, float]]
    weak: tuple[str, ...]
    words: str


@dataclass(frozen=True)
class Pull:
    """The pull of one run on the fit.

    Attributes
    ----------
    row : int
        In the data given.
    leverage : float
        0 to 1.
    residual : float
        In the space of the objective.
    shift : float
        Largest change of a parameter without the run, to first order, in standard errors.
    parameter : str
        That parameter.
    """

    row: int
    leverage: float
    residual: float
    shift: float
    parameter: str


def identifiability(fit: Fit) -> Identifiability:
    """Singular values of the scaled Jacobian, and the weakest combination in words.

    Examples
    --------
    >>> from curveshift.laws import Chinchilla, chinchilla_runs
    >>> found = identifiability(Chinchilla.fit(chinchilla_runs(), resamples=0))
    >>> found.weak, round(found.condition)
    ((), 38)
    """
    near = linearise(fit)
    weighted = np.sqrt(near.weights)[:, None] * near.jacobian
    length = np.maximum(np.linalg.norm(weighted, axis=0), 1e-300)
    _, values, rows = np.linalg.svd(weighted / length, full_matrices=False)
    # One standard error along the direction that the runs see least.
    step = rows[-1] / length * np.sqrt(near.variance) / max(float(values[-1]), 1e-12 * float(values[0]))
    step = step if step[np.argmax(np.abs(step))] > 0.0 else -step
    with np.errstate(over="ignore"):
        ends = fit._prepared.natural(np.stack([fit._theta, fit._theta + step]))
    names = [p.name for p in fit.law.parameters]
    moves = {name: (float(a), float(b)) for name, a, b in zip(names, *ends, strict=True)}
    weak = tuple(n for n, (a, b) in moves.items() if not abs(b - a) <= WEAK * abs(a))
    condition = float(values[0] / max(values[-1], 1e-300))
    told = ", ".join(f"{n} {a:.4g} to {b:.4g}" for n, (a, b) in moves.items())
    return Identifiability(
        tuple(float(v) for v in values), condition, moves, weak,
        f"the runs hardly tell apart (one standard error of the weakest combination): {told}",
    )  # fmt: skip


def leverage(fit: Fit, most: int = 10) -> tuple[Pull, ...]:
    """The runs with the largest leverage, first the largest.

    Parameters
    ----------
    fit : Fit
    most : int
        Runs to list.

    Examples
    --------
    >>> from curveshift.laws import Chinchilla, chinchilla_runs
    >>> [pull.row for pull in leverage(Chinchilla.fit(chinchilla_runs(), resamples=0), 1)]
    [14]
    """
    near = linearise(fit)
    hat = near.leverage
    weighted = near.jacobian * near.weights[:, None]
    inverse = np.linalg.pinv(weighted.T @ near.jacobian)
    # First order of leaving a run out (Cook 1977), in the metric of the objective.
    change = (weighted * (near.residuals / np.maximum(1.0 - hat, 1e-9))[:, None]) @ inverse
    # From the solver's coordinates to the parameters.
    slopes = gradient(fit, lambda values: values)
    error = np.sqrt(np.diag(slopes.T @ np.linalg.pinv(near.information) @ slopes))
    relative = np.abs(change @ slopes) / np.maximum(error, 1e-300)
    names = [p.name for p in fit.law.parameters]
    found = []
    for i in np.argsort(-hat, kind="stable")[:most]:
        worst = int(np.argmax(relative[i]))
        found.append(
            Pull(
                int(fit.runs.rows[i]),
                float(hat[i]),
                float(near.residuals[i]),
                float(relative[i, worst]),
                names[worst],
            )
        )
    return tuple(found)
