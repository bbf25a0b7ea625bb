"""The transformer: what it may see, what it weighs, and what it costs by both counts."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from curveshift.errors import CurveshiftError
from curveshift.lab import programs
from curveshift.lab.model import Transformer
from curveshift.lab.runtime import training
from curveshift.lab.settings import Recipe, Shape

KINDS: list[dict[str, Any]] = [{}, {"experts": 8}, {"attention": "latent"}, {"tied": True}]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_token_never_changes_what_is_said_before_it(kind: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    with training():
        shape = Shape(width=16, depth=2, **kind)
        model = jax.jit(lambda: Transformer(jax.random.PRNGKey(0), shape))()
        text = rng.integers(1, 40, size=(4, 24)).astype(np.int32)
        other = text.copy()
        other[:, 15:] = rng.integers(1, 40, size=(4, 9))
        asked = jax.jit(lambda m, t: m(t)[0])
        before, after = (np.asarray(asked(model, t)) for t in (text, other))
    np.testing.assert_allclose(before[:, :15], after[:, :15], atol=1e-5)
    assert np.abs(before[:, 15:] - after[:, 15:]).max() > 1e-2


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_weights_are_counted_as_they_are(kind: dict[str, Any]) -> None:
    shape = Shape(width=32, depth=2, **kind)
    model = jax.eval_shape(lambda: Transformer(jax.random.PRNGKey(0), shape))
    held = sum(int(np.prod(w.shape)) for w in jax.tree.leaves(model))
    looked_up = 0 if shape.tied else int(np.prod(model.embedding.shape))
    assert held - looked_up == shape.total_params


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_flop_by_formula_are_those_of_the_compiled_program(kind: dict[str, Any]) -> None:
    shape = Shape(width=64, depth=1, **kind)
    with training():
        counted = programs.trainer(shape, "adam", "cosine", 4, 64, 2).flop_per_step
    # What is not a matrix product (norms, softmax, the optimiser) is left out of the formula.
    assert 1.0 < counted / (4 * 64 * shape.flop_per_token(64)) < 1.15


def test_experts_cost_a_token_what_one_dense_layer_does() -> None:
    dense, experts = Shape(width=64), Shape(width=64, experts=8)
    router = 2 * 64 * 8
    assert experts.params - router == dense.params
    assert experts.total_params > 2 * dense.total_params


@pytest.mark.parametrize("wrong", [{"width": 20}, {"depth": 0}, {"experts": 3}, {"attention": "flash"}])
def test_an_impossible_shape_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(CurveshiftError, match="give"):
        Shape(**wrong)


@pytest.mark.parametrize("wrong", [{"optimiser": "sgd"}, {"schedule": "step"}, {"learning_rate": 0.0}])
def test_an_impossible_recipe_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(CurveshiftError, match="give"):
        Recipe(**wrong)
