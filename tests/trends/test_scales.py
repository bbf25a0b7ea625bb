"""Mapping to the index and to horizons: recovery, coverage, published trends."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.trends import posterior
from curveshift.trends.panels import decimal_year
from curveshift.trends.posteriors import Posterior
from curveshift.trends.scale_trends import horizon_doubling_days, index_points_per_year
from curveshift.trends.scales import (
    calibrated_differences,
    from_index,
    horizon_scale,
    index_scale,
    to_horizon_minutes,
    to_index,
)

Maker = Callable[..., Posterior]


def on_the_index(made: Maker, spread: float = 0.0, per_oom: float = 8.0, draws: int = 60) -> Posterior:
    """Models whose capability is their published index on another scale, with a spread."""
    rng = np.random.default_rng(3)
    rows = [r for r in facts.rows("capability_index") if r["metric"] == "eci" and r["model"]]
    models = [
        {"name": row["model"], "year": decimal_year(row["release_date"]),
         "capability": (row["central"] - 120.0 + spread * rng.standard_normal()) / per_oom}
        for row in rows
    ]  # fmt: skip
    return made(models, draws=draws)


def test_a_made_line_is_recovered_and_goes_back(made: Maker) -> None:
    post = on_the_index(made)
    scale = index_scale(post)
    assert scale.slope == pytest.approx(8.0)
    assert scale.spread == pytest.approx(0.0, abs=1e-6)
    assert scale.bend.median == pytest.approx(0.0, abs=1e-9)
    assert scale.rank_correlation.draws == pytest.approx(1.0)
    name = scale.models[0]
    assert to_index(name, post).median == pytest.approx(scale.values[0])
    assert from_index(float(scale.values[0]), post).median == pytest.approx(post.of(name)[0])


def test_lines_and_ranks_against_scipy(made: Maker) -> None:
    post = on_the_index(made, spread=4.0, draws=3)
    scale = index_scale(post)
    x = post.capability[0, [post.index(model) for model in scale.models]]
    line, back = stats.linregress(x, scale.values), stats.linregress(scale.values, x)
    assert (scale.slope[0], scale.intercept[0]) == pytest.approx((line.slope, line.intercept))
    assert (scale.back_slope[0], scale.back_intercept[0]) == pytest.approx((back.slope, back.intercept))
    left = scale.values - line.intercept - line.slope * x
    assert scale.spread[0] == pytest.approx(np.sqrt((left**2).sum() / (len(x) - 2)))
    assert scale.rank_correlation.median == pytest.approx(stats.spearmanr(x, scale.values).statistic)
    assert scale.bend.median == pytest.approx(np.polyfit(x, scale.values, 2)[0])


def test_intervals_of_differences_hold_nine_in_ten(made: Maker) -> None:
    scale = index_scale(on_the_index(made, spread=4.0, draws=400))
    assert calibrated_differences(scale).inside_share == pytest.approx(0.9, abs=0.04)
    # Capabilities that are far less certain than they are right give intervals that are too wide: the check sees it.
    post = scale.posterior
    vague = post.capability + np.random.default_rng(4).standard_normal(post.capability.shape)
    wide = type(post)(**{**post.__dict__, "capability": vague})
    assert calibrated_differences(index_scale(wide)).inside_share > 0.97


def test_the_spread_of_models_is_in_a_model_and_not_in_a_mean(made: Maker) -> None:
    scale = index_scale(on_the_index(made, spread=4.0, draws=2000))
    with_it, without = scale.predict(scale.models[0]), scale.predict(scale.models[0], spread=False)
    assert with_it.high - with_it.low == pytest.approx(2 * 1.645 * scale.spread[0], rel=0.05)
    assert without.high - without.low < 1e-9


def test_shipped_scales_agree_with_the_published_ones() -> None:
    scale = index_scale()
    assert scale.rank_correlation.median >= 0.97
    assert 0.85 <= calibrated_differences(scale).inside_share <= 1.0
    trend = index_points_per_year()
    assert trend.published == (13.0, 15.5, 18.0)
    # By the index's own values of the same models the published trend comes out: the estimator is not what differs.
    assert 13.0 <= trend.own <= 18.0
    horizons = horizon_doubling_days()
    assert horizons.published == pytest.approx((105.26, 128.744, 157.336))
    assert horizons.overlaps


def test_trends_by_hand(made: Maker) -> None:
    post = on_the_index(made)
    trend = index_points_per_year(post)
    # Our scale is the index itself here, so that all three are one number.
    assert trend.ours.median == pytest.approx(trend.own)
    assert trend.common.median == pytest.approx(trend.own)


def test_suites_are_not_mixed() -> None:
    new, old = horizon_scale(), horizon_scale(suite="th1.0")
    rows = [r for r in facts.rows("capability_index") if r["metric"] == "horizon_50"]
    for scale, suite in ((new, "th1.1"), (old, "th1.0")):
        told = {r["model"]: r["central"] for r in rows if r["suite"] == suite}
        assert dict(zip(scale.models, scale.values.tolist(), strict=True)).items() <= told.items()
    assert any("above_ceiling" in reason for reason in new.left_out)
    assert "Claude Mythos Preview" not in new.models
    assert to_horizon_minutes("o3").low > 0.0


def test_bad_input(made: Maker) -> None:
    with pytest.raises(CurveshiftError, match=r"unknown suite 'th1\.2': did you mean"):
        horizon_scale(suite="th1.2")
    with pytest.raises(CurveshiftError, match="unknown model 'Deepseek V3': did you mean 'DeepSeek-V3'"):
        to_index("Deepseek V3")
    with pytest.raises(CurveshiftError, match="0 models have both scores and eci, 8 are needed"):
        index_scale(made([{"name": "M", "year": 2024.5, "capability": 0.0}]))
    with pytest.raises(
        CurveshiftError, match=r"0 models have both scores and horizon_50, th1\.1, 8 are needed"
    ):
        horizon_scale(posterior("2025-01-29"))
    with pytest.raises(CurveshiftError, match="nan is not a value on this scale"):
        from_index(float("nan"))
    with pytest.raises(CurveshiftError, match=r"-1.0 is not a value on this scale \(minutes\)"):
        horizon_scale().invert(-1.0)
