"""Importance weights: conjugate answers, then end to end on a small run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy.special import ndtri

from curveshift.decide import condition
from curveshift.decide.observations import parse_observation
from curveshift.errors import CurveshiftError
from curveshift.world import simulate

KEY = "domestic.push_from_scarcity"
Z90 = ndtri(0.95)


@pytest.fixture
def known(make):
    """One normal assumption with mean 1 and standard deviation 2; the lag is three times it plus 10."""
    n = 8192
    x = 1.0 + 2.0 * np.random.default_rng(1).permutation(ndtri((np.arange(n) + 0.5) / n))
    return make(
        {"airtight": [1.0] * n, "status-quo": [1.0] * n},
        lag_by_date=10.0 + 3.0 * x,
        assumptions={KEY: x, "remote.rule_efficacy": np.random.default_rng(2).uniform(size=n)},
        replicates=8,
    )


def test_a_normal_observation_of_a_normal_number(known) -> None:
    # Prior N(1, 2), observation 4 with standard deviation 1: posterior mean 1 + 4/5 x 3, variance 4/5.
    half = Z90 * 1.0
    found = condition(known, f"{KEY}={4 - half} to {4 + half}", threshold="survey")
    moved = {m.assumption: m for m in found.moved}
    assert found.moved[0].assumption == KEY
    assert moved[KEY].after[1] == pytest.approx(3.4, abs=0.1)
    low, _, high = moved[KEY].after
    assert (high - low) / (2 * Z90) == pytest.approx(np.sqrt(0.8), rel=0.06)
    assert moved[KEY].shift == pytest.approx(2.4 / 2.0, abs=0.05)
    assert moved[KEY].clear
    assert not moved["remote.rule_efficacy"].clear
    # An importance sample of N(m, s) from N(0, 1) keeps sqrt(s^2 (2 - s^2)) / exp(m^2 / (2 - s^2)) of its draws; here
    # s^2 = 0.2, m = 1.2.
    s2, m = 0.2, 1.2
    kept = np.sqrt(s2 * (2 - s2)) * np.exp(-(m**2) / (2 - s2))
    assert found.effective_draws / found.draws == pytest.approx(kept, rel=0.1)
    assert found.warning == ""


def test_the_headline_moves_with_it(known) -> None:
    found = condition(known, f"{KEY}=at least 1", metrics=["lag"], threshold="survey")
    change = next(h for h in found.headline if h.policy == "airtight")
    assert change.before.value == pytest.approx(13.0, abs=0.01)
    # Upper half of N(1, 2): mean 1 + 2 sqrt(2 / pi).
    assert change.after.value == pytest.approx(13.0 + 6.0 * np.sqrt(2 / np.pi), abs=0.02)
    assert found.effective_draws == pytest.approx(found.draws / 2)
    assert found.policy == "status-quo"


def test_an_outcome_says_the_same_as_its_cause(known) -> None:
    cause = condition(known, f"{KEY}=at most 0", threshold="survey")
    outcome = condition(known, "lag@2028-12-31=at most 10", threshold="survey")
    assert np.array_equal(cause.weights, outcome.weights)


def test_several_observations_multiply(known) -> None:
    both = condition(known, [f"{KEY}>=1", f"{KEY}<=3"], threshold="survey")
    x = known.assumptions[KEY]
    assert np.count_nonzero(both.weights) == np.count_nonzero((x >= 1) & (x <= 3))
    assert len(both.alone) == 2
    assert min(both.alone) > both.effective_draws


def test_failed_draws_and_crossed_draws_stay_out(known) -> None:
    failed = known.draws["failed"].copy()
    failed[0, :4096] = 1.0
    ensemble = replace(known, draws=known.draws.assign(failed=failed))
    found = condition(ensemble, f"{KEY}=at least 1", threshold="survey")
    assert not found.weights[:4096].any()
    assert found.draws == 4096


def test_a_collapse_is_said(known) -> None:
    rough = condition(known, f"{KEY}=6 to 6.01", threshold="survey")
    assert rough.warning.startswith("The weights have collapsed")
    assert "Only" in condition(known, f"{KEY}=5 to 5.3", threshold="survey").warning


@pytest.mark.parametrize(
    ("observed", "told"),
    [
        (f"{KEY}=at least 100", "no draw agrees with it under status-quo: the draws lie between"),
        ([f"{KEY}=at least 3", f"{KEY}=at most 0"], "no draw agrees with all observations at once"),
        (f"{KEY}=2", "one number is never met exactly"),
        (f"{KEY}@2027-01-01=at least 1", "is an assumption and has no date"),
        ("lag=at least 3", "lag needs a date"),
        ("lag@2040-01-01=at least 3", "outside what was kept of the run"),
        ("lag@2027-01-01..2027-12-31=at least 3", "is read on one day"),
        ("leg@2027-01-01=at least 3", "unknown quantity 'leg'"),
        (
            "domestic.push_from_scarcit=1 to 2",
            "unknown quantity 'domestic.push_from_scarcit': did you mean 'domestic.push_from_scarcity'",
        ),
        ("lag@2027-13-01=3 to 4", "impossible date"),
        ("lag@2027-12-01=4 to 3", "is reversed"),
        ("lag@2027-12-01", "is not an observation"),
        ([], "name at least one observation"),
    ],
)
def test_bad_observations(known, observed, told: str) -> None:
    with pytest.raises(CurveshiftError) as caught:
        condition(known, observed, threshold="survey")
    assert told in str(caught.value)


def test_a_policy_that_is_not_there(known) -> None:
    with pytest.raises(CurveshiftError, match="did you mean 'airtight'"):
        condition(known, f"{KEY}=at least 1", policy="airtigt")


def test_written_and_read_back() -> None:
    for text in ("legal-chips@2026-07-01..2026-12-31=at most 50k", "index-china@2026-07-31=160"):
        assert str(parse_observation(text)) == text
    assert parse_observation("lag@2027-06-30<=4").value == "<=4"
    with pytest.raises(CurveshiftError, match="does not come before"):
        parse_observation("legal-chips@2027-01-01..2026-12-31=at most 1")


@pytest.fixture(scope="module")
def run():
    return simulate(["status-quo"], draws=512, end=date(2028, 12, 1), keep_paths=1)


def test_a_better_chinese_model_speaks_for_faster_progress(run) -> None:
    found = condition(run, "index-china@2026-09-30=at least 165")
    assert found.moved[0].assumption == "efficiency.growth_per_year"
    assert found.moved[0].shift > 0.3
    none = condition(run, "index-china@2026-09-30=at least 60")
    assert none.effective_draws == pytest.approx(512, rel=1e-3)
    assert not any(m.clear for m in none.moved)


def test_flows_between_two_dates(run) -> None:
    found = condition(run, "legal-chips@2026-07-01..2027-06-30=at most 10k")
    assert "beijing.blocked_leak" in [m.assumption for m in found.moved[:2]]
    assert found.moved[0].shift < 0
    chips = run.draws["chips_so_far"].sel(policy="status-quo", flow="legal")
    at_year_ends = run.draws["cumulative_chips"].sel(policy="status-quo", flow="legal", year_end=2027)
    assert chips.sel(quarter="2027-12-31").values == pytest.approx(at_year_ends.values, rel=1e-6)


def test_an_index_with_an_interval_says_less_than_one_without(run) -> None:
    exact = condition(run, "index-china@2026-09-30=160").effective_draws
    rough = condition(run, "index-china@2026-09-30=140 to 180").effective_draws
    assert exact < rough < 512
