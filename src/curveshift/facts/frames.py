"""The tables as pandas data frames; pandas is imported only when a frame is asked for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from curveshift.facts.reading import rows
from curveshift.facts.schema import Column, find

if TYPE_CHECKING:
    import pandas as pd

DTYPES = {
    "text": "string",
    "date": "datetime64[ns]",
    "float": "float64",
    "int": "Int64",
    "bool": "boolean",
}


def table(name: str, *, as_of: date | str | None = None, mode: str = "hindcast") -> pd.DataFrame:
    """Return one table as a data frame with typed columns.

    Parameters
    ----------
    name : str
        Name of the table, see `tables`.
    as_of : date or str, optional
        Keep only what was known on that day (ISO date). Without it, every row.
    mode : {"hindcast", "backtest"}
        ``backtest``: only rows published by ``as_of``, strictly. ``hindcast``: rows of which a first version
        was public by ``as_of``, in today's vintage. Many series allow only the second, so a result made with
        it is a hindcast and must say so.

    Returns
    -------
    pandas.DataFrame
        One row per fact. ``attrs`` holds ``units`` (column to unit), ``table``, ``as_of`` and ``mode``.
        Empty cells are missing values, never zero.

    Raises
    ------
    CurveshiftError
        For an unknown table or mode, or an impossible date.

    Examples
    --------
    >>> from curveshift import facts
    >>> chips = facts.table("chips").set_index("chip")
    >>> float(chips.loc["H100 SXM 80GB", "fp16_dense_tflops"]), chips.attrs["units"]["fp16_dense_tflops"]
    (989.4, 'TFLOP/s')
    """
    import pandas as pd

    columns = find(name).columns
    found = rows(name, as_of=as_of, mode=mode)
    frame = pd.DataFrame({c.name: _series(c, [row[c.name] for row in found]) for c in columns})
    frame.attrs = {
        "table": name,
        "units": {c.name: c.unit for c in columns if c.unit},
        "as_of": None if as_of is None else str(as_of),
        "mode": mode,
    }
    return frame


def _series(column: Column, values: list[Any]) -> pd.Series[Any]:
    import pandas as pd

    if column.kind == "category":
        return pd.Series(pd.Categorical(values, categories=list(column.values)))
    return pd.Series(values, dtype=DTYPES[column.kind])
