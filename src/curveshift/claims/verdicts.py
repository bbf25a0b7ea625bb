"""The verdicts at the shipped assumptions, kept with the package so that a brief or a page shows them without a run."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from curveshift.records import read_compiled, write_compiled

from .findings import Figure, Finding, Findings
from .stated import DATA, statement

if TYPE_CHECKING:
    from curveshift.decide import Ranges

    from .evidence import Evidence

STORED: Final = DATA / "verdicts.json"
ROOT: Final = Path(__file__).parents[1]
READ: Final = (
    "facts/data/*.csv", "controls/data/compiled.json", "scenario/data/*.json", "trends/data/*.json",
    "trends/data/*.npz", "world/data/*.json", "claims/data/claims.json",
)  # fmt: skip
"""Every file that a verdict may rest on."""


@dataclass(frozen=True)
class Shipped:
    """What judging every claim with its default arguments gave.

    Attributes
    ----------
    findings : Findings
    ranges : Ranges
        How far policies and groups of assumptions move the outcomes, from the same runs.
    """

    findings: Findings
    ranges: Ranges


def shipped() -> Shipped | None:
    """The verdicts that came with the package; None when a record that they rest on has changed since.

    Examples
    --------
    >>> found = shipped()
    >>> found is None or found.findings["many-can-follow-early"].verdict == "supported"
    True
    """
    from curveshift import facts
    from curveshift.decide import Ranges

    data = read_compiled(STORED)
    # The files may be as they were while the tables in use are a user's own.
    if data["rests_on_sha256"] != rests_on() or data["provenance"]["facts_sha256"] != facts.digest():
        return None
    items = tuple(_finding(row) for row in data["findings"])
    return Shipped(Findings(items, data["provenance"], data["cited"]), Ranges.from_data(data["ranges"]))


def store(findings: Findings, evidence: Evidence, target: Path = STORED) -> str:
    """Write what `judged` found of every claim; return the SHA-256 of the file.

    Parameters
    ----------
    findings : Findings
    evidence : Evidence
        That they were judged by, made with its default arguments.
    target : Path
        The shipped file by default.
    """
    return write_compiled(
        target,
        {
            "rests_on_sha256": rests_on(),
            "provenance": dict(findings.provenance),
            "cited": findings.cited,
            "findings": [asdict(one) | {"claim": one.claim.name} for one in findings.items],
            "ranges": asdict(evidence.importance.ranges),
        },
    )


def rests_on() -> str:
    """SHA-256 over every shipped record that a verdict may rest on; the code is held by a test instead."""
    total = hashlib.sha256()
    for path in sorted(path for pattern in READ for path in ROOT.glob(pattern)):
        total.update(f"{path.relative_to(ROOT).as_posix()}:".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _finding(row: dict[str, Any]) -> Finding:
    figures = tuple(Figure(**figure) for figure in row["figures"])
    return Finding(**{**row, "claim": statement(row["claim"]), "figures": figures})
