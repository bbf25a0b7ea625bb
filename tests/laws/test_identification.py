"""What a fit does not know, it says: ends that no run reaches, breaks at the edge, data that are not repeated."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from curveshift import laws
from curveshift.errors import CurveshiftError

RL = laws.RLCompute(0.2, 0.61, 2542.0, 1.92)
LINK = laws.LossToAccuracy(0.25, 0.95, 2.4, 6.0)


def rl_runs(end: float, n: int = 40) -> dict[str, np.ndarray]:
    compute = np.geomspace(60.0, end, n)
    noise = 0.004 * np.random.default_rng(3).standard_normal(n)
    return {"rl_compute": compute, "reward": RL.predict(rl_compute=compute) + noise}


def link_runs(low: float, high: float) -> dict[str, np.ndarray]:
    loss = np.linspace(low, high, 40)
    noise = 0.01 * np.random.default_rng(4).standard_normal(40)
    return {"loss": loss, "accuracy": LINK.predict(loss=loss) + noise}


@pytest.mark.parametrize("end", [600.0, 1200.0, 2500.0])
def test_an_asymptote_is_not_identified_before_the_midpoint(end: float) -> None:
    found = laws.RLCompute.fit(rl_runs(end), resamples=200)
    assert any("A is not identified" in told for told in found.warnings)
    low, high = found.interval(0.9)["A"]
    assert high - low > 0.05


def test_an_asymptote_is_identified_well_past_the_midpoint() -> None:
    found = laws.RLCompute.fit(rl_runs(3e4), resamples=200)
    assert not found.warnings
    low, high = found.interval(0.9)["A"]
    assert low < 0.61 < high
    assert high - low < 0.02


def test_a_floor_that_no_run_comes_near_is_told_and_can_be_held() -> None:
    data = link_runs(1.7, 2.3)
    free = laws.LossToAccuracy.fit(data, resamples=0)
    assert any("floor is not identified" in told and "fixed=" in told for told in free.warnings)
    held = laws.LossToAccuracy.fit(data, resamples=100, fixed={"floor": 0.25})
    assert held.params["floor"] == pytest.approx(0.25, rel=1e-12)
    assert not any("floor" in told for told in held.warnings)
    low, high = held.interval(0.9)["midpoint"]
    assert low < 2.4 < high


def test_a_ceiling_that_no_run_comes_near_is_told() -> None:
    found = laws.LossToAccuracy.fit(link_runs(2.5, 3.4), resamples=100)
    assert any("ceiling is not identified: no run is past the midpoint" in told for told in found.warnings)


def test_runs_over_the_whole_rise_need_no_warning() -> None:
    assert not laws.LossToAccuracy.fit(link_runs(1.7, 3.4), resamples=100).warnings


def test_a_break_with_no_run_beyond_it_is_told() -> None:
    law = laws.BrokenPower(a=1.7, b=60.0, c0=0.08, c1=0.15, d1=1e20, f1=0.4)
    for end, sure in ((1e20, False), (1e23, True)):
        x = np.geomspace(1e17, end, 60)
        noise = np.exp(0.002 * np.random.default_rng(5).standard_normal(60))
        found = laws.BrokenPower.fit(
            {"training_flop": x, "loss": law.predict(training_flop=x) * noise}, resamples=100
        )
        assert any("break 1" in told for told in found.warnings) is not sure


def test_runs_that_do_not_repeat_their_data_cannot_fit_repetition() -> None:
    params = np.geomspace(1e8, 1e10, 12)
    tokens = params * np.geomspace(3.0, 300.0, 12)[::-1] ** 0.7
    law = laws.DataConstrained(1.87, 521.0, 1488.0, 0.353, 0.353, 15.4, 5.3)
    inputs = {"params": params, "tokens": tokens, "unique_tokens": tokens}
    with pytest.raises(CurveshiftError, match="no run repeats its data"):
        laws.DataConstrained.fit({**inputs, "loss": law.predict(**inputs)})


def test_few_repetitions_make_the_decay_an_extrapolation() -> None:
    law = laws.DataConstrained(1.87, 521.0, 1488.0, 0.353, 0.353, 15.4, 5.3)
    params, unique, epochs = (
        a.ravel()
        for a in np.meshgrid(np.geomspace(1e7, 1e10, 8), np.geomspace(1e9, 1e11, 4), [1.0, 2.0, 4.0])
    )
    inputs = {"params": params, "tokens": unique * epochs, "unique_tokens": unique}
    noise = np.exp(0.0005 * np.random.default_rng(6).standard_normal(len(params)))
    found = laws.DataConstrained.fit({**inputs, "loss": law.predict(**inputs) * noise}, resamples=0)
    assert any("R_D" in told and "extrapolation" in told for told in found.warnings)


def test_error_without_learning_is_an_extrapolation_where_all_runs_have_learnt() -> None:
    law = laws.OverTrainingError(0.85, 2.08, 0.756)
    loss = np.linspace(1.8, 2.2, 30)
    noise = 1e-4 * np.random.default_rng(7).standard_normal(30)
    found = laws.OverTrainingError.fit({"loss": loss, "error": law.predict(loss=loss) + noise}, resamples=0)
    assert any("epsilon" in told for told in found.warnings)


def test_experts_far_below_saturation_do_not_identify_it() -> None:
    law = laws.Routed(-0.082, -0.108, 0.009, 1.104, 1.847, 314.478)
    params, experts = (
        a.ravel() for a in np.meshgrid(np.geomspace(1.5e7, 1.3e9, 6), [1.0, 2.0, 4.0, 8.0, 16.0])
    )
    noise = np.exp(1e-4 * np.random.default_rng(9).standard_normal(len(params)))
    loss = law.predict(params=params, experts=experts) * noise
    found = laws.Routed.fit({"params": params, "experts": experts, "loss": loss}, resamples=0)
    assert any("E_max" in told for told in found.warnings)


class TestHeldParameters:
    """Parameters held at a value."""

    def test_holding_a_parameter_at_its_optimum_changes_nothing(self) -> None:
        runs = laws.chinchilla_runs()
        free = laws.Chinchilla.fit(runs, objective="huber", resamples=0)
        for name in ("E", "alpha"):
            held = laws.Chinchilla.fit(runs, objective="huber", resamples=0, fixed={name: free.params[name]})
            assert held.converged
            assert_allclose(held.law.values, free.law.values, rtol=1e-6)
            assert held.value == pytest.approx(free.value, rel=1e-9)

    def test_a_held_parameter_costs_what_it_must(self) -> None:
        runs = laws.chinchilla_runs()
        free = laws.Chinchilla.fit(runs, objective="huber", resamples=0)
        held = laws.Chinchilla.fit(runs, objective="huber", resamples=50, fixed={"E": 1.69, "beta": 0.28})
        assert held.value > free.value
        assert held.params["E"] == pytest.approx(1.69, rel=1e-12)
        assert held.interval()["beta"] == pytest.approx((0.28, 0.28), rel=1e-9)

    @pytest.mark.parametrize(
        ("fixed", "message"),
        [
            ({"e": 1.7}, "did you mean 'E'"),
            ({"E": -1.0}, "above 0"),
            ({"E": 1.7, "A": 400.0, "B": 400.0, "alpha": 0.3, "beta": 0.3}, "nothing is left"),
        ],
    )
    def test_what_cannot_be_held(self, fixed: dict[str, float], message: str) -> None:
        with pytest.raises(CurveshiftError, match=message):
            laws.Chinchilla.fit(laws.chinchilla_runs(), fixed=fixed)

    def test_the_likelihood_interval_of_a_held_parameter_is_refused(self) -> None:
        held = laws.Chinchilla.fit(laws.chinchilla_runs(), resamples=0, fixed={"E": 1.8})
        with pytest.raises(CurveshiftError, match="held"):
            held.profile("E")
        low, high = held.profile("alpha")
        assert low < held.params["alpha"] < high


def test_a_share_of_zero_is_fitted_as_it_is_and_has_no_logarithm() -> None:
    data = rl_runs(3e4)
    data["reward"][[0, 2]] = 0.0
    assert laws.RLCompute.fit(data, resamples=0).params["A"] == pytest.approx(0.61, abs=0.01)
    with pytest.raises(CurveshiftError, match=r"row [13]: reward 0 has no logarithm.*space='raw'"):
        laws.RLCompute.fit(data, space="log", resamples=0)


@pytest.mark.parametrize("kind", ["huber", "student_t"])
def test_a_penalty_goes_with_least_squares_only(kind: str) -> None:
    with pytest.raises(CurveshiftError, match="least_squares"):
        laws.Objective(kind, l1=0.1)


def test_a_law_without_a_reference_point_has_nothing_to_penalise() -> None:
    with pytest.raises(CurveshiftError, match="names no parameters"):
        laws.Chinchilla.fit(laws.chinchilla_runs(), objective=laws.Objective("least_squares", l1=0.1))


def test_an_optimum_beyond_a_range_is_the_one_at_its_end() -> None:
    compute = np.geomspace(4.0, 250.0, 24)
    rng = np.random.default_rng(0)
    # Convex to its end: a sigmoid fits best with an asymptote far above 1.
    reward = 0.032 + 0.35 * (compute / 250.0) ** 0.9 + rng.normal(0.0, 0.004, 24)
    found = laws.fit(
        laws.RLCompute,
        {"rl_compute": compute, "reward": reward},
        fixed={"R0": 0.032},
        resamples=0,
        space="raw",
    )
    assert found.params["A"] == 1.0
    assert any("A is not identified" in w and "held at its end, 1" in w for w in found.warnings)
    assert found.held == ("R0", "A")
    # What is reported fits: cutting A off by itself left errors of 0.3.
    assert np.abs(found.residuals).max() < 0.02
    held = laws.fit(
        laws.RLCompute,
        {"rl_compute": compute, "reward": reward},
        fixed={"R0": 0.032, "A": 1.0},
        resamples=0,
        space="raw",
    )
    assert found.params == pytest.approx(held.params, rel=1e-9)
