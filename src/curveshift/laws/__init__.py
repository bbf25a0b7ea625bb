"""Scaling laws: forms, fitting, intervals, planning, and a library of published fits.

The names are loaded on first use: importing the room costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .chinchilla import Chinchilla as Chinchilla
    from .fitting import fit as fit
    from .law import Law as Law
    from .objectives import Objective as Objective
    from .power import OffsetPower as OffsetPower
    from .reading import chinchilla_runs as chinchilla_runs
    from .result import Fit as Fit
    from .runs import Runs as Runs

_HOME = {
    "Chinchilla": "chinchilla",
    "Fit": "result",
    "Law": "law",
    "Objective": "objectives",
    "OffsetPower": "power",
    "Runs": "runs",
    "chinchilla_runs": "reading",
    "fit": "fitting",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
