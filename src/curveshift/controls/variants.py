"""The part that a vendor would design to the limit of the rules, found by calculation.

Every rule is a set of thresholds on processing performance, density, memory bandwidth and links, so a
ruling is constant between thresholds. The best part that is permitted therefore sits at full technology or
one unit below a threshold in each of these, and it is enough to try those corners.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from typing import Literal

from curveshift.controls.answers import Ruling, Status
from curveshift.controls.chips import ChipSpec, catalogue
from curveshift.controls.deals import Deal, deal
from curveshift.controls.instruments import Instrument, LicencePolicy, RuleBook, compiled, rule_book
from curveshift.controls.rulings import destination, judge, judged
from curveshift.errors import CurveshiftError

Workload = Literal["pretrain", "rollout"]
Licence = Literal["free", "case_by_case"]
# Vendors stay a whole unit below a threshold: 1 TPP, 1 GB/s.
UNIT = 1.0


@dataclass(frozen=True)
class _Limits:
    """Thresholds in force, by metric, in increasing order."""

    tpp: tuple[float, ...]
    density: tuple[float, ...]
    dram: tuple[float, ...]
    links: tuple[float, ...]
    io: tuple[float, ...]
    total: tuple[float, ...]


def variant(
    rule_date: date | None,
    changes: Mapping[str, float] | None = None,
    workload: Workload = "pretrain",
    *,
    licence: Licence = "free",
    base: ChipSpec | None = None,
    built: date | None = None,
    to: str = "CN",
    rules: RuleBook | None = None,
) -> ChipSpec:
    """Best part that may be shipped under the rules of a day, cut from a stated technology.

    Compute, memory bandwidth and links can each be cut from the base die; die area, memory size and PCIe
    stay. The result keeps one unit (1 TPP, 1 GB/s) below each threshold that binds.

    Parameters
    ----------
    rule_date : datetime.date or None
        Day whose rules apply; ``None`` for no controls.
    changes : mapping of str to float, optional
        Changed thresholds, as for `rule_book`.
    workload : {"pretrain", "rollout"}
        Put processing performance first (bound by operations), or memory bandwidth first (bound by
        bandwidth).
    licence : {"free", "case_by_case"}
        Whether the part must need no licence and no notice, or must be judged case by case. The January
        2026 text covers only products then on sale in the United States, so a new design there is
        hypothetical.
    base : ChipSpec, optional
        The technology. By default, the best of the shipped dies available on `built`: one reticle-size die
        for a free part, also a pair of dies for a licensed one.
    built : datetime.date, optional
        Date of the technology; the rule date by default.
    to : str
        Destination, as for `ruling`.
    rules : RuleBook, optional
        Another rule book; `changes` then says nothing.

    Returns
    -------
    ChipSpec

    Raises
    ------
    CurveshiftError
        When no part of that technology qualifies, when no technology is known for the date, for an unknown
        workload or licence, and as `rule_book` does.

    Examples
    --------
    >>> v = variant(date(2023, 12, 1))
    >>> v.tpp, v.memory_bandwidth_gbs
    (2399.0, 4020.0)
    """
    if workload not in ("pretrain", "rollout"):
        raise CurveshiftError(f"unknown workload {workload!r}: give pretrain or rollout", where="workload")
    if licence not in ("free", "case_by_case"):
        raise CurveshiftError(f"unknown licence {licence!r}: give free or case_by_case", where="licence")
    book = rules or rule_book(changes)
    code = destination(to)
    about = deal(rule_date or book.reviewed, code)
    instruments = _reaching(book, about) if rule_date is not None else []
    bases = [base] if base is not None else _designs(built or rule_date or book.reviewed, licence)
    limits = _limits(instruments)

    def merit(chip: ChipSpec) -> tuple[float, ...]:
        compute, memory = chip.tpp or 0.0, chip.memory_bandwidth_gbs or 0.0
        first, second = (compute, memory) if workload == "pretrain" else (memory, compute)
        links = (chip.interconnect_gbs or 0.0) + (chip.pcie_bidir_gbs or 0.0)
        return first, second, links, chip.memory_gb or 0.0

    def qualifies(chip: ChipSpec) -> bool:
        return _qualifies(judge(chip, instruments, about, book.reviewed), licence)

    corners = [chip for die in bases for chip in _corners(die, limits)]
    if licence == "free":
        # More memory or links never frees a part, so where the least part of a compute is not free none of it is.
        least: dict[tuple[str, float], ChipSpec] = {}
        for chip in corners:
            least[_compute(chip)] = min(least.get(_compute(chip), chip), chip, key=_beside_compute)
        free = {compute for compute, chip in least.items() if qualifies(chip)}
        corners = [chip for chip in corners if _compute(chip) in free]
    # The best first: most corners need not be judged.
    allowed = (chip for chip in sorted(corners, key=merit, reverse=True) if qualifies(chip))
    best = next(allowed, None)
    if best is None:
        names = " or ".join(b.name for b in bases)
        raise CurveshiftError(
            f"no part cut from {names} is {licence.replace('_', ' ')} on {about.on} for {code}"
        )
    words = licence.replace("_", "-")
    return replace(best, name=f"{words} {workload} variant, rules of {rule_date or 'no date'}")


def _compute(chip: ChipSpec) -> tuple[str, float]:
    return chip.name, chip.tpp or 0.0


def _beside_compute(chip: ChipSpec) -> tuple[float, float]:
    return chip.memory_bandwidth_gbs or 0.0, chip.interconnect_gbs or 0.0


def _qualifies(found: Ruling, licence: Licence) -> bool:
    if licence == "free":
        return found.status.free
    case_by_case = found.licence_policy is LicencePolicy.CASE_BY_CASE
    return found.status is Status.LICENCE_REQUIRED and case_by_case and found.confidence > 0


def _reaching(book: RuleBook, about: Deal) -> list[Instrument]:
    """Instruments about chips and places of which a clause reaches the transaction; the others cannot bind."""
    return [
        i
        for i in judged(book)
        if i.scope in ("chip", "buyer")
        and i.in_force(about.on)
        and any(c.reached_by(about) for c in i.clauses)
    ]


def _limits(instruments: Iterable[Instrument]) -> _Limits:
    tests = [t for i in instruments for c in i.clauses for t in c.tests]

    def of(metric: str) -> tuple[float, ...]:
        return tuple(sorted({t.value for t in tests if t.metric == metric}))

    return _Limits(
        of("tpp"),
        of("performance_density"),
        of("dram_bandwidth_gbs"),
        of("interconnect_gbs"),
        of("io_gbs"),
        of("dram_and_io_gbs"),
    )


def _below(full: float, thresholds: Iterable[float]) -> list[float]:
    """The full value, and one unit below each threshold that it can be cut to."""
    return [full, *(t - UNIT for t in thresholds if 0 <= t - UNIT < full)]


def _corners(die: ChipSpec, limits: _Limits) -> list[ChipSpec]:
    die = replace(die, tpp=die.tpp if die.tpp is not None else die.computed_tpp)
    missing = [
        spec
        for spec in ("tpp", "die_area_mm2", "memory_bandwidth_gbs", "interconnect_gbs", "pcie_bidir_gbs")
        if getattr(die, spec) is None
    ]
    if missing or not die.tpp:
        raise CurveshiftError(
            f"cannot be cut to a limit without {', '.join(missing) or 'a tpp above 0'}",
            where=f"chip {die.name!r}",
        )
    full, area, pcie = die.tpp, die.die_area_mm2 or 0.0, die.pcie_bidir_gbs or 0.0
    # A density limit binds the compute that a die of this area may hold.
    by_density = [limit * area for limit in limits.density]
    computes = _below(full, [*limits.tpp, *by_density])
    most_links = die.interconnect_gbs or 0.0
    alone = _below(most_links, [*limits.links, *(limit - pcie for limit in limits.io)])
    # A limit on the sum of memory and links is met by cutting either, down to no links at all.
    shared = [limit - pcie - link for limit in limits.total for link in (*alone, 0.0)]
    corners = []
    for compute, memory in product(
        computes, _below(die.memory_bandwidth_gbs or 0.0, [*limits.dram, *shared])
    ):
        left = _below(most_links, [limit - pcie - memory for limit in limits.total])
        corners += [_cut(die, compute / full, memory, link) for link in {*alone, *left, 0.0}]
    return corners


def _cut(die: ChipSpec, share: float, memory_bandwidth_gbs: float, interconnect_gbs: float) -> ChipSpec:
    def scaled(rate: float | None) -> float | None:
        return None if rate is None else rate * share

    return replace(
        die,
        # A new part: what a letter says of a product by name does not hold for it.
        name=f"design on the die of {die.name}",
        fp16_dense_tflops=scaled(die.fp16_dense_tflops),
        fp8_dense_tops=scaled(die.fp8_dense_tops),
        fp4_dense_tops=scaled(die.fp4_dense_tops),
        tpp=scaled(die.tpp),
        memory_bandwidth_gbs=memory_bandwidth_gbs,
        interconnect_gbs=interconnect_gbs,
        spread=(),
    )


def _designs(on: date, licence: Licence) -> list[ChipSpec]:
    chips = catalogue()
    found = []
    for design in compiled()["designs"]:
        if date.fromisoformat(design["from"]) <= on and licence in design["licence"]:
            spec = chips[design["chip"]]
            for field in ("memory_bandwidth_gbs", "memory_gb"):
                if design[field] is not None:
                    spec = replace(spec, **{field: design[field]})
            found.append(spec)
    if not found:
        raise CurveshiftError(f"no die is recorded for {on}: give one as base", where="built")
    return found
