"""The front door: is this part controlled to that place for that buyer on that day, and why?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, overload

from curveshift import notebooks
from curveshift.controls.answers import Ruling, Status
from curveshift.controls.caveats import ANY_CODE, assumptions, remarks, warnings
from curveshift.controls.chips import ChipSpec
from curveshift.controls.deals import Deal, deal
from curveshift.controls.explain import changes
from curveshift.controls.findings import Finding, examine
from curveshift.controls.grading import graded
from curveshift.controls.instruments import RuleBook, rule_book
from curveshift.controls.lookup import part, with_specs
from curveshift.controls.places import check_not_home, place
from curveshift.controls.rulings import decide, judge, judged, reaches, rule_on
from curveshift.errors import CurveshiftError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

Part = str | ChipSpec | Mapping[str, Any]
Day = str | date
READINGS = ("enforced", "text")
ANY = ("any", "anywhere", "worldwide")


@dataclass(frozen=True)
class RulingTable(Sequence[Ruling]):
    """Rulings on parts, days and destinations, in that order of axes, made when they are asked for.

    Attributes
    ----------
    chips : tuple of str
    days : tuple of datetime.date
    destinations : tuple of str
        Codes.
    """

    chips: tuple[str, ...]
    days: tuple[date, ...]
    destinations: tuple[str, ...]
    _rows: list[list[Ruling]] = field(repr=False)
    _home: str | None = None

    def __len__(self) -> int:
        return len(self.chips) * len(self.days) * len(self.destinations)

    @overload
    def __getitem__(self, index: int) -> Ruling: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Ruling]: ...

    def __getitem__(self, index: int | slice) -> Ruling | Sequence[Ruling]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        chip, cell = divmod(index % len(self), len(self.days) * len(self.destinations))
        day, to = divmod(cell, len(self.destinations))
        found, code = self._rows[chip][cell], self.destinations[to]
        # Cases that are alike share one ruling.
        home = self._home or code
        return found.at(self.days[day], code, home)

    def __iter__(self) -> Iterator[Ruling]:
        return (self[i] for i in range(len(self)))

    def statuses(self) -> list[list[list[Status]]]:
        """Status by part, day and destination."""
        width = len(self.destinations)
        return [
            [[r.status for r in row[d * width : (d + 1) * width]] for d in range(len(self.days))]
            for row in self._rows
        ]

    def _repr_html_(self) -> str:
        rows = [[r.chip, r.on, r.to, str(r.status).replace("_", " "), "; ".join(r.paragraphs)] for r in self]
        return notebooks.table(["chip", "on", "to", "status", "paragraphs"], rows)

    def to_frame(self) -> pd.DataFrame:
        """One row per part, day and destination."""
        import pandas as pd

        return pd.DataFrame([row(r) for r in self])


def row(r: Ruling) -> dict[str, Any]:
    """A ruling as one flat record."""
    return {
        "chip": r.chip,
        "to": r.to,
        "on": r.on,
        "buyer_headquarters": r.buyer_headquarters,
        "status": str(r.status),
        "paragraphs": "; ".join(r.paragraphs),
        "licence_policy": str(r.licence_policy),
        "exceptions": "; ".join(r.exceptions),
        "rests_on_letter": r.rests_on_letter,
        "evidence": r.evidence,
        "confidence": r.confidence,
        "cap_share_of_us_volume": r.cap_share_of_us_volume,
        "tariff_share": r.tariff_share,
        "fee_share": r.fee_share,
        "undecided": "; ".join(f"{path}: {', '.join(what)}" for path, what in r.undecided),
    }


@overload
def classify(
    chip: Part, to: str, on: Day | None = None, *, buyer_headquarters: str | None = None,
    end_user: str = "civil", data_center: bool | None = None, transaction: str = "export",
    reading: str = "enforced", rules: RuleBook | None = None,
) -> Ruling: ...  # fmt: skip


@overload
def classify(
    chip: Part | Sequence[Part], to: str | Sequence[str], on: Day | Sequence[Day] | None = None, *,
    buyer_headquarters: str | None = None, end_user: str = "civil", data_center: bool | None = None,
    transaction: str = "export", reading: str = "enforced", rules: RuleBook | None = None,
) -> Ruling | RulingTable: ...  # fmt: skip


def classify(
    chip: Part | Sequence[Part],
    to: str | Sequence[str],
    on: Day | Sequence[Day] | None = None,
    *,
    buyer_headquarters: str | None = None,
    end_user: str = "civil",
    data_center: bool | None = None,
    transaction: str = "export",
    reading: str = "enforced",
    rules: RuleBook | None = None,
) -> Ruling | RulingTable:
    """Say whether a chip is controlled to a place for a buyer on a day, under which paragraph, and why.

    Parameters
    ----------
    chip : str, ChipSpec, mapping, or a sequence of them
        A name of the chip table or a usual short one (``"H20"``), or specifications (fields of `ChipSpec`;
        ``"like"`` names a known part that they change). A specification may be an interval,
        ``"4500 to 5200"``: the ruling then carries the probability of each answer.
    to : str or sequence of str
        Destination, as code or English name; ``"any"`` for rules that hold everywhere.
    on : str, datetime.date or a sequence of them, optional
        Day of export; the last day on which the rules were reviewed by default.
    buyer_headquarters : str, optional
        Where the buyer or its ultimate parent is at home; the destination by default.
    end_user : {"civil", "entity-list", "entity-affiliate", "military", "supercomputer", "uae-approved"}
        What the buyer is.
    data_center : bool, optional
        Whether the part is designed or marketed for data centres; that of the chip table by default.
    transaction : {"export", "reexport", "in-country transfer"}
        Way of the part.
    reading : {"enforced", "text"}
        Whether a rule that stands in the text and is not enforced counts (the AI Diffusion rule).
    rules : RuleBook, optional
        Another rule book; the recorded one by default.

    Returns
    -------
    Ruling or RulingTable
        A table when any of chip, to and on is a sequence; in a table nothing is graded, and what would change
        an answer is left out.

    Raises
    ------
    CurveshiftError
        For an unknown chip, place, buyer or transaction, an impossible date, and specifications that are
        sparse, negative or contradict each other.

    Notes
    -----
    Not legal advice. Rules on chips are known from 26 August 2022 to the review date of the rule book, older ones
    about places and buyers from 2015; other days are answered with a warning or left undecided.

    References
    ----------
    15 CFR 740, 742.6, 744.23, 746 and 774 Supplement No. 1, and the documents that each ruling cites.

    Examples
    --------
    >>> found = classify("H20", to="CN", on="2025-04-20")
    >>> print(found.status, found.rests_on_letter)
    licence_required True
    >>> print(classify("H100", "Malaysia", "2023-12-01", buyer_headquarters="CN").licence_policy)
    presumption_of_denial
    """
    book = rules if rules is not None else rule_book()
    parts, many_parts = _several(chip)
    places, many_places = _several(to)
    days, many_days = _several(on)
    if many_parts or many_places or many_days:
        return ruling_table(
            parts, places, days, buyer_headquarters=buyer_headquarters, end_user=end_user,
            data_center=data_center, transaction=transaction, reading=reading, rules=book,
        )  # fmt: skip
    spec, read = _read(parts[0], data_center)
    home = _home(buyer_headquarters)
    about = _deal(read_day(days[0], book), _to(places[0]), home, end_user, transaction)
    instruments = judged(book, _reading(reading))

    examined: dict[ChipSpec, list[Finding]] = {}

    def rule(one: ChipSpec, other: Deal = about) -> Ruling:
        # What would change an answer asks about one part in many transactions: it is tested once.
        if one not in examined:
            examined[one] = [f for group in examine(one, instruments) for f in group]
        return decide(one, examined[one], other, reaches(instruments, other), book.reviewed)

    found = graded(spec, rule)
    if about.to == ANY_CODE and found.status is not Status.LICENCE_REQUIRED:
        # What no worldwide rule catches depends on the destination.
        found = replace(
            found,
            status=Status.UNDECIDED,
            confidence=0.0,
            undecided=(*found.undecided, ("to", ("destination",))),
        )
    told = remarks(book, reading, spec, about, examined[replace(spec, spread=())], found)
    return replace(
        found,
        would_change=changes(spec, about, instruments, found, rule),
        assumptions=(*assumptions(spec, about, home, read), *told["assumption"]),
        warnings=(
            *warnings(spec, found, about, book, _as_written(spec, found, about, book)),
            *told["warning"],
        ),
    )


def _as_written(spec: ChipSpec, found: Ruling, about: Deal, book: RuleBook) -> Ruling | None:
    """The ruling of the text on a free part that the list names; nobody else need be asked."""
    if not found.status.free or not any(p.startswith("3A090.a") for p in found.paragraphs):
        return None
    return judge(replace(spec, spread=()), judged(book, "text"), about, book.reviewed)


def ruling_table(
    chips: Sequence[Part],
    to: Sequence[str],
    on: Sequence[Day | None],
    *,
    buyer_headquarters: str | None = None,
    end_user: str = "civil",
    data_center: bool | None = None,
    transaction: str = "export",
    reading: str = "enforced",
    rules: RuleBook | None = None,
) -> RulingTable:
    """Rulings on every part, day and destination; parameters as for `classify`."""
    book = rules if rules is not None else rule_book()
    specs = [read_part(c, data_center) for c in chips]
    places = [_to(t) for t in to]
    days = [read_day(d, book) for d in on]
    home = _home(buyer_headquarters)
    deals = [_deal(day, code, home, end_user, transaction) for day in days for code in places]
    rows = rule_on(specs, deals, judged(book, _reading(reading)), book.reviewed)
    return RulingTable(tuple(c.name for c in specs), tuple(days), tuple(places), rows, home)


def _several(given: Any) -> tuple[list[Any], bool]:
    """What was given as a list, and whether it was more than one thing."""
    many = isinstance(given, Sequence) and not isinstance(given, str)
    return (list(given) if many else [given]), many


def _home(given: str | None) -> str | None:
    return None if given is None else place(given, "buyer_headquarters")


def _reading(given: str) -> str:
    if given not in READINGS:
        raise unknown_name("reading", given, READINGS, "reading")
    return given


def read_part(given: Part, data_center: bool | None = None) -> ChipSpec:
    """The part that a name, specifications or a `ChipSpec` stands for."""
    return _read(given, data_center)[0]


def _read(given: Part, data_center: bool | None) -> tuple[ChipSpec, str | None]:
    read: str | None = None
    if isinstance(given, ChipSpec):
        found = given
    elif isinstance(given, str):
        found, read = part(given)
    elif isinstance(given, Mapping):
        specs = dict(given)
        like = specs.pop("like", None)
        base, read = (None, None) if like is None else part(like, "specs.like")
        found = with_specs(base, specs)
    else:
        raise CurveshiftError(f"give a name, specifications or a ChipSpec, not {given!r}", "chip")
    return (found if data_center is None else replace(found, datacenter=data_center)), read


def _to(text: str) -> str:
    if isinstance(text, str) and text.casefold() in ANY:
        return ANY_CODE
    code = place(text)
    check_not_home(code)
    return code


def _deal(day: date, to: str, home: str | None, end_user: str, transaction: str) -> Deal:
    if to != ANY_CODE:
        return deal(day, to, home, end_user, transaction)
    # A destination that is in no group: only rules that reach every place are left.
    found = deal(day, "AQ", home, end_user, transaction)
    return replace(found, to=ANY_CODE, headquarters=home or ANY_CODE)


def read_day(given: Day | None, book: RuleBook, where: str = "on") -> date:
    """A day from ISO text; the review date without one."""
    if given is None:
        return book.reviewed
    if isinstance(given, date):
        # A time of day says nothing here.
        return date(given.year, given.month, given.day)
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        raise CurveshiftError(
            f"impossible date {given!r}: write year-month-day, as 2026-01-20", where
        ) from None
