"""Versions of the joint model: what is switched on, and how undisclosed compute is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from curveshift.errors import unknown_name


@dataclass(frozen=True)
class Specification:
    """One version of the joint model.

    Attributes
    ----------
    name, meaning : str
        What it is.
    gain_grows : bool
        Whether the gain of reasoning training may change with time.
    families : bool
        Whether models of one base or release share an effect.
    compute_error : bool
        Whether published compute has an error.
    undisclosed_shift_oom : float
        Added to the mean of compute that was not published from `Settings.undisclosed_since` on.
    stacked : bool
        Whether it takes part in the average over versions; the others show what moves.
    """

    name: str
    meaning: str
    gain_grows: bool = True
    families: bool = True
    compute_error: bool = True
    undisclosed_shift_oom: float = 0.0
    stacked: bool = True

    @property
    def program(self) -> Specification:
        """What sets the program apart: versions that differ only in their data have one and the same."""
        return replace(self, name="", meaning="", undisclosed_shift_oom=0.0, stacked=True)

    @property
    def absent(self) -> tuple[str, ...]:
        """Parameters that this version does not have."""
        without = {
            "gain_growth": self.gain_grows, "family_share": self.families, "error_scale": self.compute_error,
        }  # fmt: skip
        return tuple(name for name, there in without.items() if not there)


_ALL: Final = (
    Specification("full", "Everything is estimated."),
    Specification("constant-gain", "The gain of reasoning training does not change.", gain_grows=False),
    Specification("no-families", "Models of one base or release are independent.", families=False),
    Specification("compute-as-stated", "Published compute is taken as exact.", compute_error=False),
    Specification(
        "undisclosed-larger",
        "Undisclosed compute since 2025 is half an order of magnitude larger than its trend.",
        undisclosed_shift_oom=0.5,
        stacked=False,
    ),
    Specification(
        "undisclosed-smaller",
        "Undisclosed compute since 2025 is half an order of magnitude smaller than its trend.",
        undisclosed_shift_oom=-0.5,
        stacked=False,
    ),
)
SPECIFICATIONS: Final[Mapping[str, Specification]] = MappingProxyType({s.name: s for s in _ALL})


def specification(name: str) -> Specification:
    """Look a version up by name.

    Raises
    ------
    CurveshiftError
        For an unknown name, with the nearest.

    Examples
    --------
    >>> specification("full").gain_grows
    True
    """
    if name not in SPECIFICATIONS:
        raise unknown_name("specification", name, SPECIFICATIONS)
    return SPECIFICATIONS[name]
