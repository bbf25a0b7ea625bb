"""Sphinx: MyST pages, the API from docstrings, and reference pages written from the shipped records."""

from __future__ import annotations

from pathlib import Path

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


# autodoc sees only what is loaded, and most of these load their names on first use.
for room in (curveshift, records, laws, scenario, world, decide, present):
    vars(room).update({name: getattr(room, name) for name in getattr(room, "__all__", ())})

reference = Path(__file__).parent / "reference"
reference.mkdir(exist_ok=True)
records.atomic_write(reference / "facts.md", facts_page())
records.atomic_write(reference / "laws.md", laws.document())
records.atomic_write(reference / "scenario.md", scenario.document())
