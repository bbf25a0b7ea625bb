"""Quantities of the joint model that the simulation samples: name, unit, meaning, draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import unknown_name

from .posteriors import posterior as shipped
from .saturating import Saturation, saturation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .posteriors import Floats, Posterior


@dataclass(frozen=True)
class Sampled:
    """One number of which a posterior has draws.

    Attributes
    ----------
    name, unit, meaning : str
    read : callable
        From a posterior to draws of shape (draw,), in `unit`. Draws of two quantities belong together row by row.
    of_reasoning : bool
        Whether only a posterior with reasoning models says anything of it.
    """

    name: str
    unit: str
    meaning: str
    read: Callable[[Posterior], Floats]
    of_reasoning: bool = False


@lru_cache(maxsize=4)
def _curves(posterior: Posterior) -> tuple[Saturation, NDArray[np.int64]]:
    """Curves of reasoning training, one for each draw of the posterior, and the order that puts them beside it.

    A curve belongs to the draw whose gain at the last date has the same rank as its own.
    """
    found = saturation(posterior, draws=len(posterior))
    by_gain = np.argsort(found.fitted[1].draws, kind="stable")
    return found, by_gain[np.argsort(np.argsort(found.gain[1].draws, kind="stable"))].astype(np.int64)


def _of_curve(name: str) -> Callable[[Posterior], Floats]:
    def read(posterior: Posterior) -> Floats:
        found, order = _curves(posterior)
        values: Floats = getattr(found, name).draws[order]
        return 10.0**values if name == "ceiling" else values

    return read


_ALL: Final = (
    Sampled(
        "efficiency",
        "x/year",
        "Growth of algorithmic efficiency: how much less compute a year reaches the same scores.",
        lambda p: 10.0 ** p["efficiency"],
    ),
    Sampled(
        "compute_growth",
        "x/year",
        "Growth of the training compute of newly released models.",
        lambda p: 10.0 ** p["compute_growth"],
    ),
    Sampled(
        "reasoning_ceiling",
        "x",
        "Compute-equivalent gain of reasoning training when its curve has levelled off.",
        _of_curve("ceiling"),
        of_reasoning=True,
    ),
    Sampled(
        "reasoning_midpoint",
        "log10 flop",
        "Compute of reinforcement learning at which half of that (in logarithms) is reached.",
        _of_curve("midpoint"),
        of_reasoning=True,
    ),
    Sampled(
        "reasoning_steepness",
        "1/oom",
        "Steepness of the curve per order of magnitude of that compute.",
        _of_curve("steepness"),
        of_reasoning=True,
    ),
)
QUANTITIES: Final[Mapping[str, Sampled]] = MappingProxyType({q.name: q for q in _ALL})


def quantities_of(posterior: Posterior) -> dict[str, Sampled]:
    """Quantities that a posterior says something of: those of reasoning training only where it has such models.

    Examples
    --------
    >>> list(quantities_of(shipped("2024-06-30")))
    ['efficiency', 'compute_growth']
    """
    reasons = bool(posterior.panel.reasoning.any())
    return {name: found for name, found in QUANTITIES.items() if reasons or not found.of_reasoning}


def quantity(name: str) -> Sampled:
    """Look a quantity up by name.

    Raises
    ------
    CurveshiftError
        For an unknown name, with the nearest.

    Examples
    --------
    >>> quantity("efficiency").unit
    'x/year'
    """
    if name not in QUANTITIES:
        raise unknown_name("posterior quantity", name, QUANTITIES)
    return QUANTITIES[name]


def quantity_draws(name: str, posterior: Posterior | None = None) -> Floats:
    """Draws of one quantity, in its unit.

    Parameters
    ----------
    name : str
    posterior : Posterior, optional
        The shipped draws of all facts unless given.

    Returns
    -------
    array, shape (draw,)

    Raises
    ------
    CurveshiftError
        For an unknown name.

    Examples
    --------
    >>> bool((quantity_draws("efficiency") > 1.0).all())
    True
    """
    return quantity(name).read(shipped() if posterior is None else posterior)
