"""How much more compute one recipe is worth than another: the compute-equivalent gain, and what it hangs on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift import notebooks
from curveshift.errors import CurveshiftError

from .recipes import FREE, ONE, SHARED, Pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NOT_STATED: Final = "not stated"
APART: Final = 1.5
"""Multipliers that differ by more than this factor between asymptotes are pointed out."""
MISFIT: Final = 0.05
"""Below this probability the hypothesis of one shape is called a poor fit."""


@dataclass(frozen=True)
class Gain:
    """The compute-equivalent gain at one compute or loss, under one hypothesis about the asymptote.

    Attributes
    ----------
    asymptote : str
        ``free``, ``shared``, or ``pinned at`` a value.
    flop : float
        Of the first recipe.
    loss : float
        That the first recipe reaches with it.
    multiplier, low, high : float
        Compute of the first recipe over that of the second for this loss; zero where the second never gets there.
    unreached : float
        Part of the resamples in which the second recipe never reaches the loss; they count as a multiplier of 0.
    """

    asymptote: str
    flop: float
    loss: float
    multiplier: float
    low: float
    high: float
    unreached: float


@dataclass(frozen=True)
class Shape:
    """Test of the hypothesis that two recipes differ by one constant multiplier.

    Attributes
    ----------
    statistic : float
        F: how much the squares fall when each recipe has its own curve.
    freedom, spare : int
        Degrees of freedom of its numerator and denominator.
    probability : float
        Of such a statistic or a larger one if the curves have one shape.
    """

    statistic: float
    freedom: int
    spare: int
    probability: float

    @property
    def fits(self) -> bool:
        """Whether one shape describes both."""
        return self.probability >= MISFIT


@dataclass(frozen=True)
class Multiplier:
    """A compute multiplier between two recipes, as far as the runs show it.

    Attributes
    ----------
    gains : tuple of Gain
    shape : Shape
    level : float
    evaluation : str
        What the losses were measured on: the asymptote belongs to it.
    warnings : tuple of str
    """

    gains: tuple[Gain, ...]
    shape: Shape
    level: float
    evaluation: str
    warnings: tuple[str, ...]

    def _repr_html_(self) -> str:
        return notebooks.records(self.rows(), "Compute multiplier", self.warnings)

    def rows(self) -> list[dict[str, Any]]:
        """One row for each asymptote and compute."""
        return [dict(vars(gain)) for gain in self.gains]


def compute_multiplier(
    first: Any,
    second: Any,
    *,
    flop: Sequence[float] | None = None,
    pinned: Sequence[float] = (),
    evaluation: str = NOT_STATED,
    resamples: int = 400,
    level: float = 0.9,
    seed: int = 0,
) -> Multiplier:
    """Compare two recipes by the compute that each needs for the same loss.

    Each recipe follows L(C) = E + A C^-α along its own path of runs. The multiplier at a compute C of the first is
    C over the compute with which the second reaches the same loss. It is reported three times: with an asymptote of
    its own for each recipe, with one asymptote for both, and pinned at values that you give, because it hangs
    on that choice more than on the noise.

    Parameters
    ----------
    first, second : Runs, mapping of arrays, data frame or path
        `training_flop` and `loss` of the two recipes on the same evaluation.
    flop : sequence of float, optional
        Where to compare; the ends and the middle of the range that both recipes cover unless given.
    pinned : sequence of float
        Asymptotes to try, each at least 0 and below every loss.
    evaluation : str
        Name of the evaluation that the losses come from.
    resamples : int
        Pairs of resampled data sets, at least 100.
    level : float
    seed : int

    Returns
    -------
    Multiplier

    Raises
    ------
    CurveshiftError
        For runs that cannot show a curve, or an asymptote that is not below every loss.

    Examples
    --------
    >>> import numpy as np
    >>> flop = np.geomspace(1e18, 1e21, 12)
    >>> wiggle = 0.004 * np.sin(7.0 * np.arange(12.0))
    >>> old = {"training_flop": flop, "loss": (1.7 + 60.0 * flop**-0.09) * np.exp(wiggle)}
    >>> new = {"training_flop": flop, "loss": (1.7 + 60.0 * (3.0 * flop) ** -0.09) * np.exp(wiggle[::-1])}
    >>> found = compute_multiplier(old, new, pinned=[1.7], resamples=100)
    >>> pinned = [gain for gain in found.gains if gain.asymptote == "pinned at 1.7"]
    >>> all(2.0 < gain.multiplier < 4.5 for gain in pinned)
    True
    """
    if not 100 <= resamples <= 100_000:
        raise CurveshiftError(f"{resamples} resamples: give 100 to 100,000", "resamples")
    if not 0.0 < level < 1.0:
        raise CurveshiftError(
            f"{level!r} is outside its range: a level between 0 and 1, such as 0.9", "level"
        )
    pair = Pair.read(first, second)
    lowest = float(pair.loss.min())
    for value in pinned:
        if not 0.0 <= value < lowest:
            raise CurveshiftError(
                f"{value:g} is not an asymptote: give 0 or more, below {lowest:g}", "pinned"
            )
    warnings = []
    if evaluation == NOT_STATED:
        warnings.append("name the evaluation: the asymptote, and with it the multiplier, belongs to it")
    low, high = pair.overlap
    if low >= high:
        warnings.append("the recipes share no range of compute: every multiplier is an extrapolation")
        low, high = high, low
    at = np.geomspace(low, high, 3) if flop is None else np.asarray(flop, dtype=np.float64)
    if not (np.isfinite(at) & (at > 0.0)).all():
        raise CurveshiftError("compute must be finite and above 0", "flop")
    weights = pair.resampled(resamples, seed)
    fits = {"free": pair.fit(FREE), "shared": pair.fit(SHARED)}
    fits |= {f"pinned at {value:g}": pair.fit(SHARED, value) for value in pinned}
    gains = []
    for name, fitted in fits.items():
        draws = fitted.again(weights)
        tails = widened(level, len(pair.loss), fitted.size)
        gains += [_gain(name, float(c), fitted.values, draws, tails) for c in at]
    shape = _shape(pair)
    if not shape.fits:
        warnings.append(
            f"one multiplier does not describe both recipes (p = {shape.probability:.2g}): it changes with compute or"
            " the asymptotes differ"
        )
    return Multiplier(tuple(gains), shape, level, evaluation, (*warnings, *_hangs(gains)))


def _gain(name: str, flop: float, values: Floats, draws: Floats, tails: tuple[float, float]) -> Gain:
    loss, multiplier = _ratio(values[None, :], flop)
    drawn = _ratio(draws, flop)[1]
    low, high = np.quantile(drawn, tails, method="inverted_cdf")
    never = float(np.mean(drawn == 0.0))
    return Gain(name, flop, float(loss[0]), float(multiplier[0]), float(low), float(high), never)


def widened(level: float, n: int, size: int) -> tuple[float, float]:
    """Quantiles of resampled fits of few runs that bound an interval (Hesterberg 2015, expanded percentile)."""
    from scipy.special import ndtr, stdtrit

    spare = max(n - size, 1)
    low = float(ndtr(np.sqrt(n / spare) * stdtrit(spare, 0.5 - 0.5 * level)))
    return low, 1.0 - low


def _ratio(values: Floats, flop: float) -> tuple[Floats, Floats]:
    """Loss of the first recipe, and its compute over that of the second for this loss, shape (R,)."""
    e1, e2, log_a1, log_a2, alpha1, alpha2 = values.T
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        loss = e1 + np.exp(log_a1 - alpha1 * np.log(flop))
        log_second = (log_a2 - np.log(np.maximum(loss - e2, 0.0))) / alpha2
        return loss, np.where(loss > e2, np.exp(np.log(flop) - log_second), 0.0)


def _shape(pair: Pair) -> Shape:
    """F test of one shape against two curves, by least squares: its level holds for heavy tails too."""
    from scipy.special import fdtrc

    one, free = pair.fit(ONE, objective="least_squares"), pair.fit(FREE, objective="least_squares")
    freedom, spare = free.size - one.size, len(pair.loss) - free.size
    statistic = max(one.value / max(free.value, 1e-300) - 1.0, 0.0) * spare / freedom
    return Shape(float(statistic), freedom, spare, float(fdtrc(freedom, spare, statistic)))


def _hangs(gains: Sequence[Gain]) -> list[str]:
    """Say so where the choice of the asymptote moves a multiplier."""
    found = []
    for flop in sorted({gain.flop for gain in gains}):
        here = [gain.multiplier for gain in gains if gain.flop == flop]
        low, high = min(here), max(here)
        if low <= 0.0 or high / low > APART:
            found.append(
                f"at {flop:.3g} FLOP the multiplier is {low:.3g} to {high:.3g} depending on the asymptote alone"
            )
    return found
