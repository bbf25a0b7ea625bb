"""Two sets of draws that have nothing to do with one another, and their mixtures."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from curveshift import CurveshiftError
from curveshift.decide.groups import grouped
from curveshift.scenario import Correlation, Scenario, declare, sample
from curveshift.scenario.pickfreeze import CHANCE, PickFreeze, independent, pick_freeze

ROWS = 1024


@pytest.fixture(scope="module")
def declared() -> Scenario:
    return declare(seed=3)


@pytest.fixture(scope="module")
def design(declared: Scenario) -> PickFreeze:
    members = grouped(declared.assumptions)
    return pick_freeze(declared, members, (*members, CHANCE), ROWS)


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks of the columns that take many values."""
    many = [i for i in range(values.shape[1]) if len(np.unique(values[:, i])) > ROWS // 2]
    return np.argsort(np.argsort(values[:, many], axis=0), axis=0)


def largest(one: np.ndarray, other: np.ndarray, declared: Scenario, *, same: bool) -> float:
    """Largest rank correlation between columns, over what chance alone gives (about 4 for this many pairs)."""
    found = np.corrcoef(ranks(one).T, ranks(other).T)
    k = len(found) // 2
    across = found[:k, k:]
    if same:
        np.fill_diagonal(across, 0.0)
    return float(np.abs(across).max() * np.sqrt(ROWS))


def test_a_design_sent_to_another_process_gives_the_same_blocks(design: PickFreeze) -> None:
    sent = pickle.dumps(design)
    again = pickle.loads(sent)
    assert len(sent) < 10 * len(pickle.dumps(design.scenario))
    assert (again.groups, again.members, again.dropped) == (design.groups, design.members, design.dropped)
    for index in (0, 9, 17, 8 * (1 + len(design.groups))):
        here, there = (x.sampler(design.scenario, index) for x in (design, again))
        assert here.draws.values.tobytes() == there.draws.values.tobytes()
        assert here[1:] == there[1:]


def uncorrelated(scenario: Scenario) -> Scenario:
    return replace(scenario, correlations=())


def test_no_column_of_one_set_goes_along_with_any_of_the_other(
    declared: Scenario, design: PickFreeze
) -> None:
    assert largest(design.first.values, design.second.values, declared, same=False) < 5
    # Two scrambles of the same points, row by row, do go along with each other.
    plain, other = (sample(replace(declared, draws=ROWS, seed=seed)).values for seed in design.noise_seeds)
    assert largest(plain, other, declared, same=False) > 8
    above = [values > np.median(values, axis=0) for values in (plain, other)]
    agree = np.mean(above[0] == above[1], axis=0)[:3]
    assert np.abs(agree - 0.5).max() > 0.1 or np.abs(agree - 0.5).min() == 0.0


def test_no_two_columns_of_one_set_go_along_with_each_other(declared: Scenario) -> None:
    free = uncorrelated(declared)
    design = pick_freeze(free, grouped(free.assumptions), (), ROWS)
    assert largest(design.first.values, design.first.values, free, same=True) < 5
    plain = sample(replace(free, draws=ROWS)).values
    assert largest(plain, plain, free, same=True) > 8


def test_each_column_is_the_ordinary_one_in_another_order(declared: Scenario, design: PickFreeze) -> None:
    kept, _ = independent(declared.correlations, grouped(declared.assumptions))
    plain = sample(replace(declared, draws=ROWS, correlations=kept))
    per_replicate = ROWS // declared.replicates
    for i in range(declared.replicates):
        here = slice(i * per_replicate, (i + 1) * per_replicate)
        np.testing.assert_array_equal(
            np.sort(design.first.values[here], axis=0), np.sort(plain.values[here], axis=0)
        )
    assert (design.first.values != plain.values).any()


def test_correlations_within_a_group_stay(declared: Scenario, design: PickFreeze) -> None:
    pair = next(p for p in declared.correlations if p.rank_correlation == 0.4)
    for drawn in (design.first, design.second):
        one, other = (np.argsort(np.argsort(drawn[name])) for name in (pair.a, pair.b))
        assert np.corrcoef(one, other)[0, 1] == pytest.approx(0.4, abs=0.12)


def test_a_mixture_takes_one_group_from_the_second_set(design: PickFreeze) -> None:
    blocks = ROWS // 128
    assert design.scenario.draws == ROWS * (2 + len(design.groups))
    for place, group in enumerate(design.groups):
        drawn, seed, block = design.sampler(design.scenario, (place + 2) * blocks + 1)
        assert block == 1
        rows = slice(128, 256)
        own = [design.first.names.index(name) for name in design.members[group]]
        rest = [i for i in range(len(design.first.names)) if i not in own]
        np.testing.assert_array_equal(drawn.values[:, own], design.second.values[rows, own])
        np.testing.assert_array_equal(drawn.values[:, rest], design.first.values[rows][:, rest])
        assert seed == design.noise_seeds[group == CHANCE]
    first, second = (design.sampler(design.scenario, i * blocks) for i in (0, 1))
    assert (first.noise_seed, second.noise_seed) == design.noise_seeds
    np.testing.assert_array_equal(second.draws.values, design.second.values[:128])
    varying = [name for names in design.members.values() for name in names]
    assert len(varying) == len(set(varying))
    moving = {n for i, n in enumerate(design.first.names) if np.ptp(design.first.values[:, i]) > 0}
    assert moving == set(varying)


def test_correlated_groups_are_refused_except_for_the_small_ones_of_the_posterior() -> None:
    members = {"efficiency": ("a", "b"), "paradigm": ("c",), "supply": ("d",)}
    kept, dropped = independent([Correlation("a", "b", 0.7, ""), Correlation("a", "c", -0.15, "")], members)
    assert [pair.b for pair in kept] == ["b"]
    assert [pair.b for pair in dropped] == ["c"]
    for pair in (Correlation("a", "c", 0.16, ""), Correlation("c", "d", 0.01, "")):
        with pytest.raises(CurveshiftError, match="independent of each other"):
            independent([pair], members)


@pytest.mark.parametrize("rows", [0, 100, 129])
def test_rows_are_whole_blocks(declared: Scenario, rows: int) -> None:
    with pytest.raises(CurveshiftError, match="multiple of 128"):
        pick_freeze(declared, grouped(declared.assumptions), (), rows)
