"""New facts to hold an ensemble against: what was observed, when, and how likely each draw makes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name
from curveshift.records import parse_quantity, parse_value
from curveshift.records.distributions import Interval

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from curveshift.records.distributions import Support
    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]

FLOWS: Final = {
    "legal-chips": "legal",
    "diverted-chips": "diverted",
    "seized-chips": "seized",
    "domestic-chips": "domestic",
}
OBSERVABLE: Final[dict[str, tuple[str, str]]] = {
    "index-us": ("points", "Epoch Capabilities Index of the best US model by a date"),
    "index-china": ("points", "Epoch Capabilities Index of the best Chinese model by a date"),
    "capability-us": ("log10 flop", "Best US system by a date, log10 effective FLOP of 2024"),
    "capability-china": ("log10 flop", "Best Chinese system by a date, log10 effective FLOP of 2024"),
    "lag": ("months", "China's lag behind the US at a date"),
    "china-stock": ("H100e", "China's installed base at a date from the end of 2024 on"),
    **{
        n: ("chips", f"Chips by the flow {f} since 2022, or from one date to another")
        for n, f in FLOWS.items()
    },
}
"""Unit and meaning of every outcome that can be observed; assumptions go by their own names."""

_BOUND: Final = re.compile(r"(?:(at least|>=)|(at most|<=))\s*(.+)")


@dataclass(frozen=True)
class Observation:
    """One observed number.

    Attributes
    ----------
    quantity : str
        One of `OBSERVABLE`, or an assumption.
    value : str
        ``10k to 30k`` (a 90 % interval), ``about 20k (10k to 30k)``, ``at most 5k`` or ``at least 160``; one number
        alone only for the index, where the spread of models about the line stands for the interval.
    start, when : date, optional
        Of an outcome; with both, what was added between them. None for an assumption.

    Examples
    --------
    >>> str(parse_observation("legal-chips@2026-07-01..2026-12-31=at most 50k"))
    'legal-chips@2026-07-01..2026-12-31=at most 50k'
    """

    quantity: str
    value: str
    when: date | None = None
    start: date | None = None

    def __str__(self) -> str:
        dated = f"@{f'{self.start}..' if self.start else ''}{self.when}" if self.when else ""
        return f"{self.quantity}{dated}={self.value}"


def parse_observation(text: str | Observation) -> Observation:
    """Read ``QUANTITY@DATE=VALUE``, ``QUANTITY@FROM..TO=VALUE`` or ``ASSUMPTION=VALUE``.

    Raises
    ------
    CurveshiftError
        When it is none of these.
    """
    if isinstance(text, Observation):
        return text
    name, equals, value = text.partition("=")
    # "<=" and ">=" hold the sign that parts name and value.
    if name.endswith(("<", ">")):
        name, value = name[:-1], f"{name[-1]}={value}"
    quantity, at, day = name.strip().partition("@")
    if not equals or not quantity.strip() or not value.strip():
        raise CurveshiftError(f"{text!r} is not an observation: write quantity@date=value")
    start, dots, last = day.partition("..")
    try:
        first = date.fromisoformat(start) if dots else None
        when = date.fromisoformat(last if dots else start) if at else None
    except ValueError:
        raise CurveshiftError(f"impossible date {day!r}: write {quantity}@2026-12-31", text) from None
    if first is not None and when is not None and first >= when:
        raise CurveshiftError(f"{first} does not come before {when}", text)
    return Observation(quantity.strip(), value.strip(), when, first)


def likelihood(ensemble: Ensemble, observed: Observation, policy: str) -> Floats:
    """How likely each draw makes an observation, up to a factor, shape (draw,).

    An interval is a measurement whose error is normal on the scale of the quantity: its logarithm where it is
    positive, its log odds where it is a share.

    Raises
    ------
    CurveshiftError
        For an unknown quantity, a date outside the run, or a value that cannot be read.
    """
    from scipy.special import ndtr, ndtri

    where = str(observed)
    drawn, unit, support = _drawn(ensemble, observed, policy)
    bound = _BOUND.fullmatch(observed.value)
    try:
        if observed.quantity.startswith("index-"):
            centre, spread = _index(observed.value)
            if bound:
                return np.asarray(ndtr((drawn - centre) / spread * (1.0 if bound[1] else -1.0)))
            return np.asarray(np.exp(-0.5 * np.square((drawn - centre) / spread)))
        if bound:
            level = parse_quantity(bound[3], unit)
            return np.asarray(drawn >= level if bound[1] else drawn <= level, dtype=np.float64)
        measured = parse_value(observed.value, support, unit)
        if not isinstance(measured, Interval):
            raise CurveshiftError(
                "one number is never met exactly: give an interval, or 'at most' or 'at least'"
            )
    except CurveshiftError as err:
        raise CurveshiftError(err.what, where) from None
    with np.errstate(divide="ignore"):
        score = ndtri(measured.cdf(drawn))
    return np.asarray(np.exp(-0.5 * np.square(score)), dtype=np.float64)


def span(ensemble: Ensemble, observed: Observation, policy: str) -> tuple[float, float]:
    """Smallest and largest value over the draws of what is observed."""
    drawn, _, _ = _drawn(ensemble, observed, policy)
    return float(np.min(drawn)), float(np.max(drawn))


def _drawn(ensemble: Ensemble, observed: Observation, policy: str) -> tuple[Floats, str, Support]:
    """The quantity by draw, its unit and what values it can have."""
    name, where = observed.quantity, str(observed)
    if name in ensemble.assumptions:
        if observed.when is not None:
            raise CurveshiftError(f"{name} is an assumption and has no date", where)
        record = ensemble.scenario.assumptions[name]
        return np.asarray(ensemble.assumptions[name], dtype=np.float64), record.unit, record.support
    if name not in OBSERVABLE:
        raise unknown_name("quantity", name, [*OBSERVABLE, *ensemble.assumptions], where)
    if observed.when is None:
        raise CurveshiftError(f"{name} needs a date: write {name}@2026-12-31={observed.value}", where)
    if observed.start is not None and name not in FLOWS:
        raise CurveshiftError(f"{name} is read on one day: only flows of chips add up between two", where)
    here = ensemble.draws.sel(policy=policy)
    unit = OBSERVABLE[name][0]
    if name in FLOWS:
        chips = here["chips_so_far"].sel(flow=FLOWS[name])
        values = _at(chips, "quarter", observed.when, where)
        if observed.start is not None:
            values = values - _at(chips, "quarter", observed.start, where)
        return values, "chip", "positive"
    if name == "china-stock":
        return _at(here["china_stock_h100e"], "year_end", observed.when, where), "h100e", "positive"
    if name == "lag":
        return (
            _at(here["lag_months"].sel(estimator="level"), "quarter", observed.when, where),
            "month",
            "real",
        )
    bloc = name.partition("-")[2]
    level = _at(here["capability"].sel(bloc=bloc), "quarter", observed.when, where)
    return (_above_reference(ensemble, level) if name.startswith("index-") else level), unit, "real"


def _at(values: xr.DataArray, axis: str, day: date, where: str) -> Floats:
    """Values on a day, on straight lines between the ends of quarters or years, shape (draw,)."""
    if axis == "quarter":
        known = values["quarter"].values.astype("datetime64[D]")
    else:
        known = np.array([f"{int(year)}-12-31" for year in values[axis].values], dtype="datetime64[D]")
    wanted = np.datetime64(day, "D")
    if not known[0] <= wanted <= known[-1]:
        raise CurveshiftError(f"{day} is outside what was kept of the run: {known[0]} to {known[-1]}", where)
    after = int(np.searchsorted(known, wanted))
    found = values.transpose("draw", axis).values.astype(np.float64)
    if known[after] == wanted:
        return np.asarray(found[:, after])
    before = after - 1
    part = float((wanted - known[before]) / (known[after] - known[before]))
    return np.asarray((1.0 - part) * found[:, before] + part * found[:, after])


def _above_reference(ensemble: Ensemble, level: Floats) -> Floats:
    """Capability on the scale of the trends room: orders of magnitude above its reference and at that date."""
    from curveshift.trends.prior_records import settings
    from curveshift.world.observed import GROWTH
    from curveshift.world.timeline import START_2024

    fixed = settings()
    growth = np.log10(np.asarray(ensemble.assumptions[GROWTH], dtype=np.float64))
    return level - fixed.reference_log10_flop - (fixed.reference_year - START_2024) * growth


def _index(value: str) -> tuple[float, float]:
    """Centre and standard deviation, on the scale of the trends room, of an observed index."""
    from curveshift.records.distributions import Z90
    from curveshift.trends import from_index

    bound = _BOUND.fullmatch(value)
    text = bound[3] if bound else value
    width = 0.0
    if " to " in text:
        interval = parse_value(text, "real", "1")
        low, high = interval.interval(0.9)
        points = interval.median
        width = (from_index(high).median - from_index(low).median) / (2.0 * Z90)
    else:
        points = parse_quantity(text)
    seen = from_index(points)
    spread = (seen.high - seen.low) / (2.0 * Z90)
    return seen.median, float(np.hypot(spread, width))
