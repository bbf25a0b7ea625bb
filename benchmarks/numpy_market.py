"""Inputs and the world of chips before any policy, in plain NumPy: the part of `numpy_model` that comes first.

Vectorised over draws, one month at a time; the draw axis is the last one of every array.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Assumptions = dict[str, Floats]

CHIPS, OPS16, PRETRAIN, ROLLOUT = 0, 1, 5, 6
H100_TFLOPS, H100_TBS = 989.4, 3.35
SECONDS_PER_MONTH = 365.25 * 86400.0 / 12.0
FLOP_PER_H100_MONTH = H100_TFLOPS * 1e12 * SECONDS_PER_MONTH
FLOP_PER_H100_HOUR = FLOP_PER_H100_MONTH / (SECONDS_PER_MONTH / 3600.0)
LN10 = np.log(10.0)


@dataclass
class Inputs:
    """What one block of draws needs; arrays of the record and of policies have no draw axis."""

    p: Assumptions
    class_scores: Floats
    """Shape (2, class, draw)."""
    steps: Floats
    """Shape (research month, bloc, draw)."""
    chance: Floats
    chance_normal: Floats
    theft_luck: Floats
    """Shape (month, bloc, draw)."""
    history: Any
    policy: Any
    record: Any
    revert_month: Floats
    years: Floats
    feedback: int
    """0 off, 1 default, 2 strong."""
    ties: Any = None
    """What holds histories to the record, by month and bloc; none unless given."""


def in_units(p: Assumptions, raw: Floats) -> Floats:
    """Seven units per chip from four relative specifications, unit axis first: (4, ..., draw) to (7, ..., draw)."""

    def roofline(intensity: Floats) -> Floats:
        rate = np.minimum(raw[0] * H100_TFLOPS, intensity * raw[3] * H100_TBS)
        return np.asarray(rate / np.minimum(H100_TFLOPS, intensity * H100_TBS))

    train, roll = roofline(p["supply.training_intensity"]), roofline(p["supply.rollout_intensity"])
    return np.stack([np.ones_like(train), *(np.broadcast_to(x, train.shape) for x in raw), train, roll])


def worth(p: Assumptions, units: Floats) -> Floats:
    w = p["supply.value_weight_of_training"]
    return np.asarray(w * units[PRETRAIN] + (1.0 - w) * units[ROLLOUT])


def decaying(t: Floats, now: Floats, end: Floats, tau: Floats) -> Floats:
    """Integral of a growth rate that decays from ``now`` to ``end`` after t = 0."""
    forward = np.maximum(t, 0.0)
    later = end * forward + (now - end) * tau * -np.expm1(-forward / tau)
    return np.asarray(np.where(t < 0.0, now * t, later))


def smoothed(series: Floats, lag: Floats) -> Floats:
    mean = series[0]
    out = np.empty_like(series)
    for m, value in enumerate(series):
        mean = mean + (value - mean) / (1.0 + lag)
        out[m] = mean
    out[:, CHIPS] = 1.0
    return out


def market(x: Inputs) -> dict[str, Floats]:
    """Everything of the world of chips that no policy changes; month first."""
    p, h = x.p, x.history
    t = x.years[:, None]
    n = len(h.other_chips)
    scores = x.class_scores
    r, q = p["history.within_maker_correlation"], p["history.within_china_correlation"]
    maker = np.where(h.nvidia[:, None] > 0, p["history.nvidia_total_score"], p["history.other_makers_score"])
    factor = np.exp(h.other_sigma[:, None] * (np.sqrt(r) * maker + np.sqrt(1 - r) * scores[0]))
    china_factor = np.exp(
        h.china_sigma[:, None] * (np.sqrt(q) * p["history.china_split_score"] + np.sqrt(1 - q) * scores[1])
    )
    chip = in_units(p, h.raw.T[:, :, None])
    die = in_units(p, h.converted_raw.T[:, :, None])
    elsewhere = np.einsum("mc,cd,ucd->mud", h.other_chips, factor, chip, optimize=True)
    china = np.einsum("mc,cd,ucd->mud", h.china_chips, china_factor, chip, optimize=True)
    china_dies = np.einsum("mc,cd,ucd->mud", h.china_chips, china_factor, die, optimize=True)

    age = h.flagship_growth_years[:, None]
    ops, bandwidth = p["supply.chip_ops_growth"] ** age, p["supply.chip_bandwidth_growth"] ** age
    raw = h.flagship_raw[:, :, None] * np.stack([ops, ops, ops, bandwidth], axis=1)
    flagship = np.moveaxis(in_units(p, np.moveaxis(raw, 1, 0)), 0, 1)
    mix = smoothed(flagship, p["supply.flagship_mix_months"] / 2.0)

    growth = decaying(
        t - (2022.0 + (n - 1.5) / 12.0), np.log(p["supply.output_growth_2026"]),
        np.log(p["supply.output_growth_long_run"]), p["supply.output_growth_decay_years"],
    )  # fmt: skip
    last = np.einsum("c,cd,cd->d", h.last_quarter_chips / 3.0, factor, chip[OPS16] * np.ones_like(factor))
    ops_per_month = last * np.exp(growth)
    base = elsewhere + china_dies
    others = ops_per_month[:, None] * mix / mix[:, OPS16 : OPS16 + 1]
    others[:n] = base
    observed, china_observed = np.zeros_like(others), np.zeros_like(others)
    observed[:n], china_observed[:n] = elsewhere, china

    spend_growth = decaying(
        t - 2025.5, np.log(p["demand.china_growth_2025"]), np.log(p["demand.china_growth_long_run"]),
        p["demand.china_growth_decay_years"],
    )  # fmt: skip
    knots = [np.log(p[f"demand.china_relative_{year}"]) for year in (2022, 2023, 2024)]
    knots.append(np.zeros_like(knots[0]))
    place = np.clip(x.years - 2022.5, 0.0, 3.0)
    left = np.minimum(place.astype(int), 2)
    lines = np.stack(knots)
    past = lines[left] + (place - left)[:, None] * (lines[left + 1] - lines[left])
    spend = p["demand.china_chip_spend_2025_usd"] / 12 * np.exp(np.where(t < 2025.5, past, spend_growth))
    cheaper = p["supply.price_performance_growth"]
    price = p["supply.price_per_h100e_2024_usd"] * cheaper ** (2024.5 - t)

    year = slice(min(n, 36) - 12, min(n, 36))
    open_market = p["demand.china_open_market_share"] * worth(p, base.swapaxes(0, 1))[year] * price[year]
    want = np.minimum(spend[year], open_market) / (worth(p, flagship.swapaxes(0, 1)) * price)[year]
    plant = plants(x)
    at_home = plant["packaging"] * plant["die_units"][:, PRETRAIN] * p["domestic.training_efficiency"]
    met = (china[year, PRETRAIN] + at_home[year]) / flagship[year, PRETRAIN]
    unmet = np.maximum(want - met, 0.0).mean(axis=0)
    least = p["diversion.least_unmet_share"] * want.mean(axis=0)
    base_year = t - p["limits.age_of_base_years"]
    kilowatt = np.maximum(p["limits.kilowatt_per_h100e_2026"] * cheaper ** (2026.5 - base_year), 1e-6)
    progress = np.clip((t - 2022.0) / 4.0, 0.0, 1.0)
    of_present = p["supply.swing_share_of_present_2022"]
    return {
        "others": others,
        "others_observed": observed,
        "china_observed": china_observed,
        "flagship": flagship,
        "flagship_raw": raw,
        "mix": mix,
        "price": price,
        "spend": spend,
        "swing_share": p["supply.swing_share"] * (of_present + (1.0 - of_present) * progress),
        "remote_ramp": p["remote.share_of_present_2022"] ** (1.0 - progress),
        "power_us": p["limits.us_power_2026_gw"]
        * p["limits.us_power_growth"] ** (t - 2026.5)
        * 1e6
        / kilowatt,
        "power_china": (
            p["limits.china_power_2026_gw"] * p["limits.china_power_growth"] ** (t - 2026.5) * 1e6 / kilowatt
        ),
        "after_record": (np.arange(len(t)) >= n)[:, None] * np.ones_like(t),
        "mature_fade": 0.5 ** (np.maximum(t - 2026.5, 0.0) / p["legal.mature_halving_years"]),
        "unmet_2024": np.maximum(unmet, least),
        "scarcity_2024": np.maximum(unmet, least) / want.mean(axis=0),
    }


def plants(x: Inputs) -> dict[str, Floats]:
    """Capacity of each stage of domestic production by month, before push, tools and stocks."""
    p, t = x.p, x.years[:, None]
    end, tau = np.log(p["domestic.growth_long_run"]), p["domestic.growth_decay_years"]
    packaging = np.where(
        t < 2025.5,
        np.log(p["domestic.growth_before_2025"]) * (np.minimum(t, 2025.5) - 2025.5),
        decaying(t - 2025.5, np.log(p["domestic.packaging_growth_2026"]), end, tau),
    )
    lost = (1.0 - p["domestic.yield_2026"]) * (1.0 - p["domestic.yield_learning_per_year"]) ** (t - 2026.5)
    wafers = np.exp(decaying(t - 2026.5, np.log(p["domestic.wafer_growth_2026"]), end, tau))
    stacks = np.exp(decaying(t - 2026.5, np.log(p["domestic.hbm_growth_2026"]), end, tau))
    last = p["domestic.hbm_last_month_share"]
    rush = p["domestic.hbm_rush_start_year"]
    even = (t >= p["domestic.hbm_purchases_start_year"]) & (t < rush)
    december = (t >= rush) & (t < p["domestic.hbm_rule_year"])
    foundry = (t >= p["domestic.foundry_dies_start_year"]) & (t < p["domestic.foundry_rule_year"])
    bought = last * december / december.sum(axis=0) + (1.0 - last) * even / even.sum(axis=0)
    speed = p["domestic.die_performance_growth"] ** (t - 2025.5)
    ops = p["domestic.die_tflops_16bit"] / H100_TFLOPS * speed
    four_bit = np.where(t < p["domestic.four_bit_year"], 1.0, p["domestic.four_bit_factor"])
    raw = np.stack([ops, ops, ops * four_bit, p["domestic.die_bandwidth_tbs"] / H100_TBS * speed])
    made_2025 = p["domestic.huawei_dies_2025"] / p["domestic.huawei_share"]
    return {
        "packaging": made_2025 / 12.0 * np.exp(packaging),
        "wafer_dies": p["domestic.wafers_2026_per_month"] * wafers * p["domestic.ai_share_of_wafers"]
        * p["domestic.dies_per_wafer"] * np.clip(1.0 - lost, p["domestic.least_yield"], 1.0),
        "stacks": (t >= p["domestic.first_stacks_year"]) * p["domestic.hbm_stacks_2026_per_year"] / 12.0 * stacks,
        "stacks_bought": p["domestic.hbm_stacks_before_2025"] * bought,
        "foundry_dies": p["domestic.foundry_dies_before_2025"] * foundry / foundry.sum(axis=0),
        "die_units": in_units(p, raw).swapaxes(0, 1),
    }  # fmt: skip
