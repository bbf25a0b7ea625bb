"""Outcomes by name: one number per draw of an ensemble, to be explained, compared or searched.

All draws count, also those in which a bloc had crossed a threshold by the as-of date: weights would make
groups of assumptions depend on one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from .lags import lag_at
from .polarity import (
    MIXTURE,
    WINDOW_MONTHS,
    WORLDS,
    chosen_policies,
    no_such_threshold,
    world_members,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.scenario import Assumption
    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]

NUMBERS: Final = {
    "lag": ("months", "China's lag behind the US"),
    "china_stock": ("log10 H100e 16-bit", "China's installed base"),
    "gap": ("orders of magnitude", "capability of the US over China's, in effective compute"),
}
EVENTS: Final = WORLDS[:4]
OUTCOMES: Final = (*NUMBERS, *EVENTS)
"""Names of all outcomes: numbers at a date, and the named worlds as events."""

BY: Final = "2028-12-31"


@dataclass(frozen=True, eq=False)
class Outcome:
    """One outcome of every draw under one policy.

    Attributes
    ----------
    name, unit, meaning, policy : str
        The unit of an event is ``probability``.
    values : array, shape (draw,)
        In `unit`; of an event 1 where it happens and 0 elsewhere.
    alive : array of bool, shape (draw,)
        False for draws that failed or have no finite value; these are to be left out and counted.
    """

    name: str
    unit: str
    meaning: str
    policy: str
    values: Floats
    alive: NDArray[np.bool_]

    @property
    def is_event(self) -> bool:
        """Whether the outcome happens or not."""
        return self.name in EVENTS


def read_outcome(
    ensemble: Ensemble,
    name: str,
    policy: str | None = None,
    *,
    by: str | date = BY,
    threshold: str = "essay-2025",
    window_months: int = 12,
) -> Outcome:
    """Read one outcome of every draw.

    Parameters
    ----------
    ensemble : Ensemble
    name : str
        One of `OUTCOMES`.
    policy : str, optional
        The ensemble's first unless given.
    by : date
        For numbers: the last day of a year after the as-of date.
    threshold : str
        For events: one preset.
    window_months : int
        For events: window of the worlds, from 1 to 120.

    Raises
    ------
    CurveshiftError
        For an unknown name, a date that is no year end of the run after its as-of date, or a wrong window.
    """
    if name not in OUTCOMES:
        raise unknown_name("outcome", name, OUTCOMES)
    chosen = chosen_policies(ensemble, policy or ensemble.policies[0])[0]
    alive = np.asarray(ensemble.draws["failed"].sel(policy=chosen).values) == 0
    if name in EVENTS:
        check_event(threshold, window_months, ensemble.scenario.assumptions)
        member = world_members(ensemble, chosen, threshold, window_months)
        words = f"{name} at {threshold}, window {window_months} months"
        values = member[:, WORLDS.index(name)].astype(np.float64)
        return Outcome(name, "probability", words, chosen, values, alive)
    year = year_end(by, ensemble.scenario.as_of, ensemble.scenario.end)
    at = ensemble.draws.sel(policy=chosen)
    if name == "lag":
        values = lag_at(ensemble, chosen, f"{year}-12-31")
    elif name == "gap":
        values = np.asarray(at["gap_oom"].sel(year_end=year).values, dtype=np.float64)
    else:
        stock = np.asarray(at["china_stock_h100e"].sel(year_end=year).values, dtype=np.float64)
        with np.errstate(divide="ignore"):
            values = np.log10(stock)
    unit, meaning = NUMBERS[name]
    return Outcome(name, unit, f"{meaning} at the end of {year}", chosen, values, alive & np.isfinite(values))


def year_end(by: str | date, as_of: date, end: date) -> int:
    """The year whose last day a date is, refused unless the run simulates it."""
    try:
        day = by if isinstance(by, date) else date.fromisoformat(by)
    except ValueError:
        raise CurveshiftError(f"impossible date {by!r}: write a year end, as {BY}", "by") from None
    if (day.month, day.day) != (12, 31):
        raise CurveshiftError(f"{day} is not the end of a year, as {BY}", "by")
    if day <= as_of:
        raise CurveshiftError(
            f"{day} is not after the as-of date {as_of}: what is on record is no outcome of a policy", "by"
        )
    if (end.year, end.month) < (day.year, day.month):
        raise CurveshiftError(f"{day} is after the last month of the run, {end.isoformat()[:7]}", "by")
    return day.year


def check_event(threshold: str, window_months: int, assumptions: Mapping[str, Assumption]) -> None:
    """Refuse a threshold or a window that the named worlds do not have, before anything is simulated."""
    from curveshift.world.thresholds import presets as given

    known = given(assumptions)
    if threshold == MIXTURE:
        raise CurveshiftError(f"an event is about one threshold: {', '.join(known)}", "threshold")
    if threshold not in known:
        raise no_such_threshold(threshold, known)
    low, high = WINDOW_MONTHS
    if not low <= window_months <= high:
        raise CurveshiftError(f"a window of {window_months} months is outside the range {low} to {high}")


def chosen_outcomes(outcomes: str | Sequence[str] | None) -> tuple[str, ...]:
    """Names of the outcomes asked for; all unless given."""
    if outcomes is None:
        return OUTCOMES
    names = (outcomes,) if isinstance(outcomes, str) else tuple(outcomes)
    if not names:
        raise CurveshiftError("no outcome is named", "outcomes")
    for name in names:
        if name not in OUTCOMES:
            raise unknown_name("outcome", name, OUTCOMES)
    return names


def uncertain(ensemble: Ensemble) -> dict[str, Assumption]:
    """Assumptions that vary over the draws, by name."""
    return {
        name: ensemble.scenario.assumptions[name]
        for name, values in ensemble.assumptions.items()
        if np.ptp(values) > 0
    }
