"""Boxes and trees find what was planted, only that, and count weights."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from curveshift import CurveshiftError
from curveshift.decide import discover
from curveshift.decide.prim import Bounds, inside, measure, peeled, quasi_p_value, supported
from curveshift.decide.trees import Sample, best_cut, grow

from .conftest import Make

NAMES = (
    "diversion.chips_2024", "efficiency.diffusion_months", "feedback.per_oom", "efficiency.growth_per_year",
    "systems.run_months", "supply.swing_share",
)  # fmt: skip


def planted(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The event happens in a corner of inputs 0 and 3, with one in twenty draws the other way."""
    rng = np.random.default_rng(seed)
    x = rng.random((n, 6))
    event = (x[:, 0] > 0.6) & (x[:, 3] < 0.5)
    return x, event ^ (rng.random(n) < 0.05)


def test_a_planted_box_is_found_and_nothing_else() -> None:
    x, event = planted(4000)
    weight = np.ones(4000)
    tried = [supported(box, x, event, weight, 1e-3)[0] for box in peeled(x, event, weight)]
    measured = [measure(inside(box, x), event, weight) for box in tried]
    place = int(np.argmax([shares.density * shares.coverage for shares in measured]))
    best, shares = tried[place], measured[place]
    assert set(best) == {0, 3}
    assert best[0].low == pytest.approx(0.6, abs=0.03)
    assert best[3].high == pytest.approx(0.5, abs=0.03)
    assert (best[0].high, best[3].low) == (np.inf, -np.inf)
    assert shares.density == pytest.approx(0.95, abs=0.06)
    # 0.2 of the draws are in the box; of the others one in twenty is of interest.
    assert shares.coverage == pytest.approx(0.19 / 0.23, abs=0.05)
    assert shares.mass == pytest.approx(0.2, abs=0.02)


def test_each_peel_is_a_smaller_and_denser_box_and_none_is_too_small() -> None:
    x, event = planted(1000, 1)
    weight = np.ones(1000)
    shares = [measure(inside(box, x), event, weight) for box in peeled(x, event, weight, 0.1)]
    assert all(a.mass > b.mass >= 0.1 for a, b in pairwise(shares))
    assert all(a.density < b.density for a, b in pairwise(shares))


def test_draws_without_weight_do_not_count() -> None:
    x, event = planted(1200, 2)
    weight = np.where(np.arange(1200) % 3 == 0, 0.0, 1.0)
    kept = weight > 0
    whole = list(peeled(x, event, weight))
    part = list(peeled(x[kept], event[kept], weight[kept]))
    assert len(whole) == len(part)
    here, there = (measure(inside(boxes[-1], x), event, weight) for boxes in (whole, part))
    assert here.density == pytest.approx(there.density, abs=0.02)
    doubled = measure(inside({0: Bounds(0.5, np.inf)}, x), event, 2.0 * weight)
    plain = measure(inside({0: Bounds(0.5, np.inf)}, x), event, weight)
    assert doubled == plain
    assert plain.effective == (kept & (x[:, 0] > 0.5)).sum()


def test_the_quasi_p_value_is_the_binomial_one() -> None:
    x = np.linspace(0.005, 0.995, 100)[:, None].repeat(2, axis=1)
    event = np.arange(100) % 10 < np.where(np.arange(100) >= 50, 6, 3)
    box = {0: Bounds(0.5, np.inf), 1: Bounds(0.2, np.inf)}
    wide = event[x[:, 1] > 0.2].mean()
    expected = binomtest(int(event[50:].sum()), 50, wide, alternative="greater").pvalue
    assert quasi_p_value(0, box, x, event, np.ones(100)) == pytest.approx(expected, rel=1e-9)
    # The second restriction takes away nothing that the first leaves.
    assert quasi_p_value(1, box, x, event, np.ones(100)) > 0.4


def test_equal_values_are_peeled_together() -> None:
    x = np.repeat([0.2, 0.55, 0.85], [40, 30, 30])[:, None]
    event = x[:, 0] > 0.8
    for box in peeled(x, event, np.ones(100)):
        assert np.unique(x[inside(box, x)]).tolist() in ([0.55, 0.85], [0.85])


@given(st.integers(0, 2**32 - 1), st.integers(20, 60))
def test_the_best_cut_is_the_best_of_all(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.round(rng.random((n, 3)), 1)
    sample = Sample(x, rng.random(n) < 0.3 + 0.4 * x[:, 1], rng.random(n) + 0.1)

    def impurity(rows: np.ndarray) -> float:
        mass = sample.weight[rows].sum()
        share = sample.weight[rows & sample.event].sum() / mass
        return float(mass * share * (1 - share))

    tried = {
        (column, cut): impurity(x[:, column] < cut) + impurity(x[:, column] >= cut)
        for column in range(3)
        for cut in (np.unique(x[:, column])[1:] + np.unique(x[:, column])[:-1]) / 2
        if min(sample.weight[x[:, column] < cut].sum(), sample.weight[x[:, column] >= cut].sum()) >= 2.0
    }
    found = best_cut(sample, 2.0)
    if found is None:
        assert not tried or min(tried.values()) > impurity(np.ones(n, dtype=bool)) - 1e-9
    else:
        assert tried[found] == pytest.approx(min(tried.values()), abs=1e-9)


def test_a_tree_tells_shares_of_draws_that_it_has_not_seen() -> None:
    parts = [planted(3000, seed) for seed in (3, 4)]
    grown, held_out = (Sample(x, event, np.ones(3000)) for x, event in parts)
    tree = grow(grown, held_out, 2)
    assert {tree.column, *(n.column for n in (tree.below, tree.above) if n and n.column is not None)} >= {
        0,
        3,
    }
    assert tree.share == pytest.approx(parts[1][1].mean())
    assert tree.mass == 1.0
    assert tree.below is not None
    assert tree.above is not None
    assert tree.below.mass + tree.above.mass == pytest.approx(1.0)
    pure = grow(grown, Sample(parts[1][0], np.ones(3000, dtype=bool), np.ones(3000)), 1)
    assert pure.share == 1.0


def test_discovery_in_words(make: Make) -> None:
    x, event = planted(4000, 5)
    # Columns in the order of the records' dimensions, shuffled into both halves of the replicates.
    ensemble = make(
        {"status-quo": np.where(event, 3.0, 20.0)},
        assumptions={name: x[:, i] for i, name in enumerate(NAMES)},
        weight=np.where(np.arange(4000) % 4 == 0, 0.0, 1.0),
        replicates=8,
    )
    found = discover(ensemble, "bipolar")
    assert (found.draws, found.assumptions) == (3000, 6)
    first = found.boxes[0]
    assert {r.assumption for r in first.restrictions} == {NAMES[0], NAMES[3]}
    by_name = {r.assumption: r for r in first.restrictions}
    assert by_name[NAMES[0]].words.startswith("diversion.chips_2024 above 0.6")
    assert "(its highest " in by_name[NAMES[0]].words
    assert by_name[NAMES[0]].prior == (pytest.approx(0.6, abs=0.03), 1.0)
    assert first.shares.density == pytest.approx(0.95, abs=4 * first.density_error)
    assert found.base_share == pytest.approx(0.23, abs=0.04)
    assert all(r.quasi_p < 1e-4 for r in first.restrictions)
    leaves = [branch for branch in found.tree if branch.is_leaf]
    assert sum(branch.mass for branch in leaves) == pytest.approx(1.0)
    assert max(branch.share for branch in leaves) > 0.85
    plain = discover(ensemble, "bipolar", conditioned=False)
    assert plain.draws == 4000


def test_where_nothing_is_planted_nothing_is_found(make: Make) -> None:
    rng = np.random.default_rng(6)
    ensemble = make(
        {"status-quo": np.where(rng.random(2000) < 0.4, 3.0, 20.0)},
        assumptions={name: rng.random(2000) for name in NAMES},
        replicates=8,
    )
    found = discover(ensemble, "bipolar")
    assert found.boxes == ()
    assert any("told from chance" in note for note in found.notes)


def test_bad_input_is_refused(make: Make) -> None:
    ensemble = make({"status-quo": np.repeat([3.0, 20.0], 300)}, assumptions={NAMES[0]: np.arange(600.0)})
    for wrong, words in (
        ({"world": "bipolr"}, "did you mean 'bipolar'"),
        ({"threshold": "essay"}, "did you mean"),
        ({"window_months": 0}, "window"),
        ({"boxes": 9}, "boxes: 9 is outside the range 1 to 5"),
        ({"world": "not-yet"}, "too few draws"),
    ):
        with pytest.raises(CurveshiftError, match=words):
            discover(ensemble, **wrong)  # type: ignore[arg-type]
    with pytest.raises(CurveshiftError, match="two replicates"):
        discover(
            make(
                {"status-quo": np.repeat([3.0, 20.0], 300)}, replicates=1, assumptions={NAMES[0]: range(600)}
            )
        )
