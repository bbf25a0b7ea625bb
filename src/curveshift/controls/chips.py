"""What the export rules need to know about a chip, and where those specifications come from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

from curveshift.controls.instruments import compiled
from curveshift.errors import CurveshiftError

BITS = {
    "tf32_dense_tflops": 32,
    "fp16_dense_tflops": 16,
    "fp8_dense_tops": 8,
    "fp6_dense_tops": 6,
    "fp4_dense_tops": 4,
}
NUMBERS = (
    *BITS,
    "tpp",
    "die_area_mm2",
    "memory_bandwidth_gbs",
    "memory_gb",
    "interconnect_gbs",
    "pcie_bidir_gbs",
    "package_area_mm2",
)
AREAS = ("die_area_mm2", "package_area_mm2")
# Largest difference between a stated TPP and the one computed from the rates.
TPP_TOLERANCE = 0.02
# Area of the H100 die, near the largest that one exposure can print.
RETICLE_DIE_MM2 = 814.0


@dataclass(frozen=True)
class ChipSpec:
    """Specifications of one accelerator; ``None`` means that the value is not known.

    Parameters
    ----------
    name : str
        Name of the part.
    fp16_dense_tflops, fp8_dense_tops, fp4_dense_tops, fp6_dense_tops, tf32_dense_tflops : float, optional
        Theoretical peak for dense matrices in TFLOP/s or TOP/s, at 16, 8, 4, 6 and (stored in) 32 bits.
        Sparse figures, twice as high on many data sheets, do not count.
    tpp : float, optional
        Stated total processing performance, in TOP/s times bits. Without it, the highest product of rate
        and bit length.
    die_area_mm2 : float, optional
        Area of all logic dies made with non-planar transistors, in mm2.
    nonplanar : bool, optional
        Whether any logic die is made with non-planar transistors.
    memory_bandwidth_gbs : float, optional
        Peak bandwidth to main memory, in GB/s.
    memory_gb : float, optional
        Main memory, in GB.
    interconnect_gbs : float, optional
        Chip-to-chip links, both directions together, in GB/s (0: none).
    pcie_bidir_gbs : float, optional
        PCIe, both directions together, in GB/s.
    datacenter : bool, optional
        Whether the part is designed or marketed for data centres.
    maker : str, optional
        The vendor that ships it, which letters are addressed to.
    memory_type : str, optional
        ``"SRAM"`` marks a part whose memory is on the die and so is not DRAM.
    package_area_mm2 : float, optional
        Area of the package, or of the stack when unpackaged, in mm2: for memory on its own.
    memory_only : bool
        Whether the part is a memory stack that is not packaged with a processor.
    spread : tuple of (str, float, float)
        Specifications that are known only roughly: name, low and high end of a 90 % interval. The number in
        the field itself is the middle.

    Raises
    ------
    CurveshiftError
        When a number is negative or not finite, or when a stated TPP and the rates differ by more than 2 %.

    Examples
    --------
    >>> ChipSpec("H20", fp16_dense_tflops=148, fp8_dense_tops=296).computed_tpp
    2368
    """

    name: str
    fp16_dense_tflops: float | None = None
    fp8_dense_tops: float | None = None
    fp4_dense_tops: float | None = None
    tpp: float | None = None
    die_area_mm2: float | None = None
    nonplanar: bool | None = None
    memory_bandwidth_gbs: float | None = None
    memory_gb: float | None = None
    interconnect_gbs: float | None = None
    pcie_bidir_gbs: float | None = None
    datacenter: bool | None = None
    maker: str | None = None
    memory_type: str | None = None
    fp6_dense_tops: float | None = None
    tf32_dense_tflops: float | None = None
    package_area_mm2: float | None = None
    memory_only: bool = False
    spread: tuple[tuple[str, float, float], ...] = ()

    def __post_init__(self) -> None:
        where = f"chip {self.name!r}"
        for field in NUMBERS:
            value = getattr(self, field)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise CurveshiftError(f"{field} must be a number of at least 0, found {value}", where)
        for field in AREAS:
            if getattr(self, field) == 0:
                raise CurveshiftError(f"{field} must be above 0; leave it out when it is not known", where)
        computed = self.computed_tpp
        if (
            self.tpp is not None
            and computed is not None
            and abs(self.tpp - computed) > TPP_TOLERANCE * computed
        ):
            raise CurveshiftError(
                f"tpp {self.tpp:,.0f} and the {computed:,.0f} from the dense rates differ by more than 2 %"
                " (are they sparse figures?)",
                where,
            )

    @property
    def computed_tpp(self) -> float | None:
        """Highest product of dense rate and bit length over the formats given, in TOP/s times bits."""
        products = [rate * bits for field, bits in BITS.items() if (rate := getattr(self, field)) is not None]
        return max(products, default=None)


def flagship(
    tpp: float,
    bandwidth_gbs: float,
    *,
    name: str = "flagship",
    memory_gb: float | None = None,
    interconnect_gbs: float = 1800.0,
    pcie_bidir_gbs: float = 128.0,
    die_area_mm2: float = 2 * RETICLE_DIE_MM2,
    maker: str = "NVIDIA",
) -> ChipSpec:
    """A future data-centre part, described by its processing performance and memory bandwidth.

    Links, PCIe and die area default to those of the last generation in the chip table (two reticle-size dies,
    1,800 and 128 GB/s).

    Parameters
    ----------
    tpp : float
        Total processing performance, in TOP/s times bits; above 0.
    bandwidth_gbs : float
        Total DRAM bandwidth, in GB/s.
    name, memory_gb, interconnect_gbs, pcie_bidir_gbs, die_area_mm2, maker
        As in `ChipSpec`.

    Returns
    -------
    ChipSpec

    Examples
    --------
    >>> flagship(140_000, 22_000, name="2026 class").fp16_dense_tflops
    8750.0
    """
    return ChipSpec(
        name,
        fp16_dense_tflops=tpp / 16,
        tpp=tpp,
        die_area_mm2=die_area_mm2,
        nonplanar=True,
        memory_bandwidth_gbs=bandwidth_gbs,
        memory_gb=memory_gb,
        interconnect_gbs=interconnect_gbs,
        pcie_bidir_gbs=pcie_bidir_gbs,
        datacenter=True,
        maker=maker,
    )


@cache
def _catalogue() -> dict[str, ChipSpec]:
    from curveshift.facts import rows

    # A part sold both ways cannot be judged without knowing which: that stays unknown.
    sold = {"yes": True, "no": False, "partly": None}

    def links(row: dict[str, Any]) -> float | None:
        # A part listed with PCIe alone has no other links; any other blank stays unknown.
        return 0.0 if row["interconnect_kind"] == "PCIe only" else row["interconnect_gb_per_s"]

    spreads: dict[str, list[tuple[str, float, float]]] = {}
    for s in compiled()["parts"]["spreads"]:
        spreads.setdefault(s["chip"], []).append((s["spec"], s["low"], s["high"]))

    return {
        row["chip"]: ChipSpec(
            name=row["chip"],
            fp16_dense_tflops=row["fp16_dense_tflops"],
            fp8_dense_tops=row["fp8_dense_tops"],
            fp4_dense_tops=row["fp4_dense_tflops"],
            tpp=row["tpp"],
            die_area_mm2=row["die_area_mm2"],
            nonplanar=row["nonplanar"],
            memory_bandwidth_gbs=row["memory_bandwidth_gb_per_s"],
            memory_gb=row["memory_gb"],
            interconnect_gbs=links(row),
            pcie_bidir_gbs=row["pcie_gb_per_s"],
            datacenter=sold[row["datacenter_marketed"]],
            maker=row["vendor"],
            memory_type=row["memory_type"],
            spread=tuple(spreads.get(row["chip"], ())),
        )
        for row in rows("chips")
    }


@cache
def _stacks() -> dict[str, ChipSpec]:
    return {
        m["name"]: ChipSpec(
            m["name"],
            memory_bandwidth_gbs=m["memory_bandwidth_gbs"],
            memory_gb=m["memory_gb"],
            package_area_mm2=m["package_area_mm2"],
            datacenter=True,
            maker="any",
            memory_type=m["name"],
            memory_only=True,
        )
        for m in compiled()["parts"]["memory"]
    }


def memory_stacks() -> dict[str, ChipSpec]:
    """Stacks of high-bandwidth memory on their own, by name.

    Examples
    --------
    >>> memory_stacks()["HBM3"].memory_only
    True
    """
    return dict(_stacks())


def catalogue() -> dict[str, ChipSpec]:
    """The chips of the facts table, by name.

    Returns
    -------
    dict of str to ChipSpec

    Examples
    --------
    >>> catalogue()["H20 SXM 96GB"].tpp
    2368.0
    """
    return dict(_catalogue())
