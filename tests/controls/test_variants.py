"""The computed design-arounds against the parts that vendors really made."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from curveshift.controls import LicencePolicy, catalogue, flagship, rule_book, ruling, variant, variants
from curveshift.controls.deals import deal
from curveshift.controls.rulings import judge
from curveshift.errors import CurveshiftError


def test_2022_rule_gives_full_compute_with_cut_links() -> None:
    """A800 and H800: the compute and memory of A100 and H100, links at 400 GB/s (chip table)."""
    chips = catalogue()
    for original, real in (("A100 SXM 80GB", "A800 SXM 80GB"), ("H100 SXM 80GB", "H800 SXM 80GB")):
        found = variant(date(2022, 11, 8), base=chips[original])
        assert found.tpp == pytest.approx(chips[real].tpp, rel=0.01)
        assert found.memory_bandwidth_gbs == chips[real].memory_bandwidth_gbs
        assert found.interconnect_gbs is not None
        assert found.pcie_bidir_gbs is not None
        assert found.interconnect_gbs + found.pcie_bidir_gbs == 599
        assert chips[real].interconnect_gbs == 400 < found.interconnect_gbs


def test_a_die_without_pcie_keeps_all_that_the_limit_leaves_to_links() -> None:
    with_pcie = variant(date(2022, 11, 8), base=flagship(20_000, 4_000, pcie_bidir_gbs=128.0))
    without = variant(date(2022, 11, 8), base=flagship(20_000, 4_000, pcie_bidir_gbs=0.0))
    assert with_pcie is not None
    assert without is not None
    assert (with_pcie.interconnect_gbs, without.interconnect_gbs) == (471, 599)


def test_2023_rule_gives_an_h20() -> None:
    """H20: TPP 2,368 at 814 mm2 with 4,000 GB/s and full links (chip table)."""
    h20 = catalogue()["H20 SXM 96GB"]
    found = variant(date(2023, 12, 1))
    assert found.tpp == pytest.approx(h20.tpp, rel=0.02)
    assert found.memory_bandwidth_gbs == pytest.approx(h20.memory_bandwidth_gbs, rel=0.01)
    assert found.memory_gb == h20.memory_gb
    assert found.interconnect_gbs == h20.interconnect_gbs
    assert found.die_area_mm2 == h20.die_area_mm2


def test_2025_letters_give_an_rtx_6000d() -> None:
    """RTX 6000D: 1,398 GB/s (chip table) and about 581 TFLOP/s at 4 bits, so a TPP near 2,324.

    The rate is from The Register, September 2025.
    """
    found = variant(date(2025, 5, 1))
    assert found.tpp == pytest.approx(4 * 581, rel=0.04)
    assert found.memory_bandwidth_gbs == pytest.approx(1398, rel=0.001)
    assert found.interconnect_gbs is not None
    assert found.pcie_bidir_gbs is not None
    assert found.memory_bandwidth_gbs + found.interconnect_gbs + found.pcie_bidir_gbs == 1699


def test_2026_policy_separates_free_from_case_by_case() -> None:
    day = date(2026, 2, 1)
    licensed = variant(day, licence="case_by_case")
    assert (licensed.tpp, licensed.memory_bandwidth_gbs) == (20_999, 6_499)
    assert ruling(licensed, day).licence_policy is LicencePolicy.CASE_BY_CASE
    free = variant(day)
    assert (free.tpp, free.memory_bandwidth_gbs) == (2_399, 1_399)


def test_changed_thresholds_move_the_variant() -> None:
    changes = {"bis-2026-01.case_by_case.tpp_below": 30_000.0}
    assert variant(date(2026, 2, 1), changes, licence="case_by_case").tpp == 29_999
    looser = {"letters-2025-04.memory.dram_from": 2_000.0, "letters-2025-04.sum.total_from": 2_500.0}
    assert variant(date(2026, 2, 1), looser, "rollout").memory_bandwidth_gbs == 1_999


def test_two_dies_may_hold_more_below_the_density_line() -> None:
    """3A090.b.1 starts at a density of 1.6, so 1,628 mm2 leave room for 2,604 TPP without a licence."""
    found = variant(date(2023, 12, 1), base=flagship(200_000, 20_000))
    assert found.tpp == pytest.approx(1.6 * 1628 - 1)


def test_memory_first_gives_up_links_under_a_limit_on_their_sum() -> None:
    sum_only = {"letters-2025-04.memory.dram_from": 1e6, "letters-2025-04.links.io_from": 1e6}
    found = variant(date(2025, 5, 1), sum_only, "rollout", base=catalogue()["H200 SXM 141GB"])
    assert (found.memory_bandwidth_gbs, found.interconnect_gbs) == (1700 - 128 - 1, 0)
    assert ruling(found, date(2025, 5, 1), rules=rule_book(sum_only)).status.free


def test_no_rules_give_the_full_part() -> None:
    base = flagship(60_000, 8_000)
    assert variant(None, base=base).tpp == 60_000


@pytest.mark.parametrize("day", [date(2022, 11, 15), date(2023, 11, 20), date(2024, 6, 1), date(2025, 6, 1)])
def test_the_variant_is_free_and_beats_every_free_chip_of_its_die(day: date) -> None:
    found = variant(day)
    assert ruling(found, day).status.free
    assert found.tpp is not None
    cut_from = [c for c in catalogue().values() if c.datacenter and c.die_area_mm2 == found.die_area_mm2]
    rivals = [c.tpp for c in cut_from if c.tpp is not None and ruling(c, day).status.free]
    assert all(found.tpp >= tpp for tpp in rivals)


def test_bad_input() -> None:
    day = date(2024, 6, 1)
    with pytest.raises(CurveshiftError, match="no die is recorded for 2019-01-01"):
        variant(date(2019, 1, 1))
    with pytest.raises(CurveshiftError, match="unknown workload 'train'"):
        variant(day, workload="train")
    with pytest.raises(CurveshiftError, match="unknown licence 'any'"):
        variant(day, licence="any")
    with pytest.raises(CurveshiftError, match="is case by case on 2024-06-01"):
        variant(day, licence="case_by_case")
    with pytest.raises(CurveshiftError, match="without die_area_mm2"):
        variant(day, base=catalogue()["Instinct MI300A"])
    with pytest.raises(CurveshiftError, match="without a tpp above 0"):
        variant(day, base=flagship(0, 1000))


@pytest.mark.parametrize("workload", ["pretrain", "rollout"])
@pytest.mark.parametrize(
    ("day", "changes"),
    [
        (date(2022, 12, 1), None),
        (date(2023, 12, 1), {"bis-2023-10.a2.density_from": 2.0}),
        (date(2025, 4, 20), None),
        (date(2026, 6, 15), {"bis-2026-01.case_by_case.tpp_below": 9000.0}),
    ],
)
def test_the_search_finds_what_judging_every_corner_finds(day: date, changes: Any, workload: Any) -> None:
    book = rule_book(changes)
    about = deal(day, "CN")
    instruments = variants._reaching(book, about)
    limits = variants._limits(instruments)
    corners = [chip for die in variants._designs(day, "free") for chip in variants._corners(die, limits)]
    free = [chip for chip in corners if judge(chip, instruments, about, book.reviewed).status.free]
    found = variant(day, changes, workload)
    assert replace(found, name="") in [replace(chip, name="") for chip in free]
    first, second = (
        ("tpp", "memory_bandwidth_gbs") if workload == "pretrain" else ("memory_bandwidth_gbs", "tpp")
    )

    def merit(chip: Any) -> tuple[float, ...]:
        links = (chip.interconnect_gbs or 0.0) + (chip.pcie_bidir_gbs or 0.0)
        return getattr(chip, first), getattr(chip, second), links, chip.memory_gb or 0.0

    assert merit(found) == max(map(merit, free))
