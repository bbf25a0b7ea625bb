"""How much the choice of policy matters beside what nobody chooses.

A policy is a choice, not a random number: its importance is the range of an outcome's mean over a stated set of
policies. Beside it stands, for each group of assumptions, the range from the 10th to the 90th percentile of the
outcome's mean given the group, all assumptions of the group moving together as they do in the prior. That
standard deviation comes exactly from the paired design; the percentiles then take the mean given the group as
normally spread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from .groups import ROWS, Sensitivity, sensitivity
from .indices import Interval
from .readings import BY, read_outcome
from .statistics import Estimate, expectation, weight_rows

if TYPE_CHECKING:
    from curveshift.world.ensemble import Ensemble

TEN_TO_NINETY: Final = 2.563103131089201
"""From the 10th to the 90th percentile of a normal distribution, in standard deviations."""

SETS: Final = ("narrow", "plausible", "extreme")


@dataclass(frozen=True)
class GroupRange:
    """How far a group moves the mean of an outcome.

    Attributes
    ----------
    group : str
    width : Interval
        From the 10th to the 90th percentile of the mean given the group, in the outcome's unit.
    """

    group: str
    width: Interval


@dataclass(frozen=True)
class SetRange:
    """How far the policies of a set move the mean of an outcome.

    Attributes
    ----------
    name : str
    low_policy, high_policy : str
        Policies with the least and the greatest mean.
    low, high : Estimate
        Their means over all draws.
    width : Estimate
        High less low, draw by draw.
    above, below : tuple of str
        Groups whose range is surely smaller, and surely larger, than that of the set: their 95 % interval lies
        on that side. Of the others the order is not known.
    """

    name: str
    low_policy: str
    high_policy: str
    low: Estimate
    high: Estimate
    width: Estimate
    above: tuple[str, ...]
    below: tuple[str, ...]


@dataclass(frozen=True)
class OutcomeRanges:
    """One outcome: what policies and what groups move.

    Attributes
    ----------
    outcome, unit, meaning : str
    groups : tuple of GroupRange
        Widest first; empty when no index can be estimated.
    sets : tuple of SetRange
    why_not : str
        Why no range of a group can be given; empty when it can.
    """

    outcome: str
    unit: str
    meaning: str
    groups: tuple[GroupRange, ...]
    sets: tuple[SetRange, ...]
    why_not: str


@dataclass(frozen=True)
class Ranges:
    """Every outcome's ranges, without the runs behind them.

    Attributes
    ----------
    policy : str
        Under which the groups were varied.
    rows : int
        Of the paired design.
    outcomes : tuple of OutcomeRanges
    """

    policy: str
    rows: int
    outcomes: tuple[OutcomeRanges, ...]

    def outcome(self, name: str) -> OutcomeRanges:
        """One outcome by name."""
        for found in self.outcomes:
            if found.outcome == name:
                return found
        raise unknown_name("outcome of this result", name, [o.outcome for o in self.outcomes])

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Ranges:
        """Read what `dataclasses.asdict` wrote."""
        return cls(data["policy"], data["rows"], tuple(_outcome(row) for row in data["outcomes"]))


@dataclass(frozen=True, eq=False)
class Importance:
    """Ranges over policies against ranges over groups of assumptions.

    Attributes
    ----------
    ranges : Ranges
    shares : Sensitivity
    ensemble : Ensemble
        All policies of the sets on the same draws.
    """

    ranges: Ranges
    shares: Sensitivity
    ensemble: Ensemble

    @property
    def policy(self) -> str:
        """Under which the groups were varied."""
        return self.ranges.policy

    @property
    def outcomes(self) -> tuple[OutcomeRanges, ...]:
        """Each outcome's ranges."""
        return self.ranges.outcomes

    def outcome(self, name: str) -> OutcomeRanges:
        """One outcome by name."""
        return self.ranges.outcome(name)

    def sources(self) -> str:
        """Every source that the result rests on, as a Markdown list."""
        return self.ensemble.sources()

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(o.meaning)}</td><td>policies: {escape(s.name)}</td><td>{s.width.value:.3g}</td></tr>"
            for o in self.outcomes
            for s in o.sets
        ) + "".join(
            f"<tr><td>{escape(o.meaning)}</td><td>{escape(g.group)}</td><td>{g.width.value:.3g}</td></tr>"
            for o in self.outcomes
            for g in o.groups
        )
        head = "<tr><th>outcome</th><th>what is moved</th><th>range of the mean</th></tr>"
        return f"<table><caption>Under {escape(self.policy)}</caption>{head}{rows}</table>"


def policy_importance(
    policy: str = "status-quo",
    outcomes: str | Sequence[str] | None = None,
    *,
    sets: Sequence[str] = SETS,
    by: str | date = BY,
    threshold: str = "essay-2025",
    window_months: int = 12,
    rows: int = ROWS,
    draws: int | None = None,
    settings: Sequence[str] | Mapping[str, Any] = (),
    seed: int = 0,
    as_of: date = date(2026, 6, 30),
    end: date = date(2035, 12, 1),
    feedback: str = "default",
    tied: bool = True,
    assumptions: str | Path | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Importance:
    """Range of each outcome over sets of policies, and over each group of assumptions.

    Parameters
    ----------
    policy : str
        Under which the groups are varied.
    outcomes, by, threshold, window_months, rows
        As in `sensitivity`.
    sets : sequence of str
        Stated sets of policies, see `curveshift.scenario.policy_sets`.
    draws : int, optional
        On which the policies are compared; as many as rows unless given.
    settings, seed, as_of, end, feedback, tied, assumptions, threads, progress
        As in `curveshift.simulate`.

    Returns
    -------
    Importance

    Raises
    ------
    CurveshiftError
        For anything unknown or out of range.

    Examples
    --------
    >>> found = policy_importance(outcomes="china_stock", sets=["narrow"], rows=128, draws=64, end=date(2028, 12, 1))
    >>> found.outcomes[0].sets[0].width.value > 0
    True
    """
    from curveshift.scenario.sets import policy_set
    from curveshift.world import simulate

    members = {name: policy_set(name).policies for name in sets}
    if not members:
        raise CurveshiftError("no set of policies is named", "sets")
    told = _in_parts(progress, (0.5, 0.5))
    shares = sensitivity(
        policy, outcomes, by=by, threshold=threshold, window_months=window_months, rows=rows, settings=settings,
        seed=seed, as_of=as_of, end=end, feedback=feedback, tied=tied, assumptions=assumptions, threads=threads,
        progress=told[0],
    )  # fmt: skip
    ensemble = simulate(
        list(dict.fromkeys(name for names in members.values() for name in names)), settings,
        draws=draws or rows, seed=seed, as_of=as_of, end=end, feedback=feedback, tied=tied,
        assumptions=assumptions, threads=threads, keep_paths=1,
        progress=told[1],
    )  # fmt: skip
    where = {"by": by, "threshold": threshold, "window_months": window_months}
    return importance_of(shares, ensemble, members, where)


def importance_of(
    shares: Sensitivity, ensemble: Ensemble, members: Mapping[str, Sequence[str]], where: Mapping[str, Any]
) -> Importance:
    """Ranges from what is simulated already.

    Parameters
    ----------
    shares : Sensitivity
        Its groups, under one policy.
    ensemble : Ensemble
        Holds all policies of the sets.
    members : mapping of str to sequence of str
        Policies by set.
    where : mapping
        ``by``, ``threshold`` and ``window_months``, as `shares` was asked for.
    """
    found = []
    for driven in shares.outcomes:
        groups = [
            GroupRange(
                g.group, Interval(*(TEN_TO_NINETY * x for x in (g.spread.value, g.spread.low, g.spread.high)))
            )
            for g in driven.groups
        ]
        groups.sort(key=lambda g: -g.width.value)
        sets = tuple(
            _set_range(name, names, ensemble, driven.outcome, where, groups)
            for name, names in members.items()
        )
        found.append(
            OutcomeRanges(driven.outcome, driven.unit, driven.meaning, tuple(groups), sets, driven.why_not)
        )
    return Importance(Ranges(shares.policy, shares.rows, tuple(found)), shares, ensemble)


def _outcome(row: Mapping[str, Any]) -> OutcomeRanges:
    groups = tuple(GroupRange(g["group"], Interval(**g["width"])) for g in row["groups"])
    sets = tuple(
        SetRange(
            **{
                **s,
                **{key: Estimate(**s[key]) for key in ("low", "high", "width")},
                **{key: tuple(s[key]) for key in ("above", "below")},
            }
        )
        for s in row["sets"]
    )
    return OutcomeRanges(**{**row, "groups": groups, "sets": sets})


def _set_range(
    name: str,
    policies: Sequence[str],
    ensemble: Ensemble,
    outcome: str,
    where: Mapping[str, Any],
    groups: Sequence[GroupRange],
) -> SetRange:
    read = [read_outcome(ensemble, outcome, policy, **where) for policy in policies]
    alive = np.logical_and.reduce([o.alive for o in read])
    rows = weight_rows(alive.astype(np.float64), ensemble.draws["replicate"].values)
    values = [np.where(alive, o.values, 0.0) for o in read]
    means = [expectation(y, rows) for y in values]
    order = np.argsort([m.value for m in means], kind="stable")
    low, high = int(order[0]), int(order[-1])
    width = expectation(values[high] - values[low], rows)
    above = tuple(g.group for g in groups if g.width.high < width.value)
    below = tuple(g.group for g in groups if g.width.low > width.value)
    return SetRange(name, policies[low], policies[high], means[low], means[high], width, above, below)


def _in_parts(
    progress: Callable[[int, int], None] | None, parts: Sequence[float]
) -> list[Callable[[int, int], None] | None]:
    """One bar for runs that follow each other and take these shares of the time."""
    if progress is None:
        return [None] * len(parts)
    begins = np.concatenate([[0.0], np.cumsum(parts)])

    def part(start: float, share: float) -> Callable[[int, int], None]:
        return lambda done, whole: progress(round(1000 * (start + share * done / whole)), 1000)

    return [part(float(begins[i]), share) for i, share in enumerate(parts)]
