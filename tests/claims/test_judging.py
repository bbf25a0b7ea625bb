"""Verdicts: known answers, rules that can fail, and numbers worked out a second time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from curveshift import claims
from curveshift.claims import fromrecord, levers, simulated
from curveshift.claims.evidence import Evidence
from curveshift.world import Ensemble

EVIDENCE = Evidence(64, 0)


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return Evidence(128, 0)


@pytest.fixture(scope="module")
def ensemble(evidence: Evidence) -> Ensemble:
    return evidence.ensemble


def test_claims_of_the_record_need_no_simulation() -> None:
    evidence = Evidence(64, 0)
    for name in ("many-can-follow-early", "cost-falls-fourfold", "v3-is-on-trend"):
        claim = claims.statement(name)
        found = {
            "many-can-follow-early": fromrecord.many_can_follow_early,
            "cost-falls-fourfold": fromrecord.cost_falls_fourfold,
            "v3-is-on-trend": fromrecord.v3_is_on_trend,
        }[name](claim, evidence)
        assert found.verdict in claims.VERDICTS
        assert found.figures
        assert found.flip
    assert not evidence.simulated


def test_a_factor_of_forty_is_not_supported() -> None:
    claim = claims.statement("cost-falls-fourfold")
    assert fromrecord.cost_falls_fourfold(claim, EVIDENCE).verdict == "supported"
    other = replace(claim, cuts={**claim.cuts, "factor": 40.0})
    assert fromrecord.cost_falls_fourfold(other, EVIDENCE).verdict == "not supported"
    strict = replace(claim, cuts={**claim.cuts, "widest": 1.5})
    assert fromrecord.cost_falls_fourfold(strict, EVIDENCE).verdict == "depends"


def test_fewer_months_leave_fewer_followers() -> None:
    claim = claims.statement("many-can-follow-early")
    # DeepSeek-R1 came 4.3 months after o1-mini, and nobody within three.
    early = replace(claim, cuts={**claim.cuts, "months": 4.35})
    assert fromrecord.many_can_follow_early(early, EVIDENCE).verdict == "not supported"


def test_a_wider_band_takes_deepseek_in() -> None:
    claim = claims.statement("v3-is-on-trend")
    assert fromrecord.v3_is_on_trend(claim, EVIDENCE).verdict == "depends"
    wide = replace(claim, cuts={"low": 0.001, "high": 0.999})
    assert fromrecord.v3_is_on_trend(wide, EVIDENCE).verdict == "supported"


def test_a_straight_line_through_chinchillas_runs_would_need_a_smaller_error() -> None:
    claim = claims.statement("scaling-is-smooth")
    exact = replace(claim, cuts={**claim.cuts, "error": 0.001})
    assert fromrecord.scaling_is_smooth(exact, EVIDENCE).verdict == "not supported"


def test_crossing_by_a_year_is_a_share_of_all_draws(evidence: Evidence, ensemble: Ensemble) -> None:
    found = simulated.by_2027(claims.statement("by-2027"), evidence)
    first = ensemble.draws["crossing_year"].sel(policy="status-quo").min("bloc")
    for figure, name in zip(found.figures, first["threshold"].values, strict=True):
        share = float((first.sel(threshold=name) <= 2028).mean())
        assert figure.value == pytest.approx(share, abs=1e-12)


def test_stock_with_and_without_controls(evidence: Evidence, ensemble: Ensemble) -> None:
    found = simulated.controls_had_held_compute_down(
        claims.statement("controls-had-held-compute-down"), evidence
    )
    stock = ensemble.draws["china_stock_h100e"].sel(year_end=2024)
    ratio = (stock.sel(policy="no-controls") / stock.sel(policy="status-quo")).values
    assert found.figures[0].value == pytest.approx(float(np.mean(ratio > 1.1)), abs=1e-12)
    assert found.figures[1].value == pytest.approx(float(np.quantile(ratio, 0.5, method="inverted_cdf")))


def test_the_value_of_controls_in_fast_and_slow_draws(evidence: Evidence, ensemble: Ensemble) -> None:
    claim = claims.statement("cheaper-ai-makes-controls-matter-more")
    found = levers.cheaper_ai_makes_controls_matter_more(claim, evidence)
    gap = ensemble.draws["gap_oom"].sel(year_end=2028)
    value = (gap.sel(policy="airtight") - gap.sel(policy="full-decontrol")).values
    speed = ensemble.assumptions["efficiency.growth_per_year"]
    low, high = np.quantile(speed, [1 / 3, 2 / 3])
    expected = value[speed >= high].mean() - value[speed <= low].mean()
    assert found.figures[1].value == pytest.approx(expected, abs=1e-9)


def test_durability_is_shown_and_not_judged(evidence: Evidence) -> None:
    found = simulated.lead_becomes_durable(claims.statement("lead-becomes-durable"), evidence)
    assert found.verdict == "not testable with these facts"
    assert len(found.figures) == 3


def test_unclear_metrics_are_no_answer_against_a_claim(evidence: Evidence) -> None:
    claim = claims.statement("cheaper-ai-makes-controls-matter-more")
    strict = replace(claim, cuts={**claim.cuts, "sure": 1e6})
    found = levers.cheaper_ai_makes_controls_matter_more(strict, evidence)
    positive = any(figure.value > 0.0 for figure in found.figures)
    assert found.verdict == ("depends" if positive else "not supported")
    assert "no clear difference" in found.sentence


def test_a_fork_is_read_from_both_interventions(evidence: Evidence) -> None:
    found = simulated.unipolar_if_not(claims.statement("unipolar-if-not"), evidence)
    ensemble = evidence.dose.ensemble
    weight = ensemble.draws["weight"].sel(threshold="ftm").values
    for place, policy in ((2, "status-quo, inflow x 0"), (5, "china-does-not")):
        lag = ensemble.draws["lag_at_crossing_months"].sel(policy=policy, threshold="ftm").values
        counts = weight * ~np.isnan(lag)
        # One bloc alone across within a year of the horizon, the end of 2035, is undecided.
        first = ensemble.draws["crossing_year"].sel(policy=policy, threshold="ftm").min("bloc").values
        decided = np.isfinite(lag) | (2036.0 - first >= 1.0)
        share = float(counts @ ((lag > 12.0) & decided) / counts.sum())
        assert found.figures[place].value == pytest.approx(share, abs=1e-9)
    assert "inflow is set" in found.sentence


def test_a_users_own_assumptions_move_a_verdict() -> None:
    name = "millions-cannot-be-hidden"
    settings = {"diversion.detection_volume_exponent": 1.0, "diversion.chips_2024": 140000}
    settings |= {"diversion.detection_2024": 0.1}
    found = claims.judge(name, settings, draws=64)[name]
    # A billion dollars is 20,000 chips and ten 200,000, of 155,556 tried in 2024; one in ten was stopped.
    stopped = [100 * (1 - 0.9 ** (tried / (140000 / 0.9))) for tried in (20000, 200000)]
    assert found.verdict == "supported"
    assert [figure.value for figure in found.figures[1:]] == pytest.approx(stopped)


def test_no_dependence_on_volume_hides_any_amount() -> None:
    name = "millions-cannot-be-hidden"
    found = claims.judge(name, {"diversion.detection_volume_exponent": 0.0}, draws=64)[name]
    assert found.verdict == "not supported"
    assert found.figures[1].value == pytest.approx(found.figures[2].value)


def test_findings_are_the_same_bytes_again_and_drawn() -> None:
    from curveshift.present import plot

    names = ("by-2027", "talent-does-not-decide")
    first, again = (claims.judge(names, draws=128, threads=threads) for threads in (1, 2))
    assert first.items == again.items
    assert sum(first.counted().values()) == 2
    figure = plot(first)
    assert set(figure.frame["verdict"]) <= {"supported", "depends", "not supported", "not testable"}
    assert "<svg" in figure.svg()
    assert "Amodei" in first.sources()
