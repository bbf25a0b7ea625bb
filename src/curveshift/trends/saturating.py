"""Where the gain of reasoning training levels off: joint draws of the curve that the simulation uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.notebooks import Told

from .gain import first_reasoning_year, gain_at
from .posteriors import Posterior
from .posteriors import posterior as shipped
from .prior_records import settings
from .quantities import Quantity, day_of, last_year, nominal_error, sampler_warning, stream
from .shift_records import number, sampled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS: Final = 2000
_TRIED_PER_DRAW: Final = 100
_MONTHS_PER_YEAR: Final = 12.0
TELLING: Final = 0.8
"""A parameter whose interval is still this part as wide as before the record is called weakly identified."""
_FEW_EFFECTIVE: Final = 0.01
_TRIALS: Final = (
    "saturation.reasoning_gain", "saturation.midpoint_log_flop", "saturation.steepness_per_oom",
    "saturation.tenfold_months", "saturation.largest_share", "saturation.first_share",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Saturation(Told):
    """Joint draws of the curve of reasoning training.

    Gain = ceiling × sigmoid(steepness ln 10 (log10 FLOP of reinforcement learning − midpoint)).

    Attributes
    ----------
    ceiling : Quantity
        log10 of the gain when the curve has levelled off, orders of magnitude.
    midpoint : Quantity
        log10 of the FLOP of reinforcement learning at which half of it is reached.
    steepness : Quantity
        Per order of magnitude.
    effective : float
        Effective number of distinct curves behind the draws, of `tried`.
    tried : int
    narrowed : dict of str to float
        Width of each 90 % interval over that of its prior.
    correlation : array, shape (3, 3)
        Of the draws, in the order ceiling, midpoint, steepness.
    days : tuple of two dates
        Where the curve is held against the posterior of the gain.
    flop : tuple of Quantity
        log10 FLOP of reinforcement learning on these days, in the draws.
    gain : tuple of Quantity
        The posterior of the gain there, orders of magnitude.
    fitted : tuple of Quantity
        The curve there.
    warning : str
    """

    ceiling: Quantity
    midpoint: Quantity
    steepness: Quantity
    effective: float
    tried: int
    narrowed: dict[str, float]
    correlation: Floats
    days: tuple[date, date]
    flop: tuple[Quantity, Quantity]
    gain: tuple[Quantity, Quantity]
    fitted: tuple[Quantity, Quantity]
    warning: str

    def draws(self) -> Floats:
        """Ceiling, midpoint and steepness, shape (draw, 3)."""
        return np.stack([self.ceiling.draws, self.midpoint.draws, self.steepness.draws], axis=1)

    @property
    def weak(self) -> tuple[str, ...]:
        """Parameters about which the record says little: their intervals are nearly those of the prior."""
        return tuple(name for name, width in self.narrowed.items() if width > TELLING)

    def sources(self) -> list[str]:
        """Tables and works that the result rests on."""
        works = {source for name in _TRIALS for source in number(name).sources}
        return ["models", "benchmarks", "benchmark_scores", "rl_compute", *sorted(works)]

    def __str__(self) -> str:
        lines = [
            "gain of reasoning training = ceiling x sigmoid(steepness ln 10 (log10 FLOP of it - midpoint)):",
            f"  ceiling {self.ceiling}",
            f"  midpoint {self.midpoint}",
            f"  steepness {self.steepness}",
        ]
        for day, flop, gain, fitted in zip(self.days, self.flop, self.gain, self.fitted, strict=True):
            lines.append(
                f"  {day}: at {flop.median:.1f} ({flop.low:.1f} to {flop.high:.1f}) log10 FLOP the record says "
                f"{gain}, the curve {fitted.median:.3g} ({fitted.low:.3g} to {fitted.high:.3g})"
            )
        lines.append(f"  {self.effective:.0f} effective of {self.tried} curves tried; weakly identified: ")
        lines[-1] += ", ".join(self.weak) if self.weak else "none by its width alone"
        lines.append(
            "  two points on a curve of three parameters: ceiling and midpoint correlate by "
            f"{self.correlation[0, 1]:.2f}, midpoint and steepness by {self.correlation[1, 2]:.2f}"
        )
        return "\n".join([*lines, *([self.warning] if self.warning else [])])


def sigmoid_gain(log10_flop: Floats, ceiling: Floats, midpoint: Floats, steepness: Floats) -> Floats:
    """Gain in orders of magnitude at log10 FLOP of reinforcement learning (Khatri et al. 2025).

    Examples
    --------
    >>> float(sigmoid_gain(24.0, 1.5, 24.0, 2.0))
    0.75
    """
    from scipy.special import expit

    return np.asarray(ceiling * expit(steepness * np.log(10.0) * (log10_flop - midpoint)))


def saturation(posterior: Posterior | None = None, draws: int = DRAWS, seed: int = 0) -> Saturation:
    """Curves of the prior weighed by how well they pass through the gain at the end of 2024 and at the last model.

    The compute of reinforcement learning is known worst of all. At the first date it lies, in half of the curves tried,
    between the two published estimates for DeepSeek-R1, and in the others at the share that the first models of the
    kind of o1 are thought to have spent, of a base of the usual compute (in all curves where the two estimates were not
    known yet). Then it grows tenfold in three to eight months until it is the largest share of the largest run known.
    The two gains come from one straight line in time, so that they are two points at most, and three parameters cannot
    all be told from them. The prior is today's, also for an earlier posterior.

    Parameters
    ----------
    posterior : Posterior, optional
        The shipped one of all facts by default.
    draws : int
        Curves to return, from 1 to 100,000; a hundred times as many are tried.
    seed : int

    Returns
    -------
    Saturation

    Raises
    ------
    CurveshiftError
        For an impossible number of draws, or a posterior without reasoning models.

    Examples
    --------
    >>> found = saturation(draws=100)
    >>> found.draws().shape
    (100, 3)
    """
    if not 1 <= draws <= 100_000:
        raise CurveshiftError(f"{draws!r} is outside its range: a whole number from 1 to 100,000", "draws")
    post = shipped() if posterior is None else posterior
    first = max(settings().gain_year, first_reasoning_year(post))
    last = max(last_year(post), first)
    tried = draws * _TRIED_PER_DRAW
    shocks = stream(seed, "saturation")
    ceiling_x, midpoint, steepness, tenfold, share, first_share = (
        sampled(n, shocks.random(tried)) for n in _TRIALS
    )
    prior = {"ceiling": np.log10(ceiling_x), "midpoint": midpoint, "steepness": steepness}
    early = _early_flop(post, first_share, shocks)
    most = np.log10(share) + _largest_run(day_of(last), shocks, tried)
    late = np.minimum(early + _MONTHS_PER_YEAR * (last - first) / tenfold, np.maximum(most, early))
    curves = np.stack([sigmoid_gain(flop, *prior.values()) for flop in (early, late)])
    held = np.stack([gain_at(post, year) for year in (first, last)])
    weights = _weights(curves, held)
    # Systematic resampling: each curve comes as often as its weight says, to within one.
    at = np.searchsorted(np.cumsum(weights), (np.arange(draws) + shocks.random()) / draws).clip(0, tried - 1)
    chosen = {name: values[at] for name, values in prior.items()}
    effective = float(1.0 / np.sum(weights**2))
    warning = sampler_warning(post)
    if effective < _FEW_EFFECTIVE * tried:
        told = f"fewer than 1 % of the curves tried pass near both points of the record: {effective:.0f} are left"
        warning = f"{told}\n{warning}" if warning else told
    units = ("orders of magnitude", "log10 FLOP", "per order of magnitude")
    ceiling, middle, steep = (Quantity(v, u) for v, u in zip(chosen.values(), units, strict=True))
    return Saturation(
        ceiling, middle, steep,
        effective=effective,
        tried=tried,
        narrowed={name: _width(chosen[name]) / _width(prior[name]) for name in prior},
        correlation=np.corrcoef(np.stack(list(chosen.values()))) if draws > 1 else np.eye(3),
        days=(day_of(first), day_of(last)),
        flop=(Quantity(early[at], "log10 FLOP"), Quantity(late[at], "log10 FLOP")),
        gain=(Quantity(held[0], "orders of magnitude"), Quantity(held[1], "orders of magnitude")),
        fitted=(Quantity(curves[0, at], "orders of magnitude"), Quantity(curves[1, at], "orders of magnitude")),
        warning=warning,
    )  # fmt: skip


def _width(draws: Floats) -> float:
    found = Quantity(draws, "")
    return found.high - found.low


def _weights(curves: Floats, held: Floats) -> Floats:
    """Weights of curves by the normal density of the posterior at their two points; they add to 1."""
    off = curves - held.mean(axis=1, keepdims=True)
    # Where the two dates coincide the second says nothing new: the pseudo-inverse leaves it out.
    inverse = np.linalg.pinv(np.cov(held), hermitian=True)
    log_weight = -0.5 * np.einsum("id,ij,jd->d", off, inverse, off)
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())


def _early_flop(post: Posterior, first_share: Floats, shocks: np.random.Generator) -> Floats:
    """log10 FLOP of reinforcement learning of the first reasoning models, shape (curve,)."""
    tried = len(first_share)
    told = [
        row["central"]
        for row in facts.rows("rl_compute", as_of=post.panel.as_of)
        if row["metric"] == "rl_flop" and row["subject"].startswith("DeepSeek-R1")
    ]
    row = shocks.integers(len(post), size=tried)
    usual = post.usual_log10_flop(years=first_reasoning_year(post), china=False, small=False, disclosed=False)
    other = np.log10(first_share) + usual[row]
    if len(told) < 2:
        return np.asarray(other)
    share = number("saturation.disclosed_share").central
    disclosed = np.log10(told).mean() + nominal_error(min(told), max(told)) * shocks.standard_normal(tried)
    return np.asarray(np.where(shocks.random(tried) < share, disclosed, other))


def _largest_run(day: date, shocks: np.random.Generator, tried: int) -> Floats:
    """log10 FLOP of the largest run released by a day whose compute is published, with its error."""
    known = [row for row in facts.rows("models", as_of=day) if row["training_compute_flop"] is not None]
    largest = max(known, key=lambda row: row["training_compute_flop"])
    error = nominal_error(largest["training_compute_low_flop"], largest["training_compute_high_flop"])
    return np.asarray(np.log10(largest["training_compute_flop"]) + error * shocks.standard_normal(tried))
