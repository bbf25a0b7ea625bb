"""What a ruling says, in words: for the command and for the page alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curveshift.controls import Change, Ruling, Step


def status(r: Ruling) -> str:
    """Status and licence policy in words, with what is uncertain about them.

    Examples
    --------
    >>> from curveshift.controls import classify
    >>> status(classify("H20", "CN", "2025-04-20"))
    'licence required, presumption of denial'
    """
    told = str(r.status).replace("_", " ")
    policy = "" if not r.licence_policy else f", {str(r.licence_policy).replace('_', ' ')}"
    unsettled = " unless what is open changes it" if policy and r.confidence == 0 else ""
    told = f"{told}{policy}{unsettled}"
    return f"probably {told} ({r.chance:.2f})" if r.chance < 1.0 else told


def facts(r: Ruling) -> list[tuple[str, str]]:
    """The answer line by line; what is empty is left out."""
    lines = [
        ("status", status(r)),
        ("paragraph", "; ".join(r.paragraphs) or "none"),
        ("exceptions", "; ".join(r.exceptions)),
        ("conditions", "; ".join(r.conditions)),
        ("rests on", rests_on(r)),
        ("open", "; ".join(f"{path} ({', '.join(what)})" for path, what in r.undecided)),
        ("assumed", "; ".join(r.assumptions)),
    ]
    return [line for line in lines if line[1]]


def rests_on(r: Ruling) -> str:
    """How well the answer is founded."""
    letter = "a letter that was never published; " if r.rests_on_letter else ""
    return f"{letter}{r.evidence} evidence"


def examined(r: Ruling, every: bool = False) -> list[tuple[str, str, str, str, str]]:
    """Tests that decide, or all: test, metric, value, rule, outcome."""
    chosen = [s for s in r.trace if every or (s.reached and s.test.split(".")[0] in r.basis)]
    chosen = chosen or [s for s in r.trace if s.reached]
    return [
        (
            s.test,
            s.metric,
            "-" if s.value is None else f"{s.value:,.5g}",
            f"{s.op} {s.threshold:,.6g}",
            outcome(s),
        )
        for s in chosen
    ]


def outcome(s: Step) -> str:
    """Outcome of a test in words."""
    told = {True: "met", False: "not met", None: "open"}[s.outcome]
    return told if s.reached else f"{told}, does not reach this"


def other(change: Change) -> str:
    """What an answer would change to."""
    policy = f", {change.licence_policy}" if change.licence_policy else ""
    paragraphs = f" ({'; '.join(change.paragraphs)})" if change.paragraphs else ""
    return f"{change.status}{policy}".replace("_", " ") + paragraphs
