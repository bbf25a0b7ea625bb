"""Dominance by hand; Shapley's value on known games and on a small run."""

from __future__ import annotations

from datetime import date
from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curveshift.decide import pareto, shapley
from curveshift.decide.contributions import _over_orders, _over_subsets, combined, differing_parts
from curveshift.errors import CurveshiftError
from curveshift.scenario import load_policy

THREE = ("full-decontrol", "status-quo", "airtight")


def subsets(names):
    return [frozenset(c) for c in chain.from_iterable(combinations(names, k) for k in range(len(names) + 1))]


def game(worth) -> dict:
    return {s: np.array([worth(s)]) for s in subsets("abc")}


def test_the_glove_game() -> None:
    # One right glove (a), two left ones: a pair is worth 1. Shapley: 2/3, 1/6, 1/6.
    worth = game(lambda s: float("a" in s and len(s) > 1))
    found = [float(_over_subsets(worth, n, "abc")[0]) for n in "abc"]
    assert found == pytest.approx([2 / 3, 1 / 6, 1 / 6])


@given(st.lists(st.floats(-10, 10), min_size=8, max_size=8))
def test_parts_sum_to_the_whole_and_orders_agree_with_subsets(values) -> None:
    from itertools import permutations

    worth = {s: np.array([v]) for s, v in zip(subsets("abc"), values, strict=True)}
    exact = [float(_over_subsets(worth, n, "abc")[0]) for n in "abc"]
    assert sum(exact) == pytest.approx(values[-1] - values[0], abs=1e-9)
    every = list(permutations("abc"))
    by_orders = [float(_over_orders(worth, n, every)[0][0]) for n in "abc"]
    assert by_orders == pytest.approx(exact, abs=1e-9)


def test_what_airtight_is_made_of() -> None:
    whole, base = load_policy("airtight"), load_policy("status-quo")
    parts = differing_parts(whole, base)
    assert set(parts) == {
        "US rule book", "enforcement.effort", "enforcement.location_verification", "enforcement.buyer_checks",
        "remote.access_rule", "inputs.hbm_controls", "inputs.equipment_controls",
    }  # fmt: skip
    assert combined(whole, base, parts, frozenset()) == base
    everything = combined(whole, base, parts, frozenset(parts))
    assert (everything.us, everything.changes, dict(everything.levers)) == (
        whole.us, whole.changes, dict(whole.levers),
    )  # fmt: skip
    assert "Beijing's part" in differing_parts(load_policy("january-2026"), base)


def test_a_package_sums_to_its_difference_exactly_and_by_sampled_orders() -> None:
    how = {"draws": 64, "end": date(2028, 12, 1)}
    exact = shapley("airtight", by="group", metric="china-stock", **how)
    assert exact.exact
    assert exact.policies_run == 16
    total = exact.total.value
    assert sum(p.value.value for p in exact.parts) == pytest.approx(total, rel=1e-12)
    sampled = shapley("airtight", by="group", metric="china-stock", exact_parts=2, orders=2, **how)
    assert not sampled.exact
    assert sampled.total == exact.total
    assert sum(p.value.value for p in sampled.parts) == pytest.approx(total, rel=1e-12)
    assert {p.part: p.alone for p in sampled.parts} == {p.part: p.alone for p in exact.parts}


def test_like_policies_have_nothing_to_divide() -> None:
    with pytest.raises(CurveshiftError, match="nothing to divide"):
        shapley("status-quo", "status-quo")
    with pytest.raises(CurveshiftError, match="unknown way to divide"):
        shapley(by="levers")


def test_dominance_by_hand(make) -> None:
    # Revenue 3, 2, 1; lags 4, 5, 3 in every draw: airtight is beaten by both others.
    found = pareto(
        make(
            {name: [1.0] * 8 for name in THREE},
            lag_by_date={"full-decontrol": 4.0, "status-quo": 5.0, "airtight": 3.0},
            revenue={"full-decontrol": 3.0, "status-quo": 2.0, "airtight": 1.0},
        ),
        threshold="survey",
    )
    assert [p.policy for p in found.front] == ["status-quo", "full-decontrol"]
    by_name = {p.policy: p for p in found.points}
    assert by_name["airtight"].dominated_by == ("full-decontrol", "status-quo")
    assert (by_name["airtight"].chance_dominated, by_name["airtight"].draws_dominated.value) == (1.0, 1.0)
    assert (by_name["status-quo"].chance_dominated, by_name["status-quo"].low_x) == (0.0, 2.0)
    other_way = pareto(found.ensemble, "min:us-revenue", "min:lag", threshold="survey")
    assert [p.policy for p in other_way.front] == ["airtight"]


def test_dominance_is_unsure_when_the_replicates_disagree(make) -> None:
    lag = np.array([1.0, 1.0, 9.0, 9.0])
    found = pareto(
        make(
            {name: [1.0] * 4 for name in THREE},
            lag_by_date={"full-decontrol": lag, "status-quo": 4.0, "airtight": 5.0},
            revenue=1.0,
        ),
        threshold="survey",
    )
    point = next(p for p in found.points if p.policy == "full-decontrol")
    # Means 5 and 5 tie; of two replicates drawn twice, 1/4 have mean 1 and are beaten.
    assert point.dominated_by == ()
    assert 0.2 < point.chance_dominated < 0.3
    assert point.draws_dominated.value == 0.5


def test_alike_policies_do_not_dominate_one_another(make) -> None:
    found = pareto(
        make({name: [1.0] * 4 for name in THREE}, lag_by_date=1 / 3, revenue=0.1), threshold="survey"
    )
    assert len(found.front) == 3


def test_bad_input(make) -> None:
    with pytest.raises(CurveshiftError, match="given twice"):
        pareto(make({name: [1.0] * 4 for name in THREE}), "lag", "min:lag")
    with pytest.raises(CurveshiftError, match="at least two policies"):
        pareto(make({"airtight": [1.0] * 4}))
    one, other = (make({name: [1.0] * 4}, seed=seed) for name, seed in (("airtight", 0), ("status-quo", 1)))
    with pytest.raises(CurveshiftError, match="do not rest on the same draws: their seed"):
        pareto([one, other])
