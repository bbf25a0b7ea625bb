"""Distillation: a smaller model learns from the answers of a larger one."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from .model import Transformer
from .problems import ANSWER, PROBLEM, PROMPT
from .programs import compiled, descent, outline, struct
from .reinforce import log_chances, teach
from .reinforce_plan import writing_flop
from .settings import Shape

if TYPE_CHECKING:
    from jax import Array

BATCH: Final = 128
_LEARNING_RATE: Final = 2e-3


def distilled(
    student: Transformer, shape: Shape, teacher: Transformer, teacher_shape: Shape, examples: int, seed: int
) -> tuple[Transformer, float, float]:
    """Train a student once over answers that a teacher has written.

    Parameters
    ----------
    student, teacher : Transformer
    shape, teacher_shape : Shape
    examples : int
        A multiple of 128.
    seed : int

    Returns
    -------
    model : Transformer
    flop, compiled_flop : float
        Of writing and learning together, by formula; and of learning by the compiler's count.
    """
    asked, written = teach(teacher, teacher_shape, examples, seed)
    batches = examples // BATCH
    program, counted = _program(shape, batches)
    model = program(
        student,
        asked.reshape(batches, BATCH, PROMPT),
        np.asarray(written, np.int32).reshape(batches, BATCH, ANSWER),
    )
    learned = PROBLEM * shape.flop_per_token(PROBLEM)
    return model, examples * (writing_flop(teacher_shape) + learned), counted * batches


@cache
def _program(shape: Shape, batches: int) -> tuple[Any, float]:
    moves = descent("adam")

    def run(model: Transformer, asked: Array, written: Array) -> Transformer:
        def one(i: Array, carry: Any) -> Any:
            model, memory = carry
            gradient = jax.grad(lambda m: -jnp.mean(log_chances(m, asked[i], written[i])) / ANSWER)(model)
            change, memory = moves.update(gradient, memory, model)
            speed = _LEARNING_RATE * (1.0 - i.astype(jnp.float32) / batches)
            return jax.tree.map(lambda w, c: w + speed * c, model, change), memory

        taught: Transformer = jax.lax.fori_loop(0, batches, one, (model, moves.init(model)))[0]
        return taught

    asked = struct((batches, BATCH, PROMPT), jnp.int32)
    written = struct((batches, BATCH, ANSWER), jnp.int32)
    return compiled(run, outline(shape), asked, written)
