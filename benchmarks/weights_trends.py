"""Weigh the shipped versions again, each model that weights cannot leave out being left out by a fit without it.

python benchmarks/weights_trends.py [WARM_UP [DRAWS]] takes about one minute a fit on two cores.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

from curveshift import trends
from curveshift.trends.calibration import Fit, LeftOut, leave_one_out, refit, stacking_weights
from curveshift.trends.chains import Effort
from curveshift.trends.specification import specification


def main(warm_up: int = 300, draws: int = 400) -> None:
    """Print what refits change, and the weights before and after."""
    shipped = trends.posterior()
    effort = Effort(chains=1, warm_up=warm_up, draws=draws)
    names, before, after = [], [], []
    for number in np.unique(shipped.version):
        rows = np.flatnonzero(shipped.version == number)
        name = shipped.versions[number]
        found = Fit(specification(name), replace(shipped.take(rows), report={}), {})
        left = leave_one_out(found)
        again = refit(found, left, effort)
        show(name, len(rows), left, again, shipped.panel.models)
        names.append(name)
        before.append(left.log_density)
        after.append(again.log_density)
    for label, rows in (("by weights alone", before), ("with refits", after)):
        density = np.stack(rows)
        gap = density[0] - density[1]
        error = np.sqrt(len(gap)) * gap.std(ddof=1)
        weights = ", ".join(f"{n} {w:.2f}" for n, w in zip(names, stacking_weights(density), strict=True))
        print(
            f"{label}: {weights}; {names[0]} predicts better by {gap.sum():.2f} (standard error {error:.2f})"
        )
    # Models drawn with replacement: how far would other models move the weights?
    density = np.stack(after)
    stream = np.random.default_rng(0)
    picks = stream.integers(density.shape[1], size=(400, density.shape[1]))
    first = np.quantile([stacking_weights(density[:, pick])[0] for pick in picks], (0.05, 0.5, 0.95))
    print(
        f"weight of {names[0]} with models drawn anew: {first[1]:.2f} (90 %: {first[0]:.2f} to {first[2]:.2f})"
    )


def show(name: str, draws: int, left: LeftOut, again: LeftOut, models: tuple[str, ...]) -> None:
    """One line for each model that was left out by a fit."""
    print(f"{name}: {draws} draws, {int(left.untrusted.sum())} of {len(models)} models above 0.7", flush=True)
    for model in again.refitted:
        i = models.index(model)
        print(
            f"  {model}: shape {left.shape[i]:.2f}, log density {left.log_density[i]:.2f} by weights, "
            f"{again.log_density[i]:.2f} by a fit without it",
            flush=True,
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
