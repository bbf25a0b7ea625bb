"""Indices of groups of the real model, and what is refused."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from curveshift import CurveshiftError, sensitivity
from curveshift.decide import Sensitivity
from curveshift.decide.groups import CHANCE, grouped
from curveshift.scenario import assumptions, declare

END = date(2028, 12, 1)


@pytest.fixture(scope="module")
def shares() -> Sensitivity:
    return sensitivity(
        rows=256, end=END, groups=["controls and enforcement", "threshold", "efficiency", CHANCE]
    )


def test_a_group_that_cannot_act_has_no_index_and_one_that_does_has(shares: Sensitivity) -> None:
    stock = shares.outcome("china_stock")
    # Levels and efficiency come after supply in the month's step.
    for group in ("threshold", "efficiency"):
        assert stock.group(group).total.high == 0.0
    assert stock.group("controls and enforcement").first.low > 0.3
    assert stock.group(CHANCE).assumptions == 0
    lag = shares.outcome("lag")
    assert lag.group(CHANCE).total.low > 0.2
    assert lag.group("efficiency").total.low > 0.3
    assert [g.total.value for g in lag.groups] == sorted((g.total.value for g in lag.groups), reverse=True)


def test_a_mixture_differs_from_the_first_set_only_by_its_group(shares: Sensitivity) -> None:
    drawn = shares.ensemble.assumptions["diversion.chips_2024"].reshape(6, 256)
    assert (drawn[2] == drawn[1]).all()
    assert all((drawn[i] == drawn[0]).all() for i in (3, 4, 5))
    level = shares.ensemble.draws["level"].sel(threshold="essay-2025").values.reshape(6, 256)
    assert (level[2] == level[0]).all()
    assert (level[3] != level[0]).any()
    # Chance alone: the same assumptions, other noise.
    lag = shares.ensemble.draws["lag_months"].sel(policy="status-quo", estimator="level").values[:, -1]
    assert (lag.reshape(6, 256)[5] != lag.reshape(6, 256)[0]).mean() > 0.9


def test_what_cannot_be_estimated_is_said(shares: Sensitivity) -> None:
    assert "does not vary" in shares.outcome("unipolar-china").why_not
    assert shares.outcome("unipolar-china").groups == ()
    assert any("unconditioned" in note for note in shares.notes)
    assert any("3 rank correlations" in note for note in shares.notes)
    assert shares.failed == 0
    with pytest.raises(CurveshiftError, match="unipolar-china: index cannot be estimated"):
        sensitivity(outcomes="unipolar-china", groups=["threshold"], rows=128, end=END)


def test_every_uncertain_assumption_is_in_one_group() -> None:
    members = grouped(assumptions())
    names = [name for group in members.values() for name in group]
    assert len(names) == len(set(names)) > 100
    fixed = set(assumptions()) - set(names)
    assert all(np.ptp(assumptions()[name].distribution.ppf(np.array([0.01, 0.99]))) == 0 for name in fixed)
    assert "diversion.chips_2024" not in {
        name for group in grouped(declare("status-quo", ["diversion.chips_2024=100k"]).assumptions).values()
        for name in group
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"outcomes": "lags"}, "did you mean 'lag'"),
        ({"outcomes": []}, "no outcome"),
        ({"groups": ["efficency"]}, "did you mean 'efficiency'"),
        ({"rows": 100}, "multiple of 128"),
        ({"by": "2025-12-31"}, "not after the as-of date"),
        ({"by": "2029-12-31"}, "after the last month"),
        ({"by": "2028-11-30"}, "end of a year"),
        ({"by": "soon"}, "impossible date"),
        ({"window_months": 121}, "window"),
        ({"threshold": "mixture"}, "one threshold"),
        ({"threshold": "essay"}, "did you mean"),
        ({"policy": "statusquo"}, "did you mean"),
    ],
)
def test_bad_input_is_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(CurveshiftError, match=words):
        sensitivity(**{"end": END, "rows": 128, "groups": ["threshold"], **wrong})  # type: ignore[arg-type]
