"""Outcomes added up block by block: what one policy gives, and what all policies share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from curveshift.world import bands, engine, labels, misfit, outcomes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.scenario import Scenario


@dataclass
class Tally:
    """One policy's outcomes, in block order.

    Attributes
    ----------
    total : array of int, shape (cell, bin)
        Draws by bin of every value of every band.
    scalars : list of dict
        Values per draw of each block.
    parts : list of Series
        The kept paths, block by block.
    """

    total: NDArray[Any] = field(default_factory=lambda: bands.empty(0))
    scalars: list[dict[str, NDArray[Any]]] = field(default_factory=list)
    parts: list[outcomes.Series] = field(default_factory=list)

    def add(self, block: engine.BlockResult, row: int, job: engine.Job, keep_paths: int) -> None:
        """Add the next block, in which the policy has this row."""
        series = block.series[row]
        if not self.scalars:
            self.total = bands.empty(len(block.bins[row]))
        if (kept := keep_paths - block.index * engine.BLOCK) > 0:
            self.parts.append(outcomes.Series(*(x[..., :kept].copy() for x in series)))
        bands.add(self.total, block.bins[row])
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

    def pack(self) -> None:
        """Hold the counts in the fewest bytes, once no more blocks come."""
        self.total = self.total.astype(np.min_scalar_type(int(self.total.max(initial=0))))


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
        """What was drawn for each assumption, shape (draw,)."""
        values = np.concatenate(self.drawn)
        return {name: values[:, i] for i, name in enumerate(assumption_names(declared))}

    def tied(self) -> misfit.Tied:
        """The ties of all draws."""
        return misfit.joined(self.ties)


def assumption_names(declared: Scenario) -> Sequence[str]:
    """Assumptions in the order of their columns of draws."""
    return sorted(declared.assumptions, key=lambda name: declared.assumptions[name].dimension)
