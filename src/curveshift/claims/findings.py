"""What was found of a claim: a verdict, its numbers, and what would turn it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

from .stated import Claim, source, sure, unlikely

if TYPE_CHECKING:
    from curveshift.decide import Estimate

SUPPORTED: Final = "supported"
NOT_SUPPORTED: Final = "not supported"
DEPENDS: Final = "depends"
NOT_TESTABLE: Final = "not testable with these facts"
VERDICTS: Final = (SUPPORTED, DEPENDS, NOT_SUPPORTED, NOT_TESTABLE)


@dataclass(frozen=True)
class Figure:
    """One number behind a verdict.

    Attributes
    ----------
    label, unit : str
        The unit is empty for a probability or a count.
    value : float
    low, high : float or None
        90 % interval, where there is one; of a simulated probability, 1.64 Monte Carlo errors either way.
    """

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    unit: str = ""

    @classmethod
    def simulated(cls, label: str, found: Estimate) -> Figure:
        """A simulated probability with its Monte Carlo error."""
        from curveshift.records.distributions import Z90

        if found.error != found.error:
            return cls(label, found.value)
        return cls(label, found.value, found.value - Z90 * found.error, found.value + Z90 * found.error)

    def __str__(self) -> str:
        span = "" if self.low is None or self.high is None else f" ({self.low:.3g} to {self.high:.3g})"
        return f"{self.label}: {self.value:.3g}{span}{f' {self.unit}' if self.unit else ''}"


@dataclass(frozen=True)
class Finding:
    """A claim judged.

    Attributes
    ----------
    claim : Claim
    verdict : str
        One of `VERDICTS`.
    on : str
        What it depends on; empty unless the verdict is ``depends``.
    sentence : str
        What was found, in words.
    figures : tuple of Figure
        The numbers that the rule was applied to first.
    flip : str
        What would turn the verdict, with the value.
    """

    claim: Claim
    verdict: str
    sentence: str
    figures: tuple[Figure, ...] = ()
    flip: str = ""
    on: str = ""

    @property
    def told(self) -> str:
        """The verdict in words.

        Examples
        --------
        >>> from curveshift.claims import statement
        >>> Finding(statement("by-2027"), "depends", "...", on="the threshold").told
        'depends on the threshold'
        """
        return f"depends on {self.on}" if self.verdict == DEPENDS else self.verdict

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self) | {"told": self.told}


@dataclass(frozen=True)
class Findings:
    """Every claim that was asked for, judged.

    Attributes
    ----------
    items : tuple of Finding
        In the order of the argument.
    provenance : dict
        Draws, seed, dates and digests that the verdicts rest on.
    """

    items: tuple[Finding, ...]
    provenance: Mapping[str, Any]
    cited: str = ""

    def __getitem__(self, name: str) -> Finding:
        """The finding of one claim."""
        return next(found for found in self.items if found.claim.name == name)

    def counted(self) -> dict[str, int]:
        """How many claims have each verdict."""
        return {v: sum(found.verdict == v for found in self.items) for v in VERDICTS}

    def sources(self) -> str:
        """Every source that the verdicts rest on, as a Markdown list."""
        return f"- {source()}\n{self.cited}"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{f.claim.part}</td><td>{escape(f.claim.sentence)}</td><td>{escape(f.told)}</td>"
            f"<td>{escape(f.sentence)}</td></tr>"
            for f in self.items
        )
        head = "<tr><th>part</th><th>claim</th><th>verdict</th><th>what was found</th></tr>"
        return f"<table>{head}{rows}</table>"


def by_probability(share: float, on: str) -> tuple[str, str]:
    """Verdict on an event with this probability, and what it depends on between the cuts.

    Examples
    --------
    >>> by_probability(0.95, "x"), by_probability(0.5, "x")
    (('supported', ''), ('depends', 'x'))
    """
    if share >= sure():
        return SUPPORTED, ""
    return (NOT_SUPPORTED, "") if share <= unlikely() else (DEPENDS, on)


def by_agreement(holds: Sequence[bool], on: str) -> tuple[str, str]:
    """Verdict on a statement tried in several settings: all, none or some.

    Examples
    --------
    >>> by_agreement([True, False], "the threshold")
    ('depends', 'the threshold')
    """
    if all(holds):
        return SUPPORTED, ""
    return (DEPENDS, on) if any(holds) else (NOT_SUPPORTED, "")
