"""One chip, one day, one destination: is a licence needed, under which paragraph, and how is it judged?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from curveshift.controls.chips import ChipSpec
from curveshift.controls.instruments import Clause, Instrument, LicencePolicy, RuleBook, rule_book
from curveshift.controls.metrics import CHIP_METRICS
from curveshift.errors import CurveshiftError

DESTINATIONS = {
    "CN": ("cn", "china", "prc", "mainland china"),
    "HK": ("hk", "hong kong"),
    "MO": ("mo", "macau", "macao"),
}


class Status(IntEnum):
    """What must happen before a chip may leave; codes rise with strictness, and undecided is last."""

    FREE = 0
    NOTIFICATION = 1
    LICENCE = 2
    DENIED = 3
    UNDECIDED = 4

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Step:
    """One test in the trace of a ruling; ``value`` is ``None`` where the specifications do not settle it."""

    test: str
    metric: str
    value: float | None
    op: str
    threshold: float
    outcome: bool | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Ruling:
    """The answer, with its grounds.

    ``basis`` lists the instruments that decide it; ``rests_on_letter`` says that without an unpublished
    letter no licence would be needed; ``undecided`` names open clauses that could change it, each with the
    specifications that are missing. Not legal advice.
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


def destination(to: str) -> str:
    """Two-letter code of a destination that the room covers.

    Raises
    ------
    CurveshiftError
        For any place but China, Hong Kong and Macau.

    Examples
    --------
    >>> destination("Hong Kong")
    'HK'
    """
    for code, names in DESTINATIONS.items():
        if to.strip().casefold() in names:
            return code
    raise CurveshiftError(
        f"destination {to!r} is not covered: give China (CN), Hong Kong (HK) or Macau (MO)", where="to"
    )


@dataclass(frozen=True)
class _Finding:
    """Whether a clause is met, and the specifications that keep it open."""

    instrument: Instrument
    clause: Clause
    met: bool | None
    missing: tuple[str, ...]

    @property
    def path(self) -> str:
        return f"{self.instrument.id}.{self.clause.id}"

    def acts_on(self, other: _Finding) -> bool:
        return bool({other.path, other.instrument.id}.intersection(self.clause.of))


def _all(outcomes: Iterable[bool | None]) -> bool | None:
    found = list(outcomes)
    return False if False in found else None if None in found else True


def _not(outcome: bool | None) -> bool | None:
    return None if outcome is None else not outcome


def _evaluate(chip: ChipSpec, instruments: Iterable[Instrument]) -> tuple[list[_Finding], tuple[Step, ...]]:
    measured = {name: metric(chip) for name, metric in CHIP_METRICS.items()}
    findings: list[_Finding] = []
    trace: list[Step] = []
    for instrument in instruments:
        addressees = {name.casefold() for name in instrument.addressed_to}
        reached: bool | None = True
        if addressees:
            reached = None if chip.maker is None else chip.maker.casefold() in addressees
        met: dict[str, _Finding] = {}
        for clause in instrument.clauses:
            steps = []
            for test in clause.tests:
                found = measured[test.metric]
                outcome = found.decide(test.op, test.value)
                value = found.low if found.low == found.high else None
                path = f"{instrument.id}.{clause.id}.{test.key}"
                missing = found.missing if outcome is None else ()
                steps.append(Step(path, test.metric, value, test.op, test.value, outcome, missing))
            others = [met[name] for name in clause.unless]
            outcome = _all([reached, *(s.outcome for s in steps), *(_not(o.met) for o in others)])
            if chip.name in clause.named and reached is not False:
                outcome = True
            open_specs = [*(m for s in steps for m in s.missing), *(m for o in others for m in o.missing)]
            if reached is None:
                open_specs.append("maker")
            missing = tuple(dict.fromkeys(open_specs)) if outcome is None else ()
            met[clause.id] = _Finding(instrument, clause, outcome, missing)
            trace.extend(steps)
        findings.extend(met.values())
    return findings, tuple(trace)


def ruling(chip: ChipSpec, on: date, *, to: str = "CN", rules: RuleBook | None = None) -> Ruling:
    """Decide whether a chip may be exported from the United States on a day.

    The rule in force on the day of export counts, not the day on which it was announced. A letter adds a
    need for a licence only where the listed paragraphs leave none. A test that the known specifications
    cannot decide never loosens a ruling: an open paragraph leaves the status undecided, an open exception
    is not granted.

    Parameters
    ----------
    chip : ChipSpec
        The part.
    on : datetime.date
        Day of export.
    to : str
        China (``"CN"``), Hong Kong (``"HK"``) or Macau (``"MO"``), as code or name.
    rules : RuleBook, optional
        Another rule book, from `rule_book`; the recorded one by default.

    Returns
    -------
    Ruling

    Raises
    ------
    CurveshiftError
        For a destination that is not covered.

    Notes ----- Valid for exports from 26 August 2022 to the review date of the rule book; a later day gets
    the last known rules. Buyers on the Entity List, Chinese firms abroad, re-exports and military uses are
    not judged here.

    Examples
    --------
    >>> h20 = ChipSpec("H20", tpp=2368, die_area_mm2=814, nonplanar=True, memory_bandwidth_gbs=4000,
    ...                interconnect_gbs=900, pcie_bidir_gbs=128, datacenter=True, maker="NVIDIA")
    >>> print(ruling(h20, date(2025, 4, 8)).status, ruling(h20, date(2025, 4, 9)).status)
    free licence
    """
    book = rules if rules is not None else rule_book()
    code = destination(to)
    return judge(chip, chip_instruments(book, on, code), on, code, book.reviewed)


def chip_instruments(book: RuleBook, on: date, to: str) -> list[Instrument]:
    """The instruments in force that judge chips; the others are facts about memory, foundries and buyers."""
    return [i for i in book.in_force(on, to) if i.scope == "chip"]


def judge(chip: ChipSpec, instruments: Iterable[Instrument], on: date, to: str, reviewed: date) -> Ruling:
    """Rule on a chip under a given set of instruments, all taken to be in force."""
    findings, trace = _evaluate(chip, instruments)
    controls = [f for f in findings if f.clause.effect == "control"]
    listed = [f for f in controls if f.met and f.instrument.kind != "letter"]
    letters = [f for f in controls if f.met and f.instrument.kind == "letter"]
    open_controls = [f for f in controls if f.met is None]

    notices = [f for f in findings if f.clause.effect == "notify"]
    granted = [f for f in notices if f.met and any(f.acts_on(c) for c in listed)]
    licensed = [c for c in listed if not any(f.acts_on(c) for f in granted)]
    governing = licensed or letters

    basis = governing
    if governing:
        status = Status.LICENCE
        relevant = [f for f in open_controls if licensed == [] and f.instrument.kind != "letter"]
    elif open_controls:
        status, relevant = Status.UNDECIDED, open_controls
    elif granted:
        status, relevant, basis = Status.NOTIFICATION, [], listed + granted
    else:
        status, relevant = Status.FREE, []
    touching = [f for f in findings if any(f.acts_on(c) for c in governing)]
    relevant = relevant + [f for f in touching if f.met is None]

    acting = [f for f in touching if f.met]
    policy, deciding = _policy(governing, [f for f in acting if f.clause.effect == "policy"])
    if policy is LicencePolicy.DENIED:
        status = Status.DENIED
    conditions = deciding + [f for f in acting if f.clause.effect == "condition"]
    amounts = {v.key: v.value for f in conditions for v in f.clause.conditions}
    return Ruling(
        chip=chip.name,
        on=on,
        to=to,
        status=status,
        paragraphs=tuple(dict.fromkeys(f.clause.paragraph for f in basis)),
        licence_policy=policy,
        cap_share_of_us_volume=amounts.get("cap_share_of_us_volume"),
        fee_share=amounts.get("fee_share"),
        tariff_share=amounts.get("tariff_share"),
        requirements=tuple(r for f in conditions for r in f.clause.requirements),
        basis=tuple(dict.fromkeys(f.instrument.id for f in basis + conditions)),
        rests_on_letter=bool(letters) and not licensed,
        trace=trace,
        undecided=tuple((f.path, f.missing) for f in relevant),
        reviewed=reviewed,
    )


def _policy(governing: list[_Finding], policies: list[_Finding]) -> tuple[LicencePolicy, list[_Finding]]:
    """Strictest policy over the paragraphs that need a licence, each under the latest that acts on it."""
    strictest, deciding = LicencePolicy.NONE, []
    for control in governing:
        applying = [p for p in policies if p.acts_on(control)]
        latest = max(applying, key=lambda p: p.instrument.effective, default=None)
        found = (latest or control).clause.licence_policy
        if found > strictest:
            strictest, deciding = found, [latest] if latest else []
    return strictest, deciding
