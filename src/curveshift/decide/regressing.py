"""Expected value of partial perfect information by regression on draws that exist already.

Strong, Oakley and Brennan 2014 (Medical Decision Making 34, 311): the expected utility of each choice, given what
would be known, is the regression of its utility on that; the value is the mean of the best of them less the best
of the means. Fitted and judged on the same draws this is too large, for the fit follows chance. So the rule that
the regression gives is also judged on draws that it has not seen, one replicate after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .statistics import FEW_VALUES, Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

KNOTS_ALONE: Final = (0.05, 0.275, 0.5, 0.725, 0.95)
KNOTS_TOGETHER: Final = (0.1, 0.5, 0.9)
PENALTIES: Final = (1e-8, 1e-3, 1e-2, 0.1, 1.0, 10.0, 1e3)
"""Ridge penalties tried; the one that foresees best on unseen draws is taken."""


@dataclass(frozen=True)
class PartialValue:
    """What knowing something beforehand is worth.

    Attributes
    ----------
    value : Estimate
        Gain over the choice that is best on average of a rule learnt from the other replicates, on draws that it has
        not seen. Too small rather than too large; where nothing can be learnt it lies at or just below 0.
    fitted : float
        The same on the draws that the rule was learnt from (Strong et al. 2014): too large.
    changes : float
        Share of draws in which the rule departs from that choice.
    """

    value: Estimate
    fitted: float
    changes: float


def perfect_value(utilities: Floats, rows: Floats) -> Estimate:
    """Expected value of perfect information: the mean of the best choice in each draw less the best of the means.

    Parameters
    ----------
    utilities : array, shape (choice, draw)
    rows : array, shape (1 + replicates, draw)
        Weights, as `curveshift.decide.statistics.weight_rows` gives them.

    Examples
    --------
    >>> perfect_value(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.5, 0.5], [1.0, 0.0], [0.0, 1.0]])).value
    0.5
    """
    best = int(np.argmax(utilities @ rows[0]))
    return Estimate.of(rows @ (utilities.max(axis=0) - utilities[best]))


def partial_value(utilities: Floats, columns: Sequence[Floats], rows: Floats) -> PartialValue:
    """Expected value of knowing some numbers before choosing.

    Parameters
    ----------
    utilities : array, shape (choice, draw)
    columns : sequence of arrays, shape (draw,)
        What would be known. Several are taken to act additively, so that their joint value is a lower bound.
    rows : array, shape (1 + replicates, draw)
        The weights of single replicates must not overlap.

    Raises
    ------
    CurveshiftError
        With fewer than two replicates that weigh anything.
    """
    knots = KNOTS_ALONE if len(columns) == 1 else KNOTS_TOGETHER
    weight = rows[0]
    folds = [row > 0 for row in rows[1:][np.isfinite(rows[1:]).all(axis=1)]]
    if len(folds) < 2:
        raise CurveshiftError("fewer than two replicates have draws that count: ask for more draws")
    design = _standardised(np.column_stack([_basis(column, knots) for column in columns]), weight)
    # Against the choice that is best on average: what all choices share is noise here.
    best = int(np.argmax(utilities @ weight))
    gains: Floats = (utilities - utilities[best]).T
    weighed = design * weight[:, None]
    squares, crosses = design.T @ weighed, weighed.T @ gains
    inside = [(design[fold], weighed[fold], gains[fold]) for fold in folds]
    learnt = _ridge(
        np.stack([squares - d.T @ w for d, w, _ in inside]),
        np.stack([crosses - w.T @ g for _, w, g in inside]),
        PENALTIES,
    )
    # Expected gains by penalty and draw, each from the other replicates, shape (penalty, draw, choice).
    tried: Floats = np.zeros((len(PENALTIES), *gains.shape))
    for k, fold in enumerate(folds):
        tried[:, fold] = inside[k][0] @ learnt[:, k]
    # What does not help to foresee gains is flattened out, so that a long list of assumptions does no harm.
    errors = [float(weight @ np.square(gains - one).sum(axis=1)) for one in tried]
    least = int(np.argmin(errors))
    picked = np.argmax(tried[least], axis=1)
    gain = gains[np.arange(len(gains)), picked]
    shares = [float(weight[fold].sum()) for fold in folds]
    values = [float(weight[fold] @ gain[fold]) / share for fold, share in zip(folds, shares, strict=True)]
    fitted = design @ _ridge(squares[None], crosses[None], PENALTIES[least : least + 1])[0, 0]
    in_sample = float(weight @ fitted.max(axis=1)) - float((weight @ fitted).max())
    return PartialValue(
        Estimate.of([float(np.average(values, weights=shares)), *values]),
        max(in_sample, 0.0),
        float(weight @ (picked != best)),
    )


def _standardised(columns: Floats, weight: Floats) -> Floats:
    """A column of ones, then the columns with mean 0 and variance 1; one that does not vary stays at 0."""
    centred = columns - weight @ columns
    spread = np.sqrt(weight @ np.square(centred))
    return np.column_stack([np.ones(len(columns)), centred / np.where(spread > 0, spread, 1.0)])


def _ridge(squares: Floats, crosses: Floats, penalties: Sequence[float]) -> Floats:
    """Coefficients by penalty, which is in units of a column's variance and leaves the constant alone.

    Parameters
    ----------
    squares, crosses : array, shape (fold, column, column) and (fold, column, choice)
        The first column is the constant.

    Returns
    -------
    array, shape (penalty, fold, column, choice)
    """
    size = squares[:, :1, :1]
    tilt = squares[:, 1:, :1] / size
    values, axes = np.linalg.eigh(squares[:, 1:, 1:] - tilt * size * np.swapaxes(tilt, -1, -2))
    along = np.swapaxes(axes, -1, -2) @ (crosses[:, 1:] - tilt * crosses[:, :1])
    found = []
    for penalty in penalties:
        shrunk = np.maximum(values, 0.0)[..., None] + penalty * size
        slopes = axes @ (along / shrunk)
        level = crosses[:, :1] / size - np.swapaxes(tilt, -1, -2) @ slopes
        found.append(np.concatenate([level, slopes], axis=1))
    return np.stack(found)


def _basis(column: Floats, knots: Sequence[float]) -> Floats:
    """Columns of a smooth function of what would be known, without the constant."""
    from scipy.special import ndtri

    few, place = np.unique(column, return_inverse=True)
    if len(few) <= FEW_VALUES:
        return np.asarray(np.eye(len(few))[place][:, 1:])
    rank = np.empty(len(column))
    rank[np.argsort(column, kind="stable")] = np.arange(len(column))
    # Draws that are repeated for each threshold share their value, and so must share their place.
    score = ndtri((np.bincount(place, weights=rank) / np.bincount(place) + 0.5) / len(column))[place]
    return _natural_spline(score, ndtri(np.asarray(knots)))


def _natural_spline(x: Floats, knots: Floats) -> Floats:
    """Natural cubic spline: straight beyond the outer knots (Hastie, Tibshirani and Friedman 2009, section 5.2.1)."""
    last = knots[-1]

    def bent(knot: float) -> Floats:
        above, end = np.maximum(x - knot, 0.0) ** 3, np.maximum(x - last, 0.0) ** 3
        return np.asarray((above - end) / (last - knot))

    before_last = bent(float(knots[-2]))
    return np.column_stack([x, *(bent(float(knot)) - before_last for knot in knots[:-2])])
