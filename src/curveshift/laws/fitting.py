"""Fit a law to runs: check the design, find the optimum, resample, warn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .bootstrap import caveats, resample
from .minimise import minimise
from .objectives import Objective
from .pinned import pin
from .reading import read_runs
from .result import Fit
from .sheets import MOST_RUNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Law, Prepared
    from .minimise import Optimum

    Floats = NDArray[np.float64]

RAY: Final = 0.05
"""Least standard deviation of one log input about the line through the others (5 %)."""
ROUNDING: Final = 1e-9
"""Largest relative residual of runs that lie on the law."""
SAME: Final = 0.02
"""Values within 2 % are one scale."""


def fit(
    law: type[Law],
    data: Any,
    *,
    objective: str | Objective = "student_t",
    space: str | None = None,
    delta: float = 1e-3,
    nu: float = 4.0,
    quantile: float = 0.5,
    resamples: int = 1000,
    scheme: str | None = None,
    seed: int = 0,
    fixed: Mapping[str, float] | None = None,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
    **reading: Any,
) -> Fit:
    """Fit a law to training runs.

    Parameters
    ----------
    law : type of Law
        Such as `Chinchilla`.
    data : Runs, mapping of arrays, data frame, or path of a file
        Rows are runs; see `curveshift.laws.read_runs` for names, units and conventions.
    objective : str or Objective
        ``student_t`` (the default: its scale is fitted, so no setting decides), ``huber``, ``least_squares``,
        ``least_absolute`` or ``asymmetric``.
    space : str
        ``log`` for relative errors, ``raw`` for absolute ones; by default as the law says.
    delta, nu, quantile : float
        Settings of the objective.
    resamples : int
        Refits of resampled data for the intervals; 0 for none.
    scheme : str, optional
        ``case``, ``cluster`` or ``wild``; by clusters where the runs have them, else by case.
    seed : int
    fixed : mapping of str to float, optional
        Parameters held at a value, such as the chance floor of a benchmark.
    force : bool
        Fit although the design does not identify the law, and take what `read_runs` would refuse; the result says so.
    progress : callable, optional
        Called with (resamples done, resamples in all).
    **reading
        Passed to `read_runs` where the data are not `Runs` yet.

    Returns
    -------
    Fit

    Raises
    ------
    CurveshiftError
        For data that cannot be read, or a design that cannot identify the law.

    Examples
    --------
    >>> from curveshift import laws
    >>> found = laws.fit(laws.Chinchilla, laws.chinchilla_runs(), objective="huber", resamples=0)
    >>> {name: round(value, 4) for name, value in found.params.items()}
    {'E': 1.8172, 'A': 477.8259, 'B': 2143.4174, 'alpha': 0.3473, 'beta': 0.3672}
    """
    aim = (
        objective
        if isinstance(objective, Objective)
        else Objective(objective, space or law.space, delta=delta, nu=nu, quantile=quantile)
    )
    runs = read_runs(data, law, force=force, **reading)
    inputs = {q.name: runs.columns[q.name] for q in law.inputs}
    y = runs.columns[law.output.name]
    if aim.space == "log" and not (y > 0.0).all():
        i = int(np.argmin(y))
        raise CurveshiftError(
            f"{law.output.name} {y[i]:g} has no logarithm: fit with space='raw'", f"row {runs.rows[i]}"
        )
    held = dict(fixed or {})
    warnings = list(_check(law, inputs, len(law.parameters) - len(held), force))
    prepared = pin(law, law.prepare(inputs), held) if held else law.prepare(inputs)
    best = minimise(prepared, y, np.ones(len(y)), aim)
    if not np.isfinite(best.theta).all():
        raise CurveshiftError("no finite optimum: the law does not describe these runs", law.name)
    prepared, best, ends = _in_range(law, inputs, y, aim, held, prepared, best)
    held |= ends
    warnings += [
        f"{name} is not identified: it fits best beyond its range and is held at its end, {end:g}"
        for name, end in ends.items()
    ]
    f, _ = prepared.model.value(best.theta[None, :])
    exact = bool((np.abs(np.exp(f[0]) - y) < ROUNDING * np.abs(y)).all())
    if exact:
        warnings.append("the law fits these runs to rounding: there is no error to estimate, and no interval")
    elif not best.converged:
        warnings.append("the optimum is not certified: the last step was not a full Newton step")
    chosen = scheme or ("cluster" if runs.clusters is not None else "case")
    again = None
    if resamples and not exact:
        again = resample(
            prepared, y, aim, best.theta, best.sigma,
            count=resamples, seed=seed, scheme=chosen, clusters=runs.clusters, progress=progress,
        )  # fmt: skip
        warnings += caveats(again, len(runs), len(law.parameters) - len(held), runs.clusters is not None)
    made = Fit.made(law, aim, runs, prepared, best, again, warnings, tuple(held))
    if exact:
        return made
    from .diagnosis import shared_errors

    return replace(made, warnings=(*made.warnings, *shared_errors(made)))


def _in_range(
    law: type[Law],
    inputs: dict[str, Floats],
    y: Floats,
    aim: Objective,
    held: Mapping[str, float],
    prepared: Prepared,
    best: Optimum,
) -> tuple[Prepared, Optimum, dict[str, float]]:
    """Where the optimum lies beyond a range, the one at its end: a value cut off by itself would fit no longer."""
    ends: dict[str, float] = {}
    while prepared.penalised is None:
        values = prepared.natural(best.theta[None, :])[0]
        beyond = {
            p.name: float(np.clip(value, p.low, p.high))
            for p, value in zip(law.parameters, values, strict=True)
            if p.name not in held and p.name not in ends and not p.low <= value <= p.high
        }
        if not beyond or len(held) + len(ends) + len(beyond) >= len(law.parameters):
            break
        ends |= beyond
        prepared = pin(law, law.prepare(inputs), {**held, **ends})
        best = minimise(prepared, y, np.ones(len(y)), aim)
    return prepared, best, ends


def _check(law: type[Law], inputs: dict[str, Floats], size: int, force: bool) -> list[str]:
    """Refuse a design that cannot identify the law, or say so where it is forced."""
    n = len(next(iter(inputs.values())))
    if n > MOST_RUNS:
        raise CurveshiftError(
            f"{n:,} runs: at most {MOST_RUNS:,}; average repeated runs or draw a sample first", law.name
        )
    found = []
    if n < size + 2:
        found.append(f"{n} runs for {size} parameters: at least {size + 2} are needed")
    logs = {}
    for quantity in law.inputs:
        name, value = quantity.name, inputs[quantity.name]
        logs[name] = np.log(value) if (value > 0).all() else value
        scales = _distinct(logs[name])
        fewest = law.fewest_scales if quantity.scales is None else quantity.scales
        if scales < fewest:
            found.append(f"{scales} distinct values of {name}: at least {fewest} are needed to see a curve")
    found += law.design(inputs)
    if not found and len(logs) > 1:
        found += _rays(law, logs)
    if found and not force:
        raise CurveshiftError("; ".join(found) + " (force=True or --force fits all the same)", law.name)
    return [f"not identified by design: {what}" for what in found]


def _distinct(log: Floats) -> int:
    return len(np.unique(np.floor((log - log.min()) / SAME + 0.5)))


def _rays(law: type[Law], logs: dict[str, Floats]) -> list[str]:
    found = []
    alone = [q.name for q in law.inputs if q.scales == 1]
    for name, value in logs.items():
        if name in alone:
            continue
        others = [v for other, v in logs.items() if other != name]
        design = np.column_stack([np.ones(len(value)), *others])
        solved = np.linalg.lstsq(design, value, rcond=None)[0]
        if float(np.std(value - design @ solved)) < RAY:
            found.append(
                f"{name} follows from {', '.join(o for o in logs if o != name)} in every run (one ray), so their"
                f" effects cannot be told apart: add runs with {name} at least 3 times higher or lower for the same"
                " rest"
            )
            break
    return found
