"""What a ruling must say beside its answer: what it takes for granted, and what to beware of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from typing import Any

from curveshift.controls.answers import Ruling, Status
from curveshift.controls.chips import ChipSpec, memory_stacks
from curveshift.controls.deals import Deal
from curveshift.controls.findings import Finding
from curveshift.controls.instruments import LicencePolicy, Remark, RuleBook, compiled
from curveshift.controls.metrics import METRICS
from curveshift.controls.places import group_warning, place_name

ANY_CODE = "any"
# A rate this many times the next wider one is twice what most parts reach.
SUSPICIOUS_RATIO, RATIO_SLACK = 4.0, 0.01
CASE_BY_CASE_2026 = "bis-2026-01"
APPROVALS = "uae-2026-07"


@cache
def _known() -> dict[str, dict[str, Any]]:
    from curveshift.facts import rows

    return {r["chip"]: r for r in rows("chips")}


def assumptions(spec: ChipSpec, about: Deal, home: str | None, read: str | None) -> Iterator[str]:
    """What a ruling takes for granted about the part and the parties."""
    if read is not None:
        yield read
    if home is None and about.to != ANY_CODE:
        yield f"the buyer and its ultimate parent are at home in {place_name(about.to)}"
    if about.end_user in ("civil", "uae-approved"):
        yield (
            "no party is on a list or buys for one that is, and the end use is neither military nor a supercomputer"
        )
    if spec.memory_only:
        yield "the memory is not packaged with a processor"


def warnings(
    spec: ChipSpec, found: Ruling, about: Deal, book: RuleBook, as_written: Ruling | None
) -> Iterator[str]:
    """What to beware of in a ruling: days, places, and the part; ``as_written`` is that of the text, if another."""
    first = date.fromisoformat(compiled()["first_control"])
    if about.on < first:
        yield (
            f"no control on AI chips is recorded before {first}; of older rules only those about places and buyers, "
            f"since {compiled()['begins']}"
        )
    if about.on > book.reviewed:
        yield f"the rules were last reviewed on {book.reviewed}: a later change is not known here"
    if found.likely:
        yield f"specifications are known only as intervals: this answer has probability {found.chance:.2f}"
    if found.status is Status.LICENCE_REQUIRED and found.confidence == 0.0:
        needed = "where a licence is needed" if found.likely else "a licence is needed, and"
        yield f"{needed} how it would be judged is not settled: what is open could change the policy"
    for code in dict.fromkeys((about.to, about.headquarters)):
        told = None if code == ANY_CODE else group_warning(code, about.on)
        if told is not None:
            yield told
    yield from _about_the_part(spec, found, about, book)
    if about.end_user == "uae-approved" and not _approvals_count(about, book):
        yield "approved buyers are known only in the United Arab Emirates and since 10 July 2026: taken as civil"
    if found.status.free and as_written is not None and not as_written.status.free:
        yield "742.6(a)(6)(iii)(A) as written asks a licence worldwide for 3A090.a; not enforced (reading 'text')"
    if about.to == ANY_CODE:
        yield "no destination: only rules that reach every place are applied"


def _approvals_count(about: Deal, book: RuleBook) -> bool:
    return "AE" in about.places and any(i.id == APPROVALS and i.in_force(about.on) for i in book.instruments)


def _about_the_part(spec: ChipSpec, found: Ruling, about: Deal, book: RuleBook) -> Iterator[str]:
    rates = [spec.fp16_dense_tflops, spec.fp8_dense_tops, spec.fp4_dense_tops]
    for wide, narrow in ((rates[0], rates[1]), (rates[1], rates[2])):
        if wide and narrow and abs(narrow / wide / SUSPICIOUS_RATIO - 1) <= RATIO_SLACK:
            yield f"a rate of {narrow:,.0f} is four times that at twice the bits: check that it is not sparse"
    if spec.memory_only and spec.name in memory_stacks():
        yield "the rate and the outline of this stack are typical values from memory: give those of the product"
    known = _known().get(spec.name)
    if known is None:
        return
    if known["designer_bloc"] == "china":
        yield "a part of a Chinese designer is judged as if it were subject to the US rules, which it may not be"
    released = known["release_date"]
    if released is not None:
        # A year or a quarter is stored as its last day: a part may have been on sale from its first.
        exact = known["release_precision"] == "day"
        if (released if exact else released.replace(month=1, day=1)) > about.on:
            yield f"{spec.name} was released {'on' if exact else 'by'} {released}, after this day"
        reviewed = CASE_BY_CASE_2026 in found.basis and found.licence_policy is LicencePolicy.CASE_BY_CASE
        if reviewed and released > book.instrument(CASE_BY_CASE_2026).effective:
            yield "only products on sale in the United States on 15 January 2026 are judged case by case"
    if known["status"] in ("announced", "estimate", "cancelled"):
        yield f"the specifications of {spec.name} are those of a part that is {known['status']}"
    if known["datacenter_marketed"] == "partly" and spec.datacenter is None:
        yield "sold both for data centres and not: say which with data_center"


def remarks(
    book: RuleBook, reading: str, spec: ChipSpec, about: Deal, findings: Iterable[Finding], answer: Ruling
) -> dict[str, list[str]]:
    """Remarks of the instruments in force that a part and a transaction call for, by kind.

    Parameters
    ----------
    book : RuleBook
    reading : {"enforced", "text"}
    spec : ChipSpec
        The part; one whose specifications do not settle a test may meet it.
    about : Deal
    findings : iterable of Finding
        What the part meets, from `examine`.
    answer : Ruling

    Returns
    -------
    dict of str to list of str
        Sentences under ``"warning"`` and ``"assumption"``, in the order of the records.
    """
    decisive = {*answer.basis, *(path.split(".")[0] for path, _ in answer.undecided)}
    met = [f for f in findings if f.item is not False and f.clause.effect == "control"]
    found: dict[str, list[str]] = {"warning": [], "assumption": []}
    for instrument in book.instruments:
        if not instrument.in_force(about.on) or not instrument.read(reading):
            continue
        for remark in instrument.remarks:
            decided = not remark.deciding or not decisive.isdisjoint(remark.deciding)
            if decided and _called_for(remark, spec, about, met) and remark.says not in found[remark.kind]:
                found[remark.kind].append(remark.says)
    return found


def _called_for(remark: Remark, spec: ChipSpec, about: Deal, met: list[Finding]) -> bool:
    left_out = {name.casefold() for name in remark.makers_not}
    return (
        any(r.holds(about) for r in remark.reach)
        and (not remark.named or spec.name in remark.named)
        and spec.name not in remark.named_not
        and (spec.maker is None or spec.maker.casefold() not in left_out)
        and all(METRICS[t.metric](spec).decide(t.op, t.value) is not False for t in remark.tests)
        and (not remark.of or any({f.path, f.instrument.id} & set(remark.of) for f in met))
    )
