"""Why published rates of decline of prices differ: one choice varied at a time, on the same tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from curveshift.errors import CurveshiftError

from .lines import DAYS_PER_YEAR, Rate
from .pricing import PRICES, REASONING, decline, milestones, price_at_level

HALF_YEAR: Final = timedelta(days=DAYS_PER_YEAR / 2.0)

LIMITS: Final = (
    "A price per token is not a price per task: models that reason spend many more tokens on a question.",
    "Only what developers ask for their own models counts; hosts of open weights may ask less.",
    "A rate stops at the last new low. Nobody scores and sells models made to be just good enough for long, so later "
    "lows at an old level may be missing; holding the last price gives a lower bound on the rate.",
    "Scores carry noise, and a model may have seen the questions: a level reached by luck or memory counts too.",
)


@dataclass(frozen=True)
class SpreadRow:
    """One rate, or why there is none.

    Parameters
    ----------
    varied, setting : str
        What is varied, and how.
    benchmark : str
    level : str
        A milestone.
    rate : Rate or None
    refused : str
    """

    varied: str
    setting: str
    benchmark: str
    level: str
    rate: Rate | None
    refused: str = ""

    def __str__(self) -> str:
        told = str(self.rate) if self.rate else "-"
        return f"{self.varied:<9} {self.setting:<28} {self.benchmark}, {self.level}: {told}"


def explain_spread(
    benchmark: str = "GPQA diamond", level: str = "GPT-4o", *, as_of: date | str | None = None
) -> tuple[SpreadRow, ...]:
    """Rates of decline with one choice varied at a time, from the tables of facts.

    Published rates run from 5 to 10 times a year to 9 to 900 times. The rows show how far each choice goes: the
    level, the length of the window, its end, whether the last price is held, whether models that reason count and
    how, and which tokens are priced. `LIMITS` says what none of them mends.

    Parameters
    ----------
    benchmark, level : str
        What is held while the rest is varied.
    as_of : date or str, optional
        Scores and prices known by that day.

    Returns
    -------
    tuple of SpreadRow

    Raises
    ------
    CurveshiftError
        For an unknown benchmark or milestone, or a level that nobody sells.

    Examples
    --------
    >>> rows = explain_spread()
    >>> sorted({row.varied for row in rows})
    ['end', 'held', 'level', 'price', 'reasoning', 'window']
    """
    steps = price_at_level(benchmark, level, as_of=as_of)
    if not steps:
        raise CurveshiftError(f"no model with a price reaches {level} on {benchmark}", "level")
    rows = [_row("level", name, benchmark, name, as_of=as_of) for name in milestones(benchmark, as_of=as_of)]
    first, last = steps[0].day, steps[-1].day
    for end in _halves(first, last):
        span = f"{(end - first).days / DAYS_PER_YEAR:.1f} years"
        rows.append(_row("window", f"first {span}", benchmark, level, until=end, as_of=as_of))
    for start in _halves(first, last):
        rows.append(_row("window", f"from {start:%Y-%m}", benchmark, level, start=start, as_of=as_of))
    rows.append(_row("held", "to the end of the record", benchmark, level, hold=True, as_of=as_of))
    if as_of is None:
        for end in _halves(first, last):
            rows.append(_row("end", f"known by {end}", benchmark, level, as_of=end))
    for reasoning in REASONING:
        rows.append(_row("reasoning", reasoning, benchmark, level, reasoning=reasoning, as_of=as_of))
    for price in PRICES:
        rows.append(_row("price", price, benchmark, level, price=price, as_of=as_of))
    return tuple(rows)


def _halves(first: date, last: date) -> Iterator[date]:
    """Half-years after the first day, as far as they lie before the last, and the last."""
    day = first + HALF_YEAR
    while day < last:
        yield day
        day += HALF_YEAR
    yield last


def _row(varied: str, setting: str, benchmark: str, level: str, **options: Any) -> SpreadRow:
    rated: Callable[..., Any] = decline
    try:
        return SpreadRow(varied, setting, benchmark, level, rated(benchmark, level, **options).rate)
    except CurveshiftError as error:
        return SpreadRow(varied, setting, benchmark, level, None, error.what)
