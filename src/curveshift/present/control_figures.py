"""Where chips lie between the lines of the export rules."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from . import style, words
from .figure import Figure

if TYPE_CHECKING:
    import pandas as pd

    from curveshift.controls import RuleBook, RuleComparison, Ruling

COLOURS: Final = {
    "not controlled": "#12966f",
    "no licence required": "#2f7fd0",
    "notice": "#d98200",
    "licence, not presumed denied": "#6b5fb5",
    "licence, presumed denied": "#d55e00",
    "undecided": "#808b96",
}
MOVED: Final = {
    "stricter": "#d55e00",
    "looser": "#12966f",
    "another paragraph or condition": "#6b5fb5",
    "alike": "#b3bac2",
}
WIDTH, HEIGHT = 330, 300
# Labels closer than these shares of the axes would overprint.
APART = (0.16, 0.045)
LABELS = 22


def ruling_map(ruling: Ruling) -> Figure:
    """The map of a ruling's day and destination, with its chip marked."""
    return control_map(ruling.on, "CN" if ruling.to == "any" else ruling.to, ruling=ruling)


def rules_map(rules: RuleBook) -> Figure:
    """The map under a user's own rules, on the day of the last review."""
    return control_map(rules=rules)


def control_map(
    on: date | str | None = None,
    to: str = "CN",
    *,
    rules: RuleBook | None = None,
    ruling: Ruling | None = None,
) -> Figure:
    """Every chip against the lines of the rules, coloured by what it needs on a day.

    Parameters
    ----------
    on : datetime.date or str, optional
        Day of export; the last review by default.
    to : str
        Destination.
    rules : RuleBook, optional
        Another rule book.
    ruling : Ruling, optional
        A part to mark.

    Returns
    -------
    Figure
        TPP against performance density with the regions of 3A090, and TPP against memory bandwidth with those of
        the letters of 2025 and the policy and tariff of 2026.
    """
    from curveshift.controls import catalogue, rule_book
    from curveshift.controls.places import place_name
    from curveshift.controls.questions import ruling_table

    book = rules if rules is not None else rule_book()
    table = ruling_table(list(catalogue().values()), [to], [on], rules=book)
    frame = chip_frame({r.chip: group_of(r) for r in table})
    day, code = table.days[0], table.destinations[0]
    counts = frame["group"].value_counts()
    stopped = int(counts.get("licence, presumed denied", 0))
    free = int(counts.get("not controlled", 0) + counts.get("no licence required", 0))
    title = (
        f"{free} of {len(frame)} chips may go to {place_name(code)} without licence or notice on "
        f"{words.day(day)}; {stopped} face a presumption of denial"
    )
    return _figure(frame, COLOURS, title, book, None if ruling is None else marked_part(ruling))


def comparison_map(found: RuleComparison) -> Figure:
    """Every chip against the lines of the rules, coloured by what a change of rules does to it.

    Parameters
    ----------
    found : RuleComparison

    Returns
    -------
    Figure
    """
    from curveshift.controls import Status, catalogue, rule_book

    groups = dict.fromkeys(catalogue(), "alike")
    for before, after in found.chips:
        old, new = ((r.status, r.licence_policy) for r in (before, after))
        # Undecided is neither more nor less than anything.
        level = old == new or Status.UNDECIDED in (before.status, after.status)
        groups[after.chip] = (
            "another paragraph or condition" if level else ("stricter" if new > old else "looser")
        )
    frame = chip_frame(groups)
    stricter, looser = (sum(g == name for g in groups.values()) for name in ("stricter", "looser"))
    title = f"{stricter} chips are treated more strictly and {looser} less: from {found.a} to {found.b}"
    return _figure(frame, MOVED, title, rule_book(), None)


def group_of(r: Ruling) -> str:
    """What a part needs, as the maps name it."""
    from curveshift.controls import LicencePolicy, Status

    names = {
        Status.NOT_CONTROLLED: "not controlled",
        Status.NO_LICENCE_REQUIRED: "no licence required",
        Status.NOTIFICATION: "notice",
        Status.UNDECIDED: "undecided",
    }
    if r.status in names:
        return names[r.status]
    denied = r.licence_policy >= LicencePolicy.PRESUMPTION_OF_DENIAL
    return "licence, presumed denied" if denied else "licence, not presumed denied"


def chip_frame(groups: dict[str, str]) -> pd.DataFrame:
    """Every chip with its numbers, where they are published, and its group."""
    import pandas as pd

    from curveshift import facts
    from curveshift.controls import catalogue
    from curveshift.controls.metrics import dram_bandwidth_gbs, performance_density, tpp

    sold = {row["chip"]: row["status"] for row in facts.rows("chips")}

    def known(found: Any) -> float | None:
        return found.low if found.low == found.high and found.low > 0 else None

    return pd.DataFrame(
        [
            {
                "chip": name,
                "tpp": known(tpp(spec)),
                "density": known(performance_density(spec)),
                "bandwidth": known(dram_bandwidth_gbs(spec)),
                "group": groups[name],
                "maker": spec.maker,
                "kind": "data centre" if spec.datacenter else "other",
                "sold": sold[name],
            }
            for name, spec in catalogue().items()
        ]
    )


def marked_part(r: Ruling) -> dict[str, Any]:
    """Numbers of the part of a ruling, as its tests read them."""
    values = {s.metric: s.value for s in r.trace if s.value}
    return {
        "chip": r.chip,
        "tpp": values.get("tpp"),
        "density": values.get("performance_density"),
        "bandwidth": values.get("dram_bandwidth_gbs"),
    }


def _figure(
    frame: pd.DataFrame, colours: dict[str, str], title: str, book: RuleBook, marked: dict[str, Any] | None
) -> Figure:
    value = {path: v.value for path, v in book.values().items()}
    x = (400.0, 200_000.0)
    panels = [
        _panel(
            "Performance density, October 2023", "density", "TPP/mm2", x, (1.0, 60.0), frame, colours, marked,
            list(density_regions(value, x, (1.0, 60.0))),
        ),
        _panel(
            "Memory bandwidth, 2025 and 2026", "bandwidth", "GB/s", x, (250.0, 30_000.0), frame, colours, marked,
            list(bandwidth_regions(value, x, (250.0, 30_000.0))),
        ),
    ]  # fmt: skip
    unknown = int(frame["tpp"].isna().sum())
    subtitle = (
        "TPP (dense rate times bits) against performance density and against memory bandwidth, both axes "
        "logarithmic. Shaded: what each paragraph catches; darkest: the tariff of 2026. Filled: sold for data "
        "centres. Ticks at the foot: chips whose other figure is not published."
    )
    sentence = (
        f"{unknown} chips without a published TPP are not drawn. Below 4,800 TPP the paragraphs "
        "catch parts for data centres only. The lines of the letters of 2025 are known from the press. "
        "Not legal advice."
    )
    spec = style.page(title, subtitle, panels, columns=2)
    sources = tuple(
        dict.fromkeys(
            i.citation(c.cite).ref
            for name in ("bis-2023-10", "letters-2025-04", "bis-2026-01", "tariff-2026-01")
            for i in book.instruments
            if i.id == name
            for c in i.clauses
        )
    )
    return Figure(spec, title, f"{subtitle} {sentence}", frame, sources)


def rect(
    x: tuple[float, float], y: tuple[float, float], label: str, shade: float, low: bool = False
) -> dict[str, Any]:
    """A shaded region; its label stands at the top left, or at the bottom left."""
    ends = {"x": x[0], "x2": x[1], "y": y[0], "y2": y[1]}
    return {**ends, "top": "" if low else label, "bottom": label if low else "", "shade": shade}


def density_regions(
    v: dict[str, float], x: tuple[float, float], y: tuple[float, float]
) -> Iterator[dict[str, Any]]:
    """What the paragraphs of October 2023 catch by density, from values of the rules; without one, no region."""
    at = "bis-2023-10."
    a1, a2, b1, b2 = (v.get(f"{at}{p}.tpp_from") for p in ("a1", "a2", "b1", "b2"))
    dense, b1_from, b2_from = (v.get(f"{at}{p}.density_from") for p in ("a2", "b1", "b2"))
    b1_to = v.get(f"{at}b1.tpp_below")
    if a1 is not None:
        yield rect((a1, x[1]), y, ".a.1", 0.16)
    if a1 and a2 and dense:
        yield rect((a2, max(a1, a2)), (dense, y[1]), ".a.2", 0.16)
    if b1 and b1_to and b1_from and dense:
        yield rect((b1, b1_to), (b1_from, dense), ".b.1", 0.08, low=True)
    if b1 and b2 and b2_from and dense:
        yield rect((b2, max(b1, b2)), (b2_from, dense), ".b.2", 0.08, low=True)


def bandwidth_regions(
    v: dict[str, float], x: tuple[float, float], y: tuple[float, float]
) -> Iterator[dict[str, Any]]:
    """What the letters of 2025, and the policy and tariff of 2026, catch by memory bandwidth."""
    letter = v.get("letters-2025-04.memory.dram_from")
    if letter is not None:
        yield rect(x, (letter, y[1]), "letters of 2025", 0.07)
    tpp, dram = (v.get(f"bis-2026-01.case_by_case.{key}") for key in ("tpp_below", "dram_below"))
    listed = v.get("bis-2023-10.a1.tpp_from")
    if tpp and dram and listed:
        yield rect((listed, tpp), (y[0], dram), "2026: case by case", 0.12, low=True)
    for band in ("band1", "band2"):
        keys = ("tpp_above", "tpp_below", "dram_above", "dram_below")
        edges = [e for key in keys if (e := v.get(f"tariff-2026-01.{band}.{key}")) is not None]
        if len(edges) == len(keys):
            yield rect((edges[0], edges[1]), (edges[2], edges[3]), "", 0.35)


def chip_axis(field: str, title: str, ends: tuple[float, float]) -> style.Spec:
    """A logarithmic axis with a label at 1, 2 and 5."""
    steps = [m * 10.0**k for k in range(-1, 7) for m in (1, 2, 5)]
    shown = [s for s in steps if ends[0] <= s <= ends[1]]
    scale = {"type": "log", "domain": list(ends), "nice": False}
    return style.value_axis(field, title, scale=scale, values=shown, format="~s", labelOverlap=True)


def _panel(
    title: str, column: str, unit: str, x: tuple[float, float], y: tuple[float, float],
    frame: pd.DataFrame, colours: dict[str, str], marked: dict[str, Any] | None, regions: list[dict[str, Any]],
) -> style.Spec:  # fmt: skip
    drawn = frame.dropna(subset=["tpp", column])
    inside = drawn[drawn["tpp"].between(*x) & drawn[column].between(*y)]
    ax, ay = chip_axis("tpp", "TPP", x), chip_axis(column, f"{title.split(',')[0].lower()}, {unit}", y)
    tips = [{"field": "chip"}, {"field": "group", "title": "needs"}]
    tips += [{"field": f, "type": "quantitative", "format": ",.4~g"} for f in ("tpp", column)]
    region = {
        "x": {**ax, "field": "x"},
        "x2": {"field": "x2"},
        "y": {**ay, "field": "y"},
        "y2": {"field": "y2"},
    }
    rug = frame[frame["tpp"].between(*x) & frame[column].isna()].assign(**{column: y[0]})
    dots = {"x": ax, "y": ay, "color": style.colour("group", colours), "tooltip": tips}
    small = {"type": "text", "align": "left", "color": style.INK, "clip": True}
    layers: list[style.Spec] = [
        {
            "data": {"values": regions},
            "mark": {
                "type": "rect",
                "color": "#7a828c",
                "clip": True,
                "stroke": "#7a828c",
                "strokeOpacity": 0.6,
            },
            "encoding": {**region, "fillOpacity": {"field": "shade", "type": "quantitative", "scale": None}},
        },
        *(
            {
                "data": {"values": [r for r in regions if r[end]]},
                "mark": {**small, "baseline": end, "dx": 4, "dy": dy, "fontSize": 11, "fontStyle": "italic"},
                "encoding": {"x": {**ax, "field": "x"}, "y": {**ay, "field": at}, "text": {"field": end}},
            }
            for end, at, dy in (("top", "y2", 4), ("bottom", "y", -16 if column == "bandwidth" else -4))
        ),
        *(
            {
                "data": style.inline(inside[inside["kind"] == kind].drop(columns=["sold"])),
                "mark": {"type": "point", "filled": kind == "data centre", "size": 42, "clip": True},
                "encoding": dots,
            }
            for kind in ("data centre", "other")
        ),
        {
            "data": style.inline(rug.drop(columns=["sold"])),
            "mark": {"type": "tick", "orient": "vertical", "thickness": 2, "size": 12, "yOffset": -6},
            "encoding": dots,
        },
        {
            "data": style.inline(labelled(inside, column, x, y)),
            "mark": {**small, "dx": 6, "fontSize": 9},
            "encoding": {"x": ax, "y": ay, "text": {"field": "chip"}},
        },
    ]
    if marked is not None and marked["tpp"] and marked[column]:
        ring = {"values": [{"tpp": marked["tpp"], column: marked[column], "chip": marked["chip"]}]}
        layers.append(
            {
                "data": ring,
                "mark": {"type": "point", "size": 260, "strokeWidth": 2.5, "color": style.INK, "clip": True},
                "encoding": {"x": ax, "y": ay, "tooltip": [{"field": "chip"}]},
            }
        )
    return {**style.panel(title, layers, height=HEIGHT), "width": WIDTH}


def labelled(
    frame: pd.DataFrame, column: str, x: tuple[float, float], y: tuple[float, float]
) -> pd.DataFrame:
    """The chips whose names fit: parts made for China first, then the others in order of the table."""
    order = frame.assign(first=(frame["sold"] != "china_variant")).sort_values("first", kind="stable")
    spans = math.log(x[1] / x[0]), math.log(y[1] / y[0])
    taken: list[tuple[float, float]] = []
    kept: list[Any] = []
    for k, row in order.iterrows():
        if row["sold"] not in ("shipped", "china_variant", "ramping"):
            continue
        at = math.log(row["tpp"] / x[0]) / spans[0], math.log(row[column] / y[0]) / spans[1]
        free = all(abs(at[0] - u) > APART[0] or abs(at[1] - w) > APART[1] for u, w in taken)
        if free and at[0] < 1 - APART[0] and len(kept) < LABELS:
            taken.append(at)
            kept.append(k)
    found = order.loc[kept, ["chip", "tpp", column]]
    short = found["chip"].str.replace(r"\s*\(.*\)|\s\d+GB|Instinct ", "", regex=True)
    return found.assign(chip=short)
