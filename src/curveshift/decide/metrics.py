"""What a policy may be judged by: named metrics, read draw by draw, to be made large or small as the user says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from .lags import lag_at
from .polarity import MIXTURE, WORLDS, mixed, paired_rows, presets, world_members

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]

METRICS: Final = {
    "lag": ("months", "China's lag behind the US at a date, mean over draws"),
    **{f"p-{world}": ("probability", f"Probability of the world {world}") for world in WORLDS},
    "us-revenue": ("USD", "US vendors' revenue from China from the as-of date to the end of the run, mean"),
    "china-stock": ("H100e", "China's installed base at a year end, mean"),
}
"""Unit and meaning by name; ``lag`` and ``china-stock`` take a date, as ``lag@2030-12-31``."""

SENSES: Final = ("max", "min")
DEFAULT_GOALS: Final = ("max:lag", "max:p-unipolar-us", "max:p-bipolar", "max:us-revenue")
_DATED: Final = ("lag", "china-stock")
_USUAL_YEAR: Final = 2028


@dataclass(frozen=True)
class Goal:
    """A metric, and whether more or less of it is wanted.

    Attributes
    ----------
    metric : str
        One of `METRICS`.
    sense : {"max", "min"}
        Which end somebody prefers; no sense is more right than the other.
    when : date, optional
        For ``lag`` and ``china-stock``; the end of 2028 unless given, or the last year end before it.
    """

    metric: str
    sense: str = "max"
    when: date | None = None

    @property
    def unit(self) -> str:
        """Unit of the metric."""
        return METRICS[self.metric][0]

    @property
    def sign(self) -> float:
        """1 when more is wanted, else -1."""
        return 1.0 if self.sense == "max" else -1.0

    def __str__(self) -> str:
        return f"{self.sense}:{self.metric}" + (f"@{self.when}" if self.when else "")

    @property
    def words(self) -> str:
        """Such as ``lag, more is wanted``."""
        at = f" on {self.when}" if self.when else ""
        return f"{self.metric}{at}, {'more' if self.sense == 'max' else 'less'} is wanted"


def parse_goal(text: str | Goal) -> Goal:
    """Read ``max:lag``, ``min:us-revenue`` or ``max:lag@2030-12-31``; without a sense more is wanted.

    Raises
    ------
    CurveshiftError
        For an unknown metric or sense, with the nearest names, or an impossible date.

    Examples
    --------
    >>> parse_goal("min:p-bipolar")
    Goal(metric='p-bipolar', sense='min', when=None)
    >>> str(parse_goal("lag@2030-12-31"))
    'max:lag@2030-12-31'
    """
    if isinstance(text, Goal):
        return text
    sense, colon, rest = text.strip().rpartition(":")
    if colon and sense not in SENSES:
        raise unknown_name("sense of a metric", sense, SENSES, text)
    name, at, day = rest.partition("@")
    if name not in METRICS:
        raise unknown_name("metric", name, METRICS)
    when = None
    if at:
        if name not in _DATED:
            raise CurveshiftError(f"{name} has no date: only {' and '.join(_DATED)} do", text)
        try:
            when = date.fromisoformat(day)
        except ValueError:
            raise CurveshiftError(f"impossible date {day!r}: write lag@2028-12-31", text) from None
    return Goal(name, sense or "max", when)


def parse_goals(goals: Sequence[str | Goal]) -> tuple[Goal, ...]:
    """Read several goals; each metric may be given once.

    Raises
    ------
    CurveshiftError
        Without any goal, or with a metric given twice.
    """
    found = tuple(parse_goal(goal) for goal in ([goals] if isinstance(goals, str) else goals))
    if not found:
        raise CurveshiftError(f"name at least one metric: {', '.join(METRICS)}")
    for goal in found:
        if sum((g.metric, g.when) == (goal.metric, goal.when) for g in found) > 1:
            raise CurveshiftError(f"metric {goal.metric!r} is given twice")
    return found


def scores(
    ensemble: Ensemble, goal: Goal, policy: str, threshold: str = MIXTURE, window_months: int = 12
) -> Floats:
    """The metric in every draw under a policy, as it is, whatever the sense of the goal.

    Returns
    -------
    array
        Shape (draw,), or draws of all presets one after the other for the mixture, as `goal_rows` weighs them.
    """
    draws = ensemble.draws
    if goal.metric.startswith("p-"):
        members = world_members(ensemble, policy, threshold, window_months)
        return members[:, WORLDS.index(goal.metric.removeprefix("p-"))].astype(np.float64)
    if goal.metric == "lag":
        values = lag_at(ensemble, policy, goal.when or date(_year(ensemble, _USUAL_YEAR), 12, 31))
    elif goal.metric == "us-revenue":
        values = np.asarray(draws["us_revenue_usd"].sel(policy=policy).values, dtype=np.float64)
    else:
        year = _year(ensemble, goal.when.year if goal.when else _USUAL_YEAR)
        if goal.when and (year != goal.when.year or (goal.when.month, goal.when.day) != (12, 31)):
            raise CurveshiftError(
                f"{goal.when} is not a year end of the run, such as {year}-12-31", str(goal)
            )
        stock = draws["china_stock_h100e"].sel(policy=policy, year_end=year)
        values = np.asarray(stock.values, dtype=np.float64)
    return np.tile(values, len(mixed(presets(ensemble)))) if threshold == MIXTURE else values


def goal_rows(ensemble: Ensemble, threshold: str = MIXTURE) -> Floats:
    """Weight rows for `scores`: one set for all policies and metrics, so that every difference is paired.

    Draws in which a bloc had crossed by the as-of date on the factual path weigh nothing, nor do those that failed
    under any policy of the ensemble.

    Raises
    ------
    CurveshiftError
        When no draw is left.
    """
    rows = paired_rows(ensemble, ensemble.policies, threshold, conditioned=True)
    if not np.isfinite(rows[0]).all():
        raise CurveshiftError(
            f"in every draw a bloc had crossed the threshold {threshold} by {ensemble.scenario.as_of}, or failed:"
            " nothing is left to judge by; take another threshold or more draws"
        )
    return rows


def replicate_rows(rows: Floats) -> Floats:
    """The rows of single replicates that weigh anything."""
    parts = rows[1:]
    return parts[np.isfinite(parts).all(axis=1)]


def _year(ensemble: Ensemble, wanted: int) -> int:
    """The year end wanted, or the last of the run before it."""
    years = [int(year) for year in ensemble.draws["year_end"].values]
    below = [year for year in years if year <= wanted]
    if not below:
        raise CurveshiftError(f"the run has no year end up to {wanted}: it ends on {ensemble.scenario.end}")
    return below[-1]
