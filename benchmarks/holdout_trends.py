"""Hold models back, fit without them, predict their scores from date, compute and kind: how often are they inside?

python benchmarks/holdout_trends.py [FOLDS [CHAINS [WARM_UP [DRAWS]]]] takes about four minutes a fold on two cores.
It holds back whole families, so that no sibling tells.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

from curveshift.trends.calibration import fit
from curveshift.trends.chains import Effort
from curveshift.trends.panels import panel
from curveshift.trends.replicates import coverage
from curveshift.trends.specification import specification


def main(folds: int = 5, chains: int = 2, warm_up: int = 300, draws: int = 400) -> None:
    """Print the coverage of each fold and of all."""
    data = panel()
    fold_of = np.random.default_rng(0).permutation(data.family.max() + 1) % folds
    inside = {0.5: 0, 0.8: 0, 0.9: 0}
    total = 0
    for fold in range(folds):
        held = tuple(np.array(data.models)[fold_of[data.family] == fold])
        found = fit(
            data.without(held), specification("full"), Effort(chains=chains, warm_up=warm_up, draws=draws)
        )
        whole = replace(found.posterior, panel=data)
        for level in inside:
            covered = coverage(whole, models=held, unseen=True, level=level)
            inside[level] += covered.inside
        total += covered.scores
        print(
            f"fold {fold + 1}: {len(held)} models, {covered.scores} scores, {covered.share:.3f} in 90 %",
            flush=True,
        )
    print(", ".join(f"{level:.0%} intervals cover {hits / total:.3f}" for level, hits in inside.items()))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
