"""``explain``: a number of a result, walked back to its sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curveshift.commands import options
from curveshift.commands.output import Report, check_place, chosen_form, deliver, short, table
from curveshift.commands.views import foot
from curveshift.errors import CurveshiftError, unknown_name

if TYPE_CHECKING:
    from rich.console import Group

    from curveshift.decide import Explanation
    from curveshift.decide.explaining import TrailStep

LARGEST_BYTES = 10_000_000

Result = Annotated[Path, typer.Argument(metavar="RESULT", help="What `curveshift run -o RESULT.json` wrote.")]
Key = Annotated[
    str, typer.Argument(metavar="[KEY]", help="A number of it; without one, all that can be explained.")
]


def explain(
    result: Result,
    key: Key = "",
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Walk a number of a result back to the assumptions, facts and sources behind it.

    The run is made again, so that what is said is said of the same draws; records that have changed since are told.

    Examples:

      curveshift run status-quo -o result.json

      curveshift explain result.json

      curveshift explain result.json moments.2028-12-31.china.median

      curveshift explain result.json worlds.essay-2025.bipolar --json
    """
    check_place(output)
    chosen_form(as_json, as_csv, output)
    meta, summary = _read(result)
    from curveshift.decide import numbers

    try:
        known = numbers(summary)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _not_a_result(result) from None
    if not key:
        rows = [{"key": name, "value": value} for name, value in known.items()]
        shown = table(
            f"Numbers of {result}", ["key", "value"], [[name, short(x)] for name, x in known.items()]
        )
        deliver(Report({"numbers": rows}, rows, [shown]), as_json, as_csv, output)
        return
    if key not in known:
        raise unknown_name("number of this result", key, known, str(result))
    with options.progress_bar("Making the run again", no_progress) as progress:
        found, basis = _again(result, meta, key, progress)
    if not abs(found.value - known[key]) <= 1e-6 * max(abs(known[key]), 1.0):
        raise CurveshiftError(
            f"made again the number is {found.value:.6g}, not {known[key]:.6g}: the file was changed, or the model",
            f"{result}: {key}",
        )
    data = {"meta": basis, **found.to_dict()}
    deliver(Report(data, _rows(found), [*_tables(found), foot(basis)]), as_json, as_csv, output)


def _read(path: Path) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What a result rests on, and its summary."""
    import json

    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _not_a_result(path)
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CurveshiftError(f"cannot be read: {error.strerror}", str(path)) from None
    except (ValueError, RecursionError):
        raise _not_a_result(path) from None
    parts = [data.get(name) if isinstance(data, dict) else None for name in ("meta", "result")]
    meta, summary = parts
    if not (isinstance(meta, dict) and isinstance(summary, dict) and isinstance(meta.get("asked"), dict)):
        raise _not_a_result(path)
    return meta, summary


def _not_a_result(path: Path) -> CurveshiftError:
    return CurveshiftError("is not a result: write one with curveshift run POLICY -o RESULT.json", str(path))


def _again(
    path: Path, meta: Mapping[str, Any], key: str, progress: Any
) -> tuple[Explanation, dict[str, Any]]:
    from curveshift import decide
    from curveshift.world import simulate

    asked = meta["asked"]
    try:
        ensemble = simulate(
            asked["policies"], asked["settings"], draws=meta["draws"], seed=meta["seed"],
            as_of=date.fromisoformat(meta["as_of"]), end=date.fromisoformat(meta["end"]), feedback=meta["feedback"],
            assumptions=asked["assumptions"], view=asked["view"], tied=meta["tied"], progress=progress,
        )  # fmt: skip
        known, unit, window = meta["scenario_sha256"], asked["unit"], asked["window_months"]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _not_a_result(path) from None
    basis = decide.provenance(ensemble)
    if basis["scenario_sha256"] != known:
        raise CurveshiftError(
            f"rests on other records or facts than the present ones (scenario {str(known)[:12]}, now "
            f"{basis['scenario_sha256'][:12]}): run it again",
            str(path),
        )
    found = decide.explain(ensemble, key, unit=unit, window_months=window, progress=progress)
    return found, basis


def _tables(found: Explanation) -> Iterator[Group | str]:
    yield (
        f"{found.meaning}, under {found.policy}: {short(found.value)} {found.unit}\n"
        f"Read as: {found.statistic}, of {found.ensemble.scenario.draws:,}."
    )
    yield (
        "What it is made from (medians at the date; the function has the equation; + what enters there)\n"
        + "\n".join(_line(step) for step in found.trail)
    )
    yield table(
        f"What moves it: mean of {found.unit} where the assumption is in its lowest and in its highest tenth",
        ["assumption", "its tenths", "mean there", "kind"],
        [
            [
                bar.assumption,
                f"{short(bar.low_value)} to {short(bar.high_value)}",
                f"{short(bar.low.value)} to {short(bar.high.value)}",
                found.assumptions[bar.assumption].kind,
            ]
            for bar in found.movers
        ],
    )
    yield (
        f"{found.untold} more assumptions may move it, by too little to be told from chance with these draws; "
        f"{found.unconnected} cannot."
    )
    for bar in found.movers:
        record = found.assumptions[bar.assumption]
        cited = "; ".join(str(source) for source in record.sources) or f"none: a {record.kind}"
        yield f"{bar.assumption} = {record.describe()}\n  {record.meaning}\n  Why: {record.why}\n  Source: {cited}"
    if found.tables:
        rows = ", ".join(f"{name} ({rows} rows)" for name, rows in found.tables.items())
        yield f"Facts behind it: {rows}. Their sources: curveshift facts show TABLE, or --json."
    if found.policy_sources:
        yield "The policy rests on: " + "; ".join(str(source) for source in found.policy_sources)
    yield from found.notes


def _line(step: TrailStep) -> str:
    """One step of the tree, indented."""
    median = "" if step.median is None else f" {short(step.median)} {step.unit}"
    enters = "".join(f" +{name}" for name in (*step.groups, *step.tables))
    return f"{'  ' * step.depth}{step.name}{median} [{step.by.removeprefix('curveshift.')}]{enters}"


def _rows(found: Explanation) -> list[dict[str, Any]]:
    return [
        {
            "assumption": bar.assumption, "group": bar.group, "unit": bar.unit, "low_value": bar.low_value,
            "high_value": bar.high_value, "low": bar.low.value, "high": bar.high.value,
            "first_order": bar.first.value, "kind": found.assumptions[bar.assumption].kind,
        }
        for bar in found.movers
    ]  # fmt: skip
