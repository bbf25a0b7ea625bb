"""Streams of documents: language with a share of noise and of solved problems, filtered where a recipe says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from .language import FIRST_DIGIT, FIRST_LETTER, START, VOCABULARY, Language
from .problems import of_kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .settings import Corpus

    Tokens = NDArray[np.int32]
    Floats = NDArray[np.float64]

BLOCK: Final = 2_048
"""Documents drawn at once."""
_REFERENCE: Final = 512
"""Documents known to be clean, from which the filter learns."""
_TRAINING_STREAM: Final = 1_000_003
_REFERENCE_STREAM: Final = 15_485_863
_TEST_STREAM: Final = 104_729


def documents(corpus: Corpus, filtered: bool, seed: int) -> Iterator[Tokens]:
    """Blocks of documents in the order of training, without end.

    Parameters
    ----------
    corpus : Corpus
    filtered : bool
        Whether documents that look like noise are left out.
    seed : int

    Yields
    ------
    array of int32, shape (at most BLOCK, length)
    """
    language, length, problems = corpus.language, corpus.length, of_kind(corpus.kind)
    scores = bigram_scores(language, length) if filtered else None
    block = 0
    while True:
        found = language.sample(BLOCK, length, seed=_TRAINING_STREAM + seed, first=block * BLOCK)
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 4, block])))
        kind = rng.random(BLOCK)
        noisy, solved = kind < corpus.noise, kind >= 1.0 - corpus.problems
        found[noisy] = language.noise(int(noisy.sum()), length, seed=int(rng.integers(2**31)))
        found[solved] = problems.solved(int(solved.sum()), length, corpus.sloppy, rng)
        if scores is not None:
            # Problems are no noise of the kind that is looked for.
            found = found[solved | looks_clean(found, scores)]
        yield found
        block += 1


def bigram_scores(language: Language, length: int) -> Floats:
    """Log probability of a token after another in clean documents over that at random, (vocabulary, vocabulary)."""
    clean = language.sample(_REFERENCE, length, seed=language.seed + _REFERENCE_STREAM)
    counts = np.full((VOCABULARY, VOCABULARY), 0.1)
    np.add.at(counts, (clean[:, :-1].ravel(), clean[:, 1:].ravel()), 1.0)
    share = counts / counts.sum(axis=1, keepdims=True)
    scores: Floats = np.log(share * (FIRST_DIGIT - FIRST_LETTER))
    # Digits are no noise of the kind that is looked for.
    scores[FIRST_DIGIT:, :] = 1.0
    scores[:, FIRST_DIGIT:] = 1.0
    return scores


def looks_clean(found: Tokens, scores: Floats) -> NDArray[np.bool_]:
    """Which documents a bigram model of clean ones likes better than chance, shape (n,)."""
    liked: NDArray[np.bool_] = scores[found[:, :-1], found[:, 1:]].sum(axis=1) > 0.0
    return liked


def held_out(corpus: Corpus, count: int) -> Tokens:
    """Clean documents of language that no run trains on, the same for all runs, shape (count, length)."""
    return corpus.language.sample(count, corpus.length, seed=corpus.language.seed + _TEST_STREAM)


def asked(tokens: Tokens) -> Tokens:
    """What a model sees before each token: the document moved by one, after the token of the start."""
    return np.concatenate([np.full((len(tokens), 1), START, tokens.dtype), tokens[:, :-1]], axis=1)
