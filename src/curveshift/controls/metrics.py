"""The quantities that the rules test, computed from specifications as the range they can lie in.

A specification that is not known leaves a range instead of a number. A test whose threshold lies outside
that range is decided all the same; otherwise it is undecided, and the missing specification is named.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from curveshift.controls.chips import ChipSpec


@dataclass(frozen=True)
class Range:
    """Lowest and highest value that a metric can have, and the specifications that would settle it."""

    low: float
    high: float
    missing: tuple[str, ...] = ()

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.high + other.high, self.missing + other.missing)

    def decide(self, op: str, threshold: float) -> bool | None:
        """Outcome of ``metric op threshold``: true, false, or ``None`` when both are possible."""
        compare = OPERATORS[op]
        if op == "==" and self.low != self.high:
            return None if self.low <= threshold <= self.high else False
        low, high = compare(self.low, threshold), compare(self.high, threshold)
        return low if low == high else None


OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": lambda value, threshold: value >= threshold,
    ">": lambda value, threshold: value > threshold,
    "<": lambda value, threshold: value < threshold,
    "==": lambda value, threshold: value == threshold,
}


NOTHING = Range(0.0, 0.0)


def _known(value: float | None, spec: str) -> Range:
    return Range(0.0, math.inf, (spec,)) if value is None else Range(value, value)


def tpp(chip: ChipSpec) -> Range:
    """Total processing performance: 2 x MacTOPS x bit length, dense, highest over formats (3A090 notes)."""
    if chip.memory_only:
        return NOTHING
    return _known(chip.tpp if chip.tpp is not None else chip.computed_tpp, "tpp")


def performance_density(chip: ChipSpec) -> Range:
    """TPP over the area of the logic dies with non-planar transistors, in TPP/mm2 (3A090 notes)."""
    if chip.nonplanar is False or chip.memory_only:
        # No area counts, so no density can be met.
        return NOTHING
    missing = tuple(spec for spec in ("nonplanar", "die_area_mm2") if getattr(chip, spec) is None)
    performance = tpp(chip)
    if chip.die_area_mm2 is None or performance.missing:
        return Range(0.0, math.inf, performance.missing + missing)
    density = performance.high / chip.die_area_mm2
    return Range(0.0 if missing else density, density, missing)


def dram_bandwidth_gbs(chip: ChipSpec) -> Range:
    """Bandwidth between the chip and its DRAM, in GB/s; memory on the die is not DRAM."""
    if chip.memory_type == "SRAM" or chip.memory_only:
        return NOTHING
    return _known(chip.memory_bandwidth_gbs, "memory_bandwidth_gbs")


def interconnect_gbs(chip: ChipSpec) -> Range:
    """Chip-to-chip links, both directions, in GB/s."""
    if chip.memory_only:
        return NOTHING
    return _known(chip.interconnect_gbs, "interconnect_gbs")


def io_gbs(chip: ChipSpec) -> Range:
    """All inputs and outputs but volatile memory, both directions, in GB/s: links and PCIe (3A090, 2022)."""
    pcie = NOTHING if chip.memory_only else _known(chip.pcie_bidir_gbs, "pcie_bidir_gbs")
    return interconnect_gbs(chip) + pcie


def dram_and_io_gbs(chip: ChipSpec) -> Range:
    """Sum of DRAM bandwidth and all inputs and outputs, in GB/s."""
    return dram_bandwidth_gbs(chip) + io_gbs(chip)


def datacenter(chip: ChipSpec) -> Range:
    """1 for a part designed or marketed for data centres, else 0."""
    if chip.datacenter is None:
        return Range(0.0, 1.0, ("datacenter",))
    return _known(float(chip.datacenter), "datacenter")


def nonplanar(chip: ChipSpec) -> Range:
    """1 for a part with a logic die of non-planar transistors, as every node at 16/14 nm and below has, else 0."""
    if chip.memory_only:
        return NOTHING
    if chip.nonplanar is None:
        return Range(0.0, 1.0, ("nonplanar",))
    return _known(float(chip.nonplanar), "nonplanar")


def memory_bandwidth_density(chip: ChipSpec) -> Range:
    """Bandwidth of a memory stack over the area of its package, in GB/s/mm2 (3A090.c notes).

    Memory packaged with a logic chip whose main function is processing does not count.
    """
    if not chip.memory_only:
        return NOTHING
    area = _known(chip.package_area_mm2, "package_area_mm2")
    bandwidth = _known(chip.memory_bandwidth_gbs, "memory_bandwidth_gbs")
    missing = bandwidth.missing + area.missing
    if missing or chip.package_area_mm2 is None:
        return Range(0.0, math.inf, missing)
    return Range(bandwidth.low / chip.package_area_mm2, bandwidth.high / chip.package_area_mm2)


METRICS: dict[str, Callable[[ChipSpec], Range]] = {
    f.__name__: f
    for f in (
        tpp,
        performance_density,
        dram_bandwidth_gbs,
        interconnect_gbs,
        io_gbs,
        dram_and_io_gbs,
        datacenter,
        nonplanar,
        memory_bandwidth_density,
    )
}
UNITS: dict[str, str] = {
    "tpp": "TPP",
    "performance_density": "TPP/mm2",
    "dram_bandwidth_gbs": "GB/s",
    "interconnect_gbs": "GB/s",
    "io_gbs": "GB/s",
    "dram_and_io_gbs": "GB/s",
    "datacenter": "flag",
    "nonplanar": "flag",
    "memory_bandwidth_density": "GB/s/mm2",
}
"""The unit in which the threshold of a metric is stated; a flag is 0 or 1."""
