"""``run`` and ``compare``: simulate and report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from curveshift.commands import completing, options
from curveshift.commands.output import Report, check_place, chosen_form, deliver
from curveshift.commands.views import compare_rows, compare_tables, flip_tables, foot, run_rows, run_tables
from curveshift.errors import unknown_name

Policy = Annotated[
    str,
    typer.Argument(
        help="A policy, policy+stance (open, guided, blocked, responsive), or a YAML file.",
        autocompletion=completing.policy,
    ),
]
Policies = Annotated[
    list[str],
    typer.Argument(
        help="Two or more policies, policy+stance, or YAML files.", autocompletion=completing.policy
    ),
]
Base = Annotated[
    str | None,
    typer.Option(help="What the others are compared with: status-quo where it is named, else the first."),
]
Unit = Annotated[
    str, typer.Option(help="Unit of the stocks, such as h100e_16bit, chips, bandwidth, rollout.")
]
Flips = Annotated[
    bool, typer.Option("--flips", help="Also show which value of an assumption would turn each verdict.")
]
Store = Annotated[
    Path | None,
    typer.Option(
        "--store", metavar="DIR", help="Write the draws to a new folder, chunk by chunk, as they come."
    ),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Take up the store that an earlier run of this command left.")
]
Quarterly = Annotated[bool, typer.Option("--quarterly", help="A row a quarter instead of a year.")]


def run(
    policy: Policy = "status-quo",
    draws: options.Draws = options.DRAWS,
    seed: options.Seed = 0,
    as_of: options.AsOf = options.AS_OF,
    end: options.End = options.END,
    feedback: options.Feedback = None,
    untied: options.Untied = False,
    settings: options.Set = None,
    assumptions: options.Assumptions = None,
    view: options.View = None,
    unit: Unit = "h100e_16bit",
    window: options.Window = 12,
    quarterly: Quarterly = False,
    store: Store = None,
    resume: Resume = False,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Simulate one policy: China's chips by channel, the lag, the worlds.

    Examples:

      curveshift run status-quo

      curveshift run january-2026+open --draws 2048 --unit rollout

      curveshift run airtight --set diversion.chips_2024="10k to 300k" --json

      curveshift run status-quo --view hawk

      curveshift run status-quo --draws 1048576 --store million --workers 2
    """
    check_place(output)
    chosen_form(as_json, as_csv, output)
    first, last = options.as_day(as_of, "--as-of"), options.as_month(end, "--end")
    from curveshift.decide import provenance, summarise
    from curveshift.world import UNITS, simulate
    from curveshift.world.reopening import plain_call

    if unit not in UNITS:
        raise unknown_name("unit", unit, UNITS, "--unit")
    with (
        options.computing(workers, cluster),
        options.progress_bar(f"Simulating {policy}", no_progress) as progress,
    ):
        ensemble = simulate(
            policy, settings or (), draws=draws, seed=seed, as_of=first, end=last,
            feedback=feedback, tied=not untied, assumptions=assumptions, view=view,
            progress=progress, store=store, resume=resume,
        )  # fmt: skip
    found = summarise(ensemble, unit=unit, every="quarter" if quarterly else "year", window_months=window)
    basis = provenance(ensemble)
    asked = plain_call(
        [policy], settings or [], assumptions, view, unit=unit, window_months=window, quarterly=quarterly
    )
    deliver(
        Report(
            {"meta": basis | {"asked": asked}, "result": found},
            list(run_rows(found)),
            [*run_tables(found, window), foot(basis)],
        ),
        as_json,
        as_csv,
        output,
    )


def compare(
    policies: Policies,
    base: Base = None,
    draws: options.Draws = options.DRAWS,
    seed: options.Seed = 0,
    as_of: options.AsOf = options.AS_OF,
    end: options.End = options.END,
    feedback: options.Feedback = None,
    untied: options.Untied = False,
    settings: options.Set = None,
    assumptions: options.Assumptions = None,
    view: options.View = None,
    window: options.Window = 12,
    flips: Flips = False,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Compare policies draw by draw, on the same random numbers.

    Examples:

      curveshift compare status-quo airtight full-decontrol

      curveshift compare january-2026+open january-2026+blocked --draws 2048

      curveshift compare status-quo my-policy.yaml --csv -o difference.csv

      curveshift compare status-quo airtight --flips
    """
    check_place(output)
    chosen_form(as_json, as_csv, output)
    first, last = options.as_day(as_of, "--as-of"), options.as_month(end, "--end")
    from curveshift.decide import compare as compare_policies
    from curveshift.decide import flip_table, provenance

    with (
        options.computing(workers, cluster),
        options.progress_bar(f"Simulating {len(policies)} policies", no_progress) as progress,
    ):
        found = compare_policies(
            policies, base, settings=settings or (), window_months=window, draws=draws, seed=seed,
            as_of=first, end=last, feedback=feedback, tied=not untied, assumptions=assumptions, view=view,
            progress=progress,
        )  # fmt: skip
    basis = provenance(found.ensemble)
    parts: dict[str, Any] = {
        "base": found.base,
        "window_months": found.window_months,
        "differences": found.differences,
        "worlds": found.worlds,
        "channels_chips": found.channels,
    }
    shown = [*compare_tables(found)]
    if flips:
        strict = next(name for name in found.policies if name != found.base)
        parts["flips"] = flip_table(found.ensemble, base=found.base, strict=strict, window_months=window)
        shown += flip_tables(parts["flips"])
    shown.append(foot(basis))
    deliver(Report({"meta": basis, **parts}, list(compare_rows(found)), shown), as_json, as_csv, output)
