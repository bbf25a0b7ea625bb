from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curveshift.controls import ChipSpec, LicencePolicy, Status, catalogue, destination, rule_book, ruling
from curveshift.errors import CurveshiftError

PART = ChipSpec(
    "part",
    tpp=1000,
    die_area_mm2=1000,
    nonplanar=True,
    memory_bandwidth_gbs=100,
    interconnect_gbs=0,
    pcie_bidir_gbs=0,
    datacenter=True,
    maker="NVIDIA",
)
RULE_2022, LETTER_2023, RULE_2023 = date(2023, 6, 1), date(2023, 11, 1), date(2024, 6, 1)
LETTER_2025, POLICY_2026 = date(2025, 5, 1), date(2026, 2, 1)


def below(value: float) -> float:
    return math.nextafter(value, 0)


def status(on: date, **specs: object) -> Status:
    return ruling(replace(PART, **specs), on).status


@pytest.mark.parametrize(
    ("on", "rest", "spec", "threshold"),
    [
        (date(2022, 9, 1), {"interconnect_gbs": 900}, "tpp", 4992),
        (date(2022, 9, 1), {"tpp": 9000}, "interconnect_gbs", 600),
        (RULE_2022, {"interconnect_gbs": 900}, "tpp", 4800),
        (RULE_2022, {"tpp": 9000}, "interconnect_gbs", 600),
        (RULE_2022, {"tpp": 9000}, "pcie_bidir_gbs", 600),
        (LETTER_2023, {}, "tpp", 4800),
        (RULE_2023, {"die_area_mm2": 1e6}, "tpp", 4800),
        (LETTER_2025, {}, "memory_bandwidth_gbs", 1400),
        (LETTER_2025, {}, "interconnect_gbs", 1100),
        (LETTER_2025, {"interconnect_gbs": 400}, "memory_bandwidth_gbs", 1300),
    ],
)
def test_licence_starts_exactly_at_the_threshold(
    on: date, rest: dict[str, float], spec: str, threshold: float
) -> None:
    assert status(on, **rest, **{spec: threshold}) is Status.LICENCE_REQUIRED
    assert status(on, **rest, **{spec: below(threshold)}) is Status.NOT_CONTROLLED


# Powers of two keep the quotient of TPP and area exact, so that the density itself sits on the boundary.
@pytest.mark.parametrize(
    ("tpp", "density", "paragraph", "under"),
    [
        (1600, 5.92, "3A090.a.2", "3A090.b.2"),
        (1600, 3.2, "3A090.b.2", None),
        (2400, 1.6, "3A090.b.1", None),
    ],
)
def test_density_boundaries_are_inclusive_below(
    tpp: float, density: float, paragraph: str, under: str | None
) -> None:
    area = tpp / density
    while tpp / area < density:
        area = math.nextafter(area, 0)
    at = ruling(replace(PART, tpp=tpp, die_area_mm2=area), RULE_2023)
    assert paragraph in at.paragraphs
    while tpp / area >= density:
        area = math.nextafter(area, math.inf)
    short = ruling(replace(PART, tpp=tpp, die_area_mm2=area), RULE_2023)
    assert paragraph not in short.paragraphs
    assert under is None or under in short.paragraphs


@pytest.mark.parametrize(("tpp", "area"), [(1600, 1600 / 6), (1600, 1600 / 4), (2400, 2400 / 2)])
def test_lower_tpp_bounds_of_a2_b2_b1_are_inclusive(tpp: float, area: float) -> None:
    assert status(RULE_2023, tpp=tpp, die_area_mm2=area) is not Status.NOT_CONTROLLED
    assert status(RULE_2023, tpp=below(tpp), die_area_mm2=area) is Status.NOT_CONTROLLED


@pytest.mark.parametrize(
    ("spec", "limit", "other"), [("tpp", 21_000, {}), ("memory_bandwidth_gbs", 6_500, {"tpp": 16_000})]
)
def test_case_by_case_limits_are_exclusive(spec: str, limit: float, other: dict[str, float]) -> None:
    part = replace(PART, **{"tpp": 20_000, "memory_bandwidth_gbs": 4_000, **other})
    assert (
        ruling(replace(part, **{spec: limit}), POLICY_2026).licence_policy
        is LicencePolicy.PRESUMPTION_OF_DENIAL
    )
    assert (
        ruling(replace(part, **{spec: below(limit)}), POLICY_2026).licence_policy
        is LicencePolicy.CASE_BY_CASE
    )


@pytest.mark.parametrize(
    ("tpp", "dram", "tariff"),
    [
        (14_000, 4_800, None),
        (14_001, 4_800, 0.25),
        (17_499, 4_800, 0.25),
        (17_500, 4_800, None),
        (15_832, 4_500, None),
        (15_832, 5_000, None),
        (20_800, 6_000, None),
        (20_919, 6_000, 0.25),
        (20_919, 5_800, None),
    ],
)
def test_tariff_bands_are_open_at_both_ends(tpp: float, dram: float, tariff: float | None) -> None:
    assert ruling(replace(PART, tpp=tpp, memory_bandwidth_gbs=dram), POLICY_2026).tariff_share == tariff


@pytest.mark.parametrize(
    ("name", "to", "first"),
    [
        ("A100 SXM 80GB", "CN", date(2022, 8, 26)),
        ("A100 SXM 80GB", "HK", date(2022, 8, 26)),
        ("A100 SXM 80GB", "MO", date(2023, 1, 17)),
        ("H800 SXM 80GB", "CN", date(2023, 10, 23)),
        ("L40", "CN", date(2023, 11, 17)),
        ("H20 SXM 96GB", "CN", date(2025, 4, 9)),
    ],
)
def test_effective_dates_decide(name: str, to: str, first: date) -> None:
    chip = catalogue()[name]
    assert ruling(chip, first - timedelta(days=1), to=to).status.free
    assert not ruling(chip, first, to=to).status.free


def test_listed_rule_starts_on_21_october_2022() -> None:
    h100 = catalogue()["H100 SXM 80GB"]
    assert ruling(h100, date(2022, 10, 20)).basis == ("letters-2022-08",)
    assert ruling(h100, date(2022, 10, 21)).basis == ("bis-2022-10",)


def test_letters_reach_only_the_firms_they_name() -> None:
    assert status(LETTER_2025, memory_bandwidth_gbs=4000, maker="Someone") is Status.NOT_CONTROLLED
    assert status(LETTER_2025, memory_bandwidth_gbs=4000, maker="intel") is Status.LICENCE_REQUIRED
    unknown = ruling(replace(PART, memory_bandwidth_gbs=4000, maker=None), LETTER_2025)
    assert unknown.status is Status.UNDECIDED
    assert ("letters-2025-04.memory", ("maker",)) in unknown.undecided


def test_unknown_specifications_are_named_not_guessed() -> None:
    no_area = ruling(replace(PART, tpp=2000, die_area_mm2=None), RULE_2023)
    assert no_area.status is Status.UNDECIDED
    assert ("bis-2023-10.b2", ("die_area_mm2",)) in no_area.undecided
    # Above 4,800 the density does not matter, nor does PCIe once the links alone are enough.
    assert status(RULE_2023, tpp=5000, die_area_mm2=None) is Status.LICENCE_REQUIRED
    assert status(RULE_2022, tpp=5000, interconnect_gbs=600, pcie_bidir_gbs=None) is Status.LICENCE_REQUIRED
    assert status(RULE_2022, tpp=5000, interconnect_gbs=500, pcie_bidir_gbs=None) is Status.UNDECIDED
    # Whether a notice is enough hangs on an open exception: neither it nor a licence is taken for granted.
    sold_to_whom = ruling(replace(PART, tpp=5000, datacenter=None), RULE_2023)
    assert (sold_to_whom.status, sold_to_whom.confidence) == (Status.UNDECIDED, 0)
    assert "3A090.a.1" in sold_to_whom.paragraphs
    assert ("bis-2023-10.nac_a", ("datacenter",)) in sold_to_whom.undecided


def test_planar_parts_have_no_density_and_die_memory_is_not_dram() -> None:
    assert status(RULE_2023, tpp=4000, die_area_mm2=100, nonplanar=False) is Status.NOT_CONTROLLED
    assert status(LETTER_2025, memory_bandwidth_gbs=80_000, memory_type="SRAM") is Status.NOT_CONTROLLED


def test_trace_shows_each_test_with_value_and_threshold() -> None:
    found = ruling(catalogue()["H20 SXM 96GB"], LETTER_2025)
    step = next(s for s in found.trace if s.test == "letters-2025-04.memory.dram_from")
    assert (step.value, step.op, step.threshold, step.outcome) == (4000, ">=", 1400, True)


STRICTNESS = {Status.NOT_CONTROLLED: 0, Status.NOTIFICATION: 1, Status.LICENCE_REQUIRED: 2}


@given(
    st.floats(100, 40_000),
    st.floats(1, 10),
    st.floats(0.1, 30),
    st.booleans(),
    st.sampled_from(["CN", "HK", "MO"]),
)
def test_more_performance_at_one_density_never_loosens_the_2023_rule(
    tpp: float, factor: float, density: float, datacenter: bool, to: str
) -> None:
    def at(value: float) -> ChipSpec:
        return replace(PART, tpp=value, die_area_mm2=value / density, datacenter=datacenter)

    low, high = (ruling(at(v), RULE_2023, to=to) for v in (tpp, tpp * factor))
    # The density is a quotient of two floats: a pair that rounds to either side of a limit says nothing.
    if (tpp / (tpp / density)) == (tpp * factor / (tpp * factor / density)):
        assert STRICTNESS[high.status] >= STRICTNESS[low.status]


@given(st.floats(0, 5_000), st.floats(0, 5_000), st.floats(0, 2_000), st.floats(0, 6_000))
def test_more_bandwidth_never_loosens_the_2025_letters(
    dram: float, more: float, links: float, tpp: float
) -> None:
    low, high = (
        ruling(replace(PART, tpp=tpp, memory_bandwidth_gbs=value, interconnect_gbs=links), LETTER_2025)
        for value in (dram, dram + more)
    )
    assert STRICTNESS[high.status] >= STRICTNESS[low.status]


def test_changed_values_change_the_ruling_and_nothing_else() -> None:
    b30a = catalogue()["B30A (planned)"]
    looser = rule_book(
        {"bis-2026-01.case_by_case.tpp_below": 30_000, "bis-2026-01.case_by_case.cap_share_of_us_volume": 1}
    )
    found = ruling(b30a, POLICY_2026, rules=looser)
    assert (found.licence_policy, found.cap_share_of_us_volume) == (LicencePolicy.CASE_BY_CASE, 1)
    assert ruling(b30a, POLICY_2026).licence_policy is LicencePolicy.PRESUMPTION_OF_DENIAL
    assert rule_book({}) == rule_book()


def test_denial_as_a_policy_is_denied() -> None:
    book = rule_book()
    rule = book.instrument("bis-2023-10")
    clauses = tuple(
        replace(c, licence_policy=LicencePolicy.DENIED) if c.id == "a1" else c for c in rule.clauses
    )
    strict = replace(book, instruments=(replace(rule, clauses=clauses),))
    found = ruling(catalogue()["H100 SXM 80GB"], RULE_2023, rules=strict)
    assert (found.status, found.licence_policy) == (Status.LICENCE_REQUIRED, LicencePolicy.DENIED)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bis-2026-01.case_by_case.tpp_bellow": 1}, "did you mean 'bis-2026-01.case_by_case.tpp_below'"),
        ({"bis-2026-01.case_by_case.cap_share_of_us_volume": 1.5}, "between 0 and 1"),
        ({"bis-2023-10.a1.tpp_from": -1}, "at least 0"),
        ({"bis-2023-10.a1.tpp_from": math.nan}, "at least 0"),
        ({"bis-2023-10.a1.tpp_from": math.inf}, "at least 0"),
    ],
)
def test_bad_changes_are_refused(changes: dict[str, float], words: str) -> None:
    with pytest.raises(CurveshiftError, match=words):
        rule_book(changes)


def test_destinations() -> None:
    assert [destination(t) for t in ("china", " hk ", "Macao")] == ["CN", "HK", "MO"]
    with pytest.raises(CurveshiftError, match="unknown place 'Vietnamm': did you mean 'Vietnam'"):
        ruling(PART, RULE_2023, to="Vietnamm")


@pytest.mark.parametrize(
    ("specs", "words"),
    [
        ({"fp16_dense_tflops": -1}, "fp16_dense_tflops must be a number of at least 0"),
        ({"memory_bandwidth_gbs": math.nan}, "memory_bandwidth_gbs must be"),
        ({"die_area_mm2": 0}, "leave it out"),
        ({"tpp": 5285, "fp8_dense_tops": 1321}, "differ by more than 2 %.*sparse"),
    ],
)
def test_impossible_specifications_are_refused(specs: dict[str, float], words: str) -> None:
    with pytest.raises(CurveshiftError, match=words):
        ChipSpec("odd", **specs)
