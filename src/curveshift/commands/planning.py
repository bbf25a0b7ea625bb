"""``plan``: which model to train on a budget, and what it is likely to reach."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curveshift.commands import completing, options
from curveshift.commands.output import Report, check_place, chosen_form, deliver, plain, short, table
from curveshift.errors import CurveshiftError

if TYPE_CHECKING:
    from curveshift.laws import Chinchilla, Fit, Plan, TwoStage

Source = Annotated[
    str | None,
    typer.Argument(
        help="A published law, or E=...,A=...,B=...,alpha=...,beta=..., or chinchilla: the shipped runs.",
        autocompletion=completing.law,
    ),
]
FitFile = Annotated[
    Path | None, typer.Option("--fit", help="Fit L(N, D) to this file of runs (params, tokens, loss).")
]
Accuracy = Annotated[
    bool, typer.Option("--accuracy", help="The file has a column of accuracy too: predict it, through loss.")
]
Flop = Annotated[float | None, typer.Option(help="Budget in FLOP, such as 1e24.")]
Usd = Annotated[float | None, typer.Option(help="Budget in dollars; needs --chip and --mfu.")]
Loss = Annotated[float | None, typer.Option(help="Loss to reach at the least cost.")]
Serve = Annotated[float, typer.Option(help="Tokens served over the life of the model.")]
Chip = Annotated[str | None, typer.Option(help="A chip of the fact tables, such as H100.")]
Mfu = Annotated[float | None, typer.Option(help="Share of the peak rate that training reaches, such as 0.4.")]
ServeMfu = Annotated[float | None, typer.Option(help="The same in serving, if it differs.")]
Rent = Annotated[float | None, typer.Option(help="Rent of a chip; the fact tables' unless given.")]
Level = Annotated[float, typer.Option(help="Level of the intervals.")]


def plan(
    source: Source = None,
    fit: FitFile = None,
    accuracy: Accuracy = False,
    flop: Flop = None,
    usd: Usd = None,
    loss: Loss = None,
    inference_tokens: Serve = 0.0,
    chip: Chip = None,
    mfu: Mfu = None,
    inference_mfu: ServeMfu = None,
    usd_per_chip_hour: Rent = None,
    level: Level = 0.9,
    seed: options.Seed = 0,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """Plan a training run: parameters, tokens and the loss to expect, for a budget or a target.

    Examples:

      curveshift plan chinchilla --flop 1e24

      curveshift plan chinchilla --usd 1e7 --chip H100 --mfu 0.4 --inference-tokens 1e13

      curveshift plan besiroglu2024 --flop 1e24

      curveshift plan E=1.8172,A=482.01,B=2085.43,alpha=0.3478,beta=0.3658 --loss 2.0

      curveshift plan --fit runs.csv --flop 1e22 --json

      curveshift plan --fit runs.csv --accuracy --flop 1e22
    """
    check_place(output)
    chosen_form(as_json, as_csv, output)
    if (source is None) == (fit is None):
        raise CurveshiftError("give a published law, chinchilla, or --fit FILE: one of them", "plan")
    if accuracy and fit is None:
        raise CurveshiftError("accuracy is read from the file of runs: give --fit FILE", "--accuracy")
    from curveshift import laws

    known: Fit | TwoStage | Chinchilla | str
    if fit is not None and accuracy:
        known = laws.fit_two_stage(str(fit), seed=seed)
    elif fit is not None:
        known = laws.Chinchilla.fit(str(fit), seed=seed)
    elif source == "chinchilla":
        known = laws.Chinchilla.fit(laws.chinchilla_runs(), seed=seed)
    else:
        known = _law(source) if source and "=" in source else source or ""
    found = laws.plan(
        known, flop=flop, usd=usd, loss=loss, inference_tokens=inference_tokens, chip=chip, mfu=mfu,
        inference_mfu=inference_mfu, usd_per_chip_hour=usd_per_chip_hour, level=level,
    )  # fmt: skip
    fitted = known.loss if isinstance(known, laws.TwoStage) else known
    told = fitted.warnings if isinstance(fitted, laws.Fit) else ()
    data = {**plain(found), "law_warnings": list(told)}
    deliver(Report(data, found.rows(), _shown(found, told)), as_json, as_csv, output)


def _law(text: str) -> Chinchilla:
    """The law whose parameters stand in a text such as E=1.8,A=480,B=2100,alpha=0.35,beta=0.37."""
    from curveshift.laws import Chinchilla

    names = [p.name for p in Chinchilla.parameters]
    found = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise CurveshiftError(
                f"{part!r} is not name=number: give {', '.join(n + '=...' for n in names)}",
                "law",
            ) from None
    if sorted(found) != sorted(names):
        raise CurveshiftError(f"needs {', '.join(names)}, not {', '.join(found)}", "law")
    return Chinchilla(**found)


def _shown(found: Plan, told: tuple[str, ...]) -> list[Any]:
    def cell(row: dict[str, Any], key: str) -> str:
        value = row[key]
        if value is None:
            return ""
        if row["unit"] == "FLOP":
            return f"{value:.3g}"
        return f"{value:.4g}" if row["quantity"] in ("loss", "accuracy") else short(value)

    rows = [
        (
            row["quantity"].replace("_", " "),
            *(cell(row, key) for key in ("value", "low", "high")),
            row["unit"],
        )
        for row in found.rows()
    ]
    head = ("", "value", f"{50 - 50 * found.level:g} %", f"{50 + 50 * found.level:g} %", "unit")
    shown: list[Any] = [table("Plan", head, rows)]
    if found.cost is not None:
        cost = found.cost
        shown.append(
            f"{cost.chip} at {cost.peak_flop_per_s:.3g} FLOP/s, MFU {cost.mfu:g}, {cost.usd_per_chip_hour:.3g} USD/h"
        )
    shown += [f"Note: {warning}" for warning in (*told, *found.warnings)]
    shown.append("Sources: " + "; ".join(found.sources))
    return shown
