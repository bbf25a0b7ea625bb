"""The map of chips against the lines of the rules."""

from __future__ import annotations

import json
import re

import pytest

from curveshift.controls import catalogue, classify, compare_rules, rule_book
from curveshift.errors import CurveshiftError
from curveshift.present import Figure, plot


@pytest.fixture(scope="module", params=["rule book", "ruling", "comparison"])
def figure(request: pytest.FixtureRequest) -> Figure:
    if request.param == "rule book":
        return plot(rule_book())
    if request.param == "ruling":
        return plot(classify("H20", "CN", "2025-05-01"))
    return plot(compare_rules("2023-11-16", "2023-11-17"))


def test_it_compiles_and_speaks(figure: Figure) -> None:
    assert len(re.findall("<path", figure.svg())) > 100
    assert re.search(r"\d", figure.title)
    assert "Not legal advice" in figure.sentence
    assert figure.sources
    assert len(figure.frame) == len(catalogue())
    json.dumps(figure.spec, allow_nan=False)


def test_regions_are_those_of_the_records() -> None:
    text = json.dumps(plot(rule_book()).spec)
    for label in (".a.1", ".a.2", ".b.1", ".b.2", "letters of 2025", "2026: case by case"):
        assert f'"{label}"' in text
    moved = json.dumps(plot(rule_book({"bis-2023-10.a1.tpp_from": 4321.0})).spec)
    assert '"x": 4321.0' in moved
    assert '"x": 4321.0' not in text


def test_the_title_counts_what_is_drawn() -> None:
    found = plot(classify("H20", "CN", "2025-05-01"))
    groups = found.frame["group"].value_counts()
    free = groups.get("not controlled", 0) + groups.get("no licence required", 0)
    assert found.title.startswith(f"{free} of {len(catalogue())} chips may go to China")
    assert f"{groups['licence, presumed denied']} face a presumption of denial" in found.title
    # The part that was asked about is ringed.
    assert '"chip": "H20 SXM 96GB", ' in json.dumps(found.spec) or '"chip": "H20 SXM 96GB"}' in json.dumps(
        found.spec
    )


def test_a_timeline_cannot_be_drawn() -> None:
    from curveshift.controls import timeline

    with pytest.raises(CurveshiftError, match="cannot draw a Timeline"):
        plot(timeline("H20", "CN"))
