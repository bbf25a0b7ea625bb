"""What a fit minimises: the misfit of one run as a function of its residual.

Every objective is a sum over runs (a mean of the usual sum-Huber at δ = 1e-3 is about 4e-6, below the default
tolerance of most optimisers), so its weights are counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

KINDS: Final = {
    "huber": "Huber's loss, quadratic within delta and linear outside (Huber 1964)",
    "student_t": "minus log likelihood of Student-t errors with a fitted scale (Lange et al. 1989)",
    "least_squares": "half the sum of squares",
    "least_absolute": "sum of absolute residuals",
    "asymmetric": "Huber's loss tilted to a quantile (Koenker and Bassett 1978, smoothed)",
}
SPACES: Final = ("log", "raw")


@dataclass(frozen=True)
class Objective:
    """A robust objective on the residuals of the logarithm, or of the quantity itself.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    space : str
        ``log``: residual = log y − log ŷ; ``raw``: residual = y − ŷ.
    delta : float
        Where Huber's loss turns from quadratic to linear, in units of the residual, above 0.
    nu : float
        Degrees of freedom of Student-t, above 1.
    quantile : float
        Of the asymmetric objective, between 0 and 1.
    l1 : float
        Penalty on the absolute values of the parameters that a law lets be penalised; with least squares, the
        objective is half of n × (mean square + l1 × Σ|parameter|). At least 0.

    Raises
    ------
    CurveshiftError
        For an unknown kind or space, or a setting outside its range.

    Examples
    --------
    >>> Objective("huber", delta=1e-3).label
    'huber, delta 0.001, log'
    """

    kind: str = "huber"
    space: str = "log"
    delta: float = 1e-3
    nu: float = 4.0
    quantile: float = 0.5
    l1: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise unknown_name("objective", self.kind, KINDS, "objective")
        if self.space not in SPACES:
            raise unknown_name("space", self.space, SPACES, "space")
        for name, low, high in (("delta", 0.0, math.inf), ("nu", 1.0, math.inf), ("quantile", 0.0, 1.0)):
            value = getattr(self, name)
            if not low < value < high:
                raise CurveshiftError(f"{value!r} is outside its range: above {low:g}, below {high:g}", name)
        if not 0.0 <= self.l1 < math.inf:
            raise CurveshiftError(f"{self.l1!r} is outside its range: at least 0", "l1")
        if self.l1 and self.kind != "least_squares":
            raise CurveshiftError(f"a penalty goes with least_squares, not with {self.kind}", "l1")

    @property
    def label(self) -> str:
        """The objective with its setting, in words."""
        setting = {
            "huber": f", delta {self.delta:g}",
            "student_t": f", nu {self.nu:g}",
            "asymmetric": f", quantile {self.quantile:g}, delta {self.delta:g}",
        }
        penalty = f", l1 {self.l1:g}" if self.l1 else ""
        return f"{self.kind}{setting.get(self.kind, '')}, {self.space}{penalty}"

    @property
    def has_scale(self) -> bool:
        """Whether a scale σ of the errors is fitted too."""
        return self.kind == "student_t"

    def at(self, delta: float) -> Objective:
        """The same with another delta."""
        return replace(self, delta=delta)

    def rho(self, r: Floats, sigma: Floats) -> Floats:
        """Misfit of each residual; `sigma` is used where the scale is fitted, and broadcasts."""
        match self.kind:
            case "least_squares":
                return 0.5 * r * r
            case "student_t":
                z = r / sigma
                return np.log(sigma) + 0.5 * (self.nu + 1.0) * np.log1p(z * z / self.nu) - self._log_norm
            case "asymmetric":
                return self._tilt(r) * _huber(r, self.delta)
            case _:
                return _huber(r, self.delta)

    def slopes(self, r: Floats, sigma: Floats) -> tuple[Floats, Floats, Floats]:
        """First derivative ψ, second derivative ψ′, and the weight ψ/r of reweighted least squares."""
        match self.kind:
            case "least_squares":
                one = np.ones_like(r)
                return r, one, one
            case "student_t":
                nu, s2 = self.nu, sigma * sigma
                spread = nu * s2 + r * r
                weight = (nu + 1.0) / spread
                return weight * r, (nu + 1.0) * (nu * s2 - r * r) / (spread * spread), weight
            case kind:
                size = np.abs(r)
                inside = size <= self.delta
                weight = self.delta / np.maximum(size, self.delta)
                bend = inside.astype(np.float64)
                if kind == "asymmetric":
                    tilt = self._tilt(r)
                    weight, bend = weight * tilt, bend * tilt
                return weight * r, bend, weight

    def bend(self, r: Floats, sigma: Floats) -> Floats:
        """Minus the derivative of ψ with log σ, over r: how far ψ and the scale of Student-t errors move together."""
        s2 = self.nu * sigma * sigma
        spread = s2 + r * r
        return (self.nu + 1.0) * 2.0 * s2 / (spread * spread)

    @property
    def _log_norm(self) -> float:
        nu = self.nu
        return math.lgamma(0.5 * (nu + 1.0)) - math.lgamma(0.5 * nu) - 0.5 * math.log(nu * math.pi)

    def _tilt(self, r: Floats) -> Floats:
        return 2.0 * np.where(r > 0.0, self.quantile, 1.0 - self.quantile)


def _huber(r: Floats, delta: float) -> Floats:
    size = np.abs(r)
    inner = np.minimum(size, delta)
    return inner * (size - 0.5 * inner)
