"""What a chip's description may leave open, and what it may not hold."""

from __future__ import annotations

import pytest

from curveshift.controls import ChipSpec, classify
from curveshift.controls.metrics import datacenter, nonplanar
from curveshift.errors import CurveshiftError


def test_a_flag_that_is_not_known_may_be_no_or_yes():
    for found in (datacenter(ChipSpec("X")), nonplanar(ChipSpec("X"))):
        assert (found.low, found.high) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("chip", "says"),
    [
        ({"like": "H20", "maker": 1}, "must be text"),
        ({"like": 1}, "called by its name, not by 1"),
        ({"like": ["H20"]}, "called by its name"),
        ({"like": "H20", 1: 2.0}, "a specification has a name, not 1"),
    ],
)
def test_words_that_are_no_text_are_refused(chip, says):
    with pytest.raises(CurveshiftError, match=says):
        classify(chip, "CN")
