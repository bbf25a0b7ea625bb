"""Draws with their 90 % interval, streams of random numbers, and means over methods that disagree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError
from curveshift.facts.reading import as_date
from curveshift.notebooks import Told
from curveshift.records.distributions import Z90

from .lines import DAYS_PER_YEAR, Rate
from .panels import decimal_year
from .posteriors import LARGEST_R_HAT, LEAST_ESS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .posteriors import Posterior

    Floats = NDArray[np.float64]

LOW, HIGH = 0.05, 0.95
_GRID: Final = 2000
_WIDEST: Final = 6.0
"""Spreads between methods are integrated up to this many scales of their half-normal prior."""


@dataclass(frozen=True, eq=False)
class Quantity(Told):
    """Draws of one number.

    Attributes
    ----------
    draws : array, shape (draw,)
        May hold infinities, where a draw has no such time or rate within the record.
    unit : str

    Examples
    --------
    >>> str(Quantity(np.arange(101.0), "months"))
    '50 months (5 to 95)'
    """

    draws: Floats
    unit: str

    def at(self, share: float) -> float:
        """Quantile: the smallest draw with at least this share of draws at or below it."""
        return float(np.quantile(self.draws, share, method="inverted_cdf"))

    @property
    def low(self) -> float:
        """Low end of the 90 % interval."""
        return self.at(LOW)

    @property
    def median(self) -> float:
        """Median of the draws."""
        return self.at(0.5)

    @property
    def high(self) -> float:
        """High end of the 90 % interval."""
        return self.at(HIGH)

    def __str__(self) -> str:
        return f"{self.median:.3g} {self.unit} ({self.low:.3g} to {self.high:.3g})"


def stream(seed: int, name: str) -> np.random.Generator:
    """Random numbers of one use: the same for the same seed and name, whatever else is drawn."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, *name.encode()])))


def log10_rate(rate: Rate, shocks: np.random.Generator, count: int) -> Floats:
    """Draws of the decimal logarithm of a factor per year: Student t, two fewer degrees than points, shape (draw,)."""
    from scipy.special import stdtrit

    degrees = rate.points - 2
    scale = np.log10(rate.high / rate.low) / 2.0 / stdtrit(degrees, 0.5 + rate.level / 2.0)
    return np.asarray(np.log10(rate.central) + scale * shocks.standard_t(degrees, count))


def slopes(x: Floats, y: Floats) -> Floats:
    """Slope of the least-squares line of each row, shape (draw,); x of shape (point,) or (draw, point)."""
    centred = x - x.mean(axis=-1, keepdims=True)
    return np.asarray((centred * y).sum(axis=-1) / (centred**2).sum(axis=-1))


def day_of(year: float) -> date:
    """The day nearest to a decimal year.

    Examples
    --------
    >>> day_of(decimal_year(date(2024, 7, 2)))
    datetime.date(2024, 7, 2)
    """
    return date(int(year), 1, 1) + timedelta(days=round((year - int(year)) * DAYS_PER_YEAR))


def last_year(posterior: Posterior) -> float:
    """Decimal year of the last release that the posterior knows."""
    return float(posterior.panel.years.max())


def year_inside(posterior: Posterior, day: date | str, first: float, what: str) -> float:
    """A day as a decimal year, between the start of what is asked and the last release.

    Raises
    ------
    CurveshiftError
        For a date before the record or after it.
    """
    given = as_date(day)
    year, last = decimal_year(given), last_year(posterior)
    if year < first:
        raise CurveshiftError(f"{given} lies before the record: {what} begins on {day_of(first)}", "date")
    if year > last:
        raise CurveshiftError(
            f"{given} lies after the record: the last model scored is of {day_of(last)}", "date"
        )
    return year


def sampler_warning(posterior: Posterior) -> str:
    """What must be said of draws that were sampled too short; empty where nothing must."""
    reported = posterior.report.get("diagnostics", {})
    # A version of no weight has no draws here, however it was sampled.
    used = {posterior.versions[i] for i in np.unique(posterior.version)}
    told = {name: found for name, found in reported.items() if name in used}
    worst = max((d["largest_r_hat"] for d in told.values()), default=1.0)
    least = min((min(d["least_bulk_ess"], d["least_tail_ess"]) for d in told.values()), default=np.inf)
    if worst < LARGEST_R_HAT and least > LEAST_ESS:
        return ""
    return f"sampled short: R-hat up to {worst:.3f}, as few as {least:.0f} effective draws for some quantity"


@dataclass(frozen=True, eq=False)
class Pooled:
    """Random-effects mean of several estimates, spread between them included.

    Attributes
    ----------
    draws : array, shape (draw,)
        Of the mean, in the unit of the estimates.
    weights : array, shape (estimate,)
        Mean weight of each; they add to 1.
    between : float
        Posterior mean of the standard deviation between estimates.
    """

    draws: Floats
    weights: Floats
    between: float


def random_effects(
    centres: Floats, errors: Floats, scale: float, shocks: np.random.Generator, count: int
) -> Pooled:
    """Mean of estimates that differ by more than their errors.

    The spread between estimates has a half-normal prior and is integrated over on a grid; moment estimators of it
    (DerSimonian and Laird 1986) are often nil for two or three estimates, which would make the interval too narrow.

    Parameters
    ----------
    centres, errors : array, shape (estimate,)
        Estimates and their standard errors.
    scale : float
        Of the half-normal prior on the spread between estimates, in the same unit.
    shocks : numpy.random.Generator
    count : int
        Number of draws.

    Returns
    -------
    Pooled

    References
    ----------
    Higgins, Thompson and Spiegelhalter 2009, A re-evaluation of random-effects meta-analysis.

    Examples
    --------
    >>> found = random_effects(np.array([0.4, 0.6]), np.array([0.1, 0.1]), 0.2, stream(0, "example"), 500)
    >>> found.weights.round(6).tolist(), bool(abs(found.draws.mean() - 0.5) < 0.03)
    ([0.5, 0.5], True)
    """
    spread = (np.arange(_GRID) + 0.5) * (_WIDEST * scale / _GRID)
    weight = 1.0 / (errors**2 + spread[:, None] ** 2)
    total = weight.sum(axis=1)
    mean = (weight * centres).sum(axis=1) / total
    misfit = (weight * (centres - mean[:, None]) ** 2).sum(axis=1)
    log_density = (
        0.5 * np.log(weight).sum(axis=1) - 0.5 * np.log(total) - 0.5 * misfit - 0.5 * (spread / scale) ** 2
    )
    density = np.exp(log_density - log_density.max())
    density /= density.sum()
    at = np.searchsorted(np.cumsum(density), shocks.random(count)).clip(0, _GRID - 1)
    draws = mean[at] + shocks.standard_normal(count) / np.sqrt(total[at])
    return Pooled(draws, density @ (weight / total[:, None]), float(density @ spread))


def nominal_error(low: float, high: float) -> float:
    """Standard deviation of a decimal logarithm from a range read as a 90 % interval, dex."""
    return float(np.log10(high / low) / (2.0 * Z90))
