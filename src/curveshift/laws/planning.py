"""Which model to train on a budget: parameters and tokens, with the tokens it will serve, and what loss to expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift import notebooks
from curveshift.errors import CurveshiftError

from .costs import Cost, chip_cost
from .frontier import Budget, at_loss, optimum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .bayes import Posterior
    from .law import Law
    from .library import Published
    from .result import Fit
    from .twostage import TwoStage

    Floats = NDArray[np.float64]

MOST_SEARCHES: Final = 300
"""Resamples for which a budget is searched; each takes a search of its own."""
FAR: Final = 10.0
"""A plan with more than this many times the compute of the largest run is flagged."""


@dataclass(frozen=True)
class Plan:
    """A training run that suits a budget or reaches a loss at least cost.

    Attributes
    ----------
    params, tokens : float
    tokens_per_param : float
    training_flop, inference_flop : float
    loss : float
        Predicted, in the unit of the law.
    accuracy : float or None
        Predicted, where the source says how accuracy follows from loss.
    intervals : mapping of str to (low, high)
        For `params`, `tokens`, `tokens_per_param`: of the optimum. For `loss` and `accuracy`: of the law at this
        very plan.
        Empty where the law comes without resamples.
    level : float
        Of the intervals.
    cost : Cost or None
    training_usd, inference_usd, chip_hours : float or None
    warnings, sources : tuple of str
    """

    params: float
    tokens: float
    tokens_per_param: float
    training_flop: float
    inference_flop: float
    loss: float
    intervals: Mapping[str, tuple[float, float]]
    level: float
    accuracy: float | None = None
    cost: Cost | None = None
    training_usd: float | None = None
    inference_usd: float | None = None
    chip_hours: float | None = None
    warnings: tuple[str, ...] = ()
    sources: tuple[str, ...] = field(default=())

    def _repr_html_(self) -> str:
        return notebooks.records(self.rows(), "Plan", self.warnings)

    def rows(self) -> list[dict[str, Any]]:
        """One row a quantity: value, interval and unit."""
        units = {
            "params": "", "tokens": "", "tokens_per_param": "", "training_flop": "FLOP", "inference_flop": "FLOP",
            "loss": "nat/token", "accuracy": "", "training_usd": "USD", "inference_usd": "USD", "chip_hours": "h",
        }  # fmt: skip
        made = []
        for name, unit in units.items():
            value = getattr(self, name)
            if value is not None:
                low, high = self.intervals.get(name, (None, None))
                made.append({"quantity": name, "value": value, "low": low, "high": high, "unit": unit})
        return made


def plan(
    source: Law | Fit | TwoStage | Posterior | Published | str,
    *,
    flop: float | None = None,
    usd: float | None = None,
    loss: float | None = None,
    inference_tokens: float = 0.0,
    chip: str | None = None,
    mfu: float | None = None,
    inference_mfu: float | None = None,
    usd_per_chip_hour: float | None = None,
    cost: Cost | None = None,
    level: float = 0.9,
) -> Plan:
    """Choose parameters and tokens for a budget, or the cheapest model that reaches a loss.

    The budget covers training, 6 N D FLOP, and serving, 2 N FLOP a token. With tokens to serve, the best model
    is smaller and trained longer than the compute-optimal one.

    Parameters
    ----------
    source : Law, Fit, TwoStage, Posterior, Published or str
        A law of `params` and `tokens`, or the name of a published one; a fit or posterior adds intervals, and a
        fit in two stages the accuracy on its benchmark.
    flop, usd, loss : float
        Exactly one: the budget in FLOP, in dollars (needs a cost), or the loss to reach.
    inference_tokens : float
        Tokens read and written over the life of the model, at least 0.
    chip : str, optional
        In the fact tables, such as ``H100``; with `mfu`, and `usd_per_chip_hour` where the tables have no rent.
    mfu, inference_mfu : float, optional
        Share of the peak reached in training, and in serving (the same unless given).
    cost : Cost, optional
        Instead of `chip`.
    level : float
        Of the intervals.

    Returns
    -------
    Plan

    Raises
    ------
    CurveshiftError
        For none or several goals, dollars without a cost, a law of other inputs, or a goal out of reach.

    References
    ----------
    Hoffmann et al. 2022, arXiv 2203.15556; serving: Sardana et al. 2023, arXiv 2401.00448, equations 1 to 3.

    Examples
    --------
    >>> from curveshift.laws import plan
    >>> round(plan("besiroglu2024", flop=1e24).tokens_per_param, 1)
    18.1
    >>> round(plan("besiroglu2024", flop=1e24, inference_tokens=1e13).tokens_per_param)
    131
    """
    from .twostage import TwoStage

    chain = source if isinstance(source, TwoStage) else None
    law, draws, fit, origin = _parts(source.loss if isinstance(source, TwoStage) else source)
    goals = {"flop": flop, "usd": usd, "loss": loss}
    given = [name for name, value in goals.items() if value is not None]
    if len(given) != 1:
        raise CurveshiftError(
            f"give exactly one of flop, usd and loss, not {', '.join(given) or 'none'}", "plan"
        )
    for name, value in (*goals.items(), ("inference_tokens", inference_tokens)):
        if value is not None and not (
            np.isfinite(value) and (value > 0.0 or (name == "inference_tokens" and value == 0.0))
        ):
            raise CurveshiftError(f"{value!r} is outside its range: above 0", name)
    if not 0.0 < level < 1.0:
        raise CurveshiftError(
            f"{level!r} is outside its range: a level between 0 and 1, such as 0.9", "level"
        )
    if cost is None and chip is not None:
        cost = chip_cost(chip, mfu, usd_per_chip_hour=usd_per_chip_hour)
    if usd is not None and cost is None:
        raise CurveshiftError("a budget in dollars needs a chip and its mfu, or a cost", "usd")
    # Serving weighs more where it reaches a smaller share of the peak; a budget in FLOP counts FLOP.
    weight = 1.0
    if inference_mfu is not None:
        if not 0.0 < inference_mfu <= 1.0:
            raise CurveshiftError(
                f"{inference_mfu!r} is outside its range: above 0, at most 1", "inference_mfu"
            )
        if cost is None:
            raise CurveshiftError("needs a chip and its mfu, or a cost", "inference_mfu")
        weight = 1.0 if flop is not None else cost.mfu / inference_mfu
    budget = Budget(inference_tokens, weight)
    kind = type(law)
    warnings = []
    if loss is not None:
        total, params, tokens = at_loss(kind, law.values, loss, budget)
    else:
        total = float(flop) if flop is not None else float(usd or 0.0) / cost.usd_per_flop  # type: ignore[union-attr]
        params, tokens = (float(v[0]) for v in optimum(kind, law.values[None, :], total, budget, sharp=True))
    predicted = float(law.predict(params=params, tokens=tokens))
    intervals: dict[str, tuple[float, float]] = {}
    if draws is not None and fit is not None:
        intervals, told = _intervals(kind, draws, loss, total, budget, (params, tokens), fit.tails(level))
        warnings += told
    accuracy = None
    if chain is not None:
        accuracy = float(chain.predict(params=params, tokens=tokens))
        if draws is not None:
            _, low, high = chain.predict(interval=level, params=params, tokens=tokens)
            intervals["accuracy"] = (float(low), float(high))
        warnings += [f"accuracy: {told}" for told in chain.accuracy.warnings]
    training = budget.training(params, tokens)
    if fit is not None:
        warnings += _reach(fit, params, tokens, training)
    inference = 2.0 * params * inference_tokens
    each = cost.usd_per_flop if cost else None
    sources = (
        *((origin,) if origin else ()),
        law.source,
        *(fit.runs.sources if fit else ()),
        *(chain.accuracy.sources() if chain else ()),
        *(cost.sources if cost else ()),
    )
    return Plan(
        params, tokens, tokens / params, training, inference, predicted, intervals, level, accuracy, cost,
        each and each * training, each and each * inference * (cost.mfu / (inference_mfu or cost.mfu) if cost else 1.0),
        cost.chip_hours(training) if cost else None, tuple(warnings), tuple(dict.fromkeys(sources)),
    )  # fmt: skip


def _parts(source: Law | Fit | Posterior | Published | str) -> tuple[Law, Floats | None, Fit | None, str]:
    """The law, its draws and fit where there are some, and where its parameters come from."""
    from .bayes import Posterior
    from .law import Law
    from .library import Published, published
    from .result import Fit

    if isinstance(source, str):
        source = published(source)
    origin = ""
    if isinstance(source, Published):
        if source.law is None:
            raise CurveshiftError(
                "its parameters are not all published, so it cannot be evaluated", source.name
            )
        origin, source = f"{source.title} ({source.grade})", source.law
    if isinstance(source, Posterior):
        source = source.fit
    law = source.law if isinstance(source, Fit) else source
    if not isinstance(law, Law):
        raise CurveshiftError(
            f"give a law, the name of a published one, a fit or a posterior, not a {type(source).__name__}",
            "plan",
        )
    names = [q.name for q in law.inputs]
    if sorted(names) != ["params", "tokens"]:
        raise CurveshiftError(f"plans need a law of params and tokens, not of {', '.join(names)}", law.name)
    if isinstance(source, Fit):
        return law, source.resamples, source, origin
    return law, None, None, origin


def _intervals(
    kind: type[Law],
    draws: Floats,
    loss: float | None,
    total: float,
    budget: Budget,
    chosen: tuple[float, float],
    tails: tuple[float, float],
) -> tuple[dict[str, tuple[float, float]], list[str]]:
    told = []
    if loss is None:
        params, tokens = optimum(kind, draws, total, budget)
    else:
        found = []
        lost = 0
        for values in draws[:MOST_SEARCHES]:
            try:
                found.append(at_loss(kind, values, loss, budget, sharp=False)[1:])
            except CurveshiftError:
                lost += 1
                found.append((np.inf, np.inf))
        if lost:
            told.append(
                f"in {lost} of {len(found)} resampled laws no model reaches this loss; they count as infinite"
            )
        params, tokens = (np.array(v) for v in zip(*found, strict=True))
    inputs = {"params": np.array([chosen[0]]), "tokens": np.array([chosen[1]])}
    losses = kind.curve(draws, inputs)[:, 0]
    ratio = np.where(np.isfinite(params), tokens / np.where(np.isfinite(params), params, 1.0), np.nan)
    parts = {
        "params": params,
        "tokens": tokens,
        "tokens_per_param": ratio[np.isfinite(ratio)],
        "loss": losses,
    }
    made = {}
    for name, value in parts.items():
        low, high = np.quantile(value, tails, method="inverted_cdf")
        made[name] = (float(low), float(high))
    return made, told


def _reach(fit: Fit, params: float, tokens: float, training: float) -> list[str]:
    told = []
    n, d = fit.runs.columns["params"], fit.runs.columns["tokens"]
    beyond = training / float(6.0 * (n * d).max())
    if beyond > FAR:
        told.append(
            f"{beyond:.3g} times the compute of the largest run: the interval holds only if the law goes on to hold"
        )
    ratio = tokens / params
    seen = d / n
    if not seen.min() <= ratio <= seen.max():
        told.append(
            f"{ratio:.3g} tokens per parameter are outside the {seen.min():.3g} to {seen.max():.3g} of the runs"
        )
    return told
