"""How the least compute that reaches a level falls: frontier compute saved, read off without a regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError
from curveshift.notebooks import Told

from .posteriors import Posterior
from .posteriors import posterior as shipped
from .quantities import Quantity, stream
from .shift_records import milestones, number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_MONTHS: Final = 12.0
_ROUNDING: Final = 1e-9
_SEEN: Final = 0.5
"""Share of draws in which a level must have been reached over a time long enough to have a rate."""


@dataclass(frozen=True, eq=False)
class LevelFall:
    """Fall of the least compute at one level.

    Attributes
    ----------
    model : str
        Its capability is the level.
    per_year : Quantity
        Decimal logarithm of the factor by which the least compute fell each year, orders of magnitude; in the draws
        in which the level was reached over a time long enough.
    seen_share : float
        Share of such draws.
    likely : tuple of str
        Models that most often set a new low, in order of release.
    """

    model: str
    per_year: Quantity
    seen_share: float
    likely: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ComputeSaved(Told):
    """Fall of the least compute over several levels.

    Attributes
    ----------
    per_year : Quantity
        Pooled over levels, orders of magnitude a year: one slope, an intercept for each level, and levels drawn again
        with replacement in each draw, because another set of named models would have done as well.
    levels : tuple of LevelFall
    refused : tuple of (str, str)
        Levels without a rate, and why.
    models : int
        Models that could set a low: with published compute, not distilled, without reasoning training unless asked for.
    """

    per_year: Quantity
    levels: tuple[LevelFall, ...]
    refused: tuple[tuple[str, str], ...]
    models: int

    def sources(self) -> list[str]:
        """Tables that the result rests on."""
        return ["models", "benchmarks", "benchmark_scores"]

    def __str__(self) -> str:
        lines = [
            f"least compute at a level, {self.models} models with published compute: falls "
            f"{_factor(self.per_year)}x a year"
        ]
        for level in self.levels:
            lines.append(
                f"  level of {level.model}: {_factor(level.per_year)}x a year, lows set by {', '.join(level.likely)}"
            )
        lines += [f"  level of {name}: no rate, {why}" for name, why in self.refused]
        return "\n".join(lines)


def _factor(per_year: Quantity) -> str:
    low, middle, high = (10.0**q for q in (per_year.low, per_year.median, per_year.high))
    return f"{middle:.3g} ({low:.3g} to {high:.3g})"


def published_flop(posterior: Posterior, shocks: np.random.Generator) -> Floats:
    """Draws of log10 training compute where it is published, shape (draw, model); not a number elsewhere.

    A published value is a noisy reading. Its draws are drawn towards what is usual for the date and kind of the model,
    by as much as its error is large: the least of many noisy readings would be too small otherwise.
    """
    data = posterior.panel
    usual = np.stack(
        [
            posterior.usual_log10_flop(
                years=data.years[i], china=data.china[i], small=data.small[i], disclosed=data.disclosed[i]
            )
            for i in range(len(data.models))
        ],
        axis=1,
    )
    error = posterior["error_scale"][:, None] * data.log10_flop_error
    variance = posterior["compute_spread"][:, None] ** 2
    weight = variance / (variance + error**2)
    centre = weight * data.log10_flop + (1.0 - weight) * usual
    return np.asarray(centre + np.sqrt(weight) * error * shocks.standard_normal(centre.shape))


def compute_saved(
    posterior: Posterior | None = None,
    levels: Sequence[str] | None = None,
    *,
    reasoning: bool = False,
    seed: int = 0,
) -> ComputeSaved:
    """Fall of the least training compute that reached the capability of named models.

    In each draw, every model with published compute that is at least as capable as the named one counts. The least
    compute so far is a staircase by month, from the first such model to the last; its slope is the rate. It is a lower
    bound where nobody publishes the compute of models made to be just good enough.

    Parameters
    ----------
    posterior : Posterior, optional
        The shipped one of all facts by default.
    levels : sequence of str, optional
        Names of scored models; the recorded milestones by default.
    reasoning : bool
        Whether models with reasoning training count. They reach a level with less compute for another reason than the
        shift of the curve, so by default they do not.
    seed : int

    Returns
    -------
    ComputeSaved

    Raises
    ------
    CurveshiftError
        For an unknown model, or when no level has a rate.

    Examples
    --------
    >>> found = compute_saved()
    >>> "GPT-4 (Mar 2023)" in [level.model for level in found.levels]
    True
    """
    post = shipped() if posterior is None else posterior
    data = post.panel
    named = [m for m in milestones() if m in data.models] if levels is None else list(dict.fromkeys(levels))
    places = [post.index(name) for name in named]
    counts = data.disclosed & ~data.distilled & (reasoning | ~data.reasoning)
    at = np.flatnonzero(counts)
    at = at[np.argsort(data.years[at], kind="stable")]
    if not len(at):
        raise CurveshiftError("no model of this kind has published compute", "levels")
    flop = published_flop(post, stream(seed, "compute saved: flop"))[:, at]
    capability = post.capability[:, at]
    found: list[LevelFall] = []
    refused: list[tuple[str, str]] = []
    products, squares = [], []
    for name, place in zip(named, places, strict=True):
        product, square, sets = _moments(data.years[at], capability >= post.capability[:, [place]], flop)
        seen = square > 0.0
        if seen.mean() < _SEEN:
            why = (
                f"in {100 * (1 - seen.mean()):.0f} % of draws no two models with published compute reach it "
                f"{number('efficiency.least_years').central:g} year apart"
            )
            refused.append((name, why))
            continue
        products.append(product)
        squares.append(square)
        often = at[np.flatnonzero(sets >= _SEEN)]
        per_year = Quantity(-product[seen] / square[seen], "oom/year")
        found.append(LevelFall(name, per_year, float(seen.mean()), tuple(data.models[i] for i in often)))
    if not found:
        raise CurveshiftError(f"no level has a rate: {'; '.join(f'{n}: {w}' for n, w in refused)}", "levels")
    return ComputeSaved(
        Quantity(_pooled(np.stack(products), np.stack(squares), seed), "oom/year"),
        tuple(found),
        tuple(refused),
        len(at),
    )


def _moments(years: Floats, reached: NDArray[np.bool_], flop: Floats) -> tuple[Floats, Floats, Floats]:
    """Sums of products and squares about the means of the staircase by month, and how often each model set a low."""
    least = np.minimum.accumulate(np.where(reached, flop, np.inf), axis=1)
    before = np.concatenate([np.full((len(least), 1), np.inf), least[:, :-1]], axis=1)
    sets = (least < before).mean(axis=0)
    # Months from the first release: a release counts in the month in which it falls, whatever the rounding of its date.
    grid = years[0] + np.arange(np.ceil((years[-1] - years[0]) * _MONTHS - _ROUNDING) + 1.0) / _MONTHS
    stairs = least[:, np.searchsorted(years, grid + _ROUNDING, side="right") - 1]
    ever = reached.any(axis=1)
    last = np.where(ever, years[len(years) - 1 - np.argmax(reached[:, ::-1], axis=1)], -np.inf)
    first = np.where(ever, years[np.argmax(reached, axis=1)], np.inf)
    inside = (grid >= first[:, None]) & (grid <= last[:, None] + 0.5 / _MONTHS) & np.isfinite(stairs)
    inside &= (last - first >= number("efficiency.least_years").central)[:, None]
    size = np.maximum(inside.sum(axis=1), 1)[:, None]
    height = np.where(inside, stairs, 0.0)
    x = np.where(inside, grid - (inside * grid).sum(axis=1, keepdims=True) / size, 0.0)
    return np.asarray((x * height).sum(axis=1)), np.asarray((x**2).sum(axis=1)), sets


def _pooled(products: Floats, squares: Floats, seed: int) -> Floats:
    count, draws = products.shape
    chosen = stream(seed, "compute saved: levels").integers(count, size=(count, draws))
    total = np.take_along_axis(squares, chosen, axis=0).sum(axis=0)
    slope = -np.take_along_axis(products, chosen, axis=0).sum(axis=0) / np.where(total > 0.0, total, np.nan)
    return np.asarray(slope[total > 0.0])
