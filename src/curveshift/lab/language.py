"""A seeded language whose entropy is known: words with a Zipf tail, hidden topics, and brackets that must agree."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Tokens = NDArray[np.int32]

START: Final = 0
"""The token before every document; it is never predicted."""
LETTERS: Final = 32
BRACKETS: Final = 4
FIRST_LETTER: Final = 1
FIRST_OPEN: Final = FIRST_LETTER + LETTERS
FIRST_CLOSE: Final = FIRST_OPEN + BRACKETS
FIRST_DIGIT: Final = FIRST_CLOSE + BRACKETS
PLUS: Final = FIRST_DIGIT + 10
EQUALS: Final = PLUS + 1
VOCABULARY: Final = EQUALS + 1
"""Token numbers: start, letters, opening and closing brackets, digits, plus, equals."""
DEPTH: Final = 2
"""Brackets that may be open at once."""
_SAMPLE: Final = 20_000
_BLOCK: Final = 2_048
"""Documents are drawn in blocks, each with a stream of its own, so that any part can be drawn alone."""


@dataclass(frozen=True)
class Entropy:
    """Entropy per token of documents of one length, averaged over their positions.

    Attributes
    ----------
    value : float
        Nat per token: no model that sees a document from its start can have a lower expected loss.
    error : float
        Standard error; zero where the value is exact.
    """

    value: float
    error: float


@dataclass(frozen=True)
class Language:
    """A probabilistic grammar over words of letters.

    At each word boundary a document opens a bracket, closes the innermost one with the bracket of its type, or writes
    a word. Words have frequencies (rank + shift)^-(1 + tail) (Zipf-Mandelbrot), and each document has a hidden topic
    whose words are more frequent in it. What comes next is therefore known up to the topic from what came before, and
    the entropy follows from the forward algorithm over topics.

    Parameters
    ----------
    seed : int
        Which letters spell which word.
    words : int
        At most letters ** word_length.
    tail : float
        Above 0. The words beyond the n most frequent make up a share of about n^-tail: a model that knows n words
        has an excess loss of this order.
    shift : float
        Of the Zipf-Mandelbrot law, at least 0.
    topics : int
    boost : float
        How much more frequent the words of the topic are.
    opens, closes : float
        Probability at a boundary of opening a bracket, and of closing one, where it is possible.
    letters, word_length : int

    Examples
    --------
    >>> tiny = Language(words=8, letters=2, word_length=3, topics=1)
    >>> tiny.sample(2, 6, seed=1).shape
    (2, 6)
    >>> tiny.entropy(6).error
    0.0
    """

    seed: int = 0
    words: int = 32_768
    tail: float = 0.5
    shift: float = 4.0
    topics: int = 4
    boost: float = 4.0
    opens: float = 0.1
    closes: float = 0.25
    letters: int = LETTERS
    word_length: int = 4

    def __post_init__(self) -> None:
        most = self.letters**self.word_length
        if not 2 <= self.letters <= LETTERS:
            raise CurveshiftError(f"{self.letters} letters: give 2 to {LETTERS}", "language.letters")
        if not 1 <= self.words <= most:
            raise CurveshiftError(f"{self.words} words: give 1 to {most:,}", "language.words")
        if not self.tail > 0.0:
            raise CurveshiftError(f"{self.tail:g} is outside its range: above 0", "language.tail")
        if not (0.0 <= self.opens < 1.0 and self.closes >= 0.0 and self.opens + self.closes < 1.0):
            raise CurveshiftError(
                "probabilities of brackets must be 0 or more and sum to less than 1", "language"
            )

    @cached_property
    def spelling(self) -> NDArray[np.int64]:
        """The word of each rank as a number in base `letters`, shape (words,)."""
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([self.seed, 1])))
        return rng.choice(self.letters**self.word_length, self.words, replace=False).astype(np.int64)

    @cached_property
    def frequency(self) -> Floats:
        """Probability of each word by topic, shape (topics, words); rows sum to 1."""
        rank = np.arange(self.words, dtype=np.float64)
        weight = (rank + 1.0 + self.shift) ** -(1.0 + self.tail)
        mine = (np.arange(self.words) % self.topics)[None, :] == np.arange(self.topics)[:, None]
        by_topic = weight * np.where(mine, self.boost, 1.0)
        shares: Floats = by_topic / by_topic.sum(axis=1, keepdims=True)
        return shares

    @cached_property
    def prefixes(self) -> tuple[Floats, ...]:
        """Probability that a word begins with given letters: by length 0 to word_length, (topics, letters**length)."""
        whole = np.zeros((self.topics, self.letters**self.word_length))
        whole[:, self.spelling] = self.frequency
        found = [whole]
        for _ in range(self.word_length):
            found.append(found[-1].reshape(self.topics, -1, self.letters).sum(axis=2))
        return tuple(found[::-1])

    def sample(self, documents: int, length: int, seed: int, first: int = 0) -> Tokens:
        """Draw documents.

        Parameters
        ----------
        documents, length : int
            How many, and tokens of each.
        seed : int
            Of the stream.
        first : int
            Number of the first document in the stream.

        Returns
        -------
        array of int32, shape (documents, length)
            Documents `first` and following of the stream, whatever else is drawn from it.
        """
        blocks = range(first // _BLOCK, (first + documents - 1) // _BLOCK + 1)
        drawn = np.concatenate([self._block(length, seed, block) for block in blocks])
        skipped = first - blocks[0] * _BLOCK
        return drawn[skipped : skipped + documents]

    def _block(self, length: int, seed: int, block: int) -> Tokens:
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 2, block])))
        n = _BLOCK
        topic = rng.integers(self.topics, size=n)
        cumulative = np.cumsum(self.frequency, axis=1)
        stack = np.zeros((n, DEPTH), dtype=np.int64)
        depth = np.zeros(n, dtype=np.int64)
        word, left = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        out = np.empty((n, length), dtype=np.int32)
        rows = np.arange(n)
        for t in range(length):
            event, kind, pick = rng.random(n), rng.integers(BRACKETS, size=n), rng.random(n)
            free = left == 0
            opening = free & (depth < DEPTH) & (event < self.opens)
            closing = free & (depth > 0) & (event >= 1.0 - self.closes)
            wording = free & ~opening & ~closing
            for z in range(self.topics):
                chosen = wording & (topic == z)
                rank = np.searchsorted(cumulative[z], pick[chosen], side="right")
                word[chosen] = self.spelling[np.minimum(rank, self.words - 1)]
            left[wording] = self.word_length
            out[opening, t] = FIRST_OPEN + kind[opening]
            stack[rows[opening], depth[opening]] = kind[opening]
            depth[opening] += 1
            depth[closing] -= 1
            out[closing, t] = FIRST_CLOSE + stack[rows[closing], depth[closing]]
            writing = left > 0
            left[writing] -= 1
            out[writing, t] = FIRST_LETTER + word[writing] // self.letters ** left[writing] % self.letters
        return out

    def surprisal(self, tokens: Tokens) -> Floats:
        """Minus log probability of each token given those before it, by the forward algorithm over topics.

        Parameters
        ----------
        tokens : array of int, shape (n, length)
            Documents from their start.

        Returns
        -------
        array, shape (n, length)
            Nats; infinite for what the grammar cannot write.
        """
        n, length = tokens.shape
        rows = np.arange(n)
        belief = np.full((n, self.topics), 1.0 / self.topics)
        stack = np.zeros((n, DEPTH), dtype=np.int64)
        depth, prefix, at = (np.zeros(n, dtype=np.int64) for _ in range(3))
        out = np.empty((n, length))
        for t in range(length):
            x = tokens[:, t].astype(np.int64)
            letter = x - FIRST_LETTER
            boundary = at == 0
            may_open = boundary & (depth < DEPTH)
            may_close = boundary & (depth > 0)
            bracket = np.zeros(n)
            opening = may_open & (x >= FIRST_OPEN) & (x < FIRST_OPEN + BRACKETS)
            bracket[opening] = self.opens / BRACKETS
            inner = stack[rows, np.maximum(depth - 1, 0)]
            closing = may_close & (x == FIRST_CLOSE + inner)
            bracket[closing] = self.closes
            by_topic = np.repeat(bracket[:, None], self.topics, axis=1)
            writing = (letter >= 0) & (letter < self.letters)
            word = 1.0 - np.where(may_open, self.opens, 0.0) - np.where(may_close, self.closes, 0.0)
            for j in range(self.word_length):
                mine = writing & (at == j)
                here = prefix[mine] * self.letters + letter[mine]
                before, after = self.prefixes[j][:, prefix[mine]], self.prefixes[j + 1][:, here]
                share = np.divide(after, before, out=np.zeros_like(after), where=before > 0.0)
                by_topic[mine] = (share * (word[mine] if j == 0 else 1.0)).T
            joint = belief * by_topic
            total = joint.sum(axis=1)
            with np.errstate(divide="ignore"):
                out[:, t] = -np.log(total)
            belief = np.divide(joint, total[:, None], out=belief, where=total[:, None] > 0.0)
            stack[rows[opening], depth[opening]] = x[opening] - FIRST_OPEN
            depth += opening.astype(np.int64) - closing.astype(np.int64)
            prefix = np.where(writing, prefix * self.letters + letter, 0)
            at = np.where(writing, at + 1, 0)
            ended = at == self.word_length
            prefix[ended], at[ended] = 0, 0
        return out

    def entropy(self, length: int, documents: int = _SAMPLE) -> Entropy:
        """The floor of the loss on documents of a length, averaged over positions from the first on.

        With one topic it is a finite sum; with more it is the mean surprisal of documents drawn from the language.

        Parameters
        ----------
        length : int
            Tokens of a document, which is the context of the model.
        documents : int
            To draw where the value is not exact.

        Returns
        -------
        Entropy
        """
        if self.topics == 1:
            return Entropy(self._exact(length), 0.0)
        # A stream of its own: no run trains on these documents.
        found = self.surprisal(self.sample(documents, length, seed=self.seed + 7_919)).mean(axis=1)
        return Entropy(float(found.mean()), float(found.std(ddof=1) / np.sqrt(documents)))

    def _exact(self, length: int) -> float:
        """Sum over states (open brackets, letters of the word so far) of probability times entropy."""
        steps = []
        for j in range(self.word_length):
            before, after = _plogp(self.prefixes[j]), _plogp(self.prefixes[j + 1])
            steps.append(before - after)
        state = np.zeros((DEPTH + 1, self.word_length))
        state[0, 0] = 1.0
        total = 0.0
        for _ in range(length):
            moved = np.zeros_like(state)
            for d in range(DEPTH + 1):
                opens = self.opens if d < DEPTH else 0.0
                closes = self.closes if d > 0 else 0.0
                word = 1.0 - opens - closes
                events = np.array([opens / BRACKETS] * BRACKETS + [closes, word])
                at_boundary = -_plogp(events) + word * steps[0]
                total += state[d, 0] * at_boundary + float(state[d, 1:] @ np.array(steps[1:]))
                if opens:
                    moved[d + 1, 0] += state[d, 0] * opens
                if closes:
                    moved[d - 1, 0] += state[d, 0] * closes
                moved[d, 1 % self.word_length] += state[d, 0] * word
                for j in range(1, self.word_length):
                    moved[d, (j + 1) % self.word_length] += state[d, j]
            state = moved
        return float(total / length)

    def unigram_entropy(self, length: int, documents: int = _BLOCK) -> float:
        """Entropy of one token without any context, nats: a model above it has learned nothing."""
        tokens = self.sample(documents, length, seed=self.seed + 7_919)
        share = np.bincount(tokens.ravel(), minlength=VOCABULARY) / tokens.size
        return float(-_plogp(share))

    def noise(self, documents: int, length: int, seed: int) -> Tokens:
        """Documents without any structure: letters and brackets at random, shape (documents, length)."""
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 3])))
        return rng.integers(FIRST_LETTER, FIRST_DIGIT, size=(documents, length), dtype=np.int32)


def _plogp(p: Floats) -> float:
    """Sum of p log p."""
    positive = p[p > 0.0]
    return float(positive @ np.log(positive))
