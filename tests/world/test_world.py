"""Properties of the forward model: conservation, pairing, directions, symmetry, what it may read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from curveshift import scenario
from curveshift.errors import CurveshiftError
from curveshift.records import parse_value
from curveshift.world import simulate
from curveshift.world.ensemble import run
from curveshift.world.history import read_history

# Behavioural responses set to zero, so that directions must hold in every draw. A budget that binds makes buyers
# choose between licensed and domestic chips, and scarce output makes others go short: both are responses too, so
# the budget is ample here and output answers demand in full.
NO_RESPONSE = {
    "demand.china_chip_spend_2025_usd": 400e9,
    "supply.output_elasticity": 1.0,
    "diversion.scarcity_exponent": 0.0,
    "diversion.deterrence": 0.0,
    "domestic.push_from_scarcity": 0.0,
    "domestic.displacement": 0.0,
    "remote.response_to_scarcity": 0.0,
    "efficiency.scarcity_boost": 0.0,
    "supply.revenue_to_research": 0.0,
}


@pytest.fixture(scope="module")
def presets():
    names = [p for p in scenario.policies() if p != "status-quo"]
    return simulate(["status-quo", *names], draws=256, threads=2)


def test_every_chip_is_somewhere_in_every_draw_and_month(presets):
    # The books are checked inside the step against cumulative output; what is kept is the worst month.
    assert float(presets.draws["imbalance"].max()) < 1e-9


def test_no_draw_fails(presets):
    assert float(presets.draws["failed"].sum()) == 0.0


def test_bytes_do_not_depend_on_threads():
    one = simulate(["status-quo", "airtight"], draws=1024, end=date(2028, 12, 1), threads=1)
    two = simulate(["status-quo", "airtight"], draws=1024, end=date(2028, 12, 1), threads=3)
    for part in ("bands", "draws", "paths"):
        a, b = getattr(one, part), getattr(two, part)
        for name in a.data_vars:
            assert a[name].values.tobytes() == b[name].values.tobytes(), name


def test_a_policy_that_does_nothing_gives_equal_bytes():
    base = scenario.load_policy("status-quo")
    levers = scenario.levers()
    idle = replace(base, name="idle").with_lever(levers["enforcement.effort"], 1.0, date(2026, 7, 1))
    result = simulate([base, idle], draws=256)
    for name in result.draws.data_vars:
        values = result.draws[name]
        if "policy" in values.dims:
            assert (
                values.sel(policy="idle").values.tobytes() == values.sel(policy="status-quo").values.tobytes()
            )


def test_adding_an_assumption_leaves_the_others_alone():
    declared = scenario.declare("status-quo", draws=256, end=date(2028, 12, 1))
    other = replace(
        declared.assumptions["supply.swing_share"],
        name="unused.number",
        dimension=500,
        distribution=parse_value("1 to 2", "positive"),
    )
    more = replace(declared, assumptions={**declared.assumptions, "unused.number": other})
    a, b = run(declared), run(more)
    for name in a.draws.data_vars:
        assert a.draws[name].values.tobytes() == b.draws[name].values.tobytes(), name


def test_a_changed_assumption_changes_the_result():
    a = simulate("status-quo", draws=64, end=date(2028, 12, 1))
    b = simulate("status-quo", {"diversion.chips_2024": "100k to 900k"}, draws=64, end=date(2028, 12, 1))
    assert not np.array_equal(a.draws["diverted_2024"].values, b.draws["diverted_2024"].values)


def test_a_policy_does_not_depend_on_what_else_is_in_the_call():
    alone = simulate("january-2026", draws=64, end=date(2030, 12, 1))
    tighter = replace(
        scenario.load_policy("status-quo").with_lever(
            scenario.levers()["inputs.equipment_controls"], 2.0, date(2026, 7, 1)
        ),
        name="tighter",
    )
    among = simulate(["status-quo", tighter, "january-2026"], draws=64, end=date(2030, 12, 1))
    for name in ("lag_months", "china_stock_h100e", "crossing_year"):
        same = among.draws[name].sel(policy="january-2026").values
        assert same.tobytes() == alone.draws[name].sel(policy="january-2026").values.tobytes()
    # The lever is measured against the record and not against the changed copy of it.
    stock = among.draws["china_stock_h100e"].sel(year_end=2030)
    assert float(stock.sel(policy="tighter").mean()) < float(stock.sel(policy="status-quo").mean())


def test_a_cap_factor_leaves_uncapped_sales_alone():
    free = scenario.load_policy("full-decontrol")
    shut = replace(free.with_lever(scenario.levers()["legal.cap_factor"], 0.0, date(2026, 7, 1)), name="shut")
    result = simulate([free, shut], draws=64, end=date(2030, 12, 1))
    chips = result.draws["cumulative_chips"].sel(flow="legal", year_end=2030)
    assert np.array_equal(chips.sel(policy="shut").values, chips.sel(policy="full-decontrol").values)


def _stock(result, policy):
    return result.paths["china_stock"].sel(policy=policy, unit="h100e_16bit").values


def test_more_enforcement_never_raises_chinas_stock_without_responses():
    result = _two_levers("enforcement.effort", 1.0, 6.0)
    assert np.all(_stock(result, "high") <= _stock(result, "low") * (1 + 1e-12))
    assert np.any(_stock(result, "high") < _stock(result, "low") * 0.999)


def test_a_higher_cap_never_lowers_chinas_stock_without_responses():
    base = "january-2026+open"
    result = _two_levers("legal.cap_factor", 0.5, 4.0, base)
    assert np.all(_stock(result, "high") >= _stock(result, "low") * (1 - 1e-12))
    assert np.any(_stock(result, "high") > _stock(result, "low") * 1.001)


def _two_levers(lever, low, high, base="status-quo"):
    policy = scenario.load_policy(base)
    record = scenario.levers()[lever]
    pair = [
        replace(policy.with_lever(record, value, date(2026, 7, 1)), name=name)
        for name, value in (("low", low), ("high", high))
    ]
    return simulate(pair, NO_RESPONSE, draws=256, keep_paths=256)


def crossings_by_threshold(**how):
    found = [
        simulate("status-quo", {"threshold.essay_fleet_h100e": fleet}, draws=256, **how)
        for fleet in (1e6, 3e6)
    ]
    return [r.draws["crossing_year"].sel(threshold="essay-2025").values[0] for r in found]


def test_a_lower_threshold_is_never_crossed_later():
    loose, strict = crossings_by_threshold(tied=False)
    assert (loose <= strict).all()


def test_a_lower_threshold_never_lowers_the_share_crossed():
    """Single tied draws may cross it later: help from AI before the record ends is part of what the tie takes up."""
    loose, strict = crossings_by_threshold()
    assert (np.sort(loose, axis=0) <= np.sort(strict, axis=0)).all()


def test_controls_lower_what_reaches_china(presets):
    stock = presets.bands["china_stock"].sel(unit="h100e_16bit", quantile=0.5).isel(quarter=-1)
    order = ["airtight", "status-quo", "full-decontrol"]
    values = [float(stock.sel(policy=p)) for p in order]
    assert values == sorted(values)


def test_interventions_set_the_inflow(presets):
    foreign = presets.bands["cumulative_chips"].sel(quantile=0.5)
    at = [foreign.sel(policy="china-does-not", quarter=np.datetime64(f"{y}-12-31")) for y in (2027, 2035)]
    for flow in ("legal", "diverted"):
        assert float(at[0].sel(flow=flow)) == pytest.approx(float(at[1].sel(flow=flow)), rel=1e-6)


def test_history_is_factual_until_rules_differ(presets):
    # Before August 2022 no rule existed, so even the counterfactual follows the record.
    same = presets.paths["china_stock"].sel(unit="h100e_16bit", quarter=np.datetime64("2022-06-30"))
    assert np.array_equal(same.sel(policy="no-controls").values, same.sel(policy="status-quo").values)


def test_the_counterfactual_reallocates_and_does_not_create():
    # Without any elasticity of output, who buys does not change what is made; only where it goes.
    free = scenario.load_policy("no-controls")
    shut = replace(free.with_stance("blocked", date(2022, 1, 1)), name="shut")
    result = simulate([free, shut], {"supply.output_elasticity": 0.0}, draws=256, end=date(2027, 12, 1))
    at = {"quantile": 0.5, "quarter": np.datetime64("2025-12-31")}
    made = result.bands["world_made"].sel(unit="h100e_8bit", **at) - result.bands["cumulative_inflow"].sel(
        flow="domestic", unit="h100e_8bit", **at
    )
    china = result.bands["china_stock_by_channel"].sel(unit="h100e_8bit", channel="legal", **at)
    assert float(made.sel(policy="no-controls")) == pytest.approx(float(made.sel(policy="shut")), rel=0.02)
    assert float(china.sel(policy="no-controls")) > 5 * float(china.sel(policy="shut"))


def test_beijing_can_hold_legal_sales_down():
    result = simulate(["full-decontrol+open", "full-decontrol+blocked"], draws=256)
    legal = result.bands["cumulative_chips"].sel(flow="legal", quantile=0.5).isel(quarter=-1)
    blocked, free = float(legal[1]), float(legal[0])
    assert blocked < free


def test_an_earlier_as_of_date_sees_less():
    early = read_history(168, date(2024, 6, 30))
    late = read_history(168, date(2026, 6, 30))
    assert early.months == 27
    assert late.months == 51


@pytest.mark.parametrize(
    ("kwargs", "says"),
    [
        ({"feedback": "strogn"}, "did you mean 'strong'"),
        ({"end": date(2027, 11, 1)}, "does not end a quarter"),
        ({"as_of": date(2022, 6, 30)}, "as_of"),
        ({"threads": 0}, "threads must be at least 1"),
        ({"draws": 0}, "draws must be"),
        ({"draws": 10**10}, "draws must be"),
        ({"policies": "statusquo"}, "status-quo"),
        ({"settings": ["enforcement.effrot=2"]}, "enforcement.effort"),
        ({"settings": ["beijing.guided_acceptance=1.4"]}, "beijing.guided_acceptance"),
        ({"settings": ["diversion.chips_2024=300k to 10k"]}, "diversion.chips_2024"),
    ],
)
def test_bad_input_is_one_clear_error(kwargs, says):
    with pytest.raises(CurveshiftError) as caught:
        simulate(**{"draws": 8, "end": date(2027, 12, 1), **kwargs})
    assert says in str(caught.value)


def test_a_level_of_ones_own_is_a_preset_once_it_is_set():
    plain = simulate("status-quo", draws=64)
    assert plain.draws["threshold"].values.tolist() == ["essay-2025", "survey", "ftm"]
    own = simulate("status-quo", {"threshold.custom_log10_flop_2024": 31.0}, draws=64)
    assert own.draws["threshold"].values.tolist() == ["essay-2025", "survey", "ftm", "custom"]
    assert np.all(own.draws["level"].sel(threshold="custom") == 31.0)
    # The other presets, and so the mixture, do not notice it.
    for name in ("level", "weight", "crossing_year", "developers"):
        same = own.draws[name].sel(threshold=plain.draws["threshold"].values)
        assert np.array_equal(same, plain.draws[name]), name
    higher = simulate("status-quo", {"threshold.custom_log10_flop_2024": "32 to 34"}, draws=64)
    year = [r.draws["crossing_year"].sel(threshold="custom") for r in (own, higher)]
    assert bool((year[0] < year[1]).all())


def test_an_earlier_as_of_date_runs_and_says_what_it_does_not_cut():
    assert not any("not a backtest" in note for note in simulate("status-quo", draws=8).notes)
    early = simulate("status-quo", draws=64, as_of=date(2024, 1, 31))
    assert float(early.draws["failed"].sum()) == 0.0
    uncertain = [a for a in scenario.assumptions().values() if np.ptp(a.distribution.interval(0.9)) > 0]
    assert early.notes[0].startswith(
        f"{len(uncertain)} of {len(uncertain)} uncertain assumptions were set after"
    )


def test_kept_paths_are_those_of_the_first_draws_whatever_their_number():
    many = simulate("status-quo", draws=256, keep_paths=200)
    few = simulate("status-quo", draws=256, keep_paths=20)
    assert many.paths.sizes["draw"] == 200
    for name in few.paths.data_vars:
        assert np.array_equal(many.paths[name].isel(draw=slice(20)), few.paths[name], equal_nan=True), name


def test_an_as_of_date_before_a_year_of_shipments_was_public_is_refused():
    with pytest.raises(CurveshiftError, match=r"shipments of 9 months were public.*take 2023-03-31"):
        simulate("status-quo", draws=8, as_of=date(2023, 2, 28))
    with pytest.raises(CurveshiftError, match="must lie before"):
        simulate("status-quo", draws=8, end=date(2026, 3, 1))
