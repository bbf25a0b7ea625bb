"""Figures of outcomes: capability against the thresholds, the named worlds, and differences between policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from curveshift.errors import CurveshiftError, unknown_name

from . import reading, style, words
from .compute_figures import READ_BANDS, axis_domain
from .figure import Figure

if TYPE_CHECKING:
    import pandas as pd

    from curveshift.decide import Comparison
    from curveshift.world.ensemble import Ensemble

WINDOWS: Final = tuple(range(3, 37, 3))
WORLD_ORDER: Final = tuple(style.WORLD)


def capability(ensemble: Ensemble) -> Figure:
    """Best system of each bloc by policy, with the levels of the thresholds.

    Parameters
    ----------
    ensemble : Ensemble

    Returns
    -------
    Figure
    """
    import pandas as pd

    as_of = ensemble.scenario.as_of
    blocs = list(style.BLOC)
    found = {
        p: pd.concat(
            [reading.band(ensemble, "capability", p, bloc=b).assign(bloc=b) for b in blocs], ignore_index=True
        )
        for p in ensemble.policies
    }
    low, high = min(f["q05"].min() for f in found.values()), max(f["q95"].max() for f in found.values())
    y = style.value_axis("q50", "log10 effective FLOP of 2024", scale={"domain": [float(low), float(high)]})
    levels = ensemble.draws["level"].quantile([0.1, 0.5, 0.9], "draw")
    lines = pd.DataFrame(
        {
            "threshold": [str(t) for t in levels["threshold"].values],
            "low": levels.isel(quantile=0).values,
            "level": levels.isel(quantile=1).values,
            "high": levels.isel(quantile=2).values,
        }
    )
    shown = lines[lines["level"] < high].sort_values("level")
    shown = shown.assign(low=shown["low"].clip(lower=low), high=shown["high"].clip(upper=high))
    panels = []
    for policy, frame in found.items():
        layers = style.band_layers(y, style.colour("bloc", style.BLOC), tooltip=".2f")
        for bloc in blocs:
            paths = reading.sampled(ensemble, "capability", policy, bloc=bloc)
            layers.append(style.path_layer(paths, y, style.BLOC[bloc]))
        layers += [*_level_layers(shown), style.as_of_layer(as_of)]
        panels.append(style.panel(reading.label(ensemble, policy), layers, style.inline(frame), height=240))
    title = _capability_title(ensemble)
    missing = sorted(set(lines["threshold"]) - set(shown["threshold"]))
    beyond = f" The median level of {words.listed(missing)} is above the picture." if missing else ""
    subtitle = (
        "Best effective training compute so far by bloc, FLOP at the efficiency of early 2024, powers of ten. "
        "Horizontal lines: median level of each threshold; bars at the right, in the same order from low to high: "
        f"its 80 % interval.{beyond}"
    )
    return Figure(
        style.page(title, subtitle, panels, columns=len(panels)),
        title,
        f"{subtitle} {READ_BANDS.format(n=min(20, ensemble.paths.sizes['draw']))}",
        pd.concat([f.assign(policy=p) for p, f in found.items()], ignore_index=True),
        reading.model_sources(ensemble, *reading.SYSTEMS_GROUPS),
    )


def _level_layers(lines: pd.DataFrame) -> list[style.Spec]:
    data = style.inline(lines)
    level = {"field": "level", "type": "quantitative"}
    spans = [
        {
            "data": style.inline(lines.iloc[[i]]),
            # Side by side, for they overlap.
            "mark": {
                "type": "rule",
                "color": style.INK,
                "opacity": 0.55,
                "strokeWidth": 3,
                "xOffset": 4 + 6 * i,
            },
            "encoding": {
                "x": {"value": "width"},
                "y": {"field": "low", "type": "quantitative"},
                "y2": {"field": "high"},
            },
        }
        for i in range(len(lines))
    ]
    return [
        {
            "data": data,
            "mark": {"type": "rule", "color": style.INK, "opacity": 0.6, "strokeWidth": 0.8},
            "encoding": {"y": level},
        },
        {
            "data": data,
            "mark": {"type": "text", "align": "left", "dx": 2, "dy": -5, "fontSize": 10, "color": style.INK},
            "encoding": {"x": {"value": 0}, "y": level, "text": {"field": "threshold"}},
        },
        *spans,
    ]


def _capability_title(ensemble: Ensemble) -> str:
    day = reading.year_end(ensemble)
    parts = []
    for policy in ensemble.policies:
        lag = reading.at_date(ensemble, "lag_months", policy, day, estimator="level")
        interval = words.span(lag.low, lag.high, words.months)
        parts.append(f"{words.months(lag.median)} under {reading.label(ensemble, policy)} (80 %: {interval})")
    return f"At the end of {day[:4]} China's best system would trail that of the US by {', '.join(parts)}"


def worlds_by_window(
    ensemble: Ensemble, window_months: int = 12, windows: tuple[int, ...] = WINDOWS
) -> Figure:
    """Probability of each named world as the window of "at the same time" grows, by policy and threshold.

    Parameters
    ----------
    ensemble : Ensemble
    window_months : int
        The window that the title speaks of; one of `windows`.
    windows : tuple of int
        Months, ascending.

    Returns
    -------
    Figure
    """
    import pandas as pd

    from curveshift.decide import worlds

    if window_months not in windows:
        raise CurveshiftError(f"window {window_months} is not one of {', '.join(map(str, windows))}")
    rows = [
        (w.policy, w.threshold, w.window_months, world, place, share.value, share.error)
        for w in worlds(ensemble, windows)
        for place, (world, share) in enumerate(w.shares.items())
    ]
    columns = ["policy", "threshold", "window", "world", "place", "probability", "error"]
    frame = pd.DataFrame(rows, columns=columns)
    thresholds = list(dict.fromkeys(frame["threshold"]))
    panels = []
    for threshold in thresholds:
        for policy in ensemble.policies:
            part = frame[(frame["threshold"] == threshold) & (frame["policy"] == policy)]
            title = f"{reading.label(ensemble, policy)}: {threshold}"
            panels.append(_worlds_panel(title, part, window_months))
    first = ensemble.policies[0]
    at = frame[(frame["policy"] == first) & (frame["window"] == window_months)]
    title = _worlds_title(at, reading.label(ensemble, first), thresholds[:-1], window_months)
    subtitle = (
        "Probability of each world by the window in months within which both blocs count as crossing together. "
        "One row per threshold; the mixture of all thresholds, weighed equally, comes last."
    )
    sentence = (
        "A world is a reading of the lag through a window, not a state of nature: the same draws change their name "
        "as the window grows. Not-yet: neither bloc crosses by the horizon. Undecided: the horizon comes before "
        "the answer. Draws in which a bloc had crossed by the as-of date are left out here."
    )
    return Figure(
        style.page(title, subtitle, panels, columns=len(ensemble.policies)),
        title,
        f"{subtitle} {sentence}",
        frame.drop(columns="place"),
        reading.model_sources(ensemble, "threshold", "feedback", *reading.SYSTEMS_GROUPS),
    )


def _worlds_panel(title: str, part: pd.DataFrame, window: int) -> style.Spec:
    ends = [int(part["window"].min()), int(part["window"].max())]
    x = {
        "field": "window",
        "type": "quantitative",
        "scale": {"domain": ends, "nice": False},
        "axis": {"title": "window, months", "values": [3, 6, 12, 18, 24, 30, 36]},
    }
    y = {
        "field": "probability",
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {"title": None, "format": ".0%", "tickCount": 3},
    }
    shown = part.assign(probability=part["probability"].fillna(0.0))
    return style.panel(
        title,
        [
            {
                "mark": {"type": "area", "opacity": 0.85},
                "encoding": {
                    "x": x,
                    "y": {**y, "stack": "zero"},
                    "color": style.colour("world", style.WORLD),
                    "order": {"field": "place", "type": "quantitative"},
                    "tooltip": [
                        {"field": "world"},
                        {"field": "window", "title": "window, months"},
                        {"field": "probability", "format": ".1%"},
                    ],
                },
            },
            {
                "data": {"values": [{"window": window}]},
                "mark": {"type": "rule", "strokeDash": [4, 3], "color": style.INK, "opacity": 0.7},
                "encoding": {"x": {"field": "window", "type": "quantitative"}},
            },
        ],
        style.inline(shown),
        height=90,
    )


def _worlds_title(at: pd.DataFrame, policy: str, thresholds: list[str], window: int) -> str:
    parts = []
    for threshold in thresholds:
        part = at[at["threshold"] == threshold]
        if part["probability"].isna().all():
            parts.append(f"none left to judge ({threshold})")
            continue
        best = part.sort_values("probability").iloc[-1]
        parts.append(f"{best['world']} {words.percent(best['probability'])} ({threshold})")
    return f"With a window of {window} months the likeliest world under {policy} is {words.listed(parts)}"


def comparison_difference(found: Comparison) -> Figure:
    """The figure of `difference` for a comparison and its base."""
    return difference(found.ensemble, found.base)


def difference(ensemble: Ensemble, base: str | None = None) -> Figure:
    """How far policies differ from a base, draw by draw: the lag, and the ratio of China's stocks.

    Parameters
    ----------
    ensemble : Ensemble
    base : str, optional
        Compared with; ``status-quo`` where it is among the policies, else the first.

    Returns
    -------
    Figure

    Raises
    ------
    CurveshiftError
        For an unknown base, or when there is nothing else to compare.
    """
    import numpy as np
    import pandas as pd

    base = base or ("status-quo" if "status-quo" in ensemble.policies else ensemble.policies[0])
    if base not in ensemble.policies:
        raise unknown_name("policy", base, ensemble.policies)
    others = [p for p in ensemble.policies if p != base]
    if not others:
        raise CurveshiftError("a difference needs a second policy")
    levels = list(style.QUANTILES)
    names = list(style.QUANTILES.values())
    lag = ensemble.draws["lag_months"].sel(estimator="level")
    stock = ensemble.draws["china_stock_h100e"]
    lags, stocks = {}, {}
    for policy in others:
        gap = (lag.sel(policy=policy) - lag.sel(policy=base)).transpose("quarter", "draw").values
        ratio = (stock.sel(policy=policy) / stock.sel(policy=base)).transpose("year_end", "draw").values
        ends = [np.datetime64(f"{y}-12-31") for y in stock["year_end"].values]
        lags[policy] = _quantile_frame(lag["quarter"].values, np.nanquantile(gap, levels, axis=1), names)
        stocks[policy] = _quantile_frame(np.array(ends), np.nanquantile(ratio, levels, axis=1), names)
    as_of = ensemble.scenario.as_of
    y_lag = style.value_axis("q50", "months", scale={"domain": axis_domain(lags.values(), "q05", "q95")})
    steps = [a * 10.0**k for k in range(-3, 4) for a in (1, 2, 5)]
    tops = [1.0, *(float(f["q95"].max()) for f in stocks.values())]
    bottoms = [1.0, *(float(f["q05"].min()) for f in stocks.values())]
    y_stock = style.value_axis(
        "q50",
        "times the base",
        scale={"type": "log", "domain": [min(bottoms), max(tops)]},
        values=steps,
        format="~g",
    )
    panels = []
    for found, y, what, same in ((lags, y_lag, "lag", 0.0), (stocks, y_stock, "China's stock", 1.0)):
        for policy, frame in found.items():
            level = {
                "data": {"values": [{"same": same}]},
                "mark": {"type": "rule", "color": style.INK, "opacity": 0.6},
                "encoding": {"y": {"field": "same", "type": "quantitative"}},
            }
            layers = [*style.band_layers(y, {"value": style.BLOC["china"]}), level, style.as_of_layer(as_of)]
            title = f"{reading.label(ensemble, policy)}: {what}"
            panels.append(style.panel(title, layers, style.inline(frame)))
    named = {reading.label(ensemble, policy): frame for policy, frame in lags.items()}
    title = _difference_title(named, reading.year_end(ensemble), base)
    subtitle = (
        f"Policy against {base} on the same draws: China's lag in months by quarter (difference), and its installed "
        f"base in 16-bit H100e at year ends (ratio, log scale), to {ensemble.scenario.end.year}."
    )
    sentence = (
        "Both policies share every assumption and every stroke of chance in a draw, so what remains is the effect of "
        "the policy in this model. Dark band: half of the draws. Light band: nine in ten. Line: no difference."
    )
    frames = [
        f.assign(policy=p, quantity=q)
        for q, d in (("lag", lags), ("stock ratio", stocks))
        for p, f in d.items()
    ]
    return Figure(
        style.page(title, subtitle, panels, columns=len(others)),
        title,
        f"{subtitle} {sentence}",
        pd.concat(frames, ignore_index=True),
        reading.model_sources(ensemble, *reading.SUPPLY_GROUPS),
    )


def _quantile_frame(quarters: object, values: object, names: list[str]) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    columns = dict(zip(names, np.asarray(values), strict=True))
    return pd.DataFrame({"quarter": pd.DatetimeIndex(np.asarray(quarters)), **columns})


def _difference_title(lags: dict[str, pd.DataFrame], day: str, base: str) -> str:
    parts = []
    for policy, frame in lags.items():
        at = frame[frame["quarter"] == day].iloc[0]
        low, middle, high = (words.change(float(at[q])) for q in ("q10", "q50", "q90"))
        parts.append(f"{middle} months under {policy} (80 %: {low} to {high})")
    return f"Against {base}, China's lag at the end of {day[:4]} would change by {', '.join(parts)}"
