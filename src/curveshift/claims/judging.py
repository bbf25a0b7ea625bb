"""Every claim with the function that judges it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from curveshift.errors import CurveshiftError

from . import fromrecord, levers, simulated
from .evidence import Evidence, Progress
from .findings import NOT_TESTABLE, Finding, Findings
from .stated import Claim, statement, statements

DRAWS: Final = 4096

JUDGES: Final[Mapping[str, Callable[[Claim, Evidence], Finding]]] = {
    "scaling-is-smooth": fromrecord.scaling_is_smooth,
    "ability-follows-scale": fromrecord.ability_follows_scale,
    "cost-falls-fourfold": fromrecord.cost_falls_fourfold,
    "faster-than-in-2020": fromrecord.faster_than_in_2020,
    "savings-are-spent": fromrecord.savings_are_spent,
    "new-paradigm-is-cheap-early": fromrecord.new_paradigm_is_cheap_early,
    "many-can-follow-early": fromrecord.many_can_follow_early,
    "v3-is-on-trend": fromrecord.v3_is_on_trend,
    "v3-trails-by-seven-to-ten-months": fromrecord.v3_trails_by_seven_to_ten_months,
    "v3-was-first-at-its-cost": fromrecord.v3_was_first_at_its_cost,
    "v3-does-not-show-failure": simulated.v3_does_not_show_failure,
    "controls-had-held-compute-down": simulated.controls_had_held_compute_down,
    "needs-millions-of-chips": simulated.needs_millions_of_chips,
    "by-2027": simulated.by_2027,
    "bipolar-if-china-gets-millions": simulated.bipolar_if_china_gets_millions,
    "unipolar-if-not": simulated.unipolar_if_not,
    "lead-becomes-durable": simulated.lead_becomes_durable,
    "controls-are-the-main-lever": levers.controls_are_the_main_lever,
    "cheaper-ai-makes-controls-matter-more": levers.cheaper_ai_makes_controls_matter_more,
    "millions-cannot-be-hidden": levers.millions_cannot_be_hidden,
}
"""By name; a claim without one is not testable with these facts, and its record says what is lacking."""


def judge(
    names: str | Sequence[str] | None = None,
    settings: Sequence[str] | Mapping[str, Any] = (),
    *,
    assumptions: str | Path | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Findings:
    """Judge claims of the argument by the record and by the simulation.

    Parameters
    ----------
    names : str or sequence of str, optional
        All claims unless given.
    settings, assumptions, draws, seed, threads, progress
        As in `curveshift.simulate`; of no effect on claims judged by the record.

    Returns
    -------
    Findings

    Raises
    ------
    CurveshiftError
        For an unknown claim, and whatever `curveshift.simulate` refuses.

    Examples
    --------
    >>> found = judge("many-can-follow-early")
    >>> found["many-can-follow-early"].verdict
    'supported'
    """
    return judged(names, Evidence(draws, seed, settings, assumptions, threads, progress))


def judged(names: str | Sequence[str] | None, evidence: Evidence) -> Findings:
    """Judge claims by evidence that is kept, so that its runs can be used for something else too."""
    from curveshift import facts
    from curveshift.decide import provenance

    asked = [names] if isinstance(names, str) else names
    chosen = statements() if asked is None else tuple(statement(name) for name in asked)
    items = tuple(_judged(claim, evidence) for claim in chosen)
    about: dict[str, Any] = {
        "facts_sha256": facts.digest(),
        "posterior_data_sha256": evidence.posterior.panel.digest(),
    }
    cited = ""
    if evidence.simulated:
        about["simulation"] = provenance(evidence.ensemble)
        cited = evidence.ensemble.sources()
    return Findings(items, about, cited)


def _judged(claim: Claim, evidence: Evidence) -> Finding:
    if claim.name in JUDGES:
        return JUDGES[claim.name](claim, evidence)
    if not claim.found:
        raise CurveshiftError(
            "no judge: name one in JUDGES of claims/judging.py, or say under found what is missing",
            claim.name,
        )
    return Finding(claim, NOT_TESTABLE, claim.found, flip=claim.settled_by)
