"""Quantiles over draws as integer counts in fixed bins: they add up exactly, whatever the order of blocks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import jax.numpy as jnp
import numpy as np

from curveshift.errors import CurveshiftError, unknown_name
from curveshift.world.ledger import CHANNELS, FLOWS
from curveshift.world.outcomes import ESTIMATORS
from curveshift.world.systems import CONTENDERS
from curveshift.world.units import CHIPS, UNITS, Array

if TYPE_CHECKING:
    import jax
    from numpy.typing import NDArray

    from curveshift.world.outcomes import Series

QUANTILES: Final = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
BINS: Final = 720

_UNIT: Final[Mapping[str, tuple[str, ...]]] = {"unit": UNITS}


@dataclass(frozen=True)
class Band:
    """One variable of which quantiles are kept, on log or linear bins between two bounds.

    What lies outside counts in the outermost bins, whose quantiles are then the bounds themselves.
    """

    name: str
    unit: str
    meaning: str
    read: Callable[[Series], Array]
    axes: Mapping[str, tuple[str, ...]]
    low: float
    high: float
    log: bool = True

    def index(self, values: jax.Array) -> jax.Array:
        """Bin of each value; not-a-number has one of its own, behind the others."""
        x = jnp.log10(jnp.maximum(values, 0.0)) if self.log else values
        low, high = self.edges
        scaled = (x - low) * (BINS / (high - low))
        return jnp.where(jnp.isnan(scaled), BINS, jnp.clip(scaled, 0, BINS - 1)).astype(jnp.int32)

    @property
    def edges(self) -> tuple[float, float]:
        """Bounds on the scale of the bins."""
        return (float(np.log10(self.low)), float(np.log10(self.high))) if self.log else (self.low, self.high)

    def quantiles(self, counts: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """Quantiles from counts, shape (quantile, ...) from (..., bin), linear within a bin."""
        low, high = self.edges
        width = (high - low) / BINS
        rows = counts.reshape(-1, BINS)
        cumulative = np.cumsum(rows, axis=1)
        total = cumulative[:, -1]
        # All rows one after another are one rising sequence, in which one search finds every quantile.
        start = np.concatenate([[0], np.cumsum(total)[:-1]])
        rising = (cumulative + start[:, None]).ravel()
        first = np.arange(len(rows)) * BINS
        out = []
        for q in QUANTILES:
            target = q * total
            found = np.searchsorted(rising, np.ceil(np.maximum(target, 1e-9)) + start)
            at = np.clip(found - first, 0, BINS - 1)
            inside = rows[np.arange(len(rows)), at]
            before = cumulative[np.arange(len(rows)), at] - inside
            part = np.clip((target - before) / np.maximum(inside, 1), 0.0, 1.0)
            x = low + (at + part) * width
            # An empty floor is nothing: a stock of zero stays zero on a log scale.
            value = np.where(at == 0, 0.0, 10.0**x) if self.log else x
            out.append(np.where(total > 0, value, np.nan).reshape(counts.shape[:-1]))
        return np.stack(out)


def _share(part: Array, whole: Array) -> Array:
    return part / jnp.maximum(whole, 1e-12)


def _owned(s: Series) -> Array:
    china = s.china.sum(axis=1)
    return _share(china, s.us + s.swing + china)


def _used(s: Series) -> Array:
    china = s.china.sum(axis=1)
    return _share(china + s.remote, s.us + s.swing + china)


_STOCK: Final = (10.0, 1e11)
BANDS: Final = (
    Band("us_stock", "unit", "Installed base of the US and its allies", lambda s: s.us, _UNIT, *_STOCK),
    Band("swing_stock", "unit", "Installed base of third countries", lambda s: s.swing, _UNIT, *_STOCK),
    Band("china_stock", "unit", "Installed base of China", lambda s: s.china.sum(axis=1), _UNIT, *_STOCK),
    Band(
        "china_stock_by_channel",
        "unit",
        "Installed base of China by the channel through which it came",
        lambda s: s.china,
        {"channel": CHANNELS, **_UNIT},
        *_STOCK,
    ),
    Band("china_remote", "unit", "Foreign compute that Chinese developers rent", lambda s: s.remote, _UNIT, *_STOCK),
    Band("china_share_owned", "share", "China's share of world installed base", _owned, _UNIT, 0.0, 1.0, log=False),
    Band("china_share_used", "share", "The same with rented compute", _used, _UNIT, 0.0, 1.0, log=False),
    Band(
        "capability",
        "log10 flop",
        "Best effective training compute so far, FLOP at 2024 efficiency",
        lambda s: s.capability,
        {"bloc": CONTENDERS},
        18.0,
        54.0,
        log=False,
    ),
    Band(
        "log10_compute", "log10 flop", "Compute of the largest run", lambda s: s.log10_compute,
        {"bloc": CONTENDERS}, 18.0, 36.0, log=False,
    ),
    Band(
        "log10_efficiency", "log10", "Algorithmic efficiency against early 2024", lambda s: s.log10_efficiency,
        {"bloc": CONTENDERS}, -6.0, 14.0, log=False,
    ),
    Band(
        "log10_paradigm", "log10", "Compute-equivalent gain of new kinds of training",
        lambda s: s.log10_paradigm, {"bloc": CONTENDERS}, -0.5, 9.5, log=False,
    ),
    Band(
        "log10_labour", "log10 h100e", "Deployable AI labour: rollout capacity times efficiency and paradigm gain",
        lambda s: s.labour, {"bloc": CONTENDERS}, -5.0, 31.0, log=False,
    ),
    Band(
        "lag_months", "month", "Months by which China trails the US (negative when ahead)",
        lambda s: s.lag_months, {"estimator": ESTIMATORS}, -60.0, 120.0, log=False,
    ),
    Band(
        "cumulative_chips", "chips", "Chips since 2022 by flow", lambda s: s.flows[:, :, CHIPS],
        {"flow": FLOWS}, 1.0, 1e10,
    ),
    Band(
        "cumulative_inflow", "unit", "The same in every unit", lambda s: s.flows,
        {"flow": FLOWS, **_UNIT}, *_STOCK,
    ),
    Band("us_revenue_usd", "usd", "US vendors' revenue from China since 2022", lambda s: s.revenue_usd, {}, 1e5, 1e14),
    Band("us_fees_usd", "usd", "Fees and tariffs on it", lambda s: s.fees_usd, {}, 1e5, 1e14),
    Band(
        "china_spend_usd", "usd", "Chinese spending on AI chips since 2022",
        lambda s: s.china_spend_usd, {}, 1e5, 1e14,
    ),
    Band(
        "us_training_capacity", "h100e", "Training-effective capacity in use by US developers",
        lambda s: s.us_training_capacity, {}, *_STOCK,
    ),
    Band(
        "china_training_capacity", "h100e", "The same by Chinese developers, rented compute included",
        lambda s: s.china_training_capacity, {}, *_STOCK,
    ),
    Band(
        "diverted_share_of_training", "share", "Diverted chips' share of China's training-effective compute",
        lambda s: _share(s.diverted_training_capacity, s.china_training_capacity), {}, 0.0, 1.0, log=False,
    ),
    Band("world_made", "unit", "All chips made, with the stock of early 2022", lambda s: s.made, _UNIT, *_STOCK),
)  # fmt: skip


def place(name: str) -> int:
    """Index of a band in `BANDS`."""
    names = [band.name for band in BANDS]
    if name not in names:
        raise unknown_name("band", name, names)
    return names.index(name)


def cell(name: str, at: Mapping[str, str]) -> tuple[slice | int, ...]:
    """Where the values with these labels stand in an array whose first axis is the quarter."""
    axes = BANDS[place(name)].axes
    if set(at) != set(axes):
        raise CurveshiftError(f"band {name!r} has the axes {', '.join(axes) or 'none'}, not {', '.join(at)}")
    for axis, label in at.items():
        if label not in axes[axis]:
            raise unknown_name(axis, label, axes[axis])
    return (slice(None), *(labels.index(at[axis]) for axis, labels in axes.items()))


def bins(series: Series) -> jax.Array:
    """Bin of every value of a block in all bands, end to end, shape (cell, draw); part of the compiled program."""
    found = []
    for band in BANDS:
        index = band.index(band.read(series))
        found.append(index.reshape(-1, index.shape[-1]))
    return jnp.concatenate(found)


def add(total: NDArray[np.int32], found: NDArray[np.integer[Any]]) -> None:
    """Count the bins of a block, shape (cell, draw), into a total of shape (cell, bin)."""
    place = np.arange(len(found), dtype=np.int32)[:, None] * np.int32(BINS + 1)
    np.add.at(total.reshape(-1), (found + place).reshape(-1), np.int32(1))


def empty(cells: int) -> NDArray[np.int32]:
    """A total of nothing; the last bin of each cell is for what is not a number."""
    return np.zeros((cells, BINS + 1), dtype=np.int32)


def count(found: NDArray[np.integer[Any]], place: int, quarters: int) -> NDArray[np.integer[Any]]:
    """Counts of one band alone, as `by_band` has them, from bins of shape (cell, draw)."""
    shapes = [(quarters, *(len(labels) for labels in band.axes.values())) for band in BANDS]
    before = sum(math.prod(shape) for shape in shapes[:place])
    own = found[before : before + math.prod(shapes[place])]
    total = empty(len(own))
    add(total, own)
    return total[:, :BINS].reshape(*shapes[place], BINS)


def by_band(total: NDArray[np.integer[Any]], quarters: int) -> list[NDArray[np.integer[Any]]]:
    """Counts of each band, shape (quarter, ..., bin)."""
    out, at = [], 0
    for band in BANDS:
        shape = (quarters, *(len(labels) for labels in band.axes.values()))
        cells = math.prod(shape)
        out.append(total[at : at + cells, :BINS].reshape(*shape, BINS))
        at += cells
    return out
