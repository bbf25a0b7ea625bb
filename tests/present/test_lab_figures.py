"""Figures of the lab: every number of a study is drawn, and titles say what the numbers say."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from curveshift import laws
from curveshift.errors import CurveshiftError
from curveshift.lab.cost import CostCurve, Step, cost
from curveshift.lab.language import Entropy
from curveshift.lab.paradigm import Paradigm, Stage
from curveshift.lab.shift import TOGETHER, Gain, Shift
from curveshift.lab.study import table
from curveshift.present import plot

WORTH = {"filter": 1.8, "tying": 1.05, "null": 1.0, TOGETHER: 1.5}
SCALES = (1e10, 6e10)


def baseline() -> laws.Fit:
    flop = np.geomspace(5e9, 2e11, 8)
    runs = table(training_flop=flop, loss=1.35 + 200.0 * flop**-0.24)
    return laws.fit(laws.OffsetPower, runs, fixed={"E": 1.35}, resamples=50)


@pytest.fixture(scope="module")
def shift() -> Shift:
    gains = [Gain(n, f, 2.1, w, w / 1.2, w * 1.2, 3, 0) for f in SCALES for n, w in WORTH.items()]
    luck = np.random.default_rng(0).lognormal(0.0, 0.1, size=200)
    draws = {(g.innovation, g.flop): g.multiplier * luck for g in gains}
    products = dict.fromkeys(SCALES, (1.89, 1.4, 2.6))
    return Shift(Entropy(1.35, 0.0), baseline(), tuple(gains), products, (), (), (), draws)


@pytest.fixture(scope="module")
def paradigm() -> Paradigm:
    flop = np.geomspace(1e9, 2e11, 20)
    true = 0.3 + 0.5 / (1.0 + (2e10 / flop) ** 0.9)
    stages = [
        Stage("pretraining", 0, 1_000, 2e11, 2e11, 0.3), Stage("pretraining", 0, 1_000, 6e11, 6e11, 0.6),
        Stage("pretraining", 0, 1_000, 4e11, 4e11, 0.45), Stage("reinforcement", 0, 1_000, 0.0, 0.0, 0.3),
    ]  # fmt: skip
    stages += [
        Stage("reinforcement", seed, 1_000, float(f), float(f), float(y) + 0.004 * (seed - 0.5))
        for seed in (0, 1)
        for f, y in zip(flop, true, strict=True)
    ]
    points = [s for s in stages if s.name == "reinforcement" and s.flop > 0.0]

    def fitted(part: float) -> laws.Fit:
        used = [p for p in points if p.flop <= part * flop[-1]]
        runs = table(rl_compute=[p.flop for p in used], reward=[p.success for p in used])
        return laws.fit(laws.RLCompute, runs, fixed={"R0": 0.3}, resamples=50, force=True, space="raw")

    return Paradigm(tuple(stages), fitted(1.0), fitted(0.25), {}, "proofs")


def drawn(spec: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = spec["concat"][0]["data"]["values"]
    return rows


def sound(x: object) -> str:
    """The title of a figure that compiles, once its SVG has been looked at."""
    figure = plot(x)
    svg = figure.svg()
    assert svg.count("<path") > 10
    assert "NaN" not in svg
    assert "undefined" not in svg
    assert "currentColor" in svg, "text takes the colour of the page, light or dark"
    assert re.search(r"90 %", f"{figure.title} {figure.sentence}")
    json.dumps(figure.spec, allow_nan=False)
    return figure.title


def test_a_shift_shows_every_multiplier_with_its_interval(shift: Shift) -> None:
    title = sound(shift)
    assert "filter is worth 1.8 times" in title
    rows = drawn(plot(shift).spec)
    assert len(rows) == (len(WORTH) + 1) * len(SCALES)
    assert all(r["low"] < r["multiplier"] < r["high"] for r in rows)
    products = [r["multiplier"] for r in rows if r["what"].startswith("product")]
    assert products == [1.89, 1.89]


def test_one_innovation_alone_has_no_product() -> None:
    one = Shift(
        Entropy(1.35, 0.0), baseline(), (Gain("tying", 1e10, 2.1, 0.7, 0.6, 0.8, 3, 0),), {}, (), (), (), {}
    )
    assert "product" not in sound(one)
    nothing = replace(
        one, gains=(replace(one.gains[0], multiplier=float("nan"), low=float("nan"), high=float("nan")),)
    )
    with pytest.raises(CurveshiftError, match="diverged"):
        plot(nothing)


def test_the_cost_curve_ends_with_the_run_that_was_made(shift: Shift) -> None:
    found = cost(shift)
    title = sound(found)
    rows = drawn(plot(found).spec)
    assert [r["step"] for r in rows] == ["baseline", "+ filter", "+ tying", "the run with all"]
    assert rows[-1]["flop"] == SCALES[-1]
    assert ("below" if found.below else "above" if found.above else "inside") in title


def test_a_run_cheaper_than_its_parts_is_said_to_be(shift: Shift) -> None:
    steps = (Step("baseline", 9e10, 8e10, 1e11), Step("filter", 5e10, 4.5e10, 5.5e10))
    assert "below the 90 % interval" in sound(CostCurve(2.0, steps, 3e10, True, False, None, None))
    assert "above the 90 % interval" in sound(CostCurve(2.0, steps, 7e10, False, True, None, None))


def test_a_paradigm_stands_beside_the_least_of_more_pretraining(paradigm: Paradigm) -> None:
    title = sound(paradigm)
    assert "held-out proofs from 30 % to" in title
    assert "2e11 more of pretraining reach 45 %" in title
    rows = drawn(plot(paradigm).spec)
    assert sum(r["kind"] == "run" for r in rows) == 40
    assert "from all of it" in plot(paradigm).sentence
    assert {r["kind"] for r in rows} == {"run", "sigmoid, first quarter", "sigmoid, all of it"}


def test_a_ceiling_that_nothing_shows_is_not_given(paradigm: Paradigm) -> None:
    told = replace(paradigm.early, warnings=("A is not identified: no run is past the midpoint",))
    sentence = plot(replace(paradigm, early=told)).sentence
    assert "from the first quarter not identified; from all of it" in sentence
