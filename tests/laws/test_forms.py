"""Every form: recovered from runs made with known parameters, its gradient, and SciPy's optimum as the oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import least_squares

from curveshift import laws
from curveshift.errors import CurveshiftError
from curveshift.laws.dense import DenseLaw
from curveshift.laws.law import Law

Inputs = dict[str, Any]


def _grid(*axes: Any) -> list[np.ndarray]:
    return [part.ravel() for part in np.meshgrid(*axes, indexing="ij")]


def _scales() -> Inputs:
    params, ratio = _grid(np.geomspace(4e7, 1.5e10, 9), np.geomspace(4.0, 400.0, 7))
    return {"params": params, "tokens": params * ratio}


def _kaplan() -> tuple[Law, Inputs]:
    params, tokens = _grid(np.geomspace(1e5, 1.5e9, 9), np.geomspace(2e7, 2e10, 7))
    return laws.Kaplan(6.4e13, 1.8e13, 0.076, 0.103), {"params": params, "tokens": tokens}


def _constrained() -> tuple[Law, Inputs]:
    params, unique, epochs = _grid(
        np.geomspace(2e7, 1e10, 8), np.geomspace(1e8, 1e10, 4), [1, 2, 4, 10, 30, 100]
    )
    return (
        laws.DataConstrained(1.87, 521.0, 1488.0, 0.353, 0.353, 15.4, 5.3),
        {"params": params, "tokens": unique * epochs, "unique_tokens": unique},
    )


def _overtraining() -> tuple[Law, Inputs]:
    params, ratio = _grid(np.geomspace(1e7, 7e9, 8), [5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0])
    flop = 6.0 * params**2 * ratio
    return laws.OverTraining(1.51, 141.0, 190.0, 0.121), {"training_flop": flop, "tokens_per_param": ratio}


def _active_total() -> tuple[Law, Inputs]:
    active, sparsity, ratio = _grid(
        np.geomspace(4e7, 1e10, 7), [1.0, 4.0, 16.0, 64.0], [10.0, 40.0, 160.0, 640.0]
    )
    return (
        laws.ActiveTotal(1.8, 480.0, 2100.0, 0.25, 0.1, 0.37),
        {"active_params": active, "total_params": active * sparsity, "tokens": active * ratio},
    )


def _fine_grained() -> tuple[Law, Inputs]:
    params, ratio, granularity = _grid(
        np.geomspace(1e8, 2e10, 7), [2.0, 10.0, 50.0, 250.0], [1.0, 2.0, 4.0, 8.0, 16.0]
    )
    return (
        laws.FineGrained(0.47, 18.1, 30.8, 2.1, 0.115, 0.147, 0.58),
        {"params": params, "tokens": params * ratio, "granularity": granularity},
    )


def _routed() -> tuple[Law, Inputs]:
    params, experts = _grid(np.geomspace(1.5e7, 1.3e9, 6), 2.0 ** np.arange(0, 10))
    return (
        laws.Routed(-0.082, -0.108, 0.009, 1.104, 1.847, 314.478),
        {"params": params, "experts": experts},
    )


def _broken() -> tuple[Law, Inputs]:
    return (
        laws.BrokenPower(a=1.7, b=60.0, c0=0.08, c1=0.15, d1=1e20, f1=0.4),
        {"training_flop": np.geomspace(1e17, 1e23, 60)},
    )


def _progress() -> tuple[Law, Inputs]:
    rng = np.random.default_rng(5)
    n = 400
    year = rng.uniform(2012.5, 2023.5, n)
    bench = rng.integers(0, 3, n)
    law = laws.Progress(
        A=1.8, B=2.9, A_ptb=0.1, A_wt2=0.05, B_ptb=0.2, B_wt2=0.1,
        alpha_year=0.02, beta_year=0.04, alpha=0.09, beta=0.05,
    )  # fmt: skip
    return law, {
        "params": np.exp(rng.uniform(np.log(2e6), np.log(2e11), n)),
        "tokens": np.exp(rng.uniform(np.log(9e5), np.log(1e12), n)),
        "year": year,
        "ptb": (bench == 1).astype(float),
        "wt2": (bench == 2).astype(float),
    }


CASES: dict[str, tuple[Law, Inputs]] = {
    "chinchilla": (laws.Chinchilla(1.8172, 477.8, 2143.4, 0.3473, 0.3672), _scales()),
    "offset-power": (laws.OffsetPower(1.7, 100.0, 0.1), {"training_flop": np.geomspace(1e17, 1e23, 40)}),
    "kaplan": _kaplan(),
    "data-constrained": _constrained(),
    "over-training": _overtraining(),
    "over-training-error": (laws.OverTrainingError(0.85, 2.08, 0.756), {"loss": np.linspace(1.9, 5.5, 40)}),
    "active-total": _active_total(),
    "fine-grained": _fine_grained(),
    "routed": _routed(),
    "broken-power": _broken(),
    "loss-to-accuracy": (laws.LossToAccuracy(0.25, 0.95, 2.4, 6.0), {"loss": np.linspace(1.7, 3.3, 50)}),
    "compute-to-accuracy": (
        laws.ComputeToAccuracy(0.25, 0.95, 1e22, 0.8),
        {"training_flop": np.geomspace(1e18, 1e26, 50)},
    ),
    "rl-compute": (laws.RLCompute(0.2, 0.61, 2542.0, 1.92), {"rl_compute": np.geomspace(100.0, 5e4, 50)}),
    "coverage": (laws.CoverageCurve(1.6, 0.4), {"k": np.geomspace(1.0, 1e4, 30)}),
    "progress": _progress(),
}


def runs(name: str, noise: float, seed: int = 1) -> dict[str, Any]:
    """Inputs and output of a case, with errors relative (or absolute, for shares) of the given size."""
    law, inputs = CASES[name]
    exact = law.predict(**inputs)
    error = noise * np.random.default_rng(seed).standard_normal(len(exact))
    y = exact * np.exp(error) if law.space == "log" else exact + error
    return {**inputs, law.output.name: y}


@pytest.mark.parametrize("name", CASES)
def test_runs_without_error_give_back_the_law(name: str) -> None:
    law, _ = CASES[name]
    found = type(law).fit(runs(name, 0.0), objective="least_squares", resamples=0)
    assert_allclose(found.law.values, law.values, rtol=1e-7)


@pytest.mark.parametrize("name", CASES)
def test_runs_with_errors_give_it_back_within_its_interval(name: str) -> None:
    law, _ = CASES[name]
    found = type(law).fit(runs(name, 0.002), resamples=200)
    assert found.converged
    assert found.certificate.agreeing >= found.certificate.starts // 2
    assert found.resamples is not None
    # 4 standard errors of either side: a fit that ended elsewhere is tens away.
    spread = found.resamples.std(axis=0)
    assert (np.abs(found.law.values - law.values) < 4.0 * spread).all()


@pytest.mark.parametrize("name", CASES)
def test_scipy_from_the_true_parameters_does_no_better(name: str) -> None:
    law, inputs = CASES[name]
    data = runs(name, 0.01, seed=2)
    y = data[law.output.name]
    made = type(law)
    found = made.fit(data, objective="least_squares", space=law.space, resamples=0)
    size = np.maximum(np.abs(law.values), 1e-3)

    def residuals(scaled: np.ndarray) -> np.ndarray:
        predicted = made.curve((scaled * size)[None, :], made.checked(inputs))[0]
        return np.log(y / predicted) if law.space == "log" else y - predicted

    with np.errstate(all="ignore"):
        oracle = least_squares(
            residuals, law.values / size, x_scale="jac", xtol=1e-14, ftol=1e-14, gtol=1e-14
        )
    assert found.value <= oracle.cost * (1.0 + 1e-6)


DENSE = [name for name, (law, _) in CASES.items() if isinstance(law, DenseLaw)]


@pytest.mark.parametrize("name", [*DENSE, "broken-power-2"])
def test_gradients_are_those_of_central_differences(name: str) -> None:
    if name == "broken-power-2":
        made = laws.broken_power(2)
        values = np.array([1.7, 60.0, 0.08, 0.15, 1e19, 0.4, -0.1, 1e21, 0.2])
        inputs = {"training_flop": np.geomspace(1e17, 1e23, 60)}
    else:
        law, inputs = CASES[name]
        made, values = type(law), law.values
    assert issubclass(made, DenseLaw)
    ready = made.checked(inputs)
    _, jacobian = made.slopes(values[None, :], ready)
    for j, value in enumerate(values):
        step = np.zeros_like(values)
        step[j] = 1e-6 * max(abs(value), 1e-3)
        ahead, behind = (made.curve((values + sign * step)[None, :], ready)[0] for sign in (1.0, -1.0))
        numeric = (ahead - behind) / (2.0 * step[j])
        assert_allclose(jacobian[0, :, j], numeric, rtol=2e-5, atol=2e-7 * np.abs(numeric).max())


@pytest.mark.parametrize("name", CASES)
def test_order_and_units_of_the_runs_do_not_matter(name: str) -> None:
    law, _ = CASES[name]
    data = runs(name, 0.005)
    order = np.random.default_rng(8).permutation(len(data[law.output.name]))
    first = type(law).fit(data, objective="huber", resamples=0)
    second = type(law).fit({k: v[order] for k, v in data.items()}, objective="huber", resamples=0)
    assert first.params == second.params


def test_two_breaks_are_found() -> None:
    made = laws.broken_power(2)
    law = made(a=0.5, b=200.0, c0=0.1, c1=-0.08, d1=1e18, f1=0.3, c2=0.15, d2=1e21, f2=0.3)  # type: ignore[call-arg]
    x = np.geomspace(1e15, 1e24, 90)
    found = made.fit(
        {"training_flop": x, "loss": law.predict(training_flop=x)}, objective="least_squares", resamples=0
    )
    assert_allclose(found.law.predict(training_flop=x), law.predict(training_flop=x), rtol=1e-6)
    assert_allclose([found.params["d1"], found.params["d2"]], [1e18, 1e21], rtol=1e-3)


@pytest.mark.parametrize("breaks", [0, 5, 1.5])
def test_a_number_of_breaks_outside_its_range_is_refused(breaks: int) -> None:
    with pytest.raises(CurveshiftError, match="1 to 4"):
        laws.broken_power(breaks)


def test_a_dense_model_is_what_a_mixture_with_one_expert_is() -> None:
    law = laws.Routed(-0.082, -0.108, 0.009, 1.104, 1.847, 314.478)
    assert_allclose(law.effective_params(1.3e9, 1.0), 1.3e9)
    assert float(law.effective_params(5e6, 128.0)) > 4e7


def test_active_and_total_parameters_that_were_swapped_are_refused() -> None:
    data = runs("active-total", 0.002)
    data["active_params"], data["total_params"] = data["total_params"], data["active_params"]
    with pytest.raises(CurveshiftError, match="swapped"):
        laws.ActiveTotal.fit(data)


def test_every_form_says_what_it_is() -> None:
    for name, form in laws.forms().items():
        assert form.name == name
        assert "arXiv" in form.source
        assert form.equation
        assert form.validity
        for quantity in (*form.inputs, form.output, *form.parameters):
            assert quantity.meaning, quantity.name
