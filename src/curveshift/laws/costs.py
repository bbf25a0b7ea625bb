"""What a FLOP costs: a chip's peak rate and rent from the fact tables, and the share of the peak that is reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from curveshift.errors import CurveshiftError, unknown_name

SECONDS_PER_HOUR: Final = 3600.0
FLOP_PER_TFLOP: Final = 1e12


@dataclass(frozen=True)
class Cost:
    """Price of computing on rented chips.

    Parameters
    ----------
    chip : str
    peak_flop_per_s : float
        Dense, at the precision used, above 0.
    mfu : float
        Model FLOP utilisation, above 0 and at most 1.
    usd_per_chip_hour : float
        Rent, or what an owned chip costs an hour; above 0.
    sources : tuple of str

    Examples
    --------
    >>> round(Cost("H100", 989.4e12, mfu=0.4, usd_per_chip_hour=3.0).chip_hours(1e24))
    701884
    """

    chip: str
    peak_flop_per_s: float
    mfu: float
    usd_per_chip_hour: float
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, high in (("peak_flop_per_s", 1e20), ("mfu", 1.0), ("usd_per_chip_hour", 1e6)):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or not 0.0 < value <= high:
                raise CurveshiftError(f"{value!r} is outside its range: above 0, at most {high:g}", name)

    @property
    def usd_per_flop(self) -> float:
        """Dollars for one FLOP that reaches the model."""
        return self.usd_per_chip_hour / (SECONDS_PER_HOUR * self.peak_flop_per_s * self.mfu)

    def chip_hours(self, flop: float) -> float:
        """Hours of one chip for this many FLOP."""
        return flop / (SECONDS_PER_HOUR * self.peak_flop_per_s * self.mfu)


def chip_cost(
    chip: str, mfu: float | None, *, usd_per_chip_hour: float | None = None, as_of: date | str | None = None
) -> Cost:
    """Cost model of a chip in the fact tables, at its dense 16-bit rate.

    Parameters
    ----------
    chip : str
        A chip of ``facts.chips()`` or a family such as ``H100``.
    mfu : float
        Share of the peak that is reached. It has no default: reports range from 0.2 to 0.5.
    usd_per_chip_hour : float, optional
        Without it, the median rent in ``facts.prices()`` over the latest year with rents of the chip.
    as_of : date or str, optional
        Prices known by that day.

    Returns
    -------
    Cost

    Raises
    ------
    CurveshiftError
        For an unknown chip, a missing MFU, or a chip without a rate or rent in the tables.

    Examples
    --------
    >>> chip_cost("H100", 0.4, usd_per_chip_hour=2.0).peak_flop_per_s
    989400000000000.0
    """
    from curveshift import facts

    rows = {row["chip"]: row for row in facts.rows("chips")}
    families = facts.CHIP_FAMILIES
    members = families.get(chip) or ((chip,) if chip in rows else ())
    if not members:
        raise unknown_name("chip", chip, [*rows, *families], "chip")
    spec = rows[members[0]]
    rate = spec["fp16_dense_tflops"]
    if rate is None:
        raise CurveshiftError("the fact tables have no dense 16-bit rate for it: give a Cost", f"chip {chip}")
    if mfu is None:
        raise CurveshiftError(
            "give mfu, the share of the peak rate that is reached (reports range from 0.2 to 0.5)", "mfu"
        )
    told = [f"{spec['source']} (rate of {members[0]})"]
    if usd_per_chip_hour is None:
        usd_per_chip_hour, source = _rent(chip, members, as_of)
        told.append(source)
    return Cost(members[0], float(rate) * FLOP_PER_TFLOP, mfu, usd_per_chip_hour, tuple(told))


def _rent(chip: str, members: tuple[str, ...], as_of: date | str | None) -> tuple[float, str]:
    """Median rent of the latest year with rents, and where it comes from."""
    from statistics import median

    from curveshift import facts

    day = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    found = []
    for row in facts.rows("prices"):
        if row["category"] != "chip_rental" or row["central"] is None or (day and row["date"] > day):
            continue
        priced = facts.CHIP_FAMILIES.get(row["chip"], (row["chip"],))
        # A price of a family is that of its most common member.
        if row["chip"] == chip or priced[0] == members[0]:
            found.append(row)
    if not found:
        raise CurveshiftError("the fact tables have no rent of it: give usd_per_chip_hour", f"chip {chip}")
    latest = max(row["date"] for row in found)
    recent = [row for row in found if (latest - row["date"]).days < 365]
    value = median(float(row["central"]) for row in recent)
    span = f"{min(row['date'] for row in recent)} to {latest}"
    return value, f"{recent[0]['source']} (median of {len(recent)} rents, {span})"
