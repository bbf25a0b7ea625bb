from __future__ import annotations

from datetime import date

import pytest

from curveshift.errors import CurveshiftError
from curveshift.scenario import Library, feasibility, load_policy, policy_set, policy_sets

AFTER_THE_RECORD = date(2026, 7, 1)


def test_a_set_as_written(shelf: Library) -> None:
    small = policy_set("small", shelf)
    assert small.policies == ("status-quo", "strict+open")
    assert small.why["strict+open"] == "The strict rules with Beijing open."
    assert small.sources[0].cite == "definition"
    assert feasibility(shelf) == "A choice that governments have."


def test_three_sets_ship_and_each_has_its_reasons() -> None:
    sets = policy_sets()
    assert list(sets) == ["narrow", "plausible", "extreme"]
    for found in sets.values():
        assert found.reason
        assert found.feasible
        assert set(found.why) == set(found.policies)
        assert all(load_policy(name).kind == "policy" for name in found.policies)
    assert set(sets["narrow"].policies) <= set(sets["plausible"].policies)


@pytest.mark.parametrize("name", ["narrow", "plausible"])
def test_feasible_policies_leave_history_as_it_was(name: str) -> None:
    months = [date(year, month, 1) for year in range(2022, 2027) for month in range(1, 13)]
    past = [month for month in months if month < AFTER_THE_RECORD]
    known = load_policy("status-quo")
    for member in policy_set(name).policies:
        policy = load_policy(member)
        assert policy.rule_dates(past) == known.rule_dates(past)
        assert policy.stances(past) == known.stances(past)
        assert all(
            step.start >= AFTER_THE_RECORD or lever in known.levers
            for lever, steps in policy.levers.items()
            for step in steps
        )


def test_an_unknown_set() -> None:
    with pytest.raises(CurveshiftError, match="unknown policy set 'plausable': did you mean 'plausible'"):
        policy_set("plausable")
