"""Chunks of draws: some whole blocks as one task and one file, the same bytes wherever they are made.

A chunk is a NumPy .npz file. What has a value per draw stands in it as it is, so that it can be read in part;
counts of bins, most of which are zero, are deflated.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.scenario.sampling import BLOCK, Sampled
from curveshift.world import bands, engine, misfit, outcomes
from curveshift.world.jobs import make_job, record_policy
from curveshift.world.tally import Shared, Tally

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.scenario import Scenario

CHUNK_BLOCKS: Final = 16
CHUNK: Final = CHUNK_BLOCKS * BLOCK
"""Draws of a chunk. Results do not depend on it; a store keeps the size that it was begun with."""

_DEFLATED: Final = (".gaps", ".counts")


@dataclass(frozen=True)
class Task:
    """What anyone needs to compute the chunks of a run: a declaration, and no arrays."""

    declared: Scenario
    feedback: str
    tied: bool
    keep_paths: int
    sampler: Callable[[Scenario, int], Sampled]

    @property
    def n_blocks(self) -> int:
        """Blocks of the whole run."""
        return -(-self.declared.draws // BLOCK)

    @property
    def n_chunks(self) -> int:
        """Chunks of the whole run; the last one may be shorter."""
        return -(-self.declared.draws // CHUNK)

    def blocks(self, chunk: int) -> range:
        """Blocks of one chunk."""
        return range(chunk * CHUNK_BLOCKS, min((chunk + 1) * CHUNK_BLOCKS, self.n_blocks))


@dataclass(frozen=True)
class Prepared:
    """A task that is ready to run.

    Attributes
    ----------
    job : Job
        Its first policy is that of the record.
    rows : sequence of int
        Which of the job's policies each policy of the scenario is.
    """

    task: Task
    job: engine.Job
    rows: Sequence[int]


def prepare(task: Task) -> Prepared:
    """Check the settings of a task and compile its policies."""
    declared = task.declared
    record = record_policy(declared)
    # The factual path gives levels and weights; when it was asked for too, it is not run twice.
    chosen = [record, *(p for p in declared.policies if p is not record)]
    job = make_job(declared, chosen, feedback=task.feedback, tied=task.tied, sampler=task.sampler)
    rows = [next(i for i, p in enumerate(chosen) if p is policy) for policy in declared.policies]
    return Prepared(task, job, rows)


def add_up(prepared: Prepared, blocks: Iterable[engine.BlockResult]) -> tuple[list[Tally], Shared]:
    """Reduce consecutive blocks."""
    tallies, shared = [Tally() for _ in prepared.rows], Shared()
    for block in blocks:
        shared.add(block, prepared.job)
        for tally, row in zip(tallies, prepared.rows, strict=True):
            tally.add(block, row, prepared.job, prepared.task.keep_paths)
    return tallies, shared


def compute(prepared: Prepared, chunk: int) -> bytes:
    """One chunk, block after block, as the bytes of its file."""
    blocks = prepared.task.blocks(chunk)
    return pack(*add_up(prepared, (engine.run_block(prepared.job, i) for i in blocks)))


def in_threads(prepared: Prepared, wanted: Sequence[int], threads: int) -> Iterator[tuple[int, bytes]]:
    """Compute chunks one after the other; threads share the blocks of each and begin those of the next."""
    task = prepared.task
    indices = [block for chunk in wanted for block in task.blocks(chunk)]
    done = engine.in_order(partial(engine.run_block, prepared.job), indices, threads)
    for chunk in wanted:
        yield chunk, pack(*add_up(prepared, (next(done) for _ in task.blocks(chunk))))


def pack(tallies: Sequence[Tally], shared: Shared) -> bytes:
    """The bytes of a chunk's file."""
    found: dict[str, NDArray[Any]] = {name: shared.column(name) for name in shared.rows[0]}
    found["assumptions"] = np.concatenate(shared.drawn)
    if shared.ties:
        found.update({f"ties.{name}": x for name, x in vars(shared.tied()).items()})
    for i, tally in enumerate(tallies):
        for name in tally.scalars[0]:
            found[f"policy{i}.{name}"] = tally.column(name)
        total = tally.counted()
        at = np.flatnonzero(total)
        # A chunk has fewer than 2^16 draws; gaps between bins that hold any are mostly 1 and so deflate well.
        found[f"policy{i}.gaps"] = np.diff(at, prepend=0).astype(np.int32)
        found[f"policy{i}.counts"] = total.reshape(-1)[at].astype(np.uint16)
        found[f"policy{i}.cells"] = np.array(len(total))
        if tally.parts:
            found.update({f"policy{i}.first.{name}": x for name, x in tally.first._asdict().items()})
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, values in found.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(values), allow_pickle=False)
            how = zipfile.ZIP_DEFLATED if name.endswith(_DEFLATED) else zipfile.ZIP_STORED
            # ZipInfo's own date is a fixed one, so that equal content gives equal bytes.
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getbuffer(), how, compresslevel=1)
    return content.getvalue()


def unpack(content: bytes, policies: int) -> tuple[list[Tally], Shared]:
    """What `pack` packed, as one block."""
    with np.load(io.BytesIO(content), allow_pickle=False) as found:
        names = found.files
        shared = Shared([{name: found[name] for name in ("level", "weight", "replicate")}])
        shared.drawn.append(found["assumptions"])
        ties = [name for name in names if name.startswith("ties.")]
        if ties:
            shared.ties.append(misfit.Tied(**{name.removeprefix("ties."): found[name] for name in ties}))
        tallies = []
        for i in range(policies):
            own = f"policy{i}."
            scalars = {
                name.removeprefix(own): found[name]
                for name in names
                if name.startswith(own) and name.count(".") == 1 and not name.endswith((*_DEFLATED, ".cells"))
            }
            tally = Tally(total=bands.empty(int(found[f"{own}cells"])), scalars=[scalars])
            count(tally.total, found[f"{own}gaps"], found[f"{own}counts"])
            if (first := first_paths(found, i)) is not None:
                tally.parts.append(first)
            tallies.append(tally)
    return tallies, shared


def count(total: NDArray[Any], gaps: NDArray[Any], counts: NDArray[Any]) -> None:
    """Add the counts of a chunk to a total of shape (cell, bin)."""
    total.reshape(-1)[np.cumsum(gaps)] += counts


def first_paths(found: Any, policy: int) -> outcomes.Series | None:
    """The kept paths of an open chunk; None when it keeps none."""
    names = [f"policy{policy}.first.{name}" for name in outcomes.Series._fields]
    return outcomes.Series(*(found[name] for name in names)) if names[0] in found.files else None
