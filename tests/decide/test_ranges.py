"""Ranges over sets of policies against ranges over groups."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from curveshift import CurveshiftError
from curveshift.decide import Sensitivity, importance_of, policy_importance
from curveshift.decide.groups import GroupIndex, OutcomeShares
from curveshift.decide.indices import Interval
from curveshift.decide.ranges import TEN_TO_NINETY

from .conftest import Make

WHERE = {"by": "2028-12-31", "threshold": "essay-2025", "window_months": 12}


def test_the_width_is_that_of_a_normal_distribution() -> None:
    assert pytest.approx(norm.ppf(0.9) - norm.ppf(0.1), rel=1e-12) == TEN_TO_NINETY


def test_ranges_by_hand(make: Make) -> None:
    lag = np.array([8.0, 10.0, 12.0, 14.0])
    ensemble = make(
        {"status-quo": lag, "airtight": lag, "no-controls": lag},
        lag_by_date={"status-quo": lag, "airtight": lag + 3.0, "no-controls": lag - 1.0},
        failed={"status-quo": 0.0, "airtight": [0.0, 0.0, 0.0, 1.0], "no-controls": 0.0},
    )  # fmt: skip
    none = Interval(0.0, 0.0, 0.0)
    groups = tuple(
        GroupIndex(name, 1, none, none, Interval(*spread), True)
        for name, spread in (
            ("small", (0.5, 0.4, 0.6)),
            ("large", (4.0, 3.0, 5.0)),
            ("open", (1.5, 1.0, 2.0)),
        )
    )
    driven = OutcomeShares("lag", "months", "lag", 11.0, 2.0, groups)
    shares = Sensitivity("status-quo", 128, 640, 3, (driven,), 0, (), ensemble)
    sets = {"narrow": ("status-quo", "no-controls"), "wide": ("status-quo", "airtight", "no-controls")}
    found = importance_of(shares, ensemble, sets, WHERE).outcome("lag")
    assert [g.group for g in found.groups] == ["large", "open", "small"]
    assert found.groups[0].width.value == pytest.approx(4.0 * TEN_TO_NINETY)
    narrow, wide = found.sets
    assert (narrow.low_policy, narrow.high_policy) == ("no-controls", "status-quo")
    assert narrow.width.value == pytest.approx(1.0)
    assert narrow.low.value == pytest.approx(10.0)
    assert narrow.width.error == pytest.approx(0.0)
    # The draw that fails under one policy of the set is left out under all.
    assert wide.high.value == pytest.approx(13.0)
    assert wide.width.value == pytest.approx(4.0)
    assert (wide.above, wide.below) == (("small",), ("large",))
    with pytest.raises(CurveshiftError, match="did you mean 'lag'"):
        importance_of(shares, ensemble, sets, WHERE).outcome("lags")


def test_bad_input_is_refused() -> None:
    with pytest.raises(CurveshiftError, match="did you mean 'plausible'"):
        policy_importance(sets=["plausibl"])
    with pytest.raises(CurveshiftError, match="no set of policies"):
        policy_importance(sets=[])
