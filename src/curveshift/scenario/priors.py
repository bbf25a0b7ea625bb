"""Assumptions, levers and correlations as the model reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from curveshift import notebooks
from curveshift.errors import CurveshiftError
from curveshift.records import Distribution, from_data, parse_value

if TYPE_CHECKING:
    from curveshift.records.distributions import Support

_LINK = re.compile(r",?\s*(https?://\S+)$")


@dataclass(frozen=True)
class Source:
    """A short citation, with a link and pages where there are any."""

    cite: str
    url: str = ""
    pages: str = ""

    @classmethod
    def parse(cls, text: str) -> Source:
        """Read a citation in one string; a link at its end becomes `url`.

        Examples
        --------
        >>> Source.parse("Hoffmann et al. 2022, https://arxiv.org/abs/2203.15556").url
        'https://arxiv.org/abs/2203.15556'
        """
        link = _LINK.search(text)
        return cls(text[: link.start()].strip(), link[1]) if link else cls(text.strip())

    def __str__(self) -> str:
        return ", ".join(part for part in (self.cite, self.pages, self.url) if part)


@dataclass(frozen=True)
class Assumption:
    """One uncertain number that the model uses.

    Attributes
    ----------
    name : str
        Dotted key, such as ``diversion.chips_2024``.
    dimension : int
        The Sobol dimension that it owns for good.
    distribution : Distribution
        Its value, in `unit`.
    unit, support, meaning, why, kind, group, notes : str
        What it is and why it has this value; `kind` is measured, fitted or judgement.
    sources : tuple of Source
        Empty only for a judgement.
    reviewed : datetime.date
        When the value was last looked at.
    bounds : tuple of (float or None, float or None), optional
        Hard limits on any value it is given.
    """

    name: str
    dimension: int
    distribution: Distribution
    unit: str
    support: Support
    meaning: str
    why: str
    kind: str
    sources: tuple[Source, ...]
    reviewed: date
    group: str
    bounds: tuple[float | None, float | None] | None = None
    notes: str = ""

    def _repr_html_(self) -> str:
        rows = [
            ("value", self.describe()),
            ("kind", self.kind),
            ("why", self.why),
            ("reviewed", self.reviewed),
        ]
        sources = [("source", str(source)) for source in self.sources]
        return notebooks.table([], [*rows, *sources], self.name, [self.meaning])

    def describe(self) -> str:
        """Value in words with its unit, such as ``10k to 300k (90 %), lognormal, chip``."""
        return self.distribution.describe() + ("" if self.unit == "1" else f", {self.unit}")

    def with_value(self, value: Any) -> Assumption:
        """A copy with another value, written as in a file; bounds and unit are checked.

        Raises
        ------
        CurveshiftError
            When the value does not fit the support, the unit or the bounds.
        """
        if isinstance(value, Distribution):
            return replace(self, distribution=value)
        if isinstance(value, Mapping):
            from .fitted import resolve

            value = resolve(value, self.unit)
        plain = parse_value(value, self.support, self.unit)
        if self.bounds is not None:
            low, high = plain.interval(0.9)
            least, most = self.bounds
            # Rounding in the quantile function must not refuse a value that stands on the bound.
            slack = 1e-12 * max(abs(low), abs(high))
            if (least is not None and low < least - slack) or (most is not None and high > most + slack):
                ends = (
                    f"{'any' if least is None else f'{least:g}'} to {'any' if most is None else f'{most:g}'}"
                )
                raise CurveshiftError(f"{plain.describe()} is outside the accepted range {ends} {self.unit}")
        found = parse_value(value, self.support, self.unit, self.bounds)
        return replace(self, distribution=found)

    @classmethod
    def from_data(cls, name: str, data: Mapping[str, Any]) -> Assumption:
        """Read one compiled record."""
        bounds = data["bounds"]
        return cls(
            name=name,
            dimension=data["dimension"],
            distribution=from_data(data["distribution"]),
            unit=data["unit"],
            support=data["support"],
            meaning=data["meaning"],
            why=data["why"],
            kind=data["kind"],
            sources=tuple(Source(**source) for source in data["sources"]),
            reviewed=date.fromisoformat(data["reviewed"]),
            group=data["group"],
            bounds=None if bounds is None else (bounds[0], bounds[1]),
            notes=data["notes"],
        )


@dataclass(frozen=True)
class Lever:
    """Something a policy can set, apart from the rule book and Beijing's stance.

    Attributes
    ----------
    name, unit, meaning, group, why : str
        What it is.
    default : float
        Its value where no policy sets it, in `unit`.
    low, high : float
        Ends of the accepted range, both included.
    sources : tuple of Source
        Where the default or the lever comes from.
    """

    name: str
    unit: str
    default: float
    low: float
    high: float
    meaning: str
    group: str
    why: str
    sources: tuple[Source, ...] = field(default=())

    def check(self, value: float, where: str | None = None) -> float:
        """Return a value that is within the range, and refuse any other."""
        if not self.low <= value <= self.high:
            raise CurveshiftError(
                f"{self.name} = {value:g} is outside its range {self.low:g} to {self.high:g} {self.unit}",
                where,
            )
        return value

    @classmethod
    def from_data(cls, name: str, data: Mapping[str, Any]) -> Lever:
        """Read one compiled record."""
        sources = tuple(Source(**source) for source in data["sources"])
        return cls(name=name, **{**data, "sources": sources})


@dataclass(frozen=True)
class Correlation:
    """Spearman's rank correlation between two assumptions, with its reason."""

    a: str
    b: str
    rank_correlation: float
    why: str
    sources: tuple[Source, ...] = field(default=())

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Correlation:
        """Read one compiled record."""
        sources = tuple(Source(**source) for source in data["sources"])
        return cls(**{**data, "sources": sources})
