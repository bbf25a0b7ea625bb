"""The panel: what is in it, what is counted, and what is refused."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.trends.panels import decimal_year, is_small, panel, roots


def test_every_score_is_used_or_counted():
    found = panel()
    left_out = [
        n for what, n in found.counted.items() if what.startswith("scores of") and "moved" not in what
    ]
    assert len(found.score) + sum(left_out) == len(facts.rows("benchmark_scores"))
    assert np.all((found.score > 0.0) & (found.score < 1.0))


def test_moved_scores_keep_their_order_and_move_by_half_an_item():
    found = panel()
    raw = {(r["model"], r["benchmark"]): r["score"] for r in facts.rows("benchmark_scores")}
    for i, j, score in zip(found.model_at, found.benchmark_at, found.score, strict=True):
        was = raw[found.models[i], found.benchmarks[j]]
        items = 1000.0 if np.isnan(found.items[j]) else found.items[j]
        assert score == was or (was in (0.0, 1.0) and abs(score - was) == pytest.approx(0.5 / items))


def test_an_earlier_day_knows_only_what_was_public():
    early = panel("2025-01-29")
    assert early.years.max() <= decimal_year(date(2025, 1, 29))
    assert "Kimi K2 Thinking" not in early.models
    assert len(early.score) < len(panel().score)
    with pytest.raises(CurveshiftError, match="no benchmark"):
        panel("2015-01-01")


def test_one_base_or_one_release_is_one_family():
    found = panel()
    family = dict(zip(found.models, found.family, strict=True))
    assert family["DeepSeek-V3"] == family["DeepSeek-R1"] == family["DeepSeek-V3.2"]
    assert family["Llama 3-70B"] == family["Llama 3-8B"]
    # A distilled model belongs to what it was distilled into, and not to its release.
    assert family["DeepSeek-R1-Distill-Qwen-32B"] == family["Qwen2.5-32B"] != family["DeepSeek-R1"]


def test_bases_in_a_circle_are_named():
    with pytest.raises(CurveshiftError, match="in a circle: a -> b -> a"):
        roots({"a": "b", "b": "a"})


@pytest.mark.parametrize(
    ("name", "params", "small"),
    [
        ("GPT-5 nano", None, True),
        ("Luminous", None, False),
        ("Gemini 2.5 Flash-Lite", None, True),
        ("mini", 1e11, False),
    ],
)
def test_small_by_size_or_by_name(name, params, small):
    assert is_small(name, params) is small


def test_leaving_a_model_out_takes_its_scores_and_its_compute():
    found = panel()
    left = found.without(["DeepSeek-V3"])
    i = found.models.index("DeepSeek-V3")
    assert i not in left.model_at
    assert not left.disclosed[i]
    assert found.disclosed[i]
    assert len(found.score) - len(left.score) == np.sum(found.model_at == i)
    with pytest.raises(CurveshiftError, match="no scores of"):
        found.without(["DeepSeek-V9"])


def test_leaving_a_benchmark_out_takes_its_scores_only():
    found = panel()
    left = found.without(benchmarks=["MMLU"])
    j = found.benchmarks.index("MMLU")
    assert len(found.score) - len(left.score) == np.sum(found.benchmark_at == j) > 0
    assert left.benchmarks == found.benchmarks
    assert np.array_equal(left.disclosed, found.disclosed)
    with pytest.raises(CurveshiftError, match="no scores of"):
        found.without(benchmarks=["MMLU-9"])


def test_the_digest_sees_one_changed_score():
    found = panel()
    before = found.digest()
    other = panel()
    score = other.score.copy()
    score[0] += 1e-6
    assert type(other)(**{**other.__dict__, "score": score}).digest() != before == other.digest()
