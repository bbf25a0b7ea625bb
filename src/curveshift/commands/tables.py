"""``facts``: the tables of what is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curveshift.commands import options
from curveshift.commands.output import Report, check_place, deliver, table
from curveshift.errors import CurveshiftError

facts = typer.Typer(invoke_without_command=True)

TableName = Annotated[str, typer.Argument(metavar="TABLE", help="Name of a table, see `facts list`.")]
Known = Annotated[str | None, typer.Option("--as-of", help="Only what was known on a day, as 2025-06-30.")]
Mode = Annotated[
    str, typer.Option(help="hindcast: a first version was public; backtest: this vintage was published.")
]
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
