"""Naive forecasts: the last value, a straight line, a random walk with drift, each with a distribution of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import unknown_name

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

BASELINES: Final = ("last value", "trend", "drift")
"""Last value (a walk without drift), straight line through the past, walk with the mean drift of the past."""

POINTS: Final = 1024
"""Equally likely points that stand for a distribution."""


def naive(name: str, past: ArrayLike, ahead: int, error: float = 0.0) -> Floats:
    """Forecast a series from its past alone.

    All three are exact under their own assumptions: independent normal changes of unknown spread (last value; drift,
    with the uncertainty of the drift), or independent normal residuals around a line (trend).

    Parameters
    ----------
    name : str
        One of `BASELINES`.
    past : array, shape (quarter,)
        Known values, oldest first, on the scale of the score; at least three.
    ahead : int
        Quarters from the last known one to the target, at least 1.
    error : float
        Standard error of the known values, added in quadrature.

    Returns
    -------
    array, shape (point,)
        Equally likely values.

    Raises
    ------
    CurveshiftError
        For an unknown name.

    References
    ----------
    Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, section 5.5.

    Examples
    --------
    >>> found = naive("drift", [0.0, 1.0, 2.0, 3.0], 2)
    >>> round(float(np.median(found)), 6), round(float(np.ptp(found)), 6)
    (5.0, 0.0)
    """
    from scipy.special import stdtrit

    if name not in BASELINES:
        raise unknown_name("baseline", name, BASELINES)
    y = np.asarray(past, dtype=float)
    n = len(y)
    if name == "trend":
        t = np.arange(n) - (n - 1.0) / 2.0
        slope = t @ y / (t @ t)
        at = t[-1] + ahead
        centre = y.mean() + slope * at
        freedom = n - 2
        spread = np.sqrt(
            np.sum((y - y.mean() - slope * t) ** 2) / freedom * (1.0 + 1.0 / n + at**2 / (t @ t))
        )
    else:
        change = np.diff(y)
        drift = change.mean() if name == "drift" else 0.0
        freedom = n - 2 if name == "drift" else n - 1
        # The drift is known from n - 1 changes only.
        per_step = ahead * (1.0 + ahead / (n - 1.0)) if name == "drift" else float(ahead)
        centre = y[-1] + ahead * drift
        spread = np.sqrt(np.sum((change - drift) ** 2) / freedom * per_step)
    u = (np.arange(POINTS) + 0.5) / POINTS
    return np.asarray(centre + np.hypot(spread, error) * stdtrit(freedom, u))
