"""pass@k, the Beta of success over problems, and the curve of coverage."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.stats import betabinom

from curveshift import laws
from curveshift.errors import CurveshiftError


@given(st.integers(1, 12).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))))
def test_pass_at_k_counts_the_draws_without_a_success(counts: tuple[int, int, int]) -> None:
    n, c, k = counts
    drawn = list(combinations(range(n), k))
    hit = sum(any(i < c for i in chosen) for chosen in drawn)
    assert_allclose(laws.pass_at_k(n, c, k), hit / len(drawn), atol=1e-13)


def test_pass_at_k_is_exact_for_many_attempts() -> None:
    n, c, k = 10_000, 3, 5_000
    exact = 1.0 - comb(n - c, k) / comb(n, k)
    assert_allclose(laws.pass_at_k(n, c, k), exact, rtol=1e-11)


def test_pass_at_k_is_unbiased_and_the_plug_in_is_not() -> None:
    p, n, k = 0.1, 20, 10
    c = np.arange(n + 1)
    weight = np.array([comb(n, i) * p**i * (1 - p) ** (n - i) for i in c])
    assert_allclose(np.sum(weight * laws.pass_at_k(n, c, k)), 1.0 - (1.0 - p) ** k, rtol=1e-12)
    assert np.sum(weight * (1.0 - (1.0 - c / n) ** k)) < 1.0 - (1.0 - p) ** k - 0.02


@pytest.mark.parametrize(
    ("n", "c", "k", "message"),
    [(10, 3, 11, "BetaSuccess"), (10, 11, 2, "successes"), (10, -1, 2, "successes"), (10, 2.5, 2, "whole")],
)
def test_counts_that_cannot_be_are_refused(n: float, c: float, k: float, message: str) -> None:
    with pytest.raises(CurveshiftError, match=message):
        laws.pass_at_k(n, c, k)


def simulated(
    a: float, b: float, problems: int, attempts: int, seed: int = 2
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = rng.beta(a, b, problems)
    return np.full(problems, attempts), rng.binomial(attempts, p)


@pytest.mark.parametrize(("a", "b"), [(0.3, 1.5), (2.0, 5.0), (0.15, 0.4)])
def test_the_beta_is_scipys_optimum(a: float, b: float) -> None:
    n, c = simulated(a, b, 150, 40)
    found = laws.BetaSuccess.fit(n, c, resamples=0)
    assert not found.warnings

    def minus(x: np.ndarray) -> float:
        return -float(betabinom.logpmf(c, n, *np.exp(x)).sum())

    oracle = minimize(minus, np.log([a, b]), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-11})
    assert_allclose(np.log([found.law.a, found.law.b]), oracle.x, atol=1e-5)
    assert found.log_likelihood == pytest.approx(-oracle.fun, abs=1e-7)


def test_the_interval_of_coverage_holds_the_truth_far_beyond_the_attempts() -> None:
    inside = 0
    for seed in range(20):
        n, c = simulated(0.3, 1.5, 200, 50, seed)
        found = laws.BetaSuccess.fit(n, c, resamples=200, seed=seed)
        _, low, high = found.coverage(1000, interval=0.9)
        inside += bool(low < laws.BetaSuccess(0.3, 1.5).coverage(1000) < high)
    # 20 trials at 90 %: fewer than 15 has a chance of 1 in 100.
    assert inside >= 15


def test_the_beta_gives_the_mean_of_the_unbiased_estimate() -> None:
    n, c = simulated(0.3, 1.5, 2000, 100)
    found = laws.BetaSuccess.fit(n, c, resamples=0)
    k = np.array([1, 3, 10, 30, 100])
    direct = [float(laws.pass_at_k(n, c, j).mean()) for j in k]
    assert_allclose(found.coverage(k), direct, atol=0.01)
    unsolved, expected = found.unsolved()
    assert abs(unsolved - expected) < 3.0 * np.sqrt(expected)


def test_failures_vanish_as_the_power_that_the_beta_says() -> None:
    law = laws.BetaSuccess(0.3, 1.5)
    missed = 1.0 - law.coverage([1e5, 1e6])
    assert_allclose(np.log(missed[0] / missed[1]) / np.log(10.0), 0.3, atol=1e-4)


@pytest.mark.parametrize(
    ("n", "c", "message"),
    [([5] * 5, [1] * 5, "at least 10"), ([5] * 12, [0, 5] * 6, "always or never")],
)
def test_what_does_not_identify_a_beta_is_refused(n: list[int], c: list[int], message: str) -> None:
    with pytest.raises(CurveshiftError, match=message):
        laws.BetaSuccess.fit(n, c)


def test_more_resamples_leave_the_first_as_they_were() -> None:
    n, c = simulated(0.5, 2.0, 60, 20)
    few, many = (laws.BetaSuccess.fit(n, c, resamples=r, seed=4).resamples for r in (100, 700))
    assert few is not None
    assert many is not None
    assert np.array_equal(few, many[:100])


def test_coverage_rises_with_attempts_to_one() -> None:
    curve = laws.CoverageCurve(1.6, 0.4).predict(k=np.geomspace(1, 1e12, 60))
    assert (np.diff(curve) > 0.0).all()
    assert curve[0] == pytest.approx(np.exp(-1.6))
    assert curve[-1] > 0.99
