"""Who was first, by hand, and who followed, from the table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.trends import posterior
from curveshift.trends.first import first_at, firsts, reasoning_followers
from curveshift.trends.panels import decimal_year
from curveshift.trends.posteriors import Posterior

Maker = Callable[..., Posterior]

MODELS = [
    {"name": "A", "year": 2023.0, "developer": "Alpha", "capability": np.repeat([0.0, 1.5], [30, 10])},
    {"name": "B", "year": 2024.0, "developer": "Beta", "capability": 1.0},
    {
        "name": "C",
        "year": 2024.0,
        "developer": "Gamma",
        "bloc": "china",
        "capability": np.repeat([2.0, 0.0], [20, 20]),
    },
]


def test_probabilities_by_hand(made: Maker) -> None:
    # At 0.9: A in its ten good draws; else B and C on one day: C where it is the better one, in the first twenty draws.
    found = first_at(0.9, made(MODELS))
    assert found.developers == pytest.approx({"Gamma": 0.5, "Alpha": 0.25, "Beta": 0.25})
    assert found.blocs == pytest.approx({"us": 0.5, "china": 0.5})
    assert found.reached_share == 1.0
    assert list(found.winner) == [2] * 20 + [1] * 10 + [0] * 10
    high = first_at(1.2, made(MODELS))
    assert high.models == pytest.approx({"C": 0.5, "A": 0.25})
    assert high.reached_share == pytest.approx(0.75)


def test_the_model_itself_is_a_bound(made: Maker) -> None:
    found = first_at("B", made(MODELS))
    assert found.year is not None
    assert found.year.high <= 2024.0
    assert sum(found.models.values()) == pytest.approx(1.0)


def test_first_at_a_cost(made: Maker) -> None:
    v3 = {"name": "DeepSeek-V3", "year": decimal_year(date(2024, 12, 26)), "capability": 1.0, "bloc": "china",
          "developer": "DeepSeek", "log10_flop": 24.5}  # fmt: skip
    other = {"name": "GPT-4o (May 2024)", "year": decimal_year(date(2024, 5, 13)), "capability": 1.2}
    # Of a stated 5.6 million dollars: always under a hundred million, never under a thousand dollars. The cost of the
    # other one is not known, so that it cannot be first at a cost.
    found = firsts(made([other, v3]), ["DeepSeek-V3"], [1e8, 1e3])
    cheap, never = found.costs
    assert found.levels[0].models == {"GPT-4o (May 2024)": 1.0}
    assert cheap.models == {"DeepSeek-V3": 1.0}
    assert (never.reached_share, never.models, never.year) == (0.0, {}, None)
    assert found.without_cost == {"us": 1}
    assert "nobody of 1 models" in str(never)


def test_probability_rises_with_the_budget() -> None:
    found = firsts(levels=["GPT-4 (Mar 2023)", "o1"], budgets_usd=[1e5, 1e6, 1e7, 1e9])
    for name in ("GPT-4 (Mar 2023)", "o1"):
        shares = [cost.reached_share for cost in found.costs if cost.level == name]
        assert shares == sorted(shares)
    assert found.levels[0].blocs["us"] > 0.9
    assert firsts(levels=["o1"]).costs[0].winner.tobytes() == firsts(levels=["o1"]).costs[0].winner.tobytes()


def test_followers_against_the_table() -> None:
    found = reasoning_followers(as_of="2025-01-29")
    assert found.first.day == date(2024, 9, 12)
    assert {f.developer: f.model for f in found.followers}["DeepSeek"] == "DeepSeek-R1"
    # 130 days over 30.4375.
    assert {f.developer: f.months for f in found.followers}["DeepSeek"] == pytest.approx(130 / 30.4375)
    names = {n for r in facts.rows("models") if r["reasoning"] != "no" for n in r["developer"].split("; ")}
    assert {"Google", "Google DeepMind"} <= names
    late = reasoning_followers()
    assert "Google DeepMind" not in {f.developer for f in late.followers}
    assert sum(late.within(6).values()) <= sum(late.within(12).values()) <= len(late.followers)
    strict = reasoning_followers(distilled=False)
    assert len(strict.followers) <= len(late.followers)


def test_bad_input(made: Maker) -> None:
    with pytest.raises(CurveshiftError, match="nobody reached 9 orders of magnitude in 100 % of draws"):
        first_at(9.0, made(MODELS))
    with pytest.raises(CurveshiftError, match="unknown model 'GPT4'"):
        first_at("GPT4", posterior())
    with pytest.raises(CurveshiftError, match=r"0\.0 is not a cost above 0"):
        firsts(made(MODELS), ["B"], [0.0])
    with pytest.raises(CurveshiftError, match="unknown definition of cost"):
        firsts(made(MODELS), ["B"], definition="rent")  # type: ignore[arg-type]
    with pytest.raises(CurveshiftError, match="no model with reasoning training was known by 2024-01-01"):
        reasoning_followers(as_of="2024-01-01")
    with pytest.raises(CurveshiftError, match="-1 is not a number of months above 0"):
        reasoning_followers().within(-1)
