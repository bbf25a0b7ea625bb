"""Channel 3, domestic production: die bank, memory stock, wafers, packaging, and the least of them."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from curveshift.world.timeline import MID_2025, MID_2026
from curveshift.world.units import H100_BANDWIDTH_TBS, H100_TFLOPS_16BIT


class DomesticPaths(NamedTuple):
    """What does not depend on policy, per month, shape (month,)."""

    packaging_dies: jax.Array
    wafer_dies: jax.Array
    hbm_stacks: jax.Array
    hbm_imports_before: jax.Array
    foundry_dies_before: jax.Array
    die_raw: jax.Array
    """Specifications of one die with its memory over an H100's, shape (month, 4)."""
    after_hbm_rule: jax.Array
    after_foundry_rule: jax.Array


class DomesticState(NamedTuple):
    """Stocks carried from month to month."""

    dies: jax.Array
    stacks: jax.Array
    push: jax.Array
    """Extra log capacity from protected demand (of either sign)."""
    tools: jax.Array
    """Extra log capacity of wafers and memory from equipment controls other than the record's."""


def growth_path(
    years: jax.Array, anchor: float, rate_now: jax.Array, rate_end: jax.Array, decay_years: jax.Array
) -> jax.Array:
    """Log growth since an anchor date when a rate decays exponentially to a long-run rate.

    g(t) = g_end + (g_now - g_end) exp(-(t - anchor) / tau), model.md section 4. Before the anchor the present
    rate holds.
    """
    t = years - anchor
    after = jnp.maximum(t, 0.0)
    decayed = rate_end * after + (rate_now - rate_end) * decay_years * (1.0 - jnp.exp(-after / decay_years))
    return jnp.where(t < 0, rate_now * t, decayed)


def paths(p: dict[str, jax.Array], years: jax.Array) -> DomesticPaths:
    """Capacities of each stage by month, before push, tools and stocks.

    Parameters
    ----------
    years : array, shape (month,)
        Decimal year at the middle of each month.
    """
    end = jnp.log(p["domestic.growth_long_run"])
    decay = p["domestic.growth_decay_years"]

    def forward(name: str) -> jax.Array:
        return growth_path(years, MID_2026, jnp.log(p[name]), end, decay)

    all_2025 = p["domestic.huawei_dies_2025"] / p["domestic.huawei_share"] / 12.0
    before = jnp.log(p["domestic.growth_before_2025"]) * (jnp.minimum(years, MID_2025) - MID_2025)
    packaging_growth = growth_path(years, MID_2025, jnp.log(p["domestic.packaging_growth_2026"]), end, decay)
    packaging = all_2025 * jnp.exp(jnp.where(years < MID_2025, before, packaging_growth))

    # Each year a share of the dies still lost is won.
    loss = 1.0 - p["domestic.yield_2026"]
    good = 1.0 - loss * (1.0 - p["domestic.yield_learning_per_year"]) ** (years - MID_2026)
    wafers = p["domestic.wafers_2026_per_month"] * jnp.exp(forward("domestic.wafer_growth_2026"))
    good = jnp.clip(good, p["domestic.least_yield"], 1.0)
    wafer_dies = wafers * p["domestic.ai_share_of_wafers"] * p["domestic.dies_per_wafer"] * good

    stacks = p["domestic.hbm_stacks_2026_per_year"] / 12.0 * jnp.exp(forward("domestic.hbm_growth_2026"))
    stacks = jnp.where(years < p["domestic.first_stacks_year"], 0.0, stacks)

    # Memory bought before the rule: its last weeks took their own share, the rest came evenly.
    last = p["domestic.hbm_last_month_share"]
    rush, rule = p["domestic.hbm_rush_start_year"], p["domestic.hbm_rule_year"]
    even = (years >= p["domestic.hbm_purchases_start_year"]) & (years < rush)
    rushed = (years >= rush) & (years < rule)
    weight = jnp.where(rushed, last / _months(rushed), jnp.where(even, (1.0 - last) / _months(even), 0.0))
    foundry_end = p["domestic.foundry_rule_year"]
    foundry = (years >= p["domestic.foundry_dies_start_year"]) & (years < foundry_end)

    speed = p["domestic.die_performance_growth"] ** (years - MID_2025)
    ops = p["domestic.die_tflops_16bit"] / H100_TFLOPS_16BIT * speed
    low_precision = jnp.where(years < p["domestic.four_bit_year"], 1.0, p["domestic.four_bit_factor"])
    bandwidth = p["domestic.die_bandwidth_tbs"] / H100_BANDWIDTH_TBS * speed
    return DomesticPaths(
        packaging,
        wafer_dies,
        stacks,
        p["domestic.hbm_stacks_before_2025"] * weight,
        p["domestic.foundry_dies_before_2025"] * jnp.where(foundry, 1.0 / _months(foundry), 0.0),
        jnp.stack([ops, ops, ops * low_precision, bandwidth], axis=1),
        (years >= rule) * 1.0,
        (years >= foundry_end) * 1.0,
    )


def _months(chosen: jax.Array) -> jax.Array:
    """Months chosen in each draw, at least one so that nothing is divided by zero."""
    return jnp.maximum(jnp.sum(chosen, axis=0), 1.0)


def produce(
    p: dict[str, jax.Array],
    state: DomesticState,
    now: DomesticPaths,
    sellable_dies: jax.Array,
    scarcity: jax.Array,
    modelled: jax.Array,
    hbm_controls: jax.Array,
    tools_excess: jax.Array,
    foundry_checks: jax.Array,
) -> tuple[DomesticState, jax.Array, jax.Array]:
    """One month of domestic production in dies (each with its memory), and which limit binds.

    Parameters
    ----------
    sellable_dies : scalar
        What the market takes.
    scarcity : scalar
        Share of Chinese demand for foreign chips that goes unmet.
    modelled : scalar
        0 while history is the record's: the push is measured against it.
    tools_excess : scalar
        Equipment-control lever less that of the record.

    Returns
    -------
    state, dies, binding
        ``binding`` is one-hot over (packaging, logic, memory, demand).
    """
    push = state.push + modelled * p["domestic.push_from_scarcity"] / 12.0 * (
        scarcity - p["domestic.reference_scarcity"]
    )
    tools = state.tools - p["domestic.equipment_controls_effect"] / 12.0 * tools_excess
    packaging = now.packaging_dies * jnp.exp(push)
    own_dies = now.wafer_dies * jnp.exp(push + tools)
    own_stacks = now.hbm_stacks * jnp.exp(push + tools)

    stacks_per_die = p["domestic.stacks_per_die"]
    need = stacks_per_die * packaging
    leak = p["domestic.hbm_leak_stacks_per_month"] * jnp.where(
        hbm_controls > 1.0, 2.0 - hbm_controls, hbm_controls
    )
    open_market = jnp.maximum(1.0 - hbm_controls, 0.0) * p["domestic.open_import_margin"] * need
    stacks_in = jnp.where(now.after_hbm_rule > 0, leak + open_market, now.hbm_imports_before)
    foreign_dies = jnp.where(
        now.after_foundry_rule > 0,
        (1.0 - foundry_checks) * p["domestic.open_import_margin"] * packaging,
        now.foundry_dies_before * (1.0 - foundry_checks),
    )

    # A stock is drawn over some months, so that its end is a decline and not a cliff.
    # In the record the stocks were there to be used.
    months = jnp.where(modelled > 0, p["domestic.stock_drawdown_months"], 1.0)
    logic = own_dies + foreign_dies + state.dies / months
    memory = (own_stacks + stacks_in + state.stacks / months) / stacks_per_die
    limits = jnp.stack([packaging, logic, memory, sellable_dies])
    dies = jnp.min(limits, axis=0)
    binding = (limits <= dies) * 1.0
    from_bank = jnp.maximum(dies - own_dies, 0.0)
    kept_dies = jnp.maximum(state.dies + foreign_dies - from_bank, 0.0)
    kept_stacks = jnp.maximum(state.stacks + stacks_in + own_stacks - stacks_per_die * dies, 0.0)
    return DomesticState(kept_dies, kept_stacks, push, tools), dies, binding
