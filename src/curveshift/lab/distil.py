"""Distillation: a smaller model learns from the answers of a larger one."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from .model import Transformer
from .problems import Problems
from .programs import compiled, descent, outline, struct
from .reinforce import log_chances, teach
from .reinforce_plan import distillation_flop
from .settings import Shape

if TYPE_CHECKING:
    from jax import Array

BATCH: Final = 128
_LEARNING_RATE: Final = 2e-3


def distilled(
    student: Transformer,
    shape: Shape,
    teacher: Transformer,
    teacher_shape: Shape,
    examples: int,
    problems: Problems,
    seed: int,
) -> tuple[Transformer, float, float]:
    """Train a student once over answers that a teacher has written.

    Parameters
    ----------
    student, teacher : Transformer
    shape, teacher_shape : Shape
    examples : int
        A multiple of 128.
    problems : Problems
    seed : int

    Returns
    -------
    model : Transformer
    flop, compiled_flop : float
        Of writing and learning together, by formula; and of learning by the compiler's count.
    """
    asked, written = teach(teacher, teacher_shape, examples, problems, seed)
    batches = examples // BATCH
    program, counted = _program(shape, batches, problems.prompt, problems.answer)
    model = program(
        student,
        asked.reshape(batches, BATCH, problems.prompt),
        np.asarray(written, np.int32).reshape(batches, BATCH, problems.answer),
    )
    return model, distillation_flop(shape, teacher_shape, examples, problems), counted * batches


@cache
def _program(shape: Shape, batches: int, prompt: int, answer: int) -> tuple[Any, float]:
    moves = descent("adam")

    def run(model: Transformer, asked: Array, written: Array) -> Transformer:
        def one(i: Array, carry: Any) -> Any:
            model, memory = carry
            gradient = jax.grad(lambda m: -jnp.mean(log_chances(m, asked[i], written[i])) / answer)(model)
            change, memory = moves.update(gradient, memory, model)
            speed = _LEARNING_RATE * (1.0 - i.astype(jnp.float32) / batches)
            return jax.tree.map(lambda w, c: w + speed * c, model, change), memory

        taught: Transformer = jax.lax.fori_loop(0, batches, one, (model, moves.init(model)))[0]
        return taught

    asked = struct((batches, BATCH, prompt), jnp.int32)
    written = struct((batches, BATCH, answer), jnp.int32)
    return compiled(run, outline(shape), asked, written)
