"""Reinforcement learning on verifiable rewards: the policy gradient of groups, in the manner of DeepSeek-R1."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import optax

from .language import START, VOCABULARY
from .model import Transformer
from .problems import NOTHING, Problems
from .programs import CLIP, compiled, outline, struct
from .reinforce_plan import Reinforcement
from .settings import Shape
from .training import read, written

if TYPE_CHECKING:
    from jax import Array
    from numpy.typing import NDArray

    from .store import Store

    Floats = NDArray[np.float64]

_TINY: Final = 1e-4
_CHUNK: Final = 10
"""Steps of one call of the compiled program."""
KEEP_EVERY: Final = 10
"""Chunks between two checkpoints."""


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
    """Log probability of each whole answer, shape (n,), of questions and answers, both (n, tokens)."""
    start = jnp.full((len(asked), 1), START, asked.dtype)
    whole = jnp.concatenate([start, asked, answer[:, :-1]], axis=1)
    logits = model(whole)[0][:, asked.shape[1] :]
    hot = jax.nn.one_hot(answer, VOCABULARY, dtype=jnp.float32)
    return jnp.sum(jax.nn.log_softmax(logits, axis=-1) * hot, axis=(1, 2))


def sampled(model: Transformer, asked: Array, key: Array, length: int) -> Array:
    """One answer of a length to each question at temperature 1, shape (n, length)."""
    start = jnp.full((len(asked), 1), START, asked.dtype)
    whole = jnp.concatenate([start, asked], axis=1)
    for k in jax.random.split(key, length):
        logits = model(whole)[0][:, -1]
        token = jax.random.categorical(k, logits, axis=-1).astype(asked.dtype)
        whole = jnp.concatenate([whole, token[:, None]], axis=1)
    return whole[:, -length:]


def correct(answer: Array, solutions: Array) -> Array:
    """Which answers (n, tokens) are among the right ones (n, ways, tokens), shape (n,)."""
    return jnp.any(jnp.all(answer[:, None] == solutions, axis=2), axis=1)


def success(model: Transformer, shape: Shape, problems: Problems) -> Floats:
    """Probability of a right answer to each held-out question: exact, the sum over all that are right.

    pass@k is then the mean of 1 - (1 - p)^k without any sampling.

    Parameters
    ----------
    model : Transformer
    shape : Shape
    problems : Problems

    Returns
    -------
    array, shape (questions,)
    """
    kept = problems.questions(held_out=True)
    which, way = np.nonzero(problems.solutions[kept][:, :, 0] != NOTHING)
    asked, answer = problems.prompts[kept[which]], problems.solutions[kept[which], way]
    reader = _reader(shape, len(which), problems.prompt, problems.answer)
    chance = np.exp(np.asarray(reader(model, asked, answer), np.float64))
    found: Floats = np.bincount(which, weights=chance, minlength=len(kept))  # type: ignore[assignment]
    return found


@cache
def _reader(shape: Shape, count: int, prompt: int, answer: int) -> Any:
    asked, written = struct((count, prompt), jnp.int32), struct((count, answer), jnp.int32)
    return compiled(log_chances, outline(shape), asked, written)[0]


@cache
def _sampler(shape: Shape, count: int, prompt: int, answer: int) -> Any:
    asked = struct((count, prompt), jnp.int32)
    key = jax.eval_shape(lambda: jax.random.PRNGKey(0))
    return compiled(partial(sampled, length=answer), outline(shape), asked, key)[0]


def teach(model: Transformer, shape: Shape, count: int, problems: Problems, seed: int) -> tuple[Any, Any]:
    """Questions that are not held out, and the model's answers to them, both (count, tokens)."""
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 6])))
    known = problems.questions(held_out=False)
    asked = problems.prompts[known[rng.integers(len(known), size=count)]]
    sampler = _sampler(shape, count, problems.prompt, problems.answer)
    return asked, np.asarray(sampler(model, asked, jax.random.PRNGKey(seed)))


@cache
def _program(
    shape: Shape, questions: int, group: int, prompt: int, solutions: tuple[int, int]
) -> tuple[Any, float]:
    """A chunk of steps, and its FLOP a step by the compiler's count."""
    moves = _moves()

    def one(i: Array, carry: Any, asked: Array, right: Array, key: Array, speed: Array) -> Any:
        (model, memory), total = carry
        question = jnp.repeat(asked[i], group, axis=0)
        answer = sampled(model, question, jax.random.fold_in(key, i), solutions[1])
        reward = correct(answer, jnp.repeat(right[i], group, axis=0)).astype(jnp.float32)
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

    asked = struct((_CHUNK, questions, prompt), jnp.int32)
    right = struct((_CHUNK, questions, *solutions), jnp.int32)
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
        Mean probability of a right answer to held-out questions.
    reward : float or None
        Mean on the training questions since the last point; None at the first.
    """

    steps: int
    rl_flop: float
    compiled_flop: float
    success: float
    reward: float | None


def reinforce(
    model: Transformer,
    shape: Shape,
    plan: Reinforcement,
    problems: Problems,
    at: Sequence[int],
    *,
    progress: Callable[[float], None] | None = None,
    store: Store | None = None,
    key: str = "",
) -> tuple[list[Point], Transformer]:
    """Continue a pretrained model with reinforcement learning.

    Parameters
    ----------
    model : Transformer
    shape : Shape
    plan : Reinforcement
    problems : Problems
    at : sequence of int
        Steps after which success is measured, multiples of 10.
    progress : callable, optional
        Called with the FLOP done since the last call.
    store : Store, optional
        Where checkpoints are kept, under `key`, and one that is there is taken up.
    key : str

    Returns
    -------
    points : list of Point
    model : Transformer
    """
    solutions = (problems.ways, problems.answer)
    program, counted = _program(shape, plan.questions, plan.group, problems.prompt, solutions)
    state: Any = (model, _moves().init(model))
    known = problems.questions(held_out=False)
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([plan.seed, 7])))
    root = jax.random.PRNGKey(plan.seed + 1)
    each = plan.flop_per_step(shape, problems)
    advance = progress or (lambda flop: None)
    kept = store.checkpoint(key) if store else None
    first, points, rewards = 0, list[Point](), list[float]()
    if kept is None:
        points.append(Point(0, 0.0, 0.0, float(success(model, shape, problems).mean()), None))
    else:
        first, (state, points, rewards) = kept[0], _taken_up(kept[1], state)
        advance(first * each)
    for chunk in range(-(-plan.steps // _CHUNK)):
        asked = known[rng.integers(len(known), size=(_CHUNK, plan.questions))]
        done = (chunk + 1) * _CHUNK
        if done <= first:
            continue
        speed, luck = jnp.float32(plan.learning_rate), jax.random.fold_in(root, chunk)
        state, total = program(state, problems.prompts[asked], problems.solutions[asked], luck, speed)
        rewards.append(float(total) / _CHUNK)
        if done in at:
            rate = float(success(state[0], shape, problems).mean())
            points.append(Point(done, done * each, done * counted, rate, float(np.mean(rewards))))
            rewards = []
        if store is not None and done < plan.steps and (chunk + 1) % KEEP_EVERY == 0:
            store.keep_checkpoint(key, done, _laid_down(state, points, rewards))
        advance(_CHUNK * each)
    return points, state[0]


def _laid_down(state: Any, points: Sequence[Point], rewards: Sequence[float]) -> bytes:
    """A checkpoint: what was measured so far in one line, then the weights and the state of the optimiser."""
    measured = {"points": [vars(p) for p in points], "rewards": list(rewards)}
    return json.dumps(measured).encode() + b"\n" + written(state)


def _taken_up(content: bytes, like: Any) -> tuple[Any, list[Point], list[float]]:
    line, _, weights = content.partition(b"\n")
    measured = json.loads(line)
    return read(weights, like), [Point(**p) for p in measured["points"]], measured["rewards"]
