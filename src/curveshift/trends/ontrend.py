"""Is a model an expected point on the cost curve? Its cost against what others of its capability and date take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name
from curveshift.records.distributions import Z90

from .candidates import Candidate, from_tables, small, usable
from .costs import (
    DEFINITIONS,
    Definition,
    RunCost,
    anachronism,
    check_definition,
    log10_usd_per_flop,
    middle_of_run,
    recost,
)
from .frontiers import can_lead
from .hardware import hardware_price_performance_per_year
from .marginal import (
    Place,
    grid_for,
    leave_out_weights,
    log_evidence,
    log_likelihood,
    student_log_density,
)
from .posteriors import Posterior
from .posteriors import posterior as shipped
from .prior_records import settings
from .quantities import log10_rate, stream
from .verdicts import MONTHS, OnTrend, Rival

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RIVALS: Final = 3
_FEW: Final = 0.1
"""Share of effective draws below which leaving the model out by weights is not trusted."""


def on_trend(
    model: str | Candidate,
    definition: Definition = "final_run_rental",
    *,
    against: str = "us",
    rivals: Sequence[str] | None = None,
    as_of: date | str | None = None,
    draws: Posterior | None = None,
) -> OnTrend:
    """Compare a model's cost with what its capability and date make likely, judged by the others only.

    1. Capability: from its scores and the curves of the benchmarks, the model itself left out by weights.
    2. Compute: what another model of that capability and date used (model.md section 3).
    3. Cost: that compute at the price of a FLOP at that time, on one basis for all.

    Parameters
    ----------
    model : str or Candidate
        A model of the tables, or one of your own.
    definition : {"final_run_rental", "amortised", "whole_r_and_d"}
    against : {"us", "own"}
        Whose recipes the expectation is made of: US models, or models of its own bloc.
    rivals : sequence of str, optional
        Models to compare with; without it the last three that led the US frontier with the same kind of training.
    as_of : date or str, optional
        What was known by that day; draws are shipped for 2025-01-29.
    draws : Posterior, optional
        Draws of your own.

    Returns
    -------
    OnTrend

    Raises
    ------
    CurveshiftError
        For an unknown model, benchmark, rival or definition, too few scores, or a date without shipped draws.

    References
    ----------
    D. Amodei, On DeepSeek and Export Controls, January 2025, for the argument under test.

    Examples
    --------
    >>> found = on_trend("DeepSeek-V3")
    >>> found.actual.usd_central
    5576000.0
    """
    check_definition(definition)
    if against not in ("us", "own"):
        raise unknown_name("reference", against, ("us", "own"), "against")
    whole = draws or shipped(as_of)
    candidate = from_tables(model, as_of=whole.panel.as_of) if isinstance(model, str) else model
    remarks: list[str] = []
    share = 1.0
    post = whole
    if candidate.name in whole.panel.models and isinstance(model, str):
        weights, share = leave_out_weights([log_evidence(whole, candidate.name)])
        post = whole.take(_resample(weights))
        if share < _FEW:
            remarks.append(f"left out by weights that keep only {share:.0%} of the draws: a rough answer")
    if later := anachronism(definition, whole.panel.as_of):
        remarks.append(later)
    china = float(candidate.bloc == "china" and against == "own")
    kind = {"reasoning": float(candidate.reasoning), "china": china, "distilled": float(candidate.distilled)}
    usual = post.usual_log10_flop(
        years=candidate.year, china=china, small=float(small(candidate)), disclosed=1.0
    )
    capability, found = _capability(post, candidate, kind, usual)
    remarks += found

    # What others of this capability and date used: first by the recipe alone, then among models as they come.
    shocks = stream(0, "on trend")
    middle = post.expected(years=candidate.year, log10_flop=usual, **kind)
    surprise = capability - middle
    spread, recipe = post["compute_spread"], post["recipe_spread"]
    own_recipe = recipe * shocks.standard_t(settings().tail_degrees, len(post))
    recipe_flop = usual + surprise - own_recipe
    weight = spread**2 / (spread**2 + recipe**2)
    nu = settings().tail_degrees
    distance = surprise**2 / (spread**2 + recipe**2)
    left = np.sqrt(weight * recipe**2 * (nu + distance) / (nu + 1.0))
    expected = usual + weight * surprise + left * shocks.standard_t(nu + 1.0, len(post))

    price = log10_usd_per_flop(middle_of_run(candidate.released), definition, as_of=as_of)
    expected_usd = expected + price[0] + price[1] * shocks.standard_normal(len(post))
    hardware = log10_rate(hardware_price_performance_per_year(as_of=as_of), shocks, len(post))
    fall = post["efficiency"] + hardware
    return OnTrend(
        candidate=candidate,
        definition=definition,
        capability=capability,
        expected_log10_flop=expected,
        recipe_log10_flop=recipe_flop,
        expected_log10_usd=expected_usd,
        log10_usd_per_flop=price,
        actual=_actual(candidate, isinstance(model, str), definition, price, as_of),
        yearly_fall_oom=fall,
        behind_frontier_months=_behind(post, candidate, capability),
        rivals=tuple(
            _rival(post, name, candidate, capability, fall, definition, as_of)
            for name in (_rivals(post, candidate) if rivals is None else rivals)
        ),
        kept_share=share,
        remarks=tuple(remarks),
        posterior=post,
    )


def _resample(weights: Floats) -> NDArray[np.int64]:
    """Rows in proportion to weights, by systematic sampling from the middle of each stratum."""
    count = len(weights)
    steps = np.cumsum(weights) / np.sum(weights)
    return np.searchsorted(steps, (np.arange(count) + 0.5) / count).clip(0, count - 1)


def _capability(
    post: Posterior, candidate: Candidate, kind: dict[str, float], usual: Floats
) -> tuple[Floats, list[str]]:
    """Draws of the capability from scores (or the index) and from date and kind, compute unseen."""
    if not candidate.scores:
        from .scales import from_index

        assert candidate.index is not None
        return from_index(candidate.index, post).draws, ["capability is read from the index, not from scores"]
    scores, remarks = usable(candidate, post)
    grid = grid_for(post, scores)
    place = Place(
        post.expected(years=candidate.year, log10_flop=usual, **kind),
        np.sqrt(post["recipe_spread"] ** 2 + post["compute_spread"] ** 2),
    )
    log_density = log_likelihood(post, scores, grid) + student_log_density(grid, place)
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    steps = np.cumsum(density, axis=1)
    steps /= steps[:, -1:]
    at = stream(0, "capability from scores").random(len(post))
    right = (steps < at[:, None]).sum(axis=1).clip(0, len(grid) - 1)
    before = np.where(right > 0, steps[np.arange(len(post)), np.maximum(right - 1, 0)], 0.0)
    share = (at - before) / np.maximum(steps[np.arange(len(post)), right] - before, 1e-300)
    return np.asarray(grid[right] + (share - 0.5) * (grid[1] - grid[0])), remarks


def _actual(
    candidate: Candidate,
    in_tables: bool,
    definition: Definition,
    price: tuple[float, float],
    as_of: date | str | None,
) -> RunCost | None:
    if candidate.training_usd is not None:
        usd = candidate.training_usd
        return RunCost(
            candidate.name, definition, DEFINITIONS[definition], usd, usd, usd, (("dollars given", usd),)
        )
    if in_tables:
        try:
            return recost(candidate.name, definition, as_of=as_of)
        except CurveshiftError:
            if candidate.training_flop is not None:
                raise
            return None
    if candidate.training_flop is None:
        return None
    usd = candidate.training_flop * 10.0 ** price[0]
    spread = 10.0 ** (Z90 * price[1])
    steps = (
        ("FLOP of the run", candidate.training_flop),
        ("dollars for one FLOP at the time", 10.0 ** price[0]),
    )
    return RunCost(
        candidate.name, definition, DEFINITIONS[definition], usd / spread, usd, usd * spread, steps
    )


def _behind(post: Posterior, candidate: Candidate, capability: Floats) -> Floats:
    """Months since another US model had the capability, shape (draw,)."""
    data = post.panel
    others = (np.array(data.blocs) == "us") & can_lead(post) & (np.array(data.models) != candidate.name)
    order = np.flatnonzero(others & (data.years <= candidate.year))
    reached = post.capability[:, order] >= capability[:, None]
    first = np.where(reached, data.years[order], np.inf).min(axis=1, initial=np.inf)
    return np.asarray((candidate.year - first) * MONTHS)


def _rivals(post: Posterior, candidate: Candidate) -> list[str]:
    """The last models that led the US frontier before it, of the same kind of training."""
    data = post.panel
    can = (np.array(data.blocs) == "us") & can_lead(post) & (data.reasoning == candidate.reasoning)
    order = np.flatnonzero(can & (data.years < candidate.year) & (np.array(data.models) != candidate.name))
    led, best = [], -np.inf
    for i in order:
        median = float(np.median(post.capability[:, i]))
        if median > best:
            best = median
            led.append(data.models[i])
    return led[-RIVALS:]


def _rival(
    post: Posterior, name: str, candidate: Candidate, capability: Floats, fall: Floats, definition: Definition,
    as_of: date | str | None,
) -> Rival:  # fmt: skip
    gap = post.of(name) - capability
    older = candidate.year - post.panel.years[post.index(name)]
    try:
        cost: RunCost | None = recost(name, definition, as_of=as_of)
    except CurveshiftError:
        cost = None
    return Rival(name, older * MONTHS, gap, 10.0 ** (gap + fall * older), cost)
