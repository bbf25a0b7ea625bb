"""Diagnostics as data: what of a fit can be trusted, and why not the rest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .identify import HEAVY, Identifiability, Pull, identifiability, leverage
from .isoflop import disagreement
from .sweeps import Extrapolation, Refit, drop_sweep, extrapolation, objective_sweep, size_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .result import Fit

    Floats = NDArray[np.float64]

LEVEL: Final = 0.01
"""Probability below which a pattern in the residuals is pointed out."""
MOVED: Final = 0.1
"""A parameter that moves by more than this part of itself when 5 runs are dropped is pointed out."""
SAME: Final = 0.02
"""Values of an input within 2 % of the next are those of one group."""


@dataclass(frozen=True)
class Trend:
    """A pattern of the residuals.

    Attributes
    ----------
    against : str
        ``compute``, an input, ``tokens_per_param``, or ``groups of`` an input.
    slope, error : float
        Of residuals against the natural logarithm; for groups the share of the variance between them, and 0.
    probability : float
        Of as strong a pattern by chance: Spearman's rank correlation, or the test of Kruskal and Wallis for groups.
    """

    against: str
    slope: float
    error: float
    probability: float


@dataclass(frozen=True)
class Diagnosis:
    """Everything that was checked about a fit.

    Attributes
    ----------
    identifiability : Identifiability
    leverage : tuple of Pull
    trends : tuple of Trend
    drops : tuple of Refit
        Without the runs of the highest loss.
    objectives : tuple of Refit
    extrapolation : Extrapolation or None
        None where the small runs do not identify the law; the warnings say so.
    warnings : tuple of str
        Those of the fit, and what was found here.
    """

    identifiability: Identifiability
    leverage: tuple[Pull, ...]
    trends: tuple[Trend, ...]
    drops: tuple[Refit, ...]
    objectives: tuple[Refit, ...]
    extrapolation: Extrapolation | None
    warnings: tuple[str, ...]


def diagnose(fit: Fit, *, quantile: float = 0.7, seed: int = 0) -> Diagnosis:
    """Check a fit from every side.

    Parameters
    ----------
    fit : Fit
    quantile : float
        Of compute, up to which runs are fitted for the extrapolation check.
    seed : int

    Returns
    -------
    Diagnosis

    Examples
    --------
    >>> from curveshift.laws import Chinchilla, chinchilla_runs, diagnose
    >>> found = diagnose(Chinchilla.fit(chinchilla_runs(0), objective="huber", resamples=0))
    >>> [warning for warning in found.warnings if "beta moves" in warning]
    ['beta moves by -19 % without the 5 runs of highest loss']
    """
    told = list(fit.warnings)
    known = identifiability(fit)
    if known.weak:
        told.append(f"weakly known: {', '.join(known.weak)}; {known.words}")
    pulls = leverage(fit)
    usual = len(fit.law.parameters) / len(fit.runs)
    heavy = [pull for pull in pulls if pull.leverage > max(HEAVY * usual, 0.5)]
    if heavy:
        rows = ", ".join(str(pull.row) for pull in heavy)
        told.append(
            f"the fit hangs on few runs: rows {rows} have a leverage above {max(HEAVY * usual, 0.5):.2f}"
        )
    trends = residual_trends(fit)
    for trend in trends:
        if trend.probability < LEVEL and _words(trend) not in told:
            told.append(_words(trend))
    drops = drop_sweep(fit, counts=(1, 2, 5))
    for name, value in drops[-1].params.items():
        moved = value / fit.params[name] - 1.0
        if name in _shape_names(fit) and abs(moved) > MOVED:
            told.append(f"{name} moves by {moved * 100:+.0f} % without the 5 runs of highest loss")
    try:
        ahead = extrapolation(fit, quantile, seed=seed)
        error = ahead.spread / math.sqrt(ahead.scored)
        if ahead.covered < ahead.level - 2.0 * math.sqrt(ahead.level * (1 - ahead.level) / ahead.scored):
            told.append(
                f"a fit of the smaller runs misses the larger ones: {ahead.covered:.0%} lie in its"
                f" {ahead.level:.0%} interval, bias {ahead.bias:+.2g} (± {error:.1g})"
            )
    except CurveshiftError as refused:
        ahead = None
        told.append(f"no extrapolation check: {refused}")
    apart = disagreement(fit) if hasattr(fit.law, "compute_optimal") else None
    if apart:
        told.append(apart)
    return Diagnosis(known, pulls, trends, drops, objective_sweep(fit), ahead, tuple(told))


def residual_trends(fit: Fit) -> tuple[Trend, ...]:
    """Patterns of the residuals against compute, each input and tokens per parameter, and within groups of runs.

    Returns
    -------
    tuple of Trend
    """
    r = fit.residuals
    axes = {"compute": size_of(fit)}
    columns = fit.runs.columns
    axes |= {q.name: columns[q.name] for q in fit.law.inputs if (columns[q.name] > 0.0).all()}
    if "params" in columns and "tokens" in columns:
        axes["tokens_per_param"] = columns["tokens"] / columns["params"]
    made = [_slope(name, np.log(value), r) for name, value in axes.items()]
    return (*made, *_grouped(fit))


def shared_errors(fit: Fit) -> tuple[str, ...]:
    """Warnings where runs that share an input err together and no clusters were given.

    Examples
    --------
    >>> from curveshift.laws import Chinchilla, chinchilla_runs
    >>> shared_errors(Chinchilla.fit(chinchilla_runs(), resamples=0))[0][:42]
    'runs with the same params err together (p '
    """
    return tuple(_words(trend) for trend in _grouped(fit) if trend.probability < LEVEL)


def _grouped(fit: Fit) -> list[Trend]:
    if fit.runs.clusters is not None:
        return []
    columns, size = fit.runs.columns, len(fit.law.parameters)
    found = [_groups(q.name, columns[q.name], fit.residuals, size) for q in fit.law.inputs]
    return [trend for trend in found if trend is not None]


def _slope(name: str, x: Floats, r: Floats) -> Trend:
    centred = x - x.mean()
    square = float(centred @ centred)
    if square <= 0.0:
        return Trend(name, 0.0, 0.0, 1.0)
    slope = float(centred @ r) / square
    rest = r - r.mean() - slope * centred
    error = math.sqrt(float(rest @ rest) / max(len(r) - 2, 1) / square)
    # The rank correlation of Spearman, by its normal approximation.
    a, b = _ranks(x), _ranks(r)
    correlation = float(a @ b) / max(math.sqrt(float(a @ a) * float(b @ b)), 1e-300)
    return Trend(name, slope, error, math.erfc(abs(correlation) * math.sqrt((len(r) - 1) / 2.0)))


def _ranks(x: Floats) -> Floats:
    """Centred ranks, ties sharing theirs."""
    _, at, count = np.unique(x, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - 0.5 * (count + 1)
    found: Floats = middle[at] - middle[at].mean()
    return found


def _groups(name: str, column: Floats, r: Floats, size: int) -> Trend | None:
    """Whether runs with the same value of an input err together (Kruskal and Wallis 1952), None without such runs."""
    from scipy.special import gammaincc

    log = np.log(np.abs(column) + 1e-300)
    order = np.argsort(log, kind="stable")
    at = np.empty(len(log), dtype=np.intp)
    at[order] = np.concatenate([[0], np.cumsum(np.diff(log[order]) > SAME)])
    count = np.bincount(at)
    if len(count) <= size or len(count) > len(r) / 2:
        return None
    ranks = _ranks(r)
    share = float(np.sum(np.bincount(at, ranks) ** 2 / count)) / max(float(ranks @ ranks), 1e-300)
    statistic = (len(r) - 1) * share
    return Trend(f"groups of {name}", share, 0.0, float(gammaincc(0.5 * (len(count) - 1), 0.5 * statistic)))


def _words(trend: Trend) -> str:
    if trend.against.startswith("groups of "):
        return (
            f"runs with the same {trend.against[10:]} err together (p = {trend.probability:.2g}): intervals that take"
            " runs as independent are too narrow; give clusters"
        )
    return (
        f"residuals drift with {trend.against} (p = {trend.probability:.2g}, {trend.slope:+.2g} a factor of e): the law"
        " does not have the shape of the runs there"
    )


def _shape_names(fit: Fit) -> Mapping[str, float]:
    """Parameters that are not scales: those whose value means something by itself."""
    logs = [fit._prepared.direction(i)[1] for i in range(len(fit.law.parameters))]
    return {
        p.name: fit.params[p.name] for p, is_log in zip(fit.law.parameters, logs, strict=True) if not is_log
    }
