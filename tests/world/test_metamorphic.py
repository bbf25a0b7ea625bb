"""Relations between two runs that hold whatever the true numbers are, so that no expected number is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import jax
import numpy as np

from curveshift import scenario
from curveshift.records import Distribution
from curveshift.records.distributions import Constant, Interval, Triangular, Uniform
from curveshift.scenario import Policy, Step
from curveshift.world import simulate
from curveshift.world.ensemble import Ensemble, run
from curveshift.world.history import read_history
from curveshift.world.market import draw_market

END = date(2028, 12, 1)
FORK = date(2026, 7, 1)
DRAWS = 64

# Nothing answers: output does not grow with demand or revenue, and power never keeps chips waiting.
UNMOVED = {
    "supply.output_elasticity": 0.0, "supply.revenue_to_research": 0.0, "limits.us_power_2026_gw": 1e6,
    "limits.china_power_2026_gw": 1e6,
}  # fmt: skip


def _run(*policies: Policy, changed: dict | None = None, draws: int = DRAWS, **settings) -> Ensemble:
    return simulate(list(policies), changed or {}, draws=draws, end=END, **settings)


def _policy(name: str, **levers: float) -> Policy:
    found = scenario.load_policy("status-quo")
    for key, value in levers.items():
        found = found.with_lever(scenario.levers()[key.replace("__", ".")], value, FORK)
    return replace(found, name=name)


def _same(a: Ensemble, here: str, b: Ensemble, there: str) -> None:
    """Two policies with the same bytes in everything that is kept for a policy."""
    for part in ("draws", "bands", "paths"):
        one, other = getattr(a, part), getattr(b, part)
        for name in one.data_vars:
            if "policy" in one[name].dims:
                left, right = one[name].sel(policy=here).values, other[name].sel(policy=there).values
                assert left.tobytes() == right.tobytes(), f"{part}.{name}"


@cache
def _pair() -> Ensemble:
    return _run(_policy("kept"), _policy("strict", enforcement__effort=4.0))


def test_the_order_of_policies_is_only_their_order():
    turned = _run(_policy("strict", enforcement__effort=4.0), _policy("kept"))
    assert turned.policies == ("strict", "kept")
    for name in ("kept", "strict"):
        _same(_pair(), name, turned, name)


def test_a_step_that_repeats_the_value_in_force_changes_nothing():
    lever = scenario.levers()["enforcement.effort"]
    again = _policy("again", enforcement__effort=4.0)
    steps = again.levers[lever.name]
    again = replace(
        again, levers={**again.levers, lever.name: (*steps, Step(date(2027, 5, 1), 4.0, "Again."))}
    )
    _same(_pair(), "strict", _run(_policy("kept"), again), "again")


def test_a_month_is_judged_on_its_middle():
    lever = scenario.levers()["enforcement.effort"]
    base = scenario.load_policy("status-quo")
    days = {"first": (2027, 3, 1), "middle": (2027, 3, 15), "after": (2027, 3, 16), "next": (2027, 4, 1)}
    found = _run(*(replace(base.with_lever(lever, 6.0, date(*d)), name=n) for n, d in days.items()))
    _same(found, "first", found, "middle")
    _same(found, "after", found, "next")
    early, late = (found.draws["china_stock_h100e"].sel(policy=p).values for p in ("first", "next"))
    assert not np.array_equal(early, late)


def test_what_comes_later_changes_nothing_before():
    later = _policy("later")
    for key, value in (
        ("enforcement.effort", 8.0),
        ("inputs.equipment_controls", 2.0),
        ("security.weights", 3.0),
    ):
        record = scenario.levers()[key]
        later = later.with_lever(record, min(value, record.high), date(2028, 1, 1))
    found = _run(_policy("kept"), replace(later, name="later"))
    moved = 0
    for name, values in found.paths.data_vars.items():
        # A lag is read forward: it ends when the other bloc gets there.
        if name == "lag_months" or not {"policy", "quarter"} <= set(values.dims):
            continue
        one, other = (values.sel(policy=p) for p in ("kept", "later"))
        before = values["quarter"] < np.datetime64("2028-01-01")
        assert (
            one[{"quarter": before.values}].values.tobytes()
            == other[{"quarter": before.values}].values.tobytes()
        ), name
        moved += not np.array_equal(one.values, other.values, equal_nan=True)
    assert moved > 3


def test_a_channel_that_is_closed_is_one_whose_factor_is_nil():
    """No foreign chip arrives, whether the flow is multiplied by zero or by next to nothing."""
    shut, nearly = (
        _policy(n, intervention__inflow_multiplier=x) for n, x in (("shut", 0.0), ("nearly", 1e-12))
    )
    found = _run(shut, nearly, _policy("open"))
    chips = found.draws["cumulative_chips"].isel(year_end=-1)
    for flow in ("legal", "diverted"):
        at = {p: chips.sel(policy=p, flow=flow).values for p in ("shut", "nearly", "open")}
        np.testing.assert_allclose(at["nearly"], at["shut"], rtol=1e-9)
        assert np.all(at["open"] >= at["shut"])
    np.testing.assert_allclose(
        found.draws["china_stock_h100e"].sel(policy="nearly"),
        found.draws["china_stock_h100e"].sel(policy="shut"),
        rtol=1e-9,
    )


def test_more_inflow_never_leaves_china_with_fewer_foreign_chips():
    found = _run(*(_policy(f"x{x:g}", intervention__inflow_multiplier=x) for x in (0.25, 1.0, 4.0)))
    chips = found.draws["cumulative_chips"].sel(flow=["legal", "diverted"]).sum("flow").isel(year_end=-1)
    few, usual, many = (chips.sel(policy=p).values for p in ("x0.25", "x1", "x4"))
    assert np.all(few <= usual)
    assert np.all(usual <= many)
    assert np.any(few < many)


def test_a_policy_that_was_written_out_and_read_back_is_the_same():
    strict = _policy("strict", enforcement__effort=4.0)
    _same(_pair(), "strict", _run(_policy("kept"), Policy.from_data("strict", strict.to_data())), "strict")


def _times(given: Distribution, factor: float) -> Distribution:
    """The same number in a unit that is smaller by a factor."""
    match given:
        case Constant(value):
            return Constant(factor * value)
        case Interval(low, high, shape, middle):
            return Interval(factor * low, factor * high, shape, None if middle is None else factor * middle)
        case Uniform(low, high, log):
            return Uniform(factor * low, factor * high, log)
        case Triangular(low, mode, high):
            return Triangular(factor * low, factor * mode, factor * high)
        case _:
            return replace(
                given, inner=_times(given.inner, factor), low=factor * given.low, high=factor * given.high
            )


def test_money_may_be_counted_in_another_currency():
    """All prices and budgets times eight: as many chips, systems at the same time, and eight times the sums."""
    plain = scenario.declare(["status-quo", "january-2026"], draws=DRAWS, end=END)
    scaled = {
        name: replace(a, distribution=_times(a.distribution, 8.0)) if a.unit.startswith("usd") else a
        for name, a in plain.assumptions.items()
    }
    assert sum(a != plain.assumptions[name] for name, a in scaled.items()) >= 6
    one, other = run(plain), run(replace(plain, assumptions=scaled))
    for name in ("china_stock_h100e", "cumulative_chips", "crossing_year", "lag_months", "gap_oom"):
        np.testing.assert_allclose(other.draws[name], one.draws[name], rtol=1e-6, err_msg=name)
    np.testing.assert_allclose(other.draws["us_revenue_usd"], 8.0 * one.draws["us_revenue_usd"], rtol=1e-6)


def test_each_replicate_begins_with_the_draws_of_a_smaller_run():
    few, many = (scenario.sample(scenario.declare(draws=n)) for n in (256, 512))
    for r in range(8):
        here, there = few.values[few.replicate == r], many.values[many.replicate == r]
        assert there[: len(here)].tobytes() == here.tobytes()


def test_draws_that_are_doubled_keep_the_first_half():
    # One replicate: with several each grows in its place, and the noise of a month goes by place.
    few, many = (
        run(scenario.declare(["status-quo"], draws=n, replicates=1, end=END)) for n in (DRAWS, 2 * DRAWS)
    )
    for name in ("lag_months", "china_stock_h100e", "crossing_year", "us_revenue_usd"):
        assert np.array_equal(many.draws[name].isel(draw=slice(DRAWS)), few.draws[name], equal_nan=True), name


def test_chips_of_one_class_may_be_counted_as_two():
    """Each class in two parts of its size, in another order: as many chips, whatever they are called."""
    declared = scenario.declare(draws=8, end=END)
    record = read_history(len(declared.months), declared.as_of).arrays
    n = len(record.raw)
    order = np.random.default_rng(0).permutation(2 * n)
    # The same number of classes with and without the split, so that one program is compiled.
    again, whole, parts = np.tile(np.arange(n), 2), np.repeat([1.0, 0.0], n), np.repeat([0.25, 0.75], n)
    drawn = scenario.sample(declared)
    p = {name: np.asarray(values) for name, values in drawn.columns().items()}
    scores = np.random.default_rng(1).normal(size=(2, n, len(drawn)))
    years = np.repeat((2022 + (np.arange(len(declared.months)) + 0.5) / 12)[:, None], len(drawn), axis=1)
    program = jax.jit(draw_market)

    def market(classes, size):
        split = {
            name: getattr(record, name)[..., classes] * (size if name.endswith("_chips") else 1.0)
            for name in (
                "other_chips",
                "china_chips",
                "last_quarter_chips",
                "other_sigma",
                "china_sigma",
                "nvidia",
            )
        }
        specs = {name: getattr(record, name)[classes] for name in ("raw", "converted_raw")}
        return program(p, record._replace(**split, **specs), scores[:, classes], years)

    one, two = market(again, whole), market(again[order], parts[order])
    for name in ("others", "others_observed", "china_observed", "unmet_2024", "scarcity_2024"):
        np.testing.assert_allclose(getattr(two, name), getattr(one, name), rtol=1e-12, err_msg=name)
    assert np.all(np.asarray(one.china_observed).sum(axis=0) > 0.0)


def test_half_of_an_inflow_is_half_of_what_all_of_it_brings():
    """Where nothing answers to what arrived before: two halves of a channel are the whole."""
    levels = {"none": 0.0, "half": 0.5, "all": 1.0}
    policies = (_policy(n, intervention__inflow_multiplier=x) for n, x in levels.items())
    found = _run(*policies, changed=UNMOVED, feedback="off")
    for year in (-2, -1):
        chips = found.draws["cumulative_chips"].isel(year_end=year)
        at = {
            f: [chips.sel(policy=n, flow=f).values for n in levels] for f in ("legal", "diverted", "domestic")
        }
        none, half, whole = at["legal"]
        np.testing.assert_allclose(half - none, (whole - none) / 2.0, rtol=1e-9, atol=1e-9 * whole.max())
        assert np.any(half > none)
        # The more is hidden, the more of it is found.
        none, half, whole = at["diverted"]
        assert np.all(2.0 * half - none - whole >= -1e-9 * whole)
        assert np.array_equal(at["domestic"][0], at["domestic"][2])
