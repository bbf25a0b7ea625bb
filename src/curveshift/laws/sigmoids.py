"""Bounded outcomes: accuracy from loss or from compute, and reward from the compute of reinforcement learning."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from .chinchilla import LOSS
from .dense import DenseLaw, every, solve_linear, spread
from .law import Parameter, Quantity
from .overtraining import TRAINING_FLOP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Inputs

    Floats = NDArray[np.float64]

ACCURACY = Quantity("accuracy", "", "share of a benchmark solved", low=-1e-12, high=1.0 + 1e-12)
REWARD = Quantity("reward", "", "mean reward or pass rate", low=-1e-12, high=1.0 + 1e-12)
RL_COMPUTE = Quantity(
    "rl_compute", "gpu_hour", "compute of reinforcement learning, in GPU-hours or any other unit"
)
_NEAR: Final = 0.2
"""An end is seen by runs that come this close to it, as a share of the whole rise."""
_SURE: Final = 0.05


class Sigmoid(DenseLaw):
    """y = low + (high − low) / (1 + e^−z), with z of the input in two parameters, the second a positive rate."""

    space: ClassVar = "raw"

    @classmethod
    @abstractmethod
    def along(cls, place: Floats, rate: Floats, inputs: Inputs) -> tuple[Floats, Floats, Floats]:
        """The argument z and its derivatives by place and rate."""

    @classmethod
    @abstractmethod
    def places(cls, inputs: Inputs) -> Floats:
        """Grid of places and rates, shape (S, 2)."""

    @classmethod
    def slopes(cls, values: Floats, inputs: Inputs) -> tuple[Floats, Floats]:
        """Predictions and their derivatives."""
        low, high = values[:, [0]], values[:, [1]]
        z, by_place, by_rate = cls.along(values[:, [2]], values[:, [3]], inputs)
        risen = _logistic(z)
        steep = (high - low) * risen * (1.0 - risen)
        jacobian = np.stack([1.0 - risen, risen, steep * by_place, steep * by_rate], axis=2)
        return low + (high - low) * risen, jacobian

    @classmethod
    def seeds(cls, inputs: Inputs, y: Floats) -> Floats:
        """For a given place and rate the ends are linear."""
        grid = cls.places(inputs)
        risen = _logistic(cls.along(grid[:, [0]], grid[:, [1]], inputs)[0])
        low, high = solve_linear([1.0 - risen, risen], y).T
        low = np.clip(low, 1e-3, 0.99)
        return np.column_stack([low, np.clip(high, low + 1e-2, 1.0), grid])

    def doubts(self, inputs: Inputs, held: Collection[str], draws: Floats | None) -> Sequence[str]:
        """Whether runs come near enough to both ends to see them."""
        low, high, place, rate = self.parameters
        z = self.along(
            np.array([[getattr(self, place.name)]]), np.array([[getattr(self, rate.name)]]), inputs
        )[0]
        risen = _logistic(z)
        told = []
        if low.name not in held and float(risen.min()) > _NEAR:
            told.append(
                f"{low.name} is not identified: the lowest run has already risen by {float(risen.min()):.0%};"
                f" hold it at its known value with fixed={{'{low.name}': ...}}"
            )
        if high.name in held:
            return told
        top = float(risen.max())
        if top < 0.5:
            told.append(
                f"{high.name} is not identified: no run is past the midpoint ({top:.0%} of the rise), and before it"
                " every asymptote fits"
            )
        elif top < 1.0 - _NEAR:
            told.append(f"{high.name} is an extrapolation: the runs see {top:.0%} of the rise")
        if draws is not None:
            ends = _logistic(self.along(draws[:, [2]], draws[:, [3]], inputs)[0]).max(axis=1)
            before = float(np.mean(ends < 0.5))
            if before > _SURE:
                told.append(
                    f"{high.name} is not identified: in {before:.0%} of the resampled fits no run is past the"
                    " midpoint"
                )
        return told


class _FromCompute(Sigmoid):
    """z = B (log C − log C_mid)."""

    @classmethod
    def along(cls, place: Floats, rate: Floats, inputs: Inputs) -> tuple[Floats, Floats, Floats]:
        """The argument z and its derivatives by place and rate."""
        distance = np.log(inputs[cls.inputs[0].name]) - np.log(place)
        return rate * distance, -rate / place + 0.0 * distance, distance

    @classmethod
    def places(cls, inputs: Inputs) -> Floats:
        """Midpoints to a factor of 30 beyond the runs."""
        compute = inputs[cls.inputs[0].name]
        return every(spread(compute, 24, beyond=30.0), np.geomspace(0.1, 6.0, 16))


@dataclass(frozen=True)
class LossToAccuracy(Sigmoid):
    """Accuracy from loss: floor + (ceiling − floor) / (1 + e^(slope (L − midpoint))).

    Parameters
    ----------
    floor, ceiling : float
        Accuracy by chance, and the most that can be had.
    midpoint : float
        Loss half way, nat per token.
    slope : float
        Token per nat.

    Examples
    --------
    >>> law = LossToAccuracy(floor=0.25, ceiling=0.95, midpoint=2.2, slope=6.0)
    >>> law.predict(loss=[3.0, 2.2, 1.8]).round(3).tolist()
    [0.256, 0.6, 0.892]
    """

    floor: float
    ceiling: float
    midpoint: float
    slope: float

    name: ClassVar = "loss-to-accuracy"
    equation: ClassVar = "accuracy = floor + (ceiling - floor) / (1 + exp(slope (L - midpoint)))"
    source: ClassVar = (
        "Bhagia et al. 2024, arXiv 2412.04403; Grattafiori et al. 2024, arXiv 2407.21783, section 3.2.1"
    )
    validity: ClassVar = "one benchmark, one way of asking, one tokeniser and validation set"
    inputs: ClassVar = (LOSS,)
    output: ClassVar = ACCURACY
    parameters: ClassVar = (
        Parameter("floor", "", "accuracy by chance", high=1.0),
        Parameter("ceiling", "", "most accuracy that can be had", high=1.0),
        Parameter("midpoint", "nat/token", "loss half way"),
        Parameter("slope", "token/nat", "steepness"),
    )

    @classmethod
    def along(cls, place: Floats, rate: Floats, inputs: Inputs) -> tuple[Floats, Floats, Floats]:
        """The argument z and its derivatives by place and rate."""
        distance = place - inputs["loss"]
        return rate * distance, rate + 0.0 * distance, distance

    @classmethod
    def places(cls, inputs: Inputs) -> Floats:
        """Midpoints over and beyond the losses."""
        loss = inputs["loss"]
        width = float(np.ptp(loss))
        middle = np.linspace(max(loss.min() - width, 1e-2), loss.max() + width, 24)
        return every(middle, np.geomspace(0.5, 60.0, 16) / max(width, 1e-9))


@dataclass(frozen=True)
class ComputeToAccuracy(_FromCompute):
    """Accuracy straight from compute: floor + (ceiling − floor) / (1 + (C_mid/C)^B).

    Parameters
    ----------
    floor, ceiling : float
        Accuracy by chance, and the most that can be had.
    C_mid : float
        Training compute half way, FLOP.
    B : float
        Steepness in the logarithm of compute.

    Examples
    --------
    >>> law = ComputeToAccuracy(floor=0.25, ceiling=0.95, C_mid=1e23, B=0.8)
    >>> law.predict(training_flop=[1e21, 1e23, 1e25]).round(3).tolist()
    [0.267, 0.6, 0.933]
    """

    floor: float
    ceiling: float
    C_mid: float
    B: float

    name: ClassVar = "compute-to-accuracy"
    equation: ClassVar = "accuracy = floor + (ceiling - floor) / (1 + (C_mid/C)^B)"
    source: ClassVar = "logistic in log compute; Ruan et al. 2024, arXiv 2405.10938, section 3"
    validity: ClassVar = "one benchmark; one recipe with compute-optimal (or equally over-trained) models"
    inputs: ClassVar = (TRAINING_FLOP,)
    output: ClassVar = ACCURACY
    parameters: ClassVar = (
        Parameter("floor", "", "accuracy by chance", high=1.0),
        Parameter("ceiling", "", "most accuracy that can be had", high=1.0),
        Parameter("C_mid", "FLOP", "compute half way"),
        Parameter("B", "", "steepness"),
    )


@dataclass(frozen=True)
class RLCompute(_FromCompute):
    """R(C) = R0 + (A − R0) / (1 + (C_mid/C)^B): reward in the compute of reinforcement learning.

    The asymptote A is not identified by runs that end before the midpoint: the fit says so.

    Parameters
    ----------
    R0, A : float
        Reward before training, and the asymptote.
    C_mid : float
        Compute at which half of the gain is reached, in the unit of the runs.
    B : float
        Steepness.

    Examples
    --------
    >>> law = RLCompute(R0=0.2, A=0.61, C_mid=2542.0, B=1.92)
    >>> law.predict(rl_compute=[500.0, 2542.0, 16000.0]).round(3).tolist()
    [0.217, 0.405, 0.598]
    """

    R0: float
    A: float
    C_mid: float
    B: float

    name: ClassVar = "rl-compute"
    equation: ClassVar = "R(C) = R0 + (A - R0) / (1 + (C_mid/C)^B)"
    source: ClassVar = "Khatri et al. 2025, arXiv 2510.13786, equation 1"
    validity: ClassVar = (
        "one recipe, after its first noisy stretch (1,500 GPU-hours in the paper), held-out prompts"
    )
    inputs: ClassVar = (RL_COMPUTE,)
    output: ClassVar = REWARD
    parameters: ClassVar = (
        Parameter("R0", "", "reward before training", high=1.0),
        Parameter("A", "", "asymptote", high=1.0),
        Parameter("C_mid", "gpu_hour", "compute at half of the gain"),
        Parameter("B", "", "steepness"),
    )


def _logistic(z: Floats) -> Floats:
    with np.errstate(over="ignore"):
        risen: Floats = 1.0 / (1.0 + np.exp(-z))
    return risen
