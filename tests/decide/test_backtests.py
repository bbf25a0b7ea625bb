"""Backtests: what is known on a day, what came, and how forecasts are counted; then a whole one, small."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from curveshift import facts, scenario
from curveshift.decide import Backtest, Forecast, backtest, crps, quantities
from curveshift.decide.backtest_compiling import RestatedRecord
from curveshift.decide.backtest_policies import as_came, frozen
from curveshift.decide.backtest_records import restated_priors, settings, widen
from curveshift.decide.backtest_scores import score_all
from curveshift.decide.backtest_series import after_months, observed, past, quarter_end, quarter_of
from curveshift.decide.backtests import hashed, naive_forecasts
from curveshift.errors import CurveshiftError
from curveshift.world.history import read_history

ORIGINS = settings().origins
JANUARY = date(2025, 1, 29)


# What is fixed before scoring


def test_no_source_of_a_restated_assumption_is_later_than_its_origin() -> None:
    told = {
        "name": "efficiency.growth_per_year",
        "meaning": "m",
        "why": "w",
        "kind": "measured",
        "at": {"2024-06-30": {"value": 2.0, "source": [{"cite": "later", "published": "2024-07-01"}]}},
    }
    with pytest.raises(ValueError, match="published on 2024-07-01, later"):
        RestatedRecord.model_validate(told)
    told["at"] = {"2024-06-30": {"value": 2.0, "source": []}}
    with pytest.raises(ValueError, match="only a judgement"):
        RestatedRecord.model_validate(told)


@pytest.mark.parametrize("origin", ORIGINS)
def test_growth_of_output_is_that_of_the_rows_knowable_on_the_day(origin: date) -> None:
    rows = [r for r in facts.rows("chip_shipments", as_of=origin) if r["buyer"] == "world"]
    quarters = sorted({r["period_start"] for r in rows})
    last, before = quarters[-1], quarters[-5]
    makers = [{r["maker"] for r in rows if r["period_start"] == q} for q in (last, before)]
    history = read_history(60, origin)
    each = dict(zip(history.classes, np.asarray(history.arrays.raw)[:, 0], strict=True))

    def made(quarter: date) -> float:
        own = [r for r in rows if r["period_start"] == quarter and r["maker"] in makers[0] & makers[1]]
        return sum(r["central_chips"] * each[r["chip"]] for r in own)

    low, high = (float(x) for x in restated_priors(origin, scenario.assumptions()).values[
        "supply.output_growth_2026"
    ].split(" to "))  # fmt: skip
    central = math.sqrt(low * high)
    assert central == pytest.approx(made(last) / made(before), rel=0.01)
    today = scenario.assumptions()["supply.output_growth_2026"].distribution.interval(0.9)
    assert math.log(high / low) == pytest.approx(2.0 * math.log(today[1] / today[0]), rel=0.02)


def test_widening_doubles_the_spread_around_the_same_centre() -> None:
    known = scenario.assumptions()
    for name in ("supply.chip_ops_growth", "systems.us_leader_share", "paradigm.follower_lag_months"):
        wide = known[name].with_value(widen(known[name], 2.0)).distribution
        narrow = known[name].distribution
        assert wide.median == pytest.approx(narrow.median, rel=1e-5)
        # The 90 % interval of the narrow one is where the wide one has the normal's 2 Phi(1.645 / 2) - 1.
        inside = np.diff(wide.cdf(np.array(narrow.interval(0.9))))[0]
        assert inside == pytest.approx(0.5892, abs=1e-3)


@pytest.mark.parametrize("origin", ORIGINS)
def test_every_restated_value_fits_its_assumption(origin: date) -> None:
    known = scenario.assumptions()
    then = restated_priors(origin, known)
    assert not set(then.restated) & set(then.widened)
    for name, value in then.values.items():
        known[name].with_value(value)
    # A ramp shorter than the month of the simulation would overshoot.
    assert (
        known["legal.ramp_months"].with_value(then.values["legal.ramp_months"]).distribution.ppf(1e-6) >= 1.0
    )


def test_the_hash_changes_with_anything_that_is_fixed() -> None:
    base = hashed(ORIGINS, (6, 12), ("lag",), "restated", 64, 0)
    others = [
        hashed(ORIGINS[:2], (6, 12), ("lag",), "restated", 64, 0),
        hashed(ORIGINS, (6,), ("lag",), "restated", 64, 0),
        hashed(ORIGINS, (6, 12), ("price",), "restated", 64, 0),
        hashed(ORIGINS, (6, 12), ("lag",), "restated", 128, 0),
        hashed(ORIGINS, (6, 12), ("lag",), "restated", 64, 1),
        hashed(ORIGINS, (6, 12), ("lag",), "today", 64, 0),
    ]
    assert base == hashed(ORIGINS, (6, 12), ("lag",), "restated", 64, 0)
    assert all(other != base for other in others)
    assert base["records"]["priors"]["restated"]


# What is known on a day, and what came


def test_quarters_and_months_by_hand() -> None:
    assert [quarter_of(date(2024, 6, 29)), quarter_of(date(2024, 6, 30)), quarter_of(JANUARY)] == [8, 9, 11]
    assert quarter_end(9) == date(2024, 6, 30)
    assert after_months(date(2023, 6, 30), 18) == date(2024, 12, 31)
    assert after_months(date(2024, 8, 31), 6) == date(2025, 2, 28)
    assert after_months(JANUARY, 18) == date(2026, 7, 29)


@pytest.mark.parametrize("origin", [ORIGINS[0], JANUARY])
@pytest.mark.parametrize("name", list(quantities()))
def test_nothing_later_than_the_origin_is_known(name: str, origin: date) -> None:
    for item in quantities()[name].items:
        known = past(name, item, origin)
        if known is not None:
            assert quarter_end(known.quarters[-1]) <= origin
            assert list(known.quarters) == list(range(known.quarters[0], known.quarters[-1] + 1))
            assert np.isfinite(known.values).all()


def test_purchases_are_the_rows_of_the_record() -> None:
    # 223,064 H20 in 2024Q2; the table was not public by the end of that quarter.
    came = observed("purchases", "", 9, frozenset())
    assert 10 ** np.median(came) - 1000 == pytest.approx(223_064, rel=1e-6)
    known = past("purchases", "", date(2024, 6, 30))
    assert known is not None
    assert known.quarters[-1] == 8
    assert 10 ** known.values[-1] - 1000 == pytest.approx(138_719, rel=1e-6)


def test_a_published_interval_is_that_of_what_may_have_been_observed() -> None:
    came = 10 ** np.asarray(observed("purchases", "", 9, frozenset()), dtype=float) - 1000
    assert np.quantile(came, [0.05, 0.95]) == pytest.approx([171_624, 290_186], rel=0.02)


def test_the_past_of_shipments_is_linked_where_a_maker_enters() -> None:
    known = past("shipments", "", date(2024, 6, 30))
    assert known is not None
    assert known.makers == {"NVIDIA", "Google", "AMD", "AWS"}
    rows = [r for r in facts.rows("chip_shipments", as_of=date(2024, 6, 30)) if r["buyer"] == "world"]

    def of_both(quarter: date) -> float:
        # AMD and AWS have rows from 2024Q1 on only. Nvidia's H100s and Google's TPUs are the rest.
        own = [r for r in rows if r["period_start"] == quarter and r["maker"] in {"NVIDIA", "Google"}]
        return sum(r["central_h100e_8bit"] for r in own)

    grown = 10 ** (known.values[-1] - known.values[-2])
    assert grown == pytest.approx(of_both(date(2024, 1, 1)) / of_both(date(2023, 10, 1)), rel=0.05)


@pytest.mark.parametrize(
    ("name", "quarter", "words"),
    [
        ("lag", 18, "lies after 2026-06-30"),
        ("purchases", 16, "no row of it"),
        ("shipments", 16, "no row of AWS"),
    ],
)
def test_what_is_not_known_says_why(name: str, quarter: int, words: str) -> None:
    found = observed(name, "", quarter, frozenset({"AWS", "NVIDIA"}))
    assert isinstance(found, str)
    assert words in found


def test_a_naive_forecast_needs_a_few_quarters() -> None:
    assert naive_forecasts(past("price", "GPT-4 on MMLU", date(2023, 6, 30)), 7) == {}
    known = past("capability-china", "", date(2024, 6, 30))
    assert set(naive_forecasts(known, 11)) == {"last value", "trend", "drift"}


# Policies


def test_frozen_rules_have_no_later_step() -> None:
    for origin in ORIGINS:
        policy = frozen(origin)
        steps = [*policy.beijing, *(s for lever in policy.levers.values() for s in lever)]
        assert all(step.start <= origin for step in steps)


def test_rules_as_they_came_are_those_of_each_month() -> None:
    policy = as_came(JANUARY)
    months = [date(2025, 1, 1), date(2025, 2, 1), date(2025, 5, 1), date(2026, 6, 1), date(2026, 9, 1)]
    assert policy.rule_dates(months) == [
        "record",
        date(2025, 2, 15),
        date(2025, 5, 15),
        date(2026, 6, 15),
        date(2026, 6, 15),
    ]
    assert policy.stances(months)[-1] == "blocked"
    assert frozen(JANUARY).stances(months)[-1] == "open"


# Scores


def made_by_hand(
    origin: date, score: float, naive: dict[str, float], inside: float = 1.0, status: str = "scored"
) -> Forecast:
    return Forecast(
        "lag", "", "frozen", origin, 6, date(2025, 6, 30), status, "", {0.5: 1.0}, (1.0, 1.0, 1.0), None, None,
        score, naive, {0.5: score / 2}, {0.5: inside, 0.8: inside, 0.9: inside}, (1.0, 0.0), 0,
    )  # fmt: skip


def test_skill_by_hand() -> None:
    walk = {"last value": 2.0, "trend": 4.0, "drift": 9.0}
    found = [
        made_by_hand(ORIGINS[0], 1.0, walk),
        made_by_hand(ORIGINS[1], 2.0, {**walk, "last value": 4.0}, inside=0.0),
        # Counts for coverage and not for skill.
        made_by_hand(ORIGINS[1], 6.0, {}),
        made_by_hand(ORIGINS[2], 99.0, walk, status="to be scored"),
    ]
    (score,) = score_all(found, ["lag", "price"], 0)
    assert (score.forecasts, score.origins, score.compared, score.best) == (3, 2, 2, "last value")
    assert score.crps == pytest.approx(3.0)
    assert score.skill == pytest.approx(1.0 - 1.5 / 3.0)
    # Both origins have the same ratio, so every sample of them has.
    assert score.skill_range == pytest.approx((0.5, 0.5))
    assert score.coverage[0.9][0] == pytest.approx(2 / 3)
    assert score.pinball == {0.5: pytest.approx(1.5)}


def test_samples_of_origins_give_the_range_of_skill() -> None:
    walk = {"last value": 1.0, "trend": 2.0, "drift": 2.0}
    found = [made_by_hand(ORIGINS[i], 0.5 + i, walk) for i in range(3)]
    (score,) = score_all(found, ["lag"], 0)
    assert score.skill == pytest.approx(-0.5)
    # By hand: 1 of 27 samples is three times the first origin, 3 of 27 twice the first and once the second.
    assert score.skill_range == pytest.approx(
        (1 - (0.5 + 0.5 + 1.5) / 3, 1 - (2.5 + 2.5 + 1.5) / 3)[::-1], abs=0.01
    )
    (alone,) = score_all(found[:1], ["lag"], 0)
    assert alone.skill_range is None


def test_all_series_together_are_the_geometric_mean_of_ratios() -> None:
    walk = {"last value": 1.0, "trend": 2.0, "drift": 2.0}
    found = [
        made_by_hand(ORIGINS[0], 0.5, walk),
        replace(made_by_hand(ORIGINS[0], 0.125, walk), series="price"),
    ]
    scores = score_all(found, ["lag", "price"], 0)
    assert scores[-1].series == "all"
    assert scores[-1].skill == pytest.approx(1.0 - math.sqrt(0.5 * 0.125))


# Bad input


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"origins": ["2022-06-30"]}, "outside the record"),
        ({"origins": ["2026-07-01"]}, "outside the record"),
        ({"origins": ["2024-07-01"]}, "no assumptions are restated for 2024-07-01"),
        ({"origins": ["next year"]}, "impossible date"),
        ({"origins": [JANUARY, "2025-01-29"]}, "given twice"),
        ({"origins": []}, "at least one"),
        ({"horizons": [0]}, "does not lie after the origin"),
        ({"horizons": [-6]}, "does not lie after the origin"),
        ({"horizons": [6.5]}, "does not lie after the origin"),
        ({"horizons": [120]}, "outside 3 to 36"),
        ({"priors": "todays"}, "did you mean 'today'"),
        ({"series": ["shipment"]}, "did you mean 'shipments'"),
    ],
)
def test_bad_input_is_one_clear_error(given: dict[str, list[object]], words: str) -> None:
    with pytest.raises(CurveshiftError, match=words):
        backtest(**given)  # type: ignore[arg-type]


# A whole one


@pytest.mark.slow
def test_a_whole_backtest_is_the_same_for_any_number_of_threads() -> None:
    one, two = (backtest(draws=256, threads=n) for n in (1, 2))
    assert one.forecasts == two.forecasts
    assert one.scores == two.scores
    assert one.settings_hash == two.settings_hash


def test_a_small_backtest_from_end_to_end(tmp_path: Path) -> None:
    found = backtest([JANUARY], [6, 18], draws=64)
    assert isinstance(found, Backtest)
    assert len(found.settings_hash) == 64
    by_key = {(f.series, f.item, f.policy, f.horizon_months): f for f in found.forecasts}
    assert len(by_key) == len(found.forecasts) == 2 * 2 * (7 + 4)

    # The record of purchases ends before the middle of 2026: those forecasts stand and wait.
    late = by_key["purchases", "", "frozen", 18]
    assert late.status == "to be scored"
    assert late.crps is None
    assert late.quantiles
    assert late in found.to_be_scored
    early = by_key["purchases", "", "frozen", 6]
    assert early.status == "scored"
    assert early.target == date(2025, 6, 30)
    assert early.known_until == date(2024, 9, 30)

    # H20 needed a licence from April 2025 on: rules as they came leave less than rules kept.
    came = by_key["purchases", "", "as-came", 6]
    assert came.quantiles[0.5] < early.quantiles[0.5]
    # What came does not depend on the policy, nor does US efficiency by much.
    kept, changed = (by_key["price", "GPT-4 on MMLU", policy, 6] for policy in ("frozen", "as-came"))
    assert kept.observed == changed.observed
    assert kept.naive == changed.naive
    assert kept.quantiles[0.5] == pytest.approx(changed.quantiles[0.5], abs=0.01)
    # A forecast is tied to the frontier of its day: capability starts near what was known.
    capability = by_key["capability-us", "", "frozen", 6]
    assert capability.last_known is not None
    assert capability.last_known - 0.5 < capability.quantiles[0.5] < capability.last_known + 2.5

    assert {basis.word for basis in found.bases} == {"hindcast"}
    assert found.priors[JANUARY][0] == 14
    assert all(s.skill_range is None for s in found.scores)
    assert "settings" in found._repr_html_()
    assert found.sources()

    from curveshift.commands.backtesting import _data, _flat, _shown
    from curveshift.commands.output import Report, csv_text, json_text, plain_text
    from curveshift.present import plot

    report = Report(_data(found), list(_flat(found)), list(_shown(found)))
    assert found.settings_hash in plain_text(report)
    assert json.loads(json_text(report))["settings_sha256"] == found.settings_hash
    assert len(csv_text(report).splitlines()) == 1 + len(found.forecasts)

    figure = plot(found)
    assert "1 day in the past" in figure.title
    assert len(figure.frame) == len(found.forecasts)
    assert figure.save(tmp_path / "hits.svg").read_text(encoding="utf-8").startswith("<svg")
    page = figure.save(tmp_path / "hits.html").read_text(encoding="utf-8")
    assert "in the past" in page


def test_scores_of_one_forecast_are_those_of_its_draws() -> None:
    # The score that a forecast carries is the published one of its draws and not of its quantiles.
    draws = np.random.default_rng(0).normal(size=500)
    assert crps(draws, 0.0) == pytest.approx(math.sqrt(2 / math.pi) - 1 / math.sqrt(math.pi), abs=0.03)
