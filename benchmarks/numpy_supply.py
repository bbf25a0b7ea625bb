"""Supply a second time, in plain NumPy: the part of `numpy_model` that follows chips, one month at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy_market import CHIPS, OPS16, PRETRAIN, ROLLOUT, Floats, Inputs, in_units, market, plants, worth

LINES = 5


def rule_of(x: Inputs, m: int) -> dict[str, Any]:
    """The policy's month, or the record's in draws whose policy has been undone; draw axis last."""
    kept = m < x.revert_month

    def pick(own: Floats, fallback: Floats) -> Floats:
        return np.asarray(np.where(kept, own[m][..., None], fallback[m][..., None]))

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
        self.push, self.tools, self.extra, self.dies_made = none, none, none, none
        self.us_mature = none
        self.made, self.gone = world, nothing

    def permitted(self, rule: dict[str, Any]) -> Floats:
        p, licence = self.x.p, rule["licence"]
        case_by_case = np.maximum(p["legal.approval_case_by_case"], rule["lever"]["legal.approval_floor"])
        denial, guided = p["legal.approval_presumption_of_denial"], p["legal.approval_guided"]
        open_ = licence[:, 0] + licence[:, 1]
        return np.asarray(
            open_ + licence[:, 2] * case_by_case + licence[:, 3] * denial + licence[:, 4] * guided
        )

    def month(self, m: int) -> tuple[dict[str, Floats], dict[str, Floats]]:
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
        asked = np.maximum(worth(p, chip) * price, p["legal.least_price_usd"])
        chip[PRETRAIN, 1:] *= np.where(uncut[1:], p["legal.io_cut_training_penalty"], 1.0)
        flagship_value = worth(p, now["flagship"])
        die_value = worth(p, plant["die_units"])

        useful = plant["die_units"].copy()
        useful[PRETRAIN] *= p["domestic.training_efficiency"]

        # Legal export.
        cover = self.dies_made * die_value * price / now["spend"]
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
        self.us_mature = self.us_mature + (us_volume * now["mature_fade"] - self.us_mature) / 12.0
        volume_cap = rule["cap"] * lever["legal.cap_factor"] * self.us_mature
        cap = np.minimum(
            np.where(rule["cap"] < 1e6, volume_cap, 1e12),
            p["demand.china_open_market_share"] * others[CHIPS] / dies_each,
        )
        # A buyer's choice: life costs of each line for what it does, over the cheapest other way to get it.
        denied = 1.0 - np.clip(allowed[0], 0, 1)
        charge = rule["fee"] + rule["tariff"]
        slot, dearest = p["demand.cost_beside_chip_usd"], 1.0 + p["diversion.premium_when_all_unmet"] * denied
        others_cost = np.minimum(
            price * dearest + slot / flagship_value,
            (die_value * price + slot / p["domestic.dies_per_chip"]) / worth(p, useful),
        )
        dearer = np.stack([(asked[i] + slot) / worth(p, chip[:, i]) / others_cost for i in range(LINES)])
        keen = np.where(dearer > 1.0, np.exp(-p["legal.refusal_steepness"] * np.log(dearer)), 1.0)
        keen = keen / (1.0 + charge) ** p["legal.fee_elasticity"]
        left, wanted = accepted * demand, np.empty_like(cap)
        for i in range(LINES):
            wanted[i] = np.minimum(allowed[i] * keen[i] * left / asked[i], cap[i])
            left = left - wanted[i] * asked[i]
        wanted = wanted * asked
        rate = self.rate + (wanted - self.rate) / p["legal.ramp_months"]
        sold = np.minimum(rate, wanted) * modelled / asked
        stranded = np.where(wanted < p["legal.collapse_share"] * rate, rate - wanted, 0.0) * modelled / asked
        observed_usd = worth(p, now["china_observed"]) * price
        self.rate = np.where(free, rate, rule["observed_line"] * observed_usd)
        inflow = lever["intervention.inflow_multiplier"]
        legal = np.where(free, (sold * chip).sum(axis=1), now["china_observed"]) * inflow
        stranded_flow = (stranded * chip).sum(axis=1)
        given_chips = lever["intervention.extra_h100e_per_year"] / 12.0 / now["flagship"][OPS16]
        given_chips = np.minimum(
            given_chips, p["supply.largest_redirected_share"] * others[OPS16] / now["flagship"][OPS16]
        )
        given = given_chips * now["flagship"]
        displaced = ((sold * inflow + stranded) * asked).sum(axis=0) / (flagship_value * price)
        lost = (1.0 - p["supply.output_elasticity"] * now["after_record"]) * displaced + given_chips
        kept = np.maximum(1.0 - lost * now["flagship"][OPS16] / others[OPS16], 0.0)
        queue = self.to_us[OPS16] / (others[OPS16] * (1.0 - now["swing_share"]))
        kept = kept * np.clip(2.0 - queue / p["limits.power_queue_months"], 0.0, 1.0)
        made_for_others = np.where(free, others * kept, now["others_observed"])
        from_vendor = self.vendor / p["legal.retired_stock_to_others_months"]
        to_others = made_for_others + from_vendor

        # Diversion.
        spent = np.where(free, (sold * asked).sum(axis=0), observed_usd)
        want = demand / (flagship_value * price)
        got = np.where(free, (sold * chip[PRETRAIN]).sum(axis=0), now["china_observed"][PRETRAIN])
        at_home = self.dies_made * useful[PRETRAIN]
        unmet = np.maximum(want - (got + at_home) / now["flagship"][PRETRAIN], 0.0)
        scarcity = unmet / want
        swing_share = np.minimum(
            now["swing_share"] * lever["enforcement.third_country_cap"], p["supply.largest_swing_share"]
        )
        volume = np.maximum(self.attempted * 12.0 / p["diversion.chips_2024"], 1e-6)
        passed_2024 = 1.0 - p["diversion.detection_2024"]
        hazard = (
            -np.log(passed_2024) * lever["enforcement.effort"] ** p["diversion.detection_effort_exponent"]
        )
        hazard = hazard * volume ** p["diversion.detection_volume_exponent"]
        verified = lever["enforcement.location_verification"] * p["diversion.location_verification_efficacy"]
        passed = np.exp(-hazard) * (1.0 - verified)
        level = denied * p["diversion.chips_2024"] / (12.0 * passed_2024)
        premium, premium_2024 = (
            p["diversion.premium_when_all_unmet"] * share for share in (scarcity, now["scarcity_2024"])
        )
        level = level * ((1.0 + premium) / (1.0 + premium_2024)) ** p["diversion.attempts_per_price"]
        level = level * (1.0 - (1.0 - accepted) * p["beijing.diversion_prevented_share"])
        scarce = unmet / now["unmet_2024"]
        level = level * np.minimum(scarce, 1.0) * np.maximum(scarce, 1.0) ** p["diversion.scarcity_exponent"]
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
        open_share = (1.0 - taken) * (1.0 - p["domestic.displacement"] * taken)
        open_share = np.maximum(open_share, p["domestic.protected_share"])
        sellable = np.where(free, now["spend"] * open_share / (die_value * price), np.inf)
        dies, stage = self.produce(m, plant, rule, modelled, scarcity, sellable)
        self.dies_made = dies
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
        self.us, self.to_us = (
            self.us * (1.0 - retiring) + to_us / lag * share_us,
            to_us * (1.0 - share_us / lag),
        )
        self.swing, self.to_swing = (
            self.swing * (1.0 - retiring) + to_swing / lag,
            to_swing * (1.0 - 1.0 / lag),
        )
        self.china = self.china * (1.0 - retiring) + to_china / lag * share_china
        self.to_china = to_china * (1.0 - share_china / lag)
        self.vendor = self.vendor + stranded_flow - from_vendor

        # Remote access and money.
        rented = (1.0 - lever["remote.access_rule"] * p["remote.rule_efficacy"]) * now["remote_ramp"]
        rented = rented * (1.0 + lever["intervention.rented_follows"] * (inflow - 1.0))
        rented = rented * (1.0 + p["remote.response_to_scarcity"] * scarcity)
        us_swing = p["remote.us_share_of_swing"]
        us_rent = np.minimum(p["remote.share_of_us_cloud"] * rented, p["remote.largest_share_of_us_cloud"])
        remote = (
            np.minimum(p["remote.share_of_swing"] * rented, 1.0 - us_swing) * self.swing + us_rent * self.us
        )
        us_capacity = self.us * (1.0 - us_rent) + us_swing * self.swing
        china_capacity = self.china.sum(axis=0) + remote
        china_capacity[PRETRAIN] -= (1.0 - p["domestic.training_efficiency"]) * self.china[2, PRETRAIN]
        revenue = spent * inflow + given_chips * flagship_value * price
        self.extra = self.extra + modelled * p["supply.revenue_to_research"] / 12.0 * revenue / (
            revenue + world_usd
        )
        fees = np.where(
            free,
            (sold * asked * charge).sum(axis=0),
            spent * (rule["observed_line"] * charge).sum(axis=0),
        )
        held = (
            self.us
            + self.swing
            + self.china.sum(axis=0)
            + self.to_us
            + self.to_swing
            + self.to_china.sum(axis=0)
        )
        return lever, {
            "us": self.us, "swing": self.swing, "china": self.china, "remote": remote, "made": self.made,
            "us_capacity": us_capacity[[PRETRAIN, ROLLOUT]],
            "china_capacity": china_capacity[[PRETRAIN, ROLLOUT]],
            "flows": np.stack([legal + given, diverted, seized, domestic]),
            "revenue_usd": revenue, "fees_usd": fees * inflow,
            "china_spend_usd": revenue + dies * die_value * price + worth(p, diverted) * price * (1.0 + premium),
            "china_cost": 1.0 + premium * self.china[1, PRETRAIN] / china_capacity[PRETRAIN],
            "scarcity": scarcity,
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
        year, each = self.x.years[m], p["domestic.stacks_per_die"]
        leak = p["domestic.hbm_leak_stacks_per_month"] * np.where(hbm > 1.0, 2.0 - hbm, hbm)
        imported = leak + np.maximum(1.0 - hbm, 0.0) * margin * each * packaging
        imported = np.where(year < p["domestic.hbm_rule_year"], plant["stacks_bought"], imported)
        before_rule = year < p["domestic.foundry_rule_year"]
        foreign = np.where(before_rule, plant["foundry_dies"], margin * packaging) * (1.0 - diligence)
        new_stacks = plant["stacks"] * np.exp(self.push + self.tools) + imported
        months = np.where(modelled > 0, p["domestic.stock_drawdown_months"], 1.0)
        limits = np.stack(
            [
                packaging,
                own_dies + foreign + self.dies / months,
                (new_stacks + self.stacks / months) / each,
                sellable,
            ]
        )
        dies = limits.min(axis=0)
        self.dies = np.maximum(self.dies + foreign - np.maximum(dies - own_dies, 0.0), 0.0)
        self.stacks = np.maximum(self.stacks + new_stacks - each * dies, 0.0)
        return dies, limits <= dies
