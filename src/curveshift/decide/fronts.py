"""Two metrics against one another over policies: which policies no other one beats on both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .choices import as_ensemble
from .metrics import Goal, goal_rows, parse_goals, replicate_rows, scores
from .polarity import MIXTURE
from .statistics import Estimate, expectation

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from curveshift.scenario import Policy, View
    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]

RESAMPLES: Final = 1000
_SLACK: Final = 1e-12


@dataclass(frozen=True)
class FrontPoint:
    """One policy on the two metrics.

    Attributes
    ----------
    policy : str
    x, y : Estimate
        Means over the draws.
    low_x, high_x, low_y, high_y : float
        90 % intervals of the means by Monte Carlo error, from resampled replicates.
    dominated_by : tuple of str
        Policies whose means are at least as good on both and better on one.
    chance_dominated : float
        Share of resamples of the replicates in which some policy does that: how sure `dominated_by` is against
        Monte Carlo error.
    draws_dominated : Estimate
        Share of draws in which some policy is at least as good on both and better on one: how sure it is against
        what is not known. For a metric that is a probability each draw counts as 0 or 1.
    """

    policy: str
    x: Estimate
    y: Estimate
    low_x: float
    high_x: float
    low_y: float
    high_y: float
    dominated_by: tuple[str, ...]
    chance_dominated: float
    draws_dominated: Estimate


@dataclass(frozen=True, eq=False)
class Front:
    """Policies on two metrics.

    Attributes
    ----------
    x, y : Goal
    threshold : str
    window_months : int
    points : tuple of FrontPoint
        In the order of the ensemble's policies.
    ensemble : Ensemble
    """

    x: Goal
    y: Goal
    threshold: str
    window_months: int
    points: tuple[FrontPoint, ...]
    ensemble: Ensemble

    @property
    def front(self) -> tuple[FrontPoint, ...]:
        """The points that none dominates, by rising x."""
        return tuple(sorted((p for p in self.points if not p.dominated_by), key=lambda p: p.x.value))

    def sources(self) -> str:
        """Every source that the result rests on, as a Markdown list."""
        return str(self.ensemble.sources())

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(p.policy)}</td><td>{p.x.value:.4g}</td><td>{p.y.value:.4g}</td>"
            f"<td>{escape(', '.join(p.dominated_by))}</td><td>{p.chance_dominated:.2f}</td></tr>"
            for p in self.points
        )
        head = (
            f"<tr><th>policy</th><th>{escape(str(self.x))}</th><th>{escape(str(self.y))}</th>"
            "<th>dominated by</th><th>chance</th></tr>"
        )
        return f"<table>{head}{rows}</table>"


def pareto(
    policies: str | Ensemble | Sequence[str | Path | Policy] | Sequence[Ensemble] = "plausible",
    x: str | Goal = "max:us-revenue",
    y: str | Goal = "max:lag",
    *,
    threshold: str = MIXTURE,
    window_months: int = 12,
    settings: Sequence[str] | Mapping[str, Any] = (),
    draws: int = 2048,
    seed: int = 0,
    as_of: date = date(2026, 6, 30),
    end: date = date(2035, 12, 1),
    feedback: str | None = None,
    tied: bool = True,
    assumptions: str | Path | None = None,
    view: View | str | Path | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Front:
    """Which policies are not beaten on two metrics at once.

    Parameters
    ----------
    policies : names, a stated set, an Ensemble, or several on the same draws
        Names are simulated with the other parameters, as in `curveshift.simulate`.
    x, y : str
        Two goals, such as ``max:us-revenue`` and ``max:lag``; either may be minimised.
    threshold : str
        Draws that had crossed it by the as-of date are left out.
    window_months : int
        Window of the worlds.

    Returns
    -------
    Front

    Raises
    ------
    CurveshiftError
        For an unknown name, the same metric twice, a single policy, or ensembles on different draws.

    Examples
    --------
    >>> found = pareto(["status-quo", "airtight", "january-2026"], draws=64, end=date(2028, 12, 1))
    >>> len(found.front) >= 1
    True
    """
    first, second = parse_goals([x, y])
    ensemble = as_ensemble(
        policies, settings, progress, draws=draws, seed=seed, as_of=as_of, end=end, feedback=feedback, tied=tied,
        assumptions=assumptions, view=view, threads=threads,
    )  # fmt: skip
    rows = goal_rows(ensemble, threshold)
    names = ensemble.policies
    # Shape (metric, policy, draw); larger is better.
    values = np.stack(
        [
            [goal.sign * scores(ensemble, goal, name, threshold, window_months) for name in names]
            for goal in (first, second)
        ]
    )
    means = values @ rows.T
    parts = values @ replicate_rows(rows).T
    if parts.shape[-1] < 2:
        raise CurveshiftError(
            "fewer than two replicates have draws that count: ask for more draws", threshold
        )
    resampled = _resampled(parts, ensemble.scenario.seed)
    beats = _beats(means[..., :1])[..., 0]
    by_chance = _beats(resampled).any(axis=0).mean(axis=-1)
    ends = np.quantile(resampled, [0.05, 0.95], axis=-1)
    points = []
    for i, name in enumerate(names):
        others = _beaten_in_draws(values, i)
        (low_x, high_x), (low_y, high_y) = (
            sorted(float(goal.sign * e) for e in ends[:, k, i]) for k, goal in enumerate((first, second))
        )
        points.append(
            FrontPoint(
                name,
                Estimate.of(first.sign * means[0, i]),
                Estimate.of(second.sign * means[1, i]),
                low_x,
                high_x,
                low_y,
                high_y,
                tuple(names[j] for j in range(len(names)) if beats[j, i]),
                float(by_chance[i]),
                expectation(others, rows),
            )
        )
    return Front(first, second, threshold, window_months, tuple(points), ensemble)


def _beats(means: Floats) -> NDArray[np.bool_]:
    """Whether one policy dominates another, shape (policy, other, ...) from (metric, policy, ...)."""
    one, other = means[:, :, None], means[:, None, :]
    slack = _SLACK * np.maximum(np.abs(one), np.abs(other))
    return np.asarray(np.all(one >= other - slack, axis=0) & np.any(one > other + slack, axis=0))


def _beaten_in_draws(values: Floats, policy: int) -> NDArray[np.bool_]:
    """Draws in which some policy dominates this one."""
    mine = values[:, policy][:, None]
    no_worse = np.all(values >= mine, axis=0) & np.any(values > mine, axis=0)
    return np.asarray(no_worse.any(axis=0))


def _resampled(parts: Floats, seed: int) -> Floats:
    """Means over replicates drawn with replacement, shape (metric, policy, resample)."""
    n = parts.shape[-1]
    generator = np.random.Generator(np.random.Philox(seed))
    picked = generator.integers(0, n, size=(RESAMPLES, n))
    return np.asarray(parts[..., picked].mean(axis=-1), dtype=np.float64)
