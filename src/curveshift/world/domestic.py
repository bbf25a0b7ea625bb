"""Channel 3, domestic production: die bank, memory stock, wafers, packaging, and the least of them."""

from __future__ import annotations

from typing import Final, NamedTuple

import jax
import jax.numpy as jnp

STACKS_PER_DIE: Final = 4.0  # A 910B has one die and four stacks of memory, a 910C two and eight.


class DomesticPaths(NamedTuple):
    """What does not depend on policy, per month, shape (month,)."""

    packaging_dies: jax.Array
    wafer_dies: jax.Array
    hbm_stacks: jax.Array
    hbm_imports_before: jax.Array
    foundry_dies_before: jax.Array
    die_raw: jax.Array
    """Specifications of one die with its memory over an H100's, shape (month, 4)."""


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
        return growth_path(years, 2026.5, jnp.log(p[name]), end, decay)

    all_2025 = p["domestic.huawei_dies_2025"] / p["domestic.huawei_share"] / 12.0
    before = jnp.log(p["domestic.growth_before_2025"]) * (jnp.minimum(years, 2025.5) - 2025.5)
    packaging_growth = growth_path(years, 2025.5, jnp.log(p["domestic.packaging_growth_2026"]), end, decay)
    packaging = all_2025 * jnp.exp(jnp.where(years < 2025.5, before, packaging_growth))

    # Each year a tenth of the dies still lost is won.
    loss = 1.0 - p["domestic.yield_2026"]
    good = 1.0 - loss * (1.0 - p["domestic.yield_learning_per_year"]) ** (years - 2026.5)
    wafers = p["domestic.wafers_2026_per_month"] * jnp.exp(forward("domestic.wafer_growth_2026"))
    wafer_dies = (
        wafers * p["domestic.ai_share_of_wafers"] * p["domestic.dies_per_wafer"] * jnp.clip(good, 0.02, 1.0)
    )

    # No domestic stacks in quantity before 2026.
    stacks = p["domestic.hbm_stacks_2026_per_year"] / 12.0 * jnp.exp(forward("domestic.hbm_growth_2026"))
    stacks = jnp.where(years < 2026.0, 0.0, stacks)

    # Memory bought before the rule: the last month took its own share, the rest came evenly from mid 2022.
    last = p["domestic.hbm_last_month_share"]
    even = (years >= 2022.5) & (years < 2024.9)
    december = (years >= 2024.9) & (years < 2025.0)
    weight = jnp.where(december, last, jnp.where(even, (1.0 - last) / jnp.sum(even), 0.0))
    foundry = (years >= 2023.0) & (years < 2025.0)

    speed = p["domestic.die_performance_growth"] ** (years - 2025.5)
    ops = p["domestic.die_tflops_16bit"] / 989.4 * speed
    low_precision = jnp.where(years < 2026.2, 1.0, p["domestic.four_bit_factor"])
    bandwidth = p["domestic.die_bandwidth_tbs"] / 3.35 * speed
    return DomesticPaths(
        packaging,
        wafer_dies,
        stacks,
        p["domestic.hbm_stacks_before_2025"] * weight,
        p["domestic.foundry_dies_before_2025"] * jnp.where(foundry, 1.0 / jnp.sum(foundry), 0.0),
        jnp.stack([ops, ops, ops * low_precision, bandwidth], axis=1),
    )


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
    after_2024: jax.Array,
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

    need = STACKS_PER_DIE * packaging
    leak = p["domestic.hbm_leak_stacks_per_month"] * jnp.where(
        hbm_controls > 1.0, 2.0 - hbm_controls, hbm_controls
    )
    open_market = jnp.maximum(1.0 - hbm_controls, 0.0) * p["domestic.open_import_margin"] * need
    stacks_in = jnp.where(after_2024 > 0, leak + open_market, now.hbm_imports_before)
    foreign_dies = jnp.where(
        after_2024 > 0,
        (1.0 - foundry_checks) * p["domestic.open_import_margin"] * packaging,
        now.foundry_dies_before * (1.0 - foundry_checks),
    )

    # A stock is drawn over some months, so that its end is a decline and not a cliff.
    # In the record the stocks were there to be used.
    months = jnp.where(modelled > 0, p["domestic.stock_drawdown_months"], 1.0)
    logic = own_dies + foreign_dies + state.dies / months
    memory = (own_stacks + stacks_in + state.stacks / months) / STACKS_PER_DIE
    limits = jnp.stack([packaging, logic, memory, sellable_dies])
    dies = jnp.min(limits, axis=0)
    binding = (limits <= dies) * 1.0
    from_bank = jnp.maximum(dies - own_dies, 0.0)
    kept_dies = jnp.maximum(state.dies + foreign_dies - from_bank, 0.0)
    kept_stacks = jnp.maximum(state.stacks + stacks_in + own_stacks - STACKS_PER_DIE * dies, 0.0)
    return DomesticState(kept_dies, kept_stacks, push, tools), dies, binding
