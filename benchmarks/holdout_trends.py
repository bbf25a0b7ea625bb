"""Hold models back, fit without them, predict their scores from date, compute and kind: how often are they inside?

python benchmarks/holdout_trends.py [FOLDS [CHAINS [WARM_UP [DRAWS]]]] takes about two minutes a fold on two cores.
It holds back whole families, so that no sibling tells. Scores of one model are right or wrong together, so the interval
of each share comes from drawing families anew.
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

LEVELS = (0.5, 0.8, 0.9)


def main(folds: int = 5, chains: int = 2, warm_up: int = 300, draws: int = 400) -> None:
    """Print the coverage of each fold and of all, and that of scores of reasoning models and of others."""
    data = panel()
    families = data.family.max() + 1
    fold_of = np.random.default_rng(0).permutation(families) % folds
    inside = np.zeros((len(LEVELS), len(data.models)), dtype=int)
    scores = np.bincount(data.model_at, minlength=len(data.models))
    for fold in range(folds):
        held = np.flatnonzero(fold_of[data.family] == fold)
        names = [data.models[i] for i in held]
        effort = Effort(chains=chains, warm_up=warm_up, draws=draws)
        found = fit(data.without(names), specification("full"), effort)
        whole = replace(found.posterior, panel=data)
        for i, name in zip(held, names, strict=True):
            inside[:, i] = [
                coverage(whole, models=(name,), unseen=True, level=level, seed=int(i)).inside
                for level in LEVELS
            ]
        share = inside[-1, held].sum() / scores[held].sum()
        print(
            f"fold {fold + 1}: {len(held)} models, {scores[held].sum()} scores, {share:.3f} in 90 %, R-hat "
            f"{found.diagnostics['largest_r_hat']:.3f}",
            flush=True,
        )
    for label, chosen in (("all", scores > 0), ("reasoning", data.reasoning), ("others", ~data.reasoning)):
        for level, hits in zip(LEVELS, inside, strict=True):
            low, high = again(hits[chosen], scores[chosen], data.family[chosen])
            share = hits[chosen].sum() / scores[chosen].sum()
            print(f"{label}: {level:.0%} intervals cover {share:.3f} (90 %: {low:.3f} to {high:.3f})")


def again(hits: np.ndarray, scores: np.ndarray, family: np.ndarray, times: int = 4000) -> np.ndarray:
    """5th and 95th percentile of the share, families drawn with replacement."""
    _, at = np.unique(family, return_inverse=True)
    by_family = np.stack([np.bincount(at, hits), np.bincount(at, scores)])
    picks = np.random.default_rng(0).integers(by_family.shape[1], size=(times, by_family.shape[1]))
    drawn = by_family[:, picks].sum(axis=2)
    return np.quantile(drawn[0] / drawn[1], (0.05, 0.95))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
