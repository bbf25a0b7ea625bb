"""Buyers, smugglers and officials: the small functions of choice, by hand, and what they do in the whole model."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curveshift import scenario
from curveshift.scenario import assumptions
from curveshift.world import diversion, engine, legal, simulate

_ = engine  # importing it switches JAX to float64


def point(**changed):
    p = {name: jnp.asarray(a.distribution.median) for name, a in assumptions().items()}
    return {**p, **{k: jnp.asarray(float(v)) for k, v in changed.items()}}


def taken(ratio, charge=0.0, steepness=3.0, elasticity=2.0):
    p = point(**{"legal.refusal_steepness": steepness, "legal.fee_elasticity": elasticity})
    return float(legal.taken_share(p, jnp.array([ratio]), jnp.array([charge]))[0])


def test_buyers_put_less_into_what_costs_more_than_its_worth():
    assert taken(0.4) == taken(1.0) == 1.0
    # Twice the cost at steepness 3 leaves an eighth; a charge of a quarter at elasticity 2 leaves 1 / 1.25^2.
    assert taken(2.0) == pytest.approx(1 / 8, rel=1e-12)
    assert taken(1.0, 0.25) == pytest.approx(0.64, rel=1e-12)
    assert taken(2.0, 0.25) == pytest.approx(0.08, rel=1e-12)
    assert taken(1.0, 0.25, elasticity=0.0) == 1.0


def test_cost_counts_the_slot_a_chip_takes_and_the_best_other_way():
    p = point(
        **{
            "demand.cost_beside_chip_usd": 8_000, "domestic.dies_per_chip": 2.0,
            "diversion.premium_when_all_unmet": 0.5,
        }
    )  # fmt: skip
    # A part of 0.25 H100 at 5,000 USD costs 52,000 for one. A flagship of 4 at 40,000 costs 12,000, or 17,000 at
    # a premium of half; a die of 0.5 at 6,000, which takes half a slot, 20,000.
    lines = (jnp.array([5_000.0, 40_000.0]), jnp.array([0.25, 4.0]))
    flagship, die = (jnp.array(40_000.0), jnp.array(4.0)), (jnp.array(6_000.0), jnp.array(0.5))
    free, denied = (legal.relative_cost(p, lines, flagship, die, jnp.array(b)) for b in (0.0, 1.0))
    assert free.tolist() == pytest.approx([52 / 12, 1.0], rel=1e-12)
    assert denied.tolist() == pytest.approx([52 / 17, 12 / 17], rel=1e-12)


@given(st.floats(0.1, 50), st.floats(1e-9, 1e-3), st.floats(0.5, 8))
def test_there_is_no_cliff_in_the_choice(ratio, step, steepness):
    a, b = taken(ratio, steepness=steepness), taken(ratio * (1 + step), steepness=steepness)
    assert 0.0 <= a - b <= 1.01 * steepness * step


def attempts(p, unmet=1.0, price=1.0, banned=1.0, accepted=1.0):
    before = jnp.full(3, 1e-9)
    values = (jnp.asarray(x) for x in (unmet, price, banned, accepted))
    found = diversion.divert(p, *values, before, jnp.array(1.0), jnp.array(0.0), jnp.array(0.0))
    return float(found.attempted.sum())


def test_attempts_rise_with_what_a_chip_fetches_and_fall_where_customs_look():
    p = point(
        **{
            "diversion.chips_2024": 90_000, "diversion.detection_2024": 0.1, "diversion.deterrence": 0.0,
            "diversion.scarcity_exponent": 1.0, "diversion.attempts_per_price": 0.5,
            "beijing.diversion_prevented_share": 0.2,
        }
    )  # fmt: skip
    # 90,000 a year got through at a tenth stopped: 100,000 tried, 8,333 a month.
    assert attempts(p) == pytest.approx(100_000 / 12, rel=1e-12)
    assert attempts(p, price=1.44) == pytest.approx(1.2 * 100_000 / 12, rel=1e-12)
    assert attempts(p, accepted=0.0) == pytest.approx(0.8 * 100_000 / 12, rel=1e-12)
    assert attempts(p, accepted=0.5) == pytest.approx(0.9 * 100_000 / 12, rel=1e-12)
    assert attempts(p, unmet=3.0) == pytest.approx(3 * 100_000 / 12, rel=1e-12)
    assert attempts(p, unmet=0.5) == pytest.approx(0.5 * 100_000 / 12, rel=1e-12)
    assert attempts(p, banned=0.0) == 0.0


@pytest.mark.parametrize("name", ["legal.fee_elasticity", "diversion.premium_when_all_unmet",
                                  "diversion.attempts_per_price", "beijing.diversion_prevented_share"])  # fmt: skip
def test_these_responses_may_be_none(name):
    assert assumptions()[name].distribution.interval(1.0 - 1e-9)[0] == pytest.approx(0.0, abs=1e-6)


def at_2030(result, name, **where):
    return result.bands[name].sel(quarter=np.datetime64("2030-12-31"), quantile=0.5, **where)


def test_weak_parts_find_fewer_buyers_the_harder_these_look():
    # With Beijing open H20 and the free part are to be had; what is bought of them is a choice.
    blind, keen = (
        simulate("january-2026+open", {"legal.refusal_steepness": k}, draws=64, end=date(2030, 12, 1))
        for k in (1e-6, 4.0)
    )
    chips = [
        float(at_2030(r, "cumulative_chips", flow="legal", policy="january-2026+open")) for r in (blind, keen)
    ]
    assert chips[1] < 0.6 * chips[0]


def test_a_premium_costs_china_money_and_chips_nothing():
    none = {"diversion.attempts_per_price": 0.0}
    cheap, dear = (
        simulate("airtight", {**none, "diversion.premium_when_all_unmet": x}, draws=64, end=date(2030, 12, 1))
        for x in (1e-9, 1.0)
    )
    assert float(at_2030(dear, "china_spend_usd")[0]) > 1.005 * float(at_2030(cheap, "china_spend_usd")[0])
    each = [r.draws["china_usd_per_h100e"].sel(policy="airtight", year_end=2028) for r in (cheap, dear)]
    assert bool((each[1] > each[0]).all())
    flow = {"flow": "diverted", "policy": "airtight"}
    assert float(at_2030(dear, "cumulative_chips", **flow)) == pytest.approx(
        float(at_2030(cheap, "cumulative_chips", **flow)), rel=0.02
    )


def test_a_fee_lowers_what_is_sold_only_with_an_elasticity():
    part = replace(
        scenario.load_policy("h20-fifteen-percent").with_stance("open", date(2026, 7, 1)), name="open"
    )
    none, some = (
        simulate(part, {"legal.fee_elasticity": x}, draws=64, end=date(2030, 12, 1)) for x in (0.0, 2.0)
    )
    revenue = [float(at_2030(r, "us_revenue_usd", policy="open")) for r in (none, some)]
    assert revenue[1] < revenue[0]
