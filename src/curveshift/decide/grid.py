"""Every US part with every Beijing part, threshold and setting of feedback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from curveshift.errors import CurveshiftError, unknown_name

from .lags import CROSSING, probability_lag_exceeds
from .polarity import worlds
from .statistics import Estimate

if TYPE_CHECKING:
    from curveshift.scenario import View

US_PARTS = ("january-2026", "airtight", "full-decontrol")
FEEDBACKS = ("off", "default", "strong")


@dataclass(frozen=True)
class PolicyCell:
    """Outcomes of one combination.

    Attributes
    ----------
    us_part, beijing_part, threshold, feedback : str
    exceeds : dict of float to Estimate
        Probability that China's lag exceeds so many months, conditioned as in `probability_lag_exceeds`.
    window_months : int
    worlds : dict of str to Estimate
        Probability of each world at this window, conditioned in the same way.
    crossed_by_as_of : Estimate
        Share of draws that the condition leaves out.
    """

    us_part: str
    beijing_part: str
    threshold: str
    feedback: str
    exceeds: dict[float, Estimate]
    window_months: int
    worlds: dict[str, Estimate]
    crossed_by_as_of: Estimate


def policy_table(
    us_parts: Sequence[str] = US_PARTS,
    beijing_parts: Sequence[str] | None = None,
    feedbacks: Sequence[str] = FEEDBACKS,
    *,
    months: Sequence[float] = (6, 12, 24),
    window_months: int = 12,
    by: str | date = CROSSING,
    settings: Sequence[str] = (),
    draws: int = 1024,
    seed: int = 0,
    as_of: date = date(2026, 6, 30),
    end: date = date(2035, 12, 1),
    tied: bool = True,
    view: View | str | Path | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[PolicyCell, ...]:
    """Lags and worlds for US part x Beijing part x threshold x feedback, all on the same draws.

    Parameters
    ----------
    us_parts, beijing_parts : sequence of str
        Policies, and stances from the day after `as_of` on; all four stances unless given.
    feedbacks : sequence of {"off", "default", "strong"}
        Each is one run.
    months, by
        As in `probability_lag_exceeds`.
    window_months : int
        Window of the worlds.
    settings, draws, seed, as_of, end, tied, view, threads
        As in `curveshift.simulate`.
    progress : callable, optional
        Called with (blocks done, blocks in all), over all runs.

    Returns
    -------
    tuple of PolicyCell
        By feedback, then US part, then Beijing part, then threshold (the mixture last).

    Raises
    ------
    CurveshiftError
        For an unknown name or setting, or an empty list.
    """
    from curveshift.scenario.policy import STANCES
    from curveshift.world import simulate
    from curveshift.world.engine import FEEDBACK

    stances = tuple(STANCES if beijing_parts is None else beijing_parts)
    if not us_parts or not stances or not feedbacks:
        raise CurveshiftError("a policy table needs a US part, a Beijing part and a setting of feedback")
    for feedback in feedbacks:
        if feedback not in FEEDBACK:
            raise unknown_name("feedback setting", feedback, FEEDBACK)
    pairs = {f"{us}+{stance}": (us, stance) for us in us_parts for stance in stances}
    found = []
    for i, feedback in enumerate(feedbacks):

        def told(done: int, whole: int, i: int = i) -> None:
            if progress is not None:
                progress(i * whole + done, whole * len(feedbacks))

        ensemble = simulate(
            list(pairs), settings, draws=draws, seed=seed, as_of=as_of, end=end,
            feedback=feedback, tied=tied, view=view, threads=threads, keep_paths=1, progress=told,
        )  # fmt: skip
        exceeds: dict[tuple[str, str], dict[float, Estimate]] = {}
        for share in probability_lag_exceeds(ensemble, months, by=by):
            exceeds.setdefault((share.policy, share.threshold), {})[share.months] = share.probability
        found += [
            PolicyCell(
                *pairs[w.policy],
                w.threshold,
                feedback,
                exceeds[w.policy, w.threshold],
                window_months,
                w.shares,
                w.crossed_by_as_of,
            )
            for w in worlds(ensemble, window_months)
        ]
    return tuple(found)
