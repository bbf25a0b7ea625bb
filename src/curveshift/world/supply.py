"""The month's step of supply: output, the four channels into China, installed bases, and where every chip is."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from curveshift.world import diversion, domestic, legal
from curveshift.world.ledger import (
    NO_CAP,
    SUMMED,
    Market,
    PolicyMonths,
    Supplied,
    SupplyFollowed,
    SupplyMonth,
    SupplyState,
)
from curveshift.world.units import CHIPS, OPS16, PRETRAIN, ROLLOUT, to_units

UNCAPPED = 1e12  # chips a month


def value_of(p: dict[str, jax.Array], units: jax.Array) -> jax.Array:
    """What a chip is worth to a buyer in H100s: a mean of its training and rollout performance."""
    w = p["supply.value_weight_of_training"]
    return w * units[..., PRETRAIN, :] + (1.0 - w) * units[..., ROLLOUT, :]


def over_lines(chips: jax.Array, each: jax.Array) -> jax.Array:
    """Total over lines, term by term: so few terms are quicker as part of what surrounds them than as a sum."""
    return sum((chips[i] * each[i] for i in range(1, len(legal.LINES))), chips[0] * each[0])


def initial_state(p: dict[str, jax.Array], first_chip: jax.Array) -> SupplyState:
    """The world at the start of 2022: everything installed, nothing in transit."""
    world = p["history.initial_stock_h100e"] * first_chip / first_chip[OPS16]
    china, swing = p["history.initial_china_share"], p["history.initial_swing_share"]
    zero = jnp.zeros_like(world)
    none = jnp.zeros_like(world[0])
    return SupplyState(
        us=world * (1.0 - china - swing),
        swing=world * swing,
        china=jnp.stack([world * china, zero, zero]),
        transit_us=zero,
        transit_swing=zero,
        transit_china=jnp.stack([zero, zero, zero]),
        vendor=zero,
        seized=zero,
        retired=zero,
        made=world,
        sales_rate=jnp.stack([none] * len(legal.LINES)),
        us_mature=none,
        attempted=jnp.stack([none] * len(diversion.PATHWAYS)),
        plant=domestic.DomesticState(none, none, none, none),
        dies_made=none,
        extra_output=none,
    )


def deploy(
    p: dict[str, jax.Array], installed: jax.Array, transit: jax.Array, room: jax.Array, load: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """Put chips in transit to use, within the power there is; retire a share of the base.

    Returns the installed base, what stays in transit, what was retired, and whether power binds.
    """
    due = transit / p["supply.deployment_lag_months"]
    ops = due[..., OPS16, :] * load
    wanted = ops if ops.ndim == 1 else jnp.sum(ops, axis=0)
    share = jnp.clip(room / jnp.maximum(wanted, 1e-9), 0.0, 1.0)
    moved = due * share
    retired = installed * (p["supply.retirement_per_year"] / 12.0)
    gone = retired if retired.ndim == 2 else jnp.sum(retired, axis=0)
    return installed + moved - retired, transit - moved, gone, (share < 1.0) * 1.0


def step(
    p: dict[str, jax.Array], state: SupplyState, month: tuple[Market, PolicyMonths]
) -> tuple[SupplyState, SupplyMonth]:
    """One month of supply, model.md section 4.

    The order: what Beijing lets firms spend abroad, orders on the permitted lines, what is unmet, attempts at
    diversion, domestic output, remote use; then the books.
    """
    now, rule = month
    modelled = 1.0 - rule.observed
    lever = rule.lever

    # Lines on offer: a variant without a limit on operations follows the flagship.
    raw = jnp.where(rule.follows > 0, rule.line_raw * now.flagship_raw, rule.line_raw)
    uncut = rule.follows[:, 0] > 0
    line_units = to_units(raw, p["supply.training_intensity"], p["supply.rollout_intensity"])
    link_cut = uncut & (jnp.arange(len(legal.LINES)) > 0)[:, None]
    cut = jnp.where(link_cut, p["legal.io_cut_training_penalty"], 1.0)
    # A cut link does not make a part cheaper, and no part sells for less than it costs to make.
    price = jnp.maximum(value_of(p, line_units) * now.price_usd, p["legal.least_price_usd"])
    line_units = line_units.at[:, PRETRAIN].multiply(cut)
    flagship_value = value_of(p, now.flagship)
    flagship_price = flagship_value * now.price_usd

    # Domestic supply, by what was made last month.
    die_units = to_units(now.domestic.die_raw, p["supply.training_intensity"], p["supply.rollout_intensity"])
    die_value = value_of(p, die_units)
    useful_die = die_units.at[PRETRAIN].multiply(p["domestic.training_efficiency"])
    cover = state.dies_made * die_value * now.price_usd / now.china_spend_usd

    # 1. Legal export.
    others = now.others * jnp.exp(state.extra_output) * (1.0 - lever["retaliation.us_output_loss"])
    world_value = value_of(p, others)
    open_market = p["demand.china_open_market_share"] * world_value * now.price_usd
    accepted = legal.accepted_share(p, rule.stance, cover)
    abroad = accepted * jnp.minimum(now.china_spend_usd, open_market)
    us_chips = others[CHIPS] * (1.0 - now.swing_share) * p["legal.mature_share_of_us_purchases"]
    permitted = legal.approval(p, rule.licence, lever["legal.approval_floor"])
    banned = 1.0 - jnp.clip(permitted[0], 0.0, 1.0)
    flagship, die = (flagship_price, flagship_value), (die_value * now.price_usd, value_of(p, useful_die))
    relative = legal.relative_cost(p, (price, value_of(p, line_units)), flagship, die, banned)
    taken = permitted * legal.taken_share(p, relative, rule.fee + rule.tariff)
    # Sales of mature parts in the US end with the parts; a line without a cap is not touched by the factor.
    # The cap counts the volume of the last year, not of the month.
    us_mature = state.us_mature + (us_chips * now.mature_fade - state.us_mature) / 12.0
    capped = rule.cap * lever["legal.cap_factor"] * us_mature
    volume_cap = jnp.where(rule.cap < NO_CAP, capped, UNCAPPED)
    # However cheap an old part gets, it takes wafers: China's share of them is bounded too.
    dies = jnp.where(uncut, 1.0, p["supply.share_of_dies_per_mature_chip"])
    most_chips = p["demand.china_open_market_share"] * others[CHIPS] / dies
    ordered = legal.orders(abroad, price, taken, jnp.minimum(volume_cap, most_chips))
    # Sales rise with a delay, in dollars, so that a new part goes on where the old one was. What is being made for a
    # line whose orders collapse is stranded.
    ordered_usd = ordered * price
    rate = state.sales_rate + (ordered_usd - state.sales_rate) / p["legal.ramp_months"]
    sold = jnp.minimum(rate, ordered_usd) * modelled / price
    collapsed = ordered_usd < p["legal.collapse_share"] * rate
    stranded = jnp.where(collapsed, rate - ordered_usd, 0.0) * modelled / price
    observed_usd = value_of(p, now.china_observed) * now.price_usd
    rate = jnp.where(modelled > 0, rate, rule.observed_line * observed_usd)
    inflow = lever["intervention.inflow_multiplier"]
    legal_sold = jnp.where(modelled > 0, over_lines(sold, line_units), now.china_observed)
    legal_flow = legal_sold * inflow
    stranded_flow = over_lines(stranded, line_units)
    asked_chips = lever["intervention.extra_h100e_per_year"] / 12.0 / now.flagship[OPS16]
    extra_chips = jnp.minimum(
        asked_chips, p["supply.largest_redirected_share"] * others[OPS16] / now.flagship[OPS16]
    )
    extra_flow = extra_chips * now.flagship

    # Output answers demand with an elasticity; the rest comes out of what others would have had, in proportion
    # to price: a dollar of chips takes a dollar's worth of scarce inputs.
    # In a counterfactual of the record nothing is added.
    elasticity = p["supply.output_elasticity"] * now.after_record
    displaced = over_lines(sold * inflow + stranded, price) / flagship_price
    lost_chips = (1.0 - elasticity) * displaced + extra_chips
    keep = jnp.maximum(1.0 - lost_chips * now.flagship[OPS16] / others[OPS16], 0.0)
    # Where chips wait for power for long, buyers order less.
    queue_months = state.transit_us[OPS16] / (others[OPS16] * (1.0 - now.swing_share))
    brake = jnp.clip(2.0 - queue_months / p["limits.power_queue_months"], 0.0, 1.0)
    made_for_others = jnp.where(modelled > 0, others * keep * brake, now.others_observed)
    from_vendor = state.vendor / p["legal.retired_stock_to_others_months"]
    to_others = made_for_others + from_vendor

    # 2. What stays unmet, and diversion.
    legal_spend = jnp.where(modelled > 0, over_lines(sold, price), observed_usd)
    # Want is counted in flagships by training performance, which is what the rules withhold; domestic chips meet
    # some of it.
    want = jnp.minimum(now.china_spend_usd, open_market) / flagship_price
    got = jnp.where(modelled > 0, over_lines(sold, line_units[:, PRETRAIN]), now.china_observed[PRETRAIN])
    at_home = state.dies_made * useful_die[PRETRAIN]
    unmet = jnp.maximum(want - (got + at_home) / now.flagship[PRETRAIN], 0.0)
    scarcity = unmet / want
    premium = p["diversion.premium_when_all_unmet"] * scarcity
    premium_2024 = p["diversion.premium_when_all_unmet"] * now.scarcity_2024
    swing_share = jnp.minimum(
        now.swing_share * lever["enforcement.third_country_cap"], p["supply.largest_swing_share"]
    )
    attempt = diversion.divert(
        p,
        unmet / now.unmet_2024,
        (1.0 + premium) / (1.0 + premium_2024),
        banned,
        accepted,
        state.attempted,
        lever["enforcement.effort"],
        lever["enforcement.location_verification"],
        lever["enforcement.buyer_checks"],
    )
    away = p["diversion.share_from_third_countries"]
    most = p["diversion.largest_share_of_swing"] * jnp.min(
        jnp.minimum(
            to_others * swing_share / (away * now.diverted_chip),
            to_others * (1.0 - swing_share) / ((1.0 - away) * now.diverted_chip),
        ),
        axis=0,
    )
    wanted = jnp.sum(attempt.attempted, axis=0)
    scale = jnp.minimum(1.0, most / jnp.maximum(wanted * jnp.maximum(inflow, 1.0), 1e-9))
    attempted = attempt.attempted * scale
    tried = jnp.sum(attempted, axis=0) * inflow
    seized_flow = tried * attempt.detected_share * now.diverted_chip
    diverted_flow = tried * now.diverted_chip - seized_flow

    # 3. Domestic production, sold into what demand legal imports leave; state buyers' share is never taken. What was
    # sold in the record was sold.
    taken_share = jnp.clip(legal_spend / now.china_spend_usd, 0.0, 1.0)
    free_room = (1.0 - taken_share) * (1.0 - p["domestic.displacement"] * taken_share)
    room_usd = now.china_spend_usd * jnp.maximum(free_room, p["domestic.protected_share"])
    sellable = jnp.where(modelled > 0, room_usd / (die_value * now.price_usd), jnp.inf)
    plant, dies_made, stage = domestic.produce(
        p,
        state.plant,
        now.domestic,
        sellable,
        scarcity,
        modelled,
        lever["inputs.hbm_controls"],
        lever["inputs.equipment_controls"] - rule.lever_record["inputs.equipment_controls"],
        lever["inputs.foundry_due_diligence"],
    )
    domestic_flow = (dies_made * die_units).at[CHIPS].set(dies_made / p["domestic.dies_per_chip"])

    # The books: every chip made is installed, in transit, with the vendor, seized or retired.
    from_swing = away * tried * now.diverted_chip
    from_us = (1.0 - away) * tried * now.diverted_chip
    to_swing = to_others * swing_share - from_swing
    to_us = to_others * (1.0 - swing_share) - from_us
    to_china = jnp.stack([legal_flow + extra_flow, diverted_flow, domestic_flow])
    power_factor = p["limits.domestic_power_factor"]
    plain = jnp.ones_like(power_factor)
    heavy = jnp.stack([plain, plain, power_factor])
    room_us = jnp.maximum(now.power_us - state.us[OPS16], 0.0)
    room_china = jnp.maximum(now.power_china - jnp.sum(state.china[:, OPS16] * heavy, axis=0), 0.0)
    us, transit_us, gone_us, power_us = deploy(p, state.us, state.transit_us + to_us, room_us, plain)
    swing, transit_swing, gone_swing, _ = deploy(
        p, state.swing, state.transit_swing + to_swing, jnp.inf * plain, plain
    )
    china, transit_china, gone_china, power_china = deploy(
        p, state.china, state.transit_china + to_china, room_china, heavy
    )
    made = state.made + made_for_others + legal_flow + extra_flow + stranded_flow + domestic_flow
    vendor = state.vendor + stranded_flow - from_vendor
    seized = state.seized + seized_flow
    retired = state.retired + gone_us + gone_swing + gone_china
    held = us + swing + jnp.sum(china, 0) + transit_us + transit_swing + jnp.sum(transit_china, 0)
    imbalance = jnp.max(jnp.abs(made - (held + vendor + seized + retired)) / made, axis=0)

    # 4. Remote access: used, not owned.
    rented = (1.0 - lever["remote.access_rule"] * p["remote.rule_efficacy"]) * now.remote_ramp
    rented = rented * (1.0 + p["remote.response_to_scarcity"] * scarcity)
    rented = rented * (1.0 + lever["intervention.rented_follows"] * (inflow - 1.0))
    spare = 1.0 - p["remote.us_share_of_swing"]
    swing_rent = jnp.minimum(p["remote.share_of_swing"] * rented, spare)
    us_rent = jnp.minimum(p["remote.share_of_us_cloud"] * rented, p["remote.largest_share_of_us_cloud"])
    remote = swing_rent * swing + us_rent * us
    us_capacity = us * (1.0 - us_rent) + p["remote.us_share_of_swing"] * swing
    working = (
        jnp.sum(china, 0).at[PRETRAIN].add(-(1.0 - p["domestic.training_efficiency"]) * china[2, PRETRAIN])
    )
    china_capacity = working + remote

    revenue = legal_spend * inflow + extra_chips * flagship_price
    fees = jnp.where(
        modelled > 0,
        over_lines(sold, price * (rule.fee + rule.tariff)),
        legal_spend * over_lines(rule.observed_line, rule.fee + rule.tariff),
    )
    diverted_spend = value_of(p, diverted_flow) * now.price_usd * (1.0 + premium)
    china_log_cost = jnp.log1p(premium * china[1, PRETRAIN] / china_capacity[PRETRAIN])
    spent = revenue + dies_made * die_value * now.price_usd + diverted_spend
    vendor_share = revenue / (revenue + world_value * now.price_usd)
    extra_output = state.extra_output + modelled * p["supply.revenue_to_research"] * vendor_share / 12.0
    binding = jnp.concatenate([jnp.stack([power_us, power_china]), stage, jnp.stack([(scale < 1.0) * 1.0])])
    after = SupplyState(
        us, swing, china, transit_us, transit_swing, transit_china, vendor, seized, retired, made,
        rate, us_mature, attempted, plant, dies_made, extra_output,
    )  # fmt: skip
    report = SupplyMonth(
        us, swing, china, remote,
        jnp.stack([us_capacity[PRETRAIN], us_capacity[ROLLOUT]]),
        jnp.stack([china_capacity[PRETRAIN], china_capacity[ROLLOUT]]),
        jnp.stack([legal_flow + extra_flow, diverted_flow, seized_flow, domestic_flow]),
        revenue, fees * inflow, spent, china_log_cost, scarcity, binding, imbalance, made,
    )  # fmt: skip
    return after, report


def follow(report: SupplyMonth) -> SupplyFollowed:
    """What of a month's report is kept for every month."""
    return SupplyFollowed(
        report.us[OPS16], jnp.sum(report.china[:, OPS16], axis=0), report.us_capacity, report.china_capacity,
        report.china_log_cost, report.scarcity, report.binding, report.imbalance,
    )  # fmt: skip


def simulate(
    p: dict[str, jax.Array], market: Market, policy: PolicyMonths, first_chip: jax.Array
) -> Supplied:
    """Run supply over all months, a whole number of quarters, for one draw under one policy."""

    def month(
        before: tuple[SupplyState, SupplyMonth], given: tuple[Market, PolicyMonths]
    ) -> tuple[tuple[SupplyState, SupplyMonth], SupplyFollowed]:
        state, report = step(p, before[0], given)
        so_far = {name: getattr(before[1], name) + getattr(report, name) for name in SUMMED}
        return (state, report._replace(**so_far)), follow(report)

    def quarter(
        before: tuple[SupplyState, SupplyMonth], given: tuple[Market, PolicyMonths]
    ) -> tuple[tuple[SupplyState, SupplyMonth], tuple[SupplyMonth, SupplyFollowed]]:
        after, months = jax.lax.scan(month, before, given)
        return after, (after[1], months)

    # Whole reports are wide: written every month, they would cost more than the step that makes them.
    given = jax.tree.map(lambda x: x.reshape(-1, 3, *x.shape[1:]), (market, policy))
    state = initial_state(p, first_chip)
    _, like = jax.eval_shape(lambda x: step(p, state, x), jax.tree.map(lambda x: x[0, 0], given))
    nothing = jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), like)
    _, (quarters, months) = jax.lax.scan(quarter, (state, nothing), given)
    return Supplied(quarters, jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), months))
