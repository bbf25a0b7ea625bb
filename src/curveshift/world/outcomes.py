"""What is kept of one draw: dates of crossing, lags by three estimators, stocks, money, binding limits."""

from __future__ import annotations

from typing import Final, NamedTuple

import jax
import jax.numpy as jnp

from curveshift.world.supply import SupplyMonth
from curveshift.world.systems import SystemsMonth
from curveshift.world.units import CHIPS, OPS16, Array

ESTIMATORS: Final = ("level", "slope", "crossing")
"""How a lag in months is read.

- ``level``: months since the leader first had what the laggard has now.
- ``slope``: the gap now over the leader's growth in the last 12 months.
- ``crossing``: months between the two blocs' first reaching the level that the leader had 12 months ago.
"""

STOCKS_MILLIONS: Final = (1.0, 2.0, 5.0, 10.0)
DEVELOPERS: Final = 3


class Series(NamedTuple):
    """Kept at the end of each quarter; first axis is the quarter."""

    us: Array
    swing: Array
    china: Array
    remote: Array
    made: Array
    flows: Array
    revenue_usd: Array
    fees_usd: Array
    china_spend_usd: Array
    capability: Array
    log10_compute: Array
    log10_efficiency: Array
    log10_paradigm: Array
    labour: Array
    lag_months: Array
    china_training_capacity: Array
    diverted_training_capacity: Array
    us_training_capacity: Array


class Scalars(NamedTuple):
    """One value per draw (or a short vector)."""

    level: Array
    crossing_month: Array
    """Month index of crossing, shape (threshold, bloc), fractional; infinite when not by the horizon."""
    developers_us: Array
    """US developers at the level when the first Chinese one is, or at the horizon, shape (threshold,)."""
    labour_ratio: Array
    """log10 of US over Chinese deployable labour at the first crossing, shape (threshold,)."""
    widens: Array
    """Whether the gap is wider 24 months after the first crossing (NaN when that is past the horizon)."""
    stock_month: Array
    """Month at which each bloc's installed base passes 1, 2, 5, 10 million H100e, shape (stock, bloc)."""
    binding: Array
    diverted_2024: Array
    imbalance: Array
    failed: Array
    clock_exceeded: Array


def first_reach(path: jax.Array, level: jax.Array) -> jax.Array:
    """Month, counted with a fraction, at which a non-decreasing path first reaches a level.

    Infinite when it does not, 0 when it starts above. A lag read against month 0 is a lower bound.

    Parameters
    ----------
    path : array, shape (month,)
    level : array, any shape
    """
    below = path[:, None] < jnp.reshape(level, (1, -1))
    index = jnp.sum(below, axis=0)
    last = path.shape[0] - 1
    here = jnp.minimum(index, last)
    previous = jnp.maximum(here - 1, 0)
    rise = path[here] - path[previous]
    target = jnp.reshape(level, (-1,))
    part = jnp.where(rise > 0, (target - path[previous]) / jnp.where(rise > 0, rise, 1.0), 1.0)
    month = jnp.where(index == 0, 0.0, previous + jnp.clip(part, 0.0, 1.0))
    return jnp.where(index > last, jnp.inf, month).reshape(jnp.shape(level))


def lag_by_level(us: jax.Array, china: jax.Array, months: jax.Array) -> jax.Array:
    """Months since the leader had what the laggard has now; negative when China leads."""
    behind = months - first_reach(us, china[months])
    ahead = first_reach(china, us[months]) - months
    return jnp.where(us[months] >= china[months], behind, ahead)


def lag_by_slope(us: jax.Array, china: jax.Array, months: jax.Array) -> jax.Array:
    """Gap over the growth of the leader's capability in the 12 months before."""
    earlier = jnp.maximum(months - 12, 0)
    gap = us[months] - china[months]
    leader = jnp.where(gap >= 0, us[months] - us[earlier], china[months] - china[earlier])
    span = jnp.maximum(months - earlier, 1)
    return gap / jnp.maximum(leader / span, 1e-4)


def lag_by_crossing(us: jax.Array, china: jax.Array, months: jax.Array) -> jax.Array:
    """Months between both blocs' first reaching the level that the leader had 12 months before."""
    earlier = jnp.maximum(months - 12, 0)
    level = jnp.maximum(us[earlier], china[earlier])
    return first_reach(china, level) - first_reach(us, level)


def summarise(
    supply: SupplyMonth,
    systems: SystemsMonth,
    level: jax.Array,
    next_developer: jax.Array,
    quarter_ends: jax.Array,
    as_of_month: int,
) -> tuple[Series, Scalars]:
    """Reduce one draw's months to what is kept, model.md section 6."""
    total = jax.tree.map(lambda x: jnp.cumsum(x, axis=0)[quarter_ends], supply)
    at = jax.tree.map(lambda x: x[quarter_ends], supply)
    systems_at = jax.tree.map(lambda x: x[quarter_ends], systems)
    us, china = systems.capability[:, 0], systems.capability[:, 1]
    lags = jnp.stack(
        [f(us, china, quarter_ends) for f in (lag_by_level, lag_by_slope, lag_by_crossing)], axis=-1
    )

    crossing = jnp.stack([first_reach(us, level), first_reach(china, level)], axis=-1)
    # Each next developer of a bloc runs the same recipes on a share of the leader's chips.
    ratio = jnp.log10(next_developer) * jnp.arange(DEVELOPERS)
    followers = jnp.stack([first_reach(us, level - r) for r in ratio])
    last = us.shape[0] - 1
    moment = jnp.where(jnp.isfinite(crossing[:, 1]), crossing[:, 1], last)
    developers = jnp.sum(followers <= moment, axis=0)
    first = jnp.min(crossing, axis=1)
    index = jnp.clip(jnp.where(jnp.isfinite(first), first, 0.0), 0, last).astype(jnp.int32)
    labour = systems.log10_labour[:, 0] - systems.log10_labour[:, 1]
    gap = us - china
    later = jnp.minimum(index + 24, last)
    known = jnp.isfinite(first) & (index + 24 <= last)
    us_leads = gap[index] >= 0
    wider = jnp.where(us_leads, gap[later] > gap[index], gap[later] < gap[index])

    world = jnp.stack([supply.us[:, OPS16], jnp.sum(supply.china[:, :, OPS16], axis=1)])
    marks = jnp.asarray(STOCKS_MILLIONS) * 1e6
    stock = jnp.stack([first_reach(jax.lax.cummax(w), marks) for w in world], axis=-1)
    after = jnp.arange(us.shape[0]) > as_of_month
    binding = jnp.concatenate([supply.binding, systems.budget_binds], axis=1)
    everything = (us, china, at.us, at.china, total.revenue_usd, labour)
    finite = jnp.all(jnp.stack([jnp.all(jnp.isfinite(x)) for x in everything]))
    series = Series(
        us=at.us,
        swing=at.swing,
        china=at.china,
        remote=at.remote,
        made=at.made,
        flows=total.flows,
        revenue_usd=total.revenue_usd,
        fees_usd=total.fees_usd,
        china_spend_usd=total.china_spend_usd,
        capability=systems_at.capability,
        log10_compute=systems_at.log10_compute,
        log10_efficiency=systems_at.log10_efficiency,
        log10_paradigm=systems_at.log10_paradigm,
        labour=systems_at.log10_labour,
        lag_months=lags,
        china_training_capacity=at.china_capacity[:, 0],
        diverted_training_capacity=at.china[:, 1, 5],
        us_training_capacity=at.us_capacity[:, 0],
    )
    scalars = Scalars(
        level=level,
        crossing_month=crossing,
        developers_us=developers * 1.0,
        labour_ratio=jnp.where(jnp.isfinite(first), labour[index], jnp.nan),
        widens=jnp.where(known, wider * 1.0, jnp.nan),
        stock_month=stock,
        binding=jnp.sum(jnp.where(after[:, None], binding, 0.0), axis=0) / jnp.sum(after),
        diverted_2024=jnp.sum(supply.flows[24:36, 1, CHIPS]),
        imbalance=jnp.max(supply.imbalance),
        failed=1.0 - finite,
        clock_exceeded=jnp.max(systems.clock_exceeded, axis=0),
    )
    return series, scalars
