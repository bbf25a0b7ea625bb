"""A plain picture of any fact table: its numbers by date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curveshift import facts
from curveshift.errors import CurveshiftError

from . import style, words
from .figure import Figure

if TYPE_CHECKING:
    import pandas as pd

PREFERRED = ("central", "units", "score", "value", "training_compute_flop")


def fact_table(frame: pd.DataFrame, name: str) -> Figure:
    """Draw a frame of `curveshift.facts`, one point per row, by date.

    Parameters
    ----------
    frame : pandas.DataFrame
        From `curveshift.facts.table`.
    name : str
        The table that it holds.

    Returns
    -------
    Figure

    Raises
    ------
    CurveshiftError
        When the table has no date, no number, or no row with both.
    """
    import pandas as pd

    schema = facts.schema(name)
    dates = [c.name for c in schema.columns if c.kind == "date"]
    numbers = [c.name for c in schema.columns if c.kind in ("float", "int")]
    numbers.sort(key=lambda n: PREFERRED.index(n) if n in PREFERRED else len(PREFERRED))
    if not dates or not numbers:
        raise CurveshiftError(f"the table {name!r} has no date or no number to draw", where=name)
    when, what = dates[0], numbers[0]
    groups = [c.name for c in schema.columns if c.kind == "category" and 1 < frame[c.name].nunique() <= 8]
    kept = frame.dropna(subset=[when, what])
    if kept.empty:
        raise CurveshiftError(f"no row of {name!r} has both {when} and {what}", where=name)
    # Keys say which row a point is; keys that are numbers or dates are on the axes already.
    keys = [k for k in schema.key if schema.column(k).kind in ("text", "category")]
    text = (
        kept[keys].astype("string").fillna("").agg(", ".join, axis=1) if keys else kept[what].astype("string")
    )
    shown = pd.DataFrame({"when": kept[when], "value": kept[what].astype(float), "row": text})
    shown["source"] = kept["source"].astype("string")
    unit = schema.column(what).unit
    first, last = shown["when"].min().date(), shown["when"].max().date()
    low, high = float(shown["value"].min()), float(shown["value"].max())
    title = (
        f"{len(shown):,} rows of {name.replace('_', ' ')} from {first.year} to {last.year}: {what} from "
        f"{words.span(low, high)}"
    )
    encoding: style.Spec = {
        "x": {**style.time_axis("when"), "axis": {"title": when, "grid": False}},
        "y": style.value_axis("value", f"{what}, {unit}" if unit else what, format="~s"),
        "tooltip": [{"field": "row"}, {"field": "value", "format": ",.5~g"}, {"field": "source"}],
    }
    if low > 0 and high / low > 100:
        encoding["y"]["scale"] = {"type": "log"}
    if groups:
        shown["group"] = kept[groups[0]].astype("string")
        names = sorted(shown["group"].dropna().unique())
        encoding["color"] = style.colour("group", dict(zip(names, style.POLICY, strict=False)))
    point = {"mark": {"type": "point", "filled": True, "opacity": 0.7, "size": 40}, "encoding": encoding}
    body = {**style.panel("", [point], style.inline(shown), height=260), "width": 420}
    known = (
        f", as known on {frame.attrs['as_of']} ({frame.attrs['mode']})" if frame.attrs.get("as_of") else ""
    )
    subtitle = f"{schema.meaning} Unit: {unit or 'none'}{known}."
    sentence = (
        "Points are published central values; their own uncertainty, where it was published, is in the table."
    )
    spec = style.page(title, subtitle, [body], columns=1)
    sources = tuple(dict.fromkeys(shown["source"]))
    return Figure(spec, title, f"{subtitle} {sentence}", shown.reset_index(drop=True), sources)
