"""Drivers: a quantity that is known to hang on one assumption only is said to hang on that one."""

from __future__ import annotations

import numpy as np
import pytest

from curveshift.decide import drivers
from curveshift.errors import CurveshiftError
from curveshift.scenario import assumptions

N = 512
DRIVING = "systems.us_leader_share"


@pytest.fixture(scope="module")
def drawn() -> dict[str, np.ndarray]:
    """Even points of independent uniform numbers in random order, under the names of a hundred assumptions."""
    rng = np.random.default_rng(7)
    names = [DRIVING, *(name for name in assumptions() if name != DRIVING)][:100]
    return {name: (rng.permutation(N) + 0.5) / N for name in names}


def test_what_a_quantity_is_made_of_comes_first_with_the_right_size(make, drawn) -> None:
    lag = 10.0 * drawn[DRIVING]
    found = drivers(make({"status-quo": np.full(N, 5.0)}, lag_by_date=lag, replicates=8, assumptions=drawn))
    first = found.drivers[0]
    assert first.name == DRIVING
    # Of a uniform number the lowest fifth has mean 0.1 and the highest 0.9.
    assert first.low.value == pytest.approx(1.0, abs=0.02)
    assert first.high.value == pytest.approx(9.0, abs=0.02)
    assert first.difference.value == pytest.approx(8.0, abs=0.04)
    assert (first.low_value, first.high_value) == pytest.approx((0.1, 0.9), abs=0.01)
    assert found.mean.value == pytest.approx(5.0)
    assert found.beyond_chance[0] == first
    assert len(found.drivers) == 100


def test_noise_has_no_driver_and_a_draw_that_is_not_finite_is_counted(make, drawn) -> None:
    lag = np.random.default_rng(3).normal(size=N)
    lag[:3] = np.inf
    found = drivers(make({"status-quo": np.full(N, 5.0)}, lag_by_date=lag, replicates=8, assumptions=drawn))
    assert found.left_out == 3
    assert len(found.beyond_chance) <= 1
    # Means of 102 draws each differ by sqrt(2/102) = 0.14; the largest of a hundred by 3.5 times that in one of twenty.
    assert found.by_chance == pytest.approx(3.5 * np.sqrt(2.0 / 102.0), rel=0.12)


def test_what_is_not_there_is_told(make) -> None:
    few = make({"status-quo": np.full(32, 5.0)}, assumptions={DRIVING: np.arange(32.0)})
    with pytest.raises(CurveshiftError, match="at least 40"):
        drivers(few)
    with pytest.raises(CurveshiftError, match="did you mean 'lag'"):
        drivers(few, "lagg")
    with pytest.raises(CurveshiftError, match="unknown date of lag"):
        drivers(few, "lag", "2028-11-30")
