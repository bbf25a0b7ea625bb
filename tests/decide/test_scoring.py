"""Scores against closed forms, other libraries and properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from curveshift.decide.baselines import BASELINES, naive
from curveshift.decide.scoring import crps, histogram, inside, pinball, pit, share_interval
from curveshift.errors import CurveshiftError


def crps_of_normal(mean: float, sd: float, y: float) -> float:
    """Closed form of Gneiting and Raftery 2007, equation 21."""
    z = (y - mean) / sd
    return sd * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))


@pytest.mark.parametrize(("mean", "sd", "y"), [(0.0, 1.0, 0.0), (0.0, 1.0, 2.5), (3.0, 0.4, 2.0)])
def test_crps_of_a_normal_is_the_closed_form(mean: float, sd: float, y: float) -> None:
    points = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000, mean, sd)
    assert crps(points, y) == pytest.approx(crps_of_normal(mean, sd, y), abs=1e-3 * sd)


def test_the_fair_score_does_not_depend_on_the_number_of_draws() -> None:
    random = np.random.default_rng(1)
    few = np.array([crps(random.normal(size=4), 0.7) for _ in range(8_000)])
    exact = crps_of_normal(0.0, 1.0, 0.7)
    assert few.mean() == pytest.approx(exact, abs=4 * few.std() / np.sqrt(len(few)))
    # The plain estimator, which counts a draw against itself, would be off by far more.
    assert few.std() / np.sqrt(len(few)) * 4 < 0.25 * (1 / np.sqrt(np.pi)) / 4


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=12), st.floats(-1e3, 1e3))
def test_crps_is_that_of_all_pairs(draws: list[float], y: float) -> None:
    x = np.array(draws)
    n = len(x)
    pairs = np.abs(x[:, None] - x).sum() / (n * (n - 1))
    assert crps(x, y) == pytest.approx(np.abs(x - y).mean() - pairs / 2, abs=1e-9 * (1 + np.abs(x).max()))


@given(st.floats(0.1, 10.0), st.floats(-5.0, 5.0))
def test_scores_follow_the_scale_and_not_the_origin(scale: float, shift: float) -> None:
    x = np.random.default_rng(0).normal(size=50)
    assert crps(scale * x + shift, scale * 0.3 + shift) == pytest.approx(scale * crps(x, 0.3))
    assert pinball(scale * x + shift, scale * 0.3 + shift, 0.2) == pytest.approx(scale * pinball(x, 0.3, 0.2))
    assert pit(scale * x + shift, scale * 0.3 + shift) == pytest.approx(pit(x, 0.3))


def test_twice_the_mean_pinball_loss_over_all_quantiles_is_the_crps() -> None:
    x = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)
    levels = (np.arange(400) + 0.5) / 400
    assert 2 * np.mean([pinball(x, 1.1, p) for p in levels]) == pytest.approx(crps(x, 1.1), rel=5e-3)


def test_a_calibrated_forecast_has_a_flat_pit_and_its_coverage() -> None:
    random = np.random.default_rng(2)
    truth = random.normal(size=3000)
    centre = truth - random.normal(size=3000)
    points = stats.norm.ppf((np.arange(500) + 0.5) / 500)
    found = [pit(c + points, y) for c, y in zip(centre, truth, strict=True)]
    assert stats.kstest(np.concatenate(found), "uniform").pvalue > 0.01
    assert np.allclose(histogram(found), 0.2, atol=0.03)
    assert np.mean([inside(c + points, y, 0.8) for c, y in zip(centre, truth, strict=True)]) == pytest.approx(
        0.8, abs=0.03
    )


def test_too_narrow_a_forecast_has_a_hollow_pit() -> None:
    random = np.random.default_rng(3)
    points = 0.3 * stats.norm.ppf((np.arange(500) + 0.5) / 500)
    found = histogram([pit(points, y) for y in random.normal(size=1000)])
    assert found[0] > 0.3
    assert found[-1] > 0.3
    assert found[2] < 0.2


def test_an_uncertain_observation_is_the_mean_over_what_it_may_be() -> None:
    x = np.random.default_rng(4).normal(size=100)
    assert crps(x, [0.0, 1.0]) == pytest.approx((crps(x, 0.0) + crps(x, 1.0)) / 2)
    assert inside(x, [0.0, 100.0], 0.9) == 0.5


@pytest.mark.parametrize(("count", "n"), [(0.0, 9), (9.0, 9), (7.0, 9), (2.5, 6)])
def test_the_interval_of_a_share_holds_nine_tenths_of_its_posterior(count: float, n: int) -> None:
    from scipy.integrate import quad

    def density(p: float) -> float:
        return p ** (count - 0.5) * (1 - p) ** (n - count - 0.5)

    low, high = share_interval(count, n)
    whole = quad(density, 0.0, 1.0)[0]
    # At the ends the interval is closed: what is cut off there is put back.
    expected = 0.95 if count in (0.0, n) else 0.9
    assert quad(density, low, high)[0] / whole == pytest.approx(expected, abs=1e-6)


def test_the_trend_is_the_prediction_of_least_squares() -> None:
    y = np.array([1.0, 1.4, 1.5, 2.2, 2.1, 2.9])
    design = np.column_stack([np.ones(6), np.arange(6.0)])
    found, residual, *_ = np.linalg.lstsq(design, y, rcond=None)
    new = np.array([1.0, 8.0])
    spread = np.sqrt(residual[0] / 4 * (1 + new @ np.linalg.inv(design.T @ design) @ new))
    wanted = new @ found + spread * stats.t.ppf([0.05, 0.5, 0.95], 4)
    assert np.quantile(naive("trend", y, 3), [0.05, 0.5, 0.95]) == pytest.approx(wanted, rel=2e-3)


@pytest.mark.parametrize("name", ["last value", "drift"])
def test_walks_cover_what_they_say(name: str) -> None:
    random = np.random.default_rng(5)
    drift = 0.0 if name == "last value" else 0.7
    hits = []
    for _ in range(800):
        walk = np.cumsum(drift + random.normal(size=12))
        hits.append(inside(naive(name, walk[:8], 4), walk[-1], 0.8))
    assert np.mean(hits) == pytest.approx(0.8, abs=0.045)


def test_drift_is_the_forecast_of_the_textbook() -> None:
    # Hyndman and Athanasopoulos 5.5: sd of the drift forecast is s sqrt(h (1 + h / (T - 1))).
    y = np.array([0.0, 1.0, 1.5, 3.0, 3.2])
    change = np.diff(y)
    s = np.std(change, ddof=1)
    found = naive("drift", y, 3)
    upper = 3.2 + 3 * change.mean() + stats.t.ppf(0.9, 3) * s * np.sqrt(3 * (1 + 3 / 4))
    assert np.quantile(found, 0.9) == pytest.approx(upper, rel=2e-3)


def test_known_error_adds_in_quadrature() -> None:
    flat = [2.0, 2.0, 2.0, 2.0]
    for name in BASELINES:
        assert np.ptp(naive(name, flat, 2)) == pytest.approx(0.0, abs=1e-12)
        assert np.quantile(naive(name, flat, 2, error=0.5), 0.75) > 2.3


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: crps([1.0], 0.0), "at least two draws"),
        (lambda: crps([1.0, np.inf], 0.0), "finite"),
        (lambda: pinball([1.0, 2.0], 0.0, 1.0), "between 0 and 1"),
        (lambda: naive("drfit", [1.0, 2.0, 3.0], 1), "did you mean"),
    ],
)
def test_bad_input(act, words: str) -> None:
    with pytest.raises(CurveshiftError, match=words):
        act()
