"""Small real training runs that reproduce the three dynamics: scaling, shifts of the curve, and a new paradigm.

The names are loaded on first use: importing the room costs nothing. Training needs the extra `lab`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cost import CostCurve as CostCurve
    from .innovations import Innovation as Innovation
    from .language import Entropy as Entropy
    from .language import Language as Language
    from .paradigm import Paradigm as Paradigm
    from .scaling import Design as Design
    from .scaling import Scaling as Scaling
    from .settings import Corpus as Corpus
    from .settings import Recipe as Recipe
    from .settings import Run as Run
    from .settings import Shape as Shape
    from .shift import Shift as Shift
    from .store import Store as Store
    from .study import Bench as Bench
    from .training import Result as Result
    from .training import train as train

_HOME = {
    "Bench": "study",
    "CostCurve": "cost",
    "Corpus": "settings",
    "Design": "scaling",
    "Entropy": "language",
    "Innovation": "innovations",
    "Language": "language",
    "Paradigm": "paradigm",
    "Recipe": "settings",
    "Result": "training",
    "Run": "settings",
    "Scaling": "scaling",
    "Shape": "settings",
    "Shift": "shift",
    "Store": "store",
    "train": "training",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
