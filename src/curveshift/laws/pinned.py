"""A law with some parameters held at given values: the same problem in the subspace that is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from .law import Prepared
from .profile import Restricted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .law import Law
    from .objectives import Objective

    Floats = NDArray[np.float64]


def pin(law: type[Law], prepared: Prepared, fixed: Mapping[str, float]) -> Pinned:
    """Hold parameters of a prepared law.

    Parameters
    ----------
    law : type of Law
    prepared : Prepared
    fixed : mapping of str to float

    Returns
    -------
    Pinned

    Raises
    ------
    CurveshiftError
        For an unknown parameter, a value outside its range, or none left to fit.
    """
    names = [p.name for p in law.parameters]
    rows, values = [], []
    for name, value in fixed.items():
        if name not in names:
            raise unknown_name("parameter", name, names, f"{law.name}: fixed")
        parameter = law.parameters[names.index(name)]
        vector, is_log = prepared.direction(names.index(name))
        if not parameter.low <= value <= parameter.high or (is_log and not value > 0.0):
            low = "above 0" if is_log else f"{parameter.low:g}"
            raise CurveshiftError(
                f"{value!r} is outside its range: {low} to {parameter.high:g}", f"{law.name}: fixed {name}"
            )
        rows.append(vector)
        values.append(np.log(value) if is_log else float(value))
    if len(fixed) >= len(names):
        raise CurveshiftError("every parameter is held: nothing is left to fit", f"{law.name}: fixed")
    return Pinned(prepared, np.array(rows), np.array(values))


class Pinned(Prepared):
    """θ = base + basis η, the subspace in which the held parameters have their values."""

    def __init__(self, whole: Prepared, rows: Floats, values: Floats) -> None:
        """Take the forms of θ that are held, shape (m, p), and their values, shape (m,)."""
        self.whole = whole
        self.base: Floats = np.asarray(np.linalg.lstsq(rows, values, rcond=None)[0], dtype=np.float64)
        held = len(rows)
        self.basis: Floats = np.linalg.qr(rows.T, mode="complete")[0][:, held:]
        self.model = Restricted(whole.model, self.base, self.basis)
        if whole.penalised is not None:
            raise CurveshiftError("a penalised law is fitted with all its parameters", "fixed")

    def starts(self, y: Floats, weights: Floats, objective: Objective) -> Floats:
        """Those of the whole law, moved to the nearest point of the subspace."""
        moved: Floats = (self.whole.starts(y, weights, objective) - self.base) @ self.basis
        return moved

    def natural(self, theta: Floats) -> Floats:
        """Parameters of the law, shape (R, p)."""
        return self.whole.natural(self.base + theta @ self.basis.T)

    def solver(self, values: Floats) -> Floats:
        """η of given parameters, shape (R, p − m)."""
        moved: Floats = (self.whole.solver(values) - self.base) @ self.basis
        return moved

    def direction(self, index: int) -> tuple[Floats, bool]:
        """Vector v with v·η equal to a parameter or its logarithm, up to a constant."""
        vector, is_log = self.whole.direction(index)
        return vector @ self.basis, is_log
