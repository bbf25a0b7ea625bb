"""The page of the sources: what every table, assumption, lever, policy and rule rests on, and how to cite."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from . import words

if TYPE_CHECKING:
    from curveshift.scenario import Source

AUTHORS: Final = "The curveshift developers"
LICENCE: Final = "Apache-2.0"
NUMBERS: Final = (
    "To cite a number, cite its source, which stands beside it; to cite a result, cite the version "
    "and the facts."
)


def sources_page() -> dict[str, Any]:
    """Everything that the page of the sources shows.

    Examples
    --------
    >>> page = sources_page()
    >>> page["groups"][0]["title"], page["citation"]["text"].startswith(AUTHORS)
    ('Facts, by table', True)
    """
    from curveshift import __version__, controls, facts
    from curveshift.scenario import library

    shelf, book = library(), controls.rule_book()
    tables = {name: facts.sources(name) for name in facts.tables()}
    judged = sum(not a.sources for a in shelf.assumptions.values())
    distinct = len({(s.source, s.url) for found in tables.values() for s in found})
    rows = sum(len(facts.rows(name)) for name in tables)
    groups = [
        {
            "name": "facts",
            "title": "Facts, by table",
            "items": [
                {
                    "name": name,
                    "meaning": facts.schema(name).meaning,
                    "note": f"{len(facts.rows(name))} rows",
                    "sources": [
                        {"cite": s.source, "url": s.url, "pages": f"{s.source_class}, {s.rows} rows"}
                        for s in found
                    ],
                }
                for name, found in tables.items()
            ],
        },
        {
            "name": "assumptions",
            "title": "Assumptions",
            "items": [
                {
                    "name": name,
                    "meaning": a.meaning,
                    "note": f"{a.describe()} {a.unit}; {a.kind}, reviewed {a.reviewed}. {a.why}",
                    "sources": _cited(a.sources),
                }
                for name, a in sorted(shelf.assumptions.items())
            ],
        },
        {
            "name": "levers",
            "title": "Levers",
            "items": [
                {"name": name, "meaning": v.meaning, "note": v.why, "sources": _cited(v.sources)}
                for name, v in shelf.levers.items()
            ],
        },
        {
            "name": "policies",
            "title": "Policies",
            "items": [
                {"name": name, "meaning": p.meaning, "note": p.title, "sources": _cited(p.all_sources())}
                for name, p in shelf.policies.items()
            ],
        },
        {
            "name": "rules",
            "title": "Export rules and other acts",
            "items": [
                {
                    "name": i.id,
                    "meaning": i.title,
                    "note": f"{i.kind}, in force from {i.effective}{f' to {i.ends}' if i.ends else ''}",
                    "sources": [
                        {"cite": c.ref, "url": c.url, "pages": f"{c.evidence} evidence"} for c in i.citations
                    ],
                }
                for i in book.instruments
            ],
        },
    ]
    return {
        "title": (
            f"{distinct} sources stand behind {rows:,} rows of {len(tables)} tables; {judged} of "
            f"{len(shelf.assumptions)} assumptions are judgements that cite none"
        ),
        "groups": groups,
        "facts": {name: [asdict(s) for s in found] for name, found in tables.items()},
        "facts_sha256": facts.digest(),
        "citation": {"note": NUMBERS, **citation(__version__, facts.digest())},
        "reviewed": words.day(book.reviewed),
    }


def citation(version: str, digest: str) -> dict[str, str]:
    """How to cite the software with the facts that it holds, as text and as BibTeX."""
    return {
        "text": f"{AUTHORS}. curveshift, version {version}, with facts {digest[:16]}. Software, {LICENCE} licence.",
        "bibtex": (
            f"@software{{curveshift,\n  author = {{{{{AUTHORS}}}}},\n  title = {{curveshift}},\n"
            f"  version = {{{version}}},\n  note = {{Facts {digest[:16]}; {LICENCE} licence}}\n}}"
        ),
    }


def _cited(sources: Iterable[Source]) -> list[dict[str, Any]]:
    return [asdict(source) for source in dict.fromkeys(sources)]
