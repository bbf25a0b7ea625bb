"""Policies that are open, recalled, or stand beside one another, and the neighbours that they must leave alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from curveshift.controls import Ruling, Status, catalogue, classify, user_rules

CN, US, DE, JP, MY = ({"buyer_headquarters": code} for code in ("CN", "US", "DE", "JP", "MY"))
REEXPORT, TRANSFER = {"transaction": "reexport"}, {"transaction": "in-country transfer"}
MILITARY, SUPERCOMPUTER = {"end_user": "military"}, {"end_user": "supercomputer"}
APPROVAL, CASE, DENIAL = "presumption_of_approval", "case_by_case", "presumption_of_denial"
CARD = {
    "maker": "NVIDIA",
    "datacenter": False,
    "interconnect_gbs": 0,
    "pcie_bidir_gbs": 128,
    "nonplanar": True,
    "die_area_mm2": 814,
}


def ask(chip: Any, to: str, on: str, **more: Any) -> Ruling:
    found = classify(chip, to, on, **more)
    assert isinstance(found, Ruling)
    return found


Case = tuple[Any, str, str, dict[str, str], str, float]


def check(chip: Any, to: str, on: str, more: dict[str, str], policy: str, confidence: float) -> None:
    found = ask(chip, to, on, **more)
    if policy == "undecided":
        assert found.status is Status.UNDECIDED
    else:
        assert (str(found.status), str(found.licence_policy)) == ("licence_required", policy)
    assert found.confidence == confidence
    assert confidence or found.undecided


# 15 CFR 744.21(a)(2) and (e)(1): every item, policy of denial; 746.8(b)(3)(vi) stands beside it.
@pytest.mark.parametrize(
    "case",
    [
        ("T4", "RU", "2024-06-01", US | MILITARY, "denied", 1),
        ("T4", "BY", "2025-06-01", DE | MILITARY, "denied", 1),
        ("H20", "RU", "2025-10-01", US | MILITARY, "denied", 1),
        # Outside the two countries only a name with footnote 3 counts.
        ("T4", "DE", "2026-09-24", {"buyer_headquarters": "RU", **MILITARY}, "undecided", 0),
        # Neighbours.
        ("T4", "RU", "2024-06-01", US, CASE, 1),
        ("T4", "RU", "2024-06-01", US | {"end_user": "entity-list"}, DENIAL, 1),
        ("T4", "RU", "2024-06-01", CN | MILITARY, "denied", 1),
        ("T4", "UA", "2024-06-01", {"buyer_headquarters": "RU", **MILITARY}, "undecided", 0),
    ],
)
def test_military_end_users_of_russia_and_belarus(case: Case) -> None:
    check(*case)
    assert str(ask("T4", "DE", "2026-09-24", buyer_headquarters="RU").status) == "not_controlled"


# 742.6(b)(10)(iii)(A)(1), eCFR of 24 September 2026: case by case below 21,000 and 6,500 GB/s for exports to China and
# Macau; all other applications under a presumption of denial; where several policies fit, this one.
@pytest.mark.parametrize(
    "case",
    [
        ("RTX 5090", "MY", "2026-02-01", CN, DENIAL, 1),
        ({**CARD, "tpp": 22_000, "memory_bandwidth_gbs": 5_000}, "CN", "2026-02-01", {}, DENIAL, 1),
        ({**CARD, "tpp": 6_000, "memory_bandwidth_gbs": 7_700}, "CN", "2026-02-01", {}, DENIAL, 1),
        ({**CARD, "tpp": 4_000, "memory_bandwidth_gbs": 7_700, "datacenter": True}, "CN", "2026-02-01", {}, DENIAL, 1),
        ("RTX 5090", "CN", "2026-02-01", US, CASE, 1),
        # It goes before a presumption of approval that might else be read into the letters.
        ({**CARD, "tpp": 22_000, "memory_bandwidth_gbs": 5_000}, "CN", "2026-02-01", US, DENIAL, 1),
        # Neighbours: below both limits, the day before, the rest of the list.
        ({**CARD, "tpp": 20_999, "memory_bandwidth_gbs": 6_499}, "CN", "2026-02-01", {}, CASE, 1),
        ({**CARD, "tpp": 20_999, "memory_bandwidth_gbs": 6_499}, "MO", "2026-02-01", {}, CASE, 1),
        ({**CARD, "tpp": 20_999, "memory_bandwidth_gbs": 6_499}, "CN", "2026-01-14", {}, DENIAL, 0),
        ("MI210", "CN", "2026-02-01", {}, CASE, 1),
        ("H200", "CN", "2026-02-01", {}, CASE, 1),
        # For .b outside the destinations of the list it is 744.23(a)(3)(i)(A), with a policy of its own.
        ("A40", "MY", "2026-02-01", CN | TRANSFER, CASE, 1),
        ("A40", "AE", "2026-08-01", CN | TRANSFER, DENIAL, 1),
        ("H100", "SA", "2026-02-01", {}, APPROVAL, 1),
    ],
)  # fmt: skip
def test_the_policy_of_2026_goes_before_every_other(case: Case) -> None:
    check(*case)


# Whether the policies before January 2025 held while the rule of that month was not enforced was never said.
@pytest.mark.parametrize(
    "case",
    [
        ("RTX 5090", "CN", "2025-05-04", {}, DENIAL, 0),
        ("MI210", "CN", "2025-08-20", {}, DENIAL, 0),
        ("H100", "CN", "2025-06-01", US, DENIAL, 0),
        ("RTX 4090", "MY", "2025-06-01", CN | TRANSFER, DENIAL, 0),
        ("L40", "VN", "2025-12-03", CN | TRANSFER, DENIAL, 0),
        ("L40", "IQ", "2025-06-01", {}, DENIAL, 0),
        ("RTX 4090", "IQ", "2025-06-01", {}, DENIAL, 0),
        # A milder policy of the list changes nothing where the place is denied, and lowers to that of the place else.
        ("H100", "RU", "2025-06-01", {}, "denied", 1),
        ("H100", "RU", "2025-06-01", DE, DENIAL, 0),
        # It may be one of paragraph .b, or of none.
        (
            {**CARD, "tpp": 3_000, "memory_bandwidth_gbs": 4_000, "datacenter": True, "die_area_mm2": None},
            "CN",
            "2025-05-20",
            {},
            DENIAL,
            0,
        ),
        ("MI308X", "CN", "2025-05-20", {}, DENIAL, 0),
        # Neighbours: before, after, parts and buyers that neither policy made milder, and the text as written.
        ("H20", "CN", "2025-05-20", {}, DENIAL, 1),
        ("L40", "IQ", "2025-01-12", {}, CASE, 1),
        ("L40", "IQ", "2026-01-15", {}, DENIAL, 1),
        ("H100", "CN", "2025-06-01", {}, DENIAL, 1),
        ("H100", "CN", "2025-06-01", MY, DENIAL, 1),
        ("H100", "IQ", "2025-06-01", {}, DENIAL, 1),
        ("L40", "MY", "2025-06-01", CN | TRANSFER, CASE, 1),
        ("H100", "SA", "2025-06-01", {}, APPROVAL, 1),
        ("H100", "CN", "2025-06-01", US | {"reading": "text"}, DENIAL, 1),
        ("RTX 4090", "MY", "2025-06-01", CN | TRANSFER | {"reading": "text"}, DENIAL, 1),
        ("RTX 4090", "IQ", "2025-06-01", {"reading": "text"}, DENIAL, 1),
    ],
)
def test_policies_that_may_have_been_restored(case: Case) -> None:
    check(*case)


# 746.9, Note 1 to (c), and 746.8(a): part 744 goes on beside the rule of the place.
@pytest.mark.parametrize(
    "case",
    [
        ("H20", "SY", "2025-10-01", {}, DENIAL, 1),
        ("H20", "SY", "2025-10-20", CN, DENIAL, 1),
        ("H20", "RU", "2025-10-01", US, DENIAL, 0),
        ("H20", "SY", "2025-10-01", REEXPORT, CASE, 0),
        # Neighbours: no letter reaches it, the place is stricter, the list is as strict.
        ("T4", "SY", "2025-10-01", {}, CASE, 1),
        ("H20", "SY", "2025-08-01", {}, "denied", 1),
        ("H20", "RU", "2025-10-01", {}, "denied", 1),
        ("Ascend 920", "SY", "2025-10-01", {}, CASE, 1),
    ],
)
def test_a_letter_stands_beside_the_rule_of_a_place(case: Case) -> None:
    if case[0] == "Ascend 920":
        case = ({**CARD, "maker": "someone", "tpp": 1_000, "memory_bandwidth_gbs": 3_000}, *case[1:])
    check(*case)


def test_a_letter_that_changes_nothing_is_not_named() -> None:
    for more in ({"end_user": "entity-list"}, {"end_user": "military"}):
        found = ask("H20", "CN", "2025-05-20", **more)
        assert found.basis
        assert not any("letter" in name for name in found.basis)
        assert not found.rests_on_letter
    syria = ask("H20", "SY", "2025-10-01")
    assert {"syria-2025-09", "letters-2025-04"} <= set(syria.basis)
    assert not syria.rests_on_letter


# 744.23(d)(2), read in the text of 2026; what stood before is recalled.
@pytest.mark.parametrize(
    "case",
    [
        ("H20", "CN", "2025-04-20", US, DENIAL, 0),
        ("RTX 5090 D", "CN", "2025-05-20", DE, DENIAL, 0),
        ("T4", "CN", "2026-06-01", US | SUPERCOMPUTER, APPROVAL, 1),
        ("T4", "CN", "2024-06-01", US | SUPERCOMPUTER, APPROVAL, 0),
        ("T4", "CN", "2024-06-01", JP | SUPERCOMPUTER, APPROVAL, 0),
        ("H20", "CN", "2024-06-01", US | SUPERCOMPUTER, APPROVAL, 0),
        ("T4", "CN", "2023-06-01", US | SUPERCOMPUTER, CASE, 0),
        ("A100", "CN", "2023-06-01", JP, CASE, 0),
        ("H100", "CN", "2024-06-01", US, APPROVAL, 0),
        # The rule of the place is as mild as what is recalled, and what is recalled still decides.
        ("T4", "RU", "2024-06-01", US | SUPERCOMPUTER, CASE, 0),
        ("T4", "RU", "2026-06-01", US | SUPERCOMPUTER, CASE, 1),
        # Neighbours.
        ("L40S", "CN", "2023-10-25", US, DENIAL, 0),
        ("H100", "RU", "2023-10-25", US, DENIAL, 0),
        ("L40S", "CN", "2023-10-25", {}, DENIAL, 1),
        ("L40S", "VN", "2023-10-25", US, APPROVAL, 1),
        ("H20", "CN", "2025-04-20", {}, DENIAL, 1),
        ("H20", "CN", "2025-04-20", MY, DENIAL, 1),
        ("H20", "MY", "2025-04-20", CN, DENIAL, 1),
        ("H20", "CN", "2025-08-20", US, "assured", 1),
        ("T4", "CN", "2026-06-01", SUPERCOMPUTER, DENIAL, 1),
        ("T4", "CN", "2026-06-01", MY | SUPERCOMPUTER, DENIAL, 1),
        ("T4", "CN", "2026-06-01", US | {"end_user": "entity-list"}, DENIAL, 1),
        ("T4", "CN", "2026-06-01", US | MILITARY, DENIAL, 1),
    ],
)
def test_buyers_of_partner_countries(case: Case) -> None:
    check(*case)


def test_an_open_policy_that_moves_nothing_is_not_named() -> None:
    assert ask("H100", "RU", "2025-10-01", end_user="military", **US).undecided == ()
    assert ask("Ascend 910B", "MY", "2026-06-01", end_user="entity-list").undecided == ()
    assert dict(ask("H100", "CN", "2025-10-01", **US).undecided).keys() == {"restored-2025.friendly_owner"}


def test_a_recalled_policy_is_named_as_such() -> None:
    found = ask("H100", "CN", "2024-06-01", **US)
    assert dict(found.undecided)["bis-2023-10.friendly_owner"] == (
        "the text of the time, which is recalled and was not read",
    )
    assert found.evidence == "unverified"
    assert any("not settled" in w for w in found.warnings)


# 744.21(a)(1) covers Supplement No. 2 to part 744, which leaves 3A090 out; (e)(3) judges what needs a licence anyway.
@pytest.mark.parametrize(
    "case",
    [
        ("RTX 4090", "CN", "2024-06-01", MILITARY, "undecided", 0),
        ("L40", "CN", "2024-06-01", MILITARY, "undecided", 0),
        ("RTX 4090", "MM", "2024-06-01", MILITARY, "undecided", 0),
        ("RTX 4090", "VE", "2024-06-01", MILITARY, "undecided", 0),
        ("H100", "MM", "2022-12-01", MILITARY, "undecided", 0),
        # A licence is needed for another reason.
        ("H100", "KH", "2026-06-01", MILITARY, DENIAL, 1),
        ("H200", "CN", "2026-06-01", MILITARY, DENIAL, 1),
        ("HBM3", "CN", "2026-06-01", JP | MILITARY, DENIAL, 1),
        ("H20", "CN", "2025-09-15", MILITARY, DENIAL, 1),
        # Neighbours: parts below the list, buyers and places that the section does not name.
        ("T4", "CN", "2024-06-01", MILITARY, DENIAL, 1),
        ("RTX 4080", "VE", "2024-06-01", MILITARY, DENIAL, 1),
        ("A800", "CN", "2023-06-01", MILITARY, DENIAL, 1),
        ("H100", "CN", "2022-09-25", MILITARY, DENIAL, 1),
        ("H100", "MM", "2022-10-20", MILITARY, DENIAL, 1),
        ("H200", "CN", "2026-06-01", {}, CASE, 1),
        ("HBM3", "CN", "2026-06-01", JP, APPROVAL, 1),
        ("H100", "SA", "2026-06-01", MILITARY, APPROVAL, 1),
    ],
)
def test_military_end_use_of_listed_parts(case: Case) -> None:
    check(*case)


# 744.23(b), 744.21(b): a letter binds the person that is told.
@pytest.mark.parametrize(
    "case",
    [
        ("H20", "CN", "2025-05-20", TRANSFER, "undecided", 0),
        ("A100", "CN", "2022-09-20", REEXPORT, "undecided", 0),
        ("L40S", "CN", "2023-10-28", TRANSFER, "undecided", 0),
        ("RTX 5090", "CN", "2025-05-20", TRANSFER, "undecided", 0),
        ("RTX 5090", "CN", "2026-02-01", REEXPORT, "undecided", 0),
        ("H20", "MY", "2025-05-20", CN | REEXPORT, "undecided", 0),
        # Neighbours: exports, and what the list holds back from anyone.
        ("H20", "CN", "2025-05-20", {}, DENIAL, 1),
        ("A100", "CN", "2022-09-20", {}, DENIAL, 0),
        ("L40S", "CN", "2023-10-28", {}, DENIAL, 1),
        ("H100", "CN", "2025-05-20", TRANSFER, DENIAL, 1),
        ("H200", "CN", "2026-02-01", REEXPORT, DENIAL, 1),
        ("T4", "RU", "2022-09-20", TRANSFER, "denied", 1),
    ],
)
def test_letters_bind_who_was_told(case: Case) -> None:
    check(*case)


@pytest.mark.parametrize(
    ("chip", "on", "more", "said"),
    [
        ("H20", "2025-05-20", {}, True),
        ("A100", "2022-09-20", {}, True),
        ("L40S", "2023-10-28", {}, True),
        ("RTX 5090", "2026-02-01", {}, True),
        # Nothing hangs on a letter, or that it binds is what is open.
        ("H100", "2025-05-20", {}, False),
        ("T4", "2025-05-20", {}, False),
        ("H20", "2025-05-20", REEXPORT, False),
        ("H20", "2025-05-20", {"end_user": "entity-list"}, False),
    ],
)
def test_who_exports_is_taken_for_granted_where_a_letter_matters(
    chip: str, on: str, more: dict[str, str], said: bool
) -> None:
    assumed = ask(chip, "CN", on, **more).assumptions
    assert any("one that the letter told" in text for text in assumed) is said


def test_an_assurance_and_a_share_of_revenue_need_a_letter_that_binds() -> None:
    passed_on = ask("H20", "CN", "2025-08-20", **TRANSFER)
    assert (passed_on.fee_share, str(passed_on.licence_policy)) == (None, "none")
    assert str(ask("T4", "CN", "2025-05-20", **TRANSFER).status) == "not_controlled"
    check("H20", "MO", "2025-09-15", {}, "assured", 1)
    # The risk for which the letters were sent is not what was assured.
    for more in (MILITARY, SUPERCOMPUTER):
        check("H20", "MO", "2025-09-15", more, DENIAL, 1)
        assert ask("H20", "MO", "2025-09-15", **more).fee_share is None


@pytest.mark.parametrize(
    ("chip", "fee"),
    [
        ("H20", 0.15),
        ("MI308X", 0.15),
        ("MI210", None),
        ({"like": "H20", "memory_bandwidth_gbs": 3000}, None),
        ("RTX 5090 D", None),
    ],
)
def test_the_share_of_revenue_is_that_of_the_parts_named(chip: Any, fee: float | None) -> None:
    assert ask(chip, "CN", "2025-08-20").fee_share == fee


def test_exceptions_and_paragraphs_of_iraq_stay_in_iraq() -> None:
    """746.3(c) leaves ten exceptions, none of them 740.25."""
    assert ask("HBM2", "IQ", "2025-03-01").exceptions == ()
    for more in ({"to": "CN"}, {"to": "VE"}, {"to": "MY", **CN}):
        found = ask("HBM2", more.pop("to"), "2025-03-01", **more)
        assert any("740.25" in e for e in found.exceptions)
    for chip, to, more in (
        ("H100", "MO", {}),
        ("A100", "MY", {}),
        ("H100", "TW", {"buyer_headquarters": "HK"}),
    ):
        found = ask(chip, to, "2022-12-01", **more)
        assert (str(found.status), found.paragraphs) == ("no_licence_required", ("3A090 (2022)",))
        assert not any("746.3" in c.ref for c in found.citations)
    iraq = ask("A100", "IQ", "2022-12-01")
    assert str(iraq.licence_policy) == "case_by_case"
    assert any("746.3" in c.ref for c in iraq.citations)


def test_a_letter_of_2022_has_no_policy_of_its_own() -> None:
    check("A100", "CN", "2022-09-20", {}, DENIAL, 0)
    check("A100", "RU", "2022-09-20", US, DENIAL, 0)
    check("A100", "RU", "2022-09-20", {}, "denied", 1)
    check("A100", "CN", "2022-10-21", {}, DENIAL, 1)


def test_a_second_review_is_named() -> None:
    for chip, to in (("H200", "CN"), ("RTX 5090", "CN"), ("H100", "KH")):
        assert any("744.21(e)(3)" in p for p in ask(chip, to, "2026-06-01", **MILITARY).paragraphs)
        assert not any("744.21" in p for p in ask(chip, to, "2026-06-01").paragraphs)


def test_memory_of_a_supercomputer_keeps_its_exception() -> None:
    """744.23(a)(1) leaves 3A090 out, the memory in its paragraph .c with it."""
    found = ask("HBM2", "CN", "2025-06-01", **SUPERCOMPUTER)
    assert found.paragraphs == ("3A090.c",)
    assert any("740.25" in e for e in found.exceptions)


def test_dealing_in_a_part_made_in_breach_has_no_policy_of_its_own() -> None:
    check("Ascend 910B", "MY", "2025-05-13", {}, DENIAL, 0)
    check("Ascend 910B", "RU", "2025-05-13", {}, "denied", 1)


def test_removing_a_letter_makes_nothing_stricter(tmp_path: Path) -> None:
    """A letter adds a need for a licence; it never softens what the list says."""
    file = tmp_path / "without.yaml"
    file.write_text("remove: [letters-2025-04]\n", encoding="utf-8")
    without = user_rules(file)
    parts = list(catalogue().values())
    for day in ("2025-05-04", "2025-09-15", "2026-02-01"):
        for more in ({}, CN, US, MILITARY):
            for to in ("CN", "SY", "RU"):
                with_it = classify(parts, [to], day, **more)
                left = classify(parts, [to], day, rules=without, **more)
                for a, b in zip(with_it, left, strict=True):
                    # What was open without the letter may be settled by it.
                    if b.status is not Status.UNDECIDED:
                        assert a.status >= b.status, (a, b)
                    if a.status is b.status:
                        assert a.licence_policy >= b.licence_policy, (a, b)


@pytest.mark.parametrize("rules", ["bis-2023-10.a1.tpp_from=100000"])
def test_what_the_list_no_longer_holds_is_below_it_for_end_uses_too(rules: str) -> None:
    path, _, value = rules.partition("=")
    changed = user_rules({path: float(value), "bis-2023-10.a2.tpp_from": float(value)})
    for more in (MILITARY, SUPERCOMPUTER):
        assert ask("RTX 4090", "CN", "2024-06-01", **more).status is Status.UNDECIDED
        found = ask("RTX 4090", "CN", "2024-06-01", rules=changed, **more)
        assert (found.status, found.confidence) == (Status.LICENCE_REQUIRED, 1)
