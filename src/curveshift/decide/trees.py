"""A small readable tree of an event: at each branch the cut that separates it best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

LEAST_LEAF: Final = 0.05


@dataclass(frozen=True)
class Node:
    """A branch or a leaf.

    Attributes
    ----------
    share : float
        Share of the node's draws that are of interest, on the draws that the tree was not grown on.
    mass : float
        Share of these draws that are in the node.
    column : int or None
        Input that is cut; None for a leaf.
    cut : float
    below, above : Node or None
        Draws with the input below the cut, and the others.
    """

    share: float
    mass: float
    column: int | None = None
    cut: float = float("nan")
    below: Node | None = None
    above: Node | None = None


@dataclass(frozen=True)
class Sample:
    """Rows of a table with what they are and weigh."""

    x: Floats
    event: Bools
    weight: Floats

    def where(self, rows: Bools) -> Sample:
        """Some of the rows."""
        return Sample(self.x[rows], self.event[rows], self.weight[rows])


def grow(grown: Sample, held_out: Sample, depth: int) -> Node:
    """Grow a tree on some draws and say on others how often the event happens in each node.

    Parameters
    ----------
    grown, held_out : Sample
        With inputs of shape (draw, input).
    depth : int
        Largest number of cuts on the way to a leaf.

    References
    ----------
    Breiman, Friedman, Olshen and Stone (1984), Classification and Regression Trees; cuts by Gini impurity.
    """
    whole = (float(grown.weight.sum()), float(held_out.weight.sum()))
    return _node(grown, held_out, depth, whole)


def _node(grown: Sample, held_out: Sample, depth: int, whole: tuple[float, float]) -> Node:
    mass = float(held_out.weight.sum())
    share = float(held_out.weight @ held_out.event) / mass if mass > 0 else float("nan")
    found = best_cut(grown, LEAST_LEAF * whole[0]) if depth else None
    if found is None:
        return Node(share, mass / whole[1])
    column, cut = found
    here, there = grown.x[:, column] < cut, held_out.x[:, column] < cut
    below = _node(grown.where(here), held_out.where(there), depth - 1, whole)
    above = _node(grown.where(~here), held_out.where(~there), depth - 1, whole)
    return Node(share, mass / whole[1], column, cut, below, above)


def best_cut(sample: Sample, least: float) -> tuple[int, float] | None:
    """Input and value that leave the least impurity; None when no cut with `least` weight on both sides helps."""
    order = np.argsort(sample.x, axis=0, kind="stable")
    values = np.take_along_axis(sample.x, order, axis=0)
    mass = np.cumsum(sample.weight[order], axis=0)
    wanted = np.cumsum((sample.weight * sample.event)[order], axis=0)
    all_mass, all_wanted = float(sample.weight.sum()), float(sample.weight @ sample.event)
    left, right = mass[:-1], all_mass - mass[:-1]
    allowed = (values[1:] > values[:-1]) & (left >= least) & (right >= least)
    if not allowed.any() or not 0.0 < all_wanted < all_mass:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        # Weighted Gini impurity falls as the sum of (wanted squared over mass) rises.
        pure = wanted[:-1] ** 2 / left + (all_wanted - wanted[:-1]) ** 2 / right
    pure = np.where(allowed, pure, -np.inf)
    row, column = np.unravel_index(int(np.argmax(pure)), pure.shape)
    if not pure[row, column] > all_wanted**2 / all_mass * (1 + 1e-12):
        return None
    return int(column), float((values[row, column] + values[row + 1, column]) / 2.0)
