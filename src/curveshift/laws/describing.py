"""The forms and the published laws as one page of Markdown."""

from __future__ import annotations

from collections.abc import Mapping

from .catalogue import forms
from .library import GRADES, Published, published


def document() -> str:
    """Describe every form and every published law.

    Returns
    -------
    str
        Markdown, with the grade and the conventions of each published value.

    Examples
    --------
    >>> print(document().splitlines()[0])
    # Scaling laws
    """
    page = [
        "# Scaling laws",
        "",
        "## Forms",
        "",
        "| form | equation | from | to | valid for | source |",
        "|---|---|---|---|---|---|",
    ]
    for name, law in forms().items():
        inputs = ", ".join(_measured(q.name, q.unit) for q in law.inputs)
        output = _measured(law.output.name, law.output.unit)
        page.append(f"| {name} | `{law.equation}` | {inputs} | {output} | {law.validity} | {law.source} |")
    page += ["", "## Published laws", ""]
    page += [f"- **{grade}**: {meaning}." for grade, meaning in GRADES.items()]
    for name in published():
        page += ["", *_section(published(name))]
    return "\n".join(page) + "\n"


def _section(law: Published) -> list[str]:
    conventions = law.conventions
    lines = [
        f"### {law.name}",
        "",
        f"{law.title}. Form: {law.form}. Grade: **{law.grade}** ({law.evidence}).",
        "",
        law.sources(),
    ]
    if law.parameters:
        lines.append("- values: " + _values(law.parameters, law.units, law.standard_errors))
    if law.allocation:
        lines.append("- allocation: " + _values(law.allocation, {}, {}))
    lines.append(
        f"- conventions: parameters {conventions['params']}; FLOP {conventions['flop']}; tokeniser"
        f" {conventions['tokeniser']}; data {conventions['dataset']}; loss {conventions['loss']}"
    )
    if law.validity:
        ranges = (f"{what} {low:.3g} to {high:.3g}" for what, (low, high) in law.validity.items())
        lines.append("- runs: " + "; ".join(ranges))
    return [*lines, "", law.note] if law.note else lines


def _values(values: Mapping[str, float], units: Mapping[str, str], errors: Mapping[str, float]) -> str:
    said = []
    for name, value in values.items():
        error = f" ± {errors[name]:.4g}" if name in errors else ""
        unit = f" {units[name]}" if units.get(name) else ""
        said.append(f"`{name}` {value:.8g}{error}{unit}")
    return ", ".join(said)


def _measured(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name
