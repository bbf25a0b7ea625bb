"""Weighted statistics against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curveshift.decide.statistics import (
    Estimate,
    conditional_mean,
    expectation,
    expectations,
    mixed_rows,
    quantiles,
    weight_rows,
)
from curveshift.errors import CurveshiftError


def test_the_error_is_the_spread_of_the_replicates_over_the_root_of_their_number() -> None:
    found = Estimate.of([0.4, 0.2, 0.4, 0.6, 0.4])
    assert found.value == 0.4
    # Standard deviation of (0.2, 0.4, 0.6, 0.4): sqrt(0.08 / 3); over sqrt(4).
    assert found.error == pytest.approx(math.sqrt(0.08 / 3) / 2)


def test_no_error_from_one_replicate_and_none_for_what_is_infinite() -> None:
    assert math.isnan(Estimate.of([0.5, 0.5]).error)
    assert math.isnan(Estimate.of([math.inf, 1.0, 2.0]).error)
    assert math.isnan(Estimate.of([1.0, 1.0, math.inf, math.inf, math.inf]).error)


def test_weights_decide_a_probability() -> None:
    rows = weight_rows([3.0, 1.0, 1.0, 1.0], [0, 0, 1, 1])
    found = expectation([True, False, False, True], rows)
    assert found.value == pytest.approx(4 / 6)
    # 0.75 in the first replicate, 0.5 in the second.
    assert found.error == pytest.approx(0.125)


def test_draws_that_weigh_nothing_give_no_number() -> None:
    assert math.isnan(expectation([True, True], weight_rows([0, 0], [0, 1])).value)
    with pytest.raises(CurveshiftError, match="not of one length"):
        weight_rows([1.0, 1.0], [0])


def test_a_mixture_gives_its_parts_equal_shares() -> None:
    replicate = [0, 0, 1, 1]
    # The second part keeps one draw of four, and still counts for half.
    rows = mixed_rows([weight_rows([1, 1, 1, 1], replicate), weight_rows([0, 1, 0, 0], replicate)])
    first, second = [1, 0, 0, 0], [0, 1, 0, 0]
    assert expectation(first + second, rows).value == pytest.approx(0.5 * 0.25 + 0.5 * 1.0)


def test_a_mean_among_some_draws() -> None:
    rows = weight_rows([1, 1, 2, 1], [0, 0, 1, 1])
    assert conditional_mean([1, 0, 1, 0], [1, 1, 1, 0], rows).value == pytest.approx(0.75)
    assert math.isnan(conditional_mean([1, 0, 1, 0], [0, 0, 0, 0], rows).value)


def test_a_weighted_quantile_is_the_smallest_value_that_reaches_the_level() -> None:
    rows = weight_rows([1, 1, 2, 4], [0, 1, 0, 1])
    low, middle, high = quantiles([10.0, 20.0, 30.0, 40.0], (0.125, 0.5, 0.51), rows)
    assert (low.value, middle.value, high.value) == (10.0, 30.0, 40.0)


def test_a_quantile_may_be_infinite_and_leaves_out_what_is_undefined() -> None:
    rows = weight_rows(np.ones(4), [0, 0, 1, 1])
    middle, high = quantiles([1.0, np.nan, 2.0, np.inf], (0.5, 0.9), rows)
    assert middle.value == 2.0
    assert high.value == math.inf
    assert math.isnan(quantiles([np.nan] * 4, (0.5,), rows)[0].value)
    with pytest.raises(CurveshiftError, match="between 0 and 1"):
        quantiles([1.0] * 4, (1.0,), rows)


@given(st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=40), st.floats(0.01, 0.99))
def test_with_equal_weights_a_quantile_is_that_of_numpy(values: list[float], level: float) -> None:
    rows = weight_rows(np.ones(len(values)), np.arange(len(values)) % 2)
    (found,) = quantiles(values, (level,), rows)
    assert found.value == np.quantile(values, level, method="inverted_cdf")


def test_columns_together_have_the_bits_of_each_alone() -> None:
    rng = np.random.default_rng(5)
    for replicates in (1, 2, 8, 64):
        rows = weight_rows(rng.random(256), np.arange(256) * replicates // 256)
        values = rng.normal(size=(256, 40)) ** 3
        rows[:, :] = np.where(rng.random(rows.shape[0])[:, None] < 0.05, np.nan, rows)
        together = expectations(values, rows)
        alone = [Estimate.of(column) for column in np.ascontiguousarray((rows @ values).T)]
        assert [repr(e) for e in together] == [repr(e) for e in alone]
