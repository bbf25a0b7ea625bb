"""One policy on one page: stocks by channel, share, lag, worlds, dates and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from curveshift import notebooks
from curveshift.errors import unknown_name

from .lags import LagShare, probability_lag_exceeds
from .polarity import WorldShares, chosen_policies, paired_rows, presets, worlds
from .statistics import Estimate, expectation, expectations, quantiles

if TYPE_CHECKING:
    import xarray as xr

    from curveshift.world.ensemble import Ensemble

LAG_DATE = "2028-12-31"
_EIGHTY = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Spread:
    """10th, 50th and 90th percentile over all draws."""

    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Moment:
    """The state of the two blocs at the end of a quarter, stocks in the summary's unit.

    Attributes
    ----------
    when : str
        Last day of the quarter.
    legal, diverted, domestic : Spread
        China's installed base by how the chips came to it.
    china, us : Spread
        Installed bases.
    share_owned : Spread
        China's share of the compute that the world owns.
    lag_months : Spread
        China's lag by the estimator ``level``.
    """

    when: str
    legal: Spread
    diverted: Spread
    domestic: Spread
    china: Spread
    us: Spread
    share_owned: Spread
    lag_months: Spread


@dataclass(frozen=True)
class Mark:
    """When China's installed base passes a number of H100e (16 bit).

    Attributes
    ----------
    h100e : float
    low_year, median_year, high_year : Estimate
        10th, 50th and 90th percentile, decimal years; infinite when not by the horizon.
    reached : Estimate
        Probability that it happens by the horizon.
    """

    h100e: float
    low_year: Estimate
    median_year: Estimate
    high_year: Estimate
    reached: Estimate


@dataclass(frozen=True)
class Summary:
    """What one policy leads to.

    Attributes
    ----------
    policy, unit : str
        The unit of all stocks in `moments`.
    moments : tuple of Moment
    lag_at_crossing, lag_at_date : tuple of LagShare
        Probability of more than 6, 12 and 24 months, at the crossing of each threshold (the mixture last) and
        at the end of 2028 by the estimator ``level`` over all draws; empty when the run ends before.
    worlds : tuple of WorldShares
        By threshold, the mixture last.
    marks : tuple of Mark
    binding : dict of str to Estimate
        Mean share of the months after the as-of date in which each limit binds.
    us_revenue_usd, us_fees_usd : Estimate
        Medians from the as-of date to the horizon.
    failed : int
        Draws that gave something not finite; they weigh nothing.
    """

    policy: str
    unit: str
    moments: tuple[Moment, ...]
    lag_at_crossing: tuple[LagShare, ...]
    lag_at_date: tuple[LagShare, ...]
    worlds: tuple[WorldShares, ...]
    marks: tuple[Mark, ...]
    binding: dict[str, Estimate]
    us_revenue_usd: Estimate
    us_fees_usd: Estimate
    failed: int

    def _repr_html_(self) -> str:
        def spread(x: Spread, scale: float = 1.0) -> str:
            return f"{x.median / scale:.3g} ({x.low / scale:.3g} to {x.high / scale:.3g})"

        rows = [
            [
                m.when,
                spread(m.china, 1e6),
                spread(m.us, 1e6),
                spread(m.share_owned, 0.01),
                spread(m.lag_months),
            ]
            for m in self.moments
        ]
        head = ["at", "China, million", "US, million", "China's share, %", "lag, months"]
        return notebooks.table(head, rows, f"{self.policy}, stocks in {self.unit}, median (80 %)")


def summarise(
    ensemble: Ensemble,
    policy: str | None = None,
    *,
    unit: str = "h100e_16bit",
    every: Literal["year", "quarter"] = "year",
    window_months: int = 12,
) -> Summary:
    """Sum up one policy.

    Parameters
    ----------
    ensemble : Ensemble
    policy : str, optional
        The ensemble's first unless given.
    unit : str
        One of `curveshift.world.UNITS`.
    every : {"year", "quarter"}
        Rows of `Summary.moments`, from the end of 2024 on.
    window_months : int
        Window of the worlds.

    Returns
    -------
    Summary

    Raises
    ------
    CurveshiftError
        For an unknown policy or unit.

    Examples
    --------
    >>> from datetime import date
    >>> from curveshift.world import simulate
    >>> small = simulate("status-quo", draws=64, end=date(2027, 12, 1))
    >>> [moment.when for moment in summarise(small).moments]
    ['2024-12-31', '2025-12-31', '2026-12-31', '2027-12-31']
    """
    name = chosen_policies(ensemble, policy or ensemble.policies[0])[0]
    bands = ensemble.bands.sel(policy=name)
    units = [str(known) for known in bands["unit"].values]
    if unit not in units:
        raise unknown_name("unit", unit, units)
    draws = ensemble.draws.sel(policy=name)
    rows = paired_rows(ensemble, (name,), presets(ensemble)[0], conditioned=False)
    marks = []
    for mark in draws["mark"].values:
        when = np.asarray(draws["stock_year"].sel(mark=mark, bloc="china").values, dtype=np.float64)
        low, median, high = quantiles(when, _EIGHTY, rows)
        marks.append(Mark(float(mark), low, median, high, expectation(np.isfinite(when), rows)))
    limits = [str(limit) for limit in draws["limit"].values]
    binding = expectations(draws["binding"].transpose("draw", "limit").values, rows)
    (revenue,) = quantiles(draws["us_revenue_usd"].values, (0.5,), rows)
    (fees,) = quantiles(draws["us_fees_usd"].values, (0.5,), rows)
    reaches = ensemble.scenario.end.isoformat()[:7] >= LAG_DATE[:7]
    dated = probability_lag_exceeds(ensemble, by=LAG_DATE, policy=name) if reaches else ()
    return Summary(
        policy=name,
        unit=unit,
        moments=_moments(bands.sel(unit=unit), every),
        lag_at_crossing=probability_lag_exceeds(ensemble, policy=name),
        lag_at_date=tuple(share for share in dated if share.threshold == presets(ensemble)[0]),
        worlds=worlds(ensemble, window_months, policy=name),
        marks=tuple(marks),
        binding=dict(zip(limits, binding, strict=True)),
        us_revenue_usd=revenue,
        us_fees_usd=fees,
        failed=int(draws["failed"].sum()),
    )


def provenance(ensemble: Ensemble) -> dict[str, Any]:
    """What a result rests on, as plain data: version, settings, seed and hashes."""
    import platform

    from curveshift.world.stamp import versions

    declared = ensemble.scenario
    return {
        "curveshift": versions()["curveshift"],
        "packages": {**versions(), "python": platform.python_version()},
        "policies": list(ensemble.policies),
        "draws": declared.draws,
        "replicates": declared.replicates,
        "seed": declared.seed,
        "as_of": declared.as_of.isoformat(),
        "end": declared.end.isoformat(),
        "feedback": ensemble.feedback,
        "tied": ensemble.tied,
        "changes": list(declared.changes),
        "scenario_sha256": declared.hash(ensemble.record_digest),
        "facts_sha256": ensemble.facts_digest,
        "frontier_sha256": ensemble.frontier_digest,
        "failed_draws": int(ensemble.draws["failed"].sum()),
        "notes": list(ensemble.notes),
    }


def _moments(bands: xr.Dataset, every: str) -> tuple[Moment, ...]:
    quarters = bands["quarter"].values.astype("datetime64[D]")
    wanted = [
        i
        for i, q in enumerate(quarters)
        if str(q) >= "2024-12-31" and (every == "quarter" or str(q)[5:7] == "12")
    ]
    series: Mapping[str, Any] = {
        **{
            channel: bands["china_stock_by_channel"].sel(channel=channel)
            for channel in ("legal", "diverted", "domestic")
        },
        "china": bands["china_stock"],
        "us": bands["us_stock"],
        "share_owned": bands["china_share_owned"],
        "lag_months": bands["lag_months"].sel(estimator="level"),
    }
    read = {
        name: np.asarray(band.sel(quantile=list(_EIGHTY)).transpose("quarter", "quantile").values)
        for name, band in series.items()
    }
    return tuple(
        Moment(
            str(quarters[i]),
            **{name: Spread(*(float(x) for x in values[i])) for name, values in read.items()},
        )
        for i in wanted
    )
