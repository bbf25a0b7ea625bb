"""Targets: what is written in one line, as quantities, units, dates, settings and the words of the command line."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from curveshift.commands import laws as law_words
from curveshift.commands import learning, planning, ruling
from curveshift.commands.options import as_day, as_month
from curveshift.controls.questions import read_day
from curveshift.decide.information import parse_utility
from curveshift.decide.metrics import METRICS, parse_goal, parse_goals
from curveshift.decide.observations import parse_observation
from curveshift.facts.reading import as_date
from curveshift.laws.columns import factor
from curveshift.laws.costs import chip_cost
from curveshift.records import check_unit, parse_date, parse_quantity, parse_value
from curveshift.records.distributions import Distribution
from curveshift.records.values import from_data
from curveshift.scenario import Scenario, apply_settings, declare, library

from .dice import VALUES, Dice, changed, changed_text
from .judging import finite, hold

_UNITS = ("chip", "x/year", "share", "month", "1", "usd/h100e", "log10 flop")
_QUANTITIES = (
    "10k", "1,500", "30%", "1e25", "−2.5%", "6 months", "10k to 300k", "about 140k (10k to 500k)",
    "30% to 70%", "-5 to 5", "0.1 to 0.6", "2.5 x/year",
)  # fmt: skip
_DATES = ("2026-06-30", "2026-07", "2024-02-29")
_GRID = np.array([1e-9, 0.05, 0.25, 0.5, 0.75, 0.95, 1 - 1e-9])


def sound(found: Distribution, low: float = -math.inf, high: float = math.inf) -> None:
    """A distribution that a run can draw from: finite, rising, inside its support, and the same when read back."""
    with np.errstate(all="ignore"):
        points = found.ppf(_GRID)
    finite(points.tolist(), "a quantile")
    hold(bool(np.all(np.diff(points) >= 0)), "quantiles fall", found, points.tolist())
    least, most = found.support
    hold(low <= least <= most <= high, "the support leaves its bounds", found)
    inside = bool(np.all((points >= least) & (points <= most)))
    hold(inside, "a quantile is outside the support", found, points.tolist())
    hold(bool(found.describe()), "no words for it", found)
    again = from_data(found.to_data())
    hold(again == found, "not the same when read back", found, again)


def quantities(data: bytes) -> None:
    """Numbers, intervals and distributions of any support, with units and bounds."""
    dice = Dice(data)
    unit = dice.pick((None, *_UNITS))
    text = changed_text(dice.pick(_QUANTITIES), dice)
    support = dice.pick(("positive", "share", "real"))
    if dice.chance(3):
        number = parse_quantity(text, unit)
        finite(number, "a number")
        hold(parse_quantity(repr(number)) == number, "not the same when written again", text, number)
        return
    value = text
    if dice.chance(2):
        value, _ = changed(dice.pick(VALUES[-5:]) if dice.chance(2) else dice.number(), dice)
    bounds = None
    if dice.chance(2):
        bounds, _ = changed(dice.pick(([0, 1], [None, 5], [0, None], ["1", "2k"])), dice)
    low, high = {"positive": (0.0, math.inf), "share": (0.0, 1.0), "real": (-math.inf, math.inf)}[support]
    sound(parse_value(value, support, unit, bounds), low, high)


def dates(data: bytes) -> None:
    """Days, months and units wherever they are read."""
    dice = Dice(data)
    text = changed_text(dice.pick((*_DATES, *_UNITS)), dice)
    match dice.below(6):
        case 0:
            day = parse_date(text)
            hold(1990 <= day.year <= 2100 and parse_date(day.isoformat()) == day, "not that date", text, day)
        case 1:
            day = as_day(text, "--on")
            hold(as_day(str(day), "--on") == day, "not that date", text, day)
        case 2:
            hold(as_month(text, "--end").day == 1, "not the first day", text)
        case 3:
            day = as_date(text)
            hold(as_date(day) == day, "not that date", text, day)
        case 4:
            read_day(text, _book())
        case _:
            unit = check_unit(text)
            hold(check_unit(unit) == unit == text, "not that unit", text, unit)


@cache
def _book():  # type: ignore[no-untyped-def]
    from curveshift.controls import rule_book

    return rule_book()


@cache
def _declared() -> Scenario:
    return declare(["status-quo", "january-2026"])


_SETTINGS = (
    "diversion.chips_2024=10k to 300k", "diversion.chips_2024='about 140k (10k to 500k)'", "enforcement.effort=2",
    "supply.output_elasticity=0.5", "beijing.guided_acceptance=10% to 30%", "legal.cap_factor=0.5",
    "threshold.custom_log10_flop_2024=31",
)  # fmt: skip


def settings(data: bytes) -> None:
    """``--set`` on the command line, and the same as a mapping."""
    dice = Dice(data)
    texts = [changed_text(dice.pick(_SETTINGS), dice) for _ in range(1 + dice.below(2))]
    if dice.chance(3):
        pairs, _ = changed({t.partition("=")[0]: t.partition("=")[2] for t in texts}, dice)
        if not isinstance(pairs, dict) or not pairs:
            return
        found = apply_settings(_declared(), pairs)
    else:
        found = apply_settings(_declared(), texts)
    for name, was in _declared().assumptions.items():
        now = found.assumptions[name].distribution
        if now is not was.distribution:
            low, high = was.bounds or (None, None)
            sound(now, -math.inf if low is None else low, math.inf if high is None else high)
    for policy in found.policies:
        for name, steps in policy.levers.items():
            lever = library().levers[name]
            hold(all(lever.low <= s.value <= lever.high for s in steps), "a lever out of its range", policy)
    hold(bool(found.changes) and len(found.hash()) == 64, "a change that is not told", texts)


_GOALS = ("max:lag", "min:us-revenue", "lag@2030-12-31", "p-bipolar=0.5")
_OBSERVED = (
    "legal-chips@2026-07-01..2026-12-31=at most 50k",
    "diversion.chips_2024=10k to 30k",
    "index-us@2026-12-31=160",
)
_LAW = "E=1.8172,A=482.01,B=2085.43,alpha=0.3478,beta=0.3658"


def words(data: bytes) -> None:
    """Goals, observations, utilities, laws by their parameters, rule paths and other words of the command line."""
    dice = Dice(data)
    match dice.below(8):
        case 0:
            goal = parse_goal(changed_text(dice.pick(_GOALS), dice))
            hold(goal.metric in METRICS and parse_goal(str(goal)) == goal, "not that goal", goal)
        case 1:
            parse_goals([changed_text(dice.pick(_GOALS), dice) for _ in range(dice.below(4))])
        case 2:
            found = parse_utility(
                learning._weights([changed_text(dice.pick(_GOALS), dice) for _ in range(2)])
            )
            hold(abs(sum(found.values()) - 1) < 1e-6, "weights that do not sum to one", found)
        case 3:
            seen = parse_observation(changed_text(dice.pick(_OBSERVED), dice))
            hold(bool(seen.quantity and seen.value), "an empty observation", seen)
        case 4:
            law = planning._law(changed_text(_LAW, dice))
            finite([getattr(law, p.name) for p in law.parameters], "a parameter of a law")
        case 5:
            text = changed_text("bis-2026-01.case_by_case.tpp_below=30000", dice)
            # Without the sign it is the name of a file, which is the business of another target.
            book = ruling.as_rules(text) if "=" in text else None
            if book is not None:
                finite([v.value for v in book.values().values() if v.value is not None], "a value of a rule")
        case 6:
            pairs = law_words._pairs([changed_text("params=B", dice) for _ in range(2)], "--unit")
            finite([factor("params", unit, "units") for unit in pairs.values()], "a unit")
        case _:
            mfu = dice.number()
            cost = chip_cost(changed_text("H100", dice), mfu, usd_per_chip_hour=dice.number())
            finite(cost.usd_per_chip_hour, "a price")
