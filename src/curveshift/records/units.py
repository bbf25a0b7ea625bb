"""The units a record may have, checked when records are loaded and never while the model runs."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from curveshift.errors import CurveshiftError, unknown_name

if TYPE_CHECKING:
    from pint import UnitRegistry

# Time is counted in mean months. Counted things are their own dimension: a die is not a chip.
_DEFINITIONS = (
    "second = [time] = s",
    "minute = 60 * second",
    "hour = 60 * minute",
    "day = 24 * hour",
    "year = 365.25 * day",
    "quarter = year / 4",
    "month = year / 12",
    "share = []",
    "x = []",
    "probability = []",
    "elasticity = []",
    "dex = []",
    "oom = []",
    "sd = []",
    "usd = [money]",
    "chip = [chip]",
    "die = [die]",
    "wafer = [wafer]",
    "stack = [memory_stack]",
    "card = [card]",
    "h100e = [h100e]",
    "h100e_8bit = [h100e_8bit]",
    "b300e = [b300e]",
    "flop = [operation]",
    "Tflop = 1e12 * flop",
    "byte = [memory]",
    "GB = 1e9 * byte",
    "TB = 1e12 * byte",
    "watt = [power]",
    "kW = 1e3 * watt",
    "MW = 1e6 * watt",
    "GW = 1e9 * watt",
    "mm2 = [area]",
    "token = [token]",
    "parameter = [parameter]",
    "point = [index_point]",
    "paradigm = [paradigm]",
    "innovation = [innovation]",
    "developer = [developer]",
    "generation = [generation]",
    "pathway = [pathway]",
    "model = [model]",
    "person = [person]",
)

_NAME = r"[A-Za-z]\w*(?:\*\*-?\d)?"
_UNIT = re.compile(rf"(?:log10 )?(?:1|{_NAME})(?: ?[*/] ?{_NAME})*", re.ASCII)


@lru_cache(maxsize=1)
def _registry() -> UnitRegistry[Any]:
    from pint import UnitRegistry

    # An empty registry: the general one would accept a furlong, and takes a second to build.
    registry: UnitRegistry[Any] = UnitRegistry(None)
    for line in _DEFINITIONS:
        registry.define(line)
    return registry


def known_units() -> tuple[str, ...]:
    """Names that a unit may be built from, with ``*``, ``/`` and ``**``."""
    return tuple(line.split(" = ")[0] for line in _DEFINITIONS)


def check_unit(unit: str, where: str | None = None) -> str:
    """Return a unit when it is built from known ones, such as ``chip``, ``x/year`` or ``usd/h100e``.

    Parameters
    ----------
    unit : str
        The unit; ``1`` for a plain number, ``log10 flop`` for a decimal logarithm.
    where : str, optional
        Where it stands, for the error.

    Raises
    ------
    CurveshiftError
        When a name in it is unknown, with the nearest known ones.

    Examples
    --------
    >>> check_unit("chip/month")
    'chip/month'
    """
    from pint.errors import UndefinedUnitError

    # The pattern comes first because pint tokenises text as Python would.
    if len(unit) > 60 or not _UNIT.fullmatch(unit):
        raise CurveshiftError(f"{unit[:60]!r} is not a unit: write it like 'chip/month', or '1'", where)
    if unit == "1":
        return unit
    try:
        _registry().parse_units(unit.removeprefix("log10 "))
    except UndefinedUnitError as err:
        name = err.unit_names if isinstance(err.unit_names, str) else str(next(iter(err.unit_names)))
        raise unknown_name("unit", name, known_units(), where) from None
    return unit
