"""The best that may be shipped: only by answers that are settled, and designs that are no product of a letter."""

from __future__ import annotations

from typing import Any

from curveshift.controls import Ruling, Status, classify, frontier
from curveshift.controls.frontiers import access


def ask(chip: str, to: str, on: str) -> Ruling:
    found = classify(chip, to, on)
    assert isinstance(found, Ruling)
    return found


def best(on: str, to: str) -> dict[tuple[str, str, str], Any]:
    return {(b.workload, b.access, b.kind): b for b in frontier(on, to)}


def test_a_frontier_counts_no_answer_that_is_not_settled() -> None:
    found = best("2025-08-20", "CN")
    assert found["rollout", "assured", "catalogue"].chip.name == "H20 SXM 96GB"
    assert found["pretrain", "case_by_case", "design"].chip is None
    assert found["rollout", "case_by_case", "catalogue"].chip is None
    mi308x = classify(["MI308X"], "CN", "2025-08-20")[0]
    assert (mi308x.confidence, access(mi308x)) == (0, None)
    assert access(ask("H20", "CN", "2025-08-20")) == "assured"


def test_designs_keep_to_the_limits_of_the_review_of_2026() -> None:
    for workload in ("pretrain", "rollout"):
        chip = best("2026-02-01", "CN")[workload, "case_by_case", "design"].chip
        assert (chip.tpp, chip.memory_bandwidth_gbs) == (20_999, 6_499)
    syria = best("2025-10-10", "SY")["rollout", "case_by_case", "design"].chip
    assert syria.memory_bandwidth_gbs < 1_400


def test_a_design_is_not_the_product_that_a_letter_names() -> None:
    """The letters of July 2023 name A100 and H100 products; the letter of October counts TPP from 4,800."""
    assert best("2023-10-25", "AE")["pretrain", "free", "design"].chip.tpp == 4_799
    assert best("2023-09-01", "SA")["pretrain", "free", "design"].unlimited
    assert ask("GH200", "SA", "2023-09-01").status is Status.UNDECIDED
    assert any("July 2023" in w for w in ask("GH200", "SG", "2023-09-15").warnings)
    free = best("2023-09-01", "SA")["pretrain", "free", "catalogue"].chip
    assert free.name.startswith("H800")
