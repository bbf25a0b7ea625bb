"""What it costs to train a model of a fixed capability, by date: expected from the trend, and as it was observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.facts.reading import as_date

from .costs import Definition, RunCost, check_definition, log10_usd_per_flop, middle_of_run, recost
from .frontiers import can_lead
from .panels import decimal_year
from .prior_records import settings
from .quantities import stream

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .posteriors import Posterior

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RunAtLevel:
    """A run that reached a capability, with what it cost.

    Attributes
    ----------
    released : datetime.date
    cost : RunCost
    bloc : str
    reasoning : bool
    certainty : float
        Share of draws in which its capability is at least the level.
    cheapest : bool
        Whether no run that was released before it reached the level for less.
    """

    released: date
    cost: RunCost
    bloc: str
    reasoning: bool
    certainty: float
    cheapest: bool


def flop_at_level(
    level: ArrayLike, years: ArrayLike, posterior: Posterior, *, reasoning: bool = False, china: bool = False
) -> Floats:
    """Training compute at which an average recipe of each date is expected to reach a capability.

    Parameters
    ----------
    level : float or array, shape (draw,)
        Orders of magnitude, as in `Posterior.capability`.
    years : array, shape (date,)
        Decimal years of release.
    posterior : Posterior
    reasoning, china : bool
        Whether the recipe includes reasoning training; whether it is that of a Chinese developer.

    Returns
    -------
    array, shape (draw, date)
        Decimal logarithm of FLOP.

    Examples
    --------
    >>> from curveshift.trends import posterior
    >>> needed = flop_at_level(0.0, [2024.5], posterior())
    >>> bool(np.allclose(needed, 24.5))
    True
    """
    at = _level(level, posterior)
    without = [
        posterior.expected(
            years=year, log10_flop=0.0, reasoning=float(reasoning), china=float(china), distilled=0.0
        )
        for year in np.atleast_1d(np.asarray(years, dtype=float))
    ]
    return at[:, None] - np.stack(without, axis=1)


def cost_at_level(
    level: ArrayLike,
    dates: Sequence[date | str],
    definition: Definition,
    posterior: Posterior,
    *,
    reasoning: bool = False,
    china: bool = False,
    as_of: date | str | None = None,
) -> Floats:
    """Cost of training a model of a fixed capability, by date of release.

    The compute that a recipe of the date needs, times the price of a FLOP in the middle of the run. Recipes of one
    date differ, and so do prices: both spreads are in the draws. One draw keeps its place in them on all dates, so
    that differences between dates are those of the trend. Nobody need have trained such a model on that date.

    Parameters
    ----------
    level : float or array, shape (draw,)
        Orders of magnitude; draws of a model (`Posterior.of`) carry the doubt about its capability.
    dates : sequence of date or str
        Days of release.
    definition : {"final_run_rental", "amortised", "whole_r_and_d"}
    posterior : Posterior
    reasoning, china : bool
        As in `flop_at_level`. Compute is what is published for such models, so the cost of reasoning training counts
        only as far as it does there, and far below the level of the first reasoning models it is an extrapolation.
    as_of : date or str, optional
        Prices known by that day.

    Returns
    -------
    array, shape (draw, date)
        Decimal logarithm of dollars.

    Raises
    ------
    CurveshiftError
        For an unknown definition, no date, an impossible date, or a level of another shape.

    Examples
    --------
    >>> from curveshift.trends import posterior
    >>> p = posterior()
    >>> cost = cost_at_level(p.of("GPT-4 (Mar 2023)"), ["2023-03-14", "2025-03-14"], "final_run_rental", p)
    >>> bool(np.median(cost[:, 1]) < np.median(cost[:, 0]))
    True
    """
    check_definition(definition)
    days = [as_date(day) for day in dates]
    if not days:
        raise CurveshiftError("give one date or more", "dates")
    flop = flop_at_level(
        level, [decimal_year(day) for day in days], posterior, reasoning=reasoning, china=china
    )
    shocks = stream(0, "cost at level")
    recipe = posterior["recipe_spread"] * shocks.standard_t(settings().tail_degrees, len(posterior))
    shock = shocks.standard_normal(len(posterior))
    prices = [log10_usd_per_flop(middle_of_run(day), definition, as_of=as_of) for day in days]
    central, sd = np.array(prices).T
    return np.asarray(flop - recipe[:, None] + central + sd * shock[:, None])


def runs_at_level(
    level: ArrayLike,
    definition: Definition,
    posterior: Posterior,
    *,
    certainty: float = 0.5,
    as_of: date | str | None = None,
) -> tuple[RunAtLevel, ...]:
    """Runs of known cost that reached a capability, in order of release.

    Parameters
    ----------
    level : float or array, shape (draw,)
        Orders of magnitude.
    definition : {"final_run_rental", "amortised", "whole_r_and_d"}
    posterior : Posterior
    certainty : float
        Least share of draws in which a run must be at the level.
    as_of : date or str, optional
        Prices known by that day.

    Returns
    -------
    tuple of RunAtLevel
        Models with scores enough to lead a frontier, that are not distilled and whose cost can be told.

    Raises
    ------
    CurveshiftError
        For an unknown definition, a level of another shape, or a certainty that is not a share.

    Examples
    --------
    >>> from curveshift.trends import posterior
    >>> p = posterior()
    >>> runs = runs_at_level(p.of("GPT-4 (Mar 2023)"), "final_run_rental", p)
    >>> runs[0].cost.model
    'GPT-4 (Mar 2023)'
    """
    check_definition(definition)
    if not 0.0 <= certainty <= 1.0:
        raise CurveshiftError(f"{certainty!r} is not a share between 0 and 1", "certainty")
    data = posterior.panel
    # A model is at its own level in every draw: the comparison is exact.
    shares = np.mean(posterior.capability >= _level(level, posterior)[:, None], axis=0)
    found: list[RunAtLevel] = []
    least = np.inf
    for name, day, i in _known_dates(posterior):
        if shares[i] < certainty or data.distilled[i]:
            continue
        try:
            cost = recost(name, definition, as_of=as_of)
        except CurveshiftError:
            continue
        cheapest = cost.usd_central < least
        least = min(least, cost.usd_central)
        found.append(
            RunAtLevel(day, cost, data.blocs[i], bool(data.reasoning[i]), float(shares[i]), bool(cheapest))
        )
    return tuple(found)


def _known_dates(posterior: Posterior) -> list[tuple[str, date, int]]:
    data = posterior.panel
    days = {row["model"]: row["release_date"] for row in facts.rows("models")}
    can = can_lead(posterior)
    # The panel is in order of release already.
    return [(name, days[name], i) for i, name in enumerate(data.models) if can[i]]


def _level(level: ArrayLike, posterior: Posterior) -> Floats:
    at = np.asarray(level, dtype=float)
    if at.shape not in ((), (len(posterior),)) or not np.isfinite(at).all():
        raise CurveshiftError(
            f"a level is one finite number or one for each of {len(posterior)} draws, not of shape {at.shape}",
            "level",
        )
    return np.broadcast_to(at, (len(posterior),))
