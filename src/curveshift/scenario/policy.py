"""Policies: a dated US part, a dated Beijing part, and dated levers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Generic, Literal, TypeVar

from curveshift import notebooks
from curveshift.errors import CurveshiftError, unknown_name
from curveshift.records import Dated, mid_month

from .priors import Lever, Source

T = TypeVar("T")

# Which rule book is in force: that of a fixed day, the one of each day itself, or none at all.
RuleBook = date | Literal["record"] | None
STANCES = ("open", "guided", "blocked", "responsive")


@dataclass(frozen=True)
class Step(Generic[T]):
    """A value from a day on, until the next step."""

    start: date
    value: T
    reason: str
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class Policy:
    """One choice of rules and levers over time.

    Months are judged on their 15th: a step that begins on the 15th or before counts for the whole month.

    Attributes
    ----------
    name, title, meaning : str
        What it is called and what it says.
    kind : {"policy", "intervention"}
        An intervention sets an outcome directly and is no choice that a government has.
    us : tuple of Step
        The rule book: a date (the rules of that day), ``"record"`` (those of each day) or None (no rules).
    beijing : tuple of Step
        Beijing's stance: open, guided, blocked or responsive.
    levers : mapping of str to tuple of Step
        Values of levers over time.
    changes : tuple of Step
        Changed thresholds of rules, ``{dotted key: number}``, added up from each start on.
    half_life_years : float, optional
        Time in which half of the policies of this kind are undone.
    """

    name: str
    title: str
    meaning: str
    kind: str
    us: tuple[Step[RuleBook], ...]
    beijing: tuple[Step[str], ...]
    levers: Mapping[str, tuple[Step[float], ...]] = field(default_factory=dict)
    changes: tuple[Step[Mapping[str, float]], ...] = ()
    half_life_years: float | None = None

    def _repr_html_(self) -> str:
        said: list[tuple[Any, ...]] = [
            ("US rules", "none" if s.value is None else s.value, s.start, s.reason) for s in self.us
        ]
        said += [("Beijing", s.value, s.start, s.reason) for s in self.beijing]
        said += [(name, s.value, s.start, s.reason) for name, steps in self.levers.items() for s in steps]
        said += [(key, value, s.start, s.reason) for s in self.changes for key, value in s.value.items()]
        head = ["what", "value", "from", "reason"]
        return notebooks.table(head, said, f"{self.name} ({self.kind}): {self.title}", [self.meaning])

    def rule_dates(self, months: Sequence[date]) -> list[RuleBook]:
        """Rule book of each month; ``"record"`` before the first step."""
        return [step.value if (step := in_force(self.us, month)) else "record" for month in months]

    def stances(self, months: Sequence[date]) -> list[str]:
        """Beijing's stance in each month; ``"open"`` before the first step."""
        return [step.value if (step := in_force(self.beijing, month)) else "open" for month in months]

    def rule_changes(self, months: Sequence[date]) -> list[dict[str, float]]:
        """Changed thresholds in force in each month, for the rule book of that month."""
        found = []
        for month in months:
            active: dict[str, float] = {}
            for step in self.changes:
                if step.start <= mid_month(month):
                    active.update(step.value)
            found.append(active)
        return found

    def lever_values(self, lever: Lever, months: Sequence[date]) -> tuple[float, ...]:
        """Value of a lever in each month; its default until the first step."""
        steps = self.levers.get(lever.name, ())
        if not steps:
            return (lever.default,) * len(months)
        dated = Dated(tuple(s.start for s in steps), tuple(s.value for s in steps))
        return dated.on(months, before=lever.default)

    def with_stance(self, stance: str, start: date) -> Policy:
        """The same policy with another Beijing part from a day on, named ``policy+stance``."""
        if stance not in STANCES:
            raise unknown_name("stance", stance, STANCES)
        step = Step(start, stance, f"Named with the policy: {self.name}+{stance}.")
        return replace(
            self,
            name=f"{self.name}+{stance}",
            title=f"{self.title}; Beijing {stance}",
            meaning=f"{self.meaning} Beijing's stance from {start} on: {stance}.",
            beijing=(*(s for s in self.beijing if s.start < start), step),
        )

    def with_lever(self, lever: Lever, value: float, start: date) -> Policy:
        """The same policy with a lever held at one value from a day on."""
        step = Step(start, lever.check(value), "Set by the user.")
        kept = tuple(s for s in self.levers.get(lever.name, ()) if s.start < start)
        return replace(self, levers={**self.levers, lever.name: (*kept, step)})

    def all_sources(self) -> Iterable[Source]:
        """Every source of every step."""
        parts: tuple[Iterable[Step[Any]], ...] = (self.us, self.beijing, self.changes, *self.levers.values())
        for steps in parts:
            for step in steps:
                yield from step.sources

    def to_data(self) -> dict[str, Any]:
        """Plain JSON content that `from_data` reads back."""
        return {
            "title": self.title,
            "meaning": self.meaning,
            "kind": self.kind,
            "us": [_step_data(s, "none" if s.value is None else str(s.value)) for s in self.us],
            "beijing": [_step_data(s, s.value) for s in self.beijing],
            "levers": {name: [_step_data(s, s.value) for s in steps] for name, steps in self.levers.items()},
            "changes": [_step_data(s, dict(s.value)) for s in self.changes],
            "half_life_years": self.half_life_years,
        }

    @classmethod
    def from_data(cls, name: str, data: Mapping[str, Any]) -> Policy:
        """Read one compiled record."""
        return cls(
            name=name,
            title=data["title"],
            meaning=data["meaning"],
            kind=data["kind"],
            us=tuple(_step(s, read_rules(s["value"])) for s in data["us"]),
            beijing=tuple(_step(s, str(s["value"])) for s in data["beijing"]),
            levers={
                key: tuple(_step(s, float(s["value"])) for s in steps)
                for key, steps in data["levers"].items()
            },
            changes=tuple(_step(s, dict(s["value"])) for s in data["changes"]),
            half_life_years=data["half_life_years"],
        )


def in_force(steps: Sequence[Step[T]], month: date) -> Step[T] | None:
    """Last step that has begun by the 15th of a month."""
    day = mid_month(month)
    begun = [step for step in steps if step.start <= day]
    return begun[-1] if begun else None


def read_rules(written: str) -> RuleBook:
    """Read ``record``, ``none`` or an ISO date."""
    if written == "none":
        return None
    if written == "record":
        return "record"
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise CurveshiftError(f"{written!r} is not a rule book: write a date, 'record' or 'none'") from None


def _step(data: Mapping[str, Any], value: T) -> Step[T]:
    sources = tuple(Source(**source) for source in data["sources"])
    return Step(date.fromisoformat(data["start"]), value, data["reason"], sources)


def _step_data(step: Step[Any], value: Any) -> dict[str, Any]:
    sources = [{"cite": s.cite, "url": s.url, "pages": s.pages} for s in step.sources]
    return {"start": step.start.isoformat(), "value": value, "reason": step.reason, "sources": sources}
