"""The forward model: one month's step, compiled over draws, to outcomes.

The names are loaded on first use: importing the room does not start JAX.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curveshift.world.cluster import on_cluster as on_cluster
    from curveshift.world.cluster import on_workers as on_workers
    from curveshift.world.ensemble import Ensemble as Ensemble
    from curveshift.world.ensemble import simulate as simulate
    from curveshift.world.kept import Kept as Kept
    from curveshift.world.misfit import Misfit as Misfit
    from curveshift.world.reopening import open_store as open_store
    from curveshift.world.store import StoreWarning as StoreWarning
    from curveshift.world.timeline import compile_records as compile_records
    from curveshift.world.units import UNITS as UNITS

_HOME = {
    "Ensemble": "ensemble",
    "Kept": "kept",
    "Misfit": "misfit",
    "StoreWarning": "store",
    "UNITS": "units",
    "compile_records": "timeline",
    "on_cluster": "cluster",
    "on_workers": "cluster",
    "open_store": "reopening",
    "simulate": "ensemble",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
