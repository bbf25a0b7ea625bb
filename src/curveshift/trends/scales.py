"""From our scale to the Epoch index and to METR's horizons and back, with the spread of models about the line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift import facts
from curveshift.errors import CurveshiftError, unknown_name
from curveshift.notebooks import Told

from .posteriors import Posterior
from .posteriors import posterior as shipped
from .quantities import HIGH, LOW, Quantity, sampler_warning, slopes, stream
from .shift_records import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

INDEX: Final = "eci"
SUITE: Final = "th1.1"
_HORIZON: Final = "horizon_50"
_RELIABLE: Final = ("ok", "older_suite")


@dataclass(frozen=True, eq=False)
class Scale(Told):
    """A straight line from capability to another scale, by draw.

    Attributes
    ----------
    name, unit : str
    models : tuple of str
        Models on both scales; M of them.
    values : array, shape (M,)
        Their values, in `unit`; minutes for horizons.
    logarithm : bool
        Whether the line is that of the binary logarithm.
    intercept, slope, spread : array, shape (draw,)
        Of the values (or their logarithms) on capability, and the standard deviation about it.
    back_intercept, back_slope, back_spread : array, shape (draw,)
        Of capability on the values: the line back is another one, as both scales have errors.
    rank_correlation : Quantity
    bend : Quantity
        Coefficient of the square of capability that a parabola would have: below 0 the other scale is compressed at the
        top against ours, so that a straight line gives too much for a rise there.
    left_out : tuple of str
        Models with a value that are not used, each with the reason.
    posterior : Posterior
    """

    name: str
    unit: str
    models: tuple[str, ...]
    values: Floats
    logarithm: bool
    intercept: Floats
    slope: Floats
    spread: Floats
    back_intercept: Floats
    back_slope: Floats
    back_spread: Floats
    rank_correlation: Quantity
    bend: Quantity
    left_out: tuple[str, ...]
    posterior: Posterior

    def predict(self, capability: str | Floats, *, seed: int = 0, spread: bool = True) -> Quantity:
        """Value of a model, or of capabilities by draw.

        Parameters
        ----------
        capability : str or array, shape (draw,)
            A model of the posterior, or orders of magnitude.
        seed : int
        spread : bool
            Whether the spread of models about the line is in the draws: of a model it is, of a mean it is not.

        Returns
        -------
        Quantity
            In `unit`.
        """
        known = self.posterior.of(capability) if isinstance(capability, str) else capability
        found = self.intercept + self.slope * known
        if spread:
            found = found + self.spread * stream(seed, f"scale {self.name}").standard_normal(len(found))
        return Quantity(np.exp2(found) if self.logarithm else found, self.unit)

    def invert(self, value: float, *, seed: int = 0, spread: bool = True) -> Quantity:
        """Capability of a model with a given value, orders of magnitude.

        Raises
        ------
        CurveshiftError
            For a value that is no number, or a horizon that is not above 0.
        """
        if not np.isfinite(value) or (self.logarithm and value <= 0.0):
            raise CurveshiftError(f"{value!r} is not a value on this scale ({self.unit})", self.name)
        at = np.log2(value) if self.logarithm else value
        found = self.back_intercept + self.back_slope * at
        if spread:
            found = found + self.back_spread * stream(seed, f"scale {self.name} back").standard_normal(
                len(found)
            )
        return Quantity(np.asarray(found), "orders of magnitude")

    def sources(self) -> list[str]:
        """Tables that the result rests on."""
        return ["models", "benchmarks", "benchmark_scores", "capability_index"]

    def __str__(self) -> str:
        slope, spread = Quantity(self.slope, self.unit), Quantity(self.spread, self.unit)
        what = "doublings" if self.logarithm else self.unit
        lines = [
            f"{self.name}, {len(self.models)} models: {slope.median:.2f} {what} for an order of magnitude "
            f"({slope.low:.2f} to {slope.high:.2f}), models {spread.median:.2f} about the line",
            f"  rank correlation {self.rank_correlation.median:.3f} "
            f"({self.rank_correlation.low:.3f} to {self.rank_correlation.high:.3f}); "
            f"{len(self.left_out)} models left out",
            f"  a parabola would bend by {self.bend.median:.2f} ({self.bend.low:.2f} to {self.bend.high:.2f}) "
            f"{what} for its square",
        ]
        return "\n".join([*lines, *([w] if (w := sampler_warning(self.posterior)) else [])])


def index_scale(posterior: Posterior | None = None) -> Scale:
    """The Epoch Capabilities Index.

    Parameters
    ----------
    posterior : Posterior, optional
        The shipped one of all facts by default. Values are those knowable on its date, in today's vintage.

    Returns
    -------
    Scale

    Raises
    ------
    CurveshiftError
        When too few models are on both scales.

    Examples
    --------
    >>> index_scale().rank_correlation.median > 0.9
    True
    """
    return _scale(
        shipped() if posterior is None else posterior, INDEX, INDEX, "index points", logarithm=False
    )


def horizon_scale(posterior: Posterior | None = None, suite: str = SUITE) -> Scale:
    """Length of human tasks done half of the time (METR), on one suite of tasks.

    Parameters
    ----------
    posterior : Posterior, optional
        The shipped one of all facts by default.
    suite : str
        ``th1.1`` or ``th1.0``; they are not mixed. Values near or above the ceiling of a suite are left out.

    Returns
    -------
    Scale

    Raises
    ------
    CurveshiftError
        For an unknown suite, or when too few models are on both scales.

    Examples
    --------
    >>> bool(horizon_scale().slope.mean() > 0.0)
    True
    """
    known = {row["suite"] for row in facts.rows("capability_index") if row["metric"] == _HORIZON}
    if suite not in known:
        raise unknown_name("suite", suite, known, "suite")
    return _scale(shipped() if posterior is None else posterior, _HORIZON, suite, "minutes", logarithm=True)


def _scale(post: Posterior, metric: str, suite: str, unit: str, *, logarithm: bool) -> Scale:
    values: dict[str, float] = {}
    left_out = []
    for row in facts.rows("capability_index", as_of=post.panel.as_of):
        if row["metric"] != metric or row["suite"] != suite or row["central"] is None:
            continue
        if row["reliability"] not in _RELIABLE:
            left_out.append(f"{row['name']}: {row['reliability']}")
        elif row["model"] not in post.panel.models:
            left_out.append(f"{row['name']}: no scores in the posterior")
        else:
            values[row["model"]] = row["central"]
    least = int(number("scales.least_models").central)
    name = metric if metric == suite else f"{metric}, {suite}"
    if len(values) < least:
        raise CurveshiftError(
            f"{len(values)} models have both scores and {name}, {least} are needed", "posterior"
        )
    names = tuple(sorted(values))
    raw = np.array([values[model] for model in names])
    y = np.log2(raw) if logarithm else raw
    x = post.capability[:, [post.index(model) for model in names]]
    wide = np.broadcast_to(y, x.shape)
    intercept, slope, spread = _lines(x, wide)
    back = _lines(wide, x)
    ranks = Quantity(_rank_correlation(x, y), "")
    return Scale(
        name, unit, names, raw, logarithm, intercept, slope, spread, *back, rank_correlation=ranks,
        bend=Quantity(_bend(x, wide), f"{unit} for the square"), left_out=tuple(left_out), posterior=post,
    )  # fmt: skip


def _lines(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Intercept, slope and spread about the least-squares line of each row."""
    slope = slopes(x, y)
    intercept = y.mean(axis=1) - slope * x.mean(axis=1)
    left = y - intercept[:, None] - slope[:, None] * x
    return intercept, slope, np.sqrt((left**2).sum(axis=1) / (x.shape[1] - 2))


def _bend(x: Floats, y: Floats) -> Floats:
    """Coefficient of the square in the least-squares parabola of each row."""
    square = x**2
    left = square - square.mean(axis=1, keepdims=True)
    along = x - x.mean(axis=1, keepdims=True)
    # What is left of the square once its own straight line is taken out (Frisch, Waugh and Lovell).
    left -= slopes(x, square)[:, None] * along
    return np.asarray((left * y).sum(axis=1) / (left**2).sum(axis=1))


def _rank_correlation(x: Floats, y: Floats) -> Floats:
    from scipy.stats import rankdata

    ranks = rankdata(x, axis=1)
    a, b = ranks - ranks.mean(axis=1, keepdims=True), rankdata(y) - (len(y) + 1) / 2.0
    return np.asarray(a @ b / np.sqrt((a**2).sum(axis=1) * (b**2).sum()))


def to_index(model: str | Floats, posterior: Posterior | None = None, *, seed: int = 0) -> Quantity:
    """Index points of a model, or of capabilities by draw, with the spread of models about the line.

    Examples
    --------
    >>> 100.0 < to_index("DeepSeek-V3").median < 160.0
    True
    """
    return index_scale(posterior).predict(model, seed=seed)


def from_index(points: float, posterior: Posterior | None = None, *, seed: int = 0) -> Quantity:
    """Capability of a model with given index points, orders of magnitude, with the spread about the line.

    Examples
    --------
    >>> from_index(140.0).median > from_index(120.0).median
    True
    """
    return index_scale(posterior).invert(points, seed=seed)


def to_horizon_minutes(
    model: str | Floats, posterior: Posterior | None = None, *, suite: str = SUITE, seed: int = 0
) -> Quantity:
    """Minutes of human work that a model does half of the time, with the spread of models about the line.

    Examples
    --------
    >>> to_horizon_minutes("o3").median > to_horizon_minutes("GPT-4 (Mar 2023)").median
    True
    """
    return horizon_scale(posterior, suite).predict(model, seed=seed)


@dataclass(frozen=True)
class Coverage(Told):
    """How often differences between models lie inside their 90 % intervals.

    Attributes
    ----------
    inside_share : float
    pairs : int
    models : int
    """

    inside_share: float
    pairs: int
    models: int

    def __str__(self) -> str:
        return (
            f"{100 * self.inside_share:.1f} % of {self.pairs} differences between {self.models} models lie inside "
            "their 90 % intervals"
        )


def calibrated_differences(scale: Scale, *, seed: int = 0) -> Coverage:
    """Share of pairs whose difference on the other scale lies inside the 90 % interval predicted for it.

    The line and the spread come from models of other folds than the pair's, so that the pair does not vouch for itself.
    Its capability still rests on its own scores, from which the index was made too: this is a test of the spread, not
    of independent data.

    Parameters
    ----------
    scale : Scale
    seed : int

    Returns
    -------
    Coverage

    Raises
    ------
    CurveshiftError
        With too few models for the folds.

    Examples
    --------
    >>> 0.5 < calibrated_differences(index_scale()).inside_share <= 1.0
    True
    """
    folds = int(number("scales.folds").central)
    count = len(scale.models)
    if count < 2 * folds:
        raise CurveshiftError(f"{count} models are too few for {folds} folds of two", "scale")
    shocks = stream(seed, f"differences {scale.name}")
    y = np.log2(scale.values) if scale.logarithm else scale.values
    x = scale.posterior.capability[:, [scale.posterior.index(model) for model in scale.models]]
    fold = shocks.permutation(np.arange(count) % folds)
    inside = pairs = 0
    for part in range(folds):
        own = np.flatnonzero(fold == part)
        other = fold != part
        _, slope, spread = _lines(x[:, other], np.broadcast_to(y[other], (len(x), int(other.sum()))))
        a, b = (own[side] for side in np.triu_indices(len(own), 1))
        noise = shocks.standard_normal((len(x), len(own)))
        own_noise = dict(zip(own.tolist(), noise.T, strict=True))
        for i, j in zip(a.tolist(), b.tolist(), strict=True):
            drawn = slope * (x[:, i] - x[:, j]) + spread * (own_noise[i] - own_noise[j])
            low, high = np.quantile(drawn, (LOW, HIGH))
            inside += bool(low <= y[i] - y[j] <= high)
            pairs += 1
    return Coverage(inside / pairs, pairs, count)
