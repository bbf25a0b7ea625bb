"""Values that change on dates, read on a grid of months."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from curveshift.errors import CurveshiftError

_MONTH = re.compile(r"\d{4}-\d{2}")


def parse_date(value: str | date, where: str | None = None) -> date:
    """Read ``2026-01-15`` or ``2026-01``, which is the first day of that month.

    Examples
    --------
    >>> parse_date("2026-01")
    datetime.date(2026, 1, 1)
    """
    if isinstance(value, date):
        return value
    text = value.strip()
    try:
        found = date.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else text)
    except ValueError:
        raise CurveshiftError(f"{value!r} is not a date: write 2026-01-15 or 2026-01", where) from None
    if not 1990 <= found.year <= 2100:
        raise CurveshiftError(f"{value!r} is not a date between 1990 and 2100", where)
    return found


def mid_month(day: date) -> date:
    """The 15th of a day's month: the day on which a whole month is judged.

    Examples
    --------
    >>> mid_month(date(2026, 1, 31))
    datetime.date(2026, 1, 15)
    """
    return day.replace(day=15)


@dataclass(frozen=True)
class Dated:
    """A number that changes on dates.

    Parameters
    ----------
    dates : tuple of date
        The days on which a value begins (`step`) or is reached (`linear`), in rising order.
    values : tuple of float
        One per date.
    how : {"step", "linear"}
        Whether the value jumps on each date, or moves in a straight line between dates.

    Examples
    --------
    >>> ramp = Dated.from_mapping({"2026-01-15": 0, "2026-03-15": 118}, "linear")
    >>> ramp.on([date(2026, 1, 1), date(2026, 2, 1), date(2027, 1, 1)], before=0.0)
    (0.0, 62.0, 118.0)
    """

    dates: tuple[date, ...]
    values: tuple[float, ...]
    how: Literal["step", "linear"] = "step"

    def __post_init__(self) -> None:
        if not self.dates or len(self.dates) != len(self.values):
            raise CurveshiftError("a dated value needs at least one date, and one value for each date")
        for earlier, later in zip(self.dates, self.dates[1:], strict=False):
            if earlier >= later:
                raise CurveshiftError(f"the dates of a dated value must rise: {later} comes after {earlier}")

    @classmethod
    def from_mapping(
        cls, values: Mapping[str, float] | Mapping[date, float], how: Literal["step", "linear"] = "step"
    ) -> Dated:
        """Build from ``{date: value}``; the order in which it is written does not matter."""
        pairs = sorted((parse_date(day), float(value)) for day, value in values.items())
        return cls(tuple(day for day, _ in pairs), tuple(value for _, value in pairs), how)

    def on(self, months: Sequence[date], before: float) -> tuple[float, ...]:
        """Value of each month, judged on its 15th; `before` holds until the first date."""
        return tuple(self._at(mid_month(month), before) for month in months)

    def _at(self, day: date, before: float) -> float:
        after = bisect_right(self.dates, day)
        if after == 0:
            return before
        if self.how == "step" or after == len(self.dates):
            return self.values[after - 1]
        start, end = self.dates[after - 1], self.dates[after]
        rise = self.values[after] - self.values[after - 1]
        return self.values[after - 1] + rise * (day - start).days / (end - start).days
