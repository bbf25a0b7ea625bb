"""Loss in parameters and tokens (Hoffmann et al. 2022)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from .law import Parameter, Quantity
from .logsum import LogSumLaw, Term

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .law import Inputs

    Floats = NDArray[np.float64]

PARAMS = Quantity("params", "", "parameters of the model")
TOKENS = Quantity("tokens", "", "training tokens")
LOSS = Quantity("loss", "nat/token", "cross-entropy on held-out text")
EXPONENTS = tuple(np.round(np.geomspace(0.03, 1.6, 24), 6).tolist())


@dataclass(frozen=True)
class Chinchilla(LogSumLaw):
    """L(N, D) = E + A N^-α + B D^-β.

    Parameters
    ----------
    E : float
        Irreducible loss, nat per token.
    A, B : float
        Scale of the terms of parameters and of tokens, nat per token.
    alpha, beta : float
        Their exponents.

    Examples
    --------
    >>> law = Chinchilla(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)
    >>> float(law.predict(params=70e9, tokens=1.4e12).round(3))
    1.974
    >>> params, tokens = law.compute_optimal(1e24)
    >>> round(float(tokens / params), 1)
    18.1
    """

    E: float
    A: float
    B: float
    alpha: float
    beta: float

    name: ClassVar = "chinchilla"
    equation: ClassVar = "L(N, D) = E + A N^-alpha + B D^-beta"
    source: ClassVar = "Hoffmann et al. 2022, arXiv 2203.15556, equation 2"
    validity: ClassVar = (
        "one recipe and tokeniser, about one pass over the data, learning rate decayed to the end"
    )
    inputs: ClassVar = (PARAMS, TOKENS)
    output: ClassVar = LOSS
    parameters: ClassVar = (
        Parameter("E", "nat/token", "irreducible loss"),
        Parameter("A", "nat/token", "scale of the term of parameters"),
        Parameter("B", "nat/token", "scale of the term of tokens"),
        Parameter("alpha", "", "exponent of parameters"),
        Parameter("beta", "", "exponent of tokens"),
    )
    grid: ClassVar = {"alpha": EXPONENTS, "beta": EXPONENTS}

    @classmethod
    def terms(cls, inputs: Inputs) -> Sequence[Term]:
        """The terms on given runs."""
        return (
            Term("E", {}),
            Term("A", {"alpha": -np.log(inputs["params"])}),
            Term("B", {"beta": -np.log(inputs["tokens"])}),
        )

    def compute_optimal(self, flop: ArrayLike, flop_per_param_token: float = 6.0) -> tuple[Floats, Floats]:
        """Parameters and tokens with the least loss for a training budget C = k N D.

        Parameters
        ----------
        flop : array_like
            Training budget, above 0.
        flop_per_param_token : float
            k; 6 by the usual count of forward and backward pass.

        Returns
        -------
        params, tokens : array
            Source: Hoffmann et al. 2022, equation 4.
        """
        budget = np.asarray(flop, dtype=np.float64) / flop_per_param_token
        balance = (self.alpha * self.A / (self.beta * self.B)) ** (1.0 / (self.alpha + self.beta))
        params = balance * budget ** (self.beta / (self.alpha + self.beta))
        return params, budget / params
