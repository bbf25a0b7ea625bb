"""Weights of importance sampling, their largest smoothed by a generalised Pareto distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def smoothed(log_weights: Floats) -> tuple[Floats, float]:
    """Normalised weights with a smoothed tail, and the shape k of that tail.

    Parameters
    ----------
    log_weights : array, shape (R,)
        Minus infinity for no weight.

    Returns
    -------
    weights : array, shape (R,)
        They sum to 1.
    k : float
        Below 0.5 the weights have a finite variance; above 0.7 averages with them are not to be trusted.

    References
    ----------
    Vehtari et al. 2024, arXiv 1507.02646, section 2.
    """
    raw = np.exp(log_weights - log_weights.max())
    count = len(raw)
    tail = int(np.ceil(min(0.2 * count, 3.0 * np.sqrt(count))))
    order = np.argsort(raw, kind="stable")
    largest = order[-tail:]
    below = float(raw[order[-tail - 1]])
    over = raw[largest] - below
    if tail < 5 or not np.all(over > 0.0):
        # Ties or empty weights at the edge of the tail: there is nothing to fit a tail to.
        return raw / raw.sum(), 0.0 if np.ptp(raw) == 0.0 else np.inf
    k, scale = tail_shape(over)
    if np.isfinite(k):
        rank = (np.arange(tail) + 0.5) / tail
        quantile = -scale * np.log1p(-rank) if abs(k) < 1e-12 else scale * np.expm1(-k * np.log1p(-rank)) / k
        raw[largest] = np.minimum(below + quantile, 1.0)
    return raw / raw.sum(), float(k)


def tail_shape(over: Floats) -> tuple[float, float]:
    """Shape k and scale of a generalised Pareto distribution of exceedances in ascending order.

    References
    ----------
    Zhang and Stephens 2009, Technometrics 51 (3), with the weak prior of Vehtari et al. 2024, appendix C.
    """
    count = len(over)
    quarter = over[int(np.floor(count / 4.0 + 0.5)) - 1]
    grid = 30 + int(np.sqrt(count))
    step = np.arange(1, grid + 1)
    theta = 1.0 / over[-1] + (1.0 - np.sqrt(grid / (step - 0.5))) / (3.0 * quarter)
    shape = np.mean(np.log1p(-theta[:, None] * over[None, :]), axis=1)
    likelihood = count * (np.log(-theta / shape) - shape - 1.0)
    weight = np.exp(likelihood - likelihood.max())
    best = float(np.sum(theta * weight) / np.sum(weight))
    k = float(np.mean(np.log1p(-best * over)))
    scale = -k / best
    # Ten pseudo-observations at k = 1/2 keep short tails from looking lighter than they can be known to be.
    return (count * k + 10 * 0.5) / (count + 10.0), scale
