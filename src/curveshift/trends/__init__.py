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
    from .essays import essay as essay
    from .essays import essay_arithmetic as essay_arithmetic
    from .frontiers import frontier as frontier
    from .frontiers import months_behind as months_behind
    from .ontrend import on_trend as on_trend
    from .panels import panel as panel
    from .posteriors import Posterior as Posterior
    from .posteriors import load as load
    from .posteriors import posterior as posterior
    from .prior_records import priors as priors
    from .verdicts import OnTrend as OnTrend
    from .verdicts import three as three

_HOME = {
    "ALL": "calibration",
    "Candidate": "candidates",
    "Effort": "chains",
    "OnTrend": "verdicts",
    "Posterior": "posteriors",
    "calibrate": "calibration",
    "compile_records": "compiling",
    "cost_at_level": "costcurve",
    "essay": "essays",
    "essay_arithmetic": "essays",
    "frontier": "frontiers",
    "load": "posteriors",
    "months_behind": "frontiers",
    "on_trend": "ontrend",
    "panel": "panels",
    "posterior": "posteriors",
    "priors": "prior_records",
    "runs_at_level": "costcurve",
    "three": "verdicts",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'curveshift.trends' has no attribute {name!r}")
    return getattr(import_module(f"curveshift.trends.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
