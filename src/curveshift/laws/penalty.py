"""A penalty on the absolute values of parameters, rounded at zero so that Newton steps apply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .objectives import Objective

    Floats = NDArray[np.float64]

WIDTH: Final = 1e-5
"""|x| is taken as √(x² + width²): a penalised parameter that the data do not want ends within this of zero."""
_FIRST: Final = 1e-1
_FACTOR: Final = 0.1


@dataclass
class Penalty:
    """Half of l1 × counted runs × Σ|form · θ|; nothing where there are no forms."""

    l1: float
    forms: Floats | None
    width: float = WIDTH

    def path(self) -> Iterator[float]:
        """Widths from round to the last one, each to be descended at before the next."""
        width = _FIRST
        while self.forms is not None and width > 1.5 * WIDTH:
            yield width
            width *= _FACTOR

    def value(self, theta: Floats, weights: Floats) -> Floats:
        """The penalty of each problem, shape (R,)."""
        if self.forms is None:
            return np.zeros(len(theta))
        size = np.sqrt((theta @ self.forms.T) ** 2 + self.width**2) - self.width
        summed: Floats = 0.5 * self.l1 * np.sum(weights, axis=1) * np.sum(size, axis=1)
        return summed

    def add(
        self, theta: Floats, weights: Floats, newton: NDArray[np.bool_], gradient: Floats, hessian: Floats
    ) -> None:
        """Add its derivatives; the curvature is that of a majorising parabola away from Newton's steps."""
        if self.forms is None:
            return
        x = theta @ self.forms.T
        size = np.sqrt(x * x + self.width**2)
        strength = 0.5 * self.l1 * np.sum(weights, axis=1)[:, None]
        gradient += (strength * x / size) @ self.forms
        bend = np.where(newton[:, None], self.width**2 / size**3, 1.0 / size)
        hessian += np.einsum("rm,mp,mq->rpq", strength * bend, self.forms, self.forms)


def penalty_of(objective: Objective, forms: Floats | None) -> Penalty:
    """The penalty of an objective on a law that names what may be penalised."""
    if not objective.l1:
        return Penalty(0.0, None)
    if forms is None:
        raise CurveshiftError("this law names no parameters to penalise", "l1")
    return Penalty(objective.l1, forms)
