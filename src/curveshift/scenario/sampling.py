"""Draws of all assumptions: scrambled Sobol points through a Gaussian copula.

Row r of n draws belongs to replicate r // (n / replicates). Each assumption owns one Sobol dimension for
good, and each of its replicates is scrambled by a random lower-triangular bit matrix and a digital shift
(Matousek 1998) whose bits depend only on (seed, name, replicate). So a column never moves when another
assumption is added, removed or changed, and any block of rows is made alone with the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from .copula import factors
from .sobol import points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .declared import Scenario

BLOCK = 128
"""Draws that are sampled and simulated together: fixed, because the last bits depend on the shape of a call."""


@dataclass(frozen=True, eq=False)
class Draws:
    """Values of all assumptions for some rows of a scenario's draws.

    Attributes
    ----------
    names : tuple of str
        Assumptions, by rising dimension: the columns of `values`.
    values : numpy.ndarray of float64, shape (draw, assumption)
        Each in its own unit.
    replicate : numpy.ndarray of int64, shape (draw,)
        Which independent scramble each draw belongs to.
    first : int
        Index of the first row among all draws.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    replicate: NDArray[np.int64]
    first: int = 0

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Column of one assumption, shape (draw,)."""
        if name not in self.names:
            raise unknown_name("assumption", name, self.names)
        return self.values[:, self.names.index(name)]

    def __len__(self) -> int:
        return len(self.values)

    def columns(self) -> Mapping[str, NDArray[np.float64]]:
        """Every column by name."""
        return {name: self.values[:, i] for i, name in enumerate(self.names)}


class Sampled(NamedTuple):
    """What one block of draws begins with: its assumptions, and the key of its process noise."""

    draws: Draws
    noise_seed: int
    noise_block: int


def sampled_block(scenario: Scenario, block_index: int) -> Sampled:
    """The ordinary way to begin a block: its own rows, and noise keyed by the scenario's seed and the block."""
    return Sampled(sample_block(scenario, block_index), scenario.seed, block_index)


def sample(scenario: Scenario) -> Draws:
    """All draws of a scenario."""
    return _rows(scenario, 0, scenario.draws)


def sample_block(scenario: Scenario, block_index: int, block: int = BLOCK) -> Draws:
    """Rows ``block_index * block`` up to the next block: the same bytes as those rows of `sample`."""
    first = block_index * block
    if block < 1 or not 0 <= first < scenario.draws:
        raise CurveshiftError(f"there is no block {block_index} of {block} in {scenario.draws} draws")
    return _rows(scenario, first, min(first + block, scenario.draws))


def _rows(scenario: Scenario, first: int, end: int) -> Draws:
    names = sorted(scenario.assumptions, key=lambda name: scenario.assumptions[name].dimension)
    per_replicate = scenario.draws // scenario.replicates
    rows = np.arange(first, end)
    replicate = rows // per_replicate
    u = np.empty((len(names), len(rows)))
    dimensions = [scenario.assumptions[name].dimension for name in names]
    for current in range(int(replicate[0]), int(replicate[-1]) + 1):
        here = replicate == current
        index = (rows[here] - current * per_replicate).astype(np.uint32)
        u[:, here] = points(dimensions, names, scenario.seed, current, index)
    place = {name: i for i, name in enumerate(names)}
    for factor in factors(scenario.assumptions, scenario.correlations):
        where = [place[name] for name in factor.names]
        for i, column in zip(where, factor.mix([u[i] for i in where]), strict=True):
            u[i] = column
    values = np.empty((len(rows), len(names)))
    for i, name in enumerate(names):
        values[:, i] = scenario.assumptions[name].distribution.ppf(u[i])
    return Draws(tuple(names), values, replicate, first)
