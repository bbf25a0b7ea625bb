"""Two sets of rules side by side: which parts change status, and what a vendor would make instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from curveshift import notebooks
from curveshift.controls.answers import Ruling
from curveshift.controls.chips import ChipSpec, catalogue
from curveshift.controls.deals import deal
from curveshift.controls.instruments import RuleBook, compiled, rule_book
from curveshift.controls.places import ANYWHERE, check_not_home, place
from curveshift.controls.questions import Day, read_day, ruling_table
from curveshift.controls.rulings import judged
from curveshift.controls.variants import Licence, variant
from curveshift.errors import CurveshiftError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

Changes = Mapping[str, float] | str | Path | RuleBook
Side = Day | Path | RuleBook
WORKLOADS: tuple[Literal["pretrain", "rollout"], ...] = ("pretrain", "rollout")
LICENCES: tuple[Licence, ...] = ("free", "case_by_case")


@dataclass(frozen=True)
class ValueChange:
    """A number of the rules that differs; ``None`` where it does not bind."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class DesignChange:
    """The best part that may be made under each side, for a workload and a way out."""

    workload: str
    licence: str
    before: ChipSpec | None
    after: ChipSpec | None


@dataclass(frozen=True)
class RuleComparison:
    """What differs between two sets of rules for one destination.

    Attributes
    ----------
    a, b : str
        What the two sides are.
    to : str
        Destination code.
    chips : tuple of (Ruling, Ruling)
        Parts of the chip table whose answer or conditions differ.
    unchanged : int
        How many do not.
    values : tuple of ValueChange
        Thresholds and conditions that reach the destination on one side and not, or otherwise, on the other.
    designs : tuple of DesignChange
        The design to the limit of the rules, where it differs.
    """

    a: str
    b: str
    to: str
    chips: tuple[tuple[Ruling, Ruling], ...]
    unchanged: int
    values: tuple[ValueChange, ...]
    designs: tuple[DesignChange, ...]

    def rows(self) -> list[dict[str, Any]]:
        """One flat record per part that differs."""
        return [
            {
                "chip": x.chip,
                "before": str(x.status),
                "before_policy": str(x.licence_policy),
                "before_paragraphs": "; ".join(x.paragraphs),
                "after": str(y.status),
                "after_policy": str(y.licence_policy),
                "after_paragraphs": "; ".join(y.paragraphs),
            }
            for x, y in self.chips
        ]

    def _repr_html_(self) -> str:
        caption = f"From {self.a} to {self.b}, for {self.to}"
        return notebooks.records(self.rows(), caption, [f"{self.unchanged} chips are treated alike."])

    def to_frame(self) -> pd.DataFrame:
        """One row per part that differs."""
        import pandas as pd

        return pd.DataFrame(self.rows())


def user_rules(changes: Changes) -> RuleBook:
    """A rule book from changed numbers, from a user's YAML file, or as it is.

    Parameters
    ----------
    changes : mapping, path or RuleBook
        Dotted path ``instrument.clause.key`` to a number; or a file with ``changes``, ``remove`` and
        ``instruments`` (in the form of the recorded ones).

    Raises
    ------
    CurveshiftError
        For an unknown path, an impossible number or a wrong file.

    Examples
    --------
    >>> book = user_rules({"bis-2026-01.case_by_case.tpp_below": 30_000})
    >>> book.values()["bis-2026-01.case_by_case.tpp_below"].value
    30000.0
    """
    if isinstance(changes, RuleBook):
        return changes
    if isinstance(changes, Mapping):
        if not changes:
            raise CurveshiftError("changes nothing: give at least one rule value", "changes")
        return rule_book(changes)
    from curveshift.controls.compiling import load_user_rules

    places = compiled()["places"]
    return load_user_rules(Path(changes), rule_book(), {ANYWHERE, *places["groups"], *places["names"]})


def what_if(changes: Changes, *, on: Day | None = None, to: str = "CN") -> RuleComparison:
    """What a changed rule would do: which chips change status, and the design that would get around it.

    Parameters
    ----------
    changes : mapping, path or RuleBook
        As for `user_rules`: ``{"bis-2026-01.case_by_case.tpp_below": 30000}`` or ``"my-rule.yaml"``.
    on : str or datetime.date, optional
        Day; the last review date by default.
    to : str
        Destination, as code or English name.

    Returns
    -------
    RuleComparison
        From the recorded rules to the changed ones.

    Raises
    ------
    CurveshiftError
        As `user_rules` and `classify` do.

    Examples
    --------
    >>> found = what_if({"bis-2026-01.case_by_case.tpp_below": 30_000}, on="2026-02-01")
    >>> [x.chip for x, _ in found.chips]
    ['B30A (planned)', 'Gaudi 3 (HL-325L)']
    """
    book = rule_book()
    day, code = read_day(on, book), place(to)
    return _compare(
        (book, day, f"the record on {day}"), (user_rules(changes), day, "the changed rules"), code
    )


def compare_rules(a: Side, b: Side, *, to: str = "CN", on: Day | None = None) -> RuleComparison:
    """Compare two sets of rules: what binds, which chips are treated otherwise, which design is best.

    Parameters
    ----------
    a, b : str, datetime.date, path or RuleBook
        A day (the record of that day), an instrument (the record of its first day), a user's YAML file or a rule
        book (both on the day `on`).
    to : str
        Destination, as code or English name.
    on : str or datetime.date, optional
        Day for files and rule books; the last review date by default.

    Returns
    -------
    RuleComparison

    Raises
    ------
    CurveshiftError
        For a side that is none of these, and as `classify` does.

    Examples
    --------
    >>> found = compare_rules("bis-2022-10", "bis-2023-10")
    >>> "H800 SXM 80GB" in [x.chip for x, _ in found.chips]
    True
    """
    book = rule_book()
    day = read_day(on, book)
    return _compare(_side(a, book, day), _side(b, book, day), place(to))


def _side(given: Side, book: RuleBook, day: date) -> tuple[RuleBook, date, str]:
    if isinstance(given, RuleBook):
        return given, day, "a rule book"
    if isinstance(given, date):
        return book, read_day(given, book), f"the record on {given}"
    text = str(given)
    ids = [i.id for i in book.instruments]
    if text in ids:
        first = book.instrument(text).effective
        return book, first, f"the record on {first}, first day of {text}"
    if text[:1].isdigit() and text.count("-") == 2:
        parsed = read_day(text, book, "rules")
        return book, parsed, f"the record on {parsed}"
    if Path(text).suffix in (".yaml", ".yml"):
        return user_rules(text), day, f"{text} on {day}"
    raise unknown_name("day, instrument or YAML file", text, ids, "rules")


def _compare(left: tuple[RuleBook, date, str], right: tuple[RuleBook, date, str], to: str) -> RuleComparison:
    check_not_home(to)
    chips = list(catalogue().values())
    tables = [ruling_table(chips, [to], [day], rules=book) for book, day, _ in (left, right)]
    pairs = list(zip(*tables, strict=True))
    differ = tuple((x, y) for x, y in pairs if _said(x) != _said(y))
    values = [dict(_binding(book, day, to)) for book, day, _ in (left, right)]
    paths = list(dict.fromkeys((*values[0], *values[1])))
    return RuleComparison(
        left[2],
        right[2],
        to,
        differ,
        len(pairs) - len(differ),
        tuple(
            ValueChange(p, values[0].get(p), values[1].get(p))
            for p in paths
            if values[0].get(p) != values[1].get(p)
        ),
        tuple(_designs(left, right, to)),
    )


def _said(r: Ruling) -> tuple[Any, ...]:
    return (
        r.answer,
        r.paragraphs,
        r.exceptions,
        r.cap_share_of_us_volume,
        r.tariff_share,
        r.fee_share,
        r.notice_days,
    )


def _binding(book: RuleBook, day: date, to: str) -> Iterator[tuple[str, str]]:
    about = deal(day, to)
    for i in judged(book):
        if i.in_force(day):
            for c in i.clauses:
                if c.reached_by(about) is not None:
                    for t in c.tests:
                        yield f"{i.id}.{c.id}.{t.key}", f"{t.metric} {t.op} {t.value:,.6g} {t.unit}"
                    for v in c.conditions:
                        yield f"{i.id}.{c.id}.{v.key}", f"{v.value:,.6g} {v.unit}"


def _designs(
    left: tuple[RuleBook, date, str], right: tuple[RuleBook, date, str], to: str
) -> Iterable[DesignChange]:
    for workload in WORKLOADS:
        for licence in LICENCES:
            built = max(left[1], right[1])
            found: list[ChipSpec | None] = []
            for book, day, _ in (left, right):
                try:
                    found.append(
                        variant(day, workload=workload, licence=licence, to=to, rules=book, built=built)
                    )
                except CurveshiftError:
                    # No part of the day's technology qualifies: that is the answer.
                    found.append(None)
            limits = [
                None if f is None else (f.tpp, f.memory_bandwidth_gbs, f.interconnect_gbs) for f in found
            ]
            if limits[0] != limits[1]:
                yield DesignChange(workload, licence, found[0], found[1])
