"""Loss and average error when models are trained past the compute-optimal point (Gadre et al. 2024)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from .chinchilla import EXPONENTS, LOSS
from .dense import DenseLaw, every, solve_linear
from .law import Parameter, Quantity
from .logsum import LogSumLaw, Term

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .law import Inputs

    Floats = NDArray[np.float64]

TRAINING_FLOP = Quantity("training_flop", "FLOP", "training compute")
TOKENS_PER_PARAM = Quantity("tokens_per_param", "", "training tokens over parameters")
ERROR = Quantity("error", "", "average top-1 error over tasks, as a share", low=0.0, high=1.0)


@dataclass(frozen=True)
class OverTraining(LogSumLaw):
    """L(C, M) = E + (a M^η + b M^-η) C^-η, with M tokens per parameter.

    Parameters
    ----------
    E : float
        Irreducible loss, nat per token.
    a, b : float
        Scales of the terms of parameters and of tokens, nat per token.
    eta : float
        Exponent of compute.

    Examples
    --------
    >>> law = OverTraining(E=1.51, a=141.0, b=190.0, eta=0.121)
    >>> float(law.predict(training_flop=1e21, tokens_per_param=20.0).round(3))
    2.473
    """

    E: float
    a: float
    b: float
    eta: float

    name: ClassVar = "over-training"
    equation: ClassVar = "L(C, M) = E + (a M^eta + b M^-eta) C^-eta"
    source: ClassVar = "Gadre et al. 2024, arXiv 2403.08540, equation 4"
    validity: ClassVar = (
        "the same exponent for parameters and tokens; 5 to 640 tokens per parameter; C = 6 N D"
    )
    inputs: ClassVar = (TRAINING_FLOP, TOKENS_PER_PARAM)
    output: ClassVar = LOSS
    parameters: ClassVar = (
        Parameter("E", "nat/token", "irreducible loss"),
        Parameter("a", "nat/token", "scale of the term of parameters"),
        Parameter("b", "nat/token", "scale of the term of tokens"),
        Parameter("eta", "", "exponent of compute"),
    )
    grid: ClassVar = {"eta": EXPONENTS}

    @classmethod
    def terms(cls, inputs: Inputs) -> Sequence[Term]:
        """The terms on given runs."""
        flop, ratio = np.log(inputs["training_flop"]), np.log(inputs["tokens_per_param"])
        return (Term("E", {}), Term("a", {"eta": ratio - flop}), Term("b", {"eta": -ratio - flop}))

    def compute_optimal(self, flop: ArrayLike, flop_per_param_token: float = 6.0) -> tuple[Floats, Floats]:
        """Parameters and tokens with the least loss for a training budget; their ratio is the same for all."""
        budget = np.asarray(flop, dtype=np.float64) / flop_per_param_token
        ratio = (self.b / self.a) ** (0.5 / self.eta)
        params = np.sqrt(budget / ratio)
        return params, params * ratio


@dataclass(frozen=True)
class OverTrainingError(DenseLaw):
    """Err(L) = ε − k e^(−γ L): average error over tasks from loss.

    Parameters
    ----------
    epsilon : float
        Error of a model that has learnt nothing.
    k, gamma : float
        How much, and how fast, error falls with loss; γ in token per nat.

    Examples
    --------
    >>> float(OverTrainingError(epsilon=0.85, k=2.08, gamma=0.756).predict(loss=2.5).round(3))
    0.536
    """

    epsilon: float
    k: float
    gamma: float

    name: ClassVar = "over-training-error"
    equation: ClassVar = "Err(L) = epsilon - k exp(-gamma L)"
    source: ClassVar = "Gadre et al. 2024, arXiv 2403.08540, equation 5"
    validity: ClassVar = "an average over many tasks, not one task; one validation set for the loss"
    inputs: ClassVar = (LOSS,)
    output: ClassVar = ERROR
    space: ClassVar = "raw"
    parameters: ClassVar = (
        Parameter("epsilon", "", "error without learning"),
        Parameter("k", "", "scale of the fall"),
        Parameter("gamma", "token/nat", "rate of the fall"),
    )

    @classmethod
    def slopes(cls, values: Floats, inputs: Inputs) -> tuple[Floats, Floats]:
        """Predictions and their derivatives."""
        epsilon, k, gamma = (values[:, [j]] for j in range(3))
        fall = np.exp(-gamma * inputs["loss"])
        return epsilon - k * fall, np.stack([np.ones_like(fall), -fall, k * fall * inputs["loss"]], axis=2)

    @classmethod
    def seeds(cls, inputs: Inputs, y: Floats) -> Floats:
        """For a given rate the law is linear."""
        gamma = every(np.geomspace(0.05, 20.0, 200))
        fall = np.exp(-gamma * (inputs["loss"] - inputs["loss"].mean()))
        epsilon, k = solve_linear([np.ones_like(fall), -fall], y).T
        k = np.maximum(k, 1e-9) * np.exp(gamma[:, 0] * inputs["loss"].mean())
        return np.column_stack([np.maximum(epsilon, 1e-3), k, gamma[:, 0]])

    def doubts(self, inputs: Inputs, held: Collection[str], draws: Floats | None) -> Sequence[str]:
        """Whether any run is near the error without learning."""
        fallen = float(np.min(self.k * np.exp(-self.gamma * inputs["loss"])))
        if "epsilon" not in held and fallen > 0.25 * self.epsilon:
            return [
                f"epsilon = {self.epsilon:.3g} is an extrapolation: every run is {fallen:.2g} or more below it"
            ]
        return ()
