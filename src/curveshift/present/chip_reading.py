"""The page of the classifier: one ruling in words, its timeline, and every chip between the lines of the day."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from . import words

if TYPE_CHECKING:
    from curveshift.controls import Ruling, RulingTable, Timeline

X: Final = (400.0, 200_000.0)
"""TPP from and to which the maps are drawn."""
ENDS: Final = {"density": (1.0, 60.0), "bandwidth": (250.0, 30_000.0)}
UNITS: Final = {"density": ("performance density", "TPP/mm2"), "bandwidth": ("memory bandwidth", "GB/s")}
OWN: Final = {
    "tpp": ("TPP", "dense rate times bits"),
    "die_area_mm2": ("die area", "mm2, all logic dies"),
    "memory_bandwidth_gbs": ("memory bandwidth", "GB/s"),
    "interconnect_gbs": ("chip-to-chip links", "GB/s, both directions"),
    "pcie_bidir_gbs": ("PCIe", "GB/s, both directions"),
    "datacenter": ("for data centres", "yes or no"),
}
"""Numbers that the page lets a visitor give for a chip: name and unit."""
MINE: Final = "mine"


def chips_page() -> dict[str, Any]:
    """What can be asked: chips, places, buyers, days, and how the answers are drawn."""
    from curveshift import facts
    from curveshift.controls import catalogue, memory_stacks, rule_book
    from curveshift.controls.answers import DISCLAIMER
    from curveshift.controls.deals import END_USERS
    from curveshift.controls.instruments import compiled

    from .reading_figures import chip_map, chip_timeline

    released = {row["chip"]: (row["vendor"], row["release_date"]) for row in facts.rows("chips")}
    chips = [
        {
            "name": name,
            "maker": released[name][0],
            "released": released[name][1],
            "specs": {key: getattr(spec, key) for key in OWN},
        }
        for name, spec in catalogue().items()
    ]
    chips += [
        {"name": name, "maker": "memory stacks", "released": None, "specs": {}} for name in memory_stacks()
    ]
    places = sorted((names[0], code) for code, names in compiled()["places"]["names"].items())
    return {
        "first": {"chip": "H200 SXM 141GB", "to": "CN"},
        "chips": chips,
        "places": [{"code": code, "name": name} for name, code in places],
        "end_users": END_USERS,
        "own": {key: {"name": name, "unit": unit} for key, (name, unit) in OWN.items()},
        "mine": MINE,
        "first_day": date.fromisoformat(compiled()["first_control"]),
        "reviewed": rule_book().reviewed,
        "disclaimer": DISCLAIMER,
        "figures": {
            "density": chip_map("density"),
            "bandwidth": chip_map("bandwidth"),
            "timeline": chip_timeline(),
        },
    }


def ruling_page(r: Ruling) -> dict[str, Any]:
    """A ruling in words, with its tests, its texts, and what would change it.

    Examples
    --------
    >>> from curveshift.controls import classify
    >>> ruling_page(classify("H20", "CN", "2025-04-20"))["title"]
    'H20 SXM 96GB to China on 20 April 2025: licence required, presumption of denial'
    """
    from curveshift.controls.places import place_name

    from .control_figures import group_of, marked_part
    from .ruling_words import examined, facts, other, status

    where = "any destination" if r.to == "any" else place_name(r.to)
    return {
        "title": f"{r.chip} to {where} on {words.day(r.on)}: {status(r)}",
        "group": group_of(r),
        "facts": facts(r),
        "likely": [(answer.replace("_", " "), f"{p:.2f}") for answer, p in r.likely],
        "tests": examined(r),
        "would_change": [(change.what, other(change)) for change in r.would_change],
        "citations": [{"cite": c.ref, "url": c.url, "pages": f"{c.evidence} evidence"} for c in r.citations],
        "warnings": r.warnings,
        "marked": marked_part(r),
        "foot": f"Rules last reviewed on {words.day(r.reviewed)}. {r.disclaimer}",
    }


def timeline_page(found: Timeline) -> dict[str, Any]:
    """The status over time: one row per span, its words, and how it is drawn."""
    from .control_figures import group_of
    from .ruling_words import status

    end = max(found.reviewed, found.eras[-1].start)
    return {
        "eras": [
            {
                "start": era.start,
                "until": era.until,
                "drawn_until": era.until or end,
                "group": group_of(era.ruling),
                "status": status(era.ruling),
                "paragraphs": "; ".join(era.ruling.paragraphs),
                "why": "; ".join(era.causes),
            }
            for era in found.eras
        ],
        "reviewed": found.reviewed,
    }


def map_page(table: RulingTable) -> dict[str, Any]:
    """Every chip by what it needs on one day for one buyer, and the regions of the rules in force that day.

    Parameters
    ----------
    table : RulingTable
        Of the whole catalogue, one day and one destination.

    Returns
    -------
    dict
        ``points`` and ``regions`` for each of the maps, with a ``title``.
    """
    from curveshift.controls.places import place_name

    from .control_figures import chip_frame, group_of, labelled

    frame = chip_frame({r.chip: group_of(r) for r in table})
    day, to = table.days[0], table.destinations[0]
    counts = Counter(frame["group"])
    free = counts["not controlled"] + counts["no licence required"]
    denied = counts["licence, presumed denied"]
    maps = {}
    for column, ends in ENDS.items():
        drawn = frame.dropna(subset=["tpp", column])
        inside = drawn[drawn["tpp"].between(*X) & drawn[column].between(*ends)]
        called = set(labelled(inside, column, X, ends).index)
        rows = inside.assign(
            label=[str(chip).partition(" (")[0] if k in called else "" for k, chip in inside["chip"].items()]
        )
        maps[column] = {
            "points": rows[["chip", "tpp", column, "group", "kind", "label"]].to_dict("records"),
            "regions": regions(column, day),
            "left_out": len(frame) - len(inside),
        }
    return {
        "title": (
            f"{free} of {len(frame)} chips may go to {'any destination' if to == 'any' else place_name(to)} without "
            f"licence or notice on {words.day(day)}; {denied} face a presumption of denial"
        ),
        "counts": dict(counts),
        "maps": maps,
    }


def regions(column: str, on: date) -> list[dict[str, Any]]:
    """What the thresholds in force on a day catch, as rectangles of a map.

    Examples
    --------
    >>> [r["top"] for r in regions("density", date(2023, 1, 1))]
    ['October 2022: with links from 600 GB/s']
    """
    from curveshift.controls import rule_book

    from .control_figures import bandwidth_regions, density_regions, rect

    book = rule_book()
    bind = {i.id for i in book.instruments if i.in_force(on)}
    value = {path: v.value for path, v in book.values().items() if path.partition(".")[0] in bind}
    if column == "bandwidth":
        return list(bandwidth_regions(value, X, ENDS[column]))
    found = list(density_regions(value, X, ENDS[column]))
    for at, links, called in (
        (
            "letters-2022-08.a100_class.tpp_from",
            "letters-2022-08.a100_class.interconnect_from",
            "letters of 2022",
        ),
        ("bis-2022-10.a.tpp_from", "bis-2022-10.a.io_from", "October 2022"),
    ):
        if at in value:
            label = f"{called}: with links from {value[links]:g} GB/s"
            found.append(rect((value[at], X[1]), ENDS[column], label, 0.12))
    return found
