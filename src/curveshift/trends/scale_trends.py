"""How fast our frontier rises on the scales of others, beside what they publish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.notebooks import Told

from .frontiers import can_lead
from .lines import DAYS_PER_YEAR
from .posteriors import Posterior
from .quantities import Quantity, last_year, sampler_warning, slopes
from .scales import SUITE, Scale, horizon_scale, index_scale
from .shift_records import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_STEPS_PER_YEAR: Final = 12.0


@dataclass(frozen=True, eq=False)
class Trend(Told):
    """Speed of our frontier on another scale, beside the published one.

    Attributes
    ----------
    what : str
    ours : Quantity
        Of the best model so far of all that are scored.
    common : Quantity
        Of the best model so far of those that are on both scales.
    own : float
        The same line through the other scale's own values of these models: what differs from `common` is the
        mapping, what differs from `published` the estimator and the models.
    published : tuple of three floats
        Low, central, high as published.
    source : str
    warning : str
    """

    what: str
    ours: Quantity
    common: Quantity
    own: float
    published: tuple[float, float, float]
    source: str
    warning: str

    def sources(self) -> list[str]:
        """Tables and works that the result rests on."""
        return ["models", "benchmarks", "benchmark_scores", "capability_index", "rl_compute", self.source]

    @property
    def overlaps(self) -> bool:
        """Whether the two intervals overlap."""
        return self.ours.low <= self.published[2] and self.published[0] <= self.ours.high

    def __str__(self) -> str:
        low, central, high = self.published
        told = (
            f"{self.what}: {self.ours}; published {central:.4g} ({low:.4g} to {high:.4g})\n"
            f"  of models on both scales: {self.common}; by their own values on that scale {self.own:.3g}"
        )
        return "\n".join([told, *([self.warning] if self.warning else [])])


def index_points_per_year(posterior: Posterior | None = None) -> Trend:
    """Points of the index that our frontier gains a year after April 2024, against the published trend.

    A line through the best model so far, by month and by draw, brought to the index by the slope of `index_scale`.

    Raises
    ------
    CurveshiftError
        When the record ends before the window begins.

    Examples
    --------
    >>> index_points_per_year().published
    (13.0, 15.5, 18.0)
    """
    scale, since = index_scale(posterior), number("scales.index_since").central
    return _trend(
        scale, since, "index points a year after April 2024", "points a year", lambda rise: rise,
        lambda row: row["metric"] == "eci_trend" and "April 2024" in row["subject"],
    )  # fmt: skip


def horizon_doubling_days(posterior: Posterior | None = None, suite: str = SUITE) -> Trend:
    """Days in which the horizon of our frontier doubles, against the published time since 2023.

    Raises
    ------
    CurveshiftError
        For an unknown suite, or when the record ends before the window begins.

    Examples
    --------
    >>> horizon_doubling_days().ours.median > 0.0
    True
    """
    scale, since = horizon_scale(posterior, suite), number("scales.horizon_since").central
    return _trend(
        scale, since, f"days in which horizons double since 2023 ({suite})", "days", _doubling_days,
        lambda row: row["metric"] == "horizon_50_doubling_time",
    )  # fmt: skip


def _doubling_days(doublings_per_year: Floats) -> Floats:
    """Days per doubling, infinite where there is no growth."""
    grows = doublings_per_year > 0.0
    return np.where(grows, DAYS_PER_YEAR / np.where(grows, doublings_per_year, 1.0), np.inf)


def _rise(heights: Floats, years: Floats, grid: Floats) -> Floats:
    """Yearly rise of the best model so far, shape (draw,); heights of shape (draw, model)."""
    best = np.stack([heights[:, years <= year].max(axis=1) for year in grid], axis=1)
    return slopes(grid, best)


def _trend(
    scale: Scale, since: float, what: str, unit: str, told_as: Callable[[Floats], Floats],
    wanted: Callable[[dict[str, Any]], bool],
) -> Trend:  # fmt: skip
    post, last = scale.posterior, last_year(scale.posterior)
    data = post.panel
    common = np.array([post.index(model) for model in scale.models])
    values = np.log2(scale.values) if scale.logarithm else scale.values
    grid = np.arange(max(since, float(data.years[common].min())), last, 1.0 / _STEPS_PER_YEAR)
    if len(grid) < 3:
        raise CurveshiftError(
            f"the record ends at {last:.2f}, too soon after {since:g} for a trend", "posterior"
        )
    leads = np.flatnonzero(can_lead(post))
    ours, both = (
        told_as(_rise(post.capability[:, at], data.years[at], grid) * scale.slope) for at in (leads, common)
    )
    own = told_as(_rise(values[None, :], data.years[common], grid))[0]
    row = next(row for row in facts.rows("rl_compute") if wanted(row))
    published = (row["low"], row["central"], row["high"])
    return Trend(
        what,
        Quantity(ours, unit),
        Quantity(both, unit),
        float(own),
        published,
        row["source"],
        sampler_warning(post),
    )
