"""Figures of chips and compute: who has how much, by which channel, and how far apart the systems are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from curveshift.errors import unknown_name

from . import reading, style, words
from .figure import Figure

if TYPE_CHECKING:
    import pandas as pd

    from curveshift.world.ensemble import Ensemble

UNIT_SHORT: Final = {
    "chips": "chips",
    "h100e_16bit": "16-bit H100e",
    "h100e_8bit": "8-bit H100e",
    "h100e_4bit": "4-bit H100e",
    "bandwidth": "memory bandwidth",
    "pretrain": "training-effective H100e",
    "rollout": "rollout-effective H100e",
}
READ_BANDS: Final = (
    "Dark band: half of all draws. Light band: nine in ten. Thin lines: {n} single draws, each one way it could "
    "go. The bands show what these assumptions allow; the truth may lie outside them."
)
MARKS: Final = (1e6, 2e6, 5e6, 1e7)


def check_unit(unit: str) -> str:
    """Return a unit that is known, and refuse any other with the nearest names."""
    if unit not in UNIT_SHORT:
        raise unknown_name("unit", unit, UNIT_SHORT)
    return unit


def share_by_channel(ensemble: Ensemble, policy: str, unit: str) -> pd.DataFrame:
    """China's median share of world compute, split by channel.

    Medians of parts do not add up to the median of the whole. The median share is therefore split in
    proportion to the medians of the parts.

    Returns
    -------
    pandas.DataFrame
        Columns ``quarter``, ``channel`` and ``share`` (0 to 1).
    """
    import pandas as pd

    at = {"policy": policy, "quantile": 0.5, "unit": unit}
    owned = ensemble.bands["china_share_owned"].sel(at)
    used = ensemble.bands["china_share_used"].sel(at)
    parts = ensemble.bands["china_stock_by_channel"].sel(at).transpose("channel", "quarter")
    weight = parts / parts.sum("channel").clip(min=1e-12)
    found = {str(c): (owned * weight.sel(channel=c)).values for c in parts["channel"].values}
    found["remote, not owned"] = (used - owned).clip(min=0.0).values
    wide = pd.DataFrame({"quarter": owned["quarter"].values, **found})
    return wide.melt("quarter", var_name="channel", value_name="share")


def share_and_lag(ensemble: Ensemble, units: tuple[str, ...] = ("h100e_16bit", "rollout")) -> Figure:
    """China's share of world compute by channel in two units, above the lag, by policy.

    Parameters
    ----------
    ensemble : Ensemble
    units : tuple of str
        Names of units, one row of panels each.

    Returns
    -------
    Figure
    """
    import pandas as pd

    as_of = ensemble.scenario.as_of
    for unit in units:
        check_unit(unit)
    used = [reading.band(ensemble, "china_share_used", p, unit=u) for p in ensemble.policies for u in units]
    top = min(1.0, 1.05 * max(float(frame["q95"].max()) for frame in used))
    panels, frames = [], []
    for unit in units:
        for policy in ensemble.policies:
            parts = share_by_channel(ensemble, policy, unit)
            total = reading.band(ensemble, "china_share_used", policy, unit=unit)
            frames += [
                parts.assign(policy=policy, unit=unit),
                total.assign(policy=policy, unit=unit, channel="used"),
            ]
            title = f"{reading.label(ensemble, policy)}: share, {UNIT_SHORT[unit].removesuffix(' H100e')}"
            panels.append(_share_panel(title, parts, total, top, as_of))
    bands = {p: reading.band(ensemble, "lag_months", p, estimator="level") for p in ensemble.policies}
    y = style.value_axis("q50", "months", scale={"domain": axis_domain(bands.values(), "q05", "q95")})
    for policy, frame in bands.items():
        paths = reading.sampled(ensemble, "lag_months", policy, estimator="level")
        layers = [
            *style.band_layers(y, {"value": style.BLOC["china"]}, tooltip=".1f"),
            style.path_layer(paths, y, style.BLOC["china"]),
            style.as_of_layer(as_of),
        ]
        panels.append(
            style.panel(f"{reading.label(ensemble, policy)}: lag of China", layers, style.inline(frame))
        )
        frames.append(frame.assign(policy=policy, unit="lag, months", channel="lag"))
    title = _share_title(ensemble, units[0])
    subtitle = (
        f"China's share of world compute by channel (per cent of {words.listed([UNIT_SHORT[u] for u in units])}), "
        f"and its lag in months behind the US, by quarter, 2022 to {ensemble.scenario.end.year}. "
        f"Dashed: {words.day(as_of)}, end of the record."
    )
    sentence = (
        "Colours split the median share by channel; the black line and grey bands are the whole share that China "
        "uses, rented compute included. " + READ_BANDS.format(n=min(20, ensemble.paths.sizes["draw"]))
        + " The two units weigh the same chips differently: that is a choice of measure, not an error."
    )  # fmt: skip
    return Figure(
        style.page(title, subtitle, panels, columns=len(ensemble.policies)),
        title,
        f"{subtitle} {sentence}",
        pd.concat(frames, ignore_index=True),
        reading.model_sources(ensemble, *reading.SUPPLY_GROUPS),
    )


def _share_panel(title: str, parts: pd.DataFrame, total: pd.DataFrame, top: float, as_of: Any) -> style.Spec:
    y = style.value_axis("share", None, format=".0%", scale={"domain": [0, top]})
    stacked = {
        "data": style.inline(parts.assign(place=parts["channel"].map(list(style.CHANNEL).index))),
        "mark": {"type": "area", "opacity": 0.75, "clip": True},
        "encoding": {
            "x": style.time_axis(),
            "y": {**y, "stack": "zero"},
            "color": style.colour("channel", style.CHANNEL),
            "order": {"field": "place", "type": "quantitative"},
        },
    }
    whole = style.band_layers(y, {"value": style.INK}, opacity=0.09, tooltip=".1%", line={"strokeWidth": 1.2})
    return style.panel(title, [stacked, *whole, style.as_of_layer(as_of)], style.inline(total))


def _share_title(ensemble: Ensemble, unit: str) -> str:
    day = reading.year_end(ensemble)
    parts = []
    for policy in ensemble.policies:
        x = reading.at_date(ensemble, "china_share_used", policy, day, unit=unit)
        interval = words.span(x.low, x.high, words.percent)
        parts.append(f"{words.percent(x.median)} under {reading.label(ensemble, policy)} (80 %: {interval})")
    return f"At the end of {day[:4]} China would use, of the world's {UNIT_SHORT[unit]}: {', '.join(parts)}"


def chips_to_china(ensemble: Ensemble) -> Figure:
    """Chips per calendar year that reach China by flow, in units, with what is seized on the way.

    Parameters
    ----------
    ensemble : Ensemble
        The years are read from its kept paths, of which a hundred or more give steady intervals.

    Returns
    -------
    Figure
    """
    import pandas as pd

    as_of = ensemble.scenario.as_of
    names = {p: reading.label(ensemble, p) for p in ensemble.policies}
    colours = [style.POLICY[i % len(style.POLICY)] for i in range(len(ensemble.policies))]
    paint = dict(zip(names.values(), colours, strict=True))
    levels = {"q10": 0.1, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q90": 0.9}
    y = style.log_axis("q50", "chips a year", 1e3, 1e8)
    panels, frames = [], []
    for flow in (str(f) for f in ensemble.paths["flow"].values):
        for policy in ensemble.policies:
            years = reading.per_year(ensemble, policy, flow).groupby("year")["chips"]
            found = pd.DataFrame({name: years.quantile(q) for name, q in levels.items()}).reset_index()
            quarter = pd.to_datetime(found["year"].astype(str) + "-12-31")
            frames.append(found.assign(quarter=quarter, policy=names[policy], flow=flow))
        both = pd.concat(frames[-len(ensemble.policies) :], ignore_index=True)
        # A logarithm has no zero: what is under a thousand stands at the foot.
        shown = both.assign(**{q: both[q].clip(lower=1e3) for q in levels})
        layers = [*style.band_layers(y, style.colour("policy", paint), ends=(10, 90))]
        name = "seized on the way" if flow == "seized" else flow
        panels.append(style.panel(name, [*layers, style.as_of_layer(as_of)], style.inline(shown)))
    frame = pd.concat(frames, ignore_index=True)
    year = int(reading.year_end(ensemble)[:4])
    title = _chips_title(frame[frame["year"] == year], year, names[ensemble.policies[0]])
    subtitle = (
        "Chips a year by channel, in units, log scale from a thousand up; a point stands at the end of its "
        f"year, 2022 to {ensemble.scenario.end.year}."
    )
    sentence = (
        f"Lines are medians of {ensemble.paths.sizes['draw']} draws; bands hold half and eight in ten of them. "
        "A chip is a chip here, weak or strong: a count says little about compute."
    )
    return Figure(
        style.page(title, subtitle, panels, columns=2),
        title,
        f"{subtitle} {sentence}",
        frame.drop(columns="quarter"),
        reading.model_sources(ensemble, *reading.SUPPLY_GROUPS),
    )


def _chips_title(at: pd.DataFrame, year: int, policy: str) -> str:
    found = []
    for flow in ("legal", "diverted", "domestic"):
        x = at[(at["flow"] == flow) & (at["policy"] == policy)].iloc[0]
        found.append(f"{words.number(x['q50'])} {flow} (80 %: {words.span(x['q10'], x['q90'])})")
    return f"In {year} China would get {words.listed(found)} chips under {policy}"


def installed_base(ensemble: Ensemble, unit: str = "h100e_16bit") -> Figure:
    """Installed base of the two blocs by policy on a log scale, with the marks of 1, 2, 5 and 10 million.

    Parameters
    ----------
    ensemble : Ensemble
    unit : str
        A name of `UNIT_SHORT`; dates of marks are in 16-bit H100e whatever the unit.
    """
    import pandas as pd

    check_unit(unit)
    as_of = ensemble.scenario.as_of
    names = {"us": "us_stock", "china": "china_stock"}
    found = {
        p: {b: reading.band(ensemble, n, p, unit=unit).assign(bloc=b) for b, n in names.items()}
        for p in ensemble.policies
    }
    every = [f for blocs in found.values() for f in blocs.values()]
    y = style.log_axis("q50", UNIT_SHORT[unit], 1e4, _round_up(every))
    panels = []
    for policy, blocs in found.items():
        shown = pd.concat(blocs.values(), ignore_index=True)
        quantiles = list(style.QUANTILES.values())
        data = shown.assign(**{q: shown[q].clip(lower=1e4) for q in quantiles})
        layers = style.band_layers(y, style.colour("bloc", style.BLOC))
        for bloc, name in names.items():
            paths = reading.sampled(ensemble, name, policy, unit=unit)
            layers.append(
                style.path_layer(paths.assign(value=paths["value"].clip(lower=1e4)), y, style.BLOC[bloc])
            )
        marks = {
            "data": {"values": [{"mark": m} for m in MARKS]},
            "mark": {"type": "rule", "opacity": 0.35, "strokeWidth": 0.7, "color": style.INK},
            "encoding": {"y": {"field": "mark", "type": "quantitative"}},
        }
        layers += [marks, style.as_of_layer(as_of)]
        panels.append(style.panel(reading.label(ensemble, policy), layers, style.inline(data), height=220))
    title = _mark_title(ensemble)
    subtitle = (
        f"Installed base by bloc, {UNIT_SHORT[unit]}, log scale, 2022 to {ensemble.scenario.end.year}. "
        "Grey lines: 1, 2, 5 and 10 million."
    )
    return Figure(
        style.page(title, subtitle, panels, columns=len(panels)),
        title,
        f"{subtitle} {READ_BANDS.format(n=min(20, ensemble.paths.sizes['draw']))}",
        pd.concat(
            [f.assign(policy=p) for p, blocs in found.items() for f in blocs.values()], ignore_index=True
        ),
        reading.model_sources(ensemble, *reading.SUPPLY_GROUPS),
    )


def _mark_title(ensemble: Ensemble, mark: float = 5e6) -> str:
    import numpy as np

    end = reading.horizon(ensemble)
    parts = []
    for policy in ensemble.policies:
        year = ensemble.draws["stock_year"].sel(policy=policy, mark=mark, bloc="china").values
        # Nearest ranks: an interpolation between a date and "never" has no meaning.
        low, middle, high = np.quantile(year, (0.1, 0.5, 0.9), method="inverted_cdf")
        interval = words.span(low, high, lambda v: words.when(v, end))
        parts.append(f"{words.when(middle, end)} under {reading.label(ensemble, policy)} (80 %: {interval})")
    return f"China would own {mark / 1e6:g} million 16-bit H100e from {words.listed(parts)}"


def axis_domain(frames: Iterable[pd.DataFrame], low: str, high: str) -> list[float]:
    """From the least `low`, or zero, to the greatest `high`."""
    found = list(frames)
    return [min(0.0, *(float(f[low].min()) for f in found)), max(float(f[high].max()) for f in found)]


def _round_up(frames: list[pd.DataFrame]) -> float:
    import math

    return float(10.0 ** math.ceil(math.log10(max(float(f["q95"].max()) for f in frames))))
