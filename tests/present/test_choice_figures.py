"""Figures of choosing: valid, with a finding in the title and numbers that are those of the result."""

from __future__ import annotations

import json
import re
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from curveshift.decide import condition, pareto, robust, shapley, value_of_information
from curveshift.present import Figure, plot

if TYPE_CHECKING:
    from curveshift.world.ensemble import Ensemble

SMALL: dict[str, Any] = {"draws": 64, "end": date(2028, 12, 1)}


def check(figure: Figure, *said: str) -> None:
    assert "<path" in figure.svg() or "<rect" in figure.svg()
    assert re.search(r"\d", figure.title)
    assert all(words in figure.title for words in said)
    assert len(figure.sentence.split(". ")) >= 2
    assert figure.sources
    assert not figure.frame.empty
    json.dumps(figure.spec, allow_nan=False)
    assert re.findall('https?://[^"]*', json.dumps(figure.spec["concat"])) == []


@pytest.mark.parametrize("utility", ["max:lag", {"max:lag": 0.5, "max:us-revenue": 0.5}])
def test_information(ensemble: Ensemble, utility: Any) -> None:
    found = value_of_information(ensemble, utility)
    figure = plot(found)
    check(figure, "max:lag")
    assert list(figure.frame["name"][:3]) == [w.name for w in found.singles[:3]]


def test_a_front_whatever_the_policies_are_called(ensemble: Ensemble) -> None:
    found = pareto(ensemble)
    figure = plot(found)
    check(figure, f"{len(found.front)} of 3 policies")
    assert "<script" not in figure.svg()
    # Names do not lie on one another.
    heights = sorted(figure.frame["label_y"])
    assert all(b > a for a, b in pairwise(heights))


def test_a_conditioned_ensemble(ensemble: Ensemble) -> None:
    check(plot(condition(ensemble, "diversion.chips_2024=at least 140k")), "diversion.chips_2024 most")


def test_contributions() -> None:
    found = shapley("airtight", by="group", **SMALL)
    figure = plot(found)
    check(figure, "airtight", found.parts[0].part)
    assert figure.frame["value"].sum() == pytest.approx(found.total.value)


def test_regret() -> None:
    figure = plot(
        robust(["status-quo", "letters-enforced"], ["survey"], ["max:lag", "min:us-revenue"], **SMALL)
    )
    check(figure, "for more lag", "for less us-revenue")
    assert len(figure.spec["concat"]) == 2
