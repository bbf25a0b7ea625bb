"""``rules``: the instruments, one of them in full, and what differs between two sets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curveshift.commands import completing, options
from curveshift.commands.output import Report, check_place, chosen_form, deliver, table
from curveshift.commands.ruling import Picture, as_rules, check_picture, draw
from curveshift.errors import unknown_name

if TYPE_CHECKING:
    from curveshift.controls import Instrument, RuleComparison

rules = typer.Typer(invoke_without_command=True)

KINDS = ("letter", "rule", "announcement", "entity", "policy", "guidance", "foreign")
Destination = Annotated[str, typer.Option("--to", help="Destination, as code or name.")]


@rules.callback()
def start(context: typer.Context) -> None:
    """The export rules as dated, cited records."""
    if context.invoked_subcommand is None:
        list_rules()


@rules.command("list")
def list_rules(
    on: Annotated[str | None, typer.Option("--on", help="Only those in force on a day.")] = None,
    kind: Annotated[
        str | None, typer.Option(help="letter, rule, announcement, entity, policy, guidance, foreign.")
    ] = None,
    figure: Picture = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """List the instruments, earliest first.

    Examples:

      curveshift rules list

      curveshift rules list --on 2025-05-01 --kind letter
    """
    check_place(output)
    check_picture(figure)
    chosen_form(as_json, as_csv, output)
    from curveshift.controls import rule_book

    book = rule_book()
    if kind is not None and kind not in KINDS:
        raise unknown_name("kind", kind, KINDS, "--kind")
    day = None if on is None else options.as_day(on, "--on")
    found = [i for i in book.instruments if kind in (None, i.kind) and (day is None or i.in_force(day))]
    rows = [_short(i) for i in found]
    cells = [[str(r["effective"]), r["id"], r["title"], r["evidence"]] for r in rows]
    shown = table("Instruments", ["from", "id", "title", "evidence"], cells, 4)
    foot = f"Last reviewed on {book.reviewed}. A rule that is not enforced says so in its title."
    deliver(
        Report({"instruments": rows, "reviewed": book.reviewed}, rows, [shown, foot]), as_json, as_csv, output
    )
    if figure is not None:
        from curveshift.present import plot

        draw(plot(book), figure)


@rules.command("show")
def show_rule(
    name: Annotated[
        str,
        typer.Argument(
            metavar="RULE", help="Its identifier, see `rules list`.", autocompletion=completing.rule
        ),
    ],
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """Show one instrument: dates, whom it reaches, every threshold, its texts.

    Example: curveshift rules show bis-2026-01
    """
    check_place(output)
    chosen_form(as_json, as_csv, output)
    from curveshift.controls import rule_book

    found = rule_book().instrument(name)
    rows = list(_values(found))
    facts = [[k, str(v)] for k, v in _short(found).items() if v]
    facts.append(["note", found.note])
    shown: list[Any] = [table(found.title, ["", ""], facts, 2)]
    for clause in found.clauses:
        cells = [["effect", clause.effect]]
        if clause.licence_policy:
            cells.append(["licence policy", str(clause.licence_policy).replace("_", " ")])
        cells += [["acts on", ", ".join(clause.of)]] if clause.of else []
        cells += [["reaches", _reach(r)] for r in clause.reach]
        cells += [["test", f"{t.metric} {t.op} {t.value:,.6g} {t.unit}"] for t in clause.tests]
        cells += [["condition", f"{v.key} {v.value:,.6g} {v.unit}"] for v in clause.conditions]
        cells += [["asks", text] for text in clause.requirements]
        cells += [["parts named", ", ".join(clause.named)]] if clause.named else []
        if clause.open is not None:
            only = f"; only for parts of {', '.join(clause.open_for)}" if clause.open_for else ""
            cells.append(["open", clause.open + only])
        cells += [["recalled", "the text of the time was not read"]] if clause.recalled else []
        cells += [["written in", found.citation(clause.cite).ref]]
        cells += [["note", clause.note]] if clause.note else []
        shown.append(table(f"{found.id}.{clause.id}: {clause.paragraph}", ["", ""], cells, 2))
    for remark in found.remarks:
        cells = [["says", remark.says], *(["reaches", _reach(r)] for r in remark.reach)]
        cells.append(["written in", found.citation(remark.cite).ref])
        shown.append(table(f"{found.id}.{remark.id}: {remark.kind}", ["", ""], cells, 2))
    cited = [[c.ref, c.evidence, c.url or ""] for c in found.citations]
    shown.append(table("Texts", ["text", "evidence", ""], cited, 3))
    deliver(Report({"instrument": found}, rows, shown), as_json, as_csv, output)


@rules.command("diff")
def diff_rules(
    before: Annotated[
        str,
        typer.Argument(metavar="A", help="A day, a rule, or your YAML file.", autocompletion=completing.rule),
    ],
    after: Annotated[
        str, typer.Argument(metavar="B", help="The same, or one PATH=VALUE.", autocompletion=completing.rule)
    ],
    to: Destination = "CN",
    on: Annotated[str | None, typer.Option("--on", help="Day for files and numbers.")] = None,
    figure: Picture = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """What differs between two sets of rules: numbers, chips, and the best design.

    Examples:

      curveshift rules diff 2023-11-16 2023-11-17

      curveshift rules diff bis-2022-10 bis-2023-10 --to UAE

      curveshift rules diff 2026-02-01 my-rule.yaml --on 2026-02-01

      curveshift rules diff 2026-02-01 bis-2026-01.case_by_case.tpp_below=30000
    """
    check_place(output)
    check_picture(figure)
    chosen_form(as_json, as_csv, output)
    from curveshift.controls import compare_rules

    sides = [as_rules(text) if "=" in text else text for text in (before, after)]
    found = compare_rules(sides[0] or before, sides[1] or after, to=to, on=on)
    deliver(Report({"comparison": found}, found.rows(), list(_difference(found))), as_json, as_csv, output)
    if figure is not None:
        from curveshift.present import plot

        draw(plot(found), figure)


def _difference(found: RuleComparison) -> list[Any]:
    shown: list[Any] = [f"From {found.a} to {found.b}, for {found.to}"]
    if found.values:
        cells = [[v.path, v.before or "-", v.after or "-"] for v in found.values]
        shown.append(table("Numbers that bind", ["value", "before", "after"], cells, 3))
    moved = [r for r in found.rows() if _words(r, "before") != _words(r, "after")]
    if moved:
        cells = [[r["chip"], _words(r, "before"), _words(r, "after")] for r in moved]
        shown.append(table("Chips", ["chip", "before", "after"], cells, 3))
    if others := [r["chip"] for r in found.rows() if r not in moved]:
        shown.append(f"Under another paragraph or other conditions: {', '.join(others)}.")
    if found.designs:
        designs = [
            [d.workload, d.licence.replace("_", " "), _limits(d.before), _limits(d.after)]
            for d in found.designs
        ]
        head = ["workload", "way out", "before: TPP, GB/s", "after: TPP, GB/s"]
        shown.append(table("The best design that a vendor could make", head, designs, 4))
    shown.append(f"{found.unchanged} chips are treated alike.")
    return shown


def _words(row: dict[str, Any], side: str) -> str:
    policy = row[f"{side}_policy"]
    words = row[side] if policy == "none" else f"{row[side]}, {policy}"
    return str(words).replace("_", " ")


def _limits(chip: Any) -> str:
    return "none" if chip is None else f"{chip.tpp:,.0f}, {chip.memory_bandwidth_gbs:,.0f}"


def _short(i: Instrument) -> dict[str, Any]:
    from curveshift.controls.instruments import EVIDENCE

    return {
        "id": i.id,
        "title": i.title,
        "kind": i.kind,
        "announced": i.announced,
        "effective": i.effective,
        "in_text_from": i.in_text_from,
        "ends": i.ends,
        "enforced": i.enforced,
        "written": i.written,
        "addressed_to": ", ".join(i.addressed_to),
        "evidence": ", ".join(sorted({c.evidence for c in i.citations}, key=EVIDENCE.index)),
    }


def _values(i: Instrument) -> Iterator[dict[str, Any]]:
    for c in i.clauses:
        tests = [(t.key, t.metric, t.op, t.value, t.unit, t.cite) for t in c.tests]
        tests += [(v.key, v.key, "=", v.value, v.unit, v.cite) for v in c.conditions]
        for key, metric, op, value, unit, cite in tests:
            yield {
                "path": f"{i.id}.{c.id}.{key}",
                "paragraph": c.paragraph,
                "metric": metric,
                "op": op,
                "value": value,
                "unit": unit,
                "source": i.citation(cite).ref,
                "evidence": i.citation(cite).evidence,
            }


def _reach(r: Any) -> str:
    parts = []
    for name, words in (
        ("destination", "to {}"),
        ("destination_not", "not to {}"),
        ("headquarters", "for buyers at home in {}"),
        ("headquarters_not", "not for buyers at home in {}"),
        ("transaction", "{} only"),
        ("end_user", "end user: {}"),
        ("end_user_not", "end user not: {}"),
    ):
        if values := sorted(getattr(r, name)):
            parts.append(words.format(", ".join(values)))
    parts += [f"from {r.start}"] if r.start else []
    parts += [f"until {r.until}"] if r.until else []
    parts += [f"({r.where})"] if r.where else []
    parts += [f"open: {r.open}"] if r.open else []
    return "; ".join(parts)
