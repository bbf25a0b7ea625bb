"""IsoFLOP parabolas (approach 2 of Hoffmann et al. 2022), offered with their bias and the alternative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift import notebooks
from curveshift.errors import CurveshiftError

from .frontier import TRAINING_FLOP_PER_PARAM_TOKEN
from .reading import read_runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Law
    from .result import Fit

    Floats = NDArray[np.float64]

SAME_BUDGET: Final = 0.1
"""Runs whose compute differs by less than this share of a log unit belong to one budget."""
FEWEST: Final = 4
"""Runs of a budget below which its parabola has no spare run."""
APART: Final = 0.1
BIAS: Final = (
    "parabolas in log N are a local picture of a curve that is not one: even without noise the optimal size comes out"
    " about 2 % off for narrow, centred budgets and like exponents, and up to a third off for wide or off-centre ones"
    " (isoflop_bias measures it for a law); fit the law itself"
)


@dataclass(frozen=True)
class Budget:
    """The parabola of one budget.

    Attributes
    ----------
    flop : float
    runs : int
    params, tokens, loss : float
        At its lowest point.
    inside : bool
        Whether that point lies among the runs of the budget; those outside are not used.
    """

    flop: float
    runs: int
    params: float
    tokens: float
    loss: float
    inside: bool


@dataclass(frozen=True)
class IsoFlop:
    """N_opt = G C^a from the lowest points of the parabolas.

    Attributes
    ----------
    exponent, intercept : float
        a, and log G (natural).
    exponent_error : float
        Standard error over budgets; it does not contain the bias.
    budgets : tuple of Budget
    warnings : tuple of str
    """

    exponent: float
    intercept: float
    exponent_error: float
    budgets: tuple[Budget, ...]
    warnings: tuple[str, ...] = (BIAS,)

    def _repr_html_(self) -> str:
        caption = (
            f"Optimal parameters grow as compute to the power {self.exponent:.3f} ± {self.exponent_error:.3f}"
        )
        return notebooks.records([dict(vars(budget)) for budget in self.budgets], caption, self.warnings)

    def params(self, flop: float) -> float:
        """Optimal parameters by this method."""
        return float(np.exp(self.intercept + self.exponent * np.log(flop)))


def fit_isoflop(data: Any, law: type[Law] | None = None) -> IsoFlop:
    """Fit a parabola of loss in log N to each budget, and a line through their lowest points.

    Parameters
    ----------
    data : Runs, mapping of arrays, data frame or path
        `params`, `tokens` and `loss`; runs of one budget share 6 N D to a tenth of a log unit.
    law : type of Law, optional
        Says how the data are read; Chinchilla's unless given.

    Returns
    -------
    IsoFlop
        Always with the warning about its bias.

    Raises
    ------
    CurveshiftError
        For fewer than two budgets with at least four runs and a lowest point among them.

    References
    ----------
    Hoffmann et al. 2022, arXiv 2203.15556, section 3.2.

    Examples
    --------
    >>> import numpy as np
    >>> from curveshift.laws import Chinchilla
    >>> law = Chinchilla(E=1.7, A=400.0, B=400.0, alpha=0.33, beta=0.33)
    >>> budget, ratio = np.meshgrid([1e19, 1e20, 1e21], np.geomspace(0.5, 2.0, 7))
    >>> n = np.sqrt(budget / 6.0) * ratio
    >>> runs = {"params": n.ravel(), "tokens": (budget / 6.0 / n).ravel()}
    >>> runs["loss"] = law.predict(**runs)
    >>> round(fit_isoflop(runs).exponent, 3)
    0.5
    """
    from .chinchilla import Chinchilla

    runs = read_runs(data, law or Chinchilla)
    n, d, y = runs.columns["params"], runs.columns["tokens"], runs.columns["loss"]
    log_c = np.log(TRAINING_FLOP_PER_PARAM_TOKEN * n * d)
    order = np.argsort(log_c, kind="stable")
    # A budget ends where the next run is further off than its own width allows.
    groups = np.split(order, np.flatnonzero(np.diff(log_c[order]) > SAME_BUDGET) + 1)
    budgets = []
    for mine in groups:
        if len(np.unique(np.round(np.log(n[mine]), 2))) >= FEWEST:
            budgets.append(_parabola(np.log(n[mine]), y[mine], float(np.median(log_c[mine]))))
    used = [b for b in budgets if b.inside]
    if len(used) < 2:
        raise CurveshiftError(
            f"{len(used)} budgets have {FEWEST} or more model sizes and a lowest point among them: 2 are needed",
            "isoflop",
        )
    x, z = np.log([b.flop for b in used]), np.log([b.params for b in used])
    centred = x - x.mean()
    slope = float(centred @ z / (centred @ centred))
    rest = z - z.mean() - slope * centred
    spare = len(used) - 2
    error = float(np.sqrt(rest @ rest / spare / (centred @ centred))) if spare else float("inf")
    told = [BIAS]
    if len(used) < len(budgets):
        told.append(
            f"{len(budgets) - len(used)} of {len(budgets)} budgets have no lowest point among their runs"
        )
    return IsoFlop(slope, float(z.mean() - slope * x.mean()), error, tuple(budgets), tuple(told))


def isoflop_bias(law: Law, *, width: float, off_centre: float = 1.0, sizes: int = 7) -> tuple[float, float]:
    """How far the parabolas are off without any noise.

    Parameters
    ----------
    law : Law
        With `compute_optimal`.
    width : float
        Largest over smallest model size in each budget, above 1.
    off_centre : float
        Centre of the sizes over the optimum.
    sizes : int
        Model sizes a budget, at least 4.

    Returns
    -------
    exponent, intercept : float
        Found minus true exponent, and found over true intercept G minus 1 at the geometric middle budget.

    Examples
    --------
    >>> from curveshift.laws import Chinchilla
    >>> law = Chinchilla(E=1.7, A=400.0, B=100.0, alpha=0.46, beta=0.23)
    >>> [round(isoflop_bias(law, width=width)[1], 2) for width in (4.0, 64.0, 256.0)]
    [0.01, 0.14, 0.25]
    """
    flop = np.geomspace(1e19, 1e23, 5)
    best, _ = law.compute_optimal(flop)  # type: ignore[attr-defined]
    spread = np.geomspace(width**-0.5, width**0.5, sizes) * off_centre
    n = (best[:, None] * spread[None, :]).ravel()
    d = np.repeat(flop, sizes) / TRAINING_FLOP_PER_PARAM_TOKEN / n
    found = fit_isoflop({"params": n, "tokens": d, "loss": law.predict(params=n, tokens=d)}, type(law))
    true = np.polyfit(np.log(flop), np.log(best), 1)
    return found.exponent - float(true[0]), found.params(float(flop[2])) / float(best[2]) - 1.0


def disagreement(fit: Fit) -> str | None:
    """A warning where the parabolas and the law place the optimum apart by more than a tenth, or None."""
    try:
        found = fit_isoflop(fit.runs, type(fit.law))
    except CurveshiftError:
        return None
    middle = float(np.exp(np.mean(np.log([b.flop for b in found.budgets]))))
    by_law = float(fit.law.compute_optimal(middle)[0])  # type: ignore[attr-defined]
    apart = found.params(middle) / by_law - 1.0
    if abs(apart) <= APART:
        return None
    return (
        f"isoFLOP parabolas put the optimal size at {middle:.2g} FLOP {apart:+.0%} from the law's: the parabolas are"
        " biased when the sizes of a budget are wide or off centre; if they are not, the law does not fit there"
    )


def _parabola(log_n: Floats, y: Floats, log_c: float) -> Budget:
    middle = log_n.mean()
    bend, slope, level = (float(v) for v in np.polyfit(log_n - middle, y, 2))
    if bend <= 0.0:
        return Budget(float(np.exp(log_c)), len(y), float("nan"), float("nan"), float("nan"), False)
    at = middle - slope / (2.0 * bend)
    params = float(np.exp(at))
    inside = bool(log_n.min() <= at <= log_n.max())
    tokens = float(np.exp(log_c)) / TRAINING_FLOP_PER_PARAM_TOKEN / params
    return Budget(float(np.exp(log_c)), len(y), params, tokens, level - slope**2 / (4.0 * bend), inside)
