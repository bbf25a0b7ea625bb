"""Columns of a store as arrays that xarray reads when a value is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from xarray.backends import BackendArray
from xarray.core import indexing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.world.stored import Column


class Stacked(BackendArray):
    """Columns of several policies, shape (policy, draw, ...); one column without a policy's axis when `single`."""

    def __init__(self, columns: Sequence[Column], single: bool = False) -> None:
        self._columns, self._single = columns, single
        one = columns[0]
        self.dtype = one.dtype
        self.shape = one.shape if single else (len(columns), *one.shape)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> NDArray[Any]:
        return np.asarray(
            indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)
        )

    def _read(self, key: tuple[Any, ...]) -> NDArray[Any]:
        if self._single:
            return self._columns[0][key]
        policy, *rest = key
        chosen = np.arange(len(self._columns))[policy]
        if chosen.ndim == 0:
            return self._columns[int(chosen)][tuple(rest)]
        return np.stack([self._columns[i][tuple(rest)] for i in chosen])


def lazy(columns: Sequence[Column], single: bool = False) -> indexing.LazilyIndexedArray:
    """What xarray takes as the data of a variable."""
    return indexing.LazilyIndexedArray(Stacked(columns, single))
