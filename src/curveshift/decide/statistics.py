"""Weighted probabilities and quantiles, each with its Monte Carlo error.

Weights come as rows: the first row weighs all draws, each further row those of one replicate alone, and
every row sums to one. A statistic is computed for every row in one step; the first is its value, and the
spread of the others is its error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

FEW_VALUES: Final = 8
"""An assumption with at most this many distinct values is read value by value."""

# Whole draws often share a value, and sums of weights carry rounding: a level this close counts as reached.
_SLACK = 1e-12


@dataclass(frozen=True)
class Estimate:
    """A number and its Monte Carlo standard error, both in the same unit.

    Attributes
    ----------
    value : float
        NaN when no draw weighs anything.
    error : float
        Standard deviation of the replicates' values over the square root of their number; NaN when fewer
        than two replicates give a finite value.
    """

    value: float
    error: float

    @classmethod
    def of(cls, rows: ArrayLike) -> Estimate:
        """From a statistic of all draws followed by that of each replicate.

        Examples
        --------
        >>> Estimate.of([0.5, 0.4, 0.6])
        Estimate(value=0.5, error=0.1)
        """
        whole, *parts = np.asarray(rows, dtype=np.float64)
        finite = np.asarray(parts)[np.isfinite(parts)]
        if len(finite) < 2 or len(finite) < len(parts) / 2 or not np.isfinite(whole):
            return cls(float(whole), float("nan"))
        return cls(float(whole), round(float(np.std(finite, ddof=1) / np.sqrt(len(finite))), 15))


def weight_rows(weights: ArrayLike, replicate: ArrayLike) -> Floats:
    """Normalised weights of all draws, then of each replicate.

    Parameters
    ----------
    weights : array, shape (draw,)
        At or above 0.
    replicate : array of int, shape (draw,)
        Which independent set of draws each belongs to.

    Returns
    -------
    array, shape (1 + replicates, draw)
        A row is NaN when its draws weigh nothing.

    Examples
    --------
    >>> weight_rows([1, 1, 0, 2], [0, 0, 1, 1])[0].tolist()
    [0.25, 0.25, 0.0, 0.5]
    """
    weighed = np.asarray(weights, dtype=np.float64)
    belongs = np.asarray(replicate)
    if weighed.shape != belongs.shape or weighed.ndim != 1:
        raise CurveshiftError(f"weights {weighed.shape} and replicates {belongs.shape} are not of one length")
    known = np.unique(belongs)
    # In place: with a million draws the rows are most of the memory of a report.
    rows = np.zeros((1 + len(known), len(weighed)))
    rows[0] = weighed
    for row, one in zip(rows[1:], known, strict=True):
        np.copyto(row, weighed, where=belongs == one)
    total = rows.sum(axis=1, keepdims=True)
    rows /= np.where(total > 0, total, 1.0)
    rows[~(total[:, 0] > 0)] = np.nan
    return rows


def mixed_rows(parts: Sequence[Floats]) -> Floats:
    """Rows of an equal mixture: the draws of all parts one after the other, each part with the same share."""
    rows = np.concatenate(parts, axis=1)
    rows /= len(parts)
    return rows


def expectation(values: ArrayLike, rows: Floats) -> Estimate:
    """Weighted mean; of a yes-or-no array its probability.

    Examples
    --------
    >>> rows = weight_rows([1, 1, 1, 1], [0, 0, 1, 1])
    >>> expectation([True, False, True, True], rows)
    Estimate(value=0.75, error=0.25)
    """
    return Estimate.of(rows @ np.asarray(values, dtype=np.float64))


def expectations(values: ArrayLike, rows: Floats) -> tuple[Estimate, ...]:
    """Weighted mean of each column of an array of shape (draw, column)."""
    return several([values], rows)[0]


def several(arrays: Sequence[ArrayLike], rows: Floats) -> tuple[tuple[Estimate, ...], ...]:
    """`expectations` of arrays of one shape, with their errors in one step."""
    if not arrays:
        return ()
    # A product each: one of all arrays together could round otherwise.
    means = [rows @ np.asarray(values, dtype=np.float64) for values in arrays]
    found = np.ascontiguousarray(np.concatenate(means, axis=1).T)
    parts = found[:, 1:]
    width = len(found) // len(means)
    if parts.shape[1] < 2:
        every = [Estimate.of(column) for column in found]
    else:
        # All columns at once, which gives the bits that one column alone has.
        whole = np.asarray(np.isfinite(found).all(axis=1)).tolist()
        with np.errstate(invalid="ignore"):
            errors = np.asarray(np.std(parts, axis=1, ddof=1) / np.sqrt(parts.shape[1])).tolist()
        every = [
            Estimate(value, round(error, 15)) if known else Estimate.of(column)
            for column, value, error, known in zip(found, found[:, 0].tolist(), errors, whole, strict=True)
        ]
    return tuple(tuple(every[i : i + width]) for i in range(0, len(every), width))


def conditional_mean(values: ArrayLike, given: ArrayLike, rows: Floats) -> Estimate:
    """Weighted mean among the draws in which something is true; NaN when it never is."""
    known = np.asarray(given, dtype=np.float64)
    both = rows @ (np.asarray(values, dtype=np.float64) * known)
    base = rows @ known
    return Estimate.of(np.where(base > 0, both / np.where(base > 0, base, 1.0), np.nan))


def quantiles(values: ArrayLike, levels: Sequence[float], rows: Floats) -> tuple[Estimate, ...]:
    """Smallest values with at least these probabilities at or below them.

    Parameters
    ----------
    values : array, shape (draw,)
        NaN is left out, and the rest rescaled; infinite values count, so that a quantile may be infinite.
    levels : sequence of float
        Strictly between 0 and 1.
    rows : array, shape (1 + replicates, draw)
        As `weight_rows` gives them.

    Examples
    --------
    >>> rows = weight_rows([1, 1, 1, 1], [0, 0, 1, 1])
    >>> quantiles([3.0, 1.0, 2.0, float("inf")], [0.5, 0.9], rows)[1].value
    inf
    """
    wrong = [level for level in levels if not 0 < level < 1]
    if wrong:
        raise CurveshiftError(f"quantile {wrong[0]:g} does not lie between 0 and 1")
    x = np.asarray(values, dtype=np.float64)
    order = np.argsort(x, kind="stable")
    order = order[~np.isnan(x[order])]
    found = np.full((len(rows), len(levels)), np.nan)
    wanted = np.asarray(levels, dtype=np.float64)
    for i, row in enumerate(rows):
        reached = np.cumsum(row[order])
        if not len(reached) or not reached[-1] > 0:
            continue
        place = np.searchsorted(reached / reached[-1], wanted - _SLACK)
        found[i] = x[order[np.minimum(place, len(order) - 1)]]
    return tuple(Estimate.of(column) for column in found.T)
