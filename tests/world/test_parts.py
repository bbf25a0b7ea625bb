"""Known answers for the small functions that the model is made of."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from curveshift.scenario import assumptions, declare, sample
from curveshift.world import diversion, engine, legal, noise, outcomes, systems, thresholds
from curveshift.world.domestic import growth_path
from curveshift.world.estimates import huawei_dies_2025, pool
from curveshift.world.units import to_units

_ = engine  # importing it switches JAX to float64


def _point(**changed):
    p = {name: jnp.asarray(a.distribution.median) for name, a in assumptions().items()}
    return {**p, **{k: jnp.asarray(float(v)) for k, v in changed.items()}}


def test_growth_decays_from_one_rate_to_another():
    # By hand: rate(t) = 0.2 + 0.5 exp(-t / 2); its integral over 3 years is 0.6 + 1.0 (1 - e^-1.5).
    got = growth_path(jnp.array([2026.0, 2029.0]), 2026.0, jnp.array(0.7), jnp.array(0.2), jnp.array(2.0))
    assert float(got[0]) == 0.0
    assert float(got[1]) == pytest.approx(0.6 + 1.0 * (1 - math.exp(-1.5)), rel=1e-12)


def test_an_h20_is_weak_in_training_and_strong_in_rollouts():
    # Data sheet: 148 dense 16-bit TFLOP/s and 4.0 TB/s, against 989.4 and 3.35 of an H100 SXM.
    h20 = jnp.array([148 / 989.4, 296 / 1979, 296 / 1979, 4.0 / 3.35])[:, None]
    units = to_units(h20, jnp.array([600.0]), jnp.array([40.0]))
    assert float(units[5, 0]) == pytest.approx(0.1496, abs=1e-3)
    assert 0.7 <= float(units[6, 0]) <= 1.2


def test_orders_take_the_best_line_first_and_respect_caps():
    got = legal.orders(
        jnp.array(100.0), jnp.array([10.0, 5.0, 2.0, 1.0, 1.0]),
        jnp.array([0.0, 1.0, 1.0, 0.0, 1.0]), jnp.array([9e9, 4.0, 9e9, 9e9, 9e9]),
    )  # fmt: skip
    # 4 of the second line for 20 (its cap), the other 80 on the third, nothing left for the last.
    assert np.allclose(got, [0.0, 4.0, 40.0, 0.0, 0.0])


def test_detection_is_that_of_2024_at_the_effort_and_volume_of_2024():
    p = _point(**{"diversion.detection_2024": 0.1, "diversion.chips_2024": 120_000})
    same = jnp.array([5_000.0, 4_000.0, 1_000.0])
    assert float(diversion.detected_share(p, same, jnp.array(1.0), jnp.array(0.0))) == pytest.approx(0.1)


@given(st.floats(0.1, 10), st.floats(1.01, 5), st.floats(1e2, 1e6))
def test_detection_rises_with_effort_and_volume(effort, factor, volume):
    p = _point()
    at = jnp.array([volume, volume, volume])
    base = diversion.detected_share(p, at, jnp.array(effort), jnp.array(0.0))
    assert diversion.detected_share(p, at, jnp.array(effort * factor), jnp.array(0.0)) >= base
    assert diversion.detected_share(p, at * factor, jnp.array(effort), jnp.array(0.0)) >= base


def test_poisson_counts_match_the_inverse_distribution():
    u = np.random.default_rng(1).random(2000)
    for rate in (0.01, 0.3, 4.0):
        assert np.array_equal(noise.poisson_from_uniform(u, np.full(2000, rate)), stats.poisson.ppf(u, rate))


def test_mean_growth_of_innovations_is_the_assumed_one():
    declared = declare("status-quo", draws=1024)
    columns = {k: v[:256] for k, v in sample(declared).columns().items()}
    paths = noise.draw_noise(0, 0, 256, 3, 12, columns).steps
    expected = np.log(columns["efficiency.growth_per_year"]) * noise.RESEARCH_MONTHS / 12
    ratio = paths[-1].mean(axis=0) / expected
    assert ratio.mean() == pytest.approx(1.0, abs=0.03)


def test_first_reach_interpolates_and_is_infinite_when_never():
    path = jnp.array([0.0, 1.0, 1.0, 3.0])
    got = outcomes.first_reach(path, jnp.array([-1.0, 0.5, 1.0, 2.0, 4.0]))
    assert got.tolist() == [0.0, 0.5, 1.0, 2.5, math.inf]


def test_lags_of_two_straight_lines_are_the_shift():
    # China follows the same line 7 months later: all three estimators must say 7.
    t = np.arange(100.0)
    us, china = jnp.asarray(20 + 0.1 * t)[:, None], jnp.asarray(20 + 0.1 * (t - 7))[:, None]
    at = np.array([40, 60, 90])
    assert np.allclose(outcomes.lag_by_level(us, china, at), 7.0)
    assert np.allclose(outcomes.lag_by_slope(us, china, at), 7.0)
    assert np.allclose(outcomes.lag_by_crossing(us, china, at), 7.0)


def test_the_essays_level_by_hand():
    p = _point(
        **{
            "threshold.essay_fleet_h100e": 2e6, "threshold.essay_run_share": 0.2, "systems.utilisation": 0.35,
            "threshold.essay_year": 2027.0, "efficiency.growth_per_year": 4.0,
            "paradigm.reasoning_gain": 1.0, "efficiency.scale_interaction": 0.0,
        }
    )  # fmt: skip
    # 2e6 x 0.2 chips x 989.4e12 FLOP/s x 0.35 x 100 days, times 4^3.
    expected = math.log10(2e6 * 0.2 * 989.4e12 * 0.35 * 100 * 86400) + 3 * math.log10(4)
    assert float(thresholds.essay_level(p)) == pytest.approx(expected, rel=1e-12)


def test_swapping_the_blocs_swaps_the_systems():
    rng = np.random.default_rng(3)
    p = _point(**{"efficiency.china_research_input": 1.0, "diffusion.theft_per_year": 0.1})
    years = jnp.asarray(2022 + (np.arange(96) + 0.5) / 12)
    steps = np.cumsum(rng.exponential(0.1, (noise.RESEARCH_MONTHS + 1, 2)), axis=0)
    growth = np.exp(0.04 * np.arange(96))[:, None, None]
    given_ = systems.SystemsInput(
        capacity=jnp.asarray(growth * rng.uniform(1e5, 1e6, (1, 2, 2))),
        scarcity=jnp.asarray(rng.random((96, 2))),
        pooling=jnp.asarray(rng.random((96, 2))),
        open_weights=jnp.ones((96, 2)),
        secrecy=jnp.zeros(96),
        weight_security=jnp.zeros((96, 2)),
        log_cost=jnp.asarray(rng.random((96, 2))),
    )
    # Each bloc steals once, in months of its own.
    luck = np.ones((96, 2))
    luck[42, 0] = luck[63, 1] = 0.0
    paths = systems.draw_paths(
        p,
        years,
        jnp.asarray(steps),
        jnp.asarray(rng.random(6)),
        jnp.asarray(rng.normal(size=6)),
        jnp.asarray(luck),
    )

    def swap(x):
        x = jnp.asarray(x)
        axes = [i for i, n in enumerate(x.shape) if n == 2]
        return jnp.flip(x, axes[0]) if axes else x

    one = systems.simulate(p, paths, years, given_, jnp.array(1.0), jnp.array(28.0))
    two = systems.simulate(
        p, jax.tree.map(swap, paths), years, jax.tree.map(swap, given_), jnp.array(1.0), jnp.array(28.0)
    )
    for a, b in zip(one, two, strict=True):
        assert np.allclose(a, jnp.flip(b, 1), rtol=1e-12, atol=1e-12)
    assert not np.allclose(one.capability[:, 0], one.capability[:, 1])


def test_pooling_of_agreeing_estimates_is_their_precision_weighted_mean():
    got = pool(("a", "b"), [100.0, 400.0], [0.2, 0.2], [None, None], 0.0)
    assert got.median == pytest.approx(200.0)
    # The two differ by far more than their spreads allow, and the interval says so.
    assert got.disagreement > 4
    assert got.low < 100 < 400 < got.high * 1.2


def test_the_record_of_huaweis_output_is_the_pooled_one():
    pooled = huawei_dies_2025()
    low, high = assumptions()["domestic.huawei_dies_2025"].distribution.interval(0.9)
    assert low == pytest.approx(pooled.low, rel=0.02)
    assert high == pytest.approx(pooled.high, rel=0.02)
