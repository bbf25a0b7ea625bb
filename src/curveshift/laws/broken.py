"""Smoothly broken power laws with any number of breaks (Caballero et al. 2023)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import make_dataclass
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .chinchilla import LOSS
from .dense import DenseLaw, solve_linear
from .law import Parameter, Quantity
from .overtraining import TRAINING_FLOP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Inputs

    Floats = NDArray[np.float64]

MOST_BREAKS: Final = 4
_BEYOND: Final = 3
_PLACES: Final = 11
_LEVELS: Final = (0.0, 0.3, 0.6, 0.8, 0.9, 0.97)
_LEAST: Final = 1e-4
_WIDTH: Final = 0.3
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
        """For given breaks and a given level without end, log(y − a) is linear in the slopes on either side."""
        log_x = np.log(inputs[cls.inputs[0].name])
        places = np.quantile(log_x, np.linspace(0.05, 0.95, _PLACES))
        chosen = np.array(list(combinations(range(_PLACES), cls.breaks)))
        levels = np.array(_LEVELS) * y.min()
        rows = []
        for a in levels:
            at = places[chosen]
            bends = [np.maximum(log_x - at[:, [i]], 0.0) for i in range(cls.breaks)]
            one = np.ones_like(bends[0])
            middle = log_x.mean()
            found = solve_linear([one, -one * (log_x - middle), *(-bend for bend in bends)], np.log(y - a))
            row = np.empty((len(chosen), 3 + 3 * cls.breaks))
            row[:, 0] = max(a, _LEAST * y.min())
            row[:, 1] = np.exp(np.clip(found[:, 0] + found[:, 1] * middle, -300.0, 300.0))
            row[:, 2] = found[:, 1]
            for i in range(cls.breaks):
                row[:, 3 + 3 * i] = found[:, 2 + i]
                row[:, 4 + 3 * i] = np.exp(at[:, i])
                row[:, 5 + 3 * i] = _WIDTH
            rows.append(row)
        return np.concatenate(rows)

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
