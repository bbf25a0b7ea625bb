"""How a fitted law and a form of law look as tables and as rows of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from curveshift.commands.output import short, table

if TYPE_CHECKING:
    from curveshift.laws import Diagnosis, Fit, Law, LawComparison, Published
    from curveshift.laws.optimal import Optimal, Spread


def fit_tables(
    found: Fit, optimal: Sequence[Optimal], level: float, checked: Diagnosis | None = None
) -> Iterator[Any]:
    """One fit for people, 80 columns wide."""
    from curveshift.present.fit_report import certificate

    law = found.law
    yield f"{law.name}: {law.equation}\n{len(found.runs)} runs; {found.objective.label}{_resampled(found)}"
    tails = [f"{100 * (0.5 - 0.5 * level):g} %", f"{100 * (0.5 + 0.5 * level):g} %"]
    rows = [
        [
            row["parameter"],
            row["meaning"],
            row["unit"],
            *(_number(row[key]) for key in ("value", "low", "high")),
        ]
        for row in found.table(level)
    ]
    yield table("Parameters", ["", "", "unit", "value", *tails], rows, words=3)
    if optimal:
        rows = [
            [f"{o.flop:.0e}", *(_spread(x) for x in (o.params, o.tokens, o.tokens_per_param)), _loss(o.loss)]
            for o in optimal
        ]
        head = ["FLOP", "parameters", "tokens", "tokens/parameter", "loss"]
        yield table(f"Compute-optimal ({100 * level:g} % intervals)", head, rows)
        far = [f"{o.flop:.0e}" for o in optimal if o.beyond > 10.0]
        if far:
            yield f"More than 10 times the largest run: {', '.join(far)}. There the law itself is a guess."
    if checked is not None:
        yield from sweep_tables(checked)
    # Those of the fit are among those of its diagnosis.
    warnings = found.warnings if checked is None else checked.warnings
    if warnings:
        yield "Warnings\n" + "\n".join(f"- {w}" for w in warnings)
    if found.runs.notes:
        yield "How the runs were read\n" + "\n".join(f"- {note}" for note in found.runs.notes)
    yield certificate(found)


def sweep_tables(checked: Diagnosis) -> Iterator[Any]:
    """How the parameters move when runs are dropped or the objective is another."""
    from curveshift.present.fit_report import extrapolated, refits

    head, rows = refits(checked)
    yield table("The same fit with something changed", head, rows)
    if checked.extrapolation is not None:
        yield extrapolated(checked.extrapolation)


def fit_data(found: Fit, optimal: Sequence[Optimal], level: float) -> dict[str, Any]:
    """The same for machines."""
    return {
        "law": found.law.name,
        "equation": found.law.equation,
        "runs": len(found.runs),
        "objective": found.objective,
        "value": found.value,
        "sigma": found.sigma,
        "converged": found.converged,
        "certificate": found.certificate,
        "level": level,
        "scheme": found.scheme or None,
        "parameters": found.table(level),
        "compute_optimal": optimal,
        "warnings": found.warnings,
        "notes": found.runs.notes,
        "conventions": found.runs.conventions,
        "sources": found.sources(),
    }


def fit_rows(found: Fit, optimal: Sequence[Optimal], level: float) -> Iterator[dict[str, Any]]:
    """One number a row."""
    for row in found.table(level):
        for what in ("value", "low", "high"):
            yield {
                "quantity": row["parameter"],
                "flop": None,
                "unit": row["unit"],
                "statistic": what,
                "value": row[what],
            }
    for o in optimal:
        for name, unit, x in (
            ("optimal_params", "", o.params),
            ("optimal_tokens", "", o.tokens),
            ("optimal_loss", "nat/token", o.loss),
        ):
            for what, value in (("value", x.value), ("low", x.low), ("high", x.high)):
                yield _row(name, unit, what, value, o.flop)
    yield _row("objective", "", "value", found.value)
    yield _row("sigma", "", "value", found.sigma)


def _row(name: str, unit: str, what: str, value: float | None, flop: float | None = None) -> dict[str, Any]:
    return {"quantity": name, "flop": flop, "unit": unit, "statistic": what, "value": value}


def form_data(law: type[Law]) -> dict[str, Any]:
    """A form of law in plain data."""
    return {
        "name": law.name,
        "equation": law.equation,
        "validity": law.validity,
        "source": law.source,
        "inputs": law.inputs,
        "output": law.output,
        "parameters": law.parameters,
    }


def form_tables(law: type[Law]) -> Iterator[Any]:
    """A form of law for people."""
    yield f"{law.name}: {law.equation}\nHolds for: {law.validity}\nSource: {law.source}"
    rows = [[q.name, q.unit, q.meaning] for q in law.inputs]
    yield table("From", ["column", "unit", "meaning"], rows, words=3)
    yield table(
        "To", ["column", "unit", "meaning"], [[law.output.name, law.output.unit, law.output.meaning]], words=3
    )
    rows = [[p.name, p.unit, p.meaning] for p in law.parameters]
    yield table("Parameters", ["name", "unit", "meaning"], rows, words=3)


def published_data(law: Published) -> dict[str, Any]:
    """A published law in plain data."""
    return {
        "name": law.name,
        "title": law.title,
        "form": law.form,
        "parameters": law.parameters,
        "standard_errors": law.standard_errors,
        "units": law.units,
        "allocation": law.allocation,
        "conventions": law.conventions,
        "range": law.validity,
        "grade": law.grade,
        "evidence": law.evidence,
        "note": law.note,
        "source": law.sources(),
    }


def published_rows(law: Published) -> Iterator[dict[str, Any]]:
    """One number a row."""
    for name, value in {**law.parameters, **law.allocation}.items():
        error = law.standard_errors.get(name)
        yield {"quantity": name, "unit": law.units.get(name, ""), "value": value, "standard_error": error}


def published_tables(law: Published) -> Iterator[Any]:
    """A published law for people."""
    yield f"{law.title}\nForm: {law.form}. Checked: {law.grade}; {law.evidence}"
    rows = [
        [row["quantity"], row["unit"], f"{row['value']:.7g}", _number(row["standard_error"])]
        for row in published_rows(law)
    ]
    yield table("As printed", ["", "unit", "value", "standard error"], rows, words=2)
    yield table("Conventions", ["", ""], list(law.conventions.items()), words=2)
    if law.validity:
        rows = [[name, f"{low:.3g} to {high:.3g}"] for name, (low, high) in law.validity.items()]
        yield table("Runs behind it", ["", ""], rows, words=2)
    yield "\n".join(part for part in (law.note, law.sources()) if part)


def comparison_tables(found: LawComparison) -> Iterator[Any]:
    """Published laws side by side, one table a budget."""
    for flop in dict.fromkeys(row["training_flop"] for row in found.rows):
        rows = [
            [
                row["law"] + ("" if row["inside"] else " *"),
                *(short(row[key]) if row[key] is not None else "-" for key in ("params", "tokens")),
                *(_number(row[key]) or "-" for key in ("tokens_per_param", "loss")),
                row["grade"],
            ]
            for row in found.rows
            if row["training_flop"] == flop
        ]
        head = ["law", "parameters", "tokens", "tokens/parameter", "loss", "checked"]
        yield table(f"Compute-optimal at {flop:.3g} FLOP".replace("e+", "e"), head, rows)
    yield "* outside the runs behind the law, or they are not stated"
    if found.warnings:
        yield "The conventions differ\n" + "\n".join(f"- {w}" for w in found.warnings)
    yield found.sources().rstrip()


def _resampled(found: Fit) -> str:
    if found.resamples is None:
        return "; no resamples"
    return f"; {len(found.resamples):,} resamples by {found.scheme}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"


def _spread(x: Spread) -> str:
    """A value with its interval in the same unit: "2.8B (2.5-3.2)"."""
    scale, suffix = next(((one, word) for one, word in _SCALES if x.value >= 0.9995 * one), (1.0, ""))
    ends = "" if x.low is None or x.high is None else f" ({_two(x.low / scale)}-{_two(x.high / scale)})"
    return f"{_two(x.value / scale)}{suffix}{ends}"


_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def _two(value: float) -> str:
    return f"{value:.0f}" if value >= 99.5 else f"{value:.2g}"


def _loss(x: Spread) -> str:
    return f"{x.value:.3f}" + ("" if x.low is None or x.high is None else f" ({x.low:.2f}-{x.high:.2f})")
