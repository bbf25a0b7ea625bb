"""Days before the first list of chips: places, buyers and military ends are never answered by silence."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from curveshift.controls import Ruling, Status, catalogue, classify, timeline
from curveshift.controls.deals import END_USERS
from curveshift.controls.instruments import compiled, rule_book
from curveshift.controls.places import place_name

MILITARY = {"end_user": "military"}
LISTED = {"end_user": "entity-list"}
BEGINS = date.fromisoformat(compiled()["begins"])


def ask(chip: Any, to: str, on: str, **more: Any) -> Ruling:
    found = classify(chip, to, on, **more)
    assert isinstance(found, Ruling)
    return found


# 85 FR 23459 (29 June 2020), 86 FR 13173 (8 March 2021), 86 FR 70015 (9 December 2021), 85 FR 83765 (23 December
# 2020), 87 FR 12226 (24 February 2022), 87 FR 13048 (2 March 2022), 86 FR 4929 (14 January 2021), 85 FR 84211
# (28 December 2020), 79 FR 75044 (17 December 2014): each with the day before and the day itself.
@pytest.mark.parametrize(
    ("chip", "to", "on", "more", "status", "policy", "confidence"),
    [
        # Embargoed places (part 746).
        ("V100", "IR", "2018-06-01", {}, "licence_required", "denied", 0),
        ("V100", "KP", "2018-06-01", {}, "licence_required", "denied", 0),
        ("V100", "CU", "2018-06-01", {}, "licence_required", "denied", 1),
        ("V100", "SY", "2018-06-01", {}, "licence_required", "denied", 1),
        ("V100", "IR", "2022-01-01", {}, "licence_required", "denied", 1),
        ("V100", "SD", "2021-01-13", {}, "licence_required", "denied", 1),
        ("V100", "SD", "2021-01-14", {}, "not_controlled", "none", 1),
        ("T4", "RU", "2022-02-23", {}, "not_controlled", "none", 1),
        ("T4", "RU", "2022-02-24", {}, "licence_required", "denied", 1),
        ("T4", "BY", "2022-03-01", {}, "not_controlled", "none", 1),
        ("T4", "BY", "2022-03-02", {}, "licence_required", "denied", 1),
        # The Entity List: the entry has the policy.
        ("V100", "CN", "2019-06-01", LISTED, "licence_required", "presumption_of_denial", 0),
        ("V100", "IN", "2016-06-01", LISTED, "licence_required", "presumption_of_denial", 0),
        ("V100", "CN", "2022-01-01", LISTED, "licence_required", "presumption_of_denial", 1),
        # Military ends.
        ("T4", "CN", "2020-06-28", MILITARY, "undecided", "none", 0),
        ("T4", "CN", "2020-06-29", MILITARY, "licence_required", "presumption_of_denial", 1),
        ("T4", "RU", "2020-06-28", MILITARY, "undecided", "none", 0),
        ("T4", "RU", "2020-06-29", MILITARY, "licence_required", "presumption_of_denial", 1),
        ("T4", "RU", "2022-02-23", MILITARY, "licence_required", "presumption_of_denial", 1),
        ("T4", "RU", "2022-02-24", MILITARY, "licence_required", "denied", 1),
        ("T4", "VE", "2020-06-28", MILITARY, "undecided", "none", 0),
        ("T4", "VE", "2020-06-29", MILITARY, "licence_required", "presumption_of_denial", 1),
        ("T4", "MM", "2021-03-07", MILITARY, "not_controlled", "none", 1),
        ("T4", "MM", "2021-03-08", MILITARY, "licence_required", "presumption_of_denial", 1),
        ("T4", "KH", "2021-12-08", MILITARY, "undecided", "none", 0),
        ("T4", "KH", "2021-12-09", MILITARY, "licence_required", "presumption_of_denial", 1),
        ("T4", "HK", "2020-12-22", MILITARY, "undecided", "none", 0),
        ("T4", "HK", "2020-12-23", MILITARY, "licence_required", "presumption_of_denial", 1),
        ("T4", "IQ", "2018-12-01", MILITARY, "undecided", "none", 0),
        ("T4", "IQ", "2022-01-01", MILITARY, "licence_required", "denied", 1),
        # 744.17 in Group D:1, whose members moved.
        ("T4", "UA", "2020-12-27", MILITARY, "undecided", "none", 0),
        ("T4", "UA", "2020-12-28", MILITARY, "not_controlled", "none", 1),
        ("T4", "YE", "2020-02-23", MILITARY, "not_controlled", "none", 1),
        ("T4", "YE", "2020-02-24", MILITARY, "undecided", "none", 0),
        ("T4", "BY", "2022-03-01", MILITARY, "undecided", "none", 0),
        ("T4", "MO", "2024-06-01", MILITARY, "undecided", "none", 0),
        ("T4", "IN", "2024-06-01", MILITARY, "not_controlled", "none", 1),
        ("HBM3", "MO", "2024-06-01", MILITARY, "not_controlled", "none", 1),
        ("H100", "VN", "2024-06-01", MILITARY, "licence_required", "presumption_of_approval", 0),
        ("H100", "VN", "2024-06-01", {}, "licence_required", "presumption_of_approval", 1),
        # A military buyer away from its country.
        ("T4", "MY", "2018-12-01", MILITARY | {"buyer_headquarters": "CN"}, "undecided", "none", 0),
        ("T4", "MY", "2021-06-01", MILITARY | {"buyer_headquarters": "CN"}, "undecided", "none", 0),
        ("T4", "NI", "2023-06-01", MILITARY | {"buyer_headquarters": "CN"}, "undecided", "none", 0),
        ("T4", "MM", "2020-09-01", MILITARY | {"buyer_headquarters": "CN"}, "undecided", "none", 0),
        ("T4", "MY", "2022-02-25", MILITARY | {"buyer_headquarters": "RU"}, "undecided", "none", 0),
        ("T4", "MY", "2021-06-01", MILITARY | {"buyer_headquarters": "DE"}, "not_controlled", "none", 1),
        # Nobody that a rule names.
        ("T4", "CN", "2020-09-01", {}, "not_controlled", "none", 1),
        ("T4", "CN", "2020-09-01", {"end_user": "entity-affiliate"}, "not_controlled", "none", 1),
        ("T4", "CN", "2022-10-20", {"end_user": "supercomputer"}, "not_controlled", "none", 1),
    ],
)  # fmt: skip
def test_places_and_buyers_before_the_list(
    chip: str, to: str, on: str, more: dict[str, str], status: str, policy: str, confidence: float
) -> None:
    found = ask(chip, to, on, **more)
    assert (str(found.status), str(found.licence_policy), found.confidence) == (status, policy, confidence)
    assert bool(found.citations) is (status != "not_controlled")
    assert bool(found.undecided) is (confidence == 0)


@pytest.mark.parametrize("end_user", END_USERS)
@pytest.mark.parametrize("to", ["CN", "IR", "JP", "HK"])
def test_nothing_is_decided_before_the_record_begins(to: str, end_user: str) -> None:
    for on in (BEGINS - timedelta(days=1), date(2010, 1, 1), date(1990, 1, 1)):
        found = ask("T4", to, on.isoformat(), end_user=end_user)
        assert found.confidence == 0
        assert found.status in (Status.UNDECIDED, Status.LICENCE_REQUIRED)
        assert found.undecided
    assert rule_book().instrument("before-the-record").ends == BEGINS
    assert ask("T4", "JP", BEGINS.isoformat()).status is Status.NOT_CONTROLLED


def test_every_place_and_buyer_that_a_rule_names_is_caught() -> None:
    """Every destination on days around every date: no free answer where a place or a buyer is named."""
    parts = ["T4", "A100", "RTX 4080", {"name": "unknown", "datacenter": True}]
    places = [
        code
        for code in compiled()["places"]["names"]
        if code not in ("US", "PR", "GU", "AS", "MP", "VI", "UM")
    ]
    days = ["2015-01-01", "2019-05-16", "2020-06-29", "2021-12-31", "2022-08-25", "2024-06-01"]
    for end_user in ("civil", "entity-list", "military"):
        for found in classify(parts, places, days, end_user=end_user):
            free = found.status < Status.LICENCE_REQUIRED
            assert not (free and end_user == "entity-list"), found
            assert not (free and found.to in ("IR", "KP", "CU", "SY")), (place_name(found.to), found)
            assert not (free and found.to == "SD" and found.on < date(2021, 1, 14)), found
            if end_user == "military" and found.to in ("CN", "HK", "MO", "RU", "VE", "KH", "BY", "IQ", "VN"):
                assert not free, found
            assert found.citations or found.status is Status.NOT_CONTROLLED, found


def test_a_warning_says_what_of_older_rules_is_recorded() -> None:
    said = ask("V100", "CN", "2019-06-01", end_user="supercomputer").warnings
    assert any("since 2015-01-01" in text for text in said)
    assert any("ask with the end user entity-list" in text for text in said)
    assert not any("ask with the end user" in text for text in ask("T4", "CN", "2019-06-01").warnings)
    assert any("Crimea" in text for text in ask("T4", "UA", "2019-06-01").warnings)
    assert not any("Luhansk" in text for text in ask("T4", "UA", "2019-06-01").warnings)
    assert not any("Crimea" in text for text in ask("T4", "UA", "2015-01-28").warnings)
    assert not any("footnote 1" in text for text in ask("T4", "CN", "2019-06-01", **LISTED).warnings)
    assert any("footnote 1" in text for text in ask("T4", "CN", "2020-06-01", **LISTED).warnings)


def test_a_record_that_begins_is_no_change_of_the_rules() -> None:
    assert not any("2015" in change.what for change in ask("T4", "JP", "2024-06-01").would_change)
    eras = list(timeline("T4", "JP", start="2014-06-01", end="2016-01-01"))
    assert [(e.start, e.ruling.status) for e in eras] == [
        (date(2014, 6, 1), Status.UNDECIDED),
        (BEGINS, Status.NOT_CONTROLLED),
    ]
    assert any("before-the-record" in cause for cause in eras[1].causes)


def test_the_tariff_on_the_gh200_says_which_memory_it_assumes() -> None:
    """US note 39(b)(1): above 4,500 GB/s; the GH200 has 4,900 GB/s with HBM3e and 4,000 with HBM3."""
    found = ask("GH200", "CN", "2026-02-01")
    assert found.tariff_share == 0.25
    assert any("96 GB of HBM3" in text for text in found.assumptions)
    older = ask({"like": "GH200", "memory_bandwidth_gbs": 4000}, "CN", "2026-02-01")
    assert (older.tariff_share, str(older.licence_policy)) == (None, str(found.licence_policy))
    for other in (older, ask("GH200", "CN", "2025-12-01"), ask("H200", "CN", "2026-02-01")):
        assert not any("96 GB of HBM3" in text for text in other.assumptions)


@pytest.mark.parametrize("name", ["A40 PCIe", "RTX 3090"])
def test_links_of_cards_with_a_bridge(name: str) -> None:
    """Nvidia, GA102 white paper V2.0: four links of 14.0625 GB/s in each direction."""
    chip = catalogue()[name]
    assert chip.interconnect_gbs == 4 * 2 * 14.0625
    for day in ("2022-12-01", "2025-05-20", "2026-02-01"):
        found = ask(name, "CN", day)
        assert (found.confidence, found.undecided) == (1, ())


def test_a_notice_that_rests_on_a_letter_that_is_not_met_says_so() -> None:
    """The thresholds of April 2025 are known from the press only; before them nothing but the list counts."""
    assert (str(ask("A40", "CN", "2025-05-20").status), ask("A40", "CN", "2025-05-20").evidence) == (
        "notification",
        "press",
    )
    assert ask("A40", "CN", "2024-06-01").evidence == "primary"
