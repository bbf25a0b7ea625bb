"""The files of the page, each under a fixed address; no address is ever turned into a path."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

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
    import vl_convert

    from curveshift.present.style import VEGA_LITE

    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", VEGA_LITE)
    return str(script).encode("utf-8"), KINDS[".js"]


def figures() -> dict[str, Any]:
    """How each figure is drawn."""
    from curveshift.present.simulator_figures import specifications
    from curveshift.scenario.shelf import AS_OF

    return {"figures": specifications(AS_OF)}


FILES: Final[dict[str, Callable[[], tuple[bytes, str]]]] = {
    "/": partial(_read, HERE / "index.html"),
    "/static/vega.js": _drawing,
    **{
        f"/static/{path.name}": partial(_read, path)
        for path in sorted(HERE.iterdir())
        if path.suffix in KINDS and path.name != "index.html"
    },
}
"""Address to what is served there."""
