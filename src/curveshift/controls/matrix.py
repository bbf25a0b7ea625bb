"""Rulings for many chips and months at once, as the arrays that the simulation reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from curveshift.controls.answers import Ruling
from curveshift.controls.chips import ChipSpec
from curveshift.controls.deals import deal
from curveshift.controls.instruments import rule_book
from curveshift.controls.rulings import decide, destination, judged, rule_on
from curveshift.errors import CurveshiftError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

RuleDate = date | Literal["record"] | None
SHARES = ("cap_share_of_us_volume", "fee_share", "tariff_share")


@dataclass(frozen=True)
class PermitMatrix:
    """Rulings by chip and month.

    Attributes
    ----------
    chips : tuple of str
        Names, rows of the arrays.
    months : tuple of datetime.date
        First day of each month, columns of the arrays.
    to : str
        Destination code.
    status, licence_policy : numpy.ndarray of int8, shape (chip, month)
        Codes of `Status` and `LicencePolicy`. The highest status, undecided, is not a permission.
    cap_share_of_us_volume, fee_share, tariff_share : numpy.ndarray of float64, shape (chip, month)
        Shares of 1; ``nan`` where there is none.
    basis : tuple of tuples, shape (chip, month)
        Identifiers of the deciding instruments.
    """

    chips: tuple[str, ...]
    months: tuple[date, ...]
    to: str
    status: NDArray[np.int8]
    licence_policy: NDArray[np.int8]
    cap_share_of_us_volume: NDArray[np.float64]
    fee_share: NDArray[np.float64]
    tariff_share: NDArray[np.float64]
    basis: tuple[tuple[tuple[str, ...], ...], ...]

    def to_frame(self) -> pd.DataFrame:
        """One row per chip and month, with status and policy in words."""
        import pandas as pd

        from curveshift.controls.answers import Status
        from curveshift.controls.instruments import LicencePolicy

        return pd.DataFrame(
            [
                {
                    "chip": chip,
                    "month": month,
                    "status": str(Status(self.status[c, m])),
                    "licence_policy": str(LicencePolicy(self.licence_policy[c, m])),
                    **{share: getattr(self, share)[c, m] for share in SHARES},
                    "basis": ", ".join(self.basis[c][m]),
                }
                for c, chip in enumerate(self.chips)
                for m, month in enumerate(self.months)
            ]
        )


def permits(
    chips: Sequence[ChipSpec],
    months: Sequence[date],
    rule_dates: Sequence[RuleDate],
    changes: Mapping[str, float] | None = None,
    *,
    to: str = "CN",
) -> PermitMatrix:
    """Judge each chip in each month by the rules of a chosen date.

    A month carries one ruling, that of the rule book on its rule date; the actual record is read on the
    15th of the month, so a rule that starts on the 21st counts from the next month. `ruling` gives exact
    days.

    Parameters
    ----------
    chips : sequence of ChipSpec
        Names must differ.
    months : sequence of datetime.date
        Any day of each month.
    rule_dates : sequence of datetime.date, "record" or None
        One per month: the day whose rules apply (a constant freezes or rolls back the rules), ``"record"``
        for those of the month itself, ``None`` for no controls at all.
    changes : mapping of str to float, optional
        Changed thresholds and conditions, as for `rule_book`.
    to : str
        Destination, as for `ruling`.

    Returns
    -------
    PermitMatrix

    Raises
    ------
    CurveshiftError
        When the lengths differ, a chip is given twice, a path is unknown or the destination is not covered.

    Examples
    --------
    >>> h20 = ChipSpec("H20", tpp=2368, die_area_mm2=814, nonplanar=True, memory_bandwidth_gbs=4000,
    ...                interconnect_gbs=900, pcie_bidir_gbs=128, datacenter=True, maker="NVIDIA")
    >>> months = [date(2025, 3, 1), date(2025, 5, 1), date(2025, 9, 1)]
    >>> permits([h20], months, ["record", "record", None]).status.tolist()
    [[0, 3, 0]]
    """
    import numpy as np

    if len(months) != len(rule_dates):
        raise CurveshiftError(
            f"{len(months)} months and {len(rule_dates)} rule dates: give one rule date per month"
        )
    names = tuple(chip.name for chip in chips)
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise CurveshiftError(f"chip {twice!r} is given twice: names must differ", where="chips")
    code = destination(to)
    book = rule_book(changes)
    firsts = tuple(month.replace(day=1) for month in months)
    days = [
        first.replace(day=15) if d == "record" else d for first, d in zip(firsts, rule_dates, strict=True)
    ]
    governed = [deal(day, code) for day in days if day is not None]
    rulings = []
    ruled = rule_on(chips, governed, judged(book), book.reviewed)
    for chip, found in zip(chips, ruled, strict=True):
        # Without any controls there is nothing to weigh.
        free = decide(chip, [], deal(book.reviewed, code), [], book.reviewed)
        left = iter(found)
        rulings.append([free if day is None else next(left) for day in days])

    def codes(read: Callable[[Ruling], int]) -> NDArray[np.int8]:
        return np.array([[read(r) for r in row] for row in rulings], dtype=np.int8).reshape(shape)

    def share(name: str) -> NDArray[np.float64]:
        found = [[getattr(r, name) for r in row] for row in rulings]
        return np.array(found, dtype=np.float64).reshape(shape)

    shape = (len(names), len(firsts))
    return PermitMatrix(
        chips=names,
        months=firsts,
        to=code,
        status=codes(lambda r: r.status),
        licence_policy=codes(lambda r: r.licence_policy),
        cap_share_of_us_volume=share("cap_share_of_us_volume"),
        fee_share=share("fee_share"),
        tariff_share=share("tariff_share"),
        basis=tuple(tuple(r.basis for r in row) for row in rulings),
    )
