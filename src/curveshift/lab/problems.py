"""Problems whose answers are checked exactly, in the vocabulary of the language: sums and simple proofs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import unknown_name

from .language import EQUALS, FIRST_DIGIT, FIRST_LETTER, PLUS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Tokens = NDArray[np.int32]

KINDS: Final = ("sums", "proofs")
NOTHING: Final = -1
"""In a table of right answers: no further one. It equals no token, so that nothing written can be it."""
HELD_OUT: Final = 8
"""One in so many questions is kept for evaluation and never trained on."""

BASE: Final = 10
DIGITS: Final = 3
"""Of a number and of the answer, written units first, so that a digit needs only what is already written."""
ADDENDS: Final = 5
"""The second number is below it: sums of two free digits, taken modulo the base, say nothing of either one alone, and
small transformers take very long to find them."""

STATEMENTS: Final = 24
"""Of proofs: the first letters of the language."""
IMPLIES: Final = 3
"""Other letters that a letter implies."""
STEPS: Final = 3
"""Of a proof."""


@dataclass(frozen=True, eq=False)
class Problems:
    """All questions of a kind, with every right answer to each.

    Attributes
    ----------
    name : str
        One of `KINDS`.
    prompts : array of int32, shape (questions, tokens)
    solutions : array of int32, shape (questions, ways, tokens)
        Right answers; `NOTHING` where a question has fewer than others.
    symbols : range
        Tokens that a wrong answer is drawn from.

    Examples
    --------
    >>> sums = of_kind("sums")
    >>> len(sums.questions(held_out=True)), len(sums.questions(held_out=False)), sums.length
    (622, 4353, 9)
    """

    name: str
    prompts: Tokens
    solutions: Tokens
    symbols: range

    @property
    def prompt(self) -> int:
        """Tokens of a question."""
        return int(self.prompts.shape[1])

    @property
    def answer(self) -> int:
        """Tokens of an answer."""
        return int(self.solutions.shape[2])

    @property
    def ways(self) -> int:
        """The most right answers that a question has."""
        return int(self.solutions.shape[1])

    @property
    def length(self) -> int:
        """Tokens of a question and its answer."""
        return self.prompt + self.answer

    def questions(self, held_out: bool) -> NDArray[np.int64]:
        """Rows of the questions for training, or of those kept for evaluation, shape (n,).

        Which are kept is part of the task, not of a seed.
        """
        count = len(self.prompts)
        kept = np.random.Generator(np.random.Philox(HELD_OUT)).permutation(count) % HELD_OUT == 0
        return np.flatnonzero(kept if held_out else ~kept)

    def right(self, question: int, answer: Iterable[int]) -> bool:
        """Whether an answer is right.

        Parameters
        ----------
        question : int
            Its row.
        answer : iterable of int

        Examples
        --------
        >>> sums = of_kind("sums")
        >>> written = [FIRST_DIGIT + d for d in (2, 0, 3)]
        >>> sums.right(298 * ADDENDS + 4, written), sums.right(298 * ADDENDS + 3, written)
        (True, False)
        """
        return bool((self.solutions[question] == np.array(list(answer))).all(axis=1).any())

    def solved(self, documents: int, length: int, sloppy: float, rng: np.random.Generator) -> Tokens:
        """Documents of solved problems one after another, a share of them with a wrong answer.

        Parameters
        ----------
        documents, length : int
        sloppy : float
            Share of answers whose tokens are drawn at random.
        rng : numpy.random.Generator

        Returns
        -------
        array of int32, shape (documents, length)
        """
        each = -(-length // self.length)
        known = self.questions(held_out=False)
        asked = known[rng.integers(len(known), size=documents * each)]
        answer = self.solutions[asked, self._way(asked, rng)]
        wrong = rng.random(len(asked)) < sloppy
        answer[wrong] = rng.integers(
            self.symbols.start, self.symbols.stop, size=(int(wrong.sum()), self.answer)
        )
        rows = np.concatenate([self.prompts[asked], answer], axis=1)
        return rows.reshape(documents, each * self.length)[:, :length]

    def _way(self, asked: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """One right answer to each question, all of a question equally likely."""
        if self.ways == 1:
            return np.zeros(len(asked), np.int64)
        counts = (self.solutions[:, :, 0] != NOTHING).sum(axis=1)
        found: NDArray[np.int64] = rng.integers(counts[asked])
        return found


def of_kind(name: str) -> Problems:
    """The problems of a kind.

    Raises
    ------
    CurveshiftError
        For a kind that is not known, with those that are.
    """
    if name not in KINDS:
        raise unknown_name("kind of problems", name, KINDS)
    return _sums() if name == "sums" else _proofs()


@cache
def _sums() -> Problems:
    """Sums such as 298 + 4 = 302, digit by digit, each with one answer."""
    every = np.arange((BASE**DIGITS - ADDENDS) * ADDENDS)
    a, b = every // ADDENDS, every % ADDENDS
    plus, equals = np.full((len(every), 1), PLUS), np.full((len(every), 1), EQUALS)
    prompts = np.concatenate([_written(a, DIGITS), plus, _written(b, 1), equals], axis=1).astype(np.int32)
    return Problems("sums", prompts, _written(a + b, DIGITS)[:, None], range(FIRST_DIGIT, FIRST_DIGIT + BASE))


def _written(numbers: NDArray[np.int64], digits: int) -> Tokens:
    """Digits of numbers as tokens, units first."""
    places = BASE ** np.arange(digits)
    return (FIRST_DIGIT + numbers[:, None] // places % BASE).astype(np.int32)


def axioms() -> NDArray[np.int64]:
    """The letters that each letter implies, from 0, shape (STATEMENTS, IMPLIES); part of the task, not of a seed.

    Each letter is implied by as many others, so that none is a better guess than another.

    Examples
    --------
    >>> table = axioms()
    >>> table.shape, set(np.bincount(table.ravel()).tolist())
    ((24, 3), {3})
    """
    rng = np.random.Generator(np.random.Philox(STATEMENTS))
    while True:
        found = np.column_stack([rng.permutation(STATEMENTS) for _ in range(IMPLIES)])
        different = all(len({i, *row}) == IMPLIES + 1 for i, row in enumerate(found.tolist()))
        if different:
            return found


@cache
def _proofs() -> Problems:
    """Chains of letters from a start to a goal, each following from the last by an axiom; any such chain is right."""
    follows = axioms()
    # All chains of STEPS letters after a start, shape (STATEMENTS * IMPLIES ** STEPS, 1 + STEPS).
    chains = np.arange(STATEMENTS)[:, None]
    for _ in range(STEPS):
        chains = np.concatenate(
            [np.repeat(chains, IMPLIES, axis=0), follows[chains[:, -1]].reshape(-1, 1)], axis=1
        )
    pair = chains[:, 0] * STATEMENTS + chains[:, -1]
    asked, place, counts = np.unique(pair, return_inverse=True, return_counts=True)
    solutions = np.full((len(asked), int(counts.max()), STEPS), NOTHING, np.int32)
    order = np.argsort(place, kind="stable")
    way = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    solutions[place[order], way] = FIRST_LETTER + chains[order, 1:]
    letters = FIRST_LETTER + np.column_stack([asked // STATEMENTS, asked % STATEMENTS])
    prompts = np.column_stack([letters, np.full(len(asked), EQUALS)]).astype(np.int32)
    return Problems("proofs", prompts, solutions, range(FIRST_LETTER, FIRST_LETTER + STATEMENTS))
