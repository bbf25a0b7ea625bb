"""Leaving models out by weights, where the answer is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from curveshift.trends import calibration
from curveshift.trends.calibration import Fit, LeftOut, leave_one_out, weigh
from curveshift.trends.chains import Effort
from curveshift.trends.specification import specification


def test_the_density_of_a_left_out_value_is_that_of_the_others(made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Normal values of known spread, a flat prior on their mean: without one, it is normal around the rest."""
    pytest.importorskip("arviz_stats", reason="needs the extra: pip install 'curveshift[calibrate]'")
    stream = np.random.default_rng(0)
    count, draws = 12, 2000
    values = stream.normal(size=count)
    mean = stream.normal(values.mean(), count**-0.5, size=draws)
    names = [f"m{i}" for i in range(count)]
    post = made([{"name": name, "year": 2024.0, "capability": 0.0} for name in names], draws=draws)
    monkeypatch.setattr(
        calibration, "log_evidence", lambda p, name: stats.norm.logpdf(values[names.index(name)], mean)
    )
    left = leave_one_out(Fit(specification("full"), post, {}))
    others = (values.sum() - values) / (count - 1)
    exact = stats.norm.logpdf(values, others, np.sqrt(1.0 + 1.0 / (count - 1)))
    assert left.log_density == pytest.approx(exact, abs=0.02)
    assert not left.untrusted.any()
    # The model's own value makes it likelier than the others do.
    assert left.log_density.sum() < stats.norm.logpdf(values[:, None], mean).mean(axis=1).sum()


def test_a_version_that_gains_a_weight_by_a_refit_of_another_is_refitted_too(made, monkeypatch) -> None:
    """The first is flattered by what cannot be trusted, the second takes its place, the third never has a weight."""
    post = made([{"name": name, "year": 2024.0, "capability": 0.0} for name in ("a", "b")])
    fits = [Fit(specification(name), post, {}) for name in ("full", "no-families", "constant-gain")]
    doubted = np.array([0.9, 0.1])
    by_weights = {"full": [0.0, -1.0], "no-families": [-2.0, -2.0], "constant-gain": [-9.0, -9.0]}
    exact = {"full": [-8.0, -8.0], "no-families": [-3.0, -2.0]}
    asked = []

    def refit(found, left, effort, **_):
        asked.append((found.version.name, effort.chains, effort.warm_up, effort.draws))
        return LeftOut(np.array(exact[found.version.name]), left.shape, ("a",))

    monkeypatch.setattr(
        calibration, "leave_one_out", lambda one: LeftOut(np.array(by_weights[one.version.name]), doubted)
    )
    monkeypatch.setattr(calibration, "refit", refit)
    weights, left = weigh(fits, Effort(warm_up=400, draws=200))
    assert asked == [("full", 1, 300, 200), ("no-families", 1, 300, 200)]
    assert weights == pytest.approx([0.0, 1.0, 0.0], abs=1e-3)
    assert [one.refitted for one in left] == [("a",), ("a",), ()]
    weights, left = weigh(fits, Effort(), refits=False)
    assert weights == pytest.approx([1.0, 0.0, 0.0], abs=1e-3)
    assert len(asked) == 2


def test_diagnostics_that_miss_are_seen(made) -> None:
    post = made([{"name": "a", "year": 2024.0, "capability": 0.0}])
    good = {
        "divergences": 0.0,
        "steps_per_draw": 90.0,
        "largest_r_hat": 1.005,
        "benchmark_least_tail_ess": 401.0,
    }
    assert not Fit(specification("full"), post, good).short
    for name, value in (
        ("largest_r_hat", 1.01),
        ("benchmark_largest_r_hat", 1.02),
        ("least_bulk_ess", 400.0),
    ):
        assert Fit(specification("full"), post, {**good, name: value}).short, name
