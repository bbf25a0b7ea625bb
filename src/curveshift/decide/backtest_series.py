"""The quantities that are forecast: what was known of each on a day, and what came."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift import facts
from curveshift.records.distributions import Z90

from .backtest_records import settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FIRST_YEAR: Final = 2022
FRONTIER_POINTS: Final = 200
"""Posterior draws that stand for an observed frontier."""
ERROR_POINTS: Final = 99
"""Equally likely points that stand for a published interval."""


@dataclass(frozen=True)
class Quantity:
    """One series.

    Attributes
    ----------
    name, title : str
    unit : str
        Of the scale on which it is scored.
    tables : tuple of str
        Facts that it is read from.
    items : tuple of str
        Parts that are forecast one by one; one empty name when there is only one.
    """

    name: str
    title: str
    unit: str
    tables: tuple[str, ...]
    items: tuple[str, ...] = ("",)


_SCORES: Final = ("models", "benchmarks", "benchmark_scores")


@lru_cache(maxsize=1)
def quantities() -> Mapping[str, Quantity]:
    """All series by name.

    Examples
    --------
    >>> list(quantities())[:3]
    ['purchases', 'shipments', 'compute-us']
    """
    levels = tuple(level.name for level in settings().price_levels)
    found = (
        Quantity("purchases", "China's licensed purchases in a quarter", "log10 chips", ("chip_shipments",)),
        Quantity(
            "shipments", "World shipments in a quarter", "log10 h100e_16bit", ("chip_shipments", "chips")
        ),
        Quantity("compute-us", "Largest US and allied run so far", "log10 flop", ("models",)),
        Quantity("compute-china", "Largest Chinese run so far", "log10 flop", ("models",)),
        Quantity("capability-us", "Best US and allied capability so far", "oom", _SCORES),
        Quantity("capability-china", "Best Chinese capability so far", "oom", _SCORES),
        Quantity("lag", "China's lag by level", "month", _SCORES),
        Quantity(
            "price", "Price of a fixed capability", "log10 usd", ("api_prices", "benchmark_scores"), levels
        ),
    )
    return {q.name: q for q in found}


@dataclass(frozen=True, eq=False)
class Past:
    """What was known of a series on a day, on the scale of its score.

    Attributes
    ----------
    quarters : tuple of int
        Consecutive quarters from 2022Q1, which is 0.
    values : array, shape (quarter,)
    error : float
        Standard error of the last value.
    makers : frozenset of str
        Whose chips count, for shipments.
    """

    quarters: tuple[int, ...]
    values: Floats
    error: float = 0.0
    makers: frozenset[str] = frozenset()


def quarter_of(day: date) -> int:
    """The last quarter that had ended by the end of a day, counted from 2022Q1.

    Examples
    --------
    >>> quarter_of(date(2022, 3, 31)), quarter_of(date(2023, 1, 29))
    (0, 3)
    """
    after = day + timedelta(days=1)
    return (after.year - FIRST_YEAR) * 4 + (after.month - 1) // 3 - 1


def quarter_end(quarter: int) -> date:
    """Last day of a quarter.

    Examples
    --------
    >>> quarter_end(3).isoformat()
    '2022-12-31'
    """
    year, place = divmod(quarter + 1, 4)
    return date(FIRST_YEAR + year, 3 * place + 1, 1) - timedelta(days=1)


def after_months(day: date, months: int) -> date:
    """The same day some months later; the last day of a month stays the last.

    Examples
    --------
    >>> after_months(date(2024, 6, 30), 6).isoformat(), after_months(date(2025, 1, 29), 6).isoformat()
    ('2024-12-31', '2025-07-29')
    """
    next_day = day + timedelta(days=1)
    month = day.year * 12 + day.month - 1 + months
    first_after = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = first_after - timedelta(days=1)
    return last if next_day.day == 1 else last.replace(day=min(day.day, last.day))


def past(name: str, item: str, origin: date) -> Past | None:
    """What was knowable of a series on the day of an origin; None when nothing was."""
    match name:
        case "purchases":
            known = _purchases(origin)
            return _past({q: scored_purchases(chips) for q, (chips, _) in known.items()})
        case "shipments":
            return _past_shipments(origin)
        case "price":
            return _past(_prices(item, origin))
        case "lag":
            return _past_frontier(_lags(origin), origin)
        case _:
            kind, bloc = name.split("-")
            if kind == "compute":
                return _past(_runs(bloc, origin))
            return _past_frontier(_levels(origin, bloc), origin)


def observed(name: str, item: str, quarter: int, makers: frozenset[str]) -> Floats | str:
    """What came: equally likely values on the scale of the score, or why there is none.

    Parameters
    ----------
    name, item : str
    quarter : int
        Counted from 2022Q1.
    makers : frozenset of str
        Whose shipments count.
    """
    until = settings().scored_until
    missing = f"no row of it is knowable by {until}"
    if quarter_end(quarter) > until:
        return f"it lies after {until}"
    match name:
        case "purchases":
            if quarter not in (found := _purchases(until)):
                return missing
            chips, error = found[quarter]
            return np.asarray(scored_purchases(chips * np.exp(error * _normal_points())))
        case "shipments":
            return _observed_shipments(quarter, makers)
        case "price":
            return np.array([prices[quarter]]) if quarter in (prices := _prices(item, until)) else missing
        case "lag":
            return _thinned(lags[quarter]) if quarter in (lags := _lags(until)) else missing
        case _:
            kind, bloc = name.split("-")
            if kind == "compute":
                return np.array([_runs(bloc, until)[quarter]])
            return _thinned(levels[quarter]) if quarter in (levels := _levels(until, bloc)) else missing


def scored_purchases(chips: Any) -> Any:
    """Chips of a quarter on the scale on which they are scored."""
    return np.log10(np.asarray(chips) + settings().purchases_offset_chips)


def natural(name: str, value: float) -> float:
    """A value from the scale of its score to what people read: chips, H100e, FLOP, dollars, OOM or months.

    Examples
    --------
    >>> round(natural("price", 1.0)), natural("lag", 7.0)
    (10, 7.0)
    """
    if name == "purchases":
        return math.pow(10.0, value) - settings().purchases_offset_chips
    if quantities()[name].unit.startswith("log10"):
        return math.pow(10.0, value)
    return value


def _past(known: Mapping[int, float]) -> Past | None:
    if not known:
        return None
    quarters = tuple(sorted(known))
    return Past(quarters, np.array([known[q] for q in quarters]))


def _past_frontier(known: Mapping[int, Floats], origin: date) -> Past | None:
    if not known:
        return None
    quarters = tuple(sorted(known))
    values = np.array([np.median(known[q]) for q in quarters])
    return Past(quarters, values, float(np.std(known[quarters[-1]])))


def _thinned(draws: Floats) -> Floats:
    return draws[:: max(len(draws) // FRONTIER_POINTS, 1)]


def _normal_points() -> Floats:
    from scipy.special import ndtri

    return np.asarray(ndtri((np.arange(ERROR_POINTS) + 0.5) / ERROR_POINTS))


def _log_sd(row: Mapping[str, Any]) -> float:
    low, high = row["low_chips"], row["high_chips"]
    return math.log(high / low) / (2.0 * Z90) if low and high else 0.0


@lru_cache(maxsize=16)
def _purchases(as_of: date) -> Mapping[int, tuple[float, float]]:
    """Chips sold to China by quarter with their log error, which classes share; a class without a row sold none."""
    rows = [row for row in facts.rows("chip_shipments", as_of=as_of) if row["buyer"] == "china"]
    found: dict[int, tuple[float, float]] = {}
    for quarter in sorted({quarter_of(row["period_end"]) for row in rows}):
        own = [row for row in rows if quarter_of(row["period_end"]) == quarter]
        chips = sum(row["central_chips"] for row in own)
        found[quarter] = chips, sum(row["central_chips"] * _log_sd(row) for row in own) / chips
    return found


@lru_cache(maxsize=16)
def _shipments(as_of: date) -> Mapping[int, Mapping[str, tuple[float, float]]]:
    """16-bit H100e by quarter and maker, with their error, which a maker's classes share."""
    from curveshift.world.history import month_index, read_history

    until = settings().scored_until
    latest = read_history(month_index(until) + 1, until)
    each = dict(zip(latest.classes, np.asarray(latest.arrays.raw)[:, 0], strict=True))
    found: dict[int, dict[str, tuple[float, float]]] = {}
    for row in facts.rows("chip_shipments", as_of=as_of):
        if row["buyer"] == "world":
            of_quarter = found.setdefault(quarter_of(row["period_end"]), {})
            h100e, error = of_quarter.get(row["maker"], (0.0, 0.0))
            more = row["central_chips"] * float(each[row["chip"]])
            of_quarter[row["maker"]] = h100e + more, error + more * _log_sd(row)
    return found


def _past_shipments(origin: date) -> Past | None:
    """All makers' shipments; before one of them had rows, carried back by the growth of the others."""
    known = _shipments(origin)
    quarters = sorted(known)
    makers = frozenset(known[quarters[-1]])
    level = math.log10(sum(known[quarters[-1]][maker][0] for maker in makers))
    values = {quarters[-1]: level}
    for later, quarter in zip(quarters[:0:-1], quarters[-2::-1], strict=True):
        both = makers & set(known[later]) & set(known[quarter])
        level -= math.log10(sum(known[later][m][0] for m in both) / sum(known[quarter][m][0] for m in both))
        values[quarter] = level
    return Past(tuple(quarters), np.array([values[q] for q in quarters]), makers=makers)


def _observed_shipments(quarter: int, makers: frozenset[str]) -> Floats | str:
    until = settings().scored_until
    came = _shipments(until).get(quarter, {})
    if missing := sorted(makers - set(came)):
        return f"no row of {', '.join(missing)} is knowable by {until}"
    total = sum(came[maker][0] for maker in makers)
    error = math.sqrt(sum(came[maker][1] ** 2 for maker in makers)) / total
    return np.asarray(np.log10(total) + error / math.log(10.0) * _normal_points())


@lru_cache(maxsize=32)
def _runs(bloc: str, as_of: date) -> Mapping[int, float]:
    """log10 FLOP of the largest run with a published estimate, by quarter."""
    rows = [
        row
        for row in facts.rows("models", as_of=as_of)
        if row["bloc"] == bloc and row["training_compute_flop"]
    ]
    found = {}
    for quarter in range(quarter_of(as_of) + 1):
        sizes = [r["training_compute_flop"] for r in rows if r["release_date"] <= quarter_end(quarter)]
        found[quarter] = math.log10(max(sizes))
    return found


@lru_cache(maxsize=32)
def _prices(item: str, as_of: date) -> Mapping[int, float]:
    """log10 of the lowest price so far of a level, by quarter."""
    from curveshift.trends.pricing import price_at_level

    level = next(x for x in settings().price_levels if x.name == item)
    steps = price_at_level(level.benchmark, level.level, as_of=as_of)
    found = {}
    for quarter in range(quarter_of(as_of) + 1):
        asked = [step.usd_per_mtok for step in steps if step.day <= quarter_end(quarter)]
        if asked:
            found[quarter] = math.log10(asked[-1])
    return found


@lru_cache(maxsize=8)
def _frontier(as_of: date) -> Floats:
    """Draws of the frontier, shape (draw, month, bloc)."""
    from curveshift.world.engine import as_of_month
    from curveshift.world.observed import read_frontier

    return read_frontier(as_of, as_of_month(as_of)).levels


def _known_quarters(months: int, known: NDArray[np.bool_]) -> Sequence[int]:
    return [q for q in range(months // 3) if known[3 * q + 2]]


@lru_cache(maxsize=16)
def _levels(as_of: date, bloc: str) -> Mapping[int, Floats]:
    """Draws of the best capability so far by quarter, orders of magnitude."""
    from curveshift.world.systems import CONTENDERS

    levels = _frontier(as_of)[:, :, CONTENDERS.index(bloc)]
    return {q: levels[:, 3 * q + 2] for q in _known_quarters(levels.shape[1], np.isfinite(levels[0]))}


@lru_cache(maxsize=8)
def _lags(as_of: date) -> Mapping[int, Floats]:
    """Draws of months since the US first had what China has, by quarter, as the simulation reads a lag by level."""
    import jax.numpy as jnp

    from curveshift.world.outcomes import lag_by_level

    levels = _frontier(as_of)
    us, china = levels[:, :, 0].T, levels[:, :, 1].T
    quarters = _known_quarters(len(us), np.isfinite(china[:, 0]))
    if not quarters:
        return {}
    first = china[np.argmax(np.isfinite(china[:, 0]))]
    months = np.array([3 * q + 2 for q in quarters])
    known = np.where(np.isfinite(china), china, first)
    found = np.asarray(lag_by_level(jnp.asarray(us), jnp.asarray(known), months))
    return dict(zip(quarters, found, strict=True))
