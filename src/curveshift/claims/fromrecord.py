"""Parts 1 to 4 of the argument, judged by the record: scaling, the shifting curve, reasoning, DeepSeek-V3."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from .findings import (
    NOT_SUPPORTED,
    NOT_TESTABLE,
    SUPPORTED,
    Figure,
    Finding,
    by_agreement,
    by_probability,
)
from .stated import Claim

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.trends import OnTrend
    from curveshift.trends.quantities import Quantity

    from .evidence import Evidence

    Floats = NDArray[np.float64]

MODEL = "DeepSeek-V3"


def _figure(label: str, found: Quantity, unit: str | None = None) -> Figure:
    return Figure(label, found.median, found.low, found.high, found.unit if unit is None else unit)


def _share(label: str, event: NDArray[np.bool_]) -> Figure:
    return Figure(label, float(np.mean(event)))


def scaling_is_smooth(claim: Claim, evidence: Evidence) -> Finding:
    """Extrapolation of a law fitted to the small runs of one sweep."""
    from curveshift import laws

    fit = laws.Chinchilla.fit(laws.chinchilla_runs(), resamples=0)
    found = laws.extrapolation(fit, claim.cuts["quantile"], seed=evidence.seed)
    close, covered = found.spread <= claim.cuts["error"], found.covered >= claim.cuts["coverage"]
    verdict, on = by_agreement(
        [close, covered],
        "how exact it must be: close, yet outside its own error bars more often than it says",
    )
    return Finding(
        claim,
        verdict,
        f"A law fitted to {found.fitted} runs predicts the loss of {found.scored} larger ones, up to "
        f"{found.beyond:.0f} times"
        f" the compute, with a typical error of {100 * found.spread:.1f} %; its {100 * found.level:.0f} % "
        "intervals hold "
        f"{100 * found.covered:.0f} % of them.",
        (
            Figure("typical error of the predicted loss", 100 * found.spread, unit="%"),
            Figure("runs inside the 90 % interval", 100 * found.covered, unit="%"),
        ),
        f"a typical error above {100 * claim.cuts['error']:.0f} %, or fewer than "
        f"{100 * claim.cuts['coverage']:.0f} % inside",
        on,
    )


def ability_follows_scale(claim: Claim, evidence: Evidence) -> Finding:
    """Spread of recipe effects in the joint model of scores."""
    from curveshift.trends.quantities import Quantity

    spread = Quantity(evidence.posterior["recipe_spread"], "orders of magnitude")
    cut = claim.cuts["spread_oom"]
    verdict, on = by_probability(float(np.mean(spread.draws < cut)), "how much is left unexplained")
    return Finding(
        claim,
        verdict,
        "What compute, date and kind leave unexplained in a model's ability has a spread of "
        f"{spread.median:.2f} orders of"
        f" magnitude of compute ({spread.low:.2f} to {spread.high:.2f}), a factor of {10**spread.median:.1f}.",
        (_figure("unexplained spread of ability", spread),),
        f"a spread above {cut:g} orders of magnitude",
        on,
    )


def cost_falls_fourfold(claim: Claim, evidence: Evidence) -> Finding:
    """Pooled efficiency times price-performance of hardware, against the stated factor."""
    from curveshift.trends import training_efficiency
    from curveshift.trends.hardware import hardware_price_performance_per_year
    from curveshift.trends.quantities import Quantity, log10_rate, stream

    methods = training_efficiency()
    shocks = stream(evidence.seed, "claims.hardware")
    efficiency = np.log10(methods.pooled.draws)
    hardware = log10_rate(hardware_price_performance_per_year(), shocks, len(efficiency))
    fall = Quantity(10.0 ** (efficiency + hardware), "times a year")
    factor, widest = claim.cuts["factor"], claim.cuts["widest"]
    inside, narrow = fall.low <= factor <= fall.high, fall.high / fall.low < widest
    if inside and not narrow:
        verdict, on = "depends", "the method: the interval is too wide to tell"
    else:
        verdict, on = (SUPPORTED if inside else NOT_SUPPORTED), ""
    return Finding(
        claim,
        verdict,
        f"Training to a given ability gets cheaper by a factor of {fall.median:.1f} a year ({fall.low:.1f} "
        f"to {fall.high:.1f}):"
        f" algorithms {methods.pooled.median:.1f} ({methods.pooled.low:.1f} to {methods.pooled.high:.1f}), "
        "hardware the rest.",
        (
            _figure("fall of the cost of a given ability", fall),
            _figure("of which algorithms", methods.pooled, "times a year"),
        ),
        f"an interval that leaves out {factor:g}, or one wider than a factor of {widest:g}",
        on,
    )


def faster_than_in_2020(claim: Claim, evidence: Evidence) -> Finding:
    """Pooled efficiency against the estimate of 2020."""
    from curveshift.trends import training_efficiency

    found = training_efficiency().pooled
    cut = claim.cuts["factor"]
    share = _share(f"probability of more than {cut:g} times a year", found.draws > cut)
    verdict, on = by_probability(share.value, "the method")
    return Finding(
        claim,
        verdict,
        f"Algorithms cut the compute for a given ability {found.median:.1f} times a year ({found.low:.1f} to "
        f"{found.high:.1f});"
        f" more than {cut:g} times with a probability of {100 * share.value:.0f} %.",
        (share, _figure("efficiency of training", found, "times a year")),
        f"the low end of the interval, now {found.low:.2f}, falling below {cut:g}",
        on,
    )


def savings_are_spent(claim: Claim, evidence: Evidence) -> Finding:
    """Growth of the cost of the largest runs, beside the fall of the cost of a given ability."""
    from curveshift.trends import frontier_growth, training_efficiency

    year = int(claim.cuts["since"])
    growth = frontier_growth(f"{year}-01-01", "2026-06-30")
    fall = training_efficiency().pooled
    rises = float(np.mean(growth.spending.draws > 0.0))
    falls = float(np.mean(fall.draws > 1.0))
    verdict, on = by_probability(min(rises, falls), "costs that are not published")
    low, middle, high = (10**x for x in (growth.spending.low, growth.spending.median, growth.spending.high))
    return Finding(
        claim,
        verdict,
        f"The cost of the largest runs rose {middle:.1f} times a year ({low:.1f} to {high:.1f}) since "
        f"{year}, while that of a given"
        f" ability fell at least {fall.low:.1f} times a year. That savings cause the spending is not shown "
        "by it.",
        (
            Figure("growth of the cost of the largest runs", middle, low, high, "times a year"),
            _figure("fall of the compute for a given ability", fall, "times a year"),
        ),
        "a cost of the largest runs that does not grow",
        on,
    )


def new_paradigm_is_cheap_early(claim: Claim, evidence: Evidence) -> Finding:
    """Slope of the fitted curve of reasoning training at its first and last models."""
    from curveshift.trends import saturation

    curve = saturation(evidence.posterior, seed=evidence.seed)

    def slope(flop: Floats) -> Floats:
        steep = curve.steepness.draws * np.log(10.0)
        part = 1.0 / (1.0 + np.exp(-steep * (flop - curve.midpoint.draws)))
        return np.asarray(curve.ceiling.draws * steep * part * (1.0 - part))

    early, late = (slope(at.draws) for at in curve.flop)
    share = _share("probability that the first orders of magnitude gain more", early > late)
    verdict, on = by_probability(share.value, "the form of the curve")
    first, last = np.median(early), np.median(late)
    gains = [10**q.median for q in curve.gain]
    return Finding(
        claim,
        verdict,
        f"The first reasoning models gained a factor of {gains[0]:.0f} of training compute from about "
        f"10^{curve.flop[0].median:.1f}"
        f" FLOP of it, the last ones {gains[1]:.0f} from 10^{curve.flop[1].median:.1f}. On the fitted curve "
        "a tenfold there gives"
        f" {first:.1f} orders of magnitude early and {last:.1f} late. Two points on a curve of three "
        "parameters: weakly identified.",
        (
            share,
            Figure("gain of a tenfold, first models", float(first), unit="orders of magnitude"),
            Figure("gain of a tenfold, last models", float(last), unit="orders of magnitude"),
        ),
        "a gain that goes on growing as fast with compute; nothing in the record shows where it levels off",
        on,
    )


def many_can_follow_early(claim: Claim, evidence: Evidence) -> Finding:
    """Developers with a reasoning model within a year of the first."""
    from curveshift.trends import reasoning_followers

    found = reasoning_followers()
    within = [f for f in found.followers if f.months <= claim.cuts["months"]]
    blocs = found.within(claim.cuts["months"])
    enough = len(within) >= claim.cuts["developers"] and {"us", "china"} <= set(blocs)
    counts = ", ".join(f"{count} {bloc}" for bloc, count in blocs.items())
    quickest = within[0]
    return Finding(
        claim,
        SUPPORTED if enough else NOT_SUPPORTED,
        f"Within {claim.cuts['months']:.0f} months of {found.first.model}, {len(within)} other developers "
        "had a reasoning model"
        f" ({counts}); the first ({quickest.developer}) after {quickest.months:.1f} months.",
        (Figure(f"developers within {claim.cuts['months']:.0f} months", float(len(within))),),
        f"fewer than {claim.cuts['developers']:.0f} developers, or only one bloc",
    )


@cache
def standards() -> dict[str, OnTrend]:
    """DeepSeek-V3 on the cost curve by three standards, US recipes first."""
    from curveshift.trends import essay_rivals, on_trend

    return {
        "US recipes": on_trend(MODEL, rivals=essay_rivals()),
        "recipes of its own bloc": on_trend(MODEL, against="own"),
        "US recipes, as of 29 January 2025": on_trend(MODEL, as_of="2025-01-29"),
    }


def v3_is_on_trend(claim: Claim, evidence: Evidence) -> Finding:
    """Percentile of DeepSeek-V3's cost by three standards."""
    tests = standards()
    places = {name: float(found.percentile or 0.0) for name, found in tests.items()}
    inside = [claim.cuts["low"] <= place <= claim.cuts["high"] for place in places.values()]
    verdict, on = by_agreement(inside, "whose recipes set the expectation, and on which day")
    main = tests["US recipes"]
    cost = 0.0 if main.actual is None else main.actual.usd_central
    edge = float(np.quantile(10.0**main.expected_log10_usd, claim.cuts["low"]))
    told = "; ".join(f"{100 * place:.0f} % ({name})" for name, place in places.items())
    return Finding(
        claim,
        verdict,
        f"Its cost of {cost / 1e6:.1f} million USD has below it, of what others make likely: {told}. Cheap "
        "in each, inside "
        f"the band in {sum(inside)} of {len(inside)}.",
        tuple(Figure(f"percentile against {name}", 100 * place, unit="%") for name, place in places.items()),
        f"against US recipes: a cost of {edge / 1e6:.1f} million USD or more would lie inside",
        on,
    )


def v3_trails_by_seven_to_ten_months(claim: Claim, evidence: Evidence) -> Finding:
    """Months since the US frontier had DeepSeek-V3's ability."""
    from curveshift.trends.quantities import Quantity

    behind = Quantity(standards()["US recipes"].behind_frontier_months, "months")
    low, high = claim.cuts["least"], claim.cuts["most"]
    share = float(np.mean((behind.draws >= low) & (behind.draws <= high)))
    verdict, on = by_probability(share, "the benchmarks")
    return Finding(
        claim,
        verdict,
        "On published scores the US frontier, reasoning models included, had its ability "
        f"{behind.median:.1f} months before "
        f"({behind.low:.1f} to {behind.high:.1f}); between {low:g} and {high:g} months with a probability of "
        f"{100 * share:.0f} %.",
        (
            Figure(f"probability of {low:g} to {high:g} months", share),
            _figure("behind the US frontier", behind),
        ),
        f"a median between {low:g} and {high:g} months, for which its scores would have to be lower",
        on,
    )


def v3_was_first_at_its_cost(claim: Claim, evidence: Evidence) -> Finding:
    """Who was first at the ability for less, among the models whose cost can be found."""
    from curveshift.trends import firsts

    found = firsts(evidence.posterior, [MODEL], [claim.cuts["usd"]], seed=evidence.seed)
    (at,) = found.costs
    hidden = ", ".join(f"{count} {bloc}" for bloc, count in sorted(found.without_cost.items()))
    china = at.blocs.get("china", 0.0)
    return Finding(
        claim,
        NOT_TESTABLE,
        "Among models whose cost can be found a Chinese one was first with a probability of "
        f"{100 * china:.0f} %; but that of "
        f"{hidden} models cannot be found.",
        (Figure("probability among models of known cost", china),),
        claim.settled_by,
    )
