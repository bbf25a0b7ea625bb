"""What a part meets: every test of every clause, before anybody asks where it goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from curveshift.controls.chips import ChipSpec
from curveshift.controls.instruments import Clause, Instrument
from curveshift.controls.metrics import METRICS


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
    reached: bool = True


@dataclass(frozen=True)
class Finding:
    """Whether a part meets the tests of a clause, whatever the transaction.

    ``steps`` are the tests where the clause reaches the transaction, ``aside`` the same where it does not.
    """

    instrument: Instrument
    clause: Clause
    item: bool | None
    missing: tuple[str, ...]
    steps: tuple[Step, ...]
    aside: tuple[Step, ...]

    @property
    def path(self) -> str:
        """Instrument and clause."""
        return f"{self.instrument.id}.{self.clause.id}"

    def acts_on(self, other: Finding) -> bool:
        """Whether its clause names the other one or its instrument."""
        return other.path in self.clause.of or other.instrument.id in self.clause.of

    def doubted(self, what: str) -> Finding:
        """The same, open for a reason that lies outside the part."""
        return self if self.item is False else replace(self, item=None, missing=(*self.missing, what))


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
            steps: list[Step] = []
            aside: list[Step] = []
            for test in clause.tests:
                value = measured[test.metric]
                outcome = value.decide(test.op, test.value)
                shown = value.low if value.low == value.high else None
                missing = value.missing if outcome is None else ()
                path = f"{instrument.id}.{clause.id}.{test.key}"
                told = (path, test.metric, shown, test.op, test.value, test.unit, outcome, missing)
                steps.append(Step(*told))
                aside.append(Step(*told, reached=False))
            others = [own[name] for name in clause.unless]
            item = _all([maker, *(s.outcome for s in steps), *(_not(o.item) for o in others)])
            if clause.named:
                named = chip.name in clause.named
                item = maker is not False if named else (item if clause.tests else False)
            wholly_open = clause.open is not None and not clause.open_for
            if item is True and wholly_open:
                item = None
            open_specs = [*(m for s in steps for m in s.missing), *(m for o in others for m in o.missing)]
            if maker is None:
                open_specs.append("maker")
            if clause.open is not None and wholly_open:
                open_specs.append(clause.open)
            missing = tuple(dict.fromkeys(open_specs)) if item is None else ()
            own[clause.id] = Finding(instrument, clause, item, missing, tuple(steps), tuple(aside))
        found.append(list(own.values()))
    return found
