"""The observed frontier of each bloc by month, and which draw of it belongs to which draw of the simulation."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.scenario.fitted import posterior_name
from curveshift.world.systems import CONTENDERS
from curveshift.world.timeline import START_2024

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.scenario import Assumption
    from curveshift.world.tying import Observed

    Floats = NDArray[np.float64]

PICK: Final = "history.frontier_pick"
"""The assumption that chooses among draws of the frontier."""

GROWTH: Final = "efficiency.growth_per_year"
NEAREST_SHARE: Final = 0.02
"""Share of the posterior's draws among which one is picked: those nearest in rank."""


@dataclass(frozen=True, eq=False)
class Frontier:
    """Draws of the best capability released so far.

    Attributes
    ----------
    levels : array, shape (posterior draw, month, bloc)
        Trend through the releases, orders of magnitude above what `reference_log10_flop` gave at `reference_year`;
        minus infinity before a bloc's first scored model.
    ranks : mapping of str to array, shape (posterior draw,)
        Rank between 0 and 1 of each posterior quantity that an assumption may be.
    reference_log10_flop, reference_year : float
    digest : str
        SHA-256 of levels and ranks.
    notes : tuple of str
        Which record it is and what it lacks.
    """

    levels: Floats
    ranks: Mapping[str, Floats]
    reference_log10_flop: float
    reference_year: float
    digest: str
    notes: tuple[str, ...]

    @property
    def known(self) -> Floats:
        """1 where a bloc has a scored model, shape (month, bloc)."""
        return np.asarray(np.isfinite(self.levels[0]), dtype=np.float64)

    def pick(self, assumptions: Mapping[str, Assumption], columns: Mapping[str, Floats]) -> NDArray[np.int64]:
        """Index of the posterior draw that belongs to each draw of the simulation, shape (draw,).

        Among the draws nearest in rank on all assumptions that are posteriors, the one that `PICK` says; among all
        draws when every such assumption was replaced by a value of the user's own.
        """
        share = columns[PICK]
        n = len(self.levels)
        distance = np.zeros((len(share), n))
        used = 0
        for name, assumption in assumptions.items():
            quantity = posterior_name(assumption.distribution)
            if quantity is not None and quantity in self.ranks:
                rank = np.asarray(assumption.distribution.cdf(columns[name]))
                distance += (rank[:, None] - self.ranks[quantity]) ** 2
                used += 1
        size = max(round(NEAREST_SHARE * n), 1) if used else n
        near = np.sort(np.argpartition(distance, size - 1, axis=1)[:, :size], axis=1)
        at = np.minimum((share * size).astype(np.int64), size - 1)
        return np.take_along_axis(near, at[:, None], axis=1)[:, 0]

    def observed(self, assumptions: Mapping[str, Assumption], columns: Mapping[str, Floats]) -> Observed:
        """The record of each draw, in log10 effective FLOP at the efficiency of early 2024 (that of the draw)."""
        from curveshift.world.tying import Observed

        levels = np.moveaxis(self.levels[self.pick(assumptions, columns)], 0, -1)
        # What a bloc has only rises, so the least that was seen is the first.
        first = np.where(np.isfinite(levels), levels, np.inf).min(axis=0)
        levels = np.where(np.isfinite(levels), levels, first)
        since_2024 = (self.reference_year - START_2024) * np.log10(columns[GROWTH])
        return Observed(levels + self.reference_log10_flop + since_2024, self.known[..., None])


def month_end(month: int) -> date:
    """Last day of a month counted from January 2022."""
    month += 1
    return date(2022 + month // 12, month % 12 + 1, 1) - timedelta(days=1)


@lru_cache(maxsize=8)
def read_frontier(as_of: date, as_of_month: int) -> Frontier:
    """The frontier of both blocs at the end of each month up to the as-of date.

    Of the draws that knew only what was public on that very day, where such are shipped; else of the latest draws,
    cut at the date.
    """
    from curveshift.trends import frontier, posterior
    from curveshift.trends.frontiers import trend_through
    from curveshift.trends.panels import decimal_year
    from curveshift.trends.posteriors import SHIPPED
    from curveshift.trends.prior_records import settings
    from curveshift.trends.sampled import quantities_of

    own = as_of.isoformat() in SHIPPED
    draws = posterior(as_of if own else None)
    ends = np.array([decimal_year(month_end(m)) for m in range(as_of_month + 1)])
    # After the last model of the record nothing says where the frontier is.
    last_model = float(draws.panel.years.max())
    ends = ends[: int(np.searchsorted(ends, last_model)) + 1]
    levels = np.stack([trend_through(frontier(draws, ends, bloc)) for bloc in CONTENDERS], axis=-1)
    ranks = {
        name: (np.argsort(np.argsort(q.read(draws), kind="stable")) + 0.5) / len(draws)
        for name, q in quantities_of(draws).items()
    }
    total = hashlib.sha256(levels.tobytes())
    for name in sorted(ranks):
        total.update(ranks[name].tobytes())
    fixed = settings()
    return Frontier(
        levels, ranks, fixed.reference_log10_flop, fixed.reference_year, total.hexdigest(),
        tuple(_notes(levels, as_of, as_of_month, own, draws.panel.as_of is None)),
    )  # fmt: skip


def _notes(levels: Floats, as_of: date, as_of_month: int, own: bool, latest: bool) -> list[str]:
    from curveshift.scenario.shelf import AS_OF

    until = month_end(levels.shape[1] - 1)
    basis = "what was public by then" if own else "all published scores"
    notes = [
        f"Each draw's factual history is tied to a trend through the observed frontier of both blocs up to {until}, "
        f"read from {basis}."
    ]
    if latest and as_of < AS_OF:
        notes.append(
            f"The frontier up to {until} rests on scores published later too: with this date the run is a hindcast."
        )
    if levels.shape[1] - 1 < as_of_month:
        notes.append(
            f"The record has no model after {until}: its shift is kept in {as_of_month + 1 - levels.shape[1]} months "
            f"up to {as_of}."
        )
    known = np.isfinite(levels[0])
    for i, bloc in enumerate(CONTENDERS):
        missing = int((~known[:, i]).sum())
        if missing:
            found = "it takes the shift of the first known month" if known[:, i].any() else "it has no shift"
            notes.append(f"The frontier of {bloc} is unknown in the first {missing} months: {found} there.")
    return notes
