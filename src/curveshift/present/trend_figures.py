"""Figures of capability read from the record: by date with the frontiers and the lag, and against training compute."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from . import style, words
from . import trend_parts as parts
from .figure import Figure

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from curveshift.trends import Posterior

    Floats = NDArray[np.float64]

START: Final = date(2022, 1, 1)
MARGIN: Final = timedelta(days=20)
MONTHS: Final = 12
AXIS: Final = "capability, orders of magnitude of compute"
YEARS: Final = {2022: "#6b5fb5", 2023: "#2f7fd0", 2024: "#12966f", 2025: "#d98200", 2026: "#c2558c"}
MIDYEAR: Final = 0.5


def capability_by_date(posterior: Posterior) -> Figure:
    """Capability of every model by date and bloc, with the frontier of each and China's lag.

    Parameters
    ----------
    posterior : Posterior

    Returns
    -------
    Figure
    """
    import pandas as pd

    from curveshift.trends.frontiers import can_lead, frontier
    from curveshift.trends.lags import lag_months
    from curveshift.trends.panels import decimal_year

    data = posterior.panel
    days = parts.release_days(posterior)
    drawn = can_lead(posterior) & np.array([day >= START for day in days])
    q10, q50, q90 = np.quantile(posterior.capability, (0.1, 0.5, 0.9), axis=0)
    models = pd.DataFrame(
        {
            "what": "model",
            "model": data.models,
            "day": days,
            "bloc": [parts.BLOCS.get(b, b) for b in data.blocs],
            "q10": q10,
            "q50": q50,
            "q90": q90,
        }
    )[drawn].reset_index(drop=True)
    ends = parts.month_starts(START, max(days))
    years = np.array([decimal_year(day) for day in ends])
    frames = [models]
    both = np.arange(len(ends))
    for bloc in ("us", "china"):
        best = frontier(posterior, years, bloc)
        there = np.flatnonzero(np.isfinite(best).all(axis=0))
        low, middle, high = np.quantile(best[:, there], (0.1, 0.5, 0.9), axis=0)
        kept = [ends[k] for k in there]
        both = np.intersect1d(both, there)
        frames.append(
            pd.DataFrame(
                {
                    "what": "frontier",
                    "day": kept,
                    "bloc": parts.BLOCS[bloc],
                    "q10": low,
                    "q50": middle,
                    "q90": high,
                }
            )
        )
    behind = lag_months(posterior, years[both])
    low, middle, high = np.quantile(behind, (0.1, 0.5, 0.9), axis=0)
    lags = pd.DataFrame({"day": [ends[k] for k in both], "q10": low, "q50": middle, "q90": high})
    # A single day would hang on the one model released just before it.
    low, middle, high = np.quantile(behind[:, -MONTHS:].mean(axis=1), (0.1, 0.5, 0.9))
    title = (
        f"Over the year to {words.MONTHS[ends[-1].month - 1]} {ends[-1].year} China's best model was at the level that"
        f" the US had first reached {words.months(middle)} before (80 %: {words.span(low, high, words.months)})"
    )
    left = len(data.models) - len(models)
    subtitle = (
        "Points: models, median and 80 % interval. Lines: the best so far of each bloc, median and 80 % interval."
        " Horizontal marks: China's lag by level. 0 is what 10^24.5 FLOP gave in the middle of 2024."
    )
    sentence = (
        f"{left} models are not drawn: released before {words.day(START)}, or with too few scores to lead. Part of the"
        " doubt is shared by all models, so a difference between two is surer than their intervals look. A bloc's"
        " frontier counts released and scored models only."
    )
    frame = pd.concat([*frames, lags.assign(what="lag")], ignore_index=True)
    frame["day"] = pd.to_datetime(frame["day"])
    marks = _lag_marks(lags, frames[2])
    panels = [_capability_panel(frame, marks), _lag_panel(frame[frame["what"] == "lag"])]
    spec = style.page(title, subtitle, panels, columns=1)
    spec["title"] = style.heading(title, subtitle, parts.WIDE)
    return Figure(spec, title, f"{subtitle} {sentence}", frame, tuple(posterior.sources()))


def _lag_marks(lags: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """The lag at the start of each year and on the last day, at the height of the bloc's frontier."""
    import pandas as pd

    yearly = lags["day"].map(lambda day: day.month == 1)
    # Where China leads there is nothing to mark.
    chosen = lags[(yearly | (lags.index == lags.index[-1])) & (lags["q50"] > 0.0)]
    level = own.set_index("day")["q50"]
    day = pd.to_datetime(chosen["day"])
    back = day - pd.to_timedelta(chosen["q50"] * parts.DAYS_PER_MONTH, unit="D")
    return pd.DataFrame(
        {
            "day": day,
            "from": back,
            "level": [float(level[d]) for d in chosen["day"]],
            "label": [parts.lag_words(x) for x in chosen["q50"]],
        }
    )


def _capability_panel(frame: pd.DataFrame, marks: pd.DataFrame) -> style.Spec:
    x = parts.years_axis("day", START, frame["day"].max() + MARGIN)
    models = frame[frame["what"] == "model"]
    low, high = models["q10"].min(), models["q90"].max()
    scale = {"domain": [float(np.floor(low)), float(np.ceil(high))], "nice": False, "zero": False}
    y = style.value_axis("q50", AXIS, scale=scale)
    paint = style.colour("bloc", parts.BLOC_COLOURS)
    tips: list[style.Spec] = [
        {"field": "model"},
        {"field": "day", "type": "temporal", "format": "%d %B %Y", "title": "released"},
        *parts.quantile_tips(("q10", "q50", "q90"), ".2f"),
    ]
    best = {"data": style.inline(frame[frame["what"] == "frontier"][["day", "bloc", "q10", "q50", "q90"]])}
    columns = ["model", "day", "bloc", "q10", "q50", "q90"]
    step = {"interpolate": "step-after", "clip": True}
    layers: list[style.Spec] = [
        {
            **best,
            "mark": {"type": "area", "opacity": 0.16, **step},
            "encoding": {"x": x, "y": {**y, "field": "q10"}, "y2": {"field": "q90"}, "color": paint},
        },
        {
            "mark": {"type": "rule", "strokeWidth": 1, "opacity": 0.3, "clip": True},
            "encoding": {"x": x, "y": {**y, "field": "q10"}, "y2": {"field": "q90"}, "color": paint},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 22, "opacity": 0.8, "clip": True},
            "encoding": {"x": x, "y": y, "color": paint, "tooltip": tips},
        },
        {
            **best,
            "mark": {"type": "line", "strokeWidth": 2.2, **step},
            "encoding": {"x": x, "y": y, "color": paint},
        },
    ]
    if len(marks):
        at = {"x": {**x, "field": "from"}, "y": {**y, "field": "level"}}
        data = style.inline(marks)
        bar = {"type": "rule", "strokeWidth": 2, "color": style.INK, "clip": True}
        layers += [
            {"data": data, "mark": bar, "encoding": {**at, "x2": {"field": "day"}}},
            {
                "data": data,
                "mark": {**parts.LABEL, "align": "right", "dx": -3, "dy": -7, "fontWeight": "bold"},
                # Nothing stands above the leader's frontier, which reaches the level here.
                "encoding": {**at, "text": {"field": "label"}},
            },
        ]
    return parts.wide_panel(layers, style.inline(models[columns]), parts.WIDE, 330)


def _lag_panel(lags: pd.DataFrame) -> style.Spec:
    x = parts.years_axis("day", START, lags["day"].max() + MARGIN)
    shown = lags[["day", "q10", "q50", "q90"]]
    y = style.value_axis("q50", "months", scale={"zero": True}, tickCount=5)
    colour = style.BLOC["china"]
    step = {"interpolate": "step-after", "clip": True, "color": colour}
    tips = [{"field": "day", "type": "temporal", "format": "%B %Y", "title": "start of"}]
    tips += parts.quantile_tips(("q10", "q50", "q90"), ".0f")
    layers: list[style.Spec] = [
        {
            "mark": {"type": "area", "opacity": 0.2, **step},
            "encoding": {"x": x, "y": {**y, "field": "q10"}, "y2": {"field": "q90"}},
        },
        {"mark": {"type": "line", "strokeWidth": 2, **step}, "encoding": {"x": x, "y": y}},
        {
            "mark": {"type": "point", "size": 160, "opacity": 0, "clip": True},
            "encoding": {"x": x, "y": y, "tooltip": tips},
        },
    ]
    text = "Months since the US first had what China has, median and 80 % interval (below 0: China leads)"
    found = style.panel("", layers, style.inline(shown), height=110)
    return {**found, "width": parts.WIDE, "title": {**found["title"], "text": text}}


def curve_shift(posterior: Posterior) -> Figure:
    """Capability against training compute, coloured by year: the shift of the curve, and of the paradigm.

    Parameters
    ----------
    posterior : Posterior

    Returns
    -------
    Figure
        Models with published training compute, and what the trend expects of a US recipe in the middle of a year.
    """
    import pandas as pd

    data = posterior.panel
    days = parts.release_days(posterior)
    year_of = np.array([day.year for day in days])
    drawn = data.disclosed & (year_of >= min(YEARS)) & (year_of <= max(YEARS))
    q10, q50, q90 = np.quantile(posterior.capability, (0.1, 0.5, 0.9), axis=0)
    models = pd.DataFrame(
        {
            "what": "model",
            "model": data.models,
            "day": days,
            "year": year_of.astype(str),
            "flop": 10.0**data.log10_flop,
            "q10": q10,
            "q50": q50,
            "q90": q90,
            "reasoning": data.reasoning,
            "bloc": [parts.BLOCS.get(b, b) for b in data.blocs],
        }
    )[drawn].reset_index(drop=True)
    ends = np.array([models["flop"].min() / 1.6, models["flop"].max() * 1.6])
    first = float(data.years[data.reasoning].min(initial=np.inf))
    lines = [
        _expected(posterior, year, ends, reasoning)
        for year in YEARS
        # A line of a year that the record does not reach would be a forecast.
        if year <= year_of.max()
        for reasoning in (False, True)
        if not reasoning or year + MIDYEAR >= first
    ]
    frame = pd.concat([models, *lines], ignore_index=True)
    frame["day"] = pd.to_datetime(frame["day"])
    title = _shift_title(posterior)
    hidden = int((~data.disclosed).sum())
    subtitle = (
        "Points: models with published training compute, median and 80 % interval; open points are Chinese. Lines: a US"
        " recipe in the middle of each year, median. 0 is what 10^24.5 FLOP gave in the middle of 2024. Compute on a"
        " log scale."
    )
    sentence = (
        f"{hidden} models with undisclosed compute and those released before {min(YEARS)} are not drawn, though the"
        " lines rest on them too. Compute and date are hard to tell apart in this record, so the distance between two"
        " lines is less sure than the lines look; its interval is in the title."
    )
    panels = [_shift_panel(frame, False, ends)]
    if any(line["reasoning"].any() for line in lines):
        panels.append(_shift_panel(frame, True, ends))
    spec = style.page(title, subtitle, panels, columns=2)
    spec["title"] = style.heading(title, subtitle, 2 * parts.HALF)
    return Figure(spec, title, f"{subtitle} {sentence}", frame, tuple(posterior.sources()))


def _shift_title(posterior: Posterior) -> str:
    from curveshift.trends.prior_records import settings

    def factor(draws: Floats) -> str:
        low, middle, high = (10.0**q for q in np.quantile(draws, (0.05, 0.5, 0.95)))
        return f"{words.number(middle)} times (90 %: {words.span(low, high)})"

    found = f"A year of better recipes was worth {factor(posterior['efficiency'])} the training compute"
    if posterior.panel.reasoning.any():
        when = words.when(settings().gain_year)
        found += f"; reasoning training, in {when}, {factor(posterior['gain'])}"
    return found


def _expected(posterior: Posterior, year: int, ends: Floats, reasoning: bool) -> pd.DataFrame:
    import pandas as pd

    capability = [
        posterior.expected(
            years=year + MIDYEAR,
            log10_flop=float(np.log10(f)),
            reasoning=float(reasoning),
            china=0.0,
            distilled=0.0,
        )
        for f in ends
    ]
    low, middle, high = np.quantile(capability, (0.1, 0.5, 0.9), axis=1)
    return pd.DataFrame(
        {
            "what": "expected",
            "year": str(year),
            "flop": ends,
            "q10": low,
            "q50": middle,
            "q90": high,
            "reasoning": reasoning,
        }
    )


def _shift_panel(frame: pd.DataFrame, reasoning: bool, ends: Floats) -> style.Spec:
    lines, models = (frame[frame["what"] == what] for what in ("expected", "model"))
    low, high = models["q10"].min(), max(models["q90"].max(), lines["q50"].max())
    scale = {"domain": [float(np.floor(low)), float(np.ceil(high))], "nice": False, "zero": False}
    y = style.value_axis("q50", AXIS if not reasoning else None, scale=scale)
    x = parts.flop_axis("flop", "training FLOP", float(ends[0]), float(ends[1]) * 4.0)
    own, other = lines[lines["reasoning"] == reasoning], lines[~lines["reasoning"].astype(bool)]
    other = other[other["year"].isin(own["year"])] if reasoning else other.iloc[:0]
    shown = models[models["reasoning"] == reasoning]
    paint = style.colour("year", {str(k): v for k, v in YEARS.items()}, legend=False)
    tips: list[style.Spec] = [
        {"field": "model"},
        {"field": "year"},
        {"field": "flop", "type": "quantitative", "format": ".2~g", "title": "FLOP"},
        {"field": "q50", "type": "quantitative", "format": ".2f", "title": "capability"},
    ]
    columns = ["model", "year", "flop", "q10", "q50", "q90"]
    china = shown["bloc"] == parts.BLOCS["china"]

    def rows(part: pd.DataFrame, names: list[str]) -> dict[str, Any]:
        return {"data": style.inline(part[names])}

    stroke = {"type": "line", "clip": True}
    layers: list[style.Spec] = [
        {
            **rows(shown, columns),
            "mark": {"type": "rule", "opacity": 0.25, "clip": True},
            "encoding": {"x": x, "y": {**y, "field": "q10"}, "y2": {"field": "q90"}, "color": paint},
        },
        *(
            {
                **rows(shown[china == chinese], columns),
                "mark": {"type": "point", "filled": not chinese, "size": 38, "opacity": 0.85, "clip": True},
                "encoding": {"x": x, "y": y, "color": paint, "tooltip": tips},
            }
            for chinese in (False, True)
        ),
        {
            **rows(other, ["year", "flop", "q50"]),
            "mark": {**stroke, "strokeDash": [5, 4], "strokeWidth": 1.4},
            "encoding": {"x": x, "y": y, "color": paint},
        },
        {
            **rows(own, ["year", "flop", "q50"]),
            "mark": {**stroke, "strokeWidth": 2.2},
            "encoding": {"x": x, "y": y, "color": paint},
        },
        {
            **rows(own[own["flop"] == ends[1]], ["year", "flop", "q50"]),
            "mark": {**parts.LABEL, "align": "left", "dx": 5, "fontWeight": "bold"},
            "encoding": {"x": x, "y": y, "text": {"field": "year"}},
        },
    ]
    text = "With reasoning training (dashed: without)" if reasoning else "Without reasoning training"
    found = style.panel(text, layers, height=320)
    return {**found, "width": parts.HALF, "title": {**found["title"], "text": text}}
