"""Accuracy through loss: the errors of both stages, and the direct fit beside it."""

from __future__ import annotations

import numpy as np
import pytest

from curveshift import laws
from curveshift.errors import CurveshiftError

LAW = laws.Chinchilla(1.8172, 477.8, 2143.4, 0.3473, 0.3672)
LINK = laws.LossToAccuracy(0.25, 0.95, 2.6, 5.0)


def runs(seed: int = 1, wrong: float = 0.004) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    params, ratio = (
        a.ravel() for a in np.meshgrid(np.geomspace(4e7, 1.5e10, 9), np.geomspace(4.0, 400.0, 7))
    )
    loss = LAW.predict(params=params, tokens=params * ratio) * np.exp(
        wrong * rng.standard_normal(len(params))
    )
    accuracy = LINK.predict(loss=loss) + 0.01 * rng.standard_normal(len(params))
    return {"params": params, "tokens": params * ratio, "loss": loss, "accuracy": accuracy}


def test_the_chain_predicts_what_it_was_made_from() -> None:
    found = laws.fit_two_stage(runs(), fixed={"floor": 0.25}, resamples=200)
    at = {"params": 7e10, "tokens": 1.4e12}
    centre, low, high = found.predict(interval=0.9, **at)
    assert low < LINK.predict(loss=LAW.predict(**at)) < high
    assert low < centre < high
    assert found.sources()[0].startswith("Hoffmann")


def test_the_interval_carries_both_stages() -> None:
    found = laws.fit_two_stage(runs(), fixed={"floor": 0.25}, resamples=300)
    at = {"params": 1e9, "tokens": 2e10}
    both = found.curves(**at)
    loss = found.loss.law.predict(**at)
    second_only = found.accuracy.curves(loss=loss)
    first_only = found.accuracy.law.predict(loss=found.loss.curves(**at))
    assert both.std() > max(second_only.std(), first_only.std()) * 0.999
    assert found.curves(new_run=True, **at).std() > 2.0 * both.std()


def test_both_stages_see_the_same_resample_of_the_same_runs() -> None:
    found = laws.fit_two_stage(runs(wrong=0.03), resamples=200, fixed={"floor": 0.25, "ceiling": 0.95})
    again = laws.fit_two_stage(runs(wrong=0.03), resamples=200, fixed={"floor": 0.25, "ceiling": 0.95})
    assert found.loss.runs is found.accuracy.runs
    at = {"params": 1e9, "tokens": 2e10}
    assert np.array_equal(found.curves(**at), again.curves(**at))


def test_other_runs_may_serve_the_second_stage() -> None:
    data = runs()
    loss_only = {name: data[name] for name in ("params", "tokens", "loss")}
    other = runs(seed=5)
    found = laws.fit_two_stage(
        loss_only,
        accuracy_data={"loss": other["loss"], "accuracy": other["accuracy"]},
        resamples=100,
        fixed={"floor": 0.25},
    )
    assert found.accuracy.runs is not found.loss.runs
    assert found.predict(params=1e9, tokens=2e10) == pytest.approx(
        float(LINK.predict(loss=LAW.predict(params=1e9, tokens=2e10))), abs=0.02
    )


def test_the_direct_fit_agrees_inside_the_runs() -> None:
    flop = np.geomspace(1e19, 1e25, 40)
    params, tokens = LAW.compute_optimal(flop)
    rng = np.random.default_rng(3)
    accuracy = LINK.predict(loss=LAW.predict(params=params, tokens=tokens)) + 0.005 * rng.standard_normal(40)
    found = laws.ComputeToAccuracy.fit(
        {"training_flop": flop, "accuracy": accuracy}, resamples=0, fixed={"floor": 0.25}
    )
    # A logistic in log compute is another form than a logistic in loss: close, but not the same.
    missed = np.abs(found.fitted - accuracy)
    assert np.median(missed) < 0.012
    assert missed.max() < 0.05


def test_runs_without_accuracy_are_refused() -> None:
    data = runs()
    del data["accuracy"]
    with pytest.raises(CurveshiftError, match="no column accuracy"):
        laws.fit_two_stage(data, resamples=0)


def test_warnings_say_which_stage() -> None:
    data = runs()
    keep = data["loss"] < 2.5
    found = laws.fit_two_stage({k: v[keep] for k, v in data.items()}, resamples=0)
    assert any(told.startswith("accuracy: floor is not identified") for told in found.warnings)


def test_a_plan_carries_accuracy_with_the_errors_of_both_stages() -> None:
    chain = laws.fit_two_stage(runs(), fixed={"floor": 0.25}, resamples=200)
    found = laws.plan(chain, flop=1e23)
    plain = laws.plan(chain.loss, flop=1e23)
    assert (found.params, found.tokens, found.loss) == (plain.params, plain.tokens, plain.loss)
    assert plain.accuracy is None
    at = {"params": found.params, "tokens": found.tokens}
    expected, low, high = chain.predict(interval=0.9, **at)
    assert found.accuracy == pytest.approx(float(expected))
    assert found.intervals["accuracy"] == pytest.approx((float(low), float(high)))
    truth = float(LINK.predict(loss=LAW.predict(**at)))
    assert low < truth < high
    assert {row["quantity"] for row in found.rows()} >= {"loss", "accuracy"}
