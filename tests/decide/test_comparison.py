"""Differences draw by draw, and ensembles that must not be compared."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import pytest

from curveshift.decide import Comparison, Difference, compare, policy_table, summarise
from curveshift.errors import CurveshiftError
from curveshift.world import Ensemble


def pick(found: Comparison, quantity: str, when: str) -> Difference:
    (one,) = (d for d in found.differences if d.quantity == quantity and d.when == when)
    return one


def test_differences_are_taken_draw_by_draw(two_policies: Ensemble) -> None:
    found = compare(two_policies)
    assert found.base == "status-quo"
    stock = pick(found, "china_stock", "2028-12-31")
    assert (stock.there.value, stock.here.value) == (5e6, 3e6)
    # -1, -2, -3 and +1 million.
    assert (stock.low.value, stock.median.value, stock.high.value) == (-3e6, -2e6, 1e6)
    assert (stock.above.value, stock.below.value, stock.defined.value) == (0.25, 0.75, 1.0)
    assert stock.above.error == pytest.approx(0.25)
    lag = pick(found, "lag", "2028-12-31")
    assert (lag.low.value, lag.median.value, lag.high.value) == (0.0, 1.0, 3.0)
    assert lag.above.value == 0.75
    assert pick(found, "us_revenue", "2026-06-30 to 2035-12-01").median.value == -5e9


def test_a_mark_that_is_not_reached_is_not_a_difference_of_zero(two_policies: Ensemble) -> None:
    found = pick(compare(two_policies), "china_reaches", "5 million H100e")
    # One year, two years, never against 2029, and never against never.
    assert (found.low.value, found.median.value, found.high.value) == (1.0, 2.0, math.inf)
    assert found.defined.value == 0.75
    assert found.above.value == 0.75


def test_worlds_differ_with_the_error_of_pairs(two_policies: Ensemble) -> None:
    found = compare(two_policies, window_months=12)
    (bipolar,) = (w for w in found.worlds if w.world == "bipolar" and w.threshold == "mixture")
    assert (bipolar.there.value, bipolar.here.value) == (0.75, 0.25)
    assert bipolar.difference.value == pytest.approx(-0.5)
    # By half in both replicates: the difference is surer than either share.
    assert bipolar.difference.error == pytest.approx(0.0)
    assert bipolar.here.error == pytest.approx(0.25)


def test_a_draw_that_failed_under_either_policy_is_left_out_of_both(make) -> None:
    ensemble = make(
        {"status-quo": [4.0, 4.0, 20.0, 20.0], "airtight": [4.0, 4.0, 20.0, 20.0]},
        failed={"status-quo": [1, 0, 0, 0], "airtight": [0, 0, 0, 1]},
    )
    (bipolar,) = (w for w in compare(ensemble).worlds if w.world == "bipolar" and w.threshold == "survey")
    assert bipolar.here.value == bipolar.there.value == 0.5


def test_the_base_may_be_named(two_policies: Ensemble) -> None:
    found = compare(two_policies, base="airtight")
    assert {d.policy for d in found.differences} == {"status-quo"}
    assert pick(found, "china_stock", "2028-12-31").median.value == 1e6
    with pytest.raises(CurveshiftError, match="unknown base policy 'open'"):
        compare(two_policies, base="open")


def test_ensembles_on_the_same_draws_are_joined(make) -> None:
    one = make({"status-quo": [4.0, 8.0, 10.0, 20.0]}, stock=2e6)
    other = make({"airtight": [8.0, 16.0, 20.0, 40.0]}, stock=1e6)
    found = compare([one, other])
    assert found.policies == ("status-quo", "airtight")
    assert pick(found, "china_stock", "2030-12-31").median.value == -1e6
    assert found.ensemble.scenario.policies == (*one.scenario.policies, *other.scenario.policies)
    assert found.ensemble.notes == ("a gap",)


def test_ensembles_on_other_draws_are_refused(make) -> None:
    lags = [4.0, 8.0, 10.0, 20.0]
    one = make({"status-quo": lags})
    with pytest.raises(CurveshiftError, match=r"same draws: their seed \(0 and 1\) differ"):
        compare([one, make({"airtight": lags}, seed=1)])
    with pytest.raises(CurveshiftError, match=r"their feedback \(default and off\) differ"):
        compare([one, replace(make({"airtight": lags}), feedback="off")])
    with pytest.raises(CurveshiftError, match=r"their draws \(4 and 6\) differ"):
        compare([one, make({"airtight": [*lags, 1.0, 2.0]})])
    with pytest.raises(CurveshiftError, match="'status-quo' is in two of the ensembles"):
        compare([one, one])
    with pytest.raises(CurveshiftError, match="do not rest on the same draws"):
        compare([one, make({"airtight": lags}, weight=[0, 1, 1, 1])])
    changed = make({"airtight": lags})
    record = changed.scenario.assumptions["diversion.chips_2024"]
    assumptions = {**changed.scenario.assumptions, record.name: record.with_value(1000)}
    other = replace(changed, scenario=replace(changed.scenario, assumptions=assumptions))
    with pytest.raises(CurveshiftError, match="their assumptions differ"):
        compare([one, other])


def test_one_policy_is_no_comparison(make) -> None:
    with pytest.raises(CurveshiftError, match="needs two policies, not only 'airtight'"):
        compare(make({"airtight": [1.0, 2.0]}))
    with pytest.raises(CurveshiftError, match="at least two policies"):
        compare(["status-quo"])
    with pytest.raises(CurveshiftError, match="at least two policies"):
        compare([])


def test_it_shows_itself_and_its_sources(two_policies: Ensemble) -> None:
    found = compare(two_policies)
    assert "Policy minus status-quo" in found._repr_html_()
    assert found.sources().startswith("- ")
    assert {c.flow for c in found.channels} == {"legal", "diverted", "seized", "domestic"}


def test_names_are_simulated_on_the_same_draws_and_summed_up() -> None:
    seen: list[tuple[int, int]] = []
    found = compare(["airtight"], draws=64, end=date(2027, 12, 1), progress=lambda *n: seen.append(n))
    assert found.policies == ("status-quo", "airtight")
    assert seen[-1] == (1, 1)
    assert {d.when for d in found.differences if d.quantity == "china_stock"} == {"2027-12-31"}
    assert {d.when for d in found.differences if d.quantity == "lag"} == {"2026-12-31", "2027-12-31"}
    one = summarise(found.ensemble, "airtight", every="quarter", unit="chips")
    assert (one.moments[0].when, one.moments[-1].when) == ("2024-12-31", "2027-12-31")
    # The run ends before the date of which the summary tells the lag.
    assert one.lag_at_date == ()
    with pytest.raises(CurveshiftError, match="unknown unit 'chip'"):
        summarise(found.ensemble, unit="chip")


def test_the_policy_table_has_a_cell_for_every_combination() -> None:
    seen: list[tuple[int, int]] = []
    cells = policy_table(
        ["january-2026"], ["open", "blocked"], ["off", "strong"], draws=64,
        progress=lambda *n: seen.append(n),
    )  # fmt: skip
    assert len(cells) == 2 * 2 * 4
    assert {(c.us_part, c.beijing_part) for c in cells} == {
        ("january-2026", "open"),
        ("january-2026", "blocked"),
    }
    assert seen == [(1, 2), (2, 2)]
    for cell in cells:
        assert sorted(cell.exceeds) == [6, 12, 24]
        assert sum(x.value for x in cell.worlds.values()) == pytest.approx(1.0)
    with pytest.raises(CurveshiftError, match="unknown feedback setting 'of'"):
        policy_table(feedbacks=["of"])
    with pytest.raises(CurveshiftError, match="needs a US part"):
        policy_table([])
