"""Sums whose answers are checked exactly, in the same vocabulary as the language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from .language import EQUALS, FIRST_DIGIT, PLUS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Tokens = NDArray[np.int32]

PROMPT: Final = 6
"""Tokens of a question: two digits, plus, two digits, equals."""
ANSWER: Final = 3
"""Digits of an answer, units first, so that each digit needs only what is already written."""
PROBLEM: Final = PROMPT + ANSWER
_HELD_OUT: Final = 10
"""One in so many pairs of numbers is kept for evaluation and never trained on."""


def pairs(held_out: bool) -> NDArray[np.int64]:
    """All pairs of numbers below 100 for training, or those kept for evaluation, shape (n, 2)."""
    every = np.arange(10_000)
    # A fixed shuffle: which sums are held out is part of the task, not of a seed.
    kept = np.random.Generator(np.random.Philox(20_250_120)).permutation(10_000) % _HELD_OUT == 0
    chosen = every[kept if held_out else ~kept]
    return np.column_stack([chosen // 100, chosen % 100])


def prompts(numbers: NDArray[np.int64]) -> Tokens:
    """Questions of pairs of numbers, shape (n, PROMPT).

    Examples
    --------
    >>> (prompts(np.array([[7, 58]]))[0] - FIRST_DIGIT).tolist()
    [0, 7, 10, 5, 8, 11]
    """
    a, b = numbers.T
    digits = [a // 10, a % 10, b // 10, b % 10]
    d = [FIRST_DIGIT + x for x in digits]
    n = len(numbers)
    return np.column_stack([d[0], d[1], np.full(n, PLUS), d[2], d[3], np.full(n, EQUALS)]).astype(np.int32)


def answers(numbers: NDArray[np.int64]) -> Tokens:
    """The right answers, units first, shape (n, ANSWER).

    Examples
    --------
    >>> (answers(np.array([[7, 58]]))[0] - FIRST_DIGIT).tolist()
    [5, 6, 0]
    """
    total = numbers.sum(axis=1)
    return (FIRST_DIGIT + np.column_stack([total % 10, total // 10 % 10, total // 100])).astype(np.int32)


def solved(documents: int, length: int, sloppy: float, rng: np.random.Generator) -> Tokens:
    """Documents of solved problems one after another, a share of them with a wrong answer.

    Parameters
    ----------
    documents, length : int
    sloppy : float
        Share of answers in which each digit is drawn at random.
    rng : numpy.random.Generator

    Returns
    -------
    array of int32, shape (documents, length)
    """
    each = -(-length // PROBLEM)
    known = pairs(held_out=False)
    numbers = known[rng.integers(len(known), size=documents * each)]
    answer = answers(numbers)
    wrong = rng.random(len(numbers)) < sloppy
    answer[wrong] = rng.integers(FIRST_DIGIT, FIRST_DIGIT + 10, size=(int(wrong.sum()), ANSWER))
    rows = np.concatenate([prompts(numbers), answer], axis=1)
    return rows.reshape(documents, each * PROBLEM)[:, :length]
