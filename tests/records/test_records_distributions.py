from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from curveshift.errors import CurveshiftError
from curveshift.records import Distribution, canonical_json, from_data, parse_value
from curveshift.records.distributions import Z90, Interval

U = (np.arange(2000) + 0.5) / 2000

MIX = {"distribution": "mixture", "weights": [1, 3], "parts": ["0.1 to 2", "1 to 10"]}
WITH_ZERO = {"distribution": "mixture", "weights": [0.3, 0.7], "parts": [0, "1 to 10"]}
CASES: list[tuple[Any, str]] = [
    (5, "real"),
    ("10k to 300k", "positive"),
    ("30% to 70%", "share"),
    ("-0.2 to 0.4", "real"),
    ("about 140k (10k to 500k)", "positive"),
    ("about 0.6 (0.1 to 0.7)", "share"),
    ("about 0 (-1 to 3)", "real"),
    ({"distribution": "uniform", "low": 2, "high": 6}, "positive"),
    ({"distribution": "loguniform", "low": "1k", "high": "1M"}, "positive"),
    ({"distribution": "triangular", "low": 1, "mode": 2, "high": 4}, "positive"),
    ({"distribution": "triangular", "low": 1, "mode": 1, "high": 4}, "positive"),
    ({"distribution": "triangular", "low": 1, "mode": 4, "high": 4}, "positive"),
    ({"distribution": "beta", "a": 2, "b": 5}, "share"),
    ({"distribution": "discrete", "values": [0, 0.15, 0.4], "weights": [0.5, 0.3, 0.2]}, "share"),
    ({"distribution": "interval", "low": 1, "median": 2, "high": 9}, "positive"),
    (MIX, "positive"),
    (WITH_ZERO, "positive"),
    ({"distribution": "mixture", "weights": [1, 1], "parts": ["-3 to -2", "2 to 3"]}, "real"),
    ({"distribution": "posterior", "name": "x", "quantiles": [1, 2, 2.5, 4, 9]}, "positive"),
    ({"distribution": "truncated", "inner": "10k to 300k", "low": 0, "high": "200k"}, "positive"),
]


def made(value: Any, support: str = "positive", **more: Any) -> Distribution:
    return parse_value(value, support, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "support", "oracle"),
    [
        ("1 to 10", "positive", stats.lognorm(s=np.log(10) / (2 * Z90), scale=np.sqrt(10))),
        ("-0.2 to 0.4", "real", stats.norm(0.1, 0.3 / Z90)),
        ({"distribution": "uniform", "low": 2, "high": 6}, "real", stats.uniform(2, 4)),
        ({"distribution": "loguniform", "low": 2, "high": 60}, "real", stats.loguniform(2, 60)),
        ({"distribution": "triangular", "low": 1, "mode": 2, "high": 5}, "real", stats.triang(0.25, 1, 4)),
        ({"distribution": "beta", "a": 2, "b": 5}, "share", stats.beta(2, 5)),
    ],
)
def test_known_answers(value: Any, support: str, oracle: Any) -> None:
    found = made(value, support)
    np.testing.assert_allclose(found.ppf(U), oracle.ppf(U), rtol=1e-11, atol=1e-14)
    x = oracle.ppf(U)
    np.testing.assert_allclose(found.cdf(x), oracle.cdf(x), rtol=1e-10, atol=1e-14)


def test_logit_normal_by_its_definition() -> None:
    found = made("20% to 90%", "share")
    scores = np.log(found.ppf(U) / (1 - found.ppf(U)))
    low, high = np.log(0.2 / 0.8), np.log(0.9 / 0.1)
    np.testing.assert_allclose(
        scores, stats.norm((low + high) / 2, (high - low) / (2 * Z90)).ppf(U), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize(("value", "support"), CASES)
def test_quantiles_rise_and_agree_with_the_cdf(value: Any, support: str) -> None:
    found = made(value, support)
    x = found.ppf(U)
    assert x.dtype == np.float64
    assert (np.diff(x) >= 0).all()
    assert (found.cdf(x) >= U - 1e-9).all()
    least, most = found.support
    assert least <= x.min()
    assert x.max() <= most
    assert found.median == found.ppf(0.5)


@pytest.mark.parametrize(("value", "support"), CASES)
def test_stored_and_read_back(value: Any, support: str) -> None:
    found = made(value, support)
    again = from_data(found.to_data())
    assert again == found
    assert canonical_json(again.to_data()) == canonical_json(found.to_data())
    assert found.describe()


@pytest.mark.parametrize(("value", "support"), CASES)
def test_one_number_at_a_time_gives_the_same_bytes(value: Any, support: str) -> None:
    found = made(value, support)
    whole = found.ppf(U[:301])
    assert np.concatenate([found.ppf(U[i : i + 7]) for i in range(0, 301, 7)]).tobytes() == whole.tobytes()


def test_the_interval_is_the_one_written_and_a_median_keeps_its_half() -> None:
    assert made("10k to 300k").interval(0.9) == pytest.approx((1e4, 3e5), rel=1e-12)
    split = made("about 140k (10k to 500k)")
    assert split.interval(0.9) == pytest.approx((1e4, 5e5), rel=1e-12)
    assert split.median == pytest.approx(1.4e5, rel=1e-12)
    assert float(split.cdf(1.4e5)) == pytest.approx(0.5)


@given(st.floats(-50, 50), st.floats(1e-3, 50), st.floats(0.05, 0.95))
def test_any_normal_interval_holds_what_it_says(low: float, width: float, part: float) -> None:
    found = Interval(low, low + width, "real", low + part * width)
    assert found.interval(0.9) == pytest.approx((low, low + width), rel=1e-9, abs=1e-9)
    assert found.median == pytest.approx(low + part * width, rel=1e-9, abs=1e-9)


def test_truncation_rescales_and_does_not_clip() -> None:
    cut = made("-1.645 to 1.645", "real", bounds=[-0.5, 1])
    scale = 1.645 / Z90
    oracle = stats.truncnorm(-0.5 / scale, 1 / scale, 0, scale)
    np.testing.assert_allclose(cut.ppf(U), oracle.ppf(U), rtol=1e-9, atol=1e-12)
    assert len(np.unique(cut.ppf(U))) == len(U)
    assert float(cut.cdf(1.0)) == 1.0
    assert float(cut.cdf(-0.5)) == pytest.approx(0.0, abs=1e-12)


def test_truncation_of_one_side_and_of_nothing() -> None:
    assert made("10k to 300k", bounds=[0, None]) == made("10k to 300k")
    assert made("10k to 300k", bounds=[0, "200k"]).describe().endswith("cut above 200k")
    assert made("10k to 300k", bounds=["20k", None]).describe().endswith("cut below 20k")
    assert made("10k to 300k", bounds=["20k", "200k"]).describe().endswith("cut to 20k to 200k")


def test_a_point_mass_stays_whole_also_on_a_bound() -> None:
    zero = made(WITH_ZERO)
    assert (zero.ppf(U) == 0).mean() == pytest.approx(0.3, abs=1e-3)
    bounded = made(WITH_ZERO, bounds=[0, 5])
    assert (bounded.ppf(U) == 0).mean() == pytest.approx(0.3 / float(zero.cdf(5.0)), abs=1e-3)
    values = {"distribution": "discrete", "values": [1, 2, 3], "weights": [1, 1, 2]}
    assert set(made(values, bounds=[2, 3]).ppf(U)) == {2.0, 3.0}


def test_a_mixture_is_its_parts() -> None:
    both = made(MIX)
    first, second = made("0.1 to 2"), made("1 to 10")
    x = both.ppf(U)
    np.testing.assert_allclose(0.25 * first.cdf(x) + 0.75 * second.cdf(x), U, atol=1e-11)


@pytest.mark.parametrize(
    ("value", "support", "told"),
    [
        ("-1 to 5", "positive", "must lie above 0"),
        ("0 to 5", "positive", "must lie above 0"),
        ("0.5 to 1.2", "share", "must lie between 0 and 1"),
        ("50% to 100%", "share", "must lie between 0 and 1"),
        (1.5, "share", "must lie between 0 and 1"),
        (-1, "positive", "at or above 0"),
        (True, "real", "is not a number"),
        (None, "real", "a number is needed"),
        (float("nan"), "real", "must be finite"),
        (10**400, "real", "must be finite"),
        ([1, 2], "real", "a number is needed, not a list"),
        ({}, "real", "unknown distribution ''"),
        ({"distribution": "lognormal", "low": 1}, "real", "did you mean"),
        ({"distribution": "uniform", "low": 1}, "real", "uniform needs high"),
        ({"distribution": "uniform", "low": 1, "hgh": 2}, "real", "did you mean 'high'"),
        ({"distribution": "uniform", "low": 2, "high": 1}, "real", "reversed"),
        ({"distribution": "loguniform", "low": 0, "high": 1}, "real", "must lie above 0"),
        ({"distribution": "triangular", "low": 0, "mode": 3, "high": 1}, "real", "mode 3 is not inside"),
        ({"distribution": "beta", "a": 0, "b": 1}, "share", "above 0"),
        ({"distribution": "discrete", "values": [2, 1], "weights": [1, 1]}, "real", "must differ and rise"),
        ({"distribution": "discrete", "values": [1, 2], "weights": [1]}, "real", "as many weights"),
        ({"distribution": "discrete", "values": [1, 2], "weights": [1, 0]}, "real", "above 0"),
        ({"distribution": "discrete", "values": "12", "weights": [1, 0]}, "real", "must be a list"),
        ({"distribution": "mixture", "weights": [1], "parts": [1]}, "real", "at least two parts"),
        ({"distribution": "interval", "low": 1, "high": 2, "shape": "odd"}, "real", "shape"),
    ],
)
def test_faulty_values(value: Any, support: str, told: str) -> None:
    with pytest.raises(CurveshiftError, match=told):
        made(value, support)


@pytest.mark.parametrize(
    ("value", "bounds", "told"),
    [
        (7, [0, 5], "outside the bounds 0 to 5"),
        ("1 to 2", [5, 3], "reversed"),
        ("1 to 2", [1e9, 2e9], "leave nothing"),
        ("1 to 2", [1], "bounds are two values"),
        ("1 to 2", "ab", "bounds are two values"),
    ],
)
def test_faulty_bounds(value: Any, bounds: Any, told: str) -> None:
    with pytest.raises(CurveshiftError, match=told):
        made(value, bounds=bounds)


def test_an_unknown_support_and_level() -> None:
    with pytest.raises(CurveshiftError, match="unknown support"):
        made("1 to 2", "positiv")
    with pytest.raises(CurveshiftError, match="between 0 and 1"):
        made("1 to 2").interval(90)


def test_a_table_of_quantiles_is_read_in_straight_lines() -> None:
    found = made({"distribution": "posterior", "name": "growth", "quantiles": [1, 2, 4, 4, 8]})
    # By hand: quarters of probability end at 1, 2, 4, 4 and 8.
    assert found.ppf([0.125, 0.25, 0.5, 0.6, 0.875]).tolist() == [1.5, 2.0, 4.0, 4.0, 6.0]
    assert found.cdf([0.0, 1.5, 9.0]).tolist() == [0.0, 0.125, 1.0]
    assert found.describe() == "posterior of growth, 1.2 to 7.2 (90 %)"
    assert found.support == (1.0, 8.0)


@pytest.mark.parametrize(
    ("quantiles", "told"),
    [
        ([1, 3, 2], "must not fall"),
        ([2, 2, 2], "no width"),
        ([2], "two or more"),
        ("1 to 2", "must be a list"),
    ],
)
def test_a_table_that_is_no_distribution_is_refused(quantiles: Any, told: str) -> None:
    with pytest.raises(CurveshiftError, match=told):
        made({"distribution": "posterior", "name": "growth", "quantiles": quantiles})
