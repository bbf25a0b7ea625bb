"""The numbers and names that the reading of the posterior rests on beside the facts, as the runtime reads them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from curveshift.errors import unknown_name
from curveshift.records import from_data, read_compiled

from .cost_records import Number, read_number
from .prior_records import DATA

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COMPILED: Final = DATA / "shift.json"


@cache
def records() -> dict[str, Any]:
    """The compiled records: numbers, milestones, budgets."""
    return read_compiled(COMPILED)


def _stored(name: str) -> dict[str, Any]:
    known = records()["numbers"]
    if name not in known:
        raise unknown_name("number", name, known)
    found: dict[str, Any] = known[name]
    return found


@cache
def number(name: str) -> Number:
    """Return one recorded number.

    Raises
    ------
    CurveshiftError
        For an unknown name.

    Examples
    --------
    >>> number("published.lag").low, number("published.lag").high
    (4.0, 14.0)
    """
    return read_number(name, _stored(name))


def sampled(name: str, shares: Floats) -> Floats:
    """Quantiles of one recorded number: at uniform random shares, draws of it."""
    return from_data(_stored(name)["distribution"]).ppf(shares)


def milestones() -> tuple[str, ...]:
    """Models that name a level of capability, in order of release."""
    return tuple(records()["milestones"])
