"""Process noise: what is left to chance when every assumption is known. Made with NumPy, outside JAX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from curveshift.scenario import normals, uniforms
from curveshift.world.units import Array

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

RESEARCH_MONTHS: Final = 504
"""Length of the drawn path of innovations in months of research time (42 years at today's input)."""

STEP_SIZES: Final = (1.2, 2.0, 10.0)
"""Small, medium and rare large compute multipliers (model.md section 5)."""


class Noise(NamedTuple):
    """Process noise of one block, first axis the draw."""

    class_scores: Array
    steps: Array
    chance: Array
    chance_normal: Array
    theft_luck: Array


def poisson_from_uniform(u: NDArray[np.float64], rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Counts by inversion: monotone in the uniform and in the rate, so that draws stay paired.

    Examples
    --------
    >>> poisson_from_uniform(np.array([0.1, 0.7, 0.95]), np.array([0.5, 0.5, 0.5])).tolist()
    [0.0, 1.0, 2.0]
    """
    none = np.exp(-rate)
    count = np.zeros(np.broadcast_shapes(u.shape, rate.shape))
    # Most months bring nothing: only what is left is looked at again.
    left = np.flatnonzero(u >= none)
    u, rate = np.broadcast_to(u, count.shape).ravel()[left], np.broadcast_to(rate, count.shape).ravel()[left]
    term = cumulative = np.exp(-rate)
    for k in range(1, 200):
        if not len(u):
            break
        count.flat[left] = k
        term = term * rate / k
        cumulative = cumulative + term
        more = u >= cumulative
        left, u, rate, term, cumulative = left[more], u[more], rate[more], term[more], cumulative[more]
    return count


def innovation_paths(
    u: NDArray[np.float64], assumptions: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Cumulative log efficiency by month of research time: a compound Poisson process of multipliers.

    Rates are such that the mean growth is the assumed one, split over the three sizes.

    Parameters
    ----------
    u : array, shape (month, bloc, size, draw)
    assumptions : name to array, shape (draw,)

    Returns
    -------
    array, shape (draw, month + 1, bloc)
    """
    mean = np.log(assumptions["efficiency.growth_per_year"]) / 12.0
    medium, large = assumptions["efficiency.share_medium"], assumptions["efficiency.share_large"]
    path = np.zeros((u.shape[0] + 1, u.shape[1], u.shape[3]))
    for i, share in enumerate((1.0 - medium - large, medium, large)):
        size = np.log(STEP_SIZES[i])
        path[1:] += size * poisson_from_uniform(u[:, :, i], mean * share / size)
    np.cumsum(path, axis=0, out=path)
    return path


def draw_noise(
    seed: int,
    block: int,
    size: int,
    n_classes: int,
    n_months: int,
    assumptions: Mapping[str, NDArray[np.float64]],
) -> Noise:
    """All process noise of one block; each kind has a stream of its own, keyed by name and block."""
    u = uniforms(seed, "innovations", block, (RESEARCH_MONTHS, 2, len(STEP_SIZES), size))
    scores = normals(seed, "shipment-classes", block, (2, n_classes, size))
    chance = uniforms(seed, "paradigms-and-theft", block, (6, size))
    chance_normal = normals(seed, "paradigm-gains", block, (6, size))
    return Noise(
        scores,
        innovation_paths(u, assumptions),
        chance,
        chance_normal,
        uniforms(seed, "thefts", block, (n_months, 2, size)),
    )


def reversal_months(
    seed: int, block: int, size: int, half_lives: Sequence[float | None], as_of_month: int
) -> NDArray[np.float64]:
    """Month at which each policy is undone, shape (policy, draw); infinite without a half-life.

    One waiting time per draw serves all policies, so that they stay paired.
    """
    u = uniforms(seed, "reversal", block, (size,))
    waits = -np.log1p(-u) / np.log(2.0) * 12.0
    return np.stack(
        [np.full(size, np.inf) if h is None else as_of_month + 1.0 + h * waits for h in half_lives]
    )
