"""The shipped assumptions, levers and policies, and users' own files read against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curveshift.errors import CurveshiftError, unknown_name
from curveshift.records import load_yaml, read_compiled, write_compiled

from .policy import STANCES, Policy, Step
from .priors import Assumption, Correlation, Lever

if TYPE_CHECKING:
    from .files import AssumptionRecord, OwnAssumption, PolicyRecord

DATA = Path(__file__).parent / "data"
AS_OF = date(2026, 6, 30)

# The policy that holds Beijing's stance as it was.
RECORD_POLICY = "status-quo"


@dataclass(frozen=True)
class Library:
    """Everything that a scenario can be made of."""

    assumptions: Mapping[str, Assumption]
    levers: Mapping[str, Lever]
    policies: Mapping[str, Policy]
    correlations: tuple[Correlation, ...]
    policy_sets: Mapping[str, Any]
    views: Mapping[str, Any]


def compile_records(folder: Path = DATA) -> str:
    """Validate the YAML records of a folder and write ``compiled.json``; return its hash.

    For the shipped records the table of Sobol directions is written as well.

    Raises
    ------
    CurveshiftError
        On the first record that is wrong, with file and line.
    """
    if folder == DATA:
        from .sobol import compile_directions

        compile_directions()
    return write_compiled(folder / "compiled.json", _compiled(folder))


@lru_cache(maxsize=4)
def library(folder: Path = DATA) -> Library:
    """The compiled records of a folder, by default those shipped."""
    data = read_compiled(folder / "compiled.json")
    return Library(
        {name: Assumption.from_data(name, record) for name, record in data["assumptions"].items()},
        {name: Lever.from_data(name, record) for name, record in data["levers"].items()},
        {name: Policy.from_data(name, record) for name, record in data["policies"].items()},
        tuple(Correlation.from_data(record) for record in data["correlations"]),
        data["policy_sets"],
        data["views"],
    )


def assumptions() -> dict[str, Assumption]:
    """Every shipped assumption by name."""
    return dict(library().assumptions)


def levers() -> dict[str, Lever]:
    """Every lever by name."""
    return dict(library().levers)


def policies() -> dict[str, Policy]:
    """Every shipped policy and intervention by name."""
    return dict(library().policies)


def load_policy(name: str | Path, *, as_of: date = AS_OF, shelf: Library | None = None) -> Policy:
    """Find a shipped policy by name, or read one from a YAML file.

    Parameters
    ----------
    name : str or Path
        ``january-2026``; ``january-2026+blocked`` for the same US part with another stance of Beijing
        (open, guided, blocked or responsive) from the day after `as_of` on; or a file that ends in ``.yaml``.
    as_of : datetime.date
        Last day of the record.
    shelf : Library, optional
        Where names are looked up; the shipped records unless given.

    Raises
    ------
    CurveshiftError
        When there is no such policy, with the nearest names, or the file is wrong, with its line.

    Examples
    --------
    >>> load_policy("january-2026+blocked").stances([date(2027, 1, 1)])
    ['blocked']
    """
    shelf = shelf or library()
    text = str(name)
    plain, plus, stance = text.rpartition("+")
    if plus and not _is_file(text):
        if stance not in STANCES:
            raise unknown_name("stance of Beijing", stance, STANCES)
        return load_policy(plain, as_of=as_of, shelf=shelf).with_stance(stance, as_of + timedelta(days=1))
    if _is_file(text):
        from .files import PolicyRecord

        record = load_yaml(Path(text), PolicyRecord)
        if record.name in shelf.policies:
            raise CurveshiftError(
                f"the name {record.name!r} belongs to a shipped policy: choose another", text
            )
        if record.base is not None and record.base not in shelf.policies:
            raise unknown_name("policy", record.base, shelf.policies, f"{text}: base")
        base = shelf.policies[record.base] if record.base else None
        known = shelf.policies.get(RECORD_POLICY)
        return _finish(record, base, known.beijing if known else (), shelf.levers, text)
    if text not in shelf.policies:
        raise unknown_name("policy", text, shelf.policies)
    return shelf.policies[text]


def load_assumptions(path: str | Path, *, shelf: Library | None = None) -> dict[str, Assumption]:
    """Read a user's own assumptions: changed values of shipped ones, or new ones written in full.

    A changed one needs its name, a value and a reason (`why`); a changed value without a source of its own
    counts as a judgement.

    Raises
    ------
    CurveshiftError
        When a record is wrong, takes a dimension that is in use, or changes what a shipped one means.
    """
    from .files import OwnAssumptionFile

    shelf = shelf or library()
    records = own_records(load_yaml(path, OwnAssumptionFile).assumptions, shelf.assumptions, str(path))
    found = {name: Assumption.from_data(name, record.compiled()) for name, record in records.items()}
    _check_dimensions({**shelf.assumptions, **found}, str(path))
    return found


def own_records(
    written: Sequence[OwnAssumption], shipped: Mapping[str, Assumption], where: str
) -> dict[str, AssumptionRecord]:
    """Changed or new assumptions in full: what is left out comes from the shipped one of that name."""
    from pydantic import ValidationError

    from .files import AssumptionRecord

    found: dict[str, AssumptionRecord] = {}
    for own in written:
        place = f"{where}: {own.name}"
        if own.name in found:
            raise CurveshiftError("is given twice", place)
        given = {key: value for key, value in own.model_dump().items() if key in own.model_fields_set}
        if own.name in shipped:
            given = _over_shipped(given, shipped[own.name], place)
        try:
            found[own.name] = AssumptionRecord.model_validate(given)
        except ValidationError as err:
            first = err.errors(include_url=False)[0]
            key = ".".join(str(part) for part in first["loc"]) or "value"
            raise CurveshiftError(f"{key}: {first['msg'].removeprefix('Value error, ')}", place) from None
    return found


def _over_shipped(given: dict[str, Any], shipped: Assumption, where: str) -> dict[str, Any]:
    for key, fixed in (
        ("dimension", shipped.dimension),
        ("unit", shipped.unit),
        ("support", shipped.support),
    ):
        if given.setdefault(key, fixed) != fixed:
            raise CurveshiftError(f"{key} of a shipped assumption is {fixed!r} and cannot change", where)
    given.setdefault("meaning", shipped.meaning)
    given.setdefault("group", shipped.group)
    given.setdefault("kind", "judgement")
    given.setdefault("reviewed", shipped.reviewed)
    given.setdefault("bounds", shipped.bounds)
    return given


def _is_file(text: str) -> bool:
    return text.endswith((".yaml", ".yml", ".json"))


def _compiled(folder: Path) -> dict[str, Any]:
    from .files import AssumptionFile, CorrelationFile, LeverFile, PolicyRecord
    from .fitted import joint_correlations
    from .outlooks import compiled_view
    from .sets import compiled_sets
    from .stated_files import PolicySetFile, ViewRecord

    records: dict[str, AssumptionRecord] = {}
    for path in sorted((folder / "assumptions").glob("*.yaml")):
        for record in load_yaml(path, AssumptionFile).assumptions:
            if record.name in records:
                raise CurveshiftError(f"assumption {record.name!r} is given twice", str(path))
            records[record.name] = record
    made = {name: record.compiled() for name, record in records.items()}
    known = {name: Assumption.from_data(name, data) for name, data in made.items()}
    _check_dimensions(known, str(folder / "assumptions"))

    path = folder / "correlations.yaml"
    pairs = [pair.compiled() for pair in load_yaml(path, CorrelationFile).correlations]
    pairs += joint_correlations({name: a.distribution for name, a in known.items()})
    _check_correlations([Correlation.from_data(pair) for pair in pairs], known, str(path))

    path = folder / "levers.yaml"
    lever_records = load_yaml(path, LeverFile).levers
    lever_data = {record.name: record.compiled() for record in lever_records}
    if len(lever_data) != len(lever_records):
        raise CurveshiftError("a lever is given twice", str(path))
    shared = sorted(set(lever_data) & set(made))
    if shared:
        raise CurveshiftError(f"{shared[0]!r} is both a lever and an assumption", str(path))
    found_levers = {name: Lever.from_data(name, data) for name, data in lever_data.items()}

    written: dict[str, tuple[PolicyRecord, str]] = {}
    for path in sorted((folder / "policies").glob("*.yaml")):
        policy = load_yaml(path, PolicyRecord)
        if policy.name != path.stem:
            raise CurveshiftError(f"holds the policy {policy.name!r}: name and file must agree", str(path))
        written[policy.name] = (policy, str(path))
    resolved = _resolve_all(written, found_levers)
    path = folder / "policy_sets.yaml"
    sets = compiled_sets(load_yaml(path, PolicySetFile), resolved, str(path))
    views = {}
    for path in sorted((folder / "views").glob("*.yaml")):
        view = load_yaml(path, ViewRecord)
        if view.name != path.stem:
            raise CurveshiftError(f"holds the view {view.name!r}: name and file must agree", str(path))
        views[view.name] = compiled_view(view, known, str(path))
    return {
        "assumptions": made,
        "correlations": pairs,
        "levers": lever_data,
        "policies": {name: policy.to_data() for name, policy in resolved.items()},
        "policy_sets": sets,
        "views": views,
    }


def _check_dimensions(known: Mapping[str, Assumption], where: str) -> None:
    owner: dict[int, str] = {}
    for name, assumption in known.items():
        if assumption.dimension in owner:
            used = {a.dimension for a in known.values()}
            free = next(d for d in range(len(known) + 1) if d not in used)
            taken = f"{assumption.dimension} of {owner[assumption.dimension]}"
            raise CurveshiftError(f"{name} takes dimension {taken}: {free} is free", where)
        owner[assumption.dimension] = name


def _check_correlations(pairs: Sequence[Correlation], known: Mapping[str, Assumption], where: str) -> None:
    from curveshift.records.distributions import Constant

    from .copula import factors

    seen: set[frozenset[str]] = set()
    for pair in pairs:
        for name in (pair.a, pair.b):
            if name not in known:
                raise unknown_name("assumption", name, known, where)
            if isinstance(known[name].distribution, Constant):
                raise CurveshiftError(f"{name} is a fixed number and cannot be correlated", where)
        both = frozenset((pair.a, pair.b))
        if len(both) == 1 or both in seen:
            raise CurveshiftError(f"{pair.a} and {pair.b} are paired with themselves or twice", where)
        seen.add(both)
    factors(known, pairs, where)


def _resolve_all(
    written: Mapping[str, tuple[PolicyRecord, str]], known_levers: Mapping[str, Lever]
) -> dict[str, Policy]:
    done: dict[str, Policy] = {}

    def resolve(name: str, chain: tuple[str, ...]) -> Policy:
        record, where = written[name]
        if name in chain:
            raise CurveshiftError(
                "policies extend one another in a circle: " + " > ".join((*chain, name)), where
            )
        if name not in done:
            if record.base is not None and record.base not in written:
                raise unknown_name("policy", record.base, written, f"{where}: base")
            base = resolve(record.base, (*chain, name)) if record.base else None
            says_record = any(step.stance == "record" for step in record.beijing or ())
            beijing: tuple[Step[str], ...] = ()
            if says_record and name != RECORD_POLICY and RECORD_POLICY in written:
                beijing = resolve(RECORD_POLICY, (*chain, name)).beijing
            done[name] = _finish(record, base, beijing, known_levers, where)
        return done[name]

    return {name: resolve(name, ()) for name in written}


def _finish(
    record: PolicyRecord,
    base: Policy | None,
    beijing: tuple[Step[str], ...],
    known_levers: Mapping[str, Lever],
    where: str,
) -> Policy:
    from curveshift.controls import rule_book

    for name, steps in record.levers.items():
        if name not in known_levers:
            raise unknown_name("lever", name, known_levers, where)
        if name.startswith("intervention.") and record.kind != "intervention":
            raise CurveshiftError(f"{name} needs kind: intervention, for no government can set it", where)
        for step in steps:
            known_levers[name].check(step.value, f"{where}: levers.{name} from {step.start}")
    try:
        for changes in record.changes or ():
            rule_book().change(changes.values)
        return record.extend(base, beijing)
    except CurveshiftError as err:
        at = f"{where}: changes: {err.where}" if err.where else where
        raise CurveshiftError(err.what, at) from None
