"""How far China's best models are behind those of the United States and partners: in months, and at equal compute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError
from curveshift.notebooks import Told

from .frontiers import can_lead, frontier
from .posteriors import Posterior
from .posteriors import posterior as shipped
from .quantities import Quantity, day_of, last_year, sampler_warning, year_inside
from .shift_records import milestones, number

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

MONTHS_PER_YEAR: Final = 12.0
LEADER, FOLLOWER = "us", "china"
SWEEP: Final = ("undisclosed-larger", "undisclosed-smaller")
_MOST: Final = 0.95


def first_reached(posterior: Posterior, bloc: str, levels: ArrayLike) -> Floats:
    """Decimal year in which a bloc first had a model as capable as a level, by draw.

    Parameters
    ----------
    posterior : Posterior
    bloc : str
        ``us`` or ``china``, as in the models table.
    levels : array, shape (draw, level)
        Orders of magnitude.

    Returns
    -------
    array, shape (draw, level)
        Infinite where it has none in the record.
    """
    data = posterior.panel
    wanted = np.asarray(levels, dtype=float)
    own = np.flatnonzero((np.array(data.blocs) == bloc) & can_lead(posterior))
    own = own[np.argsort(data.years[own], kind="stable")]
    when = np.append(data.years[own], np.inf)
    best = np.maximum.accumulate(posterior.capability[:, own], axis=1)
    return np.stack([when[np.searchsorted(row, level)] for row, level in zip(best, wanted, strict=True)])


@dataclass(frozen=True, eq=False)
class LevelLag:
    """Lag at one level.

    Attributes
    ----------
    level : str
        A model, or a number of orders of magnitude.
    us, china : Quantity
        Decimal year in which each bloc first reached it; infinite in draws in which it has not.
    months : Quantity
        China's less that of the United States; negative where China was first, infinite where it has not reached it.
    reached_share : float
        Share of draws in which China has.
    at_least_months : Quantity
        The same with the last release of the record in place of infinity: a lower bound.
    """

    level: str
    us: Quantity
    china: Quantity
    months: Quantity
    reached_share: float
    at_least_months: Quantity

    def __str__(self) -> str:
        if self.reached_share < _MOST:
            return (
                f"{self.level}: at least {self.at_least_months}; reached by China in "
                f"{100 * self.reached_share:.0f} % of draws"
            )
        return f"{self.level}: {self.months}"


@dataclass(frozen=True, eq=False)
class Lag(Told):
    """China's lag by date and by level.

    Attributes
    ----------
    days : tuple of date
    months : tuple of Quantity
        At each of `days`: months since the United States first had what China has; negative where China leads, by as
        many months as it has had what the United States has.
    average : Quantity
        Mean over `days` by draw.
    levels : tuple of LevelLag
    warning : str
    """

    days: tuple[date, ...]
    months: tuple[Quantity, ...]
    average: Quantity
    levels: tuple[LevelLag, ...]
    warning: str

    def sources(self) -> list[str]:
        """Tables and works that the result rests on."""
        return ["models", "benchmarks", "benchmark_scores", *number("published.lag").sources]

    def __str__(self) -> str:
        told = number("published.lag")
        lines = ["China's lag: months since the United States and partners first had what China has"]
        lines += [f"  {day}: {months}" for day, months in zip(self.days, self.months, strict=True)]
        lines.append(f"  mean over these dates: {self.average}")
        lines.append(f"  published: {told.central:g} months ({told.low:g} to {told.high:g}), by level")
        lines.append("months from the first model at a level there to the first in China")
        lines += [f"  {level}" for level in self.levels]
        return "\n".join([*lines, *([self.warning] if self.warning else [])])


def lag(
    posterior: Posterior | None = None,
    days: Sequence[date | str] | None = None,
    levels: Sequence[str | float] | None = None,
) -> Lag:
    """China's lag in months by date, and at fixed levels.

    Between two releases in China the lag by date grows by a month each month: it is a state, where the lag at a level
    is an event. Both count released and scored models only, with scores enough to lead.

    Parameters
    ----------
    posterior : Posterior, optional
        The shipped one of all facts by default.
    days : sequence of date or str, optional
        Within the record of both blocs; by default every half-year since the first in which both had models, and the
        last release.
    levels : sequence of str or float, optional
        Models or orders of magnitude; by default the recorded milestones that are scored.

    Returns
    -------
    Lag

    Raises
    ------
    CurveshiftError
        For a date before the record or after it, an unknown model, or a level that nobody reached.

    Examples
    --------
    >>> found = lag(days=["2025-01-29"], levels=["GPT-4 (Mar 2023)"])
    >>> 0.0 < found.average.median < 24.0
    True
    """
    post = shipped() if posterior is None else posterior
    data = post.panel
    leads = can_lead(post)
    blocs = np.array(data.blocs)
    begins = [data.years[leads & (blocs == bloc)] for bloc in (LEADER, FOLLOWER)]
    for bloc, when in zip((LEADER, FOLLOWER), begins, strict=True):
        if not len(when):
            raise CurveshiftError(f"no model of the bloc {bloc!r} has scores enough to lead", "posterior")
    first, last = max(float(when.min()) for when in begins), last_year(post)
    if days is None:
        halves = np.arange(np.ceil(2.0 * first), np.floor(2.0 * last) + 1.0) / 2.0
        years = [*(float(year) for year in halves), *([last] if not len(halves) or halves[-1] < last else [])]
    else:
        years = [year_inside(post, day, first, "the record of both blocs") for day in days]
        if not years:
            raise CurveshiftError("give at least one date", "days")
    months = lag_months(post, years)
    wanted = [m for m in milestones() if m in data.models] if levels is None else levels
    return Lag(
        days=tuple(day_of(year) for year in years),
        months=tuple(Quantity(column, "months") for column in months.T),
        average=Quantity(months.mean(axis=1), "months"),
        levels=tuple(_level(post, level) for level in wanted),
        warning=sampler_warning(post),
    )


def lag_months(posterior: Posterior, years: ArrayLike) -> Floats:
    """China's lag at decimal years within the record of both blocs, shape (draw, date); negative where it leads."""
    at = np.asarray(years, dtype=float)
    ours, theirs = frontier(posterior, at, LEADER), frontier(posterior, at, FOLLOWER)
    behind = at - first_reached(posterior, LEADER, theirs)
    ahead = at - first_reached(posterior, FOLLOWER, ours)
    return np.asarray(np.where(ours >= theirs, behind, -ahead) * MONTHS_PER_YEAR)


def _level(post: Posterior, level: str | float) -> LevelLag:
    if isinstance(level, str):
        name, height = level, post.of(level)
    else:
        name, height = f"{level:g} orders of magnitude", np.full(len(post), float(level))
    us, china = (first_reached(post, bloc, height[:, None])[:, 0] for bloc in (LEADER, FOLLOWER))
    nobody = np.isinf(us) & np.isinf(china)
    if nobody.mean() > 0.5:
        raise CurveshiftError(
            f"nobody reached {name} in {100 * nobody.mean():.0f} % of draws: take a lower level, or a model with "
            "scores enough to lead",
            "level",
        )
    # Where neither has a model that may lead at the level, there is no lag to speak of.
    us, china = us[~nobody], china[~nobody]
    last = last_year(post)
    # Minus infinity where only China is there.
    months = np.where(np.isinf(us), -np.inf, china - np.where(np.isinf(us), 0.0, us))
    bounded = np.minimum(china, last) - np.minimum(us, last)
    return LevelLag(
        name,
        Quantity(us, "year"),
        Quantity(china, "year"),
        Quantity(months * MONTHS_PER_YEAR, "months"),
        float(np.isfinite(china).mean()),
        Quantity(bounded * MONTHS_PER_YEAR, "months"),
    )


@dataclass(frozen=True, eq=False)
class Offset(Told):
    """China's offset at equal compute, date and kind of training.

    Attributes
    ----------
    oom : Quantity or None
        Orders of magnitude, positive where Chinese models do better; None without the sweep.
    sweep : dict of str to tuple of three floats
        5 %, median and 95 % with undisclosed compute since 2025 half an order of magnitude larger and smaller.
    """

    oom: Quantity | None
    sweep: dict[str, tuple[float, float, float]]

    @property
    def stated(self) -> bool:
        """Whether anything may be said."""
        return self.oom is not None

    @property
    def range(self) -> tuple[float, float]:
        """Lowest low and highest high over the sweep.

        Raises
        ------
        CurveshiftError
            Without the sweep.
        """
        if self.oom is None:
            raise CurveshiftError(_NOT_STATED, "posterior")
        lows, highs = zip(*((low, high) for low, _, high in self.sweep.values()), strict=True)
        return min(self.oom.low, *lows), max(self.oom.high, *highs)

    def sources(self) -> list[str]:
        """Tables that the result rests on."""
        return ["models", "benchmarks", "benchmark_scores"]

    def __str__(self) -> str:
        if self.oom is None:
            return f"China's offset at equal compute: {_NOT_STATED}"
        lines = [f"China's offset at equal compute, date and kind: {self.oom}"]
        lines += [
            f"  {name}: {mid:.3g} ({low:.3g} to {high:.3g})" for name, (low, mid, high) in self.sweep.items()
        ]
        low, high = self.range
        says = (
            "its sign depends on compute that is not published"
            if low < 0.0 < high
            else "its sign does not change"
        )
        return "\n".join([*lines, f"  over all of these {low:.3g} to {high:.3g}: {says}"])


_NOT_STATED: Final = (
    "not stated, because these draws come without the sweep over undisclosed compute on which it hinges: "
    f"calibrate with the versions {' and '.join(SWEEP)} too"
)


def china_offset(posterior: Posterior | None = None) -> Offset:
    """China's offset at equal compute and date, with the sweep of undisclosed compute, or the reason why there is none.

    Compute is published for most Chinese models and for few others since 2025, so the offset is only as good as the
    guess at the compute of the others.

    Parameters
    ----------
    posterior : Posterior, optional
        The shipped one of all facts by default.

    Returns
    -------
    Offset

    Examples
    --------
    >>> found = china_offset()
    >>> found.stated == bool(found.sweep)
    True
    """
    post = shipped() if posterior is None else posterior
    told = post.report.get("intervals", {})
    if any(name not in told for name in SWEEP):
        return Offset(None, {})
    sweep = {name: tuple(told[name]["china"]) for name in SWEEP}
    return Offset(Quantity(post["china"], "orders of magnitude"), sweep)
