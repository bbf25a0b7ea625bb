"""The report of a fit: one self-contained page with parameters, intervals, warnings, figures and how it was made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from curveshift.errors import CurveshiftError
from curveshift.records import atomic_write

from . import page, words

if TYPE_CHECKING:
    from curveshift.laws import Diagnosis, Fit
    from curveshift.laws.optimal import Optimal, Spread
    from curveshift.laws.sweeps import Extrapolation

    from .figure import Figure

BUDGETS: Final = (1e21, 1e22, 1e23, 1e24, 1e25, 1e26)
MEANINGS: Final = {
    "Interval": "From refits of resampled runs: runs drawn anew, or whole clusters of them, or residuals turned round."
    " It holds if the form of the law is right; it leaves out what other recipes or tokenisers would change.",
    "Compute-optimal": "The parameters and tokens with the least loss for a training budget of 6 × parameters × tokens"
    " FLOP. It counts no inference.",
    "Certified": "The last step was a full Newton step of negligible size, so no better point lies nearby. That several"
    " starts end at the same place says that none was found elsewhere either.",
}
_FAR: Final = 10.0


def write_fit_report(
    path: str | Path,
    fit: Fit,
    *,
    diagnosis: Diagnosis | None = None,
    level: float = 0.9,
    budgets: Sequence[float] = BUDGETS,
    command: str = "",
) -> Path:
    """Write the report of a fit.

    Parameters
    ----------
    path : str or Path
        The HTML file; its folder must exist. It is written whole or not at all.
    fit : Fit
    diagnosis : Diagnosis, optional
        As `curveshift.laws.diagnose` gives it: adds its warnings and its refits.
    level : float
        Of the intervals, between 0 and 1.
    budgets : sequence of float
        Training FLOP of the compute-optimal table, where the law has one.
    command : str
        The command that makes the same report, shown at the end.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    CurveshiftError
        When the file cannot be written.

    Examples
    --------
    >>> from curveshift import laws
    >>> fit = laws.fit(laws.Chinchilla, laws.chinchilla_runs(), resamples=200)
    >>> write_fit_report("fit.html", fit)  # doctest: +SKIP
    PosixPath('fit.html')
    """
    target = Path(path)
    if not target.parent.is_dir() or target.is_dir():
        raise CurveshiftError("cannot be written: name a file in a folder that exists", str(target))
    atomic_write(target, page.page(title(fit), *compose(fit, level, budgets, command, diagnosis)))
    return target


def title(fit: Fit) -> str:
    """The heading of the report."""
    return f"{fit.law.name}: a law fitted to {len(fit.runs)} runs"


def certificate(fit: Fit) -> str:
    """How sure it is that the optimum is one, in a sentence."""
    found = fit.certificate
    state = "certified" if fit.converged else "not certified"
    other = (
        "no other minimum was found"
        if math.isinf(found.runner_up)
        else f"the next minimum is worse by {found.runner_up:.2g}"
    )
    return (
        f"Optimum {state}: objective {fit.value:.11g}, Newton decrement {found.decrement:.1e}; {found.agreeing} of"
        f" {found.starts} starts end there, {other}. Scale of the residuals {fit.sigma:.3g}."
    )


def refits(diagnosis: Diagnosis) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of refits; the first row is the fit itself."""
    first = diagnosis.drops[0]
    others = [one for one in (*diagnosis.drops[1:], *diagnosis.objectives) if one.params != first.params]
    rows = [[one.change, *(f"{value:.4g}" for value in one.params.values())] for one in (first, *others)]
    return ["", *first.params], rows


def extrapolated(found: Extrapolation) -> str:
    """How the small runs foretell the large ones, in a sentence."""
    return (
        f"Fitted to the {found.fitted} smaller runs and scored on the {found.scored} larger ones, up to"
        f" {found.beyond:.2g} times beyond: {100 * found.covered:.0f} % lie in the {100 * found.level:g} % interval,"
        f" mean error {found.bias:+.2g}, root mean square {found.spread:.2g}."
    )


def compose(
    fit: Fit, level: float, budgets: Sequence[float], command: str, diagnosis: Diagnosis | None = None
) -> tuple[str, dict[str, Figure]]:
    """Body and figures of the page."""
    from curveshift.laws.optimal import has_optimum, optimal_path

    optimal = optimal_path(fit, budgets, level) if has_optimum(type(fit.law)) else ()
    figures = _figures(fit, level)

    def drawn(*names: str) -> str:
        return "".join(page.place(name, figures[name]) for name in names if name in figures)

    runs = fit.runs
    warnings = fit.warnings if diagnosis is None else diagnosis.warnings
    conventions = [f"{key}: {value}" for key, value in sorted(runs.conventions.items())]
    body = [
        _top(fit, level, optimal),
        "<main>",
        page.section("Warnings", page.bullets(warnings)) if warnings else "",
        page.section("Parameters", _parameters(fit, level)),
        page.section("Compute-optimal", _optimal(optimal, level)) if optimal else "",
        page.section("The law and the runs", drawn("isoflop", "isoloss", "curve"), new_page=True),
        page.section("Where it misses", drawn("residuals", "predicted")),
        page.section("What changes it", _changes(diagnosis)) if diagnosis is not None else "",
        page.section(
            "How the runs were read", page.bullets((*conventions, *runs.notes) or ("As they are.",))
        ),
        page.section("How sure the optimum is", page.paragraph(certificate(fit))),
        page.section("What the words mean", page.definitions(MEANINGS)),
        page.section("Sources", page.bullets(fit.sources())),
        "</main>",
        _foot(fit, command),
    ]
    return "".join(body), figures


def _figures(fit: Fit, level: float) -> dict[str, Figure]:
    from . import fit_figures, law_figures

    figures: dict[str, Figure] = {}
    if law_figures.draws_compute(fit):
        figures["isoflop"] = law_figures.isoflop_curves(fit)
        figures["isoloss"] = law_figures.isoloss_contours(fit)
    elif len(fit.law.inputs) == 1:
        figures["curve"] = law_figures.law_curve(fit, level)
    figures["residuals"] = fit_figures.residuals(fit)
    figures["predicted"] = fit_figures.predicted_observed(fit)
    return figures


def _top(fit: Fit, level: float, optimal: Sequence[Optimal]) -> str:
    law = fit.law
    again = "no resamples" if fit.resamples is None else f"{len(fit.resamples):,} resamples by {fit.scheme}"
    line = (
        f"{law.equation}. {len(fit.runs)} runs; {fit.objective.label}; {again}. A report made by curveshift."
    )
    said = f"Holds for: {law.validity}."
    near = [o for o in optimal if o.beyond <= _FAR]
    if near:
        o = near[-1]
        said = (
            f"With {o.flop:.0e} FLOP the law does best with {_words(o.params)} parameters and {_words(o.tokens)}"
            f" tokens: a loss of {o.loss.value:.3f}{_ends(o.loss, 3)}. {said}"
        ).replace("e+", "e")
    told = f" Intervals hold {100 * level:g} % of the resamples." if fit.resamples is not None else ""
    return (
        f"<header>\n<h1>{page.text(title(fit))}</h1>\n{page.paragraph(line, 'soft')}"
        f"{page.paragraph(said + told, 'lead')}</header>\n"
    )


def _parameters(fit: Fit, level: float) -> str:
    tails = [f"{100 * (0.5 - 0.5 * level):g} %", f"{100 * (0.5 + 0.5 * level):g} %"]
    rows = [
        [
            f"{row['parameter']} ({row['meaning']})",
            *("" if row[key] is None else f"{row[key]:.5g}" for key in ("value", "low", "high")),
            row["unit"],
        ]
        for row in fit.table(level)
    ]
    return page.table(["Parameter", "value", *tails, "unit"], rows, kind="fit")


def _optimal(optimal: Sequence[Optimal], level: float) -> str:
    rows = [
        [
            f"{o.flop:.0e}".replace("e+", "e") + (" *" if o.beyond > _FAR else ""),
            _words(o.params),
            _words(o.tokens),
            f"{o.tokens_per_param.value:.3g}{_ends(o.tokens_per_param)}",
            f"{o.loss.value:.3f}{_ends(o.loss, 3)}",
        ]
        for o in optimal
    ]
    caption = (
        f"In brackets {100 * level:g} % intervals. * More than {_FAR:g} times the FLOP of the largest run, where"
        " the form of the law is itself a guess."
    )
    return page.table(
        ["Training FLOP", "parameters", "tokens", "tokens per parameter", "loss"],
        rows,
        caption=caption,
        kind="fit",
    )


def _changes(diagnosis: Diagnosis) -> str:
    head, rows = refits(diagnosis)
    said = (
        page.paragraph(extrapolated(diagnosis.extrapolation)) if diagnosis.extrapolation is not None else ""
    )
    return page.table(head, rows, caption="The same fit with something changed.", kind="fit") + said


def _words(x: Spread) -> str:
    ends = "" if x.low is None or x.high is None else f" ({words.span(x.low, x.high)})"
    return f"{words.number(x.value)}{ends}"


def _ends(x: Spread, digits: int = 0) -> str:
    if x.low is None or x.high is None:
        return ""
    low, high = (f"{v:.{digits}f}" if digits else f"{v:.2g}" for v in (x.low, x.high))
    return f" ({low} to {high})"


def _foot(fit: Fit, command: str) -> str:
    import platform
    from importlib.metadata import version

    packages = ("curveshift", "numpy", "vl-convert-python")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    lines = [f"Versions: {versions}, Python {platform.python_version()}."]
    again = ""
    if command:
        lines.append("Made again by:")
        again = f"<pre>{page.text(command)}</pre>"
    told = "".join(page.paragraph(line) for line in lines)
    return f'<footer class="foot">\n<h2>How this was made</h2>\n{told}{again}</footer>\n'
