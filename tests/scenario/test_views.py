from __future__ import annotations

from pathlib import Path

import pytest

from curveshift.errors import CurveshiftError
from curveshift.scenario import Library, assumptions, declare, load_view, views

MINE = """\
name: mine
title: Mine
argument: Efficiency stalls.
feedback: strong
threshold: ftm
source: a test
assumptions:
  - {name: efficiency.growth_per_year, value: 1.2 to 1.5, why: A test.}
"""


def test_a_view_as_written(shelf: Library) -> None:
    slow = load_view("slow", shelf=shelf)
    assert (slow.feedback, slow.threshold) == ("off", "survey")
    changed = slow.assumptions["supply.growth"]
    assert changed.distribution.interval(0.9) == pytest.approx((1.6, 1.8))
    shipped = shelf.assumptions["supply.growth"]
    assert (changed.dimension, changed.unit, changed.meaning) == (0, shipped.unit, shipped.meaning)


def test_shipped_views_argue_cite_and_stay_within_what_is_possible() -> None:
    known = assumptions()
    for view in views().values():
        assert view.argument
        assert any("http" in str(source) for source in view.sources)
        for name, changed in view.assumptions.items():
            assert changed.why
            low, high = changed.bounds or (None, None)
            least, most = changed.distribution.interval(0.999999)
            assert low is None or least >= low
            assert high is None or most <= high
            assert changed.distribution != known[name].distribution


def test_views_of_opposite_sides_pull_apart() -> None:
    hawk, sceptic = load_view("hawk"), load_view("sceptic-of-controls")
    push = "domestic.push_from_scarcity"
    assert hawk.assumptions[push].distribution.median < 0.05 < sceptic.assumptions[push].distribution.median


def test_settings_come_over_the_view_and_the_view_over_what_ships() -> None:
    plain = declare("status-quo", draws=8)
    seen = declare("status-quo", ["domestic.yield_2026=40%"], view="hawk", draws=8)
    assert seen.assumptions["domestic.yield_2026"].distribution.median == pytest.approx(0.4)
    moved = {d.key for d in plain.diff(seen)}
    assert moved == set(load_view("hawk").assumptions)
    assert seen.changes[0] == "view hawk: feedback strong, threshold essay-2025"
    assert declare("status-quo", view="survey", draws=8).content() == plain.content()


def test_a_view_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(MINE)
    assert load_view(path).assumptions["efficiency.growth_per_year"].distribution.interval(0.9)[1] < 1.51
    path.write_text(MINE.replace("name: mine", "name: hawk"))
    with pytest.raises(CurveshiftError, match="belongs to a shipped view"):
        load_view(path)


def test_settings_and_thresholds_are_those_of_the_model() -> None:
    from curveshift.decide.polarity import MIXTURE
    from curveshift.world.engine import FEEDBACK
    from curveshift.world.thresholds import THRESHOLDS

    assert {view.feedback for view in views().values()} <= set(FEEDBACK)
    assert {view.threshold for view in views().values()} <= {*THRESHOLDS, MIXTURE}


def test_an_unknown_view() -> None:
    with pytest.raises(CurveshiftError, match="unknown world view 'hawks': did you mean 'hawk'"):
        load_view("hawks")
