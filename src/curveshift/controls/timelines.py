"""How the status of a part changed, and which instruments changed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from curveshift import notebooks
from curveshift.controls.answers import Ruling
from curveshift.controls.chips import ChipSpec
from curveshift.controls.deals import Deal, deal
from curveshift.controls.explain import rule_days
from curveshift.controls.findings import Finding, examine
from curveshift.controls.grading import graded
from curveshift.controls.instruments import RuleBook, compiled, rule_book
from curveshift.controls.places import group_change_days, place, place_name
from curveshift.controls.questions import Day, Part, read_day, read_part, row
from curveshift.controls.rulings import decide, judged, reaches
from curveshift.errors import CurveshiftError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Era:
    """A span of days with one answer.

    ``until`` is the first day of the next answer, or ``None``; ``causes`` are the instruments that began or
    ended on its first day, or the reason of another change.
    """

    start: date
    until: date | None
    ruling: Ruling
    causes: tuple[str, ...]


@dataclass(frozen=True)
class Timeline:
    """The answers to one question, day by day, put together in spans.

    Attributes
    ----------
    chip, to : str
    eras : tuple of Era
    reviewed : datetime.date
        Last day on which the rules were read; later days are answered by the last known rules.
    """

    chip: str
    to: str
    eras: tuple[Era, ...]
    reviewed: date

    def __iter__(self) -> Iterator[Era]:
        return iter(self.eras)

    def __len__(self) -> int:
        return len(self.eras)

    def rows(self) -> list[dict[str, Any]]:
        """One flat record per span."""
        return [
            {"start": e.start, "until": e.until, **row(e.ruling), "why": "; ".join(e.causes)}
            for e in self.eras
        ]

    def _repr_html_(self) -> str:
        shown = ("start", "until", "status", "paragraphs", "why")
        rows = [{name: row[name] for name in shown} for row in self.rows()]
        return notebooks.records(
            rows, f"{self.chip} to {self.to}", [f"Rules last reviewed on {self.reviewed}."]
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per span."""
        import pandas as pd

        return pd.DataFrame(self.rows())


def timeline(
    chip: Part,
    to: str,
    *,
    start: Day | None = None,
    end: Day | None = None,
    buyer_headquarters: str | None = None,
    end_user: str = "civil",
    data_center: bool | None = None,
    transaction: str = "export",
    reading: str = "enforced",
    rules: RuleBook | None = None,
) -> Timeline:
    """How the status of a chip for a destination changed over time, and why.

    Parameters
    ----------
    chip, to, buyer_headquarters, end_user, data_center, transaction, reading, rules
        As for `classify`.
    start, end : str or datetime.date, optional
        First and last day; by default the first of August 2022, and the later of the review date and the last
        day on which a recorded rule is known to change.

    Returns
    -------
    Timeline

    Raises
    ------
    CurveshiftError
        As `classify` does, and when the end is before the start.

    Examples
    --------
    >>> for era in timeline("RTX 4090", "CN"):
    ...     print(era.start, era.ruling.status, len(era.causes))
    2022-08-01 not_controlled 0
    2023-11-17 notification 1
    """
    book = rules if rules is not None else rule_book()
    code = place(to)
    homes = [code] if buyer_headquarters is None else [code, place(buyer_headquarters, "buyer_headquarters")]
    instruments = judged(book, reading)
    known = rule_days(instruments, *homes)
    first = date.fromisoformat(compiled()["first_control"]).replace(day=1)
    begin = first if start is None else read_day(start, book, "start")
    finish = max(book.reviewed, *known) if end is None else read_day(end, book, "end")
    if finish < begin:
        raise CurveshiftError(f"the end {finish} is before the start {begin}", "end")
    days = [begin, *(d for d in known if begin < d <= finish)]
    spec = read_part(chip, data_center)
    deals = [deal(day, code, homes[-1], end_user, transaction) for day in days]
    examined: dict[ChipSpec, list[Finding]] = {}

    def rule(one: ChipSpec, about: Deal, where: list[int]) -> Ruling:
        # Every day asks about the same parts, many of them where a specification is an interval.
        if one not in examined:
            examined[one] = [f for group in examine(one, instruments) for f in group]
        return decide(one, examined[one], about, where, book.reviewed)

    rulings = [graded(spec, partial(rule, about=about, where=reaches(instruments, about))) for about in deals]
    changed = [k for k in range(len(days)) if k == 0 or _said(rulings[k]) != _said(rulings[k - 1])]
    eras = []
    for k, after in zip(changed, [*changed[1:], None], strict=True):
        causes = () if k == 0 else tuple(_causes(days[k], rulings[k - 1], rulings[k], book))
        until = None if after is None else days[after]
        eras.append(Era(days[k], until, rulings[k], causes))
    return Timeline(spec.name, code, tuple(eras), book.reviewed)


def _said(r: Ruling) -> tuple[Any, ...]:
    return (
        r.answer,
        r.paragraphs,
        r.exceptions,
        r.cap_share_of_us_volume,
        r.tariff_share,
        r.fee_share,
        r.requirements,
    )


def _causes(day: date, before: Ruling, after: Ruling, book: RuleBook) -> Iterator[str]:
    touched = {*after.basis, *before.basis}
    begun = [i for i in book.instruments if day in (i.effective, i.in_text_from)]
    ended = [i for i in book.instruments if i.ends == day]
    told = [f"{i.title} ({i.id}) takes effect" for i in begun if i.id in touched]
    told += [f"{i.title} ({i.id}) ends" for i in ended if i.id in touched]
    if not told:
        moved = {c for c in (after.to, after.buyer_headquarters) if day in group_change_days(c)}
        told = [f"{place_name(code)} changes country group" for code in sorted(moved)]
    if not told:
        told = [
            f"{i.title} ({i.id}) changes whom it reaches"
            for i in book.instruments
            if i.id in touched and any(day in (r.start, r.until) for c in i.clauses for r in c.reach)
        ]
    yield from told or [f"{i.title} ({i.id})" for i in (*begun, *ended)]
