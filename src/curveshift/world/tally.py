"""Outcomes added up block by block: what one policy gives, and what all policies share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, overload

import numpy as np

from curveshift.world import bands, engine, labels, misfit, outcomes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.scenario import Scenario

HELD_BLOCKS: Final = 4
"""Blocks whose bins are held as they came. Counts take more memory than so few draws, and time to make."""


class Counts(Sequence["NDArray[np.integer[Any]]"]):
    """Draws by bin of every band, shape (quarter, ..., bin), counted when first asked for."""

    def __init__(self, cells: NDArray[np.int16], quarters: int) -> None:
        self._cells, self._quarters = cells, quarters
        self._counted: dict[int, NDArray[np.integer[Any]]] = {}

    def __len__(self) -> int:
        return len(bands.BANDS)

    @overload
    def __getitem__(self, place: int) -> NDArray[np.integer[Any]]: ...

    @overload
    def __getitem__(self, place: slice) -> list[NDArray[np.integer[Any]]]: ...

    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        if place not in self._counted:
            self._counted[place] = bands.count(self._cells, place, self._quarters)
        return self._counted[place]


@dataclass
class Tally:
    """One policy's outcomes, in block order.

    Attributes
    ----------
    held : list of array of int16, shape (cell, draw)
        Bins of the last blocks, which are not in `total`.
    total : array of int, shape (cell, bin)
        Draws by bin of every value of every band; empty as long as all are held.
    scalars : list of dict
        Values per draw of each block.
    parts : list of Series
        The kept paths, block by block.
    """

    held: list[NDArray[np.int16]] = field(default_factory=list)
    total: NDArray[Any] = field(default_factory=lambda: bands.empty(0))
    scalars: list[dict[str, NDArray[Any]]] = field(default_factory=list)
    parts: list[outcomes.Series] = field(default_factory=list)

    def add(self, block: engine.BlockResult, row: int, job: engine.Job, keep_paths: int) -> None:
        """Add the next block, in which the policy has this row."""
        series = block.series[row]
        if len(self.held) == HELD_BLOCKS:
            self._count_held()
        if (kept := keep_paths - block.index * engine.BLOCK) > 0:
            self.parts.append(outcomes.Series(*(x[..., :kept].copy() for x in series)))
        self.held.append(block.bins[row].astype(np.int16))
        self.scalars.append(labels.per_draw(series, block.scalars[row], job))

    def extend(self, later: Tally) -> None:
        """Add the blocks that follow."""
        self.total = self.total + later.total if self.scalars else later.total
        self.scalars += later.scalars
        self.parts += later.parts

    def column(self, name: str) -> NDArray[Any]:
        """Values of one quantity in every draw, first axis the draw."""
        return np.concatenate([block[name] for block in self.scalars])

    @property
    def first(self) -> outcomes.Series:
        """The first draws as whole paths, last axis the draw."""
        return outcomes.Series(*(np.concatenate(x, axis=-1) for x in zip(*self.parts, strict=True)))

    def counted(self) -> NDArray[Any]:
        """Draws by bin of every value of every band, shape (cell, bin)."""
        self._count_held()
        return self.total

    def pack(self) -> None:
        """Hold the counts in the fewest bytes, once no more blocks come."""
        if len(self.total):
            self._count_held()
            self.total = self.total.astype(np.min_scalar_type(int(self.total.max(initial=0))))
        else:
            self.held = [np.concatenate(self.held, axis=1)]

    def counts(self, quarters: int) -> Sequence[NDArray[np.integer[Any]]]:
        """Draws by bin of every band, once no more blocks come."""
        if not len(self.total):
            return Counts(
                self.held[0] if len(self.held) == 1 else np.concatenate(self.held, axis=1), quarters
            )
        self._count_held()
        return bands.by_band(self.total, quarters)

    @property
    def nbytes(self) -> int:
        """Memory that its arrays take."""
        rows = (array for block in self.scalars for array in block.values())
        paths = (np.asarray(array) for series in self.parts for array in series)
        return self.total.nbytes + sum(array.nbytes for part in (self.held, rows, paths) for array in part)

    def _count_held(self) -> None:
        if not len(self.total):
            self.total = bands.empty(len(self.held[0]))
        for found in self.held:
            bands.add(self.total, found)
        self.held.clear()


@dataclass
class Shared:
    """What the factual path gives for all policies, in block order.

    Attributes
    ----------
    rows : list of dict
        Level, weight and replicate of each draw.
    drawn : list of array, shape (draw, assumption)
    ties : list of Tied
    """

    rows: list[dict[str, NDArray[Any]]] = field(default_factory=list)
    drawn: list[NDArray[np.float64]] = field(default_factory=list)
    ties: list[misfit.Tied] = field(default_factory=list)
    _fit: misfit.Told | None = None

    def add(self, block: engine.BlockResult, job: engine.Job) -> None:
        """Add the next block, whose first row is the factual path."""
        factual = block.scalars[0]
        crossed = np.min(factual.crossing_month, axis=2) <= job.as_of_month
        self.drawn.append(block.assumptions)
        self.rows.append({"level": factual.level, "weight": 1.0 - crossed, "replicate": block.replicate})
        if (tied := misfit.of_block(block)) is not None:
            self.ties.append(tied)

    def extend(self, later: Shared) -> None:
        """Add the blocks that follow."""
        self.rows += later.rows
        self.drawn += later.drawn
        self.ties += later.ties

    def column(self, name: str) -> NDArray[Any]:
        """Level, weight or replicate of every draw."""
        return np.concatenate([block[name] for block in self.rows])

    def assumptions(self, declared: Scenario) -> Mapping[str, NDArray[np.float64]]:
        """What was drawn for each assumption, shape (draw,), once no more blocks come."""
        return {name: self._values[:, i] for i, name in enumerate(assumption_names(declared))}

    def tied(self) -> misfit.Tied:
        """The ties of all draws."""
        return misfit.joined(self.ties)

    def misfits(self, months: int) -> misfit.Told:
        """The untied model against that many months of the record, once no more blocks come."""
        if self._fit is None:
            self._fit = misfit.told(self.tied(), months)
        return self._fit

    @cached_property
    def _values(self) -> NDArray[np.float64]:
        return np.concatenate(self.drawn)


def assumption_names(declared: Scenario) -> Sequence[str]:
    """Assumptions in the order of their columns of draws."""
    return sorted(declared.assumptions, key=lambda name: declared.assumptions[name].dimension)
