from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from curveshift.errors import CurveshiftError
from curveshift.scenario import Library, Source, compile_records, document, load_assumptions, load_policy

A, STRICT = "assumptions/all.yaml", "policies/strict.yaml"
MONTHS = [date(2025, 7, 1), date(2026, 1, 1), date(2026, 7, 1), date(2026, 8, 1), date(2031, 1, 1)]


def test_compiling_twice_gives_the_same_bytes(records: Path) -> None:
    first = compile_records(records)
    stored = (records / "compiled.json").read_bytes()
    assert compile_records(records) == first
    assert (records / "compiled.json").read_bytes() == stored


def test_an_assumption_as_read(shelf: Library) -> None:
    found = shelf.assumptions["diversion.chips_2024"]
    assert found.dimension == 3
    assert found.distribution.median == pytest.approx(140_000, rel=1e-2)
    assert found.describe() == "about 140k, 10k to 500k (90 %), split lognormal, cut above 2M, chip"
    assert found.sources == (
        Source("CNAS 2025, Countering AI Chip Smuggling", "https://www.cnas.org/publications/reports"),
    )
    assert found.reviewed == date(2026, 6, 30)


def test_a_policy_by_month(shelf: Library) -> None:
    strict = shelf.policies["strict"]
    assert strict.rule_dates(MONTHS) == ["record", "record", date(2025, 4, 14), date(2025, 4, 14), None]
    assert strict.stances(MONTHS) == ["open", "blocked", "blocked", "blocked", "blocked"]
    effort = shelf.levers["enforcement.effort"]
    assert strict.lever_values(effort, MONTHS) == (1.0, 1.0, 1.0, 5.0, 8.0)
    assert strict.rule_changes(MONTHS)[1:3] == [{}, {"bis-2026-01.case_by_case.tpp_below": 30000.0}]
    assert strict.half_life_years == 4


def test_what_is_left_out_comes_from_the_base(shelf: Library) -> None:
    none = shelf.policies["no-chips"]
    assert none.kind == "intervention"
    assert none.us == shelf.policies["strict"].us
    assert set(none.levers) == {"enforcement.effort", "intervention.inflow_multiplier"}
    months = [date(2025, 6, 1), date(2025, 7, 1), date(2025, 9, 1), date(2026, 6, 1), date(2028, 1, 1)]
    assert none.stances(months) == ["open", "open", "guided", "blocked", "responsive"]


def test_another_stance_of_beijing_begins_after_the_record(shelf: Library) -> None:
    found = load_policy("strict+open", shelf=shelf)
    assert found.name == "strict+open"
    assert found.stances([date(2026, 6, 1), date(2026, 7, 1)]) == ["blocked", "open"]
    assert found.us == shelf.policies["strict"].us
    later = load_policy("strict+open", as_of=date(2027, 3, 31), shelf=shelf)
    assert later.stances([date(2027, 3, 1), date(2027, 4, 1)]) == ["blocked", "open"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("stric", "unknown policy 'stric': did you mean 'strict'"),
        ("strict+closed", "unknown stance of Beijing 'closed'"),
        ("strct+open", "unknown policy 'strct'"),
        ("none.yaml", "none.yaml: cannot be read"),
    ],
)
def test_policies_that_are_not_there(shelf: Library, name: str, told: str) -> None:
    with pytest.raises(CurveshiftError) as caught:
        load_policy(name, shelf=shelf)
    assert str(caught.value).startswith(told)


def test_a_users_own_policy(shelf: Library, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    lever = "levers: {enforcement.effort: [{from: 2027-01, value: 3, reason: a test, source: mine}]}\n"
    head = "name: mine\ntitle: Mine\nmeaning: My own.\nkind: policy\n"
    path.write_text(head + "base: strict\n" + lever)
    found = load_policy(path, shelf=shelf)
    assert found.lever_values(shelf.levers["enforcement.effort"], [date(2026, 12, 1), date(2027, 1, 1)]) == (
        1,
        3,
    )
    for text, told in (
        (head, "policy 'mine' has no base, so it needs both us and beijing"),
        (head + "base: strickt\n", "base: unknown policy 'strickt': did you mean 'strict'?"),
        (
            head.replace("mine", "strict") + "base: status-quo\n",
            "the name 'strict' belongs to a shipped policy",
        ),
        (head + "base: strict\n" + lever.replace("effort", "efort"), "unknown lever 'enforcement.efort'"),
        (head + "base: strict\n" + lever.replace("value: 3", "value: 30"), "outside its range 0 to 10 x"),
        (head + "base: strict\n" + lever.replace("2027-01", "2027-15"), "'2027-15' is not a date"),
        (head + "stances: []\n", ":5: unknown key 'stances'"),
    ):
        path.write_text(text)
        with pytest.raises(CurveshiftError) as caught:
            load_policy(path, shelf=shelf)
        assert str(caught.value).startswith(str(path))
        assert told in str(caught.value)


def test_a_users_own_assumptions(shelf: Library, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("assumptions:\n- {name: systems.run_months, value: 3 to 9 months, why: Longer runs.}\n")
    found = load_assumptions(path, shelf=shelf)["systems.run_months"]
    assert found.distribution.interval(0.9) == pytest.approx((3, 9))
    assert (found.dimension, found.kind, found.why) == (5, "judgement", "Longer runs.")
    for text, told in (
        (
            "{name: systems.run_months, value: 9 to 3, why: x}",
            "value: the value of systems.run_months: the interval",
        ),
        (
            "{name: systems.run_months, value: 9, why: x, unit: year}",
            "unit of a shipped assumption is 'month'",
        ),
        ("{name: systems.run_months, value: 9}", "why is missing"),
        ("{name: my.own, value: 9, why: x}", "Field required"),
        ("{name: systems.run_months, value: 9, why: x, kind: measured}", "is measured, so it needs a source"),
        (
            "{name: my.own, value: 9, why: x, dimension: 5, unit: x, support: real, meaning: m,"
            " kind: judgement, reviewed: 2026-01-01, group: systems}",
            "my.own takes dimension 5 of systems.run_months: 1 is free",
        ),
    ):
        path.write_text(f"assumptions:\n- {text}\n")
        with pytest.raises(CurveshiftError) as caught:
            load_assumptions(path, shelf=shelf)
        assert str(path) in str(caught.value)
        assert told in str(caught.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (A, "1.6 to 2.4", "2.4 to 1.6", "assumptions[1]: the value of supply.growth: the interval"),
        (A, "unit: month", "unit: moon", "all.yaml:37: assumptions[3].unit: unknown unit 'moon'"),
        (A, "dimension: 7", "dimension: 0", "supply.growth_long_run takes dimension 0 of supply.growth"),
        (A, "supply.growth_long_run", "supply.growth", "'supply.growth' is given twice"),
        (A, '    source: ["CNAS', '    # ["CNAS', "diversion.chips_2024 is measured, so it needs a source"),
        (A, "group: systems", "group: system", "assumptions[3].group: input should be"),
        (A, "value: about 140k (10k to 500k)", "value: 3M", "outside the bounds"),
        (
            "correlations.yaml",
            "a: supply.growth",
            "a: supply.grwth",
            "unknown assumption 'supply.grwth': did you mean",
        ),
        (
            "correlations.yaml",
            "b: supply.growth_long_run",
            "b: supply.growth",
            "paired with themselves or twice",
        ),
        ("correlations.yaml", "0.5", "1.0", "input should be less than 1"),
        (
            "levers.yaml",
            "default: 1.0",
            "default: 11.0",
            "the default 11 of enforcement.effort is outside 0 to 10",
        ),
        ("levers.yaml", "intervention.inflow_multiplier", "supply.growth", "both a lever and an assumption"),
        (STRICT, "name: strict", "name: strikt", "name and file must agree"),
        (STRICT, "base: status-quo", "base: no-chips", "in a circle: no-chips > strict > no-chips"),
        (
            STRICT,
            "base: status-quo",
            "base: status-qo",
            "unknown policy 'status-qo': did you mean 'status-quo'",
        ),
        (
            STRICT,
            "from: 2030-01-01",
            "from: 2026-07-01",
            "us: the dates must rise, but 2026-07-01 follows 2026-07-01",
        ),
        (STRICT, "value: 5", "value: 50", "outside its range 0 to 10 x"),
        (STRICT, "rules: none", "rules: nothing", "'nothing' is not a rule book"),
        (STRICT, "enforcement.effort", "intervention.inflow_multiplier", "needs kind: intervention"),
        (
            "policies/no-chips.yaml",
            "stance: responsive",
            "stance: angry",
            "beijing[2].stance: input should be",
        ),
        ("policies/status-quo.yaml", "stance: guided", "stance: record", "cannot say stance: record"),
        ("policy_sets.yaml", "status-quo", "no-chips", "no-chips is an intervention and no choice"),
        ("policy_sets.yaml", "status-quo", "no-chips+open", "no-chips is an intervention and no choice"),
        ("policy_sets.yaml", "strict+open", "strikt", "unknown policy 'strikt': did you mean 'strict'?"),
        ("policy_sets.yaml", "strict+open", "strict+opne", "unknown stance of Beijing 'opne'"),
        ("policy_sets.yaml", "strict+open", "status-quo", "'status-quo' is in the set twice"),
        ("views/slow.yaml", "supply.growth", "supply.grwth", "unknown assumption 'supply.grwth'"),
        (
            "views/slow.yaml",
            "supply.growth, value: 1.6 to 1.8",
            "diversion.chips_2024, value: 1M to 3M",
            "accepted range",
        ),
        ("views/slow.yaml", "name: slow", "name: fast", "name and file must agree"),
        ("views/slow.yaml", 'feedback: "off"', "feedback: on", "feedback"),
        (
            "views/slow.yaml",
            "why: The lower half.",
            "why: Lower., bounds: [0, 9]",
            "bounds are those of the shipped",
        ),
        ("policy_sets.yaml", "reason: Enough for a test.", "", "reason"),
    ],
)
def test_faulty_records(records: Path, file: str, old: str, new: str, told: str) -> None:
    path = records / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(CurveshiftError) as caught:
        compile_records(records)
    assert told in str(caught.value)
    assert str(records) in str(caught.value)
    assert not (records / "compiled.json").exists()


def test_correlations_that_contradict_one_another(records: Path) -> None:
    path = records / "correlations.yaml"
    pair = "  - {{a: {}, b: {}, rank_correlation: {}, why: a test}}\n"
    path.write_text(
        path.read_text()
        + pair.format("supply.growth", "systems.run_months", 0.9)
        + pair.format("supply.growth_long_run", "systems.run_months", -0.9)
    )
    with pytest.raises(CurveshiftError, match=r"contradict one another: .*supply\.growth with"):
        compile_records(records)


def test_the_reference_names_everything(shelf: Library) -> None:
    text = document(shelf)
    for name in (*shelf.assumptions, *shelf.levers, *shelf.policies):
        assert f"`{name}`" in text
    assert "about 140k, 10k to 500k (90 %), split lognormal" in text
