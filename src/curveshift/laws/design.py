"""Which runs to train next: those that narrow the interval of a stated question most for what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from curveshift import notebooks
from curveshift.errors import CurveshiftError, unknown_name

from .frontier import TRAINING_FLOP_PER_PARAM_TOKEN
from .linearised import gradient, linearise, prediction_gradient

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .result import Fit

    Floats = NDArray[np.float64]

VAGUE: Final = 10.0
"""Standard deviation of what is known of each solver coordinate before any run: nothing, within a factor of e^10."""
_SIDE: Final = 13
_MOST: Final = 1000
_LEAST_GAIN: Final = 1e-4
_ROUNDS: Final = 10


@dataclass(frozen=True)
class Question:
    """What the next runs are to answer.

    Attributes
    ----------
    kind : str
        ``parameter``, ``prediction`` or ``tokens_per_param``.
    name : str
        Of the parameter.
    at : mapping of str to float
        Inputs of the prediction, or the budget in ``flop``.

    Examples
    --------
    >>> Question.tokens_per_param(flop=1e24).label
    'tokens per parameter at 1e+24 FLOP'
    """

    kind: str
    name: str = ""
    at: Mapping[str, float] = ()  # type: ignore[assignment]

    @classmethod
    def parameter(cls, name: str) -> Self:
        """The value of a parameter."""
        return cls("parameter", name)

    @classmethod
    def prediction(cls, **inputs: float) -> Self:
        """The value of the law at given inputs."""
        return cls("prediction", "", inputs)

    @classmethod
    def tokens_per_param(cls, flop: float) -> Self:
        """The compute-optimal tokens per parameter of a budget; its width is in the natural logarithm."""
        return cls("tokens_per_param", "", {"flop": flop})

    @property
    def label(self) -> str:
        """The question in words."""
        if self.kind == "parameter":
            return self.name
        if self.kind == "prediction":
            return "prediction at " + ", ".join(f"{k} {v:.3g}" for k, v in self.at.items())
        return f"tokens per parameter at {self.at['flop']:.3g} FLOP"


@dataclass(frozen=True)
class Run:
    """One run to train, in the order of choice."""

    params: float
    tokens: float
    flop: float
    half_width: float
    """Of the interval once this run and those before it are there."""


@dataclass(frozen=True)
class Design:
    """The chosen runs.

    Attributes
    ----------
    question : Question
    runs : tuple of Run
    before, after : float
        Half width of the interval now, and expected with all runs; in the unit of the question, natural logarithm
        for tokens per parameter.
    flop : float
        Spent.
    level : float
    """

    question: Question
    runs: tuple[Run, ...]
    before: float
    after: float
    flop: float
    level: float

    def _repr_html_(self) -> str:
        caption = f"Runs for {self.question.kind}: half-width {self.before:.3g} to {self.after:.3g}"
        return notebooks.records(self.rows(), caption)

    def rows(self) -> list[dict[str, Any]]:
        """One row a run."""
        return [dict(vars(run)) for run in self.runs]


def next_runs(
    fit: Fit,
    question: Question,
    *,
    flop: float,
    candidates: Mapping[str, Any] | None = None,
    most: int = 20,
    level: float = 0.9,
) -> Design:
    """Choose runs that narrow the interval of a question most for a given spend.

    The law is linearised at its fit, and the errors of new runs are taken to be like those of the old ones. Runs are
    added one by one, by narrowing for their cost and, in a second pass, by narrowing alone; the better pass is
    improved by exchanging single runs. What is promised is an expectation: it holds as far as the law does.

    Parameters
    ----------
    fit : Fit
        Of a law of `params` and `tokens`. One forced on runs along a single ray is welcome.
    question : Question
    flop : float
        To spend in all, 6 N D for each run.
    candidates : mapping of str to array, optional
        `params` and `tokens` of the runs that could be trained; without it a grid from the smallest run to four times
        the largest in each direction.
    most : int
        Runs to choose at most, 1 to 1,000.
    level : float

    Returns
    -------
    Design

    Raises
    ------
    CurveshiftError
        For a question that the law cannot be asked, or a spend that buys no candidate.

    References
    ----------
    Fedorov 1972 (linear optimal design); Leskovec et al. 2007 for the better of two greedy passes.

    Examples
    --------
    >>> from curveshift.laws import Chinchilla, Question, chinchilla_runs, next_runs
    >>> fitted = Chinchilla.fit(chinchilla_runs(), resamples=0)
    >>> found = next_runs(fitted, Question.parameter("beta"), flop=1e22, most=5)
    >>> found.after < found.before and found.flop <= 1e22
    True
    """
    if not 0.0 < level < 1.0:
        raise CurveshiftError(
            f"{level!r} is outside its range: a level between 0 and 1, such as 0.9", "level"
        )
    if not 1 <= most <= _MOST:
        raise CurveshiftError(f"{most} runs: give 1 to {_MOST:,}", "most")
    if not (np.isfinite(flop) and flop > 0.0):
        raise CurveshiftError(f"{flop!r} is outside its range: above 0", "flop")
    params, tokens = _candidates(fit, candidates)
    cost = TRAINING_FLOP_PER_PARAM_TOKEN * params * tokens
    open_ = cost <= flop
    if not open_.any():
        raise CurveshiftError(
            f"the cheapest candidate costs {cost.min():.3g} FLOP, more than {flop:.3g}", "flop"
        )
    params, tokens, cost = params[open_], tokens[open_], cost[open_]
    asked = _gradient(fit, question)
    near = linearise(fit)
    size = len(asked)
    covariance = np.asarray(np.linalg.inv(near.information + np.eye(size) / VAGUE**2), dtype=np.float64)
    shapes = prediction_gradient(fit, {"params": params, "tokens": tokens}) / np.sqrt(near.variance)
    passes = [_greedy(covariance, shapes, asked, cost, flop, most, each) for each in (True, False)]
    start = min(passes, key=lambda one: _variances(covariance, shapes, asked, one)[-1])
    chosen = _exchange(covariance, shapes, asked, cost, flop, start)
    variances = _variances(covariance, shapes, asked, chosen)
    wide = _quantile(level, len(fit.runs) - size)
    runs = tuple(
        Run(float(params[i]), float(tokens[i]), float(cost[i]), wide * float(np.sqrt(v)))
        for i, v in zip(chosen, variances[1:], strict=True)
    )
    half = [wide * float(np.sqrt(v)) for v in (variances[0], variances[-1])]
    return Design(question, runs, half[0], half[1], float(cost[chosen].sum()), level)


def _greedy(
    covariance: Floats, shapes: Floats, asked: Floats, cost: Floats, budget: float, most: int, by_cost: bool
) -> list[int]:
    """Candidates in order of choice."""
    now = covariance
    left = budget
    chosen: list[int] = []
    first = float(asked @ covariance @ asked)
    while len(chosen) < most:
        fall = _falls(now, shapes, asked)
        fall[chosen] = 0.0
        worth = np.where(cost <= left, fall / cost if by_cost else fall, 0.0)
        best = int(np.argmax(worth))
        if worth[best] <= 0.0 or fall[best] < _LEAST_GAIN * first:
            break
        now = _with(now, shapes[best])
        chosen.append(best)
        left -= float(cost[best])
    return chosen


def _exchange(
    covariance: Floats, shapes: Floats, asked: Floats, cost: Floats, budget: float, chosen: list[int]
) -> list[int]:
    """Swap chosen runs for better ones while that helps (Fedorov 1972)."""
    chosen = list(chosen)
    for _ in range(_ROUNDS):
        before = _variances(covariance, shapes, asked, chosen)[-1]
        for place in range(len(chosen)):
            others = chosen[:place] + chosen[place + 1 :]
            now = covariance
            for i in others:
                now = _with(now, shapes[i])
            fall = np.where(cost <= budget - cost[others].sum(), _falls(now, shapes, asked), -1.0)
            fall[others] = -1.0
            best = int(np.argmax(fall))
            if fall[best] > fall[chosen[place]]:
                chosen[place] = best
        if _variances(covariance, shapes, asked, chosen)[-1] > before * (1.0 - _LEAST_GAIN):
            break
    return chosen


def _falls(now: Floats, shapes: Floats, asked: Floats) -> Floats:
    """How much each candidate would lower the variance of the answer, shape (m,)."""
    toward = shapes @ now
    found: Floats = (toward @ asked) ** 2 / (1.0 + np.einsum("ip,ip->i", toward, shapes))
    return found


def _with(now: Floats, shape: Floats) -> Floats:
    """The covariance once a run is there (Sherman and Morrison 1950)."""
    toward = now @ shape
    found: Floats = now - np.outer(toward, toward) / (1.0 + shape @ toward)
    return found


def _variances(covariance: Floats, shapes: Floats, asked: Floats, chosen: list[int]) -> list[float]:
    """Variance of the answer before any run and after each."""
    now = covariance
    found = [float(asked @ now @ asked)]
    for i in chosen:
        now = _with(now, shapes[i])
        found.append(float(asked @ now @ asked))
    return found


def _gradient(fit: Fit, question: Question) -> Floats:
    names = [p.name for p in fit.law.parameters]
    if question.kind == "parameter":
        if question.name not in names:
            raise unknown_name("parameter", question.name, names, fit.law.name)
        index = names.index(question.name)
        return gradient(fit, lambda values: values[:, index : index + 1])[:, 0]
    if question.kind == "prediction":
        inputs = {k: np.atleast_1d(v) for k, v in fit.law.checked(question.at).items()}
        return gradient(fit, lambda values: fit.law.curve(values, inputs))[:, 0]
    if question.kind == "tokens_per_param":
        from .frontier import Budget, optimum

        flop = float(question.at["flop"])
        if not (np.isfinite(flop) and flop > 0.0):
            raise CurveshiftError(f"{flop!r} is outside its range: above 0", "flop")
        found = []

        def ratio(values: Floats) -> Floats:
            for row in values:
                params, tokens = optimum(type(fit.law), row[None, :], flop, Budget(), sharp=True)
                found.append(float(np.log(tokens[0] / params[0])))
            return np.array(found)[:, None]

        return gradient(fit, ratio)[:, 0]
    raise unknown_name("question", question.kind, ("parameter", "prediction", "tokens_per_param"), "question")


def _candidates(fit: Fit, given: Mapping[str, Any] | None) -> tuple[Floats, Floats]:
    names = [q.name for q in fit.law.inputs]
    if sorted(names) != ["params", "tokens"]:
        raise CurveshiftError(
            f"designs need a law of params and tokens, not of {', '.join(names)}", fit.law.name
        )
    if given is not None:
        ready = fit.law.checked(given)
        params, tokens = np.broadcast_arrays(ready["params"], ready["tokens"])
        return params.ravel(), tokens.ravel()
    sides = []
    for name in ("params", "tokens"):
        column = fit.runs.columns[name]
        sides.append(np.geomspace(column.min(), 4.0 * column.max(), _SIDE))
    params, tokens = np.meshgrid(*sides)
    return params.ravel(), tokens.ravel()


def _quantile(level: float, freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(max(freedom, 1), 0.5 + 0.5 * level))
