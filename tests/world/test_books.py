"""What was made, against the market that the books do not keep: draw for draw, apart from the ledger."""

from __future__ import annotations

import numpy as np
import pytest

from curveshift.scenario import declare, sample_block
from curveshift.world import engine, noise
from curveshift.world.history import read_history
from curveshift.world.rules import compile_policy

OPS16, DOMESTIC = 1, 3

# Nothing answers: output does not grow with demand or revenue, and power never keeps chips waiting.
UNMOVED = {
    "supply.output_elasticity": 0.0, "supply.revenue_to_research": 0.0, "limits.us_power_2026_gw": 1e6,
    "limits.china_power_2026_gw": 1e6,
}  # fmt: skip


@pytest.fixture(scope="module")
def block():
    declared = declare(["status-quo", "no-controls"], UNMOVED, seed=5, draws=256)
    months = len(declared.months)
    history = read_history(months, declared.as_of)
    compiled = [
        compile_policy(p, declared.levers, declared.policies[0], history, months, declared.as_of)
        for p in declared.policies
    ]
    last = engine.as_of_month(declared.as_of)
    job = engine.Job(declared, history, compiled, [None, None], engine.FEEDBACK["off"], last)
    draws = sample_block(declared, 0, engine.BLOCK)
    theta = np.ascontiguousarray(draws.values.T)
    columns = {name: theta[i] for i, name in enumerate(draws.names)}
    chance = noise.draw_noise(declared.seed, 0, engine.BLOCK, len(history.classes), months, columns)
    market, _ = engine._prepare(draws.names)(theta, chance, history.arrays, job.years)
    return job, engine.run_block(job, 0), market, columns["history.initial_stock_h100e"]


def made_abroad(result, i):
    """16-bit output of US-designed chips so far, by quarter, as the ledger has it: all but the domestic."""
    series = result.series[i]
    return series.made[:, OPS16] - series.flows[:, DOMESTIC, OPS16]


def test_in_the_record_what_was_made_is_what_the_record_says(block):
    job, result, market, before_2022 = block
    quarters = int(job.compiled[0].observed.sum()) // 3
    assert quarters > 12
    recorded = np.asarray(market.others_observed + market.china_observed)[:, OPS16]
    expected = before_2022 + np.cumsum(recorded, axis=0)[2::3]
    assert np.allclose(made_abroad(result, 0)[:quarters], expected[:quarters], rtol=1e-9, atol=0.0)


def test_a_free_market_moves_chips_and_makes_none(block):
    # Without rules only flagships are sold, at one price: each one that China buys is one fewer for others.
    job, result, market, before_2022 = block
    observed = job.compiled[1].observed[:, None] > 0
    recorded = np.asarray(market.others_observed + market.china_observed)[:, OPS16]
    output = np.where(observed, recorded, np.asarray(market.others)[:, OPS16])
    expected = before_2022 + np.cumsum(output, axis=0)[2::3]
    assert np.allclose(made_abroad(result, 1), expected, rtol=1e-9, atol=0.0)
    assert np.median(result.series[1].flows[-1, 0, OPS16]) > 1e7
