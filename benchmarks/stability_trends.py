"""Leave out one benchmark at a time, the most informative ones, and fit again: what moves, and by how much?

python benchmarks/stability_trends.py [BENCHMARKS [CHAINS [WARM_UP [DRAWS]]]] takes about two minutes a benchmark on two
cores. Also prints what the prior alone makes of the scores, and how often scores lie inside what the posterior makes.
"""

from __future__ import annotations

import sys

import numpy as np

from curveshift import trends
from curveshift.trends.calibration import fit
from curveshift.trends.chains import Effort
from curveshift.trends.lags import lag_months
from curveshift.trends.panels import panel
from curveshift.trends.posteriors import Posterior
from curveshift.trends.prior_records import settings
from curveshift.trends.quantities import last_year
from curveshift.trends.replicates import coverage, simulate
from curveshift.trends.specification import specification
from curveshift.trends.stitching import combined_precision

_SCORES_TO_JUDGE = 10
"""Benchmarks with fewer scores are not named."""


def main(count: int = 5, chains: int = 2, warm_up: int = 300, draws: int = 400) -> None:
    """Print one row for each benchmark that is left out, and both checks."""
    check_predictions()
    sys.stdout.flush()
    data = panel()
    effort = Effort(chains=chains, warm_up=warm_up, draws=draws)
    print(row("nothing", fit(data, specification("full"), effort).posterior), flush=True)
    for share, name in most_informative(count):
        found = fit(data.without(benchmarks=[name]), specification("full"), effort)
        print(row(f"{name} ({share:.0%})", found.posterior), flush=True)


def most_informative(count: int) -> list[tuple[float, str]]:
    """Benchmarks by their share of the Fisher information that scores carry on capability."""
    post = trends.posterior()
    data = post.panel
    j = data.benchmark_at
    ceiling, slope = post.ceiling.mean(axis=0)[j], post.slope.mean(axis=0)[j]
    above = post.capability.mean(axis=0)[data.model_at] - post.difficulty.mean(axis=0)[j]
    rise = 1.0 / (1.0 + np.exp(-slope * above))
    mean = data.chance[j] + (ceiling - data.chance[j]) * rise
    items = np.where(np.isnan(data.items), settings().unknown_items, data.items)
    precision = combined_precision(post.precision.mean(axis=0), items)[j]
    steepness = (ceiling - data.chance[j]) * slope * rise * (1.0 - rise)
    total = np.bincount(j, steepness**2 * (precision + 1.0) / (mean * (1.0 - mean)))
    best = np.argsort(total)[::-1][:count]
    return [(float(total[k] / total.sum()), data.benchmarks[k]) for k in best]


def row(label: str, post: Posterior) -> str:
    """Efficiency, gain and its growth, China's offset and lag: median and 90 % interval."""
    # The last half-year of the record, at which both blocs have models.
    behind = lag_months(post, [np.floor(2.0 * last_year(post)) / 2.0])[:, 0]
    shown = {
        "efficiency x/yr": 10.0 ** post["efficiency"], "gain": post["gain"], "growth": post["gain_growth"],
        "China": post["china"], "lag months": behind,
    }  # fmt: skip
    parts = []
    for name, values in shown.items():
        low, central, high = np.quantile(values, (0.05, 0.5, 0.95))
        parts.append(f"{name} {central:.2f} ({low:.2f} to {high:.2f})")
    return f"without {label}: " + ", ".join(parts)


def check_predictions(replicates: int = 200) -> None:
    """Scores as the prior makes them, and coverage of the shipped posterior."""
    post = trends.posterior()
    data = post.panel
    stream = np.random.default_rng(0)
    means, correlations, growth = [], [], []
    for _ in range(replicates):
        made, truth = simulate(data, stream)
        means.append(made.score.mean())
        correlations.append(np.corrcoef(data.years[data.model_at], made.score)[0, 1])
        growth.append(np.std(truth["capability"]))
    actual = (
        data.score.mean(),
        np.corrcoef(data.years[data.model_at], data.score)[0, 1],
        post.capability.std(axis=1).mean(),
    )
    labels = ("mean score", "correlation of score and date", "spread of capability, oom")
    for label, values, real in zip(labels, (means, correlations, growth), actual, strict=True):
        low, central, high = np.quantile(values, (0.05, 0.5, 0.95))
        print(f"prior: {label} {central:.2f} ({low:.2f} to {high:.2f}), in the record {real:.2f}")
    for level in (0.5, 0.8, 0.9):
        found = coverage(post, level=level)
        print(f"posterior: {level:.0%} intervals cover {found.share:.3f} of {found.scores} scores")
    counts = coverage(post).by_benchmark
    worst = sorted((hits / n, n, name) for name, (hits, n) in counts.items() if n >= _SCORES_TO_JUDGE)[:5]
    print("posterior, least covered at 90 %: " + ", ".join(f"{name} {s:.2f} of {n}" for s, n, name in worst))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
