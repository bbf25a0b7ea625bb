"""Buyers, places and ways that take an exception away, leave it, or leave the answer open."""

from __future__ import annotations

from typing import Any

import pytest

from curveshift.controls import Ruling, Status, classify, frontier
from curveshift.errors import CurveshiftError


def ask(chip: Any, to: str, on: str, **more: Any) -> Ruling:
    found = classify(chip, to, on, **more)
    assert isinstance(found, Ruling)
    return found


# 15 CFR 740.8(b): no NAC and no ACA where part 744 or 746 asks a licence; 744.11(a), 744.21, 744.23(a)(1) and 746.3 say
# where they do. All read in the eCFR of 24 September 2026.
@pytest.mark.parametrize(
    ("chip", "to", "on", "more", "status", "policy"),
    [
        # 746.3(a)(1): everything that is controlled for regional stability.
        ("L40", "IQ", "2024-06-01", {}, "licence_required", "case_by_case"),
        ("RTX 4090", "IQ", "2026-06-01", {}, "licence_required", "presumption_of_denial"),
        ("RTX 4090", "IQ", "2024-06-01", {"transaction": "transfer"}, "licence_required", "case_by_case"),
        ("A100", "IQ", "2022-12-01", {}, "licence_required", "case_by_case"),
        ("A800", "IQ", "2022-12-01", {}, "not_controlled", "none"),
        ("T4", "IQ", "2024-06-01", {}, "not_controlled", "none"),
        ("T4", "IQ", "2024-06-01", {"end_user": "military"}, "licence_required", "denied"),
        # An affiliate of a listed firm is nobody to part 744 unless the affiliates rule is in force.
        ("RTX 4090", "CN", "2024-06-01", {"end_user": "entity-affiliate"}, "notification", "none"),
        ("RTX 4090", "VN", "2024-06-01", {"end_user": "entity-affiliate"}, "no_licence_required", "none"),
        ("L40", "CN", "2025-02-01", {"end_user": "entity-affiliate"}, "notification", "none"),
        ("RTX 4090", "CN", "2025-10-01", {"end_user": "entity-affiliate"}, "licence_required", "presumption_of_denial"),
        ("RTX 4090", "CN", "2026-11-24", {"end_user": "entity-affiliate"}, "undecided", "none"),
        # 744.21 names five countries, 744.23(a)(1) Macau and the arms-embargoed ones, 744.17 Group D:1.
        ("RTX 4090", "SA", "2024-06-01", {"end_user": "military"}, "no_licence_required", "none"),
        ("RTX 4090", "VN", "2024-06-01", {"end_user": "military"}, "undecided", "none"),
        ("HBM3", "VN", "2025-06-01", {"end_user": "military"}, "no_licence_required", "none"),
        ("RTX 4090", "VN", "2024-06-01", {"end_user": "supercomputer"}, "no_licence_required", "none"),
        ("L40", "MY", "2024-06-01", {"end_user": "supercomputer", "buyer_headquarters": "CN"}, "notification", "none"),
        ("RTX 4080", "CN", "2024-06-01", {"end_user": "military"}, "licence_required", "presumption_of_denial"),
        # Elsewhere a Chinese military end user counts if the list of them names it.
        ("RTX 4080", "MY", "2024-06-01", {"end_user": "military", "buyer_headquarters": "CN"}, "undecided", "none"),
        ("H100", "MY", "2024-06-01", {"end_user": "military", "buyer_headquarters": "CN"}, "licence_required",
         "presumption_of_denial"),
        # 744.23(a)(1) leaves parts of 3A090 itself out.
        ("T4", "CN", "2024-06-01", {"end_user": "supercomputer"}, "licence_required", "presumption_of_denial"),
        ("L40", "CN", "2024-06-01", {"end_user": "supercomputer"}, "undecided", "none"),
        ("H100", "CN", "2024-06-01", {"end_user": "supercomputer"}, "licence_required", "presumption_of_denial"),
        # 746.9(c) since 2 September 2025; what 3A090 lists keeps its own policy.
        ("T4", "SY", "2025-09-01", {}, "licence_required", "denied"),
        ("T4", "SY", "2025-09-02", {}, "licence_required", "case_by_case"),
        ("H100", "SY", "2025-09-02", {}, "licence_required", "presumption_of_denial"),
        # 746.8(b)(3)(vi).
        ("T4", "RU", "2024-01-01", {"buyer_headquarters": "JP"}, "licence_required", "case_by_case"),
        ("T4", "RU", "2024-01-01", {"buyer_headquarters": "CN"}, "licence_required", "denied"),
        # Supplement No. 8 to part 740 frees approved buyers of paragraph .a as of .b.
        ("H100", "AE", "2026-08-01", {"end_user": "uae-approved"}, "no_licence_required", "none"),
        ("H100", "AE", "2026-08-01", {"end_user": "uae-approved", "buyer_headquarters": "CN"}, "licence_required",
         "presumption_of_denial"),
        ("H100", "AE", "2026-08-01", {"end_user": "uae-approved", "reading": "text"}, "no_licence_required", "none"),
        # 22 CFR 126.1(n) since 1 November 2021; the State Department's list governs D:5.
        ("H100", "ET", "2024-01-01", {}, "licence_required", "presumption_of_denial"),
        ("L40", "ET", "2024-06-01", {}, "notification", "none"),
        ("A100", "CN", "2023-06-01", {"buyer_headquarters": "VN"}, "licence_required", "presumption_of_denial"),
        # 744.23(d)(3)(i) for paragraph .b abroad, 742.6(b)(10)(iii)(A)(1) for the rest since January 2025.
        ("A40", "MY", "2026-02-01", {"buyer_headquarters": "CN", "transaction": "transfer"}, "licence_required",
         "case_by_case"),
        ("A40", "VN", "2026-02-01", {"buyer_headquarters": "CN", "transaction": "transfer"}, "licence_required",
         "presumption_of_denial"),
        ("RTX 4090", "MY", "2026-02-01", {"buyer_headquarters": "CN", "transaction": "transfer"}, "licence_required",
         "presumption_of_denial"),
    ],
)  # fmt: skip
def test_buyers_and_exceptions(
    chip: str, to: str, on: str, more: dict[str, str], status: str, policy: str
) -> None:
    found = ask(chip, to, on, **more)
    assert (str(found.status), str(found.licence_policy)) == (status, policy)
    assert found.confidence == (0 if status == "undecided" else 1)
    assert found.citations or status == "not_controlled"


@pytest.mark.parametrize("to", ["AE", "SA", "QA", "IL", "TR"])
def test_the_letters_of_july_2023_leave_the_middle_east_open(to: str) -> None:
    """Nvidia, Form 10-Q of 28 August 2023: a subset of A100 and H100, certain customers, some countries there."""
    found = ask("H100", to, "2023-09-15")
    assert (found.status, found.evidence) == (Status.UNDECIDED, "private_letter")
    ((path, what),) = found.undecided
    assert path == "letters-2023-07.nvidia"
    assert all(word in what[0] for word in ("countries", "customers", "A100 and H100"))
    assert any(c.evidence == "company" for c in found.citations)
    assert str(ask("A800", to, "2023-09-15").status) == "not_controlled"
    assert ask("H100", to, "2023-06-30").status is Status.NO_LICENCE_REQUIRED
    assert ask("MI250", to, "2023-09-15").evidence == "press"


def test_the_letters_of_july_2023_are_named_elsewhere() -> None:
    found = ask("H100", "SG", "2023-09-15")
    assert found.status is Status.NO_LICENCE_REQUIRED
    assert any("July 2023" in w and "certain customers" in w for w in found.warnings)
    assert not any("July 2023" in w for w in ask("H100", "SG", "2023-12-01").warnings)
    assert not any("July 2023" in w for w in ask("L40S", "SG", "2023-09-15").warnings)


def test_no_exception_is_offered_around_a_rule_on_the_buyer_or_the_place() -> None:
    assert ask("HBM2", "RU", "2025-03-01").exceptions == ()
    assert ask("HBM2", "CN", "2025-03-01", end_user="entity-list").exceptions == ()
    assert any("740.25" in e for e in ask("HBM2", "CN", "2025-03-01").exceptions)


def test_the_case_by_case_review_of_2026_is_that_of_the_worldwide_paragraph_too() -> None:
    """742.6(b)(10)(iii)(A)(1) is the policy for what paragraph (a)(6)(iii) lists, (A) and (B) alike."""
    found = ask("H200", "CN", "2026-02-01", reading="text")
    assert (str(found.licence_policy), found.cap_share_of_us_volume) == ("case_by_case", 0.5)
    assert str(ask("B300", "CN", "2026-02-01", reading="text").licence_policy) == "presumption_of_denial"


def test_exceptions_of_january_2025_as_written() -> None:
    """740.27(a), 740.28(c), 740.29(a) and (c)."""

    def offered(to: str, **more: str) -> set[str]:
        found = ask("H100", to, "2025-06-01", reading="text", **more)
        return {name for name in ("AIA", "ACM", "LPP") if any(name in e for e in found.exceptions)}

    assert offered("JP") == {"AIA", "ACM", "LPP"}
    assert offered("JP", buyer_headquarters="MY") == {"ACM", "LPP"}
    assert offered("IN", buyer_headquarters="US") == {"ACM", "LPP"}
    assert offered("IN", buyer_headquarters="US", transaction="in-country transfer") == {"ACM"}
    assert offered("CN") == offered("JP", buyer_headquarters="CN") == set()


def test_a_policy_that_hangs_on_something_open_is_not_certain() -> None:
    # The affiliates rule may or may not be back; the strictest policy of the owners would apply.
    found = ask("H200", "CN", "2026-11-24", end_user="entity-affiliate")
    assert (found.status, found.confidence) == (Status.LICENCE_REQUIRED, 0)
    assert "affiliates-2026-11.owned" in dict(found.undecided)
    assert any("not settled" in w for w in found.warnings)
    # Below 6,500 GB/s it would be case by case.
    unknown = ask({"tpp": 20_999, "datacenter": True}, "CN", "2026-02-01")
    assert (unknown.status, unknown.confidence) == (Status.LICENCE_REQUIRED, 0)
    assert ask("H200", "CN", "2026-02-01").confidence == 1


def test_a_letter_on_a_listed_part_is_judged_by_what_the_list_says_of_it() -> None:
    """742.6(b)(10)(iii)(A)(1) goes before every other policy."""
    found = ask("RTX 5090", "CN", "2026-02-01")
    assert (str(found.licence_policy), found.rests_on_letter) == ("case_by_case", True)
    assert "3A090.a.1" in found.paragraphs
    assert found.cap_share_of_us_volume == 0.5
    assert str(ask("H20", "CN", "2025-05-04").licence_policy) == "presumption_of_denial"


def test_only_what_was_assured_is_assured_without_a_word() -> None:
    assert ask("H20", "CN", "2025-08-20").warnings == ()
    held_by_the_list = ask("MI210", "CN", "2025-08-20")
    assert str(held_by_the_list.licence_policy) == "presumption_of_denial"
    assert not any("a judgement" in w for w in held_by_the_list.warnings)
    like = ask({"like": "H20", "memory_bandwidth_gbs": 3000}, "CN", "2025-08-20")
    assert str(like.licence_policy) == "assured"
    assert any("a judgement" in w for w in like.warnings)


def test_days_that_only_one_firm_published() -> None:
    assert any("AMD and Intel" in w for w in ask("MI308X", "CN", "2025-04-10").warnings)
    assert not any("AMD and Intel" in w for w in ask("H20", "CN", "2025-04-10").warnings)
    assert not any("AMD and Intel" in w for w in ask("MI308X", "CN", "2025-04-16").warnings)


@pytest.mark.parametrize("to", ["PR", "Guam", "AS", "VI", "MP"])
def test_territories_of_the_united_states_are_no_destination(to: str) -> None:
    """15 CFR 734.18(a)(4)."""
    with pytest.raises(CurveshiftError, match=r"not an export destination: .* is part of it"):
        classify("H100", to, "2025-06-01")
    friendly = ask("H100", "CN", "2024-06-01", buyer_headquarters="PR")
    assert str(friendly.licence_policy) == "presumption_of_approval"


@pytest.mark.parametrize(("part", "whole"), [("KY", "GB"), ("LI", "CH"), ("GL", "DK"), ("RE", "FR")])
def test_territories_are_ruled_as_their_state_is(part: str, whole: str) -> None:
    """15 CFR 738.3(b), whose own examples are the Cayman Islands and Liechtenstein."""
    for reading in ("enforced", "text"):
        a, b = (ask("H100", to, "2025-06-01", reading=reading) for to in (part, whole))
        assert (a.answer, a.exceptions) == (b.answer, b.exceptions)


@pytest.mark.parametrize("to", ["RU", "BY", "IR", "KP", "CU", "SY"])
def test_no_design_goes_free_where_every_chip_needs_a_licence(to: str) -> None:
    best = {(b.workload, b.access): b for b in frontier("2026-08-01", to) if b.kind == "design"}
    assert all(b.chip is None and not b.unlimited for (_, way), b in best.items() if way == "free")


def test_where_nothing_binds_there_is_no_design_to_the_limit() -> None:
    free = [b for b in frontier("2026-08-01", "MY") if (b.kind, b.access) == ("design", "free")]
    assert all(b.unlimited and b.chip is None for b in free)
    china = [b for b in frontier("2026-08-01", "CN") if (b.kind, b.access) == ("design", "free")]
    assert all(b.chip is not None and not b.unlimited for b in china)


def test_any_destination_without_a_worldwide_rule_is_not_certain() -> None:
    found = ask("H100", "any", "2024-01-01")
    assert (found.status, found.confidence) == (Status.UNDECIDED, 0)
