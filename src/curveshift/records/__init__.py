"""The loader of sourced numbers: files, quantities, distributions, dated values and units.

The room knows no subject. Its names are loaded on first use, so that importing it costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dated import Dated as Dated
    from .dated import mid_month as mid_month
    from .dated import parse_date as parse_date
    from .distributions import Distribution as Distribution
    from .files import atomic_write as atomic_write
    from .files import canonical_json as canonical_json
    from .files import read_compiled as read_compiled
    from .files import write_compiled as write_compiled
    from .loading import load_yaml as load_yaml
    from .quantities import parse_quantity as parse_quantity
    from .units import check_unit as check_unit
    from .values import from_data as from_data
    from .values import parse_value as parse_value

_HOME = {
    "Dated": "dated",
    "Distribution": "distributions",
    "atomic_write": "files",
    "canonical_json": "files",
    "check_unit": "units",
    "from_data": "values",
    "load_yaml": "loading",
    "mid_month": "dated",
    "parse_date": "dated",
    "parse_quantity": "quantities",
    "parse_value": "values",
    "read_compiled": "files",
    "write_compiled": "files",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
