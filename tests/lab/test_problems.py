"""Problems whose answers are known otherwise: sums by arithmetic, proofs by walking along the axioms."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from curveshift.errors import CurveshiftError
from curveshift.lab.corpus import documents
from curveshift.lab.language import EQUALS, FIRST_DIGIT, FIRST_LETTER, PLUS
from curveshift.lab.problems import KINDS, NOTHING, STATEMENTS, STEPS, axioms, of_kind
from curveshift.lab.settings import Corpus

FOLLOWS = [set(row) for row in axioms().tolist()]


def proves(start: int, goal: int, chain: list[int]) -> bool:
    """Whether each letter follows from the last, read off the axioms alone."""
    return chain[-1] == goal and all(b in FOLLOWS[a] for a, b in itertools.pairwise([start, *chain]))


def test_sums_are_right_by_arithmetic() -> None:
    sums = of_kind("sums")
    digits = sums.prompts - FIRST_DIGIT
    assert (sums.prompts[:, 3] == PLUS).all()
    assert (sums.prompts[:, 5] == EQUALS).all()
    total = digits[:, :3] @ [1, 10, 100] + digits[:, 4]
    assert (total == (sums.solutions[:, 0] - FIRST_DIGIT) @ [1, 10, 100]).all()
    assert len(np.unique(sums.prompts, axis=0)) == len(sums.prompts)


def test_every_valid_proof_is_right_and_nothing_else() -> None:
    proofs = of_kind("proofs")
    rng = np.random.default_rng(0)
    for question in rng.choice(len(proofs.prompts), 5, replace=False):
        start, goal = (proofs.prompts[question, :2] - FIRST_LETTER).tolist()
        assert proofs.prompts[question, 2] == EQUALS
        chains = itertools.product(range(STATEMENTS), repeat=STEPS)
        valid = {chain for chain in chains if proves(start, goal, list(chain))}
        rows = proofs.solutions[question]
        listed = {tuple((row - FIRST_LETTER).tolist()) for row in rows if row[0] != NOTHING}
        assert listed == valid
        assert valid
        for chain in valid:
            assert proofs.right(int(question), [FIRST_LETTER + c for c in chain])
        # Where a question has fewer ways than others, the empty place is no answer.
        assert not proofs.right(int(question), [NOTHING + 1] * STEPS)


def test_all_pairs_that_can_be_proved_are_asked() -> None:
    reach = np.zeros((STATEMENTS, STATEMENTS), int)
    reach[np.arange(STATEMENTS)[:, None], axioms()] = 1
    ways = np.linalg.matrix_power(reach, STEPS)
    proofs = of_kind("proofs")
    start, goal = (proofs.prompts[:, :2] - FIRST_LETTER).T
    assert len(start) == (ways > 0).sum()
    assert ((proofs.solutions[:, :, 0] != NOTHING).sum(axis=1) == ways[start, goal]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_solved_problems_are_right_unless_sloppy(kind: str) -> None:
    problems = of_kind(kind)
    where = {tuple(prompt): i for i, prompt in enumerate(problems.prompts.tolist())}

    def right(sloppy: float) -> float:
        rows = problems.solved(200, 7 * problems.length, sloppy, np.random.default_rng(0))
        each = rows.reshape(-1, problems.length)
        asked, answers = each[:, : problems.prompt].tolist(), each[:, problems.prompt :]
        return float(
            np.mean([problems.right(where[tuple(q)], a) for q, a in zip(asked, answers, strict=True)])
        )

    assert right(0.0) == 1.0
    assert right(0.5) == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("kind", KINDS)
def test_held_out_questions_never_stand_in_the_corpus(kind: str) -> None:
    problems = of_kind(kind)
    kept, known = (problems.questions(held_out=h) for h in (True, False))
    assert sorted([*kept, *known]) == list(range(len(problems.prompts)))
    corpus = Corpus(problems=0.9, kind=kind, length=2 * problems.length)
    block = next(documents(corpus, filtered=False, seed=1))
    seen = set(map(tuple, block[:, : problems.prompt].tolist()))
    assert len(seen & set(map(tuple, problems.prompts[known].tolist()))) > 100
    assert not seen & set(map(tuple, problems.prompts[kept].tolist()))


@pytest.mark.parametrize("kind", KINDS)
def test_the_filter_leaves_problems_in(kind: str) -> None:
    corpus = Corpus(noise=0.3, problems=0.6, kind=kind)
    last = of_kind(kind).prompts[0, -1]
    at = of_kind(kind).prompt - 1

    def problems(filtered: bool) -> int:
        return int((next(documents(corpus, filtered, seed=1))[:, at] == last).sum())

    assert problems(True) == problems(False) > 1_000


def test_an_unknown_kind_lists_the_known() -> None:
    with pytest.raises(
        CurveshiftError, match=re.escape("unknown kind of problems 'chess': known: proofs, sums")
    ):
        Corpus(kind="chess")
    with pytest.raises(CurveshiftError, match="did you mean 'proofs'"):
        Corpus(kind="proof")


def test_kinds_of_problems_are_different_runs() -> None:
    from curveshift.lab import Recipe, Run, Shape

    keys = {Run(Shape(8), Recipe(), Corpus(problems=0.5, kind=kind), steps=10).key for kind in KINDS}
    assert len(keys) == len(KINDS)
