"""What reasoning training gained, by date, and beside pairs of models with one base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.notebooks import Told

from .panels import decimal_year
from .posteriors import Posterior
from .posteriors import posterior as shipped
from .prior_records import settings
from .quantities import Quantity, day_of, last_year, sampler_warning, slopes, stream, year_inside

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_METRIC: Final = "reasoning_gain_eci"
_SAME: Final = "Same base model."


@dataclass(frozen=True, eq=False)
class Pair:
    """A model with reasoning training and the one that it is compared with.

    Attributes
    ----------
    base, reasoning : str
    day : date
        Release of the latter.
    same_base : bool
        Whether the base is confirmed to be the same.
    difference : Quantity
        Of their capabilities, orders of magnitude.
    expected : Quantity
        The model's own gain at that date; with the offset of distillation where it is one.
    above_share : float
        Share of draws in which the pair differs by more than expected.
    index_points : float
        Difference on the Epoch index.
    distilled : bool
    """

    base: str
    reasoning: str
    day: date
    same_base: bool
    difference: Quantity
    expected: Quantity
    above_share: float
    index_points: float
    distilled: bool

    def __str__(self) -> str:
        kind = "one base" if self.same_base else "base not confirmed"
        kind += ", distilled" if self.distilled else ""
        return (
            f"{self.base} to {self.reasoning} ({self.day}, {kind}): {self.difference}, "
            f"expected {self.expected.median:.2f} ({self.expected.low:.2f} to {self.expected.high:.2f}); "
            f"{self.index_points:g} index points"
        )


@dataclass(frozen=True, eq=False)
class ReasoningGain(Told):
    """Gain of reasoning training.

    Attributes
    ----------
    days : tuple of date
    oom, factor : tuple of Quantity
        Gain at each of `days`, in orders of magnitude of training compute and as a factor.
    growth : Quantity
        Orders of magnitude a year.
    pairs : tuple of Pair
        In order of date.
    pair_growth : Quantity or None
        Slope of the differences of all pairs that are not distilled over their dates, orders of magnitude a year;
        pairs drawn again in the same way. Below `growth` where later bases were trained to reason in part themselves.
    same_base : Quantity or None
        Mean difference of pairs with one base that are not distilled, orders of magnitude; pairs are drawn again with
        replacement in each draw. None with fewer than two.
    absent : tuple of str
        Pairs of which a model has no scores in the posterior.
    warning : str
    """

    days: tuple[date, ...]
    oom: tuple[Quantity, ...]
    factor: tuple[Quantity, ...]
    growth: Quantity
    pairs: tuple[Pair, ...]
    pair_growth: Quantity | None
    same_base: Quantity | None
    absent: tuple[str, ...]
    warning: str

    def sources(self) -> list[str]:
        """Tables that the result rests on."""
        return ["models", "benchmarks", "benchmark_scores", "rl_compute"]

    def __str__(self) -> str:
        lines = ["gain of reasoning training, in training compute at equal date:"]
        lines += [
            f"  {d}: {o}, a factor of {f}" for d, o, f in zip(self.days, self.oom, self.factor, strict=True)
        ]
        lines.append(f"  growth: {self.growth}, a straight line from the first models to the last")
        lines += [f"  {pair}" for pair in self.pairs]
        if self.same_base is not None:
            lines.append(f"  mean of pairs with one base: {self.same_base}")
        if self.pair_growth is not None:
            lines.append(f"  growth over the dates of the pairs: {self.pair_growth}")
        if self.absent:
            lines.append(f"  without scores here: {'; '.join(self.absent)}")
        return "\n".join([*lines, *([self.warning] if self.warning else [])])


def gain_at(posterior: Posterior, year: float) -> Floats:
    """Gain of reasoning training at a decimal year, orders of magnitude, shape (draw,)."""
    return np.asarray(posterior["gain"] + posterior["gain_growth"] * (year - settings().gain_year))


def first_reasoning_year(posterior: Posterior) -> float:
    """Release of the first model with reasoning training.

    Raises
    ------
    CurveshiftError
        Where the posterior knows none.
    """
    data = posterior.panel
    if not data.reasoning.any():
        raise CurveshiftError(
            "no model with reasoning training is in these draws: take a later as_of", "posterior"
        )
    return float(data.years[data.reasoning].min())


def reasoning_gain(
    posterior: Posterior | None = None, days: Sequence[date | str] | None = None, *, seed: int = 0
) -> ReasoningGain:
    """Gain of reasoning training by date, its growth, and pairs of models to check it by.

    Parameters
    ----------
    posterior : Posterior, optional
        The shipped one of all facts by default. Pairs are those of the table ``rl_compute`` known on its date.
    days : sequence of date or str, optional
        Between the first model with reasoning training and the last model scored; by default the year in which the
        posterior states the gain, and the last model scored.
    seed : int

    Returns
    -------
    ReasoningGain

    Raises
    ------
    CurveshiftError
        For a date before the first such model or after the record.

    Examples
    --------
    >>> found = reasoning_gain()
    >>> ("DeepSeek-V3", "DeepSeek-R1") in [(pair.base, pair.reasoning) for pair in found.pairs]
    True
    """
    post = shipped() if posterior is None else posterior
    first, last = first_reasoning_year(post), last_year(post)
    if days is None:
        years = sorted({min(max(settings().gain_year, first), last), last})
    else:
        years = [year_inside(post, day, first, "reasoning training") for day in days]
    oom = [Quantity(gain_at(post, year), "orders of magnitude") for year in years]
    pairs, absent = _pairs(post)
    return ReasoningGain(
        days=tuple(day_of(year) for year in years),
        oom=tuple(oom),
        factor=tuple(Quantity(10.0**one.draws, "x") for one in oom),
        growth=Quantity(post["gain_growth"], "orders of magnitude a year"),
        pairs=pairs,
        pair_growth=_growth_of([p for p in pairs if not p.distilled], seed),
        same_base=_mean_of([p for p in pairs if p.same_base and not p.distilled], seed),
        absent=absent,
        warning=sampler_warning(post),
    )


def _pairs(post: Posterior) -> tuple[tuple[Pair, ...], tuple[str, ...]]:
    data = post.panel
    found, absent = [], []
    for row in facts.rows("rl_compute", as_of=data.as_of):
        if row["metric"] != _METRIC:
            continue
        base, name = row["subject"].split(" to ", maxsplit=1)
        if base not in data.models or name not in data.models:
            absent.append(row["subject"])
            continue
        i = post.index(name)
        gained = post.of(name) - post.of(base)
        expected = gain_at(post, float(data.years[i])) + post["distilled"] * data.distilled[i]
        found.append(
            Pair(
                base,
                name,
                day_of(float(data.years[i])),
                row["note"] == _SAME,
                Quantity(gained, "orders of magnitude"),
                Quantity(expected, "orders of magnitude"),
                float((gained > expected).mean()),
                row["central"],
                bool(data.distilled[i]),
            )
        )
    return tuple(sorted(found, key=lambda pair: (pair.day, pair.reasoning))), tuple(absent)


def _mean_of(pairs: Sequence[Pair], seed: int) -> Quantity | None:
    if len(pairs) < 2:
        return None
    each = np.stack([pair.difference.draws for pair in pairs])
    chosen = stream(seed, "gain: pairs").integers(len(pairs), size=each.shape)
    return Quantity(np.take_along_axis(each, chosen, axis=0).mean(axis=0), "orders of magnitude")


def _growth_of(pairs: Sequence[Pair], seed: int) -> Quantity | None:
    """Slope over dates by draw, pairs drawn again; draws in which they fall on fewer than three are left out."""
    if len(pairs) < 3:
        return None
    each = np.stack([pair.difference.draws for pair in pairs], axis=1)
    years = np.array([decimal_year(pair.day) for pair in pairs])
    chosen = stream(seed, "gain: growth").integers(len(pairs), size=each.shape)
    enough = np.array([len(set(row)) >= 3 for row in chosen.tolist()])
    found = slopes(years[chosen[enough]], np.take_along_axis(each, chosen, axis=1)[enough])
    return Quantity(found, "orders of magnitude a year")
