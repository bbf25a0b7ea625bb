"""Forecasts from days in the past with what could be known on them, scored against what came."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift import facts, scenario
from curveshift.errors import CurveshiftError, unknown_name
from curveshift.facts.reading import as_date
from curveshift.records import canonical_json

from .backtest_policies import POLICIES
from .backtest_records import restated_priors, settings, stored
from .backtest_result import Backtest, Basis, Forecast
from .backtest_scores import score_all
from .backtest_series import Past, after_months, observed, past, quantities, quarter_end, quarter_of
from .baselines import BASELINES, naive
from .scoring import LEVELS, PIT_BINS, crps, histogram, inside, pinball, pit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.scenario import Assumption
    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]

PRIORS: Final = ("restated", "today")
SHARES: Final = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""Quantiles that are kept and whose pinball loss is counted."""


def backtest(
    origins: Sequence[date | str] | None = None,
    horizons: Sequence[int] | None = None,
    series: Sequence[str] | None = None,
    *,
    priors: str = "restated",
    draws: int = 1024,
    seed: int = 0,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Backtest:
    """Forecast from days in the past and score what came.

    The record, the rules and the frontier are cut at each origin, and assumptions are restated for it. Settings are
    fixed and hashed before the first forecast is scored. What was knowable only after June 2026 is not looked at:
    forecasts of it are listed as to be scored.

    Parameters
    ----------
    origins : sequence of date or str, optional
        Days with restated assumptions; all of them by default.
    horizons : sequence of int, optional
        Months ahead; 6, 12 and 18 by default.
    series : sequence of str, optional
        Names of `curveshift.decide.quantities`; all by default.
    priors : {"restated", "today"}
        Assumptions as they could have been set on the day; or those of today, which shows what hindsight is worth.
    draws : int
        A multiple of 8.
    seed : int
    threads : int, optional
    progress : callable, optional
        Called with (origins done, origins in all).

    Returns
    -------
    Backtest

    Raises
    ------
    CurveshiftError
        For an origin outside the record or without restated assumptions, a horizon that is not after the origin,
        an unknown series, or numbers of draws that the simulation refuses.

    Examples
    --------
    >>> backtest().score("purchases", "as-came").best  # doctest: +SKIP
    'last value'
    >>> backtest(["2022-06-30"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    curveshift.errors.CurveshiftError: origins: 2022-06-30 lies outside the record, which allows origins from 2023...
    """
    days = _origins(origins)
    ahead = _horizons(horizons)
    names = _series(series)
    if priors not in PRIORS:
        raise unknown_name("set of assumptions", priors, PRIORS, "priors")
    last = max(quarter_end(quarter_of(after_months(day, months))) for day in days for months in ahead)
    asked = hashed(days, ahead, names, priors, draws, seed)
    digest = hashlib.sha256(canonical_json(asked).encode()).hexdigest()
    known_now = scenario.assumptions()
    found: list[Forecast] = []
    notes: list[str] = []
    from .backtest_forecasts import simulated

    for i, day in enumerate(days):
        values = restated_priors(day, known_now).values if priors == "restated" else {}
        ensemble = simulated(day, last, values, draws, seed, threads)
        if failed := int(ensemble.draws["failed"].sum()):
            notes.append(
                f"From {day}, {failed} of {ensemble.draws['failed'].size} runs gave something not finite."
            )
        for name in names:
            for item in quantities()[name].items:
                known = past(name, item, day)
                for months in ahead:
                    target = quarter_of(after_months(day, months))
                    found += [
                        _forecast(ensemble, policy, name, item, day, months, target, known)
                        for policy in POLICIES
                    ]
        if progress is not None:
            progress(i + 1, len(days))
    return Backtest(
        settings=asked,
        settings_hash=digest,
        forecasts=tuple(found),
        scores=score_all(found, names, seed),
        bases=tuple(_basis(name, day) for name in names for day in days),
        priors={day: _counted(day, known_now, priors) for day in days},
        notes=(*_cut_frontiers(days, names), *notes, *_lost(found)),
        facts_digest=facts.digest(),
    )


def hashed(
    origins: Sequence[date],
    horizons: Sequence[int],
    series: Sequence[str],
    priors: str,
    draws: int,
    seed: int,
) -> dict[str, Any]:
    """All that is fixed before scoring, as plain data."""
    return {
        "origins": [day.isoformat() for day in origins],
        "horizons_months": list(horizons),
        "series": {name: [quantities()[name].unit, *quantities()[name].items] for name in series},
        "baselines": list(BASELINES),
        "policies": list(POLICIES),
        "scores": {"levels": list(LEVELS), "shares": list(SHARES), "pit_bins": PIT_BINS},
        "priors": priors,
        "records": stored(),
        "draws": draws,
        "seed": seed,
    }


def _origins(given: Sequence[date | str] | None) -> tuple[date, ...]:
    known = settings().origins
    if given is None:
        return known
    days = tuple(as_date(day) for day in ([given] if isinstance(given, str | date) else given))
    for day in days:
        if not known[0] <= day <= settings().scored_until:
            raise CurveshiftError(
                f"{day} lies outside the record, which allows origins from {known[0]} to {settings().scored_until}",
                "origins",
            )
        if day not in known:
            raise CurveshiftError(
                f"no assumptions are restated for {day}: choose from {', '.join(map(str, known))}", "origins"
            )
    return _once(days, "origins")


def _horizons(given: Sequence[int] | None) -> tuple[int, ...]:
    most = max(settings().horizons_months)
    horizons = settings().horizons_months if given is None else tuple(given)
    for months in horizons:
        if isinstance(months, bool) or not isinstance(months, int) or months < 1:
            raise CurveshiftError(
                f"a horizon of {months!r} months does not lie after the origin: give whole months from 3 on",
                "horizons",
            )
        if not 3 <= months <= 2 * most:
            raise CurveshiftError(f"a horizon of {months} months is outside 3 to {2 * most}", "horizons")
    return _once(horizons, "horizons")


def _series(given: Sequence[str] | None) -> tuple[str, ...]:
    known = quantities()
    if given is None:
        return tuple(known)
    names = (given,) if isinstance(given, str) else tuple(given)
    for name in names:
        if name not in known:
            raise unknown_name("series", name, known, "series")
    return _once(names, "series")


def _once(values: tuple[Any, ...], where: str) -> tuple[Any, ...]:
    if not values:
        raise CurveshiftError("at least one is needed", where)
    for value in values:
        if values.count(value) > 1:
            raise CurveshiftError(f"{value} is given twice", where)
    return values


def _forecast(
    ensemble: Ensemble,
    policy: str,
    name: str,
    item: str,
    origin: date,
    months: int,
    target: int,
    known: Past | None,
) -> Forecast:
    from .backtest_forecasts import central, finite, forecast

    drawn = forecast(ensemble, policy, name, target, known)
    came = observed(name, item, target, known.makers if known else frozenset())
    lost = 0
    if not isinstance(drawn, str):
        drawn, lost = finite(drawn)
    three = None if isinstance(came, str) else _three(came)
    status, why = "scored", ""
    scored: dict[str, Any] = {"crps": None, "naive": {}, "pinball": {}, "inside": {}, "pit": ()}
    if isinstance(drawn, str):
        status, why = "no forecast", drawn
    elif isinstance(came, str):
        status, why = "to be scored", came
    else:
        beside = naive_forecasts(known, target)
        if not beside:
            why = "too little was known for a naive forecast"
        scored = {
            "crps": crps(drawn, came),
            "naive": {baseline: crps(points, came) for baseline, points in beside.items()},
            "pinball": {share: pinball(drawn, came, share) for share in SHARES},
            "inside": {level: inside(drawn, came, level) for level in LEVELS},
            "pit": histogram([pit(drawn, came)]),
        }
    return Forecast(
        name, item, policy, origin, months, quarter_end(target), status, why,
        {} if isinstance(drawn, str) else central(drawn, SHARES),
        three, None if known is None else quarter_end(known.quarters[-1]),
        None if known is None else float(known.values[-1]), lost_draws=lost, **scored,
    )  # fmt: skip


def naive_forecasts(known: Past | None, target: int) -> dict[str, Floats]:
    """Every naive forecast of a quarter; none when fewer quarters were known than the settings ask for."""
    fixed = settings()
    if known is None or len(known.values) < fixed.fewest_quarters:
        return {}
    recent = known.values[-fixed.most_quarters :]
    return {name: naive(name, recent, target - known.quarters[-1], known.error) for name in BASELINES}


def _three(values: Floats) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return float(low), float(middle), float(high)


def _basis(name: str, origin: date) -> Basis:
    tables = quantities()[name].tables
    knowable = sum(len(facts.rows(table, as_of=origin)) for table in tables)
    published = sum(len(facts.rows(table, as_of=origin, mode="backtest")) for table in tables)
    return Basis(name, origin, knowable, published, "backtest" if published == knowable else "hindcast")


def _counted(origin: date, known: Mapping[str, Assumption], priors: str) -> tuple[int, int, int]:
    uncertain = {
        n for n, a in known.items() if a.distribution.interval(0.9)[0] < a.distribution.interval(0.9)[1]
    }
    if priors != "restated":
        return 0, 0, len(uncertain)
    then = restated_priors(origin, known)
    touched = {*then.restated, *then.widened}
    return len(then.restated), len(then.widened), len(uncertain - touched)


def _cut_frontiers(days: Sequence[date], names: Sequence[str]) -> list[str]:
    from curveshift.trends.posteriors import SHIPPED

    cut = [str(day) for day in days if day.isoformat() not in SHIPPED]
    if not cut:
        return []
    after = ", ".join(name for name in names if name == "lag" or name.startswith("capability"))
    return [
        f"From {', '.join(cut)} simulations start from today's draws of the frontier, cut at the date: it rests on "
        f"scores published later{f', from which these series gain: {after}' if after else ''}."
    ]


def _lost(found: Sequence[Forecast]) -> list[str]:
    lost = [f for f in found if f.lost_draws]
    if not lost:
        return []
    most = max(f.lost_draws for f in lost)
    return [f"Draws that are not finite are left out of {len(lost)} forecasts, at most {most} of one."]
