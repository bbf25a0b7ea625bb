"""Policies side by side, on the same draws: lags, worlds, differences, and what would reverse a verdict.

The names are loaded on first use: importing the room costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .comparison import ChannelChips as ChannelChips
    from .comparison import Comparison as Comparison
    from .comparison import Difference as Difference
    from .comparison import WorldDifference as WorldDifference
    from .comparison import compare as compare
    from .dose import Dose as Dose
    from .dose import DoseResponse as DoseResponse
    from .dose import dose_response as dose_response
    from .driving import Driver as Driver
    from .driving import Drivers as Drivers
    from .driving import drivers as drivers
    from .flips import Flip as Flip
    from .flips import FlipTable as FlipTable
    from .flips import Verdict as Verdict
    from .flips import flip_table as flip_table
    from .grid import PolicyCell as PolicyCell
    from .grid import policy_table as policy_table
    from .groups import Sensitivity as Sensitivity
    from .groups import sensitivity as sensitivity
    from .lags import LagDistribution as LagDistribution
    from .lags import LagShare as LagShare
    from .lags import lag_distribution as lag_distribution
    from .lags import probability_lag_exceeds as probability_lag_exceeds
    from .polarity import WORLDS as WORLDS
    from .polarity import WorldShares as WorldShares
    from .polarity import crossed_by_as_of as crossed_by_as_of
    from .polarity import worlds as worlds
    from .statistics import Estimate as Estimate
    from .summary import Summary as Summary
    from .summary import provenance as provenance
    from .summary import summarise as summarise

_HOME = {
    "ChannelChips": "comparison",
    "Comparison": "comparison",
    "Difference": "comparison",
    "Dose": "dose",
    "DoseResponse": "dose",
    "Driver": "driving",
    "Drivers": "driving",
    "Estimate": "statistics",
    "Flip": "flips",
    "FlipTable": "flips",
    "LagDistribution": "lags",
    "LagShare": "lags",
    "PolicyCell": "grid",
    "Sensitivity": "groups",
    "Summary": "summary",
    "Verdict": "flips",
    "WORLDS": "polarity",
    "WorldDifference": "comparison",
    "WorldShares": "polarity",
    "compare": "comparison",
    "dose_response": "dose",
    "drivers": "driving",
    "crossed_by_as_of": "polarity",
    "flip_table": "flips",
    "lag_distribution": "lags",
    "policy_table": "grid",
    "probability_lag_exceeds": "lags",
    "provenance": "summary",
    "sensitivity": "groups",
    "summarise": "summary",
    "worlds": "polarity",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
