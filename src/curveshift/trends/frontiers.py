"""The best capability released so far, by bloc and date, as draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from curveshift.errors import unknown_name

from .prior_records import settings

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .posteriors import Posterior

    Floats = NDArray[np.float64]


def can_lead(posterior: Posterior) -> NDArray[np.bool_]:
    """Whether a model has scores enough to count for the frontier, shape (model,)."""
    counts = np.bincount(posterior.panel.model_at, minlength=len(posterior.panel.models))
    return np.asarray(counts >= settings().frontier_scores)


def frontier(posterior: Posterior, years: ArrayLike, bloc: str) -> Floats:
    """Capability of the best model that a bloc had released by each date.

    Parameters
    ----------
    posterior : Posterior
    years : array, shape (date,)
        Decimal years.
    bloc : str
        ``us`` (the United States and partners) or ``china``, as in the models table.

    Returns
    -------
    array, shape (draw, date)
        Orders of magnitude; minus infinity before the bloc's first scored model.

    Raises
    ------
    CurveshiftError
        For a bloc without models.

    Examples
    --------
    >>> from curveshift.trends import posterior
    >>> best = frontier(posterior(), [2024.0, 2025.0, 2026.0], "us")
    >>> bool((best[:, 2] > best[:, 0]).all())
    True
    """
    data = posterior.panel
    own = np.array(data.blocs) == bloc
    if not own.any():
        raise unknown_name("bloc", bloc, sorted(set(data.blocs)), "bloc")
    order = np.flatnonzero(own & can_lead(posterior))
    order = order[np.argsort(data.years[order], kind="stable")]
    best = np.maximum.accumulate(posterior.capability[:, order], axis=1)
    best = np.concatenate([np.full((len(posterior), 1), -np.inf), best], axis=1)
    return best[:, np.searchsorted(data.years[order], np.asarray(years, dtype=float), side="right")]


def trend_through(best: Floats) -> Floats:
    """The frontier as a rising trend: at each month the line through the months within a year to either side.

    Releases are steps a few months apart, and one model can stand out by an order of magnitude: a forecast that starts
    from the last step would hang on it.

    Parameters
    ----------
    best : array, shape (draw, month)
        Monthly values of `frontier`, minus infinity before the first scored model.

    Returns
    -------
    array, shape (draw, month)
        In the same places.

    Examples
    --------
    >>> steps = np.array([[0.0, 0.0, 0.0, 1.2, 1.2, 1.2, 2.4, 2.4, 2.4]])
    >>> bool((np.diff(trend_through(steps)) >= 0.0).all())
    True
    """
    known = np.flatnonzero(np.isfinite(best[0]))
    found = np.array(best)
    if len(known) < 2:
        return found
    reach = settings().frontier_months
    smoother = np.zeros((len(known), len(known)))
    for row, month in enumerate(known):
        near = np.flatnonzero(np.abs(known - month) <= reach)
        design = np.stack([np.ones(len(near)), known[near] - month], axis=1)
        smoother[row, near] = np.linalg.pinv(design)[0]
    found[:, known] = np.maximum.accumulate(best[:, known] @ smoother.T, axis=1)
    return found
