"""Two recipes as one model: curves of loss in compute that share what a hypothesis says they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from curveshift.errors import CurveshiftError

from .chinchilla import EXPONENTS
from .descent import Problem, descend
from .logsum import LogSumPrepared, Term
from .minimise import follow
from .objectives import Objective
from .power import OffsetPower
from .profile import Restricted
from .reading import read_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FREE: Final = ("E", "lift", "A", "alpha", "shift", "bend")
"""Each recipe has its own asymptote E, E exp(lift), scale A, A exp(shift), and exponent alpha, alpha + bend."""
SHARED: Final = ("E", "A", "alpha", "shift", "bend")
ONE: Final = ("E", "A", "alpha", "shift")
"""One shape: the second recipe is the first with its compute multiplied."""
_GRID: Final = {
    "alpha": EXPONENTS[::2],
    "shift": (-1.0, -0.5, -0.2, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2, 0.5, 1.0),
    "bend": (-0.1, -0.03, 0.0, 0.03, 0.1),
    "lift": (-0.2, 0.0, 0.2),
}
_FEWEST: Final = 5
_NO_ASYMPTOTE: Final = -40.0
"""Logarithm of an asymptote of zero."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted hypothesis.

    Attributes
    ----------
    names : tuple of str
    theta : array, shape (p,)
    sigma, value : float
    pinned : bool
    """

    names: tuple[str, ...]
    theta: Floats
    sigma: float
    value: float
    pinned: bool
    _problem: Problem
    _prepared: LogSumPrepared

    @property
    def size(self) -> int:
        """Free parameters."""
        return len(self.names) - self.pinned

    @property
    def values(self) -> Floats:
        """E1, E2, log A1, log A2, alpha1, alpha2."""
        found: Floats = self._six(self.theta[None, :])[0]
        return found

    def again(self, weights: Floats) -> Floats:
        """The same six of refits to resampled runs, shape (R, 6)."""
        problem = Problem(self._problem.model, np.exp(self._problem.y), weights, self._problem.objective)
        start = np.zeros(self._problem.model.size) if self.pinned else self.theta
        count = len(weights)
        found = descend(problem, np.repeat(start[None, :], count, axis=0), np.full(count, self.sigma))
        return self._six(_whole(self._problem.model, found.theta))

    def _six(self, theta: Floats) -> Floats:
        values = self._prepared.natural(theta)
        part = {name: values[:, i] for i, name in enumerate(self.names)}
        none = np.zeros(len(values))
        log_e, log_a = np.log(np.maximum(part["E"], 1e-300)), np.log(part["A"])
        return np.column_stack(
            [
                part["E"],
                np.exp(log_e + part.get("lift", none)),
                log_a,
                log_a + part.get("shift", none),
                part["alpha"],
                part["alpha"] + part.get("bend", none),
            ]
        )


@dataclass(frozen=True, eq=False)
class Pair:
    """The runs of two recipes, one after the other.

    Attributes
    ----------
    log_flop, loss : array, shape (n,)
    second : array of float, shape (n,)
        1 for the second recipe.
    """

    log_flop: Floats
    loss: Floats
    second: Floats

    @classmethod
    def read(cls, first: Any, second: Any) -> Self:
        """Both recipes, or the error that says which cannot show a curve."""
        parts = []
        for which, data in (("the first recipe", first), ("the second recipe", second)):
            runs = read_runs(data, OffsetPower)
            flop, loss = runs.columns["training_flop"], runs.columns["loss"]
            scales = len(np.unique(np.round(np.log(flop), 2)))
            if scales < _FEWEST:
                raise CurveshiftError(f"{scales} distinct budgets: at least {_FEWEST} are needed", which)
            parts.append((np.log(flop), loss))
        (x1, y1), (x2, y2) = parts
        return cls(
            np.concatenate([x1, x2]),
            np.concatenate([y1, y2]),
            np.concatenate([np.zeros(len(x1)), np.ones(len(x2))]),
        )

    @property
    def overlap(self) -> tuple[float, float]:
        """Compute that both recipes cover, FLOP; the second below the first if there is none."""
        x1, x2 = self.log_flop[self.second == 0.0], self.log_flop[self.second == 1.0]
        return float(np.exp(max(x1.min(), x2.min()))), float(np.exp(min(x1.max(), x2.max())))

    def resampled(self, count: int, seed: int) -> Floats:
        """Weights of runs drawn with replacement within each recipe, shape (R, n)."""
        weights = np.zeros((count, len(self.loss)))
        for group in (0.0, 1.0):
            rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, int(group)])))
            mine = np.flatnonzero(self.second == group)
            weights[:, mine] = rng.multinomial(len(mine), np.full(len(mine), 1.0 / len(mine)), size=count)
        return weights

    def fit(
        self, names: Sequence[str], asymptote: float | None = None, objective: str = "student_t"
    ) -> Fitted:
        """Fit a hypothesis, its asymptote held at a value where one is given."""
        factors = {
            "lift": self.second,
            "alpha": -self.log_flop,
            "shift": self.second,
            "bend": -self.log_flop * self.second,
        }
        terms = (
            Term("E", {k: v for k, v in factors.items() if k in names and k == "lift"}),
            Term("A", {k: v for k, v in factors.items() if k in names and k != "lift"}),
        )
        grid = {k: v for k, v in _GRID.items() if k in names}
        prepared = LogSumPrepared(list(names), terms, grid, len(self.loss))
        aim, ones = Objective(objective), np.ones(len(self.loss))
        theta = prepared.starts(self.loss, ones, aim)
        if asymptote is None:
            problem = Problem(prepared.model, self.loss, ones, aim)
            found = follow(prepared, self.loss, ones, aim, theta)
        else:
            log_e = np.log(asymptote) if asymptote > 0.0 else _NO_ASYMPTOTE
            basis = np.eye(len(names))[:, 1:]
            base = np.concatenate([[log_e], np.zeros(len(names) - 1)])
            problem = Problem(Restricted(prepared.model, base, basis), self.loss, ones, aim)
            spread = np.full(len(theta), float(np.std(np.log(self.loss))))
            found = descend(problem, theta @ basis, spread)
        best = int(np.argmin(np.where(np.isfinite(found.value), found.value, np.inf)))
        end = found.theta[best]
        if asymptote is not None:
            # Refits start here: moved so that zero is the optimum.
            end = base + basis @ end
            problem.model = Restricted(prepared.model, end, basis)
        return Fitted(
            tuple(names), end, float(found.sigma[best]), float(found.value[best]), asymptote is not None,
            problem, prepared,
        )  # fmt: skip


def _whole(model: Any, theta: Floats) -> Floats:
    """All coordinates, where a model holds some."""
    return model.base + theta @ model.basis.T if isinstance(model, Restricted) else theta
