"""Single assumptions, read from draws that exist already: a tornado, and first-order indices.

An index from given data sorts the draws by the assumption into bins of equal number and compares the means of
the bins (analysis of variance, corrected for what chance alone gives). Only the first order can be read so, and
what is correlated with the assumption is part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from curveshift.errors import CurveshiftError

from .indices import Interval
from .readings import BY, Outcome, read_outcome, uncertain
from .statistics import FEW_VALUES, Estimate, expectation, weight_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]

BINS: Final = 16
TENTH: Final = 0.1
FEWEST_DRAWS: Final = 256
SURE: Final = 0.05
ENTANGLED: Final = 0.2
"""Rank correlation by accident of sampling from which a result warns."""

_NORMAL: Final = 1.959963984540054


@dataclass(frozen=True)
class Bar:
    """What one assumption alone does to the outcome.

    Attributes
    ----------
    assumption, meaning, unit, group : str
    low_value, high_value : float
        Median of the assumption in the lowest and in the highest tenth of draws, in `unit`; its least and its
        greatest value where it has few.
    low, high : Estimate
        Mean of the outcome in those draws.
    swing : Estimate
        High less low.
    first : Interval
        First-order index from the same draws.
    seen : bool
        Whether the index is told from zero: the test of all bins being alike, at 5 % over all assumptions together.
    """

    assumption: str
    meaning: str
    unit: str
    group: str
    low_value: float
    high_value: float
    low: Estimate
    high: Estimate
    swing: Estimate
    first: Interval
    seen: bool


@dataclass(frozen=True, eq=False)
class Tornado:
    """All uncertain assumptions by what each alone does to one outcome.

    Attributes
    ----------
    outcome : Outcome
    mean : Estimate
        Over all draws.
    bars : tuple of Bar
        By size of the swing, largest first.
    draws : int
        That were read.
    notes : tuple of str
    ensemble : Ensemble
        What it was read from.
    """

    outcome: Outcome
    mean: Estimate
    bars: tuple[Bar, ...]
    draws: int
    notes: tuple[str, ...]
    ensemble: Ensemble

    @property
    def seen(self) -> tuple[Bar, ...]:
        """Those whose index is told from zero, largest index first."""
        return tuple(sorted((b for b in self.bars if b.seen), key=lambda b: -b.first.value))

    @property
    def unseen(self) -> tuple[str, ...]:
        """Assumptions whose index cannot be told from zero with so many draws."""
        return tuple(sorted(b.assumption for b in self.bars if not b.seen))

    def _repr_html_(self) -> str:
        from html import escape

        body = "".join(
            f"<tr><td>{escape(b.assumption)}</td><td>{b.low.value:.3g}</td><td>{b.high.value:.3g}</td>"
            f"<td>{b.first.value:.3f} ({b.first.low:.3f} to {b.first.high:.3f})</td></tr>"
            for b in self.bars
        )
        head = "<tr><th>assumption</th><th>lowest tenth</th><th>highest tenth</th><th>first order (95 %)</th></tr>"
        return f"<table><caption>{escape(self.outcome.meaning)}, {self.outcome.unit}</caption>{head}{body}</table>"


def tornado(
    ensemble: Ensemble,
    outcome: str = "lag",
    policy: str | None = None,
    *,
    by: str | date = BY,
    threshold: str = "essay-2025",
    window_months: int = 12,
) -> Tornado:
    """Mean of an outcome given the lowest and the highest tenth of each assumption.

    Parameters
    ----------
    ensemble : Ensemble
        At least 256 draws; a few thousand to tell small effects.
    outcome, policy, by, threshold, window_months
        As in `curveshift.decide.read_outcome`.

    Returns
    -------
    Tornado

    Raises
    ------
    CurveshiftError
        For too few draws, an outcome that does not vary, or anything unknown.

    Examples
    --------
    >>> from curveshift.world import simulate
    >>> small = simulate("status-quo", draws=256, end=date(2028, 12, 1))
    >>> tornado(small, "china_stock").bars[0].assumption
    'diversion.chips_2024'
    """
    read = read_outcome(ensemble, outcome, policy, by=by, threshold=threshold, window_months=window_months)
    return tornado_of(read, ensemble)


def tornado_of(read: Outcome, ensemble: Ensemble) -> Tornado:
    """`tornado` of any number per draw that was read from the ensemble."""
    y = read.values[read.alive]
    if len(y) < FEWEST_DRAWS:
        raise CurveshiftError(f"single assumptions need at least {FEWEST_DRAWS} draws, not {len(y)}", "draws")
    if not np.ptp(y) > 0:
        raise CurveshiftError("index cannot be estimated: the outcome does not vary", read.name)
    replicate = np.asarray(ensemble.draws["replicate"].values)[read.alive]
    records = uncertain(ensemble)
    drawn = {name: np.asarray(ensemble.assumptions[name], dtype=np.float64)[read.alive] for name in records}
    bars = []
    for name, record in records.items():
        x = drawn[name]
        ends = swing(x, y, *_ends(x), replicate)
        first, p_value = given_data_index(x, y)
        bars.append(
            Bar(
                name, record.meaning, record.unit, record.group, ends.low_value, ends.high_value,
                ends.low, ends.high, ends.difference, first, bool(p_value * len(records) < SURE),
            )
        )  # fmt: skip
    bars.sort(key=lambda b: (-abs(b.swing.value), b.assumption))
    notes = _entangled(drawn, {frozenset((c.a, c.b)) for c in ensemble.scenario.correlations})
    left = len(read.values) - len(y)
    if left:
        notes = (
            *notes,
            f"{left} of {len(read.values)} draws failed or have no finite value; they are left out.",
        )
    mean = expectation(y, weight_rows(np.ones(len(y)), replicate))
    return Tornado(read, mean, tuple(bars), len(y), notes, ensemble)


class Swing(NamedTuple):
    """An outcome where an input is low and where it is high.

    Attributes
    ----------
    low_value, high_value : float
        Median of the input in those draws.
    low, high : Estimate
        Mean of the outcome there.
    difference : Estimate
        High less low.
    """

    low_value: float
    high_value: float
    low: Estimate
    high: Estimate
    difference: Estimate


def swing(
    x: Floats, y: Floats, below: NDArray[np.bool_], above: NDArray[np.bool_], replicate: NDArray[np.int64]
) -> Swing:
    """Compare the outcome in two parts of the draws; every array has shape (draw,)."""
    low, high = (weight_rows(np.where(part, 1.0, 0.0), replicate) for part in (below, above))
    return Swing(
        float(np.median(x[below])), float(np.median(x[above])),
        expectation(y, low), expectation(y, high), Estimate.of((high - low) @ y),
    )  # fmt: skip


def given_data_index(x: ArrayLike, y: ArrayLike, bins: int = BINS) -> tuple[Interval, float]:
    """First-order index of one input from any sample, and the p-value of there being none.

    The share of variance between bins, less what bins of pure noise would have (epsilon squared). The interval
    adds the error of the share (delta method) and that of the noise in the bins' means.

    Parameters
    ----------
    x, y : array, shape (draw,)
        Input and outcome.
    bins : int
        Bins of equal number; an input with few values gets one a value.

    Returns
    -------
    index : Interval
        95 %; may lie below zero, which says that it cannot be told from zero.
    p_value : float
        Of the test of all bins having one mean.

    Raises
    ------
    CurveshiftError
        When the outcome does not vary or there are fewer than four draws a bin.

    References
    ----------
    Kelley (1935), An unbiased correlation ratio measure, PNAS 21, 554-559; Plischke, Borgonovo and Smith
    (2013), European Journal of Operational Research 226, 536-550, on given data.

    Examples
    --------
    >>> x = (np.arange(4096) + 0.5) / 4096
    >>> index, p_value = given_data_index(x, x)
    >>> round(index.value, 2), p_value < 0.01
    (1.0, True)
    """
    from scipy.special import fdtrc

    values, outcome = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    few, place = np.unique(values, return_inverse=True)
    if len(few) > FEW_VALUES:
        n = len(values)
        place = np.empty(n, dtype=np.int64)
        place[np.argsort(values, kind="stable")] = np.arange(n) * bins // n
    number = np.bincount(place)
    n, k = len(outcome), len(number)
    if n < 4 * k or not np.ptp(outcome) > 0:
        raise CurveshiftError(
            "index cannot be estimated: the outcome does not vary" if n >= 4 * k else f"too few draws: {n}"
        )
    centred = outcome - outcome.mean()
    mean = np.bincount(place, weights=centred) / number
    between, whole = float(number @ mean**2), float(centred @ centred)
    noise = (whole - between) / (n - k)
    value = (between - (k - 1) * noise) / whole
    share = between / whole
    # Influence of a draw on the share; what remains at zero is the scatter of the bins' means.
    own = mean[place]
    influence = (2.0 * centred * own - own**2 - share * centred**2) * n / whole
    error = float(np.sqrt(np.mean(influence**2) / n + 2.0 * (k - 1) * (noise / whole) ** 2))
    p_value = float(fdtrc(k - 1, n - k, between / (k - 1) / noise)) if noise > 0 else 0.0
    return Interval(value, value - _NORMAL * error, value + _NORMAL * error), p_value


def _ends(x: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The lowest and the highest tenth of draws; for few values those with the least and the greatest."""
    few = np.unique(x)
    if len(few) <= FEW_VALUES:
        return x == few[0], x == few[-1]
    rank = np.argsort(np.argsort(x, kind="stable"), kind="stable")
    tenth = max(int(TENTH * len(x)), 1)
    return rank < tenth, rank >= len(x) - tenth


def _entangled(drawn: dict[str, Floats], declared: set[frozenset[str]]) -> tuple[str, ...]:
    """A warning where assumptions go along with each other by accident of the sample."""
    names: Sequence[str] = [name for name, x in drawn.items() if len(np.unique(x)) > FEW_VALUES]
    if len(names) < 2:
        return ()
    ranks = np.stack([np.argsort(np.argsort(drawn[name])) for name in names]).astype(np.float64)
    found = np.abs(np.triu(np.corrcoef(ranks), 1))
    pairs = [
        (float(found[i, j]), names[i], names[j])
        for i, j in zip(*np.nonzero(found > ENTANGLED), strict=True)
        if frozenset((names[i], names[j])) not in declared
    ]
    if not pairs:
        return ()
    size, one, other = max(pairs)
    return (
        f"In so few draws {len(pairs)} pairs of independent assumptions go along with each other by accident of the "
        f"sample (most: {one} and {other}, rank correlation {size:.2f} in size): take single effects from more draws.",
    )
