"""How many times less training compute the same capability takes each year, by several methods side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name
from curveshift.notebooks import Told

from .hardware import hardware_price_performance_per_year
from .posteriors import Posterior
from .posteriors import posterior as shipped
from .pricing import declines
from .published_points import efficiency_from_points
from .quantities import Quantity, log10_rate, random_effects, sampler_warning, stream
from .savings import ComputeSaved, compute_saved
from .shift_records import number

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

METHODS: Final[Mapping[str, str]] = {
    "regression": "joint model of scores, compute and dates; training, without reasoning",
    "compute_saved": "least published compute at fixed levels, no regression; training, without reasoning",
    "published_points": "losses of runs of 2012 to 2023 (Ho et al. 2024); training",
    "prices": "prices at fixed levels less price-performance of hardware; inference, with margins and reasoning",
}
POOLED: Final = ("regression", "compute_saved", "published_points")
"""Methods with a weight unless others are asked for: prices are about another quantity."""
POINT_DRAWS: Final = 500


@dataclass(frozen=True, eq=False)
class Method:
    """Efficiency by one method.

    Attributes
    ----------
    name, meaning : str
    per_year : Quantity
        Compute-equivalents a year, factor; shape (draw,).
    weight : float
        In the pooled one; 0 for a method that is shown only.
    note : str
        What a reader must know of it.
    """

    name: str
    meaning: str
    per_year: Quantity
    weight: float
    note: str = ""


@dataclass(frozen=True, eq=False)
class Efficiency(Told):
    """Several methods side by side, and their random-effects mean.

    Attributes
    ----------
    methods : tuple of Method
    pooled : Quantity
        Factor a year. Of the mean over methods: its interval holds their disagreement.
    between : float
        Standard deviation between methods, orders of magnitude a year.
    saved : ComputeSaved
        Level by level.
    warning : str
        What must be said of the draws; empty where nothing must.
    """

    methods: tuple[Method, ...]
    pooled: Quantity
    between: float
    saved: ComputeSaved
    warning: str

    def __getitem__(self, name: str) -> Method:
        """One method by name."""
        known = {method.name: method for method in self.methods}
        if name not in known:
            raise unknown_name("method", name, known, "method")
        return known[name]

    def sources(self) -> list[str]:
        """Tables and works that the result rests on."""
        tables = [
            "models",
            "benchmarks",
            "benchmark_scores",
            "ho2024_points",
            "api_prices",
            "prices",
            "chips",
        ]
        works = [
            number(f"published.{n}").sources[0] for n in ("efficiency", "essay_product", "essay_algorithms")
        ]
        return [*tables, *works]

    def __str__(self) -> str:
        lines = ["training compute for the same capability falls, times a year:"]
        for method in self.methods:
            weight = f"weight {method.weight:.2f}" if method.weight else "no weight"
            lines.append(f"  {method.name:<17} {method.per_year}, {weight}: {method.meaning}")
            lines += [f"  {'':<17} {method.note}"] if method.note else []
        lines.append(
            f"  {'pooled':<17} {self.pooled}; methods differ by {self.between:.2f} orders of magnitude a year"
        )
        told = number("published.efficiency")
        lines.append(
            f"published: {told.central:.3g}x ({told.low:.3g} to {told.high:.3g}, Ho et al. 2024); the essay "
            f"{number('published.essay_product').central:g}x for hardware, its use and algorithms together and "
            f"{number('published.essay_algorithms').central:g}x for algorithms alone (2020)"
        )
        return "\n".join([*lines, *([self.warning] if self.warning else [])])


def training_efficiency(
    posterior: Posterior | None = None,
    *,
    pooled: tuple[str, ...] = POOLED,
    point_draws: int = POINT_DRAWS,
    seed: int = 0,
) -> Efficiency:
    """Training efficiency in compute-equivalents a year by four methods, and pooled.

    Methods are pooled in logarithms with a spread between them (see `curveshift.trends.quantities.random_effects`):
    they share models and dates in part, so that the pooled interval is if anything too narrow.

    Parameters
    ----------
    posterior : Posterior, optional
        The shipped one of all facts by default. Prices and hardware are taken as known on its date.
    pooled : tuple of str
        Methods with a weight; of `METHODS`.
    point_draws : int
        Resamples of the published points.
    seed : int

    Returns
    -------
    Efficiency

    Raises
    ------
    CurveshiftError
        For an unknown method, or none.

    Examples
    --------
    >>> found = training_efficiency(point_draws=50)
    >>> [method.name for method in found.methods if not method.weight]
    ['prices']
    """
    for name in pooled:
        if name not in METHODS:
            raise unknown_name("method", name, METHODS, "pooled")
    if not pooled:
        raise CurveshiftError("choose at least one method to pool", "pooled")
    post = shipped() if posterior is None else posterior
    saved = compute_saved(post, seed=seed)
    points = efficiency_from_points(point_draws)
    of_prices, note = _of_prices(post.panel.as_of, len(post), seed)
    logs: dict[str, Floats] = {
        "regression": post["efficiency"],
        "compute_saved": saved.per_year.draws,
        "published_points": np.log10(points.compute_equivalents_per_year),
        "prices": of_prices,
    }
    notes = {
        "prices": note,
        "published_points": "the posterior's date does not matter to it: published in 2024",
    }
    mean = random_effects(
        np.array([logs[n].mean() for n in pooled]),
        np.array([logs[n].std() for n in pooled]),
        number("efficiency.method_spread").central,
        stream(seed, "efficiency: pooled"),
        len(post),
    )
    weights = dict(zip(pooled, mean.weights, strict=True))
    methods = tuple(
        Method(n, METHODS[n], Quantity(10.0 ** logs[n], "x"), float(weights.get(n, 0.0)), notes.get(n, ""))
        for n in METHODS
    )
    return Efficiency(methods, Quantity(10.0**mean.draws, "x"), mean.between, saved, sampler_warning(post))


def _of_prices(as_of: date | None, count: int, seed: int) -> tuple[Floats, str]:
    """Draws of the logarithm of the fall of prices less that of hardware, and how it was made."""
    rates, refused = declines(as_of=as_of)
    if not rates:
        raise CurveshiftError("no price at a level fell often enough to have a rate", "as_of")
    shocks = stream(seed, "efficiency: prices")
    logs = [log10_rate(found.rate, shocks, count) for found in rates]
    centres = np.array([np.median(draws) for draws in logs])
    # Half the middle two thirds: Student t with two degrees of freedom has no variance.
    errors = np.array([np.subtract(*np.quantile(draws, (0.84, 0.16))) / 2.0 for draws in logs])
    mean = random_effects(centres, errors, number("efficiency.price_spread").central, shocks, count)
    hardware = log10_rate(hardware_price_performance_per_year(as_of=as_of), shocks, count)
    note = (
        f"mean of {len(rates)} levels ({len(refused)} have no rate), which share models and differ by "
        f"{mean.between:.2f} orders of magnitude; hardware {10.0 ** np.median(hardware):.3g}x a year taken out"
    )
    return mean.draws - hardware, note
