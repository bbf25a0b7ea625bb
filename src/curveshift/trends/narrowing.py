"""What the record says of each parameter of the joint model: its interval beside that of its prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .posteriors import Posterior
from .posteriors import posterior as shipped
from .prior_records import Prior, priors
from .saturating import TELLING

ENDS: Final = (0.05, 0.95)


@dataclass(frozen=True)
class Narrowed:
    """One parameter before and after the record.

    Attributes
    ----------
    name, unit, meaning : str
    prior : tuple of two floats
        5 and 95 % before.
    median : float
    interval : tuple of two floats
        5 and 95 % after.
    """

    name: str
    unit: str
    meaning: str
    prior: tuple[float, float]
    median: float
    interval: tuple[float, float]

    @property
    def width_left(self) -> float:
        """Width of the interval over that of the prior; near 1 the record says nothing."""
        return (self.interval[1] - self.interval[0]) / (self.prior[1] - self.prior[0])

    @property
    def weak(self) -> bool:
        """Whether the record says little: its interval is nearly that of the prior."""
        return self.width_left > TELLING


def narrowed(found: Posterior | None = None) -> tuple[Narrowed, ...]:
    """Every parameter of the joint model of scores, those about which the record says least first.

    Parameters
    ----------
    found : Posterior, optional
        The shipped one by default.

    Returns
    -------
    tuple of Narrowed

    Examples
    --------
    >>> next(n for n in narrowed() if n.name == "efficiency").weak
    False
    """
    values = (shipped() if found is None else found).values
    rows = []
    for name, draws in values.items():
        prior = priors()[name]
        low, median, high = (float(q) for q in np.quantile(draws, (ENDS[0], 0.5, ENDS[1])))
        before = quantile(prior, ENDS[0]), quantile(prior, ENDS[1])
        rows.append(Narrowed(name, prior.unit, prior.meaning, before, median, (low, high)))
    return tuple(sorted(rows, key=lambda row: -row.width_left))


def quantile(prior: Prior, share: float) -> float:
    """Quantile of a prior.

    Examples
    --------
    >>> round(quantile(priors()["china"], 0.95), 3)
    0.822
    """
    from scipy import special

    match prior.family:
        case "normal":
            return float(prior.numbers[0] + prior.numbers[1] * special.ndtri(share))
        case "half_normal":
            return float(prior.numbers[0] * special.ndtri(0.5 * (1.0 + share)))
        case "log_normal":
            return float(np.exp(prior.numbers[0] + prior.numbers[1] * special.ndtri(share)))
        case _:
            a, b = prior.numbers
            return float(special.betaincinv(a, b, share))
