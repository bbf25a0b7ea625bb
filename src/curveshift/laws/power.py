"""A power law with an offset in one variable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from .chinchilla import EXPONENTS, LOSS
from .law import Parameter, Quantity
from .logsum import LogSumLaw, Term

if TYPE_CHECKING:
    from .law import Inputs


@dataclass(frozen=True)
class OffsetPower(LogSumLaw):
    """L(C) = E + A C^-α.

    Parameters
    ----------
    E : float
        Irreducible loss, nat per token.
    A : float
        Scale, nat per token.
    alpha : float
        Exponent.

    Examples
    --------
    >>> round(float(OffsetPower(E=1.7, A=100.0, alpha=0.1).predict(training_flop=1e20)), 9)
    2.7
    """

    E: float
    A: float
    alpha: float

    name: ClassVar = "offset-power"
    equation: ClassVar = "L(C) = E + A C^-alpha"
    source: ClassVar = "Henighan et al. 2020, arXiv 2010.14701, equation 1.1"
    validity: ClassVar = "runs along one path through model size and data, such as the compute-optimal one"
    inputs: ClassVar = (Quantity("training_flop", "FLOP", "training compute"),)
    output: ClassVar = LOSS
    parameters: ClassVar = (
        Parameter("E", "nat/token", "irreducible loss"),
        Parameter("A", "nat/token", "scale"),
        Parameter("alpha", "", "exponent"),
    )
    grid: ClassVar = {"alpha": EXPONENTS}

    @classmethod
    def terms(cls, inputs: Inputs) -> Sequence[Term]:
        """The terms on given runs."""
        return (Term("E", {}), Term("A", {"alpha": -np.log(inputs["training_flop"])}))
