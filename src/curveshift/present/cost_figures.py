"""What it takes to train a fixed capability by date, as a figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError

from . import style, words
from . import trend_parts as parts
from .figure import Figure

if TYPE_CHECKING:
    import pandas as pd

    from curveshift.trends import Posterior
    from curveshift.trends.costs import Definition

KINDS: Final = {"without reasoning training": "#2f7fd0", "with reasoning training": "#d55e00"}
LEVELS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
COLUMNS: Final = ("q05", "q25", "q50", "q75", "q95")


def cost_by_date(
    posterior: Posterior,
    definition: Definition = "final_run_rental",
    levels: Sequence[str] = ("GPT-3.5", "GPT-4", "GPT-4o", "o1"),
) -> Figure:
    """Cost of training to the level of well-known models by date: expected, and the runs that reached it.

    Parameters
    ----------
    posterior : Posterior
    definition : {"final_run_rental", "amortised", "whole_r_and_d"}
    levels : sequence of str
        Names of milestones, such as ``"GPT-4"``, or models of the panel.

    Returns
    -------
    Figure

    Raises
    ------
    CurveshiftError
        For an unknown definition or level, or none.
    """
    import pandas as pd

    from curveshift.trends.costs import DEFINITIONS, check_definition

    check_definition(definition)
    if not levels:
        raise CurveshiftError("name one level or more, such as GPT-4", "levels")
    frame = pd.concat([_one_level(posterior, definition, name) for name in levels], ignore_index=True)
    frame["day"] = pd.to_datetime(frame["day"])
    title = _cost_title(levels, frame)
    runs = frame[frame["what"] == "run"]
    subtitle = (
        f"{DEFINITIONS[definition].capitalize()}, USD, log scale. Bands: expected cost of a US recipe of the date and"
        " of the level's kind of training, 90 % and 50 % intervals and median. Points: runs at the level or above,"
        " large where none before was cheaper; open points are Chinese."
    )
    sentence = (
        "The band is what a run made for that level would be expected to cost, not what anybody paid: later runs mostly"
        " aim higher, so they lie above it, and the cheapest ones were picked for being cheap. It holds the doubt about"
        " the level, the trend, recipes and prices. Expected compute is that which is published for such models. A run"
        f" counts when it is at the level in half of the draws or more; {len(runs)} points are of known cost."
    )
    panels = [_cost_panel(frame[frame["level"] == name], name) for name in levels]
    spec = style.page(title, subtitle, panels, columns=2)
    spec["title"] = style.heading(title, subtitle, 2 * parts.HALF)
    sources = (*posterior.sources(), "prices", "chips")
    return Figure(spec, title, f"{subtitle} {sentence}", frame, sources)


def _model_of(posterior: Posterior, level: str) -> str:
    """The model that stands for a level: the first of a milestone that is in the panel, or the model of that name."""
    from curveshift.trends.cost_records import records

    known = records()["milestones"].get(level, ())
    return next((name for name in known if name in posterior.panel.models), level)


def _one_level(posterior: Posterior, definition: Definition, level: str) -> pd.DataFrame:
    import pandas as pd

    from curveshift.trends.costcurve import cost_at_level, runs_at_level

    data = posterior.panel
    model = _model_of(posterior, level)
    at = posterior.index(model)
    released = parts.release_days(posterior)
    capability = posterior.of(model)
    reasoning = bool(data.reasoning[at])
    days = [released[at], *parts.month_starts(released[at], max(released))[1:]]
    costs = cost_at_level(capability, days, definition, posterior, reasoning=reasoning, as_of=data.as_of)
    quantiles = dict(zip(COLUMNS, 10.0 ** np.quantile(costs, LEVELS, axis=0), strict=True))
    expected = pd.DataFrame({"what": "expected", "day": days, "kind": list(KINDS)[reasoning], **quantiles})
    runs = runs_at_level(capability, definition, posterior, as_of=data.as_of)
    reached = pd.DataFrame(
        [
            {
                "what": "run",
                "day": run.released,
                "kind": list(KINDS)[run.reasoning],
                "model": run.cost.model,
                "usd": run.cost.usd_central,
                "bloc": parts.BLOCS[run.bloc],
                "cheapest": run.cheapest,
                "certainty": run.certainty,
            }
            for run in runs
        ]
    )
    # Empty frames would turn the columns of the others into objects.
    both = pd.concat([expected, reached], ignore_index=True) if runs else expected
    return both.assign(level=level, named=model)


def _cost_title(levels: Sequence[str], frame: pd.DataFrame) -> str:
    """The finding of the second level, or of the only one, at both ends of its record."""
    level = levels[min(1, len(levels) - 1)]
    own = frame[(frame["level"] == level) & (frame["what"] == "expected")]
    old, new = own.iloc[0], own.iloc[-1]

    def told(row: Any) -> str:
        span = words.span(row["q05"], row["q95"])
        month = f"{words.MONTHS[row['day'].month - 1]} {row['day'].year}"
        return f"{words.number(row['q50'])} USD in {month} (90 %: {span})"

    return f"Training to the level of {level} would be expected to cost {told(old)} and {told(new)}"


def _cost_panel(frame: pd.DataFrame, level: str) -> style.Spec:
    import pandas as pd

    expected, runs = (frame[frame["what"] == what] for what in ("expected", "run"))
    margin = pd.Timedelta(days=30)
    x = parts.years_axis("day", frame["day"].min() - margin, frame["day"].max() + margin)
    values = [*expected["q05"], *expected["q95"], *(runs["usd"] if len(runs) else [])]
    y = parts.usd_axis("q50", "USD", values)
    paint = style.colour("kind", KINDS)
    tips: list[style.Spec] = [
        {"field": "day", "type": "temporal", "format": "%B %Y"},
        {"field": "kind"},
        *parts.quantile_tips(COLUMNS, ".3~s"),
    ]

    def area(low: str, high: str, opacity: float) -> style.Spec:
        return {
            "mark": {"type": "area", "opacity": opacity, "clip": True},
            "encoding": {"x": x, "y": {**y, "field": low}, "y2": {"field": high}, "color": paint},
        }

    layers: list[style.Spec] = [
        area("q05", "q95", 0.13),
        area("q25", "q75", 0.2),
        {
            "mark": {"type": "line", "strokeWidth": 2, "clip": True},
            "encoding": {"x": x, "y": y, "color": paint},
        },
        {
            "mark": {"type": "point", "size": 160, "opacity": 0, "clip": True},
            "encoding": {"x": x, "y": y, "tooltip": tips},
        },
    ]
    if len(runs):
        layers += _run_layers(runs, x, y, paint)
    named = frame["named"].iloc[0]
    data = style.inline(expected[["day", "kind", *COLUMNS]])
    text = f"Level of {level}" if named == level else f"Level of {level}: {named}"
    return {**style.panel(text, layers, data, height=230), "width": parts.HALF}


def _run_layers(runs: pd.DataFrame, x: style.Spec, y: style.Spec, paint: style.Spec) -> list[style.Spec]:
    import pandas as pd

    tips: list[style.Spec] = [
        {"field": "model"},
        {"field": "day", "type": "temporal", "format": "%d %B %Y", "title": "released"},
        {"field": "usd", "type": "quantitative", "format": ".3~s", "title": "USD"},
        {"field": "certainty", "type": "quantitative", "format": ".0%", "title": "at the level in"},
    ]
    columns = ["model", "day", "kind", "usd", "certainty"]
    china = runs["bloc"] == parts.BLOCS["china"]
    best = runs["cheapest"].astype(bool)
    layers: list[style.Spec] = [
        {
            "data": style.inline(runs[(china == chinese) & (best == cheapest)][columns]),
            "mark": {
                "type": "point",
                "filled": not chinese,
                "size": 70 if cheapest else 18,
                "opacity": 1 if cheapest else 0.6,
                "clip": True,
            },
            "encoding": {"x": x, "y": {**y, "field": "usd"}, "color": paint, "tooltip": tips},
        }
        for cheapest in (False, True)
        for chinese in (False, True)
    ]
    lows = runs[best].iloc[::-1]
    begin, end = (pd.Timestamp(day) for day in x["scale"]["domain"])
    low, high = (math.log10(v) for v in y["scale"]["domain"])

    def places(part: pd.DataFrame) -> list[tuple[float, float]]:
        return [
            ((day - begin) / (end - begin), (math.log10(usd) - low) / (high - low))
            for day, usd in zip(part["day"], part["usd"], strict=True)
        ]

    for to_left in (False, True):
        kept = parts.labels_that_fit(
            lows["model"].to_list(),
            places(lows),
            (parts.HALF, 230),
            left=[to_left] * len(lows),
            avoid=places(runs[best]),
        )
        side = {"align": "right" if to_left else "left", "dx": -7 if to_left else 7}
        layers.append(
            {
                "data": style.inline(lows.iloc[kept][["model", "day", "usd"]]),
                "mark": {**parts.LABEL, **side},
                "encoding": {"x": x, "y": {**y, "field": "usd"}, "text": {"field": "model"}},
            }
        )
        # What does not fit on the right may fit on the left.
        lows = lows.drop(lows.index[kept])
    return layers
