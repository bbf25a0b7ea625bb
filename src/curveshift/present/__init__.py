"""How things look: figures as Vega-Lite specifications, tables, and the self-contained brief.

The names are loaded on first use: importing the room costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .brief import BriefSummary as BriefSummary
    from .brief import write_brief as write_brief
    from .figure import Figure as Figure
    from .fit_report import write_fit_report as write_fit_report
    from .headline import PolicySummary as PolicySummary
    from .plotting import plot as plot

_HOME = {
    "BriefSummary": "brief",
    "Figure": "figure",
    "PolicySummary": "headline",
    "plot": "plotting",
    "write_brief": "brief",
    "write_fit_report": "fit_report",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
