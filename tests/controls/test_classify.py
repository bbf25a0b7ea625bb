"""The front door: buyers, ways, days, names, intervals, and every kind of bad input."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curveshift.controls import (
    ChipSpec,
    LicencePolicy,
    Ruling,
    RulingTable,
    Status,
    catalogue,
    classify,
    memory_stacks,
    part,
)
from curveshift.errors import CurveshiftError

PLACES = ("CN", "HK", "MO", "AE", "SA", "VN", "SG", "MY", "JP", "RU", "KH", "NI")


def ask(chip: Any, to: str, on: str, **more: Any) -> Ruling:
    found = classify(chip, to, on, **more)
    assert isinstance(found, Ruling)
    return found


# What each rule says of buyers, ways and places: 15 CFR 740.8, 742.6(a)(6) and (b)(10), 744.21, 744.23, 746.7 and
# 746.8 (eCFR of 24 September 2026), and the Federal Register documents that the records cite.
@pytest.mark.parametrize(
    ("chip", "to", "on", "more", "status", "policy"),
    [
        ("H100", "MY", "2023-12-01", {}, "no_licence_required", "none"),
        ("H100", "MY", "2023-10-22", {"buyer_headquarters": "CN"}, "no_licence_required", "none"),
        # The letter to Nvidia brought "the licensing requirements" of the rule forward: perhaps this one too.
        ("H100", "MY", "2023-11-16", {"buyer_headquarters": "CN"}, "undecided", "none"),
        ("MI300X", "MY", "2023-11-16", {"buyer_headquarters": "CN"}, "no_licence_required", "none"),
        ("H100", "MY", "2023-11-17", {"buyer_headquarters": "CN"}, "licence_required", "presumption_of_denial"),
        ("H100", "MY", "2025-06-01", {"buyer_headquarters": "HK"}, "licence_required", "presumption_of_denial"),
        ("H100", "MY", "2025-06-01", {"buyer_headquarters": "Macau"}, "licence_required", "presumption_of_denial"),
        ("RTX 4090", "SG", "2024-06-01", {"buyer_headquarters": "CN"}, "notification", "none"),
        ("RTX 4090", "VN", "2024-01-01", {}, "no_licence_required", "none"),
        ("RTX 4090", "CN", "2024-06-01", {"transaction": "in-country transfer"}, "no_licence_required", "none"),
        ("RTX 4090", "CN", "2024-06-01", {"end_user": "entity-list"}, "licence_required", "presumption_of_denial"),
        ("RTX 4080", "CN", "2024-06-01", {"end_user": "military"}, "licence_required", "presumption_of_denial"),
        ("RTX 4080", "RU", "2024-06-01", {}, "licence_required", "denied"),
        ("RTX 4080", "Iran", "2024-06-01", {}, "licence_required", "denied"),
        ("T4", "CN", "2022-10-20", {"end_user": "supercomputer"}, "not_controlled", "none"),
        ("T4", "CN", "2022-10-21", {"end_user": "supercomputer"}, "licence_required", "presumption_of_denial"),
        ("H100", "Israel", "2024-06-01", {}, "no_licence_required", "none"),
        ("H100", "Vietnam", "2024-06-01", {}, "licence_required", "presumption_of_approval"),
        ("H100", "NI", "2024-03-14", {}, "no_licence_required", "none"),
        ("H100", "NI", "2024-03-15", {}, "licence_required", "presumption_of_denial"),
        ("H100", "KH", "2025-06-01", {}, "licence_required", "presumption_of_denial"),
        ("H100", "KH", "2026-03-01", {}, "licence_required", "presumption_of_approval"),
        ("A800", "UAE", "2023-10-22", {}, "not_controlled", "none"),
        ("A800", "UAE", "2023-10-23", {}, "licence_required", "presumption_of_approval"),
        ("H100", "UAE", "2026-07-09", {}, "licence_required", "presumption_of_approval"),
        ("H100", "UAE", "2026-07-10", {}, "undecided", "none"),
        ("H100", "UAE", "2026-07-10", {"buyer_headquarters": "CN"}, "licence_required", "presumption_of_denial"),
        ("L40", "UAE", "2026-07-10", {"end_user": "entity-list"}, "licence_required", "presumption_of_denial"),
        ("L40", "UAE", "2026-07-10", {"end_user": "uae-approved"}, "no_licence_required", "none"),
        ("H200", "CN", "2026-01-14", {}, "licence_required", "presumption_of_denial"),
        ("H200", "HK", "2026-01-15", {}, "licence_required", "case_by_case"),
        ("H200", "CN", "2026-01-15", {"transaction": "reexport"}, "licence_required", "presumption_of_denial"),
        ("H200", "CN", "2026-01-15", {"transaction": "transfer"}, "licence_required", "presumption_of_denial"),
        ("H200", "Venezuela", "2026-02-01", {}, "licence_required", "presumption_of_denial"),
        ("H20", "SG", "2025-04-09", {"buyer_headquarters": "CN"}, "licence_required", "presumption_of_denial"),
        ("H20", "SG", "2025-04-09", {}, "not_controlled", "none"),
        ("HBM3 stack", "CN", "2024-12-01", {}, "not_controlled", "none"),
        ("HBM3 stack", "CN", "2024-12-30", {}, "no_licence_required", "none"),
        ("HBM3 stack", "CN", "2024-12-31", {}, "licence_required", "presumption_of_denial"),
        ("HBM3 stack", "CN", "2025-06-01", {"buyer_headquarters": "US"}, "licence_required", "presumption_of_approval"),
        ("HBM3 stack", "MY", "2025-06-01", {"buyer_headquarters": "CN"}, "licence_required", "presumption_of_denial"),
        ("HBM3 stack", "KR", "2025-06-01", {}, "no_licence_required", "none"),
        ("H100", "MY", "2025-10-01", {"end_user": "entity-affiliate"}, "licence_required", "presumption_of_denial"),
        ("H100", "MY", "2025-11-10", {"end_user": "entity-affiliate"}, "no_licence_required", "none"),
        ("H100", "MY", "2026-11-09", {"end_user": "entity-affiliate"}, "no_licence_required", "none"),
        ("H100", "MY", "2026-11-10", {"end_user": "entity-affiliate"}, "undecided", "none"),
        ("Ascend 910C", "DE", "2025-05-12", {}, "no_licence_required", "none"),
        ("Ascend 910C", "DE", "2025-05-13", {}, "licence_required", "presumption_of_denial"),
        ("H100", "GB", "2025-06-01", {"reading": "text"}, "licence_required", "presumption_of_approval"),
        ("H100", "PL", "2025-06-01", {"reading": "text"}, "licence_required", "presumption_of_approval"),
        ("H100", "PL", "2025-05-14", {"reading": "text"}, "no_licence_required", "none"),
        ("RTX 4090", "PL", "2025-06-01", {"reading": "text"}, "no_licence_required", "none"),
        ("H100", "any", "2024-06-01", {}, "undecided", "none"),
    ],
)  # fmt: skip
def test_buyers_ways_and_places(
    chip: str, to: str, on: str, more: dict[str, str], status: str, policy: str
) -> None:
    found = ask(chip, to, on, **more)
    assert (str(found.status), str(found.licence_policy)) == (status, policy)


def test_a_ruling_can_be_followed_to_its_text() -> None:
    found = ask("H200", "CN", "2026-02-01")
    assert found.paragraph == "3A090.a.1"
    assert any(c.url == "https://www.federalregister.gov/d/2026-00789" for c in found.citations)
    step = next(s for s in found.trace if s.test == "bis-2026-01.case_by_case.dram_below")
    assert (step.value, step.op, step.threshold, step.unit, step.outcome, step.reached) == (
        4800, "<", 6500, "GB/s", True, True,
    )  # fmt: skip
    assert "federalregister.gov/d/2026-00789" in found.sources()
    assert "not legal advice" in found.disclaimer
    assert "3A090.a.1" in found._repr_html_()
    # A clause that does not reach a re-export stays in the trace and says so.
    away = ask("H200", "CN", "2026-02-01", transaction="reexport")
    assert not next(s for s in away.trace if s.test == "bis-2026-01.case_by_case.dram_below").reached


def test_what_rests_on_letters_and_the_press_says_so() -> None:
    h20 = ask("H20", "CN", "2025-05-01")
    assert (h20.rests_on_letter, h20.evidence) == (True, "press")
    # Free only if the press has the thresholds right.
    assert ask("RTX 5090 D V2", "CN", "2025-09-01").evidence == "press"
    assert ask("H100", "CN", "2024-06-01").evidence == "primary"
    assert ask("H100", "CN", "2024-06-01", end_user="entity-list").evidence == "primary"
    assert ask("A100", "CN", "2023-06-01", buyer_headquarters="JP").evidence == "unverified"


def test_conditions_and_exceptions() -> None:
    h200 = ask("H200", "CN", "2026-02-01")
    assert (h200.cap_share_of_us_volume, h200.tariff_share) == (0.5, 0.25)
    notice = ask("RTX 4090", "CN", "2024-06-01")
    assert (notice.notice_days, notice.exceptions) == (25, ("License Exception NAC (740.8)",))
    assert ask("RTX 4090", "VN", "2024-06-01").exceptions == ("License Exception ACA (740.8)",)
    # Licence Exception HBM needs less than 3.3 GB/s/mm2.
    assert any("740.25" in e for e in ask("HBM2 stack", "CN", "2025-06-01").exceptions)
    assert ask("HBM3 stack", "CN", "2025-06-01").exceptions == ()


def test_what_would_change_the_answer() -> None:
    a10 = ask("A10", "CN", "2024-01-01")
    nearest = a10.would_change[0]
    assert nearest.what.startswith("TPP 0.48 % higher") or nearest.what.startswith(
        "performance density 0.48 %"
    )
    assert nearest.paragraphs == ("3A090.b.2",)
    assert any(c.what.startswith("performance density") for c in a10.would_change)
    mi325x = ask("MI325X", "CN", "2026-02-01")
    assert mi325x.would_change[0].what == "TPP 0.39 % higher (21,000 TPP instead of 20,919.2)"
    assert any(c.what == "reexport instead of export" for c in mi325x.would_change)
    assert any(c.what == "before 2026-01-15" for c in mi325x.would_change)
    malaysia = ask("H100", "MY", "2024-06-01")
    assert any("headquartered in China" in c.what for c in malaysia.would_change)


@pytest.mark.parametrize(
    "name", ["A10 PCIe", "H20 SXM 96GB", "Instinct MI325X", "RTX 5090 D", "L40", "A40 PCIe"]
)
@pytest.mark.parametrize("day", ["2023-06-01", "2024-06-01", "2025-06-01", "2026-06-01"])
def test_each_change_named_gives_another_answer(name: str, day: str) -> None:
    found = ask(name, "CN", day)
    for change in found.would_change:
        told = (change.status, change.licence_policy, change.paragraphs[:1])
        assert told != (found.status, found.licence_policy, found.paragraphs[:1])


def test_days_outside_the_record_are_answered_with_a_warning() -> None:
    assert any("before 2022-08-26" in w for w in ask("V100", "CN", "2021-01-01").warnings)
    later = ask("H100", "CN", "2026-11-20")
    assert any("last reviewed on 2026-09-24" in w for w in later.warnings)
    assert ask("H100", "CN", "2026-09-24").warnings == ()
    assert any("Vietnam is taken to have been in D:1" in w for w in ask("H100", "VN", "2024-01-01").warnings)
    assert classify("H100", "CN").on == date(2026, 9, 24)


def test_names() -> None:
    assert part("NVIDIA H100 SXM")[0].name == part("h100")[0].name == "H100 SXM 80GB"
    assert part("RTX 5090D V2")[0].name == "RTX 5090 D V2"
    assert part("RTX PRO 6000 Blackwell Server")[0].datacenter is True
    assert "'A100' is read as A100 SXM 80GB" in ask("A100", "CN", "2024-01-01").assumptions
    for name in (*catalogue(), *memory_stacks()):
        assert part(name)[0].name == name
        assert part(name.upper().replace(" ", "-"))[0].name == name


def test_own_specifications() -> None:
    found = ask(
        {"fp16_dense_tflops": 150, "datacenter": True, "nonplanar": True, "die_area_mm2": 800},
        "SA",
        "2024-01-01",
    )
    assert (found.status, found.paragraphs) == (Status.NO_LICENCE_REQUIRED, ("3A090.b.1",))
    cut = ask({"like": "H100", "tpp": 2300}, "CN", "2024-01-01")
    assert cut.status is Status.NOT_CONTROLLED
    assert cut.chip == "H100 SXM 80GB with tpp=2300"
    six = ChipSpec("six", fp4_dense_tops=10_000, fp6_dense_tops=10_000)
    assert six.computed_tpp == 60_000


def test_an_interval_gives_a_graded_answer() -> None:
    """Lognormal with 90 % between 4,500 and 5,200: P(TPP >= 4,800) = 0.566 (SciPy's normal distribution)."""
    from scipy.stats import norm

    specs = {"datacenter": True, "nonplanar": True, "die_area_mm2": 2000, "maker": "NVIDIA"}
    found = ask({**specs, "tpp": "4500 to 5200"}, "CN", "2024-06-01")
    from math import log

    deviations = (log(4800) - log(4500 * 5200) / 2) / (log(5200 / 4500) / (2 * norm.ppf(0.95)))
    expected = 1 - norm.cdf(deviations)
    assert found.paragraph == "3A090.a.1"
    assert found.confidence == pytest.approx(expected, abs=0.01)
    assert sum(p for _, p in found.likely) == pytest.approx(1)
    assert any("probability" in w for w in found.warnings)
    assert ask({**specs, "tpp": (6000, 7000)}, "CN", "2024-06-01").confidence == 1
    # All areas of the MI300X in circulation leave it in the same paragraph.
    assert ask("MI300X", "CN", "2024-06-01").confidence == 1


def test_missing_specifications_name_the_open_tests() -> None:
    found = ask({"tpp": 2000, "datacenter": True}, "CN", "2024-06-01")
    assert found.status is Status.UNDECIDED
    assert ("bis-2023-10.b2", ("nonplanar", "die_area_mm2")) in found.undecided
    assert ask("MI309", "CN", "2024-03-05").status is Status.UNDECIDED
    # Where an exception covers the part either way, the open paragraph is shown and does not matter.
    either = ask(
        {"tpp": 2700, "datacenter": True, "nonplanar": None, "die_area_mm2": 800}, "SA", "2024-06-01"
    )
    assert either.status is Status.NO_LICENCE_REQUIRED
    assert either.undecided


@pytest.mark.parametrize(
    ("chip", "more", "words"),
    [
        ("H-2O", {}, "unknown chip 'H-2O': did you mean 'H20'"),
        ("H100", {"to": "Chna"}, "unknown place 'Chna': did you mean 'China'"),
        ("H100", {"to": "US"}, "not an export destination"),
        ("H100", {"on": "2024-13-01"}, "impossible date '2024-13-01'"),
        ("H100", {"on": 20240601}, "impossible date 20240601"),
        ("H100", {"to": 156}, "give a place as text"),
        ("H100", {"end_user": "Huawei"}, "unknown end user 'Huawei': known: civil, entity-affiliate"),
        ("H100", {"transaction": "gift"}, "unknown transaction 'gift'"),
        ("H100", {"reading": "loose"}, "unknown reading 'loose'"),
        ("H100", {"buyer_headquarters": "Atlantis"}, "buyer_headquarters: unknown place"),
        ({"tpp": 5000, "fp8_dense_tops": 700}, {}, "differ by more than 2 %.*sparse"),
        ({"tpp": -1}, {}, "specs.tpp: must be a number of at least 0"),
        ({"tpp": "many"}, {}, "specs.tpp: must be a number"),
        ({"tpp": "5200 to 4500"}, {}, "an interval such as '4500 to 5200'"),
        ({"tpp": float("nan")}, {}, "must be a number of at least 0"),
        ({"fp8_sparse_tops": 3958}, {}, "sparse figures do not count"),
        ({"like": "H100", "fp8_dense_tops": 3958}, {}, "3,958 is twice the dense figure of H100 SXM 80GB"),
        ({"like": "RTX 4090", "tpp": 10_568}, {}, "twice the dense figure"),
        ({"tppp": 4000}, {}, "unknown specification 'tppp': did you mean 'tpp'"),
        ({"tpp": 4000, "datacenter": "maybe"}, {}, "must be yes or no"),
        (7, {}, "give a name, specifications or a ChipSpec"),
    ],
)  # fmt: skip
def test_bad_input(chip: Any, more: dict[str, Any], words: str) -> None:
    with pytest.raises(CurveshiftError, match=words):
        classify(chip, **{"to": "CN", "on": "2024-06-01", **more})


def test_a_tpp_within_two_per_cent_of_the_rates_is_accepted() -> None:
    assert ChipSpec("near", tpp=1600 * 1.02, fp16_dense_tflops=100).tpp == 1632
    with pytest.raises(CurveshiftError, match="more than 2 %"):
        ChipSpec("far", tpp=1600 * 1.021, fp16_dense_tflops=100)


def test_the_table_says_what_single_rulings_say() -> None:
    chips = ["H20", "H100", "RTX 4090", "A40", "L40", "MI308X", "Ascend 910C", "RTX PRO 6000", "HBM3 stack"]
    days = [
        "2022-09-01",
        "2022-12-01",
        "2023-10-25",
        "2024-01-01",
        "2024-12-15",
        "2025-05-01",
        "2026-02-01",
        "2026-08-01",
    ]
    table = classify(chips, list(PLACES), days)
    assert isinstance(table, RulingTable)
    assert len(table) == len(chips) * len(days) * len(PLACES)
    cases = list(zip(table, product(chips, days, PLACES), strict=True))
    # A number without a common factor with the lengths of the axes visits all of each.
    for one, (chip, day, to) in cases[::11]:
        alone = ask(chip, to, day)
        assert (one.to, one.on, one.buyer_headquarters) == (alone.to, alone.on, alone.buyer_headquarters)
        for field in ("status", "paragraphs", "licence_policy", "exceptions", "rests_on_letter", "evidence",
                      "tariff_share", "fee_share", "cap_share_of_us_volume", "notice_days", "basis"):  # fmt: skip
            assert getattr(one, field) == getattr(alone, field), (chip, day, to, field)
    assert table[-1] == list(table)[-1]
    assert table.statuses()[0][0][0] is Status.NOT_CONTROLLED
    assert list(table.to_frame()["chip"].unique()) == list(table.chips)
    with pytest.raises(IndexError):
        table[len(table)]
    empty = classify([], "CN")
    assert isinstance(empty, RulingTable)
    assert (len(empty), list(empty)) == (0, [])


STRICT = {
    Status.NOT_CONTROLLED: 0,
    Status.NO_LICENCE_REQUIRED: 0,
    Status.NOTIFICATION: 1,
    Status.LICENCE_REQUIRED: 2,
}


@given(
    st.floats(100, 40_000),
    st.floats(1, 10),
    st.sampled_from([0.5, 1.0, 2.0, 4.0, 8.0, 16.0]),
    st.booleans(),
    st.sampled_from(PLACES),
    st.sampled_from(PLACES),
)
def test_more_performance_at_one_density_never_loosens_the_2023_rule_anywhere(
    tpp: float, factor: float, density: float, datacenter: bool, to: str, home: str
) -> None:
    # Powers of two: the quotient of TPP and area is exact.
    part = {"nonplanar": True, "datacenter": datacenter, "maker": "NVIDIA", "memory_bandwidth_gbs": 100}
    part |= {"interconnect_gbs": 0, "pcie_bidir_gbs": 0}

    def at(value: float) -> Ruling:
        specs = {**part, "tpp": value, "die_area_mm2": value / density}
        table = classify([specs], to, ["2024-06-01"], buyer_headquarters=home)
        assert isinstance(table, RulingTable)
        return table[0]

    low, high = at(tpp), at(tpp * factor)
    assert STRICT[high.status] >= STRICT[low.status]


@given(
    st.sampled_from(sorted(catalogue())),
    st.sampled_from(PLACES),
    st.dates(date(2022, 8, 1), date(2026, 9, 24)),
)
def test_a_chinese_owner_never_loosens_a_ruling(chip: str, to: str, on: date) -> None:
    at_home, owned = (classify([chip], [to], [on], buyer_headquarters=h) for h in (None, "CN"))
    assert isinstance(at_home, RulingTable)
    assert isinstance(owned, RulingTable)
    if Status.UNDECIDED not in (at_home[0].status, owned[0].status):
        assert STRICT[owned[0].status] >= STRICT[at_home[0].status]
        if at_home[0].licence_policy is not LicencePolicy.NONE:
            assert owned[0].licence_policy >= at_home[0].licence_policy


@given(st.sampled_from(sorted(catalogue())), st.dates(date(2022, 8, 1), date(2026, 12, 31)))
def test_hong_kong_is_ruled_as_china_is(chip: str, on: date) -> None:
    table = classify([chip], ["CN", "HK"], [on])
    assert isinstance(table, RulingTable)
    assert table[0].answer == table[1].answer


def test_the_day_before_every_first_day_is_still_the_old_rule() -> None:
    """Effective dates decide: no announcement of the record changes any ruling before its effective day."""
    from curveshift.controls import rule_book

    chips = list(catalogue())
    for i in rule_book().instruments:
        if i.announced < i.effective and i.scope in ("chip", "hbm") and i.in_text_from is None:
            days = [i.announced - timedelta(days=1), i.announced]
            table = classify(chips, ["CN", "SA"], days)
            assert isinstance(table, RulingTable)
            others = [
                j for j in rule_book().instruments if i.announced in (j.effective, j.ends) and j is not i
            ]
            if not others:
                answers = [[r.answer for r in table if r.on == day] for day in days]
                assert answers[0] == answers[1], i.id


def test_the_front_door_needs_no_heavy_library() -> None:
    code = """
import json, sys
import curveshift as cs
assert str(cs.classify("H20", to="CN", on="2025-04-20").status) == "licence_required"
cs.controls.timeline("H20", "CN"); cs.controls.frontier("2024-06-01", "CN")
cs.controls.compare_rules("2023-11-16", "2023-11-17")
heavy = {"numpy", "pandas", "pydantic", "ruamel", "pint", "scipy", "jax", "xarray"}
print(json.dumps(sorted(heavy & {name.split(".")[0] for name in sys.modules})))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize(
    ("bandwidth", "status", "offered"),
    [(200.0, "not_controlled", False), (200.1, "licence_required", True), (329.9, "licence_required", True),
     (330.0, "licence_required", False)],
)  # fmt: skip
def test_memory_is_listed_above_two_and_excepted_below_three_point_three(
    bandwidth: float, status: str, offered: bool
) -> None:
    """3A090.c: greater than 2 GB/s/mm2; License Exception HBM (740.25): less than 3.3."""
    stack = ChipSpec("stack", memory_only=True, memory_bandwidth_gbs=bandwidth, package_area_mm2=100)
    found = ask(stack, "CN", "2025-06-01")
    assert str(found.status) == status
    assert bool(found.exceptions) == offered


def test_memory_in_a_finished_accelerator_is_not_judged_as_memory() -> None:
    for day in ("2025-01-15", "2026-06-01"):
        assert "3A090.c" not in ask("H20", "CN", day).paragraphs


def test_an_open_paragraph_with_an_exception_either_way_is_no_obstacle() -> None:
    """A part for data centres in paragraph .b, or in none, may go to Saudi Arabia under ACA or freely."""
    table = classify(["RTX 5090", "H100"], ["AE"], ["2026-08-01"])
    assert isinstance(table, RulingTable)
    assert [r.status for r in table] == [Status.NO_LICENCE_REQUIRED, Status.UNDECIDED]
    assert [r.confidence for r in table] == [1, 0]


def test_a_friendly_owner_in_china_until_january_2025() -> None:
    before, after = (ask("H100", "CN", day, buyer_headquarters="US") for day in ("2025-01-12", "2025-01-13"))
    assert str(before.licence_policy) == "presumption_of_approval"
    assert before.evidence == "unverified"
    assert str(after.licence_policy) == "presumption_of_denial"
