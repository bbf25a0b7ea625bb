"""Names and units, put on the results of an ensemble once, at the edge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import numpy as np

from curveshift.scenario import Scenario
from curveshift.world import bands, engine, outcomes
from curveshift.world.ledger import CHANNELS, FLOWS, LIMITS
from curveshift.world.systems import CONTENDERS
from curveshift.world.thresholds import presets
from curveshift.world.units import CHIPS, OPS16, UNITS

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from curveshift.world.stored import Column

FIRST_YEAR: Final = 2022
YEAR_MONTHS: Final = 12
PATHS: Final = (
    "china_stock", "china_stock_by_channel", "us_stock", "capability", "lag_months", "china_share_owned",
    "china_share_used", "cumulative_chips", "cumulative_inflow",
)  # fmt: skip


def _year_ends(job: engine.Job) -> tuple[list[int], list[int]]:
    """Year ends from 2024 on, and their places among the quarters."""
    years = range(2024, FIRST_YEAR + len(job.scenario.months) // 12)
    return list(years), [(year - FIRST_YEAR) * 4 + 3 for year in years]


def per_draw(s: outcomes.Series, c: outcomes.Scalars, job: engine.Job) -> dict[str, NDArray[np.float64]]:
    """Values per draw of one block, times in decimal years and months."""
    _, ends = _year_ends(job)
    s = outcomes.Series(*(np.moveaxis(x, -1, 0) for x in s))
    us, china = c.crossing_month[..., 0], c.crossing_month[..., 1]
    with np.errstate(invalid="ignore"):
        lag = china - us
    after = np.searchsorted(job.quarter_ends, job.as_of_month)
    return {
        "crossing_year": FIRST_YEAR + (c.crossing_month + 1.0) / 12.0,
        "lag_at_crossing_months": lag,
        "developers": c.developers,
        "log10_labour_ratio": c.labour_ratio,
        "widens": c.widens,
        "stock_year": FIRST_YEAR + (c.stock_month + 1.0) / 12.0,
        "binding": c.binding,
        "lag_months": s.lag_months.astype(np.float32),
        "gap_oom": s.capability[:, ends, 0] - s.capability[:, ends, 1],
        "capability": s.capability.astype(np.float32),
        "chips_so_far": s.flows[..., CHIPS].astype(np.float32),
        "diverted_2024": c.diverted_2024,
        "us_revenue_usd": s.revenue_usd[:, -1] - s.revenue_usd[:, after],
        "us_fees_usd": s.fees_usd[:, -1] - s.fees_usd[:, after],
        "china_stock_h100e": s.china[:, ends][..., OPS16].sum(axis=-1),
        "us_stock_h100e": s.us[:, ends][..., OPS16],
        "cumulative_chips": s.flows[:, ends][..., CHIPS],
        "foreign_h100e": s.flows[:, ends][..., [FLOWS.index("legal"), FLOWS.index("diverted")], OPS16].sum(
            axis=-1
        ),
        "china_usd_per_h100e": _in_year(s.china_spend_usd, ends) / _in_year(_arrived(s.flows), ends),
        "failed": c.failed,
        "imbalance": c.imbalance,
        "clock_exceeded": c.clock_exceeded.max(axis=1),
    }


def _arrived(flows: NDArray[np.float64]) -> NDArray[np.float64]:
    """16-bit H100e that reached China for good since 2022, by any channel."""
    return np.asarray(sum(flows[:, :, FLOWS.index(channel), OPS16] for channel in CHANNELS))


def _in_year(so_far: NDArray[np.float64], ends: list[int]) -> NDArray[np.float64]:
    """What was added in the years that end in these quarters."""
    return np.asarray(so_far[:, ends] - so_far[:, [end - 4 for end in ends]])


def _quarters(declared: Scenario) -> NDArray[np.datetime64]:
    """Last day of each quarter."""
    ends = declared.months[2::3]
    last_days = [(month.replace(day=28) + timedelta(days=4)).replace(day=1) for month in ends]
    return np.array([d - timedelta(days=1) for d in last_days], dtype="datetime64[ns]")


def label_bands(declared: Scenario, counts: Sequence[Sequence[NDArray[np.integer[Any]]]]) -> xr.Dataset:
    """Quantiles by policy and quarter from summed counts."""
    import xarray as xr

    names = [p.name for p in declared.policies]
    out = {}
    for i, band in enumerate(bands.BANDS):
        values = np.stack([band.quantiles(c[i]) for c in counts], axis=1)
        dims = ("quantile", "policy", "quarter", *band.axes)
        out[band.name] = (dims, values, {"units": band.unit, "long_name": band.meaning})
    coords: dict[str, Any] = {
        "quantile": list(bands.QUANTILES),
        "policy": names,
        "quarter": _quarters(declared),
    }
    for band in bands.BANDS:
        coords.update({axis: list(labels) for axis, labels in band.axes.items()})
    return xr.Dataset(out, coords)


_DRAW_VARIABLES: Final[Mapping[str, tuple[tuple[str, ...], str, str]]] = {
    "crossing_year": (("threshold", "bloc"), "year", "Date of crossing; infinite when not by the horizon"),
    "lag_at_crossing_months": (("threshold",), "month", "China's date of crossing less that of the US"),
    "developers": (
        ("threshold", "bloc"),
        "1",
        "Developers across when the other bloc's first one is, up to 3",
    ),
    "log10_labour_ratio": (
        ("threshold",),
        "log10",
        "US over Chinese deployable AI labour at the first crossing",
    ),
    "widens": (("threshold",), "1", "Whether the gap is wider 24 months after the first crossing"),
    "stock_year": (("mark", "bloc"), "year", "Date at which the installed base passes a mark"),
    "binding": (("limit",), "share", "Share of months after the as-of date in which a limit binds"),
    "lag_months": (("quarter", "estimator"), "month", "Months by which China trails the US"),
    "gap_oom": (("year_end",), "log10 flop", "Capability of the US over that of China"),
    "capability": (("quarter", "bloc"), "log10 flop", "Best effective training compute so far, FLOP of 2024"),
    "chips_so_far": (("quarter", "flow"), "chips", "Chips since 2022 by flow, at the end of each quarter"),
    "diverted_2024": ((), "chips", "Chips diverted to China in 2024"),
    "us_revenue_usd": ((), "usd", "US vendors' revenue from China from the as-of date to the horizon"),
    "us_fees_usd": ((), "usd", "Fees and tariffs on it"),
    "china_stock_h100e": (("year_end",), "h100e_16bit", "China's installed base"),
    "us_stock_h100e": (("year_end",), "h100e_16bit", "Installed base of the US and its allies"),
    "cumulative_chips": (("year_end", "flow"), "chips", "Chips since 2022 by flow"),
    "foreign_h100e": (
        ("year_end",),
        "h100e_16bit",
        "Foreign chips that reached China since 2022, legal and diverted",
    ),
    "china_usd_per_h100e": (
        ("year_end",),
        "usd",
        "Chinese spending on AI chips in a year per 16-bit H100e that reached China in it",
    ),
    "failed": ((), "1", "Whether the draw gave something not finite"),
    "imbalance": ((), "share", "Largest relative error of the books of chips in any month"),
    "clock_exceeded": ((), "1", "Whether research outran the drawn path of innovations"),
}


class PerDraw(Protocol):
    """Where values per draw are: in memory or in a store."""

    def column(self, name: str) -> NDArray[Any] | Column:
        """One quantity, first axis the draw."""


def side_by_side(columns: Sequence[NDArray[Any] | Column]) -> Any:
    """The same quantity of several policies, first axis the policy."""
    if isinstance(columns[0], np.ndarray):
        return np.stack(columns)
    from curveshift.world.lazily import lazy

    return lazy(cast("Sequence[Column]", columns))


def labelled(column: NDArray[Any] | Column) -> Any:
    """One quantity as xarray takes it."""
    if isinstance(column, np.ndarray):
        return column
    from curveshift.world.lazily import lazy

    return lazy([column], single=True)


def label_draws(declared: Scenario, own: Sequence[PerDraw], shared: PerDraw, job: engine.Job) -> xr.Dataset:
    """Values per draw, of each policy and of what policies share; those in a store are read when asked for."""
    import pandas as pd
    import xarray as xr

    out: dict[str, Any] = {}
    for name, (dims, unit, meaning) in _DRAW_VARIABLES.items():
        values = side_by_side([tally.column(name) for tally in own])
        out[name] = (("policy", "draw", *dims), values, {"units": unit, "long_name": meaning})
    words = "1 where neither bloc had crossed by the as-of date on the factual path"
    out["level"] = (("draw", "threshold"), labelled(shared.column("level")), {"units": "log10 flop"})
    out["weight"] = (
        ("draw", "threshold"),
        labelled(shared.column("weight")),
        {"units": "1", "long_name": words},
    )
    out["replicate"] = (("draw",), labelled(shared.column("replicate")), {"units": "1"})
    years, _ = _year_ends(job)
    coords = {
        "policy": [p.name for p in declared.policies],
        # A range takes no memory, however many draws there are.
        "draw": pd.RangeIndex(declared.draws),
        "threshold": list(presets(declared.assumptions)),
        "bloc": list(CONTENDERS),
        "mark": [m * 1e6 for m in outcomes.STOCKS_MILLIONS],
        "limit": list(LIMITS),
        "quarter": _quarters(declared),
        "estimator": list(outcomes.ESTIMATORS),
        "year_end": years,
        "flow": list(FLOWS),
    }
    return xr.Dataset(out, coords)


def label_paths(declared: Scenario, first: Sequence[outcomes.Series]) -> xr.Dataset:
    """The first draws as whole paths."""
    import xarray as xr

    out: dict[str, Any] = {}
    by_name = {band.name: band for band in bands.BANDS}
    coords: dict[str, Any] = {
        "policy": [p.name for p in declared.policies],
        "draw": np.arange(first[0].us.shape[-1]),
        "quarter": _quarters(declared),
        "unit": list(UNITS),
    }
    for name in PATHS:
        band = by_name[name]
        values = np.stack([np.moveaxis(np.asarray(band.read(s)), -1, 0) for s in first])
        out[name] = (("policy", "draw", "quarter", *band.axes), values, {"units": band.unit})
        coords.update({axis: list(labels) for axis, labels in band.axes.items()})
    return xr.Dataset(out, coords)
