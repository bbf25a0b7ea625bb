"""A small ensemble made by hand, whose every statistic can be computed on paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import xarray as xr

from curveshift.scenario import declare
from curveshift.world import Ensemble
from curveshift.world.bands import BANDS, BINS

THRESHOLDS = ("essay-2025", "survey", "ftm")
QUARTERS = np.array(
    [np.datetime64(f"{y}-{d}") for y in range(2022, 2036) for d in ("03-31", "06-30", "09-30", "12-31")],
    dtype="datetime64[ns]",
)
YEARS = list(range(2024, 2036))
MARKS = [1e6, 2e6, 5e6, 1e7]

Make = Callable[..., Ensemble]


def make_ensemble(
    lag_at_crossing: Mapping[str, Any],
    *,
    weight: Any = 1.0,
    first_year: Any = 2029.0,
    lag_by_date: Any = 0.0,
    stock: Any = 1e6,
    stock_year: Any = 2028.0,
    revenue: Any = 0.0,
    gap: Any = 0.0,
    failed: Any = 0.0,
    replicates: int = 2,
    assumptions: Mapping[str, Any] | None = None,
    seed: int = 0,
    policies: Sequence[str] = (),
) -> Ensemble:
    """Lags at crossing by policy, the same for all thresholds: shape (draw,), or (draw, threshold)."""
    names = tuple(policies or lag_at_crossing)
    lags = [np.asarray(lag_at_crossing[name], dtype=float) for name in names]
    n = len(lags[0])
    lag = np.stack([x if x.ndim == 2 else np.repeat(x[:, None], 3, axis=1) for x in lags])

    def filled(value: Any, *shape: int) -> np.ndarray:
        """The value under every policy and draw; a mapping gives one per policy."""
        per_policy = [value[name] for name in names] if isinstance(value, Mapping) else [value] * len(names)
        rows = []
        for one in per_policy:
            x = np.asarray(one, dtype=float)
            x = x.reshape(x.shape + (1,) * (1 + len(shape) - x.ndim)) if x.ndim else x
            rows.append(np.broadcast_to(x, (n, *shape)))
        return np.stack(rows).astype(float)

    kept = np.asarray(weight, dtype=float)
    if kept.ndim == 1:
        kept = kept[:, None]
    first = filled(first_year, 3)
    with np.errstate(invalid="ignore"):
        us = np.where(np.isnan(lag) | (lag == -np.inf), np.inf, np.where(lag >= 0, first, first - lag / 12))
        china = np.where(np.isnan(lag) | (lag == np.inf), np.inf, us + lag / 12)
        china = np.where(lag == -np.inf, first, china)
    draws = xr.Dataset(
        {
            "lag_at_crossing_months": (("policy", "draw", "threshold"), lag),
            "crossing_year": (("policy", "draw", "threshold", "bloc"), np.stack([us, china], axis=-1)),
            "weight": (("draw", "threshold"), np.array(np.broadcast_to(kept, (n, 3)))),
            "replicate": (("draw",), np.arange(n) * replicates // n),
            "failed": (("policy", "draw"), filled(failed)),
            "lag_months": (("policy", "draw", "quarter", "estimator"), filled(lag_by_date, len(QUARTERS), 3)),
            "china_stock_h100e": (("policy", "draw", "year_end"), filled(stock, len(YEARS))),
            "stock_year": (("policy", "draw", "mark", "bloc"), filled(stock_year, len(MARKS), 2)),
            "cumulative_chips": (("policy", "draw", "year_end", "flow"), filled(stock, len(YEARS), 4)),
            "gap_oom": (("policy", "draw", "year_end"), filled(gap, len(YEARS))),
            "us_revenue_usd": (("policy", "draw"), filled(revenue)),
            "us_fees_usd": (("policy", "draw"), filled(0.0)),
        },
        {
            "policy": list(names),
            "threshold": list(THRESHOLDS),
            "bloc": ["us", "china"],
            "estimator": ["level", "slope", "crossing"],
            "quarter": QUARTERS,
            "year_end": YEARS,
            "flow": ["legal", "diverted", "seized", "domestic"],
            "mark": MARKS,
        },
    )
    # Every band holds all draws in one bin.
    spike = np.eye(1, BINS, 360, dtype=np.int64)[0] * n
    counts = [
        np.broadcast_to(spike, (len(QUARTERS), *(len(axis) for axis in band.axes.values()), BINS))
        for band in BANDS
    ]
    declared = declare(list(names), draws=n, replicates=replicates, seed=seed)
    drawn = {name: np.asarray(values, dtype=float) for name, values in (assumptions or {}).items()}
    unknown = set(drawn) - set(declared.assumptions)
    assert not unknown
    return Ensemble(
        scenario=declared,
        feedback="default",
        facts_digest="facts",
        notes=("a gap",),
        draws=draws,
        assumptions=drawn,
        counts=[counts] * len(names),
        first=(),
    )


@pytest.fixture
def make() -> Make:
    return make_ensemble


@pytest.fixture
def two_policies() -> Ensemble:
    """Four draws in two replicates; the lag doubles under airtight."""
    return make_ensemble(
        {"status-quo": [4.0, 8.0, 10.0, 20.0], "airtight": [8.0, 16.0, 20.0, 40.0]},
        lag_by_date={"status-quo": [4.0, 8.0, 10.0, 20.0], "airtight": [4.0, 9.0, 12.0, 23.0]},
        stock={"status-quo": [4e6, 5e6, 6e6, 7e6], "airtight": [3e6, 3e6, 3e6, 8e6]},
        stock_year={
            "status-quo": [2027.0, 2028.0, 2029.0, np.inf],
            "airtight": [2028.0, 2030.0, np.inf, np.inf],
        },
        revenue={"status-quo": 5e9, "airtight": 0.0},
    )
