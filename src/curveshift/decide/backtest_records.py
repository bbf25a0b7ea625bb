"""What a backtest asks and which assumptions an earlier day would have had, as the runtime reads them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from curveshift.records import read_compiled

if TYPE_CHECKING:
    from curveshift.scenario import Assumption

DATA: Final = Path(__file__).with_name("data")
COMPILED: Final = DATA / "backtests.json"


@dataclass(frozen=True)
class PriceLevel:
    """A level of capability whose price is forecast: a score on a benchmark, share of the questions."""

    benchmark: str
    level: float
    name: str


@dataclass(frozen=True)
class BacktestSettings:
    """What is fixed before any score; see ``backtest_settings.yaml``."""

    origins: tuple[date, ...]
    horizons_months: tuple[int, ...]
    scored_until: date
    purchases_offset_chips: float
    fewest_quarters: int
    most_quarters: int
    price_levels: tuple[PriceLevel, ...]


@dataclass(frozen=True)
class RestatedPriors:
    """Assumptions as of one day.

    Attributes
    ----------
    values : mapping of str to value
        What `curveshift.simulate` takes as settings.
    restated, widened : tuple of str
        Names that have a value of the time, and names that keep today's centre with more spread.
    """

    values: Mapping[str, Any]
    restated: tuple[str, ...]
    widened: tuple[str, ...]


@cache
def stored() -> dict[str, Any]:
    """The compiled records."""
    return read_compiled(COMPILED)


@cache
def settings() -> BacktestSettings:
    """What a backtest asks.

    Examples
    --------
    >>> settings().horizons_months
    (6, 12, 18)
    """
    told = stored()["settings"]
    levels = tuple(PriceLevel(x["benchmark"], x["level"], x["name"]) for x in told["price_levels"])
    return BacktestSettings(
        tuple(date.fromisoformat(day) for day in told["origins"]),
        tuple(told["horizons_months"]),
        date.fromisoformat(told["scored_until"]),
        told["purchases_offset_chips"],
        told["fewest_quarters"],
        told["most_quarters"],
        levels,
    )


def restated_priors(origin: date, known: Mapping[str, Assumption]) -> RestatedPriors:
    """Assumptions as they could have been set on the day of an origin.

    Parameters
    ----------
    origin : datetime.date
        One of ``settings().origins``.
    known : mapping of str to Assumption
        Today's.

    Examples
    --------
    >>> from curveshift import scenario
    >>> then = restated_priors(date(2024, 6, 30), scenario.assumptions())
    >>> then.values["efficiency.growth_per_year"]
    'about 2.8 (1.8 to 5.3)'
    """
    told = stored()["priors"]
    restated = {record["name"]: record["at"][origin.isoformat()]["value"] for record in told["restated"]}
    widened = {
        name: widen(known[name], told["spread_factor"], record["least"])
        for record in told["widened"]
        for name in record["names"]
    }
    return RestatedPriors({**widened, **restated}, tuple(restated), tuple(widened))


def widen(assumption: Assumption, factor: float, least: float | None = None) -> Any:
    """The 90 % interval of an assumption with more spread around the same centre, on the scale of its support.

    What then lies below `least` is cut off.

    Examples
    --------
    >>> from curveshift import scenario
    >>> widen(scenario.assumptions()["supply.chip_ops_growth"], 2.0)
    '1.104788 to 2.118054'
    """
    low, high = assumption.distribution.interval(0.9)
    to, back = _SCALES[assumption.support]
    centre, half = (to(high) + to(low)) / 2.0, (to(high) - to(low)) / 2.0 * factor
    wide = f"{back(centre - half):.7g} to {back(centre + half):.7g}"
    return wide if least is None else {"distribution": "truncated", "inner": wide, "low": least, "high": None}


def _logit(share: float) -> float:
    return math.log(share / (1.0 - share))


def _share(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-logit))


_SCALES: Final[Mapping[str, tuple[Callable[[float], float], Callable[[float], float]]]] = {
    "positive": (math.log, math.exp),
    "share": (_logit, _share),
    "real": (float, float),
}
