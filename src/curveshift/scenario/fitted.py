"""Values that are posteriors of the record: compiled to quantiles and rank correlations, which need no draws."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError
from curveshift.records.empirical import Empirical

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.records import Distribution

POINTS: Final = 201
_DIGITS: Final = 6
_SOURCE: Final = {
    "cite": "Joint posterior draws of the model of benchmark scores (tables models, benchmarks, benchmark_scores)",
    "url": "",
    "pages": "",
}


def resolve(value: Any, unit: str | None = None) -> Any:
    """Put quantiles of the shipped draws in place of ``{posterior: NAME}``; any other value is returned as it is.

    Parameters
    ----------
    value
        As written in a record.
    unit : str, optional
        Unit of the record, which must be that of the quantity.

    Raises
    ------
    CurveshiftError
        For an unknown quantity, other keys beside it, or another unit.
    """
    if not isinstance(value, Mapping) or "posterior" not in value:
        return value
    if len(value) > 1:
        raise CurveshiftError("a posterior is written alone: {posterior: NAME}")
    from curveshift.trends.sampled import quantity, quantity_draws

    found = quantity(str(value["posterior"]))
    if unit is not None and found.unit != unit:
        raise CurveshiftError(f"the posterior of {found.name} is in {found.unit!r} but the unit is {unit!r}")
    return table(found.name, quantity_draws(found.name)).to_data()


def table(name: str, draws: NDArray[np.float64]) -> Empirical:
    """Quantiles of draws at `POINTS` equal steps of probability, to six digits."""
    points = np.quantile(draws, np.linspace(0.0, 1.0, POINTS))
    return Empirical(name, tuple(float(f"{x:.{_DIGITS}g}") for x in points))


def posterior_name(distribution: Distribution) -> str | None:
    """Which posterior a distribution was read from, also where bounds cut it; None for any other."""
    inner = getattr(distribution, "inner", distribution)
    return inner.name if isinstance(inner, Empirical) else None


def joint_correlations(values: Mapping[str, Distribution]) -> list[dict[str, Any]]:
    """Rank correlations of all pairs of assumptions that are posteriors, from their joint draws, as records."""
    from curveshift.trends.sampled import quantity_draws

    named = [(name, found) for name, d in values.items() if (found := posterior_name(d)) is not None]
    pairs = []
    for (a, first), (b, second) in combinations(named, 2):
        if first == second:
            raise CurveshiftError(f"{a} and {b} are the same posterior: {first}")
        one, other = (np.argsort(np.argsort(quantity_draws(q))) for q in (first, second))
        matrix = np.asarray(np.corrcoef(one, other))
        pairs.append(
            {
                "a": a,
                "b": b,
                # Draws are few enough that a third decimal says nothing.
                "rank_correlation": round(float(matrix[0, 1]), 2),
                "why": f"{first} and {second} are inferred together from the same scores.",
                "sources": [_SOURCE],
            }
        )
    return pairs
