"""Draws kept with their factual history, so that each further policy costs only its own months."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from curveshift.world import engine
from curveshift.world.ensemble import ensemble_of
from curveshift.world.jobs import check_threads, make_job, notes_of, record_policy
from curveshift.world.rules import compile_policy
from curveshift.world.tally import Shared, Tally

if TYPE_CHECKING:
    from curveshift.scenario import Policy, Scenario
    from curveshift.world.ensemble import Ensemble


class Kept:
    """The draws of a scenario and their factual history, on which policies are run one by one.

    Results are those of `curveshift.simulate`, byte for byte, whatever was run before.

    Parameters
    ----------
    declared : Scenario
        Its policies do not matter.
    feedback : {"off", "default", "strong"}
    tied : bool
    threads : int
        Threads that run blocks, at least 1.
    keep_paths : int
        Sample paths to keep, at most 128.
    keep_blocks : int
        Blocks whose drawn arrays stay in memory, about 13 MB each with the default horizon; the others are drawn
        again for each policy.
    progress : callable, optional
        Called with (blocks done, blocks in all); what it raises ends the work.

    Raises
    ------
    CurveshiftError
        As `curveshift.simulate`.

    Examples
    --------
    >>> from datetime import date
    >>> from curveshift.scenario import declare, load_policy
    >>> kept = Kept(declare("status-quo", draws=64, end=date(2027, 12, 1)))
    >>> strict = kept.tally(load_policy("airtight"))
    >>> kept.ensemble([load_policy("airtight")], [strict]).policies
    ('airtight',)
    """

    def __init__(
        self,
        declared: Scenario,
        *,
        feedback: str = "default",
        tied: bool = True,
        threads: int = 1,
        keep_paths: int = 20,
        keep_blocks: int = 2,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        check_threads(threads)
        self.record = record_policy(declared)
        self.declared = declared
        self.feedback = feedback
        self._threads, self._keep_paths = threads, keep_paths
        self._job = make_job(declared, [self.record], feedback=feedback, tied=tied)
        self._starts: dict[int, engine.Start] = {}
        self._factual: list[engine.Factual] = []
        self._shared = Shared()
        self.factual = Tally()

        def first(index: int) -> tuple[engine.Start, engine.Factual, engine.BlockResult]:
            start = engine.start_block(self._job, index)
            run = engine.run_policy(self._job, start, 0, None)
            factual = engine.Factual(run.scalars.level, run.ties)
            return start, factual, engine.block_result(self._job, start, [run])

        for start, factual, block in self._in_order(first, progress):
            if start.block < keep_blocks:
                self._starts[start.block] = start
            self._factual.append(factual)
            self._shared.add(block, self._job)
            self.factual.add(block, 0, self._job, keep_paths)
        self.factual.pack()

    @property
    def nbytes(self) -> int:
        """Memory that the draws and their factual history take."""
        import jax

        held = (self._starts, self._factual, self._shared.drawn)
        arrays = (x for x in jax.tree.leaves(held) if hasattr(x, "nbytes"))
        return self.factual.nbytes + sum(int(x.nbytes) for x in arrays)

    def tally(self, policy: Policy, progress: Callable[[int, int], None] | None = None) -> Tally:
        """Run one policy on the kept draws; the history of the record is known already."""
        if policy == self.record:
            return self.factual
        declared, history = self.declared, self._job.history
        months = compile_policy(
            policy, declared.levers, self.record, history, len(declared.months), declared.as_of
        )
        job = replace(
            self._job,
            compiled=[*self._job.compiled, months],
            half_lives=[*self._job.half_lives, policy.half_life_years],
        )

        def run(index: int) -> engine.BlockResult:
            start = self._starts.get(index) or engine.start_block(job, index)
            return engine.block_result(
                self._job, start, [engine.run_policy(job, start, 1, self._factual[index])]
            )

        found = Tally()
        for block in self._in_order(run, progress):
            found.add(block, 0, job, self._keep_paths)
        found.pack()
        return found

    def ensemble(self, policies: Sequence[Policy], tallies: Sequence[Tally]) -> Ensemble:
        """The ensemble of some policies from their tallies, in the same order."""
        declared = replace(self.declared, policies=tuple(policies))
        notes = notes_of(declared, self._job)
        return ensemble_of(declared, self.feedback, notes, self._job, tallies, self._shared)

    def _in_order(
        self, work: Callable[[int], engine.Done], progress: Callable[[int, int], None] | None
    ) -> Iterator[engine.Done]:
        n_blocks = -(-self.declared.draws // engine.BLOCK)
        for i, done in enumerate(engine.in_order(work, range(n_blocks), self._threads)):
            if progress is not None:
                progress(i + 1, n_blocks)
            yield done
