"""A distribution read from draws of a posterior and kept as a table of its quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from curveshift.errors import CurveshiftError

from .distributions import Distribution, number_words

if TYPE_CHECKING:
    from .distributions import Floats


@dataclass(frozen=True)
class Empirical(Distribution):
    """Quantiles at equal steps of probability from 0 to 1, with straight lines between them.

    The least and the largest draw are its ends: a table says nothing of what lies beyond the draws.
    """

    name: str
    quantiles: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.quantiles) < 2 or not np.isfinite(self.quantiles).all():
            raise CurveshiftError(f"the posterior of {self.name} needs two or more finite quantiles")
        if any(later < earlier for earlier, later in pairwise(self.quantiles)):
            raise CurveshiftError(f"the quantiles of the posterior of {self.name} must not fall")
        if self.quantiles[0] == self.quantiles[-1]:
            raise CurveshiftError(f"the posterior of {self.name} has no width")

    def _grid(self) -> Floats:
        return np.linspace(0.0, 1.0, len(self.quantiles))

    def _ends(self) -> tuple[float, float]:
        return self.quantiles[0], self.quantiles[-1]

    def _ppf(self, u: Floats) -> Floats:
        return np.asarray(np.interp(u, self._grid(), self.quantiles))

    def _cdf(self, x: Floats) -> Floats:
        return np.asarray(np.interp(x, self.quantiles, self._grid()))

    def _words(self) -> str:
        low, high = self.interval()
        return f"posterior of {self.name}, {number_words(low)} to {number_words(high)} (90 %)"

    def _data(self) -> dict[str, Any]:
        return {"distribution": "posterior", "name": self.name, "quantiles": list(self.quantiles)}
