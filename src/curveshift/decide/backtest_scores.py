"""Scores by series, with an uncertainty of their own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

import numpy as np

from curveshift.scenario import uniforms

from .backtest_policies import POLICIES
from .backtest_result import Forecast, SeriesScore
from .baselines import BASELINES
from .scoring import LEVELS, share_interval

ALL: Final = "all"
"""Name of all series together."""

RESAMPLES: Final = 2000


def score_all(found: Sequence[Forecast], series: Sequence[str], seed: int) -> tuple[SeriesScore, ...]:
    """Scores of each series and of all together, under each policy; what was not scored does not count.

    Parameters
    ----------
    found : sequence of Forecast
    series : sequence of str
    seed : int
        Of the bootstrap.
    """
    scores = []
    for policy in POLICIES:
        scored = [f for f in found if f.status == "scored" and f.policy == policy]
        own = [score for name in series if (score := _score(name, policy, scored, seed)) is not None]
        scores += own
        if len(own) > 1:
            scores.append(_together(own, policy, scored, seed))
    return tuple(scores)


def _score(name: str, policy: str, scored: Sequence[Forecast], seed: int) -> SeriesScore | None:
    own = [f for f in scored if f.series == name]
    if not own:
        return None
    compared = [f for f in own if f.naive]
    means = {b: _mean([f.naive[b] for f in compared]) for b in BASELINES} if compared else {}
    best = min(means, key=lambda b: means[b]) if means else ""
    skill, span = None, None
    if best and means[best] > 0.0:
        skill = 1.0 - _mean([f.crps or 0.0 for f in compared]) / means[best]
        span = _span(lambda kept: 1.0 - _ratio(kept, best), compared, seed, name, policy)
    return SeriesScore(
        name, policy, len(own), len({f.origin for f in own}), _mean([f.crps or 0.0 for f in own]), len(compared),
        means, best, skill, span, *_calibration(own),
    )  # fmt: skip


def _together(own: Sequence[SeriesScore], policy: str, scored: Sequence[Forecast], seed: int) -> SeriesScore:
    """All series: their ratios to the best naive forecast of each, geometrically."""
    best = {score.series: score.best for score in own if score.skill is not None}
    compared = [f for f in scored if f.naive and f.series in best]

    def skill(kept: Sequence[Forecast]) -> float:
        logs = []
        for name in best:
            of_series = [f for f in kept if f.series == name]
            if of_series:
                logs.append(math.log(max(_ratio(of_series, best[name]), 1e-9)))
        return 1.0 - math.exp(sum(logs) / len(logs)) if logs else math.nan

    span = _span(skill, compared, seed, ALL, policy) if compared else None
    return SeriesScore(
        ALL, policy, len(scored), len({f.origin for f in scored}), None, len(compared), {}, "",
        skill(compared) if compared else None, span, *_calibration(scored),
    )  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _ratio(kept: Sequence[Forecast], best: str) -> float:
    return _mean([f.crps or 0.0 for f in kept]) / _mean([f.naive[best] for f in kept])


def _span(
    skill: Callable[[Sequence[Forecast]], float], compared: Sequence[Forecast], seed: int, *key: str
) -> tuple[float, float] | None:
    """5 % and 95 % of the skill over samples of origins: forecasts of one origin are not independent."""
    by_origin: dict[date, list[Forecast]] = {}
    for f in compared:
        by_origin.setdefault(f.origin, []).append(f)
    groups = list(by_origin.values())
    n = len(groups)
    if n < 2:
        return None
    picks = (uniforms(seed, "backtest-" + "-".join(key), 0, (RESAMPLES, n)) * n).astype(int)
    # Few origins have few different samples.
    known: dict[tuple[int, ...], float] = {}
    values = []
    for row in np.sort(picks, axis=1).tolist():
        kept = tuple(row)
        if kept not in known:
            known[kept] = skill([f for at in kept for f in groups[at]])
        values.append(known[kept])
    low, high = np.quantile(values, [0.05, 0.95])
    return float(low), float(high)


def _calibration(
    own: Sequence[Forecast],
) -> tuple[dict[float, tuple[float, float, float]], dict[float, float], tuple[float, ...]]:
    coverage = {}
    for level in LEVELS:
        count = math.fsum(f.inside[level] for f in own)
        coverage[level] = (count / len(own), *share_interval(count, len(own)))
    pinball = {share: _mean([f.pinball[share] for f in own]) for share in own[0].pinball}
    pit = tuple(_mean([f.pit[i] for f in own]) for i in range(len(own[0].pit)))
    return coverage, pinball, pit
