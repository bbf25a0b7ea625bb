"""The library of published laws: values as printed, what they count, and how far they were checked."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, overload

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .law import Law

    Floats = NDArray[np.float64]

DATA: Final = Path(__file__).parent / "data"
COMPILED: Final = DATA / "compiled.json"
GRADES: Final = {
    "verified": "the source, or its data, was read and the values were reproduced",
    "secondary": "taken from other authors' account of the source",
    "unverified": "not checked",
}


@dataclass(frozen=True, eq=False)
class Published:
    """A published law.

    Attributes
    ----------
    name, title, form : str
        The form is one of `laws.forms()`, or ``allocation`` or ``other``.
    law : Law or None
        None where the form is not one of ours, or not all of its parameters are printed.
    parameters, standard_errors, units : mapping of str to float or str
    allocation : mapping of str to float
        Exponents (and scales, where printed) of the compute-optimal parameters and tokens.
    conventions : mapping of str to str
        What ``params``, ``flop``, ``tokeniser``, ``dataset`` and ``loss`` are.
    validity : mapping of str to (low, high)
        Range of the runs behind it.
    grade, evidence, note : str
        The grade is one of `GRADES`; the evidence says how it was reached.
    citation : mapping
    """

    name: str
    title: str
    form: str
    law: Law | None
    parameters: Mapping[str, float]
    standard_errors: Mapping[str, float]
    units: Mapping[str, str]
    allocation: Mapping[str, float]
    conventions: Mapping[str, str]
    validity: Mapping[str, tuple[float, float]]
    grade: str
    evidence: str
    note: str
    citation: Mapping[str, Any]

    def compute_optimal(self, training_flop: ArrayLike) -> tuple[Floats, Floats]:
        """Parameters and tokens that the law calls optimal for a training budget.

        Parameters
        ----------
        training_flop : array_like
            Above 0, counted as `conventions` say.

        Returns
        -------
        params, tokens : array
            Not a number where the law prints no scale.

        Raises
        ------
        CurveshiftError
            Where the law says nothing on the allocation.

        Examples
        --------
        >>> params, tokens = published("hoffmann2022-approach3").compute_optimal(1e24)
        >>> round(float(tokens / params), 1)
        62.0
        """
        flop = np.asarray(training_flop, dtype=np.float64)
        if not (flop > 0.0).all():
            raise CurveshiftError(f"{flop.min():g} is outside its range: above 0", "training_flop")
        solve = getattr(self.law, "compute_optimal", None)
        if solve is not None and self.form != "data-constrained":
            params, tokens = solve(flop)
            return params, tokens
        if not self.allocation:
            raise CurveshiftError("says nothing on the compute-optimal allocation", self.name)
        out = []
        for what in ("params", "tokens"):
            scale = self.allocation.get(f"{what}_scale", np.nan)
            out.append(scale * flop ** self.allocation[f"{what}_exponent"])
        return out[0], out[1]

    @property
    def params_exponent(self) -> float:
        """Exponent of compute in the optimal number of parameters; not a number where nothing is said."""
        if "params_exponent" in self.allocation:
            return self.allocation["params_exponent"]
        if {"alpha", "beta"} <= set(self.parameters) and self.form == "chinchilla":
            return self.parameters["beta"] / (self.parameters["alpha"] + self.parameters["beta"])
        return 0.5 if self.form == "over-training" else float("nan")

    def sources(self, style: Literal["markdown", "bibtex"] = "markdown") -> str:
        """The source as a Markdown list item or as BibTeX.

        Examples
        --------
        >>> print(published("kaplan2020").sources())
        - Kaplan et al. 2020, Scaling Laws for Neural Language Models, equation 1.5 and table 2, <https://arxiv.org/abs/2001.08361>
        """
        c = self.citation
        if style == "markdown":
            return f"- {c['authors']} {c['year']}, {c['title']}, {c['place']}, <{c['url']}>"
        if style != "bibtex":
            raise CurveshiftError(f"style {style!r} is not one of markdown, bibtex")
        escape = {ord(ch): f"\\{ch}" for ch in "{}%&$#_"}
        lines = [
            f"  author = {{{c['authors'].translate(escape).replace(' et al.', ' and others')}}}",
            f"  title = {{{c['title'].translate(escape)}}}",
            f"  year = {{{c['year']}}}",
            f"  note = {{{c['place'].translate(escape)}}}",
            f"  url = {{{c['url']}}}",
        ]
        return f"@misc{{{c['key']},\n" + ",\n".join(lines) + "\n}"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(name)}<td>{value:.6g}<td>{html.escape(self.units.get(name, ''))}</tr>"
            for name, value in {**self.parameters, **self.allocation}.items()
        )
        return (
            f"<p><b>{html.escape(self.title)}</b> ({html.escape(self.grade)}: {html.escape(self.evidence)})</p>"
            f"<table>{rows}</table><p>{html.escape(self.note)}</p>"
        )


@overload
def published(name: None = None) -> tuple[str, ...]: ...


@overload
def published(name: str) -> Published: ...


def published(name: str | None = None) -> tuple[str, ...] | Published:
    """Names of the published laws, or one of them.

    Parameters
    ----------
    name : str, optional

    Returns
    -------
    tuple of str, or Published

    Raises
    ------
    CurveshiftError
        For an unknown name, with the nearest.

    Examples
    --------
    >>> "besiroglu2024" in published()
    True
    >>> published("besiroglu2024").law
    Chinchilla(E=1.81686, A=482.00572, B=2085.4342, alpha=0.347813, beta=0.365854)
    """
    shelf = _shelf()
    if name is None:
        return tuple(shelf)
    if name not in shelf:
        raise unknown_name("published law", name, shelf, "laws")
    return shelf[name]


@cache
def _shelf() -> Mapping[str, Published]:
    from curveshift.records import read_compiled

    return {record["id"]: _published(record) for record in read_compiled(COMPILED)["laws"]}


def _published(record: Mapping[str, Any]) -> Published:
    from .catalogue import forms

    form = forms().get(record["form"])
    printed = record["parameters"]
    # In the order of the form, not of the file.
    names = [p.name for p in form.parameters if p.name in printed] if form else sorted(printed)
    values = {name: printed[name]["value"] for name in names}
    law = form(**values) if form and len(values) == len(form.parameters) else None
    return Published(
        record["id"],
        record["title"],
        record["form"],
        law,
        values,
        {n: printed[n]["standard_error"] for n in names if printed[n]["standard_error"] is not None},
        {name: printed[name]["unit"] for name in names},
        {name: v for name, v in (record["allocation"] or {}).items() if v is not None},
        record["conventions"],
        {name: (low, high) for name, (low, high) in record["range"].items()},
        record["grade"],
        record["evidence"],
        record["note"],
        record["citation"],
    )
