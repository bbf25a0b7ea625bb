"""The page of misses and limits: how good forecasts from the past were, misses first, and what the model leaves out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from . import words
from .wording import NOT_MODELLED

if TYPE_CHECKING:
    import pandas as pd

    from curveshift.decide import Forecast, SeriesScore
    from curveshift.decide.scored import StoredScores

LEVEL: Final = 0.9
SURPRISING: Final = 0.05
"""Probability from which down a count of misses is no chance."""
LIMITS: Final = (
    "A hindcast uses rows of which a first version was public by the day, in today's vintage. Hardly any row was "
    "published in its present form by then, so that a strict backtest has nothing to start from.",
    "The forecasts were made by people who know what came. Where no estimate had been published, the centre of an "
    "assumption is hindsight and only its spread was widened.",
    "There are four origins, and forecasts of one origin share their errors: intervals of skill from samples of four "
    "say little. Intervals of coverage take forecasts as independent, which they are not.",
    "The naive forecast that a series is held against is the one that did best in hindsight.",
)
FAILURE: Final = (
    "A series fails on coverage when 90 % intervals hold so few of the values that came that as many independent "
    "trials would hold 90 % with less than one chance in twenty.",
    "A series fails on skill when a naive forecast had the smaller error in 90 % of the samples of origins.",
)


def backtests_page(stored: StoredScores) -> dict[str, Any]:
    """Everything that the page of misses and limits shows at once.

    Parameters
    ----------
    stored : StoredScores

    Returns
    -------
    dict

    Examples
    --------
    >>> from curveshift.decide.scored import stored_scores
    >>> page = backtests_page(stored_scores())
    >>> page["misses"][0]["series"], len(page["series"])
    ('purchases', 8)
    """
    from curveshift.decide import quantities

    from .backtest_figures import POLICY_WORDS, forecast_frame
    from .reading_figures import by_series, forecasts

    series = [
        {
            "name": name,
            "title": quantity.title,
            "unit": quantity.unit,
            "scores": {policy: _score(stored.score(name, policy)) for policy in POLICY_WORDS},
        }
        for name, quantity in quantities().items()
    ]
    frame = forecast_frame(stored)
    scored = [f for f in stored.forecasts if f.status == "scored"]
    order = list(quantities())
    missed = sorted(
        (f for f in scored if f.inside[LEVEL] < 0.5), key=lambda f: (order.index(f.series), f.item)
    )
    waiting = [f for f in stored.forecasts if f.status == "to be scored"]
    return {
        "title": _title(stored, missed),
        "lead": _lead(stored, series),
        "policies": POLICY_WORDS,
        "whole": {policy: _score(stored.score("all", policy)) for policy in POLICY_WORDS},
        "series": series,
        "misses": [_told(f) for f in missed],
        "waiting": [_told(f) for f in waiting],
        "failure": [*FAILURE, _to_come(waiting)],
        "limits": LIMITS,
        "not_modelled": NOT_MODELLED,
        "current": stored.current,
        "basis": f"Settings, fixed before scoring: SHA-256 {stored.settings_hash}. Facts {stored.facts_digest[:16]}.",
        "figures": {
            "coverage": by_series(series, "coverage"),
            "skill": by_series(series, "skill"),
            "forecasts": [_drawn(frame, *key, forecasts) for key in _panels(frame)],
        },
    }


def limits_page() -> dict[str, Any]:
    """What the record does not settle: parameters it says little about, and assumptions that are judgements."""
    from curveshift import trends
    from curveshift.scenario import library

    rows = trends.narrowed()
    curve = trends.saturation()
    weak = [row.name for row in rows if row.weak]
    kinds = Counter(a.kind for a in library().assumptions.values())
    judged = kinds["judgement"]
    of = sum(kinds.values())
    return {
        "sentence": (
            f"{judged} of {of} assumptions are judgements. Of {len(rows)} parameters of the joint model of scores the "
            f"record says little about {len(weak)} ({words.listed(weak) if weak else 'none'}): its 90 % interval is "
            "nearly that of the prior."
        ),
        "kinds": dict(kinds),
        "parameters": [
            {
                "name": row.name,
                "unit": row.unit,
                "meaning": row.meaning,
                "prior": row.prior,
                "median": row.median,
                "interval": row.interval,
                "width_left": row.width_left,
                "weak": row.weak,
            }
            for row in rows
        ],
        "curve": {
            "sentence": (
                "The curve on which the gain of reasoning training levels off has three parameters and two points to "
                "hold it. Width of each 90 % interval over that of its prior: "
                + ", ".join(f"{name} {width:.2f}" for name, width in curve.narrowed.items())
                + "."
            ),
            "narrowed": curve.narrowed,
        },
    }


def _score(s: SeriesScore) -> dict[str, Any]:
    _, _, high = s.coverage[LEVEL]
    return {
        "forecasts": s.forecasts,
        "origins": s.origins,
        "skill": s.skill,
        "skill_range": s.skill_range,
        "best": s.best,
        "coverage": {f"{level:g}": span for level, span in s.coverage.items()},
        "fails_on_coverage": high < LEVEL,
        "fails_on_skill": s.skill_range is not None and s.skill_range[1] < 0.0,
    }


def _told(f: Forecast) -> dict[str, Any]:
    from curveshift.decide.backtest_series import natural

    from .backtest_figures import AXIS

    low, middle, high = (natural(f.series, f.quantiles[q]) for q in (0.05, 0.5, 0.95))
    came = None if f.observed is None or f.status != "scored" else natural(f.series, f.observed[1])
    side = "" if came is None else ("above" if came > middle else "below")
    return {
        "series": f.series,
        "item": f.item,
        "policy": f.policy,
        "origin": f.origin,
        "target": f.target,
        "unit": AXIS[f.series][0],
        "low": low,
        "median": middle,
        "high": high,
        "came": came,
        "side": side,
    }


def _title(stored: StoredScores, missed: list[Forecast]) -> str:
    whole = stored.score("all", "frozen")
    lost = sum(f.policy == "frozen" for f in missed)
    series = [s for s in stored.scores if s.policy == "frozen" and s.series != "all"]
    better = sum(s.skill is not None and s.skill > 0.0 for s in series)
    return (
        f"Of {whole.forecasts} values forecast from {whole.origins} days in the past, {lost} lay outside their 90 % "
        f"intervals, where about {round(whole.forecasts * (1 - LEVEL))} should; the model beat the best naive forecast "
        f"in {better} of {len(series)} series"
    )


def _lead(stored: StoredScores, series: list[dict[str, Any]]) -> str:
    failed = {
        what: [row["name"] for row in series if row["scores"]["frozen"][f"fails_on_{what}"]]
        for what in ("coverage", "skill")
    }
    told = [
        f"on {what}: {words.listed(names)}" if names else f"on {what}: none" for what, names in failed.items()
    ]
    stale = "" if stored.current else " These scores were made with other facts or settings than those here."
    return (
        f"Its intervals were too narrow. With the rules of the day kept, series fail {'; '.join(told)}. All are "
        f"hindcasts.{stale}"
    )


def _to_come(waiting: list[Forecast]) -> str:
    count = sum(f.policy == "frozen" for f in waiting)
    return (
        f"{count} forecasts with the rules of the day kept wait for what is not known yet. Were they independent and "
        f"calibrated, {most_by_chance(count) + 1} or more would lie outside their 90 % intervals with less than one "
        "chance in twenty: that many misses would count as a failure."
    )


def most_by_chance(count: int) -> int:
    """The most misses of 90 % intervals that are not surprising in as many independent trials.

    Examples
    --------
    >>> most_by_chance(15)
    4
    """
    from math import comb

    miss = 1.0 - LEVEL
    beyond, misses = 1.0, 0
    while True:
        beyond -= comb(count, misses) * miss**misses * LEVEL ** (count - misses)
        if beyond <= SURPRISING:
            return misses
        misses += 1


def _panels(frame: pd.DataFrame) -> list[tuple[str, str, str]]:
    keys = frame[["series", "item", "policy"]].drop_duplicates()
    return [(str(series), str(item), str(policy)) for series, item, policy in keys.to_numpy()]


def _drawn(frame: pd.DataFrame, series: str, item: str, policy: str, draw: Any) -> dict[str, Any]:
    from curveshift.decide import quantities

    own = frame[(frame["series"] == series) & (frame["item"] == item) & (frame["policy"] == policy)]
    scored = own[own["mark"].notna()]
    out = int((scored["mark"] != "in the 90 % interval").sum())
    called = f"{quantities()[series].title}{f': {item}' if item else ''}"
    title = f"{called}: {out} of {len(scored)} values that came lay outside their 90 % intervals"
    if not len(scored):
        title = f"{called}: nothing is scored yet"
    return {
        "series": series,
        "item": item,
        "policy": policy,
        "called": called,
        "title": title,
        "spec": draw(frame, series, item, policy),
    }
