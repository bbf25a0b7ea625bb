"""Compiled programs of training and evaluation: one for each shape, optimiser and batch, for any number of steps."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from optax.contrib import MuonDimensionNumbers, muon

from .language import VOCABULARY
from .model import Transformer
from .settings import Shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from jax import Array

WARM_UP: Final = 0.05
"""Share of the steps in which the learning rate rises."""
DECAY: Final = 0.2
"""Share of the steps in which the rate of `wsd` falls."""
LOWEST: Final = 0.02
"""Last learning rate over the highest, of schedules that decay."""
CLIP: Final = 1.0
BALANCE: Final = 0.01
"""Weight of the uneven use of experts in the loss."""
_MUON_RMS: Final = 0.2
"""Size of Muon's steps, so that Adam's learning rates fit (Liu et al. 2025, arXiv 2502.16982)."""
_COMPILING: Final = threading.Lock()
struct: Any = jax.ShapeDtypeStruct
"""Of an argument that a program is compiled for."""


@dataclass(frozen=True, eq=False)
class Trainer:
    """A compiled chunk of training.

    Attributes
    ----------
    run : callable
        (state, documents, first step, number of steps, steps in all, learning rate) to (state, mean loss).
    flop_per_step : float
        By the compiler's count of the program.
    """

    run: Callable[..., Any]
    flop_per_step: float


def compiled(work: Callable[..., Any], *arguments: Any, donated: tuple[int, ...] = ()) -> tuple[Any, float]:
    """A program for arguments of given shapes, and its FLOP by the compiler's count (NaN where it gives none)."""
    made = jax.jit(work, donate_argnums=donated).lower(*arguments).compile()
    cost = made.cost_analysis()
    return made, float(cost["flops"]) if cost else float("nan")


def outline(shape: Shape) -> Any:
    """A model without numbers, as an argument that a program is compiled for."""
    return jax.eval_shape(lambda: Transformer(jax.random.PRNGKey(0), shape))


def start(shape: Shape, optimiser: str, seed: int) -> Any:
    """First weights and the state of the optimiser."""
    model = Transformer(jax.random.PRNGKey(seed), shape)
    return model, descent(optimiser).init(eqx.filter(model, eqx.is_array))


def descent(optimiser: str) -> optax.GradientTransformation:
    """Steps of learning rate 1 and of the size of Adam's, after the gradient is clipped."""
    if optimiser == "adam":
        inner = optax.chain(optax.scale_by_adam(b1=0.9, b2=0.98), optax.scale(-1.0))
    else:
        inner = muon(
            1.0, adam_b2=0.98, consistent_rms=_MUON_RMS, muon_weight_dimension_numbers=_matrices, beta=0.95
        )
    return optax.chain(optax.clip_by_global_norm(CLIP), inner)


def _matrices(params: Any) -> Any:
    """Matrices inside blocks, expert by expert, but not the router: the rest is Adam's."""

    def of(path: Any, leaf: Any) -> MuonDimensionNumbers | None:
        name = jax.tree_util.keystr(path)
        if ".blocks" not in name or ".router" in name:
            return None
        return MuonDimensionNumbers(leaf.ndim - 2, leaf.ndim - 1)

    return jax.tree_util.tree_map_with_path(of, params)


def rate(schedule: str, step: Array, steps: Array) -> Array:
    """Learning rate over the highest at a step, from 0."""
    at = (step.astype(jnp.float32) + 1.0) / steps.astype(jnp.float32)
    rising = jnp.minimum(at / WARM_UP, 1.0)
    if schedule == "constant":
        return rising
    if schedule == "wsd":
        return rising * jnp.clip((1.0 - at) / DECAY, LOWEST, 1.0)
    along = jnp.clip((at - WARM_UP) / (1.0 - WARM_UP), 0.0, 1.0)
    return rising * (LOWEST + (1.0 - LOWEST) * 0.5 * (1.0 + jnp.cos(jnp.pi * along)))


def losses(model: Transformer, inputs: Array, targets: Array) -> tuple[Array, Array]:
    """Loss of each token, shape (batch, time), and the uneven use of experts."""
    logits, uneven = model(inputs)
    shifted = logits - jax.lax.stop_gradient(jnp.max(logits, axis=-1, keepdims=True))
    # The sum over a one-hot row: a gather's gradient is a scatter, which is slow on a processor.
    hot = jax.nn.one_hot(targets, VOCABULARY, dtype=jnp.float32)
    return jnp.log(jnp.sum(jnp.exp(shifted), axis=-1)) - jnp.sum(shifted * hot, axis=-1), uneven


@cache
def _trainer(shape: Shape, optimiser: str, schedule: str, batch: int, length: int, chunk: int) -> Trainer:
    moves = descent(optimiser)

    def objective(model: Transformer, inputs: Array, targets: Array) -> tuple[Array, Array]:
        each, uneven = losses(model, inputs, targets)
        loss = jnp.mean(each)
        return loss + BALANCE * uneven, loss

    def one(
        i: Array, carry: Any, inputs: Array, targets: Array, first: Array, steps: Array, peak: Array
    ) -> Any:
        (model, memory), total = carry
        x, y = (jax.lax.dynamic_index_in_dim(a, i, keepdims=False) for a in (inputs, targets))
        (_, loss), gradient = jax.value_and_grad(objective, has_aux=True)(model, x, y)
        change, memory = moves.update(gradient, memory, model)
        speed = peak * rate(schedule, first + i, steps)
        model = jax.tree.map(lambda w, c: w + speed * c, model, change)
        return (model, memory), total + loss

    def run(
        state: Any, inputs: Array, targets: Array, first: Array, count: Array, steps: Array, peak: Array
    ) -> Any:
        zero = jnp.zeros((), jnp.float32)
        state, total = jax.lax.fori_loop(
            0, count, lambda i, c: one(i, c, inputs, targets, first, steps, peak), (state, zero)
        )
        return state, total / count.astype(jnp.float32)

    state = jax.eval_shape(lambda: start(shape, optimiser, 0))
    whole = struct((chunk, batch, length), jnp.int32)
    number, real = struct((), jnp.int32), struct((), jnp.float32)
    return Trainer(*compiled(run, state, whole, whole, number, number, number, real, donated=(0,)))


def trainer(shape: Shape, optimiser: str, schedule: str, batch: int, length: int, chunk: int) -> Trainer:
    """The compiled chunk of training; a second call with the same settings costs nothing."""
    with _COMPILING:
        return _trainer(shape, optimiser, schedule, batch, length, chunk)


@cache
def _evaluator(shape: Shape, batch: int, length: int) -> Any:
    one = struct((batch, length), jnp.int32)
    return compiled(lambda m, x, y: losses(m, x, y)[0], outline(shape), one, one)[0]


def evaluator(shape: Shape, batch: int, length: int) -> Any:
    """The compiled loss of each token of a batch."""
    with _COMPILING:
        return _evaluator(shape, batch, length)
