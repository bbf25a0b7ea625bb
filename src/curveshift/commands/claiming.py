"""``claims``: the sentences of the argument, judged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curveshift.commands import completing, options
from curveshift.commands.output import Report, check_place, chosen_form, deliver, table
from curveshift.errors import CurveshiftError

if TYPE_CHECKING:
    from rich.console import Group

    from curveshift.claims import Claim, Finding, Findings

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CLAIM]...", help="All claims unless named.", autocompletion=completing.claim),
]
Draws = Annotated[int, typer.Option(help="Draws of the simulated claims, a multiple of 8.")]
Rules = Annotated[
    bool, typer.Option("--rules", help="Show the rules by which claims are judged; judge nothing.")
]
FigureFile = Annotated[
    Path | None, typer.Option("--figure", metavar="FILE", help="Also draw it: .html, .svg, .png.")
]


def claims(
    names: Names = None,
    rules: Rules = False,
    draws: Draws = 4096,
    seed: options.Seed = 0,
    settings: options.Set = None,
    assumptions: options.Assumptions = None,
    figure: FigureFile = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Judge the argument sentence by sentence: supported, not supported, depends, or not testable.

    One or more names show each claim in full: its rule, its numbers, what it hinges on and what would turn it.

    Examples:

      curveshift claims

      curveshift claims v3-is-on-trend

      curveshift claims --rules

      curveshift claims by-2027 --set efficiency.growth_per_year="1.5 to 3"

      curveshift claims --json -o claims.json
    """
    check_place(output)
    check_place(figure)
    chosen_form(as_json, as_csv, output)
    from curveshift import claims as room

    chosen = [room.statement(name) for name in names] if names else list(room.statements())
    if rules:
        if figure is not None:
            raise CurveshiftError("--figure draws verdicts, which --rules does not reach", "--figure")
        deliver(_stated(chosen), as_json, as_csv, output)
        return
    with options.progress_bar("Judging", no_progress) as progress:
        found = room.judge(
            [claim.name for claim in chosen], settings or (), assumptions=assumptions,
            draws=draws, seed=seed, progress=progress,
        )  # fmt: skip
    if figure is not None:
        from curveshift.present import plot

        plot(found).save(figure)
    data = {"meta": dict(found.provenance), "claims": [one.to_dict() for one in found.items]}
    shown = [_in_full(one) for one in found.items] if names else [_board(found)]
    deliver(Report(data, list(_rows(found)), shown), as_json, as_csv, output)


def _stated(chosen: list[Claim]) -> Report:
    rows: list[dict[str, Any]] = [
        {"part": c.part, "claim": c.name, "basis": c.basis, "sentence": c.sentence, "rule": c.rule, **c.cuts}
        for c in chosen
    ]
    plain = [{key: row[key] for key in ("part", "claim", "basis", "sentence", "rule")} for row in rows]
    cells = [[str(c.part), c.name, f"{c.sentence} Rule: {c.rule}"] for c in chosen]
    return Report(rows, plain, [table("Claims and their rules", ["part", "name", "claim"], cells, 3)])


def _board(found: Findings) -> Group:
    cells = [[str(one.claim.part), one.claim.name, one.told, one.sentence] for one in found.items]
    counts = ", ".join(f"{count} {verdict}" for verdict, count in found.counted().items() if count)
    return table(f"Claims: {counts}", ["part", "name", "verdict", "what was found"], cells, 4)


def _in_full(one: Finding) -> Group:
    claim = one.claim
    cells = [
        ["claim", claim.sentence],
        ["verdict", one.told],
        ["found", one.sentence],
        *(["number", str(figure)] for figure in one.figures),
        ["rule", claim.rule],
        ["hinges on", claim.hinge],
        ["turned by", one.flip or "-"],
        ["settled by", claim.settled_by],
        ["see", claim.command],
    ]
    return table(f"{claim.name} (part {claim.part})", ["", ""], cells, 2)


def _rows(found: Findings) -> Iterator[dict[str, Any]]:
    for one in found.items:
        about = {"part": one.claim.part, "claim": one.claim.name, "verdict": one.verdict, "on": one.on}
        for figure in one.figures or (None,):
            number = {} if figure is None else {
                "number": figure.label, "value": figure.value, "low": figure.low, "high": figure.high,
                "unit": figure.unit,
            }  # fmt: skip
            yield about | {"number": "", "value": None, "low": None, "high": None, "unit": ""} | number
