"""Parts 4 to 6 of the argument, judged by the simulation: what controls did, millions of chips, two worlds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .evidence import BASE, DOES_NOT, FEEDBACK, GETS, turned_by
from .findings import DEPENDS, NOT_TESTABLE, Figure, Finding, by_agreement, by_probability
from .stated import Claim

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.decide import Estimate
    from curveshift.world.ensemble import Ensemble

    from .evidence import Evidence

    Floats = NDArray[np.float64]

UNIPOLAR, BIPOLAR = 0, 1


def drawn(ensemble: Ensemble, variable: str, policy: str, **where: Any) -> Floats:
    """One value per draw, shape (draw,)."""
    found = ensemble.draws[variable].sel(policy=policy, **where).values
    return np.asarray(found, dtype=np.float64)


def thresholds(ensemble: Ensemble) -> tuple[str, ...]:
    """Names of the thresholds; that of the essay first."""
    from curveshift.decide.polarity import presets

    return presets(ensemble)


def _percent(found: Estimate) -> str:
    return f"{100 * found.value:.0f} %"


def _stocks(ensemble: Ensemble, year: int) -> tuple[Floats, Floats, Floats]:
    """China's stock at a year end with controls and without, 16-bit H100e, and the weights of the draws."""
    from curveshift.decide.polarity import paired_rows

    with_them, without = (
        drawn(ensemble, "china_stock_h100e", policy, year_end=year) for policy in (BASE, "no-controls")
    )
    rows = paired_rows(ensemble, (BASE, "no-controls"), thresholds(ensemble)[0], conditioned=False)
    return with_them, without, rows


def v3_does_not_show_failure(claim: Claim, evidence: Evidence) -> Finding:
    """The part of China's stock that DeepSeek-V3 took, with controls and without."""
    from curveshift import facts
    from curveshift.decide.statistics import expectation

    *stocks, rows = _stocks(evidence.ensemble, 2024)
    speed = {row["chip"]: row["fp16_dense_tflops"] for row in facts.rows("chips")}
    h100e = claim.cuts["chips"] * speed["H800 SXM 80GB"] / speed["H100 SXM 80GB"]
    small = [expectation(h100e < claim.cuts["part"] * stock, rows) for stock in stocks]
    parts = [float(100 * h100e / np.median(stock)) for stock in stocks]
    verdict, on = by_probability(min(found.value for found in small), "the size of its cluster")
    return Finding(
        claim,
        verdict,
        f"The {claim.cuts['chips']:,.0f} H800 of V3 are {parts[0]:.1f} % of China's stock at the end of 2024 "
        "with controls and "
        f"{parts[1]:.1f} % in the history without (medians). A run of that size was possible either way, so "
        "that it is evidence "
        "neither for controls nor against them.",
        (
            Figure("V3's chips in the stock with controls", parts[0], unit="%"),
            Figure("V3's chips in the stock without controls", parts[1], unit="%"),
        ),
        f"a cluster of more than {claim.cuts['part'] * float(np.median(stocks[0])):,.0f} H100e",
        on,
    )


def controls_had_held_compute_down(claim: Claim, evidence: Evidence) -> Finding:
    """China's stock without controls over that with them."""
    from curveshift.decide import Verdict
    from curveshift.decide.statistics import expectation, quantiles

    figures, told = [], []
    for key in ("year", "later"):
        year = int(claim.cuts[key])
        with_them, without, rows = _stocks(evidence.ensemble, year)
        ratio = without / with_them
        event = ratio > 1.0 + claim.cuts["larger"]
        larger = expectation(event, rows)
        low, middle, high = (q.value for q in quantiles(ratio, (0.05, 0.5, 0.95), rows))
        if key == "year":
            score, weights, share = event.astype(np.float64), rows, larger.value
        figures += [
            Figure.simulated(f"probability of a tenth more without controls, end of {year}", larger),
            Figure(f"stock without controls over stock with them, end of {year}", middle, low, high, "x"),
        ]
        told.append(
            f"{middle:.1f} times as large at the end of {year} ({low:.1f} to {high:.1f}; a tenth larger or "
            "more in "
            f"{_percent(larger)})"
        )
    verdict, on = by_probability(share, "what China would have bought in an open market")
    return Finding(
        claim,
        verdict,
        f"Without controls China's stock would have been {' and '.join(told)}. H800 did as many operations "
        "as H100 and was "
        "legal until October 2023; the count by memory bandwidth or 8-bit operations differs.",
        tuple(figures),
        turned_by(evidence.ensemble, Verdict(claim.sentence, score, weights, 0.5, 0.0, 1.0)),
        on,
    )


def needs_millions_of_chips(claim: Claim, evidence: Evidence) -> Finding:
    """H100e of the leading developer when the US crosses, at thresholds not made of a fleet."""
    from curveshift.decide.polarity import crossing_values, paired_rows
    from curveshift.decide.statistics import conditional_mean, quantiles

    ensemble = evidence.ensemble
    years = ensemble.draws["year_end"].values
    stock = np.log(drawn(ensemble, "us_stock_h100e", BASE))
    share = ensemble.assumptions["systems.us_leader_share"]
    figures, holds, told = [], [], []
    for name in [t for t in thresholds(ensemble) if not t.startswith("essay")]:
        when = crossing_values(ensemble, "crossing_year", name, policy=BASE, bloc="us")
        crosses = np.isfinite(when)
        # Year ends are decimal years of the next 1 January; log stock is joined by straight lines.
        fleet = np.array(
            [np.interp(w, years + 1.0, s) for w, s in zip(np.where(crosses, when, 0.0), stock, strict=True)]
        )
        fleet = np.exp(fleet) * share
        rows = paired_rows(ensemble, (BASE,), name, conditioned=False)
        found = conditional_mean(fleet >= claim.cuts["h100e"], crosses, rows)
        middle = quantiles(np.where(crosses, fleet, np.nan), (0.5,), rows)[0].value
        verdict, _ = by_probability(found.value, "")
        holds.append(verdict == "supported")
        figures.append(Figure.simulated(f"probability of a million H100e or more at {name}", found))
        told.append(f"{_percent(found)} at {name} (median {middle / 1e6:.1f} million)")
    verdict, on = by_agreement(holds, "the threshold")
    if not any(holds) and all(f.value > 0.5 for f in figures):
        verdict, on = DEPENDS, "the draw: likelier than not at each threshold, but not sure"
    return Finding(
        claim,
        verdict,
        f"When the US crosses, its leading developer holds at least a million H100e in {', '.join(told)}. "
        "The threshold "
        "essay-2025 is made of such a fleet and so says nothing here.",
        tuple(figures),
        "a level crossed early: the earlier, the smaller the fleet",
        on,
    )


def by_2027(claim: Claim, evidence: Evidence) -> Finding:
    """Probability that a bloc has crossed by the end of 2027, draws already across included."""
    from curveshift.decide.polarity import first_crossing, paired_rows
    from curveshift.decide.statistics import expectation

    ensemble = evidence.ensemble
    figures, holds, told = [], [], []
    for name in thresholds(ensemble):
        first = first_crossing(ensemble, BASE, name)
        rows = paired_rows(ensemble, (BASE,), name, conditioned=False)
        rest = paired_rows(ensemble, (BASE,), name, conditioned=True)
        found = expectation(first <= claim.cuts["year"], rows)
        new = expectation(first <= claim.cuts["year"], rest)
        holds.append(found.value >= claim.cuts["even"])
        figures.append(Figure.simulated(f"probability at {name}", found))
        told.append(f"{_percent(found)} at {name} ({_percent(new)} of the draws not yet across in June 2026)")
    verdict, on = by_agreement(holds, "the threshold")
    return Finding(
        claim,
        verdict,
        f"A bloc has crossed by the end of 2027 in {'; '.join(told)}.",
        tuple(figures),
        "a higher threshold",
        on,
    )


def _fork(claim: Claim, evidence: Evidence, policies: Mapping[str, str], world: int, on: str) -> Finding:
    """Probability of a world under interventions (by what they do) by threshold and window, and along the "
    "dose."""
    from curveshift.decide import Verdict
    from curveshift.decide.polarity import WORLDS, crossing_values, known_months, membership, paired_rows
    from curveshift.decide.statistics import conditional_mean

    ensemble = evidence.dose.ensemble
    windows = sorted({6, int(claim.cuts["window"]), 24})
    figures: list[Figure] = []
    holds, told = [], []
    for what, policy in policies.items():
        shown = []
        for name in thresholds(ensemble):
            lag = crossing_values(ensemble, "lag_at_crossing_months", name, policy=policy)
            known = known_months(ensemble, policy, name)
            rows = paired_rows(ensemble, (policy,), name, conditioned=True)
            crosses = ~np.isnan(lag)
            found = {w: conditional_mean(membership(lag, known, w)[:, world], crosses, rows) for w in windows}
            at = found[int(claim.cuts["window"])]
            if not figures:
                score = membership(lag, known, claim.cuts["window"])[:, world].astype(np.float64)
                weights = rows * crosses
            holds.append(at.value >= claim.cuts["even"])
            figures.append(Figure.simulated(f"{what}: probability at {name}", at))
            shown.append(f"{name} {' / '.join(_percent(found[w]) for w in windows)}")
        told.append(f"{what}: {', '.join(shown)}")
    for dose in evidence.dose.doses:
        if dose.factor is not None:
            label = f"{WORLDS[world]} at {thresholds(ensemble)[0]}, inflow of chips times {dose.factor:g}"
            figures.append(Figure.simulated(label, dose.outcomes[WORLDS[world]]))
    met, fixed = (getattr(evidence.dose, which)[WORLDS[world]] for which in ("met_range", "fixed_range"))
    verdict, on = by_agreement(holds, on)
    flip = turned_by(ensemble, Verdict(claim.sentence, score, weights, claim.cuts["even"], 0.0, 1.0))
    first = next(iter(policies))
    return Finding(
        claim,
        verdict,
        f"Probability of {WORLDS[world]}, {'; '.join(told)} (windows of {', '.join(str(w) for w in windows)} "
        "months; among "
        "draws not across in June 2026 in which a bloc crosses by the horizon). From the 10th to the 90th "
        f"percentile of inflow it moves by {100 * fixed.value:+.0f} points when the inflow is set and by "
        f"{100 * met.value:+.0f} where draws happen to have it. {evidence.dose.why_they_differ}",
        tuple(figures),
        f"{first}, at {thresholds(ensemble)[0]}: {flip}",
        on,
    )


def bipolar_if_china_gets_millions(claim: Claim, evidence: Evidence) -> Finding:
    """P(bipolar) when an intervention gives China millions of chips."""
    given = {"with three million H100e a year": GETS}
    return _fork(claim, evidence, given, BIPOLAR, "the threshold and the window")


def unipolar_if_not(claim: Claim, evidence: Evidence) -> Finding:
    """P(unipolar-us) when an intervention gives China no foreign chips, with rented compute and without."""
    (none,) = (dose.policy for dose in evidence.dose.doses if dose.factor == 0.0)
    denied = {"without foreign chips": none, "without rented compute either": DOES_NOT}
    return _fork(
        claim, evidence, denied, UNIPOLAR, "whether China may still rent compute, and on the threshold"
    )


def lead_becomes_durable(claim: Claim, evidence: Evidence) -> Finding:
    """Share of unipolar-us draws whose gap widens, by setting of the feedback."""
    from curveshift.decide.polarity import crossing_values, paired_rows, world_members
    from curveshift.decide.statistics import conditional_mean

    figures, told = [], []
    for setting in FEEDBACK:
        ensemble = evidence.feedback[setting]
        name = thresholds(ensemble)[0]
        world = world_members(ensemble, BASE, name, claim.cuts["window"])[:, UNIPOLAR]
        wider = crossing_values(ensemble, "widens", name, policy=BASE)
        rows = paired_rows(ensemble, (BASE,), name, conditioned=True)
        found = conditional_mean(np.nan_to_num(wider), world & ~np.isnan(wider), rows)
        figures.append(Figure.simulated(f"wider after 24 months, feedback {setting}", found))
        told.append(f"{_percent(found)} with feedback {setting}")
    return Finding(
        claim,
        NOT_TESTABLE,
        f"Where only the US has crossed, the gap is wider two years later in {', '.join(told)}. It follows "
        "from the assumption "
        "and is no evidence for it.",
        tuple(figures),
        "measured help of AI to AI research",
    )
