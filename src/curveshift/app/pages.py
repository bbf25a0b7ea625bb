"""The files of the page, each under a fixed address; no address is ever turned into a path."""

from __future__ import annotations

import subprocess
import sys
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


FURTHER: Final = ("claims", "backtests", "trend", "chips", "sources")
"""Pages beside the simulator, by address."""

FILES: Final[dict[str, Callable[[], tuple[bytes, str]]]] = {
    "/": partial(_read, HERE / "index.html"),
    **{f"/{name}": partial(_read, HERE / f"{name}.html") for name in FURTHER},
    "/static/vega.js": _drawing,
    **{
        f"/static/{path.name}": partial(_read, path)
        for path in sorted(HERE.iterdir())
        if path.suffix in KINDS and path.suffix != ".html"
    },
}
"""Address to what is served there."""
