"""``classify``, ``timeline`` and ``frontier``: what the export rules say about a part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curveshift.commands import completing, options
from curveshift.commands.output import Report, check_place, chosen_form, deliver, table
from curveshift.errors import CurveshiftError

if TYPE_CHECKING:
    from rich.console import Group

    from curveshift.controls import RuleBook, Ruling

Chip = Annotated[
    str,
    typer.Argument(
        help="A chip of the table, such as H20; `mine` with --spec alone.", autocompletion=completing.chip
    ),
]
To = Annotated[str, typer.Option("--to", help="Destination: CN, China, 'Hong Kong', UAE.")]
Anywhere = Annotated[str, typer.Option("--to", help="Destination: CN, China, 'Hong Kong', UAE; any.")]
On = Annotated[str | None, typer.Option("--on", help="Day of export; the last review of the rules.")]
Home = Annotated[str | None, typer.Option("--headquarters", help="Where the buyer or its parent is at home.")]
EndUser = Annotated[
    str,
    typer.Option(help="civil, entity-list, entity-affiliate, military, supercomputer, uae-approved."),
]
DataCenter = Annotated[
    bool | None, typer.Option("--data-center/--not-data-center", help="How the part is marketed.")
]
Transaction = Annotated[str, typer.Option(help="export, reexport or 'in-country transfer'.")]
Reading = Annotated[str, typer.Option(help="enforced, or text: with the AI Diffusion rule as written.")]
Spec = Annotated[
    list[str] | None,
    typer.Option("--spec", metavar="KEY=VALUE", help="A specification, such as tpp='4500 to 5200'."),
]
Rules = Annotated[
    str | None, typer.Option("--rules", metavar="FILE|PATH=VALUE", help="Your own rules, or one number.")
]
Picture = Annotated[
    Path | None, typer.Option("--figure", metavar="FILE", help="Draw it too: .html, .svg, .png or .json.")
]
ON_ITS_OWN = "mine"


def classify(
    chip: Chip,
    to: Anywhere,
    on: On = None,
    headquarters: Home = None,
    end_user: EndUser = "civil",
    data_center: DataCenter = None,
    transaction: Transaction = "export",
    reading: Reading = "enforced",
    specs: Spec = None,
    rules: Rules = None,
    figure: Picture = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Show every test, not only those that decide.")
    ] = False,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """Is this chip controlled to that place on that day, and why?

    Examples:

      curveshift classify H20 --to CN --on 2025-04-20

      curveshift classify H200 --to Malaysia --headquarters CN --on 2026-06-15

      curveshift classify mine --spec tpp="4500 to 5200" --spec datacenter=yes --to SA
    """
    check_place(output)
    check_picture(figure)
    form = chosen_form(as_json, as_csv, output)
    from curveshift.controls import classify as ask

    found = ask(
        as_part(chip, specs), to, on, buyer_headquarters=headquarters, end_user=end_user,
        data_center=data_center, transaction=transaction, reading=reading, rules=as_rules(rules),
    )  # fmt: skip
    from curveshift.controls.questions import row

    # Tables cost as much as the ruling itself; machines do without.
    shown = list(_ruling(found, trace)) if form == "text" else []
    deliver(Report({"ruling": found}, [row(found)], shown), as_json, as_csv, output)
    if figure is not None:
        from curveshift.present import plot

        draw(plot(found), figure)


def timeline(
    chip: Chip,
    to: To,
    headquarters: Home = None,
    end_user: EndUser = "civil",
    data_center: DataCenter = None,
    transaction: Transaction = "export",
    reading: Reading = "enforced",
    start: Annotated[str | None, typer.Option(help="First day.")] = None,
    end: Annotated[str | None, typer.Option(help="Last day.")] = None,
    specs: Spec = None,
    rules: Rules = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """How the status of a chip for a destination changed, and which rule changed it.

    Examples:

      curveshift timeline H20 --to CN

      curveshift timeline H100 --to UAE --csv -o h100-uae.csv
    """
    check_place(output)
    chosen_form(as_json, as_csv, output)
    from curveshift.controls import timeline as ask

    found = ask(
        as_part(chip, specs), to, start=start, end=end, buyer_headquarters=headquarters, end_user=end_user,
        data_center=data_center, transaction=transaction, reading=reading, rules=as_rules(rules),
    )  # fmt: skip
    from curveshift.present.ruling_words import status

    cells = [
        [str(e.start), status(e.ruling), "; ".join(e.ruling.paragraphs) or "-", "; ".join(e.causes) or "-"]
        for e in found
    ]
    shown = table(f"{found.chip} to {found.to}", ["from", "status", "paragraph", "why"], cells, 4)
    rows = found.rows()
    deliver(
        Report({"timeline": rows, "reviewed": found.reviewed}, rows, [shown, _foot(found.reviewed)]),
        as_json,
        as_csv,
        output,
    )


def frontier(
    to: To,
    on: On = None,
    rules: Rules = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """The best chip that may be shipped on a day, and the best conceivable design.

    Examples:

      curveshift frontier --to CN --on 2024-06-01

      curveshift frontier --to CN --rules bis-2026-01.case_by_case.tpp_below=30000
    """
    check_place(output)
    chosen_form(as_json, as_csv, output)
    from curveshift.controls import frontier as ask
    from curveshift.controls import rule_book
    from curveshift.controls.caveats import CASE_BY_CASE_2026

    book = as_rules(rules)
    found = ask(on or rule_book().reviewed, to, rules=book)
    rows = found.rows()
    cells = [
        [
            r["workload"],
            r["access"].replace("_", " "),
            r["kind"],
            _design(r) if r["kind"] == "design" else r["chip"] or "none",
            f"{r['tpp']:,.0f}" if r["tpp"] else "-",
            f"{r['memory_bandwidth_gbs']:,.0f}" if r["memory_bandwidth_gbs"] else "-",
        ]
        for r in rows
    ]
    head = ["workload", "way out", "kind", "chip", "TPP", "GB/s"]
    shown = table(f"Best that may go to {found.to} on {found.on}", head, cells, 4)
    note = "Pretraining goes by TPP, rollouts by memory bandwidth. A design is a number, not a product."
    if any(
        b.kind == "design" and b.ruling is not None and CASE_BY_CASE_2026 in b.ruling.basis for b in found
    ):
        note += " The review of January 2026 is open only to products on sale in the United States by then."
    deliver(
        Report(
            {"frontier": rows, "on": found.on, "to": found.to}, rows, [shown, note, _foot(found.reviewed)]
        ),
        as_json,
        as_csv,
        output,
    )


def _design(row: Mapping[str, Any]) -> str:
    if row["unlimited"]:
        return "no limit binds"
    return "cut to the limit" if row["chip"] else "none"


def as_part(chip: str, specs: Sequence[str] | None) -> str | Mapping[str, Any]:
    """The chip, or the specifications that replace its own."""
    if not specs:
        return chip
    given: dict[str, Any] = {}
    for text in specs:
        key, sign, value = text.partition("=")
        if not sign:
            raise CurveshiftError(f"write KEY=VALUE, not {text!r}", "--spec")
        if key.strip() in given:
            raise CurveshiftError(f"{key.strip()} is given twice", "--spec")
        given[key.strip()] = value.strip()
    return given if chip == ON_ITS_OWN else {"like": chip, **given}


def as_rules(text: str | None) -> RuleBook | None:
    """A user's own rules: a YAML file, or one number at its dotted path."""
    if text is None:
        return None
    from curveshift.controls import user_rules

    path, sign, value = text.partition("=")
    if not sign:
        return user_rules(text)
    try:
        return user_rules({path.strip(): float(value.replace(",", ""))})
    except ValueError:
        raise CurveshiftError(f"{value!r} is not a number", "--rules") from None


def check_picture(target: Path | None) -> None:
    """Refuse a picture that cannot be written before the work begins."""
    check_place(target)
    if target is not None:
        from curveshift.present.figure import FORMATS, wrong_ending

        if target.suffix.lower().removeprefix(".") not in FORMATS:
            raise wrong_ending(target)


def draw(figure: Any, target: Path) -> None:
    """Save a figure and say so."""
    typer.echo(f"Written: {figure.save(target)}", err=True)


def _foot(reviewed: object) -> str:
    from curveshift.controls.answers import DISCLAIMER

    return f"Rules last reviewed on {reviewed}. {DISCLAIMER}"


def _ruling(r: Ruling, all_tests: bool) -> Iterator[Group | str]:
    from curveshift.controls.places import place_name
    from curveshift.present.ruling_words import examined, facts, other

    where = "any destination" if r.to == "any" else place_name(r.to)
    yield table(f"{r.chip} to {where} on {r.on}", ["", ""], facts(r), 2)
    if r.likely:
        yield table(
            "Probabilities", ["answer", "p"], [[a.replace("_", " "), f"{p:.2f}"] for a, p in r.likely]
        )
    if cells := examined(r, all_tests):
        yield table("Tests", ["test", "metric", "value", "rule", ""], cells, 2)
    if r.would_change:
        others = [[c.what, other(c)] for c in r.would_change]
        yield table("What would change the answer", ["", "to"], others, 2)
    if r.citations:
        cited = [[c.ref, c.evidence, c.url or ""] for c in r.citations]
        yield table("Written in", ["text", "evidence", ""], cited, 3)
    yield from (f"Note: {warning}." for warning in r.warnings)
    yield _foot(r.reviewed)
