"""What the simulation says at an origin about each series, as draws on the scale of its score."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from curveshift.world import simulate
from curveshift.world.ledger import FLOWS
from curveshift.world.observed import GROWTH
from curveshift.world.outcomes import ESTIMATORS, Series
from curveshift.world.systems import CONTENDERS
from curveshift.world.timeline import START_2024
from curveshift.world.units import CHIPS, OPS16

from .backtest_policies import as_came, frozen
from .backtest_series import Past, scored_purchases

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]

HARDWARE = "supply.price_performance_growth"
QUARTERS_PER_YEAR = 4.0


def simulated(
    origin: date, last: date, values: Mapping[str, Any], draws: int, seed: int, threads: int | None
) -> Ensemble:
    """Run both policies from an origin; every draw's path is kept.

    Parameters
    ----------
    origin : datetime.date
    last : datetime.date
        Last day that is forecast, the end of a quarter.
    values : mapping of str to value
        Assumptions in place of today's.
    draws, seed, threads
        As in `curveshift.simulate`.
    """
    return simulate(
        [frozen(origin), as_came(origin)], dict(values), draws=draws, seed=seed, as_of=origin,
        end=last.replace(day=1), threads=threads, keep_paths=draws,
    )  # fmt: skip


def forecast(ensemble: Ensemble, policy: str, name: str, quarter: int, past: Past | None) -> Floats | str:
    """Draws of one series in one quarter, or why there are none.

    Parameters
    ----------
    ensemble : Ensemble
        Of `simulated`.
    policy : str
    name : str
        Of a series.
    quarter : int
        Counted from 2022Q1, as everything in the ensemble.
    past : Past or None
        What was known at the origin, from which a price starts.

    Returns
    -------
    array, shape (draw,), or str
    """
    s = ensemble.first[ensemble.policies.index(policy)]
    match name:
        case "purchases":
            return np.asarray(scored_purchases(_in_quarter(s.flows[:, FLOWS.index("legal"), CHIPS], quarter)))
        case "shipments":
            domestic = s.flows[:, FLOWS.index("domestic"), OPS16]
            return np.asarray(np.log10(_in_quarter(s.made[:, OPS16] - domestic, quarter)))
        case "lag":
            return np.asarray(s.lag_months[quarter, ESTIMATORS.index("level")])
        case "price":
            if past is None:
                return "no price of it was known"
            return np.asarray(past.values[-1] - _cheaper(ensemble, s, past.quarters[-1], quarter))
        case _:
            kind, bloc = name.split("-")
            at = CONTENDERS.index(bloc)
            if kind == "compute":
                return np.asarray(s.log10_compute[: quarter + 1, at].max(axis=0))
            return np.asarray(s.capability[quarter, at] - _reference(ensemble))


def _in_quarter(so_far: Floats, quarter: int) -> Floats:
    return np.asarray(so_far[quarter] - so_far[quarter - 1])


def _cheaper(ensemble: Ensemble, s: Series, since: int, quarter: int) -> Floats:
    """log10 by which a fixed capability gets cheaper: the leader's efficiency and what a dollar of chips does.

    Margins, the size of models for a capability and what inference alone gains are left out.
    """
    us = np.asarray(s.log10_efficiency)[:, CONTENDERS.index("us")]
    years = (quarter - since) / QUARTERS_PER_YEAR
    return np.asarray(us[quarter] - us[since] + years * np.log10(ensemble.assumptions[HARDWARE]))


def _reference(ensemble: Ensemble) -> Floats:
    """What capability in orders of magnitude is counted from, in log10 FLOP at the efficiency of early 2024."""
    from curveshift.trends.prior_records import settings

    fixed = settings()
    since_2024 = fixed.reference_year - START_2024
    return np.asarray(fixed.reference_log10_flop + since_2024 * np.log10(ensemble.assumptions[GROWTH]))


def central(draws: Floats, shares: tuple[float, ...]) -> dict[float, float]:
    """Quantiles of draws by share."""
    return {share: float(x) for share, x in zip(shares, np.quantile(draws, shares), strict=True)}


def finite(draws: Floats) -> tuple[Floats, int]:
    """The finite draws, and how many are not."""
    kept = np.isfinite(draws)
    return draws[kept], int((~kept).sum())
