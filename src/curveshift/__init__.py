"""Measure, simulate and test an argument about AI progress and the chips that drive it.

The rooms and the functions most people need are loaded on first use: importing curveshift costs nothing.

Examples
--------
>>> import curveshift as cs
>>> "chip_shipments" in cs.facts.tables()
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curveshift import claims as claims
    from curveshift import controls as controls
    from curveshift import decide as decide
    from curveshift import facts as facts
    from curveshift import laws as laws
    from curveshift import present as present
    from curveshift import scenario as scenario
    from curveshift import trends as trends
    from curveshift import world as world
    from curveshift.controls import classify as classify
    from curveshift.decide import backtest as backtest
    from curveshift.decide import compare as compare
    from curveshift.decide import condition as condition
    from curveshift.decide import discover as discover
    from curveshift.decide import dose_response as dose_response
    from curveshift.decide import explain as explain
    from curveshift.decide import pareto as pareto
    from curveshift.decide import robust as robust
    from curveshift.decide import sensitivity as sensitivity
    from curveshift.decide import shapley as shapley
    from curveshift.decide import value_of_information as value_of_information
    from curveshift.errors import CurveshiftError as CurveshiftError
    from curveshift.present import plot as plot
    from curveshift.present import write_brief
    from curveshift.world import simulate as simulate

    brief = write_brief

__version__ = "0.1.0"

_ROOMS = ("claims", "controls", "decide", "facts", "laws", "present", "scenario", "trends", "world")
_HOME = {
    "CurveshiftError": ("errors", "CurveshiftError"),
    "backtest": ("decide", "backtest"),
    "brief": ("present", "write_brief"),
    "classify": ("controls", "classify"),
    "compare": ("decide", "compare"),
    "condition": ("decide", "condition"),
    "discover": ("decide", "discover"),
    "dose_response": ("decide", "dose_response"),
    "explain": ("decide", "explain"),
    "pareto": ("decide", "pareto"),
    "plot": ("present", "plot"),
    "robust": ("decide", "robust"),
    "sensitivity": ("decide", "sensitivity"),
    "shapley": ("decide", "shapley"),
    "simulate": ("world", "simulate"),
    "value_of_information": ("decide", "value_of_information"),
}

__all__ = ["__version__", *sorted((*_ROOMS, *_HOME))]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"curveshift.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'curveshift' has no attribute {name!r}")
    room, home = _HOME[name]
    return getattr(import_module(f"curveshift.{room}"), home)


def __dir__() -> list[str]:
    return __all__
