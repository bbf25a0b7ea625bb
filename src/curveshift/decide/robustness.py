"""Policies over world views: regret, the smallest largest regret, and what meets stated thresholds everywhere.

Nothing here says which metric, view or sense is right: all of them are the user's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from curveshift.errors import CurveshiftError

from .choices import chosen, simulated
from .metrics import DEFAULT_GOALS, Goal, goal_rows, parse_goal, parse_goals, scores
from .statistics import Estimate, expectation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.scenario import Policy, View

    Floats = NDArray[np.float64]

_SIGNS = (">=", "<=")
# Sums in another order differ in their last digits: policies this close are the same.
_SLACK = 1e-12


@dataclass(frozen=True)
class Regret:
    """One policy under one view, by one metric.

    Attributes
    ----------
    view, metric, policy : str
        The metric with its sense, as ``max:lag``.
    value : Estimate
        Mean over the draws of the view, in the metric's unit.
    regret : Estimate
        How much worse than the best policy under that view, at or above 0, with the error of paired draws.
    best : bool
    """

    view: str
    metric: str
    policy: str
    value: Estimate
    regret: Estimate
    best: bool


@dataclass(frozen=True)
class LargestRegret:
    """The worst that a policy does over all views, by one metric.

    Attributes
    ----------
    metric, policy, view : str
        `view` is the one in which the regret is largest.
    regret : Estimate
    least : bool
        Whether no other policy has a smaller largest regret.
    least_in : float
        Share of the replicates, each taken alone, in which this policy has the smallest: how far the choice is
        settled against Monte Carlo error.
    """

    metric: str
    policy: str
    view: str
    regret: Estimate
    least: bool
    least_in: float


@dataclass(frozen=True)
class Requirement:
    """A threshold that somebody asks for, such as ``lag>=12``."""

    goal: Goal
    sign: str
    level: float

    def __str__(self) -> str:
        return f"{str(self.goal).partition(':')[2]}{self.sign}{self.level:g}"

    def met(self, value: Any) -> Any:
        """Whether a value, or each of an array, meets it."""
        return value >= self.level if self.sign == ">=" else value <= self.level


@dataclass(frozen=True)
class Satisficing:
    """How far a policy meets all stated requirements.

    Attributes
    ----------
    policy : str
    views_met : int
        Views in which the policy's means meet all of them.
    fails_in : tuple of str
        The other views, each with what is missed.
    draws_met : dict of str to Estimate
        By view, share of draws that meet all requirements on values that a single draw has (lag, revenue, stock); a
        probability is only a mean. Empty when all requirements are on probabilities.
    """

    policy: str
    views_met: int
    fails_in: tuple[str, ...]
    draws_met: dict[str, Estimate]


@dataclass(frozen=True, eq=False)
class Robustness:
    """Policies judged under several views on common random numbers.

    Attributes
    ----------
    policies, views : tuple of str
    thresholds : dict of str to str
        By which threshold each view was read.
    goals : tuple of Goal
    requirements : tuple of Requirement
    window_months : int
    regrets : tuple of Regret
        By metric, then view, then policy.
    largest : tuple of LargestRegret
        By metric, then policy.
    satisficing : tuple of Satisficing
        By policy; empty without requirements.
    basis : dict
        What every run rests on, by view.
    """

    policies: tuple[str, ...]
    views: tuple[str, ...]
    thresholds: dict[str, str]
    goals: tuple[Goal, ...]
    requirements: tuple[Requirement, ...]
    window_months: int
    regrets: tuple[Regret, ...]
    largest: tuple[LargestRegret, ...]
    satisficing: tuple[Satisficing, ...]
    basis: dict[str, dict[str, Any]]
    references: str = ""

    def sources(self) -> str:
        """Sources of the views and of the runs, as a Markdown list."""
        return self.references

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(x.metric)}</td><td>{escape(x.policy)}</td><td>{x.regret.value:.4g}</td>"
            f"<td>{escape(x.view)}</td><td>{'least' if x.least else ''}</td></tr>"
            for x in self.largest
        )
        head = "<tr><th>metric</th><th>policy</th><th>largest regret</th><th>in view</th><th></th></tr>"
        return f"<table><caption>Largest regret over {len(self.views)} views</caption>{head}{rows}</table>"


def robust(
    policies: str | Sequence[str | Path | Policy] = "plausible",
    views: Sequence[str | Path | View] | None = None,
    metrics: Sequence[str | Goal] = DEFAULT_GOALS,
    *,
    require: Sequence[str] = (),
    threshold: str | None = None,
    window_months: int = 12,
    settings: Sequence[str] | Mapping[str, Any] = (),
    draws: int = 2048,
    seed: int = 0,
    as_of: date = date(2026, 6, 30),
    end: date = date(2035, 12, 1),
    tied: bool = True,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Robustness:
    """Judge policies under several world views, on common random numbers.

    Parameters
    ----------
    policies : str or sequence
        Names, files or policies, or the name of a stated set (narrow, plausible, extreme).
    views : sequence of str, path or View, optional
        All shipped ones unless given.
    metrics : sequence of str
        Such as ``max:lag`` or ``min:p-bipolar`` (`curveshift.decide.METRICS`).
    require : sequence of str
        Thresholds to be met, such as ``lag>=12`` or ``us-revenue>=1e10``.
    threshold : str, optional
        Read all views by one threshold; each by its own unless given.
    window_months : int
        Window of the worlds.
    settings, draws, seed, as_of, end, tied, threads
        As in `curveshift.simulate`; settings come over every view.
    progress : callable, optional
        Called with (steps done, steps in all) over all views.

    Returns
    -------
    Robustness

    Raises
    ------
    CurveshiftError
        For an unknown name, a single policy, a view given twice, or a requirement that cannot be read.

    Examples
    --------
    >>> found = robust(["status-quo", "airtight"], ["survey"], ["max:lag"], draws=64, end=date(2028, 12, 1))
    >>> min(x.regret.value for x in found.regrets)
    0.0
    """
    from curveshift.scenario import View as ViewType
    from curveshift.scenario import load_view
    from curveshift.scenario import views as shipped

    listed = chosen(policies)
    goals = parse_goals(metrics)
    wanted = tuple(parse_requirement(text) for text in ([require] if isinstance(require, str) else require))
    asked = list(shipped().values()) if views is None else [
        v if isinstance(v, ViewType) else load_view(v) for v in ([views] if isinstance(views, str) else views)
    ]  # fmt: skip
    names = [view.name for view in asked]
    if not names:
        raise CurveshiftError("name at least one world view")
    if len(set(names)) < len(names):
        raise CurveshiftError(f"a world view is given twice: {', '.join(names)}")
    read: dict[str, _Read] = {}
    basis: dict[str, dict[str, Any]] = {}
    cited: dict[str, None] = {}
    for i, view in enumerate(asked):

        def told(done: int, whole: int, i: int = i) -> None:
            if progress is not None:
                progress(i * whole + done, whole * len(asked))

        from .summary import provenance

        ensemble = simulated(
            listed, settings, told, draws=draws, seed=seed, as_of=as_of, end=end, view=view, tied=tied,
            threads=threads,
        )  # fmt: skip
        level = threshold or view.threshold
        rows = goal_rows(ensemble, level)
        every = dict.fromkeys((*goals, *(r.goal for r in wanted)))
        found = {
            goal: np.stack([scores(ensemble, goal, p, level, window_months) for p in ensemble.policies])
            for goal in every
        }
        read[view.name] = _Read(ensemble.policies, rows, found)
        basis[view.name] = {**provenance(ensemble), "threshold": level}
        cited |= dict.fromkeys(f"- {source}\n" for source in view.sources)
        cited |= dict.fromkeys(ensemble.sources().splitlines(keepends=True))
    policy_names = next(iter(read.values())).policies
    return Robustness(
        policies=policy_names,
        views=tuple(names),
        thresholds={name: basis[name]["threshold"] for name in names},
        goals=goals,
        requirements=wanted,
        window_months=window_months,
        regrets=tuple(r for goal in goals for name in names for r in _regrets(read[name], name, goal)),
        largest=tuple(r for goal in goals for r in _largest(read, goal)),
        satisficing=_satisficing(read, wanted) if wanted else (),
        basis=basis,
        references="".join(cited),
    )


def parse_requirement(text: str) -> Requirement:
    """Read ``lag>=12``, ``p-bipolar<=0.3`` or ``lag@2030-12-31>=24``.

    Examples
    --------
    >>> parse_requirement("us-revenue >= 1e10").level
    10000000000.0
    """
    for sign in _SIGNS:
        name, found, number = text.partition(sign)
        if found:
            goal = parse_goal(name.strip())
            try:
                level = float(number)
            except ValueError:
                break
            if goal.metric.startswith("p-") and not 0 <= level <= 1:
                raise CurveshiftError(f"a probability lies between 0 and 1, not at {level:g}", text)
            if not np.isfinite(level):
                break
            return Requirement(goal, sign, level)
    raise CurveshiftError(f"{text!r} is not a requirement: write metric>=number or metric<=number")


@dataclass(frozen=True, eq=False)
class _Read:
    """Draws of one view: weight rows, and the values of each goal, shape (policy, draw)."""

    policies: tuple[str, ...]
    rows: Floats
    values: dict[Goal, Floats]

    def means(self, goal: Goal) -> Floats:
        """Mean by policy and row, larger is better, shape (policy, 1 + replicates)."""
        return np.asarray(goal.sign * self.values[goal] @ self.rows.T, dtype=np.float64)


def _behind(best: Floats, means: Floats) -> Floats:
    """How far means are behind the best; rounding counts as nothing."""
    gap = best - means
    return np.where(np.abs(gap) <= _SLACK * np.abs(best), 0.0, gap)


def _regrets(read: _Read, view: str, goal: Goal) -> list[Regret]:
    means = read.means(goal)
    regret = _behind(means[int(np.argmax(means[:, 0]))], means)
    return [
        Regret(
            view, str(goal), policy, Estimate.of(goal.sign * means[i]), Estimate.of(regret[i]),
            bool(regret[i, 0] <= 0.0),
        )
        for i, policy in enumerate(read.policies)
    ]  # fmt: skip


def _largest(read: Mapping[str, _Read], goal: Goal) -> list[LargestRegret]:
    names = list(read)
    means = np.stack([one.means(goal) for one in read.values()])
    policies = read[names[0]].policies
    # Each replicate has its own best policy: how often the choice comes out the same is what it is for.
    alone = _behind(means.max(axis=1, keepdims=True), means).max(axis=0)
    usable = np.isfinite(alone).all(axis=0)
    usable[0] = False
    least_alone = alone == alone.min(axis=0, keepdims=True)
    first = np.argmax(means[:, :, 0], axis=1)
    regret = _behind(means[np.arange(len(names)), first][:, None, :], means)
    worst = np.argmax(regret[:, :, 0], axis=0)
    whole = regret[worst, np.arange(len(policies)), 0]
    return [
        LargestRegret(
            str(goal), policy, names[worst[i]], Estimate.of(regret[worst[i], i]), bool(whole[i] == whole.min()),
            float(least_alone[i, usable].mean()) if usable.any() else float("nan"),
        )
        for i, policy in enumerate(policies)
    ]  # fmt: skip


def _satisficing(read: Mapping[str, _Read], wanted: Sequence[Requirement]) -> tuple[Satisficing, ...]:
    per_draw = [r for r in wanted if not r.goal.metric.startswith("p-")]
    policies = next(iter(read.values())).policies
    found = []
    for i, policy in enumerate(policies):
        fails, shares = [], {}
        for view, one in read.items():
            missed = [str(r) for r in wanted if not r.met(float(one.values[r.goal][i] @ one.rows[0]))]
            if missed:
                fails.append(f"{view}: {', '.join(missed)}")
            if per_draw:
                met = np.all([r.met(one.values[r.goal][i]) for r in per_draw], axis=0)
                shares[view] = expectation(met, one.rows)
        found.append(Satisficing(policy, len(read) - len(fails), tuple(fails), shares))
    return tuple(found)
