"""Regret, the smallest largest regret and satisficing: worked by hand, then end to end on a small run."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from curveshift.decide import robust
from curveshift.decide.metrics import parse_goal
from curveshift.decide.robustness import _largest, _Read, _regrets, _satisficing, parse_requirement
from curveshift.decide.statistics import weight_rows
from curveshift.errors import CurveshiftError

ROWS = weight_rows(np.ones(4), [0, 0, 1, 1])
LAG = parse_goal("lag")


def view(*means: float, spread: float = 1.0) -> _Read:
    """Policies a, b, c with these means, the same spread in both replicates."""
    values = np.array([[m - spread, m + spread, m - spread, m + spread] for m in means])
    return _Read(("a", "b", "c"), ROWS, {LAG: values, parse_goal("min:lag"): values})


# Regret by view: one (0, 3, 2), two (6, 0, 2). Largest: a 6, b 3, c 2, so that c is the minimax choice although it
# is best nowhere.
READ = {"one": view(10.0, 7.0, 8.0), "two": view(4.0, 10.0, 8.0)}


def test_regret_by_hand() -> None:
    assert [r.regret.value for r in _regrets(READ["one"], "one", LAG)] == [0.0, 3.0, 2.0]
    assert [r.best for r in _regrets(READ["one"], "one", LAG)] == [True, False, False]
    less = _regrets(READ["one"], "one", parse_goal("min:lag"))
    assert [r.regret.value for r in less] == [3.0, 0.0, 1.0]
    assert less[0].value.value == 10.0


def test_the_smallest_largest_regret_may_be_best_nowhere() -> None:
    found = _largest(READ, LAG)
    assert [(x.policy, x.view, x.regret.value, x.least) for x in found] == [
        ("a", "two", 6.0, False),
        ("b", "one", 3.0, False),
        ("c", "one", 2.0, True),
    ]
    assert [x.least_in for x in found] == [0.0, 0.0, 1.0]


def test_rounding_makes_no_regret() -> None:
    third = 1.0 / 3.0
    read = view(third, third + 1e-17, 0.1 * 3 + third - 0.3, spread=0.0)
    assert all(r.best for r in _regrets(read, "one", LAG))


def test_satisficing_by_hand() -> None:
    (a, b, c) = _satisficing(READ, [parse_requirement("lag>=8")])
    assert (a.views_met, b.views_met, c.views_met) == (1, 1, 2)
    assert a.fails_in == ("two: lag>=8",)
    # Draws of c are 7 and 9 in equal parts.
    assert c.draws_met["one"].value == 0.5


@pytest.mark.parametrize("text", ["lag", "lag>8", "lag>=much", "lag>=nan", "p-bipolar<=3", "lga>=3"])
def test_requirements_that_cannot_be_read(text: str) -> None:
    with pytest.raises(CurveshiftError):
        parse_requirement(text)


def test_views_on_common_random_numbers() -> None:
    found = robust(
        ["status-quo", "airtight"], ["hawk", "survey"], ["max:lag", "min:us-revenue"],
        require=["lag>=10"], draws=64, end=date(2028, 12, 1),
    )  # fmt: skip
    assert found.thresholds == {"hawk": "essay-2025", "survey": "survey"}
    assert {b["feedback"] for b in found.basis.values()} == {"strong", "default"}
    assert all(r.regret.value >= 0 for r in found.regrets)
    for metric in ("max:lag", "min:us-revenue"):
        for name in found.views:
            assert min(r.regret.value for r in found.regrets if (r.metric, r.view) == (metric, name)) == 0
    assert len(found.satisficing) == 2
    assert "hawk" not in found.sources()
    assert "Grace" in found.sources()


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"policies": ["status-quo"]}, "at least two policies"),
        ({"views": ["hawk", "hawk"]}, "a world view is given twice"),
        ({"views": ["hwak"]}, "did you mean 'hawk'"),
        ({"metrics": []}, "name at least one metric"),
        ({"views": []}, "name at least one world view"),
        ({"policies": ["status-quo", "airtigt"]}, "did you mean 'airtight'"),
    ],
)
def test_bad_input(how, told: str) -> None:
    with pytest.raises(CurveshiftError) as caught:
        robust(**{"policies": ["status-quo", "airtight"], "draws": 64, **how})
    assert told in str(caught.value)
