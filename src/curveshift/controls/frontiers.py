"""The best part that may be shipped: from the chip table, and as a design at the limit of the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from curveshift import notebooks
from curveshift.controls.answers import Ruling, Status
from curveshift.controls.chips import ChipSpec, catalogue
from curveshift.controls.instruments import LicencePolicy, RuleBook, rule_book
from curveshift.controls.places import check_not_home, place
from curveshift.controls.questions import Day, read_day, ruling_table
from curveshift.controls.variants import Licence, variant
from curveshift.errors import CurveshiftError

if TYPE_CHECKING:
    import pandas as pd

Access = Literal["free", "notification", "presumption_of_approval", "assured", "case_by_case"]
ACCESS: tuple[Access, ...] = ("free", "notification", "presumption_of_approval", "assured", "case_by_case")
"""From the easiest way out to the hardest that is not a presumption of denial."""
WORKLOADS: tuple[Literal["pretrain", "rollout"], ...] = ("pretrain", "rollout")
ON_SALE = ("shipped", "china_variant", "limited", "ramping")
DESIGNS: dict[Access, Licence] = {"free": "free", "case_by_case": "case_by_case"}


@dataclass(frozen=True)
class Best:
    """The best part of one kind for one workload and one way out; ``chip`` is ``None`` when there is none.

    ``kind`` is *catalogue* (a part on sale) or *design* (the part that a vendor could cut from the best die of
    the day). Where no limit binds there is nothing to cut: ``unlimited`` says so, and ``chip`` is ``None``.
    """

    workload: str
    access: str
    kind: str
    chip: ChipSpec | None
    ruling: Ruling | None
    unlimited: bool = False


@dataclass(frozen=True)
class Frontier:
    """What may be shipped to a place on a day."""

    on: date
    to: str
    best: tuple[Best, ...]
    reviewed: date

    def __iter__(self) -> Iterator[Best]:
        return iter(self.best)

    def rows(self) -> list[dict[str, Any]]:
        """One flat record per workload, way out and kind."""
        return [
            {
                "workload": b.workload,
                "access": b.access,
                "kind": b.kind,
                "chip": None if b.chip is None else b.chip.name,
                "tpp": None if b.chip is None else b.chip.tpp,
                "memory_bandwidth_gbs": None if b.chip is None else b.chip.memory_bandwidth_gbs,
                "paragraphs": "" if b.ruling is None else "; ".join(b.ruling.paragraphs),
                "unlimited": b.unlimited,
            }
            for b in self.best
        ]

    def _repr_html_(self) -> str:
        caption = f"Best that may go to {self.to} on {self.on}"
        return notebooks.records(self.rows(), caption, [f"Rules last reviewed on {self.reviewed}."])

    def to_frame(self) -> pd.DataFrame:
        """One row per workload, way out and kind."""
        import pandas as pd

        return pd.DataFrame(self.rows())


def access(r: Ruling) -> Access | None:
    """The way out that a ruling leaves, or ``None`` for a presumption of denial, denial or an open question."""
    if r.status.free:
        return "free"
    if r.status is Status.NOTIFICATION:
        return "notification"
    if r.status is not Status.LICENCE_REQUIRED or r.confidence == 0.0:
        return None
    ways: dict[LicencePolicy, Access] = {
        LicencePolicy.PRESUMPTION_OF_APPROVAL: "presumption_of_approval",
        LicencePolicy.ASSURED: "assured",
        LicencePolicy.CASE_BY_CASE: "case_by_case",
    }
    return ways.get(r.licence_policy)


def frontier(on: Day, to: str, *, rules: RuleBook | None = None) -> Frontier:
    """The best part that may be shipped to a place on a day, for pretraining and for rollouts.

    Pretraining is bound by operations, so the part with the highest TPP is best; rollouts are bound by memory,
    so the one with the highest bandwidth is.

    Parameters
    ----------
    on : str or datetime.date
        Day of export.
    to : str
        Destination, as code or English name.
    rules : RuleBook, optional
        Another rule book; the recorded one by default.

    Returns
    -------
    Frontier
        For each workload and each way out (free, notification, presumption of approval, assured, case by case):
        the best part of US designers on sale by then, and for parts free of licences or judged case by case the
        best conceivable design.

    Raises
    ------
    CurveshiftError
        For an unknown place or an impossible date.

    Examples
    --------
    >>> found = frontier("2024-06-01", "CN")
    >>> [b.chip.name for b in found if b.kind == "catalogue" and b.access == "free"]
    ['RTX 4090 D', 'H20 SXM 96GB']
    """
    book = rules if rules is not None else rule_book()
    day, code = read_day(on, book), place(to)
    check_not_home(code)
    chips = list(_on_sale(day))
    ruled = list(zip(chips, ruling_table(chips, [code], [day], rules=book), strict=True))
    best = []
    for workload in WORKLOADS:
        for way in ACCESS:
            open_to = [(chip, r) for chip, r in ruled if access(r) == way]
            top = max(open_to, key=lambda pair: _merit(pair[0], workload), default=(None, None))
            best.append(Best(workload, way, "catalogue", *top))
            if way in DESIGNS:
                best.append(_design(book, day, code, workload, way))
    return Frontier(day, code, tuple(best), book.reviewed)


def _on_sale(day: date) -> Iterator[ChipSpec]:
    from curveshift.facts import rows

    chips = catalogue()
    for known in rows("chips"):
        released = known["release_date"]
        sold = known["status"] in ON_SALE and known["designer_bloc"] == "us"
        if sold and released is not None and released <= day:
            yield chips[known["chip"]]


def _merit(chip: ChipSpec, workload: str) -> tuple[float, float]:
    compute = chip.tpp or chip.computed_tpp or 0.0
    # Memory on the die is fast and small: a rollout does not fit.
    memory = 0.0 if chip.memory_type == "SRAM" else chip.memory_bandwidth_gbs or 0.0
    return (compute, memory) if workload == "pretrain" else (memory, compute)


def _design(
    book: RuleBook, day: date, to: str, workload: Literal["pretrain", "rollout"], way: Access
) -> Best:
    try:
        found = variant(day, workload=workload, licence=DESIGNS[way], to=to, rules=book)
    except CurveshiftError:
        return Best(workload, way, "design", None, None)
    if way == "free" and _limits(found) == _limits(variant(None, workload=workload, built=day)):
        return Best(workload, way, "design", None, None, unlimited=True)
    ruling = ruling_table([found], [to], [day], rules=book)[0]
    return Best(workload, way, "design", found, ruling)


def _limits(chip: ChipSpec) -> tuple[float | None, ...]:
    return chip.tpp, chip.memory_bandwidth_gbs, chip.interconnect_gbs
