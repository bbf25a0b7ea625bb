"""Parts of the joint model against their known answers, and small fits of made-up data."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, special, stats

from curveshift.errors import CurveshiftError
from curveshift.trends.calibration import calibrate, fit, stacking_weights
from curveshift.trends.chains import Effort, sample, sample_each
from curveshift.trends.specification import SPECIFICATIONS, specification
from curveshift.trends.stitching import combined_precision, log_gamma, score_log_density

CURVE = (0.25, 0.95, 1.3, 0.4)


def density(score, place, precision=30.0, outliers=0.02):
    logs = (np.log(score), np.log1p(-score))
    known = (precision, special.gammaln(precision))
    return np.exp(score_log_density(place, logs, CURVE, known, outliers, np, special.gammaln))


def test_log_gamma_is_that_of_scipy():
    import jax

    x = np.exp(np.random.default_rng(0).normal(1.0, 3.0, 2000))
    with jax.enable_x64(True):
        ours = np.asarray(log_gamma(x))
    np.testing.assert_allclose(ours, special.gammaln(x), rtol=1e-12, atol=1e-12)


def test_density_of_a_score_integrates_to_one_and_has_the_mean_of_its_curve():
    total, _ = integrate.quad(lambda y: density(y, 0.8), 0.0, 1.0)
    assert total == pytest.approx(1.0, abs=1e-7)
    mean, _ = integrate.quad(lambda y: y * density(y, 0.8, outliers=0.0 + 1e-300), 0.0, 1.0)
    assert mean == pytest.approx(0.25 + 0.7 * special.expit(1.3 * 0.4), abs=1e-6)


def test_precision_with_finite_items_is_that_of_a_beta_binomial_share():
    a, b, items = 12.0, 18.0, 40
    share = stats.betabinom(items, a, b)
    total = combined_precision(a + b, items)
    mean = a / (a + b)
    assert share.var() / items**2 == pytest.approx(mean * (1.0 - mean) / (total + 1.0))


@pytest.fixture(scope="module")
def found(simulated):
    return fit(simulated[0], specification("full"), Effort(chains=2, warm_up=200, draws=150))


def test_a_fit_finds_the_parameters_of_made_up_data(simulated, found):
    post, truth = found.posterior, simulated[1]
    assert np.corrcoef(post.capability.mean(axis=0), truth["capability"])[0, 1] > 0.9
    for name in ("efficiency", "compute", "compute_growth", "gain"):
        low, high = np.quantile(post[name], (0.001, 0.999))
        assert low <= truth[name] <= high, name
    # Adaptation is short here; the shipped draws are held to none.
    assert found.diagnostics["divergences"] <= 0.1 * len(post)


def test_the_same_draws_for_any_number_of_processes(simulated):
    effort = Effort(chains=2, warm_up=25, draws=25, seed=3)
    one = sample(simulated[0], specification("full"), effort, workers=1).values
    two = sample(simulated[0], specification("full"), effort, workers=2).values
    assert one.keys() == two.keys()
    assert all(np.array_equal(one[name], two[name]) for name in one)


@pytest.mark.slow
def test_several_versions_are_weighed_and_thinned(simulated, monkeypatch):
    monkeypatch.setattr("curveshift.trends.calibration.panel", lambda as_of: simulated[0])
    post = calibrate(
        ("full", "constant-gain", "undisclosed-larger"),
        effort=Effort(chains=2, warm_up=50, draws=50),
        refits=False,
    )
    assert set(post.report["intervals"]) == {"full", "constant-gain", "undisclosed-larger"}
    assert sum(post.report["weights"].values()) == pytest.approx(1.0, abs=2e-4)
    constant = post.version == post.versions.index("constant-gain")
    assert np.all(post["gain_growth"][constant] == 0.0)


@pytest.mark.slow
def test_a_fit_without_a_model_is_the_same_beside_others_and_alone(simulated):
    panels = [simulated[0].without([name]) for name in simulated[0].models[:2]]
    effort = Effort(chains=1, warm_up=25, draws=25)
    together = sample_each(panels, specification("full"), effort, workers=2)
    for one, panel in zip(together, panels, strict=True):
        alone = sample(panel, specification("full"), effort, workers=1)
        assert all(np.array_equal(one.values[name], alone.values[name]) for name in alone.values)


def test_every_version_runs(simulated):
    from numpyro import handlers

    from curveshift.trends.stitching import likelihood_and_prior, program_data

    for version in SPECIFICATIONS.values():
        data = program_data(simulated[0], version)
        trace = handlers.trace(handlers.seed(likelihood_and_prior(version), 0)).get_trace(data)
        assert np.isfinite(float(trace["scores"]["fn"].log_factor)), version.name


def test_weights_of_equal_versions_do_not_matter_and_of_a_worse_one_vanish():
    rng = np.random.default_rng(0)
    good = rng.normal(-2.0, 0.1, 60)
    weights = stacking_weights(np.stack([good, good - 2.0, good]))
    assert weights[1] < 1e-3
    assert weights.sum() == pytest.approx(1.0)


def test_bad_settings_are_refused():
    with pytest.raises(CurveshiftError, match="multiples of 25"):
        Effort(draws=30)
    with pytest.raises(CurveshiftError, match="did you mean"):
        calibrate(("fulll",))
    with pytest.raises(CurveshiftError, match="from 100 to 100,000"):
        calibrate(keep=5)
    with pytest.raises(CurveshiftError, match="at least one version that is stacked"):
        calibrate(("undisclosed-larger",))
