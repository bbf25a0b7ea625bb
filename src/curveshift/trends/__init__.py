"""Dynamics 2 and 3 and the cost curve, read from the record: capability, efficiency, reasoning, costs, prices."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .calibration import calibrate as calibrate
    from .compiling import compile_records as compile_records
    from .frontiers import frontier as frontier
    from .panels import panel as panel
    from .posteriors import Posterior as Posterior
    from .posteriors import load as load
    from .posteriors import posterior as posterior

_HOME = {
    "Posterior": "posteriors",
    "calibrate": "calibration",
    "compile_records": "compiling",
    "frontier": "frontiers",
    "load": "posteriors",
    "panel": "panels",
    "posterior": "posteriors",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'curveshift.trends' has no attribute {name!r}")
    return getattr(import_module(f"curveshift.trends.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
