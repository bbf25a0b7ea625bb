"""Timelines, frontiers, what-ifs and comparisons of rules."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from curveshift.controls import (
    RulingTable,
    Status,
    catalogue,
    classify,
    compare_rules,
    frontier,
    place,
    rule_book,
    timeline,
    user_rules,
    what_if,
)
from curveshift.controls.places import tokens
from curveshift.errors import CurveshiftError

OWN_RULE = """\
changes:
  bis-2026-01.case_by_case.tpp_below: 30000
remove: [tariff-2026-01]
instruments:
  - id: mine
    title: A limit on memory
    kind: rule
    scope: chip
    announced: 2026-06-01
    effective: 2026-07-01
    reach:
      - {destination: ["D:5", MO]}
    citations:
      - {key: text, ref: an idea, evidence: unverified}
    clauses:
      - id: memory
        paragraph: an idea
        effect: control
        licence_policy: denied
        tests:
          - {key: dram_from, metric: dram_bandwidth_gbs, op: ">=", value: 1000, unit: GB/s}
    note: A test.
"""


def test_the_h20_through_the_years() -> None:
    """Nvidia 8-K of 15 April 2025, its statement of July 2025, and the press of August 2025."""
    found = timeline("H20", "CN")
    # Up to the day of these sources' review; a rule of a later day may add to it.
    assert [e.start for e in found if e.start <= date(2026, 9, 24)] == [
        date(2022, 8, 1),
        date(2025, 4, 9),
        date(2025, 7, 15),
        date(2025, 8, 8),
        date(2026, 1, 15),
    ]
    assert "letters-2025-04) takes effect" in found.eras[1].causes[0]
    assert [e.until for e in found][:-1] == [e.start for e in found][1:]
    assert found.eras[-1].until is None
    assert found.rows()[1]["status"] == "licence_required"
    assert len(found.to_frame()) == len(found)


@pytest.mark.parametrize(
    ("chip", "to", "more", "starts"),
    [
        ("A100", "MO", {}, ["2022-10-21", "2023-01-17", "2023-11-17", "2026-01-15"]),
        ("RTX 4090", "CN", {}, ["2023-11-17"]),
        ("H100", "AE", {}, ["2022-10-21", "2023-07-01", "2023-10-23", "2023-11-17", "2026-07-10"]),
        ("HBM3 stack", "CN", {}, ["2024-12-02", "2024-12-31"]),
        ("H20", "MY", {"end_user": "entity-affiliate"}, ["2025-09-29", "2025-11-10", "2026-11-10"]),
    ],
)
def test_first_days(chip: str, to: str, more: dict[str, str], starts: list[str]) -> None:
    assert [str(e.start) for e in timeline(chip, to, **more)][1:] == starts  # type: ignore[arg-type]


@pytest.mark.parametrize("chip", ["H800", "L40S", "MI308X", "A40", "RTX 5090", "Ascend 910C"])
@pytest.mark.parametrize("to", ["CN", "AE", "KH"])
def test_a_timeline_is_what_each_day_says(chip: str, to: str) -> None:
    for era in timeline(chip, to):
        days = [era.start]
        if era.until is not None:
            days.append(era.until - timedelta(days=1))
        table = classify([chip], [to], days)
        assert isinstance(table, RulingTable)
        assert {r.answer for r in table} == {era.ruling.answer}


def test_the_frontier_of_2024_is_the_h20() -> None:
    best = {(b.workload, b.access, b.kind): b for b in frontier("2024-06-01", "CN")}
    rollout = best["rollout", "free", "catalogue"]
    assert rollout.chip is not None
    assert rollout.chip.name == "H20 SXM 96GB"
    design = best["pretrain", "free", "design"].chip
    assert design is not None
    assert design.tpp == 2399
    assert best["pretrain", "case_by_case", "design"].chip is None
    licensed = {(b.workload, b.access, b.kind): b for b in frontier("2026-02-01", "CN")}
    top = licensed["pretrain", "case_by_case", "catalogue"].chip
    assert top is not None
    # The two parts for which the policy was written are the best that it admits.
    assert top.name == "Instinct MI325X"
    assert licensed["pretrain", "case_by_case", "design"].chip.tpp == 20_999  # type: ignore[union-attr]


@pytest.mark.parametrize("day", ["2022-12-01", "2024-06-01", "2025-06-01", "2026-06-01"])
@pytest.mark.parametrize("to", ["CN", "SA", "GB"])
def test_nothing_shippable_beats_the_frontier(day: str, to: str) -> None:
    best = {(b.workload, b.access): b for b in frontier(day, to) if b.kind == "catalogue"}
    from curveshift.facts import rows

    for known in rows("chips"):
        released = known["release_date"]
        if (
            known["designer_bloc"] == "us"
            and known["status"] == "shipped"
            and released <= date.fromisoformat(day)
        ):
            chip = catalogue()[known["chip"]]
            table = classify([chip], [to], [day])
            assert isinstance(table, RulingTable)
            if table[0].status.free and chip.tpp is not None:
                top = best["pretrain", "free"].chip
                assert top is not None
                assert top.tpp is not None
                assert top.tpp >= chip.tpp


def test_what_if_finds_the_parts_and_the_design() -> None:
    found = what_if({"bis-2026-01.case_by_case.tpp_below": 30_000}, on="2026-02-01")
    assert [after.chip for _, after in found.chips] == ["B30A (planned)", "Gaudi 3 (HL-325L)"]
    assert all(str(after.licence_policy) == "case_by_case" for _, after in found.chips)
    assert [v.path for v in found.values] == ["bis-2026-01.case_by_case.tpp_below"]
    designs = {(d.workload, d.licence): d for d in found.designs}
    after = designs["pretrain", "case_by_case"].after
    assert after is not None
    assert after.tpp == 29_999
    assert ("pretrain", "free") not in designs
    assert found.unchanged == len(catalogue()) - 2
    # Stricter: a threshold below the H20 catches it and moves the design.
    strict = what_if({"bis-2023-10.b1.tpp_from": 2_300}, on="2024-06-01")
    assert "H20 SXM 96GB" in [x.chip for x, _ in strict.chips]


def test_a_change_to_the_same_number_changes_nothing() -> None:
    found = what_if({"bis-2026-01.case_by_case.tpp_below": 21_000}, on="2026-02-01")
    assert (found.chips, found.values, found.designs) == ((), (), ())


def test_an_own_rule_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(OWN_RULE, encoding="utf-8")
    found = what_if(file, on="2026-07-01")
    by_chip = {after.chip: after for _, after in found.chips}
    assert by_chip["RTX 4090"].paragraph == "an idea"
    assert str(by_chip["RTX 4090"].licence_policy) == "denied"
    assert by_chip["RTX 4090"].evidence == "unverified"
    assert what_if(file, on="2026-06-30").chips != found.chips
    book = user_rules(file)
    assert [i.id for i in book.instruments if i.id in ("mine", "tariff-2026-01")] == ["mine"]
    assert classify("RTX 4090", "CN", "2026-07-01", rules=book).status is Status.LICENCE_REQUIRED  # type: ignore[union-attr]
    # The record itself is untouched.
    assert rule_book().instrument("tariff-2026-01")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("tpp_below: 30000", "tpp_bellow: 30000", "did you mean 'bis-2026-01.case_by_case.tpp_below'"),
        ("remove: [tariff-2026-01]", "remove: [tariff]", "unknown instrument 'tariff'"),
        ("metric: dram_bandwidth_gbs", "metric: dram", "unknown metric 'dram'"),
        ("unit: GB/s", "unit: TB/s", "wrong unit 'TB/s' for dram_bandwidth_gbs: use GB/s"),
        ('["D:5", MO]', '["D:9"]', "unknown place or country group 'D:9'"),
        ("value: 1000", "value: -1", "greater than or equal to 0"),
        ("evidence: unverified", "evidence: rumour", "mine.yaml:"),
    ],
)
def test_a_wrong_rule_file_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in OWN_RULE
    file = tmp_path / "mine.yaml"
    file.write_text(OWN_RULE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CurveshiftError, match=words):
        what_if(file)


def test_an_empty_change_is_refused(tmp_path: Path) -> None:
    (tmp_path / "none.yaml").write_text("changes: {}\n", encoding="utf-8")
    with pytest.raises(CurveshiftError, match="changes nothing"):
        what_if(tmp_path / "none.yaml")
    with pytest.raises(CurveshiftError, match="changes nothing"):
        what_if({})
    with pytest.raises(CurveshiftError, match="No such file"):
        what_if("missing.yaml")


def test_comparing_rules() -> None:
    found = compare_rules("bis-2022-10", "bis-2023-10")
    by_chip = {x.chip: (x, y) for x, y in found.chips}
    before, after = by_chip["H800 SXM 80GB"]
    assert (str(before.status), str(after.status)) == ("not_controlled", "licence_required")
    assert by_chip["A40 PCIe"][1].status is Status.NOTIFICATION
    assert any(v.path == "bis-2022-10.a.io_from" and v.after is None for v in found.values)
    assert len(found.chips) + found.unchanged == len(catalogue())
    # The way back is the mirror.
    back = compare_rules("bis-2023-10", "bis-2022-10")
    assert {(y.chip, y.answer, x.answer) for x, y in back.chips} == {
        (x.chip, x.answer, y.answer) for x, y in found.chips
    }
    same = compare_rules("2024-06-01", date(2024, 6, 1))
    assert (same.chips, same.values, same.designs) == ((), (), ())


def test_bad_questions() -> None:
    with pytest.raises(CurveshiftError, match="unknown day, instrument or YAML file 'bis-2023-11'"):
        compare_rules("bis-2023-11", "2024-01-01")
    with pytest.raises(CurveshiftError, match="impossible date '2024-02-30'"):
        compare_rules("2024-02-30", "2024-01-01")
    with pytest.raises(CurveshiftError, match="before the start"):
        timeline("H20", "CN", start="2025-01-01", end="2024-01-01")
    with pytest.raises(CurveshiftError, match="not an export destination"):
        frontier("2024-06-01", "US")


def test_places_and_groups_by_date() -> None:
    assert {"D:1", "D:5"} <= tokens("HK", date(2024, 1, 1)) & tokens("CN", date(2024, 1, 1))
    assert "D:4" in tokens("AE", date(2026, 7, 9))
    assert "A:5" in tokens("AE", date(2026, 7, 10))
    assert tokens("MO", date(2024, 1, 1)) & {"D:1", "D:4", "D:5"} == {"D:1", "D:4"}
    assert "anywhere" not in tokens("US", date(2024, 1, 1))
    for text, code in (("uae", "AE"), ("South Korea", "KR"), ("viet nam", "VN"), ("prc", "CN"), ("no", "NO")):
        assert place(text) == code
