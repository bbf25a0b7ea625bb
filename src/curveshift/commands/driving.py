"""``sensitivity``, ``dose`` and ``discover``: what drives an outcome, what more chips do, what must be true."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from curveshift.commands import completing, drivers, options
from curveshift.commands.output import Report, check_place, chosen_form, deliver
from curveshift.commands.ruling import Picture, check_picture, draw
from curveshift.commands.running import Policy
from curveshift.commands.views import foot
from curveshift.errors import CurveshiftError, unknown_name

KINDS = ("groups", "assumptions", "policies")

Of = Annotated[
    str,
    typer.Option(
        "--of",
        help="Shares of groups of assumptions, single assumptions, or policies against groups: "
        "groups, assumptions, policies.",
    ),
]
Outcomes = Annotated[
    list[str] | None,
    typer.Option(
        "--outcome",
        help="lag, china_stock, gap, unipolar-us, bipolar, unipolar-china or not-yet; may be repeated.",
    ),
]
By = Annotated[str, typer.Option(help="The year end at which numbers are read.")]
Threshold = Annotated[str, typer.Option(help="The threshold of the worlds.")]
Rows = Annotated[int, typer.Option(help="Rows of each matrix of the design, a multiple of 128.")]
World = Annotated[
    str,
    typer.Argument(help="unipolar-us, bipolar, unipolar-china or not-yet.", autocompletion=completing.world),
]
Under = Annotated[
    str,
    typer.Option(
        "--policy", help="A policy, policy+stance, or a YAML file.", autocompletion=completing.policy
    ),
]
Factors = Annotated[
    list[float] | None,
    typer.Option("--factor", help="Multiple of the inflow; may be repeated, 1 is always in."),
]
Rented = Annotated[bool, typer.Option("--rented", help="Multiply rented compute too, not only chips.")]
All = Annotated[bool, typer.Option("--all", help="Count draws that had crossed by the as-of date too.")]
Depth = Annotated[int, typer.Option(help="Depth of the tree, 1 to 4.")]
Boxes = Annotated[int, typer.Option(help="At most so many boxes, 1 to 5.")]

BY = "2028-12-31"
ROWS = 3072
DOSE_DRAWS = 4096


def sensitivity(
    policy: Policy = "status-quo",
    of: Of = "groups",
    outcome: Outcomes = None,
    by: By = BY,
    threshold: Threshold = "essay-2025",
    window: options.Window = 12,
    rows: Rows = ROWS,
    seed: options.Seed = 0,
    as_of: options.AsOf = options.AS_OF,
    end: options.End = options.END,
    feedback: options.Feedback = None,
    untied: options.Untied = False,
    settings: options.Set = None,
    assumptions: options.Assumptions = None,
    figure: Picture = None,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Say which assumptions, and which policies, an outcome depends on.

    Examples:

      curveshift sensitivity

      curveshift sensitivity --of assumptions --outcome lag --figure tornado.html

      curveshift sensitivity --of policies --outcome lag --outcome bipolar --json
    """
    _places(output, figure, as_json, as_csv)
    if of not in KINDS:
        raise unknown_name("kind of sensitivity", of, KINDS, "--of")
    from curveshift import decide

    asked: dict[str, Any] = {
        "by": by, "threshold": threshold, "window_months": window, "rows": rows, "settings": settings or (),
        "seed": seed, "as_of": options.as_day(as_of, "--as-of"), "end": options.as_month(end, "--end"),
        "feedback": feedback or "default", "tied": not untied, "assumptions": assumptions,
    }  # fmt: skip
    if of == "assumptions" and len(outcome or ()) > 1:
        raise CurveshiftError("single assumptions are about one outcome", "--outcome")
    with (
        options.computing(workers, cluster),
        options.progress_bar(f"Simulating {policy}", no_progress) as progress,
    ):
        if of == "policies":
            ranges = decide.policy_importance(policy, outcome, **asked, progress=progress)
            shares = ranges.shares
            drawn: Any = ranges
            data: Any = {"policy": policy, "rows": rows, "outcomes": ranges.outcomes}
            flat, shown = drivers.range_rows(ranges), drivers.range_tables(ranges)
        elif of == "assumptions":
            shares = decide.sensitivity(policy, outcome or "lag", groups=(), **asked, progress=progress)
            where: dict[str, Any] = {"by": by, "threshold": threshold, "window_months": window}
            bars = decide.tornado(shares.independent_sets, (outcome or ["lag"])[0], **where)
            drawn = bars
            data = drivers.tornado_data(bars)
            flat, shown = drivers.tornado_rows(bars), drivers.tornado_tables(bars)
        else:
            shares = decide.sensitivity(policy, outcome, **asked, progress=progress)
            drawn = shares
            data = {"policy": shares.policy, "rows": rows, "outcomes": shares.outcomes, "notes": shares.notes}
            flat, shown = drivers.share_rows(shares), drivers.share_tables(shares)
    basis = decide.provenance(shares.ensemble)
    _draw(drawn, figure)
    deliver(
        Report({"meta": basis, "result": data}, list(flat), [*shown, foot(basis)]), as_json, as_csv, output
    )


def dose(
    policy: Policy = "status-quo",
    factor: Factors = None,
    rented: Rented = False,
    by: By = BY,
    threshold: Threshold = "essay-2025",
    window: options.Window = 12,
    draws: options.Draws = DOSE_DRAWS,
    seed: options.Seed = 0,
    as_of: options.AsOf = options.AS_OF,
    end: options.End = options.END,
    feedback: options.Feedback = None,
    untied: options.Untied = False,
    settings: options.Set = None,
    assumptions: options.Assumptions = None,
    figure: Picture = None,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Say what more or fewer foreign chips in China do, by intervention, beside what goes along with them.

    Examples:

      curveshift dose

      curveshift dose --factor 0 --factor 4 --threshold survey --figure dose.svg
    """
    _places(output, figure, as_json, as_csv)
    from curveshift import decide
    from curveshift.decide.dose import FACTORS

    with (
        options.computing(workers, cluster),
        options.progress_bar(f"Intervening on {policy}", no_progress) as progress,
    ):
        found = decide.dose_response(
            policy, sorted({*factor, 1.0}) if factor else FACTORS, rented=rented, by=by, threshold=threshold,
            window_months=window, settings=settings or (), draws=draws, seed=seed,
            as_of=options.as_day(as_of, "--as-of"), end=options.as_month(end, "--end"), feedback=feedback or "default",
            tied=not untied, assumptions=assumptions, progress=progress,
        )  # fmt: skip
    basis = decide.provenance(found.ensemble)
    _draw(found, figure)
    shown = [*drivers.dose_tables(found), foot(basis)]
    data = {"meta": basis, "result": drivers.dose_data(found)}
    deliver(Report(data, list(drivers.dose_rows(found)), shown), as_json, as_csv, output)


def discover(
    world: World = "bipolar",
    policy: Under = "status-quo",
    threshold: Threshold = "essay-2025",
    window: options.Window = 12,
    everything: All = False,
    boxes: Boxes = 2,
    depth: Depth = 2,
    draws: options.Draws = options.DRAWS,
    seed: options.Seed = 0,
    as_of: options.AsOf = options.AS_OF,
    end: options.End = options.END,
    feedback: options.Feedback = None,
    untied: options.Untied = False,
    settings: options.Set = None,
    assumptions: options.Assumptions = None,
    figure: Picture = None,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Say what must be true for a world: boxes of assumptions in which it is likely, and a small tree.

    Examples:

      curveshift discover bipolar

      curveshift discover unipolar-us --policy airtight --window 6 --figure box.svg
    """
    _places(output, figure, as_json, as_csv)
    from curveshift import decide

    with (
        options.computing(workers, cluster),
        options.progress_bar(f"Simulating {policy}", no_progress) as progress,
    ):
        found = decide.discover(
            policy, world, threshold=threshold, window_months=window, conditioned=not everything, boxes=boxes,
            depth=depth, settings=settings or (), draws=draws, seed=seed,
            as_of=options.as_day(as_of, "--as-of"), end=options.as_month(end, "--end"), feedback=feedback or "default",
            tied=not untied, assumptions=assumptions, progress=progress,
        )  # fmt: skip
    basis = decide.provenance(found.ensemble)
    _draw(found, figure)
    shown = [*drivers.discovery_tables(found), foot(basis)]
    data = {"meta": basis, "result": drivers.discovery_data(found)}
    deliver(Report(data, list(drivers.discovery_rows(found)), shown), as_json, as_csv, output)


def _places(output: Any, figure: Any, as_json: bool, as_csv: bool) -> None:
    """Refuse places and forms that cannot be written before the work begins."""
    check_place(output)
    check_picture(figure)
    chosen_form(as_json, as_csv, output)


def _draw(found: Any, figure: Any) -> None:
    if figure is not None:
        from curveshift.present import plot

        draw(plot(found), figure)
