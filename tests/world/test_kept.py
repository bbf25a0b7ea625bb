"""Draws that are kept give what a run from the beginning gives, byte for byte."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from curveshift.errors import CurveshiftError
from curveshift.scenario import declare, levers, load_policy
from curveshift.world import Kept, bands, simulate
from curveshift.world.tally import HELD_BLOCKS, Counts

END = date(2028, 12, 1)
SETTINGS = ["diversion.chips_2024=10k to 300k"]


def test_policies_on_kept_draws_equal_a_run_from_the_beginning() -> None:
    changed = load_policy("january-2026+blocked").with_lever(
        levers()["remote.access_rule"], 0.5, date(2026, 7, 1)
    )
    policies = [load_policy("airtight"), load_policy("status-quo"), changed]
    # Three blocks, the last one padded; one of them is drawn again for each policy.
    fresh = simulate(policies, SETTINGS, draws=264, end=END)
    declared = declare("full-decontrol", SETTINGS, draws=264, end=END)
    kept = Kept(declared, threads=2, keep_blocks=2)
    kept.tally(load_policy("full-decontrol"))
    again = kept.ensemble(policies, [kept.tally(policy) for policy in policies])
    assert again.scenario.hash(again.record_digest) == fresh.scenario.hash(fresh.record_digest)
    assert again.notes == fresh.notes
    assert again.draws.identical(fresh.draws)
    assert again.bands.identical(fresh.bands)
    assert again.paths.identical(fresh.paths)
    one = {"policy": "airtight", "channel": "diverted", "unit": "rollout"}
    alone = again.quantiles("china_stock_by_channel", **one)
    assert np.array_equal(alone, fresh.bands["china_stock_by_channel"].sel(one).values)
    path = again.first_paths("lag_months", "airtight", estimator="slope")
    assert np.array_equal(path, fresh.paths["lag_months"].sel(policy="airtight", estimator="slope").values)
    assert all(np.array_equal(again.assumptions[n], fresh.assumptions[n]) for n in fresh.assumptions)


def test_the_record_is_not_run_again_and_another_policy_is() -> None:
    told: list[tuple[int, int]] = []
    kept = Kept(declare("airtight", draws=64, end=END), progress=lambda i, n: told.append((i, n)))
    assert told == [(1, 1)]
    assert kept.tally(load_policy("status-quo"), lambda i, n: told.append((i, n))) is kept.factual
    kept.tally(load_policy("airtight"), lambda i, n: told.append((i, n)))
    assert told == [(1, 1), (1, 1)]


def test_what_progress_raises_ends_the_work() -> None:
    def stop(done: int, whole: int) -> None:
        raise InterruptedError

    kept = Kept(declare("airtight", draws=64, end=END))
    with pytest.raises(InterruptedError):
        kept.tally(load_policy("airtight"), stop)
    with pytest.raises(CurveshiftError, match="feedback"):
        Kept(declare("airtight", draws=64, end=END), feedback="on")


def test_a_band_is_asked_for_by_all_of_its_labels() -> None:
    one = simulate("status-quo", draws=64, end=END)
    for name, at, said in (
        ("china_stok", {}, "did you mean 'china_stock'"),
        ("china_stock", {}, "has the axes unit"),
        ("china_stock", {"unit": "rolout"}, "did you mean 'rollout'"),
    ):
        with pytest.raises(CurveshiftError, match=said):
            one.quantiles(name, "status-quo", **at)


def test_bins_that_are_held_count_as_those_that_are_added_up() -> None:
    rng = np.random.default_rng(1)
    quarters = 3
    cells = quarters * sum(math.prod(len(x) for x in band.axes.values()) for band in bands.BANDS)
    found = rng.integers(0, bands.BINS + 1, (cells, 70)).astype(np.int16)
    total = bands.empty(cells)
    bands.add(total, found)
    held = Counts(found, quarters)
    assert len(held) == len(bands.BANDS)
    for mine, theirs in zip(held, bands.by_band(total, quarters), strict=True):
        assert np.array_equal(mine, theirs)
    assert held[2:4][0] is held[2]


def test_more_blocks_than_are_held_give_what_a_run_from_the_beginning_gives() -> None:
    draws = 128 * (HELD_BLOCKS + 2) - 56
    fresh = simulate("airtight", draws=draws, end=END)
    kept = Kept(declare("airtight", draws=draws, end=END), keep_blocks=1)
    again = kept.ensemble([load_policy("airtight")], [kept.tally(load_policy("airtight"))])
    assert again.bands.identical(fresh.bands)
    # Every draw is counted once: the quantiles of the bands are those of the draws, to a bin.
    lag = again.draws["lag_months"].sel(policy="airtight", estimator="level")
    band = again.bands["lag_months"].sel(policy="airtight", estimator="level", quantile=0.5)
    middle = np.quantile(lag.values, 0.5, axis=0, method="inverted_cdf")
    assert np.allclose(band.values, middle, atol=180.0 / bands.BINS)


def test_a_level_of_ones_own_moves_no_other_number() -> None:
    plain = simulate("airtight", draws=64, end=END)
    own = simulate("airtight", ["threshold.custom_log10_flop_2024=31"], draws=64, end=END)
    assert "custom" in own.draws["threshold"].values
    assert "custom" not in plain.draws["threshold"].values
    shared = own.draws.sel(threshold=plain.draws["threshold"])
    assert shared.identical(plain.draws)
    assert own.bands.identical(plain.bands)
