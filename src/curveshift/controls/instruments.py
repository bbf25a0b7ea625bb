"""The instruments as the runtime holds them: dated, cited, and open to changed thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from curveshift.errors import CurveshiftError, unknown_name

if TYPE_CHECKING:
    from curveshift.controls.deals import Deal

EVIDENCE = ("primary", "company", "press", "private_letter", "unverified")
"""From the strongest to the weakest."""

DATA = Path(__file__).parent / "data"
COMPILED = DATA / "compiled.json"


class LicencePolicy(IntEnum):
    """How an application for a licence is judged, from the mildest to the strictest."""

    NONE = 0
    PRESUMPTION_OF_APPROVAL = 1
    ASSURED = 2
    CASE_BY_CASE = 3
    PRESUMPTION_OF_DENIAL = 4
    DENIED = 5

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Citation:
    """Where a value is written, and how far that can be trusted.

    ``evidence`` is *primary* (the text was read), *company* (a filing or statement), *press*,
    *private_letter* (a letter that nobody published) or *unverified* (stated from memory, not looked up).
    """

    key: str
    ref: str
    url: str | None
    published: date | None
    evidence: str


@dataclass(frozen=True)
class Threshold:
    """A test of a clause: met when ``metric op value`` holds."""

    key: str
    metric: str
    op: str
    value: float
    unit: str
    cite: str
    note: str | None


@dataclass(frozen=True)
class Condition:
    """A number that comes with a licence or an exception: a cap, a fee or a tariff as a share of 1, or days."""

    key: str
    value: float
    unit: str
    cite: str
    note: str | None


@dataclass(frozen=True)
class Reach:
    """One set of transactions that a clause reaches; every part that is given must hold.

    Places are codes, country groups such as ``"D:5"``, ``"partners"`` or ``"anywhere"``; ``start`` is the
    first day and ``until`` the first day on which it no longer holds. ``open`` is what nobody outside the
    government knows about whether the clause reaches these transactions.
    """

    destination: frozenset[str]
    destination_not: frozenset[str]
    headquarters: frozenset[str]
    headquarters_not: frozenset[str]
    transaction: frozenset[str]
    end_user: frozenset[str]
    end_user_not: frozenset[str]
    start: date | None
    until: date | None
    where: str | None
    cite: str | None
    open: str | None

    def holds(self, deal: Deal) -> bool:
        """Whether the clause reaches a transaction."""
        return (
            (self.start is None or deal.on >= self.start)
            and (self.until is None or deal.on < self.until)
            and (not self.destination or not self.destination.isdisjoint(deal.places))
            and self.destination_not.isdisjoint(deal.places)
            and (not self.headquarters or not self.headquarters.isdisjoint(deal.owners))
            and self.headquarters_not.isdisjoint(deal.owners)
            and (not self.transaction or deal.transaction in self.transaction)
            and (not self.end_user or deal.end_user in self.end_user)
            and deal.end_user not in self.end_user_not
        )


V = TypeVar("V", Threshold, Condition)


@dataclass(frozen=True)
class Clause:
    """One paragraph: what it tests, whom it reaches, and what follows when all tests are met.

    ``effect`` is *control* (a licence is needed), *define* (a named exclusion), *notify* (an exception with
    notice), *exempt* (an exception without notice), *offer* (an exception whose other conditions are not
    judged here), *policy* (how applications are judged), *review* (a second policy beside it: the stricter one
    counts) or *condition* (a fee, a tariff). ``of`` names the paragraphs it acts on, ``unless`` the paragraphs of
    the same instrument that switch it off, ``named`` parts that its source names, ``open`` what nobody outside
    the government knows about it, with ``open_for`` only for parts that one of these paragraphs lists on the
    day. ``recalled`` marks a policy whose text of the time was not read.
    """

    id: str
    paragraph: str
    effect: str
    tests: tuple[Threshold, ...]
    conditions: tuple[Condition, ...]
    of: tuple[str, ...]
    unless: tuple[str, ...]
    named: tuple[str, ...]
    requirements: tuple[str, ...]
    licence_policy: LicencePolicy
    reach: tuple[Reach, ...]
    open: str | None
    open_for: tuple[str, ...]
    recalled: bool
    cite: str
    note: str | None

    def reached_by(self, deal: Deal) -> Reach | None:
        """The first of its reaches that holds for a transaction."""
        return next((r for r in self.reach if r.holds(deal)), None)


@dataclass(frozen=True)
class Remark:
    """What a ruling must say although no clause can judge it: a *warning* or an *assumption*.

    It is said of transactions that it reaches and of parts that may meet its tests, by a maker that it does not
    leave out; ``of`` limits it to parts that one of these paragraphs may list, ``deciding`` to rulings that one of
    these instruments decides or leaves open, ``named`` and ``named_not`` to parts by name.
    """

    id: str
    kind: str
    says: str
    cite: str
    of: tuple[str, ...]
    deciding: tuple[str, ...]
    named: tuple[str, ...]
    named_not: tuple[str, ...]
    makers_not: tuple[str, ...]
    tests: tuple[Threshold, ...]
    reach: tuple[Reach, ...]


@dataclass(frozen=True)
class Instrument:
    """A letter, rule, announcement, listing, policy, guidance or foreign act, in force between two dates.

    ``effective`` is the first day on which it binds, ``in_text_from`` an earlier day on which it stood in the
    rules, ``ends`` the first day on which it no longer holds. ``enforced`` is false for a rule that stands in
    the text and that the government has said it does not enforce; ``written`` is false for what is read into the
    rules and stands nowhere in them.
    """

    id: str
    title: str
    kind: str
    scope: str
    announced: date
    effective: date
    in_text_from: date | None
    ends: date | None
    ended_by: str | None
    enforced: bool
    written: bool
    addressed_to: tuple[str, ...]
    citations: tuple[Citation, ...]
    clauses: tuple[Clause, ...]
    remarks: tuple[Remark, ...]
    note: str

    def read(self, reading: str) -> bool:
        """Whether a reading of the rules takes it in: what is *enforced*, or the *text* as written."""
        return self.written if reading == "text" else self.enforced

    def in_force(self, on: date) -> bool:
        """Whether it binds on a day."""
        return self.effective <= on and (self.ends is None or on < self.ends)

    def in_text(self, on: date) -> bool:
        """Whether it stands in the rules on a day, binding or not."""
        return (self.in_text_from or self.effective) <= on and (self.ends is None or on < self.ends)

    def citation(self, key: str) -> Citation:
        """One of its citations."""
        return next(c for c in self.citations if c.key == key)


@dataclass(frozen=True)
class RuleBook:
    """All instruments, as recorded or with changed values.

    Examples
    --------
    >>> book = rule_book({"bis-2026-01.case_by_case.tpp_below": 30000})
    >>> book.values()["bis-2026-01.case_by_case.tpp_below"].value
    30000.0
    """

    instruments: tuple[Instrument, ...]
    reviewed: date

    def in_force(self, on: date) -> tuple[Instrument, ...]:
        """Instruments that bind on a day, earliest first."""
        return tuple(i for i in self.instruments if i.in_force(on))

    def instrument(self, name: str) -> Instrument:
        """One instrument by its identifier; an unknown one is an error with the nearest names."""
        for instrument in self.instruments:
            if instrument.id == name:
                return instrument
        raise unknown_name("instrument", name, [i.id for i in self.instruments])

    def values(self) -> dict[str, Threshold | Condition]:
        """Every threshold and condition by its dotted path ``instrument.clause.key``."""
        found: dict[str, Threshold | Condition] = {}
        for instrument in self.instruments:
            for clause in instrument.clauses:
                at = f"{instrument.id}.{clause.id}"
                found.update({f"{at}.{v.key}": v for v in clause.tests})
                found.update({f"{at}.{v.key}": v for v in clause.conditions})
        return found

    def change(self, changes: Mapping[str, float]) -> RuleBook:
        """The same book with other numbers at some paths.

        Raises
        ------
        CurveshiftError
            For a path that does not exist (with the nearest ones), a negative or non-finite number, or a
            share above 1.
        """
        known = self.values()
        for path, number in changes.items():
            if path not in known:
                raise unknown_name("rule value", path, known)
            share = known[path].unit.startswith("share") or known[path].unit == "flag"
            if not (0 <= number <= (1 if share else float("inf")) and number < float("inf")):
                allowed = "between 0 and 1" if share else "a number of at least 0"
                raise CurveshiftError(f"must be {allowed}, found {number}", where=path)

        def changed(path: str, value: V) -> V:
            return replace(value, value=float(changes[path])) if path in changes else value

        def clause(i: Instrument, c: Clause) -> Clause:
            at = f"{i.id}.{c.id}"
            return replace(
                c,
                tests=tuple(changed(f"{at}.{v.key}", v) for v in c.tests),
                conditions=tuple(changed(f"{at}.{v.key}", v) for v in c.conditions),
            )

        return replace(
            self,
            instruments=tuple(
                replace(i, clauses=tuple(clause(i, c) for c in i.clauses)) for i in self.instruments
            ),
        )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _reach(raw: dict[str, Any]) -> Reach:
    sets = ("destination", "destination_not", "headquarters", "headquarters_not", "transaction")
    return Reach(
        **{k: frozenset(raw[k]) for k in (*sets, "end_user", "end_user_not")},
        start=_day(raw["start"]),
        until=_day(raw["until"]),
        where=raw["where"],
        cite=raw["cite"],
        open=raw["open"],
    )


def read_instrument(raw: dict[str, Any]) -> Instrument:
    """An instrument from its compiled form."""
    default = tuple(_reach(r) for r in raw["reach"])

    def clause(c: dict[str, Any]) -> Clause:
        return Clause(
            **{k: c[k] for k in ("id", "paragraph", "effect", "open", "recalled", "cite", "note")},
            open_for=tuple(c["open_for"]),
            of=tuple(c["of"]),
            unless=tuple(c["unless"]),
            named=tuple(c["named"]),
            requirements=tuple(c["requirements"]),
            tests=tuple(Threshold(**v) for v in c["tests"]),
            conditions=tuple(Condition(**v) for v in c["conditions"]),
            licence_policy=LicencePolicy[c["licence_policy"].upper()],
            reach=tuple(_reach(r) for r in c["reach"]) or default,
        )

    def remark(r: dict[str, Any]) -> Remark:
        return Remark(
            **{k: r[k] for k in ("id", "kind", "says", "cite")},
            of=tuple(r["of"]),
            deciding=tuple(r["deciding"]),
            named=tuple(r["named"]),
            named_not=tuple(r["named_not"]),
            makers_not=tuple(r["makers_not"]),
            tests=tuple(Threshold(**v) for v in r["tests"]),
            reach=tuple(_reach(d) for d in r["reach"]) or default,
        )

    return Instrument(
        **{k: raw[k] for k in ("id", "title", "kind", "scope", "ended_by", "enforced", "written", "note")},
        announced=date.fromisoformat(raw["announced"]),
        effective=date.fromisoformat(raw["effective"]),
        in_text_from=_day(raw["in_text_from"]),
        ends=_day(raw["ends"]),
        addressed_to=tuple(raw["addressed_to"]),
        citations=tuple(Citation(**{**c, "published": _day(c["published"])}) for c in raw["citations"]),
        clauses=tuple(clause(c) for c in raw["clauses"]),
        remarks=tuple(remark(r) for r in raw["remarks"]),
    )


@cache
def compiled() -> dict[str, Any]:
    """The compiled records, read once; they are shared, so nobody writes to them."""
    from curveshift.records import read_compiled

    return read_compiled(COMPILED)


@cache
def _recorded() -> RuleBook:
    records = compiled()
    instruments = tuple(read_instrument(raw) for raw in records["instruments"])
    return RuleBook(instruments, date.fromisoformat(records["reviewed"]))


def rule_book(changes: Mapping[str, float] | None = None) -> RuleBook:
    """The recorded instruments, with some numbers changed if asked.

    Parameters
    ----------
    changes : mapping of str to float, optional
        Dotted path ``instrument.clause.key`` to a new number, in the recorded unit.

    Returns
    -------
    RuleBook

    Raises
    ------
    CurveshiftError
        For an unknown path or an impossible number.

    Examples
    --------
    >>> rule_book().instrument("bis-2022-10").effective
    datetime.date(2022, 10, 21)
    """
    book = _recorded()
    return book.change(changes) if changes else book
