"""A declared scenario made ready: its settings checked, the record read, its policies compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from curveshift import scenario
from curveshift.errors import CurveshiftError, unknown_name
from curveshift.scenario.sampling import Sampled, sampled_block
from curveshift.world import engine, labels
from curveshift.world.history import read_history
from curveshift.world.observed import read_frontier
from curveshift.world.rules import compile_policy

if TYPE_CHECKING:
    from curveshift.scenario import Policy, Scenario

RECORD_POLICY: Final = "status-quo"


def check_threads(threads: int | None) -> None:
    """Refuse a number of threads below 1."""
    if threads is not None and threads < 1:
        raise CurveshiftError(f"threads must be at least 1, not {threads}", where="threads")


def make_job(
    declared: Scenario,
    chosen: Sequence[Policy],
    *,
    feedback: str,
    tied: bool,
    sampler: Callable[[Scenario, int], Sampled] = sampled_block,
) -> engine.Job:
    """Check the settings of a scenario and compile policies for it, that of the record first."""
    if feedback not in engine.FEEDBACK:
        raise unknown_name("feedback setting", feedback, engine.FEEDBACK)
    if declared.start != date(labels.FIRST_YEAR, 1, 1):
        raise CurveshiftError(
            f"the simulation starts in {labels.FIRST_YEAR}-01, not on {declared.start}", where="start"
        )
    months = len(declared.months)
    if months % 3:
        raise CurveshiftError(f"{declared.end} does not end a quarter", where="end")
    last = engine.as_of_month(declared.as_of)
    if not last < months:
        raise CurveshiftError(f"{declared.as_of} must lie before {declared.end}", where="as_of")
    history = read_history(months, declared.as_of)
    # Scarcity is measured against a whole year of the record (see `curveshift.world.market`).
    if history.months < labels.YEAR_MONTHS:
        raise CurveshiftError(
            f"on {declared.as_of} shipments of {history.months} months were public, a year of them is needed: "
            "take 2023-03-31 or later",
            where="as_of",
        )
    return engine.Job(
        scenario=declared,
        history=history,
        compiled=[
            compile_policy(p, declared.levers, chosen[0], history, months, declared.as_of) for p in chosen
        ],
        half_lives=[p.half_life_years for p in chosen],
        feedback=engine.FEEDBACK[feedback],
        as_of_month=last,
        frontier=read_frontier(declared.as_of, last) if tied else None,
        sampler=sampler,
    )


def notes_of(declared: Scenario, job: engine.Job) -> tuple[str, ...]:
    """Gaps in the record, and what an earlier as-of date does not cut."""
    return tuple(note for note in (declared.hindsight(), *job.history.notes) if note)


def record_policy(declared: Scenario) -> Policy:
    """What history followed: the shipped status quo, whatever a user changed in a copy of it.

    Levels, weights and the levers that the record had must not depend on which policies are in a call.
    """
    shipped = scenario.load_policy(RECORD_POLICY, as_of=declared.as_of)
    return next((policy for policy in declared.policies if policy == shipped), shipped)
