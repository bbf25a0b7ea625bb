"""First- and total-order indices from a pick-and-freeze design, with bootstrap intervals.

Given the outcome on two independent sets (y_a, y_b) and on the first set with one group taken from the second
(y_mixed), of variance V over both sets:

- first order: mean of y_b (y_mixed - y_a), over V, the outcome centred (Saltelli et al. 2010);
- total order: mean of (y_a - y_mixed)^2 / 2, over V (Jansen 1999).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError
from curveshift.scenario.noise import stream

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

RESAMPLES: Final = 1000
_AT_ONCE: Final = 50
_INTERVAL: Final = (0.025, 0.975)


@dataclass(frozen=True)
class Interval:
    """A number with its 95 % interval by Monte Carlo error.

    Attributes
    ----------
    value, low, high : float
        NaN where it cannot be estimated.
    """

    value: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of the interval's width."""
        return (self.high - self.low) / 2.0


@dataclass(frozen=True)
class Indices:
    """Shares of an outcome's variance that one group carries.

    Attributes
    ----------
    first : Interval
        Share that would go if the group were known, on average.
    total : Interval
        Share that would stay if all but the group were known, on average.
    spread : Interval
        Standard deviation of the outcome's mean given the group, in the outcome's unit; zero where the first
        order is not above zero.
    """

    first: Interval
    total: Interval
    spread: Interval


def indices(y_a: ArrayLike, y_b: ArrayLike, y_mixed: ArrayLike, *, seed: int = 0) -> tuple[Indices, ...]:
    """Indices of every group.

    Parameters
    ----------
    y_a, y_b : array, shape (row,)
        Outcome on the two independent sets.
    y_mixed : array, shape (group, row)
        Outcome on the first set with one group's columns from the second.
    seed : int
        Of the bootstrap, which draws rows with replacement.

    Returns
    -------
    tuple of Indices
        In the order of the rows of `y_mixed`.

    Raises
    ------
    CurveshiftError
        When the outcome does not vary, holds what is not finite, or the shapes do not fit.

    References
    ----------
    Saltelli et al. (2010), Computer Physics Communications 181, 259-270; Jansen (1999), Computer Physics
    Communications 117, 35-43.

    Examples
    --------
    The outcome is twice the first input plus the second; the exact indices are 0.8 and 0.2.

    >>> a, b = np.random.default_rng(0).random((2, 4096, 2))
    >>> mixed = [2 * b[:, 0] + a[:, 1], 2 * a[:, 0] + b[:, 1]]
    >>> [round(i.total.value, 1) for i in indices(a @ [2, 1], b @ [2, 1], mixed)]
    [0.8, 0.2]
    """
    a, b, mixed = (np.asarray(y, dtype=np.float64) for y in (y_a, y_b, y_mixed))
    if a.ndim != 1 or a.shape != b.shape or mixed.ndim != 2 or mixed.shape[1:] != a.shape:
        raise CurveshiftError(
            f"outcomes of shapes {a.shape}, {b.shape} and {mixed.shape} do not belong together"
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all() and np.isfinite(mixed).all()):
        raise CurveshiftError("index cannot be estimated: the outcome is not finite in every row")
    # Centred once: the resamples' own means would only add the noise of a mean to every one.
    middle = (a.mean() + b.mean()) / 2.0
    a, b, mixed = a - middle, b - middle, mixed - middle
    if not np.mean(a * a + b * b) > 1e-24 * max(middle * middle, 1e-300):
        raise CurveshiftError("index cannot be estimated: the outcome does not vary")
    whole = np.full((1, len(a)), 1.0 / len(a))
    value = _moments(whole, a, b, mixed)
    parts = [_moments(rows, a, b, mixed) for rows in _resamples(len(a), seed)]
    spread = [np.concatenate(part, axis=0) for part in zip(*parts, strict=True)]
    return tuple(
        Indices(*(_interval(v[0, g], s[:, g]) for v, s in zip(value, spread, strict=True)))
        for g in range(len(mixed))
    )


def _moments(weights: Floats, a: Floats, b: Floats, mixed: Floats) -> tuple[Floats, Floats, Floats]:
    """First order, total order and spread by resample and group."""
    mean_a, mean_b = weights @ a, weights @ b
    middle = (mean_a + mean_b) / 2.0
    variance = ((weights @ (a * a + b * b)) / 2.0 - middle * middle)[:, None]
    along = weights @ (b * (mixed - a)).T - middle[:, None] * (weights @ (mixed - a).T)
    across = weights @ ((mixed - a) ** 2).T / 2.0
    return along / variance, across / variance, np.sqrt(np.maximum(along, 0.0))


def _resamples(n: int, seed: int) -> Iterator[Floats]:
    """Weights of rows drawn with replacement, some resamples at a time, shape (resample, row)."""
    raw = stream("bootstrap", seed)
    for _ in range(0, RESAMPLES, _AT_ONCE):
        chosen = (raw.random_raw(_AT_ONCE * n) % np.uint64(n)).astype(np.int64).reshape(_AT_ONCE, n)
        place = chosen + np.arange(_AT_ONCE)[:, None] * n
        yield np.bincount(place.ravel(), minlength=_AT_ONCE * n).reshape(_AT_ONCE, n) / n


def _interval(value: float, resampled: Floats) -> Interval:
    low, high = np.quantile(resampled, _INTERVAL)
    return Interval(float(value), float(low), float(high))
