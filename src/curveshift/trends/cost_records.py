"""The numbers and names that costs rest on beside the facts, as the runtime reads them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from curveshift.errors import unknown_name
from curveshift.records import from_data, read_compiled
from curveshift.records.distributions import Z90

DATA: Final = Path(__file__).parent / "data"
COMPILED: Final = DATA / "costs.json"


@dataclass(frozen=True)
class Number:
    """One recorded number.

    Parameters
    ----------
    name, unit, meaning, why, kind : str
    central, low, high : float
        Median and 90 % interval, in `unit`; all equal for a number without uncertainty.
    sources : tuple of str
    known_since : date, optional
        For a number that stands in for earlier days too: the day from which it could be known.

    Examples
    --------
    >>> number("hardware.depreciation").central
    0.14
    """

    name: str
    central: float
    low: float
    high: float
    unit: str
    meaning: str
    why: str
    kind: str
    sources: tuple[str, ...]
    known_since: date | None = None

    @property
    def log10_sd(self) -> float:
        """Spread of its decimal logarithm, dex."""
        return math.log10(self.high / self.low) / (2.0 * Z90)


@cache
def records() -> dict[str, Any]:
    """The compiled records: numbers, prices of chips, reported runs, names of hardware, milestones."""
    return read_compiled(COMPILED)


@cache
def number(name: str) -> Number:
    """Return one recorded number.

    Raises
    ------
    CurveshiftError
        For an unknown name.

    Examples
    --------
    >>> number("run.mfu").low, number("run.mfu").high
    (0.25, 0.5)
    """
    known = records()["numbers"]
    if name not in known:
        raise unknown_name("number", name, known)
    return read_number(name, known[name])


def read_number(name: str, stored: Mapping[str, Any]) -> Number:
    """A number from its compiled record."""
    value = from_data(stored["distribution"])
    low, high = (round(end, 12) for end in value.interval(0.9))
    return Number(
        name=name,
        central=round(value.median, 12),
        low=low,
        high=high,
        unit=stored["unit"],
        meaning=stored["meaning"],
        why=stored["why"],
        kind=stored["kind"],
        sources=tuple(stored["source"]),
        known_since=date.fromisoformat(stored["known_since"]) if "known_since" in stored else None,
    )
