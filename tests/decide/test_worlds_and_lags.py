"""Worlds, windows, censoring and weights, on draws made by hand."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from curveshift.decide import WORLDS, lag_distribution, probability_lag_exceeds, worlds
from curveshift.decide.polarity import crossed_by, membership
from curveshift.errors import CurveshiftError
from curveshift.world import Ensemble

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("lag", "known", "window", "world"),
    [
        (0.0, 100, 12, "bipolar"),
        (12.0, 100, 12, "bipolar"),
        (12.01, 100, 12, "unipolar-us"),
        (12.01, 100, 24, "bipolar"),
        (-12.0, 100, 12, "bipolar"),
        (-12.01, 100, 12, "unipolar-china"),
        (INF, 12, 12, "unipolar-us"),
        (INF, 11.9, 12, "undecided"),
        (-INF, 12, 12, "unipolar-china"),
        (-INF, 11.9, 12, "undecided"),
        (NAN, -INF, 12, "not-yet"),
        # China is seen to be 20 months later: no horizon can change that.
        (20.0, 1, 12, "unipolar-us"),
    ],
)
def test_the_world_of_a_draw(lag: float, known: float, window: int, world: str) -> None:
    members = membership([lag], [known], window)[0]
    assert members.sum() == 1
    assert WORLDS[int(members.argmax())] == world


def test_shares_of_worlds_and_what_the_horizon_hides(make) -> None:
    # The run ends with 2035: 2029 leaves seven years, 2035.5 six months.
    ensemble = make(
        {"status-quo": [3.0, 14.0, -14.0, INF, INF, NAN, -INF, 12.0]},
        first_year=np.array([2029, 2029, 2029, 2029, 2035.5, 2029, 2035.5, 2029]),
    )
    (found,) = worlds(ensemble, 12, threshold="survey")
    got = {name: x.value * 8 for name, x in found.shares.items()}
    assert got == {"unipolar-us": 2, "bipolar": 2, "unipolar-china": 1, "not-yet": 1, "undecided": 2}
    (short,) = worlds(ensemble, 6, threshold="survey")
    assert short.shares["undecided"].value == 0
    assert short.shares["unipolar-us"].value * 8 == 4
    assert short.shares["unipolar-china"].value * 8 == 2


def test_every_window_adds_up_and_bipolar_grows_with_it(make) -> None:
    rng = np.random.default_rng(1)
    ensemble = make({"status-quo": rng.normal(8, 10, 64)})
    found = worlds(ensemble, range(3, 37), threshold="ftm")
    assert [w.window_months for w in found] == list(range(3, 37))
    assert all(math.isclose(sum(x.value for x in w.shares.values()), 1.0) for w in found)
    bipolar = [w.shares["bipolar"].value for w in found]
    assert bipolar == sorted(bipolar)


def test_the_condition_leaves_out_draws_and_says_how_many(make) -> None:
    ensemble = make({"status-quo": [4.0, 8.0, 20.0, 30.0]}, weight=[0, 1, 1, 1])
    (found,) = worlds(ensemble, 12, threshold="essay-2025")
    assert found.crossed_by_as_of.value == 0.25
    assert found.shares["bipolar"].value == pytest.approx(1 / 3)
    assert found.unconditioned["bipolar"].value == 0.5
    # One of one against none of two; two of four draws either way without the condition.
    assert found.shares["bipolar"].error == pytest.approx(0.5)
    assert found.unconditioned["bipolar"].error == pytest.approx(0.5)


def test_thresholds_come_in_order_and_the_mixture_last_with_equal_weights(make) -> None:
    lag = np.array([[1.0, 20.0, NAN], [1.0, 20.0, 20.0], [20.0, 1.0, 20.0], [1.0, 1.0, 1.0]])
    weight = np.array([[1, 0, 1], [0, 1, 1], [1, 1, 1], [0, 1, 1]])
    ensemble = make({"status-quo": lag}, weight=weight)
    found = worlds(ensemble, 12)
    assert [w.threshold for w in found] == ["essay-2025", "survey", "ftm", "mixture"]
    bipolar = [w.shares["bipolar"].value for w in found]
    assert bipolar == pytest.approx([1 / 2, 2 / 3, 1 / 4, (1 / 2 + 2 / 3 + 1 / 4) / 3])
    assert found[-1].crossed_by_as_of.value == pytest.approx(3 / 12)


def test_failed_draws_weigh_nothing(make) -> None:
    ensemble = make({"status-quo": [4.0, NAN, 20.0, 4.0]}, failed=[0, 1, 0, 0])
    (found,) = worlds(ensemble, 12, threshold="survey")
    assert found.shares["not-yet"].value == 0
    assert found.shares["bipolar"].value == pytest.approx(2 / 3)


def test_lag_at_crossing_counts_what_is_known(make) -> None:
    ensemble = make(
        {"status-quo": [5.0, 7.0, 13.0, 30.0, INF, INF, NAN, -20.0]},
        first_year=np.array([2029, 2029, 2029, 2029, 2029, 2035.5, 2029, 2029]),
    )
    six, twelve, years = probability_lag_exceeds(ensemble, (6, 12, 24), threshold="ftm")
    assert (six.probability.value * 8, twelve.probability.value * 8, years.probability.value * 8) == (5, 3, 2)
    assert (six.undecided.value * 8, twelve.undecided.value * 8) == (0, 1)
    assert twelve.not_yet.value * 8 == 1
    assert twelve.among_crossed.value == pytest.approx(3 / 7)
    assert twelve.by == twelve.estimator == "crossing"


def test_lag_at_a_date_is_read_at_the_quarter_before_it(make) -> None:
    ensemble = make({"status-quo": [0.0] * 4}, lag_by_date=[5.0, 11.0, 13.0, -3.0], weight=[0, 1, 1, 1])
    (found,) = probability_lag_exceeds(ensemble, (12,), by=date(2028, 12, 31), threshold="survey")
    assert found.by == "2028-12-31"
    assert found.estimator == "level"
    assert found.probability.value == pytest.approx(1 / 3)
    assert found.unconditioned.value == 0.25
    (between,) = probability_lag_exceeds(ensemble, (12,), by="2028-11-15", threshold="mixture")
    assert between.by == "2028-09-30"
    assert between.probability.value == pytest.approx(1 / 3)


def test_quantiles_of_the_lag_reach_beyond_the_horizon(make) -> None:
    ensemble = make({"status-quo": [2.0, 4.0, INF, NAN]})
    (found,) = lag_distribution(ensemble, threshold="survey", levels=(0.5, 0.9))
    assert found.quantiles[0.5].value == 4.0
    assert found.quantiles[0.9].value == INF
    assert found.defined.value == 0.75


def test_the_date_of_crossing(make) -> None:
    ensemble = make({"status-quo": [2.0, 4.0, NAN, INF]}, first_year=[2027.5, 2028.5, 2029, 2027.1])
    assert crossed_by(ensemble, "status-quo", "ftm", 2028.0).value == 0.5
    assert crossed_by(ensemble, "status-quo", "ftm", 2028.0, "china").value == 0.25


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda e: worlds(e, 0), "0 months is outside the range 1 to 120"),
        (lambda e: worlds(e, [12, 121]), "121 months"),
        (lambda e: worlds(e, threshold="essay"), "unknown threshold 'essay'.*essay-2025"),
        (lambda e: worlds(e, policy="airtigt"), "unknown policy of this ensemble 'airtigt'.*airtight"),
        (lambda e: probability_lag_exceeds(e, (-1,)), "at or above 0"),
        (lambda e: probability_lag_exceeds(e, by="2028-02-30"), "impossible date '2028-02-30'"),
        (lambda e: probability_lag_exceeds(e, by="2040-01-01"), "outside the run"),
        (lambda e: probability_lag_exceeds(e, by="2021-12-31"), "outside the run"),
        (lambda e: lag_distribution(e, by="2028-12-31", estimator="slop"), "did you mean 'slope'"),
        (lambda e: lag_distribution(e, levels=(0.0,)), "between 0 and 1"),
    ],
)
def test_bad_questions_are_refused_in_words(two_policies: Ensemble, call, says: str) -> None:
    with pytest.raises(CurveshiftError, match=says):
        call(two_policies)


def test_a_level_of_ones_own_is_asked_for_by_name_and_not_mixed_in():
    from curveshift.decide.polarity import crossing_values, mixed
    from curveshift.world import simulate

    plain, own = (
        simulate("status-quo", settings, draws=64)
        for settings in ((), ["threshold.custom_log10_flop_2024=31"])
    )
    with pytest.raises(
        CurveshiftError, match=r"threshold 'custom': no level is set.*custom_log10_flop_2024=32"
    ):
        worlds(plain, 12, threshold="custom")
    [found] = worlds(own, 12, threshold="custom")
    assert sum(share.value for share in found.shares.values()) == pytest.approx(1.0)
    assert mixed(["survey", "custom", "ftm"]) == ("survey", "ftm")
    [mixture], [same] = (worlds(r, 12, threshold="mixture") for r in (plain, own))
    assert mixture == same
    lag = crossing_values(own, "lag_at_crossing_months", "mixture", policy="status-quo")
    assert lag.shape == (3 * 64,)
    for asked in ("custom", "mixture"):
        assert probability_lag_exceeds(own, (12,), by="2028-12-31", threshold=asked)
