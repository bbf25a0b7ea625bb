"""Runs: the same bytes however they were interrupted, and kept as they came out."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from curveshift.errors import CurveshiftError
from curveshift.lab import Bench, Corpus, Language, Recipe, Run, Shape, Store, train, training

CORPUS = Corpus(language=Language(words=200), length=32)
RUN = Run(Shape(width=8, depth=1), Recipe(batch=4), CORPUS, steps=300)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_interrupted_run_resumes_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "KEEP_EVERY", 1)
    straight, broken = Store(tmp_path / "straight"), Store(tmp_path / "broken")
    whole, _ = train(RUN, straight)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            train(RUN, broken, stop_after=2)
        assert broken.result(RUN.key) is None
        assert broken.checkpoint(RUN.key) is not None
    again, _ = train(RUN, broken)
    assert again == whole
    assert files(straight.folder) == files(broken.folder)
    # A kept run is read, weights and all, and not trained again.
    assert train(RUN, broken, stop_after=0)[0] == whole


def test_results_are_the_same_for_any_number_of_workers() -> None:
    runs = [replace(RUN, steps=40, seed=s) for s in range(3)]
    one, two = Bench(workers=1).train(runs), Bench(workers=2).train(runs)
    assert one == two
    assert len({r.loss for r in one}) == 3


def test_a_model_learns_but_not_more_than_there_is_to_know() -> None:
    result, _ = train(RUN)
    assert not result.diverged
    assert CORPUS.language.entropy(32).value < result.loss < CORPUS.language.unigram_entropy(32)


def test_a_diverged_run_is_kept_as_such(tmp_path: Path) -> None:
    wild = replace(RUN, recipe=replace(RUN.recipe, learning_rate=1e4), steps=40)
    store = Store(tmp_path / "runs")
    result, _ = train(wild, store)
    assert result.diverged
    kept = store.result(wild.key)
    assert kept is not None
    assert kept["diverged"] == result.diverged
    assert math.isnan(result.loss) or result.loss > CORPUS.language.unigram_entropy(32)


def test_a_store_of_another_version_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    mark = store.folder / "lab.json"
    mark.write_text(json.dumps({**json.loads(mark.read_text()), "curveshift": "0.0.1"}))
    with pytest.raises(CurveshiftError, match=r"another version \(curveshift 0\.0\.1 there"):
        Store(store.folder)


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(CurveshiftError, match="not empty"):
        Store(tmp_path)
    with pytest.raises(CurveshiftError, match="no folder"):
        Store(tmp_path / "nowhere" / "runs")


def test_anything_that_decides_a_result_changes_its_key() -> None:
    others = [
        replace(RUN, seed=1),
        replace(RUN, steps=301),
        RUN.with_recipe(filtered=True),
        replace(RUN, corpus=replace(CORPUS, noise=0.1)),
    ]
    assert len({RUN.key, *(r.key for r in others)}) == 5
