"""Experiment design: the promised narrowing happens, and the choice beats others for the same spend."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from curveshift.errors import CurveshiftError
from curveshift.laws import Chinchilla, Fit, Question, fit, next_runs
from curveshift.laws.design import _gradient
from curveshift.laws.linearised import linearise

TRUE = Chinchilla(E=1.8, A=480.0, B=2100.0, alpha=0.35, beta=0.37)
QUESTIONS = (
    Question.parameter("beta"),
    Question.prediction(params=1e11, tokens=2e12),
    Question.tokens_per_param(flop=1e24),
)


def runs(seed: int, extra: tuple[np.ndarray, np.ndarray] | None = None) -> dict[str, np.ndarray]:
    n, d = (v.ravel() for v in np.meshgrid(np.geomspace(1e8, 1e9, 5), np.geomspace(2e9, 4e10, 5)))
    if extra is not None:
        n, d = np.append(n, extra[0]), np.append(d, extra[1])
    rng = np.random.default_rng(seed)
    return {
        "params": n,
        "tokens": d,
        "loss": TRUE.predict(params=n, tokens=d) * np.exp(0.004 * rng.standard_t(4, len(n))),
    }


@pytest.fixture(scope="module")
def small() -> Fit:
    return fit(Chinchilla, runs(0), resamples=0)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.kind)
def test_half_width_before_is_that_of_the_linear_theory(small: Fit, question: Question) -> None:
    from scipy.stats import t

    near = linearise(small)
    asked = _gradient(small, question)
    covariance = np.linalg.inv(near.information)
    expected = t.ppf(0.95, len(small.runs) - 5) * np.sqrt(asked @ covariance @ asked)
    assert next_runs(small, question, flop=1e22, most=1).before == pytest.approx(expected, rel=1e-2)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.kind)
def test_runs_are_affordable_and_each_narrows(small: Fit, question: Question) -> None:
    found = next_runs(small, question, flop=3e21, most=6)
    assert 1 <= len(found.runs) <= 6
    assert found.flop == pytest.approx(sum(run.flop for run in found.runs))
    assert found.flop <= 3e21
    widths = [found.before, *(run.half_width for run in found.runs)]
    assert all(b < a for a, b in pairwise(widths))
    assert found.after == widths[-1]
    assert len(found.rows()) == len(found.runs)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.kind)
def test_more_money_never_widens(small: Fit, question: Question) -> None:
    after = [next_runs(small, question, flop=flop, most=5).after for flop in (1e20, 1e21, 1e22)]
    assert after[0] >= after[1] >= after[2]


def test_better_than_random_runs_of_the_same_cost(small: Fit) -> None:
    question = Question.parameter("beta")
    best = next_runs(small, question, flop=2e21, most=4)
    rng = np.random.default_rng(1)
    tried = 0
    while tried < 20:
        # Within the rectangle that the candidates come from.
        n, d = (
            10.0 ** rng.uniform(8.0, np.log10(4e9), 4),
            10.0 ** rng.uniform(np.log10(2e9), np.log10(1.6e11), 4),
        )
        if 6.0 * float(n @ d) > 2e21:
            continue
        tried += 1
        other = next_runs(small, question, flop=2e21, most=4, candidates={"params": n, "tokens": d})
        assert best.after <= other.after * 1.001


def test_a_ray_is_told_how_to_leave_it() -> None:
    n = np.geomspace(1e8, 1e10, 12)
    d = 20.0 * n
    loss = TRUE.predict(params=n, tokens=d) * np.exp(0.003 * np.sin(5.0 * np.arange(12)))
    ray = fit(Chinchilla, {"params": n, "tokens": d, "loss": loss}, resamples=0, force=True)
    found = next_runs(ray, Question.parameter("alpha"), flop=1e22, most=4)
    assert found.after < 0.5 * found.before
    ratios = [run.tokens / run.params for run in found.runs]
    assert max(ratios) > 60.0 or min(ratios) < 20.0 / 3.0


def test_bad_questions_are_refused(small: Fit) -> None:
    with pytest.raises(CurveshiftError, match="did you mean 'beta'"):
        next_runs(small, Question.parameter("betta"), flop=1e22)
    with pytest.raises(CurveshiftError, match="the cheapest candidate"):
        next_runs(small, Question.parameter("beta"), flop=1e10)
    with pytest.raises(CurveshiftError, match="tokens is missing"):
        next_runs(small, Question.prediction(params=1e9), flop=1e22)
    with pytest.raises(CurveshiftError, match="unknown question"):
        next_runs(small, Question("why"), flop=1e22)
    with pytest.raises(CurveshiftError, match="most"):
        next_runs(small, Question.parameter("beta"), flop=1e22, most=0)


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.kind)
def test_promised_narrowing_happens(question: Question) -> None:
    """Train the chosen runs in simulation: the spread of the answer falls about as promised."""
    clean = dict(runs(0))
    clean["loss"] = TRUE.predict(params=clean["params"], tokens=clean["tokens"])
    rng = np.random.default_rng(0)
    typical = fit(
        Chinchilla, {**clean, "loss": clean["loss"] * np.exp(0.004 * rng.standard_t(4, 25))}, resamples=0
    )
    found = next_runs(typical, question, flop=3e21, most=6)
    extra = np.array([r.params for r in found.runs]), np.array([r.tokens for r in found.runs])

    def answer(law: Chinchilla) -> float:
        if question.kind == "parameter":
            return law.beta
        if question.kind == "prediction":
            return float(law.predict(**question.at))
        n, d = law.compute_optimal(question.at["flop"])
        return float(np.log(d / n))

    def spread(more: tuple[np.ndarray, np.ndarray] | None) -> float:
        every = [answer(fit(Chinchilla, runs(s, more), resamples=0).law) for s in range(200)]  # type: ignore[arg-type]
        low, high = np.quantile(every, [0.16, 0.84])
        return float(high - low)

    promised, happened = found.after / found.before, spread(extra) / spread(None)
    assert promised < 0.8
    assert happened == pytest.approx(promised, rel=0.3)
