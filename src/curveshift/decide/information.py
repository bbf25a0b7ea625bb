"""What is worth finding out before choosing between policies, under a stated utility."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .choices import as_ensemble
from .metrics import Goal, goal_rows, parse_goals, scores
from .polarity import MIXTURE, mixed, presets
from .regressing import partial_value, perfect_value
from .statistics import Estimate, expectation

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from curveshift.scenario import Policy, View
    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]

EVERYTHING: Final = "all assumptions"
CLEAR: Final = 4.0
"""A value counts as seen when it is this many Monte Carlo errors above 0: among a hundred, some are three by chance."""

_WEIGHT_SLACK: Final = 1e-9
_TIE: Final = 1e-12


@dataclass(frozen=True)
class Worth:
    """What knowing one assumption, or a group of them, is worth.

    Attributes
    ----------
    name, meaning : str
    assumptions : int
        How many are known together.
    value : Estimate
        In the unit of the utility; below 0 by chance where nothing can be gained.
    fitted : float
        The estimate on the same draws, which is too large.
    share : float
        Of the value of perfect information; NaN when that is 0.
    changes : float
        Share of draws in which knowing it would change the choice.
    seen : bool
        Whether the value is four Monte Carlo errors above 0.
    """

    name: str
    meaning: str
    assumptions: int
    value: Estimate
    fitted: float
    share: float
    changes: float
    seen: bool


@dataclass(frozen=True, eq=False)
class Information:
    """The value of information for a choice between policies.

    Attributes
    ----------
    utility : dict of Goal to float
        Weights, which sum to 1.
    unit : str
        Unit of every value here: that of the metric, or the swing from the worst to the best policy.
    threshold : str
    window_months : int
    policies : tuple of str
    expected : dict of str to Estimate
        Expected utility by policy.
    best : str
        The policy of largest expected utility.
    best_share : Estimate
        Share of draws in which no other policy does better than it.
    perfect : Estimate
        Value of knowing everything, chance included: an upper bound on all others.
    singles, groups : tuple of Worth
        By value, largest first; the last group is all assumptions together.
    ensemble : Ensemble
    """

    utility: dict[Goal, float]
    unit: str
    threshold: str
    window_months: int
    policies: tuple[str, ...]
    expected: dict[str, Estimate]
    best: str
    best_share: Estimate
    perfect: Estimate
    singles: tuple[Worth, ...]
    groups: tuple[Worth, ...]
    ensemble: Ensemble

    def in_words(self, most: int = 5) -> tuple[str, ...]:
        """What to find out first, one sentence each; or why nothing is worth it."""
        share = f"{self.best_share.value:.0%}"
        best = f"{self.best} is best on average, and no other policy does better in {share} of draws."
        if self.perfect.value <= 0.0:
            return (best, "Nothing that could be known would change the choice.")
        known = f"Knowing everything would be worth {_amount(self.perfect)} {self.unit}."
        worth = [w for w in self.singles if w.seen][:most]
        if not worth:
            return (
                best,
                known,
                "No single assumption has a value that can be told from zero with these draws: no one number would "
                "change the choice often enough.",
            )
        return (
            best,
            known,
            *(
                f"{i}. {w.name}: worth {_amount(w.value)} {self.unit}, {w.share:.0%} of perfect information; it would "
                f"change the choice in {w.changes:.0%} of draws. {w.meaning}"
                for i, w in enumerate(worth, 1)
            ),
        )

    def sources(self) -> str:
        """Every source that the result rests on, as a Markdown list."""
        return str(self.ensemble.sources())

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{escape(line)}</p>" for line in self.in_words())
        rows = "".join(
            f"<tr><td>{escape(w.name)}</td><td>{_amount(w.value)}</td><td>{w.share:.0%}</td></tr>"
            for w in self.groups
        )
        return (
            f"{lines}<table><tr><th>group</th><th>{escape(self.unit)}</th><th>share</th></tr>{rows}</table>"
        )


def value_of_information(
    policies: str | Ensemble | Sequence[str | Path | Policy] | Sequence[Ensemble] = "plausible",
    utility: str | Goal | Mapping[str | Goal, float] = "max:lag",
    *,
    threshold: str = MIXTURE,
    window_months: int = 12,
    settings: Sequence[str] | Mapping[str, Any] = (),
    draws: int = 4096,
    seed: int = 0,
    as_of: date = date(2026, 6, 30),
    end: date = date(2035, 12, 1),
    feedback: str | None = None,
    tied: bool = True,
    assumptions: str | Path | None = None,
    view: View | str | Path | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Information:
    """Value of each assumption, and each group, for the choice between policies.

    Parameters
    ----------
    policies : names, a stated set, an Ensemble, or several on the same draws
        Names are simulated with the other parameters, as in `curveshift.simulate`.
    utility : str, or mapping of goals to weights
        Such as ``max:lag``, or ``{"max:lag": 0.7, "max:us-revenue": 0.3}``: weights at or above 0 that sum to 1. With
        several, each metric counts in swings: 1 is the step from its worst to its best policy on average.
    threshold, window_months
        As in `pareto`.

    Returns
    -------
    Information

    Raises
    ------
    CurveshiftError
        For an unknown name, weights that do not sum to 1, a metric on which all policies are alike beside others, a
        single policy, or ensembles on different draws.

    Examples
    --------
    >>> found = value_of_information(["status-quo", "airtight"], draws=128, end=date(2028, 12, 1))
    >>> found.best, found.unit
    ('airtight', 'months')
    """
    weights = parse_utility(utility)
    ensemble = as_ensemble(
        policies, settings, progress, draws=draws, seed=seed, as_of=as_of, end=end, feedback=feedback, tied=tied,
        assumptions=assumptions, view=view, threads=threads,
    )  # fmt: skip
    rows = goal_rows(ensemble, threshold)
    worth, unit = _utilities(ensemble, weights, rows, threshold, window_months)
    names = ensemble.policies
    means = [Estimate.of(rows @ u) for u in worth]
    best = int(np.argmax([m.value for m in means]))
    slack = _TIE * max(float(np.abs(worth).max()), 1e-300)
    perfect = perfect_value(worth, rows)
    parts = len(mixed(presets(ensemble))) if threshold == MIXTURE else 1
    drawn = {
        name: np.tile(np.asarray(values, dtype=np.float64), parts)
        for name, values in ensemble.assumptions.items()
        if np.ptp(values) > 0
    }
    declared = ensemble.scenario.assumptions
    groups: dict[str, list[str]] = {}
    for name in drawn:
        groups.setdefault(declared[name].group, []).append(name)

    def measured(name: str, meaning: str, members: Sequence[str]) -> Worth:
        found = partial_value(worth, [drawn[m] for m in members], rows)
        share = found.value.value / perfect.value if perfect.value > 0 else float("nan")
        seen = bool(found.value.value > CLEAR * found.value.error)
        return Worth(name, meaning, len(members), found.value, found.fitted, share, found.changes, seen)

    singles = [measured(name, declared[name].meaning, [name]) for name in drawn]
    grouped = [measured(name, f"{len(m)} assumptions", m) for name, m in groups.items()]
    together = measured(EVERYTHING, f"{len(drawn)} assumptions", list(drawn)) if drawn else None
    return Information(
        utility=weights,
        unit=unit,
        threshold=threshold,
        window_months=window_months,
        policies=names,
        expected=dict(zip(names, means, strict=True)),
        best=names[best],
        best_share=expectation(worth[best] >= worth.max(axis=0) - slack, rows),
        perfect=perfect,
        singles=_ranked(singles),
        groups=(*_ranked(grouped), *([together] if together else [])),
        ensemble=ensemble,
    )


def parse_utility(utility: str | Goal | Mapping[str | Goal, float]) -> dict[Goal, float]:
    """Goals with weights that sum to 1.

    Raises
    ------
    CurveshiftError
        When they do not, one of them is negative, or a metric is given twice.

    Examples
    --------
    >>> list(parse_utility({"lag": 0.5, "min:us-revenue": 0.5}).values())
    [0.5, 0.5]
    """
    given = utility if isinstance(utility, Mapping) else {utility: 1.0}
    goals = parse_goals(list(given))
    found = dict(zip(goals, (float(weight) for weight in given.values()), strict=True))
    for goal, weight in found.items():
        if not 0.0 <= weight <= 1.0:
            raise CurveshiftError(
                f"a weight lies between 0 and 1, not at {weight:g}; to want less, write min:", str(goal)
            )
    total = sum(found.values())
    if abs(total - 1.0) > _WEIGHT_SLACK:
        raise CurveshiftError(f"the weights of the utility must sum to 1, but they sum to {total:g}")
    return found


def _utilities(
    ensemble: Ensemble, weights: Mapping[Goal, float], rows: Floats, threshold: str, window_months: int
) -> tuple[Floats, str]:
    """Utility by policy and draw, and its unit."""
    total = np.zeros((len(ensemble.policies), rows.shape[1]))
    for goal, weight in weights.items():
        values = goal.sign * np.stack(
            [scores(ensemble, goal, p, threshold, window_months) for p in ensemble.policies]
        )
        if len(weights) == 1:
            return values, goal.unit
        swing = float(np.ptp(values @ rows[0]))
        if not swing > 0:
            raise CurveshiftError(
                "all policies are alike on it, so that it cannot be weighed against others: leave it out",
                str(goal),
            )
        total += weight * values / swing
    return total, "swings"


def _ranked(found: Sequence[Worth]) -> tuple[Worth, ...]:
    return tuple(sorted(found, key=lambda w: (-w.value.value, w.name)))


def _amount(x: Estimate) -> str:
    return f"{x.value:.3g} ± {x.error:.1g}"
