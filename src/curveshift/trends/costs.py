"""What one training run costs, on a stated basis and line by line."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import mean, median, pstdev, stdev
from typing import Any, Final, Literal

from curveshift import facts
from curveshift.errors import CurveshiftError, unknown_name
from curveshift.facts.reading import as_date
from curveshift.laws.costs import SECONDS_PER_HOUR
from curveshift.notebooks import Told
from curveshift.records.distributions import Z90

from .cost_records import number, records
from .hardware import (
    Quote,
    amortised_usd_per_hour,
    chip_of,
    chips,
    energy_usd_per_hour,
    near,
    of_the_time,
    peak_flop_per_s,
    purchases,
    rents,
)
from .lines import Line, years

Definition = Literal["final_run_rental", "amortised", "whole_r_and_d"]
DEFINITIONS: Final[dict[str, str]] = {
    "final_run_rental": "chip-hours of the final run at the rent of a contract of that time",
    "amortised": "loss in value of chips, servers and network over the final run, and its electricity",
    "whole_r_and_d": "research and development compute of the time, at rental prices",
}
HOURS_PER_DAY: Final = 24.0

Step = tuple[str, float]


@dataclass(frozen=True)
class RunCost(Told):
    """Cost of one model on one basis.

    Parameters
    ----------
    model, definition, basis : str
        `basis` says in words what is counted.
    usd_low, usd_central, usd_high : float
        Median and 90 % interval.
    steps : tuple of (str, float)
        What was done, one line each, with the number it gave.
    """

    model: str
    definition: str
    basis: str
    usd_low: float
    usd_central: float
    usd_high: float
    steps: tuple[Step, ...]

    @property
    def log10_sd(self) -> float:
        """Spread of the decimal logarithm of the cost, dex."""
        return math.log10(self.usd_high / self.usd_low) / (2.0 * Z90)

    def __str__(self) -> str:
        lines = [f"{self.model}: {self.basis}"]
        lines += [f"  {text}: {value:,.6g}" for text, value in self.steps]
        return "\n".join(lines)


def check_definition(definition: str) -> str:
    """Return a definition of cost, or the error that names the three there are."""
    if definition not in DEFINITIONS:
        raise unknown_name("definition of cost", definition, DEFINITIONS, "definition")
    return definition


def log10_usd_per_flop(
    day: date | str, definition: Definition, *, as_of: date | str | None = None
) -> tuple[float, float]:
    """Decimal logarithm of the dollars for one FLOP that reaches the model, on hardware of the time.

    A line through the prices of chips in the tables, brought to that basis. Rents follow the same line, a constant
    factor above or below it: too few are known to fit a slope of their own. The line falls with the
    price-performance of hardware, so a cost curve made with it must not count hardware again.

    Parameters
    ----------
    day : date or str
        Middle of the run. Before the first price and after the last the line is carried on, and the spread grows.
    definition : {"final_run_rental", "amortised", "whole_r_and_d"}
    as_of : date or str, optional
        Prices known by that day.

    Returns
    -------
    tuple of float
        Central value and standard deviation, dex. The spread holds that of offers about the line, of the line, of
        the utilisation, and of what the basis adds.

    Raises
    ------
    CurveshiftError
        For an unknown definition, an impossible date, or too few prices known.

    Examples
    --------
    >>> central, sd = log10_usd_per_flop("2024-12-01", "final_run_rental")
    >>> -18.5 < central < -17.5, 0.1 < sd < 0.5
    (True, True)
    """
    check_definition(definition)
    bought = of_the_time(purchases(as_of))
    line = Line.fit([years(q.day) for q in bought], [_log10_hour(q.chip, _hour_owned(q)) for q in bought])
    x = years(as_date(day))
    central, sd = line.at(x)
    spreads = [sd, number("run.mfu").log10_sd, *_basis_spreads(definition)]
    if definition != "amortised":
        offers = of_the_time(rents(as_of))
        if len(offers) < 2:
            raise CurveshiftError(
                f"{len(offers)} rents of hardware of the time are known, 2 are needed", "as_of"
            )
        above = [_log10_hour(q.chip, q.usd) - line.at(years(q.day))[0] for q in offers]
        carried = line.slope_error * (x - mean(years(q.day) for q in offers))
        central += mean(above)
        spreads[0] = math.hypot(stdev(above) * math.sqrt(1.0 + 1.0 / len(above)), carried)
    if definition == "whole_r_and_d":
        central += math.log10(number("research.multiplier").central)
    return central, math.hypot(*spreads)


def _hour_owned(quote: Quote) -> float:
    return amortised_usd_per_hour(quote.usd) + energy_usd_per_hour(quote.chip)


def _log10_hour(chip: str, usd: float) -> float:
    return math.log10(usd / _flop_per_hour(chip))


def _flop_per_hour(chip: str) -> float:
    return SECONDS_PER_HOUR * peak_flop_per_s(chip) * number("run.mfu").central


def _basis_spreads(definition: str) -> list[float]:
    if definition == "amortised":
        names = ("price_ratio", "server_ratio", "cluster_ratio", "depreciation")
        return [number(f"hardware.{name}").log10_sd for name in names]
    spreads = [number("rent.contract_ratio").log10_sd]
    return [*spreads, number("research.multiplier").log10_sd] if definition == "whole_r_and_d" else spreads


def recost(
    model: str | Mapping[str, Any],
    definition: Definition,
    *,
    as_of: date | str | None = None,
    stated: bool = True,
) -> RunCost:
    """Cost of a training run on one basis, with every step that led to it.

    Chip-hours are those that the developer states; else reported chips times reported time; else FLOP over the
    peak rate and the usual utilisation. Where the hardware is not known, FLOP are priced by `log10_usd_per_flop`.
    For the rental basis, what the developer says the final run cost, or its rent, comes before all of these.

    Parameters
    ----------
    model : str or mapping
        A model of ``facts.models()``, or a row of your own with ``model``, ``release_date`` and at least
        ``training_compute_flop``; perhaps ``training_hardware``, ``training_chips``, ``training_time_hours``.
    definition : {"final_run_rental", "amortised", "whole_r_and_d"}
    as_of : date or str, optional
        What was known by that day.
    stated : bool
        Whether to believe a cost that is stated outright. Without it, the cost is built up from hours or FLOP.

    Returns
    -------
    RunCost

    Raises
    ------
    CurveshiftError
        For an unknown model or definition, or a model with neither chip-hours nor compute.

    Examples
    --------
    >>> round(recost("DeepSeek-V3", "final_run_rental").usd_central)
    5576000
    """
    check_definition(definition)
    row = _row(model, as_of)
    if definition == "whole_r_and_d":
        return _researched(row, recost(row, "final_run_rental", as_of=as_of, stated=stated), as_of)
    if definition == "final_run_rental" and stated:
        found = _stated(row, as_of)
        if found is not None:
            return found
    hours, chip, steps, spreads = _chip_hours(row)
    start, middle = _dates(row, hours)
    if hours is None or chip is None:
        central, sd = log10_usd_per_flop(middle, definition, as_of=as_of)
        steps += [(f"dollars for one FLOP on hardware of {middle:%B %Y}", 10.0**central)]
        usd = float(row["training_compute_flop"]) * 10.0**central
        return _cost(row, definition, usd, [*spreads, sd], steps)
    told = records()["reported"].get(row["model"])
    if definition == "amortised":
        usd, more, spread = _owned(chip, start, as_of)
    elif told:
        usd, spread = told["usd_per_chip_hour"], [number("rent.spread_ratio").log10_sd]
        more = [("dollars for a chip-hour, as the developer assumes", usd)]
    else:
        usd, more, spread = _rented(chip, middle, as_of)
    return _cost(row, definition, hours * usd, [*spreads, *spread], [*steps, *more])


def _stated(row: Mapping[str, Any], as_of: date | str | None) -> RunCost | None:
    """The cost of the final run as it was stated outright, unless hours and rent were stated, which say more."""
    if row["model"] in records()["reported"]:
        return None
    for told in facts.rows("prices", as_of=as_of):
        # Dollars of 2023 are estimates on the other basis.
        if told["category"] == "training_cost" and told["unit"] == "usd" and told["model"] == row["model"]:
            text = f"dollars stated ({told['source']}): {told['basis']}"
            cost = _cost(row, "final_run_rental", told["central"], [number("rent.spread_ratio").log10_sd], [])
            low, high = told["low"] or cost.usd_low, told["high"] or cost.usd_high
            return replace(cost, usd_low=low, usd_high=high, steps=((text, told["central"]), *cost.steps))
    if row["training_cost_basis"] == "rental_final_run" and row["training_cost_usd"]:
        step = (
            "dollars stated by the developer for the final run, at a rent",
            float(row["training_cost_usd"]),
        )
        return _cost(row, "final_run_rental", step[1], [number("rent.spread_ratio").log10_sd], [step])
    return None


def _row(model: str | Mapping[str, Any], as_of: date | str | None) -> Mapping[str, Any]:
    if isinstance(model, str):
        known = {row["model"]: row for row in facts.rows("models", as_of=as_of)}
        if model not in known:
            raise unknown_name("model", model, known, "model")
        return known[model]
    names = [column.name for column in facts.schema("models").columns]
    for name in model:
        if name not in names:
            raise unknown_name("column", str(name), names, "model")
    for column in facts.schema("models").columns:
        value = model.get(column.name)
        number_like = isinstance(value, (int, float)) and math.isfinite(value) and value > 0.0
        if column.kind in ("float", "int") and value is not None and not number_like:
            unit = column.unit or "a number"
            raise CurveshiftError(f"{value!r} is not a number above 0 ({unit})", f"model, {column.name}")
    row = dict.fromkeys(names) | dict(model)
    if not row["model"] or row["release_date"] is None:
        raise CurveshiftError("a run needs a name (model) and a release_date", "model")
    return row | {"release_date": as_date(row["release_date"])}


def _chip_hours(row: Mapping[str, Any]) -> tuple[float | None, str | None, list[Step], list[float]]:
    """Chip-hours, the chip, how they were found and their spread; no hours where only FLOP can be priced."""
    hardware = row["training_hardware"]
    chip = chip_of(hardware) if hardware else None
    told = records()["reported"].get(row["model"])
    if told and chip:
        return told["chip_hours"], chip, [(f"{chip}-hours stated by the developer", told["chip_hours"])], []
    if chip and row["training_chips"] and row["training_time_hours"]:
        number_of, time = float(row["training_chips"]), float(row["training_time_hours"])
        steps = [(f"chips ({chip})", number_of), ("hours", time), ("chip-hours", number_of * time)]
        return number_of * time, chip, steps, [number("run.quantity_ratio").log10_sd]
    flop = row["training_compute_flop"]
    if flop is None or not flop > 0.0:
        raise CurveshiftError(
            "neither chip-hours nor compute of it are known: give a row with training_compute_flop",
            f"model {row['model']}",
        )
    steps = [("FLOP of the run", float(flop))]
    low, high = row["training_compute_low_flop"], row["training_compute_high_flop"]
    spreads = [math.log10(high / low) / (2.0 * Z90)] if low and high else []
    if chip is None or chips()[chip]["fp16_dense_tflops"] is None:
        return None, None, steps, spreads
    mfu = number("run.mfu")
    hours = float(flop) / _flop_per_hour(chip)
    steps += [
        (f"peak FLOP a second of one {chip}", peak_flop_per_s(chip)),
        ("share of the peak that reaches the model (assumed)", mfu.central),
        ("chip-hours", hours),
    ]
    return hours, chip, steps, [*spreads, mfu.log10_sd]


def _dates(row: Mapping[str, Any], hours: float | None) -> tuple[date, date]:
    """Start and middle of the run."""
    time = row["training_time_hours"]
    if time is None and hours is not None and row["training_chips"]:
        time = hours / float(row["training_chips"])
    days = number("run.days").central if time is None else float(time) / HOURS_PER_DAY
    end = _end_of_run(row["release_date"])
    return end - timedelta(days=days), end - timedelta(days=days / 2.0)


def _end_of_run(released: date) -> date:
    return released - timedelta(days=number("run.days_to_release").central)


def middle_of_run(released: date) -> date:
    """Middle of the training run of a model released on a day, where its own dates are not known."""
    return _end_of_run(released) - timedelta(days=number("run.days").central / 2.0)


def _owned(chip: str, start: date, as_of: date | str | None) -> tuple[float, list[Step], list[float]]:
    delivery = number("hardware.days_to_delivery").central
    released = chips()[chip]["release_date"] or start
    bought = min(released + timedelta(days=delivery), start)
    name, quotes = near(purchases(as_of), chip, bought)
    price = median(q.usd for q in quotes)
    age = max(years(start) - years(bought), 0.0)
    value = price * 10.0 ** (-number("hardware.depreciation").central * age)
    wear, energy = amortised_usd_per_hour(value), energy_usd_per_hour(chip)
    stand_in = "" if name == chip else f", for {chip}"
    steps = [
        (f"dollars for one {name}{stand_in}, bought {bought:%B %Y}; {_quoted(quotes)}", price),
        (f"dollars it is worth at the start of the run, {age:.1f} years later", value),
        ("dollars for a chip-hour: loss in value, with server and network", wear),
        ("dollars for a chip-hour: electricity", energy),
    ]
    return wear + energy, steps, [*_basis_spreads("amortised"), _scatter(quotes)]


def _rented(chip: str, middle: date, as_of: date | str | None) -> tuple[float, list[Step], list[float]]:
    offers = rents(as_of)
    known = {q.chip for q in offers}
    chain = [chip]
    while chain[-1] in records()["same_silicon"]:
        chain.append(records()["same_silicon"][chain[-1]])
    spreads = _basis_spreads("final_run_rental")
    if not known & set(chain):
        central, sd = log10_usd_per_flop(middle, "final_run_rental", as_of=as_of)
        usd = 10.0**central * _flop_per_hour(chip)
        return (
            usd,
            [(f"dollars for a chip-hour: no rent of it is known; at the rate of {middle:%B %Y}", usd)],
            [sd],
        )
    name, quotes = near(offers, chip, middle)
    usd = median(q.usd for q in quotes)
    steps = [(f"dollars for an hour of one {name} under contract in {middle:%B %Y}; {_quoted(quotes)}", usd)]
    return usd, steps, [*spreads, max(_scatter(quotes), number("rent.spread_ratio").log10_sd)]


def _quoted(quotes: tuple[Quote, ...]) -> str:
    first, last = min(q.day for q in quotes), max(q.day for q in quotes)
    span = f"of {first:%B %Y}" if first == last else f"of {first:%B %Y} to {last:%B %Y}"
    return f"median of {len(quotes)} price{'s' if len(quotes) > 1 else ''} {span}"


def _scatter(quotes: tuple[Quote, ...]) -> float:
    """Spread of prices about each other, dex; of their median it would be less, but they are not independent."""
    return pstdev([math.log10(q.usd) for q in quotes])


def anachronism(definition: Definition, as_of: date | str | None) -> str:
    """What must be said of a basis that uses a number of later days; empty where nothing must."""
    since = number("research.multiplier").known_since
    if definition != "whole_r_and_d" or as_of is None or since is None or as_date(as_of) >= since:
        return ""
    return f"the ratio of research to the final run is known since {since} only"


def _researched(row: Mapping[str, Any], run: RunCost, as_of: date | str | None) -> RunCost:
    times = number("research.multiplier")
    later = anachronism("whole_r_and_d", as_of)
    text = "research and development over the final run" + (f" ({later})" if later else "")
    steps: list[Step] = [*run.steps, (text, times.central)]
    return _cost(row, "whole_r_and_d", run.usd_central * times.central, [run.log10_sd, times.log10_sd], steps)


def _cost(
    row: Mapping[str, Any], definition: str, usd: float, spreads: list[float], steps: list[Step]
) -> RunCost:
    factor = 10.0 ** (Z90 * math.hypot(0.0, *spreads))
    told: tuple[Step, ...] = (*steps, ("dollars", usd))
    return RunCost(row["model"], definition, DEFINITIONS[definition], usd / factor, usd, usd * factor, told)
