"""Scores of a forecast that is a set of draws, against a value that may itself be uncertain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

LEVELS: Final = (0.5, 0.8, 0.9)
"""Central intervals whose coverage is counted."""

PIT_BINS: Final = 5


def crps(draws: ArrayLike, observed: ArrayLike) -> float:
    """Continuous ranked probability score: E|X - y| - E|X - X'| / 2, averaged over what may have been observed.

    The fair estimator (Ferro 2014): pairs of a draw with itself do not count, so the expected score does not depend
    on how many draws there are.

    Parameters
    ----------
    draws : array, shape (draw,)
        At least two, finite.
    observed : number or array, shape (value,)
        The value, or equally likely values of it.

    Returns
    -------
    float
        In the unit of the draws; smaller is better. Below zero by chance when draws are few.

    Raises
    ------
    CurveshiftError
        For fewer than two draws or for anything not finite.

    References
    ----------
    Gneiting and Raftery 2007; Ferro 2014, Fair scores for ensemble forecasts.

    Examples
    --------
    >>> crps([0.0, 2.0], 1.0)
    0.0
    >>> crps([1.0, 1.0], [1.0, 3.0])
    1.0
    """
    x, y = _checked(draws, observed)
    n = len(x)
    distance = np.abs(x[:, None] - y).mean()
    # Sorted, the mean distance of two draws is a weighted sum.
    weights = 2.0 * np.arange(n) - n + 1.0
    apart = 2.0 * (weights @ np.sort(x)) / (n * (n - 1.0))
    return float(distance - apart / 2.0)


def pinball(draws: ArrayLike, observed: ArrayLike, share: float) -> float:
    """Pinball loss of one quantile of the draws.

    Parameters
    ----------
    draws, observed
        As in `crps`.
    share : float
        Which quantile, between 0 and 1.

    Returns
    -------
    float
        In the unit of the draws; smaller is better.

    Raises
    ------
    CurveshiftError
        As `crps`, and for a share outside 0 to 1.

    Examples
    --------
    >>> pinball([0.0, 1.0, 2.0], 3.0, 0.5)
    1.0
    """
    if not 0.0 < share < 1.0:
        raise CurveshiftError(f"a quantile of {share:g} must lie between 0 and 1", "share")
    x, y = _checked(draws, observed)
    off = y - np.quantile(x, share)
    return float(np.maximum(share * off, (share - 1.0) * off).mean())


def pit(draws: ArrayLike, observed: ArrayLike) -> Floats:
    """Probability integral transform: the share of the draws below each observed value, ties counted half.

    Parameters
    ----------
    draws, observed
        As in `crps`.

    Returns
    -------
    array, shape (value,)
        Uniform over many forecasts when they are calibrated.

    Examples
    --------
    >>> pit([1.0, 2.0, 3.0, 4.0], 2.5).tolist()
    [0.5]
    """
    x, y = _checked(draws, observed)
    x = np.sort(x)
    below, up_to = np.searchsorted(x, y, side="left"), np.searchsorted(x, y, side="right")
    return np.asarray((below + up_to) / (2.0 * len(x)))


def inside(draws: ArrayLike, observed: ArrayLike, level: float) -> float:
    """Probability that the observed value lies in the central interval of a level.

    Examples
    --------
    >>> inside([0.0, 1.0, 2.0, 3.0, 4.0], [2.0, 9.0], 0.5)
    0.5
    """
    x, y = _checked(draws, observed)
    low, high = np.quantile(x, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return float(np.mean((y >= low) & (y <= high)))


def share_interval(count: float, n: int, level: float = 0.9) -> tuple[float, float]:
    """Jeffreys interval of a share: what `count` of `n` independent trials say.

    Parameters
    ----------
    count : float
        Successes, from 0 to n; a fraction where a trial is uncertain.
    n : int
        Trials, at least 1.
    level : float
        Of the interval.

    References
    ----------
    Brown, Cai and DasGupta 2001, Interval estimation for a binomial proportion.

    Examples
    --------
    >>> tuple(round(end, 2) for end in share_interval(9, 10))
    (0.67, 0.98)
    """
    from scipy.stats import beta

    tails = (1.0 - level) / 2.0, (1.0 + level) / 2.0
    low, high = (float(beta.ppf(tail, count + 0.5, n - count + 0.5)) for tail in tails)
    return (0.0 if count == 0 else low), (1.0 if count == n else high)


def histogram(values: Sequence[Floats], bins: int = PIT_BINS) -> tuple[float, ...]:
    """Share of forecasts in equal bins of their PIT; one with several values is spread over theirs.

    Examples
    --------
    >>> histogram([np.array([0.1, 0.9]), np.array([0.5])])
    (0.25, 0.0, 0.5, 0.0, 0.25)
    """
    counts = np.zeros(bins)
    for of_one in values:
        at = np.minimum((of_one * bins).astype(int), bins - 1)
        counts += np.bincount(at, minlength=bins) / len(of_one)
    return tuple(float(x) for x in counts / max(len(values), 1))


def _checked(draws: ArrayLike, observed: ArrayLike) -> tuple[Floats, Floats]:
    x, y = np.asarray(draws, dtype=float), np.atleast_1d(np.asarray(observed, dtype=float))
    if x.ndim != 1 or len(x) < 2:
        raise CurveshiftError(f"a score needs at least two draws in one row, not shape {x.shape}", "draws")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise CurveshiftError("draws and observed values must be finite", "draws")
    return x, y
