"""The page of the claims: every sentence of the argument with its rule, and its verdict where one is at hand."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from . import words

if TYPE_CHECKING:
    from curveshift.claims import Claim, Figure, Finding, Findings

PARTS: Final = {
    1: "AI gets better smoothly with scale",
    2: "Innovations shift the curve",
    3: "Now and then the paradigm shifts",
    4: "DeepSeek-V3 is an expected point",
    5: "The strongest systems need millions of chips",
    6: "Whether China gets them decides between two worlds",
    7: "So well-enforced export controls are the main lever",
}
"""What each part of the argument says."""

MARKS: Final = {"supported": "✓", "depends": "◐", "not supported": "✗", "not testable with these facts": "?"}
"""A sign for each verdict, so that colour is not needed to tell them apart."""

SAID: Final = {
    "supported": "are supported",
    "depends": "depend on something that is named",
    "not supported": "are not supported",
    "not testable with these facts": "cannot be tested with these facts",
}
"""How the title says how many have each."""

UNJUDGED: Final = (
    "No verdicts are stored for the facts, rules and assumptions that this server holds. The command under each claim "
    "judges it, in about a minute."
)
SHIPPED: Final = (
    "Verdicts are those at the shipped assumptions, by rules that are stated under each claim. Depends: the verdict "
    "turns on an assumption, a definition or a threshold, which is named."
)


def claims_page(stated: tuple[Claim, ...], found: Findings | None) -> dict[str, Any]:
    """Everything that the page of the claims shows.

    Parameters
    ----------
    stated : tuple of Claim
        In the order of the argument.
    found : Findings, optional
        Verdicts on them.

    Returns
    -------
    dict
        ``claims`` with their rules always; ``verdicts`` by name, or nothing.

    Examples
    --------
    >>> from curveshift.claims import statements
    >>> claims_page(statements(), None)["title"]
    'The argument in 24 claims, each with the rule by which it is judged'
    """
    from curveshift.claims.stated import source, sure, unlikely

    title = f"The argument in {len(stated)} claims, each with the rule by which it is judged"
    about: dict[str, Any] = {"verdicts": None, "counts": {}, "lead": UNJUDGED, "basis": ""}
    if found is not None:
        counts = {verdict: count for verdict, count in found.counted().items() if count}
        told = [f"{count} {SAID[verdict]}" for verdict, count in counts.items()]
        title = f"Of {len(found.items)} claims of the argument, {words.listed(told)}"
        about = {
            "verdicts": {one.claim.name: _verdict(one) for one in found.items},
            "counts": counts,
            "lead": SHIPPED,
            "basis": _basis(found),
        }
    return {
        "title": title,
        **about,
        "source": source(),
        "cuts": {"sure": sure(), "unlikely": unlikely()},
        "parts": [{"part": part, "title": says} for part, says in PARTS.items()],
        "marks": MARKS,
        "claims": [asdict(claim) | {"regenerate": f"curveshift claims {claim.name}"} for claim in stated],
    }


def _verdict(one: Finding) -> dict[str, Any]:
    return {
        "verdict": one.verdict,
        "told": one.told,
        "found": one.sentence,
        "on": one.on,
        "flip": one.flip,
        "figures": [_figure(figure) for figure in one.figures],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    """The number, and as it is written."""
    return {
        **asdict(figure),
        "shown": f"{figure.value:.3g}",
        "interval": ""
        if figure.low is None or figure.high is None
        else f"{figure.low:.3g} to {figure.high:.3g}",
    }


def _basis(found: Findings) -> str:
    told = [f"Facts {found.provenance['facts_sha256'][:16]}."]
    simulated = found.provenance.get("simulation")
    if simulated:
        told.append(
            f"Simulated claims: {simulated['draws']} draws, seed {simulated['seed']}, record to {simulated['as_of']}, "
            f"curveshift {simulated['curveshift']}."
        )
    return " ".join(told)
