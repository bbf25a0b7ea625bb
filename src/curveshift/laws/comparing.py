"""Published laws side by side, and the conventions that forbid it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift import notebooks
from curveshift.errors import CurveshiftError

from .library import Published, published

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_SCALE: Final = {
    "params": "what counts as a parameter",
    "flop": "how compute is counted",
    "tokeniser": "the tokeniser, so a token, and loss per token, is not the same",
}
_LOSS: Final = {
    "loss": "the unit of loss",
    "tokeniser": _SCALE["tokeniser"],
    "dataset": "the data on which loss is measured",
}
_UNSTATED: Final = "unstated"


@dataclass(frozen=True, eq=False)
class LawComparison:
    """Published laws side by side.

    Attributes
    ----------
    rows : tuple of dict
        One a law and budget: ``law``, ``training_flop``, ``params``, ``tokens``, ``tokens_per_param``, ``loss``
        (None where losses cannot be compared or the law gives none), ``inside`` (whether the budget is within
        the runs behind the law; None where they are not stated) and ``grade``.
    warnings : tuple of str
        Conventions that differ, where the comparison was forced.
    """

    rows: tuple[dict[str, Any], ...]
    warnings: tuple[str, ...]
    laws: tuple[Published, ...]

    def sources(self, style: Any = "markdown") -> str:
        """The sources of all laws, as Markdown or BibTeX."""
        return "\n".join(dict.fromkeys(law.sources(style) for law in self.laws)) + "\n"

    def _repr_html_(self) -> str:
        return notebooks.records(self.rows, below=self.warnings)


def compare_published(
    names: Sequence[str], *, training_flop: ArrayLike = 1e24, force: bool = False
) -> LawComparison:
    """What published laws call compute-optimal for a training budget, and the loss they expect.

    Parameters
    ----------
    names : sequence of str
        Of `published`; two or more.
    training_flop : array_like
        Budgets, FLOP.
    force : bool
        Compare laws with different conventions; the result names each mismatch, and losses that are not
        in one unit, on one data set and by one tokeniser are left out.

    Returns
    -------
    LawComparison

    Raises
    ------
    CurveshiftError
        For an unknown law, a law without an allocation, or conventions that differ.

    Examples
    --------
    >>> both = compare_published(["hoffmann2022-approach3", "besiroglu2024"], training_flop=1e24)
    >>> [(row["law"], round(row["tokens_per_param"], 1)) for row in both.rows]
    [('hoffmann2022-approach3', 62.0), ('besiroglu2024', 18.1)]
    """
    if len(names) < 2:
        raise CurveshiftError("give two laws or more", "compare_published")
    found = tuple(published(name) for name in names)
    scale, loss = _mismatches(found, _SCALE), _mismatches(found, _LOSS)
    told = tuple(dict.fromkeys([*scale, *loss]))
    if told and not force:
        raise CurveshiftError(
            "; ".join(told) + " (force=True or --force compares all the same)", "compare_published"
        )
    rows: list[dict[str, Any]] = []
    budgets = np.atleast_1d(np.asarray(training_flop, dtype=np.float64))
    for law in found:
        params, tokens = law.compute_optimal(budgets)
        for c, n, d in zip(budgets, params, tokens, strict=True):
            span = law.validity.get("training_flop")
            rows.append(
                {
                    "law": law.name,
                    "training_flop": float(c),
                    "params": _given(n),
                    "tokens": _given(d),
                    "tokens_per_param": _given(d / n),
                    "loss": None if loss else _loss(law, float(n), float(d), float(c)),
                    "inside": None if span is None else bool(span[0] <= c <= span[1]),
                    "grade": law.grade,
                }
            )
    return LawComparison(tuple(rows), told, found)


def _mismatches(found: Sequence[Published], what: dict[str, str]) -> list[str]:
    told = []
    for key, meaning in what.items():
        groups: dict[str, list[str]] = {}
        for law in found:
            value = law.conventions[key]
            if value == _UNSTATED:
                # What two papers leave out is not known to be the same.
                value = f"{_UNSTATED} by {law.citation['key']}"
            groups.setdefault(value, []).append(law.name)
        if len(groups) > 1:
            sides = "; ".join(f"{value}: {', '.join(members)}" for value, members in groups.items())
            told.append(f"the laws differ in {meaning} ({key}; {sides})")
    return told


def _given(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _loss(law: Published, params: float, tokens: float, flop: float) -> float | None:
    if law.law is None:
        return None
    at = {"params": params, "tokens": tokens, "training_flop": flop, "tokens_per_param": tokens / params}
    needed = [q.name for q in law.law.inputs]
    if not set(needed) <= set(at):
        return None
    return _given(float(law.law.predict(**{name: at[name] for name in needed})))
