"""Tables of all assumptions, levers and policies, written from the records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .outlooks import views
from .policy import Step
from .sets import feasibility, policy_sets
from .shelf import Library, library


def document(shelf: Library | None = None) -> str:
    """Every assumption, lever and policy with its meaning, value and source, as Markdown."""
    shelf = shelf or library()
    parts = ["# Assumptions, levers and policies\n\n"]
    parts.append("Intervals hold 90 % of the probability unless they say otherwise.\n")
    groups = dict.fromkeys(a.group for a in sorted(shelf.assumptions.values(), key=lambda a: a.dimension))
    for group in groups:
        parts.append(f"\n## Assumptions: {group}\n\n")
        rows = [
            (f"`{a.name}`", a.meaning, a.unit, a.distribution.describe(), a.kind, a.why, _join(a.sources))
            for a in sorted(shelf.assumptions.values(), key=lambda a: a.dimension)
            if a.group == group
        ]
        parts.append(_table(("name", "meaning", "unit", "value", "kind", "why", "source"), rows))
    if shelf.correlations:
        parts.append("\n## Rank correlations\n\n")
        pairs = [
            (f"`{c.a}`", f"`{c.b}`", f"{c.rank_correlation:g}", c.why, _join(c.sources))
            for c in shelf.correlations
        ]
        parts.append(_table(("a", "b", "rank correlation", "why", "source"), pairs))
    parts.append("\n## Levers\n\n")
    lever_rows = [
        (
            f"`{v.name}`",
            v.meaning,
            v.unit,
            f"{v.default:g}",
            f"{v.low:g} to {v.high:g}",
            v.why,
            _join(v.sources),
        )
        for v in shelf.levers.values()
    ]
    parts.append(_table(("name", "meaning", "unit", "default", "range", "why", "source"), lever_rows))
    parts.append("\n## Policies\n")
    for policy in shelf.policies.values():
        parts.append(f"\n### `{policy.name}`: {policy.title}\n\n{policy.meaning}\n\n")
        said: list[tuple[str, str, Step[Any]]] = [
            ("US rules", "none" if step.value is None else str(step.value), step) for step in policy.us
        ]
        said += [("Beijing", step.value, step) for step in policy.beijing]
        for lever, steps in policy.levers.items():
            said += [(f"`{lever}`", f"{step.value:g}", step) for step in steps]
        for change in policy.changes:
            said += [(f"`{key}`", f"{value:g}", change) for key, value in change.value.items()]
        step_rows = [(what, str(s.start), value, s.reason, _join(s.sources)) for what, value, s in said]
        parts.append(_table(("what", "from", "value", "reason", "source"), step_rows))
    parts.append(f"\n## Sets of policies\n\n{feasibility(shelf)}\n")
    for found in policy_sets(shelf).values():
        parts.append(f"\n### Set `{found.name}`: {found.title}\n\n{found.reason} {found.feasible}\n\n")
        parts.append(_table(("policy", "why"), [(f"`{name}`", why) for name, why in found.why.items()]))
        parts.append(f"\nSources: {_join(found.sources)}\n")
    parts.append(
        "\n## World views\n\nEach is written from its own published argument, and none comes first.\n"
    )
    for view in views(shelf).values():
        parts.append(f"\n### View `{view.name}`: {view.title}\n\n{view.argument}\n\n")
        parts.append(
            f"Feedback `{view.feedback}`, threshold `{view.threshold}`. Sources: {_join(view.sources)}\n\n"
        )
        changed = [(f"`{a.name}`", a.describe(), a.why) for a in view.assumptions.values()]
        if changed:
            parts.append(_table(("assumption", "value", "why"), changed))
    return "".join(parts)


def _join(sources: Iterable[object]) -> str:
    return "; ".join(str(source) for source in sources)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(_cell(cell) for cell in line) + " |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
