"""The policy gradient against a bandit worked out by hand, and sums that are right."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from curveshift.lab.language import EQUALS, FIRST_DIGIT, PLUS
from curveshift.lab.model import Transformer
from curveshift.lab.paradigm import pass_at
from curveshift.lab.problems import ANSWER, answers, pairs, prompts, solved
from curveshift.lab.reinforce import advantages, log_chances, policy_loss, sampled, success
from curveshift.lab.runtime import training
from curveshift.lab.settings import Shape


def test_the_gradient_on_a_bandit_is_the_one_by_hand() -> None:
    """Two arms, logits (t, -t); of four pulls one won: its advantage is sqrt(3), that of the others -1/sqrt(3)."""
    pulled = np.array([[0, 1, 1, 0]])
    rewards = np.array([[1.0, 0.0, 0.0, 0.0]], dtype=np.float32)

    def loss(t: jax.Array) -> jax.Array:
        return policy_loss(jax.nn.log_softmax(jnp.array([t, -t]))[pulled], jnp.asarray(rewards))

    t = 0.3
    p = 1.0 / (1.0 + np.exp(-2.0 * t))
    # d log p(arm 0)/dt = 2 (1 - p), d log p(arm 1)/dt = -2 p.
    slopes = np.where(pulled == 0, 2.0 * (1.0 - p), -2.0 * p)
    advantage = np.array([[np.sqrt(3.0), *[-1.0 / np.sqrt(3.0)] * 3]])
    with training():
        assert float(jax.grad(loss)(jnp.float32(t))) == pytest.approx(
            -float(np.mean(advantage * slopes)), rel=1e-3
        )


def test_a_group_of_equal_rewards_teaches_nothing() -> None:
    with training():
        assert not np.asarray(advantages(jnp.array([[1.0] * 4, [0.0] * 4]))).any()


def test_the_probability_of_an_answer_is_its_frequency() -> None:
    shape = Shape(width=8, depth=1)
    with training():
        model = jax.jit(lambda: Transformer(jax.random.PRNGKey(3), shape))()
        # Sharper, so that single answers come up often.
        model = jax.tree.map(lambda w: 4.0 * w, model)
        asked = np.repeat(prompts(np.array([[123, 4]])), 4_000, axis=0)
        found = np.asarray(jax.jit(sampled)(model, asked, jax.random.PRNGKey(0)))
        kinds, counts = np.unique(found, axis=0, return_counts=True)
        best = kinds[np.argmax(counts)]
        p = float(np.exp(jax.jit(log_chances)(model, asked[:1], best[None].astype(np.int32)))[0])
        chance = success(model, shape)
    share = counts.max() / len(found)
    assert share > 0.02
    assert abs(share - p) < 4.0 * np.sqrt(p * (1.0 - p) / len(found))
    assert chance.shape == (len(pairs(held_out=True)),)


def test_solved_problems_are_right_unless_sloppy() -> None:
    def right(sloppy: float) -> float:
        rows = solved(200, 63, sloppy, np.random.default_rng(0)).reshape(-1, 9) - FIRST_DIGIT
        assert (rows[:, 3] == PLUS - FIRST_DIGIT).all()
        assert (rows[:, 5] == EQUALS - FIRST_DIGIT).all()
        first = rows[:, :3] @ [1, 10, 100]
        return float(np.mean(first + rows[:, 4] == rows[:, 6:] @ [1, 10, 100]))

    assert right(0.0) == 1.0
    assert right(0.5) == pytest.approx(0.5, abs=0.06)


def test_held_out_sums_are_never_trained_on() -> None:
    kept, known = (set(map(tuple, pairs(h).tolist())) for h in (True, False))
    assert not kept & known
    assert answers(np.array(sorted(kept))).shape == (len(kept), ANSWER)


def test_pass_at_k_is_that_of_laws_in_the_limit() -> None:
    from curveshift.laws import pass_at_k

    p = np.array([0.25, 0.5])
    many = 40_000
    counted = [float(np.mean(pass_at_k(np.full(2, many), (p * many).astype(int), k))) for k in (1, 4)]
    assert pass_at(p)[:2] == pytest.approx(counted, rel=1e-3)
