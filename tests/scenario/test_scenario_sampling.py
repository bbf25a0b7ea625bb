from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from curveshift.errors import CurveshiftError
from curveshift.records import parse_value
from curveshift.scenario import (
    Correlation,
    Draws,
    Library,
    Scenario,
    compile_records,
    declare,
    normals,
    sample,
    sample_block,
    uniforms,
)
from curveshift.scenario.copula import factors
from curveshift.scenario.sobol import DEPTH, DIMENSIONS, directions, points


def made(shelf: Library, **more: Any) -> Scenario:
    return declare("status-quo", shelf=shelf, **more)


def uniform_columns(shelf: Library, count: int, **more: Any) -> Draws:
    """Draws of `count` independent uniforms on (0, 1)."""
    model = shelf.assumptions["systems.run_months"]
    flat = parse_value({"distribution": "uniform", "low": 0, "high": 1}, "real")
    columns = {
        f"a.x{i}": replace(model, name=f"a.x{i}", dimension=i, distribution=flat) for i in range(count)
    }
    return sample(replace(made(shelf, **more), assumptions=columns, correlations=()))


def test_directions_are_those_of_scipy() -> None:
    assert directions().shape == (DIMENSIONS, DEPTH)
    from_scipy = stats.qmc.Sobol(d=DIMENSIONS, scramble=False, bits=32).random_base2(7)
    index = np.arange(128, dtype=np.uint32)
    gray = index ^ (index >> np.uint32(1))
    found = np.zeros((DIMENSIONS, 128), dtype=np.uint32)
    for j in range(7):
        found ^= np.where((gray >> np.uint32(j)) & np.uint32(1), directions()[:, j : j + 1], np.uint32(0))
    np.testing.assert_array_equal(found.T * 2.0**-32, from_scipy)


def test_a_column_of_scipy_does_not_depend_on_the_number_of_columns() -> None:
    few = stats.qmc.Sobol(d=5, scramble=False).random_base2(6)
    many = stats.qmc.Sobol(d=200, scramble=False).random_base2(6)
    np.testing.assert_array_equal(few, many[:, :5])


def test_scrambled_points_are_stratified_and_open() -> None:
    u = points([0, 1, 300], ["a.a", "a.b", "a.c"], 0, 0, np.arange(1024, dtype=np.uint32))
    for column in u:
        assert sorted(np.floor(column * 1024)) == list(range(1024))
    # Every square of a 32 by 32 grid holds one of the first 1,024 points of dimensions 0 and 1.
    cells = np.floor(u[0] * 32) * 32 + np.floor(u[1] * 32)
    assert len(set(cells)) == 1024
    assert u.min() > 0
    assert u.max() < 1


def test_the_shape_and_order_of_draws(shelf: Library) -> None:
    draws = sample(made(shelf, draws=80))
    assert draws.values.shape == (80, 5)
    assert draws.values.dtype == np.float64
    assert len(draws) == 80
    assert draws.names[:2] == ("supply.growth", "diversion.chips_2024")
    assert list(draws.replicate) == [i // 10 for i in range(80)]
    assert np.isfinite(draws.values).all()
    np.testing.assert_array_equal(draws["supply.growth"], draws.columns()["supply.growth"])
    with pytest.raises(CurveshiftError, match=r"did you mean 'supply\.growth'"):
        draws["supply.grwth"]


@pytest.mark.parametrize(("count", "block"), [(8192, 256), (1000, 256), (8, 256), (1048, 7)])
def test_blocks_are_the_rows_of_the_whole(shelf: Library, count: int, block: int) -> None:
    scenario = made(shelf, draws=count)
    whole = sample(scenario)
    parts = [sample_block(scenario, i, block) for i in range(-(-count // block))]
    assert np.concatenate([part.values for part in parts]).tobytes() == whole.values.tobytes()
    assert [part.first for part in parts] == list(range(0, count, block))
    for index in (-1, len(parts)):
        with pytest.raises(CurveshiftError, match="there is no block"):
            sample_block(scenario, index, block)


def test_another_assumption_leaves_every_byte_alone(shelf: Library) -> None:
    scenario = made(shelf, draws=512)
    before = sample(scenario)
    extra = replace(scenario.assumptions["systems.run_months"], name="systems.new", dimension=400)
    more = sample(replace(scenario, assumptions={"systems.new": extra, **scenario.assumptions}))
    for name in before.names:
        assert more[name].tobytes() == before[name].tobytes()
    fewer = {name: a for name, a in scenario.assumptions.items() if name != "diversion.chips_2024"}
    less = sample(replace(scenario, assumptions=fewer))
    for name in less.names:
        assert less[name].tobytes() == before[name].tobytes()


def test_fixing_one_leaves_the_one_it_is_correlated_with_alone(shelf: Library) -> None:
    before, fixed = sample(made(shelf)), sample(made(shelf, settings=["supply.growth=2"]))
    assert (fixed["supply.growth"] == 2).all()
    assert fixed["supply.growth_long_run"].tobytes() == before["supply.growth_long_run"].tobytes()


def test_the_seed_and_the_replicate_change_every_column(shelf: Library) -> None:
    one, other = sample(made(shelf)), sample(made(shelf, seed=1))
    for name in ("diversion.chips_2024", "systems.run_months"):
        assert not np.isin(one[name], other[name]).any()
        halves = one[name].reshape(8, -1)
        assert not np.isin(halves[0], halves[1:]).any()


def test_draws_follow_their_distributions(shelf: Library) -> None:
    draws = sample(made(shelf))
    for name, assumption in shelf.assumptions.items():
        for level in (0.05, 0.5, 0.95):
            expected = float(assumption.distribution.ppf(level))
            share = (draws[name] <= expected).mean()
            assert share >= level - 0.002
            if expected > 0:
                assert share == pytest.approx(level, abs=0.002)


@pytest.mark.parametrize("rho", [-0.8, -0.3, 0.5, 0.9])
def test_rank_correlations_are_met_and_others_stay_zero(shelf: Library, rho: float) -> None:
    scenario = replace(
        made(shelf), correlations=(Correlation("supply.growth", "systems.run_months", rho, "a test"),)
    )
    draws = sample(scenario)
    found, _ = stats.spearmanr(draws.values)
    names = list(draws.names)
    i, j = names.index("supply.growth"), names.index("systems.run_months")
    assert found[i, j] == pytest.approx(rho, abs=0.03)
    found[i, j] = found[j, i] = 0
    assert np.abs(found - np.eye(len(names))).max() < 0.03


def test_correlated_groups_are_apart_and_ordered_by_dimension(shelf: Library) -> None:
    pairs = [
        Correlation("systems.run_months", "supply.growth", 0.2, "a"),
        Correlation("diversion.chips_2024", "systems.response", 0.2, "a"),
        Correlation("systems.run_months", "supply.growth_long_run", 0.2, "a"),
    ]
    found = factors(shelf.assumptions, pairs)
    assert [factor.names for factor in found] == [
        ("supply.growth", "systems.run_months", "supply.growth_long_run"),
        ("diversion.chips_2024", "systems.response"),
    ]


def test_sobol_points_beat_random_ones_on_a_smooth_integral(shelf: Library) -> None:
    u = uniform_columns(shelf, 6).values
    weights = np.array([1.0, 0.8, 0.6, 0.4, 0.3, 0.2])

    def integrand(x: np.ndarray) -> np.ndarray:
        return np.prod(1 + weights * (x - 0.5), axis=1)

    per_replicate = integrand(u).reshape(8, 1024).mean(axis=1)
    random = integrand(np.random.default_rng(1).random((8192, 6))).reshape(8, 1024).mean(axis=1)
    assert per_replicate.mean() == pytest.approx(1.0, abs=2e-4)
    assert per_replicate.std() < random.std() / 20


def test_pairs_of_columns_are_no_worse_than_scipys(shelf: Library) -> None:
    # A few pairs of any 150 Sobol dimensions are poor at 1,024 points, in SciPy's own scramble as well.
    def off_diagonal(u: np.ndarray) -> np.ndarray:
        return np.abs(np.corrcoef(u.T))[np.triu_indices(150, 1)]

    mine = off_diagonal(uniform_columns(shelf, 150).values)
    rng = np.random.default_rng(3)
    theirs = off_diagonal(
        np.concatenate([stats.qmc.Sobol(150, scramble=True, rng=rng).random(1024) for _ in range(8)])
    )
    assert np.median(mine) < 1e-4
    assert (mine > 0.01).mean() < 1.2 * (theirs > 0.01).mean()
    assert mine.max() < 0.15


def test_streams_depend_on_their_key_alone() -> None:
    first = uniforms(1, "efficiency.arrivals", 0, (12, 256))
    assert first.tobytes() == uniforms(1, "efficiency.arrivals", 0, (24, 256))[:12].tobytes()
    assert ((first > 0) & (first < 1)).all()
    for key in ((2, "efficiency.arrivals", 0), (1, "efficiency.arrival", 0), (1, "efficiency.arrivals", 1)):
        assert not np.isin(first, uniforms(*key, (12, 256))).any()
    z = normals(3, "x", 0, (100, 256))
    assert stats.kstest(z.ravel(), "norm").pvalue > 0.001


def test_a_stream_is_the_same_everywhere() -> None:
    # Fixed by SHA-256 and Philox4x64-10; a change here changes every result.
    assert uniforms(0, "a", 0, (3,)).tolist() == [0.7728730941325642, 0.7774621579476283, 0.07637623460253551]


LIGHT = "numpy pandas jax scipy xarray pydantic ruamel pint"


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import curveshift.scenario, curveshift.records", LIGHT),
        (
            "import curveshift.scenario as s; s.sample(s.declare(draws=64))",
            "pandas jax scipy.stats xarray pydantic ruamel pint",
        ),
    ],
)
def test_import_budget(code: str, absent: str) -> None:
    check = f"{code}\nimport sys\nprint([m for m in {absent.split()} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_shipped_records_compile_to_what_is_shipped(tmp_path: Any) -> None:
    import shutil

    from curveshift.scenario.shelf import DATA
    from curveshift.scenario.sobol import TABLE, compile_directions

    shutil.copytree(DATA, tmp_path / "data")
    compile_records(tmp_path / "data")
    assert (tmp_path / "data" / "compiled.json").read_bytes() == (DATA / "compiled.json").read_bytes()
    compile_directions(tmp_path / "sobol.json")
    assert (tmp_path / "sobol.json").read_bytes() == TABLE.read_bytes()
