"""The answer to one question: status, paragraph, policy, and its grounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from curveshift import notebooks
from curveshift.controls.findings import Step
from curveshift.controls.instruments import Citation, LicencePolicy

DISCLAIMER = "This is not legal advice: it shows how published rules read on known specifications."


class Status(IntEnum):
    """What must happen before a part may leave; codes rise with strictness, and undecided is last."""

    NOT_CONTROLLED = 0
    NO_LICENCE_REQUIRED = 1
    NOTIFICATION = 2
    LICENCE_REQUIRED = 3
    UNDECIDED = 4

    def __str__(self) -> str:
        return self.name.lower()

    @property
    def free(self) -> bool:
        """Whether the part may go without a licence and without notice."""
        return self <= Status.NO_LICENCE_REQUIRED


@dataclass(frozen=True)
class Change:
    """Something that would change a ruling, and to what."""

    what: str
    status: Status
    paragraphs: tuple[str, ...]
    licence_policy: LicencePolicy


@dataclass(frozen=True)
class Ruling:
    """The answer, with its grounds. Not legal advice.

    Attributes
    ----------
    status : Status
        Whether the part is controlled, and what must happen before it may leave.
    paragraphs : tuple of str
        The paragraphs that decide, that of the part first; for a part that needs no licence, and where the
        answer is open, those that list it all the same. ``paragraph`` is the first of them.
    licence_policy : LicencePolicy
        How an application would be judged.
    exceptions : tuple of str
        Licence exceptions that apply, and those that may apply under further conditions.
    cap_share_of_us_volume, fee_share, tariff_share, notice_days : float, optional
        Numbers that come with the licence or the exception; shares of 1, and days.
    requirements : tuple of str
        What the licence asks besides.
    basis : tuple of str
        Identifiers of the instruments that decide.
    rests_on_letter : bool
        Whether without a letter that nobody published no licence would be needed.
    evidence : str
        The weakest evidence on which the answer rests.
    confidence : float
        Probability of this answer, over the specifications that are known only as intervals; 0 when undecided, and
        when something open could change the licence policy.
    likely : tuple of (str, float)
        Every answer with its probability, when there is more than one.
    trace : tuple of Step
        Every test of every clause in force, with value, threshold and outcome.
    undecided : tuple of (str, tuple of str)
        Open clauses that could change the answer, with the specifications or facts that are missing.
    citations : tuple of Citation
        Where the deciding paragraphs are written.
    would_change : tuple of Change
        What would change the answer; filled by `classify` for one chip.
    assumptions, warnings : tuple of str
        What was taken for granted, and what to beware of.
    """

    chip: str
    on: date
    to: str
    status: Status
    paragraphs: tuple[str, ...]
    licence_policy: LicencePolicy
    cap_share_of_us_volume: float | None
    fee_share: float | None
    tariff_share: float | None
    requirements: tuple[str, ...]
    basis: tuple[str, ...]
    rests_on_letter: bool
    trace: tuple[Step, ...]
    undecided: tuple[tuple[str, tuple[str, ...]], ...]
    reviewed: date
    exceptions: tuple[str, ...] = ()
    notice_days: float | None = None
    evidence: str = "primary"
    confidence: float = 1.0
    likely: tuple[tuple[str, float], ...] = ()
    citations: tuple[Citation, ...] = ()
    would_change: tuple[Change, ...] = ()
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    buyer_headquarters: str = ""
    end_user: str = "civil"
    transaction: str = "export"
    disclaimer: str = DISCLAIMER

    @property
    def paragraph(self) -> str:
        """The first of the paragraphs: that of the part itself, where one lists it."""
        return self.paragraphs[0] if self.paragraphs else ""

    @property
    def conditions(self) -> tuple[str, ...]:
        """What comes with the licence or the exception, in words."""
        found = []
        if self.notice_days is not None:
            found.append(f"notice of {self.notice_days:g} calendar days")
        if self.cap_share_of_us_volume is not None:
            found.append(f"at most {self.cap_share_of_us_volume:.0%} of the volume sold in the United States")
        if self.tariff_share is not None:
            found.append(f"tariff of {self.tariff_share:.0%}")
        if self.fee_share is not None:
            found.append(f"{self.fee_share:.0%} of revenue paid to the US government")
        return (*found, *self.requirements)

    @property
    def answer(self) -> str:
        """Status, policy and first paragraph in one line: two rulings with one answer say the same."""
        policy = "" if self.licence_policy is LicencePolicy.NONE else f", {self.licence_policy}"
        return f"{self.status}{policy}" + (f" ({self.paragraph})" if self.paragraphs else "")

    @property
    def chance(self) -> float:
        """Probability of this status and policy under whatever paragraph; 1 where no specification is an interval."""
        words = self.answer.partition(" (")[0]
        return (
            sum(p for answer, p in self.likely if answer.partition(" (")[0] == words) if self.likely else 1.0
        )

    def at(self, on: date, to: str, buyer_headquarters: str) -> Ruling:
        """The same answer for another transaction that the rules treat alike."""
        # Tables make tens of thousands of these, and dataclasses.replace is ten times slower.
        made = object.__new__(Ruling)
        made.__dict__.update(self.__dict__, on=on, to=to, buyer_headquarters=buyer_headquarters)
        return made

    def _repr_html_(self) -> str:
        rows = [
            ("status", str(self.status).replace("_", " ")),
            ("paragraph", "; ".join(self.paragraphs) or "none"),
            ("licence policy", str(self.licence_policy).replace("_", " ")),
            ("sources", "; ".join(c.ref for c in self.citations) or "none"),
        ]
        return notebooks.table([], rows, f"{self.chip} to {self.to} on {self.on}", [self.disclaimer])

    def sources(self) -> str:
        """Markdown list of the texts that the answer rests on."""
        return "".join(f"- {c.ref}{f' <{c.url}>' if c.url else ''} ({c.evidence})\n" for c in self.citations)
