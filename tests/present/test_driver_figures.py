"""Figures of what drives an outcome: they compile, and their titles say the numbers that are in them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from curveshift import CurveshiftError, decide, sensitivity
from curveshift.decide import Discovery, Sensitivity
from curveshift.present import plot, words
from curveshift.scenario import policy_sets
from curveshift.world import simulate

END = date(2028, 12, 1)
WHERE = {"by": "2028-12-31", "threshold": "essay-2025", "window_months": 12}


@pytest.fixture(scope="module")
def shares() -> Sensitivity:
    return sensitivity(
        outcomes=["lag", "bipolar"], groups=["efficiency", "controls and enforcement"], rows=128, end=END
    )


@pytest.fixture(scope="module")
def boxes() -> Discovery:
    return decide.discover(simulate("status-quo", draws=4096, end=END), conditioned=False)


@pytest.fixture(scope="module")
def results(shares: Sensitivity, boxes: Discovery) -> dict[str, Any]:
    narrow = {"narrow": policy_sets()["narrow"].policies}
    policies = simulate(list(narrow["narrow"]), draws=64, end=END)
    return {
        "groups": shares,
        "number": decide.tornado(shares.independent_sets, "lag"),
        "event": decide.tornado(shares.independent_sets, "bipolar"),
        "ranges": decide.importance_of(shares, policies, narrow, WHERE),
        "dose": decide.dose_response(factors=(0, 1, 4), beside=(), draws=64, end=END),
        "boxes": boxes,
    }


@pytest.mark.parametrize("name", ["groups", "number", "event", "ranges", "dose", "boxes"])
def test_every_figure_compiles_and_speaks(name: str, results: dict[str, Any]) -> None:
    figure = plot(results[name])
    assert "<path" in figure.svg()
    assert any(sign.isdigit() for sign in figure.title)
    assert len(figure.sentence.split(". ")) >= 2
    assert "2026-06-30" in figure.sentence
    assert figure.sources
    assert not figure.frame.empty
    json.dumps(figure.spec, allow_nan=False)


def test_titles_hold_the_numbers(results: dict[str, Any]) -> None:
    first = results["groups"].outcome("lag").groups[0]
    assert f"{first.group} {words.percent(first.total.value)}" in plot(results["groups"]).title
    bar = results["event"].bars[0]
    assert words.percent(bar.low.value) in plot(results["event"]).title
    change = results["dose"].fixed_range["lag"].value
    assert f"by {words.change(change)} months" in plot(results["dose"]).title
    box = results["boxes"].boxes[0]
    assert words.percent(box.shares.density) in plot(results["boxes"]).title
    assert box.words in plot(results["boxes"]).title


def test_the_numbers_drawn_are_those_of_the_result(results: dict[str, Any]) -> None:
    frame = plot(results["ranges"]).frame
    narrow = frame[(frame["moved"] == "policies: narrow") & (frame["outcome"] == "lag")].iloc[0]
    assert narrow["range"] == results["ranges"].outcome("lag").sets[0].width.value
    frame = plot(results["dose"]).frame
    row = frame[
        (frame["outcome"] == "lag") & (frame["percentile"] == 90) & frame["how"].str.startswith("inflow")
    ]
    assert row["value"].item() == results["dose"].points[-1].fixed["lag"].value


def test_what_cannot_be_drawn_is_said(boxes: Discovery) -> None:
    from dataclasses import replace

    with pytest.raises(CurveshiftError, match="no box to draw"):
        plot(replace(boxes, boxes=()))
    with pytest.raises(CurveshiftError, match="nothing to draw: no group"):
        plot(sensitivity(groups=(), rows=128, end=END))
