"""Uncertain numbers as frozen values with a quantile function.

Every distribution maps a uniform number u in (0, 1) to its quantile, element by element and without
regard to the rest of the array, so that any split of the draws into blocks gives the same bytes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from .quantities import check_order

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Support = Literal["positive", "share", "real"]

# Standard normal quantile of 0.95: half the width of a 90 % interval.
Z90 = 1.6448536269514722

_SHAPES = {"positive": "lognormal", "share": "logit-normal", "real": "normal"}


def number_words(value: float) -> str:
    """A number as people write it, such as ``140k``."""
    for scale, suffix in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if scale <= abs(value) < scale * 1e3:
            return f"{value / scale:.4g}{suffix}"
    return f"{value:.4g}"


@dataclass(frozen=True)
class Distribution(ABC):
    """One uncertain number; `parse_value` says how each kind is written."""

    def ppf(self, u: ArrayLike) -> Floats:
        """Quantile of each u in (0, 1), in the unit of the record; never falls as u rises."""
        return self._ppf(np.asarray(u, dtype=np.float64))

    def cdf(self, x: ArrayLike) -> Floats:
        """Probability of a value at or below each x."""
        return self._cdf(np.asarray(x, dtype=np.float64))

    @property
    def support(self) -> tuple[float, float]:
        """Smallest and largest value, possibly infinite."""
        return self._ends()

    @property
    def median(self) -> float:
        """Value with half of the probability on either side."""
        return float(self.ppf(0.5))

    def interval(self, level: float = 0.9) -> tuple[float, float]:
        """Central interval that holds the probability `level`."""
        if not 0 < level < 1:
            raise CurveshiftError(f"an interval's level lies between 0 and 1, not {level:g}")
        low, high = self.ppf(np.array([0.5 - level / 2, 0.5 + level / 2]))
        return float(low), float(high)

    def describe(self) -> str:
        """In words, such as ``10k to 300k (90 %), lognormal``."""
        return self._words()

    def to_data(self) -> dict[str, Any]:
        """Plain JSON content that `from_data` reads back into an equal distribution."""
        return self._data()

    @abstractmethod
    def _ppf(self, u: Floats) -> Floats: ...

    @abstractmethod
    def _cdf(self, x: Floats) -> Floats: ...

    @abstractmethod
    def _ends(self) -> tuple[float, float]: ...

    @abstractmethod
    def _words(self) -> str: ...

    @abstractmethod
    def _data(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Constant(Distribution):
    """A number without uncertainty."""

    value: float

    def _ends(self) -> tuple[float, float]:
        return self.value, self.value

    def _ppf(self, u: Floats) -> Floats:
        return np.full_like(u, self.value)

    def _cdf(self, x: Floats) -> Floats:
        return np.where(x >= self.value, 1.0, 0.0)

    def _words(self) -> str:
        return number_words(self.value)

    def _data(self) -> dict[str, Any]:
        return {"distribution": "constant", "value": self.value}


@dataclass(frozen=True)
class Interval(Distribution):
    """A 90 % interval on a lognormal, logit-normal or normal, with or without a stated median.

    With a median the two halves have their own spread on the scale of the logarithm, the log-odds or
    the number itself; the median keeps probability 0.5.
    """

    low: float
    high: float
    shape: Support
    middle: float | None = None

    def __post_init__(self) -> None:
        if self.shape not in _SHAPES:
            raise unknown_name("shape of an interval", self.shape, _SHAPES)
        check_order(self.low, self.middle, self.high)
        if self.shape == "positive" and self.low <= 0:
            raise CurveshiftError(f"the interval {self.low:g} to {self.high:g} must lie above 0")
        if self.shape == "share" and not (self.low > 0 and self.high < 1):
            raise CurveshiftError(f"the interval {self.low:g} to {self.high:g} must lie between 0 and 1")

    def _ends(self) -> tuple[float, float]:
        return {"positive": (0.0, np.inf), "share": (0.0, 1.0), "real": (-np.inf, np.inf)}[self.shape]

    def _scale(self, x: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.shape == "positive":
                return np.log(x)
            return np.log(x) - np.log1p(-x) if self.shape == "share" else x

    def _centre(self) -> tuple[float, float, float]:
        low, high = self._scale(np.array([self.low, self.high])).tolist()
        middle = (low + high) / 2
        if self.middle is not None:
            middle = float(self._scale(np.array([self.middle]))[0])
        return middle, (middle - low) / Z90, (high - middle) / Z90

    def _ppf(self, u: Floats) -> Floats:
        from scipy.special import expit, ndtri

        middle, below, above = self._centre()
        z = ndtri(u)
        scaled: Floats = middle + z * np.where(z < 0, below, above)
        if self.shape == "positive":
            return np.exp(scaled)
        return expit(scaled) if self.shape == "share" else scaled

    def _cdf(self, x: Floats) -> Floats:
        from scipy.special import ndtr

        least, most = self.support
        middle, below, above = self._centre()
        distance = self._scale(np.clip(x, least, most)) - middle
        # Beyond any float is beyond the tail.
        with np.errstate(over="ignore"):
            found: Floats = ndtr(distance / np.where(distance < 0, below, above))
        return found

    def _words(self) -> str:
        words = f"{number_words(self.low)} to {number_words(self.high)} (90 %)"
        if self.middle is not None:
            words = f"about {number_words(self.middle)}, {words}, split"
            return f"{words} {_SHAPES[self.shape]}"
        return f"{words}, {_SHAPES[self.shape]}"

    def _data(self) -> dict[str, Any]:
        data = {"distribution": "interval", "low": self.low, "high": self.high, "shape": self.shape}
        return data if self.middle is None else data | {"median": self.middle}


@dataclass(frozen=True)
class Uniform(Distribution):
    """Every value between two ends equally likely, on a linear or on a logarithmic scale."""

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        check_order(self.low, None, self.high)
        if self.log and self.low <= 0:
            raise CurveshiftError(f"a loguniform must lie above 0, not {self.low:g} to {self.high:g}")

    def _ends(self) -> tuple[float, float]:
        return self.low, self.high

    def _ppf(self, u: Floats) -> Floats:
        if self.log:
            start, end = np.log(self.low), np.log(self.high)
            return np.asarray(np.clip(np.exp(start + u * (end - start)), self.low, self.high))
        return np.asarray(np.clip(self.low + u * (self.high - self.low), self.low, self.high))

    def _cdf(self, x: Floats) -> Floats:
        inside = np.clip(x, self.low, self.high)
        if self.log:
            return np.asarray(np.log(inside / self.low) / np.log(self.high / self.low))
        return np.asarray((inside - self.low) / (self.high - self.low))

    def _words(self) -> str:
        kind = "loguniform" if self.log else "uniform"
        return f"{number_words(self.low)} to {number_words(self.high)} (all), {kind}"

    def _data(self) -> dict[str, Any]:
        return {
            "distribution": "loguniform" if self.log else "uniform",
            "low": self.low,
            "high": self.high,
        }


@dataclass(frozen=True)
class Triangular(Distribution):
    """Most likely at `mode`, falling in straight lines to zero at both ends."""

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        check_order(self.low, None, self.high)
        if not self.low <= self.mode <= self.high:
            raise CurveshiftError(f"the mode {self.mode:g} is not inside {self.low:g} to {self.high:g}")

    def _ends(self) -> tuple[float, float]:
        return self.low, self.high

    def _ppf(self, u: Floats) -> Floats:
        width, rise = self.high - self.low, self.mode - self.low
        left = self.low + np.sqrt(u * width * rise)
        right = self.high - np.sqrt((1 - u) * width * (self.high - self.mode))
        return np.where(u < rise / width, left, right)

    def _cdf(self, x: Floats) -> Floats:
        x = np.clip(x, self.low, self.high)
        width, rise, fall = self.high - self.low, self.mode - self.low, self.high - self.mode
        left = (x - self.low) ** 2 / (width * rise) if rise else np.zeros_like(x)
        right = 1 - (self.high - x) ** 2 / (width * fall) if fall else np.ones_like(x)
        return np.where(x < self.mode, left, right)

    def _words(self) -> str:
        ends = f"{number_words(self.low)} to {number_words(self.high)}"
        return f"{ends} (all), triangular about {number_words(self.mode)}"

    def _data(self) -> dict[str, Any]:
        return {"distribution": "triangular", "low": self.low, "mode": self.mode, "high": self.high}


@dataclass(frozen=True)
class Beta(Distribution):
    """A share with the density x^(a-1) (1-x)^(b-1)."""

    a: float
    b: float

    def __post_init__(self) -> None:
        if not (0 < self.a < 1e6 and 0 < self.b < 1e6):
            raise CurveshiftError(f"beta needs two numbers above 0, not {self.a:g} and {self.b:g}")

    def _ends(self) -> tuple[float, float]:
        return 0.0, 1.0

    def _ppf(self, u: Floats) -> Floats:
        from scipy.special import betaincinv

        return np.asarray(betaincinv(self.a, self.b, u))

    def _cdf(self, x: Floats) -> Floats:
        from scipy.special import betainc

        return np.asarray(betainc(self.a, self.b, np.clip(x, 0, 1)))

    def _words(self) -> str:
        low, high = self.interval()
        return f"{number_words(low)} to {number_words(high)} (90 %), beta({self.a:g}, {self.b:g})"

    def _data(self) -> dict[str, Any]:
        return {"distribution": "beta", "a": self.a, "b": self.b}


@dataclass(frozen=True)
class Discrete(Distribution):
    """A few values with their probabilities; weights are scaled to sum to one."""

    values: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values or len(self.values) != len(self.weights):
            raise CurveshiftError("a discrete value needs as many weights as values, and at least one")
        if list(self.values) != sorted(set(self.values)):
            raise CurveshiftError("the values of a discrete distribution must differ and rise")
        check_weights(self.weights)

    def _ends(self) -> tuple[float, float]:
        return self.values[0], self.values[-1]

    def _steps(self) -> Floats:
        total = np.cumsum(np.asarray(self.weights))
        return np.asarray(total / total[-1])

    def _ppf(self, u: Floats) -> Floats:
        index = np.searchsorted(self._steps(), u, side="left")
        return np.asarray(self.values)[np.minimum(index, len(self.values) - 1)]

    def _cdf(self, x: Floats) -> Floats:
        below = np.searchsorted(np.asarray(self.values), x, side="right")
        return np.concatenate(([0.0], self._steps()))[below]

    def _words(self) -> str:
        total = sum(self.weights)
        pairs = zip(self.values, self.weights, strict=True)
        return ", ".join(f"{number_words(v)} ({100 * w / total:.3g} %)" for v, w in pairs)

    def _data(self) -> dict[str, Any]:
        return {"distribution": "discrete", "values": list(self.values), "weights": list(self.weights)}


def check_weights(weights: tuple[float, ...]) -> None:
    """Refuse weights that are not above zero."""
    if any(not 0 < w < 1e12 for w in weights):
        raise CurveshiftError("every weight must be above 0")
