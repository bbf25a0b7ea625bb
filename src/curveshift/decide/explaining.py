"""A number of a result, walked back: how it was read, what it is made of, what moves it, and the sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import unknown_name

from .lags import lag_at
from .polarity import MIXTURE, WORLDS, world_members
from .readings import Outcome
from .singles import Bar, tornado_of
from .summary import LAG_DATE, Summary, summarise
from .tracing import groups_of, tables_of, upstream

if TYPE_CHECKING:
    from curveshift.scenario import Assumption, Source
    from curveshift.world.ensemble import Ensemble

Progress = Callable[[int, int], None]

_MOMENTS: Final[Mapping[str, tuple[str, str, str, Mapping[str, str]]]] = {
    "legal": ("legal", "China's chips by legal export", "china_stock_by_channel", {"channel": "legal"}),
    "diverted": ("diverted", "China's chips by diversion", "china_stock_by_channel", {"channel": "diverted"}),
    "domestic": ("domestic", "China's own chips", "china_stock_by_channel", {"channel": "domestic"}),
    "china": ("china_stock", "China's installed base", "china_stock", {}),
    "us": ("us_stock", "Installed base of the US and its allies", "us_stock", {}),
    "share_owned": ("share_owned", "China's share of what the world owns", "china_share_owned", {}),
}
"""Field of a moment: its step, meaning, band and labels."""


@dataclass(frozen=True)
class TrailStep:
    """One quantity on the way back.

    Attributes
    ----------
    name, meaning : str
    depth : int
        Steps from the number that is explained; 0 is that number's own quantity.
    by, section : str
        The function that has the equation, and the heading of the model page.
    groups, tables : tuple of str
        Groups of assumptions and fact tables that enter at this step.
    median : float or None
        At the date of the number, or at the end of 2028; none for what results do not keep.
    unit : str
    """

    name: str
    meaning: str
    depth: int
    by: str
    section: str
    groups: tuple[str, ...]
    tables: tuple[str, ...]
    median: float | None
    unit: str


@dataclass(frozen=True, eq=False)
class Explanation:
    """Where a number comes from.

    Attributes
    ----------
    key : str
        Which number of the summary.
    policy, meaning, unit : str
    value : float
        As in the summary.
    statistic : str
        How it was read from the draws.
    trail : tuple of TrailStep
    movers : tuple of Bar
        Assumptions whose effect is told from chance, strongest first.
    assumptions : mapping of str to Assumption
        The record of each of them.
    untold : int
        Assumptions that may move it, by too little to tell with so many draws.
    unconnected : int
        Assumptions that cannot move it.
    tables : mapping of str to int
        Fact tables behind it, with their number of rows.
    policy_sources : tuple of Source
    notes : tuple of str
    ensemble : Ensemble
    """

    key: str
    policy: str
    meaning: str
    unit: str
    value: float
    statistic: str
    trail: tuple[TrailStep, ...]
    movers: tuple[Bar, ...]
    assumptions: Mapping[str, Assumption]
    untold: int
    unconnected: int
    tables: Mapping[str, int]
    policy_sources: tuple[Source, ...]
    notes: tuple[str, ...]
    ensemble: Ensemble

    def sources(self) -> str:
        """Every source behind this number, as a Markdown list."""
        from curveshift import facts

        cited = [str(source) for a in self.assumptions.values() for source in a.sources]
        cited += [str(source) for source in self.policy_sources]
        cited += [
            f"{s.source}{f' <{s.url}>' if s.url else ''}"
            for table in self.tables
            for s in facts.sources(table)
        ]
        return "".join(f"- {one}\n" for one in dict.fromkeys(cited))

    def to_dict(self) -> dict[str, Any]:
        """As plain data, without the ensemble."""
        from dataclasses import asdict

        return {
            "key": self.key, "policy": self.policy, "meaning": self.meaning, "unit": self.unit, "value": self.value,
            "statistic": self.statistic, "trail": [asdict(step) for step in self.trail],
            "movers": [asdict(bar) | _record(self.assumptions[bar.assumption]) for bar in self.movers],
            "untold": self.untold, "unconnected": self.unconnected, "tables": dict(self.tables),
            "policy_sources": [str(source) for source in self.policy_sources], "notes": list(self.notes),
        }  # fmt: skip

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(b.assumption)}</td><td>{b.low_value:.3g} to {b.high_value:.3g} {escape(b.unit)}</td>"
            f"<td>{b.low.value:.3g} to {b.high.value:.3g}</td></tr>"
            for b in self.movers
        )
        head = f"<tr><th>assumption</th><th>its lowest and highest tenth</th><th>mean, {escape(self.unit)}</th></tr>"
        return f"<table><caption>{escape(self.meaning)}: {self.value:.4g}</caption>{head}{rows}</table>"


def numbers(summary: Summary | Mapping[str, Any]) -> dict[str, float]:
    """Every number of a summary that can be explained, by key.

    Parameters
    ----------
    summary : Summary or mapping
        From `summarise`, or the same as the command line wrote it.

    Examples
    --------
    >>> from datetime import date
    >>> from curveshift.world import simulate
    >>> found = numbers(summarise(simulate("status-quo", draws=64, end=date(2028, 12, 1))))
    >>> [key for key in found if key.startswith("moments.2028-12-31.china.")]
    ['moments.2028-12-31.china.low', 'moments.2028-12-31.china.median', 'moments.2028-12-31.china.high']
    """
    from dataclasses import asdict

    data: Mapping[str, Any] = asdict(summary) if isinstance(summary, Summary) else summary
    found = {}
    for moment in data["moments"]:
        for name in (*_MOMENTS, "lag_months"):
            for part in ("low", "median", "high"):
                found[f"moments.{moment['when']}.{name}.{part}"] = moment[name][part]
    for world in data["worlds"]:
        if world["threshold"] != MIXTURE:
            for name in WORLDS:
                found[f"worlds.{world['threshold']}.{name}"] = world["shares"][name]["value"]
    for share in data["lag_at_date"]:
        found[f"lag_at_date.{share['months']:g}"] = share["unconditioned"]["value"]
    for limit, share in data["binding"].items():
        found[f"binding.{limit}"] = share["value"]
    return {key: float("nan") if value is None else float(value) for key, value in found.items()}


def explain(
    ensemble: Ensemble,
    key: str,
    policy: str | None = None,
    *,
    unit: str = "h100e_16bit",
    window_months: int = 12,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """Walk a number of the summary back to assumptions, facts and sources.

    Parameters
    ----------
    ensemble : Ensemble
        At least 256 draws.
    key : str
        One of `numbers`, such as ``moments.2028-12-31.china.median`` or ``worlds.essay-2025.bipolar``.
    policy : str, optional
        The ensemble's first unless given.
    unit, window_months
        As in `summarise`.
    threads : int, optional
        As in `curveshift.simulate`; stocks are run again to read them draw by draw.
    progress : callable, optional
        Called with (blocks done, blocks in all).

    Raises
    ------
    CurveshiftError
        For an unknown key or too few draws.

    Examples
    --------
    >>> from datetime import date
    >>> from curveshift.world import simulate
    >>> small = simulate("status-quo", draws=256, end=date(2028, 12, 1))
    >>> found = explain(small, "moments.2028-12-31.diverted.median")
    >>> found.trail[0].name, found.movers[0].assumption
    ('diverted', 'diversion.chips_2024')
    """
    chosen = policy or ensemble.policies[0]
    summary = summarise(ensemble, chosen, unit=unit, window_months=window_months)
    known = numbers(summary)
    if key not in known:
        raise unknown_name("number of this result", key, known)
    step, read, statistic, when = _read(ensemble, key, chosen, unit, window_months, threads, progress)
    trail = tuple(
        TrailStep(
            one.name, one.meaning, depth, one.by, one.section, one.groups, one.tables,
            *_median(ensemble, one.band, one.at, chosen, unit, when),
        )
        for one, depth in upstream(step)
    )  # fmt: skip
    within = groups_of(step)
    movers: tuple[Bar, ...] = ()
    notes: tuple[str, ...] = ("It is the same in every draw.",)
    if np.ptp(read.values[read.alive]) > 0:
        reading = tornado_of(read, ensemble)
        movers = tuple(bar for bar in reading.bars if bar.seen and bar.group in within)
        notes = reading.notes
    records = ensemble.scenario.assumptions
    may = [name for name, a in records.items() if a.group in within]
    return Explanation(
        key, chosen, read.meaning, read.unit, known[key], statistic, trail, movers,
        {bar.assumption: records[bar.assumption] for bar in movers}, len(may) - len(movers), len(records) - len(may),
        _rows(tables_of(step)), _policy_sources(ensemble, chosen), notes, ensemble,
    )  # fmt: skip


def _read(
    ensemble: Ensemble,
    key: str,
    policy: str,
    unit: str,
    window: int,
    threads: int | None,
    progress: Progress | None,
) -> tuple[str, Outcome, str, str]:
    """The step of a number, its value in each draw, how it was read, and its date."""
    kind, first, *rest = key.split(".")
    alive = np.asarray(ensemble.draws["failed"].sel(policy=policy).values) == 0
    if kind == "worlds":
        weight = np.asarray(ensemble.draws["weight"].sel(threshold=first).values)
        member = world_members(ensemble, policy, first, window)[:, WORLDS.index(rest[0])]
        meaning = f"P({rest[0]}) at {first}, window {window} months"
        out = Outcome(
            rest[0], "probability", meaning, policy, member.astype(np.float64), alive & (weight > 0)
        )
        return "crossing", out, "share of the draws in which no bloc had crossed by the as-of date", LAG_DATE
    if kind == "lag_at_date":
        more = lag_at(ensemble, policy, LAG_DATE) > float(first)
        meaning = f"P(lag > {first} months) at the end of {LAG_DATE[:4]}"
        return (
            "lag",
            Outcome("lag", "probability", meaning, policy, more.astype(np.float64), alive),
            ("share of all draws"),
            LAG_DATE,
        )
    if kind == "binding":
        values = np.asarray(
            ensemble.draws["binding"].sel(policy=policy, limit=first).values, dtype=np.float64
        )
        meaning = f"Share of the months after the as-of date in which {first} binds"
        return (
            "limits",
            Outcome(first, "share", meaning, policy, values, alive),
            "mean over all draws",
            LAG_DATE,
        )
    name, part = rest
    words = {"low": "10th percentile", "median": "median", "high": "90th percentile"}[part] + " of all draws"
    if name == "lag_months":
        values = lag_at(ensemble, policy, first)
        out = Outcome(
            "lag",
            "months",
            f"China's lag behind the US, {first}",
            policy,
            values,
            alive & np.isfinite(values),
        )
        return "lag", out, words, first
    from curveshift.world.rereading import per_draw

    step, meaning, band, at = _MOMENTS[name]
    values = per_draw(ensemble, band, policy, first, threads=threads, progress=progress, **at, unit=unit)
    shown = "share" if name == "share_owned" else unit
    out = Outcome(name, shown, f"{meaning}, {first}", policy, values, alive & np.isfinite(values))
    return step, out, words, first


def _median(
    ensemble: Ensemble, band: str, at: Mapping[str, str], policy: str, unit: str, when: str
) -> tuple[float | None, str]:
    """Median of a band at a date, and its unit."""
    from curveshift.world.bands import BANDS, QUANTILES, place

    quarters = [str(day) for day in ensemble.draws["quarter"].values.astype("datetime64[D]")]
    if not band or when not in quarters:
        return None, ""
    found = BANDS[place(band)]
    where = {**at, **({"unit": unit} if "unit" in found.axes else {})}
    values = ensemble.quantiles(band, policy, **where)
    return float(
        values[QUANTILES.index(0.5)][quarters.index(when)]
    ), unit if found.unit == "unit" else found.unit


def _rows(tables: tuple[str, ...]) -> dict[str, int]:
    from curveshift import facts

    return {table: len(facts.rows(table)) for table in tables}


def _policy_sources(ensemble: Ensemble, policy: str) -> tuple[Source, ...]:
    found = ensemble.scenario.policies[ensemble.policies.index(policy)].all_sources()
    return tuple(dict.fromkeys(found))


def _record(record: Assumption) -> dict[str, Any]:
    """What an assumption is set to, why, and by whom."""
    return {
        "value": record.describe(), "kind": record.kind, "why": record.why,
        "sources": [str(source) for source in record.sources],
    }  # fmt: skip
