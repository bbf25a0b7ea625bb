"""``trend`` and ``calibrate``: is a model on the cost curve, and how the draws behind the answer are made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curveshift.commands import completing, options
from curveshift.commands.output import Report, check_place, chosen_form, deliver, table
from curveshift.errors import CurveshiftError

if TYPE_CHECKING:
    from rich.console import Group

    from curveshift.trends import OnTrend, Posterior

Model = Annotated[
    str,
    typer.Argument(
        help="A model of the tables, or a name for one of your own.", autocompletion=completing.model
    ),
]
Released = Annotated[str | None, typer.Option(help="Your own model: day of release, as 2025-06-01.")]
Bloc = Annotated[str, typer.Option(help="Your own model: us, china or other.")]
Score = Annotated[
    list[str] | None,
    typer.Option("--score", metavar="BENCHMARK=SHARE", help="Your own model: as 'GPQA diamond=0.61'."),
]
Index = Annotated[float | None, typer.Option(help="Your own model: its score on the Epoch index.")]
Flop = Annotated[float | None, typer.Option(help="Your own model: training compute, FLOP.")]
Usd = Annotated[float | None, typer.Option(help="Your own model: what it cost, dollars.")]
Reasoning = Annotated[bool, typer.Option("--reasoning", help="Your own model: trained to reason at length.")]
Distilled = Annotated[bool, typer.Option("--distilled", help="Your own model: trained on another's outputs.")]
Basis = Annotated[str, typer.Option(help="Cost of what: final_run_rental, amortised or whole_r_and_d.")]
Against = Annotated[str, typer.Option(help="Expected of whom: us (US recipes) or own (its own bloc's).")]
Rivals = Annotated[list[str] | None, typer.Option("--rival", metavar="MODEL", help="May be repeated.")]
AsOf = Annotated[
    str | None,
    typer.Option(help="Use what was known by a day; draws of 2025-01-29 and some others are shipped."),
]
Draws = Annotated[Path | None, typer.Option("--posterior", metavar="FILE", help="Draws of your own.")]
Figure = Annotated[Path | None, typer.Option(metavar="FILE", help="Also draw it: .svg, .png or .json.")]
All = Annotated[bool, typer.Option("--all", help="Sample every version of the model and weigh them.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes; the draws are the same for any number.")]
Place = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE.npz", help="Where to write the draws."),
]
Chains = Annotated[int, typer.Option(min=2, help="Number of chains.")]
WarmUp = Annotated[int, typer.Option(help="Steps of adaptation of each, a multiple of 25.")]
Each = Annotated[int, typer.Option("--draws", help="Draws of each, a multiple of 25.")]
Keep = Annotated[int, typer.Option(help="Draws to write, evenly spaced among those of all chains.")]


def trend(
    model: Model,
    released: Released = None,
    bloc: Bloc = "us",
    score: Score = None,
    index: Index = None,
    flop: Flop = None,
    usd: Usd = None,
    reasoning: Reasoning = False,
    distilled: Distilled = False,
    definition: Basis = "final_run_rental",
    against: Against = "us",
    rival: Rivals = None,
    as_of: AsOf = None,
    posterior: Draws = None,
    figure: Figure = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """Say whether a model is an expected point on the cost curve, step by step.

    Examples:

      curveshift trend DeepSeek-V3

      curveshift trend DeepSeek-V3 --as-of 2025-01-29 --against own

      curveshift trend "Llama 3.1-405B" --definition amortised --json

      curveshift trend mine --released 2025-06-01 --score "GPQA diamond=0.61" --score MMLU=0.85 --flop 3e24
    """
    check_place(output)
    check_place(figure)
    chosen_form(as_json, as_csv, output)
    from curveshift import trends

    own = _own(model, released, bloc, score, index, flop, usd, reasoning, distilled)
    rivals = list(rival) if rival else None
    if rivals is None and model == trends.essay().model and own is None:
        rivals = trends.essay_rivals()
    found = trends.on_trend(
        own or model,
        definition,  # type: ignore[arg-type]
        against=against,
        rivals=rivals,
        as_of=as_of,
        draws=None if posterior is None else trends.load(posterior),
    )
    if figure is not None:
        from curveshift.present import plot

        plot(found).save(figure)
    data = found.to_dict()
    report = Report(data, list(_flat(data)), list(_shown(found)))
    deliver(report, as_json, as_csv, output)


def _own(
    name: str, released: str | None, bloc: str, score: Sequence[str] | None, index: float | None, flop: float | None,
    usd: float | None, reasoning: bool, distilled: bool,
) -> Any:  # fmt: skip
    """A candidate of the user's own, or nothing when only a name is given."""
    if released is None:
        if score or index is not None or flop is not None or usd is not None:
            raise CurveshiftError("a model of your own needs its day of release: give --released", name)
        return None
    from curveshift.trends import Candidate

    scores = {}
    for text in score or ():
        benchmark, _, value = text.rpartition("=")
        try:
            scores[benchmark.strip()] = float(value)
        except ValueError:
            raise CurveshiftError(f"write a score as BENCHMARK=SHARE, not {text!r}", "--score") from None
    return Candidate(
        name=name,
        released=options.as_day(released, "--released"),
        bloc=bloc,
        reasoning=reasoning,
        distilled=distilled,
        scores=scores or None,
        index=index,
        training_flop=flop,
        training_usd=usd,
    )


def _flat(data: dict[str, Any]) -> list[dict[str, Any]]:
    """One row for each number that has an interval."""
    rows = []
    for name, value in data.items():
        if isinstance(value, list) and len(value) == 3 and not isinstance(value[0], dict):
            rows.append({"name": name, "low": value[0], "central": value[1], "high": value[2]})
        elif isinstance(value, int | float):
            rows.append({"name": name, "low": None, "central": value, "high": None})
    return rows


def _shown(found: OnTrend) -> list[Group | str]:
    from curveshift.present.trend_reading import essay_lines, notes, rivals, steps

    shown: list[Group | str] = [
        found.verdict,
        table("Step by step, median (90 %)", ("", ""), steps(found)),
    ]
    if found.actual is not None:
        cost = [(text, f"{value:,.6g}") for text, value in found.actual.steps]
        shown.append(table(f"How its cost is known: {found.actual.basis}", ("", ""), cost))
    if found.rivals:
        shown.append(
            table(
                "Rivals: months older, their capability and their expected cost over its own",
                ("", "months", "capability, x compute", "expected cost, x"),
                rivals(found),
            )
        )
    if lines := essay_lines(found):
        shown.append(table("The essay's arithmetic, and the record's", ("", "essay", "record"), lines))
    shown.append("\n".join(f"- {note}" for note in notes(found)))
    return shown


def calibrate(
    every: All = False,
    as_of: AsOf = None,
    output: Place = None,
    seed: options.Seed = 0,
    chains: Chains = 4,
    warm_up: WarmUp = 400,
    draws: Each = 600,
    keep: Keep = 2000,
    workers: Workers = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Rebuild the posterior draws from the facts; needs the extra ``calibrate``.

    Examples:

      curveshift calibrate -o draws.npz

      curveshift calibrate --as-of 2024-06-30 -o draws.npz

      curveshift calibrate --all -o draws.npz
    """
    check_place(output)
    from curveshift import trends

    if as_of is not None:
        options.as_day(as_of, "--as-of")
    effort = trends.Effort(chains=chains, warm_up=warm_up, draws=draws, seed=seed)
    with options.progress_bar("Sampling", no_progress) as tell:
        found = trends.calibrate(
            trends.ALL if every else ("full",),
            as_of=as_of,
            effort=effort,
            keep=keep,
            workers=workers,
            progress=lambda _, done, total: tell(done, total),
        )
    if output is not None:
        found.save(output)
    deliver(Report(dict(found.report), [], _report(found)), as_json, False, None)


def _report(found: Posterior) -> list[Group | str]:
    diagnostics = found.report["diagnostics"]
    rows = [
        (
            name,
            f"{found.report['weights'].get(name, 0.0):.2f}",
            f"{d['largest_r_hat']:.3f}",
            f"{d['least_bulk_ess']:.0f}",
            f"{d['least_tail_ess']:.0f}",
            f"{d['divergences']:.0f}",
        )
        for name, d in diagnostics.items()
    ]
    head = ("version", "weight", "R-hat", "bulk ESS", "tail ESS", "divergences")
    shown: list[Group | str] = [table("Versions of the model", head, rows), _parameters(found)]
    shown.append("\n".join(f"- {what}: {count}" for what, count in found.report["counted"].items()))
    return shown


def _parameters(found: Posterior) -> Group:
    from curveshift.trends import priors, three

    known = priors()
    rows = []
    for name, draws in found.values.items():
        low, central, high = three(draws)
        rows.append((name, f"{central:.3g} ({low:.3g} to {high:.3g})", known[name].unit))
    return table("Parameters, median (90 %)", ("", "", "unit"), rows)
