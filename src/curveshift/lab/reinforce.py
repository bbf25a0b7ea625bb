"""Reinforcement learning on verifiable rewards: the policy gradient of groups, in the manner of DeepSeek-R1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import optax

from .language import START, VOCABULARY
from .model import Transformer
from .problems import ANSWER, PROMPT, answers, pairs, prompts
from .programs import CLIP, compiled, outline, struct
from .reinforce_plan import Reinforcement
from .settings import Shape

if TYPE_CHECKING:
    from jax import Array
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_TINY: Final = 1e-4
_CHUNK: Final = 10
"""Steps of one call of the compiled program."""


def advantages(rewards: Array) -> Array:
    """Rewards against the mean of their group, over its spread; shape (questions, group).

    A group that is all right or all wrong teaches nothing (Shao et al. 2024, arXiv 2402.03300, section 4.1).

    Examples
    --------
    >>> advantages(jnp.array([[1.0, 0.0, 0.0, 1.0], [1.0, 1.0, 1.0, 1.0]])).round(2).tolist()
    [[1.0, -1.0, -1.0, 1.0], [0.0, 0.0, 0.0, 0.0]]
    """
    middle = jnp.mean(rewards, axis=1, keepdims=True)
    spread = jnp.std(rewards, axis=1, keepdims=True)
    return (rewards - middle) / (spread + _TINY)


def policy_loss(log_chance: Array, rewards: Array) -> Array:
    """What is minimised: minus the mean of advantage times log probability of the answer.

    Each answer is used for one step, so that the ratio of new to old probability is 1 and nothing is clipped.

    Parameters
    ----------
    log_chance : array, shape (questions, group)
        Of each answer as a whole.
    rewards : array, shape (questions, group)

    Returns
    -------
    array, shape ()
    """
    return -jnp.mean(jax.lax.stop_gradient(advantages(rewards)) * log_chance)


def log_chances(model: Transformer, asked: Array, answer: Array) -> Array:
    """Log probability of each whole answer, shape (n,), of questions (n, PROMPT) and answers (n, ANSWER)."""
    start = jnp.full((len(asked), 1), START, asked.dtype)
    whole = jnp.concatenate([start, asked, answer[:, :-1]], axis=1)
    logits = model(whole)[0][:, PROMPT:]
    hot = jax.nn.one_hot(answer, VOCABULARY, dtype=jnp.float32)
    return jnp.sum(jax.nn.log_softmax(logits, axis=-1) * hot, axis=(1, 2))


def sampled(model: Transformer, asked: Array, key: Array) -> Array:
    """One answer to each question at temperature 1, shape (n, ANSWER)."""
    start = jnp.full((len(asked), 1), START, asked.dtype)
    whole = jnp.concatenate([start, asked], axis=1)
    for k in jax.random.split(key, ANSWER):
        logits = model(whole)[0][:, -1]
        token = jax.random.categorical(k, logits, axis=-1).astype(asked.dtype)
        whole = jnp.concatenate([whole, token[:, None]], axis=1)
    return whole[:, -ANSWER:]


def success(model: Transformer, shape: Shape) -> Floats:
    """Probability of the right answer to each held-out question: exact, because answers can be read off.

    pass@k is then the mean of 1 - (1 - p)^k without any sampling.

    Returns
    -------
    array, shape (questions,)
    """
    numbers = pairs(held_out=True)
    return np.exp(
        np.asarray(_reader(shape, len(numbers))(model, prompts(numbers), answers(numbers)), np.float64)
    )


@cache
def _reader(shape: Shape, count: int) -> Any:
    asked = struct((count, PROMPT), jnp.int32)
    answer = struct((count, ANSWER), jnp.int32)
    return compiled(log_chances, outline(shape), asked, answer)[0]


@cache
def _sampler(shape: Shape, count: int) -> Any:
    asked = struct((count, PROMPT), jnp.int32)
    key = jax.eval_shape(lambda: jax.random.PRNGKey(0))
    return compiled(sampled, outline(shape), asked, key)[0]


def teach(model: Transformer, shape: Shape, count: int, seed: int) -> tuple[Any, Any]:
    """Questions that are not held out, and the model's answers to them: (count, PROMPT) and (count, ANSWER)."""
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 6])))
    known = pairs(held_out=False)
    asked = prompts(known[rng.integers(len(known), size=count)])
    return asked, np.asarray(_sampler(shape, count)(model, asked, jax.random.PRNGKey(seed)))


@cache
def _program(shape: Shape, questions: int, group: int) -> tuple[Any, float]:
    """A chunk of steps, and its FLOP a step by the compiler's count."""
    moves = _moves()

    def one(i: Array, carry: Any, asked: Array, right: Array, key: Array, speed: Array) -> Any:
        (model, memory), total = carry
        question = jnp.repeat(asked[i], group, axis=0)
        answer = sampled(model, question, jax.random.fold_in(key, i))
        reward = jnp.all(answer == jnp.repeat(right[i], group, axis=0), axis=1).astype(jnp.float32)
        rewards = reward.reshape(questions, group)

        def objective(m: Transformer) -> Array:
            return policy_loss(log_chances(m, question, answer).reshape(questions, group), rewards)

        gradient = jax.grad(objective)(model)
        change, memory = moves.update(gradient, memory)
        model = jax.tree.map(lambda w, c: w - speed * c, model, change)
        return (model, memory), total + jnp.mean(reward)

    def run(state: Any, asked: Array, right: Array, key: Array, speed: Array) -> Any:
        zero = jnp.zeros((), jnp.float32)
        return jax.lax.fori_loop(
            0, asked.shape[0], lambda i, c: one(i, c, asked, right, key, speed), (state, zero)
        )

    asked = struct((_CHUNK, questions, PROMPT), jnp.int32)
    right = struct((_CHUNK, questions, ANSWER), jnp.int32)
    key = jax.eval_shape(lambda: jax.random.PRNGKey(0))
    speed = struct((), jnp.float32)
    model = outline(shape)
    return compiled(run, (model, jax.eval_shape(moves.init, model)), asked, right, key, speed)


def _moves() -> optax.GradientTransformation:
    return optax.chain(optax.clip_by_global_norm(CLIP), optax.scale_by_adam(b1=0.9, b2=0.98))


@dataclass(frozen=True)
class Point:
    """Success after some reinforcement.

    Attributes
    ----------
    steps : int
    rl_flop, compiled_flop : float
    success : float
        Mean probability of the right answer to held-out questions.
    reward : float or None
        Mean on the training questions since the last point; None at the first.
    """

    steps: int
    rl_flop: float
    compiled_flop: float
    success: float
    reward: float | None


def reinforce(
    model: Transformer, shape: Shape, plan: Reinforcement, at: Sequence[int], progress: Any = None
) -> tuple[list[Point], Transformer]:
    """Continue a pretrained model with reinforcement learning.

    Parameters
    ----------
    model : Transformer
    shape : Shape
    plan : Reinforcement
    at : sequence of int
        Steps after which success is measured, multiples of 10.
    progress : callable, optional
        Called with the FLOP done since the last call.

    Returns
    -------
    points : list of Point
    model : Transformer
    """
    program, counted = _program(shape, plan.questions, plan.group)
    state: Any = (model, _moves().init(model))
    known = pairs(held_out=False)
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([plan.seed, 7])))
    root = jax.random.PRNGKey(plan.seed + 1)
    each = plan.flop_per_step(shape)
    points = [Point(0, 0.0, 0.0, float(success(model, shape).mean()), None)]
    rewards: list[float] = []
    for chunk in range(-(-plan.steps // _CHUNK)):
        numbers = known[rng.integers(len(known), size=_CHUNK * plan.questions)]
        asked = prompts(numbers).reshape(_CHUNK, plan.questions, PROMPT)
        right = answers(numbers).reshape(_CHUNK, plan.questions, ANSWER)
        key = jax.random.fold_in(root, chunk)
        state, total = program(state, asked, right, key, jnp.float32(plan.learning_rate))
        rewards.append(float(total) / _CHUNK)
        done = (chunk + 1) * _CHUNK
        if progress is not None:
            progress(_CHUNK * each)
        if done in at:
            rate = float(success(state[0], shape).mean())
            points.append(Point(done, done * each, done * counted, rate, float(np.mean(rewards))))
            rewards = []
    return points, state[0]
