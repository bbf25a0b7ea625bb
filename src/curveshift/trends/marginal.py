"""Likelihood of one model's data with its capability summed over: for leaving a model out, and for new ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .prior_records import settings
from .stitching import combined_precision, score_log_density

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .posteriors import Posterior

    Floats = NDArray[np.float64]

GRID: Final = 61
_WIDTH_OOM: Final = 3.0
"""Half width of the grid around the best fit, orders of magnitude: beyond it the likelihood of scores is nil."""


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of one model.

    Attributes
    ----------
    benchmark_at : array of int, shape (n,)
        Which benchmark of the posterior each belongs to.
    score : array, shape (n,)
        Strictly between 0 and 1.
    """

    benchmark_at: NDArray[np.int64]
    score: Floats


@dataclass(frozen=True, eq=False)
class Place:
    """Where a model may stand before its scores are read, by draw.

    Attributes
    ----------
    centre, scale : array, shape (draw,)
        Of a Student t with the model's degrees of freedom, orders of magnitude.
    """

    centre: Floats
    scale: Floats


def log_likelihood(posterior: Posterior, scores: Scores, capability: Floats) -> Floats:
    """Log density of a model's scores at given capabilities, shape (draw, grid).

    Parameters
    ----------
    posterior : Posterior
    scores : Scores
    capability : array, shape (grid,) or (draw, grid)
    """
    from scipy.special import gammaln

    items = posterior.panel.items
    items = np.where(np.isnan(items), settings().unknown_items, items)
    total = combined_precision(posterior.precision, items)
    curve = (
        np.broadcast_to(posterior.panel.chance, posterior.slope.shape), posterior.ceiling, posterior.slope,
        posterior.difficulty,
    )  # fmt: skip
    at = np.broadcast_to(np.atleast_2d(capability), (len(posterior), capability.shape[-1]))
    found = np.zeros(at.shape)
    for j, score in zip(scores.benchmark_at, scores.score, strict=True):
        one, precision = [part[:, j, None] for part in curve], total[:, j, None]
        found += score_log_density(
            at, (np.log(score), np.log1p(-score)), (one[0], one[1], one[2], one[3]),
            (precision, gammaln(precision)), posterior["outlier_share"][:, None], np, gammaln,
        )  # fmt: skip
    return found


def grid_for(posterior: Posterior, scores: Scores) -> Floats:
    """Capabilities that cover what a model's scores allow, shape (grid,)."""
    wide = np.linspace(posterior.capability.min() - 1.0, posterior.capability.max() + 2.0, 241)
    mean = log_likelihood(_thin(posterior), scores, wide).mean(axis=0)
    best = wide[int(np.argmax(mean))]
    return np.linspace(best - _WIDTH_OOM, best + _WIDTH_OOM, GRID)


def _thin(posterior: Posterior) -> Posterior:
    step = max(len(posterior) // 50, 1)
    return posterior.take(np.arange(0, len(posterior), step))


def student_log_density(x: Floats, place: Place) -> Floats:
    """Log density of a Student t by draw, shape (draw, grid)."""
    from scipy.special import gammaln

    nu = settings().tail_degrees
    z = (x - place.centre[:, None]) / place.scale[:, None]
    constant = gammaln((nu + 1.0) / 2.0) - gammaln(nu / 2.0) - 0.5 * np.log(nu * np.pi)
    return np.asarray(constant - np.log(place.scale)[:, None] - (nu + 1.0) / 2.0 * np.log1p(z**2 / nu))


def place_of(posterior: Posterior, model: str) -> Place:
    """Where date, compute and kind put a model of the panel, its own family's effect not used, shape (draw,)."""
    data = posterior.panel
    i = posterior.index(model)
    usual = posterior.usual_log10_flop(
        years=data.years[i], china=data.china[i], small=data.small[i], disclosed=data.disclosed[i]
    )
    variance = posterior["compute_spread"] ** 2
    centre = usual
    if data.disclosed[i]:
        error = posterior["error_scale"] * data.log10_flop_error[i]
        weight = variance / (variance + error**2)
        centre = weight * data.log10_flop[i] + (1.0 - weight) * usual
        variance = weight * error**2
    expected = posterior.expected(
        years=data.years[i], log10_flop=centre, reasoning=data.reasoning[i], china=data.china[i],
        distilled=data.distilled[i],
    )  # fmt: skip
    return Place(expected, np.sqrt(posterior["recipe_spread"] ** 2 + variance))


def log_evidence(posterior: Posterior, model: str) -> Floats:
    """Log density of a model's scores and published compute given everything else, shape (draw,).

    Its capability is summed over, so that the densities of all models can be compared between versions and a model
    can be left out by weighting draws with their inverse. The effect of its family is summed over too.
    """
    from scipy.special import logsumexp

    data = posterior.panel
    i = posterior.index(model)
    scores = scores_of(posterior, model)
    grid = grid_for(posterior, scores)
    inside = log_likelihood(posterior, scores, grid) + student_log_density(grid, place_of(posterior, model))
    found = np.asarray(logsumexp(inside, axis=1)) + np.log(grid[1] - grid[0])
    if data.disclosed[i]:
        usual = posterior.usual_log10_flop(
            years=data.years[i], china=data.china[i], small=data.small[i], disclosed=True
        )
        error = posterior["error_scale"] * data.log10_flop_error[i]
        variance = posterior["compute_spread"] ** 2 + error**2
        found += -0.5 * (data.log10_flop[i] - usual) ** 2 / variance - 0.5 * np.log(2.0 * np.pi * variance)
    return np.asarray(found)


def scores_of(posterior: Posterior, model: str) -> Scores:
    """Scores of a model of the panel."""
    data = posterior.panel
    own = data.model_at == posterior.index(model)
    return Scores(data.benchmark_at[own], data.score[own])


def leave_out_weights(log_densities: Sequence[Floats]) -> tuple[Floats, float]:
    """Weights that remove models from a posterior, and the share of effective draws that is left.

    Parameters
    ----------
    log_densities : sequence of array, shape (draw,)
        From `log_evidence`, one for each model to be left out.

    Returns
    -------
    weights : array, shape (draw,)
        They add to 1; truncated at the mean times the root of the number of draws (Ionides 2008).
    share : float
        Effective over actual draws: below a tenth, fit again without the models.
    """
    log_ratio = -np.sum(log_densities, axis=0)
    ratio = np.exp(log_ratio - log_ratio.max())
    ratio = np.minimum(ratio, ratio.mean() * np.sqrt(len(ratio)))
    weights = ratio / ratio.sum()
    return weights, float(1.0 / np.sum(weights**2) / len(weights))
