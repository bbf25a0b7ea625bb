"""The test of one model against the cost curve, step by step, as the command and the page show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from curveshift.claims import Findings
    from curveshift.trends import OnTrend, Posterior

CLAIM: Final = "v3-is-on-trend"
_ROW: Final = 58
PICKED: Final = (
    "It was chosen because it was talked about: a model picked for being cheap lies low among the expected."
)


def steps(found: OnTrend) -> list[tuple[str, str]]:
    """The reckoning line by line: what is done, and the median with its 90 % interval.

    Examples
    --------
    >>> from curveshift import trends
    >>> [step for step, _ in steps(trends.on_trend("DeepSeek-V3"))][4]
    '4. Expected cost, USD'
    """
    dollars = 10.0 ** found.log10_usd_per_flop[0]
    lines = [
        (
            f"1. Capability from {len(found.candidate.scores or {})} scores, orders of magnitude",
            _told(found.capability),
        ),
        ("2. Training FLOP of another of that capability and date", _told(10.0**found.expected_log10_flop)),
        ("   by the average recipe, whatever others usually spend", _told(10.0**found.recipe_log10_flop)),
        (f"3. Dollars for one FLOP then ({found.definition})", f"{dollars:.3g}"),
        ("4. Expected cost, USD", _told(10.0**found.expected_log10_usd)),
    ]
    if found.actual is not None:
        lines += [
            ("5. What it cost, USD", f"{found.actual.usd_central:.3g}"),
            ("6. Percentile of that among what is expected", f"{100.0 * (found.percentile or 0.0):.0f} %"),
        ]
        if found.compute_percentile is not None:
            lines.append(("   the same for its compute", f"{100.0 * found.compute_percentile:.0f} %"))
        lines += [
            ("7. Expected over actual cost", _told(10.0**found.log10_ratio)),
            ("   in months ahead of the cost curve", _told(found.months_ahead)),
        ]
    return [
        *lines,
        ("Cost of a fixed capability falls, times a year", _told(10.0**found.yearly_fall_oom)),
        ("Months since another US model had its capability", _told(found.behind_frontier_months)),
    ]


def rivals(found: OnTrend) -> list[tuple[str, str, str, str]]:
    """Each rival: months older, its capability as a multiple of compute, its expected cost as a multiple."""
    return [
        (r.name, f"{r.months_older:.1f}", _told(10.0**r.capability_gap_oom), _told(r.expected_ratio))
        for r in found.rivals
    ]


def essay_lines(found: OnTrend) -> list[tuple[str, str, str]]:
    """The essay's arithmetic beside the record's; nothing for a model that it does not reckon with."""
    from curveshift.trends import essay, essay_arithmetic

    if found.candidate.name != essay().model or all(r.name != essay().rival for r in found.rivals):
        return []
    return [(line.step, line.essay, line.record) for line in essay_arithmetic(found)]


def notes(found: OnTrend) -> list[str]:
    """What to keep in mind of this answer."""
    return [
        *found.remarks,
        PICKED,
        f"Draws: {len(found.posterior)}, {found.kept_share:.0%} effective without the model itself.",
    ]


def trend_page(found: OnTrend, command: str, judged: Findings | None) -> dict[str, Any]:
    """Everything that the page shows of one model.

    Parameters
    ----------
    found : OnTrend
    command : str
        The command that gives the same.
    judged : Findings, optional
        Stored verdicts, for the standards by which the claim on DeepSeek-V3 is judged.

    Returns
    -------
    dict
        What `OnTrend.to_dict` gives, and under ``page`` the same in words and as drawings.
    """
    from curveshift.trends import essay

    from .ontrend_figures import points
    from .ontrend_panels import HEIGHT, density_panel, main_panel, side_panel
    from .reading_figures import filling

    frame, measure = points(found)
    drawn = {
        "main": filling(main_panel(frame, measure), height=HEIGHT),
        "rivals": filling(side_panel(frame, measure), height=_ROW * (2 + len(found.rivals))),
    }
    if measure.actual is not None:
        drawn["density"] = filling(density_panel(measure), height=130)
    claim = judged[CLAIM] if judged is not None and found.candidate.name == essay().model else None
    return {
        **found.to_dict(),
        "page": {
            "title": found.verdict,
            "steps": steps(found),
            "cost": None
            if found.actual is None
            else {
                "basis": found.actual.basis,
                "low": found.actual.usd_low,
                "high": found.actual.usd_high,
                "steps": [(text, f"{value:,.6g}") for text, value in found.actual.steps],
            },
            "rivals": rivals(found),
            "essay": essay_lines(found),
            "claim": None if claim is None else {"told": claim.told, "found": claim.sentence},
            "notes": notes(found),
            "sources": found.sources(),
            "command": command,
            "figures": drawn,
        },
    }


def models_page(found: Posterior, shipped: Sequence[str]) -> dict[str, Any]:
    """Models that can be tested, newest first, and the choices of the test."""
    from curveshift import facts
    from curveshift.trends import essay
    from curveshift.trends.costs import DEFINITIONS

    rows = {row["model"]: row for row in facts.rows("models")}
    data = found.panel
    named = [
        {
            "name": name,
            "bloc": bloc,
            "released": rows[name]["release_date"],
            "developer": rows[name]["developer"],
        }
        for name, bloc in zip(data.models, data.blocs, strict=True)
    ]
    return {
        "first": essay().model,
        "models": sorted(named, key=lambda m: (m["released"], m["name"]), reverse=True),
        "definitions": DEFINITIONS,
        "against": {"us": "US recipes", "own": "recipes of its own bloc"},
        "known_by": list(shipped),
    }


def _told(draws: Any) -> str:
    from curveshift.trends import three

    low, central, high = (("never" if q is None else f"{q:.3g}") for q in three(draws))
    return f"{central} ({low} to {high})"
