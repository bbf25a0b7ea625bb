"""Efficiency from the points of Ho et al. 2024 against what they published."""

from __future__ import annotations

import numpy as np
import pytest

from curveshift.errors import CurveshiftError
from curveshift.trends.published_points import efficiency_from_points


def test_best_fit_is_that_of_the_law_and_draws_repeat() -> None:
    one = efficiency_from_points(draws=60, seed=1)
    efficiency_from_points.cache_clear()
    two = efficiency_from_points(draws=60, seed=1)
    assert one.compute_equivalents_per_year.tobytes() == two.compute_equivalents_per_year.tobytes()
    assert one.compute_equivalents_per_year.shape == (60,)
    # Halving in 6.375 months (tests/known_answers): 2 to the power of 12 / 6.375 a year.
    assert one.best == pytest.approx(2 ** (12 / 6.375), rel=1e-3)
    finite = np.isfinite(one.doubling_months)
    assert one.compute_equivalents_per_year[finite] == pytest.approx(2 ** (12 / one.doubling_months[finite]))
    other = efficiency_from_points(draws=60, seed=2)
    assert one.compute_equivalents_per_year.tobytes() != other.compute_equivalents_per_year.tobytes()
    assert not one.compute_equivalents_per_year.flags.writeable


@pytest.mark.slow
def test_two_thousand_draws_overlap_the_published_interval() -> None:
    found = efficiency_from_points()
    low, middle, high = np.quantile(found.doubling_months, (0.025, 0.5, 0.975))
    # Published over their models: 8 months, 5 to 14; of the preferred one alone, 8.4 months, 4.5 to 14.3.
    assert (low, middle, high) == pytest.approx((3.5, 6.2, 11.0), abs=0.4)
    assert max(low, 5.0) < min(high, 14.0)
    assert low < 8.0 < high
    assert found.interval(0.95) == pytest.approx((2.12, 3.79, 10.4), rel=0.08)
    assert any("weakly identified" in told for told in found.warnings)


def test_an_impossible_number_of_draws() -> None:
    with pytest.raises(CurveshiftError, match="1 is outside its range: a whole number from 2"):
        efficiency_from_points(draws=1)
