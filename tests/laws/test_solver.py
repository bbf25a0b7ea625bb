"""The solver: derivatives, optimality, independence of order and units, and starts from nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import approx_fprime
from scipy.optimize import minimize as scipy_minimize
from scipy.special import gammaln

from curveshift import laws
from curveshift.errors import CurveshiftError
from curveshift.laws.descent import Problem
from curveshift.laws.models import Dense, LogSum
from curveshift.laws.objectives import KINDS, Objective

TRUE = laws.Chinchilla(E=1.8, A=400.0, B=900.0, alpha=0.34, beta=0.31)


def simulated(
    law: laws.Chinchilla = TRUE, noise: float = 0.0, seed: int = 0, side: int = 8
) -> dict[str, np.ndarray]:
    params, tokens = (
        v.ravel() for v in np.meshgrid(np.geomspace(1e7, 1e10, side), np.geomspace(1e9, 1e12, side))
    )
    rng = np.random.default_rng(seed)
    loss = law.predict(params=params, tokens=tokens) * np.exp(noise * rng.standard_t(4, len(params)))
    return {"params": params, "tokens": tokens, "loss": loss}


def some_model(seed: int = 1, n: int = 9) -> LogSum:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, n))
    one, zero = np.ones(n), np.zeros(n)
    return LogSum(
        [
            np.stack([one, zero, zero, zero, zero], 1),
            np.stack([zero, one, zero, -x, zero], 1),
            np.stack([zero, zero, one, -x, -y], 1),
        ]
    )


@pytest.mark.parametrize("theta", [(0.5, -1.0, 0.2, 0.4, 0.3), (-900.0, -1.0, 0.2, 0.4, 0.3)])
def test_gradient_and_hessian_are_those_of_the_logarithm_of_the_sum(theta: tuple[float, ...]) -> None:
    model = some_model()
    at = np.array(theta)
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 1, 9))
    _, shares = model.value(at[None, :])

    def weighted(t: np.ndarray) -> float:
        return float(b[0] @ model.value(t[None, :])[0][0])

    def slope(t: np.ndarray) -> np.ndarray:
        return model.pull(model.value(t[None, :])[1], b)[0]

    assert_allclose(slope(at), approx_fprime(at, weighted, 1e-6), rtol=1e-4, atol=1e-6)
    jacobian = model.pull(shares, np.eye(9))
    bend = np.stack([(slope(at + h) - slope(at - h)) / 2e-5 for h in 1e-5 * np.eye(5)])
    expected = (jacobian * a[0][:, None]).T @ jacobian - bend
    assert_allclose(model.hessian(shares, a, b)[0], expected, rtol=1e-5, atol=1e-7)


@given(
    kind=st.sampled_from(sorted(KINDS)),
    r=st.floats(-3.0, 3.0).filter(lambda v: abs(v) > 1e-3 and abs(abs(v) - 0.5) > 1e-3),
)
def test_slopes_are_the_derivatives_of_the_misfit(kind: str, r: float) -> None:
    objective = Objective(kind, delta=0.5 if kind != "least_absolute" else 1e-9, quantile=0.3)
    sigma = np.array([0.7])
    at = np.array([r])
    psi, curve, weight = objective.slopes(at, sigma)
    h = 1e-5
    up, down = objective.rho(at + h, sigma), objective.rho(at - h, sigma)
    assert_allclose(psi, (up - down) / (2 * h), rtol=1e-5, atol=1e-8)
    assert_allclose(curve, (up - 2 * objective.rho(at, sigma) + down) / h**2, rtol=1e-3, atol=1e-4)
    assert_allclose(weight * r, psi, rtol=1e-12)


@pytest.mark.parametrize("kind", ["huber", "student_t", "least_squares", "asymmetric"])
@pytest.mark.parametrize("space", ["log", "raw"])
def test_no_general_optimiser_finds_anything_better(kind: str, space: str) -> None:
    """SciPy's Nelder-Mead and BFGS, started at the optimum and around it, on an objective written anew."""
    data = simulated(noise=0.02)
    found = laws.Chinchilla.fit(data, objective=kind, space=space, delta=0.01, quantile=0.4, resamples=0)
    assert found.converged

    def misfit(t: np.ndarray) -> float:
        e, a, b, alpha, beta, log_sigma = t
        ready = np.exp(e) + np.exp(a - alpha * (np.log(data["params"]) - 19.0))
        ready = ready + np.exp(b - beta * (np.log(data["tokens"]) - 24.0))
        r = np.log(data["loss"]) - np.log(ready) if space == "log" else data["loss"] - ready
        if kind == "least_squares":
            return float(np.sum(r**2) / 2)
        if kind == "student_t":
            s, nu = np.exp(log_sigma), 4.0
            norm = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu * np.pi)
            return float(np.sum(np.log(s) - norm + (nu + 1) / 2 * np.log1p((r / s) ** 2 / nu)))
        size = np.abs(r)
        huber = np.where(size <= 0.01, r**2 / 2, 0.01 * (size - 0.005))
        tilt = np.where(r > 0, 0.8, 1.2) if kind == "asymmetric" else 1.0
        return float(np.sum(tilt * huber))

    law = found.law
    assert isinstance(law, laws.Chinchilla)
    start = np.array(
        [
            np.log(law.E),
            np.log(law.A) - law.alpha * 19.0,
            np.log(law.B) - law.beta * 24.0,
            law.alpha,
            law.beta,
            np.log(found.sigma),
        ]
    )
    assert_allclose(misfit(start), found.value, rtol=1e-9)
    for offset in (0.0, 0.03, -0.03):
        other = scipy_minimize(misfit, start + offset, method="Nelder-Mead", options={"maxiter": 4000})
        other = scipy_minimize(misfit, other.x, method="BFGS")
        assert found.value <= other.fun + 1e-8 * abs(other.fun)


@given(
    E=st.floats(0.2, 3.0),
    alpha=st.floats(0.15, 0.8),
    beta=st.floats(0.15, 0.8),
    small=st.floats(0.2, 3.0),
    other=st.floats(0.2, 3.0),
)
def test_a_law_without_noise_is_recovered_from_nothing(
    E: float, alpha: float, beta: float, small: float, other: float
) -> None:
    law = laws.Chinchilla(E=E, A=small * 1e7**alpha, B=other * 1e9**beta, alpha=alpha, beta=beta)
    found = laws.Chinchilla.fit(simulated(law), objective="huber", resamples=0)
    assert_allclose(found.law.values, law.values, rtol=1e-4)


def test_runs_without_noise_have_no_interval() -> None:
    found = laws.Chinchilla.fit(simulated(), resamples=20)
    assert_allclose(found.law.values, TRUE.values, rtol=1e-6)
    assert found.resamples is None
    assert "no error to estimate" in found.warnings[0]


def test_many_runs_start_from_some_of_them_and_end_at_the_optimum_of_all() -> None:
    rng = np.random.default_rng(3)
    params, tokens = 10 ** rng.uniform(7, 10, 9000), 10 ** rng.uniform(9, 12, 9000)
    loss = TRUE.predict(params=params, tokens=tokens) * np.exp(0.01 * rng.standard_t(4, 9000))
    found = laws.Chinchilla.fit({"params": params, "tokens": tokens, "loss": loss}, resamples=0)
    assert found.converged
    assert_allclose(found.law.values, TRUE.values, rtol=0.05)
    with pytest.raises(CurveshiftError, match="at most 200,000"):
        laws.Chinchilla.fit({n: np.ones(200_001) for n in ("params", "tokens", "loss")})


def test_the_order_of_rows_changes_no_byte() -> None:
    data = simulated(noise=0.02)
    order = np.random.default_rng(5).permutation(len(data["loss"]))
    one = laws.Chinchilla.fit(data, resamples=40)
    two = laws.Chinchilla.fit({k: v[order] for k, v in data.items()}, resamples=40)
    assert one.law == two.law
    assert one.resamples is not None
    assert two.resamples is not None
    assert one.resamples.tobytes() == two.resamples.tobytes()


def test_units_of_the_inputs_and_of_the_loss_do_not_matter() -> None:
    data = simulated(noise=0.02)
    one = laws.Chinchilla.fit(data, objective="huber", resamples=0).params
    scaled = {"params": data["params"] / 1e6, "tokens": data["tokens"] / 1e9, "loss": data["loss"] * 7.0}
    plain = {"params": "1", "tokens": "1"}
    two = laws.Chinchilla.fit(scaled, objective="huber", resamples=0, units=plain).params
    assert_allclose(two["alpha"], one["alpha"], rtol=1e-7)
    assert_allclose(two["beta"], one["beta"], rtol=1e-7)
    assert_allclose(two["E"], 7.0 * one["E"], rtol=1e-7)
    assert_allclose(two["A"], 7.0 * one["A"] * 1e6 ** -one["alpha"], rtol=1e-6)
    assert_allclose(two["B"], 7.0 * one["B"] * 1e9 ** -one["beta"], rtol=1e-6)


def test_more_resamples_leave_the_first_ones_as_they_were() -> None:
    data = simulated(noise=0.02)
    few = laws.Chinchilla.fit(data, resamples=50).resamples
    many = laws.Chinchilla.fit(data, resamples=300).resamples
    assert few is not None
    assert many is not None
    # The last bits depend on how many problems share a matrix product.
    assert_allclose(many[:50], few, rtol=1e-6)


def test_a_problem_that_fails_does_not_touch_the_others() -> None:
    def flat(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        f = theta[:, :1] * np.ones(4)
        return f, np.ones((len(theta), 4, 1))

    from curveshift.laws.descent import descend

    y = np.exp(np.array([1.0, 1.1, 0.9, 1.0]))
    problem = Problem(Dense(1, flat), y, np.ones(4), Objective("least_squares"))
    found = descend(problem, np.array([[np.nan], [0.3]]))
    assert not found.converged[0]
    assert found.converged[1]
    assert_allclose(found.theta[1], 1.0)


def test_a_floor_that_the_data_do_not_want_is_reported() -> None:
    data = simulated(laws.Chinchilla(E=1e-9, A=400.0, B=900.0, alpha=0.2, beta=0.2), noise=0.001)
    # Less than the law without a floor gives: only a negative floor would fit.
    data["loss"] -= 0.5 * data["loss"].min()
    found = laws.Chinchilla.fit(data, objective="least_squares", resamples=0)
    assert any("term of E has vanished" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"objective": "hubber"}, "did you mean 'huber'"),
        ({"space": "logs"}, "did you mean 'log'"),
        ({"delta": 0.0}, "outside its range"),
        ({"nu": 1.0}, "outside its range"),
        ({"resamples": -1}, "give 1 to 1,000,000"),
        ({"scheme": "boot"}, "unknown resampling scheme"),
        ({"scheme": "cluster"}, "needs a column of clusters"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, object], part: str) -> None:
    with pytest.raises(CurveshiftError, match=part):
        laws.Chinchilla.fit(simulated(noise=0.01), **settings)


def test_designs_that_cannot_tell_are_refused_with_the_runs_that_would() -> None:
    data = simulated(noise=0.01)
    ray = {**data, "tokens": 20.0 * data["params"]}
    with pytest.raises(CurveshiftError, match=r"one ray.*add runs"):
        laws.Chinchilla.fit(ray)
    forced = laws.Chinchilla.fit(ray, force=True, resamples=0)
    assert any("not identified by design" in warning for warning in forced.warnings)
    few = {k: v[:6] for k, v in data.items()}
    with pytest.raises(CurveshiftError, match="at least 7 are needed"):
        laws.Chinchilla.fit(few)
    flat = {**data, "params": np.full_like(data["params"], 1e9)}
    with pytest.raises(CurveshiftError, match="1 distinct values of params"):
        laws.Chinchilla.fit(flat)
