"""Intervals of draws, and means over estimates that disagree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from curveshift.errors import CurveshiftError
from curveshift.trends.lines import Rate
from curveshift.trends.panels import decimal_year
from curveshift.trends.posteriors import Posterior
from curveshift.trends.quantities import (
    Quantity,
    day_of,
    log10_rate,
    random_effects,
    sampler_warning,
    slopes,
    stream,
    year_inside,
)

Maker = Callable[..., Posterior]


def test_interval_of_draws_with_infinities() -> None:
    found = Quantity(np.array([np.inf] * 10 + list(range(90))), "months")
    assert (found.low, found.median, found.high) == (4.0, 49.0, np.inf)


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)))
def test_days_and_years_are_inverse(day: date) -> None:
    assert day_of(decimal_year(day)) == day


def test_streams_repeat_and_differ() -> None:
    draws = [
        stream(seed, name).random(3).tobytes() for seed, name in ((1, "a"), (1, "a"), (1, "b"), (2, "a"))
    ]
    assert draws[0] == draws[1]
    assert len(set(draws)) == 3


@given(st.lists(st.floats(-5.0, 5.0), min_size=4, max_size=8), st.integers(0, 2**31))
def test_slopes_are_those_of_polyfit(y: list[float], seed: int) -> None:
    x = np.random.default_rng(seed).uniform(2020.0, 2026.0, len(y))
    assert slopes(x, np.array([y]))[0] == pytest.approx(np.polyfit(x - 2023.0, y, 1)[0], abs=1e-7)


def test_draws_of_a_rate_have_its_interval() -> None:
    rate = Rate(2.0, 4.0, 8.0, 0.9, 12, date(2020, 1, 1), date(2025, 1, 1), "")
    draws = log10_rate(rate, stream(0, "rate"), 200_000)
    assert 10.0 ** np.quantile(draws, (0.05, 0.5, 0.95)) == pytest.approx((2.0, 4.0, 8.0), rel=0.01)


def test_estimates_that_agree_are_weighed_by_their_errors() -> None:
    # With hardly any room for a spread between them, the mean of fixed effects: weights 1/0.01 and 1/0.04.
    found = random_effects(np.array([0.4, 0.5]), np.array([0.1, 0.2]), 1e-6, stream(0, "x"), 100_000)
    assert found.weights == pytest.approx([0.8, 0.2])
    assert found.draws.mean() == pytest.approx(0.42, abs=1e-3)
    assert found.draws.std() == pytest.approx(1.0 / np.sqrt(125.0), rel=0.01)


def test_estimates_that_disagree_are_weighed_alike_and_widen_the_mean() -> None:
    near = random_effects(np.array([0.4, 0.41]), np.array([0.01, 0.02]), 1.0, stream(0, "x"), 4000)
    far = random_effects(np.array([0.0, 2.0]), np.array([0.01, 0.02]), 1.0, stream(0, "x"), 4000)
    assert far.weights == pytest.approx([0.5, 0.5], abs=0.01)
    assert near.weights[0] > far.weights[0]
    assert far.draws.std() > 2 * near.draws.std()
    assert far.between > near.between


def test_random_effects_against_numerical_integration() -> None:
    y, s, scale = np.array([0.3, 0.62, 0.45]), np.array([0.05, 0.12, 0.1]), 0.2

    # Brute force over both unknowns, each with its own density, where the code integrates the mean by hand.
    mean, spread = np.meshgrid(np.linspace(-1.0, 2.0, 2001), np.linspace(1e-6, 1.4, 1001), indexing="ij")
    wide = np.sqrt(s**2 + spread[..., None] ** 2)
    density = stats.norm.pdf(y, mean[..., None], wide).prod(axis=-1) * stats.halfnorm.pdf(spread, scale=scale)
    density /= density.sum()
    centre = float((density * mean).sum())
    width = float(np.sqrt((density * (mean - centre) ** 2).sum()))
    found = random_effects(y, s, scale, stream(0, "oracle"), 400_000)
    assert found.draws.mean() == pytest.approx(centre, abs=1e-3)
    assert found.draws.std() == pytest.approx(width, rel=0.02)


def test_dates_outside_the_record(made: Maker) -> None:
    post = made([{"name": "M", "year": 2024.5, "capability": 0.0}])
    with pytest.raises(
        CurveshiftError, match="2020-01-01 lies before the record: reasoning begins on 2023-01-01"
    ):
        year_inside(post, "2020-01-01", 2023.0, "reasoning")
    with pytest.raises(CurveshiftError, match="lies after the record: the last model scored is of 2024-07"):
        year_inside(post, "2025-01-01", 2023.0, "reasoning")


def test_draws_sampled_too_short_say_so(made: Maker) -> None:
    def told(r_hat: float, ess: float) -> str:
        report = {
            "diagnostics": {"made": {"largest_r_hat": r_hat, "least_bulk_ess": ess, "least_tail_ess": 900.0}}
        }
        return sampler_warning(made([{"name": "M", "year": 2024.5, "capability": 0.0}], report=report))

    assert told(1.005, 500.0) == ""
    assert "R-hat up to 1.030" in told(1.03, 500.0)
    assert "as few as 100" in told(1.005, 100.0)
    # A version that is only reported, and not in the draws, does not count.
    report = {"diagnostics": {"other": {"largest_r_hat": 1.5, "least_bulk_ess": 5.0, "least_tail_ess": 5.0}}}
    assert sampler_warning(made([{"name": "M", "year": 2024.5, "capability": 0.0}], report=report)) == ""
    weightless = replace(
        made([{"name": "M", "year": 2024.5, "capability": 0.0}], report=report), versions=("made", "other")
    )
    assert sampler_warning(weightless) == ""
