"""What is claimed: each sentence of the argument, and the rule by which it is judged, as the runtime reads "
"them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from curveshift.errors import unknown_name
from curveshift.records import read_compiled

DATA: Final = Path(__file__).parent / "data"
COMPILED: Final = DATA / "claims.json"


@dataclass(frozen=True)
class Claim:
    """One sentence that can be judged.

    Attributes
    ----------
    name : str
    part : int
        Part of the argument, 1 to 7.
    sentence : str
        What is claimed, in our words.
    rule : str
        When it is supported.
    cuts : mapping of str to float
        The numbers of the rule.
    basis : {"record", "simulation", "none"}
        What it is judged by; nothing when the facts cannot carry it.
    hinge : str
        The assumption on which the verdict turns.
    settled_by : str
        What evidence would change or settle it.
    command : str
        Shows the numbers behind it.
    found : str
        What there is to say of a claim that the facts cannot carry; empty for one that is judged.
    """

    name: str
    part: int
    sentence: str
    rule: str
    cuts: Mapping[str, float]
    basis: Literal["record", "simulation", "none"]
    hinge: str
    settled_by: str
    command: str
    found: str


@cache
def _stored() -> dict[str, Any]:
    return read_compiled(COMPILED)


@cache
def statements() -> tuple[Claim, ...]:
    """Every claim, in the order of the argument.

    Examples
    --------
    >>> statements()[0].name
    'scaling-is-smooth'
    """
    return tuple(Claim(**record) for record in _stored()["claims"])


def statement(name: str) -> Claim:
    """One claim by name.

    Raises
    ------
    CurveshiftError
        For an unknown name, with the nearest ones.
    """
    known = {claim.name: claim for claim in statements()}
    if name not in known:
        raise unknown_name("claim", name, known)
    return known[name]


def source() -> str:
    """Where the argument comes from."""
    found: str = _stored()["source"]
    return found


def sure() -> float:
    """Probability from which a yes-or-no claim is supported."""
    return float(_stored()["cuts"]["sure"])


def unlikely() -> float:
    """Probability up to which it is not supported."""
    return float(_stored()["cuts"]["unlikely"])
