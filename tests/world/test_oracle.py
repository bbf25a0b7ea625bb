"""The compiled engine against a second transcription of the same equations in plain NumPy, quarter by quarter."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from curveshift.scenario import declare
from curveshift.world import engine
from curveshift.world.history import read_history
from curveshift.world.rules import compile_policy

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
POLICIES = (
    "status-quo", "no-controls", "full-decontrol", "airtight", "b30a-allowed", "china-gets-millions",
)  # fmt: skip
STOCKS = ("us", "swing", "china", "remote", "made", "capability", "log10_compute", "log10_efficiency")
FLOWS = ("flows", "revenue_usd", "fees_usd", "china_spend_usd")
TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def oracle():
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import numpy_model
    finally:
        sys.path.remove(str(BENCHMARKS))
    return numpy_model


@cache
def make_job() -> engine.Job:
    declared = declare(list(POLICIES), seed=11, draws=2048)
    months = len(declared.months)
    history = read_history(months, declared.as_of)
    compiled = [
        compile_policy(p, declared.levers, declared.policies[0], history, months, declared.as_of)
        for p in declared.policies
    ]
    last = engine.as_of_month(declared.as_of)
    # One policy is undone by chance, so that the way back to the record is compared too.
    half_lives = [2.0 if name == "airtight" else None for name in POLICIES]
    return engine.Job(declared, history, compiled, half_lives, engine.FEEDBACK["default"], last)


@cache
def engine_block(feedback: str) -> engine.BlockResult:
    return engine.run_block(replace(make_job(), feedback=engine.FEEDBACK[feedback]), 3)


def close(engine_value, other, what):
    scale = np.maximum(np.abs(other), 1e-6 * np.max(np.abs(other[np.isfinite(other)]), initial=0.0))
    with np.errstate(invalid="ignore"):  # infinite where neither crosses: equal, and without a difference
        same = (engine_value == other) | (np.abs(engine_value - other) <= TOLERANCE * scale)
    worst = np.argwhere(~same)
    assert same.all(), f"{what}: {len(worst)} of {same.size} differ, first at {worst[0]}"


CASES = [(name, "default") for name in POLICIES] + [("status-quo", "off"), ("full-decontrol", "strong")]


@pytest.mark.parametrize(("policy", "feedback"), CASES)
def test_every_quarter_agrees(oracle, policy, feedback):
    job, i = replace(make_job(), feedback=engine.FEEDBACK[feedback]), POLICIES.index(policy)
    months = oracle.run(oracle.inputs(job, 3)[i])
    block = engine_block(feedback)
    series, scalars = block.series[i], block.scalars[i]
    for name in (*STOCKS, "log10_paradigm", "labour"):
        close(getattr(series, name), months[name][2::3], name)
    for name in FLOWS:
        close(getattr(series, name), np.cumsum(months[name], axis=0)[2::3], name)
    binding = np.concatenate([months["binding"], months["budget_binds"]], axis=1)[job.as_of_month + 1 :]
    close(np.moveaxis(scalars.binding, 0, -1), binding.mean(axis=0), "binding")
    close(scalars.diverted_2024, months["flows"][24:36, 1, 0].sum(axis=0), "diverted_2024")
    assert months["imbalance"].max() < TOLERANCE
    assert scalars.imbalance.max() < TOLERANCE


def test_levels_and_crossings_agree(oracle):
    job = make_job()
    block = engine_block("default")
    x = oracle.inputs(job, 3)
    levels = oracle.levels(x[0].p, oracle.run(x[0])["capability"][:, 0], job.as_of_month)
    close(np.moveaxis(block.scalars[0].level, 0, -1), levels, "level")
    months = oracle.run(x[POLICIES.index("no-controls")])
    crossing = np.moveaxis(block.scalars[POLICIES.index("no-controls")].crossing_month, 0, -1)
    for bloc in range(2):
        close(
            crossing[:, bloc], oracle.first_reach(months["capability"][:, bloc], levels), f"crossing {bloc}"
        )
    stock = np.maximum.accumulate(months["china"][:, :, 1].sum(axis=1))
    marks = np.array([1e6, 2e6, 5e6, 1e7])[:, None] * np.ones(stock.shape[1])
    found = np.moveaxis(block.scalars[POLICIES.index("no-controls")].stock_month, 0, -1)[:, 1]
    close(found, oracle.first_reach(stock, marks), "stock_month")


def test_the_comparison_notices_a_changed_assumption(oracle):
    job = make_job()
    x = oracle.inputs(job, 3)[0]
    x.p["diversion.deterrence"] = x.p["diversion.deterrence"] * 1.001
    with pytest.raises(AssertionError, match="flows"):
        close(
            engine_block("default").series[0].flows, np.cumsum(oracle.run(x)["flows"], axis=0)[2::3], "flows"
        )
