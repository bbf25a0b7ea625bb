"""Costs of runs: known answers, the published series as oracle, properties, refusals."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.trends import compiling, costs, hardware
from curveshift.trends.cost_records import Z90, number, records
from curveshift.trends.lines import Line

OWN = {"model": "mine", "release_date": "2025-06-01", "training_compute_flop": 1e25}


def test_deepseek_v3_costs_what_its_developer_says() -> None:
    # arXiv 2412.19437, table 1: 2.788 million H800-hours at 2 dollars.
    found = costs.recost("DeepSeek-V3", "final_run_rental")
    assert found.usd_central == 2_788_000 * 2 == 5_576_000
    assert [value for _, value in found.steps] == [2_788_000, 2, 5_576_000]
    row = next(r for r in facts.rows("models") if r["model"] == "DeepSeek-V3")
    assert row["training_cost_usd"] == found.usd_central
    assert "2.788 million" in row["note"]
    assert found.usd_low < found.usd_central < found.usd_high  # the rent is an assumption


def test_gpt_4_by_hand() -> None:
    """25,000 A100 for 2,280 hours, bought 90 days after release, worn by 0.14 orders of magnitude a year."""
    start = date(2023, 3, 14).toordinal() - 60 - 2280 / 24
    age = (start - date(2020, 8, 12).toordinal()) / 365.25
    value = 15_000 * 10 ** (-0.14 * age)
    wear = value * 1.64 * 1.235 * 0.14 * math.log(10) / 8766
    energy = 0.4 * 1.8 * 0.75 * 1.15 * 0.08
    found = costs.recost("GPT-4 (Mar 2023)", "amortised")
    assert found.usd_central == pytest.approx(25_000 * 2280 * (wear + energy), rel=1e-9)


def test_the_published_series_of_costs_is_met() -> None:
    """Rows of Epoch AI with the same method: the median ratio is near 1, and nine in ten lie in our interval."""
    ratios, inside = {}, []
    for row in facts.rows("models"):
        if row["training_cost_basis"] == "amortized_2023_usd" and row["training_cost_usd"]:
            found = costs.recost(row["model"], "amortised")
            ratios[row["model"]] = found.usd_central / row["training_cost_usd"]
            inside.append(found.usd_low <= row["training_cost_usd"] <= found.usd_high)
    assert len(ratios) == 57
    assert np.median(list(ratios.values())) == pytest.approx(1.04, abs=0.03)
    assert np.mean(inside) > 0.9
    # One published value is a tenth of what its chips and hours give; H100 are worth a third less in that edition.
    far = [model for model, ratio in ratios.items() if not 0.5 < ratio < 2.0]
    assert far == ["DeBERTa"]
    assert ratios["Llama 3.1-405B"] == pytest.approx(1.30, abs=0.03)


@pytest.mark.parametrize("model", ["DeepSeek-V3", "Llama 3.1-405B", "GPT-4 (Mar 2023)", "Claude 3.5 Sonnet"])
def test_three_bases_side_by_side(model: str) -> None:
    found = {d: costs.recost(model, d) for d in costs.DEFINITIONS}  # type: ignore[arg-type]
    assert all(c.usd_low < c.usd_central < c.usd_high for c in found.values())
    assert found["whole_r_and_d"].usd_central == pytest.approx(10 * found["final_run_rental"].usd_central)
    assert found["whole_r_and_d"].log10_sd > found["final_run_rental"].log10_sd
    assert found["amortised"].usd_central < 1.5 * found["final_run_rental"].usd_central
    for cost in found.values():
        assert cost.steps[-1] == ("dollars", cost.usd_central)
        assert str(cost).splitlines()[0] == f"{model}: {cost.basis}"


def test_what_was_stated_outright_comes_first_and_can_be_left_out() -> None:
    # "A few $10M's to train" (January 2025), read as 20 to 90 million.
    told = costs.recost("Claude 3.5 Sonnet", "final_run_rental")
    assert (told.usd_low, told.usd_central, told.usd_high) == (20e6, 30e6, 90e6)
    built = costs.recost("Claude 3.5 Sonnet", "final_run_rental", stated=False)
    assert built.usd_low < told.usd_low < told.usd_high < built.usd_high
    # The statement was not known the day before it was made.
    earlier = costs.recost("Claude 3.5 Sonnet", "final_run_rental", as_of="2025-01-28")
    assert earlier.log10_sd > 0.5
    # DeepSeek, Nature 645, 633: the base model at 5.576 million and 294,000 dollars for reinforcement learning.
    assert costs.recost("DeepSeek-R1", "final_run_rental").usd_central == pytest.approx(
        5.576e6 + 294e3, rel=1e-3
    )
    assert costs.recost("GPT-4.5", "whole_r_and_d").usd_central == pytest.approx(4e9)


def test_a_ratio_that_was_not_known_yet_is_said() -> None:
    early = costs.recost("DeepSeek-V3", "whole_r_and_d", as_of="2025-01-29")
    assert any("known since 2025-02-27 only" in text for text, _ in early.steps)
    assert not any("known since" in text for text, _ in costs.recost("DeepSeek-V3", "whole_r_and_d").steps)
    assert costs.anachronism("amortised", "2025-01-29") == ""


def test_the_multiplier_of_research_is_that_of_the_facts() -> None:
    spent = [
        r["central_usd"]
        for r in facts.rows("capex")
        if r["company"] == "OpenAI" and r["metric"] == "r_and_d_compute" and r["period_start"].year == 2024
    ]
    run = [r["central"] for r in facts.rows("prices") if r["item"] == "GPT-4.5 final run"]
    assert spent[0] / run[0] == number("research.multiplier").central


def test_cost_of_a_flop_falls_with_hardware_only() -> None:
    progress = hardware.hardware_price_performance_per_year()
    for definition in costs.DEFINITIONS:
        a, sd = costs.log10_usd_per_flop("2023-01-01", definition)  # type: ignore[arg-type]
        b, _ = costs.log10_usd_per_flop("2025-01-01", definition)  # type: ignore[arg-type]
        assert 0.1 < sd < 0.5
        fall = 10 ** ((a - b) / 2.001369)
        assert progress.low < fall < 1.1 * progress.high
    rental, _ = costs.log10_usd_per_flop("2024-06-01", "final_run_rental")
    whole, _ = costs.log10_usd_per_flop("2024-06-01", "whole_r_and_d")
    assert whole - rental == pytest.approx(1.0)
    near = costs.log10_usd_per_flop("2024-06-01", "amortised")[1]
    assert costs.log10_usd_per_flop("2016-06-01", "amortised")[1] > near


def test_price_performance_of_hardware() -> None:
    found = hardware.hardware_price_performance_per_year()
    # Published: 0.14 orders of magnitude a year over all machine-learning chips, 1.38; the specification, 1.25 to 1.5.
    assert found.low < 1.3 < found.high
    assert 1.2 < found.central < 1.4
    earlier = hardware.hardware_price_performance_per_year(as_of="2025-01-29")
    assert earlier.end <= date(2025, 1, 29)
    assert earlier.points < found.points


def test_cost_grows_with_compute_and_a_row_of_ones_own_will_do() -> None:
    one = costs.recost(OWN, "final_run_rental")
    two = costs.recost(OWN | {"training_compute_flop": 2e25}, "final_run_rental")
    assert two.usd_central == pytest.approx(2 * one.usd_central)
    known = costs.recost(OWN | {"training_hardware": "NVIDIA H100 SXM5 80GB"}, "amortised")
    assert known.log10_sd < costs.recost(OWN, "amortised").log10_sd
    hours = known.steps[-6][1]
    assert hours == pytest.approx(1e25 / (3600 * 989.4e12 * 0.375))


def test_nothing_later_is_used() -> None:
    assert all(q.day <= date(2023, 7, 1) for q in hardware.purchases("2023-07-01"))
    assert all(q.day <= date(2023, 7, 1) for q in hardware.rents("2023-07-01"))
    with pytest.raises(CurveshiftError, match="0 rents of hardware of the time are known"):
        costs.log10_usd_per_flop("2020-01-01", "final_run_rental", as_of="2021-01-01")


def test_a_chip_without_rent_is_priced_by_the_trend() -> None:
    found = costs.recost("PaLM (540B)", "final_run_rental")
    assert any("no rent of it is known" in text for text, _ in found.steps)


def test_a_line_predicts_with_its_error() -> None:
    line = Line.fit([0.0, 1.0, 2.0], [0.0, 1.0, 2.0])
    assert line.at(5.0) == (pytest.approx(5.0), pytest.approx(0.0))
    with pytest.raises(CurveshiftError, match="at least 3 points, not 2"):
        Line.fit([0.0, 1.0], [0.0, 1.0])
    with pytest.raises(CurveshiftError, match="one date"):
        Line.fit([1.0, 1.0, 1.0], [0.0, 1.0, 2.0])


def test_records_carry_their_reasons(tmp_path: Path) -> None:
    for name in records()["numbers"]:
        told = number(name)
        assert told.low <= told.central <= told.high
        assert told.meaning
        assert told.why
        assert told.sources or told.kind == "judgement"
    assert number("rent.spread_ratio").log10_sd == pytest.approx(math.log10(1.67 / 0.6) / (2 * Z90), rel=1e-6)
    digest = compiling.compile_records(tmp_path / "costs.json")
    assert len(digest) == 64


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: costs.recost("DeepSeek V3", "amortised"),
            "unknown model 'DeepSeek V3': did you mean 'DeepSeek-V3'",
        ),
        (lambda: costs.recost("GPT-4 (Mar 2023)", "rental"), "unknown definition of cost 'rental'"),
        (lambda: costs.recost("GPT-4o mini", "amortised"), "neither chip-hours nor compute of it are known"),
        (
            lambda: costs.recost({"model": "mine"}, "amortised"),
            "a run needs a name (model) and a release_date",
        ),
        (lambda: costs.recost(OWN | {"flop": 1.0}, "amortised"), "unknown column 'flop'"),
        (
            lambda: costs.recost(OWN | {"training_compute_flop": -1.0}, "amortised"),
            "-1.0 is not a number above 0 (flop)",
        ),
        (
            lambda: costs.recost(OWN | {"training_compute_flop": "1e25"}, "amortised"),
            "'1e25' is not a number above 0 (flop)",
        ),
        (
            lambda: costs.recost(OWN | {"training_compute_flop": None}, "amortised"),
            "neither chip-hours nor compute of it are known",
        ),
        (
            lambda: costs.recost(OWN | {"training_hardware": "H-100"}, "amortised"),
            "unknown training hardware 'H-100'",
        ),
        (lambda: costs.log10_usd_per_flop("soon", "amortised"), "impossible date 'soon'"),
        (lambda: number("run.mfi"), "unknown number 'run.mfi': did you mean 'run.mfu'"),
    ],
)
def test_bad_input_is_told_in_one_sentence(call: object, sentence: str) -> None:
    with pytest.raises(CurveshiftError) as caught:
        call()  # type: ignore[operator]
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
