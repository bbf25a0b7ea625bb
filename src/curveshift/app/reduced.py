"""An ensemble reduced to what the page draws: a few kilobytes of numbers, and the sentences that go with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.present import simulator
from curveshift.present.reading import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.app.asking import Question
    from curveshift.decide import Estimate
    from curveshift.world import Ensemble

WINDOWS: Final = (3, 6, 9, 12, 15, 18, 24, 30, 36)
"""Windows of the worlds that are always there, in months."""

MOST_DRIVERS: Final = 12
LEVEL: Final = {"estimator": "level"}


def one_policy(ensemble: Ensemble, name: str, unit: str, window_months: int) -> dict[str, Any]:
    """Bands by quarter, sample paths, worlds by threshold and window, and dates of marks, of one policy."""
    at = {"unit": unit}
    wanted: dict[str, tuple[str, Mapping[str, str]]] = {
        "us_stock": ("us_stock", at),
        "china_stock": ("china_stock", at),
        "share_used": ("china_share_used", at),
        "share_owned": ("china_share_owned", at),
        "lag_months": ("lag_months", LEVEL),
        "us_capability": ("capability", {"bloc": "us"}),
        "china_capability": ("capability", {"bloc": "china"}),
        "remote": ("china_remote", at),
        **{
            channel: ("china_stock_by_channel", {"channel": channel, **at})
            for channel in ("legal", "diverted", "domestic")
        },
    }
    paths = {
        key: _short(ensemble.first_paths(band, name, **where))
        for key, (band, where) in wanted.items()
        if key in ("china_stock", "lag_months")
    }
    bands = {key: ensemble.quantiles(band, name, **where) for key, (band, where) in wanted.items()}
    return {
        "bands": {key: _short(values) for key, values in bands.items()},
        "channels": {key: _short(values) for key, values in _channels(bands).items()},
        "paths": paths,
        **_worlds(ensemble, name, windows_with(window_months)),
        "marks": _marks(ensemble, name),
        "us_leads": _leads(ensemble, name),
        "failed_draws": int(ensemble.draws["failed"].sel(policy=name).sum()),
    }


def _channels(bands: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """China's median share of world compute by quarter, split in proportion to the medians of the channels.

    Medians of parts do not add up to the median of the whole.
    """
    from curveshift.world.bands import QUANTILES

    middle = {key: values[QUANTILES.index(0.5)] for key, values in bands.items()}
    parts = {key: middle[key] for key in ("legal", "diverted", "domestic")}
    total = np.maximum(sum(parts.values()), 1e-12)
    found = {key: middle["share_owned"] * part / total for key, part in parts.items()}
    found["remote, not owned"] = np.maximum(middle["share_used"] - middle["share_owned"], 0.0)
    return found


def whole(ensemble: Ensemble, parts: list[dict[str, Any]], question: Question) -> dict[str, Any]:
    """The answer to a question: the policies' parts with the headline, the titles, and what it all rests on."""
    from curveshift.decide import provenance
    from curveshift.world.bands import QUANTILES

    quarters = [str(day) for day in ensemble.draws["quarter"].values.astype("datetime64[D]")]
    policies = []
    for policy, choice, part in zip(ensemble.scenario.policies, question.policies, parts, strict=True):
        policies.append(
            {
                "title": policy.title,
                "meaning": policy.meaning,
                "kind": policy.kind,
                "base": choice.base,
                **part,
            }
        )
    told = [
        simulator.PolicyNumbers(
            part["name"],
            part["kind"],
            part["us_leads"],
            _interval(part, "lag_months", quarters),
            _interval(part, "china_stock", quarters),
            _interval(part, "share_used", quarters),
            part["worlds"],
        )
        for part in policies
    ]
    return {
        "meta": provenance(ensemble),
        "quarters": quarters,
        "quantiles": list(QUANTILES),
        "windows": list(windows_with(question.window_months)),
        "unit": question.unit,
        "view": question.view,
        "policies": [
            {**part, "us_leads": _with_error(part["us_leads"]), "worlds": _tables(part["worlds"])}
            for part in policies
        ],
        "words": simulator.words_of(told, question.unit, question.window_months, question.view),
    }


def compared(ensemble: Ensemble, window_months: int, check: Callable[[], None]) -> dict[str, Any]:
    """Differences from the first policy draw by draw: by quarter for the lag, at dates for the rest, and by world."""
    from curveshift.decide import comparison
    from curveshift.world.bands import QUANTILES

    base, *others = ensemble.policies
    lag = ensemble.draws["lag_months"].sel(LEVEL)
    found: list[dict[str, Any]] = []
    for name in others:
        check()
        gap = (lag.sel(policy=name) - lag.sel(policy=base)).transpose("draw", "quarter").values
        differences = [
            {
                "quantity": d.quantity,
                "unit": d.unit,
                "when": d.when,
                "here": d.here.value,
                "there": d.there.value,
                "low": d.low.value,
                "median": d.median.value,
                "high": d.high.value,
                "above": _with_error(d.above),
                "below": _with_error(d.below),
                "defined": d.defined.value,
            }
            for d in comparison.differences(ensemble, name, base)
        ]
        worlds = [
            {
                "threshold": w.threshold,
                "world": w.world,
                "here": _with_error(w.here),
                "there": _with_error(w.there),
                "difference": _with_error(w.difference),
            }
            for w in comparison.world_differences(ensemble, name, base, window_months)
        ]
        found.append(
            {
                "name": name,
                "lag_months": _short(np.nanquantile(gap, QUANTILES, axis=0)),
                "differences": differences,
                "worlds": worlds,
                "sentence": simulator.difference_sentence(name, base, differences),
            }
        )
    band = ensemble.quantiles("lag_months", base, **LEVEL)
    quarters = [str(day) for day in ensemble.draws["quarter"].values.astype("datetime64[D]")]
    base_lag = _interval({"bands": {"lag_months": band}}, "lag_months", quarters)
    told = simulator.against_baseline(base, base_lag, {p["name"]: p["differences"] for p in found})
    return {"base": base, "window_months": window_months, "policies": found, **told}


def driving(ensemble: Ensemble) -> dict[str, Any]:
    """The assumptions that move the lag at the end of 2028 most, under the first policy."""
    from curveshift.decide import drivers

    found = drivers(ensemble, "lag", simulator.DAY)
    return {
        "policy": found.policy,
        "mean": found.mean.value,
        "by_chance": found.by_chance,
        "left_out": found.left_out,
        "sentence": simulator.drivers_sentence(found),
        "drivers": [
            {
                "name": d.name,
                "unit": ensemble.scenario.assumptions[d.name].unit,
                "meaning": ensemble.scenario.assumptions[d.name].meaning,
                "low_value": d.low_value,
                "high_value": d.high_value,
                "low": d.low.value,
                "high": d.high.value,
                "error": d.difference.error,
                "beyond_chance": abs(d.difference.value) > found.by_chance,
            }
            for d in found.drivers[:MOST_DRIVERS]
        ],
    }


def windows_with(window_months: int) -> tuple[int, ...]:
    """The windows that are always there and the one that was asked for, ascending."""
    return tuple(sorted({*WINDOWS, window_months}))


def _worlds(ensemble: Ensemble, name: str, windows: Sequence[int]) -> dict[str, Any]:
    """By threshold: the probability of every world at each window, and the draws that it leaves out."""
    from curveshift.decide import worlds

    shares: dict[str, dict[int, dict[str, Estimate]]] = {}
    crossed: dict[str, float] = {}
    for found in worlds(ensemble, windows, policy=name):
        shares.setdefault(found.threshold, {})[found.window_months] = found.shares
        crossed[found.threshold] = found.crossed_by_as_of.value
    return {"worlds": shares, "crossed_by_as_of": crossed}


def _tables(worlds: Mapping[str, Mapping[int, Mapping[str, Estimate]]]) -> dict[str, Any]:
    """The same as rows by window, with a column for each world."""
    from curveshift.decide import WORLDS

    return {
        "names": list(WORLDS),
        "thresholds": {
            threshold: {
                "shares": [[shares[world].value for world in WORLDS] for shares in by_window.values()],
                "errors": [[shares[world].error for world in WORLDS] for shares in by_window.values()],
            }
            for threshold, by_window in worlds.items()
        },
    }


def _marks(ensemble: Ensemble, name: str) -> list[dict[str, float]]:
    """Years in which China's installed base passes each mark; none when not by the horizon."""
    years = ensemble.draws["stock_year"].sel(policy=name, bloc="china").transpose("mark", "draw")
    found = np.quantile(years.values, (0.1, 0.5, 0.9), axis=1, method="inverted_cdf")
    return [
        {"h100e_16bit": float(mark), "low": low, "median": median, "high": high}
        for mark, low, median, high in zip(years["mark"].values, *found, strict=True)
    ]


def _leads(ensemble: Ensemble, name: str) -> Estimate:
    """Probability that China trails at the date of the headline, among the draws that did not fail."""
    from curveshift.decide.lags import lag_at
    from curveshift.decide.statistics import expectation, weight_rows

    failed = np.asarray(ensemble.draws["failed"].sel(policy=name).values, dtype=np.float64)
    rows = weight_rows(1.0 - failed, ensemble.draws["replicate"].values)
    return expectation(lag_at(ensemble, name, simulator.DAY) > 0, rows)


def _interval(part: Mapping[str, Any], key: str, quarters: list[str]) -> Interval:
    """Median and 80 % interval at the date of the headline."""
    from curveshift.world.bands import QUANTILES

    band, at = part["bands"][key], quarters.index(simulator.DAY)
    median, low, high = (float(band[QUANTILES.index(q)][at]) for q in (0.5, 0.1, 0.9))
    return Interval(median, low, high)


def _with_error(estimate: Estimate) -> list[float]:
    return [estimate.value, estimate.error]


def _short(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Seven digits are more than the draws are worth, and half of the bytes."""
    return np.ascontiguousarray(values, dtype=np.float32)
