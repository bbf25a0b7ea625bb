"""Sphinx: MyST pages, the API from docstrings, and reference pages written from the shipped records."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

import curveshift
from curveshift import decide, facts, laws, present, records, scenario, world

project = "curveshift"
author = "The curveshift developers"
version = release = curveshift.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"curveshift {release}"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
napoleon_google_docstring = False
# Rooms give out names of their modules, and two rooms have a Source: a short name may have several targets.
suppress_warnings = ["ref.python"]


def facts_page() -> str:
    """Describe every fact table and its columns in Markdown."""
    page = ["# Facts", "", f"Digest of the shipped tables: `{facts.digest()}`."]
    for name in facts.tables():
        table = facts.schema(name)
        page += [
            "",
            f"## {name}",
            "",
            table.meaning,
            "",
            "| column | type | unit | meaning |",
            "|---|---|---|---|",
        ]
        page += [f"| `{c.name}` | {c.kind} | {c.unit} | {c.meaning} |" for c in table.columns]
    return "\n".join(page) + "\n"


def show_results(app: Sphinx, page: str, source: list[str]) -> None:
    """Put below each block of the page on notebooks what a notebook shows for its last line."""
    if page != "notebook":
        return
    space: dict[str, Any] = {}

    def shown(block: re.Match[str]) -> str:
        *before, last = ast.parse(block[1]).body
        exec(compile(ast.Module(before, []), page, "exec"), space)
        result = eval(compile(ast.Expression(last.value), page, "eval"), space)  # type: ignore[attr-defined]
        return f"{block[0]}\n```{{raw}} html\n{result._repr_html_()}\n```\n"

    source[0] = re.sub(r"^```python\n(.*?)^```\n", shown, source[0], flags=re.M | re.S)


def setup(app: Sphinx) -> None:
    """Run the page on notebooks when the documentation is built."""
    app.connect("source-read", show_results)


# autodoc sees only what is loaded, and most of these load their names on first use.
for room in (curveshift, records, laws, scenario, world, decide, present):
    vars(room).update({name: getattr(room, name) for name in getattr(room, "__all__", ())})

reference = Path(__file__).parent / "reference"
reference.mkdir(exist_ok=True)
records.atomic_write(reference / "facts.md", facts_page())
records.atomic_write(reference / "laws.md", laws.document())
records.atomic_write(reference / "scenario.md", scenario.document())
