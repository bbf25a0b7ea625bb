"""The form of the YAML records: what a file of instruments, places or parts must look like."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from curveshift.controls.deals import END_USERS
from curveshift.controls.metrics import METRICS, UNITS
from curveshift.errors import unknown_name

# Metrics of instruments that judge neither chips nor memory: kept as dated facts.
OTHER_METRICS = ("transistors_billion",)
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Code = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Evidence = Literal["primary", "company", "press", "private_letter", "unverified"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CitationRecord(_Record):
    """Where something is written."""

    key: Name
    ref: str
    url: str | None = None
    published: date | None = None
    evidence: Evidence


class ReachRecord(_Record):
    """Transactions that a clause reaches; all parts given must hold."""

    destination: tuple[str, ...] = ()
    destination_not: tuple[str, ...] = ()
    headquarters: tuple[str, ...] = ()
    headquarters_not: tuple[str, ...] = ()
    transaction: tuple[Literal["export", "reexport", "transfer"], ...] = ()
    end_user: tuple[str, ...] = ()
    end_user_not: tuple[str, ...] = ()
    start: date | None = None
    until: date | None = None
    where: str | None = None
    cite: Name | None = None
    open: str | None = None

    @model_validator(mode="after")
    def _names_are_known(self) -> ReachRecord:
        for user in (*self.end_user, *self.end_user_not):
            if user not in END_USERS:
                raise ValueError(str(unknown_name("end user", user, END_USERS)))
        if not (self.destination or self.headquarters or self.end_user):
            raise ValueError("a reach names a destination, headquarters or an end user")
        return self


class ConditionRecord(_Record):
    """A number that comes with a licence or an exception."""

    key: Name
    value: float = Field(ge=0)
    unit: str
    cite: Name | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _share_is_a_share(self) -> ConditionRecord:
        if self.unit.startswith("share") and self.value > 1:
            raise ValueError(f"a share must be less than or equal to 1, found {self.value}")
        return self


class TestRecord(_Record):
    """A threshold; all tests of a clause must be met."""

    key: Name
    metric: str
    op: Literal[">=", ">", "<", "=="]
    value: float = Field(ge=0)
    unit: str
    cite: Name | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _metric_is_known(self) -> TestRecord:
        known = (*METRICS, *OTHER_METRICS)
        if self.metric not in known:
            raise ValueError(str(unknown_name("metric", self.metric, known)))
        due = UNITS.get(self.metric, self.unit)
        if self.unit != due:
            raise ValueError(f"wrong unit {self.unit!r} for {self.metric}: use {due}")
        return self


class ClauseRecord(_Record):
    """A paragraph."""

    id: Name
    paragraph: str
    effect: Literal["control", "define", "notify", "exempt", "offer", "policy", "review", "condition"]
    licence_policy: Literal[
        "none", "presumption_of_approval", "assured", "case_by_case", "presumption_of_denial", "denied"
    ] = "none"
    cite: Name | None = None
    of: tuple[str, ...] = ()
    unless: tuple[Name, ...] = ()
    named: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    reach: tuple[ReachRecord, ...] = ()
    open: str | None = None
    open_for: tuple[str, ...] = ()
    recalled: bool = False
    tests: tuple[TestRecord, ...] = ()
    conditions: tuple[ConditionRecord, ...] = ()
    note: str | None = None

    @model_validator(mode="after")
    def _effect_fits(self) -> ClauseRecord:
        if (self.licence_policy == "none") == (self.effect in ("control", "policy", "review")):
            raise ValueError(
                "licence_policy goes with the effects control, policy and review, and only with them"
            )
        if bool(self.of) != (self.effect not in ("control", "define")):
            raise ValueError("'of' goes with every effect but control and define")
        if self.open_for and self.open is None:
            raise ValueError("'open_for' says for which parts a clause is open: say what is (open)")
        if self.recalled and self.effect != "policy":
            raise ValueError("'recalled' goes with the effect policy only")
        return self


class RemarkRecord(_Record):
    """What a ruling must say although no clause can judge it."""

    id: Name
    kind: Literal["warning", "assumption"]
    says: str
    cite: Name | None = None
    of: tuple[str, ...] = ()
    deciding: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    named_not: tuple[str, ...] = ()
    makers_not: tuple[str, ...] = ()
    tests: tuple[TestRecord, ...] = ()
    reach: tuple[ReachRecord, ...] = ()


class InstrumentRecord(_Record):
    """An instrument."""

    id: Name
    title: str
    kind: Literal["letter", "rule", "announcement", "entity", "policy", "guidance", "foreign"]
    scope: Literal["chip", "hbm", "foundry", "buyer", "import", "computer", "jurisdiction"]
    announced: date
    effective: date
    in_text_from: date | None = None
    ends: date | None = None
    ended_by: Name | None = None
    enforced: bool = True
    written: bool = True
    reach: tuple[ReachRecord, ...] = Field(min_length=1)
    addressed_to: tuple[str, ...] = ()
    citations: tuple[CitationRecord, ...] = Field(min_length=1)
    clauses: tuple[ClauseRecord, ...] = ()
    remarks: tuple[RemarkRecord, ...] = ()
    note: str

    @model_validator(mode="after")
    def _is_coherent(self) -> InstrumentRecord:
        if self.ends is not None and self.ends <= self.effective:
            raise ValueError(f"ends {self.ends} is not after effective {self.effective}")
        if self.in_text_from is not None and self.in_text_from >= self.effective:
            raise ValueError(f"in_text_from {self.in_text_from} is not before effective {self.effective}")
        if (self.kind == "letter") != bool(self.addressed_to):
            raise ValueError("addressed_to names the firms of a letter, and only of a letter")
        keys = [c.key for c in self.citations]
        names = [d.cite for d in self.reach] + [c.cite for c in self.clauses]
        names += [r.cite for c in self.clauses for r in c.reach]
        names += [t.cite for c in self.clauses for t in c.tests]
        names += [t.cite for c in self.clauses for t in c.conditions]
        names += [r.cite for r in self.remarks]
        for name in names:
            if name is not None and name not in keys:
                raise ValueError(str(unknown_name("citation", name, keys)))
        cited = [*(c.cite for c in self.clauses), *(r.cite for r in self.remarks)]
        if len(keys) > 1 and None in cited:
            raise ValueError(
                "with several citations each clause and remark says which one it rests on (cite)"
            )
        for position, clause in enumerate(self.clauses):
            earlier = [c.id for c in self.clauses[:position]]
            for name in clause.unless:
                if name not in earlier:
                    raise ValueError(str(unknown_name("earlier clause", name, earlier)))
        return self


class InstrumentFile(_Record):
    """One file of instruments."""

    instruments: tuple[InstrumentRecord, ...]


class DesignRecord(_Record):
    """A die to cut variants from."""

    id: Name
    chip: str
    start: date = Field(alias="from")
    memory_bandwidth_gbs: float | None = Field(None, gt=0)
    memory_gb: float | None = Field(None, gt=0)
    licence: tuple[Literal["free", "case_by_case"], ...] = Field(min_length=1)
    note: str


class DesignFile(_Record):
    """The dies, the first day of the record, and the day on which the rules were last read."""

    reviewed: date
    first_control: date
    begins: date
    designs: tuple[DesignRecord, ...]


class SourceRecord(_Record):
    """Where a table of places was read."""

    ref: str
    url: str | None = None
    evidence: Evidence


class PartRecord(_Record):
    """A place that counts as part of another."""

    to: Code
    whole: Code
    cite: str
    evidence: Evidence


class ChangeRecord(_Record):
    """A known change of group: from a first day, until a first day without, or both."""

    to: Code
    group: str
    start: date | None = None
    until: date | None = None
    ref: str
    url: str | None = None
    evidence: Evidence
    note: str | None = None
    beware: str | None = None

    @model_validator(mode="after")
    def _has_a_date(self) -> ChangeRecord:
        if self.start is None and self.until is None:
            raise ValueError("a change has a start, an until, or both")
        return self


class PlaceFile(_Record):
    """Places, groups and what is known of their changes."""

    read_on: date
    source: SourceRecord
    part_of: tuple[PartRecord, ...]
    groups: dict[str, tuple[Code, ...]]
    changes: tuple[ChangeRecord, ...]
    names: dict[Code, Annotated[tuple[str, ...], Field(min_length=1)]]


class AliasRecord(_Record):
    """A short name and the part that it stands for."""

    name: str
    chip: str
    datacenter: bool | None = None


class SpreadRecord(_Record):
    """A specification that sources give differently: a 90 % interval, and why."""

    chip: str
    spec: Literal["tpp", "die_area_mm2", "memory_bandwidth_gbs", "interconnect_gbs", "package_area_mm2"]
    low: float = Field(gt=0)
    high: float = Field(gt=0)
    source: str

    @model_validator(mode="after")
    def _is_an_interval(self) -> SpreadRecord:
        if self.low >= self.high:
            raise ValueError(f"low {self.low} is not below high {self.high}")
        return self


class MemoryRecord(_Record):
    """A stack of memory that is not packaged with logic."""

    name: str
    memory_bandwidth_gbs: float = Field(gt=0)
    memory_gb: float | None = Field(None, gt=0)
    package_area_mm2: float = Field(gt=0)
    source: str
    evidence: Evidence


class PartFile(_Record):
    """Names, spreads and memory stacks that the chip table does not hold."""

    aliases: tuple[AliasRecord, ...]
    spreads: tuple[SpreadRecord, ...]
    memory: tuple[MemoryRecord, ...]


class UserRules(_Record):
    """A user's own rules: changed numbers, instruments left out, instruments added."""

    changes: dict[str, float] = {}
    remove: tuple[str, ...] = ()
    instruments: tuple[InstrumentRecord, ...] = ()
