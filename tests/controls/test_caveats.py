"""What a ruling says beside its answer, where no clause can judge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from curveshift.controls import Ruling, classify, compiling, rule_book, user_rules
from curveshift.controls.instruments import DATA
from curveshift.errors import CurveshiftError


def ask(chip: Any, to: str, on: str, **more: Any) -> Ruling:
    found = classify(chip, to, on, **more)
    assert isinstance(found, Ruling)
    return found


def says(texts: tuple[str, ...], words: str) -> bool:
    return any(words in text for text in texts)


def test_a_listed_chip_says_what_holds_for_computers() -> None:
    """742.6(a)(6)(iii) lists 4A090 and the .z paragraphs beside 3A090, halves .a and .b alike."""
    assert says(ask("H100", "MY", "2024-06-01").assumptions, "4A090")
    assert says(ask("L40", "CN", "2024-06-01").assumptions, "4A090")
    # A chip below the list puts no computer on it (Note 4 to 3A090).
    assert not says(ask("T4", "CN", "2024-06-01").assumptions, "4A090")


@pytest.mark.parametrize(
    ("chip", "to", "on", "more", "said"),
    [
        ("H100", "CN", "2024-06-01", {"transaction": "reexport"}, True),
        (
            "H100",
            "MY",
            "2024-06-01",
            {"transaction": "in-country transfer", "buyer_headquarters": "CN"},
            True,
        ),
        ("H100", "CN", "2024-06-01", {}, False),
        ("T4", "CN", "2024-06-01", {"transaction": "reexport"}, False),
        # 734.9(h) of 2022 reached China, and Macau from January 2023.
        ("H100", "MO", "2022-12-01", {"transaction": "reexport"}, False),
        ("H100", "MO", "2023-02-01", {"transaction": "reexport"}, True),
    ],
)
def test_a_reexport_says_that_the_part_is_taken_to_be_under_the_rules(
    chip: str, to: str, on: str, more: dict[str, str], said: bool
) -> None:
    assert says(ask(chip, to, on, **more).assumptions, "734.9(h)") is said


def test_a_supercomputer_abroad_says_what_the_rule_on_direct_products_reaches() -> None:
    found = ask("T4", "CN", "2024-06-01", end_user="supercomputer", transaction="reexport")
    assert says(found.assumptions, "734.9(i)")
    assert not says(ask("T4", "CN", "2024-06-01", end_user="supercomputer").assumptions, "734.9(i)")


def test_a_listed_buyer_is_told_of_its_entry_and_of_the_footnotes() -> None:
    found = ask("T4", "CN", "2024-06-01", end_user="entity-list")
    assert says(found.warnings, "own entry on the Entity List")
    assert says(found.warnings, "footnote 1 or 4")
    assert says(found.warnings, "footnote 5 reaches tools")
    civil = ask("T4", "CN", "2024-06-01")
    assert not says(civil.warnings, "footnote")
    assert says(civil.assumptions, "buys for one that is")


@pytest.mark.parametrize(
    ("chip", "on", "said"),
    [
        # Supplement No. 6 to part 740 names Nvidia and AMD, not Huawei or Groq.
        ("H20", "2025-06-01", False),
        ("MI308X", "2025-06-01", False),
        ("Ascend 910B", "2025-06-01", True),
        ("Groq LPU", "2025-06-01", True),
        ({"tpp": 1000, "datacenter": True}, "2025-06-01", True),
        ({"tpp": 1000, "datacenter": True, "nonplanar": False}, "2025-06-01", False),
        ("HBM3", "2025-06-01", False),
        ("Ascend 910B", "2025-01-30", False),
    ],
)
def test_a_foundry_is_told_what_it_must_presume(chip: Any, on: str, said: bool) -> None:
    """Note 1 to 3A090.a binds fabricators and packagers alone, and yields to approved designers."""
    found = ask(chip, "MY", on)
    assert says(found.warnings, "must presume that it is 3A090.a") is said


def test_parts_made_in_breach_are_named_on_every_day() -> None:
    for day in ("2024-06-01", "2026-06-01"):
        assert says(ask("Ascend 910C", "MY", day).warnings, "General Prohibition 10")
    assert not says(ask("Ascend 950DT", "MY", "2026-06-01").warnings, "General Prohibition 10")


@pytest.mark.parametrize(
    ("user", "on", "words", "said"),
    [
        ("entity-list", "2024-06-01", "if the entry carries footnote 1 or 4", True),
        ("entity-affiliate", "2024-06-01", "footnote 1 or 4", False),
        ("entity-affiliate", "2025-10-15", "owner's entry carries footnote 1 or 4", True),
        ("entity-affiliate", "2025-11-10", "footnote 1 or 4", False),
        ("entity-affiliate", "2026-11-10", "owner's entry carries footnote 1 or 4", True),
    ],
)
def test_footnotes_are_those_of_an_entry_that_counts_on_the_day(
    user: str, on: str, words: str, said: bool
) -> None:
    assert says(ask("T4", "CN", on, end_user=user).warnings, words) is said


@pytest.mark.parametrize(
    ("chip", "to", "on", "more", "said"),
    [
        ("H100", "DE", "2026-05-01", {}, True),
        # The text frees these as well: ACA, Supplement No. 8; and for China the paragraph is enforced.
        ("RTX 4090", "KH", "2025-12-01", {}, False),
        ("RTX 4090", "CN", "2026-05-01", {"transaction": "in-country transfer"}, False),
        ("H100", "AE", "2026-08-01", {"end_user": "uae-approved"}, False),
        ("L4", "AE", "2026-08-01", {"end_user": "uae-approved"}, False),
        ("H100", "DE", "2024-05-01", {}, False),
    ],
)
def test_what_the_text_asks_is_said_where_it_asks_for_more(
    chip: str, to: str, on: str, more: dict[str, str], said: bool
) -> None:
    assert says(ask(chip, to, on, **more).warnings, "as written asks a licence worldwide") is said


@pytest.mark.parametrize(
    ("chip", "to", "on", "said"),
    [
        ("H100", "SA", "2026-08-01", True),
        ("H100", "CN", "2026-08-01", True),
        ("H100", "AE", "2026-06-01", True),
        ("HBM3", "CN", "2026-08-01", True),
        ("H100", "AE", "2026-08-01", False),
    ],
)
def test_an_approval_that_means_nothing_is_named(chip: str, to: str, on: str, said: bool) -> None:
    found = ask(chip, to, on, end_user="uae-approved")
    assert says(found.warnings, "taken as civil") is said
    assert says(found.assumptions, "no party is on a list")


@pytest.mark.parametrize(
    ("chip", "on", "words", "said"),
    [
        # Listed whatever the day on which a letter came.
        ("MI300X", "2025-04-10", "AMD and Intel", False),
        ("Gaudi 3", "2025-04-12", "AMD and Intel", False),
        ("MI308X", "2025-04-10", "AMD and Intel", True),
        ("MI210", "2025-08-20", "that they hold for another part", False),
        ("A40", "2026-09-03", "that they hold for another part", False),
        ({"tpp": 1500}, "2026-02-01", "that they hold for another part", False),
        (
            {"like": "H20", "memory_bandwidth_gbs": 3000},
            "2026-02-01",
            "that they hold for another part",
            True,
        ),
    ],
)
def test_remarks_on_letters_stand_where_the_letter_matters(
    chip: Any, on: str, words: str, said: bool
) -> None:
    assert says(ask(chip, "CN", on).warnings, words) is said


def test_occupied_regions_and_memory_from_memory() -> None:
    assert says(ask("H100", "UA", "2024-01-01").warnings, "746.6")
    assert says(ask("HBM2", "CN", "2025-03-01").warnings, "typical values")
    assert says(ask("H100", "ET", "2024-01-01").warnings, "State Department")


def test_release_dates_known_to_the_year_say_nothing_within_it() -> None:
    assert not says(ask("L40S", "CN", "2023-10-23").warnings, "after this day")
    assert says(ask("L40S", "CN", "2022-10-23").warnings, "after this day")
    assert says(ask("H200", "CN", "2023-10-23").warnings, "after this day")


def test_every_remark_cites_a_text_and_is_said_once() -> None:
    for instrument in rule_book().instruments:
        keys = {c.key for c in instrument.citations}
        assert all(r.cite in keys and r.reach for r in instrument.remarks)
    found = ask("H100", "CN", "2025-06-01", transaction="reexport", end_user="entity-list")
    assert len(set(found.warnings)) == len(found.warnings)
    assert len(set(found.assumptions)) == len(found.assumptions)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("kind: assumption", "kind: rumour", "kind"),
        ("of: [bis-2022-10, bis-2023-10, ai-diffusion]", "of: [bis-2022-11]", "bis-2022-1"),
        ("cite: text", "cite: txt", "did you mean 'text'"),
        ("destination: [anywhere], transaction", "destination: [nowhere], transaction", "'nowhere'"),
    ],
)
def test_a_wrong_remark_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, words: str
) -> None:
    for source in DATA.glob("*.yaml"):
        text = source.read_text(encoding="utf-8")
        if source.name == "computers_and_foreign_made.yaml":
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / source.name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(compiling, "DATA", tmp_path)
    with pytest.raises(CurveshiftError, match=words):
        compiling.compile_records(tmp_path / "compiled.json")


def test_an_own_rule_may_carry_a_remark(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        """instruments:
  - id: mine
    title: An idea
    kind: rule
    scope: jurisdiction
    announced: 2026-01-01
    effective: 2026-01-01
    reach: [{destination: [MY]}]
    citations: [{key: text, ref: a proposal, evidence: unverified}]
    remarks:
      - {id: big, kind: warning, says: a big part, tests: [{key: t, metric: tpp, op: ">=", value: 4800, unit: TPP}]}
    note: For comparison.
""",
        encoding="utf-8",
    )
    book = user_rules(file)
    assert "a big part" in ask("H100", "MY", "2026-02-01", rules=book).warnings
    assert "a big part" not in ask("T4", "MY", "2026-02-01", rules=book).warnings
    assert "a big part" not in ask("H100", "SG", "2026-02-01", rules=book).warnings
