"""Simulation-based calibration: over data made from the prior, the truth ranks evenly (Talts et al. 2018)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from curveshift.trends.chains import Effort, sample
from curveshift.trends.replicates import simulate
from curveshift.trends.specification import specification

REPLICATES = 100
WATCHED = ("efficiency", "gain", "china", "compute_growth", "recipe_spread", "error_scale")
EFFORT = Effort(chains=2, warm_up=250, draws=250)
THIN = 5


@pytest.mark.slow
def test_the_truth_ranks_evenly_among_the_draws(small_design):
    ranks = {name: [] for name in (*WATCHED, "capability")}
    for replicate in range(REPLICATES):
        made, truth = simulate(small_design(20, 4), np.random.default_rng([7, replicate]))
        found = sample(made, specification("full"), EFFORT, workers=2).values
        for name in WATCHED:
            ranks[name].append(np.mean(found[name][:, ::THIN] < truth[name]))
        ranks["capability"].append(np.mean(found["capability"][:, ::THIN, 0] < truth["capability"][0]))
    for name, shares in ranks.items():
        counts = np.histogram(shares, bins=10, range=(0.0, 1.0))[0]
        # Seven quantities are looked at, so each may fail by chance once in five thousand.
        assert stats.chisquare(counts).pvalue > 2e-4, (name, counts)
