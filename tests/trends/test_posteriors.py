"""Shipped draws: whole, sound, small, of these facts; leaving out; the frontier."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from curveshift import facts, trends
from curveshift.errors import CurveshiftError
from curveshift.trends.marginal import leave_out_weights, log_evidence, log_likelihood, scores_of
from curveshift.trends.posteriors import SHIPPED
from curveshift.trends.prior_records import DATA
from curveshift.trends.replicates import coverage

FEWER = ("2024-06-30", "2025-06-30")
"""Draws for the tie of a backtest to its frontier: one in fifty of them is picked for each draw of the simulation."""


@pytest.mark.parametrize(("name", "draws"), [(n, 500 if n in FEWER else 2000) for n in SHIPPED])
def test_shipped_draws_belong_to_the_shipped_facts_and_were_sampled_well(name, draws):
    post = trends.posterior(None if name == "latest" else name)
    assert len(post) == draws
    for version in (name for name, weight in post.report["weights"].items() if weight > 0.0):
        found = post.report["diagnostics"][version]
        assert found["divergences"] == 0, version
        assert found["largest_r_hat"] < 1.01, version
        enough = 300 if name in FEWER else 400
        assert min(found["least_bulk_ess"], found["least_tail_ess"]) > enough, version
    assert sum(post.report["weights"].values()) == pytest.approx(1.0, abs=1e-3)


def test_shipped_draws_are_small():
    assert sum((DATA / name).stat().st_size for name in SHIPPED.values()) < 3_000_000


def test_draws_of_other_facts_are_refused(tmp_path, monkeypatch):
    post = trends.posterior()
    post.save(tmp_path / "draws.npz")
    again = trends.load(tmp_path / "draws.npz")
    assert np.array_equal(again.capability, post.capability)
    assert (tmp_path / "draws.npz").read_bytes() == post.to_bytes()
    score = post.panel.score.copy()
    score[3] *= 0.99
    changed = type(post.panel)(**{**post.panel.__dict__, "score": score})
    wider = {**trends.priors(), "efficiency": replace(trends.priors()["efficiency"], numbers=(0.5, 0.6))}
    for name, other in (("panel", lambda as_of: changed), ("priors", lambda: wider)):
        with monkeypatch.context() as patch:
            patch.setattr(f"curveshift.trends.posteriors.{name}", other)
            with pytest.raises(CurveshiftError, match="other facts"):
                trends.load(tmp_path / "draws.npz")


@pytest.mark.parametrize("content", [b"", b"no draws", b"PK\x03\x04broken"])
def test_a_damaged_file_is_one_clear_error(tmp_path, content):
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(CurveshiftError, match="not a posterior"):
        trends.load(tmp_path / "x.npz")
    with pytest.raises(CurveshiftError, match="no such posterior"):
        trends.load(tmp_path / "y.npz")


def test_a_day_without_shipped_draws_says_how_to_make_them():
    with pytest.raises(CurveshiftError, match="curveshift calibrate --as-of 2024-01-01"):
        trends.posterior("2024-01-01")


def test_order_of_models_is_that_of_the_published_index():
    post = trends.posterior()
    index = {
        row["model"]: row["central"]
        for row in facts.rows("capability_index")
        if row["metric"] == "eci" and row["model"]
    }
    both = [name for name in post.panel.models if name in index]
    ours = [np.median(post.of(name)) for name in both]
    assert len(both) > 150
    assert stats.spearmanr(ours, [index[name] for name in both]).statistic >= 0.97


def test_scores_are_as_often_inside_their_intervals_as_they_should_be():
    assert 0.88 <= coverage(trends.posterior()).share <= 0.98


def test_frontier_never_falls_and_starts_with_the_first_model():
    post = trends.posterior()
    years = np.arange(2021.0, 2026.5, 0.25)
    for bloc in ("us", "china"):
        best = trends.frontier(post, years, bloc)
        started = np.isfinite(best)
        assert np.all(best[:, 1:] >= best[:, :-1])
        assert not started[0, 0] or bloc == "us"
    with pytest.raises(CurveshiftError, match="unknown bloc"):
        trends.frontier(post, years, "mars")


def test_evidence_is_the_integral_of_the_likelihood():
    post = trends.posterior().take(np.arange(0, 2000, 400) % len(trends.posterior()))
    name = "GPT-4o (May 2024)"
    wide = np.linspace(-6.0, 8.0, 4001)
    from curveshift.trends.marginal import place_of, student_log_density

    direct = np.trapezoid(
        np.exp(
            log_likelihood(post, scores_of(post, name), wide)
            + student_log_density(wide, place_of(post, name))
        ),
        wide,
    )
    np.testing.assert_allclose(log_evidence(post, name), np.log(direct), atol=2e-3)


def test_leaving_out_what_says_nothing_changes_nothing_and_what_says_much_is_seen():
    flat, share = leave_out_weights([np.zeros(500)])
    assert np.allclose(flat, 1.0 / 500.0)
    assert share == pytest.approx(1.0)
    _, share = leave_out_weights([np.linspace(0.0, 30.0, 500)])
    assert share < 0.2
