"""The posterior against an integral on a grid and a random walk, and its refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from curveshift.errors import CurveshiftError
from curveshift.laws import Chinchilla, Fit, OffsetPower, chinchilla_runs, fit, posterior
from curveshift.laws.bayes import _Target
from curveshift.laws.pareto import smoothed, tail_shape


@pytest.fixture(scope="module")
def power() -> Fit:
    rng = np.random.default_rng(3)
    flop = np.geomspace(1e18, 1e23, 15)
    loss = OffsetPower(E=1.7, A=100.0, alpha=0.1).predict(training_flop=flop)
    return fit(
        OffsetPower,
        {"training_flop": flop, "loss": loss * np.exp(0.004 * rng.standard_normal(15))},
        resamples=0,
    )


def walk(target: _Target, start: np.ndarray, root: np.ndarray, steps: int) -> np.ndarray:
    """A random-walk Metropolis chain: an independent way to the same posterior."""
    rng = np.random.default_rng(0)
    size = len(start)
    now, here = start.copy(), float(target.log_density(start[None, :])[0])
    jumps = rng.standard_normal((steps, size)) @ root.T * 2.38 / np.sqrt(size)
    luck = np.log(rng.random(steps))
    kept = np.empty((steps, size))
    for i in range(steps):
        trial = now + jumps[i]
        there = float(target.log_density(trial[None, :])[0])
        if luck[i] < there - here:
            now, here = trial, there
        kept[i] = now
    return kept[steps // 10 :]


def test_posterior_matches_a_random_walk(power: Fit) -> None:
    found = posterior(power, draws=8000)
    target = _Target(power)
    chain = walk(target, *target.laplace(), steps=40_000)
    values = power._prepared.natural(chain[:, :-1])
    for i, (low, high) in enumerate(found.interval(0.9).values()):
        wide = high - low
        assert np.quantile(values[:, i], [0.05, 0.95]) == pytest.approx([low, high], abs=0.08 * wide)


def test_density_is_the_student_t_likelihood_times_the_stated_prior(power: Fit) -> None:
    from scipy.stats import t

    target = _Target(power)
    points = np.stack([np.append(power._theta, np.log(power.sigma)), np.append(power._theta + 0.01, -5.0)])
    flop = power.runs.columns["training_flop"]
    expected = []
    for point in points:
        law = OffsetPower.of(power._prepared.natural(point[None, :-1])[0])
        r = np.log(power.observed / law.predict(training_flop=flop))
        # Flat in the contribution of each term at the centre, so the density of its logarithm is that contribution.
        prior = np.log(law.E) + np.log(law.A) - law.alpha * np.log(flop).mean()
        expected.append(t.logpdf(r / np.exp(point[-1]), 4.0).sum() - len(r) * point[-1] + prior)
    found = target.log_density(points)
    assert found[1] - found[0] == pytest.approx(expected[1] - expected[0], rel=1e-9)


def test_laplace_is_the_curvature_of_the_likelihood(power: Fit) -> None:
    target = _Target(power)
    centre, root = target.laplace()
    covariance = root @ root.T
    step = 1e-4 * np.sqrt(np.diag(covariance))

    def misfit(x: np.ndarray) -> float:
        return -float(target.log_density(x[None, :])[0] - x[:-1] @ target.of_logs)

    size = len(centre)
    bend = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            a, b = np.eye(size)[i] * step, np.eye(size)[j] * step
            corners = (
                misfit(centre + a + b)
                - misfit(centre + a - b)
                - misfit(centre - a + b)
                + misfit(centre - a - b)
            )
            bend[i, j] = corners / (4.0 * step[i] * step[j])
    assert covariance @ bend == pytest.approx(np.eye(size), abs=0.02)


def test_same_seed_same_bytes_and_reported_quality(power: Fit) -> None:
    a, b, c = (
        posterior(power, draws=500, seed=1),
        posterior(power, draws=500, seed=1),
        posterior(power, draws=500),
    )
    assert a.fit.resamples is not None
    assert a.fit.resamples.tobytes() == b.fit.resamples.tobytes()  # type: ignore[union-attr]
    assert a.fit.resamples.tobytes() != c.fit.resamples.tobytes()  # type: ignore[union-attr]
    assert a.pareto_k < 0.7
    assert 200 < a.effective <= 2000


def test_posterior_is_read_by_xarray_and_predicts() -> None:
    found = posterior(Chinchilla.fit(chinchilla_runs(), resamples=0), draws=400)
    data = found.to_xarray()
    assert data.sizes == {"chain": 1, "draw": 400}
    assert set(data) == {"E", "A", "B", "alpha", "beta", "sigma"}
    assert data.attrs["pareto_k"] == found.pareto_k
    assert set(found.draws) == {"E", "A", "B", "alpha", "beta"}
    centre, low, high = found.fit.predict(params=7e10, tokens=1.4e12, interval=0.9)
    assert low < centre < high


def test_a_held_parameter_stays_and_clusters_are_told() -> None:
    whole = chinchilla_runs()
    held = fit(Chinchilla, whole, resamples=0, fixed={"E": 1.8})
    found = posterior(held, draws=300)
    assert found.draws["E"] == pytest.approx(np.full(300, 1.8))
    assert found.draws["alpha"].std() > 0.0
    size = np.unique(whole.columns["params"], return_inverse=True)[1]
    grouped = posterior(fit(Chinchilla, replace(whole, clusters=size), resamples=0), draws=300)
    assert any("too narrow" in warning for warning in grouped.fit.warnings)


def test_refusals(power: Fit) -> None:
    with pytest.raises(CurveshiftError, match="student_t"):
        posterior(Chinchilla.fit(chinchilla_runs(), objective="huber", resamples=0))
    with pytest.raises(CurveshiftError, match="100 to"):
        posterior(power, draws=5)


def test_runs_that_do_not_bound_a_parameter_are_refused() -> None:
    # A straight line in log-log over half a decade: the asymptote and the exponent are open.
    rng = np.random.default_rng(0)
    flop = np.geomspace(1e20, 3e20, 6)
    loss = 100.0 * flop**-0.08 * np.exp(0.03 * rng.standard_normal(6))
    loose = fit(OffsetPower, {"training_flop": flop, "loss": loss}, resamples=0)
    with pytest.raises(CurveshiftError, match="Pareto k"):
        posterior(loose, draws=1000)


@pytest.mark.parametrize("k", [0.2, 0.5, 0.9])
def test_tail_shape_recovers_a_known_pareto_tail(k: float) -> None:
    from scipy.stats import genpareto

    over = np.sort(genpareto.rvs(k, size=4000, random_state=1))
    shape, scale = tail_shape(over)
    assert shape == pytest.approx(k, abs=0.08)
    assert scale == pytest.approx(1.0, rel=0.1)


def test_even_weights_stay_even() -> None:
    weights, k = smoothed(np.zeros(1000))
    assert weights == pytest.approx(np.full(1000, 1e-3))
    assert k == 0.0
