"""One part, one transaction: is a licence needed, under which paragraph, and how is it judged?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from curveshift.controls.answers import Ruling, Status
from curveshift.controls.chips import ChipSpec
from curveshift.controls.deals import Deal, deal
from curveshift.controls.findings import Finding, Step, examine
from curveshift.controls.instruments import (
    EVIDENCE,
    Citation,
    Instrument,
    LicencePolicy,
    RuleBook,
    rule_book,
)
from curveshift.controls.places import place

JUDGED = ("chip", "hbm", "buyer")
"""Scopes that a ruling weighs; the others are kept as dated facts."""
EXCEPTIONS = ("notify", "exempt")


def destination(to: str) -> str:
    """Two-letter code of a destination, from its code or English name.

    Examples
    --------
    >>> destination("Hong Kong")
    'HK'
    """
    return place(to)


def judged(book: RuleBook, reading: str = "enforced") -> list[Instrument]:
    """Instruments that a ruling weighs in one reading, whatever the day."""
    return [i for i in book.instruments if i.scope in JUDGED and i.read(reading)]


NOT_IN_TEXT, NOT_REACHED = -2, -1
NOT_READ = "the text of the time, which is recalled and was not read"


def reaches(instruments: Iterable[Instrument], about: Deal) -> list[int]:
    """For each clause the number of the reach that holds for a transaction, or why none does."""
    found: list[int] = []
    for instrument in instruments:
        if not instrument.in_text(about.on):
            found += [NOT_IN_TEXT] * len(instrument.clauses)
            continue
        binds = instrument.in_force(about.on)
        for clause in instrument.clauses:
            where = (k for k, r in enumerate(clause.reach) if r.holds(about))
            found.append(next(where, NOT_REACHED) if binds else NOT_REACHED)
    return found


def rule_on(
    chips: Sequence[ChipSpec], deals: Sequence[Deal], instruments: Sequence[Instrument], reviewed: date
) -> list[list[Ruling]]:
    """Rule on parts and transactions, each distinct case once; the rulings carry no trace.

    Transactions that the clauses which a part meets reach alike share one ruling, with the day and the
    places of the first of them.
    """
    cases: dict[tuple[int, ...], int] = {}
    case_of = [cases.setdefault(tuple(reaches(instruments, about)), len(cases)) for about in deals]
    firsts = [(where, deals[case_of.index(k)]) for where, k in cases.items()]
    rows = []
    for chip in chips:
        findings = [f for group in examine(chip, instruments) for f in group]
        # A letter weighs even where it is not met: its thresholds are known only at second hand.
        relevant = [k for k, f in enumerate(findings) if f.item is not False or f.instrument.kind == "letter"]
        weighed = [findings[k] for k in relevant]
        seen: dict[tuple[int, ...], Ruling] = {}
        ruled = []
        for where, about in firsts:
            key = tuple(where[k] for k in relevant)
            found = seen.get(key)
            if found is None:
                # What a part does not meet would only stand in the trace.
                found = seen[key] = decide(chip, weighed, about, key, reviewed, traced=False)
            ruled.append(found)
        rows.append([ruled[k] for k in case_of])
    return rows


def ruling(chip: ChipSpec, on: date, *, to: str = "CN", rules: RuleBook | None = None) -> Ruling:
    """Decide whether a chip may be exported from the United States on a day to a buyer at home there.

    The rule in force on the day of export counts, not the day on which it was announced. A letter adds a
    need for a licence only where the listed paragraphs leave none. A test that the known specifications
    cannot decide leaves the status undecided where it matters, or the licence policy unsettled. `classify` asks
    about other buyers and transactions.

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
    Valid for exports from 26 August 2022 to the review date of the rule book, and from 2015 for the older rules about
    places and buyers; a later day gets the last known rules, an earlier one is undecided.

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
    instruments = list(instruments)
    findings = [f for group in examine(chip, instruments) for f in group]
    return decide(chip, findings, about, reaches(instruments, about), reviewed)


def decide(
    chip: ChipSpec,
    findings: Sequence[Finding],
    about: Deal,
    where: Sequence[int],
    reviewed: date,
    *,
    traced: bool = True,
) -> Ruling:
    """Rule on a part that has been examined: which clauses reach the transaction, and what follows."""
    reached = _reached(findings, where)
    aside = [f for f, k in zip(findings, where, strict=True) if k == NOT_REACHED]
    controls = [f for f in reached if f.clause.effect == "control"]
    listed = [f for f in controls if f.item and f.instrument.kind != "letter"]
    letters = [f for f in controls if f.item and f.instrument.kind == "letter"]
    # Rules about the buyer or the place say nothing of the part.
    parts = [f for f in listed if f.instrument.scope != "buyer"]

    acting = [f for f in reached if f.clause.of and f.item is not False]
    # No exception is a way around a rule about the buyer or the place (740.8(b), 744.11(a), 746.8(c)).
    barred = any(f.instrument.scope == "buyer" for f in listed)
    excepting = [] if barred else [f for f in acting if f.clause.effect in EXCEPTIONS]
    granted = [f for f in excepting if f.item]
    doubtful = [f for f in excepting if f.item is None]
    licensed = [c for c in listed if not any(f.acts_on(c) for f in granted)]
    certain = any(not any(f.acts_on(c) for f in doubtful) for c in licensed)
    policies = [f for f in acting if f.item and f.clause.effect == "policy"]
    governing = licensed if certain else letters
    if certain and not parts:
        # A rule about the buyer or the place leaves the letter standing beside it (746.8(a), 746.9 Note 1).
        enough = _policy(licensed, policies, parts)[0]
        governing = licensed + [f for f in letters if _policy([f], policies, parts)[0] > enough]
    reviews = [f for f in acting if f.item and f.clause.effect == "review"]
    reviews = [r for r in reviews if any(r.acts_on(c) for c in governing)]
    governing = governing + reviews
    unknown = [f for f in controls if f.item is None]
    # Whether or not an open paragraph catches the part, an exception to it would cover it.
    open_controls = [c for c in unknown if not any(f.acts_on(c) for f in granted)]
    used = [f for f in granted if any(f.acts_on(c) for c in (*listed, *unknown))]
    pending = [f for f in doubtful if any(f.acts_on(c) for c in licensed)]

    basis = governing
    relevant: list[Finding] = []
    maybe: list[Finding] = []
    if governing:
        status = Status.LICENCE_REQUIRED
        if not certain:
            # What is listed and excepted stands beside the letter that catches it all the same.
            basis = [*letters, *listed, *reviews]
            relevant = [*pending, *(f for f in open_controls if f.instrument.kind != "letter")]
    elif licensed or open_controls:
        status, basis, relevant = Status.UNDECIDED, listed, [*pending, *unknown]
    elif used:
        notified = any(f.clause.effect == "notify" for f in used)
        status = Status.NOTIFICATION if notified else Status.NO_LICENCE_REQUIRED
        basis, relevant = listed + used, unknown
    else:
        elsewhere = [
            f
            for f in aside
            if f.clause.effect == "control"
            and f.clause.tests
            and f.instrument.kind == "rule"
            and f.instrument.scope != "buyer"
        ]
        basis = [f for f in elsewhere if f.item]
        maybe = [f for f in elsewhere if f.item is None and not basis]
        status = Status.NO_LICENCE_REQUIRED if basis or maybe else Status.NOT_CONTROLLED
    touching = [f for f in acting if governing and any(f.acts_on(c) for c in basis)]
    besides = [f for f in touching if f.item is None and f.clause.effect != "policy"]
    relevant = relevant + [f for f in besides if f not in relevant]

    met = [f for f in touching if f.item]
    policy, deciding = _policy(governing, policies, parts)
    raising = [c for c in open_controls if _policy([c], policies, parts)[0] > policy]
    # A letter on a part that may be listed is judged as the list would have it.
    listable = [c for c in unknown if c.instrument.kind == "rule" and c.instrument.scope != "buyer"]
    judged_by = [*governing, *(listable if any(c.instrument.kind == "letter" for c in governing) else ())]
    open_policies = [
        f
        for f in acting
        if f.clause.effect == "policy" and f.item is None and any(f.acts_on(c) for c in judged_by + basis)
    ]
    tried = [[*policies, f] for f in open_policies] + [policies, policies + open_policies]
    moved = [
        f for others in tried if _policy(governing, others, parts + listable)[0] != policy for f in others
    ]
    settled = not raising and not moved
    relevant += [f for f in open_policies if f in moved and f not in relevant] if governing else []
    recalled = [f for f in met if f.clause.recalled]
    if recalled and _policy(governing, [p for p in policies if p not in recalled], parts)[0] != policy:
        settled = False
        relevant += [f.doubted(NOT_READ) for f in recalled]
    if governing:
        relevant += [c for c in raising if c not in relevant]
    conditions = deciding + [f for f in met if f.clause.effect == "condition"]
    offers = [] if barred else [f for f in met if f.clause.effect == "offer"]
    amounts = {v.key: v.value for f in (*conditions, *used) for v in f.clause.conditions}
    doubt = ", unless something open bars it" if status is Status.UNDECIDED else ""
    exceptions = [f.clause.paragraph + doubt for f in used if not governing]
    exceptions += [f"{f.clause.paragraph}, if its conditions are met" for f in offers]
    resting = basis + conditions
    # What lists the part comes before what is said of the buyer.
    ordered = sorted(basis, key=lambda f: f.instrument.scope == "buyer")
    # A part that may be listed elsewhere rests on the paragraphs that may list it.
    grounds = [*resting, *open_controls] if status is Status.UNDECIDED else resting + maybe
    # What goes without a licence does so only if the letters say no more than is known of them.
    unmet = [f for f in controls if f.instrument.kind == "letter" and f.item is False]
    weighed = grounds if governing or status is Status.UNDECIDED else grounds + unmet
    return Ruling(
        chip=chip.name,
        on=about.on,
        to=about.to,
        status=status,
        paragraphs=tuple(
            dict.fromkeys(f.clause.paragraph for f in ordered if f.clause.effect not in EXCEPTIONS)
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
        confidence=0.0 if status is Status.UNDECIDED or (governing and not settled) else 1.0,
        trace=_trace(findings, where) if traced else (),
        undecided=tuple((f.path, f.missing) for f in relevant),
        citations=tuple(dict.fromkeys(c for f in (*grounds, *offers) for c in _cited(f, about))),
        reviewed=reviewed,
        buyer_headquarters=about.headquarters,
        end_user=about.end_user,
        transaction=about.transaction,
    )


def _reached(findings: Sequence[Finding], where: Sequence[int]) -> list[Finding]:
    """The clauses that reach a transaction, open where that is not known or the part is one left open."""
    found = []
    for f, k in zip(findings, where, strict=True):
        if k < 0:
            continue
        doubt = f.clause.reach[k].open
        if doubt is not None:
            f = f.doubted(doubt)
        if f.clause.open_for and f.clause.open is not None and _listed(f.clause.open_for, findings, where):
            f = f.doubted(f.clause.open)
        found.append(f)
    return found


def _listed(paragraphs: Sequence[str], findings: Sequence[Finding], where: Sequence[int]) -> bool:
    """Whether one of these paragraphs may list the part on the day, wherever it goes."""
    return any(
        k != NOT_IN_TEXT and f.item is not False and not {f.path, f.instrument.id}.isdisjoint(paragraphs)
        for f, k in zip(findings, where, strict=True)
    )


def _trace(findings: Sequence[Finding], where: Sequence[int]) -> tuple[Step, ...]:
    shown = [f.steps if k >= 0 else f.aside for f, k in zip(findings, where, strict=True) if k != NOT_IN_TEXT]
    return tuple(step for steps in shown for step in steps)


def _cited(finding: Finding, about: Deal) -> list[Citation]:
    """Where a clause is written: the paragraph, and its thresholds when they come from elsewhere."""
    clause = finding.clause
    keys = [clause.cite, *(t.cite for t in clause.tests), *(c.cite for c in clause.conditions)]
    reach = clause.reached_by(about)
    if reach is not None and reach.cite is not None:
        keys.append(reach.cite)
    return [finding.instrument.citation(key) for key in dict.fromkeys(keys)]


def _weakest(findings: Iterable[Finding], about: Deal) -> str:
    classes = [c.evidence for f in findings for c in _cited(f, about)]
    return max(classes, key=EVIDENCE.index, default="primary")


def _policy(
    governing: list[Finding], policies: list[Finding], parts: list[Finding]
) -> tuple[LicencePolicy, list[Finding]]:
    """Strictest policy over the paragraphs that need a licence, each under the latest that acts on it.

    An application is judged by what the list says of the part, also where a letter made it necessary.
    """
    strictest, deciding = LicencePolicy.NONE, []
    for control in governing:
        under = [control, *(parts if control.instrument.kind == "letter" else ())]
        applying = [p for p in policies if any(p.acts_on(c) for c in under)]
        latest = applying[0] if applying else None
        for p in applying[1:]:
            # Of two in one instrument the later paragraph is the more special.
            if latest is not None and p.instrument.effective >= latest.instrument.effective:
                latest = p
        found = (latest or control).clause.licence_policy
        if found > strictest:
            strictest, deciding = found, [latest] if latest else []
    return strictest, deciding
