"""Run a scenario and keep what is asked of it: quantiles over draws, values per draw, sample paths."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift import facts, scenario
from curveshift.errors import CurveshiftError, unknown_name
from curveshift.scenario import Policy, Scenario, View
from curveshift.scenario.sampling import Sampled, sampled_block
from curveshift.world import bands, engine, labels, misfit, outcomes
from curveshift.world.history import read_history
from curveshift.world.observed import read_frontier
from curveshift.world.rules import compile_policy
from curveshift.world.tally import Shared, Tally

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

RECORD_POLICY: Final = "status-quo"
SCORES: Final = ("models", "benchmarks", "benchmark_scores")
UNTIED: Final = (
    "Histories are not tied to the observed frontier: "
    "a test of the model, not a forecast from where the world is."
)


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Draws of the two worlds under some policies.

    Attributes
    ----------
    scenario : Scenario
        What was asked.
    feedback : str
        Setting of AI's help to AI research: off, default or strong.
    facts_digest : str
        SHA-256 of the fact tables that were read.
    notes : tuple of str
        Gaps in the record and how they were treated.
    draws : xarray.Dataset
        Values per policy and draw.
    assumptions : mapping of str to array
        What was drawn for each assumption, shape (draw,).
    counts : sequence of sequences of arrays
        Draws by bin for every policy and band (see `curveshift.world.bands`).
    first : sequence of Series
        The first draws under every policy, first axis the quarter, last axis the draw (see `paths`).
    misfits : tuple of Misfit
        The untied model against the observed frontier by date and bloc; empty when nothing is tied.
    frontier_digest : str
        SHA-256 of the draws of the observed frontier; empty when nothing is tied.

    Examples
    --------
    >>> from curveshift.world import simulate
    >>> small = simulate("status-quo", draws=64, end=date(2027, 12, 1))
    >>> small.policies
    ('status-quo',)
    """

    scenario: Scenario
    feedback: str
    facts_digest: str
    notes: tuple[str, ...]
    draws: xr.Dataset
    assumptions: Mapping[str, NDArray[np.float64]] = field(repr=False)
    counts: Sequence[Sequence[NDArray[np.integer[Any]]]] = field(repr=False)
    first: Sequence[outcomes.Series] = field(repr=False)
    misfits: tuple[misfit.Misfit, ...] = field(default=(), repr=False)
    frontier_digest: str = ""

    @property
    def tied(self) -> bool:
        """Whether histories are tied to the observed frontier."""
        return bool(self.frontier_digest)

    @property
    def record_digest(self) -> str:
        """The digests of all that was read of the record."""
        return self.facts_digest + self.frontier_digest

    @cached_property
    def bands(self) -> xr.Dataset:
        """Quantiles over all draws by policy and quarter, computed from the counts when first asked for."""
        return labels.label_bands(self.scenario, self.counts)

    @cached_property
    def paths(self) -> xr.Dataset:
        """The first draws as whole paths, labelled when first asked for."""
        return labels.label_paths(self.scenario, self.first)

    def quantiles(self, name: str, policy: str, **at: str) -> NDArray[np.float64]:
        """One band without the others, shape (quantile, quarter): the numbers of `bands`.

        Parameters
        ----------
        name, policy : str
        **at : str
            A label for each axis of the band, such as ``unit="rollout"``.
        """
        counts = self.counts[self.policies.index(policy)][bands.place(name)]
        return bands.BANDS[bands.place(name)].quantiles(counts[bands.cell(name, at)])

    def first_paths(self, name: str, policy: str, **at: str) -> NDArray[np.float64]:
        """One band in each kept path, shape (draw, quarter): the numbers of `paths`, labels as in `quantiles`."""
        values = bands.BANDS[bands.place(name)].read(self.first[self.policies.index(policy)])
        return np.asarray(np.asarray(values)[bands.cell(name, at)]).T

    @property
    def policies(self) -> tuple[str, ...]:
        """Names of the policies, in the order in which they were asked for."""
        return tuple(policy.name for policy in self.scenario.policies)

    def sources(self) -> str:
        """Markdown list of the sources that the result rests on."""
        tables = "".join(
            f"- {s.source}{f' <{s.url}>' if s.url else ''}\n"
            for table in ("chip_shipments", "chips", *(SCORES if self.tied else ()))
            for s in facts.sources(table)
        )
        return self.scenario.sources() + tables

    def _repr_html_(self) -> str:
        at = self.bands["china_stock"].sel(unit="h100e_16bit", quantile=0.5).isel(quarter=-1)
        rows = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{float(at.sel(policy=name)) / 1e6:,.1f}</td></tr>"
            for name in self.policies
        )
        last = np.datetime_as_string(self.bands["quarter"].values[-1], unit="D")
        return (
            f"<p>{self.scenario.draws:,} draws, seed {self.scenario.seed}, as of {self.scenario.as_of}</p>"
            f"<table><tr><th>policy</th><th>China's stock on {last}, median, million H100e (16 bit)</th></tr>"
            f"{rows}</table>"
        )


def simulate(
    policies: str | Policy | Path | Sequence[str | Policy | Path] = RECORD_POLICY,
    settings: Sequence[str] | Mapping[str, Any] = (),
    *,
    draws: int = 8192,
    seed: int = 0,
    as_of: date = date(2026, 6, 30),
    end: date = date(2035, 12, 1),
    feedback: str | None = None,
    assumptions: str | Path | None = None,
    view: View | str | Path | None = None,
    tied: bool = True,
    threads: int | None = None,
    keep_paths: int = 20,
    progress: Callable[[int, int], None] | None = None,
) -> Ensemble:
    """Simulate policies on the same draws.

    Parameters
    ----------
    policies : str, Policy, path or a sequence of them
        Presets, ``preset+stance``, or files.
    settings : sequence of "key=value", or mapping
        Changed assumptions and levers.
    draws : int
        A multiple of 8, from 8 to 2^24.
    seed : int
        Decides every random number.
    as_of : datetime.date
        Only facts knowable by then are used; later months are simulated. The ranges of assumptions stay as they are,
        which a note of the result counts when the date is an earlier one.
    end : datetime.date
        First day of the last month; the end of a quarter (March, June, September, December).
    feedback : {"off", "default", "strong"}, optional
        AI's help to AI research; unless given, that of the view, and ``default`` without one.
    tied : bool
        Whether each draw starts from the observed frontier (model.md, section on ties). Without it the model's own
        history stands: a test of the model, not a forecast.
    assumptions : path, optional
        A file of a user's own assumptions.
    view : View, str or path, optional
        A world view (`curveshift.scenario.views`); own assumptions and settings come over it.
    threads : int, optional
        Threads that run blocks; all processors unless given. Results do not depend on it.
    keep_paths : int
        Sample paths to keep: the first draws.
    progress : callable, optional
        Called with (blocks done, blocks in all).

    Returns
    -------
    Ensemble

    Raises
    ------
    CurveshiftError
        On anything unknown, malformed or out of range.

    Examples
    --------
    >>> result = simulate(["status-quo", "airtight"], draws=64, end=date(2027, 12, 1))
    >>> result.bands["china_stock"].dims
    ('quantile', 'policy', 'quarter', 'unit')
    """
    asked = (policies,) if isinstance(policies, str | Policy | Path) else tuple(policies)
    seen = None if view is None else view if isinstance(view, View) else scenario.load_view(view)
    declared = scenario.declare(
        [str(p) if isinstance(p, Path) else p for p in asked],
        settings, assumptions=assumptions, view=seen, seed=seed, draws=draws, as_of=as_of, end=end,
    )  # fmt: skip
    return run(
        declared, feedback=feedback or (seen.feedback if seen else "default"), tied=tied, threads=threads,
        keep_paths=keep_paths, progress=progress,
    )  # fmt: skip


def run(
    declared: Scenario,
    *,
    feedback: str = "default",
    tied: bool = True,
    threads: int | None = None,
    keep_paths: int = 20,
    progress: Callable[[int, int], None] | None = None,
    sampler: Callable[[Scenario, int], Sampled] = sampled_block,
) -> Ensemble:
    """Simulate a declared scenario (see `simulate`); `sampler` gives each block's draws."""
    import os

    check_threads(threads)
    record = record_policy(declared)
    # The factual path gives levels and weights; when it was asked for too, it is not run twice.
    chosen = [record, *(p for p in declared.policies if p is not record)]
    job = make_job(declared, chosen, feedback=feedback, tied=tied, sampler=sampler)
    rows = [next(i for i, p in enumerate(chosen) if p is policy) for policy in declared.policies]
    tallies, shared = [Tally() for _ in rows], Shared()
    n_blocks = -(-declared.draws // engine.BLOCK)
    for block in engine.run_blocks(job, threads or os.cpu_count() or 1):
        if progress is not None:
            progress(block.index + 1, n_blocks)
        shared.add(block, job)
        for tally, row in zip(tallies, rows, strict=True):
            tally.add(block, row, job, keep_paths)
    return ensemble_of(declared, feedback, notes_of(declared, job), job, tallies, shared)


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


def ensemble_of(
    declared: Scenario,
    feedback: str,
    notes: tuple[str, ...],
    job: engine.Job,
    tallies: Sequence[Tally],
    shared: Shared,
) -> Ensemble:
    """Put names and units on what was added up; one tally for each policy of the scenario."""
    names = tuple(sorted(declared.assumptions, key=lambda n: declared.assumptions[n].dimension))
    fit, told = shared.misfits
    known = (UNTIED,) if job.frontier is None else job.frontier.notes
    return Ensemble(
        scenario=declared,
        feedback=feedback,
        facts_digest=facts.digest(),
        notes=(*notes, *known, *told),
        draws=labels.label_draws(declared, [t.scalars for t in tallies], shared.rows, job),
        assumptions={name: shared.values[:, i] for i, name in enumerate(names)},
        counts=[t.counts(len(job.quarter_ends)) for t in tallies],
        first=[t.first for t in tallies],
        misfits=fit,
        frontier_digest="" if job.frontier is None else job.frontier.digest,
    )
