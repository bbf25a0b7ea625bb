"""An ensemble weighed anew by what has been observed since: importance weights, and what they move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from .metrics import DEFAULT_GOALS, Goal, parse_goals, scores
from .observations import Observation, likelihood, parse_observation, span
from .polarity import MIXTURE, mixed, presets
from .statistics import Estimate, expectation, mixed_rows, quantiles, weight_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]

ENOUGH: Final = 200.0
"""Effective draws below which 90 % intervals and small shifts are not to be trusted."""

FEW: Final = 20.0
_CLEAR: Final = 3.0
_LEVELS: Final = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Moved:
    """One assumption before and after.

    Attributes
    ----------
    assumption, unit, group : str
    before, after : tuple of float
        5th, 50th and 95th percentile.
    shift : float
        Mean of the assumption's normal score after the observations: how many prior standard deviations it moved.
    error : float
        Standard error of the shift: by the effective number of draws or between replicates, whichever is larger.
    clear : bool
        Whether the shift is three such errors.
    """

    assumption: str
    unit: str
    group: str
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    shift: float
    error: float
    clear: bool


@dataclass(frozen=True)
class HeadlineChange:
    """One metric under one policy before and after, means over draws."""

    policy: str
    metric: str
    unit: str
    before: Estimate
    after: Estimate


@dataclass(frozen=True, eq=False)
class Conditioned:
    """What observations make of an ensemble.

    Attributes
    ----------
    observations : tuple of Observation
    policy : str
        Under which the world is taken to have gone on.
    threshold : str
    window_months : int
    weights : array, shape (draw,)
        Sum to 1; for all policies alike.
    effective_draws : float
        (sum of weights)^2 / sum of squares, of as many draws as were alive.
    alone : tuple of float
        Effective draws after each observation alone.
    draws : int
    warning : str
        Empty while there are enough.
    headline : tuple of HeadlineChange
        By policy, then metric.
    moved : tuple of Moved
        By size of the shift, largest first.
    ensemble : Ensemble
    """

    observations: tuple[Observation, ...]
    policy: str
    threshold: str
    window_months: int
    weights: Floats
    effective_draws: float
    alone: tuple[float, ...]
    draws: int
    warning: str
    headline: tuple[HeadlineChange, ...]
    moved: tuple[Moved, ...]
    ensemble: Ensemble

    def sources(self) -> str:
        """Every source that the result rests on, as a Markdown list."""
        return str(self.ensemble.sources())

    def _repr_html_(self) -> str:
        warning = f"<p><strong>{escape(self.warning)}</strong></p>" if self.warning else ""
        rows = "".join(
            f"<tr><td>{escape(m.assumption)}</td><td>{m.before[1]:.4g}</td><td>{m.after[1]:.4g}</td>"
            f"<td>{m.shift:+.2f}</td></tr>"
            for m in self.moved
            if m.clear
        )
        head = "<tr><th>assumption</th><th>median before</th><th>after</th><th>shift</th></tr>"
        return (
            f"{warning}<p>{self.effective_draws:,.0f} of {self.draws:,} draws</p><table>{head}{rows}</table>"
        )


def condition(
    ensemble: Ensemble,
    observations: str | Observation | Sequence[str | Observation],
    *,
    policy: str | None = None,
    metrics: Sequence[str | Goal] = DEFAULT_GOALS,
    threshold: str = MIXTURE,
    window_months: int = 12,
) -> Conditioned:
    """Weigh draws by how likely they make what was observed.

    Parameters
    ----------
    ensemble : Ensemble
        Run to a date after the observations.
    observations : str, Observation or several
        Such as ``"index-china@2026-07-31=at least 160"``, ``"legal-chips@2026-07-01..2026-12-31=at most 50k"`` or
        ``"diversion.chips_2024=100k to 200k"``. Errors of several are taken to be independent.
    policy : str, optional
        Under which they were made; ``status-quo`` where the ensemble has it, and its first otherwise.
    metrics, threshold, window_months
        What is shown before and after.

    Returns
    -------
    Conditioned

    Raises
    ------
    CurveshiftError
        For an unknown name, or when no draw agrees with the observations.

    Examples
    --------
    >>> from datetime import date
    >>> from curveshift.world import simulate
    >>> small = simulate(["status-quo"], draws=64, end=date(2028, 12, 1))
    >>> seen = condition(small, "diversion.chips_2024=at least 140k")
    >>> seen.moved[0].assumption, seen.moved[0].shift > 0
    ('diversion.chips_2024', True)
    """
    asked = [observations] if isinstance(observations, str | Observation) else list(observations)
    if not asked:
        raise CurveshiftError("name at least one observation, such as index-china@2026-07-31=160")
    told = tuple(parse_observation(one) for one in asked)
    goals = parse_goals(metrics)
    names = ensemble.policies
    factual = policy or ("status-quo" if "status-quo" in names else names[0])
    if factual not in names:
        raise unknown_name("policy of this ensemble", factual, names)
    failed = ensemble.draws["failed"].max("policy").values
    alive = 1.0 - np.asarray(failed, dtype=np.float64)
    each = [alive * likelihood(ensemble, one, factual) for one in told]
    for one, likely in zip(told, each, strict=True):
        if not likely.sum() > 0.0:
            low, high = span(ensemble, one, factual)
            raise CurveshiftError(
                f"no draw agrees with it under {factual}: the draws lie between {low:.4g} and {high:.4g};"
                " widen the value, or ask what the model lacks",
                str(one),
            )
    weights = np.prod(each, axis=0)
    if not weights.sum() > 0.0:
        raise CurveshiftError(
            "no draw agrees with all observations at once, though each alone is possible:"
            f" {'; '.join(map(str, told))}"
        )
    replicate = ensemble.draws["replicate"].values
    prior, posterior = weight_rows(alive, replicate), weight_rows(weights, replicate)
    effective = _effective(weights)
    headline = tuple(
        HeadlineChange(
            name, str(goal).partition(":")[2], goal.unit,
            *(expectation(scores(ensemble, goal, name, threshold, window_months), rows) for rows in both),
        )
        for both in [(_goal_rows(ensemble, alive, threshold), _goal_rows(ensemble, weights, threshold))]
        for name in names
        for goal in goals
    )  # fmt: skip
    moved = [
        _moved(ensemble, name, np.asarray(values, dtype=np.float64), prior, posterior, effective)
        for name, values in ensemble.assumptions.items()
        if np.ptp(values) > 0
    ]
    moved.sort(key=lambda m: (-abs(m.shift), m.assumption))
    return Conditioned(
        told, factual, threshold, window_months, weights / weights.sum(), effective,
        tuple(_effective(one) for one in each), int(alive.sum()), _warning(effective, int(alive.sum())),
        headline, tuple(moved), ensemble,
    )  # fmt: skip


def _effective(weights: Floats) -> float:
    return float(np.square(weights.sum()) / np.square(weights).sum())


def _warning(effective: float, draws: int) -> str:
    if effective >= ENOUGH:
        return ""
    fix = "Run more draws, or widen the observations."
    if effective < FEW:
        return (
            f"The weights have collapsed: {effective:.1f} of {draws:,} draws carry everything, and nothing below"
            f" can be trusted. {fix}"
        )
    return f"Only {effective:.0f} of {draws:,} draws count: intervals and small shifts below are rough. {fix}"


def _goal_rows(ensemble: Ensemble, weights: Floats, threshold: str) -> Floats:
    """Weight rows for `scores`, given that no bloc had crossed by the as-of date."""
    replicate = ensemble.draws["replicate"].values
    names = mixed(presets(ensemble)) if threshold == MIXTURE else (threshold,)
    if threshold != MIXTURE and threshold not in presets(ensemble):
        raise unknown_name("threshold", threshold, [*presets(ensemble), MIXTURE])
    kept = [
        weights * np.asarray(ensemble.draws["weight"].sel(threshold=name).values, dtype=np.float64)
        for name in names
    ]
    for name, one in zip(names, kept, strict=True):
        if not one.sum() > 0.0:
            raise CurveshiftError(
                f"every draw that agrees with the observations had crossed the threshold {name} by"
                f" {ensemble.scenario.as_of}: take another threshold"
            )
    return mixed_rows([weight_rows(one, replicate) for one in kept])


def _moved(
    ensemble: Ensemble, name: str, drawn: Floats, prior: Floats, posterior: Floats, effective: float
) -> Moved:
    from scipy.special import ndtri

    record = ensemble.scenario.assumptions[name]
    _, place = np.unique(drawn, return_inverse=True)
    below = np.concatenate([[0.0], np.cumsum(np.bincount(place))])
    # Draws of one value share the middle of its place among all.
    score = ndtri(0.5 * (below[:-1] + below[1:]) / len(drawn))[place]
    spread = float(np.sqrt(prior[0] @ np.square(score) - np.square(prior[0] @ score)))
    shift = Estimate.of((posterior @ score - prior @ score) / spread)
    # Few draws left may lie in a pattern of the quasi-random points: then the replicates disagree by more.
    error = float(np.nanmax([1.0 / np.sqrt(effective), shift.error]))
    before, after = (
        tuple(float(q.value) for q in quantiles(drawn, _LEVELS, rows[:1])) for rows in (prior, posterior)
    )
    return Moved(
        name, record.unit, record.group, (before[0], before[1], before[2]), (after[0], after[1], after[2]),
        shift.value, error, bool(abs(shift.value) > _CLEAR * error),
    )  # fmt: skip
