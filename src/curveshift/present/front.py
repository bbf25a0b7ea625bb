"""The front of the brief: which world, how sure, what decides it, what would change our mind, how good we "
"were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import argument, headline, page, reading, tables, words
from .material import Material

if TYPE_CHECKING:
    from curveshift.decide import Estimate, Ranges, SeriesScore

SHOWN: Final = 3
"""Values that would turn a verdict, of each verdict."""


def top(material: Material, title: str) -> str:
    """The answer, before anything else."""
    ensemble, found = material.ensemble, material.found
    scenario = ensemble.scenario
    line = (
        f"Record to {words.day(scenario.as_of)}, simulation to {scenario.end.year}; {scenario.draws:,} draws, "
        f"seed {scenario.seed}, feedback {ensemble.feedback}, "
        f"{'tied to the observed frontier' if ensemble.tied else 'not tied to the record'}. A brief made by "
        "curveshift."
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
    if material.ranges is not None:
        parts.append(
            page.section("What decides it?", _drivers(material.ranges), command=material.ranges_command)
        )
    parts.append(
        page.section("What would change our mind?", _turns(material), command=material.flips_command)
    )
    if material.findings is not None:
        parts.append(
            page.section(
                "The argument, claim by claim",
                argument.board(material.findings),
                new_page=True,
                command=material.claims_command,
            )
        )
    parts.append(page.section("How good were we before?", _past(), command="curveshift backtest"))
    return f'<div class="front">{"".join(parts)}</div>\n'


def _drivers(found: Ranges) -> str:
    """Ranges over groups of assumptions and over sets of policies, side by side."""
    lag, bipolar = found.outcome("lag"), found.outcome("bipolar")
    if lag.why_not:
        return page.paragraph(lag.why_not)
    widest = [g.group for g in lag.groups[:2]]
    policy = {s.name: s for s in lag.sets}
    set_name, chosen = next(
        iter((n, s) for n, s in policy.items() if n == "plausible"), next(iter(policy.items()))
    )
    said = (
        f"What is not known of {widest[0]} moves the mean lag at the end of 2028 by "
        f"{lag.groups[0].width.value:.1f} months and "
        f"that of {widest[1]} by {lag.groups[1].width.value:.1f}, each from its 10th to its 90th percentile. "
        "The choice among "
        f"{set_name} policies moves it by {chosen.width.value:.1f} ({chosen.low_policy} to "
        f"{chosen.high_policy})."
    )
    points = {g.group: g.width for g in bipolar.groups}
    rows = [
        [
            g.group,
            _range(g.width.value, g.width.low, g.width.high, 1.0),
            _range(points[g.group].value, points[g.group].low, points[g.group].high, 100.0)
            if g.group in points
            else "-",
        ]
        for g in lag.groups
    ]
    for s, t in zip(lag.sets, bipolar.sets, strict=True):
        rows.append([f"policies: {s.name}", _estimate(s.width, 1.0), _estimate(t.width, 100.0)])
    caption = (
        f"Range of the mean; under {found.policy}, all draws, 95 % intervals from sampling. Groups from "
        "their 10th to their "
        "90th percentile; policies from the lowest to the highest of a stated set"
    )
    head = ["what is moved", "lag at the end of 2028, months", "P(bipolar), points"]
    return page.paragraph(said) + page.table(head, rows, caption=caption)


def _range(value: float, low: float, high: float, scale: float) -> str:
    digits = 1 if scale == 1.0 else 0
    return f"{scale * value:.{digits}f} ({scale * low:.{digits}f} to {scale * high:.{digits}f})"


def _estimate(found: Estimate, scale: float) -> str:
    digits = 1 if scale == 1.0 else 0
    return f"{scale * found.value:.{digits}f} (± {2 * scale * found.error:.{digits}f})"


def _turns(material: Material) -> str:
    """For each verdict of the flip table, the most plausible values that would reverse it."""
    lines = []
    for verdict in material.flips.verdicts:
        known = [flip for flip in verdict.flips if flip.supported][:SHOWN]
        ways = [
            f"{f.assumption} {f.at(words.amount)} ({100 * f.prior_beyond:.0f} % of its prior)" for f in known
        ]
        turned = (
            f"It turns with {words.listed(ways, 'or')}."
            if ways
            else "No single assumption inside its prior turns it."
        )
        holds = "holds" if verdict.holds else "does not hold"
        lines.append(f"{verdict.sentence}: {holds}{'' if verdict.clear else ', but not clearly'}. {turned}")
    return page.bullets(lines)


def _past() -> str:
    """Scores of forecasts from days in the past."""
    from curveshift.decide.scored import stored_scores

    stored = stored_scores()
    kept, came = (stored.score("all", policy) for policy in ("frozen", "as-came"))
    said = (
        f"{kept.forecasts} forecasts from {kept.origins} days of 2023 to 2025 with what could be known then: "
        "90 % intervals held "
        f"{words.percent(kept.coverage[0.9][0])} of what came with the rules of the day kept and "
        f"{words.percent(came.coverage[0.9][0])} with the rules as they came, so that they were too narrow. "
        "Against the best of three "
        f"naive forecasts the error was {_less(kept.skill)}, and {_less(came.skill)} with the rules as they "
        "came."
    )
    rows = [
        [
            s.series,
            str(s.forecasts),
            _skill(s),
            words.percent(s.coverage[0.9][0]),
            _skill(stored.score(s.series, "as-came")),
            words.percent(stored.score(s.series, "as-came").coverage[0.9][0]),
        ]
        for s in stored.scores
        if s.policy == "frozen" and s.series != "all"
    ]
    head = ["series", "forecasts", "skill, rules kept", "in 90 %", "skill, rules as they came", "in 90 %"]
    caption = (
        "Skill is 1 less the error (CRPS) over that of the best naive forecast in hindsight: above 0 is "
        "better; 90 % of "
        "bootstrap samples of origins, of which there are four. All are hindcasts: today's vintage of rows "
        "known by then"
    )
    stale = (
        ""
        if stored.current
        else page.paragraph("These scores were made with other facts or settings.", "soft")
    )
    return page.paragraph(said) + page.table(head, rows, caption=caption) + stale


def _less(skill: float | None) -> str:
    if skill is None:
        return "not compared"
    return f"{100 * abs(skill):.0f} % {'smaller' if skill > 0 else 'larger'}"


def _skill(score: SeriesScore) -> str:
    if score.skill is None or score.skill_range is None:
        return "-"
    low, high = score.skill_range
    return f"{score.skill:+.2f} ({low:+.2f} to {high:+.2f})"
