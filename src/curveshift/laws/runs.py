"""Training runs as a fit reads them: named columns in stated units, where each row came from, and conventions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs, in an order that does not depend on the order of the rows given.

    Attributes
    ----------
    columns : mapping of str to array, shape (n,)
        By standard name: ``params``, ``tokens``, ``training_flop``, ``loss`` and the other quantities of the laws.
    rows : array of int, shape (n,)
        Row number in the data given, from 1, for messages.
    clusters : array of int, shape (n,), optional
        Runs with the same number may share errors (one sweep, one paper).
    conventions : mapping
        What the columns count, such as ``params: non_embedding`` and ``flop: 6ND``.
    notes : tuple of str
        What was derived, dropped or assumed when the data were read.
    sources : tuple of str
    """

    columns: Mapping[str, Floats]
    rows: NDArray[np.int64]
    clusters: NDArray[np.int64] | None = None
    conventions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)
