"""Memory that is free goes back to the system, so that a server that ran for a month is as small as a new one."""

from __future__ import annotations

import ctypes
import gc
from functools import cache
from typing import Any, Final

ARENAS: Final = 2
"""Places from which threads take memory: one for those that run the model, one for the rest."""

# Of malloc.h of the GNU C library.
_M_ARENA_MAX: Final = -8


@cache
def _library() -> Any:
    """The C library where it is that of GNU, else None: others give back by themselves, or cannot be asked."""
    try:
        found = ctypes.CDLL(None)
    except (OSError, TypeError):
        return None
    return found if hasattr(found, "malloc_trim") and hasattr(found, "mallopt") else None


def few_arenas() -> None:
    """Let all threads share a few arenas; to be called before there are any."""
    if (library := _library()) is not None:
        library.mallopt(_M_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Return what is free to the system: a few milliseconds after a run of the model."""
    if (library := _library()) is not None:
        library.malloc_trim(0)


def settle() -> None:
    """After the start: collect once, and never look again at what will stay for good."""
    gc.collect()
    gc.freeze()
    give_back()
