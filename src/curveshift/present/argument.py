"""The parts of the brief that judge the argument: DeepSeek-V3 on the cost curve, and every claim with its "
"verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import page

if TYPE_CHECKING:
    from curveshift.claims import Finding, Findings
    from curveshift.trends import OnTrend


def on_the_curve() -> tuple[OnTrend, str]:
    """The test of DeepSeek-V3 and what the brief says of it."""
    from curveshift.claims.fromrecord import standards

    found, own, then = standards().values()
    places = [f"{100 * (test.percentile or 0.0):.0f}" for test in (found, own, then)]
    said = (
        f"{found.verdict} Against its own bloc's recipes it lies at percentile {places[1]}; by what was "
        "public on "
        f"29 January 2025, at percentile {places[2]}."
    )
    return found, said


def arithmetic(found: OnTrend) -> str:
    """The essay's own steps beside the same ones from the record, as a table."""
    from curveshift.trends import essay_arithmetic

    rows = [[line.step, line.essay, line.record] for line in essay_arithmetic(found)]
    caption = "The essay's arithmetic, and the same steps from the record (90 % intervals)"
    return page.table(["step", "essay", "record"], rows, caption=caption, numeric=False)


def board(found: Findings) -> str:
    """Every claim with its verdict and its number: one line each."""
    rows = [
        [one.claim.sentence, one.told.removesuffix(" with these facts"), _number(one)] for one in found.items
    ]
    counts = ", ".join(f"{count} {verdict}" for verdict, count in found.counted().items() if count)
    caption = f"By stated rules: {counts}"
    return page.table(
        ["claim", "verdict", "number (90 %)"], rows, caption=caption, numeric=False, kind="claims"
    )


def in_full(found: Findings) -> str:
    """Each claim with its rule, its numbers, its hinge and what would turn it."""
    return "".join(
        page.folded(f"{one.claim.sentence} {one.told.capitalize()}.", _whole(one)) for one in found.items
    )


def _number(one: Finding) -> str:
    return str(one.figures[0]) if one.figures else ""


def _whole(one: Finding) -> str:
    claim = one.claim
    told = {
        "Found": one.sentence,
        **({"Numbers": "; ".join(map(str, one.figures))} if one.figures else {}),
        "Rule": claim.rule,
        "Hinges on": claim.hinge,
        **({"Turned by": one.flip} if one.flip else {}),
        "Settled by": claim.settled_by,
        "Command": f"curveshift claims {claim.name}; {claim.command}",
    }
    return page.definitions(told)
