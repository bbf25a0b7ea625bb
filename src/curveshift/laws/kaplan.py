"""Loss in parameters and the size of the data set (Kaplan et al. 2020)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from .chinchilla import LOSS, PARAMS, TOKENS
from .dense import DenseLaw, every
from .law import Parameter
from .logsum import nonnegative

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Inputs

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Kaplan(DenseLaw):
    """L(N, D) = ((N_c/N)^(α_N/α_D) + D_c/D)^α_D.

    Parameters
    ----------
    N_c, D_c : float
        Scales of parameters and of tokens.
    alpha_N, alpha_D : float
        Exponents of the loss in each where the other does not limit.

    Examples
    --------
    >>> law = Kaplan(N_c=6.4e13, D_c=1.8e13, alpha_N=0.076, alpha_D=0.103)
    >>> float(law.predict(params=1.5e9, tokens=22e9).round(3))
    2.313
    """

    N_c: float
    D_c: float
    alpha_N: float
    alpha_D: float

    name: ClassVar = "kaplan"
    equation: ClassVar = "L(N, D) = ((N_c/N)^(alpha_N/alpha_D) + D_c/D)^alpha_D"
    source: ClassVar = "Kaplan et al. 2020, arXiv 2001.08361, equation 1.5"
    validity: ClassVar = (
        "parameters without embeddings; D is the size of the data set, with early stopping and dropout, so"
        " training compute is not 6 N D; no irreducible loss, so not far past the runs"
    )
    inputs: ClassVar = (PARAMS, TOKENS)
    output: ClassVar = LOSS
    parameters: ClassVar = (
        Parameter("N_c", "", "scale of parameters"),
        Parameter("D_c", "token", "scale of tokens"),
        Parameter("alpha_N", "", "exponent of parameters"),
        Parameter("alpha_D", "", "exponent of tokens"),
    )

    @classmethod
    def slopes(cls, values: Floats, inputs: Inputs) -> tuple[Floats, Floats]:
        """Predictions and their derivatives."""
        n_c, d_c, alpha_n, alpha_d = (values[:, [j]] for j in range(4))
        ratio = np.log(n_c) - np.log(inputs["params"])
        by_params = np.exp(alpha_n / alpha_d * ratio)
        by_tokens = d_c / inputs["tokens"]
        total = by_params + by_tokens
        loss = np.exp(alpha_d * np.log(total))
        share = by_params / total
        relative = (
            alpha_n * share / n_c,
            alpha_d * (1.0 - share) / d_c,
            share * ratio,
            np.log(total) - alpha_n / alpha_d * share * ratio,
        )
        return loss, loss[:, :, None] * np.stack(relative, axis=2)

    @classmethod
    def seeds(cls, inputs: Inputs, y: Floats) -> Floats:
        """For given exponents L^(1/α_D) is linear in two amplitudes."""
        grid = every(np.geomspace(0.02, 1.2, 20), np.geomspace(0.02, 1.2, 20))
        alpha_n, alpha_d = grid[:, [0]], grid[:, [1]]
        power = alpha_n / alpha_d
        size = np.log(y) / alpha_d
        centre = np.log(inputs["params"]).mean()
        parts = [
            np.exp(np.clip(-power * (np.log(inputs["params"]) - centre) - size, -300.0, 300.0)),
            np.exp(np.clip(-np.log(inputs["tokens"]) - size, -300.0, 300.0)),
        ]
        amplitude = np.maximum(nonnegative(parts, np.ones_like(size)), 1e-250)
        n_c = np.exp(np.clip(np.log(amplitude[:, 0]) / power[:, 0] + centre, -600.0, 600.0))
        return np.column_stack([n_c, amplitude[:, 1], grid])
