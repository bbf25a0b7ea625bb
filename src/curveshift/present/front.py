"""The front of the brief: which world, how sure, what decides it, what would change our mind, how good we were."""

from __future__ import annotations

from . import argument, headline, page, reading, tables, words
from .material import Material


def top(material: Material, title: str) -> str:
    """The answer, before anything else."""
    ensemble, found = material.ensemble, material.found
    scenario = ensemble.scenario
    line = (
        f"Record to {words.day(scenario.as_of)}, simulation to {scenario.end.year}; {scenario.draws:,} draws, "
        f"seed {scenario.seed}, feedback {ensemble.feedback}, "
        f"{'tied to the observed frontier' if ensemble.tied else 'not tied to the record'}. A brief made by curveshift."
    )
    lead, window, timing = headline.opening(found)
    changes = ""
    if scenario.changes:
        changes = page.paragraph("Changed from the defaults:") + page.bullets(scenario.changes)
    meanings = {reading.label(ensemble, p.name): f"{p.title}. {p.meaning}" for p in scenario.policies}
    return (
        f"<header>\n<h1>{page.text(title)}</h1>\n{page.paragraph(line, 'soft')}{page.paragraph(lead, 'lead')}"
        f"{page.paragraph(f'{window} {timing}')}{tables.overview(found)}{page.definitions(meanings)}"
        f"{changes}{page.made(material.compare_command)}</header>\n"
    )


def front(material: Material) -> str:
    """What is printed on the first two pages, after the top."""
    as_of = words.day(material.ensemble.scenario.as_of)
    parts = [page.section("How sure is that?", page.paragraph(headline.condition(material.found, as_of)))]
    if material.findings is not None:
        parts.append(
            page.section(
                "The argument, claim by claim",
                argument.board(material.findings),
                new_page=True,
                command="curveshift claims",
            )
        )
    return f'<div class="front">{"".join(parts)}</div>\n'
