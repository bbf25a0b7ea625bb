"""What the month's step of supply is given, keeps and reports."""

from __future__ import annotations

from typing import NamedTuple

import jax

from curveshift.world import domestic
from curveshift.world.units import Array

NO_CAP = 1e6
"""A cap of this many times US volume stands for none (infinity times zero would not be a number)."""

CHANNELS = ("legal", "diverted", "domestic")
"""How chips that China owns came to it; what was there before 2022 counts as legal."""

FLOWS = ("legal", "diverted", "seized", "domestic")
"""Flows that are counted up: the three channels into China's own stock, and what enforcement stopped."""

LIMITS = (
    "power-us",
    "power-china",
    "packaging",
    "logic",
    "memory",
    "demand",
    "diversion",
    "capital-us",
    "capital-china",
)
"""Limits whose binding is reported, as a share of months."""


SUMMED = ("flows", "revenue_usd", "fees_usd", "china_spend_usd")
"""Fields of `SupplyMonth` that are flows, of which the sum since 2022 is kept."""


class PolicyMonths(NamedTuple):
    """A policy compiled to arrays, one row a month."""

    observed: Array
    licence: Array
    cap: Array
    fee: Array
    tariff: Array
    line_raw: Array
    """Specifications of each line over an H100's, shape (month, line, 4)."""
    follows: Array
    """1 where a specification is a multiple of the flagship's of the month and not of an H100's."""
    observed_line: Array
    stance: Array
    lever: dict[str, Array]
    lever_record: dict[str, Array]


class Market(NamedTuple):
    """What does not depend on policy, per month, for one draw."""

    others: jax.Array
    """US-designed output that does not go to China while China buys nothing, in units, shape (month, unit)."""
    others_observed: jax.Array
    """What did not go to China in the record (zero after it)."""
    china_observed: jax.Array
    flagship: jax.Array
    """One flagship chip in units, shape (month, unit)."""
    flagship_raw: jax.Array
    diverted_chip: jax.Array
    price_usd: jax.Array
    """Price of a chip worth one H100."""
    china_spend_usd: jax.Array
    swing_share: jax.Array
    remote_ramp: jax.Array
    power_us: jax.Array
    power_china: jax.Array
    domestic: domestic.DomesticPaths
    after_record: jax.Array
    mature_fade: jax.Array
    unmet_2024: jax.Array
    """Unmet Chinese demand in 2024 in flagships a month, repeated for each month."""
    scarcity_2024: jax.Array
    """The same as a share of what was wanted."""


class SupplyState(NamedTuple):
    """Where the chips are; every array in units."""

    us: jax.Array
    swing: jax.Array
    china: jax.Array
    transit_us: jax.Array
    transit_swing: jax.Array
    transit_china: jax.Array
    vendor: jax.Array
    seized: jax.Array
    retired: jax.Array
    made: jax.Array
    sales_rate: jax.Array
    """Dollars a month by line, shape (line,)."""
    us_mature: jax.Array
    """US purchases of products below the case-by-case limits, chips a month over the last year."""
    attempted: jax.Array
    plant: domestic.DomesticState
    dies_made: jax.Array
    """Domestic dies of the month before."""
    extra_output: jax.Array


class SupplyMonth(NamedTuple):
    """What one month's step reports."""

    us: jax.Array
    swing: jax.Array
    china: jax.Array
    remote: jax.Array
    us_capacity: jax.Array
    china_capacity: jax.Array
    flows: jax.Array
    """Chips that reach China or are seized, in units, shape (flow, unit), in the order of `FLOWS`."""
    revenue_usd: jax.Array
    fees_usd: jax.Array
    china_spend_usd: jax.Array
    china_log_cost: jax.Array
    """Log of what China's compute costs over what it would cost without the premium on diverted chips."""
    scarcity: jax.Array
    binding: jax.Array
    imbalance: jax.Array
    made: jax.Array


class SupplyFollowed(NamedTuple):
    """The part of `SupplyMonth` that is kept for every month."""

    us_h100e: jax.Array
    china_h100e: jax.Array
    us_capacity: jax.Array
    china_capacity: jax.Array
    china_log_cost: jax.Array
    scarcity: jax.Array
    binding: jax.Array
    imbalance: jax.Array


class Supplied(NamedTuple):
    """Supply over the whole horizon."""

    quarters: SupplyMonth
    """The last month of each quarter, with flows and money summed since 2022; first axis the quarter."""
    months: SupplyFollowed
    """First axis the month."""
