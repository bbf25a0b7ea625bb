"""The shape of the YAML files of this room; loaded only to compile records and to read users' own files."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from curveshift.errors import CurveshiftError
from curveshift.records import Distribution, check_unit, parse_date, parse_value
from curveshift.records.values import read_bounds

from .fitted import resolve
from .policy import Policy, RuleBook, Step, read_rules
from .priors import Source

# The table of Sobol directions ends here.
MAX_DIMENSION = 511


def _unit(text: str) -> str:
    try:
        return check_unit(text)
    except CurveshiftError as err:
        raise ValueError(err.what) from None


def _day(value: Any) -> Any:
    if not isinstance(value, str | date):
        return value
    try:
        return parse_date(value)
    except CurveshiftError as err:
        raise ValueError(err.what) from None


def _rules(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return read_rules(value) or "none"
    except CurveshiftError as err:
        raise ValueError(err.what) from None


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$", max_length=80)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Unit = Annotated[str, AfterValidator(_unit)]
Day = Annotated[date, BeforeValidator(_day)]
Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]
Group = Literal[
    "controls",
    "enforcement",
    "supply",
    "domestic",
    "remote",
    "efficiency",
    "paradigm",
    "budgets",
    "threshold",
    "feedback",
    "systems",
    "history",
]


class Record(BaseModel):
    """A record refuses keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class Cited(Record):
    """One source, in full."""

    cite: Words
    url: str = ""
    pages: str = ""


Sources = Annotated[tuple[Words | Cited, ...], BeforeValidator(_as_list)]


def plain_sources(sources: tuple[str | Cited, ...]) -> list[dict[str, str]]:
    """The sources of a record as plain data."""
    found = [Source.parse(s) if isinstance(s, str) else Source(s.cite, s.url, s.pages) for s in sources]
    return [{"cite": s.cite, "url": s.url, "pages": s.pages} for s in found]


class AssumptionRecord(Record):
    """One assumption as written."""

    name: Key
    dimension: Annotated[int, Field(ge=0, le=MAX_DIMENSION, strict=True)]
    value: Any
    unit: Unit
    support: Literal["positive", "share", "real"]
    meaning: Words
    why: Words
    kind: Literal["measured", "fitted", "judgement"]
    source: Sources = ()
    reviewed: Day
    group: Group
    bounds: tuple[Any, Any] | None = None
    notes: str = ""

    @model_validator(mode="after")
    def _value_and_source(self) -> AssumptionRecord:
        if self.kind != "judgement" and not self.source:
            raise ValueError(f"{self.name} is {self.kind}, so it needs a source")
        try:
            self._distribution()
        except CurveshiftError as err:
            raise ValueError(f"the value of {self.name}: {err.what}") from None
        return self

    def _distribution(self) -> Distribution:
        return parse_value(resolve(self.value, self.unit), self.support, self.unit, self.bounds)

    def compiled(self) -> dict[str, Any]:
        """Plain content for the compiled file."""
        distribution = self._distribution()
        bounds = None
        if self.bounds is not None:
            ends = zip(self.bounds, read_bounds(self.bounds, self.unit), strict=True)
            bounds = [None if written is None else end for written, end in ends]
        return {
            "dimension": self.dimension,
            "distribution": distribution.to_data(),
            "unit": self.unit,
            "support": self.support,
            "meaning": self.meaning,
            "why": self.why,
            "kind": self.kind,
            "sources": plain_sources(self.source),
            "reviewed": self.reviewed.isoformat(),
            "group": self.group,
            "bounds": bounds,
            "notes": self.notes,
        }


class AssumptionFile(Record):
    """A file of complete assumptions."""

    assumptions: tuple[AssumptionRecord, ...]


class OwnAssumption(Record):
    """An assumption in a user's own file: what is left out is taken from the shipped one of that name."""

    name: Key
    value: Any
    why: Words
    dimension: int | None = None
    unit: Unit | None = None
    support: str | None = None
    meaning: Words | None = None
    kind: str | None = None
    source: Sources | None = None
    reviewed: Day | None = None
    group: str | None = None
    bounds: tuple[Any, Any] | None = None
    notes: str | None = None


class OwnAssumptionFile(Record):
    """A user's own file of assumptions."""

    assumptions: tuple[OwnAssumption, ...]


class CorrelationRecord(Record):
    """One rank correlation as written."""

    a: Key
    b: Key
    rank_correlation: Annotated[float, Field(gt=-1, lt=1)]
    why: Words
    source: Sources = ()

    def compiled(self) -> dict[str, Any]:
        """Plain content for the compiled file."""
        return {
            "a": self.a,
            "b": self.b,
            "rank_correlation": self.rank_correlation,
            "why": self.why,
            "sources": plain_sources(self.source),
        }


class CorrelationFile(Record):
    """A file of rank correlations."""

    correlations: tuple[CorrelationRecord, ...]


class LeverRecord(Record):
    """One lever as written."""

    name: Key
    unit: Unit
    default: Number
    range: tuple[Number, Number]
    meaning: Words
    group: Group
    why: Words
    source: Sources = ()

    @model_validator(mode="after")
    def _default_in_range(self) -> LeverRecord:
        low, high = self.range
        if not low <= self.default <= high or low == high:
            raise ValueError(f"the default {self.default:g} of {self.name} is outside {low:g} to {high:g}")
        return self

    def compiled(self) -> dict[str, Any]:
        """Plain content for the compiled file."""
        return {
            "unit": self.unit,
            "default": self.default,
            "low": self.range[0],
            "high": self.range[1],
            "meaning": self.meaning,
            "group": self.group,
            "why": self.why,
            "sources": plain_sources(self.source),
        }


class LeverFile(Record):
    """A file of levers."""

    levers: tuple[LeverRecord, ...]


class StepRecord(Record):
    """What every dated step has."""

    start: Day = Field(alias="from")
    reason: Words
    source: Sources

    def sources(self) -> tuple[Source, ...]:
        """Its sources as the model reads them."""
        return tuple(Source(**source) for source in plain_sources(self.source))


class RuleStep(StepRecord):
    """A rule book from a day on."""

    rules: Annotated[date | Literal["record", "none"], BeforeValidator(_rules)]


class StanceStep(StepRecord):
    """Beijing's stance from a day on; ``record`` is the stance of the status quo."""

    stance: Literal["open", "guided", "blocked", "responsive", "record"]


class LeverStep(StepRecord):
    """A lever's value from a day on."""

    value: Number


class ChangeStep(StepRecord):
    """Changed thresholds of the rules from a day on."""

    values: dict[str, Number] = Field(min_length=1)


class PolicyRecord(Record):
    """One policy as written."""

    name: Slug
    title: Words
    meaning: Words
    kind: Literal["policy", "intervention"]
    base: Slug | None = None
    us: tuple[RuleStep, ...] | None = None
    beijing: tuple[StanceStep, ...] | None = None
    levers: dict[Key, Annotated[tuple[LeverStep, ...], Field(min_length=1)]] = {}
    changes: Annotated[tuple[ChangeStep, ...], BeforeValidator(_as_list)] | None = None
    half_life_years: Annotated[float, Field(gt=0, le=1000)] | None = None

    @model_validator(mode="after")
    def _rising_dates(self) -> PolicyRecord:
        parts: dict[str, tuple[StepRecord, ...]] = {
            "us": self.us or (),
            "beijing": self.beijing or (),
            "changes": self.changes or (),
            **self.levers,
        }
        for part, steps in parts.items():
            for earlier, later in pairwise(steps):
                if earlier.start >= later.start:
                    raise ValueError(
                        f"{part}: the dates must rise, but {later.start} follows {earlier.start}"
                    )
        return self

    def extend(self, base: Policy | None, record: tuple[Step[str], ...]) -> Policy:
        """The policy in full: what it leaves out comes from its base, each list as a whole.

        Parameters
        ----------
        base : Policy, optional
            The policy that it extends.
        record : tuple of Step
            Beijing's stances in the status quo, for steps that say ``record``.
        """
        if base is None and not (self.us and self.beijing):
            raise CurveshiftError(f"policy {self.name!r} has no base, so it needs both us and beijing")
        us = base.us if base else ()
        if self.us is not None:
            us = tuple(Step[RuleBook](s.start, _book(s.rules), s.reason, s.sources()) for s in self.us)
        beijing = base.beijing if base else ()
        if self.beijing is not None:
            beijing = self._stances(record)
        levers = dict(base.levers) if base else {}
        for name, steps in self.levers.items():
            levers[name] = tuple(Step(s.start, s.value, s.reason, s.sources()) for s in steps)
        changes = base.changes if base else ()
        if self.changes is not None:
            changes = tuple(Step(s.start, dict(s.values), s.reason, s.sources()) for s in self.changes)
        half_life = self.half_life_years or (base.half_life_years if base else None)
        return Policy(self.name, self.title, self.meaning, self.kind, us, beijing, levers, changes, half_life)

    def _stances(self, record: tuple[Step[str], ...]) -> tuple[Step[str], ...]:
        found: list[Step[str]] = []
        written = self.beijing or ()
        for i, step in enumerate(written):
            end = written[i + 1].start if i + 1 < len(written) else date.max
            if step.stance != "record":
                found.append(Step(step.start, step.stance, step.reason, step.sources()))
                continue
            if not record:
                raise CurveshiftError(f"policy {self.name!r} cannot say stance: record, for it is the record")
            before = [s for s in record if s.start <= step.start]
            if before:
                found.append(Step(step.start, before[-1].value, step.reason, step.sources()))
            found.extend(s for s in record if step.start < s.start < end)
        return tuple(found)


def _book(rules: date | str) -> RuleBook:
    if isinstance(rules, date):
        return rules
    return None if rules == "none" else "record"
