"""Cost of a fixed capability by date: by hand, against the on-trend test, and what it refuses."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from curveshift.errors import CurveshiftError
from curveshift.trends import costcurve, costs, posterior
from curveshift.trends.costs import log10_usd_per_flop, recost
from curveshift.trends.ontrend import on_trend
from curveshift.trends.posteriors import Posterior

GPT_4 = "GPT-4 (Mar 2023)"


@pytest.fixture(scope="module")
def draws() -> Posterior:
    return posterior()


def test_compute_for_a_level_is_the_inverse_of_the_expected_capability(draws: Posterior) -> None:
    level, years = draws.of(GPT_4), np.array([2023.0, 2025.5])
    for kind in ({"reasoning": False, "china": True}, {"reasoning": True, "china": False}):
        flop = costcurve.flop_at_level(level, years, draws, **kind)
        assert flop.shape == (len(draws), 2)
        for k, year in enumerate(years):
            flags = {name: float(flag) for name, flag in kind.items()}
            back = draws.expected(years=year, log10_flop=flop[:, k], distilled=0.0, **flags)
            np.testing.assert_allclose(back, level, atol=1e-12)


@pytest.mark.parametrize("definition", ["final_run_rental", "amortised", "whole_r_and_d"])
def test_cost_falls_by_efficiency_and_price(draws: Posterior, definition: str) -> None:
    days = [date(2023, 1, 1) + timedelta(days=91 * k) for k in range(14)]
    cost = costcurve.cost_at_level(draws.of(GPT_4), days, definition, draws)  # type: ignore[arg-type]
    assert (np.diff(np.median(cost, axis=0)) < 0.0).all()
    # With the spreads cancelled, the fall between two dates is efficiency times the time, and the fall of prices.
    at = [costs.middle_of_run(days[k]) for k in (0, -1)]
    prices = [log10_usd_per_flop(day, definition)[0] for day in at]  # type: ignore[arg-type]
    spreads = [log10_usd_per_flop(day, definition)[1] for day in at]  # type: ignore[arg-type]
    fall = cost[:, 0] - cost[:, -1]
    wanted = draws["efficiency"] * (days[-1] - days[0]).days / 365.25 + prices[0] - prices[1]
    np.testing.assert_allclose(np.median(fall), np.median(wanted), atol=0.02)
    assert np.abs(fall - wanted).max() <= abs(spreads[0] - spreads[1]) * 5.0 + 0.01


def test_it_agrees_with_the_on_trend_test_on_the_day_of_the_model() -> None:
    found = on_trend("DeepSeek-V3")
    curve = costcurve.cost_at_level(
        found.capability, [found.candidate.released], found.definition, found.posterior
    )[:, 0]
    theirs = found.recipe_log10_flop + found.log10_usd_per_flop[0]
    assert np.median(curve) == pytest.approx(np.median(theirs), abs=0.1)
    # Theirs leaves the spread of prices out, which the curve adds.
    want = np.hypot(np.std(theirs), found.log10_usd_per_flop[1])
    assert np.std(curve) == pytest.approx(want, rel=0.15)


def test_a_higher_level_costs_as_many_orders_more(draws: Posterior) -> None:
    low, high = (costcurve.cost_at_level(x, ["2025-01-01"], "amortised", draws) for x in (0.0, 1.0))
    np.testing.assert_allclose(high - low, 1.0, atol=1e-12)


def test_the_cheapest_runs_get_cheaper(draws: Posterior) -> None:
    level = draws.of(GPT_4)
    runs = costcurve.runs_at_level(level, "final_run_rental", draws)
    assert runs[0].cost.model == GPT_4
    assert runs[0].certainty == 1.0
    assert runs[0].cost == recost(GPT_4, "final_run_rental")
    assert [r.released for r in runs] == sorted(r.released for r in runs)
    lows = [r.cost.usd_central for r in runs if r.cheapest]
    assert lows == sorted(lows, reverse=True)
    assert lows[-1] == min(r.cost.usd_central for r in runs)
    assert all(r.certainty >= 0.5 for r in runs)
    surer = costcurve.runs_at_level(level, "final_run_rental", draws, certainty=0.95)
    assert {r.cost.model for r in surer} < {r.cost.model for r in runs}


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"definition": "rent"}, "definition"),
        ({"dates": []}, "one date"),
        ({"level": np.zeros(3)}, "draws, not of shape"),
        ({"level": float("nan")}, "finite"),
    ],
)
def test_bad_input(draws: Posterior, change: dict[str, object], wanted: str) -> None:
    given = {"level": 0.0, "dates": ["2025-01-01"], "definition": "amortised", "posterior": draws} | change
    with pytest.raises(CurveshiftError, match=wanted):
        costcurve.cost_at_level(**given)  # type: ignore[arg-type]


def test_certainty_is_a_share(draws: Posterior) -> None:
    with pytest.raises(CurveshiftError, match="share"):
        costcurve.runs_at_level(0.0, "amortised", draws, certainty=50)
