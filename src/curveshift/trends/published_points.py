"""Efficiency from published points: compute-equivalents a year from the runs of Ho et al. 2024."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .cost_records import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS: Final = 2000
_ALPHA_YEAR: Final = 6


@dataclass(frozen=True, eq=False)
class EfficiencyPoints:
    """Draws of how many times less compute the same loss takes each year.

    Parameters
    ----------
    compute_equivalents_per_year : array, shape (draws,)
        Factor a year; below 1 where a resample saw no progress.
    doubling_months : array, shape (draws,)
        The same as a time; infinite where there was no progress.
    best : float
        Factor of the fit to all runs.
    warnings : tuple of str
        What the fit says of itself, such as how many resampled fits did not converge.
    """

    compute_equivalents_per_year: Floats
    doubling_months: Floats
    best: float
    warnings: tuple[str, ...]

    def interval(self, level: float = 0.9) -> tuple[float, float, float]:
        """Low, median and high of the factor a year."""
        ends = (0.5 - level / 2.0, 0.5, 0.5 + level / 2.0)
        low, middle, high = np.quantile(self.compute_equivalents_per_year, ends)
        return float(low), float(middle), float(high)


@lru_cache(maxsize=4)
def efficiency_from_points(draws: int = DRAWS, seed: int = 0) -> EfficiencyPoints:
    """Bootstrap of the preferred model of Ho et al. 2024 on their runs.

    Effective parameters grow by α_t/α and effective tokens by β_t/β a year, and compute is their product. Every
    resampled fit is carried to its optimum from many starts; the published interval is that of an optimiser
    that stops early, and lies a little higher in months.

    Parameters
    ----------
    draws : int
        Resamples, from 2 to 100,000.
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    EfficiencyPoints

    Raises
    ------
    CurveshiftError
        For an impossible number of draws.

    References
    ----------
    Ho et al. 2024, Algorithmic progress in language models, https://arxiv.org/abs/2403.05812

    Examples
    --------
    >>> found = efficiency_from_points(draws=50)
    >>> 3.0 < found.best < 4.5
    True
    """
    from curveshift import laws

    if not 2 <= draws <= 100_000:
        raise CurveshiftError(f"{draws!r} is outside its range: a whole number from 2 to 100,000", "draws")
    aim = laws.Objective("least_squares", "raw", l1=number("points.penalty").central)
    fit = laws.Progress.fit(laws.progress_runs(), objective=aim, resamples=draws, seed=seed)
    if fit.resamples is None:
        raise CurveshiftError("the fit gave no resamples", "draws")
    factor, months = np.exp(_growth(fit.resamples)), laws.doubling_months(fit.resamples)
    for array in (factor, months):
        array.setflags(write=False)
    best = float(np.exp(_growth(fit.law.values[None, :])[0]))
    return EfficiencyPoints(factor, months, best, fit.warnings)


def _growth(values: Floats) -> Floats:
    """Yearly growth of effective compute, in natural logarithms."""
    alpha_year, beta_year, alpha, beta = values[:, _ALPHA_YEAR:].T
    return np.asarray(alpha_year / alpha + beta_year / beta, dtype=np.float64)
