"""Published laws side by side, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from . import law_parts as parts
from . import style, words
from .figure import Figure

if TYPE_CHECKING:
    from curveshift.laws import LawComparison

STEPS: Final = 25
AROUND: Final = 100.0
"""How far below and above the budgets asked for the lines go."""


def published_figure(found: LawComparison) -> Figure:
    """What each published law calls compute-optimal, over training budgets.

    Parameters
    ----------
    found : LawComparison

    Returns
    -------
    Figure
    """
    import pandas as pd

    from curveshift.laws import compare_published

    asked = sorted({float(row["training_flop"]) for row in found.rows})
    budgets = np.geomspace(asked[0] / AROUND, asked[-1] * AROUND, STEPS)
    names = [law.name for law in found.laws]
    lines = compare_published(names, training_flop=budgets, force=bool(found.warnings))
    frame = pd.DataFrame(
        [
            {"what": what, "law": row["law"], "flop": row["training_flop"], "params": row["params"],
             "tokens": row["tokens"], "ratio": row["tokens_per_param"]}
            for what, rows in (("law", lines.rows), ("asked", found.rows))
            for row in rows
        ]
    )  # fmt: skip
    label = {"field": "law", "type": "nominal", "title": "law"}
    paint = style.colour("law", dict(zip(names, style.POLICY * 6, strict=False)))
    tip = parts.tips(("flop", "FLOP", ".2e"), ("params", "parameters", ".3~s"),
                     ("tokens", "tokens", ".3~s"), ("ratio", "tokens/parameter", ".3~r"))  # fmt: skip
    x = parts.flop_axis("flop", "training FLOP", frame["flop"])
    panels = []
    for field, title in (("params", "compute-optimal parameters"), ("ratio", "tokens per parameter")):
        encoding = {
            "x": x,
            "y": parts.log_axis(field, title, frame[field]),
            "color": paint,
            "tooltip": [label, *tip],
        }
        layers = [
            parts.only("law", {"type": "line", "strokeWidth": 2}, encoding),
            parts.only("asked", {"type": "point", "filled": True, "size": 60, "opacity": 1}, encoding),
        ]
        panels.append(style.panel(title, layers, height=240))
    at = [row for row in found.rows if row["training_flop"] == asked[-1]]
    ratios: list[Any] = sorted(float(row["tokens_per_param"]) for row in at)
    title = (
        f"At {parts.power(asked[-1])} FLOP the laws ask for {words.number(ratios[0])} to"
        f" {words.number(ratios[-1])} tokens per parameter"
    )
    sentence = (
        "Each line is one published law without its uncertainty, drawn also where no run supports it; points are"
        " the budgets asked for."
    )
    spec = style.page(title, "Lines: published laws. Points: the budgets asked for.", panels, columns=2)
    return Figure({**spec, "data": style.inline(frame)}, title, sentence, frame, (found.sources(),))
