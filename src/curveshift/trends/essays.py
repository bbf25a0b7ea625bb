"""The argument's own arithmetic on one model, step by step, beside the same steps from the record."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from curveshift.errors import CurveshiftError
from curveshift.records import read_compiled

from .prior_records import COMPILED
from .verdicts import OnTrend, money, three

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Arithmetic:
    """What the essay states; see `source`."""

    source: str
    model: str
    rival: str
    yearly_fall: float
    rival_months_older: tuple[float, float]
    rival_worth: float
    expected_times_cheaper: float


@dataclass(frozen=True)
class Line:
    """One step: in words, as the essay has it, as the record has it (median and 90 %)."""

    step: str
    essay: str
    record: str


@cache
def essay() -> Arithmetic:
    """The essay's numbers."""
    data = read_compiled(COMPILED)["essay"]
    return Arithmetic(**{**data, "rival_months_older": tuple(data["rival_months_older"])})


def essay_rivals() -> list[str]:
    """Models with which the essay's model is compared unless others are named."""
    return [essay().rival, "GPT-4o (May 2024)"]


def essay_arithmetic(found: OnTrend) -> list[Line]:
    """Compare the essay's reckoning with ours.

    Parameters
    ----------
    found : OnTrend
        The test of the model that the essay speaks of, with its rival among the rivals.

    Returns
    -------
    list of Line

    Raises
    ------
    CurveshiftError
        For another model, or without the rival.
    """
    said = essay()
    if found.candidate.name != said.model:
        raise CurveshiftError(f"the essay reckons with {said.model} only", found.candidate.name)
    rival = next((r for r in found.rivals if r.name == said.rival), None)
    if rival is None:
        raise CurveshiftError(f"give {said.rival} as a rival", "rivals")
    low, high = said.rival_months_older
    lines = [
        Line(
            "cost of a given ability falls, times a year",
            f"{said.yearly_fall:g}",
            _times(10.0**found.yearly_fall_oom),
        ),
        Line(f"{said.rival} is older by, months", f"{low:g} to {high:g}", f"{rival.months_older:.1f}"),
        Line(
            "it is better: worth this many times the compute",
            f"{said.rival_worth:g}",
            _times(10.0**rival.capability_gap_oom),
        ),
        Line(
            f"so {said.model} should cost less by, times",
            f"{said.expected_times_cheaper:g}",
            _times(rival.expected_ratio),
        ),
    ]
    if rival.cost is not None and found.actual is not None:
        usd = rival.cost.usd_central
        lines += [
            Line(f"{said.rival} cost", "a few 10 million USD", money(usd)),
            Line(
                f"{said.model} should cost",
                money(usd / said.expected_times_cheaper),
                f"{money(float(np.median(usd / rival.expected_ratio)))} (from {said.rival} alone)",
            ),
            Line(f"{said.model} cost", money(found.actual.usd_central), money(found.actual.usd_central)),
        ]
    return lines


def _times(draws: NDArray[np.float64]) -> str:
    low, central, high = three(draws)
    return f"{central:.2g} ({low:.2g} to {high:.2g})"
