"""The forward model a second time, in plain NumPy: what the compiled engine is tested and timed against.

The same equations transcribed once more, vectorised over draws, with one Python loop over months: it catches slips of
layout, indexing and order, not an equation that is wrong in both. Inputs (draws, noise, record, policies) are shared
with the engine. The draw axis is the last one of every array. The package imports nothing of this.
"""

from __future__ import annotations

import numpy as np
from numpy_market import (
    FLOP_PER_H100_HOUR,
    FLOP_PER_H100_MONTH,
    LN10,
    Assumptions,
    Floats,
    Inputs,
    decaying,
)
from numpy_supply import Supply

from curveshift.scenario import sample_block
from curveshift.world import noise
from curveshift.world.engine import BLOCK, Job

PARADIGMS = 4


def inputs(job: Job, block: int) -> list[Inputs]:
    """Assumptions, process noise and the record of one whole block, one for each policy of a job."""
    p = {
        name: np.ascontiguousarray(x)
        for name, x in sample_block(job.scenario, block, BLOCK).columns().items()
    }
    chance = noise.draw_noise(job.scenario.seed, block, BLOCK, len(job.history.classes), len(job.years), p)
    revert = noise.reversal_months(job.scenario.seed, block, BLOCK, job.half_lives, job.as_of_month)
    return [
        Inputs(p, *chance, job.history.arrays, policy, job.compiled[0], revert[i], job.years, job.feedback)
        for i, policy in enumerate(job.compiled)
    ]


def sigmoid(z: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-z)))


def essay_level(p: Assumptions) -> Floats:
    """log10 of what some months of a share of millions of chips are worth at the efficiency of 2026 to 2027."""
    months = p["threshold.essay_run_days"] / 365.25 * 12.0
    chips = p["threshold.essay_fleet_h100e"] * p["threshold.essay_run_share"]
    run = np.log10(chips * p["systems.utilisation"] * months * FLOP_PER_H100_MONTH)
    efficiency = (p["threshold.essay_year"] - 2024.0) * np.log10(p["efficiency.growth_per_year"])
    efficiency = efficiency * (
        1.0 + p["efficiency.scale_interaction"] * (run - p["efficiency.interaction_log10_flop"])
    )
    above = run + np.log10(p["paradigm.largest_share"]) - p["paradigm.midpoint_log10_flop"]
    gain = np.log10(p["paradigm.reasoning_gain"]) * sigmoid(p["paradigm.steepness_per_oom"] * LN10 * above)
    return np.asarray(run + efficiency + gain)


class Systems:
    """Both blocs' systems, and one month's step; the bloc axis comes first."""

    def __init__(self, x: Inputs) -> None:
        p, self.x = x.p, x
        t, chance, normal = x.years[:, None], x.chance, x.chance_normal
        growth = decaying(
            t - 2024.0, np.log(p["budgets.growth_per_year"]), np.log(p["budgets.growth_long_run"]),
            p["budgets.growth_decay_years"],
        )  # fmt: skip
        blocs = ("us", "china")
        start = np.stack([np.log(p[f"budgets.{b}_largest_run_2024_usd"]) for b in blocs])
        price = p["budgets.usd_per_h100e_hour_2024"] * p["supply.price_performance_growth"] ** (2024.0 - t)
        self.log_price = np.log(price / (FLOP_PER_H100_HOUR * p["systems.utilisation"]))
        self.log_budget = start + growth[:, None]

        # Paradigms: the known one, then arrivals with a discoverer and a lag each.
        lag = p["paradigm.follower_lag_months"] / 12.0
        spread = p["paradigm.later_spread"]
        first = p["paradigm.reasoning_start_year"]
        starts, gains = [np.stack([first, first + lag])], [np.log10(p["paradigm.reasoning_gain"])]
        year = p["paradigm.later_start_year"]
        for k in range(PARADIGMS - 1):
            year = year - np.log(1.0 - chance[k]) / p["paradigm.arrivals_per_year"]
            behind = lag * np.exp(spread * normal[3 + k])
            us_first = chance[3 + k] < p["paradigm.us_discovers_share"]
            starts.append(
                np.where(us_first, np.stack([year, year + behind]), np.stack([year + behind, year]))
            )
            gains.append(gains[0] * p["paradigm.later_gain_shrink"] * np.exp(spread * normal[k]))
        self.start, self.gain = np.stack(starts), np.stack(gains)

        self.leader = np.stack([p[f"systems.{b}_leader_share"] for b in blocs])
        self.talent = np.stack([np.ones_like(lag), p["efficiency.china_research_input"]])
        self.mean_step = np.log(p["efficiency.growth_per_year"]) / 12.0
        at_2024 = x.steps[24, 0]
        self.log_efficiency = np.stack(
            [-at_2024, -at_2024 - self.mean_step * p["efficiency.china_initial_gap_months"]]
        )
        self.clock, self.found = np.zeros_like(self.talent), x.steps[0]
        self.reinvested = np.zeros_like(self.talent)
        self.best = np.full_like(self.talent, -np.inf)
        self.scale = np.zeros_like(self.gain)
        self.capacity: Floats | None = None
        self.help = (0.0, 1.0, p["feedback.strong_factor"])[x.feedback]
        self.feedback_from = essay_level(p) - p["feedback.start_oom_below_threshold"]

    def efficiency(self, clock: Floats) -> tuple[Floats, Floats]:
        """Log efficiency of own innovations after so many months of research, and whether the path was too short."""
        steps = self.x.steps
        last = len(steps) - 1
        whole = np.clip(np.floor(clock), 0, last).astype(int)
        at = np.take_along_axis(steps, whole[None], 0)[0]
        following = np.take_along_axis(steps, np.minimum(whole + 1, last)[None], 0)[0]
        beyond = np.maximum(clock - last, 0.0)
        inside = at + (following - at) * np.clip(clock - whole, 0.0, 1.0)
        return inside + beyond * self.mean_step, (beyond > 0).astype(np.float64)

    def month(self, m: int, supply: dict[str, Floats], lever: dict[str, Floats]) -> dict[str, Floats]:
        p, year = self.x.p, self.x.years[m]
        now = np.stack([supply["us_capacity"], supply["china_capacity"]])
        before = now if self.capacity is None else self.capacity
        self.capacity = before + (now - before) / p["systems.run_months"]
        pooling = np.stack([lever["systems.us_pooling"], lever["systems.china_pooling"]])
        share = self.leader + pooling * (1.0 - self.leader)
        of_run = (
            p["systems.training_share"] * p["systems.largest_run_share"] * p["systems.utilisation"]
            * p["systems.run_months"] * FLOP_PER_H100_MONTH
        )  # fmt: skip
        chips, sampling = self.capacity[:, 0] * share * of_run, self.capacity[:, 1] * share * of_run
        budget = np.minimum(self.log_budget[m] + self.reinvested, np.log(p["budgets.ceiling_usd"]))
        paid = np.exp(budget - self.log_price[m])
        paid = paid / np.stack([np.ones_like(supply["china_cost"]), supply["china_cost"]])
        total = np.minimum(chips, paid)

        since = (year - self.start) * 12.0
        started = since >= 0
        grown = p["paradigm.start_share"] * 10.0 ** np.minimum(since / p["paradigm.tenfold_months"], 30.0)
        shares = started * np.minimum(np.minimum(grown, 1.0), p["paradigm.largest_share"])
        shares = shares / np.maximum(shares.sum(axis=0) / p["paradigm.largest_share"], 1.0)
        spent = shares * np.minimum(total, sampling)
        self.scale = np.where(started.any(axis=1), self.scale, np.log10(np.maximum(total, 1.0)).max(axis=0))
        midpoint = self.scale + p["paradigm.later_midpoint_oom"]
        midpoint[0] = p["paradigm.midpoint_log10_flop"]
        above = np.log10(np.maximum(spent, 1.0)) - midpoint[:, None]
        gains = self.gain[:, None] * sigmoid(p["paradigm.steepness_per_oom"] * LN10 * above)
        paradigm = (started * gains).sum(axis=0)
        rest = np.maximum(1.0 - shares.sum(axis=0), 1e-9) * total
        compute = np.log10(np.maximum(rest + spent.sum(axis=0), 1.0))

        relative = self.capacity[:, 0] / self.capacity[:, 0].max(axis=0)
        scarcity = np.stack([np.zeros_like(year + supply["scarcity"]), supply["scarcity"]])
        ahead = np.maximum(self.best - self.feedback_from, 0.0)
        help_ = 1.0 + self.help * p["feedback.per_oom"] * ahead
        left = np.clip(1.0 - self.log_efficiency / (LN10 * p["efficiency.ceiling_oom"]), 0.0, 1.0)
        research = (
            self.talent * relative ** p["efficiency.compute_exponent"] * left
            * (1.0 + p["efficiency.scarcity_boost"] * scarcity)
            * np.minimum(help_, p["feedback.largest_multiplier"])
        )  # fmt: skip
        self.clock = self.clock + research
        found, exceeded = self.efficiency(self.clock)
        openness = 1.0 - lever["openness.secrecy"]
        caught_up = np.minimum(openness / p["efficiency.diffusion_months"], 1.0)
        gained = found - self.found + caught_up * (self.log_efficiency.max(axis=0) - self.log_efficiency)
        self.found, self.log_efficiency = found, self.log_efficiency + gained
        surplus = p["budgets.reinvestment_elasticity"] - 1.0
        self.reinvested = self.reinvested + surplus * (gained - self.mean_step * left)

        efficiency = self.log_efficiency / LN10
        scaled = np.maximum(
            1.0 + p["efficiency.scale_interaction"] * (compute - p["efficiency.interaction_log10_flop"]), 0.0
        )
        own = compute + efficiency * scaled + paradigm
        ties = self.x.ties
        shift, floor, thefts = (0.0, 0.0, 1.0) if ties is None else (part[m] for part in ties)
        own = own + shift
        other = self.best[::-1]
        distilled = own + p["diffusion.distillation_strength"] * openness * np.maximum(other - own, 0.0)
        released = np.stack([np.ones_like(own[0]), np.ones_like(own[0]) * lever["openness.us_open_weights"]])
        opened = other - p["diffusion.open_weights_gap_oom"] / np.maximum(released, 1e-3) + floor
        security = np.stack([np.zeros_like(own[0]), np.ones_like(own[0]) * lever["security.weights"]])
        per_month = p["diffusion.theft_per_year"] * (1.0 - security) / 12.0
        stolen = (self.x.theft_luck[m] < per_month) & (year >= p["diffusion.theft_start_year"]) & (thefts > 0)
        reached = np.maximum(np.maximum(distilled, opened), np.where(stolen, other, -np.inf))
        self.best = np.maximum(self.best, reached)
        labour = np.log10(np.maximum(self.capacity[:, 1], 1.0)) + efficiency + paradigm
        return {
            "capability": self.best, "log10_compute": compute, "log10_efficiency": efficiency,
            "log10_paradigm": paradigm, "labour": labour, "budget_binds": (paid < chips).astype(float),
            "clock_exceeded": exceeded,
        }  # fmt: skip


def run(x: Inputs) -> dict[str, Floats]:
    """All months of a block of draws under one policy; month first, draw last."""
    supply, systems = Supply(x), Systems(x)
    months: list[dict[str, Floats]] = []
    for m in range(len(x.years)):
        lever, flows = supply.month(m)
        months.append({**flows, **systems.month(m, flows, lever)})
    return {name: np.stack([month[name] for month in months]) for name in months[0]}


def levels(p: Assumptions, us_capability: Floats, as_of_month: int) -> Floats:
    """Levels of the three thresholds, shape (threshold, draw)."""
    now = us_capability[as_of_month]
    months = min(round(float(p["threshold.survey_trend_months"][0])), as_of_month)
    rate = (now - us_capability[as_of_month - months]) * 12.0 / months
    tau = p["threshold.survey_trend_decay_years"]
    ahead = 2024.0 + p["threshold.survey_years_after_2023"] - (2022.0 + (as_of_month + 1) / 12.0)
    survey = now + rate * tau * (1.0 - np.exp(-ahead / tau))
    return np.stack([essay_level(p), survey, p["threshold.ftm_log10_flop_2024"]])


def first_reach(path: Floats, level: Floats) -> Floats:
    """Fractional month at which each draw's rising path (month, draw) reaches its levels (level, draw)."""
    out = np.full(level.shape, np.inf)
    for k in range(len(level)):
        for d in range(path.shape[1]):
            at = int(np.searchsorted(path[:, d], level[k, d]))
            if at == 0:
                out[k, d] = 0.0
            elif at < len(path):
                step = path[at, d] - path[at - 1, d]
                out[k, d] = at - 1 + min(max((level[k, d] - path[at - 1, d]) / step, 0.0), 1.0)
    return out
