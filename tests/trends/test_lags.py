"""China's lag by hand, with its properties, and no offset without the sweep."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curveshift.errors import CurveshiftError
from curveshift.trends import posterior
from curveshift.trends.lags import SWEEP, china_offset, first_reached, lag, lag_months
from curveshift.trends.posteriors import Posterior
from curveshift.trends.shift_records import number

Maker = Callable[..., Posterior]

WORLD = [
    {"name": "U0", "year": 2023.0, "capability": 0.0},
    {"name": "U1", "year": 2024.0, "capability": 1.0},
    {"name": "U2", "year": 2025.0, "capability": 2.0},
    {"name": "C0", "year": 2024.25, "capability": 0.5, "bloc": "china"},
    {"name": "C1", "year": 2025.25, "capability": 1.0, "bloc": "china"},
]


def test_lag_by_date_by_hand(made: Maker) -> None:
    # In April 2024 China has 0.5, which the United States first had with U1 in January; in April 2025 it has 1.0, first
    # had in January 2024; in January 2025 still 0.5.
    assert lag_months(made(WORLD), [2024.25, 2025.0, 2025.25])[0] == pytest.approx([3.0, 12.0, 15.0])


def test_a_lead_is_a_negative_lag(made: Maker) -> None:
    ahead = [*WORLD, {"name": "C2", "year": 2025.5, "capability": 3.0, "bloc": "china"}]
    last = {"name": "U3", "year": 2026.0, "capability": 2.5}
    # China has had more than 2.5 since the middle of 2025.
    assert lag_months(made([*ahead, last]), [2026.0])[0] == pytest.approx([-6.0])


def test_lag_at_levels_by_hand(made: Maker) -> None:
    found = lag(made(WORLD), ["2025-04-02"], ["U1", 0.2, "U2"])
    one, low, high = found.levels
    assert one.months.median == pytest.approx(15.0)
    assert low.months.median == pytest.approx(3.0)
    assert high.reached_share == 0.0
    assert high.months.median == np.inf
    # U2 is of January 2025, and the record ends with C1 in April.
    assert high.at_least_months.median == pytest.approx(3.0)
    assert "at least 3 months" in str(found)


def test_models_with_too_few_scores_do_not_lead(made: Maker) -> None:
    post = made(WORLD)
    data = post.panel
    few = (data.model_at == 1) & (data.benchmark_at > 0)
    stays = {
        "model_at": data.model_at[~few],
        "benchmark_at": data.benchmark_at[~few],
        "score": data.score[~few],
    }
    short = type(post)(**{**post.__dict__, "panel": type(data)(**{**data.__dict__, **stays})})
    assert first_reached(post, "us", np.full((len(post), 1), 0.5))[0, 0] == 2024.0
    assert first_reached(short, "us", np.full((len(post), 1), 0.5))[0, 0] == 2025.0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(delay_months=st.floats(0.0, 24.0), level=st.floats(-0.9, 1.0))
def test_a_later_release_lags_by_as_much_more(made: Maker, delay_months: float, level: float) -> None:
    def months(delay: float) -> float:
        china = {"name": "C", "year": 2024.5 + delay / 12.0, "capability": 1.0, "bloc": "china"}
        end = {"name": "E", "year": 2028.0, "capability": 5.0}
        return lag(made([*WORLD[:3], china, end]), ["2027-12-01"], [level]).levels[0].months.median

    assert months(delay_months) == pytest.approx(months(0.0) + delay_months, abs=1e-6)


def test_bad_input(made: Maker) -> None:
    with pytest.raises(
        CurveshiftError, match="lies before the record: the record of both blocs begins on 2024-04-01"
    ):
        lag(made(WORLD), ["2024-01-01"])
    with pytest.raises(CurveshiftError, match="lies after the record"):
        lag(made(WORLD), ["2026-01-01"])
    with pytest.raises(CurveshiftError, match="nobody reached 9 orders of magnitude in 100 % of draws"):
        lag(made(WORLD), levels=[9.0])
    with pytest.raises(CurveshiftError, match="unknown model 'u1': did you mean 'U1'"):
        lag(made(WORLD), levels=["u1"])
    with pytest.raises(CurveshiftError, match="no model of the bloc 'china'"):
        lag(made(WORLD[:3]))
    with pytest.raises(CurveshiftError, match="at least one date"):
        lag(made(WORLD), [])


def test_the_shipped_lag_overlaps_the_published_one() -> None:
    told = number("published.lag")
    for post in (posterior(), posterior("2025-01-29")):
        found = lag(post)
        assert max(found.average.low, told.low) < min(found.average.high, told.high)
        assert "published: 7 months (4 to 14)" in str(found)


def test_no_offset_without_the_sweep(made: Maker) -> None:
    none = china_offset(made(WORLD))
    assert (none.stated, none.oom, none.sweep) == (False, None, {})
    assert "calibrate with the versions undisclosed-larger and undisclosed-smaller" in str(none)
    assert "0.1" not in str(none)
    with pytest.raises(CurveshiftError, match="not stated"):
        _ = none.range
    half = {"intervals": {SWEEP[0]: {"china": [0.0, 0.1, 0.2]}}}
    assert not china_offset(made(WORLD, report=half)).stated


def test_the_offset_with_the_sweep(made: Maker) -> None:
    swept = {"intervals": {SWEEP[0]: {"china": [-0.2, 0.0, 0.15]}, SWEEP[1]: {"china": [0.1, 0.3, 0.5]}}}
    found = china_offset(made(WORLD, report=swept, china=0.2))
    assert found.range == (-0.2, 0.5)
    assert "its sign depends on compute that is not published" in str(found)
