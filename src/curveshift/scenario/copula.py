"""Rank correlations between assumptions, by a Gaussian copula on connected groups."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from .priors import Assumption, Correlation

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Factor:
    """One connected group: names by rising dimension, and the lower Cholesky factor of its correlations."""

    names: tuple[str, ...]
    lower: NDArray[np.float64]

    def mix(self, columns: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
        """Correlated uniforms from independent ones, each of shape [draw]."""
        from scipy.special import ndtr, ndtri

        scores = [ndtri(column) for column in columns]
        mixed = []
        for i in range(len(scores)):
            total = self.lower[i, 0] * scores[0]
            # Term by term: a matrix product would round differently for blocks of different length.
            for j in range(1, i + 1):
                total = total + self.lower[i, j] * scores[j]
            mixed.append(np.clip(ndtr(total), 2.0**-53, 1 - 2.0**-53))
        # The first of the group is itself, to the last bit.
        return [columns[0], *mixed[1:]]


def factors(
    assumptions: Mapping[str, Assumption], pairs: Sequence[Correlation], where: str | None = None
) -> tuple[Factor, ...]:
    """Groups of correlated assumptions; those that no pair names stay independent.

    Spearman's rho becomes a correlation of normal scores by r = 2 sin(pi rho / 6) (Pearson 1907).

    Raises
    ------
    CurveshiftError
        When a name is unknown, or the pairs of a group contradict one another.
    """
    group: dict[str, set[str]] = {}
    for pair in pairs:
        for name in (pair.a, pair.b):
            if name not in assumptions:
                raise unknown_name("assumption", name, assumptions, where)
        joined = group.get(pair.a, {pair.a}) | group.get(pair.b, {pair.b})
        group.update(dict.fromkeys(joined, joined))
    found = []
    for members in {id(names): names for names in group.values()}.values():
        names = sorted(members, key=lambda name: assumptions[name].dimension)
        matrix = np.eye(len(names))
        for pair in pairs:
            if pair.a in members:
                i, j = names.index(pair.a), names.index(pair.b)
                matrix[i, j] = matrix[j, i] = 2 * math.sin(math.pi * pair.rank_correlation / 6)
        try:
            lower = np.asarray(np.linalg.cholesky(matrix), dtype=np.float64)
        except np.linalg.LinAlgError:
            named = ", ".join(f"{p.a} with {p.b} ({p.rank_correlation:g})" for p in pairs if p.a in members)
            raise CurveshiftError(f"these rank correlations contradict one another: {named}", where) from None
        found.append(Factor(tuple(names), lower))
    return tuple(sorted(found, key=lambda factor: assumptions[factor.names[0]].dimension))
