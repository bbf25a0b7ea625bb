"""Interventions on China's inflow, and a fixed inflow read from multiples of each draw's own."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curveshift import CurveshiftError
from curveshift.decide import DoseResponse, dose_response, lag_distribution, worlds
from curveshift.decide.dose import at_inflow
from curveshift.decide.statistics import Estimate
from curveshift.world import simulate

END = date(2028, 12, 1)


@pytest.fixture(scope="module")
def dose() -> DoseResponse:
    return dose_response(factors=(0, 0.5, 1, 4), rented=True, draws=256, end=END)


def test_the_untouched_dose_is_the_ordinary_run_and_the_empty_one_is_the_shipped_intervention(
    dose: DoseResponse,
) -> None:
    plain = simulate(["status-quo", "china-does-not"], draws=256, end=END)
    for name, factor in (("status-quo", 1.0), ("china-does-not", 0.0)):
        [here] = [d for d in dose.doses if d.factor == factor]
        [found] = worlds(plain, 12, threshold="essay-2025", policy=name)
        for world in ("bipolar", "unipolar-us"):
            assert here.outcomes[world].value == pytest.approx(found.shares[world].value, abs=1e-12)
            assert here.outcomes[world].error == pytest.approx(found.shares[world].error, abs=1e-12)
            assert here.unconditioned[world].value == pytest.approx(
                found.unconditioned[world].value, abs=1e-12
            )
    lag = lag_distribution(plain, by="2028-12-31", threshold="essay-2025", policy="status-quo")[0]
    values = dose.ensemble.draws["lag_months"].sel(policy="status-quo", estimator="level").values[:, -1]
    assert lag.unconditioned[0.5].value == pytest.approx(np.quantile(values, 0.5, method="inverted_cdf"))


def test_more_chips_shorten_the_lag_and_multiples_are_multiples(dose: DoseResponse) -> None:
    by_factor = {d.factor: d for d in dose.doses if d.factor is not None}
    lags = [by_factor[f].outcomes["lag"].value for f in (0.0, 0.5, 1.0, 4.0)]
    assert lags == sorted(lags, reverse=True)
    assert lags[0] > lags[-1]
    own = dose.ensemble.draws["foreign_h100e"]
    half, whole, none = (
        (own.sel(policy=p, year_end=2028) - own.sel(policy=p, year_end=2026)).values
        for p in ("status-quo, inflow x 0.5", "status-quo", "status-quo, inflow x 0")
    )
    assert (none == 0).all()
    # Where no limit on diversion binds, half of the inflow is half.
    assert np.median(half / whole) == pytest.approx(0.5, rel=1e-3)
    assert dose.years == "2027 to 2028"


def test_the_range_at_a_fixed_inflow_is_that_between_the_outer_points(dose: DoseResponse) -> None:
    low, high = dose.points[0], dose.points[-1]
    assert (low.percentile, high.percentile) == (10, 90)
    assert low.inflow_h100e < high.inflow_h100e
    for name in ("lag", "bipolar"):
        gap = high.fixed[name].value - low.fixed[name].value
        assert dose.fixed_range[name].value == pytest.approx(gap, abs=1e-12)
        met = high.met[name].value - low.met[name].value
        assert dose.met_range[name].value == pytest.approx(met, abs=1e-12)
    assert dose.fixed_range["lag"].value < 0
    # Draws are paired, so the difference is better known than either end.
    assert dose.fixed_range["lag"].error < low.fixed["lag"].error
    assert all(0 <= point.beyond < 1 for point in dose.points)
    assert "diversion.chips_2024" not in dose.companions or dose.companions["diversion.chips_2024"] > 0
    assert isinstance(dose.points[2].met["lag"], Estimate)


def test_chips_alone_do_less_than_chips_and_rented_compute(dose: DoseResponse) -> None:
    chips = dose_response(factors=(0, 1), beside=(), draws=256, end=END)
    own, both = (d.outcomes["lag"].value for result in (chips, dose) for d in result.doses if d.factor == 0.0)
    [plain] = [d.outcomes["lag"].value for d in chips.doses if d.factor == 1.0]
    assert plain < own < both
    assert (chips.rented, dose.rented) == (False, True)


@given(
    st.lists(st.floats(0.01, 50), min_size=3, max_size=6),
    st.floats(0.0, 200.0),
)
def test_setting_the_inflow_gives_that_inflow_within_reach(steps: list[float], target: float) -> None:
    reach = np.cumsum([[0.0, *steps]], axis=1)
    found = at_inflow(reach, reach, target)[0]
    assert found == pytest.approx(min(target, reach[0, -1]), rel=1e-12, abs=1e-12)


def test_bad_input_is_refused() -> None:
    for wrong, words in (
        ({"factors": (0, 2)}, "hold 1"),
        ({"factors": (1, 1, 2)}, "rise"),
        ({"factors": (1, 9)}, "outside its range"),
        ({"by": "2026-12-31"}, "later year end"),
        ({"by": "2025-12-31"}, "as-of date"),
        ({"by": "2028-06-30"}, "end of a year"),
        ({"window_months": 0}, "window"),
        ({"beside": ("china-gets-milions",)}, "did you mean"),
    ):
        with pytest.raises(CurveshiftError, match=words):
            dose_response(draws=8, end=END, **wrong)  # type: ignore[arg-type]
