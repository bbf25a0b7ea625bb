"""Policies side by side, on the same draws: lags, worlds, differences, and what would reverse a verdict.

The names are loaded on first use: importing the room costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .backtest_compiling import compile_records as compile_records
    from .backtest_result import Backtest as Backtest
    from .backtest_result import Forecast as Forecast
    from .backtest_result import SeriesScore as SeriesScore
    from .backtest_series import quantities as quantities
    from .backtests import backtest as backtest
    from .comparison import ChannelChips as ChannelChips
    from .comparison import Comparison as Comparison
    from .comparison import Difference as Difference
    from .comparison import WorldDifference as WorldDifference
    from .comparison import compare as compare
    from .conditioning import Conditioned as Conditioned
    from .conditioning import condition as condition
    from .contributions import Contribution as Contribution
    from .contributions import Contributions as Contributions
    from .contributions import shapley as shapley
    from .discovery import Discovery as Discovery
    from .discovery import discover as discover
    from .dose import Dose as Dose
    from .dose import DoseResponse as DoseResponse
    from .dose import dose_response as dose_response
    from .driving import Driver as Driver
    from .driving import Drivers as Drivers
    from .driving import drivers as drivers
    from .explaining import Explanation as Explanation
    from .explaining import explain as explain
    from .explaining import numbers as numbers
    from .flips import Flip as Flip
    from .flips import FlipTable as FlipTable
    from .flips import Verdict as Verdict
    from .flips import flip_table as flip_table
    from .fronts import Front as Front
    from .fronts import FrontPoint as FrontPoint
    from .fronts import pareto as pareto
    from .grid import PolicyCell as PolicyCell
    from .grid import policy_table as policy_table
    from .groups import Sensitivity as Sensitivity
    from .groups import sensitivity as sensitivity
    from .information import Information as Information
    from .information import Worth as Worth
    from .information import value_of_information as value_of_information
    from .lags import LagDistribution as LagDistribution
    from .lags import LagShare as LagShare
    from .lags import lag_distribution as lag_distribution
    from .lags import probability_lag_exceeds as probability_lag_exceeds
    from .metrics import METRICS as METRICS
    from .metrics import Goal as Goal
    from .observations import OBSERVABLE as OBSERVABLE
    from .observations import Observation as Observation
    from .polarity import WORLDS as WORLDS
    from .polarity import WorldShares as WorldShares
    from .polarity import crossed_by_as_of as crossed_by_as_of
    from .polarity import worlds as worlds
    from .ranges import Importance as Importance
    from .ranges import Ranges as Ranges
    from .ranges import importance_of as importance_of
    from .ranges import policy_importance as policy_importance
    from .readings import OUTCOMES as OUTCOMES
    from .readings import Outcome as Outcome
    from .readings import read_outcome as read_outcome
    from .robustness import Robustness as Robustness
    from .robustness import robust as robust
    from .scoring import crps as crps
    from .scoring import pinball as pinball
    from .scoring import pit as pit
    from .singles import Bar as Bar
    from .singles import Tornado as Tornado
    from .singles import given_data_index as given_data_index
    from .singles import tornado as tornado
    from .statistics import Estimate as Estimate
    from .summary import Summary as Summary
    from .summary import provenance as provenance
    from .summary import summarise as summarise

_HOME = {
    "Backtest": "backtest_result",
    "Bar": "singles",
    "ChannelChips": "comparison",
    "Comparison": "comparison",
    "Conditioned": "conditioning",
    "Contribution": "contributions",
    "Contributions": "contributions",
    "Difference": "comparison",
    "Discovery": "discovery",
    "Dose": "dose",
    "DoseResponse": "dose",
    "Driver": "driving",
    "Drivers": "driving",
    "Estimate": "statistics",
    "Explanation": "explaining",
    "Flip": "flips",
    "FlipTable": "flips",
    "Forecast": "backtest_result",
    "Front": "fronts",
    "FrontPoint": "fronts",
    "Goal": "metrics",
    "Importance": "ranges",
    "Information": "information",
    "LagDistribution": "lags",
    "LagShare": "lags",
    "METRICS": "metrics",
    "OBSERVABLE": "observations",
    "OUTCOMES": "readings",
    "Observation": "observations",
    "Outcome": "readings",
    "PolicyCell": "grid",
    "Ranges": "ranges",
    "Robustness": "robustness",
    "Sensitivity": "groups",
    "SeriesScore": "backtest_result",
    "Summary": "summary",
    "Tornado": "singles",
    "Verdict": "flips",
    "WORLDS": "polarity",
    "WorldDifference": "comparison",
    "WorldShares": "polarity",
    "Worth": "information",
    "backtest": "backtests",
    "compare": "comparison",
    "compile_records": "backtest_compiling",
    "condition": "conditioning",
    "crossed_by_as_of": "polarity",
    "crps": "scoring",
    "discover": "discovery",
    "dose_response": "dose",
    "drivers": "driving",
    "explain": "explaining",
    "flip_table": "flips",
    "given_data_index": "singles",
    "importance_of": "ranges",
    "lag_distribution": "lags",
    "numbers": "explaining",
    "pareto": "fronts",
    "pinball": "scoring",
    "pit": "scoring",
    "policy_importance": "ranges",
    "policy_table": "grid",
    "probability_lag_exceeds": "lags",
    "provenance": "summary",
    "quantities": "backtest_series",
    "read_outcome": "readings",
    "robust": "robustness",
    "sensitivity": "groups",
    "shapley": "contributions",
    "summarise": "summary",
    "tornado": "singles",
    "value_of_information": "information",
    "worlds": "polarity",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
