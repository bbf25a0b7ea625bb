"""Resampled fits: by runs, by clusters of runs, or by signs of residuals within clusters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from .descent import Problem, descend
from .linearised import run_leverage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Prepared
    from .objectives import Objective

    Floats = NDArray[np.float64]

SCHEMES: Final = {
    "case": "runs drawn with replacement (Efron 1979)",
    "cluster": "whole clusters of runs drawn with replacement",
    "wild": "residuals of each cluster kept or turned round together (Cameron, Gelbach and Miller 2008)",
}
BLOCK: Final = 128
"""Resamples that share a random stream and a call: fixed, so that results do not depend on how they are run, and
small enough for a few hundred runs to stay in the processor's cache."""
MOST_CELLS: Final = 4_000_000
"""Resamples times runs in one call, for the memory."""
FEWEST_CLUSTERS: Final = 5
_CORNERS: Final = (2.0, 0.5, 0.1)
_MOST_LEVERAGE: Final = 0.999
_FEW: Final = 5
"""Fewer runs than this many for each parameter are few."""


@dataclass(frozen=True, eq=False)
class Resamples:
    """Refits of resampled data.

    Attributes
    ----------
    theta : array, shape (R, p)
        In the solver's coordinates.
    sigma : array, shape (R,)
    converged : array of bool, shape (R,)
        Those that did not are kept, counted and reported.
    scheme : str
    """

    theta: Floats
    sigma: Floats
    converged: NDArray[np.bool_]
    scheme: str


def caveats(again: Resamples, runs: int, size: int, clustered: bool) -> list[str]:
    """What to be wary of in resampled fits of `runs` runs and `size` parameters; each says "resampled fits"."""
    told = []
    lost = int(np.sum(~again.converged))
    if lost:
        told.append(f"{lost} of {len(again.converged)} resampled fits did not converge; they are kept")
    if again.scheme == "wild" and (clustered or runs < _FEW * size):
        told.append(
            "wild resampled fits of clusters, or of few runs, give intervals a little too narrow (80 to 89 % of"
            " simulated 90 % intervals held the truth)"
        )
    return told


def resample(
    prepared: Prepared,
    y: Floats,
    objective: Objective,
    theta: Floats,
    sigma: float,
    *,
    count: int,
    seed: int,
    scheme: str = "case",
    clusters: NDArray[np.int64] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Resamples:
    """Refit `count` resamples from the optimum of the whole.

    Parameters
    ----------
    prepared : Prepared
    y : array, shape (n,)
    objective : Objective
    theta, sigma
        The optimum of the data as they are.
    count : int
        Resamples, at least 1.
    seed : int
    scheme : str
        One of `SCHEMES`.
    clusters : array of int, shape (n,), optional
        Needed by ``cluster``; ``wild`` takes every run as its own cluster without it.
    progress : callable, optional
        Called with (refits done, refits in all).

    Returns
    -------
    Resamples

    Raises
    ------
    CurveshiftError
        For an unknown scheme, or too few clusters.
    """
    if scheme not in SCHEMES:
        raise unknown_name("resampling scheme", scheme, SCHEMES, "scheme")
    if not 1 <= count <= 1_000_000:
        raise CurveshiftError(f"{count} resamples: give 1 to 1,000,000", "resamples")
    n = len(y)
    member = (
        np.arange(n) if clusters is None or scheme == "case" else np.unique(clusters, return_inverse=True)[1]
    )
    groups = int(member.max()) + 1
    if scheme == "cluster" and clusters is None:
        raise CurveshiftError("resampling by cluster needs a column of clusters", "scheme")
    if groups < FEWEST_CLUSTERS:
        raise CurveshiftError(f"{groups} clusters: at least {FEWEST_CLUSTERS} are needed", "clusters")
    problem = Problem(prepared.model, y, np.ones(n), objective, prepared.penalised)
    f, _ = prepared.model.value(theta[None, :])
    r = problem.residuals(f)[0][0]
    centre = problem.y - r
    stages = [objective]
    if objective.kind == "least_absolute":
        # From one vertex no smooth step leads to another: each refit starts with a wide corner, and the last one
        # is still a tenth of the typical residual, which moves a refit by far less than the spread.
        typical = max(float(np.median(np.abs(r))), 1e-300)
        stages = [objective.at(typical * width) for width in _CORNERS]
    # The kink of a penalty is rounded too.
    problem.penalty.width *= 100.0
    turned = r
    if scheme == "wild":
        # A fit is nearer to its runs than the law is, most of all where a run pulls the fit; without the
        # correction (MacKinnon and White 1985, HC3) the intervals of few runs are too short.
        pull = run_leverage(prepared, y, objective, theta, sigma)
        turned = r / (1.0 - np.minimum(pull, _MOST_LEVERAGE))
    ends, sigmas, arrived = [], [], []
    for block, first in enumerate(range(0, count, BLOCK)):
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, block])))
        size = min(BLOCK, count - first)
        # The whole block is drawn even when part of it is used: more resamples leave the first ones as they were.
        if scheme == "wild":
            drawn = rng.choice([-1.0, 1.0], size=(BLOCK, groups))[:size]
        else:
            drawn = rng.multinomial(groups, np.full(groups, 1.0 / groups), size=BLOCK)[:size]
        at_once = max(MOST_CELLS // n, 1)
        for part in np.split(drawn, range(at_once, size, at_once)):
            spread = part[:, member].astype(np.float64)
            if scheme == "wild":
                problem.y = centre + spread * turned
            else:
                problem.weights = spread
            start = np.repeat(theta[None, :], len(part), axis=0)
            for problem.objective in stages:
                found = descend(problem, start, np.full(len(part), sigma), first_shift=0.0)
                start = found.theta
            ends.append(found.theta)
            sigmas.append(found.sigma)
            arrived.append(found.converged)
        if progress is not None:
            progress(first + size, count)
    return Resamples(np.concatenate(ends), np.concatenate(sigmas), np.concatenate(arrived), scheme)
