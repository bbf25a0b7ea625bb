"""Known classifications, stated by companies, officials, experts and the press, or read off the rule text."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from curveshift.controls import catalogue, classify, rule_book, ruling

with (Path(__file__).parent / "cases.csv").open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['chip']} {c['to']} {c['on']}")
def test_known_classification(case: dict[str, str]) -> None:
    found = classify(
        case["chip"],
        case["to"],
        case["on"],
        buyer_headquarters=case["buyer_headquarters"] or None,
        transaction=case["transaction"] or "export",
    )
    assert str(found.status) == case["status"]
    if case["licence_policy"]:
        assert str(found.licence_policy) == case["licence_policy"]
    if case["paragraph"]:
        assert any(p.startswith(case["paragraph"]) for p in found.paragraphs)
    assert found.rests_on_letter == case["paragraph"].startswith("is-informed")
    # Every answer can be followed to a text, unless nothing catches the part.
    assert found.citations or str(found.status) == "not_controlled"


def test_every_case_says_where_it_comes_from() -> None:
    assert all(case["basis"] and case["source"] for case in CASES)


@pytest.mark.parametrize(
    ("name", "tpp", "density"),
    [
        ("H100 SXM 80GB", 15_832, 19.45),
        ("H20 SXM 96GB", 2_368, 2.91),
        ("A100 SXM 80GB", 4_992, 6.04),
        ("L40S", 5_864, 9.63),
        ("RTX 4090", 5_284.8, 8.69),
        ("RTX 4090 D", 4_707.2, 7.74),
        ("A40 PCIe", 2_395.2, 3.81),
        ("A10 PCIe", 2_000, 3.18),
        ("L20", 1_912, 3.14),
    ],
)
def test_metrics_of_known_parts(name: str, tpp: float, density: float) -> None:
    """Published data-sheet values: dense rate times bits, over the die area (3A090 notes)."""
    from curveshift.controls import metrics

    chip = catalogue()[name]
    assert chip.computed_tpp == pytest.approx(tpp, rel=1e-3)
    assert metrics.tpp(chip).low == pytest.approx(tpp, rel=1e-3)
    assert metrics.performance_density(chip).low == pytest.approx(density, abs=0.01)


def test_h20_through_the_years() -> None:
    h20 = catalogue()["H20 SXM 96GB"]
    april = ruling(h20, date(2025, 4, 9))
    assert april.rests_on_letter
    assert april.fee_share is None
    july = ruling(h20, date(2025, 7, 15))
    assert str(july.licence_policy) == "assured"
    assert july.fee_share is None
    assert ruling(h20, date(2025, 8, 8)).fee_share == 0.15
    assert ruling(h20, date(2026, 1, 15)).fee_share is None
    assert str(ruling(h20, date(2026, 1, 15)).status) == "licence_required"


def test_conditions_of_january_2026() -> None:
    chips = catalogue()
    h200 = ruling(chips["H200 SXM 141GB"], date(2026, 1, 15))
    assert (h200.cap_share_of_us_volume, h200.tariff_share, h200.fee_share) == (0.5, 0.25, None)
    assert any("laboratory" in text for text in h200.requirements)
    assert ruling(chips["Instinct MI325X"], date(2026, 1, 15)).tariff_share == 0.25
    # The slower H200 card lies outside both tariff bands (14,000 TPP is the lower edge of the first).
    assert ruling(chips["H200 NVL"], date(2026, 1, 15)).tariff_share is None
    assert ruling(chips["B200"], date(2026, 1, 15)).cap_share_of_us_volume is None


def test_memory_and_foundry_rules_are_dated_facts() -> None:
    book = rule_book()
    hbm = book.instrument("bis-2024-12-hbm")
    assert not hbm.in_force(date(2024, 12, 30))
    assert hbm.in_text(date(2024, 12, 30))
    assert hbm.in_force(date(2024, 12, 31))
    assert book.values()["bis-2024-12-hbm.c.density_above"].value == 2
    # In the text on 16 January 2025, with compliance from 31 January.
    foundry = book.instrument("bis-2025-01-foundry")
    assert (foundry.in_text(date(2025, 1, 16)), foundry.in_force(date(2025, 1, 30))) == (True, False)
    assert foundry.in_force(date(2025, 1, 31))
    assert book.values()["bis-2025-01-foundry.presumption.transistors_from"].value == 30
