"""Loss when data are repeated (Muennighoff et al. 2023)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from .chinchilla import LOSS, PARAMS, TOKENS
from .dense import DenseLaw, every
from .law import Parameter, Quantity
from .logsum import nonnegative

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .law import Inputs

    Floats = NDArray[np.float64]

UNIQUE_TOKENS = Quantity("unique_tokens", "", "distinct tokens that training drew from", scales=1)
_EPOCHS = 2.0


@dataclass(frozen=True)
class DataConstrained(DenseLaw):
    """L(N, D, U) = E + A N'^-α + B D'^-β, with effective parameters N' and tokens D'.

    Up to U unique tokens and up to the parameters N_U that are compute-optimal for them, N' = N and D' = D. Beyond,
    repeated tokens decay as D' = U + U R_D (1 − e^(−(D/U − 1)/R_D)), and excess parameters likewise with R_N.

    Parameters
    ----------
    E, A, B, alpha, beta : float
        As in `Chinchilla`.
    R_D, R_N : float
        How many repetitions of the tokens, and how many times the parameters, it takes for the worth of the next one
        to fall to 1/e.

    Examples
    --------
    >>> law = DataConstrained(E=1.8696, A=520.9, B=1487.7, alpha=0.35266, beta=0.35266, R_D=15.4, R_N=5.3)
    >>> float(law.predict(params=6.34e9, tokens=242e9, unique_tokens=25e9).round(3))
    2.226
    """

    E: float
    A: float
    B: float
    alpha: float
    beta: float
    R_D: float
    R_N: float

    name: ClassVar = "data-constrained"
    equation: ClassVar = "L(N, D, U) = E + A N'^-alpha + B D'^-beta, N' and D' saturating beyond U"
    source: ClassVar = "Muennighoff et al. 2023, arXiv 2305.16264, equations 5 and 6 and appendix A"
    validity: ClassVar = "whole passes over the same data, up to a few tens of them"
    inputs: ClassVar = (PARAMS, TOKENS, UNIQUE_TOKENS)
    output: ClassVar = LOSS
    parameters: ClassVar = (
        Parameter("E", "nat/token", "irreducible loss"),
        Parameter("A", "nat/token", "scale of the term of parameters"),
        Parameter("B", "nat/token", "scale of the term of tokens"),
        Parameter("alpha", "", "exponent of parameters"),
        Parameter("beta", "", "exponent of tokens"),
        Parameter("R_D", "", "repetitions at which the next is worth 1/e"),
        Parameter("R_N", "", "excess of parameters at which the next is worth 1/e"),
    )

    @classmethod
    def slopes(cls, values: Floats, inputs: Inputs) -> tuple[Floats, Floats]:
        """Predictions and their derivatives."""
        e, a, b, alpha, beta, r_d, r_n = (values[:, [j]] for j in range(7))
        params, tokens = inputs["params"], inputs["tokens"]
        unique = np.minimum(tokens, inputs["unique_tokens"])
        log_g = (np.log(alpha * a) - np.log(beta * b)) / (alpha + beta)
        reach = np.log(unique) + log_g
        log_optimal = beta / alpha * reach + log_g
        excess = log_optimal < np.log(params)
        base = np.where(excess, np.exp(np.minimum(log_optimal, 600.0)), params)
        used_n, decay_n = _saturating(params / base - 1.0, r_n)
        used_d, decay_d = _saturating(tokens / unique - 1.0, r_d)
        log_n = np.log(base) + np.log1p(r_n * used_n)
        log_d = np.log(unique) + np.log1p(r_d * used_d)
        by_n, by_d = a * np.exp(-alpha * log_n), b * np.exp(-beta * log_d)
        # How N' follows N_U, and N_U the five parameters of the law without repetition.
        follow = np.where(excess, 1.0 - (1.0 - used_n) * (params / base) / (1.0 + r_n * used_n), 0.0)
        pull = -alpha * by_n * follow
        turn = 1.0 + beta / alpha
        both = alpha + beta
        slopes = (
            np.ones_like(by_n),
            by_n / a + pull * turn / (a * both),
            by_d / b - pull * turn / (b * both),
            -by_n * log_n + pull * (turn * (1.0 / alpha - log_g) / both - beta / alpha**2 * reach),
            -by_d * log_d + pull * (turn * (-1.0 / beta - log_g) / both + reach / alpha),
            -beta * by_d * decay_d / (1.0 + r_d * used_d),
            -alpha * by_n * decay_n / (1.0 + r_n * used_n),
        )
        return e + by_n + by_d, np.stack(slopes, axis=2)

    @classmethod
    def seeds(cls, inputs: Inputs, y: Floats) -> Floats:
        """For given exponents and decays the law is nearly linear in E, A and B."""
        some = np.geomspace(0.08, 1.2, 10)
        grid = every(some, some, (3.0, 10.0, 30.0), (3.0, 10.0, 30.0))
        alpha, beta, r_d, r_n = (grid[:, [j]] for j in range(4))
        unique = np.minimum(inputs["tokens"], inputs["unique_tokens"])
        log_d = np.log(unique) + np.log1p(r_d * _saturating(inputs["tokens"] / unique - 1.0, r_d)[0])
        log_params = np.log(inputs["params"])
        log_n = np.broadcast_to(log_params, log_d.shape)
        mean_n, mean_d = log_params.mean(), np.log(unique).mean()
        one = np.ones_like(log_d)
        # The first round takes all parameters at their worth; the second knows which are in excess.
        for _ in range(2):
            parts = [
                one / y,
                np.exp(-alpha * (log_n - mean_n)) / y,
                np.exp(-beta * (log_d - mean_d)) / y,
            ]
            e, a, b = np.maximum(nonnegative(parts, one), 1e-9).T
            a = a * np.exp(grid[:, 0] * mean_n)
            b = b * np.exp(grid[:, 1] * mean_d)
            log_g = ((np.log(grid[:, 0] * a) - np.log(grid[:, 1] * b)) / (grid[:, 0] + grid[:, 1]))[:, None]
            base = np.minimum(log_params, beta / alpha * (np.log(unique) + log_g) + log_g)
            ratio = np.exp(np.minimum(log_params - base, 50.0)) - 1.0
            log_n = base + np.log1p(r_n * _saturating(ratio, r_n)[0])
        return np.column_stack([e, a, b, grid])

    @classmethod
    def design(cls, inputs: Inputs) -> Sequence[str]:
        """Runs that do not repeat their data say nothing on R_D."""
        epochs = float(np.max(inputs["tokens"] / inputs["unique_tokens"]))
        if epochs < _EPOCHS:
            return [
                f"no run repeats its data more than {epochs:.2g} times, so R_D cannot be seen: add runs of"
                f" {_EPOCHS:g} passes or more, or fit chinchilla"
            ]
        return ()

    def doubts(self, inputs: Inputs, held: Collection[str], draws: Floats | None) -> Sequence[str]:
        """Whether the runs reach where repetition and excess parameters lose their worth."""
        told = []
        repeated = float(np.max(inputs["tokens"] / inputs["unique_tokens"])) - 1.0
        if "R_D" not in held and repeated < 0.5 * self.R_D:
            told.append(
                f"R_D = {self.R_D:.3g} lies far beyond the most repetitions in the runs ({repeated:.2g}):"
                " it is an extrapolation"
            )
        optimal = self.optimal_params(np.minimum(inputs["tokens"], inputs["unique_tokens"]))
        excess = float(np.max(inputs["params"] / optimal)) - 1.0
        if "R_N" not in held and excess < 0.5 * self.R_N:
            told.append(
                f"R_N = {self.R_N:.3g} is not identified: the largest model has {max(excess, 0.0):.2g} times more"
                " parameters than its unique tokens call for"
            )
        return told

    def optimal_params(self, tokens: ArrayLike) -> Floats:
        """Parameters that are compute-optimal for a number of tokens seen once."""
        g = (self.alpha * self.A / (self.beta * self.B)) ** (1.0 / (self.alpha + self.beta))
        found: Floats = g * (np.asarray(tokens, dtype=np.float64) * g) ** (self.beta / self.alpha)
        return found

    def compute_optimal(
        self, flop: float, unique_tokens: float, flop_per_param_token: float = 6.0
    ) -> tuple[float, float]:
        """Parameters and tokens, repeated where it pays, with the least loss for a budget C = k N D.

        Parameters
        ----------
        flop : float
            Training budget, above 0.
        unique_tokens : float
            Distinct tokens at hand, above 0.
        flop_per_param_token : float

        Returns
        -------
        params, tokens : float

        Examples
        --------
        >>> law = DataConstrained(1.8696, 520.9, 1487.7, 0.35266, 0.35266, 15.4, 5.3)
        >>> params, tokens = law.compute_optimal(1e22, unique_tokens=25e9)
        >>> round(tokens / 25e9, 1)
        9.5
        """
        from scipy.optimize import minimize_scalar

        budget = flop / flop_per_param_token
        log_n = np.linspace(0.0, np.log(budget), 400)[1:-1]

        def loss(at: Floats | float) -> Floats:
            params = np.exp(at)
            return self.predict(params=params, tokens=budget / params, unique_tokens=unique_tokens)

        best = int(np.argmin(loss(log_n)))
        inside = (float(log_n[max(best - 1, 0)]), float(log_n[min(best + 1, len(log_n) - 1)]))
        found = minimize_scalar(
            lambda at: float(loss(float(at))), bounds=inside, method="bounded", options={"xatol": 1e-10}
        )
        params = float(np.exp(found.x))
        return params, budget / params


def _saturating(times: Floats, r: Floats) -> tuple[Floats, Floats]:
    """1 − e^(−x) with x = times / r, and the derivative of r (1 − e^(−x)) by r."""
    x = np.maximum(times, 0.0) / r
    used = -np.expm1(-x)
    return used, used - x * np.exp(-x)
