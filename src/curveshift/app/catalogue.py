"""What can be chosen, read from the records: policies, levers, thresholds of rules, and assumptions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from curveshift.app.asking import RECORDED_TIMES, START, THRESHOLDS, lever_names, recorded

if TYPE_CHECKING:
    from curveshift.scenario import Assumption, Source

GROUP_OF_LEVER: Final = {
    "legal": "Thresholds and caps",
    "enforcement": "Enforcement",
    "inputs": "Inputs to Chinese production",
    "remote": "Remote access",
    "retaliation": "Beijing's side",
    "systems": "Developers and secrecy",
    "openness": "Developers and secrecy",
    "security": "Developers and secrecy",
}
"""Under which heading a lever stands, by the first part of its name."""

GROUP_OF_ASSUMPTION: Final = {
    "efficiency": "Dynamic 2: the curve shifts (efficiency)",
    "paradigm": "Dynamic 3: the paradigm shifts (reasoning and later)",
    "budgets": "Money and the largest run",
    "systems": "From chips to systems",
    "supply": "World supply of chips",
    "domestic": "Chinese production",
    "enforcement": "Diversion and enforcement",
    "controls": "Licences and Beijing",
    "remote": "Remote access",
    "threshold": "Levels",
    "feedback": "AI's help to AI research",
    "history": "Errors of the record",
}
"""Heading of each group of assumptions, in the order of the page."""

STANCES: Final = {
    "open": "Beijing lets firms buy.",
    "guided": "Beijing steers purchases: a share of budgets may go abroad.",
    "blocked": "Beijing stops purchases but for a leak.",
    "responsive": "Beijing lets firms buy less the more of demand is met at home.",
}


COMPARISONS: Final = (
    (
        "b30a",
        "B30A-class sales to China go ahead, or not",
        "Chips with half of a flagship's computing power are licensed freely and Beijing lets firms buy, beside the "
        "rules and practice of June 2026.",
        ("status-quo", "b30a-allowed"),
    ),
    (
        "sales",
        "H200- and B30A-class sales, with Beijing open or blocking",
        "Sales go ahead or not, and Beijing lets firms buy or stops them: who leads, and how sure is the model?",
        ("status-quo", "january-2026", "b30a-allowed", "b30a-allowed+blocked"),
    ),
    (
        "range",
        "Today's rules, strict ones, none",
        "From the strictest set of rules that ships to the end of all rules on chips.",
        ("status-quo", "airtight", "full-decontrol"),
    ),
    (
        "fork",
        "The essay's fork: China gets millions of chips, or none",
        "Two interventions that no government can choose: they show what chips do, whatever the reason they come.",
        ("status-quo", "china-gets-millions", "china-does-not"),
    ),
    (
        "history",
        "Had an earlier rule been kept",
        "Histories in which the rules of October 2022, October 2023 or April 2025 stayed as they were.",
        ("status-quo", "october-2022", "october-2023", "april-2025-letters"),
    ),
)
"""Comparisons that are one click away: name, title, reason, policies."""


def comparisons() -> list[dict[str, Any]]:
    """The ready comparisons, with the sources of what their policies do.

    Examples
    --------
    >>> [found["name"] for found in comparisons()]
    ['b30a', 'sales', 'range', 'fork', 'history']
    """
    from curveshift.scenario import library

    out = []
    for name, title, why, members in COMPARISONS:
        parts = [member.partition("+") for member in members]
        sources = dict.fromkeys(
            source for base, _, _ in parts for source in library().policies[base].all_sources()
        )
        chosen = [
            {"name": member, "base": base, "stance": stance or None}
            for member, (base, _, stance) in zip(members, parts, strict=True)
        ]
        out.append(
            {"name": name, "title": title, "why": why, "policies": chosen, "sources": _sources(sources)}
        )
    return out


def policies() -> list[dict[str, Any]]:
    """Every shipped policy: what it says, its steps with their reasons, and its sources.

    Examples
    --------
    >>> [p["name"] for p in policies() if p["kind"] == "intervention"]
    ['china-does-not', 'china-gets-millions']
    """
    from curveshift.scenario import library, policy_sets
    from curveshift.scenario.declared import END

    member = {
        name: sorted(s.name for s in policy_sets().values() if name in s.policies)
        for name in library().policies
    }
    out = []
    for name, policy in library().policies.items():
        data = policy.to_data()
        found = {key: data[key] for key in ("title", "meaning", "kind", "us", "beijing", "changes")}
        levers = {lever: policy.lever_values(library().levers[lever], [END])[0] for lever in data["levers"]}
        out.append(
            {
                "name": name,
                **found,
                "levers": levers,
                "sets": member[name],
                "sources": _sources(policy.all_sources()),
            }
        )
    return out


def levers() -> dict[str, Any]:
    """Every lever and threshold that a visitor may set, and the stances of Beijing.

    Examples
    --------
    >>> effort = next(x for x in levers()["levers"] if x["name"] == "enforcement.effort")
    >>> effort["default"], effort["low"], effort["high"], effort["unit"]
    (1.0, 0.0, 10.0, 'x')
    """
    from curveshift.controls import rule_book
    from curveshift.scenario import library

    shelf = library()
    found = []
    for name in lever_names():
        lever = shelf.levers[name]
        found.append(
            {
                "name": name,
                "heading": GROUP_OF_LEVER[name.partition(".")[0]],
                "unit": lever.unit,
                "default": lever.default,
                "low": lever.low,
                "high": lever.high,
                "meaning": lever.meaning,
                "why": lever.why,
                "sources": _sources(lever.sources),
            }
        )
    book = rule_book()
    rules = []
    for key in THRESHOLDS:
        instrument = book.instrument(key.partition(".")[0])
        value = book.values()[key]
        cited = instrument.citation(value.cite)
        rules.append(
            {
                "name": key,
                "heading": GROUP_OF_LEVER["legal"],
                "unit": value.unit,
                "default": recorded(key),
                "low": 0.0,
                "high": RECORDED_TIMES * recorded(key),
                "meaning": f"{instrument.title}: limit of case-by-case licences, where this rule is in force.",
                "why": "A number of the published rule.",
                "sources": [{"cite": cited.ref, "url": cited.url, "pages": ""}],
            }
        )
    return {"from": START, "levers": found, "thresholds": rules, "stances": STANCES}


def views() -> list[dict[str, Any]]:
    """Every shipped world view: its argument, its settings, the assumptions that it changes, and its sources.

    Examples
    --------
    >>> [(view["name"], view["feedback"]) for view in views()][:2]
    [('essay', 'default'), ('hawk', 'strong')]
    """
    from curveshift import scenario

    out = []
    for name, view in scenario.views().items():
        changed = {
            key: {"value": a.describe(), **_interval(a), "why": a.why, "sources": _sources(a.sources)}
            for key, a in view.assumptions.items()
        }
        out.append(
            {
                "name": name,
                "title": view.title,
                "argument": view.argument,
                "feedback": view.feedback,
                "threshold": view.threshold,
                "assumptions": changed,
                "sources": _sources(view.sources),
            }
        )
    return out


def assumptions() -> list[dict[str, Any]]:
    """Every assumption: its value in words, its 90 % interval, unit, meaning, reason, kind and sources.

    Examples
    --------
    >>> found = {a["name"]: a for a in assumptions()}
    >>> found["beijing.guided_acceptance"]["low"], found["beijing.guided_acceptance"]["unit"]
    (0.05, 'share')
    """
    from curveshift.scenario import library

    order = list(GROUP_OF_ASSUMPTION)
    out = []
    for name, a in library().assumptions.items():
        out.append(
            {
                "name": name,
                "heading": GROUP_OF_ASSUMPTION[a.group],
                "value": a.describe(),
                **_interval(a),
                "unit": a.unit,
                "support": a.support,
                "bounds": a.bounds,
                "meaning": a.meaning,
                "why": a.why,
                "kind": a.kind,
                "reviewed": a.reviewed,
                "sources": _sources(a.sources),
                "place": order.index(a.group),
            }
        )
    return sorted(out, key=lambda a: (a["place"], a["name"]))


def vars_of(record: Any) -> dict[str, Any]:
    """The fields of a frozen record."""
    from dataclasses import fields

    return {field.name: getattr(record, field.name) for field in fields(record)}


def _sources(sources: Iterable[Source]) -> list[dict[str, Any]]:
    return [vars_of(source) for source in dict.fromkeys(sources)]


def _interval(assumption: Assumption) -> dict[str, float]:
    """Median and the ends that hold 90 %."""
    low, high = assumption.distribution.interval(0.9)
    return {"low": _short(low), "median": _short(assumption.distribution.median), "high": _short(high)}


def _short(value: float) -> float:
    return float(f"{value:.6g}")
