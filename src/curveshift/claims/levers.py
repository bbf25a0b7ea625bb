"""Part 7 of the argument, judged by the simulation: what controls matter, beside all else, and what can be hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .findings import DEPENDS, NOT_SUPPORTED, Figure, Finding, by_agreement, by_probability
from .simulated import drawn, thresholds
from .stated import Claim

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .evidence import Evidence

    Floats = NDArray[np.float64]

WINDOW = 12
"""Months; the window of `policy_importance`."""


def controls_are_the_main_lever(claim: Claim, evidence: Evidence) -> Finding:
    """Range of P(bipolar) over three sets of policies, beside that over each group of assumptions."""
    from curveshift.decide import worlds
    from curveshift.scenario import policy_set

    whole = evidence.importance
    found = whole.outcome("bipolar")
    if found.why_not:
        return Finding(claim, DEPENDS, found.why_not, on="more draws than were made")
    name = thresholds(whole.ensemble)[0]
    left = {w.policy: w.shares["bipolar"].value for w in worlds(whole.ensemble, WINDOW, threshold=name)}
    # The plausible set is what is shown where there is room for one number.
    shown = sorted(found.sets, key=lambda s: s.name != "plausible")
    figures = [Figure.simulated(f"range over the {s.name} set of policies", s.width) for s in shown]
    figures += [
        Figure(f"range over {g.group}", g.width.value, g.width.low, g.width.high) for g in found.groups
    ]
    for s in found.sets:
        kept = [left[policy] for policy in policy_set(s.name).policies]
        label = f"range over the {s.name} set among draws not across in June 2026"
        figures.append(Figure(label, max(kept) - min(kept)))
    many = len(found.groups)
    verdict, on = by_agreement(
        [len(s.above) == many for s in found.sets], "the set of policies that counts as feasible"
    )
    sets = ", ".join(
        f"{100 * s.width.value:.0f} points over the {s.name} set (of {many} groups it surely outweighs "
        f"{len(s.above)} and is surely outweighed by {len(s.below)})"
        for s in found.sets
    )
    widest = found.groups[0]
    next_ones = ", ".join(f"{g.group} {100 * g.width.value:.0f}" for g in found.groups[1:3])
    return Finding(
        claim,
        verdict,
        f"P(bipolar) ranges by {sets}; and by {100 * widest.width.value:.0f} points over what is not known of "
        f"{widest.group}, then {next_ones}. All draws count; among those not yet across in June 2026 the "
        "three sets range "
        f"by {', '.join(f'{100 * f.value:.0f}' for f in figures[-3:])} points.",
        tuple(figures),
        f"a set of policies whose range is larger than {100 * widest.width.high:.0f} points",
        on,
    )


def cheaper_ai_makes_controls_matter_more(claim: Claim, evidence: Evidence) -> Finding:
    """What airtight controls do, in draws with fast and with slow efficiency, on four metrics fixed "
    "beforehand."""
    from curveshift.decide.lags import lag_at
    from curveshift.decide.polarity import crossing_values, paired_rows
    from curveshift.decide.statistics import Estimate, conditional_mean

    ensemble = evidence.ensemble
    pair = ("airtight", "full-decontrol")
    year, months, name = int(claim.cuts["year"]), claim.cuts["lag_months"], thresholds(ensemble)[0]
    speed = ensemble.assumptions["efficiency.growth_per_year"]
    edges = np.quantile(speed, [1.0 / claim.cuts["parts"], 1.0 - 1.0 / claim.cuts["parts"]])
    slow, fast = speed <= edges[0], speed >= edges[1]

    def lag(policy: str) -> Floats:
        return lag_at(ensemble, policy, f"{year}-12-31")

    def gap(policy: str) -> Floats:
        return drawn(ensemble, "gap_oom", policy, year_end=year)

    def labour(policy: str) -> Floats:
        return crossing_values(ensemble, "log10_labour_ratio", name, policy=policy)

    metrics = {
        f"lag at the end of {year}, months": lag(pair[0]) - lag(pair[1]),
        f"gap at the end of {year}, orders of magnitude": gap(pair[0]) - gap(pair[1]),
        f"P(lag above {months:g} months at the end of {year})": 1.0 * (lag(pair[0]) > months)
        - (lag(pair[1]) > months),
        "US over Chinese AI labour at the first crossing, orders of magnitude": labour(pair[0])
        - labour(pair[1]),
    }
    rows = paired_rows(ensemble, pair, name, conditioned=False)
    figures, signs, told = [], [], []
    for label, value in metrics.items():
        known = np.isfinite(value)
        plain = np.where(known, value, 0.0)
        at_fast, at_slow = (conditional_mean(plain, part & known, rows) for part in (fast, slow))
        more = Estimate(at_fast.value - at_slow.value, float(np.hypot(at_fast.error, at_slow.error)))
        clear = abs(more.value) >= claim.cuts["sure"] * more.error
        signs.append(float(np.sign(more.value)) if clear else 0.0)
        figures.append(Figure.simulated(f"{label}: fast less slow", more))
        how = ("no clear difference", "more", "less")[int(signs[-1])]
        told.append(f"{label}: {how} ({at_slow.value:.2g} slow, {at_fast.value:.2g} fast)")
    verdict, on = by_agreement([sign > 0 for sign in signs], "the metric")
    if verdict == NOT_SUPPORTED and any(figure.value > 0.0 for figure in figures):
        # More by the number and not clear at these draws is no answer against it.
        verdict, on = DEPENDS, "the metric"
    return Finding(
        claim,
        verdict,
        "What airtight does against full-decontrol, slow third of efficiency and fast third: "
        f"{'; '.join(told)}.",
        tuple(figures),
        "the metric",
        on,
    )


def millions_cannot_be_hidden(claim: Claim, evidence: Evidence) -> Finding:
    """Share of attempts stopped at two sizes, from the draws of the two assumptions that decide it."""
    values = evidence.ensemble.assumptions
    hazard = -np.log1p(-values["diversion.detection_2024"])
    through_2024 = 1.0 - values["diversion.detection_2024"]

    def stopped(usd: float) -> Floats:
        tried = usd / claim.cuts["usd_per_chip"]
        relative = tried / (values["diversion.chips_2024"] / through_2024)
        return np.asarray(1.0 - np.exp(-hazard * relative ** values["diversion.detection_volume_exponent"]))

    small, large = stopped(claim.cuts["small_usd"]), stopped(claim.cuts["large_usd"])
    share = float(np.mean(large >= claim.cuts["doubling"] * small))
    verdict, on = by_probability(
        share, "diversion.detection_volume_exponent, a prior from 0 to 1 without facts"
    )
    ends = [float(np.median(x)) for x in (small, large)]
    exponent = np.log(claim.cuts["doubling"]) / np.log(claim.cuts["large_usd"] / claim.cuts["small_usd"])
    return Finding(
        claim,
        verdict,
        f"In this model {100 * ends[0]:.0f} % of attempts at a billion dollars a year are stopped and "
        f"{100 * ends[1]:.0f} % at ten "
        f"(medians); the share doubles in {100 * share:.0f} % of draws. It rests on a prior: known cases do "
        "not identify it.",
        (
            Figure("probability that the share stopped doubles", share),
            Figure("stopped at a billion USD a year", 100 * ends[0], unit="%"),
            Figure("stopped at ten billion USD a year", 100 * ends[1], unit="%"),
        ),
        f"an exponent of detection in volume below about {exponent:.2f}",
        on,
    )
