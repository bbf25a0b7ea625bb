"""What would change a ruling: the nearest thresholds, the buyer, the way, and the day."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from curveshift.controls.answers import Change, Ruling
from curveshift.controls.chips import BITS, ChipSpec
from curveshift.controls.deals import Deal, deal
from curveshift.controls.instruments import Instrument, compiled
from curveshift.controls.places import group_change_days

Rule = Callable[[ChipSpec, Deal], Ruling]
WORDS = {
    "tpp": ("TPP", "TPP"),
    "die_area_mm2": ("die area", "mm2"),
    "memory_bandwidth_gbs": ("memory bandwidth", "GB/s"),
    "interconnect_gbs": ("chip-to-chip links", "GB/s"),
    "package_area_mm2": ("package area", "mm2"),
}


def changes(
    chip: ChipSpec, about: Deal, instruments: Sequence[Instrument], found: Ruling, rule: Rule
) -> tuple[Change, ...]:
    """The smallest changes of each kind that give another answer, nearest first.

    Parameters
    ----------
    chip : ChipSpec
    about : Deal
    instruments : sequence of Instrument
        Those that the ruling weighs.
    found : Ruling
        The answer as it is.
    rule : callable
        The ruling on another part or transaction.

    Returns
    -------
    tuple of Change
    """
    exact = replace(chip, spread=())
    nearest = sorted(_specs(exact, about, instruments, found, rule), key=lambda pair: pair[0])
    return (*(change for _, change in nearest), *_circumstances(exact, about, instruments, found, rule))


def _specs(
    chip: ChipSpec, about: Deal, instruments: Iterable[Instrument], found: Ruling, rule: Rule
) -> Iterator[tuple[float, Change]]:
    tests = [t for i in instruments if i.in_force(about.on) for c in i.clauses for t in c.tests]

    def of(metric: str) -> set[float]:
        return {t.value for t in tests if t.metric == metric}

    tpp = chip.tpp if chip.tpp is not None else chip.computed_tpp
    area, dram = chip.die_area_mm2, chip.memory_bandwidth_gbs
    links, pcie = chip.interconnect_gbs, chip.pcie_bidir_gbs
    candidates: dict[str, tuple[float | None, set[float]]] = {
        "tpp": (tpp, of("tpp") | ({d * area for d in of("performance_density")} if area else set())),
        "die_area_mm2": (area, {tpp / d for d in of("performance_density")} if tpp else set()),
        "memory_bandwidth_gbs": (
            dram,
            of("dram_bandwidth_gbs")
            | ({t - links - pcie for t in of("dram_and_io_gbs")} if None not in (links, pcie) else set()),  # type: ignore[operator]
        ),
        "interconnect_gbs": (
            links,
            of("interconnect_gbs")
            | ({t - pcie for t in of("io_gbs")} if pcie is not None else set())
            | ({t - pcie - dram for t in of("dram_and_io_gbs")} if None not in (pcie, dram) else set()),  # type: ignore[operator]
        ),
    }
    if chip.memory_only:
        per_area = of("memory_bandwidth_density")
        package = chip.package_area_mm2
        candidates = {
            "memory_bandwidth_gbs": (dram, {d * package for d in per_area} if package else set()),
            "package_area_mm2": (package, {dram / d for d in per_area} if dram else set()),
        }
    for spec, (now, limits) in candidates.items():
        if now:
            yield from _nearest(chip, spec, now, limits, about, found, rule)


def _nearest(
    chip: ChipSpec, spec: str, now: float, limits: set[float], about: Deal, found: Ruling, rule: Rule
) -> Iterator[tuple[float, Change]]:
    for up in (True, False):
        for limit in sorted((v for v in limits if v > 0), reverse=not up):
            # On the threshold itself or just beside it, whichever is the first on the other side.
            beside = math.nextafter(limit, math.inf if up else 0.0)
            tried = [v for v in (limit, beside) if (v > now) is up and v != now]
            hit = next((v for v in tried if rule(_with(chip, spec, v), about).answer != found.answer), None)
            if hit is None:
                continue
            other = rule(_with(chip, spec, hit), about)
            share, what = _told(chip, spec, now, limit, hit)
            yield share, _change(what, other)
            break


def _told(chip: ChipSpec, spec: str, now: float, limit: float, hit: float) -> tuple[float, str]:
    """How large a change is, as a share, and in words."""
    words, unit = WORDS[spec]
    up = hit > now
    tpp = chip.tpp if chip.tpp is not None else chip.computed_tpp
    if spec == "die_area_mm2" and tpp:
        # The rules speak of density: a smaller die is a denser one.
        share = abs(now / hit - 1)
        bound, has = f"{tpp / limit:.4g}", f"{tpp / now:.4g}"
        words, unit, up = "performance density", f"TPP/mm2, a die of {limit:,.4g} mm2,", not up
    else:
        share = abs(hit / now - 1)
        bound, has = f"{limit:,.6g}", f"{now:,.6g}"
    edge = "" if hit == limit else ("above " if up else "below ")
    return (
        share,
        f"{words} {_percent(share)} {'higher' if up else 'lower'} ({edge}{bound} {unit} instead of {has})",
    )


def _with(chip: ChipSpec, spec: str, value: float) -> ChipSpec:
    changed: dict[str, Any] = dict.fromkeys(BITS) if spec == "tpp" else {}
    changed[spec] = value
    return replace(chip, **changed)


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:,.0f} %"


def _change(what: str, other: Ruling) -> Change:
    return Change(what, other.status, other.paragraphs, other.licence_policy)


def _circumstances(
    chip: ChipSpec, about: Deal, instruments: Iterable[Instrument], found: Ruling, rule: Rule
) -> Iterator[Change]:
    tried: list[tuple[str, ChipSpec, Deal]] = []
    for meant in (True, False):
        if chip.datacenter is not meant and not chip.memory_only:
            words = "meant for data centres" if meant else "not meant for data centres"
            tried.append((words, replace(chip, datacenter=meant), about))
    if about.to != "any":
        tried += [(words, chip, other) for words, other in _other_deals(about)]
    for words, one, other in tried:
        ruled = rule(one, other)
        if ruled.answer != found.answer:
            yield _change(words, ruled)
    if about.to != "any":
        yield from _other_days(chip, about, instruments, found, rule)


def _other_deals(about: Deal) -> Iterator[tuple[str, Deal]]:
    def other(home: str | None = None, end_user: str | None = None, way: str | None = None) -> Deal:
        return deal(
            about.on,
            about.to,
            home or about.headquarters,
            end_user or about.end_user,
            way or {"transfer": "in-country transfer"}.get(about.transaction, about.transaction),
        )

    if not {"D:5", "MO"} & about.owners:
        yield "a buyer headquartered in China", other(home="CN")
    elif about.headquarters != about.to or about.owners != about.places:
        yield f"a buyer headquartered in {about.to}", other(home=about.to)
    else:
        yield "a buyer headquartered in the United States", other(home="US")
    for way in ("export", "reexport", "in-country transfer"):
        if way.split()[-1] != about.transaction:
            yield f"{way} instead of {about.transaction}", other(way=way)
    if about.end_user == "civil":
        yield "a buyer on the Entity List", other(end_user="entity-list")


def rule_days(instruments: Iterable[Instrument], *places: str) -> list[date]:
    """Days on which an instrument, a reach of one, or the group of a place changes."""
    days: set[date] = set()
    for i in instruments:
        days |= {d for d in (i.in_text_from, i.effective, i.ends) if d is not None}
        days |= {d for c in i.clauses for r in c.reach for d in (r.start, r.until) if d is not None}
    for code in places:
        days.update(group_change_days(code))
    return sorted(days)


def _other_days(
    chip: ChipSpec, about: Deal, instruments: Iterable[Instrument], found: Ruling, rule: Rule
) -> Iterator[Change]:
    days = rule_days(instruments, about.to, about.headquarters)

    def on(day: date) -> Ruling:
        way = {"transfer": "in-country transfer"}.get(about.transaction, about.transaction)
        return rule(chip, deal(day, about.to, about.headquarters, about.end_user, way))

    later = ((day, on(day)) for day in days if day > about.on)
    hit = next(((day, r) for day, r in later if r.answer != found.answer), None)
    if hit is not None:
        yield _change(f"on or after {hit[0]}", hit[1])
    last = None
    # That nobody read the rules of earlier days is no change of the rules.
    begins = date.fromisoformat(compiled()["begins"])
    for day in sorted((d for d in days if begins < d <= about.on), reverse=True):
        before = on(date.fromordinal(day.toordinal() - 1))
        if before.answer != found.answer:
            last = day, before
            break
    if last is not None:
        yield _change(f"before {last[0]}", last[1])
