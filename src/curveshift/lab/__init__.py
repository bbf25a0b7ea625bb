"""Small real training runs that reproduce the three dynamics: scaling, shifts of the curve, and a new paradigm.

The names are loaded on first use: importing the room costs nothing. Training needs the extra `lab`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .language import Entropy as Entropy
    from .language import Language as Language
    from .scaling import Design as Design
    from .scaling import Scaling as Scaling
    from .scaling import scaling as scaling
    from .settings import Corpus as Corpus
    from .settings import Recipe as Recipe
    from .settings import Run as Run
    from .settings import Shape as Shape
    from .store import Store as Store
    from .study import Bench as Bench
    from .training import Result as Result
    from .training import train as train

_HOME = {
    "Bench": "study",
    "Corpus": "settings",
    "Design": "scaling",
    "Entropy": "language",
    "Language": "language",
    "Recipe": "settings",
    "Result": "training",
    "Run": "settings",
    "Scaling": "scaling",
    "Shape": "settings",
    "Store": "store",
    "train": "training",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
