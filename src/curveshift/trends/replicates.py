"""Data as the joint model would make them: from the prior for calibration, from the posterior for checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .marginal import place_of, scores_of
from .panels import Panel
from .prior_records import Prior, priors, settings
from .stitching import combined_precision

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .posteriors import Posterior

    Floats = NDArray[np.float64]
    Generator = np.random.Generator


def draw_prior(prior: Prior, stream: Generator, size: int | None = None) -> Any:
    """One draw, or an array of them, of a prior."""
    a, b = prior.numbers if len(prior.numbers) > 1 else (0.0, prior.numbers[0])
    if prior.family == "beta":
        return stream.beta(a, b, size)
    normal = stream.normal(a, b, size)
    if prior.family == "normal":
        return normal
    return np.abs(normal) if prior.family == "half_normal" else np.exp(normal)


def simulate(design: Panel, stream: Generator) -> tuple[Panel, Mapping[str, Any]]:
    """Draw every parameter from its prior, then compute and scores on the design of a panel.

    Parameters
    ----------
    design : Panel
        Who is scored on what, dates and kinds; its compute and scores are replaced.
    stream : numpy.random.Generator

    Returns
    -------
    Panel
    dict
        The parameters, and ``capability``, shape (model,).
    """
    known = priors()
    fixed = settings()
    while True:
        values = {name: draw_prior(prior, stream) for name, prior in known.items()}
        capability, flop = _capability(design, values, stream)
        # The weak priors on the centre and width of all capabilities act as a further sieve. That on the width is a
        # density of the width, not of its logarithm: one power of the width less, which moves its centre.
        centre, log_width = np.mean(capability), np.log(np.std(capability))
        middle, spread = known["log_width"].numbers
        off = (
            (centre - known["centre"].numbers[0]) / known["centre"].numbers[1],
            (log_width - (middle - spread**2)) / spread,
        )
        if stream.random() < np.exp(-0.5 * (off[0] ** 2 + off[1] ** 2)):
            break
    tests = len(design.benchmarks)
    place = (capability - centre) / np.exp(log_width)
    slope = np.exp(values["log_slope_mean"] + values["log_slope_spread"] * stream.standard_normal(tests))
    difficulty = draw_prior(known["difficulty"], stream, tests)
    ceiling = design.ceiling * (1.0 - draw_prior(known["ceiling_loss"], stream, tests))
    precision = np.exp(
        values["log_precision_mean"] + values["log_precision_spread"] * stream.standard_normal(tests)
    )
    items = np.where(np.isnan(design.items), fixed.unknown_items, design.items)
    j = design.benchmark_at
    score = draw_scores(
        place[design.model_at], (design.chance[j], ceiling[j], slope[j], difficulty[j]),
        combined_precision(precision, items)[j], values["outlier_share"], stream,
    )  # fmt: skip
    made = replace(design, score=score, log10_flop=np.where(design.disclosed, flop, np.nan))
    return made, {**values, "capability": capability}


def _capability(design: Panel, v: Mapping[str, Any], stream: Generator) -> tuple[Floats, Floats]:
    """Capability and published log10 compute of each model."""
    fixed = settings()
    years = design.years - fixed.reference_year
    disclosed = design.disclosed
    usual = (
        v["compute"] + v["compute_growth"] * years + v["compute_china"] * design.china
        + v["compute_small"] * design.small + v["compute_undisclosed"] * ~disclosed
    )  # fmt: skip
    error = np.where(disclosed, v["error_scale"] * np.nan_to_num(design.log10_flop_error), 0.0)
    spread = v["compute_spread"]
    published = usual + np.hypot(spread, error) * stream.standard_normal(len(years))
    weight = spread**2 / (spread**2 + error**2)
    true = np.where(disclosed, weight * published + (1.0 - weight) * usual, usual)
    variance = np.where(disclosed, weight * error**2, spread**2)
    members = np.bincount(design.family)
    shared = members[design.family] > 1
    group = stream.standard_t(fixed.tail_degrees, len(members))
    common = v["family_share"]
    effect = np.where(shared, v["recipe_spread"] * np.sqrt(common) * group[design.family], 0.0)
    alone = v["recipe_spread"] ** 2 * np.where(shared, 1.0 - common, 1.0)
    gain = v["gain"] + v["gain_growth"] * (design.years - fixed.gain_year)
    expected = (
        true + v["efficiency"] * years + gain * design.reasoning + v["china"] * design.china
        + v["distilled"] * design.distilled + effect
    )  # fmt: skip
    scale = np.sqrt(alone + variance)
    capability = expected + scale * stream.standard_t(fixed.tail_degrees, len(years))
    return capability, published + fixed.reference_log10_flop


def draw_scores(
    place: Floats, curve: tuple[Any, Any, Any, Any], precision: Any, outlier_share: Any, stream: Generator
) -> Floats:
    """Scores at given capabilities; see `curveshift.trends.stitching.score_log_density`."""
    chance, ceiling, slope, difficulty = curve
    rise = 1.0 / (1.0 + np.exp(-slope * (place - difficulty)))
    mean = np.clip(chance + (ceiling - chance) * rise, 1e-4, 1.0 - 1e-4)
    score = stream.beta(mean * precision, (1.0 - mean) * precision)
    odd = stream.random(score.shape) < outlier_share
    score = np.where(odd, stream.random(score.shape), score)
    return np.asarray(np.clip(score, 1e-6, 1.0 - 1e-6))


def replicate_scores(
    posterior: Posterior, model: str, stream: Generator, *, unseen: bool = False
) -> tuple[Floats, Floats]:
    """Scores of a model as the posterior would make them, and the actual ones.

    Parameters
    ----------
    posterior : Posterior
    model : str
    stream : numpy.random.Generator
    unseen : bool
        Whether its capability is drawn from date, compute and kind only, as for a model whose scores were held back.

    Returns
    -------
    array, shape (draw, score)
    array, shape (score,)
    """
    scores = scores_of(posterior, model)
    at = posterior.of(model)
    if unseen:
        place = place_of(posterior, model)
        at = place.centre + place.scale * stream.standard_t(settings().tail_degrees, len(posterior))
    j = scores.benchmark_at
    data = posterior.panel
    items = np.where(np.isnan(data.items), settings().unknown_items, data.items)
    curve = (data.chance[j], posterior.ceiling[:, j], posterior.slope[:, j], posterior.difficulty[:, j])
    precision = combined_precision(posterior.precision, items)[:, j]
    made = draw_scores(at[:, None], curve, precision, posterior["outlier_share"][:, None], stream)
    return made, scores.score


@dataclass(frozen=True)
class ScoreCoverage:
    """How often actual scores lie inside the intervals that the model gives for them.

    Attributes
    ----------
    level : float
    inside, scores : int
    by_benchmark : dict of str to (int, int)
        Inside and in all.
    """

    level: float
    inside: int
    scores: int
    by_benchmark: Mapping[str, tuple[int, int]]

    @property
    def share(self) -> float:
        """Share of scores inside."""
        return self.inside / self.scores


def coverage(
    posterior: Posterior,
    *,
    models: tuple[str, ...] | None = None,
    unseen: bool = False,
    level: float = 0.9,
    seed: int = 0,
) -> ScoreCoverage:
    """Share of actual scores inside the central interval of replicated ones.

    Parameters
    ----------
    posterior : Posterior
    models : tuple of str, optional
        All without it.
    unseen : bool
        Whether capabilities are drawn from date, compute and kind only.
    level : float
    seed : int

    Returns
    -------
    ScoreCoverage

    Examples
    --------
    >>> from curveshift import trends
    >>> coverage(trends.posterior(), models=("DeepSeek-V3", "DeepSeek-R1")).scores > 10
    True
    """
    stream = np.random.Generator(np.random.Philox(key=seed))
    tails = ((1.0 - level) / 2.0, (1.0 + level) / 2.0)
    counts: dict[str, tuple[int, int]] = {}
    for model in posterior.panel.models if models is None else models:
        made, actual = replicate_scores(posterior, model, stream, unseen=unseen)
        low, high = np.quantile(made, tails, axis=0)
        inside = (actual >= low) & (actual <= high)
        for j, hit in zip(scores_of(posterior, model).benchmark_at, inside, strict=True):
            name = posterior.panel.benchmarks[j]
            before = counts.get(name, (0, 0))
            counts[name] = (before[0] + int(hit), before[1] + 1)
    return ScoreCoverage(
        level, sum(a for a, _ in counts.values()), sum(b for _, b in counts.values()), counts
    )
