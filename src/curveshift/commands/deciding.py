"""``robust``, ``pareto`` and ``shapley``: policies judged by views, by two metrics, and by their parts."""

from __future__ import annotations

from typing import Annotated

import typer

from curveshift.commands import completing, options
from curveshift.commands.deciding_views import (
    pareto_rows,
    pareto_tables,
    robust_rows,
    robust_tables,
    shapley_rows,
    shapley_tables,
)
from curveshift.commands.output import Report, check_place, chosen_form, deliver
from curveshift.commands.views import foot

FEW_DRAWS = 2048

Policies = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="POLICY|SET...",
        help="Policies, policy+stance, YAML files, or a set: narrow, plausible, extreme (plausible unless given).",
        autocompletion=completing.policy_or_set,
    ),
]
Threshold = Annotated[
    str, typer.Option(help="Threshold of the worlds: essay-2025, survey, ftm, mixture, or custom when set.")
]
OwnThreshold = Annotated[
    str | None, typer.Option("--threshold", help="One threshold for all views; each view's own unless given.")
]
Metrics = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        metavar="max:METRIC|min:METRIC",
        help="lag, p-WORLD, us-revenue or china-stock, with a sense, as min:p-bipolar; may be repeated.",
    ),
]


def robust(
    policies: Policies = None,
    views: Annotated[
        list[str] | None,
        typer.Option("--view", metavar="NAME|FILE", help="A world view; may be repeated; all unless given."),
    ] = None,
    metric: Metrics = None,
    require: Annotated[
        list[str] | None,
        typer.Option(metavar="METRIC>=NUMBER", help="A threshold to be met, as lag>=12; may be repeated."),
    ] = None,
    threshold: OwnThreshold = None,
    window: options.Window = 12,
    draws: options.Draws = FEW_DRAWS,
    seed: options.Seed = 0,
    as_of: options.AsOf = options.AS_OF,
    end: options.End = options.END,
    untied: options.Untied = False,
    settings: options.Set = None,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Judge policies under several world views: regret, the smallest largest regret, thresholds met.

    Examples:

      curveshift robust plausible

      curveshift robust status-quo airtight --view hawk --view survey --metric max:lag --metric min:p-bipolar

      curveshift robust narrow --require "lag>=12" --require "us-revenue>=1e10"
    """
    check_place(output)
    chosen_form(as_json, as_csv, output)
    first, last = options.as_day(as_of, "--as-of"), options.as_month(end, "--end")
    from curveshift.decide import robust as judge
    from curveshift.decide.metrics import DEFAULT_GOALS

    with (
        options.computing(workers, cluster),
        options.progress_bar("Simulating policies under each view", no_progress) as progress,
    ):
        found = judge(
            policies or "plausible", views or None, metric or DEFAULT_GOALS, require=require or (),
            threshold=threshold, window_months=window, settings=settings or (), draws=draws, seed=seed,
            as_of=first, end=last, tied=not untied, progress=progress,
        )  # fmt: skip
    data = {
        "meta": found.basis,
        "policies": found.policies,
        "thresholds": found.thresholds,
        "metrics": [str(g) for g in found.goals],
        "requirements": [str(r) for r in found.requirements],
        "window_months": found.window_months,
        "regrets": found.regrets,
        "largest_regrets": found.largest,
        "satisficing": found.satisficing,
    }
    deliver(Report(data, list(robust_rows(found)), list(robust_tables(found))), as_json, as_csv, output)


def pareto(
    policies: Policies = None,
    x: Annotated[str, typer.Option("-x", help="The metric across, with its sense.")] = "max:us-revenue",
    y: Annotated[str, typer.Option("-y", help="The metric upwards, with its sense.")] = "max:lag",
    threshold: Threshold = "mixture",
    window: options.Window = 12,
    draws: options.Draws = FEW_DRAWS,
    seed: options.Seed = 0,
    as_of: options.AsOf = options.AS_OF,
    end: options.End = options.END,
    feedback: options.Feedback = None,
    untied: options.Untied = False,
    settings: options.Set = None,
    assumptions: options.Assumptions = None,
    view: options.View = None,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Show which policies no other beats on two metrics at once.

    Examples:

      curveshift pareto plausible

      curveshift pareto extreme -x max:us-revenue -y max:p-unipolar-us --draws 1024
    """
    check_place(output)
    chosen_form(as_json, as_csv, output)
    first, last = options.as_day(as_of, "--as-of"), options.as_month(end, "--end")
    from curveshift.decide import pareto as front
    from curveshift.decide import provenance

    with (
        options.computing(workers, cluster),
        options.progress_bar("Simulating policies", no_progress) as progress,
    ):
        found = front(
            policies or "plausible", x, y, threshold=threshold, window_months=window, settings=settings or (),
            draws=draws, seed=seed, as_of=first, end=last, feedback=feedback, tied=not untied,
            assumptions=assumptions, view=view, progress=progress,
        )  # fmt: skip
    basis = provenance(found.ensemble)
    data = {
        "meta": basis,
        "x": str(found.x),
        "y": str(found.y),
        "threshold": found.threshold,
        "points": found.points,
        "front": [p.policy for p in found.front],
    }
    shown = [*pareto_tables(found), foot(basis)]
    deliver(Report(data, list(pareto_rows(found)), shown), as_json, as_csv, output)


def shapley(
    package: Annotated[
        str, typer.Argument(help="The policy to take apart.", autocompletion=completing.policy)
    ] = "airtight",
    base: Annotated[str, typer.Option(help="What it is compared with.")] = "status-quo",
    metric: Annotated[str, typer.Option(help="lag, p-WORLD, us-revenue or china-stock.")] = "lag",
    by: Annotated[
        str, typer.Option(help="lever: each alone; group: levers of one group together.")
    ] = "lever",
    exact_parts: Annotated[
        int,
        typer.Option(
            min=1, max=10, help="Up to so many parts every subset is run; beyond, orders are sampled."
        ),
    ] = 6,
    orders: Annotated[int, typer.Option(min=2, help="Orders to sample, an even number.")] = 24,
    threshold: Threshold = "mixture",
    window: options.Window = 12,
    draws: options.Draws = 1024,
    seed: options.Seed = 0,
    as_of: options.AsOf = options.AS_OF,
    end: options.End = options.END,
    feedback: options.Feedback = None,
    untied: options.Untied = False,
    settings: options.Set = None,
    assumptions: options.Assumptions = None,
    view: options.View = None,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Divide what a package of measures does among its parts, averaged over all orders.

    Examples:

      curveshift shapley airtight --by group

      curveshift shapley b30a-allowed --metric us-revenue --draws 512
    """
    check_place(output)
    chosen_form(as_json, as_csv, output)
    first, last = options.as_day(as_of, "--as-of"), options.as_month(end, "--end")
    from curveshift.decide import shapley as divide

    with (
        options.computing(workers, cluster),
        options.progress_bar(f"Simulating parts of {package}", no_progress) as progress,
    ):
        found = divide(
            package, base, metric, by=by, exact_parts=exact_parts, orders=orders, threshold=threshold,
            window_months=window, settings=settings or (), draws=draws, seed=seed, as_of=first, end=last,
            feedback=feedback, tied=not untied, assumptions=assumptions, view=view, progress=progress,
        )  # fmt: skip
    data = {
        "meta": found.basis,
        "package": found.package,
        "base": found.base,
        "metric": found.goal.metric,
        "unit": found.goal.unit,
        "total": found.total,
        "parts": found.parts,
        "exact": found.exact,
        "policies_run": found.policies_run,
    }
    shown = [*shapley_tables(found), foot(found.basis)]
    deliver(Report(data, list(shapley_rows(found)), shown), as_json, as_csv, output)
