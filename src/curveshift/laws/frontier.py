"""The best model on a budget: a search along the line of equal cost, for many laws at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Law

    Floats = NDArray[np.float64]

TRAINING_FLOP_PER_PARAM_TOKEN: Final = 6.0
INFERENCE_FLOP_PER_PARAM_TOKEN: Final = 2.0
"""Forward and backward pass, and forward pass alone (Kaplan et al. 2020, section 2.1)."""
_POINTS: Final = 241
_FEWEST: Final = 10.0
"""Parameters and tokens below which nobody would go; the ends of the search."""


@dataclass(frozen=True)
class Budget:
    """How parameters and tokens add up to a cost.

    Attributes
    ----------
    inference_tokens : float
    weight : float
        Cost of a FLOP in serving over one in training.
    """

    inference_tokens: float = 0.0
    weight: float = 1.0

    def training(self, params: float, tokens: float) -> float:
        """FLOP of training."""
        return TRAINING_FLOP_PER_PARAM_TOKEN * params * tokens

    def tokens(self, total: float, params: Floats) -> Floats:
        """Training tokens that the budget leaves; below zero where serving takes it all."""
        serving = INFERENCE_FLOP_PER_PARAM_TOKEN * self.inference_tokens * self.weight
        left: Floats = (total / params - serving) / TRAINING_FLOP_PER_PARAM_TOKEN
        return left


def optimum(
    kind: type[Law], values: Floats, total: float, budget: Budget, *, sharp: bool = False
) -> tuple[Floats, Floats]:
    """Parameters and tokens with the least loss on a budget, for each of many laws.

    Parameters
    ----------
    values : array, shape (R, p)
        Parameters of the laws.
    total : float
        FLOP, those of serving weighed.
    sharp : bool
        Search on ever finer grids about the optimum of the first law; else to about 1e-3 in log N.

    Returns
    -------
    params, tokens : array, shape (R,)
    """
    serving = INFERENCE_FLOP_PER_PARAM_TOKEN * budget.inference_tokens * budget.weight
    # At least the fewest tokens must be left for training.
    most = total / (TRAINING_FLOP_PER_PARAM_TOKEN * _FEWEST + serving)
    if most <= _FEWEST:
        raise CurveshiftError(f"{total:.3g} FLOP leave nothing to train with", "budget")
    grid = np.linspace(np.log(_FEWEST), np.log(most), _POINTS)
    near = _least(kind, values, total, budget, grid)
    if sharp:
        for _ in range(2):
            width = grid[1] - grid[0]
            grid = np.linspace(near[0] - 2.0 * width, min(near[0] + 2.0 * width, np.log(most)), _POINTS)
            near = _least(kind, values, total, budget, grid)
    params = np.exp(near)
    return params, np.asarray(budget.tokens(total, params))


def _least(kind: type[Law], values: Floats, total: float, budget: Budget, grid: Floats) -> Floats:
    """log N of the least loss on a grid, sharpened by a parabola."""
    params = np.exp(grid)
    tokens = np.maximum(budget.tokens(total, params), _FEWEST)
    with np.errstate(over="ignore"):
        loss = kind.curve(values, {"params": params, "tokens": tokens})
    best = np.clip(np.argmin(loss, axis=1), 1, len(grid) - 2)
    row = np.arange(len(values))
    a, b, c = loss[row, best - 1], loss[row, best], loss[row, best + 1]
    bend = a - 2.0 * b + c
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = np.where(bend > 0.0, 0.5 * (a - c) / bend, 0.0)
    shift = np.clip(np.nan_to_num(shift), -1.0, 1.0)
    found: Floats = grid[best] + shift * (grid[1] - grid[0])
    return found


def at_loss(
    kind: type[Law], values: Floats, loss: float, budget: Budget, *, sharp: bool = True
) -> tuple[float, float, float]:
    """The smallest budget whose best model reaches a loss: total FLOP, parameters, tokens."""
    from scipy.optimize import brentq

    def excess(log_total: float) -> float:
        total = float(np.exp(log_total))
        params, tokens = optimum(kind, values[None, :], total, budget, sharp=sharp)
        return float(kind.curve(values[None, :], {"params": params, "tokens": tokens})[0, 0]) - loss

    low, high = np.log(1e10 + 1e3 * budget.inference_tokens * budget.weight), np.log(1e40)
    if excess(low) <= 0.0:
        raise CurveshiftError(f"the smallest models already have a loss below {loss:g}", "loss")
    if excess(high) > 0.0:
        raise CurveshiftError(
            f"no model of this law reaches a loss of {loss:g}: it is at or below its floor", "loss"
        )
    total = float(np.exp(brentq(excess, low, high, xtol=1e-10, rtol=1e-12)))
    params, tokens = optimum(kind, values[None, :], total, budget, sharp=sharp)
    return total, float(params[0]), float(tokens[0])
