"""Is a model an expected point on the cost curve? Its cost against what others of its capability and date would take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from .candidates import Candidate, describe, from_tables, small, usable
from .cost_records import Z90, number
from .costs import DEFINITIONS, Definition, RunCost, check_definition, log10_usd_per_flop, recost
from .frontiers import can_lead, frontier
from .hardware import hardware_price_performance_per_year
from .marginal import grid_for, leave_out_weights, log_evidence, log_likelihood, student_log_density, take
from .marginal import Place
from .panels import decimal_year
from .posteriors import Posterior, posterior as shipped
from .priors import settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MONTHS: Final = 12.0
RIVALS: Final = 3
_EDGES: Final = (0.05, 0.95)
_FEW: Final = 0.1
"""Share of effective draws below which leaving the model out by weights is not trusted."""


@dataclass(frozen=True, eq=False)
class Rival:
    """A model to compare with.

    Attributes
    ----------
    name : str
    months_older : float
        How long before the candidate it was released; negative when after.
    capability_gap_oom : array, shape (draw,)
        Its capability less the candidate's, orders of magnitude.
    expected_ratio : array, shape (draw,)
        Its expected cost over the candidate's, by date and capability alone.
    cost : RunCost or None
        What it cost, where that can be said.
    """

    name: str
    months_older: float
    capability_gap_oom: Floats
    expected_ratio: Floats
    cost: RunCost | None


@dataclass(frozen=True, eq=False)
class OnTrend:
    """The test of one model; every array has shape (draw,).

    Attributes
    ----------
    candidate : Candidate
    definition : str
        Basis of cost.
    capability : array
        From its scores and the others' curves, orders of magnitude.
    expected_log10_flop, recipe_log10_flop : array
        Training compute of another model of this capability and date: among models as they are released, and for an average
        recipe whatever it usually spends.
    expected_log10_usd : array
    log10_usd_per_flop : tuple of float
        Central value and spread of the price of a FLOP at that date.
    actual : RunCost or None
        What it cost on this basis.
    yearly_fall_oom : array
        Fall of the cost of a fixed capability in a year: efficiency and hardware.
    behind_frontier_months : array
        Months since the US frontier had its capability; negative infinity where none had it before.
    rivals : tuple of Rival
    kept_share : float
        Effective share of draws after the model was left out (1 for a model that is not in the tables).
    remarks : tuple of str
    posterior : Posterior
        Without the model.
    """

    candidate: Candidate
    definition: Definition
    capability: Floats
    expected_log10_flop: Floats
    recipe_log10_flop: Floats
    expected_log10_usd: Floats
    log10_usd_per_flop: tuple[float, float]
    actual: RunCost | None
    yearly_fall_oom: Floats
    behind_frontier_months: Floats
    rivals: tuple[Rival, ...]
    kept_share: float
    remarks: tuple[str, ...]
    posterior: Posterior

    @property
    def log10_ratio(self) -> Floats:
        """Expected over actual cost, decimal logarithm, shape (draw,); above 0 it was cheaper than expected."""
        if self.actual is None:
            raise CurveshiftError("what it cost is not known: give training_flop or training_usd", self.candidate.name)
        return self.expected_log10_usd - np.log10(self.actual.usd_central)

    @cached_property
    def percentile(self) -> float | None:
        """Share of the predictive distribution of cost that lies below the actual cost."""
        return None if self.actual is None else float(np.mean(self.log10_ratio < 0.0))

    @cached_property
    def compute_percentile(self) -> float | None:
        """The same for training compute, which prices do not blur."""
        flop = self.candidate.training_flop
        return None if flop is None else float(np.mean(self.expected_log10_flop < np.log10(flop)))

    @property
    def months_ahead(self) -> Floats:
        """Months by which it is ahead of the cost curve (negative: behind), shape (draw,)."""
        return self.log10_ratio / self.yearly_fall_oom * MONTHS

    @property
    def verdict(self) -> str:
        """The answer in one sentence."""
        name = self.candidate.name
        low, central, high = (10.0**q for q in np.quantile(self.expected_log10_usd, (0.05, 0.5, 0.95)))
        expected = f"{money(central)} (90 %: {money(low)} to {money(high)})"
        if self.actual is None:
            return f"What {name} cost is not published; a model of its capability and date would be expected to cost {expected}."
        share = self.percentile or 0.0
        place = (
            "on trend: an expected point on the cost curve"
            if _EDGES[0] <= share <= _EDGES[1]
            else ("cheaper" if share < _EDGES[0] else "dearer") + " than the trend, outside its 90 % band"
        )
        return (
            f"{name} is {place}. It cost {money(self.actual.usd_central)}, at the {ordinal(100.0 * share)} percentile of "
            f"what others make likely: {expected}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything in numbers, for machines; intervals are 5, 50 and 95 %."""
        known = self.actual is not None
        return {
            "candidate": describe(self.candidate),
            "definition": self.definition,
            "verdict": self.verdict,
            "capability_oom": three(self.capability),
            "expected_flop": three(10.0**self.expected_log10_flop),
            "recipe_flop": three(10.0**self.recipe_log10_flop),
            "expected_usd": three(10.0**self.expected_log10_usd),
            "actual_usd": self.actual.usd_central if self.actual else None,
            "percentile": self.percentile,
            "compute_percentile": self.compute_percentile,
            "expected_over_actual": three(10.0**self.log10_ratio) if known else None,
            "months_ahead": three(self.months_ahead) if known else None,
            "months_behind_us_frontier": three(self.behind_frontier_months),
            "yearly_fall": three(10.0**self.yearly_fall_oom),
            "rivals": [
                {
                    "model": r.name,
                    "months_older": round(r.months_older, 1),
                    "capability_gap_oom": three(r.capability_gap_oom),
                    "expected_cost_ratio": three(r.expected_ratio),
                    "actual_usd": r.cost.usd_central if r.cost else None,
                }
                for r in self.rivals
            ],
            "effective_share_of_draws": round(self.kept_share, 3),
            "remarks": list(self.remarks),
        }

    def sources(self) -> list[str]:
        """Tables that the answer rests on."""
        return [*self.posterior.sources(), "prices", "chips"]


def three(draws: Floats) -> list[float | None]:
    """5, 50 and 95 % of draws; nothing where a quantile is not finite.

    Examples
    --------
    >>> three(np.array([1.0, 2.0, 3.0]))
    [1.1, 2.0, 2.9]
    """
    found = np.quantile(draws, (0.05, 0.5, 0.95), method="linear" if np.isfinite(draws).all() else "lower")
    return [float(f"{q:.4g}") if np.isfinite(q) else None for q in found]


def money(usd: float) -> str:
    """Dollars in words with two digits.

    Examples
    --------
    >>> money(5_576_000), money(1.2e9), money(31_234)
    ('5.6 million USD', '1.2 billion USD', '31 thousand USD')
    """
    for size, word in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if usd >= size:
            return f"{float(f'{usd / size:.2g}'):g} {word} USD"
    return f"{usd:.2g} USD"


def ordinal(number: float) -> str:
    """A percentile in words.

    Examples
    --------
    >>> ordinal(41.2), ordinal(2.0), ordinal(0.2), ordinal(11.0)
    ('41st', '2nd', 'first', '11th')
    """
    whole = round(number)
    if whole < 1:
        return "first"
    ending = "th" if 10 <= whole % 100 <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(whole % 10, "th")
    return f"{whole}{ending}"


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
        post = take(whole, _resample(weights))
        if share < _FEW:
            remarks.append(f"left out by weights that keep only {share:.0%} of the draws: a rough answer")
    china = float(candidate.bloc == "china" and against == "own")
    kind = {"reasoning": float(candidate.reasoning), "china": china, "distilled": float(candidate.distilled)}
    usual = post.usual_log10_flop(years=candidate.year, china=china, small=float(small(candidate)), disclosed=1.0)
    capability, found = _capability(post, candidate, kind, usual)
    remarks += found

    # What others of this capability and date used: first by the recipe alone, then among models as they come.
    stream = np.random.Generator(np.random.Philox(key=[0, len(post)]))
    middle = post.expected(years=candidate.year, log10_flop=usual, **kind)
    surprise = capability - middle
    spread, recipe = post["compute_spread"], post["recipe_spread"]
    own_recipe = recipe * stream.standard_t(settings().tail_degrees, len(post))
    recipe_flop = usual + surprise - own_recipe
    weight = spread**2 / (spread**2 + recipe**2)
    nu = settings().tail_degrees
    distance = surprise**2 / (spread**2 + recipe**2)
    left = np.sqrt(weight * recipe**2 * (nu + distance) / (nu + 1.0))
    expected = usual + weight * surprise + left * stream.standard_t(nu + 1.0, len(post))

    price = log10_usd_per_flop(_middle_of_run(candidate.released), definition, as_of=as_of)
    expected_usd = expected + price[0] + price[1] * stream.standard_normal(len(post))
    rate = hardware_price_performance_per_year(as_of=as_of)
    hardware = np.log10(rate.central) + np.log10(rate.high / rate.low) / (2.0 * Z90) * stream.standard_normal(len(post))
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
    stream = np.random.Generator(np.random.Philox(key=[1, len(post)]))
    if not candidate.scores:
        from .scales import from_index

        assert candidate.index is not None
        return from_index(candidate.index, post), ["capability is read from the index, not from scores"]
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
    at = stream.random(len(post))
    right = (steps < at[:, None]).sum(axis=1).clip(0, len(grid) - 1)
    before = np.where(right > 0, steps[np.arange(len(post)), np.maximum(right - 1, 0)], 0.0)
    share = (at - before) / np.maximum(steps[np.arange(len(post)), right] - before, 1e-300)
    return grid[right] + (share - 0.5) * (grid[1] - grid[0]), remarks


def _middle_of_run(released: date) -> date:
    days = number("run.days_to_release").central + number("run.days").central / 2.0
    return released - timedelta(days=days)


def _actual(
    candidate: Candidate, in_tables: bool, definition: Definition, price: tuple[float, float], as_of: date | str | None
) -> RunCost | None:
    if candidate.training_usd is not None:
        usd = candidate.training_usd
        return RunCost(candidate.name, definition, DEFINITIONS[definition], usd, usd, usd, (("dollars given", usd),))
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
    steps = (("FLOP of the run", candidate.training_flop), ("dollars for one FLOP at the time", 10.0 ** price[0]))
    return RunCost(candidate.name, definition, DEFINITIONS[definition], usd / spread, usd, usd * spread, steps)


def _behind(post: Posterior, candidate: Candidate, capability: Floats) -> Floats:
    """Months since another US model had the capability, shape (draw,)."""
    data = post.panel
    others = (np.array(data.blocs) == "us") & can_lead(post) & (np.array(data.models) != candidate.name)
    order = np.flatnonzero(others & (data.years <= candidate.year))
    reached = post.capability[:, order] >= capability[:, None]
    first = np.where(reached, data.years[order], np.inf).min(axis=1, initial=np.inf)
    return (candidate.year - first) * MONTHS


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
