"""The policy gradient against a bandit worked out by hand, and success as the frequency of right answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from curveshift.lab import Store, reinforce
from curveshift.lab.model import Transformer
from curveshift.lab.paradigm import pass_at
from curveshift.lab.problems import KINDS, NOTHING, of_kind
from curveshift.lab.reinforce import advantages, correct, policy_loss, sampled, success
from curveshift.lab.reinforce_plan import Reinforcement
from curveshift.lab.runtime import training
from curveshift.lab.settings import Shape
from curveshift.lab.training import written

SHAPE = Shape(width=8, depth=1)


def model(sharp: float = 1.0) -> Transformer:
    """First weights; sharper ones prefer few tokens, so that single answers come up often."""
    first = jax.jit(lambda: Transformer(jax.random.PRNGKey(3), SHAPE))()
    made: Transformer = jax.tree.map(lambda w: sharp * w, first)
    return made


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


@pytest.mark.parametrize("kind", KINDS)
def test_success_is_the_frequency_of_right_answers(kind: str) -> None:
    problems = of_kind(kind)
    # The first weights are hardly ever right: what they often say is taken for right.
    question = int(problems.questions(held_out=True)[0])
    ways = int((problems.solutions[question, :, 0] != NOTHING).sum())
    tries = 8_000
    with training():
        asked = model(4.0)
        prompts = np.repeat(problems.prompts[[question]], tries, axis=0)
        found = np.asarray(
            jax.jit(sampled, static_argnums=3)(asked, prompts, jax.random.PRNGKey(0), problems.answer)
        )
        said, counts = np.unique(found, axis=0, return_counts=True)
        solutions = problems.solutions.copy()
        solutions[question, :ways] = said[np.argsort(-counts)[:ways]]
        problems = replace(problems, solutions=solutions)
        exact = success(asked, SHAPE, problems)
        right = np.asarray(
            correct(jnp.asarray(found), jnp.repeat(jnp.asarray(solutions[[question]]), tries, axis=0))
        )
    assert exact.shape == (len(problems.questions(held_out=True)),)
    assert right.tolist() == [problems.right(question, answer) for answer in found]
    p = float(exact[0])
    assert p > 0.02
    assert abs(right.mean() - p) < 4.0 * np.sqrt(p * (1.0 - p) / tries)


def test_reinforcement_taken_up_again_ends_with_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reinforce, "KEEP_EVERY", 2)
    plan, problems = Reinforcement(steps=60, questions=4, group=4), of_kind("proofs")
    straight, broken = Store(tmp_path / "straight"), Store(tmp_path / "broken")
    told: list[float] = []

    def killed_at(steps: float) -> None:
        told.append(steps)
        if len(told) == 4:
            raise KeyboardInterrupt

    with training():
        whole = reinforce.reinforce(model(), SHAPE, plan, problems, (10, 30, 60), store=straight, key="a")
        with pytest.raises(KeyboardInterrupt):
            reinforce.reinforce(
                model(), SHAPE, plan, problems, (10, 30, 60), store=broken, key="a", progress=killed_at
            )
        kept = broken.checkpoint("a")
        assert kept is not None
        assert kept[0] == 40
        done: list[float] = []
        again = reinforce.reinforce(
            model(), SHAPE, plan, problems, (10, 30, 60), store=broken, key="a", progress=done.append
        )
    assert again[0] == whole[0]
    assert written(again[1]) == written(whole[1])
    # What was there is counted at once, and not done again.
    each = plan.flop_per_step(SHAPE, problems)
    assert done == pytest.approx([40 * each, 10 * each, 10 * each])


def test_pass_at_k_is_that_of_laws_in_the_limit() -> None:
    from curveshift.laws import pass_at_k

    p = np.array([0.25, 0.5])
    many = 40_000
    counted = [float(np.mean(pass_at_k(np.full(2, many), (p * many).astype(int), k))) for k in (1, 4)]
    assert pass_at(p)[:2] == pytest.approx(counted, rel=1e-3)
