"""The same law fitted again with something changed: runs dropped, another delta, another objective, only small runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from .frontier import TRAINING_FLOP_PER_PARAM_TOKEN
from .objectives import Objective

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .result import Fit
    from .runs import Runs

    Floats = NDArray[np.float64]

DROPS: Final = {
    "highest": "runs with the highest loss (or output)",
    "largest": "runs with the most compute (or the largest first input)",
    "smallest": "runs with the least compute (or the smallest first input)",
}
_DELTAS: Final = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)


@dataclass(frozen=True)
class Refit:
    """One refit of a sweep.

    Attributes
    ----------
    change : str
        What was changed.
    dropped : int
    params : mapping of str to float
        NaN where the fit was refused; `note` says why.
    note : str
    """

    change: str
    dropped: int
    params: Mapping[str, float]
    note: str = ""


@dataclass(frozen=True)
class Extrapolation:
    """A fit of the small runs, scored on the large ones.

    Attributes
    ----------
    fitted, scored : int
        Runs.
    bias, spread : float
        Mean and root mean square of observed minus predicted on the large runs, in the space of the objective.
    covered : float
        Share of the large runs inside the predictive interval.
    level : float
        Share that should be.
    beyond : float
        Largest compute over the largest that was fitted.
    """

    fitted: int
    scored: int
    bias: float
    spread: float
    covered: float
    level: float
    beyond: float


def subset(runs: Runs, keep: NDArray[np.bool_]) -> Runs:
    """Some of the runs."""
    columns = {name: value[keep] for name, value in runs.columns.items()}
    clusters = None if runs.clusters is None else runs.clusters[keep]
    return replace(runs, columns=columns, rows=runs.rows[keep], clusters=clusters)


def size_of(fit: Fit) -> Floats:
    """Compute of each run where it is known, else its first input, shape (n,)."""
    columns = fit.runs.columns
    if "training_flop" in columns:
        return columns["training_flop"]
    if "params" in columns and "tokens" in columns:
        found: Floats = TRAINING_FLOP_PER_PARAM_TOKEN * columns["params"] * columns["tokens"]
        return found
    return columns[fit.law.inputs[0].name]


def drop_sweep(
    fit: Fit, by: str = "highest", counts: Sequence[int] = (1, 2, 3, 5, 8, 12)
) -> tuple[Refit, ...]:
    """Refit without the k runs at one end.

    Parameters
    ----------
    fit : Fit
    by : str
        One of `DROPS`.
    counts : sequence of int
        k; those that leave too few runs are noted.

    Returns
    -------
    tuple of Refit
        First the fit as it is.

    Examples
    --------
    >>> from curveshift.laws import Chinchilla, chinchilla_runs, drop_sweep
    >>> whole = Chinchilla.fit(chinchilla_runs(0), objective="huber", resamples=0)
    >>> [round(refit.params["beta"], 2) for refit in drop_sweep(whole, counts=(5,))]
    [0.45, 0.37]
    """
    if by not in DROPS:
        raise unknown_name("end to drop", by, DROPS, "by")
    key = {"highest": -fit.observed, "largest": -size_of(fit), "smallest": size_of(fit)}[by]
    order = np.argsort(key, kind="stable")
    made = [Refit("all runs", 0, fit.params)]
    for k in counts:
        keep = np.ones(len(order), dtype=bool)
        keep[order[:k]] = False
        made.append(_again(fit, subset(fit.runs, keep), fit.objective, f"without the {k} {by}", k))
    return tuple(made)


def delta_sweep(fit: Fit, deltas: Sequence[float] = _DELTAS) -> tuple[Refit, ...]:
    """Refit by Huber's loss with each delta: what is reported should not hang on it.

    Examples
    --------
    >>> from curveshift.laws import Chinchilla, chinchilla_runs, delta_sweep
    >>> whole = Chinchilla.fit(chinchilla_runs(), objective="huber", resamples=0)
    >>> [round(refit.params["beta"], 3) for refit in delta_sweep(whole, (1e-4, 1e-3))]
    [0.365, 0.367]
    """
    return tuple(
        _again(fit, fit.runs, Objective("huber", fit.objective.space, delta), f"huber, delta {delta:g}", 0)
        for delta in deltas
    )


def objective_sweep(fit: Fit) -> tuple[Refit, ...]:
    """Refit by each objective with its usual settings, in the same space."""
    aims = [
        Objective(kind, fit.objective.space)
        for kind in ("student_t", "huber", "least_squares", "least_absolute")
    ]
    return tuple(_again(fit, fit.runs, aim, aim.label, 0) for aim in aims)


def extrapolation(fit: Fit, quantile: float = 0.7, *, level: float = 0.9, seed: int = 0) -> Extrapolation:
    """Fit the runs below a quantile of compute, and score the ones above.

    Parameters
    ----------
    fit : Fit
    quantile : float
        Between 0 and 1.
    level : float
        Of the predictive interval.
    seed : int

    Raises
    ------
    CurveshiftError
        If either part is too small, or the small runs do not identify the law.
    """
    if not 0.0 < quantile < 1.0:
        raise CurveshiftError(f"{quantile!r} is outside its range: between 0 and 1", "quantile")
    size = size_of(fit)
    small = size <= np.quantile(size, quantile)
    if small.all():
        raise CurveshiftError("no run lies above this quantile of compute", "quantile")
    from .fitting import fit as fit_law

    part = fit_law(type(fit.law), subset(fit.runs, small), objective=fit.objective, resamples=400, seed=seed)
    large = subset(fit.runs, ~small)
    inputs = {q.name: large.columns[q.name] for q in fit.law.inputs}
    centre, low, high = part.predict(interval=level, new_run=True, **inputs)
    y = large.columns[fit.law.output.name]
    apart = np.log(y / centre) if fit.objective.space == "log" else y - centre
    return Extrapolation(
        int(small.sum()), int((~small).sum()), float(apart.mean()), float(np.sqrt(np.mean(apart**2))),
        float(np.mean((low <= y) & (y <= high))), level, float(size.max() / size[small].max()),
    )  # fmt: skip


def _again(fit: Fit, runs: Runs, objective: Objective, change: str, dropped: int) -> Refit:
    from .fitting import fit as fit_law

    try:
        found = fit_law(type(fit.law), runs, objective=objective, resamples=0)
    except CurveshiftError as refused:
        return Refit(change, dropped, dict.fromkeys(fit.params, float("nan")), str(refused))
    return Refit(change, dropped, found.params, "; ".join(found.warnings))
