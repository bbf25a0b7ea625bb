"""The on-trend test: known answers, properties, and what is refused."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest

from curveshift import trends
from curveshift.cli import main
from curveshift.errors import CurveshiftError
from curveshift.trends import Candidate, on_trend

SCORES = {"GPQA diamond": 0.6, "MMLU": 0.85, "MATH level 5": 0.6}
WORKED = (
    "DeepSeek-V3", "DeepSeek-R1", "Claude 3.5 Sonnet", "GPT-4o (May 2024)", "GPT-4 (Mar 2023)", "Llama 3.1-405B",
    "Kimi K2 (Jul 2025)",
)  # fmt: skip


def own(**changes):
    given = {"name": "mine", "released": date(2025, 1, 1), "scores": SCORES, "training_flop": 5e24, **changes}
    return Candidate(**given)


@pytest.mark.parametrize("name", WORKED)
def test_the_worked_examples_answer_with_an_interval(name):
    found = on_trend(name)
    low, central, high = trends.three(10.0**found.expected_log10_usd)
    assert 1e5 < low < central < high < 1e11
    assert name in found.verdict
    json.dumps(found.to_dict(), allow_nan=False)
    if name.startswith("GPT-4o"):
        assert found.actual is None
        assert "not published" in found.verdict
    else:
        assert found.percentile is not None


def test_deepseek_v3_cost_what_its_paper_says():
    found = on_trend("DeepSeek-V3")
    assert found.actual is not None
    assert found.actual.usd_central == pytest.approx(2.788e6 * 2.0)
    amortised = on_trend("DeepSeek-V3", "amortised")
    research = on_trend("DeepSeek-V3", "whole_r_and_d")
    assert amortised.actual.usd_central < research.actual.usd_central


def test_better_scores_cost_more_and_a_later_date_less():
    weak = on_trend(own(scores={"GPQA diamond": 0.5, "MMLU": 0.8, "MATH level 5": 0.4}))
    strong = on_trend(own())
    late = on_trend(own(released=date(2026, 1, 1)))
    middle = [np.median(found.expected_log10_usd) for found in (weak, strong, late)]
    assert middle[0] < middle[1] > middle[2]


def test_a_dearer_run_stands_higher_and_prices_of_ones_own_are_believed():
    cheap, dear = (on_trend(own(training_flop=None, training_usd=usd)) for usd in (1e6, 1e9))
    assert cheap.percentile < 0.5 < dear.percentile
    assert "cheaper" in cheap.verdict
    assert "dearer" in dear.verdict
    assert np.all(cheap.months_ahead > dear.months_ahead)


def test_a_models_own_cost_does_not_move_what_is_expected_of_it():
    one, two = (on_trend(own(training_flop=flop)) for flop in (1e24, 1e26))
    assert np.array_equal(one.expected_log10_usd, two.expected_log10_usd)


def test_same_answer_twice():
    assert on_trend("DeepSeek-R1").to_dict() == on_trend("DeepSeek-R1").to_dict()


def test_what_was_known_on_the_day_of_the_essay():
    then = on_trend("DeepSeek-V3", as_of="2025-01-29")
    assert then.posterior.panel.as_of == date(2025, 1, 29)
    with pytest.raises(CurveshiftError, match="not known on 2025-01-29"):
        on_trend("Kimi K2 (Jul 2025)", as_of="2025-01-29")


def test_the_essays_arithmetic_stands_beside_ours():
    found = on_trend("DeepSeek-V3", rivals=["Claude 3.5 Sonnet"])
    lines = trends.essay_arithmetic(found)
    assert [line.essay for line in lines[:4]] == ["4", "7 to 10", "2", "8"]
    assert lines[-1].record == "5.6 million USD"
    with pytest.raises(CurveshiftError, match="DeepSeek-V3 only"):
        trends.essay_arithmetic(on_trend("DeepSeek-R1"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scores": {"MMLU": 85.0, "GPQA diamond": 0.6}}, "Write 0.85"),
        ({"scores": {"MMLU": -0.1, "GPQA diamond": 0.6}}, "between 0 and 1"),
        ({"scores": {"MMLU": float("nan"), "GPQA diamond": 0.6}}, "between 0 and 1"),
        ({"scores": {"MMLU": 0.85}}, "two or more"),
        ({"scores": {"MMLU": 0.99, "GSM8K": 0.999}}, "ceiling"),
        ({"scores": {"MMLUU": 0.85, "GPQA diamond": 0.6}}, "did you mean 'MMLU'"),
        ({"scores": None}, "two or more benchmarks, or an index"),
        ({"bloc": "mars"}, "unknown bloc"),
        ({"training_flop": 5.0}, "outside 1e18"),
        ({"training_usd": -1.0}, "above 0"),
        ({"released": "2025-13-01"}, "impossible date"),
    ],
)
def test_bad_input_is_one_clear_error(changes, words):
    with pytest.raises(CurveshiftError, match=words):
        on_trend(own(**changes))


@pytest.mark.parametrize(
    ("model", "words"),
    [("DeepSeek-V33", "did you mean"), ("GPT-2 (124M)", "unknown model"), ("BLOOMZ", "unknown model")],
)
def test_an_unknown_model_is_named(model, words):
    with pytest.raises(CurveshiftError, match=words):
        on_trend(model)


def run(capsys, *words):
    with pytest.raises(SystemExit) as done:
        main(list(words))
    shown = capsys.readouterr()
    return done.value.code, shown.out, shown.err


def test_the_command_line_prints_steps_that_can_be_followed(capsys):
    code, out, _ = run(capsys, "trend", "DeepSeek-V3")
    assert code == 0
    for words in ("2.788e+06", "dollars for a chip-hour", "essay", "Claude 3.5 Sonnet", "percentile"):
        assert words in out
    assert max(map(len, out.splitlines())) <= 80
    code, out, _ = run(capsys, "trend", "DeepSeek-V3", "--json")
    assert json.loads(out)["actual_usd"] == pytest.approx(5.576e6)


def test_ones_own_model_on_the_command_line(capsys):
    words = (
        "--released",
        "2025-06-01",
        "--score",
        "GPQA diamond=0.61",
        "--score",
        "MMLU=0.85",
        "--flop",
        "3e24",
    )
    code, out, _ = run(capsys, "trend", "mine", *words)
    assert code == 0
    assert "mine" in out
    code, _, err = run(capsys, "trend", "mine", "--flop", "3e24")
    assert code == 2
    assert "--released" in err
    code, _, err = run(capsys, "trend", "mine", "--released", "2025-06-01", "--score", "MMLU:0.8")
    assert code == 2
    assert "BENCHMARK=SHARE" in err
