"""The written tree of quantities, against the model: what is not upstream moves nothing, and what is does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from curveshift import facts
from curveshift.decide.tracing import STEPS, groups_of, tables_of, upstream
from curveshift.errors import CurveshiftError
from curveshift.scenario import declare, load_policy
from curveshift.scenario.sampling import Sampled, sampled_block
from curveshift.world import bands, engine
from curveshift.world.jobs import make_job, record_policy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.scenario import Scenario

PAGE = Path(__file__).parents[2] / "docs" / "model.md"


def shuffled(names: set[str]) -> Callable[[Scenario, int], Sampled]:
    """The ordinary draws with some assumptions dealt out anew among them."""

    def sampler(declared: Scenario, index: int) -> Sampled:
        draws, *rest = sampled_block(declared, index)
        values = draws.values.copy()
        for i, name in enumerate(draws.names):
            if name in names:
                values[:, i] = np.roll(values[:, i], 1)
        return Sampled(replace(draws, values=values), *rest)

    return sampler


def read(result: engine.BlockResult) -> dict[str, NDArray[np.float64]]:
    """Every step that a block's results hold."""
    found = {}
    for name, step in STEPS.items():
        if step.band:
            band = bands.BANDS[bands.place(step.band)]
            free = {axis: slice(None) for axis in band.axes if axis not in step.at}
            cell = tuple(
                free.get(axis, labels.index(step.at[axis]) if axis in step.at else 0)
                for axis, labels in band.axes.items()
            )
            found[name] = np.asarray(band.read(result.series[1]))[(slice(None), *cell)]
    scalars = result.scalars[1]
    found |= {"limits": scalars.binding, "level": scalars.level, "crossing": scalars.crossing_month}
    return found


@pytest.fixture(scope="module")
def reach() -> Mapping[str, set[str]]:
    """Groups that move each step, under a policy that lets China buy."""
    declared = declare("status-quo", draws=engine.BLOCK)
    policies = [record_policy(declared), load_policy("january-2026+open")]

    def run(names: set[str]) -> dict[str, NDArray[np.float64]]:
        job = make_job(declared, policies, feedback="default", tied=True, sampler=shuffled(names))
        return read(engine.run_block(job, 0))

    base = run(set())
    found: dict[str, set[str]] = {name: set() for name in base}
    for group in {a.group for a in declared.assumptions.values()}:
        moved = run({name for name, a in declared.assumptions.items() if a.group == group})
        for name, values in base.items():
            if not np.array_equal(values, moved[name], equal_nan=True):
                found[name].add(group)
    return found


def test_the_groups_upstream_are_those_that_move_a_quantity(reach: Mapping[str, set[str]]) -> None:
    assert {name: set(groups_of(name)) for name in reach} == dict(reach)


def test_steps_name_functions_headings_and_tables_that_exist() -> None:
    headings = {
        line.lstrip("# ").strip() for line in PAGE.read_text("utf-8").splitlines() if line.startswith("##")
    }
    for step in STEPS.values():
        module, _, function = step.by.rpartition(".")
        assert callable(getattr(import_module(module), function)), step.by
        assert step.section in headings
        assert set(step.tables) <= set(facts.tables())
        assert set(step.made_from) <= set(STEPS)
        if step.band:
            assert set(step.at) <= set(bands.BANDS[bands.place(step.band)].axes)
    assert tables_of("china_stock") == ("chip_shipments", "chips")


def test_an_unknown_step_is_told() -> None:
    with pytest.raises(CurveshiftError, match="did you mean 'legal'"):
        upstream("legall")
