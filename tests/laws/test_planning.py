"""Plans against closed forms, an independent optimiser, and what must hold for any law."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.laws import Chinchilla, Cost, OffsetPower, chinchilla_runs, plan, posterior, published
from curveshift.laws.costs import chip_cost

BESIROGLU = Chinchilla(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)
HOFFMANN = Chinchilla(E=1.6934, A=406.4, B=410.7, alpha=0.3392, beta=0.2849)


@pytest.mark.parametrize(("law", "ratio"), [(BESIROGLU, 18.1), (HOFFMANN, 62.0)])
def test_tokens_per_parameter_of_published_laws(law: Chinchilla, ratio: float) -> None:
    # Besiroglu et al. 2024; Hoffmann et al. 2022, approach 3, to four digits.
    assert plan(law, flop=1e24).tokens_per_param == pytest.approx(ratio, abs=0.06)


@given(alpha=st.floats(0.2, 0.6), beta=st.floats(0.2, 0.6), log_flop=st.floats(18, 27), a=st.floats(50, 2000))
@settings(max_examples=30, deadline=None)
def test_search_finds_the_closed_form(alpha: float, beta: float, log_flop: float, a: float) -> None:
    law = Chinchilla(E=1.7, A=a, B=1000.0, alpha=alpha, beta=beta)
    params, tokens = law.compute_optimal(10.0**log_flop)
    found = plan(law, flop=10.0**log_flop)
    if min(params, tokens) > 100.0:
        assert found.params == pytest.approx(float(params), rel=1e-6)
        assert found.tokens == pytest.approx(float(tokens), rel=1e-6)


@pytest.mark.parametrize("served", [1e11, 1e13, 1e15])
def test_serving_plan_against_constrained_optimiser(served: float) -> None:
    # Sardana et al. 2023: least 6 N D + 2 N D_inf for a given loss, here by SciPy on both variables.
    found = plan(BESIROGLU, loss=2.0, inference_tokens=served)

    def cost(x: np.ndarray) -> float:
        return float(np.log(6.0 * np.exp(x[0] + x[1]) + 2.0 * np.exp(x[0]) * served))

    def slack(x: np.ndarray) -> float:
        return float(BESIROGLU.predict(params=np.exp(x[0]), tokens=np.exp(x[1]))) - 2.0

    best = minimize(
        cost, [24.5, 27.5], constraints={"type": "eq", "fun": slack}, method="SLSQP", options={"ftol": 1e-14}
    )
    assert best.success
    assert found.loss == pytest.approx(2.0, abs=1e-9)
    assert np.log(found.training_flop + found.inference_flop) == pytest.approx(best.fun, abs=1e-6)
    assert np.log(found.params) == pytest.approx(best.x[0], abs=2e-3)


def test_more_serving_means_smaller_and_longer_trained() -> None:
    plans = [plan(BESIROGLU, loss=2.0, inference_tokens=served) for served in (0.0, 1e12, 1e13, 1e14)]
    assert all(b.params < a.params and b.tokens > a.tokens for a, b in pairwise(plans))
    assert all(b.training_flop >= a.training_flop for a, b in pairwise(plans))


def test_a_loss_and_the_budget_that_it_needs_are_two_sides_of_one_plan() -> None:
    by_loss = plan(BESIROGLU, loss=2.0)
    by_flop = plan(BESIROGLU, flop=by_loss.training_flop)
    assert by_flop.loss == pytest.approx(2.0, abs=1e-9)


def test_dollars_are_flop_times_price() -> None:
    cost = Cost("X", 1e15, mfu=0.5, usd_per_chip_hour=3.6)
    # 3.6 USD an hour over 3,600 s at 5e14 FLOP/s: 2e-18 USD a FLOP, so a million buys 5e23.
    found = plan(BESIROGLU, usd=1e6, cost=cost)
    assert found.training_flop == pytest.approx(5e23)
    assert found.training_usd == pytest.approx(1e6)
    assert found.chip_hours == pytest.approx(1e6 / 3.6)


def test_dear_serving_shifts_a_dollar_budget() -> None:
    cost = Cost("X", 1e15, mfu=0.5, usd_per_chip_hour=3.6)
    same = plan(BESIROGLU, usd=1e6, cost=cost, inference_tokens=1e12)
    dear = plan(BESIROGLU, usd=1e6, cost=cost, inference_tokens=1e12, inference_mfu=0.05)
    assert dear.params < same.params
    assert dear.training_usd + dear.inference_usd == pytest.approx(1e6)


def test_cost_comes_from_the_fact_tables() -> None:
    rate = next(r for r in facts.rows("chips") if r["chip"] == "H100 SXM 80GB")["fp16_dense_tflops"]
    found = chip_cost("H100", 0.4)
    assert found.peak_flop_per_s == pytest.approx(rate * 1e12)
    assert 0.5 < found.usd_per_chip_hour < 15.0
    assert len(found.sources) == 2
    # Rents known by early 2024 are dearer than the latest.
    assert chip_cost("H100", 0.4, as_of="2024-03-01").usd_per_chip_hour > found.usd_per_chip_hour


def test_intervals_hold_the_plan_and_reach_is_flagged() -> None:
    fitted = Chinchilla.fit(chinchilla_runs(), resamples=300)
    found = plan(fitted, flop=1e24)
    assert set(found.intervals) == {"params", "tokens", "tokens_per_param", "loss"}
    for name, (low, high) in found.intervals.items():
        assert low <= getattr(found, name) <= high
    assert "times the compute of the largest run" in found.warnings[0]
    assert plan(posterior(fitted, draws=500), flop=1e21).intervals["loss"][0] > 1.9
    target = plan(fitted, loss=2.1)
    assert target.intervals["params"][0] < target.params < target.intervals["params"][1]


def test_rows_have_one_shape() -> None:
    rows = plan(BESIROGLU, usd=1e6, chip="H100", mfu=0.4).rows()
    assert {tuple(row) for row in rows} == {("quantity", "value", "low", "high", "unit")}
    assert [row["quantity"] for row in rows][-1] == "chip_hours"


@pytest.mark.parametrize(
    ("goal", "said"),
    [
        ({}, "exactly one"),
        ({"flop": 1e24, "usd": 1e6}, "exactly one"),
        ({"flop": -1.0}, "outside its range"),
        ({"flop": float("nan")}, "outside its range"),
        ({"usd": 1e6}, "needs a chip"),
        ({"usd": 1e6, "chip": "H100"}, "give mfu"),
        ({"usd": 1e6, "chip": "H1000", "mfu": 0.4}, "did you mean"),
        ({"usd": 1e6, "chip": "H100", "mfu": 40.0}, "outside its range"),
        ({"loss": 1.5}, "no model of this law reaches"),
        ({"flop": 1e24, "inference_tokens": -1.0}, "outside its range"),
        ({"flop": 100.0}, "leave nothing to train"),
        ({"flop": 1e24, "level": 90}, "level"),
        ({"flop": 1e24, "inference_mfu": 0.3}, "needs a chip"),
    ],
)
def test_impossible_goals_are_refused(goal: dict[str, float], said: str) -> None:
    with pytest.raises(CurveshiftError, match=said):
        plan(BESIROGLU, **goal)  # type: ignore[arg-type]


def test_other_laws_are_refused() -> None:
    with pytest.raises(CurveshiftError, match="law of params and tokens"):
        plan(OffsetPower(E=1.7, A=100.0, alpha=0.1), flop=1e22)
    with pytest.raises(CurveshiftError, match="not a int"):
        plan(3, flop=1e22)  # type: ignore[arg-type]
    with pytest.raises(CurveshiftError, match="did you mean 'besiroglu2024'"):
        plan("besiroglu", flop=1e22)


def test_published_laws_go_by_name() -> None:
    found = plan("besiroglu2024", flop=1e24)
    assert found.tokens_per_param == pytest.approx(18.1, abs=0.1)
    assert "Besiroglu" in found.sources[0]
    for name in published():
        if published(name).law is None:
            with pytest.raises(CurveshiftError, match="not all published"):
                plan(name, flop=1e22)
