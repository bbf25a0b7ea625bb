"""Prices at fixed capability: known answers, properties, refusals."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from math import log10

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.trends import price_spread, pricing
from curveshift.trends.lines import Line


def lows(benchmark: str, level: float, until: date) -> float:
    """The lowest price up to a day, or infinity."""
    steps = [s for s in pricing.price_at_level(benchmark, level) if s.day <= until]
    return steps[-1].usd_per_mtok if steps else float("inf")


def test_the_lows_of_gpt_3_5_on_mmlu_by_hand() -> None:
    # 0.75 of the input price and 0.25 of the output price, in dollars for a million tokens.
    steps = pricing.price_at_level("MMLU", "GPT-3.5")
    assert [(str(s.day), s.model) for s in steps[:3]] == [
        ("2022-03-15", "GPT-3.5 (davinci-002)"),
        ("2022-09-01", "GPT-3.5 (davinci-002)"),
        ("2023-07-11", "Claude 2"),
    ]
    by_hand = (60.0, 20.0, 0.75 * 11.02 + 0.25 * 32.68)
    assert [s.usd_per_mtok for s in steps[:3]] == pytest.approx(by_hand)
    assert steps[-1].model == "Gemini 1.5 Flash (May 2024)"
    assert steps[-1].usd_per_mtok == pytest.approx(0.75 * 0.075 + 0.25 * 0.3)


def test_prices_of_one_side_and_per_answer() -> None:
    first = {
        p: pricing.price_at_level("GPQA diamond", "o1", price=p)[0].usd_per_mtok
        for p in ("blend", "input", "output")
    }
    # o3-mini reaches the level of o1 six weeks after o1 itself, which is the first: 15 and 60 dollars.
    assert first == {"blend": 26.25, "input": 15.0, "output": 60.0}
    told = pricing.price_at_level("GPQA diamond", "o1", reasoning="per_answer")[0]
    assert told.usd_per_mtok == pytest.approx(0.75 * 15 + 0.25 * 60 * 8)


def test_temporary_prices_count_only_when_asked() -> None:
    plain = pricing.price_at_level("MMLU", "Claude 3.5 Sonnet")
    asked = pricing.price_at_level("MMLU", "Claude 3.5 Sonnet", promotions=True)
    assert ("DeepSeek-V3", date(2025, 2, 8)) in [(s.model, s.day) for s in plain]
    assert ("DeepSeek-V3", date(2024, 12, 26)) in [(s.model, s.day) for s in asked]


def test_rates_lie_with_the_published_ones() -> None:
    # Epoch AI 2025-03-12: 40 times a year for the level of GPT-4 on GPQA diamond, 9 to 900 between milestones.
    gpqa = pricing.decline("GPQA diamond", "GPT-4", as_of="2025-03-12").rate
    assert gpqa.low < 40.0 < gpqa.high
    assert 9.0 < gpqa.central < 900.0
    # Andreessen Horowitz 2024-11-12: 10 times a year on MMLU.
    mmlu = pricing.decline("MMLU", "GPT-3.5").rate
    assert mmlu.low < 10.0 < mmlu.high
    # Gundlach et al. 2026: 5 to 10 times a year, over windows that do not stop at the last new low.
    held = [pricing.decline("GPQA diamond", m, hold=True).rate.central for m in ("GPT-4", "GPT-4o")]
    assert all(5.0 < rate < 10.0 for rate in held)


def test_a_line_is_that_of_another_library() -> None:
    found = pricing.decline("GPQA diamond", "GPT-4o")
    x = [s.day.toordinal() / 365.25 for s in found.steps]
    other = stats.linregress(x, [log10(s.usd_per_mtok) for s in found.steps])
    half = stats.t.ppf(0.95, len(x) - 2) * other.stderr
    ends = (10 ** (-other.slope - half), 10**-other.slope, 10 ** (-other.slope + half))
    assert (found.rate.low, found.rate.central, found.rate.high) == pytest.approx(ends)
    line = Line.fit(x, [log10(s.usd_per_mtok) for s in found.steps])
    assert line.at(line.centre)[0] == pytest.approx(line.middle)


@settings(max_examples=40, deadline=None)
@given(
    benchmark=st.sampled_from(("MMLU", "GPQA diamond", "MATH level 5")),
    levels=st.tuples(st.floats(0.27, 0.94), st.floats(0.27, 0.94)),
    day=st.dates(date(2021, 1, 1), date(2026, 6, 30)),
)
def test_more_never_costs_less(benchmark: str, levels: tuple[float, float], day: date) -> None:
    low, high = sorted(levels)
    assert lows(benchmark, low, day) <= lows(benchmark, high, day)


@pytest.mark.parametrize("benchmark", ["MMLU", "GPQA diamond", "OTIS Mock AIME 2024-2025"])
def test_lows_fall_and_nothing_later_is_used(benchmark: str) -> None:
    level = pricing.milestones(benchmark)["GPT-4o"]
    steps = pricing.price_at_level(benchmark, level)
    assert all(a.usd_per_mtok > b.usd_per_mtok and a.day <= b.day for a, b in pairwise(steps))
    early = pricing.price_at_level(benchmark, level, as_of="2025-01-29")
    assert all(s.day <= date(2025, 1, 29) for s in early)
    assert all(s.score >= level for s in steps)


def test_a_price_that_is_held_falls_more_slowly() -> None:
    plain, held = (pricing.decline("MMLU", "GPT-4o", hold=hold) for hold in (False, True))
    assert held.rate.central < plain.rate.central
    assert held.held_until == max(r["valid_from"] for r in facts.rows("api_prices"))
    assert plain.held_until is None


def test_every_milestone_is_rated_or_refused_with_a_reason() -> None:
    done, refused = pricing.declines(["MMLU", "GPQA diamond", "GSM8K"])
    names = {(d.benchmark, round(d.level, 6)) for d in done}
    assert len(names) == len(done) >= 8
    assert all(d.rate.points == len(d.steps) >= 4 and d.fall > 1.0 for d in done)
    assert ("GSM8K", "GPT-4") in [r[:2] for r in refused]
    assert all(reason for *_, reason in refused)


def test_the_spread_has_rows_that_explain_it() -> None:
    rows = price_spread.explain_spread("MMLU", "GPT-3.5")
    rates = [r.rate.central for r in rows if r.rate]
    assert min(rates) < 6.0
    assert max(rates) > 40.0
    assert all((r.rate is None) == bool(r.refused) for r in rows)
    past = price_spread.explain_spread("MMLU", "GPT-3.5", as_of="2024-06-01")
    assert all(r.rate.end <= date(2024, 6, 1) for r in past if r.rate)
    assert any("per task" in limit for limit in price_spread.LIMITS)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: pricing.decline("MMLU", 70), "70 is not a share of the questions: write 0.5 for 50 %"),
        (lambda: pricing.decline("MMLU", -0.1), "-0.1 is not a share of the questions"),
        (
            lambda: pricing.decline("GPQA Diamnd", 0.5),
            "unknown benchmark 'GPQA Diamnd': did you mean 'GPQA diamond'",
        ),
        (lambda: pricing.decline("MMLU", "GPT4"), "unknown milestone on MMLU 'GPT4': did you mean 'GPT-4'"),
        (lambda: pricing.price_at_level("MMLU", 0.25), "0.25 on MMLU is reached by chance (0.25)"),
        (lambda: pricing.price_at_level("MMLU", 0.99), "0.99 on MMLU is at its ceiling"),
        (lambda: pricing.decline("MMLU", "Claude 3.5 Sonnet"), "3 new lows"),
        (lambda: pricing.decline("MATH level 5", "GPT-4o"), "span 134 days, 180 are needed"),
        (
            lambda: pricing.price_at_level("MMLU", 0.7, price="blended"),
            "unknown price 'blended': did you mean 'blend'",
        ),
        (lambda: pricing.price_at_level("MMLU", 0.7, as_of="2025-02-30"), "impossible date '2025-02-30'"),
        (
            lambda: price_spread.explain_spread("GSO-Bench", "Claude 3.5 Sonet"),
            "did you mean 'Claude 3.5 Sonnet'",
        ),
    ],
)
def test_bad_input_is_told_in_one_sentence(call: object, sentence: str) -> None:
    with pytest.raises(CurveshiftError) as caught:
        call()  # type: ignore[operator]
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
