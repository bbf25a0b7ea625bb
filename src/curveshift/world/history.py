"""The record of shipments, from the facts to arrays: what was sold to China and elsewhere, class by class."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.records import read_compiled
from curveshift.records.distributions import Z90
from curveshift.world.market import HistoryArrays
from curveshift.world.timeline import DATA
from curveshift.world.units import H100_BANDWIDTH_TBS, H100_TFLOPS_16BIT, H100_TOPS_8BIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class History:
    """The record as arrays, and what was noticed while reading it.

    Attributes
    ----------
    arrays : HistoryArrays
        What the market is drawn from.
    classes : tuple of str
        Chip classes, the class axis.
    months : int
        Months of record, from January 2022.
    notes : tuple of str
        What is missing from the record and how it was treated.
    """

    arrays: HistoryArrays
    classes: tuple[str, ...]
    months: int
    notes: tuple[str, ...]


def relative_specs(chip: Mapping[str, Any]) -> list[float]:
    """16-, 8- and 4-bit operations and bandwidth over an H100's; a missing format runs at the next wider one's rate.

    Raises
    ------
    CurveshiftError
        When neither 16-bit operations nor bandwidth are known.
    """
    wide, eight, four = chip["fp16_dense_tflops"], chip["fp8_dense_tops"], chip["fp4_dense_tflops"]
    bandwidth = chip["memory_bandwidth_gb_per_s"]
    if wide is None or bandwidth is None:
        raise CurveshiftError(
            "needs 16-bit operations and memory bandwidth to enter the model", where=f"chip {chip['chip']!r}"
        )
    ops16 = wide / H100_TFLOPS_16BIT
    # A chip without 8-bit units runs 8-bit inputs at its 16-bit rate, which is half of an H100's 8-bit rate.
    ops8 = (eight if eight is not None else wide) / H100_TOPS_8BIT
    ops4 = (four / H100_TOPS_8BIT) if four is not None else ops8
    return [ops16, ops8, ops4, bandwidth / 1000.0 / H100_BANDWIDTH_TBS]


def month_index(day: date) -> int:
    """Months since January 2022."""
    return (day.year - 2022) * 12 + day.month - 1


@lru_cache(maxsize=8)
def read_history(months: int, as_of: date, mode: str = "hindcast") -> History:
    """Read the record of shipments known at a date.

    Parameters
    ----------
    months : int
        Months of the whole horizon, from January 2022.
    as_of : datetime.date
        Only rows known by then are used (see `curveshift.facts.rows`).
    mode : {"hindcast", "backtest"}

    Raises
    ------
    CurveshiftError
        When no shipments are known at that date.
    """
    timeline = read_compiled(DATA / "timeline.json")
    specs = {chip["chip"]: chip for chip in facts.rows("chips")}
    stand_in: dict[str, str] = timeline["class_specification"]
    as_other_part: dict[str, str] = timeline["same_die_as"]
    shipments = facts.rows("chip_shipments", as_of=as_of, mode=mode)
    if not shipments:
        raise CurveshiftError(f"no shipments are known as of {as_of} ({mode})", where="chip_shipments")
    classes = tuple(sorted({row["chip"] for row in shipments}))
    last = max(row["period_end"] for row in shipments)
    record = month_index(last) + 1
    by_key = {(row["chip"], row["period_start"], row["buyer"]): row for row in shipments}

    other = np.zeros((record, len(classes)))
    china = np.zeros((record, len(classes)))
    spread: dict[str, list[list[tuple[float, float]]]] = {c: [[], []] for c in classes}
    makers: dict[str, str] = {}
    for (chip, start, buyer), row in by_key.items():
        makers[chip] = row["maker"]
        if buyer != "world":
            continue
        sold_to_china = by_key.get((chip, start, "china"))
        all_chips = row["central_chips"]
        to_china = min(sold_to_china["central_chips"], all_chips) if sold_to_china else 0.0
        at, column = month_index(start), classes.index(chip)
        other[at : at + 3, column] = (all_chips - to_china) / 3.0
        china[at : at + 3, column] = to_china / 3.0
        spread[chip][0].append((all_chips - to_china, _sigma(row)))
        if sold_to_china:
            spread[chip][1].append((to_china, _sigma(sold_to_china)))

    notes = _gaps(classes, makers, other + china, last)

    def class_raw(name: str) -> list[float]:
        """Specifications of a class: those of its part, with operations as the record counts them."""
        own = relative_specs(specs[stand_in.get(name, name)])
        of_class = [row for row in shipments if row["chip"] == name and row["buyer"] == "world"]
        chips = sum(row["central_chips"] for row in of_class)
        scale = sum(row["central_h100e_8bit"] for row in of_class) / chips / own[1] if chips else 1.0
        return [own[0] * scale, own[1] * scale, own[2] * scale, own[3]]

    raw = np.array([class_raw(c) for c in classes])
    converted = np.array([class_raw(as_other_part.get(c, c)) for c in classes])
    flagship, growth = _flagships(
        timeline["flagships"], specs, months, timeline["flagship_generation_months"]
    )
    arrays = HistoryArrays(
        other_chips=other[:months],
        china_chips=china[:months],
        other_sigma=np.array([_mean_sigma(spread[c][0]) for c in classes]),
        china_sigma=np.array([_mean_sigma(spread[c][1]) for c in classes]),
        last_quarter_chips=_last_quarters(other, [makers[c] for c in classes]),
        raw=raw,
        converted_raw=converted,
        nvidia=np.array([1.0 if makers[c] == "NVIDIA" else 0.0 for c in classes]),
        flagship_raw=flagship,
        flagship_growth_years=growth,
    )
    return History(arrays, classes, min(record, months), notes)


def _sigma(row: Mapping[str, Any]) -> float:
    """Log standard deviation of a published 90 % interval."""
    low, high = row["low_chips"], row["high_chips"]
    if not low or not high:
        return 0.0
    return math.log(high / low) / (2.0 * Z90)


def _mean_sigma(parts: Sequence[tuple[float, float]]) -> float:
    """One spread for a class: the mean of its quarters', weighted by chips."""
    weight = sum(chips for chips, _ in parts)
    return sum(chips * sigma for chips, sigma in parts) / weight if weight else 0.0


def _gaps(
    classes: Sequence[str], makers: Mapping[str, str], chips: NDArray[np.float64], last: date
) -> tuple[str, ...]:
    """Say where a maker's quarters do not cover the record: they count as zero, not as a guess."""
    notes = []
    for maker in sorted(set(makers.values())):
        of_maker = chips[:, [i for i, c in enumerate(classes) if makers[c] == maker]].sum(axis=1)
        present = np.flatnonzero(of_maker)
        first_missing, last_missing = int(present[0]), len(of_maker) - 1 - int(present[-1])
        if first_missing:
            year, month = divmod(first_missing, 12)
            notes.append(f"{maker}: no quarters before {2022 + year}Q{month // 3 + 1}; counted as zero")
        if last_missing:
            notes.append(
                f"{maker}: the last {last_missing // 3} quarter(s) to {last} missing; counted as zero in the record, "
                "and carried on from its last quarter after it"
            )
    return tuple(notes)


def _last_quarters(chips: NDArray[np.float64], makers: Sequence[str]) -> NDArray[np.float64]:
    """Chips by class in the last quarter that each maker reports, from which the future starts."""
    out = np.zeros(chips.shape[1])
    for maker in set(makers):
        own = [i for i, m in enumerate(makers) if m == maker]
        last = int(np.flatnonzero(chips[:, own].sum(axis=1))[-1])
        out[own] = chips[last - 2 : last + 1, own].sum(axis=0)
    return out


def _flagships(
    steps: Sequence[Mapping[str, str]],
    specs: Mapping[str, Mapping[str, Any]],
    months: int,
    generation_months: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The flagship of each month, and years of growth since the last announced one, in whole generations."""
    raw = np.zeros((months, 4))
    for step in steps:
        raw[max(month_index(date.fromisoformat(step["from"])), 0) :] = relative_specs(specs[step["chip"]])
    since = np.arange(months) - month_index(date.fromisoformat(steps[-1]["from"]))
    return raw, np.floor(np.maximum(since, 0) / generation_months) * generation_months / 12.0
