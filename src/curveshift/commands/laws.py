"""``fit`` and ``laws``: fit a scaling law to a table of runs, and say what the forms are."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from curveshift.commands import completing, options
from curveshift.commands.law_views import (
    comparison_tables,
    fit_data,
    fit_rows,
    fit_tables,
    form_data,
    form_tables,
    published_data,
    published_rows,
    published_tables,
)
from curveshift.commands.output import Report, check_place, chosen_form, deliver, table
from curveshift.errors import CurveshiftError, unknown_name

BUDGETS = (1e21, 1e22, 1e23, 1e24, 1e25, 1e26)
EXAMPLE_DROPS = 5

File = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="Runs: .csv, .tsv, .jsonl or .parquet, one run a row.")
]
Example = Annotated[bool, typer.Option("--example", help="The 245 runs of Hoffmann et al. 2022 that ship.")]
LawName = Annotated[str, typer.Option("--law", metavar="NAME", help="A form of `curveshift laws list`.")]
Aim = Annotated[
    str,
    typer.Option(help="student_t, huber, least_squares, least_absolute or asymmetric."),
]
Space = Annotated[str | None, typer.Option(help="Residuals of the log, or raw; else as the law says.")]
Delta = Annotated[float, typer.Option(help="Where Huber's loss turns linear.")]
Count = Annotated[int, typer.Option(min=0, max=1_000_000, help="Refits for the intervals; 0 for none.")]
Scheme = Annotated[str | None, typer.Option(help="case, cluster or wild; by clusters where there are any.")]
Level = Annotated[float, typer.Option(help="Of the intervals, between 0 and 1.")]
Cluster = Annotated[str | None, typer.Option(metavar="COLUMN", help="Runs that may share errors.")]
Columns = Annotated[
    list[str] | None, typer.Option("--column", metavar="QUANTITY=COLUMN", help="Your column of a quantity.")
]
Units = Annotated[
    list[str] | None,
    typer.Option(
        "--unit", metavar="QUANTITY=UNIT", help="As params=B, loss=bit/token or training_flop=1e18."
    ),
]
Conventions = Annotated[
    list[str] | None,
    typer.Option("--convention", metavar="KEY=VALUE", help="As params=non_embedding or flop=measured."),
]
Drop = Annotated[
    int | None,
    typer.Option(min=0, help=f"Leave out runs of highest loss (default 0; {EXAMPLE_DROPS} in the example)."),
]
Fixed = Annotated[
    list[str] | None,
    typer.Option("--fixed", metavar="PARAMETER=VALUE", help="Hold a parameter, as floor=0.25."),
]
Sweep = Annotated[
    bool,
    typer.Option("--sweep", help="Check the fit: runs dropped, other objectives, small runs against large."),
]
Force = Annotated[bool, typer.Option("--force", help="Take what would be refused, and say so.")]
Page = Annotated[
    Path | None, typer.Option("--report", metavar="FILE.html", help="Write a page with figures too.")
]

laws = typer.Typer(help="Forms of scaling law.", rich_markup_mode=None, no_args_is_help=True)


def fit(
    file: File = None,
    example: Example = False,
    law: LawName = "chinchilla",
    objective: Aim = "student_t",
    space: Space = None,
    delta: Delta = 1e-3,
    resamples: Count = 1000,
    scheme: Scheme = None,
    level: Level = 0.9,
    cluster: Cluster = None,
    column: Columns = None,
    unit: Units = None,
    convention: Conventions = None,
    drop_highest: Drop = None,
    fixed: Fixed = None,
    sweep: Sweep = False,
    force: Force = False,
    seed: options.Seed = 0,
    report: Page = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Fit a scaling law to your training runs.

    Examples:

      curveshift fit runs.csv --report fit.html

      curveshift fit runs.csv --column loss=eval/c4 --unit params=B --cluster sweep

      curveshift fit --example --objective huber --resamples 4000
    """
    check_place(output)
    check_place(report)
    chosen_form(as_json, as_csv, output)
    if example == (file is not None):
        raise CurveshiftError("give a file of runs, or --example for those that ship", "FILE")
    if not 0.0 < level < 1.0:
        raise CurveshiftError(f"{level:g} is outside its range: between 0 and 1, such as 0.9", "--level")
    given = {
        "--column": _pairs(column, "--column"),
        "--unit": _pairs(unit, "--unit"),
        "--convention": _pairs(convention, "--convention"),
        "--fixed": _pairs(fixed, "--fixed"),
    }
    told, units, conventions, held = given.values()
    fixed_values = {name: _number(name, value, "--fixed") for name, value in held.items()}
    from curveshift import laws as room
    from curveshift.laws.optimal import has_optimum

    form = room.form(law)
    if example:
        if cluster or told or units or conventions:
            raise CurveshiftError(
                "columns, units, conventions and clusters are for a file of your own", "--example"
            )
        runs = room.chinchilla_runs(EXAMPLE_DROPS if drop_highest is None else drop_highest)
    else:
        runs = room.read_runs(
            file, form, columns=told, units=units, conventions=conventions, cluster=cluster, force=force
        )
        runs = runs.drop_highest(drop_highest or 0, form.output.name)
    with options.progress_bar(f"Fitting {law}", no_progress) as progress:
        found = room.fit(
            form, runs, objective=objective, space=space, delta=delta, resamples=resamples, scheme=scheme,
            seed=seed, fixed=fixed_values, force=force, progress=progress,
        )  # fmt: skip
    optimal = room.optimal_path(found, BUDGETS, level) if has_optimum(form) else ()
    checked = room.diagnose(found, seed=seed) if sweep else None
    unusual = {
        "--law": (law, "chinchilla"),
        "--objective": (objective, "student_t"),
        "--space": (space, None),
        "--delta": (f"{delta:g}", "0.001"),
        "--resamples": (str(resamples), "1000"),
        "--scheme": (scheme, None),
        "--level": (f"{level:g}", "0.9"),
        "--cluster": (cluster, None),
        "--drop-highest": (None if drop_highest is None else str(drop_highest), None),
        "--seed": (str(seed), "0"),
    }
    words = ["curveshift", "fit", "--example" if file is None else str(file)]
    words += [
        w for option, (value, usual) in unusual.items() if value and value != usual for w in (option, value)
    ]
    words += [w for option, pairs in given.items() for k, v in pairs.items() for w in (option, f"{k}={v}")]
    words += [option for option, on in (("--sweep", sweep), ("--force", force)) if on]
    again = shlex.join(words)
    shown = [*fit_tables(found, optimal, level, checked), f"Again: {again}"]
    if report is not None:
        from curveshift.present import write_fit_report

        write_fit_report(
            report,
            found,
            diagnosis=checked,
            level=level,
            budgets=BUDGETS,
            command=f"{again} --report {report.name}",
        )
        shown.append(f"Written: {report}")
    meta = {"curveshift": _version(), "command": again, "seed": seed}
    data = {"meta": meta, "result": fit_data(found, optimal, level), "diagnosis": checked}
    deliver(Report(data, list(fit_rows(found, optimal, level)), shown), as_json, as_csv, output)


@laws.command("list")
def list_laws(
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """The forms that can be fitted, and the published laws. Example: curveshift laws list"""
    check_place(output)
    from curveshift.laws import forms, published

    known = [form_data(law) for law in forms().values()]
    printed = [published_data(published(name)) for name in published()]
    equations = [[f["name"], f["equation"]] for f in known]
    graded = [[p["name"], p["form"], p["grade"]] for p in printed]
    shown = [
        table("Forms that can be fitted", ["name", "equation"], equations, words=2),
        table("Published laws", ["name", "form", "checked"], graded, words=3),
    ]
    rows = [
        {"kind": "form", "name": name, "form": name, "grade": None, "title": title}
        for name, title in equations
    ]
    rows += [
        {"kind": "published", **{key: p[key] for key in ("name", "form", "grade", "title")}} for p in printed
    ]
    deliver(Report({"forms": known, "published": printed}, rows, shown), as_json, as_csv, output)


@laws.command("show")
def show_law(
    name: Annotated[
        str, typer.Argument(help="A name of `curveshift laws list`.", autocompletion=completing.law)
    ],
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """What a form says, or a published law with its values, conventions and source.

    Examples:

      curveshift laws show chinchilla

      curveshift laws show besiroglu2024
    """
    check_place(output)
    from curveshift.laws import forms, published

    known = forms()
    if name in known:
        law = known[name]
        rows = [{"parameter": p.name, "unit": p.unit, "meaning": p.meaning} for p in law.parameters]
        report = Report(form_data(law), rows, list(form_tables(law)))
    elif name in published():
        printed = published(name)
        report = Report(
            published_data(printed), list(published_rows(printed)), list(published_tables(printed))
        )
    else:
        raise unknown_name("law", name, [*known, *published()])
    deliver(report, as_json, as_csv, output)


@laws.command("compare")
def compare_laws(
    names: Annotated[
        list[str], typer.Argument(help="Two or more published laws.", autocompletion=completing.law)
    ],
    flop: Annotated[list[float] | None, typer.Option(help="Training budget, FLOP; may be repeated.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Compare across conventions, and say which differ.")
    ] = False,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """Published laws side by side: what each calls compute-optimal for a budget.

    Laws that count parameters, FLOP or tokens differently are not compared unless forced.

    Example: curveshift laws compare hoffmann2022-approach3 besiroglu2024
    """
    check_place(output)
    chosen_form(as_json, as_csv, output)
    from curveshift.laws import compare_published

    found = compare_published(names, training_flop=flop or BUDGETS, force=force)
    data = {"rows": found.rows, "warnings": found.warnings, "sources": found.sources()}
    deliver(Report(data, found.rows, list(comparison_tables(found))), as_json, as_csv, output)


def _pairs(given: list[str] | None, option: str) -> dict[str, str]:
    """Settings written as key=value."""
    found: dict[str, str] = {}
    for one in given or ():
        key, sign, value = one.partition("=")
        if not sign or not key.strip() or not value.strip():
            raise CurveshiftError(f"write key=value, not {one!r}", option)
        if key.strip() in found:
            raise CurveshiftError(f"{key.strip()} is given twice", option)
        found[key.strip()] = value.strip()
    return found


def _number(name: str, value: str, option: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise CurveshiftError(f"{name} is {value!r}, which is no number", option) from None


def _version() -> str:
    from curveshift import __version__

    return __version__
