"""The record of shipments and a policy's months, read by hand: no program is compiled for these."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from curveshift import controls, facts, scenario
from curveshift.errors import CurveshiftError
from curveshift.records.distributions import Z90
from curveshift.scenario import declare
from curveshift.scenario.fitted import posterior_name
from curveshift.world import history, observed, rules
from curveshift.world.history import read_history
from curveshift.world.ledger import NO_CAP
from curveshift.world.legal import LICENCES, LINES, STANCES
from curveshift.world.rules import compile_policy, month_starts, rule_days

AS_OF = date(2026, 6, 30)
MONTHS = 84


@pytest.fixture(scope="module")
def record():
    return read_history(MONTHS, AS_OF)


@pytest.fixture(scope="module")
def compiled(record):
    declared = declare(["status-quo", "no-controls", "airtight"], as_of=AS_OF)
    first = declared.policies[0]
    return {
        p.name: compile_policy(p, declared.levers, first, record, MONTHS, AS_OF) for p in declared.policies
    }


def test_specifications_are_those_over_an_h100():
    chip = {
        "chip": "X", "fp16_dense_tflops": 2 * 989.4, "fp8_dense_tops": 3 * 1979.0, "fp4_dense_tflops": 5 * 1979.0,
        "memory_bandwidth_gb_per_s": 6700.0,
    }  # fmt: skip
    assert history.relative_specs(chip) == pytest.approx([2.0, 3.0, 5.0, 2.0])
    # A missing format runs at the rate of the next wider one.
    assert history.relative_specs({**chip, "fp4_dense_tflops": None}) == pytest.approx([2.0, 3.0, 3.0, 2.0])
    plain = {**chip, "fp8_dense_tops": None, "fp4_dense_tflops": None}
    assert history.relative_specs(plain) == pytest.approx([2.0, 989.4 * 2 / 1979, 989.4 * 2 / 1979, 2.0])
    for lacking in ("fp16_dense_tflops", "memory_bandwidth_gb_per_s"):
        with pytest.raises(CurveshiftError, match="needs 16-bit operations and memory bandwidth"):
            history.relative_specs({**chip, lacking: None})


def test_months_are_counted_from_january_2022():
    assert [history.month_index(date(*d)) for d in ((2021, 12, 31), (2022, 1, 31), (2024, 3, 1))] == [
        -1,
        0,
        26,
    ]
    assert month_starts(14)[-2:] == (date(2023, 1, 1), date(2023, 2, 1))
    assert [observed.month_end(m) for m in (0, 1, 11, 12)] == [
        date(2022, 1, 31),
        date(2022, 2, 28),
        date(2022, 12, 31),
        date(2023, 1, 31),
    ]


def test_a_spread_is_that_of_the_interval_and_classes_weigh_by_chips():
    assert history._sigma({"low_chips": 50.0, "high_chips": 200.0}) == pytest.approx(math.log(4) / 2 / Z90)
    for lacking in ({"low_chips": None}, {"high_chips": 0.0}):
        assert history._sigma({"low_chips": 50.0, "high_chips": 200.0, **lacking}) == 0.0
    assert history._mean_sigma([(30.0, 0.1), (10.0, 0.5)]) == pytest.approx(0.2)
    assert history._mean_sigma([]) == 0.0


def test_what_a_maker_does_not_report_is_said_and_its_last_quarter_goes_on():
    chips = np.zeros((12, 3))
    chips[:, 0] = 1.0
    chips[3:9, 1] = 2.0
    chips[3:6, 2] = 7.0
    makers = ("A", "B", "B")
    said = history._gaps(("a", "b", "c"), dict(zip("abc", makers, strict=True)), chips, date(2022, 12, 31))
    assert said == (
        "B: no quarters before 2022Q2; counted as zero",
        "B: the last 1 quarter(s) to 2022-12-31 missing; counted as zero in the record, and carried on from its last "
        "quarter after it",
    )
    assert history._last_quarters(chips, makers).tolist() == [3.0, 6.0, 0.0]


def test_flagships_follow_each_other_and_grow_by_whole_generations():
    part = {"fp8_dense_tops": None, "fp4_dense_tflops": None, "memory_bandwidth_gb_per_s": 3350.0}
    specs = {n: {**part, "chip": n, "fp16_dense_tflops": 989.4 * x} for n, x in (("old", 1.0), ("new", 3.0))}
    steps = [{"from": "2021-06-01", "chip": "old"}, {"from": "2022-04-01", "chip": "new"}]
    raw, growth = history._flagships(steps, specs, 24, 6)
    assert raw[:, 0] == pytest.approx([1.0] * 3 + [3.0] * 21)
    assert growth.tolist() == [0.0] * 9 + [0.5] * 6 + [1.0] * 6 + [1.5] * 3


def test_the_record_holds_every_chip_of_its_rows(record):
    rows = facts.rows("chip_shipments", as_of=AS_OF)
    world, china = (
        {(r["chip"], r["period_start"]): r["central_chips"] for r in rows if r["buyer"] == b}
        for b in ("world", "china")
    )
    arrays = record.arrays
    assert (arrays.other_chips + arrays.china_chips).sum() == pytest.approx(sum(world.values()), rel=1e-12)
    expected = sum(min(china.get(key, 0.0), chips) for key, chips in world.items())
    assert arrays.china_chips.sum() == pytest.approx(expected, rel=1e-12)
    assert record.months == max(history.month_index(r["period_end"]) for r in rows) + 1
    # Each month of a quarter has a third of it.
    for name, start in (("H20", date(2024, 7, 1)), ("H100/H200", date(2024, 1, 1))):
        own = (
            arrays.other_chips[:, record.classes.index(name)]
            + arrays.china_chips[:, record.classes.index(name)]
        )
        at = history.month_index(start)
        assert own[at : at + 3] == pytest.approx([world[name, start] / 3.0] * 3)
    # The same die, uncut: as many operations for an H20 as for what it was made of.
    as_made, as_sold = (dict(zip(record.classes, x, strict=True)) for x in (arrays.converted_raw, arrays.raw))
    assert np.array_equal(as_made["H20"], as_sold["H100/H200"])
    assert np.array_equal(as_made["A800"], as_sold["A100"])
    assert np.array_equal(as_made["H100/H200"], as_sold["H100/H200"])


def test_spreads_of_the_record_weigh_quarters_by_their_chips(record):
    rows = facts.rows("chip_shipments", as_of=AS_OF)
    china = {(r["chip"], r["period_start"]): r for r in rows if r["buyer"] == "china"}
    for i, name in enumerate(record.classes):
        own = [r for r in rows if (r["chip"], r["buyer"]) == (name, "world")]
        sold = [china.get((name, r["period_start"])) for r in own]
        there = [
            min(s["central_chips"], r["central_chips"]) if s else 0.0 for r, s in zip(own, sold, strict=True)
        ]
        elsewhere = [r["central_chips"] - x for r, x in zip(own, there, strict=True)]
        for weights, of, found in (
            (elsewhere, own, record.arrays.other_sigma[i]),
            (there, sold, record.arrays.china_sigma[i]),
        ):
            spread = [history._sigma(r) if r else 0.0 for r in of]
            expected = np.average(spread, weights=weights) if sum(weights) else 0.0
            assert found == pytest.approx(expected, abs=1e-12), name


def test_a_shorter_horizon_cuts_the_record(record):
    short = read_history(24, AS_OF)
    assert short.months == 24
    assert np.array_equal(short.arrays.china_chips, record.arrays.china_chips[:24])
    with pytest.raises(CurveshiftError, match="no shipments are known"):
        read_history(24, date(2021, 1, 1))


def _line(found, line, day):
    """What one line needs in a month: its licence, or none when it is denied."""
    row = found.licence[history.month_index(day), LINES.index(line)]
    assert row.sum() <= 1.0
    return LICENCES[int(np.argmax(row))] if row.any() else None


@pytest.mark.parametrize(
    ("line", "day", "licence"),
    [
        ("flagship", (2022, 8, 1), "free"),
        ("flagship", (2022, 9, 1), "presumption_of_denial"),
        ("h20", (2023, 11, 1), None),
        ("h20", (2025, 3, 1), None),
        ("h20", (2025, 5, 1), "presumption_of_denial"),
        ("h200", (2024, 10, 1), None),
        ("h200", (2024, 11, 1), "presumption_of_denial"),
        ("h200", (2026, 3, 1), "case_by_case"),
        ("variant", (2022, 11, 1), "free"),
    ],
)
def test_lines_need_what_the_rules_of_the_month_ask(compiled, line, day, licence):
    assert _line(compiled["status-quo"], line, date(*day)) == licence


def test_without_rules_every_flagship_is_free_and_uncut(compiled):
    found = compiled["no-controls"]
    after = slice(history.month_index(AS_OF) + 1, None)
    assert (found.licence[after, 0, LICENCES.index("free")] == 1.0).all()
    assert (found.cap[after, 0] == NO_CAP).all()
    variant = LINES.index("variant")
    assert (found.line_raw[after, variant] == 1.0).all()
    assert (found.follows[after, variant] == 1.0).all()


def test_a_variant_that_is_cut_keeps_its_own_operations(compiled):
    found, variant, month = (
        compiled["status-quo"],
        LINES.index("variant"),
        history.month_index(date(2024, 6, 1)),
    )
    assert found.follows[month, variant, :3].tolist() == [0.0, 0.0, 0.0]
    assert (found.line_raw[month, variant, :3] < 0.3).all()
    # Bandwidth is free then: it follows the flagship.
    assert found.follows[month, variant, 3] == 1.0
    assert found.line_raw[month, variant, 3] <= 1.0
    assert found.line_raw[month, LINES.index("h20"), 0] == pytest.approx(148 / 989.4)


def test_the_flagship_is_a_multiple_of_itself_and_licensed_lines_are_parts(compiled):
    found = compiled["status-quo"]
    assert (found.line_raw[:, 0] == 1.0).all()
    assert (found.follows[:, 0] == 1.0).all()
    assert (found.follows[:, 1:4] == 0.0).all()
    parts = {"b30a": "B30A (planned)", "h200": "H200 SXM 141GB", "h20": "H20 SXM 96GB"}
    for line, part in parts.items():
        specs = next(history.relative_specs(chip) for chip in facts.rows("chips") if chip["chip"] == part)
        assert found.line_raw[:, LINES.index(line)].tolist() == [specs] * MONTHS
    # They are for licensed sales: never free, and there from the month of the part on.
    assert not found.licence[:, 1:4, LICENCES.index("free")].any()


def test_a_part_that_lacks_a_format_runs_at_the_rate_of_the_next_wider_one():
    chip = controls.ChipSpec(
        name="X", fp16_dense_tflops=989.4, fp8_dense_tops=3958.0, memory_bandwidth_gbs=6700.0
    )
    assert rules._raw(chip) == pytest.approx([1.0, 2.0, 2.0, 2.0])
    assert rules._raw(replace(chip, fp4_dense_tops=5937.0)) == pytest.approx([1.0, 2.0, 3.0, 2.0])
    assert rules._raw(replace(chip, fp8_dense_tops=None)) == pytest.approx(
        [1.0, 989.4 / 1979, 989.4 / 1979, 2.0]
    )
    assert rules._raw(controls.ChipSpec(name="X")) == [0.0, 0.0, 0.0, 0.0]


def test_months_are_of_the_record_until_the_rules_differ(record, compiled):
    kept = compiled["status-quo"].observed
    assert kept.tolist() == [1.0] * record.months + [0.0] * (MONTHS - record.months)
    for name in ("no-controls", "airtight"):
        own = compiled[name].observed
        assert (np.diff(own) <= 0.0).all()
        assert (own <= kept).all()
    assert compiled["no-controls"].observed.sum() < record.months


def test_the_line_that_china_bought_is_the_one_of_its_day(compiled):
    found = compiled["status-quo"].observed_line
    assert (found.sum(axis=1) == 1.0).all()
    days = {"flagship": (2022, 8, 1), "variant": (2022, 9, 1), "h20": (2025, 4, 1)}
    for line, day in days.items():
        assert found[history.month_index(date(*day)), LINES.index(line)] == 1.0, line
    assert found[history.month_index(date(2025, 3, 1)), LINES.index("variant")] == 1.0


def test_days_of_the_rule_book_stop_at_the_as_of_date():
    kept = scenario.load_policy("status-quo")
    days = rule_days(kept, [date(2024, 2, 1), date(2026, 6, 1), date(2026, 9, 1)], AS_OF)
    assert days == [date(2024, 2, 15), date(2026, 6, 15), AS_OF]


def _frontier(n=100):
    levels = np.full((n, 3, 2), -np.inf)
    levels[:, :, 0] = np.arange(n)[:, None] + np.array([0.0, 0.5, 1.0])
    levels[:, 2, 1] = -1.0
    ranks = {"efficiency": (np.arange(n) + 0.5) / n}
    return observed.Frontier(levels, ranks, 24.0, 2025.0, "", ())


def test_a_draw_picks_among_those_nearest_in_rank():
    growth = scenario.assumptions()[observed.GROWTH]
    assert posterior_name(growth.distribution) == "efficiency"
    ranks = np.array([0.101, 0.101, 0.899])
    columns = {
        observed.GROWTH: growth.distribution.ppf(ranks),
        observed.PICK: np.array([0.0, 0.999, 1.0]),
    }
    # Two of a hundred are nearest; the pick says which, and its end is still one of them.
    assert _frontier().pick({observed.GROWTH: growth}, columns).tolist() == [9, 10, 90]
    # Of so few draws one is nearest.
    assert _frontier(10).pick({observed.GROWTH: growth}, columns).tolist() == [1, 1, 8]
    # Nothing to go by: all draws, by the pick alone.
    assert _frontier().pick({}, {observed.PICK: np.array([0.0, 0.255, 1.0])}).tolist() == [0, 25, 99]


def test_what_was_observed_is_in_flop_at_the_efficiency_of_2024():
    frontier = _frontier()
    assert frontier.known.tolist() == [[1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]
    seen = frontier.observed({}, {observed.PICK: np.array([0.03]), observed.GROWTH: np.array([100.0])})
    # A year of growth by a hundred, and before the first model what it had.
    assert seen.frontier[:, 0, 0] == pytest.approx([3 + 24 + 2, 3.5 + 24 + 2, 4 + 24 + 2])
    assert seen.frontier[:, 1, 0] == pytest.approx([-1.0 + 24 + 2] * 3)
    assert seen.known[..., 0].tolist() == frontier.known.tolist()


def test_a_frontier_ends_with_the_as_of_date_or_the_last_model():
    # The last model of the record is of June 2026.
    for day, month, months in ((date(2024, 6, 30), 29, 30), (AS_OF, 53, 54), (date(2027, 6, 30), 65, 54)):
        assert observed.read_frontier(day, month).levels.shape[1] == months


def test_the_notes_of_a_frontier_say_what_it_lacks():
    levels = _frontier().levels
    said = observed._notes(levels, date(2022, 5, 31), 4, False, True)
    assert "up to 2022-03-31, read from all published scores" in said[0]
    assert "hindcast" in said[1]
    assert "its shift is kept in 2 months up to 2022-05-31" in said[2]
    assert said[3] == (
        "The frontier of china is unknown in the first 2 months: it takes the shift of the first known month there."
    )
    assert len(said) == 4
    levels[:, :, 1] = -np.inf
    said = observed._notes(levels, AS_OF, 2, True, True)
    assert "read from what was public by then" in said[0]
    assert said[1] == "The frontier of china is unknown in the first 3 months: it has no shift there."
    assert len(said) == 2


def test_stances_are_one_of_the_four(compiled):
    for found in compiled.values():
        assert found.stance.shape == (MONTHS, len(STANCES))
        assert (found.stance.sum(axis=1) == 1.0).all()
