"""Values per draw that stay on disk: columns over the files of chunks, read when a tool asks for them."""

from __future__ import annotations

import operator
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from curveshift.errors import CurveshiftError
from curveshift.world import bands, misfit, outcomes
from curveshift.world.chunks import CHUNK, count, first_paths
from curveshift.world.tally import assumption_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.scenario import Scenario


class Column:
    """One quantity in every draw, read chunk by chunk: memory holds one chunk and what was asked for.

    Parameters
    ----------
    files : sequence of Path
        All chunks in order.
    name : str
        Name of the array in each.
    draws : int
    """

    def __init__(self, files: Sequence[Path], name: str, draws: int) -> None:
        self.files, self.name, self.draws = files, name, draws
        one = self._read(files[0])
        self.dtype = one.dtype
        self.shape = (draws, *one.shape[1:])

    def __len__(self) -> int:
        return self.draws

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[(slice(None),)], dtype=dtype)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        """Rows, then places on the other axes, each as a number, a slice or an array of numbers of its own."""
        rows, *rest = key if isinstance(key, tuple) else (key,)
        if isinstance(rows, int | np.integer):
            row = range(len(self))[operator.index(rows)]
            one = self._read(self.files[row // CHUNK])[row % CHUNK : row % CHUNK + 1]
            return np.asarray(_narrow(one, rest)[0])
        found = None
        wanted, count_of = _rows(rows, len(self))
        for chunk, (here, there) in wanted.items():
            values = _narrow(self._read(self.files[chunk])[there], rest)
            if found is None:
                found = np.empty((count_of, *values.shape[1:]), self.dtype)
            found[here] = values
        return _narrow(self._read(self.files[0])[:0], rest) if found is None else found

    def _read(self, file: Path) -> NDArray[Any]:
        return read_member(file, self.name)


def _rows(rows: Any, draws: int) -> tuple[dict[int, tuple[Any, Any]], int]:
    """For each chunk that is wanted the places in the result and the places in the chunk; and how many in all."""
    if isinstance(rows, slice) and rows.indices(draws)[2] == 1:
        begin, end, _ = rows.indices(draws)
        spans = {
            chunk: (max(begin, chunk * CHUNK), min(end, (chunk + 1) * CHUNK))
            for chunk in range(begin // CHUNK, -(-end // CHUNK) if end > begin else 0)
        }
        return {
            chunk: (slice(low - begin, high - begin), slice(low - chunk * CHUNK, high - chunk * CHUNK))
            for chunk, (low, high) in spans.items()
        }, max(end - begin, 0)
    wanted = np.arange(draws, dtype=np.int64)[rows]
    order = np.argsort(wanted, kind="stable")
    chunks, begins = np.unique(wanted[order] // CHUNK, return_index=True)
    found = {}
    for chunk, begin, end in zip(chunks, begins, [*begins[1:], len(order)][: len(chunks)], strict=True):
        part = order[begin:end]
        found[int(chunk)] = (part, wanted[part] - chunk * CHUNK)
    return found, len(wanted)


def read_member(file: Path, name: str) -> NDArray[Any]:
    """One array of a chunk's file, without the others."""
    try:
        # Opened here, since NumPy leaves a file open whose content it refuses.
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as found:
            return np.asarray(found[name])
    except (
        OSError,
        ValueError,
        KeyError,
        EOFError,
        NotImplementedError,
        zlib.error,
        zipfile.BadZipFile,
    ) as err:
        what = f"{name} cannot be read ({err}): run again with --resume, which computes the chunk anew"
        raise CurveshiftError(what, str(file)) from err


def _narrow(values: NDArray[Any], rest: Sequence[Any]) -> NDArray[Any]:
    """Take places on each axis after the first, independently; the last axis first, since a number removes its own."""
    for axis in range(len(rest), 0, -1):
        values = values[(slice(None),) * axis + (rest[axis - 1],)]
    return values


class StoredTally:
    """One policy's outcomes in a store, as `curveshift.world.tally.Tally` has them in memory.

    Attributes
    ----------
    total : array of int, shape (cell, bin)
    first : Series
    """

    def __init__(self, files: Sequence[Path], policy: int, draws: int) -> None:
        self._files, self._policy, self._draws = files, policy, draws
        own = f"policy{policy}."
        self.total = bands.empty(int(read_member(files[0], f"{own}cells")))
        for file in files:
            count(self.total, read_member(file, f"{own}gaps"), read_member(file, f"{own}counts"))

    @cached_property
    def first(self) -> outcomes.Series:
        """The first draws as whole paths, last axis the draw."""
        parts = []
        for file in self._files:
            with np.load(file, allow_pickle=False) as found:
                paths = first_paths(found, self._policy)
            if paths is None:
                break
            parts.append(paths)
        return outcomes.Series(*(np.concatenate(x, axis=-1) for x in zip(*parts, strict=True)))

    def counts(self, quarters: int) -> list[NDArray[np.integer[Any]]]:
        """Draws by bin of every band."""
        return bands.by_band(self.total, quarters)

    def column(self, name: str) -> Column:
        """Values of one quantity in every draw, first axis the draw."""
        return Column(self._files, f"policy{self._policy}.{name}", self._draws)


class StoredShared:
    """What policies share, in a store, as `curveshift.world.tally.Shared` has it in memory."""

    def __init__(self, files: Sequence[Path], draws: int) -> None:
        self._files, self._draws = files, draws

    def column(self, name: str) -> Column:
        """Level, weight or replicate of every draw."""
        return Column(self._files, name, self._draws)

    def assumptions(self, declared: Scenario) -> StoredAssumptions:
        """What was drawn for each assumption, shape (draw,)."""
        return StoredAssumptions(self.column("assumptions"), assumption_names(declared))

    def tied(self) -> misfit.Tied:
        """The ties of all draws, read in part when asked for."""
        names = misfit.Tied.__dataclass_fields__
        return misfit.Tied(**{name: self.column(f"ties.{name}") for name in names})  # type: ignore[arg-type]

    def misfits(self, months: int) -> misfit.Told:
        """The untied model against that many months of the record."""
        return misfit.told(self.tied(), months)


class StoredAssumptions(Mapping[str, "NDArray[np.float64]"]):
    """Draws of assumptions by name, each read from the store when asked for."""

    def __init__(self, column: Column, names: Sequence[str]) -> None:
        self._column, self._places = column, {name: i for i, name in enumerate(names)}

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        return self._column[:, self._places[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
