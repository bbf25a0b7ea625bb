"""Where the chunks of a run come from and where they go: threads or a cluster; memory, scratch files or a store."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from curveshift.errors import CurveshiftError
from curveshift.records import atomic_write
from curveshift.world import chunks, cluster
from curveshift.world.chunks import CHUNK, Prepared
from curveshift.world.store import Store, chunk_name, open_for
from curveshift.world.stored import StoredShared, StoredTally
from curveshift.world.tally import Shared, Tally

if TYPE_CHECKING:
    from curveshift.scenario import Scenario
    from curveshift.world import engine
    from curveshift.world.ensemble import Ensemble

IN_MEMORY: Final = 2**17
"""Draws times policies up to which values per draw are held in memory: 0.4 to 0.7 GB of them."""

Progress = Callable[[int, int], None]
Gathered = tuple[Sequence[Tally] | Sequence[StoredTally], Shared | StoredShared]


class Files(list[Path]):
    """Files of chunks in order; those of a run without a store go when nothing refers to them any more."""


def gather(prepared: Prepared, threads: int, progress: Progress | None) -> Gathered:
    """Compute a run that has no store."""
    task = prepared.task
    if task.declared.draws * len(prepared.rows) > IN_MEMORY:
        return _in_scratch(prepared, threads, progress)
    if cluster.current() is None:
        return chunks.add_up(prepared, _watched(prepared, threads, progress))
    found = {
        number: chunks.unpack(content, len(prepared.rows))
        for number, content in _computed(prepared, range(task.n_chunks), threads, progress)
    }
    tallies, shared = [Tally() for _ in prepared.rows], Shared()
    for number in range(task.n_chunks):
        own, common = found[number]
        shared.extend(common)
        for tally, later in zip(tallies, own, strict=True):
            tally.extend(later)
    return tallies, shared


def gather_into(store: Store, prepared: Prepared, threads: int, progress: Progress | None) -> Gathered:
    """Compute what is missing in a store and read the whole from it."""
    for number, content in _computed(prepared, store.missing, threads, progress):
        store.write(number, content)
    return read(Files(store.files), prepared.task.declared)


def read(files: Files, declared: Scenario) -> Gathered:
    """Complete chunks as what was added up; values per draw stay on disk."""
    tallies = [StoredTally(files, i, declared.draws) for i in range(len(declared.policies))]
    return tallies, StoredShared(files, declared.draws)


def failed_draws(found: Ensemble) -> dict[str, int]:
    """Draws that gave something not finite, by policy."""
    return {name: int(found.draws["failed"].sel(policy=name).sum()) for name in found.policies}


def open_store_for(
    folder: str | Path,
    prepared: Prepared,
    facts_digest: str,
    call: Mapping[str, Any] | None,
    *,
    resume: bool,
) -> Store:
    """Begin or take up the store of a run (see `curveshift.world.store.open_for`)."""
    task, frontier = prepared.task, prepared.job.frontier
    declared = task.declared
    run = {
        "scenario_sha256": declared.hash(),
        "facts_sha256": facts_digest,
        "frontier_sha256": "" if frontier is None else frontier.digest,
        "policies": [policy.name for policy in declared.policies],
        "draws": declared.draws,
        "replicates": declared.replicates,
        "seed": declared.seed,
        "as_of": declared.as_of.isoformat(),
        "end": declared.end.isoformat(),
        "feedback": task.feedback,
        "tied": task.tied,
        "keep_paths": task.keep_paths,
        "chunk_draws": CHUNK,
    }
    return open_for(Path(folder), run, task.n_chunks, call, resume=resume)


def _in_scratch(prepared: Prepared, threads: int, progress: Progress | None) -> Gathered:
    folder = Path(tempfile.mkdtemp(prefix="curveshift-"))
    files = Files(folder / chunk_name(i) for i in range(prepared.task.n_chunks))
    weakref.finalize(files, shutil.rmtree, folder, ignore_errors=True)
    for number, content in _computed(prepared, range(prepared.task.n_chunks), threads, progress):
        try:
            atomic_write(files[number], content)
        except CurveshiftError as err:
            raise CurveshiftError(
                f"{err.what}: a run of this size keeps values per draw on disk; set TMPDIR to a folder with room, or "
                "give the run a store",
                err.where,
            ) from err
    return read(files, prepared.task.declared)


def _computed(
    prepared: Prepared, wanted: Sequence[int], threads: int, progress: Progress | None
) -> Iterator[tuple[int, bytes]]:
    """Chunks as they come, in any order."""
    task = prepared.task
    done = task.n_blocks - sum(len(task.blocks(chunk)) for chunk in wanted)
    client = cluster.current()
    source = (
        chunks.in_threads(prepared, wanted, threads)
        if client is None
        else cluster.compute_on(client, task, wanted)
    )
    for number, content in source:
        yield number, content
        done += len(task.blocks(number))
        if progress is not None:
            progress(done, task.n_blocks)


def _watched(prepared: Prepared, threads: int, progress: Progress | None) -> Iterator[engine.BlockResult]:
    from curveshift.world import engine

    for block in engine.run_blocks(prepared.job, threads):
        if progress is not None:
            progress(block.index + 1, prepared.task.n_blocks)
        yield block
