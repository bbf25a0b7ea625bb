"""Mixtures of experts: loss in active and total parameters, granularity, or the number of experts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from .chinchilla import LOSS, PARAMS, TOKENS
from .dense import DenseLaw, every, solve_linear
from .law import Parameter, Quantity
from .logsum import LogSumLaw, Term

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .law import Inputs

    Floats = NDArray[np.float64]

ACTIVE_PARAMS = Quantity("active_params", "", "parameters that each token passes through")
TOTAL_PARAMS = Quantity("total_params", "", "all parameters, those of idle experts too")
GRANULARITY = Quantity("granularity", "", "size of a feed-forward layer over that of one expert")
EXPERTS = Quantity("experts", "", "experts in each routed layer", low=0.999)
_COARSE = tuple(np.round(np.geomspace(0.05, 1.2, 10), 6).tolist())


@dataclass(frozen=True)
class ActiveTotal(LogSumLaw):
    """L = E + A N_active^-α N_total^-ρ + B D^-β.

    Parameters
    ----------
    E : float
        Irreducible loss, nat per token.
    A, B : float
        Scales of the terms of parameters and of tokens, nat per token.
    alpha, rho : float
        Exponents of active and of total parameters; a dense model has α + ρ.
    beta : float
        Exponent of tokens.

    Examples
    --------
    >>> law = ActiveTotal(E=1.8, A=480.0, B=2100.0, alpha=0.25, rho=0.1, beta=0.37)
    >>> float(law.predict(active_params=37e9, total_params=671e9, tokens=14.8e12).round(3))
    1.9
    """

    E: float
    A: float
    B: float
    alpha: float
    rho: float
    beta: float

    name: ClassVar = "active-total"
    equation: ClassVar = "L = E + A N_active^-alpha N_total^-rho + B D^-beta"
    source: ClassVar = (
        "Chinchilla's form with an effective parameter count N_active^s N_total^(1-s), after Clark et al. 2022,"
        " arXiv 2202.01169"
    )
    validity: ClassVar = "one router and expert size; total over active parameters within that of the runs"
    inputs: ClassVar = (ACTIVE_PARAMS, TOTAL_PARAMS, TOKENS)
    output: ClassVar = LOSS
    parameters: ClassVar = (
        Parameter("E", "nat/token", "irreducible loss"),
        Parameter("A", "nat/token", "scale of the term of parameters"),
        Parameter("B", "nat/token", "scale of the term of tokens"),
        Parameter("alpha", "", "exponent of active parameters"),
        Parameter("rho", "", "exponent of total parameters", low=float("-inf")),
        Parameter("beta", "", "exponent of tokens"),
    )
    grid: ClassVar = {"alpha": _COARSE, "rho": (-0.1, 0.0, 0.03, 0.1, 0.2, 0.4), "beta": _COARSE}

    @classmethod
    def terms(cls, inputs: Inputs) -> Sequence[Term]:
        """The terms on given runs."""
        return (
            Term("E", {}),
            Term("A", {"alpha": -np.log(inputs["active_params"]), "rho": -np.log(inputs["total_params"])}),
            Term("B", {"beta": -np.log(inputs["tokens"])}),
        )

    @classmethod
    def design(cls, inputs: Inputs) -> Sequence[str]:
        """Active parameters are part of the total."""
        wrong = int(np.sum(inputs["active_params"] > inputs["total_params"] * (1.0 + 1e-9)))
        return [f"{wrong} runs have more active than total parameters: are they swapped?"] if wrong else ()


@dataclass(frozen=True)
class FineGrained(LogSumLaw):
    """L(N, D, G) = c + (g G^-γ + a) N^-α + b D^-β.

    Parameters
    ----------
    c : float
        Irreducible loss, nat per token.
    a, b, g : float
        Scales of the terms of parameters, of tokens and of granularity, nat per token.
    alpha, beta, gamma : float
        Exponents of parameters, tokens and granularity.

    Examples
    --------
    >>> law = FineGrained(c=0.47, a=18.1, b=30.8, g=2.1, alpha=0.115, beta=0.147, gamma=0.58)
    >>> float(law.predict(params=3.7e9, tokens=130e9, granularity=16.0).round(3))
    2.656
    """

    c: float
    a: float
    b: float
    g: float
    alpha: float
    beta: float
    gamma: float

    name: ClassVar = "fine-grained"
    equation: ClassVar = "L(N, D, G) = c + (g G^-gamma + a) N^-alpha + b D^-beta"
    source: ClassVar = "Krajewski et al. 2024, arXiv 2402.07871, equation 9"
    validity: ClassVar = "total parameters at a fixed expansion rate (64 in the paper), granularity 1 to 16"
    inputs: ClassVar = (PARAMS, TOKENS, GRANULARITY)
    output: ClassVar = LOSS
    parameters: ClassVar = (
        Parameter("c", "nat/token", "irreducible loss"),
        Parameter("a", "nat/token", "scale of the term of parameters"),
        Parameter("b", "nat/token", "scale of the term of tokens"),
        Parameter("g", "nat/token", "scale of the term of granularity"),
        Parameter("alpha", "", "exponent of parameters"),
        Parameter("beta", "", "exponent of tokens"),
        Parameter("gamma", "", "exponent of granularity"),
    )
    grid: ClassVar = {"alpha": _COARSE, "beta": _COARSE, "gamma": (0.1, 0.3, 0.6, 1.0, 2.0)}

    @classmethod
    def terms(cls, inputs: Inputs) -> Sequence[Term]:
        """The terms on given runs."""
        params = np.log(inputs["params"])
        return (
            Term("c", {}),
            Term("a", {"alpha": -params}),
            Term("b", {"beta": -np.log(inputs["tokens"])}),
            Term("g", {"gamma": -np.log(inputs["granularity"]), "alpha": -params}),
        )


@dataclass(frozen=True)
class Routed(DenseLaw):
    """log L(N, E) = a log N + b log Ê + c log N log Ê + d, logarithms to base 10.

    Ê is the number of experts, saturating: 1/Ê = 1/(E − 1 + (1/E_start − 1/E_max)^-1) + 1/E_max.

    Parameters
    ----------
    a, b, c, d : float
        Slopes in parameters and experts, their interaction, and the level.
    E_start, E_max : float
        Effective number of experts of a dense model, and the most there can be.

    Examples
    --------
    >>> law = Routed(a=-0.082, b=-0.108, c=0.009, d=1.104, E_start=1.847, E_max=314.478)
    >>> law.predict(params=1.3e9, experts=[1.0, 128.0]).round(3).tolist()
    [2.237, 2.022]
    """

    a: float
    b: float
    c: float
    d: float
    E_start: float
    E_max: float

    name: ClassVar = "routed"
    equation: ClassVar = "log10 L = a log10 N + b log10 E' + c log10 N log10 E' + d, E' saturating in E"
    source: ClassVar = "Clark et al. 2022, arXiv 2202.01169, equation 1"
    validity: ClassVar = "parameters of the dense model that is routed; a fixed number of tokens (130e9)"
    inputs: ClassVar = (PARAMS, EXPERTS)
    output: ClassVar = LOSS
    parameters: ClassVar = (
        Parameter("a", "", "slope in parameters", low=float("-inf")),
        Parameter("b", "", "slope in experts", low=float("-inf")),
        Parameter("c", "", "interaction", low=float("-inf")),
        Parameter("d", "", "level", low=float("-inf")),
        Parameter("E_start", "", "effective experts of a dense model"),
        Parameter("E_max", "", "most effective experts"),
    )
    plain: ClassVar = ("a", "b", "c", "d")

    @classmethod
    def slopes(cls, values: Floats, inputs: Inputs) -> tuple[Floats, Floats]:
        """Predictions and their derivatives."""
        a, b, c, d, start, most = (values[:, [j]] for j in range(6))
        log_n = np.log10(inputs["params"])
        experts, by_start, by_most = _effective(inputs["experts"], start, most)
        log_e = np.log10(experts)
        log_loss = a * log_n + b * log_e + c * log_n * log_e + d
        loss = np.exp(np.log(10.0) * log_loss)
        # d log10 Ê, times ln 10, is dÊ/Ê.
        bend = (b + c * log_n) / experts
        one = np.log(10.0) * np.ones_like(log_loss)
        relative = (one * log_n, one * log_e, one * log_n * log_e, one, bend * by_start, bend * by_most)
        return loss, loss[:, :, None] * np.stack(relative, axis=2)

    @classmethod
    def seeds(cls, inputs: Inputs, y: Floats) -> Floats:
        """For a given saturation log L is linear."""
        grid = every((1.0001, 1.5, 2.5, 5.0), (30.0, 100.0, 300.0, 1000.0, 1e4))
        log_n = np.log10(inputs["params"])
        log_e = np.log10(_effective(inputs["experts"], grid[:, [0]], grid[:, [1]])[0])
        one = np.ones_like(log_e)
        middle = log_n.mean()
        a, b, c, d = solve_linear(
            [one * (log_n - middle), log_e, (log_n - middle) * log_e, one], np.log10(y)
        ).T
        return np.column_stack([a, b - c * middle, c, d - a * middle, grid])

    def doubts(self, inputs: Inputs, held: Collection[str], draws: Floats | None) -> Sequence[str]:
        """Whether the runs have enough experts to see the gain saturate."""
        most = float(inputs["experts"].max())
        if "E_max" not in held and most < 0.5 * self.E_max:
            return [f"E_max = {self.E_max:.3g} is an extrapolation: no run has more than {most:g} experts"]
        return ()

    def effective_params(self, params: ArrayLike, experts: ArrayLike) -> Floats:
        """Parameters of the dense model with the same loss (Clark et al. 2022, equation 11)."""
        start = np.log10(self.E_start)
        log_loss = np.log10(self.predict(params=params, experts=experts))
        found: Floats = 10.0 ** ((log_loss - self.d - self.b * start) / (self.a + self.c * start))
        return found


def _effective(experts: Floats, start: Floats, most: Floats) -> tuple[Floats, Floats, Floats]:
    """Ê and its derivatives by E_start and E_max."""
    shift = 1.0 / (1.0 / start - 1.0 / most)
    inner = experts - 1.0 + shift
    effective = 1.0 / (1.0 / inner + 1.0 / most)
    by_shift = (effective / inner) ** 2
    return (
        effective,
        by_shift * (shift / start) ** 2,
        (effective / most) ** 2 - by_shift * (shift / most) ** 2,
    )
