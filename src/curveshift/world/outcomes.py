"""What is kept of one draw: dates of crossing, lags by three estimators, stocks, money, binding limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from curveshift.world.ledger import Supplied
from curveshift.world.systems import SystemsMonth
from curveshift.world.units import CHIPS, Array

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

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
    developers: Array
    """Developers of a bloc at the level when the other's first one is, or at the horizon, shape (threshold, bloc)."""
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


BY_LEVEL: Final = ("level", "crossing_month", "developers", "labour_ratio", "widens")
"""Scalars that have a value for each threshold."""


def first_reach(path: jax.Array, level: jax.Array) -> jax.Array:
    """Month, counted with a fraction, at which a non-decreasing path first reaches a level.

    Infinite when it does not, 0 when it starts above. A lag read against month 0 is a lower bound.

    Parameters
    ----------
    path : array, shape (month, draw)
    level : array, shape (level, draw)
    """
    last = path.shape[0] - 1
    bits = last.bit_length()

    def halve(i: jax.Array, index: jax.Array) -> jax.Array:
        further = index + (1 << bits >> i)
        below = jnp.take_along_axis(path, jnp.minimum(further - 1, last), axis=0) < level
        return jnp.where((further <= last + 1) & below, further, index)

    # Bisection: how many months lie below. As a loop it compiles in less than half the time.
    index = jax.lax.fori_loop(0, bits + 1, halve, jnp.zeros(level.shape, dtype=jnp.int32))
    here = jnp.minimum(index, last)
    previous = jnp.maximum(here - 1, 0)
    start = jnp.take_along_axis(path, previous, axis=0)
    rise = jnp.take_along_axis(path, here, axis=0) - start
    part = jnp.where(rise > 0, (level - start) / jnp.where(rise > 0, rise, 1.0), 1.0)
    month = jnp.where(index == 0, 0.0, previous + jnp.clip(part, 0.0, 1.0))
    return jnp.where(index > last, jnp.inf, month)


def running(join: Callable[[jax.Array, jax.Array], jax.Array], path: jax.Array) -> jax.Array:
    """Join all months up to each one, from zero; shape of the path."""

    def carry(before: jax.Array, now: jax.Array) -> tuple[jax.Array, jax.Array]:
        joined = join(before, now)
        return joined, joined

    return jax.lax.scan(carry, jnp.zeros_like(path[0]), path)[1]


def lag_by_level(us: jax.Array, china: jax.Array, months: NDArray[np.int64]) -> jax.Array:
    """Months since the leader had what the laggard has now; negative when China leads."""
    behind = months[:, None] - first_reach(us, china[months])
    ahead = first_reach(china, us[months]) - months[:, None]
    return jnp.where(us[months] >= china[months], behind, ahead)


def lag_by_slope(us: jax.Array, china: jax.Array, months: NDArray[np.int64]) -> jax.Array:
    """Gap over the growth of the leader's capability in the 12 months before."""
    earlier = np.maximum(months - 12, 0)
    gap = us[months] - china[months]
    leader = jnp.where(gap >= 0, us[months] - us[earlier], china[months] - china[earlier])
    span = np.maximum(months - earlier, 1)
    return gap / jnp.maximum(leader / span[:, None], 1e-4)


def lag_by_crossing(us: jax.Array, china: jax.Array, months: NDArray[np.int64]) -> jax.Array:
    """Months between both blocs' first reaching the level that the leader had 12 months before."""
    earlier = np.maximum(months - 12, 0)
    level = jnp.maximum(us[earlier], china[earlier])
    return first_reach(china, level) - first_reach(us, level)


def summarise(
    supply: Supplied,
    systems: SystemsMonth,
    level: jax.Array,
    next_developer: jax.Array,
    as_of_month: int,
) -> tuple[Series, Scalars]:
    """Reduce one draw's months to what is kept, model.md section 6."""
    at, months = supply
    systems_at = jax.tree.map(lambda x: x[2::3], systems)
    us, china = systems.capability[:, 0], systems.capability[:, 1]
    quarter_ends = np.arange(2, us.shape[0], 3)
    lags = jnp.stack(
        [f(us, china, quarter_ends) for f in (lag_by_level, lag_by_slope, lag_by_crossing)], axis=1
    )

    crossing = jnp.stack([first_reach(us, level), first_reach(china, level)], axis=1)
    # Each next developer of a bloc runs the same recipes on a share of the leader's chips. Counted when the other
    # bloc's first one is across, or at the horizon.
    last = us.shape[0] - 1
    until = jnp.where(jnp.isfinite(crossing[:, ::-1]), crossing[:, ::-1], last)
    followers = [
        jnp.stack([first_reach(path, level - i * jnp.log10(next_developer)) for path in (us, china)], axis=1)
        for i in range(DEVELOPERS)
    ]
    developers = sum(((f <= until) * 1.0 for f in followers[1:]), (followers[0] <= until) * 1.0)
    first = jnp.min(crossing, axis=1)
    index = jnp.clip(jnp.where(jnp.isfinite(first), first, 0.0), 0, last).astype(jnp.int32)
    labour = systems.log10_labour[:, 0] - systems.log10_labour[:, 1]
    gap = us - china
    later = jnp.minimum(index + 24, last)
    known = jnp.isfinite(first) & (index + 24 <= last)
    at_first = jnp.take_along_axis(gap, index, axis=0)
    at_later = jnp.take_along_axis(gap, later, axis=0)
    wider = jnp.where(at_first >= 0, at_later > at_first, at_later < at_first)

    marks = jnp.asarray(STOCKS_MILLIONS)[:, None] * 1e6 * jnp.ones_like(us[0])
    bases = (months.us_h100e, months.china_h100e)
    stock = jnp.stack([first_reach(running(jnp.maximum, base), marks) for base in bases], axis=1)
    binding = jnp.concatenate([months.binding, systems.budget_binds], axis=1)
    everything = (us, china, at.us, at.china, at.revenue_usd, labour)
    finite = jnp.all(
        jnp.stack([jnp.all(jnp.isfinite(x), axis=tuple(range(x.ndim - 1))) for x in everything]), axis=0
    )
    series = Series(
        us=at.us,
        swing=at.swing,
        china=at.china,
        remote=at.remote,
        made=at.made,
        flows=at.flows,
        revenue_usd=at.revenue_usd,
        fees_usd=at.fees_usd,
        china_spend_usd=at.china_spend_usd,
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
        developers=developers,
        labour_ratio=jnp.where(jnp.isfinite(first), jnp.take_along_axis(labour, index, axis=0), jnp.nan),
        widens=jnp.where(known, wider * 1.0, jnp.nan),
        stock_month=stock,
        binding=jnp.mean(binding[as_of_month + 1 :], axis=0),
        diverted_2024=at.flows[11, 1, CHIPS] - at.flows[7, 1, CHIPS],
        imbalance=jnp.max(months.imbalance, axis=0),
        failed=1.0 - finite,
        clock_exceeded=jnp.max(systems.clock_exceeded, axis=0),
    )
    return series, scalars
