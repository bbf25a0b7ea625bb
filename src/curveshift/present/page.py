"""One HTML page that needs nothing else: styles, scripts and data inside, and a policy that forbids the network."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .style import VEGA_LITE

if TYPE_CHECKING:
    from .figure import Figure

NAMED_SOURCES: Final = 5
HERE: Final = Path(__file__).parent


@cache
def _asset(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


@cache
def _bundle() -> str:
    import vl_convert

    # The closing tag of a script ends it even inside a string.
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", VEGA_LITE)).replace(
        "</script", "<\\/script"
    )


def text(plain: str) -> str:
    """Plain text as HTML, with no line break between a number and its sign."""
    return escape(plain).replace(" %", "&nbsp;%").replace("± ", "±&nbsp;")


def page(title: str, body: str, figures: Mapping[str, Figure]) -> str:
    """A whole document.

    Parameters
    ----------
    title : str
        Plain text.
    body : str
        HTML; each figure's place in it is made by `place`.
    figures : mapping of str to Figure
        By the name of their place.
    """
    data = json.dumps(
        {name: _packed(f.spec) for name, f in figures.items()}, ensure_ascii=False, separators=(",", ":")
    )
    # Inside a script only this sign could end it.
    data = data.replace("<", "\\u003c")
    scripts = [_bundle(), _asset("brief.js")] if figures else []
    hashes = " ".join(f"'sha256-{_sha256(s)}'" for s in scripts) or "'none'"
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "connect-src 'none'; base-uri 'none'; form-action 'none'"
    )
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_asset('brief.css')}</style>\n</head>\n"
    )
    tail = f'<script type="application/json" id="figures">{data}</script>\n'
    tail += "".join(f"<script>{s}</script>\n" for s in scripts)
    return f"{head}<body>\n{body}\n{tail if figures else ''}</body>\n</html>\n"


def figure_page(figure: Figure) -> str:
    """One figure alone on a page."""
    return page(figure.title, f"<main>{place('figure', figure)}</main>", {"figure": figure})


def place(name: str, figure: Figure, level: int = 3) -> str:
    """Where a figure is drawn, with its title, its sentence and its sources as text."""
    shown, rest = figure.sources[:NAMED_SOURCES], len(figure.sources) - NAMED_SOURCES
    more = f"; {rest} more in the list of sources" if rest > 0 else ""
    sources = f"<p>Sources: {text('; '.join(shown) + more)}.</p>" if shown else ""
    return (
        f"<figure>\n<h{level}>{text(figure.title)}</h{level}>\n"
        f'<div class="drawing" id="{escape(name)}" role="img" aria-label="{escape(figure.title)}">'
        "<noscript>The drawing needs scripts; the numbers are in the tables.</noscript></div>\n"
        f"<figcaption><p>{text(figure.sentence)}</p>"
        f"{sources}</figcaption>\n</figure>\n"
    )


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    caption: str = "",
    numeric: bool = True,
    kind: str = "",
) -> str:
    """A table of plain text; the first column names the row, the others are numbers unless said otherwise."""
    mark = ' class="n"' if numeric else ""
    top = "".join(f'<th scope="col"{mark if i else ""}>{text(c)}</th>' for i, c in enumerate(head))
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{text(c)}</th>' if i == 0 else f"<td{mark}>{text(c)}</td>"
            for i, c in enumerate(row)
        )
        + "</tr>\n"
        for row in rows
    )
    said = f"<caption>{text(caption)}</caption>" if caption else ""
    named = f' class="{kind}"' if kind else ""
    whole = f"<table{named}>{said}<thead><tr>{top}</tr></thead>\n<tbody>\n{body}</tbody></table>"
    return f'<div class="scroll">{whole}</div>\n'


def section(title: str, inside: str, *, new_page: bool = False, anchor: str = "", command: str = "") -> str:
    """A part of the page under its own title, with the command that shows its numbers again."""
    kind = ' class="page"' if new_page else ""
    name = f' id="{anchor}"' if anchor else ""
    return f"<section{kind}{name}>\n<h2>{text(title)}</h2>\n{inside}{made(command) if command else ''}</section>\n"


def made(command: str) -> str:
    """The command that shows the numbers of a part again."""
    return f'<p class="made">Again: <code>{text(command)}</code></p>\n'


def paragraph(plain: str, kind: str = "") -> str:
    """A paragraph of plain text."""
    return f'<p class="{kind}">{text(plain)}</p>\n' if kind else f"<p>{text(plain)}</p>\n"


def bullets(items: Iterable[str]) -> str:
    """A list of plain texts."""
    return "<ul>" + "".join(f"<li>{text(item)}</li>" for item in items) + "</ul>\n"


def definitions(meanings: Mapping[str, str]) -> str:
    """Words with what they mean."""
    rows = "".join(f"<dt>{text(word)}</dt><dd>{text(meaning)}</dd>\n" for word, meaning in meanings.items())
    return f"<dl>\n{rows}</dl>\n"


def folded(summary: str, inside: str, *, shown: bool = False) -> str:
    """A part that opens on demand, and always on paper."""
    return f'<details class="print"{" open" if shown else ""}><summary>{text(summary)}</summary>{inside}</details>\n'


def _packed(node: Any) -> Any:
    """The same specification with every list of records as columns and rows."""
    if isinstance(node, dict):
        return {key: _packed(value) for key, value in node.items()}
    if isinstance(node, list):
        if len(node) > 3 and all(isinstance(item, dict) for item in node):
            columns = list(node[0])
            flat = not any(isinstance(value, dict | list) for item in node for value in item.values())
            if flat and all(list(item) == columns for item in node):
                return {"columns": columns, "rows": [[item[c] for c in columns] for item in node]}
        return [_packed(item) for item in node]
    return node


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
