"""Numbers and dates as a reader meets them: few digits, units said, absence said."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import Final

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def number(value: float) -> str:
    """Two or three digits and a plain word for the size.

    Examples
    --------
    >>> number(1_234_567), number(52_340), number(812.4), number(0.0312)
    ('1.2 million', '52,000', '810', '0.031')
    """
    if not math.isfinite(value):
        return "none" if math.isnan(value) else "no limit"
    size = abs(value)
    for word, one in (("trillion", 1e12), ("billion", 1e9), ("million", 1e6)):
        # 999,600 is a million once it is rounded.
        if size >= 0.9995 * one:
            return f"{_digits(value / one)} {word}"
    return _digits(value)


def _digits(value: float) -> str:
    if value == 0:
        return "0"
    places = 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    return f"{rounded:,.{max(places, 0)}f}" if abs(rounded) < 10 else f"{rounded:,.0f}"


def percent(share: float) -> str:
    """A share in per cent, without false digits at either end.

    Examples
    --------
    >>> percent(0.123), percent(0.0042), percent(0.0), percent(0.9997), percent(1.0 - 1e-15)
    ('12 %', '0.4 %', '0 %', 'over 99.9 %', '100 %')
    """
    if math.isnan(share):
        return "none"
    # A sum of many weights is not quite 1.
    value = round(100.0 * share, 9)
    if value == 0 or value == 100:
        return f"{value:.0f} %"
    if 0 < value < 0.1:
        return "under 0.1 %"
    if 99.9 < value < 100:
        return "over 99.9 %"
    return f"{value:.1f} %" if abs(value) < 1 or 99 < value < 100 else f"{value:.0f} %"


def months(value: float) -> str:
    """Months to the nearest whole one.

    Examples
    --------
    >>> months(7.4), months(1.0), months(-3.2)
    ('7 months', '1 month', '-3 months')
    """
    whole = round(value) if math.isfinite(value) else value
    return "no finite lag" if not math.isfinite(value) else f"{whole} month{'' if abs(whole) == 1 else 's'}"


def change(value: float) -> str:
    """A difference with its sign and one digit; what rounds to nothing has no sign.

    Examples
    --------
    >>> change(3.27), change(-0.04), change(-2.5)
    ('+3.3', '0.0', '-2.5')
    """
    return f"{value:+.1f}" if abs(value) >= 0.05 else "0.0"


def when(year: float, horizon: float = 2036.0) -> str:
    """A decimal year as month and year; infinite is "not by the horizon".

    Parameters
    ----------
    year : float
        Such as 2028.5 for the start of July 2028.
    horizon : float
        End of the simulation, decimal year.

    Examples
    --------
    >>> when(2028.5), when(float("inf"))
    ('July 2028', 'not by 2035')
    """
    if not math.isfinite(year):
        return f"not by {math.ceil(horizon) - 1}"
    whole = math.floor(year)
    return f"{MONTHS[min(int((year - whole) * 12.0 + 1e-9), 11)]} {whole}"


def day(value: date) -> str:
    """A date in words.

    Examples
    --------
    >>> day(date(2026, 6, 30))
    '30 June 2026'
    """
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def span(low: float, high: float, show: Callable[[float], str] = number) -> str:
    """An interval in words, with the unit said once.

    Examples
    --------
    >>> span(0.06, 0.13, percent), span(2.0, 9.0, months), span(1.2e6, 4.1e6)
    ('6 to 13 %', '2 to 9 months', '1.2 to 4.1 million')
    """
    first, last = show(low), show(high)
    head, _, unit = first.rpartition(" ")
    same = head and unit == last.rpartition(" ")[2] and show is not when
    return f"{head if same else first} to {last}"


def amount(value: float) -> str:
    """A number that may be small or large, with three or two digits.

    Examples
    --------
    >>> amount(0.0123), amount(59200.0)
    ('0.0123', '59,000')
    """
    return number(value) if abs(value) >= 1000.0 else f"{value:.3g}"


def listed(items: list[str], last: str = "and") -> str:
    """Items in a sentence.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a", "b"], "or")
    ('a, b and c', 'a or b')
    """
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"
