"""Validate the YAML records and store them as the one file that the runtime reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from curveshift.controls.instruments import COMPILED, DATA, RuleBook, read_instrument
from curveshift.controls.metrics import METRICS
from curveshift.controls.schema import (
    DesignFile,
    InstrumentFile,
    InstrumentRecord,
    PartFile,
    PlaceFile,
    UserRules,
)
from curveshift.errors import CurveshiftError, unknown_name
from curveshift.records import load_yaml, write_compiled

OTHER_FILES = ("designs.yaml", "places.yaml", "parts.yaml")
ANYWHERE = "anywhere"


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
    places = load_yaml(DATA / "places.yaml", PlaceFile)
    parts = load_yaml(DATA / "parts.yaml", PartFile)
    _check_places(DATA / "places.yaml", places)
    found: dict[str, tuple[Path, InstrumentRecord]] = {}
    for path in sorted(DATA.glob("*.yaml")):
        if path.name not in OTHER_FILES:
            for record in load_yaml(path, InstrumentFile).instruments:
                if record.id in found:
                    raise CurveshiftError(
                        f"instrument {record.id!r} is also in {found[record.id][0].name}", str(path)
                    )
                found[record.id] = path, record
    clauses = {name: tuple(c.id for c in r.clauses) for name, (_, r) in found.items()}
    tokens = {ANYWHERE, *places.groups, *places.names}
    for path, record in found.values():
        check_instrument(path, record, clauses, tokens)
    ordered = sorted((r for _, r in found.values()), key=lambda r: (r.effective, r.id))
    payload = {
        "reviewed": designs.reviewed.isoformat(),
        "first_control": designs.first_control.isoformat(),
        "begins": designs.begins.isoformat(),
        "designs": [d.model_dump(mode="json", by_alias=True) for d in designs.designs],
        "instruments": [_plain(record) for record in ordered],
        "parts": parts.model_dump(mode="json"),
        "places": places.model_dump(mode="json"),
    }
    return write_compiled(target, payload)


def load_user_rules(path: Path, book: RuleBook, tokens: set[str]) -> RuleBook:
    """The rule book with what a user's own file changes, leaves out and adds.

    Raises
    ------
    CurveshiftError
        For a wrong record, an unknown path or instrument, or a file that changes nothing.
    """
    given = load_yaml(path, UserRules)
    if not (given.changes or given.remove or given.instruments):
        raise CurveshiftError("changes nothing: give changes, remove or instruments", str(path))
    known = {i.id: tuple(c.id for c in i.clauses) for i in book.instruments}
    for name in given.remove:
        if name not in known:
            raise unknown_name("instrument", name, known, where=f"{path}: remove")
    own = {r.id: tuple(c.id for c in r.clauses) for r in given.instruments}
    for record in given.instruments:
        check_instrument(path, record, {**known, **own}, tokens)
    kept = [i for i in book.change(given.changes).instruments if i.id not in {*given.remove, *own}]
    added = [read_instrument(_plain(record)) for record in given.instruments]
    ordered = sorted((*kept, *added), key=lambda i: (i.effective, i.id))
    return replace(book, instruments=tuple(ordered))


def _check_places(path: Path, places: PlaceFile) -> None:
    for group, members in places.groups.items():
        for code in members:
            if code not in places.names:
                raise unknown_name("place", code, places.names, where=f"{path}: groups.{group}")
    for change in places.changes:
        if change.group not in places.groups:
            raise unknown_name("country group", change.group, places.groups, where=f"{path}: changes")


def check_instrument(
    path: Path, record: InstrumentRecord, clauses: dict[str, tuple[str, ...]], tokens: set[str]
) -> None:
    """Refuse references to nothing, double paths, unknown places, and tests that cannot be made."""
    where = f"{path}: {record.id}"
    targets = {*clauses, *(f"{name}.{c}" for name, ids in clauses.items() for c in ids)}
    for name in _references(record):
        if name not in targets:
            raise unknown_name("instrument or clause", name, targets, where=where)
    values = [f"{c.id}.{t.key}" for c in record.clauses for t in c.tests]
    values += [f"{c.id}.{t.key}" for c in record.clauses for t in c.conditions]
    if len(set(values)) != len(values):
        raise CurveshiftError("two values share one dotted path", where=where)
    for token in _tokens(record):
        if token not in tokens:
            raise unknown_name("place or country group", token, tokens, where=where)
    for said in record.remarks:
        for test in said.tests:
            if test.metric not in METRICS:
                raise CurveshiftError(f"{test.metric} is not a metric of a part", where=where)
    for clause in record.clauses:
        if record.scope in ("chip", "hbm", "buyer"):
            for test in clause.tests:
                if test.metric not in METRICS:
                    raise CurveshiftError(f"{test.metric} is not a metric of a part", where=where)
        bare = not (clause.tests or clause.named)
        if bare and record.scope in ("chip", "hbm", "foundry") and clause.effect in ("control", "define"):
            raise CurveshiftError(f"clause {clause.id!r} needs tests or names parts", where=where)


def _references(record: InstrumentRecord) -> Iterator[str]:
    if record.ended_by is not None:
        yield record.ended_by
    for clause in record.clauses:
        yield from (*clause.of, *clause.open_for)
    for said in record.remarks:
        yield from (*said.of, *said.deciding)


def _tokens(record: InstrumentRecord) -> Iterator[str]:
    reaches = [*record.reach, *(r for c in record.clauses for r in c.reach)]
    reaches += [r for said in record.remarks for r in said.reach]
    for r in reaches:
        yield from (*r.destination, *r.destination_not, *r.headquarters, *r.headquarters_not)


def _plain(record: InstrumentRecord) -> dict[str, Any]:
    """The record with every inherited citation written out."""
    raw = record.model_dump(mode="json", by_alias=True)
    sole = raw["citations"][0]["key"]
    for clause in raw["clauses"]:
        clause["cite"] = clause["cite"] or sole
        for value in (*clause["tests"], *clause["conditions"]):
            value["cite"] = value["cite"] or clause["cite"]
    for said in raw["remarks"]:
        said["cite"] = said["cite"] or sole
        for test in said["tests"]:
            test["cite"] = test["cite"] or said["cite"]
    return raw
