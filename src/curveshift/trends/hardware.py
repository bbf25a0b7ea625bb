"""What chips cost to buy and to rent at a date, and how fast computing gets cheaper."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from statistics import mean
from typing import Any, Final

from curveshift import facts
from curveshift.errors import CurveshiftError, unknown_name

from .cost_records import number, records
from .lines import DAYS_PER_YEAR, Line, Rate, years

FLOP_PER_TFLOP: Final = 1e12
W_PER_KW: Final = 1e3
HOURS_PER_YEAR: Final = 24.0 * DAYS_PER_YEAR
MERCHANTS: Final = ("NVIDIA", "AMD")
"""Makers whose chips are sold to all comers; prices of the others are costs, or prices within one firm."""


@dataclass(frozen=True)
class Quote:
    """A price of one chip: dollars to buy it, or dollars for an hour under a contract."""

    chip: str
    day: date
    usd: float
    source: str


@lru_cache(maxsize=8)
def chips(as_of: date | str | None = None) -> dict[str, Mapping[str, Any]]:
    """Rows of the table of chips by name."""
    return {row["chip"]: row for row in facts.rows("chips", as_of=as_of)}


def chip_of(hardware: str) -> str:
    """The chip that a name of training hardware stands for; of several the first.

    Raises
    ------
    CurveshiftError
        For a name that stands for no chip.

    Examples
    --------
    >>> chip_of("NVIDIA H800 SXM5")
    'H800 SXM 80GB'
    """
    known = records()["hardware"]
    for part in hardware.split("; "):
        if part in known:
            return str(known[part])
        if part in chips():
            return part
    raise unknown_name("training hardware", hardware, [*known, *chips()], where="training_hardware")


def peak_flop_per_s(chip: str) -> float:
    """Dense rate at 16 bit.

    Raises
    ------
    CurveshiftError
        Where the table of chips holds none.
    """
    rate = chips()[chip]["fp16_dense_tflops"]
    if rate is None:
        raise CurveshiftError("the table of chips has no dense 16-bit rate for it", f"chip {chip}")
    return float(rate) * FLOP_PER_TFLOP


def _single(name: str | None) -> str | None:
    """The most common chip of a name in the table of prices."""
    if name is None:
        return None
    return (*facts.CHIP_FAMILIES.get(name, (name,)), None)[0]


def purchases(as_of: date | str | None = None) -> tuple[Quote, ...]:
    """Prices of chips bought, at market prices in the United States and partner countries.

    Launch prices and what the makers of unsold chips would have had to pay count; smuggled and licensed chips in
    China and chips of Chinese makers do not.
    """
    known = chips(as_of)
    found = []
    for row in facts.rows("prices", as_of=as_of):
        chip = _single(row["chip"])
        if row["category"] != "chip_purchase" or chip not in known or row["central"] is None:
            continue
        if (
            known[chip]["designer_bloc"] == "us"
            and "smuggled" not in row["item"]
            and "China" not in row["item"]
        ):
            found.append(Quote(chip, row["date"], row["central"], row["source"]))
    for name, spec in known.items():
        launched = str(spec["price_basis"]).startswith("launch price") and spec["release_date"]
        # Variants of one silicon have one launch price.
        if spec["price_usd"] and launched and name not in records()["same_silicon"]:
            found.append(Quote(name, spec["release_date"], spec["price_usd"], spec["source"]))
        told = records()["chip_prices"].get(name)
        if told:
            found.append(Quote(name, spec["release_date"], told["usd_per_chip"], told["source"]))
    return tuple(sorted(found, key=lambda q: (q.day, q.chip, q.usd)))


def rents(as_of: date | str | None = None) -> tuple[Quote, ...]:
    """Dollars for an hour of one chip under a contract; prices on demand are brought to it by a recorded ratio."""
    ratio = number("rent.contract_ratio").central
    found = []
    for row in facts.rows("prices", as_of=as_of):
        chip = _single(row["chip"])
        if row["category"] == "chip_rental" and chip is not None and row["central"] is not None:
            scale = 1.0 if row["basis"].startswith("contract") else ratio
            found.append(Quote(chip, row["date"], row["central"] * scale, f"{row['source']}, {row['basis']}"))
    return tuple(sorted(found, key=lambda q: (q.day, q.chip, q.usd)))


def near(quotes: tuple[Quote, ...], chip: str, day: date) -> tuple[str, tuple[Quote, ...]]:
    """Prices of a chip near a date: those in the window, else the nearest; of the same silicon where it has none."""
    name: str | None = chip
    window = timedelta(days=number("hardware.price_window_days").central)
    while name is not None:
        own = [q for q in quotes if q.chip == name]
        inside = tuple(q for q in own if abs(q.day - day) <= window)
        if inside:
            return name, inside
        if own:
            return name, (min(own, key=lambda q: (abs(q.day - day), q.day)),)
        name = records()["same_silicon"].get(name)
    raise CurveshiftError("the tables hold no price of it", f"chip {chip}")


def amortised_usd_per_hour(usd: float) -> float:
    """An hour of a chip worth `usd`, with its share of server and network: what it loses in value."""
    whole = usd * number("hardware.server_ratio").central * number("hardware.cluster_ratio").central
    return whole * math.log(10.0) * number("hardware.depreciation").central / HOURS_PER_YEAR


def energy_usd_per_hour(chip: str) -> float:
    """Electricity for an hour of one chip with its share of server and building; 0 where its power is not known."""
    rated_w = chips()[chip]["tdp_w"] or 0.0
    names = ("server_power_ratio", "load_share", "building_ratio", "usd_per_kwh")
    return float(rated_w) / W_PER_KW * math.prod(number(f"energy.{name}").central for name in names)


def of_the_time(quotes: tuple[Quote, ...]) -> tuple[Quote, ...]:
    """Prices of chips that were hardware of the time on that day, sold freely and with a known 16-bit rate."""
    known, oldest = chips(), number("hardware.current_years").central
    barred = records()["limited_for_export"]
    found = []
    for quote in quotes:
        spec = known.get(quote.chip)
        if spec is None or spec["fp16_dense_tflops"] is None or spec["release_date"] is None:
            continue
        young = years(quote.day) - years(spec["release_date"]) <= oldest
        if young and quote.chip not in barred and spec["vendor"] in MERCHANTS:
            found.append(quote)
    return tuple(found)


def hardware_price_performance_per_year(*, as_of: date | str | None = None, level: float = 0.9) -> Rate:
    """How many times more dense 16-bit operations a second a dollar buys each year.

    A line through the logarithms of rate over price, one point for each chip: the mean of its prices while it was
    hardware of the time, since prices of one chip are not independent of each other. This part of a fall in cost
    belongs to hardware; divide by it before calling the rest algorithms.

    Parameters
    ----------
    as_of : date or str, optional
        Prices known by that day.
    level : float
        Of the interval.

    Returns
    -------
    Rate

    Examples
    --------
    >>> 1.1 < hardware_price_performance_per_year().central < 1.6
    True
    """
    quotes = of_the_time(purchases(as_of))
    by_chip: dict[str, list[Quote]] = {}
    for quote in quotes:
        by_chip.setdefault(quote.chip, []).append(quote)
    line = Line.fit(
        [mean(years(q.day) for q in own) for own in by_chip.values()],
        [mean(math.log10(peak_flop_per_s(q.chip) / q.usd) for q in own) for own in by_chip.values()],
    )
    return line.rate(quotes[0].day, quotes[-1].day, level=level)
