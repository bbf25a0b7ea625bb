"""The same numbers in Python and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from curveshift.app.asking import START, Choice, Question
from curveshift.scenario import library

if TYPE_CHECKING:
    from collections.abc import Iterable

    from curveshift.scenario import Step


def snippets(question: Question) -> dict[str, str]:
    """A script in Python, and files and a command for a shell, that give the numbers of an answer.

    Parameters
    ----------
    question : Question

    Returns
    -------
    dict
        ``python`` and ``cli``.

    Examples
    --------
    >>> print(snippets(Question(policies=[Choice(base="status-quo")]))["cli"])
    curveshift run status-quo --draws 256
    """
    return {"python": _python(question), "cli": _cli(question)}


def _python(question: Question) -> str:
    changed = [c for c in question.policies if c.levers or c.thresholds or c.name is not None]
    lines = ["import curveshift as cs"]
    if changed:
        lines += ["from dataclasses import replace", "from datetime import date"]
        lines += [
            "from curveshift.scenario import Step, levers, load_policy",
            "",
            f"start = {START!r}".replace("datetime.", ""),
        ]
    lines.append("policies = []")
    for choice in question.policies:
        name = choice.base if choice.stance is None else f"{choice.base}+{choice.stance}"
        if choice not in changed:
            lines.append(f"policies.append({name!r})")
            continue
        lines.append(f"policy = load_policy({name!r})")
        for key, value in sorted(choice.levers.items()):
            lines.append(f"policy = policy.with_lever(levers()[{key!r}], {value!r}, start)")
        if choice.thresholds:
            *before, step = choice.policy().changes
            lines.append(f"step = Step(start, {dict(step.value)!r}, {step.reason!r})")
            lines.append(f"policy = replace(policy, changes=(*policy.changes[:{len(before)}], step))")
        lines.append(f"policies.append(replace(policy, name={choice.called!r}))")
    settings = ", ".join(f"{key!r}: {value!r}" for key, value in question.assumptions.items())
    options = [f"view={question.view!r}"] if question.view is not None else []
    options.append(f"draws={question.draws}")
    if question.seed:
        options.append(f"seed={question.seed}")
    if question.feedback is not None:
        options.append(f"feedback={question.feedback!r}")
    lines += [
        f"result = cs.simulate(policies, {{{settings}}}, {', '.join(options)})",
        'at = result.bands.sel(quarter="2028-12-31", quantile=[0.1, 0.5, 0.9])',
        'print(at["lag_months"].sel(estimator="level").to_pandas())',
        f'print(at["china_stock"].sel(unit={question.unit!r}).to_pandas())',
    ]
    if len(question.policies) > 1:
        base = question.policies[0].called
        lines.append(
            f"print(cs.compare(result, {base!r}, window_months={question.window_months}).differences)"
        )
    return "\n".join(lines)


def _cli(question: Question) -> str:
    files, names = [], []
    for number, choice in enumerate(question.policies, start=1):
        if choice.levers or choice.thresholds or choice.name is not None:
            path = f"policy-{number}.yaml"
            files.append(f"cat > {path} <<'END'\n{_file(choice, number)}END\n")
            names.append(path)
        else:
            names.append(choice.base if choice.stance is None else f"{choice.base}+{choice.stance}")
    words = ["curveshift", "run" if len(names) == 1 else "compare", *names, "--draws", str(question.draws)]
    if len(names) > 1:
        words += ["--base", names[0]]
    if question.view is not None:
        words += ["--view", question.view]
    if question.seed:
        words += ["--seed", str(question.seed)]
    if question.feedback is not None:
        words += ["--feedback", question.feedback]
    if len(names) == 1 and question.unit != "h100e_16bit":
        words += ["--unit", question.unit]
    if question.window_months != 12:
        words += ["--window", str(question.window_months)]
    for key, value in question.assumptions.items():
        # The value is one of the forms of a number, in which no sign means anything to a shell within quotes.
        words += ["--set", f"'{key}={value}'".replace("\n", " ")]
    return "\n".join([*files, " ".join(words)])


def _file(choice: Choice, number: int) -> str:
    """A policy file that extends the shipped policy; a list that it changes is written out as a whole."""
    shipped = library().policies[choice.base]
    policy = choice.policy()
    lines = [
        f"name: own-{number}",
        f"title: {_quoted(choice.called)}",
        f"meaning: Made in the simulator from {choice.base}.",
        f"kind: {shipped.kind}",
        f"base: {choice.base}",
    ]
    if choice.stance is not None:
        lines += ["beijing:", *_steps(policy.beijing, "stance")]
    if choice.levers:
        lines.append("levers:")
        for key in sorted(choice.levers):
            lines += [f"  {key}:", *_steps(policy.levers[key], "value", "    ")]
    if choice.thresholds:
        lines.append("changes:")
        for step in policy.changes:
            lines += [f"  - from: {step.start}", "    values:"]
            lines += [f"      {key}: {value!r}" for key, value in step.value.items()]
            lines += [f"    reason: {_quoted(step.reason)}", "    source: []"]
    return "\n".join(lines) + "\n"


def _steps(steps: Iterable[Step[Any]], key: str, indent: str = "  ") -> list[str]:
    return [
        f"{indent}- {{from: {s.start}, {key}: {s.value}, reason: {_quoted(s.reason)}, source: []}}"
        for s in steps
    ]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
