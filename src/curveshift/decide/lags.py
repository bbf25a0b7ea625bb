"""How far China is behind the US: at the crossing of a threshold, or at a date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from .polarity import (
    MIXTURE,
    chosen_policies,
    chosen_thresholds,
    crossing_values,
    known_months,
    membership,
    mixed,
    presets,
    threshold_rows,
)
from .statistics import Estimate, conditional_mean, expectation, quantiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]

CROSSING = "crossing"
LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)


@dataclass(frozen=True)
class LagShare:
    """Probability that China's lag exceeds a number of months.

    Attributes
    ----------
    policy, threshold, by, estimator : str
        `by` is ``crossing`` or an ISO date; the estimator says how a lag at a date is read, and is
        ``crossing`` for the lag at the crossing of the threshold.
    months : float
    probability : Estimate
        Given that neither bloc had crossed by the as-of date on the factual path. At crossing a draw counts
        when the US crosses and China is known to be more than this many months later.
    unconditioned : Estimate
        The same over all draws.
    among_crossed : Estimate
        The same among the draws in which a bloc crosses by the horizon; at a date equal to `probability`.
    undecided : Estimate
        Draws in which the horizon comes before the answer.
    not_yet : Estimate
        Draws in which no bloc crosses by the horizon.
    """

    policy: str
    threshold: str
    by: str
    estimator: str
    months: float
    probability: Estimate
    unconditioned: Estimate
    among_crossed: Estimate
    undecided: Estimate
    not_yet: Estimate


@dataclass(frozen=True)
class LagDistribution:
    """Quantiles of China's lag in months; negative when China leads.

    Attributes
    ----------
    policy, threshold, by, estimator : str
        As in `LagShare`.
    quantiles : dict of float to Estimate
        Months by probability, conditioned on no crossing by the as-of date; infinite when China does not
        cross by the horizon.
    unconditioned : dict of float to Estimate
        The same over all draws.
    defined : Estimate
        Share of the conditioned draws that have a lag: at crossing those in which a bloc crosses.
    """

    policy: str
    threshold: str
    by: str
    estimator: str
    quantiles: dict[float, Estimate]
    unconditioned: dict[float, Estimate]
    defined: Estimate


def probability_lag_exceeds(
    ensemble: Ensemble,
    months: Sequence[float] = (6, 12, 24),
    *,
    by: str | date = CROSSING,
    threshold: str | None = None,
    estimator: str = "level",
    policy: str | None = None,
) -> tuple[LagShare, ...]:
    """Probability that China is more than so many months behind.

    Parameters
    ----------
    ensemble : Ensemble
    months : sequence of float
        At or above 0.
    by : {"crossing"} or date
        At the crossing of the threshold, or at the last quarter end on or before a date.
    threshold : str, optional
        A preset or ``mixture``; without it every preset, then the mixture. At a date it only decides which
        draws the condition leaves out.
    estimator : {"level", "slope", "crossing"}
        How a lag at a date is read.
    policy : str, optional
        One policy; without it all of the ensemble.

    Returns
    -------
    tuple of LagShare
        By policy, then threshold, then months.

    Raises
    ------
    CurveshiftError
        For an unknown name, a negative number of months, or a date outside the run.

    Examples
    --------
    >>> from curveshift.world import simulate
    >>> small = simulate("status-quo", draws=64, end=date(2027, 12, 1))
    >>> six, year = probability_lag_exceeds(small, (6, 12), by="2027-12-31", threshold="survey")
    >>> six.probability.value >= year.probability.value
    True
    """
    if any(not month >= 0 for month in months):
        raise CurveshiftError("months of lag must be at or above 0: a lead of China is read from the worlds")
    when = _moment(ensemble, by)
    read = CROSSING if when == CROSSING else _estimator(ensemble, estimator)
    found = []
    for name in chosen_policies(ensemble, policy):
        for preset in chosen_thresholds(ensemble, threshold):
            lag = _lags(ensemble, name, preset, when, read)
            rows = threshold_rows(ensemble, name, preset, conditioned=True)
            all_rows = threshold_rows(ensemble, name, preset, conditioned=False)
            known = known_months(ensemble, name, preset) if when == CROSSING else np.full_like(lag, np.inf)
            for month in months:
                longer, _, _, not_yet, undecided = membership(lag, known, month).T
                found.append(
                    LagShare(
                        name,
                        preset,
                        when,
                        read,
                        month,
                        expectation(longer, rows),
                        expectation(longer, all_rows),
                        conditional_mean(longer, ~not_yet, rows),
                        expectation(undecided, rows),
                        expectation(not_yet, rows),
                    )
                )
    return tuple(found)


def lag_distribution(
    ensemble: Ensemble,
    *,
    by: str | date = CROSSING,
    threshold: str | None = None,
    estimator: str = "level",
    policy: str | None = None,
    levels: Sequence[float] = LEVELS,
) -> tuple[LagDistribution, ...]:
    """Quantiles of China's lag, at crossing or at a date; parameters as in `probability_lag_exceeds`.

    Raises
    ------
    CurveshiftError
        For an unknown name, a level that does not lie between 0 and 1, or a date outside the run.
    """
    when = _moment(ensemble, by)
    read = CROSSING if when == CROSSING else _estimator(ensemble, estimator)
    found = []
    for name in chosen_policies(ensemble, policy):
        for preset in chosen_thresholds(ensemble, threshold):
            lag = _lags(ensemble, name, preset, when, read)
            rows = threshold_rows(ensemble, name, preset, conditioned=True)
            all_rows = threshold_rows(ensemble, name, preset, conditioned=False)
            found.append(
                LagDistribution(
                    name,
                    preset,
                    when,
                    read,
                    dict(zip(levels, quantiles(lag, levels, rows), strict=True)),
                    dict(zip(levels, quantiles(lag, levels, all_rows), strict=True)),
                    expectation(~np.isnan(lag), rows),
                )
            )
    return tuple(found)


def lag_at(ensemble: Ensemble, policy: str, when: str | date, estimator: str = "level") -> Floats:
    """Lag in months of every draw at the last quarter end on or before a date, shape (draw,)."""
    day = np.datetime64(_moment(ensemble, when))
    read = _estimator(ensemble, estimator)
    lag = ensemble.draws["lag_months"].sel(policy=policy, quarter=day, estimator=read)
    return np.asarray(lag.values, dtype=np.float64)


def _lags(ensemble: Ensemble, policy: str, threshold: str, when: str, estimator: str) -> Floats:
    if when == CROSSING:
        return crossing_values(ensemble, "lag_at_crossing_months", threshold, policy=policy)
    lag = lag_at(ensemble, policy, when, estimator)
    return np.tile(lag, len(mixed(presets(ensemble)))) if threshold == MIXTURE else lag


def _estimator(ensemble: Ensemble, estimator: str) -> str:
    known = [str(name) for name in ensemble.draws["estimator"].values]
    if estimator not in known:
        raise unknown_name("estimator of the lag", estimator, known)
    return estimator


def _moment(ensemble: Ensemble, by: str | date) -> str:
    if by == CROSSING:
        return CROSSING
    try:
        day = by if isinstance(by, date) else date.fromisoformat(by)
    except ValueError:
        raise CurveshiftError(f"impossible date {by!r}: write 'crossing' or a date as 2028-12-31") from None
    quarters = ensemble.draws["quarter"].values.astype("datetime64[D]")
    before = quarters[quarters <= np.datetime64(day, "D")]
    if not len(before) or day.year > int(str(quarters[-1])[:4]):
        raise CurveshiftError(f"{day} is outside the run, which has quarters {quarters[0]} to {quarters[-1]}")
    return str(before[-1])
