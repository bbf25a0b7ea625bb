"""Simulation-based calibration: over data made from the prior, the truth ranks evenly (Talts et al. 2018)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from curveshift.trends.chains import Effort, chain
from curveshift.trends.replicates import simulate
from curveshift.trends.specification import specification

REPLICATES = 100
WATCHED = (
    "efficiency", "gain", "gain_growth", "china", "distilled", "compute_growth", "error_scale", "recipe_spread",
    "family_share", "outlier_share",
)  # fmt: skip
EFFORT = Effort(chains=1, warm_up=500, draws=500, deepest_tree=7)
THIN = 10
DRAWS = 49
"""So that a rank is one of fifty, in ten bins of equal size."""


def ranks_of(replicate: int, design) -> dict[str, int]:
    """How many of the thinned draws lie below the truth, for one panel made from the prior."""
    import jax

    made, truth = simulate(design, np.random.default_rng([7, replicate]))
    with jax.enable_x64(True):
        found = chain(made, specification("full"), replace(EFFORT, seed=replicate), 0)[0]
    found = {name: draws[::THIN][:DRAWS] for name, draws in found.items()}
    ranks = {name: int(np.sum(found[name] < truth[name])) for name in WATCHED}
    last = found["capability"][:, -1] < truth["capability"][-1]
    return {**ranks, "capability": int(np.sum(last))}


def evenness(ranks: list[int]) -> float:
    """Chance of ranks less even than these, were they uniform: chi-square over ten bins."""
    counts = np.histogram(ranks, bins=10, range=(0, DRAWS + 1))[0]
    return float(stats.chisquare(counts).pvalue)


@pytest.mark.slow
def test_the_truth_ranks_evenly_among_the_draws(small_design):
    found = [ranks_of(replicate, small_design(20, 4)) for replicate in range(REPLICATES)]
    chances = {name: evenness([one[name] for one in found]) for name in found[0]}
    # Eleven quantities are looked at, so that one fails by chance in a hundred runs or fewer.
    assert min(chances.values()) > 1e-3, chances
