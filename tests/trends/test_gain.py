"""Gain of reasoning training: pairs by hand, and where the curve levels off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curveshift.errors import CurveshiftError
from curveshift.trends import posterior
from curveshift.trends.gain import gain_at, reasoning_gain
from curveshift.trends.panels import decimal_year
from curveshift.trends.posteriors import Posterior
from curveshift.trends.saturating import saturation, sigmoid_gain

Maker = Callable[..., Posterior]

PAIRS = [
    {"name": "DeepSeek-V3", "year": decimal_year(date(2024, 12, 26)), "capability": 1.0, "bloc": "china"},
    {"name": "DeepSeek-R1", "year": decimal_year(date(2025, 1, 20)), "capability": 1.8, "bloc": "china",
     "reasoning": True},
    {"name": "Qwen2.5-32B", "year": decimal_year(date(2024, 9, 19)), "capability": 0.2, "bloc": "china"},
    {"name": "QwQ-32B", "year": decimal_year(date(2025, 3, 6)), "capability": 1.4, "bloc": "china", "reasoning": True},
    {"name": "GPT-4.1", "year": decimal_year(date(2025, 4, 14)), "capability": 2.0},
    {"name": "o3", "year": decimal_year(date(2025, 4, 16)), "capability": 3.5, "reasoning": True},
    {"name": "DeepSeek-R1-Distill-Qwen-32B", "year": decimal_year(date(2025, 1, 20)), "capability": 1.3,
     "reasoning": True, "distilled": True, "bloc": "china"},
]  # fmt: skip


def test_pairs_by_hand(made: Maker) -> None:
    found = reasoning_gain(made(PAIRS, gain=1.0, gain_growth=0.5, distilled=0.3))
    by_name = {pair.reasoning: pair for pair in found.pairs}
    r1 = by_name["DeepSeek-R1"]
    assert (r1.same_base, r1.index_points, r1.distilled) == (True, 6.63, False)
    assert r1.difference.median == pytest.approx(0.8)
    # 1.0 at 2024.9 and half an order of magnitude a year from there.
    assert r1.expected.median == pytest.approx(1.0 + 0.5 * (decimal_year(date(2025, 1, 20)) - 2024.9))
    assert r1.above_share == 0.0
    assert by_name["o3"].same_base is False
    assert by_name["o3"].above_share == 1.0
    distilled = by_name["DeepSeek-R1-Distill-Qwen-32B"]
    assert distilled.expected.median == pytest.approx(r1.expected.median + 0.3)
    # One base and not distilled: 0.8 and 1.2.
    assert found.same_base is not None
    assert 0.8 <= found.same_base.low <= found.same_base.high <= 1.2 + 1e-12
    assert "GPT-4o (Nov 2024) to o1" in found.absent
    assert found.factor[0].median == pytest.approx(10.0 ** found.oom[0].median)


def test_growth_over_the_dates_of_pairs(made: Maker) -> None:
    found = reasoning_gain(made(PAIRS, draws=400))
    years = [decimal_year(date(2025, 1, 20)), decimal_year(date(2025, 3, 6)), decimal_year(date(2025, 4, 16))]
    # Only three pairs: each resample of all three dates is the same line.
    assert found.pair_growth is not None
    assert found.pair_growth.draws == pytest.approx(np.polyfit(years, [0.8, 1.2, 1.5], 1)[0], rel=1e-3)


def test_refusals(made: Maker) -> None:
    with pytest.raises(CurveshiftError, match="reasoning training begins on 2024-09-12"):
        reasoning_gain(days=["2024-01-01"])
    with pytest.raises(CurveshiftError, match="after the record"):
        reasoning_gain(days=["2099-01-01"])
    with pytest.raises(CurveshiftError, match="no model with reasoning training"):
        reasoning_gain(made(PAIRS[:1]))


def test_the_record_up_to_the_essay_holds_fewer_pairs() -> None:
    early, late = reasoning_gain(posterior("2025-01-29")), reasoning_gain()
    assert {p.reasoning for p in early.pairs} < {p.reasoning for p in late.pairs}
    assert all(pair.day <= date(2025, 1, 29) for pair in early.pairs)
    # Published gains of pairs run from 2 to 13 index points: in our unit all medians are gains too.
    assert all(pair.difference.median > 0.0 for pair in late.pairs)
    told = str(late)
    assert "DeepSeek-V3 to DeepSeek-R1 (2025-01-20, one base)" in told


@given(st.floats(20.0, 28.0), st.floats(0.2, 3.0), st.floats(22.0, 26.0), st.floats(0.5, 3.0))
def test_the_curve_lies_between_nothing_and_its_ceiling(
    flop: float, top: float, middle: float, steep: float
) -> None:
    found = float(sigmoid_gain(np.array(flop), np.array(top), np.array(middle), np.array(steep)))
    assert 0.0 <= found <= top
    # The same as the law of Khatri et al. 2025 in C rather than in its logarithm: 1 / (1 + (C_mid / C)^B).
    assert found == pytest.approx(top / (1.0 + 10.0 ** (steep * (middle - flop))), abs=1e-12)


def test_a_record_that_says_nothing_leaves_the_prior(made: Maker) -> None:
    rng = np.random.default_rng(0)
    vague = made(PAIRS, draws=500, gain=rng.normal(0.0, 100.0, 500), gain_growth=rng.normal(0.0, 100.0, 500))
    found = saturation(vague, draws=20_000)
    assert found.effective > 0.95 * found.tried
    assert 10.0**found.ceiling.low == pytest.approx(5.0, rel=0.15)
    assert 10.0**found.ceiling.high == pytest.approx(1000.0, rel=0.15)
    assert (found.midpoint.low, found.midpoint.high) == pytest.approx((23.8, 25.6), abs=0.1)
    assert found.weak == ("ceiling", "midpoint", "steepness")


def test_a_sharp_record_is_passed_through(made: Maker) -> None:
    rng = np.random.default_rng(1)
    late = {"name": "L", "year": 2025.9, "capability": 2.0, "reasoning": True}
    sharp = made(
        [*PAIRS, late], draws=500, gain=rng.normal(0.5, 0.05, 500), gain_growth=rng.normal(0.6, 0.05, 500)
    )
    found = saturation(sharp)
    for gain, fitted in zip(found.gain, found.fitted, strict=True):
        assert fitted.median == pytest.approx(gain.median, abs=0.1)
    assert found.ceiling.low > 0.9
    assert found.narrowed["midpoint"] < 1.0
    assert found.draws().shape == (2000, 3)
    assert 0.0 < found.effective < found.tried


def test_curves_repeat_and_bad_numbers_are_refused() -> None:
    one, two, other = (saturation(draws=50, seed=seed) for seed in (1, 1, 2))
    assert one.draws().tobytes() == two.draws().tobytes() != other.draws().tobytes()
    with pytest.raises(CurveshiftError, match="0 is outside its range: a whole number from 1"):
        saturation(draws=0)
    assert gain_at(posterior(), 2024.9) == pytest.approx(posterior()["gain"])
