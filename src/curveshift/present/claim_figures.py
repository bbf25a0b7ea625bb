"""The claims as a board: one line each, placed by its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import style, words
from .figure import Figure

if TYPE_CHECKING:
    from curveshift.claims import Findings

COLOURS: Final = {
    "supported": "#12966f",
    "depends": "#d98200",
    "not supported": "#d55e00",
    "not testable": "#808b96",
}
_ROW: Final = 26
_WIDTH: Final = 420


def claims_board(found: Findings) -> Figure:
    """Every claim by its verdict, in the order of the argument.

    Parameters
    ----------
    found : Findings
        As `curveshift.claims.judge` gives it.

    Returns
    -------
    Figure
    """
    import pandas as pd

    frame = pd.DataFrame(
        [
            {
                "claim": f"{one.claim.part}  {one.claim.sentence}",
                "verdict": one.verdict.removesuffix(" with these facts"),
                "told": one.told,
                "found": one.sentence,
                "name": one.claim.name,
            }
            for one in found.items
        ]
    )
    counts = [f"{count} {verdict}" for verdict, count in found.counted().items() if count]
    title = f"Of {len(frame)} claims of the argument: {words.listed(counts)}"
    subtitle = "By part of the argument; each by a stated rule. Pointing at a mark shows what was found."
    order = list(frame["claim"])
    y = {
        "field": "claim",
        "type": "nominal",
        "sort": order,
        "axis": {"title": None, "labelLimit": 640, "domain": False, "ticks": False, "grid": True},
    }
    layer = {
        "mark": {"type": "point", "filled": True, "size": 170, "opacity": 1},
        "encoding": {
            "x": {
                "field": "verdict",
                "type": "nominal",
                "sort": list(COLOURS),
                "scale": {"domain": list(COLOURS)},
                "axis": {"title": None, "orient": "top", "labelAngle": 0, "labelLimit": 110},
            },
            "y": y,
            "color": style.colour("verdict", COLOURS, legend=False),
            "tooltip": [{"field": "told", "title": "verdict"}, {"field": "found"}, {"field": "name"}],
        },
    }
    part = style.panel("", [layer], style.inline(frame), height=_ROW * len(frame))
    spec = style.page(title, subtitle, [{**part, "width": _WIDTH}], columns=1)
    sentence = "Depends: the verdict turns on an assumption, a definition or a threshold, which is named."
    return Figure(spec, title, f"{subtitle} {sentence}", frame, tuple(found.sources().splitlines()[:1]))
