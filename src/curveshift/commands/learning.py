"""``voi`` and ``condition``: what to find out, and what a new fact changes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from curveshift.commands import options
from curveshift.commands.deciding import Metrics, Policies, Threshold
from curveshift.commands.deciding_views import condition_rows, condition_tables, voi_rows, voi_tables
from curveshift.commands.output import Report, check_place, chosen_form, deliver
from curveshift.commands.views import foot
from curveshift.errors import CurveshiftError

MORE_DRAWS = 4096

Utility = Annotated[
    list[str] | None,
    typer.Option(
        metavar="GOAL[=WEIGHT]",
        help="What is wanted, as max:lag; or several with weights that sum to 1, as max:lag=0.7.",
    ),
]


def voi(
    policies: Policies = None,
    utility: Utility = None,
    threshold: Threshold = "mixture",
    window: options.Window = 12,
    most: Annotated[
        int, typer.Option(min=1, help="Assumptions to show as text; JSON and CSV hold all.")
    ] = 10,
    draws: options.Draws = MORE_DRAWS,
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
    """Rank what is worth finding out before choosing between policies.

    Examples:

      curveshift voi plausible --utility max:lag

      curveshift voi narrow --utility max:lag=0.6 --utility max:us-revenue=0.4
    """
    check_place(output)
    chosen_form(as_json, as_csv, output)
    first, last = options.as_day(as_of, "--as-of"), options.as_month(end, "--end")
    wanted = _weights(utility or ["max:lag"])
    from curveshift.decide import provenance, value_of_information
    from curveshift.decide.information import parse_utility

    # Before minutes of work, not after them.
    parse_utility(wanted)
    with (
        options.computing(workers, cluster),
        options.progress_bar("Simulating policies", no_progress) as progress,
    ):
        found = value_of_information(
            policies or "plausible", wanted, threshold=threshold, window_months=window, settings=settings or (),
            draws=draws, seed=seed, as_of=first, end=last, feedback=feedback, tied=not untied,
            assumptions=assumptions, view=view, progress=progress,
        )  # fmt: skip
    basis = provenance(found.ensemble)
    data = {
        "meta": basis,
        "utility": {str(goal): weight for goal, weight in found.utility.items()},
        "unit": found.unit,
        "threshold": found.threshold,
        "expected": found.expected,
        "best": found.best,
        "best_share": found.best_share,
        "perfect": found.perfect,
        "assumptions": found.singles,
        "groups": found.groups,
        "in_words": found.in_words(),
    }
    shown = [*voi_tables(found, most), foot(basis)]
    deliver(Report(data, list(voi_rows(found)), shown), as_json, as_csv, output)


def condition(
    observations: Annotated[
        list[str],
        typer.Argument(
            metavar="OBSERVATION...",
            help="quantity@date=value, quantity@from..to=value or assumption=value; a value is '10k to 30k', "
            "'at most 5k' or 'at least 160'. Quantities: index-us, index-china, capability-us, capability-china, "
            "lag, china-stock, legal-chips, diverted-chips, seized-chips, domestic-chips.",
        ),
    ],
    policies: Annotated[
        str,
        typer.Option(
            help="Policies to show, with commas between them; the first is the world as it went on."
        ),
    ] = "status-quo",
    metric: Metrics = None,
    threshold: Threshold = "mixture",
    window: options.Window = 12,
    most: Annotated[
        int, typer.Option(min=1, help="Assumptions to show as text; JSON and CSV hold all.")
    ] = 10,
    draws: options.Draws = MORE_DRAWS,
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
    """Weigh the draws by what has been observed since, and show what moves.

    Examples:

      curveshift condition "index-china@2026-07-31=at least 160"

      curveshift condition "legal-chips@2026-07-01..2026-12-31=at most 50k" --policies january-2026,status-quo
    """
    check_place(output)
    chosen_form(as_json, as_csv, output)
    first, last = options.as_day(as_of, "--as-of"), options.as_month(end, "--end")
    names = [name.strip() for name in policies.split(",") if name.strip()]
    if not names:
        raise CurveshiftError("name at least one policy", "--policies")
    from curveshift.decide import condition as weigh
    from curveshift.decide import provenance
    from curveshift.decide.metrics import DEFAULT_GOALS, parse_goals
    from curveshift.decide.observations import parse_observation
    from curveshift.world import simulate

    told, goals = [parse_observation(text) for text in observations], parse_goals(metric or DEFAULT_GOALS)
    with options.computing(workers, cluster), options.progress_bar("Simulating", no_progress) as progress:
        ensemble = simulate(
            names, settings or (), draws=draws, seed=seed, as_of=first, end=last, feedback=feedback,
            tied=not untied, assumptions=assumptions, view=view, keep_paths=1, progress=progress,
        )  # fmt: skip
    found = weigh(
        ensemble, told, policy=ensemble.policies[0], metrics=goals, threshold=threshold, window_months=window
    )
    basis = provenance(ensemble)
    data = {
        "meta": basis,
        "observations": [str(o) for o in found.observations],
        "policy": found.policy,
        "threshold": found.threshold,
        "effective_draws": found.effective_draws,
        "effective_draws_alone": found.alone,
        "draws": found.draws,
        "warning": found.warning,
        "headline": found.headline,
        "assumptions": found.moved,
    }
    shown = [*condition_tables(found, most), foot(basis)]
    deliver(Report(data, list(condition_rows(found)), shown), as_json, as_csv, output)


def _weights(texts: list[str]) -> dict[Any, float]:
    """Goals with weights as written; one goal alone may go without."""
    from curveshift.decide.metrics import parse_goal

    found: dict[Any, float] = {}
    for text in texts:
        goal, equals, weight = text.partition("=")
        if not equals and len(texts) > 1:
            raise CurveshiftError(f"{text!r} needs a weight beside others: write {text}=0.5", "--utility")
        try:
            number = float(weight) if equals else 1.0
        except ValueError:
            raise CurveshiftError(f"{weight!r} is not a weight", f"--utility {text}") from None
        key = parse_goal(goal)
        if key in found:
            raise CurveshiftError("is given twice", f"--utility {text}")
        found[key] = number
    return found
