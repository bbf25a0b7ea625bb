"""Rebuild the posterior from the facts: sample each version, check it, weigh the versions, thin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .chains import Chains, Effort, need_sampler, sample, sample_each
from .marginal import log_evidence
from .panels import Panel, panel
from .posteriors import LARGEST_R_HAT, LEAST_ESS, SCALARS, Posterior, joined
from .specification import SPECIFICATIONS, Specification, specification

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Progress = Callable[[str, int, int], None]

KEPT: Final = 2000
"""Draws kept: enough for three digits of a quantile, small enough to ship."""
_FEWEST: Final = 100
_MOST: Final = 100_000
_TESTS: Final = ("difficulty", "log_slope", "lost", "log_precision")
_TOO_FAR: Final = 0.7
"""Pareto shape above which leaving out by weights is not trusted (Vehtari et al. 2017)."""
_NO_WEIGHT: Final = 1e-3
"""Weight of a version below which it gives at most two draws."""


@dataclass(frozen=True, eq=False)
class Fit:
    """One version, sampled and checked.

    Attributes
    ----------
    version : Specification
    posterior : Posterior
        All draws, before thinning.
    diagnostics : dict
        Divergences, steps, and the worst R-hat, bulk and tail effective sample size over what is reported
        (parameters and capabilities) and over benchmarks.
    """

    version: Specification
    posterior: Posterior
    diagnostics: dict[str, float]

    @property
    def short(self) -> bool:
        """Whether some chain disagrees with others (R-hat) or some quantity has too few effective draws."""
        return any(
            value >= LARGEST_R_HAT if name.endswith("r_hat") else value <= LEAST_ESS
            for name, value in self.diagnostics.items()
            if name.endswith(("r_hat", "ess"))
        )


def fit(
    data: Panel,
    version: Specification,
    effort: Effort | None = None,
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Fit:
    """Sample one version and measure how well it was sampled.

    Parameters
    ----------
    data : Panel
    version : Specification
    effort : Effort, optional
    workers : int, optional
    progress : callable, optional

    Returns
    -------
    Fit
    """
    chains = sample(data, version, effort, workers=workers, progress=progress)
    return Fit(version, _posterior(data, version, chains), _diagnose(chains))


def _posterior(data: Panel, version: Specification, chains: Chains) -> Posterior:
    flat = {name: v.reshape(-1, *v.shape[2:]) for name, v in chains.values.items()}
    count = len(flat["capability"])
    # A parameter that a version does not have is nil there: no growth, no family effect, no error.
    values = {name: flat.get(name, np.zeros(count)) for name in SCALARS}
    width = np.exp(flat["log_width"])[:, None]
    return Posterior(
        values=values,
        capability=flat["capability"],
        slope=np.exp(flat["log_slope"]) / width,
        difficulty=flat["centre"][:, None] + width * flat["difficulty"],
        ceiling=data.ceiling * (1.0 - flat["lost"]),
        precision=np.exp(flat["log_precision"]),
        version=np.zeros(count, dtype=np.int64),
        versions=(version.name,),
        panel=data,
        report={},
    )


def _statistics() -> Any:
    """ArviZ's functions on plain arrays, which carry no types."""
    from importlib import import_module

    return import_module("arviz_stats.base").array_stats


def _diagnose(chains: Chains) -> dict[str, float]:
    stats = _statistics()

    axes = {"chain_axis": 0, "draw_axis": 1}
    reported = [v for name, v in chains.values.items() if name in SCALARS or name == "capability"]
    tests = [v for name, v in chains.values.items() if name in _TESTS]
    found = {"divergences": float(chains.divergences), "steps_per_draw": round(chains.mean_steps, 1)}
    for label, group in (("", reported), ("benchmark_", tests)):
        r_hat = max(float(np.max(stats.rhat(v, **axes))) for v in group)
        bulk = min(float(np.min(stats.ess(v, method="bulk", **axes))) for v in group)
        tail = min(float(np.min(stats.ess(v, method="tail", prob=(0.05, 0.95), **axes))) for v in group)
        found |= {
            f"{label}largest_r_hat": round(r_hat, 4),
            f"{label}least_bulk_ess": round(bulk),
            f"{label}least_tail_ess": round(tail),
        }
    return found


@dataclass(frozen=True, eq=False)
class LeftOut:
    """How well each model is predicted from the others.

    Attributes
    ----------
    log_density : array, shape (model,)
        Log predictive density of its scores and compute, by Pareto-smoothed importance sampling.
    shape : array, shape (model,)
        Pareto shape; above 0.7 the value is not trusted.
    refitted : tuple of str
        Models whose value comes from a fit without them.
    """

    log_density: Floats
    shape: Floats
    refitted: tuple[str, ...] = ()

    @property
    def untrusted(self) -> NDArray[np.bool_]:
        """Whether the weights of a model are too uneven, shape (model,)."""
        return self.shape > _TOO_FAR


def leave_one_out(found: Fit) -> LeftOut:
    """Leave each model out by importance sampling (Vehtari et al. 2017)."""
    from scipy.special import logsumexp

    post = found.posterior.take(_spread(len(found.posterior), KEPT))
    density = np.stack([log_evidence(post, name) for name in post.panel.models])
    weights, shape = _statistics().psislw(density, axis=-1)
    return LeftOut(np.asarray(logsumexp(density + weights, axis=1)), np.asarray(shape))


def refit(
    found: Fit,
    left: LeftOut,
    effort: Effort,
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> LeftOut:
    """Replace each untrusted value by that of a fit without the model, of one chain each."""
    from scipy.special import logsumexp

    density = left.log_density.copy()
    data = found.posterior.panel
    rows = np.flatnonzero(left.untrusted)
    names = [data.models[i] for i in rows]
    if names:
        panels = [data.without([name]) for name in names]
        again = sample_each(panels, found.version, effort, workers=workers, progress=progress)
        for i, name, chains in zip(rows, names, again, strict=True):
            one = log_evidence(_posterior(data, found.version, chains), name)
            density[i] = logsumexp(one) - np.log(len(one))
    return LeftOut(density, left.shape, tuple(names))


def weigh(
    fits: Sequence[Fit],
    effort: Effort,
    *,
    refits: bool = True,
    workers: int | None = None,
    progress: Progress | None = None,
) -> tuple[Floats, tuple[LeftOut, ...]]:
    """Weigh versions by how well they predict each model from the others.

    A version gets fits without its untrusted models once it has a weight, and the weights are found again, until
    every version with a weight has had them. Importance weights that cannot be trusted flatter a version more often
    than not, so one without a weight is unlikely to gain one by them.

    Parameters
    ----------
    fits : sequence of Fit
    effort : Effort
        How the versions were sampled; fits without a model have one chain, and are not longer than 300 and 400.
    refits : bool
    workers : int, optional
    progress : callable, optional

    Returns
    -------
    array, shape (version,)
        Weights, which add to 1.
    tuple of LeftOut
        Of each version.
    """
    short = replace(effort, chains=1, warm_up=min(effort.warm_up, 300), draws=min(effort.draws, 400))
    left = [leave_one_out(one) for one in fits]
    refitted: set[int] = set()
    while True:
        weights = stacking_weights(np.stack([one.log_density for one in left]))
        waiting = {number for number, weight in enumerate(weights) if weight > _NO_WEIGHT} - refitted
        if not refits or not waiting:
            return weights, tuple(left)
        for number in sorted(waiting):
            what = f"{fits[number].version.name} without single models"

            def tell(done: int, total: int, what: str = what) -> None:
                if progress is not None:
                    progress(what, done, total)

            left[number] = refit(fits[number], left[number], short, workers=workers, progress=tell)
        refitted |= waiting


def stacking_weights(log_densities: Floats) -> Floats:
    """Weights of versions that predict left-out models best together (Yao et al. 2018).

    Parameters
    ----------
    log_densities : array, shape (version, model)

    Returns
    -------
    array, shape (version,)
        They add to 1.

    Examples
    --------
    >>> stacking_weights(np.array([[-1.0, -1.0, -1.0], [-3.0, -3.0, -3.0]])).round(3).tolist()
    [1.0, 0.0]
    """
    density = np.exp(log_densities - log_densities.max(axis=0))
    weights = np.full(len(density), 1.0 / len(density))
    # Expectation maximisation of a mixture with known parts: each step raises the score, which is concave.
    for _ in range(20_000):
        before = weights
        share = weights[:, None] * density
        weights = np.mean(share / share.sum(axis=0), axis=1)
        if np.max(np.abs(weights - before)) < 1e-10:
            break
    return weights


def calibrate(
    versions: Sequence[str] = ("full",),
    *,
    as_of: date | str | None = None,
    effort: Effort | None = None,
    refits: bool = True,
    keep: int = KEPT,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Posterior:
    """Rebuild the posterior from the facts; needs the extra ``calibrate``.

    Parameters
    ----------
    versions : sequence of str
        Names of `SPECIFICATIONS`. Several are weighted by how well they predict models that are left out; versions
        that are not stacked are reported only.
    as_of : date or str, optional
        Only rows of which a first version was public by then.
    effort : Effort, optional
        A version that it samples short (R-hat of 1.01 or more, or at most 400 effective draws, for some quantity) is
        sampled again with twice the draws, and named in the report.
    refits : bool
        Whether models that cannot be left out by weights are left out by a fit without them, in the versions that get
        a weight (see `weigh`).
    keep : int
        Draws to return, from 100 to 100,000, evenly spaced among those sampled; all where there are fewer.
    workers : int, optional
        Processes; the draws are the same for any number.
    progress : callable, optional
        Called with what is being done, steps done and steps in all.

    Returns
    -------
    Posterior
        Its diagnostics are in `report`.

    Raises
    ------
    CurveshiftError
        For an unknown version, none that is stacked, an impossible number of draws, or when NumPyro is missing.
    """
    need_sampler()
    if not _FEWEST <= keep <= _MOST:
        raise CurveshiftError(
            f"{keep!r} is outside its range: a whole number from {_FEWEST} to {_MOST:,}", "keep"
        )
    chosen = [specification(name) for name in dict.fromkeys(versions)]
    stacked = [v.name for v in chosen if v.stacked]
    if not stacked:
        raise CurveshiftError("choose at least one version that is stacked", "versions")
    data = panel(as_of)
    plan = effort or Effort()
    fits, lengthened = {}, []
    for number, version in enumerate(chosen):
        what = f"{version.name} ({number + 1} of {len(chosen)})"

        def tell(done: int, total: int, what: str = what) -> None:
            if progress is not None:
                progress(what, done, total)

        one = fit(data, version, plan, workers=workers, progress=tell)
        if one.short:
            lengthened.append(version.name)
            one = fit(data, version, replace(plan, draws=2 * plan.draws), workers=workers, progress=tell)
        fits[version.name] = one
    parts = [fits[name] for name in stacked]
    weights, left = np.ones(1), {}
    if len(parts) > 1:
        weights, all_left = weigh(parts, plan, refits=refits, workers=workers, progress=progress)
        left = dict(zip(stacked, all_left, strict=True))
    return _combine(data, parts, weights, fits, left, {**asdict(plan), "lengthened": lengthened}, keep)


def _spread(count: int, kept: int) -> NDArray[np.int64]:
    """Evenly spaced rows, each used once where there are enough."""
    return np.floor(np.arange(min(kept, count)) * count / min(kept, count)).astype(np.int64)


def _combine(
    data: Panel,
    parts: Sequence[Fit],
    weights: Floats,
    fits: dict[str, Fit],
    left: dict[str, LeftOut],
    effort: dict[str, Any],
    keep: int,
) -> Posterior:
    counts = np.floor(weights * keep).astype(int)
    counts[int(np.argmax(weights))] += keep - counts.sum()
    pieces = [
        part.posterior.take(_spread(len(part.posterior), count))
        for part, count in zip(parts, counts, strict=True)
    ]

    report: dict[str, Any] = {
        "effort": effort,
        "counted": dict(data.counted),
        "weights": {p.version.name: round(float(w), 4) for p, w in zip(parts, weights, strict=True)},
        "diagnostics": {name: one.diagnostics for name, one in fits.items()},
        "intervals": {name: _intervals(one.posterior) for name, one in fits.items()},
        "left_out": {
            name: {
                "log_density": round(float(one.log_density.sum()), 2),
                "untrusted": [data.models[i] for i in np.flatnonzero(one.untrusted)],
                "refitted": list(one.refitted),
            }
            for name, one in left.items()
        },
    }
    return joined(pieces, report)


def _intervals(found: Posterior) -> dict[str, list[float]]:
    """5 %, 50 % and 95 % of every parameter."""
    return {
        name: [round(float(q), 4) for q in np.quantile(draws, (0.05, 0.5, 0.95))]
        for name, draws in found.values.items()
    }


ALL: Final = tuple(SPECIFICATIONS)
"""Names of all versions, those that are only reported last."""
