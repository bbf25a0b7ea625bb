"""The web policy simulator: the model behind an HTTP interface, and the page that asks it.

The names are loaded on first use: importing the room starts neither a server nor JAX.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .asking import Choice as Choice
    from .asking import Question as Question
    from .server import create_app as create_app
    from .server import serve as serve
    from .service import Service as Service

_HOME = {
    "Choice": "asking",
    "Question": "asking",
    "Service": "service",
    "create_app": "server",
    "serve": "server",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
