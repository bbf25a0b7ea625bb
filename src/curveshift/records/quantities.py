"""Numbers and intervals as people write them, such as ``10k``, ``30%`` and ``10k to 300k``."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from curveshift.errors import CurveshiftError

MAX_LENGTH = 200

_SCALE = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "bn": 1e9, "T": 1e12, "%": 0.01}
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)(?P<power>[eE][+-]?\d{1,3})?"
    r"(?P<suffix> ?%|[A-Za-z]*)(?: +(?P<unit>[A-Za-z][\w/ ]*))?",
    re.ASCII,
)
_AROUND = re.compile(r"(?:about +)?(?P<median>[^()]+)\((?P<low>[^()]+?) to (?P<high>[^()]+)\)")
_ACCEPTED = "write a number such as 1500, 1,500, 1.5k, 2M, 3B, 1e25 or 30%"


@dataclass(frozen=True)
class Quantity:
    """One written value: a number, or a 90 % interval with or without its median."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


def parse_quantity(text: str, unit: str | None = None) -> float:
    """Read one number.

    Suffixes are k, M, B (or bn), T and %; ``1,000``, ``1e25`` and the Unicode minus sign are read too.

    Parameters
    ----------
    text : str
        The number, with or without its unit in words.
    unit : str, optional
        The unit the number must have; a unit written in `text` must be this one.

    Returns
    -------
    float
        A finite number; ``30%`` is 0.3.

    Raises
    ------
    CurveshiftError
        When the text is no such number, or carries another unit.

    Examples
    --------
    >>> parse_quantity("10k"), parse_quantity("−2.5%"), parse_quantity("6 months", unit="month")
    (10000.0, -0.025, 6.0)
    """
    tidy = text.strip().replace("−", "-")
    if " to " in tidy:
        raise CurveshiftError(f"{text[:60]!r} is an interval where one number is needed")
    found = _NUMBER.fullmatch(tidy) if len(tidy) <= MAX_LENGTH else None
    if found is None:
        raise CurveshiftError(f"{text[:60]!r} is not a number: {_ACCEPTED}")
    suffix, words = found["suffix"].strip(), found["unit"]
    if suffix == "m":
        raise CurveshiftError(f"{text!r} is unclear: write M for million, or the unit in full")
    if suffix not in _SCALE:
        raise CurveshiftError(f"{text!r} ends in {suffix!r}, which is no known suffix: use k, M, B, T or %")
    if words and _unit_key(words) != _unit_key(unit or "1"):
        raise CurveshiftError(f"{text!r} is in {words.strip()!r} but the unit is {unit or '1'!r}")
    if suffix == "%" and unit is not None and unit.split("/")[0] not in ("share", "1"):
        raise CurveshiftError(f"{text!r} is a percentage but the unit is {unit!r}")
    number = float(found["sign"] + found["digits"].replace(",", "") + (found["power"] or ""))
    # Dividing keeps 30 % at the float nearest to 0.3; multiplying by 0.01 would not.
    number = number / 100.0 if suffix == "%" else number * _SCALE[suffix]
    if not math.isfinite(number):
        raise CurveshiftError(f"{text!r} is too large to be a number here")
    return number


def parse_written(text: str, unit: str | None = None) -> Quantity:
    """Read a number, an interval ``low to high`` or a median with its interval ``median (low to high)``.

    Raises
    ------
    CurveshiftError
        When it is none of these, or the interval is reversed or empty, or misses its median.

    Examples
    --------
    >>> parse_written("about 140k (10k to 500k)")
    Quantity(value=140000.0, low=10000.0, high=500000.0)
    """
    if len(text) > MAX_LENGTH:
        raise CurveshiftError(f"a value may be at most {MAX_LENGTH} characters long")
    tidy = text.strip()
    around = _AROUND.fullmatch(tidy)
    if around:
        median = parse_quantity(around["median"], unit)
        low, high = parse_quantity(around["low"], unit), parse_quantity(around["high"], unit)
    elif tidy.count(" to ") == 1:
        first, second = tidy.split(" to ")
        median, low, high = None, parse_quantity(first, unit), parse_quantity(second, unit)
    elif " to " in tidy or "(" in tidy:
        raise CurveshiftError(f"{text!r} is not a value: write '10k to 300k' or 'about 140k (10k to 500k)'")
    else:
        return Quantity(parse_quantity(tidy, unit))
    check_order(low, median, high)
    return Quantity(median, low, high)


def check_order(low: float, median: float | None, high: float) -> None:
    """Refuse an interval that is reversed or has no width, or a median outside it."""
    if low > high:
        raise CurveshiftError(f"the interval {low:g} to {high:g} is reversed: write {high:g} to {low:g}")
    if low == high:
        raise CurveshiftError(f"the interval {low:g} to {high:g} has no width: write {low:g}")
    if median is not None and not low < median < high:
        raise CurveshiftError(f"the median {median:g} is not inside its interval {low:g} to {high:g}")


def _unit_key(unit: str) -> str:
    """Spelling that ignores case, plural and the two ways to write a rate."""
    words = unit.strip().casefold().replace(" per ", "/").split("/")
    return "/".join(word.strip().removesuffix("s") for word in words)
