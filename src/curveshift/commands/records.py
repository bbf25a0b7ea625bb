"""``policies`` and ``assumptions``: what ships, what it means, and what a change changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curveshift.commands import completing, options
from curveshift.commands.output import Report, check_place, deliver, table
from curveshift.errors import CurveshiftError, unknown_name

if TYPE_CHECKING:
    from curveshift.scenario import Assumption, Lever, Policy

policies = typer.Typer(invoke_without_command=True)
assumptions = typer.Typer(invoke_without_command=True)

Name = Annotated[str, typer.Argument(help="Its name.", autocompletion=completing.assumption)]
Sets = Annotated[bool, typer.Option("--sets", help="Show the stated sets of policies instead.")]
Group = Annotated[str | None, typer.Option(help="Only this group, such as supply or enforcement.")]


@policies.callback()
def policies_start(
    context: typer.Context,
    sets: Sets = False,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """The policies that ship, and what each one does.

    Examples:

      curveshift policies

      curveshift policies show airtight

      curveshift policies --sets
    """
    if context.invoked_subcommand is None:
        list_policies(sets, as_json, as_csv, output)
    elif sets:
        raise CurveshiftError("--sets goes with policies or policies list", "--sets")


@policies.command("list")
def list_policies(
    sets: Sets = False,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """List all policies. Example: curveshift policies list --json"""
    check_place(output)
    if sets:
        _list_sets(as_json, as_csv, output)
        return
    from curveshift.scenario import policies as shipped

    rows = [
        {"policy": p.name, "kind": p.kind, "title": p.title, "meaning": p.meaning} for p in shipped().values()
    ]
    shown = table(
        "Policies", ["name", "kind", "title"], [[r["policy"], r["kind"], r["title"]] for r in rows], 3
    )
    note = (
        "Another Beijing part is named with a plus: january-2026+blocked (open, guided, blocked, responsive)."
        " An intervention sets an outcome directly and is not a choice that a government has."
    )
    deliver(Report({"policies": rows}, rows, [shown, note]), as_json, as_csv, output)


def _list_sets(as_json: bool, as_csv: bool, output: Path | None) -> None:
    from curveshift.scenario import feasibility, policy_sets

    found = policy_sets().values()
    rows = [
        {"set": one.name, "policy": name, "why": why, "set_title": one.title, "feasible": one.feasible}
        for one in found
        for name, why in one.why.items()
    ]
    shown: list[Any] = [feasibility()]
    for one in found:
        shown.append(table(f"{one.name}: {one.title}", ["policy", "why"], list(one.why.items()), 2))
        shown.append(f"{one.reason} {one.feasible}")
    data = {"feasible": feasibility(), "sets": list(found)}
    deliver(Report(data, rows, shown), as_json, as_csv, output)


@policies.command("show")
def show_policy(
    name: Annotated[
        str, typer.Argument(help="A policy, policy+stance, or a YAML file.", autocompletion=completing.policy)
    ],
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """Show what a policy sets, when and why. Example: curveshift policies show airtight"""
    check_place(output)
    from curveshift.scenario import load_policy

    policy = load_policy(name)
    rows = _steps(policy)
    shown: list[Any] = [
        f"{policy.name} ({policy.kind}): {policy.title}",
        policy.meaning,
        table("What it sets", list(rows[0]), [list(row.values()) for row in rows], 5),
    ]
    data = {"name": policy.name, **policy.to_data()}
    deliver(Report({"policy": data}, rows, shown), as_json, as_csv, output)


def _steps(policy: Policy) -> list[dict[str, str]]:
    said: list[tuple[str, Any, Any]] = [
        ("US rules", "none" if s.value is None else s.value, s) for s in policy.us
    ]
    said += [("Beijing", s.value, s) for s in policy.beijing]
    for lever, steps in policy.levers.items():
        said += [(lever, f"{s.value:g}", s) for s in steps]
    for change in policy.changes:
        said += [(key, f"{value:g}", change) for key, value in change.value.items()]
    return [
        {
            "what": what,
            "from": str(step.start),
            "value": str(value),
            "reason": step.reason,
            "source": "; ".join(str(source) for source in step.sources),
        }
        for what, value, step in said
    ]


@assumptions.callback()
def assumptions_start(context: typer.Context) -> None:
    """Every assumption and lever: value, unit, kind, source."""
    if context.invoked_subcommand is None:
        list_assumptions()


@assumptions.command("list")
def list_assumptions(
    group: Group = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """List assumptions and levers. Example: curveshift assumptions list --group enforcement"""
    check_place(output)
    from curveshift.scenario import library

    shelf = library()
    groups = {a.group for a in shelf.assumptions.values()} | {v.group for v in shelf.levers.values()}
    if group is not None and group not in groups:
        raise unknown_name("group", group, groups, "--group")
    rows = [_assumption_row(a) for a in shelf.assumptions.values()]
    rows += [_lever_row(v) for v in shelf.levers.values()]
    rows = [row for row in rows if group in (None, row["group"])]
    shown = table(
        "Assumptions and levers",
        ["name", "value", "unit", "kind"],
        [[row["name"], row["value"], row["unit"], row["kind"]] for row in rows],
        4,
    )
    note = "Intervals hold 90 % of the probability. A lever is a choice; its value here is the default."
    deliver(Report({"assumptions": rows}, rows, [shown, note]), as_json, as_csv, output)


@assumptions.command("show")
def show_assumption(
    name: Name,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """Show one assumption or lever. Example: curveshift assumptions show diversion.chips_2024"""
    check_place(output)
    from curveshift.scenario import library

    shelf = library()
    if name in shelf.assumptions:
        row = _assumption_row(shelf.assumptions[name])
    elif name in shelf.levers:
        row = _lever_row(shelf.levers[name])
    else:
        raise unknown_name("assumption or lever", name, [*shelf.assumptions, *shelf.levers])
    shown = table(name, ["", ""], [[key, value] for key, value in row.items() if value], 2)
    deliver(Report({"assumption": row}, [row], [shown]), as_json, as_csv, output)


@assumptions.command("views")
def list_views(
    name: Annotated[
        str | None,
        typer.Argument(help="One view, or a YAML file; all unless given.", autocompletion=completing.view),
    ] = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """Show the world views: each one's argument, what it changes, and its sources.

    Examples:

      curveshift assumptions views

      curveshift assumptions views sceptic-of-controls
    """
    check_place(output)
    from curveshift.scenario import load_view, views

    found = list(views().values()) if name is None else [load_view(name)]
    rows = [
        {
            "view": view.name, "feedback": view.feedback, "threshold": view.threshold, "assumption": a.name,
            "value": a.distribution.describe(), "unit": a.unit, "why": a.why,
        }
        for view in found
        for a in view.assumptions.values()
    ]  # fmt: skip
    shown: list[Any] = []
    if name is None:
        cells = [[v.name, v.title, v.feedback, v.threshold, str(len(v.assumptions))] for v in found]
        head = ["name", "title", "feedback", "threshold", "changes"]
        shown.append(table("World views, of equal standing", head, cells, 4))
    for view in found:
        shown.append(f"{view.name}: {view.title}\n{view.argument}")
        if name is not None:
            cells = [[f"{row['assumption']}\n  {row['value']} {row['unit']}", row["why"]] for row in rows]
            shown.append(table("What it changes", ["assumption", "why"], cells, 2))
            shown.append(f"Feedback {view.feedback}, threshold {view.threshold}. Sources:")
            shown.append("\n".join(f"- {source}" for source in view.sources))
    data = [
        {
            "name": v.name, "title": v.title, "argument": v.argument, "feedback": v.feedback,
            "threshold": v.threshold, "sources": list(v.sources),
            "assumptions": [row for row in rows if row["view"] == v.name],
        }
        for v in found
    ]  # fmt: skip
    deliver(Report({"views": data}, rows, shown), as_json, as_csv, output)


@assumptions.command("diff")
def diff_assumptions(
    changes: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|KEY=VALUE...",
            help="A YAML file of assumptions, and settings.",
            autocompletion=completing.setting,
        ),
    ],
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """Show what a file or settings change.

    Examples:

      curveshift assumptions diff mine.yaml

      curveshift assumptions diff diversion.chips_2024="10k to 300k" enforcement.effort=2
    """
    check_place(output)
    from curveshift.scenario import declare

    settings = [text for text in changes if "=" in text]
    files = [text for text in changes if "=" not in text]
    if len(files) > 1:
        raise CurveshiftError(f"one file of assumptions at a time, not {len(files)}")
    shipped = declare()
    changed = declare(settings=settings, assumptions=Path(files[0]) if files else None)
    rows = [{"key": d.key, "shipped": d.here, "changed": d.there} for d in shipped.diff(changed)]
    changes_table = table(
        "What changes", ["key", "shipped", "changed"], [list(row.values()) for row in rows], 3
    )
    deliver(
        Report({"differences": rows}, rows, [changes_table if rows else "Nothing changes."]),
        as_json,
        as_csv,
        output,
    )


def _assumption_row(a: Assumption) -> dict[str, str]:
    return {
        "name": a.name,
        "value": a.distribution.describe(),
        "unit": a.unit,
        "kind": a.kind,
        "group": a.group,
        "meaning": a.meaning,
        "why": a.why,
        "source": "; ".join(str(source) for source in a.sources),
        "reviewed": a.reviewed.isoformat(),
        "notes": a.notes,
    }


def _lever_row(v: Lever) -> dict[str, str]:
    return {
        "name": v.name,
        "value": f"{v.default:g} ({v.low:g} to {v.high:g})",
        "unit": v.unit,
        "kind": "lever",
        "group": v.group,
        "meaning": v.meaning,
        "why": v.why,
        "source": "; ".join(str(source) for source in v.sources),
        "reviewed": "",
        "notes": "",
    }
