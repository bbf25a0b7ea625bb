"""What a ruling must say beside its answer, where no clause can judge: warnings and assumptions on record."""

from __future__ import annotations

from collections.abc import Iterable

from curveshift.controls.chips import ChipSpec
from curveshift.controls.deals import Deal
from curveshift.controls.findings import Finding
from curveshift.controls.instruments import Remark, RuleBook
from curveshift.controls.metrics import METRICS


def remarks(
    book: RuleBook, reading: str, spec: ChipSpec, about: Deal, findings: Iterable[Finding]
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

    Returns
    -------
    dict of str to list of str
        Sentences under ``"warning"`` and ``"assumption"``, in the order of the records.
    """
    met = [f for f in findings if f.item is not False and f.clause.effect == "control"]
    found: dict[str, list[str]] = {"warning": [], "assumption": []}
    for instrument in book.instruments:
        if not instrument.in_force(about.on) or not (instrument.enforced or reading == "text"):
            continue
        for remark in instrument.remarks:
            if _called_for(remark, spec, about, met) and remark.says not in found[remark.kind]:
                found[remark.kind].append(remark.says)
    return found


def _called_for(remark: Remark, spec: ChipSpec, about: Deal, met: list[Finding]) -> bool:
    left_out = {name.casefold() for name in remark.makers_not}
    return (
        any(r.holds(about) for r in remark.reach)
        and (not remark.named or spec.name in remark.named)
        and (spec.maker is None or spec.maker.casefold() not in left_out)
        and all(METRICS[t.metric](spec).decide(t.op, t.value) is not False for t in remark.tests)
        and (not remark.of or any({f.path, f.instrument.id} & set(remark.of) for f in met))
    )
