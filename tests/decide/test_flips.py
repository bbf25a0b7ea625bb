"""A reversal is found where it was put, and not where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from curveshift.decide import Verdict, flip_table
from curveshift.decide.statistics import weight_rows
from curveshift.errors import CurveshiftError

N = 4096
CURVED, IDLE, FEW = "diversion.chips_2024", "systems.utilisation", "threshold.essay_year"


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    """Even points of three independent uniform numbers, in random order, with one to decide events."""
    rng = np.random.default_rng(7)
    return np.stack([(rng.permutation(N) + 0.5) / N for _ in range(4)])


@pytest.fixture
def ensemble(make, points):
    prior = make({"status-quo": [1.0, 2.0]}).scenario.assumptions
    return make(
        {"status-quo": np.full(N, 5.0)},
        replicates=8,
        assumptions={
            CURVED: prior[CURVED].distribution.ppf(points[0]),
            IDLE: prior[IDLE].distribution.ppf(points[1]),
            FEW: np.where(points[2] < 0.25, 2026.0, 2027.0),
        },
    )


def rows() -> np.ndarray:
    return weight_rows(np.ones(N), np.arange(N) * 8 // N)


def test_the_value_that_turns_a_verdict_is_found(ensemble, points) -> None:
    # Likelier than not exactly where the normal score is below 0.8, by a logistic curve.
    chance = 1 / (1 + np.exp(3 * (ndtri(points[0]) - 0.8)))
    event = (points[3] < chance).astype(float)
    (found,) = flip_table(ensemble, [Verdict("it happens", event, rows(), 0.5, 0.0, 1.0)]).verdicts
    assert found.holds
    assert found.clear
    (flip,) = found.flips
    assert flip.assumption == CURVED
    assert flip.side == "above"
    assert flip.supported
    assert flip.prior_beyond == pytest.approx(1 - ndtr(0.8), abs=0.03)
    truth = ensemble.scenario.assumptions[CURVED].distribution.ppf(ndtr(0.8))
    assert flip.low < truth < flip.high
    assert flip.value == pytest.approx(float(truth), rel=0.15)
    assert flip.beyond.value < 0.5
    assert set(found.unmoved) == {IDLE, FEW}


def test_a_verdict_that_does_not_hold_is_turned_on_the_other_side(ensemble, points) -> None:
    score = np.where(ndtri(points[0]) > 1.0, 1.0, -0.5)
    (found,) = flip_table(ensemble, [Verdict("more", score, rows(), 0.0, -1.0, 1.0)]).verdicts
    assert not found.holds
    (flip,) = found.flips
    assert (flip.assumption, flip.side, flip.supported) == (CURVED, "above", True)
    # A step is not a logistic curve, so the place is only about right.
    assert flip.prior_beyond == pytest.approx(1 - ndtr(1.0), abs=0.1)


def test_an_assumption_with_few_values_is_read_value_by_value(ensemble, points) -> None:
    event = (points[3] < np.where(points[2] < 0.25, 0.2, 0.9)).astype(float)
    (found,) = flip_table(ensemble, [Verdict("it happens", event, rows(), 0.5, 0.0, 1.0)]).verdicts
    (flip,) = found.flips
    assert (flip.assumption, flip.side, flip.value) == (FEW, "at", 2026.0)
    assert flip.prior_beyond == pytest.approx(0.25)
    assert flip.beyond.value == pytest.approx(0.2, abs=0.05)


@pytest.mark.parametrize("share", [0.0, 1.0, 0.9])
def test_nothing_turns_what_hangs_on_nothing(ensemble, points, share: float) -> None:
    event = (points[3] < share).astype(float)
    (found,) = flip_table(ensemble, [Verdict("it happens", event, rows(), 0.5, 0.0, 1.0)]).verdicts
    assert found.flips == ()
    assert len(found.unmoved) == 3
    assert found.holds is (share > 0.5)


def test_a_reversal_that_few_draws_show_is_called_weak(make, points) -> None:
    prior = make({"status-quo": [1.0, 2.0]}).scenario.assumptions
    n = 256
    u = (np.argsort(np.argsort(points[0][:n])) + 0.5) / n
    small = make(
        {"status-quo": np.full(n, 5.0)}, replicates=8, assumptions={CURVED: prior[CURVED].distribution.ppf(u)}
    )
    event = (u < 0.96).astype(float)
    weights = weight_rows(np.ones(n), np.arange(n) * 8 // n)
    (found,) = flip_table(small, [Verdict("it happens", event, weights, 0.5, 0.0, 1.0)]).verdicts
    (flip,) = found.flips
    assert not flip.supported
    assert (
        "weakly supported"
        in flip_table(small, [Verdict("it happens", event, weights, 0.5, 0.0, 1.0)])._repr_html_()
    )


def test_the_headline_verdicts_are_about_what_they_say(make) -> None:
    ensemble = make(
        {"status-quo": [4.0, 8.0, 10.0, 20.0], "airtight": [4.0, 8.0, 10.0, 20.0]},
        lag_by_date={"status-quo": [4.0, 8.0, 13.0, 20.0], "airtight": [4.0, 14.0, 13.0, 20.0]},
        stock_year=[2027.0, 2028.9, 2029.1, np.inf],
        weight=[0, 1, 1, 1],
    )
    tight, world, millions = flip_table(ensemble).verdicts
    assert "2028 is likelier under airtight than under status-quo" in tight.sentence
    assert tight.value.value == 0.25
    # Of the three draws that remain two are bipolar and one is unipolar.
    assert world.value.value == pytest.approx(1 / 3)
    assert millions.value.value == 0.5
    assert not millions.holds
    alone = make({"status-quo": [4.0, 8.0]})
    assert len(flip_table(alone).verdicts) == 2


def test_bad_questions_are_refused(make) -> None:
    ensemble = make({"airtight": [4.0, 8.0]})
    with pytest.raises(CurveshiftError, match="unknown policy of this ensemble 'status-quo'"):
        flip_table(ensemble)
    with pytest.raises(CurveshiftError, match="a verdict is about one threshold: essay-2025, survey, ftm"):
        flip_table(ensemble, base="airtight", threshold="mixture")
    with pytest.raises(CurveshiftError, match="at least one verdict"):
        flip_table(ensemble, [])
