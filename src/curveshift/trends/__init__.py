"""Dynamics 2 and 3 and the cost curve, read from the record: capability, efficiency, reasoning, costs, prices."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .calibration import ALL as ALL
    from .calibration import calibrate as calibrate
    from .candidates import Candidate as Candidate
    from .chains import Effort as Effort
    from .compiling import compile_records as compile_records
    from .costcurve import cost_at_level as cost_at_level
    from .costcurve import runs_at_level as runs_at_level
    from .efficiency import Efficiency as Efficiency
    from .efficiency import training_efficiency as training_efficiency
    from .essays import essay as essay
    from .essays import essay_arithmetic as essay_arithmetic
    from .essays import essay_rivals as essay_rivals
    from .first import First as First
    from .first import Firsts as Firsts
    from .first import Followers as Followers
    from .first import first_at as first_at
    from .first import firsts as firsts
    from .first import reasoning_followers as reasoning_followers
    from .frontiers import frontier as frontier
    from .gain import ReasoningGain as ReasoningGain
    from .gain import reasoning_gain as reasoning_gain
    from .lags import Lag as Lag
    from .lags import Offset as Offset
    from .lags import china_offset as china_offset
    from .lags import lag as lag
    from .narrowing import Narrowed as Narrowed
    from .narrowing import narrowed as narrowed
    from .ontrend import on_trend as on_trend
    from .panels import panel as panel
    from .posteriors import Posterior as Posterior
    from .posteriors import load as load
    from .posteriors import posterior as posterior
    from .prior_records import priors as priors
    from .quantities import Quantity as Quantity
    from .saturating import Saturation as Saturation
    from .saturating import saturation as saturation
    from .savings import ComputeSaved as ComputeSaved
    from .savings import compute_saved as compute_saved
    from .scale_trends import Trend as Trend
    from .scale_trends import horizon_doubling_days as horizon_doubling_days
    from .scale_trends import index_points_per_year as index_points_per_year
    from .scales import Coverage as Coverage
    from .scales import Scale as Scale
    from .scales import calibrated_differences as calibrated_differences
    from .scales import from_index as from_index
    from .scales import horizon_scale as horizon_scale
    from .scales import index_scale as index_scale
    from .scales import to_horizon_minutes as to_horizon_minutes
    from .scales import to_index as to_index
    from .split import Growth as Growth
    from .split import Split as Split
    from .split import disclosed_by_year as disclosed_by_year
    from .split import frontier_growth as frontier_growth
    from .split import split_of_progress as split_of_progress
    from .verdicts import OnTrend as OnTrend
    from .verdicts import three as three

_HOME = {
    "ALL": "calibration",
    "Candidate": "candidates",
    "ComputeSaved": "savings",
    "Coverage": "scales",
    "Efficiency": "efficiency",
    "Effort": "chains",
    "First": "first",
    "Firsts": "first",
    "Followers": "first",
    "Growth": "split",
    "Lag": "lags",
    "Offset": "lags",
    "Narrowed": "narrowing",
    "OnTrend": "verdicts",
    "Posterior": "posteriors",
    "Quantity": "quantities",
    "ReasoningGain": "gain",
    "Saturation": "saturating",
    "Scale": "scales",
    "Split": "split",
    "Trend": "scale_trends",
    "calibrate": "calibration",
    "calibrated_differences": "scales",
    "china_offset": "lags",
    "compile_records": "compiling",
    "compute_saved": "savings",
    "cost_at_level": "costcurve",
    "disclosed_by_year": "split",
    "essay": "essays",
    "essay_arithmetic": "essays",
    "essay_rivals": "essays",
    "first_at": "first",
    "firsts": "first",
    "from_index": "scales",
    "frontier": "frontiers",
    "frontier_growth": "split",
    "horizon_doubling_days": "scale_trends",
    "horizon_scale": "scales",
    "index_points_per_year": "scale_trends",
    "index_scale": "scales",
    "lag": "lags",
    "load": "posteriors",
    "narrowed": "narrowing",
    "on_trend": "ontrend",
    "panel": "panels",
    "posterior": "posteriors",
    "priors": "prior_records",
    "reasoning_followers": "first",
    "reasoning_gain": "gain",
    "runs_at_level": "costcurve",
    "saturation": "saturating",
    "split_of_progress": "split",
    "three": "verdicts",
    "to_horizon_minutes": "scales",
    "to_index": "scales",
    "training_efficiency": "efficiency",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'curveshift.trends' has no attribute {name!r}")
    return getattr(import_module(f"curveshift.trends.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
