"""Figures of trends: valid drawings, titles that hold the numbers of the frame, as many marks as there are things."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import numpy as np
import pytest

import curveshift as cs
from curveshift.errors import CurveshiftError
from curveshift.present import (
    cost_figures,
    ontrend_figures,
    price_figures,
    split_figures,
    trend_figures,
    words,
)
from curveshift.present.figure import Figure
from curveshift.trends import posterior, split_of_progress
from curveshift.trends.candidates import Candidate
from curveshift.trends.costs import recost
from curveshift.trends.ontrend import on_trend
from curveshift.trends.posteriors import Posterior
from curveshift.trends.pricing import Decline, decline, declines
from curveshift.trends.split import Split
from curveshift.trends.verdicts import OnTrend

BENCHMARKS = ("GPQA diamond", "MMLU", "WeirdML")


@pytest.fixture(scope="module")
def draws() -> Posterior:
    return posterior()


@pytest.fixture(scope="module")
def early() -> Posterior:
    return posterior("2025-01-29")


@pytest.fixture(scope="module")
def v3() -> OnTrend:
    return on_trend("DeepSeek-V3")


@pytest.fixture(scope="module")
def unknown_cost() -> OnTrend:
    return on_trend("GPT-4o (May 2024)")


@pytest.fixture(scope="module")
def split() -> Split:
    return split_of_progress()


@pytest.fixture(scope="module")
def falls() -> tuple[Decline, ...]:
    return declines(BENCHMARKS)[0]


DRAWN: dict[str, tuple[Callable[[Any], Figure], str]] = {
    "on_trend": (ontrend_figures.on_trend_figure, "v3"),
    "on_trend, compute": (lambda found: ontrend_figures.on_trend_figure(found, "compute"), "v3"),
    "on_trend, cost unknown": (ontrend_figures.on_trend_figure, "unknown_cost"),
    "capability_by_date": (trend_figures.capability_by_date, "draws"),
    "capability_by_date, early": (trend_figures.capability_by_date, "early"),
    "curve_shift": (trend_figures.curve_shift, "draws"),
    "curve_shift, early": (trend_figures.curve_shift, "early"),
    "cost_by_date": (cost_figures.cost_by_date, "draws"),
    "cost_by_date, early": (
        lambda draws: cost_figures.cost_by_date(draws, "amortised", ["GPT-4", "DeepSeek-V3"]),
        "early",
    ),
    "progress_split": (split_figures.progress_split, "split"),
    "price_declines": (price_figures.price_declines, "falls"),
}


def parts_of(spec: Any) -> Iterator[dict[str, Any]]:
    """Every layer of a figure, with its own data or that of the panel around it."""
    for panel in spec.get("concat", spec.get("vconcat", [])):
        if "vconcat" in panel:
            yield from parts_of(panel)
        else:
            for layer in panel["layer"]:
                yield {"data": panel.get("data"), **layer}


def count(figure: Figure, wanted: Callable[[dict[str, Any]], bool]) -> int:
    """Rows drawn by the layers of a kind."""
    return sum(len(layer["data"]["values"]) for layer in parts_of(figure.spec) if wanted(layer))


@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_compiles_and_speaks(name: str, request: pytest.FixtureRequest) -> None:
    draw, of = DRAWN[name]
    figure = draw(request.getfixturevalue(of))
    svg = figure.svg()
    assert svg.count("<path") > 20
    assert "NaN" not in svg
    assert "undefined" not in svg
    assert re.search(r"\d", figure.title), "a title states a finding, with its numbers"
    assert "90 %" in figure.title or "80 %" in figure.title or "median" in figure.title
    assert len(figure.sentence.split(". ")) >= 3
    assert figure.sources
    assert not figure.frame.empty
    json.dumps(figure.spec, allow_nan=False)
    assert re.findall('https?://[^"]*', json.dumps(figure.spec["concat"])) == []
    # Text is wrapped by us: nothing wider than its drawing.
    assert max(map(len, figure.spec["title"]["text"])) <= 110


@pytest.mark.parametrize("name", ["on_trend", "capability_by_date", "cost_by_date"])
def test_drawing_leaves_what_it_draws_alone_and_is_the_same_twice(
    name: str, request: pytest.FixtureRequest
) -> None:
    draw, of = DRAWN[name]
    given = request.getfixturevalue(of)
    before = copy.deepcopy(given.__dict__)
    first, second = draw(given), draw(given)
    assert json.dumps(first.spec) == json.dumps(second.spec)
    for key, value in before.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, given.__dict__[key])


def test_on_trend_holds_the_numbers_of_the_test(v3: OnTrend) -> None:
    figure = cs.plot(v3)
    own = figure.frame.iloc[0]
    assert own["value"] == recost("DeepSeek-V3", "final_run_rental").usd_central
    low, middle, high = (10.0**q for q in np.quantile(v3.expected_log10_usd, (0.05, 0.5, 0.95)))
    assert [own["q05"], own["q50"], own["q95"]] == pytest.approx([low, middle, high])
    assert f"{words.number(middle)} USD likely (90 %: {words.span(low, high)})" in figure.title
    assert "DeepSeek-V3 cost 5.6 million USD" in figure.title
    # The title and the verdict in words say the same.
    inside = "on trend" in v3.verdict
    assert ("is inside the 90 % interval" in figure.title) == inside
    rivals = figure.frame[figure.frame["what"] == "rival"]
    assert list(rivals["model"]) == [r.name for r in v3.rivals]
    others = figure.frame[figure.frame["what"] == "model"]
    for name, usd in zip(others["model"][:3], others["value"][:3], strict=True):
        assert usd == recost(name, "final_run_rental").usd_central
    known = int(figure.frame["value"].notna().sum())
    dots = count(figure, lambda layer: layer["mark"]["type"] == "point" and layer["mark"].get("size") == 44)
    assert dots == known - 1


def test_on_trend_of_compute_is_not_in_dollars(v3: OnTrend) -> None:
    figure = ontrend_figures.on_trend_figure(v3, "compute")
    own = figure.frame.iloc[0]
    assert own["value"] == v3.candidate.training_flop
    assert own["q50"] == pytest.approx(10.0 ** np.median(v3.expected_log10_flop))
    assert "FLOP" in figure.title
    assert "USD" not in json.dumps(figure.spec)
    with pytest.raises(CurveshiftError, match="quantity"):
        ontrend_figures.on_trend_figure(v3, "price")  # type: ignore[arg-type]


def test_a_cost_that_is_not_known_is_not_drawn(unknown_cost: OnTrend) -> None:
    figure = cs.plot(unknown_cost)
    assert "is not published" in figure.title
    text = json.dumps(figure.spec)
    assert "percentile" not in text
    assert "diamond" not in json.dumps(figure.spec["concat"][0])


def test_a_model_of_ones_own_is_drawn() -> None:
    own = Candidate(
        "<mine>", date(2025, 6, 1), "other", scores={"GPQA diamond": 0.6, "MMLU": 0.85}, training_flop=3e24
    )
    figure = cs.plot(on_trend(own, rivals=["GPT-4.1"]))
    assert "<mine> cost" in figure.title
    assert "&lt;mine&gt;" in figure.svg()


def test_capability_has_every_model_that_can_lead(draws: Posterior) -> None:
    from curveshift.trends.frontiers import can_lead, frontier
    from curveshift.trends.lags import lag_months
    from curveshift.trends.panels import decimal_year

    figure = cs.plot(draws)
    frame = figure.frame
    recent = draws.panel.years >= trend_figures.START.year
    models = frame[frame["what"] == "model"]
    assert len(models) == int((recent & can_lead(draws)).sum())
    assert count(figure, lambda layer: layer["mark"].get("size") == 22) == len(models)
    left = len(draws.panel.models) - len(models)
    assert f"{left} models are not drawn" in figure.sentence
    best = frame[(frame["what"] == "frontier") & (frame["bloc"] == "China")]
    last = best.iloc[-1]
    at = decimal_year(last["day"].date())
    assert last["q50"] == pytest.approx(float(np.median(frontier(draws, [at], "china"))))
    lags = frame[frame["what"] == "lag"]
    wanted = np.quantile(lag_months(draws, [at])[:, 0], (0.1, 0.5, 0.9))
    assert lags.iloc[-1][["q10", "q50", "q90"]].to_list() == pytest.approx(list(wanted))
    months = re.search(r"had first reached (\d+) months? before", figure.title)
    assert months
    assert lags["q50"].iloc[-12:].min() - 1 <= int(months[1]) <= lags["q50"].iloc[-12:].max() + 1


def test_the_curve_shifts_by_the_efficiency(draws: Posterior) -> None:
    figure = trend_figures.curve_shift(draws)
    frame = figure.frame
    lines = frame[(frame["what"] == "expected") & ~frame["reasoning"].astype(bool)]
    by_year = lines.groupby("year")["q50"].max()
    np.testing.assert_allclose(np.diff(by_year), np.median(draws["efficiency"]), atol=0.02)
    models = frame[frame["what"] == "model"]
    assert (models["flop"] > 0).all()
    assert count(figure, lambda layer: layer["mark"].get("size") == 38) == len(models)
    middle = 10.0 ** np.median(draws["efficiency"])
    assert f"was worth {words.number(middle)} times" in figure.title
    kinds = frame[frame["what"] == "expected"].groupby("reasoning")["year"].unique()
    assert list(kinds[False]) == ["2022", "2023", "2024", "2025", "2026"]
    assert list(kinds[True]) == ["2025", "2026"]


def test_years_after_the_record_have_no_line(early: Posterior) -> None:
    frame = trend_figures.curve_shift(early).frame
    assert frame.loc[frame["what"] == "expected", "year"].max() == "2025"


def test_without_a_reasoning_model_there_is_one_panel(draws: Posterior) -> None:
    from dataclasses import replace

    bare = replace(draws, panel=replace(draws.panel, reasoning=np.zeros(len(draws.panel.models), dtype=bool)))
    figure = trend_figures.curve_shift(bare)
    assert len(figure.spec["concat"]) == 1
    assert "reasoning" not in figure.title


def test_costs_at_a_level_are_those_of_trends(draws: Posterior) -> None:
    from curveshift.trends.costcurve import cost_at_level, runs_at_level

    figure = cost_figures.cost_by_date(draws, "amortised", ["GPT-4", "o1"])
    frame = figure.frame
    for level, model in (("GPT-4", "GPT-4 (Mar 2023)"), ("o1", "o1")):
        own = frame[frame["level"] == level]
        runs = runs_at_level(draws.of(model), "amortised", draws)
        assert list(own[own["what"] == "run"]["model"]) == [r.cost.model for r in runs]
        first = own[own["what"] == "expected"].iloc[0]
        cost = cost_at_level(
            draws.of(model), [first["day"].date()], "amortised", draws, reasoning=level == "o1"
        )
        assert first["q50"] == pytest.approx(float(10.0 ** np.median(cost)))
    drawn = count(figure, lambda layer: layer["mark"].get("size") in (70, 18))
    assert drawn == int((frame["what"] == "run").sum())
    last = frame[(frame["level"] == "o1") & (frame["what"] == "expected")].iloc[-1]
    assert f"{words.number(last['q50'])} USD in" in figure.title
    assert "Loss in value" in figure.sentence
    with pytest.raises(CurveshiftError, match="GPT-4"):
        cost_figures.cost_by_date(draws, levels=["GPT-4.05"])
    with pytest.raises(CurveshiftError, match="one level"):
        cost_figures.cost_by_date(draws, levels=[])


def test_rates_of_decline_are_those_of_trends(falls: tuple[Decline, ...]) -> None:
    figure = price_figures.price_declines(falls)
    rates = figure.frame[figure.frame["what"] == "rate"]
    assert rates["central"].to_list() == [d.rate.central for d in falls]
    assert int((figure.frame["what"] == "price").sum()) == sum(len(d.steps) for d in falls)
    assert count(figure, lambda layer: layer["mark"].get("size") == 46) == len(falls)
    # An interval that leaves the axis says so with an arrow.
    off = int((rates["high"] > price_figures.RATES[1]).sum() + (rates["low"] < price_figures.RATES[0]).sum())
    assert count(figure, lambda layer: str(layer["mark"].get("shape")).startswith("triangle")) == off
    assert f"median {words.number(float(np.median(rates['central'])))}" in figure.title


def test_the_split_is_that_of_trends(split: Split) -> None:
    from dataclasses import replace

    figure = cs.plot(split)
    frame = figure.frame
    shares, rates = (frame[frame["what"] == what].set_index("part") for what in ("share", "rate"))
    assert list(shares.index) == list(split.shares)
    assert list(rates.index) == [*split.parts, "sum", "observed"]
    for name, share in split.shares.items():
        assert shares.loc[name, "q50"] == share.median
        assert rates.loc[name, "q05"] == split.parts[name].low
        span = words.span(share.low, share.high, words.percent)
        assert f"{name} {words.percent(share.median)} ({span.removesuffix(' %')})" in figure.title
    assert count(figure, lambda layer: layer["mark"]["type"] == "tick") == len(frame)
    # Where a part may be negative, shares of the whole say nothing.
    doubtful = split_figures.progress_split(replace(split, negative_share=0.3))
    assert set(doubtful.frame["what"]) == {"rate"}
    assert "30 % of draws" in doubtful.sentence
    assert "orders of magnitude a year" in doubtful.title


def test_one_decline_is_drawn_by_plot() -> None:
    found = decline("MMLU", "GPT-4")
    figure = cs.plot(found)
    assert figure.title.startswith("The price of 86.4 % on MMLU fell")
    assert figure.title.endswith("2023 to 2025")
    with pytest.raises(CurveshiftError, match="no decline"):
        price_figures.price_declines([])


def test_plot_names_what_it_can_draw() -> None:
    with pytest.raises(CurveshiftError, match="OnTrend, Paradigm, Posterior, Robustness, RuleBook"):
        cs.plot(3)


def test_the_posterior_of_a_law_is_not_taken_for_one_of_trends() -> None:
    from curveshift.laws.bayes import Posterior as OfALaw

    with pytest.raises(CurveshiftError, match="cannot draw a Posterior"):
        cs.plot(OfALaw.__new__(OfALaw))
