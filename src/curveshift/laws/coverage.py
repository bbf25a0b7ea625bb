"""Repeated sampling: pass@k, the distribution of success over problems, and the curve of coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .dense import DenseLaw, every
from .law import Parameter, Quantity

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .law import Inputs

    Floats = NDArray[np.float64]

_FEWEST_PROBLEMS: Final = 10
_STEPS: Final = 100
_LARGEST_LOG: Final = 25.0
_BLOCK: Final = 500


def pass_at_k(attempts: ArrayLike, successes: ArrayLike, k: ArrayLike) -> Floats:
    """Unbiased estimate of the chance that at least one of k attempts succeeds, 1 − C(n−c, k) / C(n, k).

    Parameters
    ----------
    attempts, successes : array_like
        Attempts n and successes c of each problem, whole numbers; they broadcast with `k`.
    k : array_like
        1 to n. (1 − (1 − c/n)^k would be biased down, and beyond n there is no unbiased estimate.)

    Returns
    -------
    array
        Source: Chen et al. 2021, arXiv 2107.03374, equation 1.

    Raises
    ------
    CurveshiftError
        For counts that are not whole or not possible, or k above the attempts.

    Examples
    --------
    >>> pass_at_k(10, [0, 1, 5, 10], 2).round(4).tolist()
    [0.0, 0.2, 0.7778, 1.0]
    """
    from scipy.special import gammaln

    n, c = _counts(attempts, successes)
    n, c, samples = np.broadcast_arrays(n, c, np.asarray(k, dtype=np.float64))
    wrong = (samples < 1) | (samples > n) | (samples != np.round(samples))
    if wrong.any():
        raise CurveshiftError(
            f"{samples[wrong].flat[0]:g} is outside its range: a whole number from 1 to the attempts"
            f" ({n[wrong].flat[0]:g}); for more, fit BetaSuccess",
            "k",
        )
    failed = n - c
    possible = failed >= samples
    left = np.where(possible, failed - samples, 0.0)
    log_miss = gammaln(failed + 1.0) - gammaln(left + 1.0) - gammaln(n + 1.0) + gammaln(n - samples + 1.0)
    return np.where(c == 0, 0.0, np.where(possible, -np.expm1(np.minimum(log_miss, 0.0)), 1.0))


@dataclass(frozen=True)
class CoverageCurve(DenseLaw):
    """coverage(k) = e^(−a k^−b): share of problems solved by at least one of k attempts.

    Parameters
    ----------
    a : float
        Minus the logarithm of coverage at one attempt.
    b : float
        How fast it falls.

    Examples
    --------
    >>> CoverageCurve(a=1.6, b=0.4).predict(k=[1.0, 100.0, 1e4]).round(3).tolist()
    [0.202, 0.776, 0.961]
    """

    a: float
    b: float

    name: ClassVar = "coverage"
    equation: ClassVar = "coverage(k) = exp(-a k^-b)"
    source: ClassVar = "Brown et al. 2024, arXiv 2407.21787, equation 2"
    validity: ClassVar = (
        "one set of problems, k up to the attempts made; independent samples at one temperature"
    )
    inputs: ClassVar = (Quantity("k", "", "attempts on each problem"),)
    output: ClassVar = Quantity("coverage", "", "share of problems solved at least once", high=1.0)
    space: ClassVar = "raw"
    parameters: ClassVar = (
        Parameter("a", "", "minus the logarithm of coverage at one attempt"),
        Parameter("b", "", "exponent of attempts"),
    )

    @classmethod
    def slopes(cls, values: Floats, inputs: Inputs) -> tuple[Floats, Floats]:
        """Predictions and their derivatives."""
        a, b = values[:, [0]], values[:, [1]]
        log_k = np.log(inputs["k"])
        missing = np.exp(-b * log_k)
        coverage = np.exp(-a * missing)
        return coverage, np.stack([-coverage * missing, coverage * a * missing * log_k], axis=2)

    @classmethod
    def seeds(cls, inputs: Inputs, y: Floats) -> Floats:
        """For a given exponent, a follows from the middle of the curve."""
        b = every(np.geomspace(0.02, 3.0, 60))
        level = -np.log(np.clip(y, 1e-6, 1.0 - 1e-9))
        a = np.median(level * np.exp(b * np.log(inputs["k"])), axis=1)
        return np.column_stack([np.maximum(a, 1e-6), b])


@dataclass(frozen=True)
class BetaSuccess:
    """The chance of success of a problem, over problems: a Beta distribution.

    Coverage follows from it: 1 − E[(1 − p)^k] = 1 − B(a, b + k) / B(a, b), which misses the k^−a of problems with the
    least chance. So the distribution, not the curve, tells how coverage goes on.

    Parameters
    ----------
    a, b : float
        Shapes, above 0; `a` is the exponent with which failures vanish.

    Examples
    --------
    >>> BetaSuccess(a=0.5, b=2.0).coverage([1, 10, 1000]).round(3).tolist()
    [0.2, 0.612, 0.958]
    """

    a: float
    b: float

    source: ClassVar = "Schaeffer et al. 2025, arXiv 2502.17578; beta-binomial likelihood of Skellam 1948"

    def __post_init__(self) -> None:
        for name in ("a", "b"):
            if not 0.0 < getattr(self, name) < np.inf:
                raise CurveshiftError(
                    f"{getattr(self, name)!r} is outside its range: above 0", f"BetaSuccess.{name}"
                )

    def coverage(self, k: ArrayLike) -> Floats:
        """Expected share of problems solved by at least one of k attempts."""
        covered: Floats = _coverage(np.array([[self.a, self.b]]), np.asarray(k, dtype=np.float64))[0]
        return covered

    @staticmethod
    def fit(attempts: ArrayLike, successes: ArrayLike, *, resamples: int = 1000, seed: int = 0) -> BetaFit:
        """Fit by the beta-binomial likelihood; intervals by resampling problems.

        Parameters
        ----------
        attempts, successes : array_like of int, shape (problems,)
        resamples : int
            0 for none.
        seed : int

        Returns
        -------
        BetaFit

        Raises
        ------
        CurveshiftError
            For counts that are not possible, fewer than 10 problems, or problems that are all solved or all failed
            in every attempt (the Beta is then not identified).

        Examples
        --------
        >>> found = BetaSuccess.fit([20] * 12, [0, 0, 1, 2, 0, 5, 9, 20, 14, 3, 0, 1], resamples=0)
        >>> round(found.law.a, 3), round(found.law.b, 3)
        (0.249, 0.686)
        """
        n, c = _counts(attempts, successes)
        n, c = np.broadcast_arrays(n, c)
        n, c = n.ravel(), c.ravel()
        if len(n) < _FEWEST_PROBLEMS:
            raise CurveshiftError(f"{len(n)} problems: at least {_FEWEST_PROBLEMS} are needed", "BetaSuccess")
        if np.all((c == 0) | (c == n)):
            raise CurveshiftError(
                "every problem is solved always or never: the distribution between is not identified; make more"
                " attempts on each",
                "BetaSuccess",
            )
        kinds, member = np.unique(np.column_stack([n, c]), axis=0, return_inverse=True)
        counts = np.bincount(member.ravel(), minlength=len(kinds)).astype(np.float64)
        best, likelihood, certain = _likeliest(kinds, counts[None, :], np.zeros((1, 2)))
        draws = None
        told = [] if certain[0] else ["the optimum is not certified"]
        if resamples:
            parts, lost = [], 0
            for block, first in enumerate(range(0, resamples, _BLOCK)):
                rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, block])))
                drawn = rng.multinomial(len(n), counts / counts.sum(), size=_BLOCK)
                drawn = drawn[: min(_BLOCK, resamples - first)].astype(np.float64)
                ends, _, arrived = _likeliest(
                    kinds, drawn.astype(np.float64), np.repeat(np.log(best), len(drawn), axis=0)
                )
                parts.append(ends)
                lost += int(np.sum(~arrived))
            draws = np.concatenate(parts)
            if lost:
                told.append(f"{lost} of {resamples} resampled fits did not converge; they are kept")
        return BetaFit(
            BetaSuccess(float(best[0, 0]), float(best[0, 1])), float(likelihood[0]), n, c, draws, tuple(told)
        )


@dataclass(frozen=True, eq=False)
class BetaFit:
    """A fitted distribution of success over problems.

    Attributes
    ----------
    law : BetaSuccess
    log_likelihood : float
    attempts, successes : array, shape (problems,)
    resamples : array, shape (R, 2), or None
    warnings : tuple of str
    """

    law: BetaSuccess
    log_likelihood: float
    attempts: Floats
    successes: Floats
    resamples: Floats | None
    warnings: tuple[str, ...]

    def interval(self, level: float = 0.9) -> dict[str, tuple[float, float]]:
        """Percentile interval of each shape."""
        low, high = np.quantile(self._draws(), (0.5 - 0.5 * level, 0.5 + 0.5 * level), axis=0)
        return {name: (float(low[j]), float(high[j])) for j, name in enumerate(("a", "b"))}

    def coverage(self, k: ArrayLike, *, interval: float | None = None) -> Any:
        """Expected coverage at k attempts, with an interval where asked for.

        Returns
        -------
        array, or (array, low, high)
        """
        samples = np.asarray(k, dtype=np.float64)
        centre = self.law.coverage(samples)
        if interval is None:
            return centre
        curves = _coverage(self._draws(), samples)
        low, high = np.quantile(curves, (0.5 - 0.5 * interval, 0.5 + 0.5 * interval), axis=0)
        return centre, low, high

    def unsolved(self) -> tuple[int, float]:
        """Problems without a success, and how many the fit expects: a check of its lower end."""
        expected = 1.0 - _coverage(np.array([[self.law.a, self.law.b]]), self.attempts)[0]
        return int(np.sum(self.successes == 0)), float(np.sum(expected))

    def sources(self) -> Sequence[str]:
        """Where the form comes from."""
        return (self.law.source,)

    def _draws(self) -> Floats:
        if self.resamples is None:
            raise CurveshiftError("this fit has no resamples: fit with resamples=1000", "BetaFit")
        return self.resamples


def _counts(attempts: ArrayLike, successes: ArrayLike) -> tuple[Floats, Floats]:
    n, c = np.asarray(attempts, dtype=np.float64), np.asarray(successes, dtype=np.float64)
    both = np.broadcast_arrays(n, c)
    whole = all((np.isfinite(v) & (v == np.round(v))).all() for v in both)
    if not whole or not ((both[0] >= 1) & (both[1] >= 0) & (both[1] <= both[0])).all():
        raise CurveshiftError(
            "attempts and successes must be whole numbers, with at least one attempt and no more successes than"
            " attempts",
            "counts",
        )
    return n, c


def _coverage(shapes: Floats, k: Floats) -> Floats:
    """1 − B(a, b + k) / B(a, b) of each row of shapes, shape (R, ...)."""
    from scipy.special import betaln

    a, b = (shapes[:, j].reshape(-1, *([1] * k.ndim)) for j in range(2))
    covered: Floats = -np.expm1(betaln(a, b + k) - betaln(a, b))
    return covered


def _likeliest(kinds: Floats, counts: Floats, start: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Maximise the beta-binomial likelihood in (log a, log b) by Newton steps.

    `kinds` holds the distinct (attempts, successes), shape (K, 2), and `counts` how often each was seen, (R, K).
    Returns shapes (R, 2), likelihoods and whether each arrived.
    """
    from scipy.special import betaln, digamma, gammaln, polygamma

    n, c = kinds[:, 0], kinds[:, 1]
    constant = gammaln(n + 1.0) - gammaln(c + 1.0) - gammaln(n - c + 1.0)

    def likelihood(x: Floats) -> Floats:
        a, b = np.exp(x[:, [0]]), np.exp(x[:, [1]])
        each = constant + betaln(a + c, b + n - c) - betaln(a, b)
        summed: Floats = np.sum(counts * each, axis=1)
        return summed

    x = start.copy()
    here = likelihood(x)
    damping = np.full(len(x), 1e-3)
    arrived = np.zeros(len(x), dtype=bool)
    for _ in range(_STEPS):
        a, b = np.exp(x[:, [0]]), np.exp(x[:, [1]])
        common = digamma(a + b) - digamma(a + b + n)
        by_a = np.sum(counts * (digamma(a + c) - digamma(a) + common), axis=1)
        by_b = np.sum(counts * (digamma(b + n - c) - digamma(b) + common), axis=1)
        bend = polygamma(1, a + b) - polygamma(1, a + b + n)
        by_aa = np.sum(counts * (polygamma(1, a + c) - polygamma(1, a) + bend), axis=1)
        by_bb = np.sum(counts * (polygamma(1, b + n - c) - polygamma(1, b) + bend), axis=1)
        by_ab = np.sum(counts * bend, axis=1)
        a, b = a[:, 0], b[:, 0]
        gradient = np.stack([a * by_a, b * by_b], axis=1)
        hessian = -np.stack(
            [
                np.stack([a * a * by_aa + gradient[:, 0], a * b * by_ab], axis=1),
                np.stack([a * b * by_ab, b * b * by_bb + gradient[:, 1]], axis=1),
            ],
            axis=1,
        )
        # Where the likelihood is not concave in the logarithms, the squared diagonal keeps the step uphill.
        lowest = np.linalg.eigvalsh(hessian)[:, 0]
        size = np.abs(np.einsum("rii->ri", hessian)).max(axis=1) + 1e-12
        lift = np.maximum(0.0, 1e-6 * size - lowest) + damping * size
        step = np.linalg.solve(hessian + lift[:, None, None] * np.eye(2), gradient[:, :, None])[:, :, 0]
        step = np.clip(step, -2.0, 2.0)
        gain = np.sum(gradient * step, axis=1)
        trial = np.clip(x + step, -_LARGEST_LOG, _LARGEST_LOG)
        there = likelihood(trial)
        better = there >= here - 1e-13 * np.abs(here)
        arrived |= better & (gain <= 1e-12 * np.maximum(np.abs(here), 1.0)) & (lowest > 0.0)
        x = np.where(better[:, None], trial, x)
        here = np.where(better, there, here)
        damping = np.where(better, damping * 0.1, np.maximum(damping * 10.0, 1e-6))
        if arrived.all():
            break
    # A shape at the end of the search is a spike, not a distribution.
    arrived &= (np.abs(x) < _LARGEST_LOG - 1.0).all(axis=1)
    return np.exp(x), here, arrived
