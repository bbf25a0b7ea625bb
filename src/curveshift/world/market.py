"""What the world of chips is like for one draw before any policy: the record with its error, then growth."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from curveshift.world import domestic
from curveshift.world.domestic import growth_path
from curveshift.world.ledger import Market
from curveshift.world.timeline import MID_2024, MID_2025, MID_2026, START_2022, START_2024, START_2026
from curveshift.world.units import CHIPS, OPS16, PRETRAIN, ROLLOUT, Array, to_units


class HistoryArrays(NamedTuple):
    """The record of shipments as arrays (see `curveshift.world.history`)."""

    other_chips: Array
    """Chips not sold to China, median, shape (month of record, class)."""
    china_chips: Array
    other_sigma: Array
    china_sigma: Array
    last_quarter_chips: Array
    """Chips outside China in each maker's last quarter of the record, shape (class,)."""
    raw: Array
    """Specifications over an H100's, shape (class, 4)."""
    converted_raw: Array
    """The same, with a part made for China replaced by the part that its die would have been."""
    nvidia: Array
    flagship_raw: Array
    """The flagship of each month of the whole horizon up to the last announced one, shape (month, 4)."""
    flagship_growth_years: Array
    """Years of growth since the last announced flagship, in whole generations, shape (month,)."""


def draw_market(
    p: dict[str, jax.Array], history: HistoryArrays, scores: jax.Array, years: jax.Array
) -> Market:
    """Build one draw's market: observed months with their error, months after by growth.

    model.md section 4. A shared score scales all classes of a maker, a score of its own each class; China's
    part has scores of its own.

    Parameters
    ----------
    scores : array, shape (2, class)
        Standard normal scores of each class: outside China, and in China.
    years : array, shape (month,)
    """
    n_record = history.other_chips.shape[0]
    shared = jnp.where(
        history.nvidia[:, None] > 0, p["history.nvidia_total_score"], p["history.other_makers_score"]
    )
    r, q = p["history.within_maker_correlation"], p["history.within_china_correlation"]
    other_score = jnp.sqrt(r) * shared + jnp.sqrt(1.0 - r) * scores[0]
    other_factor = jnp.exp(history.other_sigma[:, None] * other_score)
    china_score = jnp.sqrt(q) * p["history.china_split_score"] + jnp.sqrt(1.0 - q) * scores[1]
    china_factor = jnp.exp(history.china_sigma[:, None] * china_score)

    train, roll = p["supply.training_intensity"], p["supply.rollout_intensity"]
    class_units = to_units(history.raw[:, :, None], train, roll)
    converted = to_units(history.converted_raw[:, :, None], train, roll)
    elsewhere = jnp.tensordot(history.other_chips, other_factor[:, None] * class_units, 1)
    china = jnp.tensordot(history.china_chips, china_factor[:, None] * class_units, 1)
    china_dies = jnp.tensordot(history.china_chips, china_factor[:, None] * converted, 1)

    # Flagships: announced ones, then generations that grow in operations and bandwidth at their own rates.
    g_ops, g_bw = jnp.log(p["supply.chip_ops_growth"]), jnp.log(p["supply.chip_bandwidth_growth"])
    rates = jnp.stack([g_ops, g_ops, g_ops, g_bw])
    flagship_raw = history.flagship_raw[:, :, None] * jnp.exp(
        history.flagship_growth_years[:, None, None] * rates
    )
    flagship = to_units(flagship_raw, train, roll)

    # After the record: 16-bit output grows; other units follow the mix of the last flagships.
    months = years.shape[0]
    lag = p["supply.flagship_mix_months"] / 2.0
    mixed = _trailing_mean(flagship, lag)
    last_month = jnp.tensordot(history.last_quarter_chips / 3.0, other_factor[:, None] * class_units, 1)
    start = last_month[OPS16]
    log_growth = growth_path(
        years,
        # The middle of the last quarter.
        float(START_2022 + (n_record - 1.5) / 12.0),
        jnp.log(p["supply.output_growth_2026"]),
        jnp.log(p["supply.output_growth_long_run"]),
        p["supply.output_growth_decay_years"],
    )
    per_chip = mixed / mixed[:, OPS16 : OPS16 + 1]
    grown = start * jnp.exp(log_growth)[:, None] * per_chip
    # What China took would have gone to others, as the parts that its dies would have been.
    base = elsewhere + china_dies
    others = jnp.concatenate([base, grown[n_record:]])
    later = jnp.zeros((months - n_record, *elsewhere.shape[1:]))

    # Straight lines between the middles of years; before mid 2022 the spending of 2022 holds.
    back = jnp.log(p["demand.china_relative_2022"])
    for year in range(int(START_2022), int(MID_2025)):
        end = jnp.log(p[f"demand.china_relative_{year + 1}"]) if year + 1 < int(MID_2025) else 0.0
        rise = end - jnp.log(p[f"demand.china_relative_{year}"])
        back = back + rise * jnp.clip(years - (year + 0.5), 0.0, 1.0)
    forward = growth_path(
        years,
        MID_2025,
        jnp.log(p["demand.china_growth_2025"]),
        jnp.log(p["demand.china_growth_long_run"]),
        p["demand.china_growth_decay_years"],
    )
    spend = p["demand.china_chip_spend_2025_usd"] / 12.0 * jnp.exp(jnp.where(years < MID_2025, back, forward))

    price = p["supply.price_per_h100e_2024_usd"] * p["supply.price_performance_growth"] ** (MID_2024 - years)
    # What third countries were in 2022 against 2026, on a straight line, and what they rented out, on a geometric one.
    to_2026 = jnp.clip((START_2026 - years) / (START_2026 - START_2022), 0.0, 1.0)
    swing = p["supply.swing_share"] * (1.0 - (1.0 - p["supply.swing_share_of_present_2022"]) * to_2026)
    ramp = p["remote.share_of_present_2022"] ** to_2026
    # The base is older than what is being installed.
    age = years - p["limits.age_of_base_years"] - MID_2026
    kilowatt = p["limits.kilowatt_per_h100e_2026"] * p["supply.price_performance_growth"] ** -age
    dies = domestic.paths(p, years)

    # Unmet demand of 2024 on the factual path, to which the growth of diversion refers (see supply.step).
    w = p["supply.value_weight_of_training"]
    others_value = w * base[:, PRETRAIN] + (1.0 - w) * base[:, ROLLOUT]
    flagship_value = w * flagship[:, PRETRAIN] + (1.0 - w) * flagship[:, ROLLOUT]
    # A record that ends sooner gives its last year.
    last = min(n_record, round((START_2024 - START_2022) * 12.0) + 12)
    in_2024 = slice(last - 12, last)
    open_market = p["demand.china_open_market_share"] * others_value[in_2024] * price[in_2024]
    want = jnp.minimum(spend[in_2024], open_market) / (flagship_value * price)[in_2024]
    die = to_units(dies.die_raw, train, roll)[in_2024, PRETRAIN] * p["domestic.training_efficiency"]
    got = (china[in_2024, PRETRAIN] + dies.packaging_dies[in_2024] * die) / flagship[in_2024, PRETRAIN]
    mean_want = jnp.mean(want, axis=0)
    floor = p["diversion.least_unmet_share"] * mean_want
    unmet_2024 = jnp.maximum(jnp.mean(jnp.maximum(want - got, 0.0), axis=0), floor)

    def power(bloc: str) -> jax.Array:
        gigawatt = p[f"limits.{bloc}_power_2026_gw"] * p[f"limits.{bloc}_power_growth"] ** (years - MID_2026)
        return gigawatt * 1e6 / jnp.maximum(kilowatt, 1e-6)

    return Market(
        others=others,
        others_observed=jnp.concatenate([elsewhere, later]),
        china_observed=jnp.concatenate([china, later]),
        flagship=flagship,
        flagship_raw=flagship_raw,
        diverted_chip=_trailing_mean(flagship, lag),
        price_usd=price,
        china_spend_usd=spend,
        swing_share=swing,
        remote_ramp=ramp,
        power_us=power("us"),
        power_china=power("china"),
        domestic=dies,
        after_record=(jnp.arange(months)[:, None] >= n_record) * jnp.ones_like(years),
        mature_fade=0.5 ** (jnp.maximum(years - MID_2026, 0.0) / p["legal.mature_halving_years"]),
        unmet_2024=unmet_2024 * jnp.ones_like(years),
        scarcity_2024=unmet_2024 / mean_want * jnp.ones_like(years),
    )


def _trailing_mean(series: jax.Array, lag_months: jax.Array) -> jax.Array:
    """Exponential mean of a monthly series, per chip and not per unit: the mix of what is being shipped."""

    def carry(mean: jax.Array, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        mean = mean + (x - mean) / (1.0 + lag_months)
        return mean, mean

    _, out = jax.lax.scan(carry, series[0], series)
    return out.at[:, CHIPS].set(1.0)
