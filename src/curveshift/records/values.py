"""How distributions are written in files and on the command line, and how they are stored."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from curveshift.errors import CurveshiftError, unknown_name

from .compound import Mixture, Truncated
from .distributions import Beta, Constant, Discrete, Distribution, Interval, Support, Triangular, Uniform
from .empirical import Empirical
from .quantities import parse_quantity, parse_written

# What each kind of distribution is written with, apart from its name; a question mark means optional.
_KEYS = {
    "constant": ("value",),
    "interval": ("low", "high", "median?", "shape?"),
    "uniform": ("low", "high"),
    "loguniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "beta": ("a", "b"),
    "discrete": ("values", "weights"),
    "mixture": ("weights", "parts"),
    "truncated": ("inner", "low", "high"),
    "posterior": ("name", "quantiles"),
}
_ENDS = {"positive": (0.0, math.inf), "share": (0.0, 1.0), "real": (-math.inf, math.inf)}


def parse_value(
    value: Any,
    support: Support,
    unit: str | None = None,
    bounds: Sequence[Any] | None = None,
) -> Distribution:
    """Read a value as a person writes it.

    Parameters
    ----------
    value : number, str or mapping
        ``1500``; ``"10k"``; ``"10k to 300k"`` (a 90 % interval); ``"about 140k (10k to 500k)"`` (a median
        with its 90 % interval); or a mapping with ``distribution`` and its numbers: `uniform` and
        `loguniform` (``low``, ``high``), `triangular` (``low``, ``mode``, ``high``), `beta` (``a``, ``b``),
        `discrete` (``values``, ``weights``), `mixture` (``weights``, ``parts``), `interval` (``low``,
        ``high`` and perhaps ``median``), `constant` (``value``).
    support : {"positive", "share", "real"}
        Where the number lives. An interval is lognormal on `positive`, logit-normal on `share` and normal
        on `real`. A fixed number may also stand on the edge: 0, or 0 and 1 for a share.
    unit : str, optional
        The record's unit; a unit written in the value must agree with it.
    bounds : [low, high], optional
        Hard limits, either of them None. What lies outside is removed and the rest rescaled, so a 90 %
        interval then describes the number before the cut.

    Raises
    ------
    CurveshiftError
        When the value is malformed, reversed, without width, or outside its support or bounds.

    Examples
    --------
    >>> parse_value("10k to 300k", "positive").describe()
    '10k to 300k (90 %), lognormal'
    >>> parse_value("30% to 70%", "share", unit="share").median
    0.5
    """
    if support not in _ENDS:
        raise unknown_name("support", str(support), _ENDS)
    found = _build(value, support, unit)
    least, most = found.support
    floor, ceiling = _ENDS[support]
    if least < floor or most > ceiling:
        wanted = "between 0 and 1" if support == "share" else "at or above 0"
        raise CurveshiftError(f"{found.describe()} must lie {wanted}, because its support is {support!r}")
    return found if bounds is None else _bounded(found, bounds, unit)


def from_data(data: Mapping[str, Any]) -> Distribution:
    """Read what `Distribution.to_data` stored.

    Examples
    --------
    >>> from_data({"distribution": "uniform", "low": 2, "high": 6}).interval(0.5)
    (3.0, 5.0)
    """
    return _build(data, None, None)


def read_bounds(bounds: Sequence[Any], unit: str | None = None) -> tuple[float, float]:
    """Read ``[low, high]``, in which a missing end is None."""
    if isinstance(bounds, str) or not isinstance(bounds, Sequence) or len(bounds) != 2:
        raise CurveshiftError("bounds are two values, such as [0, 1] or [0, null]")
    low = -math.inf if bounds[0] is None else _one(bounds[0], unit)
    high = math.inf if bounds[1] is None else _one(bounds[1], unit)
    if low >= high:
        raise CurveshiftError(f"the bounds {low:g} to {high:g} are reversed or equal")
    return low, high


def _bounded(found: Distribution, bounds: Sequence[Any], unit: str | None) -> Distribution:
    low, high = read_bounds(bounds, unit)
    least, most = found.support
    if low <= least and most <= high:
        return found
    if isinstance(found, Constant):
        raise CurveshiftError(f"{found.describe()} is outside the bounds {low:g} to {high:g}")
    return Truncated(found, low, high)


def _one(value: Any, unit: str | None) -> float:
    if isinstance(value, bool):
        raise CurveshiftError(f"{value!r} is not a number")
    if isinstance(value, str):
        return parse_quantity(value, unit)
    if isinstance(value, int | float):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise CurveshiftError("a number must be finite")
        return number
    raise CurveshiftError(f"a number is needed, not a {type(value).__name__}")


def _list(kind: str, value: Any) -> list[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise CurveshiftError(f"{kind} must be a list")
    return list(value)


def _build(value: Any, shape: Support | None, unit: str | None) -> Distribution:
    if isinstance(value, str):
        written = parse_written(value, unit)
        if written.low is None or written.high is None:
            return Constant(_one(written.value, unit))
        return Interval(written.low, written.high, shape or "real", written.value)
    if not isinstance(value, Mapping):
        return Constant(_one(value, unit))
    kind = str(value.get("distribution", ""))
    if kind not in _KEYS:
        raise unknown_name("distribution", kind, _KEYS)
    given = {str(key): item for key, item in value.items() if key != "distribution"}
    names = [key.removesuffix("?") for key in _KEYS[kind]]
    for key in given:
        if key not in names:
            raise unknown_name(f"key of {kind}", key, names)
    missing = [key for key in _KEYS[kind] if key not in given and not key.endswith("?")]
    if missing:
        raise CurveshiftError(f"{kind} needs {' and '.join(missing)}")
    return _from_keys(kind, given, shape, unit)


def _from_keys(kind: str, given: dict[str, Any], shape: Support | None, unit: str | None) -> Distribution:
    if kind == "truncated":
        return Truncated(
            _build(given["inner"], shape, unit), *read_bounds([given["low"], given["high"]], unit)
        )
    if kind in ("discrete", "mixture"):
        weights = tuple(_one(weight, None) for weight in _list("weights", given["weights"]))
        if kind == "discrete":
            return Discrete(tuple(_one(item, unit) for item in _list("values", given["values"])), weights)
        return Mixture(weights, tuple(_build(part, shape, unit) for part in _list("parts", given["parts"])))
    if kind == "posterior":
        quantiles = tuple(_one(item, unit) for item in _list("quantiles", given["quantiles"]))
        return Empirical(str(given["name"]), quantiles)
    if kind == "beta":
        return Beta(_one(given["a"], None), _one(given["b"], None))
    scale: Support = given.pop("shape", shape) or "real"
    number = {key: _one(item, unit) for key, item in given.items() if item is not None}
    match kind:
        case "constant":
            return Constant(number["value"])
        case "interval":
            return Interval(number["low"], number["high"], scale, number.get("median"))
        case "triangular":
            return Triangular(number["low"], number["mode"], number["high"])
        case _:
            return Uniform(number["low"], number["high"], log=kind == "loguniform")
