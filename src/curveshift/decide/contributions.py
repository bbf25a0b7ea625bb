"""How much each part of a package of measures adds, averaged over all orders in which the parts could be put in.

Shapley 1953, A value for n-person games: the only division that sums to the whole, gives nothing to a part that
changes nothing, and treats like parts alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from html import escape
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name
from curveshift.scenario import Policy, load_policy
from curveshift.scenario.shelf import levers

from .choices import simulated
from .metrics import Goal, goal_rows, parse_goal, scores
from .polarity import MIXTURE
from .statistics import Estimate

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from curveshift.scenario import View
    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]
    Subset = frozenset[str]

EXACT_PARTS: Final = 6
ORDERS: Final = 24
BY: Final = ("lever", "group")
RULES: Final = "US rule book"
BEIJING: Final = "Beijing's part"
HALF_LIFE: Final = "half-life"


@dataclass(frozen=True)
class Contribution:
    """What one part of a package adds.

    Attributes
    ----------
    part : str
        A lever, a group of levers, the US rule book, Beijing's part or the half-life.
    value : Estimate
        Mean over all orders, in the metric's unit, with its Monte Carlo error over draws.
    order_error : float
        Standard error from sampling orders; 0 when all subsets were run.
    alone, last : Estimate
        What it adds to the base alone, and to everything else.
    """

    part: str
    value: Estimate
    order_error: float
    alone: Estimate
    last: Estimate


@dataclass(frozen=True, eq=False)
class Contributions:
    """A package against a base, divided among its parts.

    Attributes
    ----------
    package, base : str
    goal : Goal
    threshold : str
    window_months : int
    total : Estimate
        The metric under the package minus under the base; the parts sum to it.
    parts : tuple of Contribution
        Largest first.
    exact : bool
        Whether every subset of the parts was run; else some orders were sampled.
    policies_run : int
    basis : dict
        What the runs rest on.
    """

    package: str
    base: str
    goal: Goal
    threshold: str
    window_months: int
    total: Estimate
    parts: tuple[Contribution, ...]
    exact: bool
    policies_run: int
    basis: dict[str, Any]
    references: str = ""

    def sources(self) -> str:
        """Every source that the result rests on, as a Markdown list."""
        return self.references

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(p.part)}</td><td>{p.value.value:+.4g} ± {p.value.error:.2g}</td></tr>"
            for p in self.parts
        )
        caption = (
            f"{self.package} minus {self.base}: {self.goal.metric} {self.total.value:+.4g} {self.goal.unit}"
        )
        return f"<table><caption>{escape(caption)}</caption>{rows}</table>"


def shapley(
    package: str | Path | Policy = "airtight",
    base: str | Path | Policy = "status-quo",
    metric: str | Goal = "lag",
    *,
    by: str = "lever",
    exact_parts: int = EXACT_PARTS,
    orders: int = ORDERS,
    threshold: str = MIXTURE,
    window_months: int = 12,
    settings: Sequence[str] | Mapping[str, Any] = (),
    draws: int = 1024,
    seed: int = 0,
    as_of: date = date(2026, 6, 30),
    end: date = date(2035, 12, 1),
    feedback: str | None = None,
    tied: bool = True,
    assumptions: str | Path | None = None,
    view: View | str | Path | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Contributions:
    """Divide the difference between two policies among the parts in which they differ.

    Parameters
    ----------
    package, base : str, path or Policy
    metric : str
        Such as ``lag`` or ``p-bipolar``; the sense has no effect on the numbers.
    by : {"lever", "group"}
        Each lever a part, or the levers of one group together. The US rule book with its changed limits is one
        part, and Beijing's stances are another.
    exact_parts : int
        Up to so many parts every subset is run (2 to that power policies), from 1 to 10; beyond, orders are sampled.
    orders : int
        Orders to sample, an even number: each is walked backwards too.
    threshold, window_months
        As in `pareto`.

    Returns
    -------
    Contributions

    Raises
    ------
    CurveshiftError
        When the two do not differ, for an unknown name, or a number out of range.

    Examples
    --------
    >>> found = shapley("airtight", by="group", metric="lag", draws=64, end=date(2028, 12, 1))
    >>> abs(sum(p.value.value for p in found.parts) - found.total.value) < 1e-9
    True
    """
    goal = parse_goal(metric)
    if by not in BY:
        raise unknown_name("way to divide", by, BY)
    if not 1 <= exact_parts <= 10:
        raise CurveshiftError(f"exact_parts must lie between 1 and 10, not {exact_parts}")
    if orders < 2 or orders % 2:
        raise CurveshiftError(f"orders must be an even number from 2 on, not {orders}")
    whole, start = (p if isinstance(p, Policy) else load_policy(p, as_of=as_of) for p in (package, base))
    parts = differing_parts(whole, start, by)
    if not parts:
        raise CurveshiftError(f"{whole.name} and {start.name} set the same: there is nothing to divide")
    names = tuple(parts)
    exact = len(names) <= exact_parts
    walks = [] if exact else list(_orders(names, orders, seed))
    wanted: list[Subset] = (
        [frozenset(c) for k in range(len(names) + 1) for c in combinations(names, k)]
        if exact
        else list(
            dict.fromkeys(
                [frozenset[str](), frozenset(names)]
                # What each part does alone and last is shown too.
                + [frozenset({n}) for n in names]
                + [frozenset(names) - {n} for n in names]
                + [frozenset(walk[:k]) for walk in walks for k in range(len(names) + 1)]
            )
        )
    )
    made = [
        replace(combined(whole, start, parts, subset), name=f"{start.name}~{i}")
        for i, subset in enumerate(wanted)
    ]
    ensemble = simulated(
        made, settings, progress, draws=draws, seed=seed, as_of=as_of, end=end, feedback=feedback, tied=tied,
        assumptions=assumptions, view=view, threads=threads,
    )  # fmt: skip
    worth = _worth(ensemble, goal, wanted, threshold, window_months)
    everything = frozenset(names)
    found = []
    for name in names:
        if exact:
            value, order_error = _over_subsets(worth, name, names), 0.0
        else:
            value, order_error = _over_orders(worth, name, walks)
        found.append(
            Contribution(
                name,
                Estimate.of(value),
                order_error,
                Estimate.of(worth[frozenset({name})] - worth[frozenset()]),
                Estimate.of(worth[everything] - worth[everything - {name}]),
            )
        )
    found.sort(key=lambda c: -abs(c.value.value))
    from .summary import provenance

    return Contributions(
        whole.name, start.name, goal, threshold, window_months,
        Estimate.of(worth[everything] - worth[frozenset()]), tuple(found), exact, len(made),
        {**provenance(ensemble), "policies": [start.name, whole.name]}, ensemble.sources(),
    )  # fmt: skip


def differing_parts(package: Policy, base: Policy, by: str = "lever") -> dict[str, tuple[str, ...]]:
    """The parts in which two policies differ, each with the levers that it holds (none for the rule books).

    Examples
    --------
    >>> list(differing_parts(load_policy("airtight"), load_policy("status-quo"), "group"))
    ['US rule book', 'enforcement', 'domestic', 'remote']
    """
    found: dict[str, tuple[str, ...]] = {}
    if [(s.start, s.value) for s in package.us] != [(s.start, s.value) for s in base.us] or [
        (s.start, dict(s.value)) for s in package.changes
    ] != [(s.start, dict(s.value)) for s in base.changes]:
        found[RULES] = ()
    if [(s.start, s.value) for s in package.beijing] != [(s.start, s.value) for s in base.beijing]:
        found[BEIJING] = ()
    if package.half_life_years != base.half_life_years:
        found[HALF_LIFE] = ()
    known = levers()
    for name in known:
        here, there = package.levers.get(name, ()), base.levers.get(name, ())
        if [(s.start, s.value) for s in here] != [(s.start, s.value) for s in there]:
            part = known[name].group if by == "group" else name
            found[part] = (*found.get(part, ()), name)
    return found


def combined(package: Policy, base: Policy, parts: Mapping[str, tuple[str, ...]], taken: Subset) -> Policy:
    """The base with some parts of the package."""
    changed = dict(base.levers)
    for part in taken:
        for lever in parts[part]:
            changed.pop(lever, None)
            if lever in package.levers:
                changed[lever] = package.levers[lever]
    return replace(
        base,
        us=package.us if RULES in taken else base.us,
        changes=package.changes if RULES in taken else base.changes,
        beijing=package.beijing if BEIJING in taken else base.beijing,
        half_life_years=package.half_life_years if HALF_LIFE in taken else base.half_life_years,
        levers=changed,
    )


def _worth(
    ensemble: Ensemble, goal: Goal, subsets: Sequence[Subset], threshold: str, window_months: int
) -> dict[Subset, Floats]:
    """Mean of the metric by subset, one for each weight row."""
    rows = goal_rows(ensemble, threshold)
    return {
        subset: np.asarray(rows @ scores(ensemble, goal, policy, threshold, window_months))
        for subset, policy in zip(subsets, ensemble.policies, strict=True)
    }


def _over_subsets(worth: Mapping[Subset, Floats], part: str, names: Sequence[str]) -> Floats:
    """Shapley's formula: marginal gains weighed by how many orders begin with each subset."""
    others = [n for n in names if n != part]
    total = np.zeros_like(worth[frozenset()])
    for k in range(len(others) + 1):
        for before in combinations(others, k):
            subset = frozenset(before)
            total += (worth[subset | {part}] - worth[subset]) / comb(len(others), k)
    return total / len(names)


def _over_orders(
    worth: Mapping[Subset, Floats], part: str, walks: Sequence[tuple[str, ...]]
) -> tuple[Floats, float]:
    """Mean marginal gain over sampled orders, and its standard error from pairs of an order and its reverse."""
    gains = np.stack(
        [
            worth[frozenset(walk[: walk.index(part) + 1])] - worth[frozenset(walk[: walk.index(part)])]
            for walk in walks
        ]
    )
    pairs = gains[:, 0].reshape(-1, 2).mean(axis=1)
    error = float(np.std(pairs, ddof=1) / np.sqrt(len(pairs))) if len(pairs) > 1 else float("nan")
    return gains.mean(axis=0), error


def _orders(names: Sequence[str], orders: int, seed: int) -> Iterator[tuple[str, ...]]:
    generator = np.random.Generator(np.random.Philox(seed))
    for _ in range(orders // 2):
        walk = tuple(names[i] for i in generator.permutation(len(names)))
        yield walk
        yield walk[::-1]
