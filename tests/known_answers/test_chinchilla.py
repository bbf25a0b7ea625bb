"""Hoffmann et al.'s points refitted: the numbers of Besiroglu et al. 2024 (arXiv 2404.10102) and the exact optimum."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from curveshift import laws

HUBER = {"E": 1.817218, "A": 477.8259, "B": 2143.4174, "alpha": 0.347310, "beta": 0.367172}


@pytest.fixture(scope="module")
def huber() -> laws.Fit:
    return laws.Chinchilla.fit(laws.chinchilla_runs(), objective="huber", delta=1e-3, resamples=4000)


def test_the_exact_optimum_of_the_stated_objective(huber: laws.Fit) -> None:
    assert len(huber.runs) == 240
    digits = {"E": 6, "A": 4, "B": 4, "alpha": 6, "beta": 6}
    assert {name: round(value, digits[name]) for name, value in huber.params.items()} == HUBER
    assert f"{huber.value:.10e}" == "1.0182740178e-03"
    assert huber.certificate.agreeing == huber.certificate.starts


def test_what_the_replication_printed_is_the_optimum_of_least_absolute_deviations() -> None:
    found = laws.Chinchilla.fit(laws.chinchilla_runs(), objective="least_absolute", resamples=0)
    # The paper's unrounded values, from its published notebook.
    printed = {"E": 1.81686, "A": 482.00572, "B": 2085.43420, "alpha": 0.347813, "beta": 0.365854}
    assert_allclose([found.params[name] for name in printed], list(printed.values()), rtol=3e-6)
    assert found.converged
    runs = laws.chinchilla_runs()
    law = laws.Chinchilla(**printed)
    r = np.log(
        runs.columns["loss"] / law.predict(params=runs.columns["params"], tokens=runs.columns["tokens"])
    )
    assert found.value <= np.abs(r).sum()


def test_the_standard_errors_of_the_replication_are_those_of_hubers_objective(huber: laws.Fit) -> None:
    assert huber.resamples is not None
    printed = [0.0257, 124.5, 1293.3, 0.0154, 0.0206]
    # Both are estimates from 4,000 resamples; B has a long tail.
    ratio = huber.resamples.std(axis=0) / printed
    assert (np.abs(ratio - 1.0) < [0.05, 0.08, 0.2, 0.05, 0.05]).all(), ratio


def test_compute_optimal_tokens_per_parameter(huber: laws.Fit) -> None:
    for law, ratio in (
        (laws.Chinchilla(E=1.6934, A=406.4, B=410.7, alpha=0.3392, beta=0.2849), 62.0),
        (laws.Chinchilla(E=1.81686, A=482.00572, B=2085.4342, alpha=0.347813, beta=0.365854), 18.1),
        (huber.law, 17.65),
    ):
        assert isinstance(law, laws.Chinchilla)
        params, tokens = law.compute_optimal(1e24)
        assert abs(float(tokens / params) - ratio) < 0.05
        assert_allclose(6.0 * params * tokens, 1e24)


def test_all_245_points_are_fitted_from_cold_and_the_five_dropped_ones_matter() -> None:
    found = laws.Chinchilla.fit(laws.chinchilla_runs(drop_highest=0), objective="huber", resamples=0)
    assert len(found.runs) == 245
    assert found.certificate.agreeing == found.certificate.starts
    assert round(found.params["beta"], 2) == 0.45
