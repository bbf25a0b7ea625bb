"""Where assumptions coincide, the likelihood of scores has its optimum where stitching by least squares has it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize
from scipy.special import expit, gammaln, logit

from curveshift.trends.stitching import score_log_density

MODELS, TESTS = 14, 7


def world(noise: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Capabilities, difficulties, slopes and scores of a panel without chance levels, ceilings or outliers."""
    rng = np.random.default_rng(11)
    height = rng.permutation(np.linspace(-1.5, 1.5, MODELS) + 0.3 * rng.standard_normal(MODELS))
    hard = np.linspace(-1.0, 1.0, TESTS)
    steep = np.exp(rng.normal(0.3, 0.3, TESTS))
    mean = expit(steep * (height[:, None] - hard))
    return height, hard, steep, expit(logit(mean) + noise * rng.standard_normal(mean.shape))


def unpacked(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return x[:MODELS], x[MODELS : MODELS + TESTS], np.exp(x[MODELS + TESTS :])


def standard(height: np.ndarray) -> np.ndarray:
    """Origin and unit of the scale are free in both: take them out."""
    return (height - height.mean()) / height.std()


def by_least_squares(score: np.ndarray) -> np.ndarray:
    """Curves and capabilities with the least squares of scores, as published indices are stitched."""

    def left(x: np.ndarray) -> np.ndarray:
        height, hard, steep = unpacked(x)
        pinned = [height.mean(), height.std() - 1.0]
        return np.concatenate([(expit(steep * (height[:, None] - hard)) - score).ravel(), pinned])

    start = np.concatenate([standard(score.mean(axis=1)), np.zeros(2 * TESTS)])
    return standard(unpacked(optimize.least_squares(left, start, xtol=1e-12, ftol=1e-12).x)[0])


def by_likelihood(score: np.ndarray, precision: float) -> np.ndarray:
    """The joint model's density of scores, with one precision and nothing else, at its highest."""
    model, test = (part.ravel() for part in np.indices(score.shape))
    logs = (np.log(score.ravel()), np.log1p(-score.ravel()))

    def loss(x: np.ndarray) -> float:
        height, hard, steep = unpacked(x)
        curve = (np.zeros(len(test)), np.ones(len(test)), steep[test], hard[test])
        sharp = (precision, gammaln(precision))
        density = score_log_density(height[model], logs, curve, sharp, 1e-12, np, gammaln)
        return float(-density.sum() / precision + height.mean() ** 2 + (height.std() - 1.0) ** 2)

    start = np.concatenate([standard(score.mean(axis=1)), np.zeros(2 * TESTS)])
    # Wide bounds keep the line search from slopes that overflow.
    bounds = [(-5.0, 5.0)] * (MODELS + TESTS) + [(-3.0, 3.0)] * TESTS
    limits = {"maxiter": 5000, "maxfun": 500_000, "ftol": 1e-15}
    found = optimize.minimize(loss, start, method="L-BFGS-B", bounds=bounds, options=limits)
    return standard(unpacked(found.x)[0])


def test_without_noise_both_find_the_truth() -> None:
    height, _, _, score = world(0.0)
    assert by_least_squares(score) == pytest.approx(standard(height), abs=1e-4)
    assert by_likelihood(score, 1000.0) == pytest.approx(standard(height), abs=0.02)


def test_with_noise_they_differ_by_less_than_either_errs() -> None:
    height, _, _, score = world(0.15)
    squares, likelihood = by_least_squares(score), by_likelihood(score, 200.0)
    apart = np.sqrt(np.mean((squares - likelihood) ** 2))
    errs = np.sqrt(np.mean((squares - standard(height)) ** 2))
    assert apart < errs / 2.0
    assert np.corrcoef(squares, likelihood)[0, 1] > 0.995
