"""What China's foreign chips do to an outcome: an intervention, beside what merely goes along with them.

An intervention multiplies what reaches China from abroad after the as-of date, whatever the reason, and leaves
all else in a draw as it was. The conditional curve sorts the draws of one policy by the inflow that they happen
to have; there, everything that made the inflow large moves along with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .companions import companions_of, why_they_differ
from .polarity import paired_rows
from .readings import BY, EVENTS, check_event, read_outcome, year_end
from .statistics import Estimate, expectation, quantiles, weight_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.scenario import Lever, Policy
    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]

FACTORS: Final = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
BESIDE: Final = ("china-does-not", "china-gets-millions")
LEVER: Final = "intervention.inflow_multiplier"
RENT_LEVER: Final = "intervention.rented_follows"
FIFTHS: Final = 5
LONG_LAG_MONTHS: Final = 12.0
READ: Final = ("lag", "lag_over_12", *EVENTS)
"""Outcomes of a dose: mean lag in months, probability of more than 12 months, and of each world."""


@dataclass(frozen=True)
class Dose:
    """Outcomes under one intervention.

    Attributes
    ----------
    policy : str
    factor : float or None
        What the inflow is multiplied by; None for an intervention of another kind.
    inflow_h100e : tuple of Estimate
        10th, 50th and 90th percentile of the foreign chips that reach China in the years of the result.
    outcomes : dict of str to Estimate
        By name of `READ`: lags over all draws, worlds given that no bloc had crossed by the as-of date.
    unconditioned : dict of str to Estimate
        The worlds over all draws.
    """

    policy: str
    factor: float | None
    inflow_h100e: tuple[Estimate, Estimate, Estimate]
    outcomes: dict[str, Estimate]
    unconditioned: dict[str, Estimate]


@dataclass(frozen=True)
class InflowPoint:
    """The same inflow in both ways: set, and met.

    Attributes
    ----------
    percentile : int
        Of the inflow under the policy.
    inflow_h100e : float
    fixed : dict of str to Estimate
        Each draw's inflow is set to this number: its outcome is interpolated between the multiples of its own.
    met : dict of str to Estimate
        The fifth of the draws around this percentile.
    beyond : float
        Share of draws that no multiple brings there; they count at the nearest.
    """

    percentile: int
    inflow_h100e: float
    fixed: dict[str, Estimate]
    met: dict[str, Estimate]
    beyond: float


@dataclass(frozen=True, eq=False)
class DoseResponse:
    """Outcomes against China's inflow of foreign chips.

    Attributes
    ----------
    policy, threshold, by : str
    window_months : int
    rented : bool
        Whether rented compute was multiplied too.
    years : str
        The years in which the inflow is counted.
    doses : tuple of Dose
        By factor, then the interventions beside them.
    points : tuple of InflowPoint
        At the 10th, 30th, 50th, 70th and 90th percentile.
    fixed_range, met_range : dict of str to Estimate
        Outcome at the 90th percentile less that at the 10th, by name of `READ`.
    companions : dict of str to float
        Assumptions that go along with the inflow most closely, and their coefficient in a regression of
        ranks; empty with too few draws to tell.
    why_they_differ : str
    ensemble : Ensemble
    """

    policy: str
    threshold: str
    by: str
    window_months: int
    rented: bool
    years: str
    doses: tuple[Dose, ...]
    points: tuple[InflowPoint, ...]
    fixed_range: dict[str, Estimate]
    met_range: dict[str, Estimate]
    companions: dict[str, float]
    why_they_differ: str
    ensemble: Ensemble

    def sources(self) -> str:
        """Every source that the result rests on, as a Markdown list."""
        return self.ensemble.sources()

    def _repr_html_(self) -> str:
        from html import escape

        head = "".join(f"<th>{escape(name)}</th>" for name in READ)
        body = "".join(
            f"<tr><td>{escape(d.policy)}</td><td>{d.inflow_h100e[1].value:,.0f}</td>"
            + "".join(f"<td>{d.outcomes[name].value:.3g}</td>" for name in READ)
            + "</tr>"
            for d in self.doses
        )
        caption = f"Inflow in {self.years}, {escape(self.threshold)}, window {self.window_months} months"
        return f"<table><caption>{caption}</caption><tr><th>intervention</th><th>inflow</th>{head}</tr>{body}</table>"


def dose_response(
    policy: str | Policy | Path = "status-quo",
    factors: Sequence[float] = FACTORS,
    *,
    rented: bool = False,
    beside: Sequence[str] = BESIDE,
    by: str | date = BY,
    threshold: str = "essay-2025",
    window_months: int = 12,
    settings: Sequence[str] | Mapping[str, Any] = (),
    draws: int = 4096,
    seed: int = 0,
    as_of: date = date(2026, 6, 30),
    end: date = date(2035, 12, 1),
    feedback: str = "default",
    tied: bool = True,
    assumptions: str | Path | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> DoseResponse:
    """Outcomes under do(inflow x factor), and at a fixed inflow beside the draws that happen to have it.

    A factor holds from the day after the as-of date for legal and diverted chips, and if asked for rented compute
    alike. Fixing the inflow interpolates each draw between its own multiples, linearly in the inflow, so that the
    total of the years counted is the same in every draw while its course over time stays the draw's own.

    Parameters
    ----------
    policy : str, Policy or path
        What is intervened on.
    factors : sequence of float
        Rising, from 0 to 8, with 1 among them.
    rented : bool
        Multiply foreign compute that China rents too. What is met in the draws differs in chips only, so that both
        curves are then not about the same.
    beside : sequence of str
        Interventions of other kinds to show beside them; ``china-does-not`` ends rented compute too.
    by : date
        A year end, at the earliest that of the year after the as-of date: when the lag is read, and to when the inflow
        is counted.
    threshold : str
    window_months : int
        Of the worlds.
    settings, draws, seed, as_of, end, feedback, tied, assumptions, threads, progress
        As in `curveshift.simulate`.

    Returns
    -------
    DoseResponse

    Raises
    ------
    CurveshiftError
        For anything unknown or out of range.

    Examples
    --------
    >>> found = dose_response(factors=(0, 1, 2), beside=(), draws=64, end=date(2028, 12, 1))
    >>> [dose.factor for dose in found.doses]
    [0.0, 1.0, 2.0]
    """
    from curveshift.scenario import declare
    from curveshift.world.ensemble import run

    steps = [float(f) for f in factors]
    if steps != sorted(set(steps)) or 1.0 not in steps or len(steps) < 2:
        raise CurveshiftError(
            f"factors must rise and hold 1, not {', '.join(f'{f:g}' for f in steps)}", "factors"
        )
    year = year_end(by, as_of, end)
    first = as_of.year
    if year <= first:
        raise CurveshiftError(
            f"the inflow is counted in whole years after {first}: give a later year end", "by"
        )
    declared = declare(
        [str(policy) if isinstance(policy, Path) else policy, *beside], settings, assumptions=assumptions, seed=seed,
        draws=draws, as_of=as_of, end=end,
    )  # fmt: skip
    check_event(threshold, window_months, declared.assumptions)
    base, *others = declared.policies
    follows = (declared.levers[RENT_LEVER], float(rented))
    multiples = [
        base
        if f == 1.0
        else multiplied(base, ((declared.levers[LEVER], f), follows), as_of + timedelta(days=1))
        for f in steps
    ]
    ensemble = run(
        replace(declared, policies=(*multiples, *others)), feedback=feedback, tied=tied, threads=threads,
        keep_paths=1, progress=progress,
    )  # fmt: skip
    where = {"by": f"{year}-12-31", "threshold": threshold, "window_months": window_months}
    names = [p.name for p in multiples]
    read = {p: _read(ensemble, p, where) for p in ensemble.policies}
    inflow = {p: _inflow(ensemble, p, first, year) for p in ensemble.policies}
    # A draw that fails under one intervention is left out under all: they stay paired.
    plain = paired_rows(ensemble, ensemble.policies, threshold, conditioned=False)
    given = paired_rows(ensemble, ensemble.policies, threshold, conditioned=True)
    rows = {name: given if name in EVENTS else plain for name in READ}
    known = dict(zip(names, steps, strict=True))
    doses = tuple(
        Dose(
            p,
            known.get(p),
            _three(inflow[p], plain),
            {name: expectation(read[p][name], rows[name]) for name in READ},
            {name: expectation(read[p][name], plain) for name in EVENTS},
        )
        for p in ensemble.policies
    )
    points, fixed_range, met_range = _points(ensemble, read, inflow, names, base.name, rows, plain)
    companions = companions_of(ensemble, inflow[base.name])
    years = f"{first + 1}" if year == first + 1 else f"{first + 1} to {year}"
    return DoseResponse(
        base.name, threshold, f"{year}-12-31", window_months, rented, years, doses, points, fixed_range, met_range,
        companions, why_they_differ(companions), ensemble,
    )  # fmt: skip


def multiplied(policy: Policy, levers: Sequence[tuple[Lever, float]], start: date) -> Policy:
    """The policy with what reaches China from abroad multiplied from a day on; the factor's lever comes first."""
    factor = levers[0][1]
    held = policy
    for lever, value in levers:
        held = held.with_lever(lever, value, start)
    return replace(
        held,
        name=f"{policy.name}, inflow x {factor:g}",
        title=f"Intervention: {policy.title}, inflow times {factor:g}",
        meaning=f"Not a policy. {policy.meaning} From {start} on the inflow is multiplied by {factor:g}.",
        kind="intervention",
    )


def _read(ensemble: Ensemble, policy: str, where: Mapping[str, Any]) -> dict[str, Floats]:
    found = {name: read_outcome(ensemble, name, policy, **where).values for name in ("lag", *EVENTS)}
    return {"lag_over_12": (found["lag"] > LONG_LAG_MONTHS).astype(np.float64), **found}


def _inflow(ensemble: Ensemble, policy: str, first: int, last: int) -> Floats:
    """16-bit H100e that reach China from abroad after the end of one year up to the end of another."""
    so_far = ensemble.draws["foreign_h100e"].sel(policy=policy)
    return np.asarray((so_far.sel(year_end=last) - so_far.sel(year_end=first)).values, dtype=np.float64)


def _three(values: Floats, rows: Floats) -> tuple[Estimate, Estimate, Estimate]:
    low, median, high = quantiles(values, (0.1, 0.5, 0.9), rows)
    return low, median, high


def _points(
    ensemble: Ensemble,
    read: Mapping[str, Mapping[str, Floats]],
    inflow: Mapping[str, Floats],
    names: Sequence[str],
    base: str,
    rows: Mapping[str, Floats],
    plain: Floats,
) -> tuple[tuple[InflowPoint, ...], dict[str, Estimate], dict[str, Estimate]]:
    own = inflow[base]
    levels = [(2 * i + 1) / (2 * FIFTHS) for i in range(FIFTHS)]
    targets = [e.value for e in quantiles(own, levels, plain)]
    edges = [e.value for e in quantiles(own, [i / FIFTHS for i in range(1, FIFTHS)], plain)]
    place = np.searchsorted(edges, own, side="left")
    reach = np.stack([inflow[p] for p in names], axis=-1)
    replicate = ensemble.draws["replicate"].values
    fixed: list[dict[str, Floats]] = []
    inside: list[dict[str, Floats]] = []
    points = []
    for i, (level, target) in enumerate(zip(levels, targets, strict=True)):
        outcome = {
            name: at_inflow(reach, np.stack([read[p][name] for p in names], -1), target) for name in READ
        }
        member = {name: weight_rows(np.nan_to_num(rows[name][0]) * (place == i), replicate) for name in READ}
        fixed.append(outcome)
        inside.append(member)
        weight = plain[0]
        beyond = float(weight @ ((target > reach[:, -1]) | (target < reach[:, 0])))
        points.append(
            InflowPoint(
                round(100 * level),
                target,
                {name: expectation(outcome[name], rows[name]) for name in READ},
                {name: expectation(read[base][name], member[name]) for name in READ},
                beyond,
            )
        )
    fixed_range = {name: expectation(fixed[-1][name] - fixed[0][name], rows[name]) for name in READ}
    met_range = {name: Estimate.of((inside[-1][name] - inside[0][name]) @ read[base][name]) for name in READ}
    return tuple(points), fixed_range, met_range


def at_inflow(inflow: Floats, outcome: Floats, target: float) -> Floats:
    """Each draw's outcome at one inflow, linear between its own multiples, the nearest beyond them.

    Parameters
    ----------
    inflow, outcome : array, shape (draw, multiple)
        Inflow rising along the last axis.
    target : float

    Returns
    -------
    array, shape (draw,)

    Examples
    --------
    >>> at_inflow(np.array([[0.0, 2.0, 4.0], [0.0, 1.0, 2.0]]), np.array([[8.0, 4.0, 2.0]] * 2), 3.0).tolist()
    [3.0, 2.0]
    """
    last = inflow.shape[1] - 1
    above = np.clip((inflow < target).sum(axis=1), 1, last)
    each = np.arange(len(inflow))
    low, high = inflow[each, above - 1], inflow[each, above]
    part = np.clip((target - low) / np.where(high > low, high - low, 1.0), 0.0, 1.0)
    start = outcome[each, above - 1]
    return np.asarray(start + part * (outcome[each, above] - start))
