"""Straight lines through logarithms: slopes and predictions with their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from curveshift.errors import CurveshiftError
from curveshift.notebooks import Told

DAYS_PER_YEAR: Final = 365.25
_FEWEST: Final = 3


def years(day: date) -> float:
    """Decimal years of a day, of 365.25 days each.

    Examples
    --------
    >>> round(years(date(2025, 7, 2)) - years(date(2025, 1, 1)), 3)
    0.498
    """
    return day.toordinal() / DAYS_PER_YEAR


@dataclass(frozen=True)
class Rate(Told):
    """A factor per year with its interval.

    Parameters
    ----------
    low, central, high : float
        Factor per year, above 0.
    level : float
        Probability that the interval is meant to hold.
    points : int
        Number of points behind it.
    start, end : date
        First and last of them.
    basis : str
        How the interval was made.
    """

    low: float
    central: float
    high: float
    level: float
    points: int
    start: date
    end: date
    basis: str

    def __str__(self) -> str:
        return (
            f"{self.central:.3g}x a year ({self.low:.3g} to {self.high:.3g}, {100 * self.level:.0f} %), "
            f"{self.points} points from {self.start} to {self.end}"
        )


@dataclass(frozen=True)
class Line:
    """y = middle + slope (x − centre), by least squares.

    Examples
    --------
    >>> line = Line.fit([0.0, 1.0, 2.0, 3.0], [1.0, 3.1, 4.9, 7.0])
    >>> round(line.slope, 3), round(line.slope_error, 4)
    (1.98, 0.0424)
    """

    slope: float
    slope_error: float
    middle: float
    centre: float
    spread: float
    points: int
    squares: float

    @classmethod
    def fit(cls, x: Sequence[float], y: Sequence[float]) -> Line:
        """Fit a line to three points or more.

        Raises
        ------
        CurveshiftError
            For fewer points, or points that all stand at one place.
        """
        n = len(x)
        if n < _FEWEST:
            raise CurveshiftError(f"a line with an interval needs at least {_FEWEST} points, not {n}")
        centre, middle = math.fsum(x) / n, math.fsum(y) / n
        squares = math.fsum((a - centre) ** 2 for a in x)
        if squares <= 0.0:
            raise CurveshiftError("all points stand at one date: give points from different dates")
        slope = math.fsum((a - centre) * (b - middle) for a, b in zip(x, y, strict=True)) / squares
        left = math.fsum((b - middle - slope * (a - centre)) ** 2 for a, b in zip(x, y, strict=True))
        spread = math.sqrt(left / (n - 2))
        return cls(slope, spread / math.sqrt(squares), middle, centre, spread, n, squares)

    def quantile(self, level: float) -> float:
        """Half the width of an interval in standard errors: Student's t with two fewer degrees than points."""
        from scipy.special import stdtrit

        return float(stdtrit(self.points - 2, 0.5 + level / 2.0))

    def at(self, x: float) -> tuple[float, float]:
        """Value of the line at x, and the standard deviation of a new point there."""
        off = x - self.centre
        error = self.spread * math.sqrt(1.0 + 1.0 / self.points + off * off / self.squares)
        return self.middle + self.slope * off, error

    def rate(self, start: date, end: date, *, level: float, falling: bool = False) -> Rate:
        """The slope of decimal logarithms as a factor per year; `falling` gives how many times less each year."""
        slope = -self.slope if falling else self.slope
        half = self.quantile(level) * self.slope_error
        basis = f"Student t on the slope, {self.points - 2} degrees of freedom"
        ends = (10.0 ** (slope - half), 10.0**slope, 10.0 ** (slope + half))
        return Rate(*ends, level, self.points, start, end, basis)
