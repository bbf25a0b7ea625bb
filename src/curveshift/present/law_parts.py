"""Parts that the figures of fitted laws share: axes, marks, and the whole picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from . import style
from .figure import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from curveshift.laws import Fit

    Floats = NDArray[np.float64]
    Values = Floats | pd.Series[float]

WIDE: Final = 520
RUN: Final = "#2f7fd0"
LAW: Final = "#d55e00"


def named(fit: Fit) -> str:
    """The output of the law with its unit."""
    out = fit.law.output
    return ", ".join(x for x in (out.name, out.unit) if x)


def power(value: float) -> str:
    """A large number by its power of ten.

    Examples
    --------
    >>> power(1e22), power(1.397e18)
    ('1e22', '1.4e18')
    """
    return f"{value:.2g}".replace("e+", "e")


def log_axis(field: str, title: str, values: Values) -> style.Spec:
    """A logarithmic axis from a little below the values to a little above them."""
    low, high = float(values.min()) / 1.15, float(values.max()) * 1.15
    if math.floor(math.log10(high)) > math.ceil(math.log10(low)):
        return style.log_axis(field, title, low, high)
    # With less than a decade there is no power of ten to label.
    scale = {"type": "log", "domain": [low, high]}
    label = "replace(datum.label, 'G', 'B')"
    return style.value_axis(field, title, scale=scale, format=".3~s", labelExpr=label)


def flop_axis(field: str, title: str, values: Values) -> style.Spec:
    """A logarithmic axis labelled by powers of ten."""
    made = log_axis(field, title, values)
    return {**made, "axis": {**made["axis"], "format": ".2~g", "labelExpr": "replace(datum.label, '+', '')"}}


def value_axis(field: str, title: str, values: Values) -> style.Spec:
    """A linear axis from a little below the values to a little above them, without zero."""
    low, high = float(np.min(values)), float(np.max(values))
    pad = 0.04 * (high - low)
    scale = {"domain": [low - pad, high + pad], "nice": False, "zero": False}
    return style.value_axis(field, title, scale=scale)


def by_flop(flop: Floats) -> style.Spec:
    """Colour by training FLOP, one key a power of ten."""
    ends = [float(flop.min()), float(flop.max())]
    powers = range(math.ceil(math.log10(ends[0])), math.floor(math.log10(ends[1])) + 1)
    return {
        "field": "flop",
        "type": "quantitative",
        "scale": {"type": "log", "scheme": "viridis", "reverse": True, "domain": ends},
        "legend": {
            "title": "training FLOP",
            "format": ".0e",
            "labelExpr": "replace(datum.label, '+', '')",
            "values": [10.0**k for k in powers],
        },
    }


def only(what: str, mark: style.Spec, encoding: style.Spec) -> style.Spec:
    """A layer of the rows of one kind."""
    chosen = [{"filter": f"datum.what === '{what}'"}]
    return {"transform": chosen, "mark": {**mark, "clip": True}, "encoding": encoding}


def dots(colour: str | None = None) -> style.Spec:
    """How runs look."""
    made = {"type": "point", "filled": True, "size": 26, "opacity": 0.75}
    return {**made, "color": colour} if colour else made


def tips(*fields: tuple[str, str, str]) -> list[style.Spec]:
    """What a pointer shows: field, title and format of each number."""
    return [{"field": f, "type": "quantitative", "title": title, "format": how} for f, title, how in fields]


def drawn(
    title: str, subtitle: str, sentence: str, layers: Sequence[style.Spec], frame: pd.DataFrame, fit: Fit
) -> Figure:
    """The figure of one panel."""
    body = {"data": style.inline(frame), "width": WIDE, "height": 300, "layer": list(layers)}
    spec = style.page(title, subtitle, [body], columns=1)
    return Figure(spec, title, f"{subtitle} {sentence}", frame, fit.sources())
