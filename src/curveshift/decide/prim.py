"""Boxes in which an event is likely, by patient rule induction, and their quasi-p-values.

An own implementation: those on the package index take no weights, and bring plotting and learning libraries
along, or a licence that is not this one's. Peeling only, without pasting; restrictions that the quasi-p-value
does not support are taken back afterwards, which does the work of pasting in many dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

PEEL: Final = 0.05
"""Share of the box that one step takes away."""

LEAST_MASS: Final = 0.05


@dataclass(frozen=True)
class Bounds:
    """An interval of one input, both ends outside; infinite where it is open."""

    low: float
    high: float

    def holds(self, x: Floats) -> Bools:
        """Which values lie inside."""
        return (x > self.low) & (x < self.high)


Box = Mapping[int, Bounds]


@dataclass(frozen=True)
class BoxShares:
    """A box measured on a sample.

    Attributes
    ----------
    coverage : float
        Share of all that is of interest which lies in the box.
    density : float
        Share of the box which is of interest.
    mass : float
        Share of the sample in the box.
    effective : float
        Effective number of draws in the box (Kish).
    """

    coverage: float
    density: float
    mass: float
    effective: float


def inside(box: Box, x: Floats, without: int | None = None) -> Bools:
    """Which rows of an array of shape (draw, input) lie in a box, one restriction left out if asked."""
    held = np.ones(len(x), dtype=np.bool_)
    for column, bounds in box.items():
        if column != without:
            held &= bounds.holds(x[:, column])
    return held


def measure(held: Bools, event: Bools, weight: Floats) -> BoxShares:
    """Coverage, density and mass of the rows in a box."""
    within, both = float(weight @ held), float(weight @ (held & event))
    whole, wanted = float(weight.sum()), float(weight @ event)
    squares = float((weight**2) @ held)
    return BoxShares(
        both / wanted if wanted > 0 else np.nan,
        both / within if within > 0 else np.nan,
        within / whole,
        within**2 / squares if squares > 0 else 0.0,
    )


def peeled(
    x: Floats,
    event: Bools,
    weight: Floats,
    least_mass: float = LEAST_MASS,
    columns: Sequence[int] | None = None,
) -> Iterator[dict[int, Bounds]]:
    """Boxes from the whole sample inwards, each a step smaller than the one before.

    Of all inputs and both ends, a step takes away the slice whose loss raises the density most for each
    draw lost, so that inputs with few values compete with the others. Only some `columns` are cut if asked.

    References
    ----------
    Friedman and Fisher (1999), Bump hunting in high-dimensional data, Statistics and Computing 9, 123-143;
    Kwakkel and Jaxa-Rozen (2016), Environmental Modelling & Software 79, 311-321, on the objective.
    """
    searched = range(x.shape[1]) if columns is None else columns
    order = {column: np.argsort(x[:, column], kind="stable") for column in searched}
    held = np.ones(len(x), dtype=np.bool_)
    box: dict[int, Bounds] = {}
    floor = least_mass * float(weight.sum())
    gain = weight * event
    while True:
        mass, wanted = float(weight @ held), float(gain @ held)
        if not 0.0 < wanted < mass:
            return
        best, cut = 0.0, None
        for column, sorted_column in order.items():
            rows = sorted_column[held[sorted_column]]
            for end, sorted_rows in ((0, rows), (1, rows[::-1])):
                values = x[sorted_rows, column]
                so_far = np.cumsum(weight[sorted_rows])
                # Equal values go together.
                last = values[min(int(np.searchsorted(so_far, PEEL * mass)), len(rows) - 1)]
                gone = int(
                    np.searchsorted(values if end == 0 else -values, last if end == 0 else -last, "right")
                )
                if gone == len(rows) or mass - so_far[gone - 1] < floor or so_far[gone - 1] <= 0.0:
                    continue
                lost = so_far[gone - 1]
                density = (wanted - gain[sorted_rows[:gone]].sum()) / (mass - lost)
                rise = (density - wanted / mass) / lost
                if rise > best:
                    best, cut = rise, (column, end, (values[gone - 1] + values[gone]) / 2.0)
        if cut is None:
            return
        column, end, at = cut
        old = box.get(column, Bounds(-np.inf, np.inf))
        box = {**box, column: Bounds(at, old.high) if end == 0 else Bounds(old.low, at)}
        held &= box[column].holds(x[:, column])
        yield box


def quasi_p_value(column: int, box: Box, x: Floats, event: Bools, weight: Floats) -> float:
    """Chance that as dense a box comes about when the restriction of one input picks draws at random.

    A one-sided binomial test of the box against the box without that restriction. "Quasi" because the
    restriction was chosen on a sample: it ranks restrictions, and is no test of a hypothesis fixed beforehand.

    References
    ----------
    Bryant and Lempert (2010), Thinking inside the box, Technological Forecasting and Social Change 77, 34-49.
    """
    from scipy.special import bdtrc

    wide = measure(inside(box, x, without=column), event, weight)
    narrow = measure(inside(box, x), event, weight)
    n = round(narrow.effective)
    successes = round(narrow.density * n) if n else 0
    if successes == 0:
        return 1.0
    return float(bdtrc(successes - 1, n, wide.density))


def supported(
    box: Box, x: Floats, event: Bools, weight: Floats, most: float
) -> tuple[dict[int, Bounds], dict[int, float]]:
    """Take back restrictions, the least supported first, until every quasi-p-value is at most `most`."""
    kept = dict(box)
    while True:
        found = {column: quasi_p_value(column, kept, x, event, weight) for column in kept}
        if not found or max(found.values()) <= most:
            return kept, found
        del kept[max(found, key=lambda column: found[column])]
