"""Run a scenario and keep what is asked of it: quantiles over draws, values per draw, sample paths."""

from __future__ import annotations

import html
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift import facts, scenario
from curveshift.errors import CurveshiftError
from curveshift.scenario import Policy, Scenario, View
from curveshift.scenario.sampling import Sampled, sampled_block
from curveshift.world import bands, engine, gathering, labels, misfit, outcomes
from curveshift.world.chunks import Task, prepare
from curveshift.world.jobs import RECORD_POLICY, check_threads, notes_of
from curveshift.world.reopening import plain_call
from curveshift.world.store import StoreWarning

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from curveshift.world.stored import StoredShared, StoredTally
    from curveshift.world.tally import Shared, Tally

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
    store: str | Path | None = None,
    resume: bool = False,
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
    store : path, optional
        A new folder that chunks of draws are written to as they come; values per draw stay in it and are read when
        asked for.
    resume : bool
        Take up a store that an earlier run of the same call left.

    Returns
    -------
    Ensemble

    Raises
    ------
    CurveshiftError
        On anything unknown, malformed or out of range; for a store of another run, of other facts or of another
        version.

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
    chosen = feedback or (seen.feedback if seen else "default")
    call = None if store is None else plain_call(
        asked, settings, assumptions, view, seed=seed, draws=draws, as_of=as_of, end=end, feedback=chosen, tied=tied,
        keep_paths=keep_paths,
    )  # fmt: skip
    return run(
        declared, feedback=chosen, tied=tied, threads=threads, keep_paths=keep_paths, progress=progress,
        store=store, resume=resume, call=call,
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
    store: str | Path | None = None,
    resume: bool = False,
    call: Mapping[str, Any] | None = None,
) -> Ensemble:
    """Simulate a declared scenario (see `simulate`); `sampler` gives each block's draws.

    `call` is how `open_store` declares the scenario again: arguments of `simulate` as plain data.
    """
    import os

    check_threads(threads)
    if resume and store is None:
        raise CurveshiftError(
            "only a run with a store can be resumed: name its folder with --store", "--resume"
        )
    prepared = prepare(Task(declared, feedback, tied, keep_paths, sampler))
    job, processors = prepared.job, threads or os.cpu_count() or 1
    if store is None:
        gathered = gathering.gather(prepared, processors, progress)
        return ensemble_of(declared, feedback, notes_of(declared, job), job, *gathered)
    held = gathering.open_store_for(store, prepared, facts.digest(), call, resume=resume)
    with closing(held):
        for said in held.said:
            warnings.warn(said, StoreWarning, stacklevel=2)
        tallies, shared = gathering.gather_into(held, prepared, processors, progress)
        found = ensemble_of(declared, feedback, notes_of(declared, job), job, tallies, shared)
        held.finish(found.notes, gathering.failed_draws(found))
    return found


def ensemble_of(
    declared: Scenario,
    feedback: str,
    notes: tuple[str, ...],
    job: engine.Job,
    tallies: Sequence[Tally] | Sequence[StoredTally],
    shared: Shared | StoredShared,
) -> Ensemble:
    """Put names and units on what was added up; one tally for each policy of the scenario."""
    fit: tuple[misfit.Misfit, ...] = ()
    if job.frontier is None:
        notes = (*notes, UNTIED)
    else:
        fit, told = shared.misfits(job.frontier.levels.shape[1])
        notes = (*notes, *job.frontier.notes, *told)
    return Ensemble(
        scenario=declared,
        feedback=feedback,
        facts_digest=facts.digest(),
        notes=notes,
        draws=labels.label_draws(declared, tallies, shared, job),
        assumptions=shared.assumptions(declared),
        counts=[t.counts(len(job.quarter_ends)) for t in tallies],
        first=[t.first for t in tallies],
        misfits=fit,
        frontier_digest="" if job.frontier is None else job.frontier.digest,
    )
