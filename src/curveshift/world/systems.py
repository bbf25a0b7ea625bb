"""From capacity to systems: runs, budgets, the shift of the curve, the shift of the paradigm, feedback."""

from __future__ import annotations

from typing import Final, NamedTuple

import jax
import jax.numpy as jnp

from curveshift.world.domestic import growth_path
from curveshift.world.timeline import START_2022, START_2024
from curveshift.world.units import H100_TFLOPS_16BIT, HOURS_PER_MONTH, SECONDS_PER_MONTH, Array

CONTENDERS: Final = ("us", "china")
PARADIGMS: Final = 4
"""Reasoning and up to three later ones; further arrivals are not modelled."""

H100E_FLOP_PER_MONTH: Final = H100_TFLOPS_16BIT * 1e12 * SECONDS_PER_MONTH
LN10: Final = 2.302585092994046


class SystemsPaths(NamedTuple):
    """What does not depend on policy, for one draw; bloc axis in the order of `CONTENDERS`."""

    log_budget_usd: jax.Array
    """Before reinvestment, shape (month, bloc)."""
    log_usd_per_flop: jax.Array
    steps: jax.Array
    """Log efficiency at the end of each month of research time, shape (research month, bloc)."""
    mean_log_step: jax.Array
    """Mean log efficiency growth per month of research time."""
    paradigm_start: jax.Array
    """Decimal year at which each bloc starts on each paradigm, shape (paradigm, bloc)."""
    paradigm_log_gain: jax.Array
    theft_luck: jax.Array
    """Uniform of each month and bloc, shape (month, bloc): below the month's chance its weights are stolen by it."""
    leader_share: jax.Array
    initial_log_efficiency: jax.Array
    talent: jax.Array


class SystemsInput(NamedTuple):
    """What supply and policy give, per month."""

    capacity: jax.Array
    """Usable H100 equivalents, shape (month, bloc, workload): pretrain, rollout."""
    scarcity: jax.Array
    """Unmet share of demand, shape (month, bloc)."""
    pooling: jax.Array
    open_weights: jax.Array
    """Whether each bloc's open weights reach the other, shape (month, bloc)."""
    secrecy: jax.Array
    weight_security: jax.Array
    log_cost: jax.Array
    """Log of each bloc's cost of compute over that of chips bought openly, shape (month, bloc)."""


class Ties(NamedTuple):
    """What holds a draw to the record (see `curveshift.world.tying`), per month; the same under every policy."""

    own: Array
    """Added to each bloc's own capability before ways across, shape (month, bloc)."""
    floor: Array
    """Added to the level that open weights give, shape (month, bloc); at most 0."""
    thefts: Array
    """1 in months in which stolen weights count, shape (month,)."""


class SystemsState(NamedTuple):
    """Carried from month to month; shape (bloc,) unless said."""

    capacity: jax.Array
    log_efficiency: jax.Array
    research_clock: jax.Array
    log_found: jax.Array
    """Log efficiency of the bloc's own innovations so far."""
    log_reinvested: jax.Array
    own: jax.Array
    best: jax.Array
    paradigm_scale: jax.Array
    """log10 of the largest training run when each later paradigm appeared, shape (paradigm,)."""


class Month(NamedTuple):
    """What one month's step reads beside its state."""

    year: jax.Array
    log_budget_usd: jax.Array
    log_usd_per_flop: jax.Array
    theft_luck: jax.Array
    given: SystemsInput
    ties: Ties


class SystemsMonth(NamedTuple):
    """What one month reports, shape (bloc,); capability in log10 effective FLOP of 2024."""

    capability: jax.Array
    log10_compute: jax.Array
    log10_efficiency: jax.Array
    log10_paradigm: jax.Array
    log10_labour: jax.Array
    budget_binds: jax.Array
    clock_exceeded: jax.Array


def run_flop(
    p: dict[str, jax.Array], capacity: jax.Array, leader_share: jax.Array, pooling: jax.Array
) -> jax.Array:
    """Compute of the largest run that a bloc's leader can make with its chips, FLOP.

    C = capacity x leader's share x training share x largest run's share x MFU x months, model.md section 5.
    """
    share = leader_share + pooling * (1.0 - leader_share)
    return (
        capacity
        * share
        * p["systems.training_share"]
        * p["systems.largest_run_share"]
        * p["systems.utilisation"]
        * p["systems.run_months"]
        * H100E_FLOP_PER_MONTH
    )


def paradigm_log10_gain(
    p: dict[str, jax.Array], log10_flop: jax.Array, midpoint: jax.Array, log_gain: jax.Array
) -> jax.Array:
    """Compute-equivalent gain (log10) of a paradigm: a sigmoid in log compute (Khatri et al. 2025)."""
    return log_gain / LN10 * jax.nn.sigmoid(p["paradigm.steepness_per_oom"] * LN10 * (log10_flop - midpoint))


def feedback_multiplier(
    p: dict[str, jax.Array], capability: jax.Array, level: jax.Array, scale: jax.Array
) -> jax.Array:
    """Factor on research input from a bloc's own AI: 1 + f x (orders of magnitude above a level), bounded."""
    above = jnp.maximum(capability - level, 0.0)
    return jnp.minimum(1.0 + scale * p["feedback.per_oom"] * above, p["feedback.largest_multiplier"])


def efficiency_at(paths: SystemsPaths, clock: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Log efficiency of each bloc's own innovations at its research clock (a time-changed compound Poisson).

    Beyond the drawn path the mean growth holds, which is reported.
    """
    last = paths.steps.shape[0] - 1
    whole = jnp.clip(jnp.floor(clock), 0, last).astype(jnp.int32)
    at = jnp.take_along_axis(paths.steps, whole[None], axis=0)[0]
    following = jnp.take_along_axis(paths.steps, jnp.minimum(whole + 1, last)[None], axis=0)[0]
    beyond = jnp.maximum(clock - last, 0.0)
    fraction = jnp.clip(clock - whole, 0.0, 1.0)
    return at + (following - at) * fraction + beyond * paths.mean_log_step, (beyond > 0) * 1.0


def draw_paths(
    p: dict[str, jax.Array],
    years: jax.Array,
    steps: jax.Array,
    chance: jax.Array,
    chance_normal: jax.Array,
    theft_luck: jax.Array,
) -> SystemsPaths:
    """Everything in systems that is drawn but does not depend on policy.

    Parameters
    ----------
    steps : array, shape (research month, bloc)
        Cumulative log efficiency by research month, from `curveshift.world.noise`.
    chance : array, shape (6,)
        Uniforms: three gaps between paradigms, three discoverers.
    chance_normal : array, shape (6,)
        Normals: three gains, three lags.
    theft_luck : array, shape (month, bloc)
        Uniforms.
    """
    budget_growth = growth_path(
        years, START_2024, jnp.log(p["budgets.growth_per_year"]), jnp.log(p["budgets.growth_long_run"]),
        p["budgets.growth_decay_years"],
    )  # fmt: skip
    start = jnp.log(
        jnp.stack([p["budgets.us_largest_run_2024_usd"], p["budgets.china_largest_run_2024_usd"]])
    )
    log_budget = start + budget_growth[:, None]
    usd_hour = p["budgets.usd_per_h100e_hour_2024"] * p["supply.price_performance_growth"] ** (
        START_2024 - years
    )
    flop_hour = H100E_FLOP_PER_MONTH / HOURS_PER_MONTH * p["systems.utilisation"]

    mean_step = jnp.log(p["efficiency.growth_per_year"]) / 12.0
    # Efficiency is 1 in the US bloc at the start of 2024, whatever the luck until then.
    us_2024 = steps[round((START_2024 - START_2022) * 12.0), 0]
    gap = mean_step * p["efficiency.china_initial_gap_months"]

    gaps_years = -jnp.log1p(-chance[:3]) / p["paradigm.arrivals_per_year"]
    arrival = p["paradigm.later_start_year"] + jnp.cumsum(gaps_years, axis=0)
    lag = p["paradigm.follower_lag_months"] / 12.0
    later_lag = lag * jnp.exp(p["paradigm.later_spread"] * chance_normal[3:6])
    us_first = (chance[3:6] < p["paradigm.us_discovers_share"]) * 1.0
    later = jnp.stack([arrival + later_lag * (1.0 - us_first), arrival + later_lag * us_first], axis=1)
    first = jnp.stack([p["paradigm.reasoning_start_year"], p["paradigm.reasoning_start_year"] + lag])[None, :]
    gain = jnp.log(p["paradigm.reasoning_gain"])
    later_gain = (
        gain * p["paradigm.later_gain_shrink"] * jnp.exp(p["paradigm.later_spread"] * chance_normal[:3])
    )
    return SystemsPaths(
        log_budget_usd=log_budget,
        log_usd_per_flop=jnp.log(usd_hour / flop_hour),
        steps=steps,
        mean_log_step=mean_step,
        paradigm_start=jnp.concatenate([first, later]),
        paradigm_log_gain=jnp.concatenate([gain[None], later_gain]),
        theft_luck=theft_luck,
        leader_share=jnp.stack([p["systems.us_leader_share"], p["systems.china_leader_share"]]),
        initial_log_efficiency=jnp.stack([-us_2024, -us_2024 - gap]),
        talent=jnp.stack([jnp.ones_like(lag), p["efficiency.china_research_input"]]),
    )


def step(
    p: dict[str, jax.Array],
    paths: SystemsPaths,
    feedback_scale: jax.Array,
    feedback_level: jax.Array,
    state: SystemsState,
    month: Month,
) -> tuple[SystemsState, SystemsMonth]:
    """One month of systems for both blocs, model.md section 5. Nothing in it names a bloc."""
    after, report = develop(p, paths, feedback_scale, feedback_level, state, month)
    own = after.own + month.ties.own
    best = jnp.maximum(state.best, reached(p, own, state.best[::-1], month))
    return after._replace(own=own, best=best), report._replace(capability=best)


def develop(
    p: dict[str, jax.Array],
    paths: SystemsPaths,
    feedback_scale: jax.Array,
    feedback_level: jax.Array,
    state: SystemsState,
    month: Month,
) -> tuple[SystemsState, SystemsMonth]:
    """What each bloc makes by itself in a month; the best systems so far are left as they were."""
    year, log_budget, log_usd_per_flop, _, given, _ = month

    # A run uses the chips of its own months, not of its last day.
    capacity = state.capacity + (given.capacity - state.capacity) / p["systems.run_months"]
    chips_pre = run_flop(p, capacity[:, 0], paths.leader_share, given.pooling)
    chips_roll = run_flop(p, capacity[:, 1], paths.leader_share, given.pooling)

    # Budgets: savings from faster efficiency than expected are reinvested in part, in full or more.
    budget = jnp.minimum(log_budget + state.log_reinvested, jnp.log(p["budgets.ceiling_usd"]))
    paid_for = jnp.exp(budget - log_usd_per_flop - given.log_cost)
    total = jnp.minimum(chips_pre, paid_for)
    budget_binds = (paid_for < chips_pre) * 1.0

    # Paradigms: each takes a growing share of training compute, on chips that sample.
    since = (year - paths.paradigm_start) * 12.0
    started = (since >= 0) * 1.0
    log_share = jnp.log(p["paradigm.start_share"]) + LN10 * since / p["paradigm.tenfold_months"]
    share = started * jnp.minimum(jnp.exp(jnp.minimum(log_share, 0.0)), p["paradigm.largest_share"])
    crowd = jnp.maximum(jnp.sum(share, axis=0) / p["paradigm.largest_share"], 1.0)
    share = share / crowd
    spent = jnp.minimum(share * total, share * chips_roll)
    log10_spent = jnp.log10(jnp.maximum(spent, 1.0))
    log10_total = jnp.log10(jnp.maximum(total, 1.0))
    appeared = jnp.any(since >= 0, axis=1)
    scale = jnp.where(appeared, state.paradigm_scale, jnp.max(log10_total, axis=0))
    first_scale = p["paradigm.midpoint_log10_flop"][None]
    midpoint = jnp.concatenate([first_scale, scale[1:] + p["paradigm.later_midpoint_oom"]])
    gains = started * paradigm_log10_gain(p, log10_spent, midpoint[:, None], paths.paradigm_log_gain[:, None])
    log10_paradigm = jnp.sum(gains, axis=0)
    rest = jnp.maximum(1.0 - jnp.sum(share, axis=0), 1e-9) * total
    log10_compute = jnp.log10(jnp.maximum(rest + jnp.sum(spent, axis=0), 1.0))

    # The shift of the curve: research time runs faster with compute, talent, need and AI's own help, and slower
    # as what can be found is found.
    relative = capacity[:, 0] / jnp.max(capacity[:, 0], axis=0)
    left = jnp.clip(1.0 - state.log_efficiency / (LN10 * p["efficiency.ceiling_oom"]), 0.0, 1.0)
    research = (
        paths.talent
        * relative ** p["efficiency.compute_exponent"]
        * (1.0 + p["efficiency.scarcity_boost"] * given.scarcity)
        * feedback_multiplier(p, state.best, feedback_level, feedback_scale)
        * left
    )
    clock = state.research_clock + research
    now, exceeded = efficiency_at(paths, clock)
    flow = (1.0 - given.secrecy) / p["efficiency.diffusion_months"]
    behind = jnp.max(state.log_efficiency, axis=0) - state.log_efficiency
    gained = now - state.log_found + behind * jnp.minimum(flow, 1.0)
    log_efficiency = state.log_efficiency + gained
    surprise = gained - paths.mean_log_step * left
    reinvested = state.log_reinvested + (p["budgets.reinvestment_elasticity"] - 1.0) * surprise

    # Effective compute; efficiency may count for more at scale.
    log10_efficiency = log_efficiency / LN10
    scaled = 1.0 + p["efficiency.scale_interaction"] * (
        log10_compute - p["efficiency.interaction_log10_flop"]
    )
    own = log10_compute + log10_efficiency * jnp.maximum(scaled, 0.0) + log10_paradigm

    labour = jnp.log10(jnp.maximum(capacity[:, 1], 1.0)) + log10_efficiency + log10_paradigm
    after = SystemsState(capacity, log_efficiency, clock, now, reinvested, own, state.best, scale)
    report = SystemsMonth(
        state.best, log10_compute, log10_efficiency, log10_paradigm, labour, budget_binds, exceeded
    )
    return after, report


def reached(p: dict[str, jax.Array], own: jax.Array, other: jax.Array, month: Month) -> jax.Array:
    """Capability with ways across: learning from the other's outputs, its open weights, stolen weights.

    Parameters
    ----------
    own : array, shape (bloc,)
    other : array, shape (bloc,)
        Best system of the other bloc a month before.
    """
    given = month.given
    gap = jnp.maximum(other - own, 0.0)
    learnt = own + p["diffusion.distillation_strength"] * (1.0 - given.secrecy) * gap
    # Security of a reach r lets through the same thefts but a share r of them.
    chance = p["diffusion.theft_per_year"] / 12.0 * (1.0 - given.weight_security[::-1])
    stolen = (month.year >= p["diffusion.theft_start_year"]) & (month.theft_luck < chance)
    theft_level = jnp.where(stolen & (month.ties.thefts > 0), other, -jnp.inf)
    return jnp.maximum(jnp.maximum(learnt, open_level(p, other, month) + month.ties.floor), theft_level)


def open_level(p: dict[str, jax.Array], other: jax.Array, month: Month) -> jax.Array:
    """Capability that the other bloc's open weights give, shape (bloc,)."""
    # Releasing half as much doubles the gap.
    return other - p["diffusion.open_weights_gap_oom"] / jnp.maximum(month.given.open_weights[::-1], 1e-3)


def simulate(
    p: dict[str, jax.Array],
    paths: SystemsPaths,
    years: jax.Array,
    given: SystemsInput,
    feedback_scale: jax.Array,
    feedback_level: jax.Array,
    ties: Ties | None = None,
) -> SystemsMonth:
    """Run systems over all months for one draw; without `ties` nothing holds them to the record."""
    xs = in_months(paths, years, given, untied(paths, years) if ties is None else ties)
    begin = at_start(paths, given)
    _, months = jax.lax.scan(lambda s, x: step(p, paths, feedback_scale, feedback_level, s, x), begin, xs)
    return months


def in_months(paths: SystemsPaths, years: jax.Array, given: SystemsInput, ties: Ties) -> Month:
    """What every month's step reads, first axis the month."""
    return Month(years, paths.log_budget_usd, paths.log_usd_per_flop, paths.theft_luck, given, ties)


def untied(paths: SystemsPaths, years: jax.Array) -> Ties:
    """Ties that hold nothing."""
    zero = jnp.zeros_like(paths.theft_luck)
    return Ties(zero, zero, jnp.ones_like(years))


def at_start(paths: SystemsPaths, given: SystemsInput) -> SystemsState:
    """The state before the first month."""
    zero = jnp.zeros_like(paths.initial_log_efficiency)
    return SystemsState(
        capacity=given.capacity[0],
        log_efficiency=paths.initial_log_efficiency,
        research_clock=zero,
        log_found=zero,
        log_reinvested=zero,
        own=zero - jnp.inf,
        best=zero - jnp.inf,
        paradigm_scale=jnp.zeros_like(paths.paradigm_log_gain),
    )
