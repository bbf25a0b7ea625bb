"""A number walked back: the reading is the summary's own, and what moves it is what the model says."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from curveshift.decide import explain, numbers, summarise
from curveshift.errors import CurveshiftError
from curveshift.world import simulate
from curveshift.world.rereading import per_draw

if TYPE_CHECKING:
    from curveshift.world import Ensemble


@pytest.fixture(scope="module")
def small() -> Ensemble:
    return simulate(["status-quo", "full-decontrol"], draws=1024, end=date(2028, 12, 1))


def test_draws_read_again_are_those_of_the_result(small: Ensemble) -> None:
    for policy in small.policies:
        again = per_draw(small, "china_stock", policy, "2028-12-31", unit="h100e_16bit")
        kept = small.draws["china_stock_h100e"].sel(policy=policy, year_end=2028).values
        assert again == pytest.approx(kept, rel=1e-12)


def test_the_value_is_that_of_the_summary_and_diversion_moves_it_most(small: Ensemble) -> None:
    key = "moments.2028-12-31.diverted.median"
    found = explain(small, key)
    assert found.value == summarise(small).moments[-1].diverted.median
    assert found.movers[0].assumption == "diversion.chips_2024"
    assert found.movers[0].low.value < found.value < found.movers[0].high.value
    assert found.trail[0].median == pytest.approx(found.value)
    assert {bar.group for bar in found.movers} <= {"controls", "enforcement", "supply", "domestic", "history"}
    assert "CNAS" in found.sources()
    assert found.to_dict()["movers"][0]["sources"]
    assert found.untold + found.unconnected + len(found.movers) == len(small.scenario.assumptions)


def test_every_kind_of_number_can_be_explained(small: Ensemble) -> None:
    known = numbers(summarise(small, "full-decontrol"))
    for key in (
        "worlds.survey.not-yet",
        "lag_at_date.12",
        "binding.power-us",
        "moments.2028-12-31.lag_months.high",
    ):
        found = explain(small, key, "full-decontrol")
        assert found.value == known[key]
        assert found.movers, key


def test_a_number_that_is_the_same_in_every_draw_is_called_that(small: Ensemble) -> None:
    found = explain(small, "binding.memory", "full-decontrol")
    assert (found.value, found.movers) == (0.0, ())
    assert found.notes == ("It is the same in every draw.",)


def test_what_cannot_be_explained_is_told(small: Ensemble) -> None:
    with pytest.raises(CurveshiftError, match=r"did you mean 'lag_at_date\.12'"):
        explain(small, "lag_at_date.13")
    with pytest.raises(CurveshiftError, match="end of a quarter"):
        per_draw(small, "china_stock", "status-quo", "2028-12-30", unit="chips")
