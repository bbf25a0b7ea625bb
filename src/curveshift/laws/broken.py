"""Smoothly broken power laws with any number of breaks (Caballero et al. 2023)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import make_dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .chinchilla import LOSS
from .dense import DenseLaw, every
from .law import Parameter, Quantity
from .logsum import nonnegative
from .overtraining import TRAINING_FLOP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Inputs

    Floats = NDArray[np.float64]

MOST_BREAKS: Final = 4
_BEYOND: Final = 3
_SURE: Final = 0.05


class Broken(DenseLaw):
    """y(x) = a + b x^-c0 Π_i (1 + (x/d_i)^(1/f_i))^(−c_i f_i): its slope changes by c_i at each d_i, over f_i e-folds.

    `broken_power` makes the law with a given number of breaks.
    """

    breaks: ClassVar[int]

    @classmethod
    def slopes(cls, values: Floats, inputs: Inputs) -> tuple[Floats, Floats]:
        """Predictions and their derivatives."""
        log_x = np.log(inputs[cls.inputs[0].name])
        b, c0 = values[:, [1]], values[:, [2]]
        log_term = np.log(b) - c0 * log_x
        bends = []
        for i in range(cls.breaks):
            c, d, f = (values[:, [3 + 3 * i + j]] for j in range(3))
            along = (log_x - np.log(d)) / f
            # log(1 + e^u), and its derivative.
            passed = np.logaddexp(0.0, along)
            share = np.exp(along - passed)
            log_term = log_term - c * f * passed
            bends += [-f * passed, c * share / d, c * (share * along - passed)]
        term = np.exp(log_term)
        relative = [1.0 / b + 0.0 * term, -log_x + 0.0 * term, *bends]
        jacobian = np.stack([np.ones_like(term), *(term * part for part in relative)], axis=2)
        return values[:, [0]] + term, jacobian

    @classmethod
    def seeds(cls, inputs: Inputs, y: Floats) -> Floats:
        """Breaks at quantiles of the data and some slopes; a and b are then linear."""
        x = inputs[cls.inputs[0].name]
        n = cls.breaks
        places = np.quantile(x, np.linspace(0.1, 0.9, 7 if n == 1 else 5))
        rows = []
        for where in every(*[range(len(places))] * n).astype(int):
            if (np.diff(where) > 0).all():
                bends = every(*[(-0.3, 0.1, 0.4)] * n) if n > 1 else every((-0.6, -0.2, 0.1, 0.3, 0.8))
                for c0 in (-0.2, 0.02, 0.1, 0.3, 0.8):
                    for bend in bends:
                        for f in (0.1, 0.5):
                            row = [1.0, 1.0, c0]
                            for c, place in zip(bend, places[where], strict=True):
                                row += [float(c), float(place), f]
                            rows.append(row)
        grid = np.array(rows)
        term = cls.curve(grid, inputs) - 1.0
        size = term.mean(axis=1, keepdims=True)
        one = np.ones_like(term)
        a, b = nonnegative([one / y, term / size / y], one).T
        grid[:, 0] = np.maximum(a, 1e-4 * y.min())
        grid[:, 1] = np.maximum(b / size[:, 0], 1e-12)
        return grid

    def doubts(self, inputs: Inputs, held: Collection[str], draws: Floats | None) -> Sequence[str]:
        """Whether there are runs on both sides of each break."""
        x = inputs[self.inputs[0].name]
        names = [p.name for p in self.parameters]
        told = []
        for i in range(1, self.breaks + 1):
            at = float(getattr(self, f"d{i}"))
            above, below = int(np.sum(x > at)), int(np.sum(x < at))
            if min(above, below) < _BEYOND:
                told.append(
                    f"break {i} at {at:.3g} has {below} runs before and {above} beyond it: it and the slope there"
                    f" are not identified; at least {_BEYOND} on each side are needed"
                )
            elif draws is not None:
                placed = draws[:, names.index(f"d{i}")]
                outside = float(np.mean((placed > x.max()) | (placed < x.min())))
                if outside > _SURE:
                    told.append(f"break {i} lies outside the runs in {outside:.0%} of the resampled fits")
        return told


@lru_cache
def broken_power(breaks: int = 1, over: Quantity = TRAINING_FLOP, output: Quantity = LOSS) -> type[Broken]:
    """The broken power law with a given number of breaks.

    Parameters
    ----------
    breaks : int
        1 to 4; each adds three parameters.
    over, output : Quantity
        What x and y are.

    Returns
    -------
    type of Broken
        Its parameters are ``a``, ``b``, ``c0`` and, for each break i, ``c{i}``, ``d{i}`` and ``f{i}``.

    Raises
    ------
    CurveshiftError
        For another number of breaks.

    Examples
    --------
    >>> law = broken_power(1)(a=1.7, b=60.0, c0=0.08, c1=0.1, d1=1e20, f1=0.3)
    >>> law.predict(training_flop=[1e18, 1e22]).round(3).tolist()
    [3.878, 2.358]
    """
    if breaks not in range(1, MOST_BREAKS + 1):
        raise CurveshiftError(f"{breaks!r} is outside its range: 1 to {MOST_BREAKS}", "breaks")
    sign = float("-inf")
    parameters = [
        Parameter("a", output.unit, "level without end"),
        Parameter("b", output.unit, "scale"),
        Parameter("c0", "", "slope before the first break", low=sign),
    ]
    for i in range(1, breaks + 1):
        parameters += [
            Parameter(f"c{i}", "", f"change of slope at break {i}", low=sign),
            Parameter(f"d{i}", over.unit, f"place of break {i}"),
            Parameter(f"f{i}", "", f"width of break {i}, e-folds"),
        ]
    shared = {
        "name": f"broken-power-{breaks}",
        "equation": "y = a + b x^-c0 prod_i (1 + (x/d_i)^(1/f_i))^(-c_i f_i)",
        "source": "Caballero et al. 2023, arXiv 2210.14891, equation 1",
        "validity": "inside the runs, and beyond them only as far as no further break comes",
        "inputs": (over,),
        "output": output,
        "parameters": tuple(parameters),
        "plain": tuple(p.name for p in parameters if p.name[0] == "c"),
        "breaks": breaks,
        "__doc__": Broken.__doc__,
        "__module__": __name__,
    }
    made: type[Broken] = make_dataclass(
        f"BrokenPower{breaks}",
        [(p.name, float) for p in parameters],
        bases=(Broken,),
        namespace=shared,
        frozen=True,
    )
    return made


BrokenPower = broken_power(1)
