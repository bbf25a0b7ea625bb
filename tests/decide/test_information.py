"""Value of information against problems with known answers."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from scipy.stats import norm

from curveshift.decide import value_of_information
from curveshift.decide.information import CLEAR, parse_utility
from curveshift.decide.regressing import partial_value, perfect_value
from curveshift.decide.statistics import weight_rows
from curveshift.errors import CurveshiftError

N = 8192
MEAN, A, B = 0.3, 1.0, 1.5


def worth(spread: float) -> float:
    """Two choices whose difference is normal with mean MEAN: E max(0, d) - max(0, MEAN), by hand."""
    return spread * norm.pdf(MEAN / spread) - MEAN * norm.cdf(-MEAN / spread)


@pytest.fixture(scope="module")
def linear():
    rng = np.random.default_rng(5)
    x, y, z = rng.standard_normal((3, N))
    utilities = np.stack([np.zeros(N), MEAN + A * x + B * y])
    return utilities, x, y, z, weight_rows(np.ones(N), np.arange(N) * 8 // N)


def test_one_of_two_numbers_known(linear) -> None:
    utilities, x, _, _, rows = linear
    # A monotone transform says the same.
    for column in (x, np.exp(x)):
        found = partial_value(utilities, [column], rows)
        assert found.value.value == pytest.approx(worth(A), abs=4 * found.value.error)
        assert found.fitted == pytest.approx(worth(A), abs=0.02)
        assert found.changes == pytest.approx(norm.cdf(-MEAN / A), abs=0.03)


def test_both_known_is_perfect_information(linear) -> None:
    utilities, x, y, _, rows = linear
    both = partial_value(utilities, [x, y], rows)
    perfect = perfect_value(utilities, rows)
    spread = float(np.hypot(A, B))
    assert perfect.value == pytest.approx(worth(spread), abs=4 * perfect.error)
    assert both.value.value == pytest.approx(perfect.value, rel=0.01)
    assert both.value.value <= perfect.value + 1e-12


def test_a_number_that_does_not_matter_is_worth_nothing(linear) -> None:
    utilities, _, _, z, rows = linear
    found = partial_value(utilities, [z], rows)
    assert found.value.value < 0.005
    assert found.fitted < 0.005


def test_choices_that_are_alike_on_average() -> None:
    """A tie makes the best choice a matter of chance, which must not look like something known."""
    rng = np.random.default_rng(7)
    x, z = rng.standard_normal((2, 512))
    utilities = np.stack([x, -x])
    utilities -= utilities.mean(axis=1, keepdims=True)
    rows = weight_rows(np.ones(512), np.arange(512) * 8 // 512)
    idle = partial_value(utilities, [z], rows).value
    assert idle.value < CLEAR * idle.error
    known = partial_value(utilities, [x], rows).value
    assert known.value == pytest.approx(np.sqrt(2 / np.pi), abs=4 * known.error)


def test_a_few_values() -> None:
    rng = np.random.default_rng(3)
    coin = rng.integers(0, 2, N).astype(float)
    utilities = np.stack([coin, 1.0 - coin]) + 0.1 * rng.standard_normal((2, N))
    found = partial_value(utilities, [coin], weight_rows(np.ones(N), np.arange(N) * 8 // N))
    assert found.value.value == pytest.approx(0.5, abs=0.02)


def test_an_even_effect_is_seen() -> None:
    """The gain is large at both ends of a number and small in the middle: no straight line sees it."""
    rng = np.random.default_rng(4)
    x = rng.standard_normal(N)
    utilities = np.stack([np.zeros(N), x**2 - 1.0])
    found = partial_value(utilities, [x], weight_rows(np.ones(N), np.arange(N) * 8 // N))
    # E max(0, x^2 - 1) = 2 phi(1) by parts.
    assert found.value.value == pytest.approx(2 * norm.pdf(1.0), rel=0.1)


@pytest.mark.parametrize(
    ("utility", "told"),
    [
        ({"max:lag": 0.5, "max:us-revenue": 0.6}, "must sum to 1, but they sum to 1.1"),
        ({"max:lag": 1.5, "max:us-revenue": -0.5}, "between 0 and 1"),
        ({"max:lag": 0.5, "min:lag": 0.5}, "given twice"),
        ("max:leg", "did you mean 'lag'"),
        ({}, "name at least one metric"),
    ],
)
def test_utilities_that_make_no_sense(utility, told: str) -> None:
    with pytest.raises(CurveshiftError) as caught:
        parse_utility(utility)
    assert told in str(caught.value)


def made(make, noise: float = 0.0):
    """status-quo's lag is 10; airtight's is 10 plus what one assumption says, around its median."""
    rng = np.random.default_rng(2)
    n = 1024
    key, idle = "domestic.push_from_scarcity", "remote.rule_efficacy"
    x, y = rng.standard_normal((2, n))
    lag = 10.0 + MEAN + A * x + noise * rng.standard_normal(n)
    return make(
        {"status-quo": [1.0] * n, "airtight": [1.0] * n},
        lag_by_date={"status-quo": 10.0, "airtight": lag},
        revenue={"status-quo": 2.0, "airtight": 2.0},
        assumptions={key: x, idle: norm.cdf(y)},
        replicates=8,
    ), key, idle  # fmt: skip


def test_the_ranking_in_words(make) -> None:
    ensemble, key, idle = made(make)
    found = value_of_information(ensemble, "max:lag", threshold="survey")
    assert (found.best, found.unit) == ("airtight", "months")
    assert [w.name for w in found.singles] == [key, idle]
    first, second = found.singles
    assert first.value.value == pytest.approx(worth(A), abs=4 * first.value.error)
    assert first.share == pytest.approx(1.0, abs=0.02)
    assert (first.seen, second.seen) == (True, False)
    words = found.in_words()
    assert words[0].startswith("airtight is best on average, and no other policy does better in 59% of draws")
    assert found.best_share.value == pytest.approx(norm.cdf(MEAN), abs=0.04)
    assert words[2].startswith(f"1. {key}: worth ")
    assert len(words) == 3
    assert found.groups[-1].assumptions == 2


def test_nothing_to_find_out_when_one_policy_is_always_best(make) -> None:
    ensemble, _, _ = made(make)
    lag = ensemble.draws["lag_months"].values.copy()
    lag[1] = lag[0] + 1.0
    from dataclasses import replace

    sure = replace(
        ensemble, draws=ensemble.draws.assign(lag_months=ensemble.draws["lag_months"].copy(data=lag))
    )
    found = value_of_information(sure, "max:lag", threshold="survey")
    assert found.perfect.value == 0.0
    assert not any(w.seen for w in (*found.singles, *found.groups))
    assert found.in_words()[1] == "Nothing that could be known would change the choice."


def test_mixture_and_several_goals(make) -> None:
    ensemble, key, _ = made(make)
    with pytest.raises(CurveshiftError, match="all policies are alike on it"):
        value_of_information(ensemble, {"max:lag": 0.5, "max:us-revenue": 0.5})
    mixture = value_of_information(ensemble, "max:lag", threshold="mixture")
    alone = value_of_information(ensemble, "max:lag", threshold="survey")
    assert mixture.singles[0].name == key
    assert mixture.singles[0].value.value == pytest.approx(alone.singles[0].value.value, rel=1e-6)


def test_policies_that_are_simulated() -> None:
    found = value_of_information(
        ["status-quo", "january-2026"],
        {"max:lag": 0.5, "max:us-revenue": 0.5},
        draws=64,
        end=date(2028, 12, 1),
    )
    assert found.unit == "swings"
    assert len(found.singles) > 80
    assert all(w.fitted <= found.perfect.value + 1e-9 for w in found.singles)
