from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from curveshift.decide.choices import chosen
from curveshift.decide.metrics import Goal, goal_rows, parse_goal, parse_goals, scores
from curveshift.errors import CurveshiftError


def test_a_goal_in_words_and_back() -> None:
    assert parse_goal("lag") == Goal("lag", "max")
    assert parse_goal("min:lag@2030-12-31") == Goal("lag", "min", date(2030, 12, 31))
    assert str(parse_goal("min:lag@2030-12-31")) == "min:lag@2030-12-31"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lagg", "unknown metric 'lagg': did you mean 'lag'?"),
        ("most:lag", "unknown sense of a metric 'most'"),
        ("p-bipolar@2030-12-31", "has no date"),
        ("lag@2030-13-31", "impossible date"),
    ],
)
def test_goals_that_cannot_be_read(text: str, told: str) -> None:
    with pytest.raises(CurveshiftError) as caught:
        parse_goal(text)
    assert told in str(caught.value)


def test_a_metric_is_given_once() -> None:
    with pytest.raises(CurveshiftError, match="'lag' is given twice"):
        parse_goals(["max:lag", "min:lag"])


def test_scores_are_the_draws_of_what_is_asked(two_policies) -> None:
    lag = scores(two_policies, parse_goal("lag"), "airtight", "survey")
    assert lag.tolist() == [4.0, 9.0, 12.0, 23.0]
    stock = scores(two_policies, parse_goal("china-stock"), "status-quo", "survey")
    assert stock.tolist() == [4e6, 5e6, 6e6, 7e6]
    alone = scores(two_policies, parse_goal("p-unipolar-us"), "airtight", "survey", 12)
    assert alone.tolist() == [0.0, 1.0, 1.0, 1.0]
    assert scores(two_policies, parse_goal("us-revenue"), "status-quo").tolist() == [5e9] * 12
    with pytest.raises(CurveshiftError, match="not a year end of the run"):
        scores(two_policies, parse_goal("china-stock@2027-06-30"), "airtight", "survey")


def test_draws_that_crossed_or_failed_weigh_nothing_for_any_policy(make) -> None:
    found = make(
        {"status-quo": [1.0] * 4, "airtight": [2.0] * 4},
        weight=[0.0, 1.0, 1.0, 1.0],
        failed={"status-quo": [0.0, 0.0, 1.0, 0.0], "airtight": 0.0},
    )
    assert goal_rows(found, "survey")[0].tolist() == [0.0, 0.5, 0.0, 0.5]
    gone = make({"status-quo": [1.0] * 4, "airtight": [2.0] * 4}, weight=0.0)
    with pytest.raises(CurveshiftError, match="nothing is left to judge by"):
        goal_rows(gone, "survey")


def test_a_set_stands_for_its_policies() -> None:
    assert len(chosen("narrow")) == 5
    assert chosen(["narrow", "airtight"])[-1] == "airtight"
    assert chosen(["narrow", "status-quo"]) == chosen("narrow")
    with pytest.raises(CurveshiftError, match="at least two policies, not only airtight"):
        chosen("airtight")


def test_weights_of_one_replicate_do_not_meet_those_of_another(two_policies) -> None:
    rows = goal_rows(two_policies, "mixture")
    assert np.count_nonzero(rows[1:] > 0, axis=0).tolist() == [1] * 12
