"""Laws that are sums of power-law terms, and their starting points by variable projection."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from .law import Law, Prepared
from .models import LogSum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Inputs
    from .objectives import Objective

    Floats = NDArray[np.float64]

STARTS: Final = 24
"""Grid points that are taken down to a minimum each; a few where there are many runs."""
FEW_STARTS: Final = 4
MANY_RUNS: Final = 2_000
"""With more runs, evenly spread ones decide where to start from."""
_REWEIGHTINGS: Final = 3
_ALMOST_NONE: Final = 1e-7


@dataclass(frozen=True)
class Term:
    """One term: log term = log amplitude + Σ parameter × factor.

    Attributes
    ----------
    amplitude : str
        The parameter that scales it; each term has its own.
    factors : mapping
        Parameter to its factor on each run, shape (n,).
    """

    amplitude: str
    factors: Mapping[str, Floats]


class LogSumLaw(Law):
    """A law ŷ = Σ_k amplitude_k exp(Σ_j parameter_j factor_kj), with positive amplitudes."""

    grid: ClassVar[Mapping[str, Sequence[float]]]
    """Values of each exponent from which the search starts."""

    @classmethod
    @abstractmethod
    def terms(cls, inputs: Inputs) -> Sequence[Term]:
        """The terms on given runs."""

    @classmethod
    def curve(cls, values: Floats, inputs: Inputs) -> Floats:
        """Predictions for many parameter vectors, shape (R, n)."""
        column = {p.name: i for i, p in enumerate(cls.parameters)}
        n = len(next(iter(inputs.values())))
        total = np.zeros((len(values), n))
        for term in cls.terms(inputs):
            exponent = sum(
                (values[:, column[name], None] * factor[None, :] for name, factor in term.factors.items()),
                np.zeros((1, 1)),
            )
            total += values[:, column[term.amplitude], None] * np.exp(exponent)
        return total

    @classmethod
    def prepare(cls, inputs: Inputs) -> LogSumPrepared:
        """The law on one data set, its factors centred."""
        names = [p.name for p in cls.parameters]
        n = len(next(iter(inputs.values())))
        return LogSumPrepared(names, cls.terms(inputs), cls.grid, n)


class LogSumPrepared(Prepared):
    """θ holds the logarithm of each term at the centre of the data, and the exponents as they are."""

    def __init__(
        self, names: Sequence[str], terms: Sequence[Term], grid: Mapping[str, Sequence[float]], n: int
    ) -> None:
        size = len(names)
        self.grid = grid
        self.amplitudes = np.array([names.index(t.amplitude) for t in terms])
        self.exponents = np.array([i for i in range(size) if i not in set(self.amplitudes.tolist())])
        self.exponent_names = [names[i] for i in self.exponents]
        # Centred factors: amplitude and exponent of a term are then nearly uncorrelated.
        self.centre = np.zeros((len(terms), size))
        phi = []
        for k, term in enumerate(terms):
            matrix = np.zeros((n, size))
            matrix[:, self.amplitudes[k]] = 1.0
            for name, factor in term.factors.items():
                j = names.index(name)
                self.centre[k, j] = factor.mean()
                matrix[:, j] = factor - self.centre[k, j]
            phi.append(matrix)
        self.model: LogSum = LogSum(phi)

    def natural(self, theta: Floats) -> Floats:
        """Parameters of the law, shape (R, p)."""
        values = theta.copy()
        values[:, self.amplitudes] = np.exp(theta[:, self.amplitudes] - theta @ self.centre.T)
        return values

    def solver(self, values: Floats) -> Floats:
        """θ of given parameters, shape (R, p)."""
        theta = values.copy()
        theta[:, self.amplitudes] = 0.0
        at_centre = theta @ self.centre.T
        theta[:, self.amplitudes] = np.log(values[:, self.amplitudes]) + at_centre
        return theta

    def direction(self, index: int) -> tuple[Floats, bool]:
        """Vector v with v·θ equal to a parameter or to its logarithm."""
        vector = np.zeros(self.model.size)
        vector[index] = 1.0
        term = np.flatnonzero(self.amplitudes == index)
        if len(term):
            vector -= self.centre[term[0]]
        return vector, bool(len(term))

    def starts(self, y: Floats, weights: Floats, objective: Objective) -> Floats:
        """The best points of the exponent grid, amplitudes solved for by relative least squares.

        For given exponents the law is linear in its amplitudes (variable projection, Golub and Pereyra 1973), so
        the search has as few dimensions as there are exponents.
        """
        every = 1 + (len(y) - 1) // MANY_RUNS
        y, weights = y[::every], weights[..., ::every]
        points = np.array(list(product(*(self.grid[name] for name in self.exponent_names))))
        theta = np.zeros((len(points), self.model.size))
        theta[:, self.exponents] = points
        parts = [np.exp(theta @ matrix[::every].T) for matrix in self.model.phi]
        # Each amplitude column of phi is one and its θ is zero, so a part is the term without its amplitude.
        relative = [part / y for part in parts]
        counted = np.broadcast_to(weights, (len(points), len(y)))
        w = counted
        for _ in range(_REWEIGHTINGS):
            amplitude = nonnegative(relative, w)
            fitted = sum(a[:, None] * part for a, part in zip(amplitude.T, relative, strict=True))
            r = np.abs(np.log(np.maximum(fitted, 1e-300)))
            w = counted / np.maximum(r, np.maximum(np.median(r, axis=1, keepdims=True), 1e-12))
        misfit = np.sum(counted * r, axis=1)
        best = np.argsort(misfit, kind="stable")[: STARTS if every == 1 else FEW_STARTS]
        top = np.max(amplitude[best], axis=1, keepdims=True)
        theta = theta[best]
        theta[:, self.amplitudes] = np.log(np.maximum(amplitude[best], _ALMOST_NONE * top))
        return theta


def nonnegative(parts: Sequence[Floats], w: Floats) -> Floats:
    """Weighted least squares of 1 on the parts with coefficients of at least zero, shape (G, K).

    There are few terms, so every set of terms that may be positive is tried.
    """
    count = len(parts)
    points = parts[0].shape[0]
    gram = np.empty((points, count, count))
    right = np.empty((points, count))
    for j in range(count):
        weighted = w * parts[j]
        right[:, j] = weighted.sum(axis=1)
        for k in range(j, count):
            gram[:, j, k] = gram[:, k, j] = np.einsum("gn,gn->g", weighted, parts[k])
    scale = np.sqrt(np.einsum("gkk->gk", gram))
    scale = np.where(scale > 0.0, scale, 1.0)
    gram /= scale[:, :, None] * scale[:, None, :]
    right /= scale
    best = np.zeros((points, count))
    gain = np.zeros(points)
    for chosen in product((False, True), repeat=count):
        used = np.flatnonzero(chosen)
        if not len(used):
            continue
        inner = gram[np.ix_(np.arange(points), used, used)] + 1e-12 * np.eye(len(used))
        solved = np.linalg.solve(inner, right[:, used, None])[:, :, 0]
        lowered = np.einsum("gk,gk->g", solved, right[:, used])
        take = (solved >= 0.0).all(axis=1) & (lowered > gain)
        full = np.zeros((points, count))
        full[:, used] = solved
        best = np.where(take[:, None], full, best)
        gain = np.where(take, lowered, gain)
    return best / scale
