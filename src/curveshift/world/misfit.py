"""The untied model against the observed frontier: how far off, in orders of magnitude and in months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from curveshift.world.observed import month_end
from curveshift.world.systems import CONTENDERS
from curveshift.world.tying import record_months

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from curveshift.world.engine import BlockResult

    Floats = NDArray[np.float64]

_LEVELS = (0.05, 0.5, 0.95)
# Orders of magnitude; rounding is a thousand times less.
_TIED_WITHIN = 1e-9


@dataclass(frozen=True)
class Misfit:
    """One bloc at one date; each triple is the 5th, 50th and 95th percentile over draws.

    Attributes
    ----------
    when, bloc : str
    observed, untied : tuple of float
        Best capability, log10 effective FLOP of 2024.
    difference_oom : tuple of float
        Untied less observed, draw by draw.
    months_late : tuple of float
        Months by which the untied model reaches what was observed later than it was; negative when earlier.
    inside : float
        Share of the observed draws that lie in the untied model's 90 % interval.
    """

    when: str
    bloc: str
    observed: tuple[float, float, float]
    untied: tuple[float, float, float]
    difference_oom: tuple[float, float, float]
    months_late: tuple[float, float, float]
    inside: float


@dataclass(frozen=True)
class Tied:
    """What one block says of its ties.

    Attributes
    ----------
    observed, untied, months_late : array, shape (draw, date, bloc)
    floor_lowered : array of bool, shape (draw, bloc)
        Whether the level of open weights is held at the record from the as-of date on.
    error : array, shape (draw,)
        Largest difference between the tied factual history and the record at the ends of quarters.
    """

    observed: Floats
    untied: Floats
    months_late: Floats
    floor_lowered: NDArray[np.bool_]
    error: Floats


Told: TypeAlias = tuple[tuple[Misfit, ...], tuple[str, ...]]
"""The untied model against the record, in numbers and in words."""


def of_block(block: BlockResult) -> Tied | None:
    """Read the ties of one block; None when nothing is tied."""
    if block.observed is None or block.pair is None or block.ties is None:
        return None
    known = np.asarray(block.observed.known)
    frontier = np.where(known > 0, np.asarray(block.observed.frontier), np.nan)
    at = record_months(len(frontier))
    quarters = np.arange(2, len(frontier), 3)
    off = np.abs(np.asarray(block.series[0].capability)[: len(quarters)] - frontier[quarters])

    def draw_first(values: Any) -> Any:
        return np.moveaxis(np.asarray(values), -1, 0)

    return Tied(
        draw_first(frontier[at]),
        draw_first(np.asarray(block.pair.untied)),
        draw_first(np.asarray(block.pair.months_late)),
        draw_first(np.asarray(block.ties.floor)[-1] < 0),
        np.nanmax(off, axis=(0, 1)),
    )


def joined(blocks: Sequence[Tied]) -> Tied:
    """All draws."""
    parts = zip(*(vars(block).values() for block in blocks), strict=True)
    return Tied(*(np.concatenate(part) for part in parts))


def told(tied: Tied, n_months: int) -> Told:
    """`misfits`, and what they say in words."""
    rows = misfits(tied, n_months)
    return rows, tuple(in_words(rows, tied))


def misfits(tied: Tied, n_months: int) -> tuple[Misfit, ...]:
    """By date, then bloc; dates before a bloc's first scored model are left out."""
    rows = []
    for i, month in enumerate(record_months(n_months)):
        for j, bloc in enumerate(CONTENDERS):
            seen = tied.observed[:, i, j]
            if not np.isfinite(seen).all():
                continue
            # One after the other: with a million draws each of these is what a run's memory grows by.
            observed, model = _three(seen), tied.untied[:, i, j]
            untied = _three(model)
            inside = float(np.mean((seen >= untied[0]) & (seen <= untied[2])))
            off = model - seen
            del model, seen
            difference = _three(off)
            del off
            late = _three(tied.months_late[:, i, j])
            rows.append(
                Misfit(month_end(month).isoformat(), bloc, observed, untied, difference, late, inside)
            )
    return tuple(rows)


def _three(values: Floats) -> tuple[float, float, float]:
    # Without interpolation: months late may be infinite.
    low, mid, high = np.quantile(values, _LEVELS, method="inverted_cdf")
    return float(low), float(mid), float(high)


def in_words(rows: Sequence[Misfit], tied: Tied) -> list[str]:
    """Sentences for the notes of a result."""
    said = []
    loose = float(np.mean(np.asarray(tied.error) > _TIED_WITHIN))
    if loose:
        said.append(
            f"In {loose:.1%} of draws no shift gives the observed frontier: they are not tied in full."
        )
    for bloc in CONTENDERS:
        own = [row for row in rows if row.bloc == bloc]
        if not own:
            continue
        last = own[-1]
        low, mid, high = last.difference_oom
        early, late, latest = (
            f"{x:+.0f}" if np.isfinite(x) else "beyond the horizon" for x in last.months_late
        )
        inside = sum(row.inside for row in own) / len(own)
        said.append(
            f"Without ties the model has the frontier of {bloc} on {last.when} {mid:+.1f} orders of magnitude "
            f"({low:+.1f} to {high:+.1f}) from the observed one and is {late} months late "
            f"({early} to {latest}); over {len(own)} dates {inside:.0%} of the observed draws lie in its "
            "90 % interval."
        )
        lowered = float(tied.floor_lowered[:, CONTENDERS.index(bloc)].mean())
        if lowered:
            said.append(
                f"In {lowered:.0%} of draws the other's open weights would have put {bloc} above the record: what "
                "they give is lowered to it."
            )
    return said
