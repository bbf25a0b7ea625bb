"""Sums whose answers are checked exactly, in the same vocabulary as the language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from .language import EQUALS, FIRST_DIGIT, PLUS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Tokens = NDArray[np.int32]

BASE: Final = 10
DIGITS: Final = 3
"""Of a number and of the answer, written units first, so that a digit needs only what is already written."""
ADDENDS: Final = 5
"""The second number is below it: sums of two free digits, taken modulo the base, say nothing of either one alone, and
small transformers take very long to find them."""
PROMPT: Final = DIGITS + 3
"""Tokens of a question: a number, plus, a digit, equals."""
ANSWER: Final = DIGITS
PROBLEM: Final = PROMPT + ANSWER
_NUMBERS: Final = BASE**DIGITS - ADDENDS
_HELD_OUT: Final = 8
"""One in so many pairs of numbers is kept for evaluation and never trained on."""


def pairs(held_out: bool) -> NDArray[np.int64]:
    """All pairs of numbers for training, or those kept for evaluation, shape (n, 2).

    Examples
    --------
    >>> len(pairs(held_out=True)), len(pairs(held_out=False))
    (622, 4353)
    """
    every = np.arange(_NUMBERS * ADDENDS)
    # A fixed shuffle: which sums are held out is part of the task, not of a seed.
    kept = np.random.Generator(np.random.Philox(_HELD_OUT)).permutation(len(every)) % _HELD_OUT == 0
    chosen = every[kept if held_out else ~kept]
    return np.column_stack([chosen // ADDENDS, chosen % ADDENDS])


def prompts(numbers: NDArray[np.int64]) -> Tokens:
    """Questions of pairs of numbers, shape (n, PROMPT).

    Examples
    --------
    >>> (prompts(np.array([[298, 4]]))[0] - FIRST_DIGIT).tolist()
    [8, 9, 2, 10, 4, 11]
    """
    n = len(numbers)
    a, b = _written(numbers[:, 0], DIGITS), _written(numbers[:, 1], 1)
    plus, equals = np.full((n, 1), PLUS), np.full((n, 1), EQUALS)
    return np.concatenate([a, plus, b, equals], axis=1).astype(np.int32)


def answers(numbers: NDArray[np.int64]) -> Tokens:
    """The right answers, shape (n, ANSWER).

    Examples
    --------
    >>> (answers(np.array([[298, 4]]))[0] - FIRST_DIGIT).tolist()
    [2, 0, 3]
    """
    return _written(numbers.sum(axis=1), ANSWER)


def solved(documents: int, length: int, sloppy: float, rng: np.random.Generator) -> Tokens:
    """Documents of solved problems one after another, a share of them with a wrong answer.

    Parameters
    ----------
    documents, length : int
    sloppy : float
        Share of answers whose digits are drawn at random.
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
    answer[wrong] = rng.integers(FIRST_DIGIT, FIRST_DIGIT + BASE, size=(int(wrong.sum()), ANSWER))
    rows = np.concatenate([prompts(numbers), answer], axis=1)
    return rows.reshape(documents, each * PROBLEM)[:, :length]


def _written(numbers: NDArray[np.int64], digits: int) -> Tokens:
    """Digits of numbers as tokens, units first."""
    places = BASE ** np.arange(digits)
    return (FIRST_DIGIT + numbers[:, None] // places % BASE).astype(np.int32)
