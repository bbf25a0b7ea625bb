"""The best capability released so far, by bloc and date, as draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import unknown_name

from .prior_records import settings

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .posteriors import Posterior

    Floats = NDArray[np.float64]

MONTHS_PER_YEAR: Final = 12.0


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
    order = _by_date(posterior, bloc)
    best = np.maximum.accumulate(posterior.capability[:, order], axis=1)
    best = np.concatenate([np.full((len(posterior), 1), -np.inf), best], axis=1)
    return best[:, np.searchsorted(data.years[order], np.asarray(years, dtype=float), side="right")]


def months_behind(posterior: Posterior, years: ArrayLike, bloc: str = "china", leader: str = "us") -> Floats:
    """Months since the leader first had what a bloc has on each date: its lag by level.

    Parameters
    ----------
    posterior : Posterior
    years : array, shape (date,)
        Decimal years.
    bloc, leader : str
        As in `frontier`.

    Returns
    -------
    array, shape (draw, date)
        Minus infinity where the leader does not have it yet, infinity where the bloc has no scored model.

    Raises
    ------
    CurveshiftError
        For a bloc without models.

    Examples
    --------
    >>> from curveshift.trends import posterior
    >>> lag = months_behind(posterior(), [2025.0, 2026.0])
    >>> lag.shape == (len(posterior()), 2)
    True
    """
    dates = np.atleast_1d(np.asarray(years, dtype=float))
    own = frontier(posterior, dates, bloc)
    order = _by_date(posterior, leader)
    when = posterior.panel.years[order]
    best = np.maximum.accumulate(posterior.capability[:, order], axis=1)
    # The best so far never falls, so the number of entries below a level is the place of the first that reaches it.
    place = np.stack([np.sum(best < column[:, None], axis=1) for column in own.T], axis=1)
    first = np.append(when, np.inf)[place]
    first = np.where(first > dates, np.inf, first)
    lag = (dates - first) * MONTHS_PER_YEAR
    return np.where(np.isneginf(own), np.inf, lag)


def _by_date(posterior: Posterior, bloc: str) -> NDArray[np.int64]:
    """Models of a bloc that can lead, in order of release."""
    data = posterior.panel
    own = np.array(data.blocs) == bloc
    if not own.any():
        raise unknown_name("bloc", bloc, sorted(set(data.blocs)), "bloc")
    order = np.flatnonzero(own & can_lead(posterior))
    return order[np.argsort(data.years[order], kind="stable")]
