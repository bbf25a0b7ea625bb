"""Which groups of assumptions carry the uncertainty of an outcome: exact indices by pick and freeze.

The indices are about all draws, unconditioned: a weight on draws (that no bloc had crossed by the as-of date)
would make groups depend on one another, and an index of a group would then mean nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from .indices import Indices, Interval, indices
from .readings import BY, NUMBERS, check_event, chosen_outcomes, read_outcome, year_end

if TYPE_CHECKING:
    from curveshift.scenario import Assumption, Policy
    from curveshift.scenario.pickfreeze import PickFreeze
    from curveshift.world.ensemble import Ensemble

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "controls and enforcement": ("controls", "enforcement"),
    "domestic supply": ("domestic",),
    "world supply and demand": ("supply",),
    "remote access": ("remote",),
    "efficiency": ("efficiency",),
    "paradigm": ("paradigm",),
    "budgets and labs": ("budgets", "systems"),
    "threshold": ("threshold",),
    "feedback": ("feedback",),
    "history": ("history",),
}
"""Groups of the report, and the groups of records that each is made of."""

CHANCE: Final = "chance"
ROWS: Final = 3072
WIDEST: Final = 0.2
"""An index whose 95 % interval is wider than plus or minus this is given as not estimable."""

_FEWEST: Final = 32


@dataclass(frozen=True)
class GroupIndex:
    """What one group carries of one outcome.

    Attributes
    ----------
    group : str
    assumptions : int
        Uncertain assumptions in it; none for chance.
    first, total : Interval
        First- and total-order index.
    spread : Interval
        Standard deviation of the outcome's mean given the group, in the outcome's unit.
    estimable : bool
        Whether both intervals are within plus or minus 0.2.
    """

    group: str
    assumptions: int
    first: Interval
    total: Interval
    spread: Interval
    estimable: bool


@dataclass(frozen=True)
class OutcomeShares:
    """One outcome and what drives it.

    Attributes
    ----------
    outcome, unit, meaning : str
    mean, deviation : float
        Over all draws of the two independent sets, in `unit`.
    groups : tuple of GroupIndex
        By total order, largest first; empty when `why_not` is given.
    why_not : str
        Why no index can be estimated; empty when it can.
    """

    outcome: str
    unit: str
    meaning: str
    mean: float
    deviation: float
    groups: tuple[GroupIndex, ...]
    why_not: str = ""

    def group(self, name: str) -> GroupIndex:
        """One group by name."""
        for found in self.groups:
            if found.group == name:
                return found
        raise unknown_name("group", name, [g.group for g in self.groups])


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Indices of groups for several outcomes under one policy.

    Attributes
    ----------
    policy : str
    rows : int
        Rows of each matrix of the design.
    draws : int
        Rows of all matrices: what was simulated.
    assumptions : int
        Uncertain assumptions in all groups.
    outcomes : tuple of OutcomeShares
    failed : int
        Rows left out because a draw in one of the matrices failed or has no finite value.
    notes : tuple of str
    ensemble : Ensemble
        All matrices one after the other; the first `rows` draws are an ordinary sample.
    """

    policy: str
    rows: int
    draws: int
    assumptions: int
    outcomes: tuple[OutcomeShares, ...]
    failed: int
    notes: tuple[str, ...]
    ensemble: Ensemble

    @cached_property
    def independent_sets(self) -> Ensemble:
        """The two independent sets as one ensemble of twice `rows` draws, for what is read from given data."""
        both, e = 2 * self.rows, self.ensemble
        return replace(
            e,
            scenario=replace(e.scenario, draws=both),
            draws=e.draws.isel(draw=slice(0, both)),
            assumptions={name: values[:both] for name, values in e.assumptions.items()},
        )

    def outcome(self, name: str) -> OutcomeShares:
        """One outcome by name."""
        for found in self.outcomes:
            if found.outcome == name:
                return found
        raise unknown_name("outcome of this result", name, [o.outcome for o in self.outcomes])

    def sources(self) -> str:
        """Every source that the result rests on, as a Markdown list."""
        return self.ensemble.sources()

    def _repr_html_(self) -> str:
        from html import escape

        head = "<tr><th>outcome</th><th>group</th><th>first order</th><th>total order</th></tr>"
        body = "".join(
            f"<tr><td>{escape(o.meaning)}</td><td>{escape(g.group)}</td>"
            f"<td>{g.first.value:.2f} ({g.first.low:.2f} to {g.first.high:.2f})</td>"
            f"<td>{g.total.value:.2f} ({g.total.low:.2f} to {g.total.high:.2f})</td></tr>"
            for o in self.outcomes
            for g in o.groups
        )
        caption = f"Under {escape(self.policy)}, {self.rows:,} rows, 95 % intervals, all draws"
        return f"<table><caption>{caption}</caption>{head}{body}</table>"


def sensitivity(
    policy: str | Policy | Path = "status-quo",
    outcomes: str | Sequence[str] | None = None,
    *,
    groups: Sequence[str] | None = None,
    by: str | date = BY,
    threshold: str = "essay-2025",
    window_months: int = 12,
    rows: int = ROWS,
    settings: Sequence[str] | Mapping[str, Any] = (),
    seed: int = 0,
    as_of: date = date(2026, 6, 30),
    end: date = date(2035, 12, 1),
    feedback: str = "default",
    tied: bool = True,
    assumptions: str | Path | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Sensitivity:
    """First- and total-order indices of groups of assumptions, and of chance, for each outcome.

    Two independent sets of rows are simulated, and one mixture of both for each group, ``rows`` times (2 + number of
    groups) draws in all. Every uncertain assumption is in exactly one group; all process noise is one more.

    Parameters
    ----------
    policy : str, Policy or path
    outcomes : str or sequence of str, optional
        Some of `OUTCOMES`; all unless given.
    groups : sequence of str, optional
        Some of `GROUPS` and ``chance``; all unless given. What is left out still varies.
    by, threshold, window_months
        As in `read_outcome`.
    rows : int
        A multiple of 128.
    settings, seed, as_of, end, feedback, tied, assumptions, threads, progress
        As in `curveshift.simulate`.

    Returns
    -------
    Sensitivity

    Raises
    ------
    CurveshiftError
        For anything unknown, groups that are correlated, or an outcome named by the caller that does not vary.

    References
    ----------
    Saltelli et al. (2010); Jansen (1999); Jacques, Lavergne and Devictor (2006) on groups.

    Examples
    --------
    >>> found = sensitivity(outcomes="lag", groups=["efficiency"], rows=128, end=date(2028, 12, 1))
    >>> [g.group for g in found.outcome("lag").groups], found.draws
    (['efficiency'], 384)
    """
    from curveshift.scenario import declare
    from curveshift.scenario.pickfreeze import pick_freeze
    from curveshift.world.ensemble import run

    names = chosen_outcomes(outcomes)
    if any(name in NUMBERS for name in names):
        year_end(by, as_of, end)
    chosen = str(policy) if isinstance(policy, Path) else policy
    declared = declare(chosen, settings, assumptions=assumptions, seed=seed, as_of=as_of, end=end)
    check_event(threshold, window_months, declared.assumptions)
    members = grouped(declared.assumptions)
    known = (*members, CHANCE)
    for group in groups or ():
        if group not in known:
            raise unknown_name("group", group, known)
    design = pick_freeze(declared, members, tuple(known if groups is None else groups), rows)
    ensemble = run(
        design.scenario, feedback=feedback, tied=tied, threads=threads, keep_paths=1, progress=progress,
        sampler=design.sampler,
    )  # fmt: skip
    where = {"by": by, "threshold": threshold, "window_months": window_months}
    found, failed = _shares(ensemble, design, names, where, seed)
    if outcomes is not None and (dead := next((o for o in found if o.why_not), None)):
        raise CurveshiftError(dead.why_not, dead.outcome)
    varying = sum(len(names) for names in design.members.values())
    return Sensitivity(
        ensemble.policies[0],
        rows,
        design.scenario.draws,
        varying,
        found,
        failed,
        _notes(design, failed),
        ensemble,
    )


def grouped(assumptions: Mapping[str, Assumption]) -> dict[str, tuple[str, ...]]:
    """Uncertain assumptions by group of the report; a record's group that is in none keeps its own name.

    Examples
    --------
    >>> from curveshift.scenario import assumptions
    >>> list(grouped(assumptions()))[:2]
    ['controls and enforcement', 'domestic supply']
    """
    group_of = {part: name for name, parts in GROUPS.items() for part in parts}
    found: dict[str, list[str]] = {name: [] for name in GROUPS}
    for name, assumption in assumptions.items():
        low, high = (float(x) for x in assumption.distribution.ppf(np.array([1e-9, 1 - 1e-9])))
        if low < high:
            found.setdefault(group_of.get(assumption.group, assumption.group), []).append(name)
    return {name: tuple(names) for name, names in found.items() if names}


def _shares(
    ensemble: Ensemble, design: PickFreeze, names: Sequence[str], where: Mapping[str, Any], seed: int
) -> tuple[tuple[OutcomeShares, ...], int]:
    matrices = (2 + len(design.groups), design.rows)
    read = [read_outcome(ensemble, name, **where) for name in names]
    alive = np.logical_and.reduce([o.alive.reshape(matrices).all(axis=0) for o in read])
    if np.count_nonzero(alive) < _FEWEST:
        raise CurveshiftError(
            f"index cannot be estimated: only {np.count_nonzero(alive)} rows have a finite value in every matrix"
        )
    found = []
    for outcome in read:
        y = outcome.values.reshape(matrices)[:, alive]
        both = y[:2]
        shares = OutcomeShares(
            outcome.name, outcome.unit, outcome.meaning, float(both.mean()), float(both.std()), ()
        )
        rare = min(both.sum(), both.size - both.sum()) if outcome.is_event else np.inf
        if not np.ptp(both) > 0:
            shares = replace(shares, why_not="index cannot be estimated: the outcome does not vary")
        elif rare < _FEWEST:
            words = (
                f"index cannot be estimated from {both.size:,} draws: only {rare:.0f} differ from the others"
            )
            shares = replace(shares, why_not=words)
        else:
            each = indices(y[0], y[1], y[2:], seed=seed)
            rows = [
                _group_index(group, len(design.members[group]), i)
                for group, i in zip(design.groups, each, strict=True)
            ]
            rows.sort(key=lambda g: -g.total.value)
            shares = replace(shares, groups=tuple(rows))
        found.append(shares)
    return tuple(found), int(design.rows - np.count_nonzero(alive))


def _group_index(group: str, assumptions: int, i: Indices) -> GroupIndex:
    sure = max(i.first.half_width, i.total.half_width) <= WIDEST
    return GroupIndex(group, assumptions, i.first, i.total, i.spread, sure)


def _notes(design: PickFreeze, failed: int) -> tuple[str, ...]:
    said = [
        "All draws count, unconditioned: weights would make groups depend on one another.",
        "Intervals are 95 % by bootstrap over rows: the error of sampling, not of the assumptions.",
    ]
    if design.dropped:
        largest = max(abs(pair.rank_correlation) for pair in design.dropped)
        said.append(
            f"{len(design.dropped)} rank correlations between efficiency and paradigm, at most {largest:g} in size, "
            "are set to zero here, so that groups are independent."
        )
    if failed:
        said.append(
            f"{failed} of {design.rows} rows are left out: a draw of theirs failed or has no finite value."
        )
    return tuple(said)
