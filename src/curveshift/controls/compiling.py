"""Validate the YAML records and store them as the one file that the runtime reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from curveshift.controls.instruments import COMPILED, DATA
from curveshift.controls.metrics import CHIP_METRICS
from curveshift.errors import CurveshiftError, unknown_name
from curveshift.records import load_yaml, write_compiled

# Metrics of instruments that do not judge chips: kept as dated facts.
OTHER_METRICS = ("memory_bandwidth_density", "transistors_billion")
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Place = Literal["CN", "HK", "MO"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CitationRecord(_Record):
    """Where something is written."""

    key: Name
    ref: str
    url: str | None = None
    published: date | None = None
    evidence: Literal["primary", "company", "press", "private_letter"]


class DestinationRecord(_Record):
    """A place, with its own first day and source when it joined later."""

    to: Place
    start: date | None = Field(None, alias="from")
    cite: Name | None = None


class ConditionRecord(_Record):
    """A number that comes with a licence."""

    key: Literal["cap_share_of_us_volume", "fee_share", "tariff_share"]
    value: float = Field(ge=0, le=1)
    unit: str
    cite: Name | None = None
    note: str | None = None


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
        known = (*CHIP_METRICS, *OTHER_METRICS)
        if self.metric not in known:
            raise ValueError(str(unknown_name("metric", self.metric, known)))
        return self


class ClauseRecord(_Record):
    """A paragraph."""

    id: Name
    paragraph: str
    effect: Literal["control", "define", "notify", "policy", "condition"]
    licence_policy: Literal[
        "none", "presumption_of_approval", "assured", "case_by_case", "presumption_of_denial", "denied"
    ] = "none"
    cite: Name | None = None
    of: tuple[str, ...] = ()
    unless: tuple[Name, ...] = ()
    named: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    tests: tuple[TestRecord, ...] = Field(min_length=1)
    conditions: tuple[ConditionRecord, ...] = ()
    note: str | None = None

    @model_validator(mode="after")
    def _effect_fits(self) -> ClauseRecord:
        if (self.licence_policy == "none") == (self.effect in ("control", "policy")):
            raise ValueError("licence_policy goes with the effects control and policy, and only with them")
        if bool(self.of) != (self.effect in ("notify", "policy", "condition")):
            raise ValueError("'of' goes with the effects notify, policy and condition, and only with them")
        return self


class InstrumentRecord(_Record):
    """An instrument."""

    id: Name
    title: str
    kind: Literal["letter", "rule", "announcement", "entity", "policy", "foreign"]
    scope: Literal["chip", "hbm", "foundry", "buyer", "import"]
    announced: date
    effective: date
    ends: date | None = None
    ended_by: Name | None = None
    destinations: tuple[DestinationRecord, ...] = Field(min_length=1)
    addressed_to: tuple[str, ...] = ()
    citations: tuple[CitationRecord, ...] = Field(min_length=1)
    clauses: tuple[ClauseRecord, ...] = ()
    note: str

    @model_validator(mode="after")
    def _is_coherent(self) -> InstrumentRecord:
        if self.ends is not None and self.ends <= self.effective:
            raise ValueError(f"ends {self.ends} is not after effective {self.effective}")
        if (self.kind == "letter") != bool(self.addressed_to):
            raise ValueError("addressed_to names the firms of a letter, and only of a letter")
        keys = [c.key for c in self.citations]
        names = [d.cite for d in self.destinations] + [c.cite for c in self.clauses]
        names += [t.cite for c in self.clauses for t in c.tests]
        names += [t.cite for c in self.clauses for t in c.conditions]
        for name in names:
            if name is not None and name not in keys:
                raise ValueError(str(unknown_name("citation", name, keys)))
        if len(keys) > 1 and any(c.cite is None for c in self.clauses):
            raise ValueError("with several citations each clause says which one it rests on (cite)")
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
    """The dies, and the day on which the rules were last read."""

    reviewed: date
    designs: tuple[DesignRecord, ...]


def compile_records(target: Path = COMPILED) -> str:
    """Validate every record and write the compiled file; return its SHA-256.

    Parameters
    ----------
    target : Path
        Where to write; the shipped file by default.

    Returns
    -------
    str

    Raises
    ------
    CurveshiftError
        For the first record that is wrong, with file, line and key path.
    """
    designs = load_yaml(DATA / "designs.yaml", DesignFile)
    found: dict[str, tuple[Path, InstrumentRecord]] = {}
    for path in sorted(DATA.glob("*.yaml")):
        if path.name != "designs.yaml":
            for record in load_yaml(path, InstrumentFile).instruments:
                if record.id in found:
                    raise CurveshiftError(
                        f"instrument {record.id!r} is also in {found[record.id][0].name}", str(path)
                    )
                found[record.id] = path, record
    for path, record in found.values():
        _check_references(path, record, {name: r for name, (_, r) in found.items()})
    ordered = sorted((r for _, r in found.values()), key=lambda r: (r.effective, r.id))
    payload = {
        "reviewed": designs.reviewed.isoformat(),
        "designs": [d.model_dump(mode="json", by_alias=True) for d in designs.designs],
        "instruments": [_plain(record) for record in ordered],
    }
    return write_compiled(target, payload)


def _check_references(path: Path, record: InstrumentRecord, known: dict[str, InstrumentRecord]) -> None:
    targets = {*known, *(f"{name}.{c.id}" for name, r in known.items() for c in r.clauses)}
    for name in _references(record):
        if name not in targets:
            raise unknown_name("instrument or clause", name, targets, where=f"{path}: {record.id}")
    values = [f"{c.id}.{t.key}" for c in record.clauses for t in c.tests]
    values += [f"{c.id}.{t.key}" for c in record.clauses for t in c.conditions]
    if len(set(values)) != len(values):
        raise CurveshiftError("two values share one dotted path", where=f"{path}: {record.id}")
    if record.scope == "chip":
        for clause in record.clauses:
            for test in clause.tests:
                if test.metric not in CHIP_METRICS:
                    raise CurveshiftError(
                        f"{test.metric} is not a metric of a chip", where=f"{path}: {record.id}"
                    )


def _references(record: InstrumentRecord) -> Iterator[str]:
    if record.ended_by is not None:
        yield record.ended_by
    for clause in record.clauses:
        yield from clause.of


def _plain(record: InstrumentRecord) -> dict[str, Any]:
    """The record with every inherited date and citation written out."""
    raw = record.model_dump(mode="json", by_alias=True)
    sole = raw["citations"][0]["key"]
    for place in raw["destinations"]:
        place["from"] = place["from"] or raw["effective"]
        place["cite"] = place["cite"] or sole
    for clause in raw["clauses"]:
        clause["cite"] = clause["cite"] or sole
        for value in (*clause["tests"], *clause["conditions"]):
            value["cite"] = value["cite"] or clause["cite"]
    return raw
