"""Share links, which the page reads: its own code, run by Node on links made from a seed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import curveshift
from curveshift.app import catalogue
from curveshift.app.sending import packed
from curveshift.app.server import _about

from .judging import written

NODE = shutil.which("node")
_STATE = Path(curveshift.__file__).with_name("app") / "static" / "state.js"


def read_links(count: int, seed: int = 0) -> dict[str, Any]:
    """How many links were read, how many without a warning, and what went wrong."""
    about, levers = _about(False), catalogue.levers()
    known = {
        "policies": catalogue.policies(),
        "levers": levers["levers"],
        "thresholds": levers["thresholds"],
        "stances": list(levers["stances"]),
        "assumptions": catalogue.assumptions(),
        "views": catalogue.views(),
        "units": list(about["units"]),
        "windows": about["windows"],
        "levels": about["levels"],
        "about": about,
    }
    file = written("known.json", packed(known))
    script = Path(__file__).with_name("links.mjs")
    command = [str(NODE), str(script), str(_STATE), str(file), str(count), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
