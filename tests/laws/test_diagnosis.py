"""Diagnostics: each finds what was put in, and stays quiet where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kruskal, norm, spearmanr

from curveshift.errors import CurveshiftError
from curveshift.laws import (
    Chinchilla,
    Fit,
    Runs,
    chinchilla_runs,
    delta_sweep,
    diagnose,
    drop_sweep,
    extrapolation,
    fit,
    fit_isoflop,
    identifiability,
    isoflop_bias,
    leverage,
    objective_sweep,
    residual_trends,
)
from curveshift.laws.isoflop import disagreement
from curveshift.laws.linearised import linearise

TRUE = Chinchilla(E=1.8, A=480.0, B=2100.0, alpha=0.35, beta=0.37)


def grid(sizes: int = 10, counts: int = 10, reach: float = 200.0) -> tuple[np.ndarray, np.ndarray]:
    n, d = np.meshgrid(np.geomspace(5e7, 5e7 * reach, sizes), np.geomspace(1e9, 1e9 * reach, counts))
    return n.ravel(), d.ravel()


def fitted(error: np.ndarray, n: np.ndarray, d: np.ndarray, **more: object) -> Fit:
    loss = TRUE.predict(params=n, tokens=d) * np.exp(error)
    return fit(Chinchilla, {"params": n, "tokens": d, "loss": loss}, resamples=0, **more)


@pytest.fixture(scope="module")
def clean() -> Fit:
    n, d = grid()
    return fitted(0.004 * np.random.default_rng(5).standard_normal(100), n, d)


def test_leverage_is_the_diagonal_of_the_hat_matrix(clean: Fit) -> None:
    near = linearise(clean)
    root = np.sqrt(near.weights)[:, None] * near.jacobian
    hat = root @ np.linalg.inv(root.T @ root) @ root.T
    assert near.leverage == pytest.approx(np.diag(hat), abs=1e-8)
    assert near.leverage.sum() == pytest.approx(5.0)


def test_jacobian_matches_finite_differences(clean: Fit) -> None:
    near = linearise(clean)
    for j in range(5):
        step = 1e-6 * np.eye(5)[j]
        ends = clean._prepared.natural(np.stack([clean._theta + step, clean._theta - step]))
        inputs = {q.name: clean.runs.columns[q.name] for q in clean.law.inputs}
        a, b = np.log(Chinchilla.curve(ends, inputs))
        assert near.jacobian[:, j] == pytest.approx((a - b) / 2e-6, abs=1e-6)


def test_a_lone_large_run_has_the_leverage_and_moves_the_fit() -> None:
    n, d = grid(5, 5, 20.0)
    n, d = np.append(n, 1e12), np.append(d, 2e13)
    error = 0.003 * np.random.default_rng(0).standard_normal(26)
    pulls = leverage(fitted(error, n, d), 3)
    far = max(pulls, key=lambda pull: pull.leverage)
    assert far == pulls[0]
    assert far.leverage > 0.8
    # Rows are numbered as the data were given, and this run came last or was sorted there.
    assert far.row == 26


def test_a_narrow_design_is_weak_and_says_in_which_combination(clean: Fit) -> None:
    assert identifiability(clean).weak == ()
    n, d = grid(6, 6, 3.0)
    narrow = fitted(0.004 * np.random.default_rng(1).standard_normal(36), n, d)
    found = identifiability(narrow)
    assert {"A", "B"} & set(found.weak)
    assert found.condition > 3.0 * identifiability(clean).condition
    assert "one standard error" in found.words
    assert "alpha" in found.words


def test_dropping_five_points_moves_beta_as_published() -> None:
    # beta 0.45 with all 245 points, 0.37 without the five of highest loss (Besiroglu et al. 2024).
    whole = fit(Chinchilla, chinchilla_runs(0), objective="huber", resamples=0)
    sweep = drop_sweep(whole, counts=(5,))
    assert [round(refit.params["beta"], 2) for refit in sweep] == [0.45, 0.37]
    assert sweep[1].params["beta"] == pytest.approx(0.367172, abs=1e-5)
    assert any("beta moves by -19 %" in warning for warning in diagnose(whole).warnings)


def test_sweeps_cover_what_they_say(clean: Fit) -> None:
    assert [refit.change for refit in delta_sweep(clean, (1e-3, 1e-2))] == [
        "huber, delta 0.001",
        "huber, delta 0.01",
    ]
    for refit in objective_sweep(clean):
        assert refit.params["alpha"] == pytest.approx(0.35, abs=0.03)
    smallest = drop_sweep(clean, "smallest", (2,))
    assert smallest[1].dropped == 2
    refused = drop_sweep(clean, "largest", (97,))[1]
    assert np.isnan(refused.params["alpha"])
    assert "at least" in refused.note
    with pytest.raises(CurveshiftError, match="unknown end"):
        drop_sweep(clean, "odd")


def test_a_drift_that_the_law_cannot_take_up_is_found(clean: Fit) -> None:
    assert not [t for t in residual_trends(clean) if t.probability < 0.01]
    n, d = grid()
    bump = 0.02 * np.cos(2.0 * np.log(d / n)) + 0.002 * np.random.default_rng(0).standard_normal(100)
    found = diagnose(fitted(bump, n, d))
    assert len(found.warnings) > 0


def test_shared_errors_are_found_and_clusters_silence_the_warning() -> None:
    n, d = grid(20, 6)
    rng = np.random.default_rng(2)
    size = np.unique(n, return_inverse=True)[1]
    error = 0.003 * (rng.standard_normal(120) + rng.standard_normal(20)[size])
    shared = fitted(error, n, d)
    groups = {t.against: t.probability for t in residual_trends(shared)}
    assert groups["groups of params"] < 0.01
    assert sum("err together" in warning for warning in diagnose(shared).warnings) == 1
    assert any("err together" in warning for warning in shared.warnings)
    loss = TRUE.predict(params=n, tokens=d) * np.exp(error)
    told = fit(
        Chinchilla, Runs({"params": n, "tokens": d, "loss": loss}, np.arange(1, 121), size), resamples=0
    )
    assert not any(t.against.startswith("groups") for t in residual_trends(told))


def test_group_test_is_that_of_scipy(clean: Fit) -> None:
    n, r = clean.runs.columns["params"], clean.residuals
    expected = kruskal(*(r[n == value] for value in np.unique(n)))
    found = next(t for t in residual_trends(clean) if t.against == "groups of params")
    assert found.probability == pytest.approx(expected.pvalue, rel=1e-9)
    rank = next(t for t in residual_trends(clean) if t.against == "params")
    correlation = spearmanr(n, r).statistic
    assert rank.probability == pytest.approx(2.0 * norm.sf(abs(correlation) * np.sqrt(99.0)), rel=1e-6)


def test_group_test_keeps_its_level() -> None:
    n, d = grid(10, 6)
    seen = [
        t.probability
        for seed in range(40)
        for t in residual_trends(fitted(0.004 * np.random.default_rng(seed).standard_normal(60), n, d))
        if t.against == "groups of params"
    ]
    # 5 % of 40 is 2; more than 7 has a probability below 0.003.
    assert sum(p < 0.05 for p in seen) <= 7


def test_extrapolation_check_passes_the_truth_and_fails_a_bend(clean: Fit) -> None:
    good = extrapolation(clean, 0.7)
    assert good.fitted + good.scored == 100
    assert good.covered >= 0.75
    assert abs(good.bias) < 0.01
    n, d = grid()
    size = np.log(n * d)
    bend = 0.02 * np.maximum(size - np.quantile(size, 0.7), 0.0)
    bad = extrapolation(fitted(bend + 0.003 * np.random.default_rng(0).standard_normal(100), n, d), 0.7)
    assert bad.covered < 0.5
    assert bad.bias > 0.02
    with pytest.raises(CurveshiftError, match="quantile"):
        extrapolation(clean, 2.0)


def test_parabolas_are_exact_where_the_curve_is_one_and_biased_where_not() -> None:
    even = Chinchilla(E=1.7, A=400.0, B=400.0, alpha=0.33, beta=0.33)
    # Equal exponents: the curve is even about the optimum, so the parabola's lowest point is exact.
    assert isoflop_bias(even, width=64.0)[1] == pytest.approx(0.0, abs=1e-9)
    odd = Chinchilla(E=1.7, A=400.0, B=100.0, alpha=0.46, beta=0.23)
    biases = [isoflop_bias(odd, width=width)[1] for width in (4.0, 16.0, 64.0, 256.0)]
    assert biases == sorted(biases)
    assert biases[-1] > 0.2
    found = fit_isoflop(_isoflop_runs(odd, 16.0))
    assert "fit the law itself" in found.warnings[0]
    assert found.exponent == pytest.approx(odd.beta / (odd.alpha + odd.beta), abs=1e-6)
    assert len(found.budgets) == 4


def test_parabolas_that_disagree_with_the_law_are_pointed_out() -> None:
    odd = Chinchilla(E=1.7, A=400.0, B=100.0, alpha=0.46, beta=0.23)
    apart = fit(Chinchilla, _isoflop_runs(odd, 256.0), resamples=0, objective="least_squares")
    assert "isoFLOP parabolas" in (disagreement(apart) or "")
    near = fit(Chinchilla, _isoflop_runs(odd, 4.0), resamples=0, objective="least_squares")
    assert disagreement(near) is None


def test_too_few_budgets_are_refused() -> None:
    n, d = grid(3, 3)
    with pytest.raises(CurveshiftError, match="budgets have"):
        fit_isoflop({"params": n, "tokens": d, "loss": TRUE.predict(params=n, tokens=d)})


def _isoflop_runs(law: Chinchilla, width: float) -> dict[str, np.ndarray]:
    flop = np.geomspace(1e19, 1e22, 4)
    best, _ = law.compute_optimal(flop)
    n = (best[:, None] * np.geomspace(width**-0.5, width**0.5, 9)).ravel()
    d = np.repeat(flop, 9) / 6.0 / n
    wiggle = 1.0 + 1e-6 * np.sin(np.arange(len(n)))
    return {"params": n, "tokens": d, "loss": law.predict(params=n, tokens=d) * wiggle}


def test_intervals_that_clusters_would_break_refuse_or_warn() -> None:
    n, d = grid(10, 6)
    size = np.unique(n, return_inverse=True)[1]
    loss = TRUE.predict(params=n, tokens=d) * np.exp(0.004 * np.random.default_rng(0).standard_normal(60))
    told = fit(
        Chinchilla, Runs({"params": n, "tokens": d, "loss": loss}, np.arange(1, 61), size), resamples=50
    )
    assert told.scheme == "cluster"
    with pytest.raises(CurveshiftError, match="cluster bootstrap"):
        told.profile("alpha")
    assert any("too narrow" in warning for warning in told.bootstrap(50, scheme="wild").warnings)
    assert not any("too narrow" in warning for warning in told.bootstrap(50, scheme="cluster").warnings)
