"""``facts``: the tables of what is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curveshift.commands import completing, options
from curveshift.commands.output import Report, check_place, deliver, table
from curveshift.errors import CurveshiftError

if TYPE_CHECKING:
    from curveshift.decide.refreshed import Effects, Outcome
    from curveshift.facts import Refresh
    from curveshift.facts.schema import Column

facts = typer.Typer(invoke_without_command=True)

TableName = Annotated[
    str,
    typer.Argument(
        metavar="TABLE", help="Name of a table, see `facts list`.", autocompletion=completing.fact_table
    ),
]
Known = Annotated[str | None, typer.Option("--as-of", help="Only what was known on a day, as 2025-06-30.")]
Mode = Annotated[
    str, typer.Option(help="hindcast: a first version was public; backtest: this vintage was published.")
]
RESULT_DRAWS = 1024
Limit = Annotated[int, typer.Option(min=1, help="Rows to print as text; JSON and CSV hold all.")]


@facts.callback()
def start(context: typer.Context) -> None:
    """The fact tables: what is known, since when, and from whom."""
    if context.invoked_subcommand is None:
        list_tables()


@facts.command("list")
def list_tables(
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """List the tables. Example: curveshift facts list"""
    check_place(output)
    from curveshift import facts as room

    rows = []
    for name in room.tables():
        known = room.rows(name)
        newest = max((row["published"] for row in known), default=None)
        rows.append(
            {"table": name, "rows": len(known), "newest": newest, "meaning": room.schema(name).meaning}
        )
    cells = [[str(r[key]) for key in ("table", "newest", "meaning", "rows")] for r in rows]
    shown = table("Fact tables", ["table", "newest", "meaning", "rows"], cells, 3)
    data = {"tables": rows, "facts_sha256": room.digest()}
    deliver(Report(data, rows, [shown, f"facts {room.digest()[:12]}"]), as_json, as_csv, output)


@facts.command("show")
def show_table(
    name: TableName,
    as_of: Known = None,
    mode: Mode = "hindcast",
    limit: Limit = 20,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """Show the rows of a table.

    Examples:

      curveshift facts show chips --limit 5

      curveshift facts show chip_shipments --as-of 2025-06-30 --mode backtest --csv
    """
    check_place(output)
    from curveshift import facts as room

    found = room.rows(name, as_of=as_of, mode=mode)
    schema = room.schema(name)
    units = {c.name: c.unit for c in schema.columns if c.unit}
    cited = {"source", "source_url", "source_class", "published", "knowable_on", "vintage", "note", "notes"}
    shown = []
    for row in found[:limit]:
        values = {key: value for key, value in row.items() if value is not None and key not in cited}
        words = [[key, f"{value} {units.get(key, '')}".strip()] for key, value in values.items()]
        words.append(["source", f"{row['source']} (published {row['published']})"])
        shown.append(table(f"{name}: {' / '.join(str(row[key]) for key in schema.key)}", ["", ""], words, 2))
    rest = f"{len(found)} rows" + (f", of which {limit} are shown" if len(found) > limit else "")
    data = {"table": name, "as_of": as_of, "mode": mode, "units": units, "rows": found}
    data["facts_sha256"] = room.digest()
    deliver(Report(data, found, [*shown, rest]), as_json, as_csv, output)


@facts.command("columns")
def show_columns(
    name: TableName,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """Show what each column of a table means, what it may hold, and which a new row needs.

    Example: curveshift facts columns chips
    """
    check_place(output)
    from curveshift import facts as room

    schema = room.schema(name)
    rows = [
        {"column": c.name, "needed": c.required, "holds": _held(c), "meaning": c.meaning}
        for c in schema.columns
    ]
    cells = [
        [str(r["column"]), "yes" if r["needed"] else "", str(r["holds"]), str(r["meaning"])] for r in rows
    ]
    made = table(f"{name}: {schema.meaning}", ["column", "needed", "holds", "meaning"], cells, 4)
    lines = [f"A row is named by: {', '.join(schema.key)}.", f"knowable_on: {schema.knowable}"]
    for r in schema.references:
        other = f", or one of: {', '.join(r.also)}" if r.also else ""
        lines.append(f"{r.column} is a value of {r.target} in {r.table}{other}.")
    data = {"table": name, "key": schema.key, "knowable": schema.knowable, "columns": rows}
    deliver(Report(data, rows, [made, *lines]), as_json, as_csv, output)


def _held(column: Column) -> str:
    kinds = {
        "text": "text",
        "date": "a day",
        "float": "a number",
        "int": "a whole number",
        "bool": "yes or no",
    }
    held = "one of " + ", ".join(column.values) if column.values else kinds.get(column.kind, column.kind)
    ends = [f"{word} {end:g}" for word, end in (("from", column.low), ("to", column.high)) if end is not None]
    return " ".join([held, *ends, column.unit]).strip()


@facts.command("check")
def check_tables(
    path: Annotated[Path | None, typer.Argument(help="A folder of tables or one CSV file.")] = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """Find the faults in the shipped tables or in your own.

    Exit code 2 when there are any. Example: curveshift facts check my-tables
    """
    check_place(output)
    from curveshift import facts as room

    found = room.check(path)
    rows = [{"table": p.table, "row": p.row, "column": p.column, "what": p.what} for p in found]
    deliver(
        Report({"problems": rows}, rows, [str(p) for p in found] or ["No faults."]), as_json, as_csv, output
    )
    if found:
        raise CurveshiftError(f"{len(found)} fault{'' if len(found) == 1 else 's'} in the tables")


@facts.command("export")
def export_table(
    name: TableName,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The CSV file to write.")],
    as_of: Known = None,
    mode: Mode = "hindcast",
    debug: options.Debug = False,
) -> None:
    """Write a table as CSV. Example: curveshift facts export chips -o chips.csv"""
    check_place(output)
    from curveshift import facts as room

    written = room.export(name, output, as_of=as_of, mode=mode)
    typer.echo(f"Written: {written}", err=True)


@facts.command("refresh")
def refresh_table(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with new or corrected rows.")],
    name: Annotated[
        str | None,
        typer.Option(
            "--table",
            metavar="TABLE",
            help="The table; else what the file is called.",
            autocompletion=completing.fact_table,
        ),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write",
            metavar="DIR",
            help="Write the whole table into this folder: one for CURVESHIFT_FACTS, or a checkout's own.",
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option(help="Draws of the headline before and after; 0 leaves out every result.")
    ] = RESULT_DRAWS,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Check new rows, show what they change in a table and in results, and write it if asked.

    Without --write nothing is written. A row that the file does not name stays as it is.

    Examples:

      curveshift facts refresh chips.csv

      curveshift facts refresh new.csv --table models --draws 0

      curveshift facts refresh chips.csv --write my-facts
    """  # fmt: skip
    check_place(output)
    if write is not None and not write.is_dir():
        raise CurveshiftError(f"there is no folder {write}: make it first", "--write")
    from curveshift import facts as room

    found = room.refresh(file, name, into=write)
    if found.problems:
        rows = [{"row": p.row, "column": p.column, "what": p.what} for p in found.problems]
        report = Report({"table": found.table, "problems": rows}, rows, [str(p) for p in found.problems])
        deliver(report, as_json, as_csv, output)
        count = len(found.problems)
        raise CurveshiftError(
            f"{count} fault{'' if count == 1 else 's'} in the new rows; nothing is written. "
            f"What each column holds: curveshift facts columns {found.table}",
            str(file),
        )
    from curveshift.decide.refreshed import effects

    with options.progress_bar("Computing results before and after", no_progress):
        moved = effects(found, draws=draws)
    rows = [
        {"row": c.row, "change": "added" if c.new else "changed", "key": " / ".join(c.key.values()),
         "column": column, "old": old, "new": new}
        for c in found.changes for column, (old, new) in c.cells.items()
    ]  # fmt: skip
    data = {"refresh": _without_text(found), "effects": moved, "todo": moved.todo()}
    deliver(Report(data, rows, list(_refreshed(found, moved))), as_json, as_csv, output)
    if write is not None:
        typer.echo(f"Written: {found.write(write)}", err=True)


def _without_text(found: Refresh) -> dict[str, Any]:
    return {
        "table": found.table, "changes": found.changes, "unchanged": found.unchanged, "untouched": found.untouched,
    }  # fmt: skip


def _refreshed(found: Refresh, moved: Effects) -> Iterator[Any]:
    for change in found.changes:
        title = f"{'+ new row' if change.new else '~ changed'}: {' / '.join(change.key.values())}"
        cells = [[column, old or "-", new or "-"] for column, (old, new) in change.cells.items()]
        yield table(title, ["column", "old", "new"], cells, 3)
    added = sum(change.new for change in found.changes)
    yield (
        f"{found.table}: {added} added, {len(found.changes) - added} changed, {found.unchanged} unchanged, "
        f"{found.untouched} not named and kept. Nothing is removed."
    )
    if not moved.todo():
        yield "The facts stay as they are."
        return
    yield (
        f"Facts {moved.facts_before[:12]} -> {moved.facts_after[:12]}: results, verdicts of claims and scores of the "
        "backtest that were kept are of other facts."
    )
    if moved.quantities:
        yield f"Read by the model in: {', '.join(moved.quantities)}."
    if moved.forecasts:
        yield f"Read by the backtest in: {', '.join(moved.forecasts)}."
    if moved.before:
        pairs = list(zip(moved.before, moved.after, strict=True))
        cells = [[f"{a.name}, {a.unit}", _three(a), "same" if a.same(b) else _three(b)] for a, b in pairs]
        yield table("Results that take seconds", ["result", "before", "after"], cells)
        yield from dict.fromkeys(f"Refused: {one.refused}" for one in moved.after if one.refused)
        yield "Intervals: 90 % for trends, 80 % for stocks and lags."
        yield (
            f"The joint model of scores reads other data: stale draws: {', '.join(moved.stale.values())}."
            if moved.stale
            else "The joint model of scores reads the same data as before."
        )
    yield "To ship it:\n" + "\n".join(f"  {i}. {what}" for i, what in enumerate(moved.todo(), start=1))


def _three(found: Outcome) -> str:
    from math import isfinite

    if found.refused:
        return "refused"
    if not isfinite(found.low):
        return f"{found.central:.3g}"
    return f"{found.central:.3g} ({found.low:.3g} to {found.high:.3g})"
