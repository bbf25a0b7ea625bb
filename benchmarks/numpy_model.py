"""The forward model a second time, in plain NumPy: what the compiled engine is tested and timed against.

Written from the equations of the model, vectorised over draws, with one Python loop over months. The draw axis is
the last one of every array. Nothing here is imported by the package.
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
DOLLARS_PER_FLOP_HOURS = FLOP_PER_H100_MONTH / (SECONDS_PER_MONTH / 3600.0)
LN10 = np.log(10.0)
LINES = 5
STACKS_PER_DIE = 4.0


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
    history: Any
    policy: Any
    record: Any
    revert_month: Floats
    years: Floats
    feedback: float


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
        t - (2022.0 + n / 12.0), np.log(p["supply.output_growth_2026"]),
        np.log(p["supply.output_growth_long_run"]), p["supply.output_growth_decay_years"],
    )  # fmt: skip
    ops_per_month = elsewhere[-3:, OPS16].mean(axis=0) * np.exp(growth)
    base = elsewhere + (1.0 - p["supply.output_elasticity"]) * china_dies
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

    year = slice(24, 36)
    open_market = p["demand.china_open_market_share"] * worth(p, base.swapaxes(0, 1))[year] * price[year]
    want = np.minimum(spend[year], open_market) / (worth(p, flagship.swapaxes(0, 1)) * price)[year]
    unmet = np.maximum(want - china[year, PRETRAIN] / flagship[year, PRETRAIN], 0.0).mean(axis=0)
    kilowatt = np.maximum(p["limits.kilowatt_per_h100e_2026"] * cheaper ** (2026.5 - t), 1e-6)
    return {
        "others": others,
        "others_observed": observed,
        "china_observed": china_observed,
        "flagship": flagship,
        "flagship_raw": raw,
        "mix": mix,
        "price": price,
        "spend": spend,
        "swing_share": p["supply.swing_share"] * np.clip(0.5 + (t - 2022.0) / 8.0, 0.5, 1.0),
        "remote_ramp": p["remote.share_of_present_2022"] ** np.clip((2026.0 - t) / 4.0, 0.0, 1.0),
        "power_us": p["limits.us_power_2026_gw"] * p["limits.us_power_growth"] ** (t - 2026.5) * 1e6 / kilowatt,
        "power_china": (
            p["limits.china_power_2026_gw"] * p["limits.china_power_growth"] ** (t - 2026.5) * 1e6 / kilowatt
        ),
        "unmet_2024": np.maximum(unmet, p["diversion.least_unmet_share"] * want.mean(axis=0)),
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
    even, december = (t >= 2022.5) & (t < 2024.9), (t >= 2024.9) & (t < 2025.0)
    foundry = (t >= 2023.0) & (t < 2025.0)
    speed = p["domestic.die_performance_growth"] ** (t - 2025.5)
    ops = p["domestic.die_tflops_16bit"] / H100_TFLOPS * speed
    four_bit = np.where(t < 2026.2, 1.0, p["domestic.four_bit_factor"])
    raw = np.stack([ops, ops, ops * four_bit, p["domestic.die_bandwidth_tbs"] / H100_TBS * speed])
    made_2025 = p["domestic.huawei_dies_2025"] / p["domestic.huawei_share"]
    return {
        "packaging": made_2025 / 12.0 * np.exp(packaging),
        "wafer_dies": p["domestic.wafers_2026_per_month"] * wafers * p["domestic.ai_share_of_wafers"]
        * p["domestic.dies_per_wafer"] * np.clip(1.0 - lost, 0.02, 1.0),
        "stacks": np.where(t < 2026.0, 0.0, p["domestic.hbm_stacks_2026_per_year"] / 12.0 * stacks),
        "stacks_bought": p["domestic.hbm_stacks_before_2025"] * (december * last + even * (1.0 - last) / even.sum()),
        "foundry_dies": p["domestic.foundry_dies_before_2025"] * foundry / foundry.sum(),
        "die_units": in_units(p, raw).swapaxes(0, 1),
    }  # fmt: skip


def rule_of(x: Inputs, m: int) -> dict[str, Any]:
    """The policy's month, or the record's in draws whose policy has been undone; draw axis last."""
    kept = m < x.revert_month

    def pick(own: Floats, fallback: Floats) -> Floats:
        return np.where(kept, own[m][..., None], fallback[m][..., None])

    parts = {
        name: pick(getattr(x.policy, name), getattr(x.record, name))
        for name in x.policy._fields
        if not name.startswith("lever")
    }
    levers = {name: pick(x.policy.lever[name], x.record.lever[name]) for name in x.policy.lever}
    recorded = {name: x.policy.lever_record[name][m] for name in x.policy.lever_record}
    return {**parts, "lever": levers, "lever_record": recorded}


class Supply:
    """Where the chips are, and one month's step."""

    def __init__(self, x: Inputs) -> None:
        p, self.x = x.p, x
        self.world, self.plant = market(x), plants(x)
        first = self.world["flagship"][0]
        world = p["history.initial_stock_h100e"] * first / first[OPS16]
        china, swing = p["history.initial_china_share"], p["history.initial_swing_share"]
        nothing, none = np.zeros_like(world), np.zeros_like(world[0])
        self.us, self.swing = world * (1.0 - china - swing), world * swing
        self.china = np.stack([world * china, nothing, nothing])
        self.to_us, self.to_swing, self.to_china = nothing, nothing, np.zeros_like(self.china)
        self.vendor, self.rate = nothing, np.zeros((LINES, *none.shape))
        self.attempted, self.dies, self.stacks = none, none, none
        self.push, self.tools, self.extra = none, none, none
        self.made, self.gone = world, nothing

    def permitted(self, rule: dict[str, Any]) -> Floats:
        p, licence = self.x.p, rule["licence"]
        case_by_case = np.maximum(p["legal.approval_case_by_case"], rule["lever"]["legal.approval_floor"])
        denial, guided = p["legal.approval_presumption_of_denial"], p["legal.approval_guided"]
        open_ = licence[:, 0] + licence[:, 1]
        return np.asarray(
            open_ + licence[:, 2] * case_by_case + licence[:, 3] * denial + licence[:, 4] * guided
        )

    def month(self, m: int) -> dict[str, Floats]:
        p = self.x.p
        now = {k: v[m] if v.ndim > 1 else v for k, v in self.world.items()}
        plant = {k: v[m] for k, v in self.plant.items()}
        rule = rule_of(self.x, m)
        lever = rule["lever"]
        modelled = 1.0 - rule["observed"]
        free = modelled > 0
        price = now["price"]

        raw = np.where(rule["follows"] > 0, rule["line_raw"] * now["flagship_raw"], rule["line_raw"])
        chip = in_units(p, np.moveaxis(raw, 1, 0))
        uncut = rule["follows"][:, 0] > 0
        chip[PRETRAIN, 1:] *= np.where(uncut[1:], p["legal.io_cut_training_penalty"], 1.0)
        value, flagship_value = worth(p, chip), worth(p, now["flagship"])
        die_value = worth(p, plant["die_units"])

        # Legal export.
        cover = plant["packaging"] * np.exp(self.push) * die_value * price / now["spend"]
        responsive = (1.0 - np.clip(cover, 0, 1)) ** p["beijing.responsive_strength"]
        stance = rule["stance"]
        accepted = (
            stance[0] + stance[1] * p["beijing.guided_acceptance"] + stance[2] * p["beijing.blocked_leak"]
            + stance[3] * responsive
        )  # fmt: skip
        others = now["others"] * np.exp(self.extra) * (1.0 - lever["retaliation.us_output_loss"])
        world_usd = worth(p, others) * price
        demand = np.minimum(now["spend"], p["demand.china_open_market_share"] * world_usd)
        allowed = self.permitted(rule)
        us_volume = others[CHIPS] * (1.0 - now["swing_share"]) * p["legal.mature_share_of_us_purchases"]
        dies_each = np.where(uncut, 1.0, p["supply.share_of_dies_per_mature_chip"])
        cap = np.minimum(
            rule["cap"] * lever["legal.cap_factor"] * us_volume,
            p["demand.china_open_market_share"] * others[CHIPS] / dies_each,
        )
        left, wanted = accepted * demand, np.empty_like(cap)
        for i in range(LINES):
            wanted[i] = np.minimum(allowed[i] * left / (value[i] * price), cap[i])
            left = left - wanted[i] * value[i] * price
        rate = self.rate + (wanted - self.rate) / p["legal.ramp_months"]
        sold, stranded = np.minimum(rate, wanted) * modelled, np.maximum(rate - wanted, 0.0) * modelled
        self.rate = np.where(free, rate, rule["observed_line"] * now["china_observed"][CHIPS])
        inflow = lever["intervention.inflow_multiplier"]
        legal = np.where(free, (sold * chip).sum(axis=1), now["china_observed"]) * inflow
        stranded_flow = (stranded * chip).sum(axis=1)
        given_chips = lever["intervention.extra_h100e_per_year"] / 12.0 / now["flagship"][OPS16]
        given = given_chips * now["flagship"]
        displaced = ((sold * inflow + stranded) * value).sum(axis=0) / flagship_value
        lost = (1.0 - p["supply.output_elasticity"]) * displaced + given_chips
        kept = np.maximum(1.0 - lost * now["flagship"][OPS16] / others[OPS16], 0.0)
        made_for_others = np.where(free, others * kept, now["others_observed"])
        from_vendor = self.vendor / p["legal.retired_stock_to_others_months"]
        to_others = made_for_others + from_vendor

        # Diversion.
        spent = np.where(free, (sold * value).sum(axis=0), worth(p, now["china_observed"])) * price
        want = demand / (flagship_value * price)
        got = np.where(free, (sold * chip[PRETRAIN]).sum(axis=0), now["china_observed"][PRETRAIN])
        unmet = np.maximum(want - got / now["flagship"][PRETRAIN], 0.0)
        scarcity = unmet / want
        swing_share = np.clip(now["swing_share"] * lever["enforcement.third_country_cap"], 0.0, 0.9)
        volume = np.maximum(self.attempted * 12.0 / p["diversion.chips_2024"], 1e-6)
        passed_2024 = 1.0 - p["diversion.detection_2024"]
        hazard = -np.log(passed_2024) * lever["enforcement.effort"] ** p["diversion.detection_effort_exponent"]
        hazard = hazard * volume ** p["diversion.detection_volume_exponent"]
        verified = lever["enforcement.location_verification"] * p["diversion.location_verification_efficacy"]
        passed = np.exp(-hazard) * (1.0 - verified)
        level = (1.0 - np.clip(allowed[0], 0, 1)) * p["diversion.chips_2024"] / (12.0 * passed_2024)
        level = level * (unmet / now["unmet_2024"]) ** p["diversion.scarcity_exponent"]
        level = level * (passed / passed_2024) ** p["diversion.deterrence"]
        shell = p["diversion.share_shell_buyers"]
        checks = lever["enforcement.buyer_checks"] * p["diversion.buyer_check_efficacy"]
        attempts = level * (shell * (1.0 - checks) + (1.0 - shell))
        away = p["diversion.share_from_third_countries"]
        room = np.minimum(
            to_others * swing_share / (away * now["mix"]),
            to_others * (1.0 - swing_share) / ((1.0 - away) * now["mix"]),
        )
        most = p["diversion.largest_share_of_swing"] * room.min(axis=0)
        scale = np.minimum(1.0, most / np.maximum(attempts * np.maximum(inflow, 1.0), 1e-9))
        self.attempted = attempts * scale
        tried = self.attempted * inflow
        seized, diverted = tried * (1.0 - passed) * now["mix"], tried * passed * now["mix"]

        # Domestic production.
        taken = np.clip(spent / now["spend"], 0.0, 1.0)
        sellable = now["spend"] * (1.0 - taken) / (die_value * price) * (1.0 - p["domestic.displacement"] * taken)
        dies, stage = self.produce(m, plant, rule, modelled, scarcity, sellable)
        domestic = dies * plant["die_units"]
        domestic[CHIPS] = dies / p["domestic.dies_per_chip"]

        # Installed bases and books.
        retiring, lag = p["supply.retirement_per_year"] / 12.0, p["supply.deployment_lag_months"]
        heavy = np.stack([np.ones_like(away), np.ones_like(away), p["limits.domestic_power_factor"]])
        room_us = np.maximum(now["power_us"] - self.us[OPS16], 0.0)
        room_china = np.maximum(now["power_china"] - (self.china[:, OPS16] * heavy).sum(axis=0), 0.0)
        to_us = self.to_us + to_others * (1.0 - swing_share) - (1.0 - away) * tried * now["mix"]
        to_swing = self.to_swing + to_others * swing_share - away * tried * now["mix"]
        to_china = self.to_china + np.stack([legal + given, diverted, domestic])
        share_us = np.clip(room_us / np.maximum(to_us[OPS16] / lag, 1e-9), 0.0, 1.0)
        wanted_ops = (to_china[:, OPS16] * heavy).sum(axis=0) / lag
        share_china = np.clip(room_china / np.maximum(wanted_ops, 1e-9), 0.0, 1.0)
        self.made = self.made + made_for_others + legal + given + stranded_flow + domestic
        self.gone = self.gone + seized + retiring * (self.us + self.swing + self.china.sum(axis=0))
        self.us, self.to_us = self.us * (1.0 - retiring) + to_us / lag * share_us, to_us * (1.0 - share_us / lag)
        self.swing, self.to_swing = self.swing * (1.0 - retiring) + to_swing / lag, to_swing * (1.0 - 1.0 / lag)
        self.china = self.china * (1.0 - retiring) + to_china / lag * share_china
        self.to_china = to_china * (1.0 - share_china / lag)
        self.vendor = self.vendor + stranded_flow - from_vendor

        # Remote access and money.
        rented = (1.0 - lever["remote.access_rule"] * p["remote.rule_efficacy"]) * now["remote_ramp"] * inflow
        rented = rented * (1.0 + p["remote.response_to_scarcity"] * scarcity)
        us_swing = p["remote.us_share_of_swing"]
        us_rent = np.minimum(p["remote.share_of_us_cloud"] * rented, 0.5)
        remote = np.minimum(p["remote.share_of_swing"] * rented, 1.0 - us_swing) * self.swing + us_rent * self.us
        us_capacity = self.us * (1.0 - us_rent) + us_swing * self.swing
        china_capacity = self.china.sum(axis=0) + remote
        china_capacity[PRETRAIN] -= (1.0 - p["domestic.training_efficiency"]) * self.china[2, PRETRAIN]
        revenue = spent * inflow + given_chips * flagship_value * price
        self.extra = self.extra + modelled * p["supply.revenue_to_research"] / 12.0 * revenue / (revenue + world_usd)
        charge = rule["fee"] + rule["tariff"]
        fees = np.where(
            free, (sold * value * charge).sum(axis=0) * price, spent * (rule["observed_line"] * charge).sum(axis=0)
        )
        held = self.us + self.swing + self.china.sum(axis=0) + self.to_us + self.to_swing + self.to_china.sum(axis=0)
        return {
            "us": self.us, "swing": self.swing, "china": self.china, "remote": remote, "made": self.made,
            "us_capacity": us_capacity[[PRETRAIN, ROLLOUT]],
            "china_capacity": china_capacity[[PRETRAIN, ROLLOUT]],
            "flows": np.stack([legal + given, diverted, seized, domestic]),
            "revenue_usd": revenue, "fees_usd": fees * inflow,
            "china_spend_usd": revenue + dies * die_value * price, "scarcity": scarcity,
            "binding": np.stack([share_us < 1, share_china < 1, *stage, scale < 1]).astype(float),
            "imbalance": np.abs(1.0 - (held + self.vendor + self.gone) / self.made).max(axis=0),
        }  # fmt: skip

    def produce(
        self, m: int, plant: dict[str, Floats], rule: dict[str, Any], modelled: Floats, scarcity: Floats,
        sellable: Floats,
    ) -> tuple[Floats, Floats]:  # fmt: skip
        """Dies made in a month, each with its memory, and which of packaging, logic, memory and demand binds."""
        p, lever = self.x.p, rule["lever"]
        response = p["domestic.push_from_scarcity"] * (scarcity - p["domestic.reference_scarcity"])
        self.push = self.push + modelled * response / 12.0
        tighter = lever["inputs.equipment_controls"] - rule["lever_record"]["inputs.equipment_controls"]
        self.tools = self.tools - p["domestic.equipment_controls_effect"] * tighter / 12.0
        packaging = plant["packaging"] * np.exp(self.push)
        own_dies = plant["wafer_dies"] * np.exp(self.push + self.tools)
        hbm, diligence = lever["inputs.hbm_controls"], lever["inputs.foundry_due_diligence"]
        margin = p["domestic.open_import_margin"]
        if self.x.years[m] > 2025.0:
            leak = p["domestic.hbm_leak_stacks_per_month"] * np.where(hbm > 1.0, 2.0 - hbm, hbm)
            imported = leak + np.maximum(1.0 - hbm, 0.0) * margin * STACKS_PER_DIE * packaging
            foreign = (1.0 - diligence) * margin * packaging
        else:
            imported, foreign = plant["stacks_bought"], plant["foundry_dies"] * (1.0 - diligence)
        new_stacks = plant["stacks"] * np.exp(self.push + self.tools) + imported
        months = p["domestic.stock_drawdown_months"]
        limits = np.stack(
            [
                packaging,
                own_dies + foreign + self.dies / months,
                (new_stacks + self.stacks / months) / STACKS_PER_DIE,
                sellable,
            ]
        )
        dies = limits.min(axis=0)
        self.dies = np.maximum(self.dies + foreign - np.maximum(dies - own_dies, 0.0), 0.0)
        self.stacks = np.maximum(self.stacks + new_stacks - STACKS_PER_DIE * dies, 0.0)
        return dies, limits <= dies
