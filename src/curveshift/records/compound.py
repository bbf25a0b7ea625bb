"""Distributions made of others: cut at hard bounds, and mixed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from curveshift.errors import CurveshiftError

from .distributions import Constant, Discrete, Distribution, check_weights, number_words

if TYPE_CHECKING:
    from .distributions import Floats

_LEAST_MASS = 1e-9
_HALVINGS = 52
_TAIL = 1e-15


@dataclass(frozen=True)
class Truncated(Distribution):
    """A distribution given that its value lies within bounds: the rest of its probability is rescaled."""

    inner: Distribution
    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise CurveshiftError(f"the bounds {self.low:g} to {self.high:g} are reversed or equal")
        if self._mass()[1] < _LEAST_MASS:
            raise CurveshiftError(
                f"the bounds {self.low:g} to {self.high:g} leave nothing of {self.inner.describe()}"
            )

    def _mass(self) -> tuple[float, float]:
        # Up to but without the lower bound, so that a point mass on the bound itself stays.
        below, within = self.inner.cdf(np.array([np.nextafter(self.low, -np.inf), self.high]))
        return float(below), float(within - below)

    def _ends(self) -> tuple[float, float]:
        least, most = self.inner.support
        return max(least, self.low), min(most, self.high)

    def _ppf(self, u: Floats) -> Floats:
        below, mass = self._mass()
        # The clip only removes the rounding of the last bits; the probability is already rescaled.
        return np.clip(self.inner.ppf(below + u * mass), self.low, self.high)

    def _cdf(self, x: Floats) -> Floats:
        below, mass = self._mass()
        return np.clip((self.inner.cdf(np.minimum(x, self.high)) - below) / mass, 0.0, 1.0)

    def _words(self) -> str:
        least, most = self.inner.support
        if self.high >= most:
            return f"{self.inner.describe()}, cut below {number_words(self.low)}"
        if self.low <= least:
            return f"{self.inner.describe()}, cut above {number_words(self.high)}"
        ends = f"{number_words(self.low)} to {number_words(self.high)}"
        return f"{self.inner.describe()}, cut to {ends}"

    def _data(self) -> dict[str, Any]:
        low, high = (None if math.isinf(end) else end for end in (self.low, self.high))
        return {"distribution": "truncated", "inner": self.inner.to_data(), "low": low, "high": high}


@dataclass(frozen=True)
class Mixture(Distribution):
    """One of several distributions, each with its weight; weights are scaled to sum to one."""

    weights: tuple[float, ...]
    parts: tuple[Distribution, ...]

    def __post_init__(self) -> None:
        if len(self.parts) < 2 or len(self.parts) != len(self.weights):
            raise CurveshiftError("a mixture needs at least two parts, and one weight for each")
        check_weights(self.weights)

    def _ends(self) -> tuple[float, float]:
        ends = [part.support for part in self.parts]
        return min(low for low, _ in ends), max(high for _, high in ends)

    def _cdf(self, x: Floats) -> Floats:
        total = math.fsum(self.weights)
        found = np.zeros_like(x)
        for weight, part in zip(self.weights, self.parts, strict=True):
            found = found + (weight / total) * part.cdf(x)
        return found

    def _ppf(self, u: Floats) -> Floats:
        ends = np.array([part.ppf(np.array([_TAIL, 1 - _TAIL])) for part in self.parts])
        least, most = float(ends.min()), float(ends.max())
        log = least > 0
        start, end = (math.log(least), math.log(most)) if log else (least, most)
        # All u halve one common bracket, so a larger u can never end lower, whatever the rounding.
        low = np.full_like(u, start - max(end - start, 1.0) * 1e-3)
        high = np.full_like(u, end)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            reached = self._cdf(np.exp(middle) if log else middle) >= u
            high = np.where(reached, middle, high)
            low = np.where(reached, low, middle)
        found = np.exp(high) if log else high
        for atom in self._atoms():
            place = math.log(atom) if log else atom
            found = np.where((low <= place) & (place <= high), atom, found)
        return found

    def _atoms(self) -> tuple[float, ...]:
        points: list[float] = []
        for part in self.parts:
            if isinstance(part, Constant):
                points.append(part.value)
            elif isinstance(part, Discrete):
                points.extend(part.values)
        return tuple(points)

    def _words(self) -> str:
        total = math.fsum(self.weights)
        pairs = zip(self.weights, self.parts, strict=True)
        return "; ".join(f"{100 * w / total:.3g} %: {part.describe()}" for w, part in pairs)

    def _data(self) -> dict[str, Any]:
        parts = [part.to_data() for part in self.parts]
        return {"distribution": "mixture", "weights": list(self.weights), "parts": parts}
