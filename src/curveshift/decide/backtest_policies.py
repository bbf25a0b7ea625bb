"""The two policies under which a day in the past is forecast: rules frozen on it, and rules as they came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final, TypeVar

from curveshift.scenario import Policy, Step, load_policy
from curveshift.scenario.policy import RuleBook

from .backtest_records import settings

FROZEN: Final = "frozen"
CAME: Final = "as-came"
POLICIES: Final = (FROZEN, CAME)
"""Rules, Beijing's stance and controls on inputs as on the day of the origin; the same as they changed afterwards."""

T = TypeVar("T")


def frozen(origin: date) -> Policy:
    """What was in force on a day, kept.

    Examples
    --------
    >>> frozen(date(2025, 6, 30)).stances([date(2026, 6, 1)])
    ['open']
    """
    record = load_policy("status-quo")
    return replace(
        record,
        name=FROZEN,
        title=f"Rules of {origin}, kept",
        meaning=f"US rules, Beijing's stance and controls on inputs stay as on {origin}.",
        beijing=_until(record.beijing, origin),
        levers={name: _until(steps, origin) for name, steps in record.levers.items()},
    )


def as_came(origin: date) -> Policy:
    """What came after a day, month by month to the end of the record, and is kept from there.

    Examples
    --------
    >>> as_came(date(2025, 6, 30)).stances([date(2026, 6, 1)])
    ['blocked']
    """
    record = load_policy("status-quo")
    last = settings().scored_until
    months = range(origin.year * 12 + origin.month, last.year * 12 + last.month)
    firsts = [date(m // 12, m % 12 + 1, 1) for m in months]
    steps: tuple[Step[RuleBook], ...] = tuple(
        # Months are judged on their 15th everywhere.
        Step(first, min(first.replace(day=15), last), "What was in force.", record.us[0].sources)
        for first in firsts
    )
    return replace(
        record,
        name=CAME,
        title="Rules as they came",
        meaning=f"After {origin} US rules, Beijing's stance and controls on inputs change as they did.",
        us=(*record.us, *steps),
    )


def _until(steps: Sequence[Step[T]], origin: date) -> tuple[Step[T], ...]:
    return tuple(step for step in steps if step.start <= origin)
