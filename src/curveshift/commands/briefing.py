"""``brief``: the whole answer as one offline page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curveshift.commands import options
from curveshift.commands.output import Report, check_place, chosen_form, deliver
from curveshift.commands.views import brief_rows, brief_tables
from curveshift.errors import CurveshiftError

QUICK_DRAWS = 1024

Page = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The HTML file to write.")]
Chosen = Annotated[str, typer.Option(help="Policies, with commas between them.")]
Quick = Annotated[bool, typer.Option("--quick", help=f"A rough look: {QUICK_DRAWS} draws.")]


def brief(
    output: Page = Path("brief.html"),
    policies: Chosen = "status-quo,airtight,full-decontrol",
    draws: options.Draws = options.DRAWS,
    seed: options.Seed = 0,
    as_of: options.AsOf = options.AS_OF,
    untied: options.Untied = False,
    settings: options.Set = None,
    view: options.View = None,
    quick: Quick = False,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Write the brief: one HTML page that opens offline, and a summary here.

    Examples:

      curveshift brief -o brief.html

      curveshift brief --policies status-quo,january-2026+open --quick

      curveshift brief --set enforcement.effort=2 --seed 7
    """
    check_place(output)
    chosen_form(as_json, as_csv, None)
    day = options.as_day(as_of, "--as-of")
    chosen = tuple(name.strip() for name in policies.split(",") if name.strip())
    if not chosen:
        raise CurveshiftError("name at least one policy", "--policies")
    from curveshift.present import write_brief

    with options.progress_bar("Writing the brief", no_progress) as progress:
        found = write_brief(
            output,
            policies=chosen,
            settings=tuple(settings or ()),
            draws=QUICK_DRAWS if quick else draws,
            seed=seed,
            as_of=day,
            tied=not untied,
            view=view,
            progress=progress,
        )
    deliver(
        Report({"brief": found}, list(brief_rows(found)), list(brief_tables(found))), as_json, as_csv, None
    )
