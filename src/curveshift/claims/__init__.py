"""The sentences of the argument as claims that can be judged, each with its rule, its number and what would turn it.

The names are loaded on first use: importing the room costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .compiling import compile_records as compile_records
    from .evidence import RUNS as RUNS
    from .evidence import Evidence as Evidence
    from .findings import VERDICTS as VERDICTS
    from .findings import Figure as Figure
    from .findings import Finding as Finding
    from .findings import Findings as Findings
    from .judging import judge as judge
    from .judging import judged as judged
    from .stated import Claim as Claim
    from .stated import statement as statement
    from .stated import statements as statements
    from .verdicts import Shipped as Shipped
    from .verdicts import shipped as shipped

_HOME = {
    "Claim": "stated",
    "Figure": "findings",
    "Evidence": "evidence",
    "Finding": "findings",
    "Findings": "findings",
    "RUNS": "evidence",
    "Shipped": "verdicts",
    "VERDICTS": "findings",
    "compile_records": "compiling",
    "judge": "judging",
    "judged": "judging",
    "shipped": "verdicts",
    "statement": "stated",
    "statements": "stated",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
