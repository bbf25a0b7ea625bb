"""What drives a result: each assumption's low draws against its high ones, in an ensemble that is there already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift import notebooks
from curveshift.errors import CurveshiftError, unknown_name

from .comparison import quantities_of
from .polarity import chosen_policies
from .singles import swing
from .statistics import Estimate, expectation, weight_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]

FIFTHS: Final = 5
SHUFFLES: Final = 200
CHANCE_LEVEL: Final = 0.95


@dataclass(frozen=True)
class Driver:
    """Mean of a quantity in the draws where one assumption is in its lowest fifth, and in its highest.

    Attributes
    ----------
    name : str
        The assumption.
    low_value, high_value : float
        Its median in those draws, in its own unit.
    low, high : Estimate
        The quantity's mean there.
    difference : Estimate
        `high` less `low`.
    """

    name: str
    low_value: float
    high_value: float
    low: Estimate
    high: Estimate
    difference: Estimate


@dataclass(frozen=True)
class Drivers:
    """The assumptions that move a quantity most, largest first.

    Attributes
    ----------
    policy, quantity, unit, when : str
    mean : Estimate
        Over all draws.
    by_chance : float
        A difference that the largest of all assumptions exceeds in one of twenty cases when none of them matters, by
        shuffling. Smaller differences say nothing.
    drivers : tuple of Driver
        Every uncertain assumption.
    left_out : int
        Draws that failed or in which the quantity is not finite.
    """

    policy: str
    quantity: str
    unit: str
    when: str
    mean: Estimate
    by_chance: float
    drivers: tuple[Driver, ...]
    left_out: int

    def _repr_html_(self) -> str:
        rows = [
            [d.name, d.low_value, d.high_value, d.low.value, d.high.value, d.difference.value]
            for d in self.drivers
            if abs(d.difference.value) > self.by_chance
        ]
        head = ["assumption", "low value", "high value", "mean at low", "mean at high", "difference"]
        caption = f"{self.quantity} at {self.when} under {self.policy}, {self.unit}"
        return notebooks.table(
            head, rows, caption, [f"Differences up to {self.by_chance:.3g} may be chance."]
        )

    @property
    def beyond_chance(self) -> tuple[Driver, ...]:
        """Those whose difference is larger than `by_chance`."""
        return tuple(d for d in self.drivers if abs(d.difference.value) > self.by_chance)


def drivers(
    ensemble: Ensemble, quantity: str = "lag", when: str = "2028-12-31", *, policy: str | None = None
) -> Drivers:
    """Split the draws by each assumption and see how far a quantity moves.

    No further run is needed, and no assumption is held still: where two are correlated both show what either does.

    Parameters
    ----------
    ensemble : Ensemble
        At least 40 draws.
    quantity, when : str
        As in `Comparison.differences`, such as ``china_stock`` at ``2028-12-31``.
    policy : str, optional
        The ensemble's first unless given.

    Returns
    -------
    Drivers

    Raises
    ------
    CurveshiftError
        For an unknown quantity, date or policy, or too few draws.

    Examples
    --------
    >>> from datetime import date
    >>> from curveshift.world import simulate
    >>> found = drivers(simulate("status-quo", draws=256, end=date(2028, 12, 1)), "china_stock")
    >>> found.drivers[0].difference.value > found.by_chance or not found.beyond_chance
    True
    """
    name = chosen_policies(ensemble, policy or ensemble.policies[0])[0]
    known = {(q, w): (unit, read) for q, unit, w, read in quantities_of(ensemble)}
    if (quantity, when) not in known:
        if quantity not in {q for q, _ in known}:
            raise unknown_name("quantity", quantity, {q for q, _ in known})
        raise unknown_name(f"date of {quantity}", when, {w for q, w in known if q == quantity})
    unit, read = known[quantity, when]
    values = read(name)
    failed = np.asarray(ensemble.draws["failed"].sel(policy=name).values, dtype=bool)
    kept = np.isfinite(values) & ~failed
    if kept.sum() < FIFTHS * 8:
        raise CurveshiftError(
            f"{int(kept.sum())} draws are too few to split into fifths: at least 40 are needed"
        )
    y = values[kept]
    replicate = ensemble.draws["replicate"].values[kept]
    uncertain = {n: x[kept] for n, x in ensemble.assumptions.items() if np.ptp(x[kept]) > 0}
    ends = {n: _ends(x) for n, x in uncertain.items()}
    found = [Driver(n, *swing(x, y, *ends[n], replicate)) for n, x in uncertain.items()]
    found.sort(key=lambda d: -abs(d.difference.value))
    everything = weight_rows(np.ones(len(y)), replicate)
    return Drivers(
        name, quantity, unit, when, expectation(y, everything), _by_chance(y, list(ends.values())), tuple(found),
        int((~kept).sum()),
    )  # fmt: skip


def _ends(x: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The draws in the lowest fifth and those in the highest; ties fall on the same side."""
    low, high = np.quantile(x, (1.0 / FIFTHS, 1.0 - 1.0 / FIFTHS))
    return (x <= low, x >= high) if low < high else (x <= x.mean(), x > x.mean())


def _by_chance(y: Floats, ends: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]) -> float:
    """How large the largest difference is, in 95 of 100 shuffles of the quantity over the draws."""
    split = np.stack([high / high.sum() - low / low.sum() for low, high in ends])
    shuffled = np.random.Generator(np.random.Philox(0)).permuted(np.tile(y, (SHUFFLES, 1)), axis=1)
    return float(np.quantile(np.abs(split @ shuffled.T).max(axis=0), CHANCE_LEVEL))
