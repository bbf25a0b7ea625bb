"""Estimators of indices against exact answers and against SALib."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curveshift import CurveshiftError
from curveshift.decide.indices import Indices, indices

Function = Callable[[np.ndarray], np.ndarray]


def ishigami(u: np.ndarray) -> np.ndarray:
    """With a = 7 and b = 0.1 on (-pi, pi)."""
    x = 2 * np.pi * u - np.pi
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def ishigami_answers() -> tuple[list[float], list[float]]:
    """Closed forms of Ishigami and Homma (1990)."""
    a, b, pi4 = 7.0, 0.1, math.pi**4
    own1 = 0.5 * (1 + b * pi4 / 5) ** 2
    own2 = a * a / 8
    both = b * b * pi4 * pi4 * (1 / 18 - 1 / 50)
    whole = own1 + own2 + both
    return [own1 / whole, own2 / whole, 0.0], [(own1 + both) / whole, own2 / whole, both / whole]


G_WEIGHTS = np.array([0.0, 1.0, 4.5, 9.0])


def g_function(u: np.ndarray) -> np.ndarray:
    return np.asarray(np.prod((np.abs(4 * u - 2) + G_WEIGHTS) / (1 + G_WEIGHTS), axis=1))


def g_answers(groups: list[list[int]]) -> tuple[list[float], list[float]]:
    """Sobol' (2003): a factor has variance 1 / (3 (1 + a)^2), and variances of a product multiply."""
    part = 1 / (3 * (1 + G_WEIGHTS) ** 2)
    whole = np.prod(1 + part) - 1
    first = [(np.prod(1 + part[g]) - 1) / whole for g in groups]
    total = []
    for g in groups:
        rest = [i for i in range(len(part)) if i not in g]
        total.append(1 - (np.prod(1 + part[rest]) - 1) / whole)
    return first, total


def estimated(
    f: Function, groups: list[list[int]], a: np.ndarray, b: np.ndarray, seed: int = 0
) -> tuple[Indices, ...]:
    mixed = []
    for group in groups:
        rows = a.copy()
        rows[:, group] = b[:, group]
        mixed.append(f(rows))
    return indices(f(a), f(b), mixed, seed=seed)


@pytest.mark.parametrize(
    ("f", "groups", "answers"),
    [
        (ishigami, [[0], [1], [2]], ishigami_answers()),
        (g_function, [[0], [1], [2], [3]], g_answers([[0], [1], [2], [3]])),
        (g_function, [[0, 3], [1, 2]], g_answers([[0, 3], [1, 2]])),
    ],
)
def test_indices_are_the_exact_ones(
    f: Function, groups: list[list[int]], answers: tuple[list[float], list[float]]
) -> None:
    a, b = np.random.default_rng(5).random((2, 8192, 4 if f is g_function else 3))
    for found, first, total in zip(estimated(f, groups, a, b), *answers, strict=True):
        # Half again as wide: the intervals are to hold 95 %, and there are 18 of them.
        for interval, exact in ((found.first, first), (found.total, total)):
            assert abs(interval.value - exact) < 1.5 * interval.half_width
            assert interval.half_width < 0.06
        deviation = np.sqrt(first) * f(a).std()
        assert found.spread.low - 0.02 <= deviation <= found.spread.high + 0.02


def test_a_group_that_is_everything_has_both_indices_one_and_one_that_is_nothing_zero() -> None:
    a, b = np.random.default_rng(6).random((2, 512, 3))
    whole, nothing = estimated(ishigami, [[0, 1, 2], []], a, b)
    assert whole.first.value == pytest.approx(1.0, abs=0.15)
    assert whole.total.value == pytest.approx(1.0, abs=0.15)
    assert nothing.first.value == nothing.total.value == nothing.total.high == nothing.spread.high == 0.0


# SALib 1.6.0, SALib.analyze.sobol first_order and total_order on the rows below, centred on the mean of both sets.
SALIB = [
    (0.191693656205, 0.590329461962),
    (0.450262862203, 0.430470625232),
    (-0.123563102176, 0.232171770965),
]


def recurrence(n: int, d: int) -> np.ndarray:
    """Additive recurrence of Roberts: the same numbers on any machine."""
    g = 2.0
    for _ in range(50):
        g = (1 + g) ** (1 / (d + 1))
    return np.asarray((0.5 + np.outer(np.arange(1, n + 1), (1 / g) ** np.arange(1, d + 1))) % 1)


def test_the_same_rows_give_what_salib_gives() -> None:
    u = recurrence(512, 6)
    found = estimated(ishigami, [[0], [1], [2]], u[:, :3], u[:, 3:])
    for index, (first, total) in zip(found, SALIB, strict=True):
        assert index.first.value == pytest.approx(first, abs=1e-10)
        assert index.total.value == pytest.approx(total, abs=1e-10)
    # SALib's own intervals of the same rows, half of their width, by its bootstrap.
    for index, (first, total) in zip(
        found, [(0.0756, 0.1286), (0.0745, 0.0602), (0.076, 0.0369)], strict=True
    ):
        assert index.first.half_width == pytest.approx(first, rel=0.15)
        assert index.total.half_width == pytest.approx(total, rel=0.15)


def test_intervals_hold_the_exact_index_about_as_often_as_they_say() -> None:
    first, total = g_answers([[0], [1], [2], [3]])
    held = []
    for k in range(60):
        a, b = np.random.default_rng(100 + k).random((2, 512, 4))
        for found, s, t in zip(
            estimated(g_function, [[0], [1], [2], [3]], a, b, k), first, total, strict=True
        ):
            held += [found.first.low <= s <= found.first.high, found.total.low <= t <= found.total.high]
    assert 0.88 < np.mean(held) < 0.99


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_indices_do_not_depend_on_the_unit(shift: float, scale: float) -> None:
    u = recurrence(128, 6)

    def moved(rows: np.ndarray) -> np.ndarray:
        return shift + scale * ishigami(rows)

    for plain, other in zip(
        *(estimated(f, [[0], [2]], u[:, :3], u[:, 3:]) for f in (ishigami, moved)), strict=True
    ):
        assert other.first.value == pytest.approx(plain.first.value, abs=1e-5)
        assert other.total.value == pytest.approx(plain.total.value, abs=1e-5)


def test_what_cannot_be_estimated_is_refused() -> None:
    flat = np.full(64, 3.7)
    with pytest.raises(CurveshiftError, match="the outcome does not vary"):
        indices(flat, flat, [flat])
    with pytest.raises(CurveshiftError, match="not finite"):
        indices([1.0, np.inf], [1.0, 2.0], [[1.0, 2.0]])
    with pytest.raises(CurveshiftError, match="do not belong together"):
        indices([1.0, 2.0], [1.0, 2.0], [[1.0, 2.0, 3.0]])
