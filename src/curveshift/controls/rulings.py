"""One part, one transaction: is a licence needed, under which paragraph, and how is it judged?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum

from curveshift.controls.chips import ChipSpec
from curveshift.controls.deals import Deal, deal
from curveshift.controls.instruments import (
    EVIDENCE,
    Citation,
    Clause,
    Instrument,
    LicencePolicy,
    RuleBook,
    rule_book,
)
from curveshift.controls.metrics import METRICS
from curveshift.controls.places import place

DISCLAIMER = "This is not legal advice: it shows how published rules read on known specifications."
JUDGED = ("chip", "hbm", "buyer")
"""Scopes that a ruling weighs; the others are kept as dated facts."""
EXCEPTIONS = ("notify", "exempt")


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
class Step:
    """One test in the trace of a ruling; ``value`` is ``None`` where the specifications do not settle it.

    ``reached`` says whether the clause of the test reaches the transaction at all.
    """

    test: str
    metric: str
    value: float | None
    op: str
    threshold: float
    unit: str
    outcome: bool | None
    missing: tuple[str, ...]
    reached: bool | None = True


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
        The paragraphs that decide; for a part that needs no licence, those that list it all the same.
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
        Probability of this answer, over the specifications that are known only as intervals.
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
        """The deciding paragraphs in one line."""
        return "; ".join(self.paragraphs)

    @property
    def answer(self) -> str:
        """Status, policy and paragraphs in one line: two rulings with one answer say the same."""
        policy = "" if self.licence_policy is LicencePolicy.NONE else f", {self.licence_policy}"
        return f"{self.status}{policy}" + (f" ({self.paragraph})" if self.paragraphs else "")

    def _repr_html_(self) -> str:
        import html

        rows = {
            "status": str(self.status).replace("_", " "),
            "paragraph": self.paragraph or "none",
            "licence policy": str(self.licence_policy).replace("_", " "),
            "sources": "; ".join(c.ref for c in self.citations) or "none",
        }
        body = "".join(f"<tr><th>{k}</th><td>{html.escape(v)}</td></tr>" for k, v in rows.items())
        title = html.escape(f"{self.chip} to {self.to} on {self.on}")
        return f"<table><caption>{title}</caption>{body}</table><p>{self.disclaimer}</p>"

    def sources(self) -> str:
        """Markdown list of the texts that the answer rests on."""
        return "".join(f"- {c.ref}{f' <{c.url}>' if c.url else ''} ({c.evidence})\n" for c in self.citations)


@dataclass(frozen=True)
class Finding:
    """Whether a part meets the tests of a clause, whatever the transaction."""

    instrument: Instrument
    clause: Clause
    item: bool | None
    missing: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def path(self) -> str:
        return f"{self.instrument.id}.{self.clause.id}"

    def acts_on(self, other: Finding) -> bool:
        """Whether its clause names the other one or its instrument."""
        return other.path in self.clause.of or other.instrument.id in self.clause.of


@dataclass(frozen=True)
class Reached:
    """A finding and whether its clause reaches the transaction; met only when both hold."""

    finding: Finding
    reached: bool
    met: bool | None


def destination(to: str) -> str:
    """Two-letter code of a destination, from its code or English name.

    Examples
    --------
    >>> destination("Hong Kong")
    'HK'
    """
    return place(to)


def _all(outcomes: Iterable[bool | None]) -> bool | None:
    """Three-valued and: false if any is, else unknown if any is, else true."""
    seen = list(outcomes)
    if any(o is False for o in seen):
        return False
    return None if any(o is None for o in seen) else True


def _not(outcome: bool | None) -> bool | None:
    return None if outcome is None else not outcome


def examine(chip: ChipSpec, instruments: Iterable[Instrument]) -> list[list[Finding]]:
    """Test a part against every clause of every instrument; no transaction is needed for that."""
    measured = {name: metric(chip) for name, metric in METRICS.items()}
    found: list[list[Finding]] = []
    for instrument in instruments:
        addressees = {name.casefold() for name in instrument.addressed_to}
        maker: bool | None = True
        if addressees:
            maker = None if chip.maker is None else chip.maker.casefold() in addressees
        own: dict[str, Finding] = {}
        for clause in instrument.clauses:
            steps = []
            for test in clause.tests:
                value = measured[test.metric]
                outcome = value.decide(test.op, test.value)
                shown = value.low if value.low == value.high else None
                missing = value.missing if outcome is None else ()
                path = f"{instrument.id}.{clause.id}.{test.key}"
                steps.append(Step(path, test.metric, shown, test.op, test.value, test.unit, outcome, missing))
            others = [own[name] for name in clause.unless]
            item = _all([maker, *(s.outcome for s in steps), *(_not(o.item) for o in others)])
            if clause.named:
                named = chip.name in clause.named
                item = maker is not False if named else (item if clause.tests else False)
            if item is True and clause.open is not None:
                item = None
            open_specs = [*(m for s in steps for m in s.missing), *(m for o in others for m in o.missing)]
            if maker is None:
                open_specs.append("maker")
            if clause.open is not None:
                open_specs.append(clause.open)
            missing = tuple(dict.fromkeys(open_specs)) if item is None else ()
            own[clause.id] = Finding(instrument, clause, item, missing, tuple(steps))
        found.append(list(own.values()))
    return found


def judged(book: RuleBook, reading: str = "enforced") -> list[Instrument]:
    """Instruments that a ruling weighs, whatever the day; those not enforced only when the text is asked for."""
    return [i for i in book.instruments if i.scope in JUDGED and (i.enforced or reading == "text")]


def reaches(instruments: Iterable[Instrument], about: Deal) -> tuple[int, ...]:
    """Which clauses reach a transaction, by which of their reaches: two equal ones get one ruling."""
    found: list[int] = []
    for instrument in instruments:
        if not instrument.in_text(about.on):
            found.append(-2)
            continue
        binds = instrument.in_force(about.on)
        for clause in instrument.clauses:
            where = (k for k, r in enumerate(clause.reach) if r.holds(about))
            found.append(next(where, -1) if binds else -1)
    return tuple(found)


def rule_on(
    chips: Sequence[ChipSpec], deals: Sequence[Deal], instruments: Sequence[Instrument], reviewed: date
) -> tuple[list[list[Ruling]], list[int]]:
    """Rule on parts and transactions; returns the distinct rulings of each part and the one of each deal."""
    columns: dict[tuple[int, ...], int] = {}
    column = [columns.setdefault(reaches(instruments, d), len(columns)) for d in deals]
    firsts = [deals[column.index(k)] for k in range(len(columns))]
    rows = []
    for chip in chips:
        findings = examine(chip, instruments)
        rows.append([decide(chip, findings, about, reviewed) for about in firsts])
    return rows, column


def ruling(chip: ChipSpec, on: date, *, to: str = "CN", rules: RuleBook | None = None) -> Ruling:
    """Decide whether a chip may be exported from the United States on a day to a buyer at home there.

    The rule in force on the day of export counts, not the day on which it was announced. A letter adds a
    need for a licence only where the listed paragraphs leave none. A test that the known specifications
    cannot decide never loosens a ruling: an open paragraph leaves the status undecided, an open exception
    is not granted. `classify` asks about other buyers and transactions.

    Parameters
    ----------
    chip : ChipSpec
        The part.
    on : datetime.date
        Day of export.
    to : str
        Destination, as code or English name.
    rules : RuleBook, optional
        Another rule book, from `rule_book`; the recorded one by default.

    Returns
    -------
    Ruling

    Raises
    ------
    CurveshiftError
        For an unknown destination.

    Notes
    -----
    Valid for exports from 26 August 2022 to the review date of the rule book; a later day gets the last known
    rules.

    Examples
    --------
    >>> h20 = ChipSpec("H20", tpp=2368, die_area_mm2=814, nonplanar=True, memory_bandwidth_gbs=4000,
    ...                interconnect_gbs=900, pcie_bidir_gbs=128, datacenter=True, maker="NVIDIA")
    >>> for day in (date(2025, 4, 8), date(2025, 4, 9)):
    ...     print(ruling(h20, day).status)
    not_controlled
    licence_required
    """
    book = rules if rules is not None else rule_book()
    return judge(chip, judged(book), deal(on, destination(to)), book.reviewed)


def judge(chip: ChipSpec, instruments: Iterable[Instrument], about: Deal, reviewed: date) -> Ruling:
    """Rule on a part under a given set of instruments, each on the days on which it stands in the rules."""
    return decide(chip, examine(chip, instruments), about, reviewed)


def decide(chip: ChipSpec, findings: Iterable[Sequence[Finding]], about: Deal, reviewed: date) -> Ruling:
    """Rule on a part that has been examined: which clauses reach the transaction, and what follows."""
    all_found = [
        Reached(f, reached, f.item if reached else False)
        for group in findings
        if group and group[0].instrument.in_text(about.on)
        for f in group
        for reached in (f.instrument.in_force(about.on) and f.clause.reached_by(about) is not None,)
    ]
    controls = [r for r in all_found if r.finding.clause.effect == "control"]
    listed = [r.finding for r in controls if r.met and r.finding.instrument.kind != "letter"]
    letters = [r.finding for r in controls if r.met and r.finding.instrument.kind == "letter"]
    open_controls = [r.finding for r in controls if r.met is None]

    acting = [r for r in all_found if r.reached and r.finding.clause.of and r.finding.item is not False]
    granted = [r.finding for r in acting if r.met and r.finding.clause.effect in EXCEPTIONS]
    licensed = [c for c in listed if not any(f.acts_on(c) for f in granted)]
    governing = licensed or letters
    used = [f for f in granted if any(f.acts_on(c) for c in listed)]

    basis = governing
    relevant: list[Finding] = []
    if governing:
        status = Status.LICENCE_REQUIRED
        if not licensed:
            relevant = [f for f in open_controls if f.instrument.kind != "letter"]
    elif open_controls:
        status, relevant = Status.UNDECIDED, open_controls
    elif used:
        notified = any(f.clause.effect == "notify" for f in used)
        status = Status.NOTIFICATION if notified else Status.NO_LICENCE_REQUIRED
        basis = listed + used
    else:
        elsewhere = [
            r.finding
            for r in controls
            if not r.reached and r.finding.clause.tests and r.finding.instrument.kind == "rule"
        ]
        basis = [f for f in elsewhere if f.item]
        known = all(f.item is False for f in elsewhere)
        status = Status.NOT_CONTROLLED if known else Status.NO_LICENCE_REQUIRED
    touching = [r for r in acting if any(r.finding.acts_on(c) for c in governing)]
    relevant = relevant + [r.finding for r in touching if r.met is None]

    met = [r.finding for r in touching if r.met]
    policy, deciding = _policy(governing, [f for f in met if f.clause.effect == "policy"])
    conditions = deciding + [f for f in met if f.clause.effect == "condition"]
    offers = [f for f in met if f.clause.effect == "offer"]
    amounts = {v.key: v.value for f in (*conditions, *used) for v in f.clause.conditions}
    exceptions = [f.clause.paragraph for f in used if not governing]
    exceptions += [f"{f.clause.paragraph}, if its conditions are met" for f in offers]
    resting = basis + conditions
    weighed = resting or [r.finding for r in controls if r.reached]
    return Ruling(
        chip=chip.name,
        on=about.on,
        to=about.to,
        status=status,
        paragraphs=tuple(
            dict.fromkeys(f.clause.paragraph for f in basis if f.clause.effect not in EXCEPTIONS)
        ),
        licence_policy=policy,
        cap_share_of_us_volume=amounts.get("cap_share_of_us_volume"),
        fee_share=amounts.get("fee_share"),
        tariff_share=amounts.get("tariff_share"),
        notice_days=amounts.get("notice_days") if status is Status.NOTIFICATION else None,
        requirements=tuple(r for f in conditions for r in f.clause.requirements),
        exceptions=tuple(dict.fromkeys(exceptions)),
        basis=tuple(dict.fromkeys(f.instrument.id for f in resting)),
        rests_on_letter=bool(letters) and not licensed,
        evidence=_weakest(weighed, about),
        trace=tuple(
            replace(s, reached=False) if not r.reached else s for r in all_found for s in r.finding.steps
        ),
        undecided=tuple((f.path, f.missing) for f in relevant),
        citations=tuple(dict.fromkeys(c for f in (*resting, *offers) for c in _cited(f, about))),
        reviewed=reviewed,
        buyer_headquarters=about.headquarters,
        end_user=about.end_user,
        transaction=about.transaction,
    )


def _cited(finding: Finding, about: Deal) -> list[Citation]:
    """Where a clause is written: the paragraph, and its thresholds when they come from elsewhere."""
    clause = finding.clause
    keys = [clause.cite, *(v.cite for v in (*clause.tests, *clause.conditions))]
    reach = clause.reached_by(about)
    if reach is not None and reach.cite is not None:
        keys.append(reach.cite)
    return [finding.instrument.citation(key) for key in dict.fromkeys(keys)]


def _weakest(findings: Iterable[Finding], about: Deal) -> str:
    classes = [c.evidence for f in findings for c in _cited(f, about)]
    return max(classes, key=EVIDENCE.index, default="primary")


def _policy(governing: list[Finding], policies: list[Finding]) -> tuple[LicencePolicy, list[Finding]]:
    """Strictest policy over the paragraphs that need a licence, each under the latest that acts on it."""
    strictest, deciding = LicencePolicy.NONE, []
    for control in governing:
        applying = [p for p in policies if p.acts_on(control)]
        latest = applying[0] if applying else None
        for p in applying[1:]:
            # Of two in one instrument the later paragraph is the more special.
            if latest is not None and p.instrument.effective >= latest.instrument.effective:
                latest = p
        found = (latest or control).clause.licence_policy
        if found > strictest:
            strictest, deciding = found, [latest] if latest else []
    return strictest, deciding
