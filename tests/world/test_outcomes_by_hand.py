"""Lags, developers and labour on two short paths that can be read with pencil and paper.

The US path rises by 0.2 a month from 20 to 22 in ten months and by 0.1 after, the Chinese one by 0.1 from 19:

    us(t) = 20 + 0.2 t up to t = 10, then 22 + 0.1 (t - 10);    china(t) = 19 + 0.1 t
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from curveshift.scenario import assumptions
from curveshift.world import engine, noise, outcomes, systems
from curveshift.world.ledger import FLOWS, LIMITS, Supplied, SupplyMonth
from curveshift.world.supply import follow

_ = engine  # importing it switches JAX to float64

MONTHS = 36
T = np.arange(MONTHS, dtype=float)
US = np.where(T <= 10, 20 + 0.2 * T, 22 + 0.1 * (T - 10))[:, None]
CHINA = (19 + 0.1 * T)[:, None]
AT = np.array([23, 29])

# At 29 the US is at 23.9 and China at 21.9, which the US had at 9.5; at 23 China is at 21.3, which the US had at 6.5.
LEVEL = [23 - 6.5, 29 - 9.5]
# At both dates the gap is 2.0 and the leader gained 1.2 in the last year.
SLOPE = [20.0, 20.0]
# At 23 the level is that of month 11, 22.1: China has it at 31. At 29 it is that of month 17, 22.7: China would at 37.
CROSSING = [31.0 - 11.0, math.inf]


def test_the_three_estimators_by_hand():
    us, china = jnp.asarray(US), jnp.asarray(CHINA)
    assert np.allclose(outcomes.lag_by_level(us, china, AT)[:, 0], LEVEL, rtol=1e-12)
    assert np.allclose(outcomes.lag_by_slope(us, china, AT)[:, 0], SLOPE, rtol=1e-12)
    assert np.allclose(outcomes.lag_by_crossing(us, china, AT)[:, 0], CROSSING, rtol=1e-12)


def test_a_lead_of_china_is_a_negative_lag():
    us, china = jnp.asarray(CHINA), jnp.asarray(US)
    assert np.allclose(outcomes.lag_by_level(us, china, AT)[:, 0], -np.array(LEVEL), rtol=1e-12)
    assert np.allclose(outcomes.lag_by_slope(us, china, AT)[:, 0], -np.array(SLOPE), rtol=1e-12)
    assert np.allclose(outcomes.lag_by_crossing(us, china, AT)[:, 0], -np.array(CROSSING), rtol=1e-12)


def summary(levels, next_ratio):
    """Scalars of the two paths; supply is empty, labour is 5 + 0.1 t and 4 + 0.05 t."""
    units = jnp.zeros((MONTHS, 7, 1))
    flat = jnp.zeros((MONTHS, 1))
    supplied = SupplyMonth(
        us=units, swing=units, china=jnp.zeros((MONTHS, 3, 7, 1)), remote=units,
        us_capacity=jnp.ones((MONTHS, 2, 1)), china_capacity=jnp.ones((MONTHS, 2, 1)),
        flows=jnp.zeros((MONTHS, len(FLOWS), 7, 1)), revenue_usd=flat, fees_usd=flat, china_spend_usd=flat,
        china_log_cost=flat, scarcity=flat, binding=jnp.zeros((MONTHS, len(LIMITS) - 2, 1)), imbalance=flat,
        made=units,
    )  # fmt: skip
    both = jnp.asarray(np.stack([US, CHINA], axis=1))
    none = jnp.zeros((MONTHS, 2, 1))
    labour = jnp.asarray(np.stack([5 + 0.1 * T, 4 + 0.05 * T], axis=1)[..., None])
    able = systems.SystemsMonth(both, both, none, none, labour, none, none)
    quarters = jax.tree.map(lambda x: x[2::3], supplied)
    supplied = Supplied(quarters, jax.vmap(follow)(supplied))
    return outcomes.summarise(supplied, able, jnp.asarray(levels)[:, None], jnp.array([next_ratio]), 5)[1]


def test_crossings_developers_and_labour_by_hand():
    # A next developer has 10^-0.6 of the one before, so it crosses when the leader stands 0.6 above the level.
    found = summary([20.85, 22.3, 22.9], 10**-0.6)
    # 20.85: US at 4.25, China at 18.5. 22.3: 13 and 33. 22.9: 19, and China's 39 lies beyond the end.
    expected = [[4.25, 18.5], [13.0, 33.0], [19.0, math.inf]]
    assert np.allclose(found.crossing_month[..., 0], expected, rtol=1e-12)
    # US until China's first one: 21.45 at 7.25 and 22.05 at 10.5, both before 18.5; 22.9 at 19 and 23.5 at 25, before
    # 33; 23.5 at 25 and 24.1 at 31, before the end. China has nobody across when the first US developer is.
    assert found.developers[..., 0].tolist() == [[3.0, 0.0], [3.0, 0.0], [3.0, 0.0]]
    # Steps of 1.2 leave a second one (22.05 at 10.5, 23.5 at 25, 24.1 at 31) and make the third too late; so they do
    # with seconds at steps of 2.01 (22.86 at 18.6, 24.31 at 33.1, 24.91 beyond the end).
    for step, us in ((1.2, 2.0), (2.01, 1.0)):
        fewer = summary([20.85, 22.3, 22.9], 10**-step)
        assert fewer.developers[..., 0].tolist() == [[us, 0.0]] * 3
    # In the month of the first crossing (4, 13, 19) the labour ratio is 1 + 0.05 t.
    assert np.allclose(found.labour_ratio[:, 0], [1.2, 1.65, 1.95], rtol=1e-12)
    # The gap is 1.4 at 4 and 2.0 at 28: wider. Two years after 13 and 19 lie beyond the end.
    assert found.widens[0, 0] == 1.0
    assert np.isnan(found.widens[1:, 0]).all()


def point(**changed):
    p = {name: jnp.asarray(a.distribution.median) for name, a in assumptions().items()}
    return {**p, **{k: jnp.asarray(float(v)) for k, v in changed.items()}}


def run_systems(p, luck, security=0.0, log_cost=0.0, months=48):
    """Both blocs' systems: the US has ten times the chips of China, and nothing flows between them but thefts."""
    p = {**p, **{k: jnp.asarray(v) for k, v in ISOLATED.items()}}
    years = jnp.asarray(2026 + (np.arange(months) + 0.5) / 12)
    steps = jnp.asarray(np.arange(noise.RESEARCH_MONTHS + 1)[:, None] * np.array([0.1, 0.1]))
    ones = jnp.ones((months, 2))
    given = systems.SystemsInput(
        capacity=jnp.asarray(np.broadcast_to([[1e7, 2e7], [1e6, 2e6]], (months, 2, 2))),
        scarcity=0 * ones, pooling=0 * ones, open_weights=0 * ones, secrecy=jnp.ones(months),
        weight_security=security * ones, log_cost=log_cost * ones,
    )  # fmt: skip
    paths = systems.draw_paths(
        p, years, steps, jnp.full(6, 0.5), jnp.zeros(6), jnp.asarray(np.broadcast_to(luck, (months, 2)))
    )
    return systems.simulate(p, paths, years, given, jnp.array(0.0), jnp.array(99.0))


ISOLATED = {"efficiency.compute_exponent": 0.0, "diffusion.theft_per_year": 0.12}


def test_labour_is_what_sampling_chips_do_at_their_efficiency():
    able = run_systems(point(), 1.0)
    chips = np.log10([2e7, 2e6])
    assert np.allclose(able.log10_labour, chips + able.log10_efficiency + able.log10_paradigm, rtol=1e-12)


def test_weights_can_be_stolen_more_than_once_and_security_stops_its_share():
    p = point()
    never = run_systems(p, 1.0)
    luck = np.ones((48, 2))
    luck[[10, 30], 1] = 0.005  # below the chance of 0.01 a month
    twice = run_systems(p, luck)
    gap = lambda able: np.asarray(able.capability[:, 0] - able.capability[:, 1])  # noqa: E731
    assert np.array_equal(gap(twice)[:10], gap(never)[:10])
    assert np.all(gap(never) > 0.5)
    # What is stolen is the best system of the month before.
    for month in (10, 30):
        assert twice.capability[month, 1] == twice.capability[month - 1, 0]
    assert np.array_equal(run_systems(p, luck, security=0.4).capability, twice.capability)
    assert np.array_equal(run_systems(p, luck, security=0.6).capability, never.capability)
    assert np.array_equal(run_systems({**p, "diffusion.theft_start_year": jnp.array(2040.0)}, luck).capability,
                          never.capability)  # fmt: skip


def test_dearer_compute_makes_a_run_smaller_where_money_is_the_limit():
    p = point(**{"budgets.ceiling_usd": 1e6})
    cheap, dear = run_systems(p, 1.0), run_systems(p, 1.0, log_cost=math.log(2.0))
    assert np.all(cheap.budget_binds == 1)
    ratio = np.asarray(cheap.log10_compute - dear.log10_compute)[-1]
    assert ratio == pytest.approx([math.log10(2.0)] * 2, abs=1e-9)
