"""The joint model of scores, dates and compute (model.md section 3), written for NumPyro.

Capability K is counted in orders of magnitude of training compute (unit slope), so that a year's progress or the gain
of reasoning training is read as compute. The sampler sees each model's place in the cloud of all models, whose centre
and width are parameters: scores settle the places, compute and dates the centre and width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .posteriors import SCALARS
from .prior_records import priors, settings

if TYPE_CHECKING:
    import jax
    from numpy.typing import NDArray

    from .panels import Panel
    from .specification import Specification

GLOBALS: Final = (*(name for name in SCALARS if name != "outlier_share"), "centre", "log_width")
"""Parameters that belong to no single model or benchmark; sampled with a dense mass matrix."""

_SCORES_PER_STEP: Final = 256
"""Scores are filled up to a multiple of this."""

_ANCHOR_SPREAD: Final = 0.1
"""Spread of the mean and log width of the sampler's own coordinates: any value gives the same posterior."""


def program_data(panel: Panel, version: Specification) -> dict[str, NDArray[Any]]:
    """What the program reads, as arrays.

    Scores are filled up with scores of no weight, so that panels of nearly one size, as without a model or a benchmark,
    run through one compiled program.

    Parameters
    ----------
    panel : Panel
    version : Specification
        Its shift of undisclosed compute is part of the data.

    Returns
    -------
    dict of str to array
    """
    fixed = settings()
    disclosed = panel.disclosed
    members = np.bincount(panel.family)
    numbers = {int(f): n for n, f in enumerate(np.flatnonzero(members > 1))}
    filler = -len(panel.score) % _SCORES_PER_STEP
    score = np.pad(panel.score, (0, filler), constant_values=0.5)
    return {
        "years": panel.years - fixed.reference_year,
        "since": panel.years - fixed.gain_year,
        "disclosed": disclosed,
        "published": np.where(disclosed, panel.log10_flop - fixed.reference_log10_flop, 0.0),
        "nominal": np.where(disclosed, panel.log10_flop_error, 0.0),
        "shift": version.undisclosed_shift_oom * (~disclosed & (panel.years >= fixed.undisclosed_since)),
        "reasoning": panel.reasoning,
        "china": panel.china,
        "distilled": panel.distilled,
        "small": panel.small,
        "shared": members[panel.family] > 1,
        "family": np.array([numbers.get(int(f), 0) for f in panel.family]),
        "families": np.arange(len(numbers)),
        "items": np.where(np.isnan(panel.items), fixed.unknown_items, panel.items),
        "chance": panel.chance,
        "ceiling": panel.ceiling,
        "log_score": np.log(score),
        "log_rest": np.log1p(-score),
        "counts": np.pad(np.ones(len(panel.score)), (0, filler)),
        "at_model": np.pad(panel.model_at, (0, filler)),
        "at_test": np.pad(panel.benchmark_at, (0, filler)),
    }


def sizes(panel: Panel, version: Specification) -> dict[str, int]:
    """How many there are of each parameter that belongs to a model, a family of models or a benchmark."""
    tests = len(panel.benchmarks)
    found = {
        "raw": len(panel.models),
        **dict.fromkeys(("log_slope", "difficulty", "lost", "log_precision"), tests),
    }
    if version.families:
        found["family"] = int(np.sum(np.bincount(panel.family) > 1))
    return found


def likelihood_and_prior(version: Specification) -> Callable[[Mapping[str, Any]], None]:
    """The model as a NumPyro program of the arrays that `program_data` makes.

    Parameters
    ----------
    version : Specification

    Returns
    -------
    callable
    """
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist
    from jax.scipy.stats import t as student

    fixed = settings()
    makers = {
        "normal": dist.Normal, "half_normal": dist.HalfNormal, "log_normal": dist.LogNormal, "beta": dist.Beta,
    }  # fmt: skip

    def draw(name: str) -> jax.Array:
        prior = priors()[name]
        value: jax.Array = numpyro.sample(name, makers[prior.family](*prior.numbers))
        return value

    def program(data: Mapping[str, Any]) -> None:
        years, disclosed, published = data["years"], data["disclosed"], data["published"]
        models, tests = len(years), len(data["items"])

        # Published compute is a noisy reading of the true one, which scatters around a mean by date and kind.
        mean_flop = (
            draw("compute")
            + draw("compute_growth") * years
            + draw("compute_china") * data["china"]
            + draw("compute_small") * data["small"]
            + draw("compute_undisclosed") * ~disclosed
            + data["shift"]
        )
        spread = draw("compute_spread")
        error = draw("error_scale") * data["nominal"] if version.compute_error else 0.0 * data["nominal"]
        weight = spread**2 / (spread**2 + error**2)
        true_mean = jnp.where(disclosed, weight * published + (1.0 - weight) * mean_flop, mean_flop)
        true_variance = jnp.where(disclosed, weight * error**2, spread**2)
        numpyro.sample(
            "log10_flop",
            dist.Normal(mean_flop, jnp.sqrt(spread**2 + error**2)).mask(disclosed),
            obs=published,
        )

        # Capability of each model: compute, date, kind of training, its family, its own recipe.
        growth = draw("gain_growth") if version.gain_grows else 0.0
        scale = draw("recipe_spread")
        common = draw("family_share") if version.families else 0.0
        effect = jnp.zeros(models)
        alone = scale**2
        if version.families:
            count = len(data["families"])
            group = numpyro.sample(
                "family", dist.StudentT(fixed.tail_degrees, 0.0, 1.0).expand([count]).to_event(1)
            )
            effect = jnp.where(data["shared"], scale * jnp.sqrt(common) * group[data["family"]], 0.0)
            alone = jnp.where(data["shared"], scale**2 * (1.0 - common), scale**2)
        expected = (
            true_mean
            + draw("efficiency") * years
            + (draw("gain") + growth * data["since"]) * data["reasoning"]
            + draw("china") * data["china"]
            + draw("distilled") * data["distilled"]
            + effect
        )
        raw = numpyro.sample("raw", dist.Normal(0.0, 1.0).expand([models]).to_event(1).mask(False))
        centre, log_width = draw("centre"), draw("log_width")
        middle, width = jnp.mean(raw), jnp.std(raw)
        place = (raw - middle) / width
        capability = numpyro.deterministic("capability", centre + jnp.exp(log_width) * place)
        distance = (capability - expected) / jnp.sqrt(alone + true_variance)
        numpyro.factor(
            "capabilities",
            jnp.sum(student.logpdf(distance, fixed.tail_degrees) - jnp.log(alone + true_variance) / 2.0)
            # From the sampler's coordinates to capabilities; their own centre and width are immaterial.
            + (models - 2) * (log_width - jnp.log(width))
            + dist.Normal(0.0, _ANCHOR_SPREAD).log_prob(middle)
            + dist.Normal(0.0, _ANCHOR_SPREAD).log_prob(jnp.log(width)),
        )

        # Scores: chance level, ceiling, slope and difficulty of each benchmark; its precision; its items.
        slope_mean, slope_spread = draw("log_slope_mean"), draw("log_slope_spread")
        log_slope = numpyro.sample(
            "log_slope", dist.Normal(slope_mean, slope_spread).expand([tests]).to_event(1)
        )
        hard = priors()["difficulty"].numbers
        difficulty = numpyro.sample("difficulty", dist.Normal(*hard).expand([tests]).to_event(1))
        lost = numpyro.sample(
            "lost", dist.Beta(*priors()["ceiling_loss"].numbers).expand([tests]).to_event(1)
        )
        precision_mean, precision_spread = draw("log_precision_mean"), draw("log_precision_spread")
        log_precision = numpyro.sample(
            "log_precision", dist.Normal(precision_mean, precision_spread).expand([tests]).to_event(1)
        )
        precision = combined_precision(jnp.exp(log_precision), data["items"])
        curve = (data["chance"], data["ceiling"] * (1.0 - lost), jnp.exp(log_slope), difficulty)
        at = data["at_test"]
        scores = score_log_density(
            place[data["at_model"]],
            (data["log_score"], data["log_rest"]),
            (curve[0][at], curve[1][at], curve[2][at], curve[3][at]),
            (precision[at], log_gamma(precision)[at]),
            draw("outlier_share"),
            jnp,
            log_gamma,
        )
        numpyro.factor("scores", jnp.sum(data["counts"] * scores))

    return program


def log_gamma(x: Any) -> Any:
    """Logarithm of the gamma function of a positive number by Stirling's series after eight steps of recurrence.

    Four times faster with its gradient than the library's and within 1e-14 of it; it is most of the sampler's work.
    """
    import jax.numpy as jnp

    product = x
    for step in range(1, 8):
        product = product * (x + step)
    z = x + 8.0
    r = 1.0 / z
    series = 1.0 / 1188.0 - r * r * (691.0 / 360360.0)
    for inverse in (1680.0, 1260.0, 360.0, 12.0):
        series = 1.0 / inverse - r * r * series
    return (z - 0.5) * jnp.log(z) - z + 0.5 * np.log(2.0 * np.pi) + r * series - jnp.log(product)


def combined_precision(precision: Any, items: Any) -> Any:
    """Beta precision of a score on finitely many items: the variance of a beta-binomial proportion.

    Examples
    --------
    >>> round(combined_precision(50.0, 198.0), 1)
    39.7
    """
    return items * (precision + 1.0) / (precision + items) - 1.0


def score_log_density(
    place: Any, logs: tuple[Any, Any], curve: tuple[Any, Any, Any, Any], precision: tuple[Any, Any],
    outlier_share: Any, xp: Any, gammaln: Any,
) -> Any:  # fmt: skip
    """Log density of scores: Beta around the benchmark's curve, mixed with a uniform share of outliers.

    Parameters
    ----------
    place : array
        Capability, on the scale of the curve.
    logs : tuple of two arrays
        Log of the score and of what it leaves.
    curve : tuple of four arrays
        Chance level, ceiling, slope, difficulty of the benchmark of each score.
    precision : tuple of two arrays
        Its precision, and the log gamma of that.
    outlier_share : array
    xp, gammaln
        NumPy or jax.numpy, and its log gamma function.

    Returns
    -------
    array
        In the broadcast shape of the arguments.
    """
    chance, ceiling, slope, difficulty = curve
    rise = 1.0 / (1.0 + xp.exp(-slope * (place - difficulty)))
    mean = xp.clip(chance + (ceiling - chance) * rise, 1e-4, 1.0 - 1e-4)
    a = mean * precision[0]
    b = precision[0] - a
    normaliser = precision[1] - gammaln(a) - gammaln(b)
    inside = normaliser + (a - 1.0) * logs[0] + (b - 1.0) * logs[1]
    return xp.logaddexp(xp.log1p(-outlier_share) + inside, xp.log(outlier_share))
