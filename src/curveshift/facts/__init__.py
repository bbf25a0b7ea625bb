"""What is known: dated, cited tables with their schemas. Holds no models.

``facts.chips()`` and its like (one function for every name in ``facts.tables()``) return pandas data frames;
``facts.rows("chips")`` returns plain Python values without importing pandas. Every row says when its vintage
was published, when a first version was knowable, and who says so.

Tables of your own replace shipped ones of the same name when the environment variable CURVESHIFT_FACTS names their
folder; ``facts.refresh`` compares new rows with a table and writes it there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from curveshift.facts.checking import Problem, check
from curveshift.facts.compute_tables import CHIP_FAMILIES
from curveshift.facts.frames import table
from curveshift.facts.reading import OWN, Source, digest, export, own_tables, rows, schema, sources, tables
from curveshift.facts.refreshing import Change, Refresh, refresh
from curveshift.facts.schema import Column, Reference, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Reader = Callable[..., pd.DataFrame]
    chips: Reader
    chip_shipments: Reader
    compute_stock: Reader
    china_domestic_production: Reader
    china_access: Reader
    enforcement: Reader
    prices: Reader
    api_prices: Reader
    capex: Reader
    models: Reader
    benchmarks: Reader
    benchmark_scores: Reader
    capability_index: Reader
    rl_compute: Reader
    chinchilla_points: Reader
    ho2024_points: Reader

__all__ = [
    "CHIP_FAMILIES",
    "OWN",
    "Change",
    "Column",
    "Problem",
    "Reference",
    "Refresh",
    "Source",
    "Table",
    "check",
    "digest",
    "export",
    "own_tables",
    "refresh",
    "rows",
    "schema",
    "sources",
    "table",
    "tables",
]


def __getattr__(name: str) -> Any:
    """Return the reader of one table: ``facts.chips(...)`` is ``facts.table("chips", ...)``."""
    if name in tables():
        from functools import partial

        return partial(table, name)
    raise AttributeError(
        f"module 'curveshift.facts' has no attribute {name!r}; tables: {', '.join(tables())}"
    )


def __dir__() -> list[str]:
    return [*__all__, *tables()]
