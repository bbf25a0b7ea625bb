"""The stored scores of the backtest belong to the settings and facts that ship."""

from __future__ import annotations

from dataclasses import replace

import pytest

from curveshift.decide import backtest
from curveshift.decide.scored import store, stored_scores


def test_stored_scores_are_of_the_shipped_settings_and_facts() -> None:
    """Run python tools/score_backtests.py after a change of either."""
    assert stored_scores().current, "facts or settings have changed: run python tools/score_backtests.py"


def test_every_series_is_scored_under_both_policies() -> None:
    found = stored_scores()
    for series in {score.series for score in found.scores}:
        for policy in ("frozen", "as-came"):
            assert 0.0 <= found.score(series, policy).coverage[0.9][0] <= 1.0


@pytest.mark.slow
def test_scores_are_those_of_a_new_run(tmp_path) -> None:
    found = backtest()
    store(found, tmp_path / "scores.json")
    kept = {(s.series, s.policy): s for s in stored_scores().scores}
    for score in found.scores:
        told = replace(score, pinball={}, pit=(), naive={})
        assert told.skill == pytest.approx(kept[score.series, score.policy].skill, abs=1e-6)
        assert told.coverage[0.9] == pytest.approx(kept[score.series, score.policy].coverage[0.9], abs=1e-6)


def test_stored_forecasts_are_those_that_were_scored() -> None:
    found = stored_scores()
    for policy in ("frozen", "as-came"):
        own = [f for f in found.forecasts if (f.policy, f.status) == (policy, "scored")]
        whole = found.score("all", policy)
        assert len(own) == whole.forecasts
        held = sum(f.inside[0.9] for f in own) / len(own)
        assert held == pytest.approx(whole.coverage[0.9][0], abs=1e-5)
