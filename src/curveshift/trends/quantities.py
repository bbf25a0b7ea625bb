"""Quantities of the joint model that the simulation samples: name, unit, meaning, draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from curveshift.errors import unknown_name

from .posteriors import posterior as shipped

if TYPE_CHECKING:
    from .posteriors import Floats, Posterior


@dataclass(frozen=True)
class Quantity:
    """One number of which a posterior has draws.

    Attributes
    ----------
    name, unit, meaning : str
    read : callable
        From a posterior to draws of shape (draw,), in `unit`. Draws of two quantities belong together row by row.
    """

    name: str
    unit: str
    meaning: str
    read: Callable[[Posterior], Floats]


_ALL: Final = (
    Quantity(
        "efficiency",
        "x/year",
        "Growth of algorithmic efficiency: how much less compute a year reaches the same scores.",
        lambda p: 10.0 ** p["efficiency"],
    ),
    Quantity(
        "compute_growth",
        "x/year",
        "Growth of the training compute of newly released models.",
        lambda p: 10.0 ** p["compute_growth"],
    ),
)
QUANTITIES: Final[Mapping[str, Quantity]] = MappingProxyType({q.name: q for q in _ALL})


def quantity(name: str) -> Quantity:
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
