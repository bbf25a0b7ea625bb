"""Laws that are not sums of power-law terms: fitted from their value, their gradient and many starts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from itertools import product
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from .law import Law, Prepared
from .models import Dense

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Inputs
    from .objectives import Objective

    Floats = NDArray[np.float64]

STARTS: Final = 24
"""Seeds that are taken down to a minimum each."""
_LARGEST: Final = 690.0
_SMALLEST: Final = 1e-300


class DenseLaw(Law):
    """A law with an analytic gradient; its solver takes the logarithm of parameters that are positive."""

    plain: ClassVar[Sequence[str]] = ()
    """Parameters that the solver takes as they are, because they may have either sign."""

    @classmethod
    @abstractmethod
    def slopes(cls, values: Floats, inputs: Inputs) -> tuple[Floats, Floats]:
        """Predictions and their derivatives: values (R, p), inputs (n,); returns (R, n) and (R, n, p)."""

    @classmethod
    @abstractmethod
    def seeds(cls, inputs: Inputs, y: Floats) -> Floats:
        """Parameters to start from, shape (S, p)."""

    @classmethod
    def curve(cls, values: Floats, inputs: Inputs) -> Floats:
        """Predictions for many parameter vectors, shape (R, n)."""
        return cls.slopes(values, inputs)[0]

    @classmethod
    def prepare(cls, inputs: Inputs) -> DensePrepared:
        """The law on one data set."""
        return DensePrepared(cls, inputs)


class DensePrepared(Prepared):
    """θ holds the logarithm of each positive parameter, and the others as they are."""

    def __init__(self, law: type[DenseLaw], inputs: Inputs) -> None:
        self.law = law
        self.inputs = inputs
        self.logs = np.array([p.name not in law.plain for p in law.parameters])
        self.model: Dense = Dense(len(law.parameters), self._evaluate)

    def natural(self, theta: Floats) -> Floats:
        """Parameters of the law, shape (R, p)."""
        return np.where(self.logs, np.exp(np.clip(theta, -_LARGEST, _LARGEST)), theta)

    def solver(self, values: Floats) -> Floats:
        """θ of given parameters, shape (R, p)."""
        return np.where(self.logs, np.log(np.where(self.logs, np.maximum(values, _SMALLEST), 1.0)), values)

    def direction(self, index: int) -> tuple[Floats, bool]:
        """Vector v with v·θ equal to a parameter or to its logarithm."""
        return np.eye(self.model.size)[index], bool(self.logs[index])

    def starts(self, y: Floats, weights: Floats, objective: Objective) -> Floats:
        """The seeds of the law with the least misfit."""
        theta = self.solver(self.law.seeds(self.inputs, y))
        f, _ = self._evaluate(theta)
        with np.errstate(over="ignore", invalid="ignore"):
            r = np.log(np.maximum(y, _SMALLEST)) - f if objective.space == "log" else y - np.exp(f)
            misfit = np.sum(weights * np.minimum(np.abs(r), 1e9), axis=1)
        usable = np.isfinite(misfit) & np.isfinite(theta).all(axis=1)
        order = np.argsort(np.where(usable, misfit, np.inf), kind="stable")
        return theta[order[: min(STARTS, int(usable.sum()))]]

    def _evaluate(self, theta: Floats) -> tuple[Floats, Floats]:
        values = self.natural(theta)
        with np.errstate(all="ignore"):
            predicted, slopes = self.law.slopes(values, self.inputs)
            # Impossible predictions are as far from any data as can be, so no step ends there.
            possible = (predicted > _SMALLEST) & (predicted < 1.0 / _SMALLEST)
            f = np.log(np.where(possible, predicted, _SMALLEST))
            by_theta = slopes * np.where(self.logs, values, 1.0)[:, None, :]
            jacobian = np.where(possible[:, :, None], by_theta / predicted[:, :, None], 0.0)
        return f, np.where(np.isfinite(jacobian), jacobian, 0.0)


def every(*choices: Iterable[float]) -> Floats:
    """All combinations, one a row."""
    return np.array(list(product(*choices)), dtype=np.float64)


def solve_linear(parts: Sequence[Floats], y: Floats) -> Floats:
    """Least squares of y on the parts for each seed: parts of shape (S, n) each, returns (S, parts)."""
    design = np.stack(np.broadcast_arrays(*parts), axis=2)
    scale = np.sqrt(np.einsum("snk,snk->sk", design, design))
    scale = np.where(scale > 0.0, scale, 1.0)
    design = design / scale[:, None, :]
    gram = np.einsum("snj,snk->sjk", design, design) + 1e-10 * np.eye(design.shape[2])
    right = np.einsum("snk,n->sk", design, y)
    solved: Floats = np.linalg.solve(gram, right[:, :, None])[:, :, 0] / scale
    return solved


def spread(values: Floats, count: int, beyond: float = 1.0) -> Floats:
    """Points over the range of the data on a log scale, `beyond` times past its ends, shape (count,)."""
    return np.geomspace(values.min() / beyond, values.max() * beyond, count)
