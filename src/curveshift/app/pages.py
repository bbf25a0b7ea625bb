"""The files of the page, each under a fixed address; no address is ever turned into a path."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from string import Template
from typing import Any, Final

CURRENT: Final = ' aria-current="page"'
HERE: Final = Path(__file__).parent / "static"
KINDS: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def _read(path: Path) -> tuple[bytes, str]:
    return path.read_bytes(), KINDS[path.suffix]


def _drawing() -> tuple[bytes, str]:
    """Vega, Vega-Lite and their interpreter, from the package that also draws for files."""
    from curveshift.present.style import VEGA_LITE

    script = (
        "import sys, vl_convert; "
        f"sys.stdout.write(vl_convert.javascript_bundle('window.vegaEmbed = vegaEmbed;', {VEGA_LITE!r}))"
    )
    # In a process of its own: the engine that bundles would keep a hundred megabytes of this one.
    done = subprocess.run([sys.executable, "-X", "utf8", "-c", script], capture_output=True, check=True)
    return done.stdout, KINDS[".js"]


def figures() -> dict[str, Any]:
    """How each figure is drawn."""
    from curveshift.present.simulator_figures import specifications
    from curveshift.scenario.shelf import AS_OF

    return {"figures": specifications(AS_OF)}


@dataclass(frozen=True)
class Further:
    """A page beside the simulator; what it shows is in a file of its name.

    Attributes
    ----------
    link : str
        What the list of pages calls it.
    title, description : str
    command : str
        Gives the same without a browser.
    draws : bool
        Whether it has drawings.
    """

    link: str
    title: str
    description: str
    command: str
    draws: bool = True


FURTHER: Final = {
    "claims": Further(
        "Claims",
        "the claims",
        "The argument about DeepSeek and export controls, claim by claim: rule, verdict, numbers, and "
        "what would turn it.",
        "curveshift claims",
        draws=False,
    ),
    "backtests": Further(
        "Misses and limits",
        "misses and limits",
        "How good forecasts from the past were, misses first, and what the model leaves out.",
        "curveshift backtest",
    ),
    "trend": Further(
        "DeepSeek-V3 on the curve",
        "DeepSeek-V3 on the curve",
        "Is DeepSeek-V3, or another model, an expected point on the cost curve? The test step by step, "
        "beside the arithmetic of the essay.",
        "curveshift trend DeepSeek-V3",
    ),
    "chips": Further(
        "Chip classifier",
        "the chip classifier",
        "Is a chip controlled to a place for a buyer on a day, under which paragraph, and why.",
        "curveshift classify H200 --to CN",
    ),
    "sources": Further(
        "Sources",
        "the sources",
        "What every number rests on: sources by table, assumption, lever, policy and rule, with links; "
        "and how to cite.",
        "curveshift facts list",
        draws=False,
    ),
}
"""Pages beside the simulator, by address."""


def _index() -> tuple[bytes, str]:
    return _filled("index.html", pages=_pages(""))


def _further(name: str) -> tuple[bytes, str]:
    page = FURTHER[name]
    return _filled(
        "frame.html",
        name=name,
        title=page.title,
        description=page.description,
        command=page.command,
        drawing='<script src="/static/vega.js" defer></script>\n' if page.draws else "",
        pages=_pages(name),
        content=(HERE / f"{name}.html").read_text(encoding="utf-8"),
    )


def _filled(file: str, **parts: str) -> tuple[bytes, str]:
    text = Template((HERE / file).read_text(encoding="utf-8")).substitute(parts)
    return text.encode("utf-8"), KINDS[".html"]


def _pages(here: str) -> str:
    """The list of pages, with the one that it stands on marked."""
    links = {"": "Simulator", **{name: page.link for name, page in FURTHER.items()}}
    rows = (f'<a href="/{name}"{CURRENT if name == here else ""}>{text}</a>' for name, text in links.items())
    return "\n".join(['<nav aria-label="Pages">', *rows, "</nav>"])


FILES: Final[dict[str, Callable[[], tuple[bytes, str]]]] = {
    "/": _index,
    **{f"/{name}": partial(_further, name) for name in FURTHER},
    "/static/vega.js": _drawing,
    **{
        f"/static/{path.name}": partial(_read, path)
        for path in sorted(HERE.iterdir())
        if path.suffix in KINDS and path.suffix != ".html"
    },
}
"""Address to what is served there."""
