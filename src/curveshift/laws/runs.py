"""Training runs as a fit reads them: named columns in stated units, where each row came from, and conventions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from curveshift.errors import CurveshiftError

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

    def only(self, keep: NDArray[np.bool_], note: str = "") -> Runs:
        """The runs where `keep` is true, with a note of why.

        Parameters
        ----------
        keep : array of bool, shape (n,)
        note : str

        Returns
        -------
        Runs
        """
        return replace(
            self,
            columns={name: value[keep] for name, value in self.columns.items()},
            rows=self.rows[keep],
            clusters=None if self.clusters is None else self.clusters[keep],
            notes=(*self.notes, note) if note else self.notes,
        )

    def drop_highest(self, count: int, column: str = "loss") -> Runs:
        """Leave out the runs with the highest loss, which are often those that trained least.

        Parameters
        ----------
        count : int
            At least 0 and fewer than there are runs; runs that tie with the last of them go too.
        column : str

        Returns
        -------
        Runs

        Raises
        ------
        CurveshiftError
            For a count out of range.
        """
        if not 0 <= count < len(self):
            raise CurveshiftError(f"{count} of {len(self)} runs cannot be left out", "drop_highest")
        if not count:
            return self
        value = self.columns[column]
        keep: NDArray[np.bool_] = value < np.sort(value)[-count]
        return self.only(keep, f"{int(np.sum(~keep))} runs with the highest {column} left out")
