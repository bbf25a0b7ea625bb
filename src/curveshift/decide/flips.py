"""For each verdict, the value of each single assumption that would reverse it.

Read from draws that exist already: along one assumption the draws are cut into bins of equal probability, a
logistic curve in the assumption's normal score is fitted to the verdict's mean in the bins, and the place where
it passes the verdict's cut is the value that reverses it, all other assumptions staying as uncertain as they
are. What is correlated with the assumption moves along with it. The curve is smooth, so that a sharp step is
placed only roughly; whether the reversal is real is judged from the draws beyond it, without the curve.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .lags import lag_at
from .polarity import (
    MIXTURE,
    chosen_policies,
    no_such_threshold,
    paired_rows,
    presets,
    world_members,
)
from .statistics import FEW_VALUES, Estimate, conditional_mean, expectation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.scenario import Assumption
    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]

BINS: Final = 16
PRIOR_RANGE: Final = (0.01, 0.99)
_STEPS: Final = 30
_STEEPEST: Final = 30.0
_SURE: Final = 2.0
_ENOUGH: Final = 32


@dataclass(frozen=True, eq=False)
class Verdict:
    """A statement that holds when the mean of a score over the draws is above a cut.

    Attributes
    ----------
    sentence : str
        What holds, in words.
    score : array, shape (draw,)
        Per draw, between `low` and `high`; a yes-or-no event, or a difference of two.
    rows : array, shape (1 + replicates, draw)
        Weights.
    cut, low, high : float
        The statement holds above the cut; the score's range.
    """

    sentence: str
    score: Floats
    rows: Floats
    cut: float
    low: float
    high: float


@dataclass(frozen=True)
class Flip:
    """What one assumption would have to be for a verdict to turn.

    Attributes
    ----------
    assumption, meaning, unit : str
    value : float
        The verdict turns at this value, in `unit`; for an assumption with a few values, the nearest to the
        others that turns it.
    low, high : float
        90 % interval of `value` by Monte Carlo error; equal to it for an assumption with a few values.
    side : {"above", "below", "at"}
        Where it is turned.
    prior_beyond : float
        Share of the prior on that side: how far-fetched the reversal is.
    beyond : Estimate
        Mean of the verdict's score on that side, straight from the draws.
    supported : bool
        Whether `beyond` is on the other side of the cut by two Monte Carlo errors, from at least 32 draws.
    """

    assumption: str
    meaning: str
    unit: str
    value: float
    low: float
    high: float
    side: str
    prior_beyond: float
    beyond: Estimate
    supported: bool

    def at(self, number: Callable[[float], str]) -> str:
        """Where it turns in words, such as "above 13.9 month"; `number` writes the value."""
        return f"{self.side} {number(self.value)}{'' if self.unit == '1' else f' {self.unit}'}"


@dataclass(frozen=True)
class VerdictFlips:
    """One verdict and what would reverse it.

    Attributes
    ----------
    sentence : str
    value : Estimate
        Mean of the score.
    cut : float
        The verdict holds above it.
    holds : bool
    clear : bool
        Whether the value is away from the cut by two Monte Carlo errors.
    flips : tuple of Flip
        Supported ones first, then by share of the prior, largest first.
    unmoved : tuple of str
        Uncertain assumptions of which no value inside the prior's 1 to 99 % range is seen to
        reverse the verdict.
    """

    sentence: str
    value: Estimate
    cut: float
    holds: bool
    clear: bool
    flips: tuple[Flip, ...]
    unmoved: tuple[str, ...]


@dataclass(frozen=True)
class FlipTable:
    """All verdicts with what would reverse each."""

    verdicts: tuple[VerdictFlips, ...]

    def _repr_html_(self) -> str:
        from html import escape

        parts = []
        for verdict in self.verdicts:
            rows = "".join(
                f"<tr><td>{escape(f.assumption)}</td><td>{f.side} {f.value:.4g} {escape(f.unit)}</td>"
                f"<td>{f.prior_beyond:.0%}</td><td>{'' if f.supported else 'weakly supported'}</td></tr>"
                for f in verdict.flips
            )
            says = "holds" if verdict.holds else "does not hold"
            caption = f"{verdict.sentence}: {says}; {len(verdict.unmoved)} assumptions alone cannot turn it"
            head = "<tr><th>assumption</th><th>turns it</th><th>prior mass</th><th></th></tr>"
            parts.append(f"<table><caption>{escape(caption)}</caption>{head}{rows}</table>")
        return "".join(parts)


def flip_table(
    ensemble: Ensemble,
    verdicts: Sequence[Verdict] | None = None,
    *,
    base: str = "status-quo",
    strict: str = "airtight",
    threshold: str = "essay-2025",
    window_months: int = 12,
) -> FlipTable:
    """For each verdict, the values of single assumptions that would reverse it.

    Parameters
    ----------
    ensemble : Ensemble
        At least about 2,000 draws: fewer leave most reversals weakly supported.
    verdicts : sequence of Verdict, optional
        The headline verdicts unless given; those that need `strict` are left out when it was not simulated.
    base, strict, threshold : str
    window_months : int
        What the headline verdicts are about.

    Returns
    -------
    FlipTable

    Raises
    ------
    CurveshiftError
        For an unknown policy or threshold, or no verdict.
    """
    asked = tuple(verdicts) if verdicts is not None else headline_verdicts(
        ensemble, base=base, strict=strict, threshold=threshold, window_months=window_months
    )  # fmt: skip
    if not asked:
        raise CurveshiftError("a flip table needs at least one verdict")
    uncertain = {
        name: ensemble.scenario.assumptions[name]
        for name, values in ensemble.assumptions.items()
        if np.ptp(values) > 0
    }
    return FlipTable(tuple(_flips_of(verdict, ensemble, uncertain) for verdict in asked))


def headline_verdicts(
    ensemble: Ensemble,
    *,
    base: str = "status-quo",
    strict: str = "airtight",
    threshold: str = "essay-2025",
    window_months: int = 12,
) -> tuple[Verdict, ...]:
    """The verdicts of the brief: what strict controls do, which world, and whether China gets millions."""
    chosen_policies(ensemble, base)
    known = presets(ensemble)
    if threshold == MIXTURE:
        raise CurveshiftError(f"a verdict is about one threshold: {', '.join(known)}", "threshold")
    if threshold not in known:
        raise no_such_threshold(threshold, known)
    feedback = f"feedback {ensemble.feedback}"
    plain = paired_rows(ensemble, (base,), threshold, conditioned=False)
    found = []
    if strict in ensemble.policies:
        both = paired_rows(ensemble, (base, strict), threshold, conditioned=False)
        tight, loose = (
            (lag_at(ensemble, name, "2028-12-31") > 12).astype(np.float64) for name in (strict, base)
        )
        sentence = f"A lag above 12 months at the end of 2028 is likelier under {strict} than under {base}"
        found.append(Verdict(f"{sentence} ({feedback})", tight - loose, both, 0.0, -1.0, 1.0))
    members = world_members(ensemble, base, threshold, window_months).astype(np.float64)
    rows = paired_rows(ensemble, (base,), threshold, conditioned=True)
    sentence = f"Bipolar is likelier than unipolar-us at a window of {window_months} months under {base}"
    found.append(
        Verdict(f"{sentence} ({threshold}, {feedback})", members[:, 1] - members[:, 0], rows, 0.0, -1.0, 1.0)
    )
    year = ensemble.draws["stock_year"].sel(policy=base, bloc="china", mark=5e6).values
    sentence = f"China passes 5 million H100e by the end of 2028 under {base}"
    reached = (np.asarray(year) <= 2029.0).astype(np.float64)
    found.append(Verdict(f"{sentence} ({feedback})", reached, plain, 0.5, 0.0, 1.0))
    return tuple(found)


def _flips_of(verdict: Verdict, ensemble: Ensemble, uncertain: dict[str, Assumption]) -> VerdictFlips:
    value = expectation(verdict.score, verdict.rows)
    holds = value.value > verdict.cut
    found, unmoved = [], []
    for name, record in uncertain.items():
        drawn = np.asarray(ensemble.assumptions[name], dtype=np.float64)
        few = np.unique(drawn)
        if len(few) <= FEW_VALUES:
            flip = _flip_by_value(verdict, record, drawn, few, holds)
        else:
            flip = _flip_by_curve(verdict, record, drawn, holds)
        if flip is None:
            unmoved.append(name)
        else:
            found.append(flip)
    found.sort(key=lambda f: (not f.supported, -f.prior_beyond, f.assumption))
    clear = abs(value.value - verdict.cut) >= _SURE * value.error
    return VerdictFlips(
        verdict.sentence, value, verdict.cut, holds, clear, tuple(found), tuple(sorted(unmoved))
    )


def _flip_by_curve(verdict: Verdict, record: Assumption, drawn: Floats, holds: bool) -> Flip | None:
    from scipy.special import ndtr, ndtri

    n = len(drawn)
    rank = np.empty(n, dtype=np.int64)
    rank[np.argsort(drawn, kind="stable")] = np.arange(n)
    score = ndtri((rank + 0.5) / n)
    place = rank * BINS // n
    share = (verdict.score - verdict.low) / (verdict.high - verdict.low)
    cells, weight, centre = (
        np.stack([np.bincount(place, weights=row * value, minlength=BINS) for row in verdict.rows])
        for value in (share, np.ones(n), score)
    )
    middle = np.where(weight > 0, centre / np.where(weight > 0, weight, 1.0), 0.0)
    level, slope = _logistic(middle, cells, weight)
    target = (verdict.cut - verdict.low) / (verdict.high - verdict.low)
    wanted = np.log(target / (1.0 - target))
    if slope[0] == 0.0 or not np.isfinite(slope[0]):
        return None
    where = (wanted - level[0]) / slope[0]
    low, high = ndtri(PRIOR_RANGE)
    if not low <= where <= high:
        return None
    # Delta method on the replicates' intercepts and slopes: their own crossings have heavy tails.
    spread = np.cov(np.stack([level[1:], slope[1:]])) / (len(level) - 1)
    gradient = np.array([-1.0, -where]) / slope[0]
    error = float(np.sqrt(max(gradient @ spread @ gradient, 0.0)))
    rises = slope[0] > 0
    side = "above" if rises != holds else "below"
    far = score > where if side == "above" else score < where
    around = where + 1.645 * error * np.array([0.0, -1.0, 1.0])
    value, least, most = (float(x) for x in record.distribution.ppf(ndtr(around)))
    mass = float(ndtr(-where if side == "above" else where))
    return _flip(verdict, record, (value, least, most), side, mass, far, holds)


def _flip_by_value(
    verdict: Verdict, record: Assumption, drawn: Floats, few: Floats, holds: bool
) -> Flip | None:
    means = [conditional_mean(verdict.score, drawn == value, verdict.rows) for value in few]
    turned = [i for i, mean in enumerate(means) if (mean.value > verdict.cut) != holds]
    if not turned or len(turned) == len(few):
        return None
    kept = [i for i in range(len(few)) if i not in turned]
    nearest = min(turned, key=lambda i: min(abs(i - k) for k in kept))
    value = float(few[nearest])
    far = drawn == value
    return _flip(verdict, record, (value, value, value), "at", float(np.mean(far)), far, holds)


def _flip(
    verdict: Verdict,
    record: Assumption,
    value: tuple[float, float, float],
    side: str,
    mass: float,
    far: NDArray[np.bool_],
    holds: bool,
) -> Flip | None:
    """Keep a reversal that the draws beyond the value show too, and say how well."""
    beyond = conditional_mean(verdict.score, far, verdict.rows)
    gap = (verdict.cut - beyond.value) if holds else (beyond.value - verdict.cut)
    if not gap > 0:
        return None
    sure = gap > _SURE * beyond.error and np.count_nonzero(far) >= _ENOUGH
    return Flip(record.name, record.meaning, record.unit, *value, side, mass, beyond, bool(sure))


def _logistic(x: Floats, total: NDArray[Any], weight: NDArray[Any]) -> tuple[Floats, Floats]:
    """Fit share = 1 / (1 + exp(-(level + slope x))) to binned means, every row of arrays (row, bin) alone."""
    level, slope = np.zeros(len(x)), np.zeros(len(x))
    # A touch of curvature keeps the fit finite where a verdict holds in every draw.
    ridge = 1e-6
    for _ in range(_STEPS):
        p = 1.0 / (1.0 + np.exp(-(level[:, None] + slope[:, None] * x)))
        left = total - weight * p
        curve = weight * p * (1.0 - p)
        g0 = left.sum(axis=1) - ridge * level
        g1 = (left * x).sum(axis=1) - ridge * slope
        h00 = curve.sum(axis=1) + ridge
        h01 = (curve * x).sum(axis=1)
        h11 = (curve * x * x).sum(axis=1) + ridge
        scale = h00 * h11 - h01 * h01
        step = np.clip(np.stack([h11 * g0 - h01 * g1, h00 * g1 - h01 * g0]) / scale, -2.0, 2.0)
        level = np.clip(level + step[0], -_STEEPEST, _STEEPEST)
        slope = np.clip(slope + step[1], -_STEEPEST, _STEEPEST)
    return level, slope
