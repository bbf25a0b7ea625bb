"""The floor of the loss, against enumeration of every document of a tiny language by other code."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pytest

from curveshift.errors import CurveshiftError
from curveshift.lab.corpus import bigram_scores, documents, looks_clean
from curveshift.lab.language import (
    BRACKETS,
    DEPTH,
    FIRST_CLOSE,
    FIRST_DIGIT,
    FIRST_LETTER,
    FIRST_OPEN,
    Language,
)
from curveshift.lab.settings import Corpus


def enumerated(language: Language, length: int) -> dict[tuple[int, ...], float]:
    """Probability of every document, by writing out all that the grammar can do, topic by topic."""
    weight = [(r + 1 + language.shift) ** -(1 + language.tail) for r in range(language.words)]
    found: dict[tuple[int, ...], float] = defaultdict(float)
    for topic in range(language.topics):
        mine = [w * (language.boost if r % language.topics == topic else 1.0) for r, w in enumerate(weight)]
        words = []
        for rank, w in enumerate(mine):
            number, letters = int(language.spelling[rank]), []
            for _ in range(language.word_length):
                letters.append(FIRST_LETTER + number % language.letters)
                number //= language.letters
            words.append((tuple(reversed(letters)), w / sum(mine)))

        def write(text: tuple[int, ...], open_: tuple[int, ...], p: float, words=words) -> None:
            if len(text) >= length:
                found[text[:length]] += p / language.topics
                return
            opens = language.opens if len(open_) < DEPTH else 0.0
            closes = language.closes if open_ else 0.0
            for kind in range(BRACKETS) if opens else ():
                write((*text, FIRST_OPEN + kind), (*open_, kind), p * opens / BRACKETS)
            if closes:
                write((*text, FIRST_CLOSE + open_[-1]), open_[:-1], p * closes)
            for word, share in words:
                write((*text, *word), open_, p * (1.0 - opens - closes) * share)

        write((), (), 1.0)
    return found


@pytest.mark.parametrize("topics", [1, 2])
def test_surprisal_is_that_of_every_document_written_out(topics: int) -> None:
    language = Language(words=3, letters=2, word_length=2, topics=topics, shift=0.0)
    known = enumerated(language, 5)
    assert sum(known.values()) == pytest.approx(1.0)
    texts = np.array(list(known), np.int32)
    p = np.array(list(known.values()))
    np.testing.assert_allclose(language.surprisal(texts).sum(axis=1), -np.log(p), rtol=1e-12)


def test_exact_entropy_is_that_of_all_documents() -> None:
    language = Language(words=3, letters=2, word_length=2, topics=1, shift=0.0)
    p = np.array(list(enumerated(language, 5).values()))
    assert language.entropy(5).value == pytest.approx(-float(p @ np.log(p)) / 5, rel=1e-12)


def test_sampled_entropy_agrees_with_the_exact_one() -> None:
    language = Language(words=500, topics=1)
    found = language.surprisal(language.sample(2_048, 32, seed=5)).mean(axis=1)
    error = found.std() / math.sqrt(len(found))
    assert abs(found.mean() - language.entropy(32).value) < 4.0 * error
    # The test of the test: another language must not agree.
    assert abs(found.mean() - Language(words=400, topics=1).entropy(32).value) > 4.0 * error


def test_a_uniform_lexicon_has_the_entropy_of_its_size() -> None:
    language = Language(words=1_024, tail=1e-9, shift=1e12, topics=1, opens=0.0, closes=0.0)
    assert language.entropy(4).value == pytest.approx(math.log(1_024) / 4, rel=1e-6)


def test_any_part_of_a_stream_can_be_drawn_alone() -> None:
    language = Language(words=100)
    whole = language.sample(2_100, 16, seed=3)
    np.testing.assert_array_equal(language.sample(60, 16, seed=3, first=2_020), whole[2_020:2_080])


def test_what_the_grammar_cannot_write_is_infinitely_surprising() -> None:
    text = np.full((1, 3), FIRST_CLOSE, np.int32)
    assert np.isinf(Language(words=10).surprisal(text)[0, 0])


def test_the_filter_keeps_language_and_drops_noise() -> None:
    language = Language(words=2_000)
    scores = bigram_scores(language, 64)
    assert looks_clean(language.sample(500, 64, seed=11), scores).mean() > 0.98
    assert looks_clean(language.noise(500, 64, seed=12), scores).mean() < 0.02


def test_a_corpus_holds_the_shares_that_it_says() -> None:
    corpus = Corpus(language=Language(words=100), noise=0.2, problems=0.3)
    found = next(documents(corpus, False, 0))
    sums = (found >= FIRST_DIGIT).all(axis=1)
    possible = np.isfinite(corpus.language.surprisal(found).sum(axis=1))
    assert sums.mean() == pytest.approx(0.3, abs=0.05)
    assert possible.mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    "wrong", [{"words": 0}, {"letters": 40}, {"tail": 0.0}, {"opens": 0.8, "closes": 0.4}]
)
def test_an_impossible_language_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(CurveshiftError, match=r"give|above|sum"):
        Language(**wrong)
