"""One training run: from settings to a result, kept on the way so that it can be taken up again."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .corpus import asked, documents, held_out
from .runtime import training
from .settings import Run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .store import Store

TEST_DOCUMENTS: Final = 4_096
CHUNK: Final = 64
"""Steps of one call of the compiled program."""
KEEP_EVERY: Final = 16
"""Chunks between two checkpoints."""
_BATCH: Final = 64
REFERENCE_WIDTH: Final = 32


@dataclass(frozen=True)
class Result:
    """What came of a run.

    Attributes
    ----------
    key : str
        Hash of its settings.
    seed : int
    params, total_params : int
        Active weights that multiply, and all of them.
    tokens : int
    training_flop : float
        By formula.
    compiled_flop : float
        By the compiler's count of the program.
    loss : float
        Nat per token on held-out language; NaN where training broke down.
    loss_error : float
        Standard error over the held-out documents; shared by all runs, which see the same ones.
    diverged : str
        Why the run counts as diverged, or empty.
    """

    key: str
    seed: int
    params: int
    total_params: int
    tokens: int
    training_flop: float
    compiled_flop: float
    loss: float
    loss_error: float
    diverged: str = ""


def train(
    run: Run,
    store: Store | None = None,
    *,
    progress: Callable[[float], None] | None = None,
    stop_after: int | None = None,
) -> tuple[Result, Any]:
    """Train a model and measure its loss; a run that is already kept is read.

    Parameters
    ----------
    run : Run
    store : Store, optional
        Where results and checkpoints are kept.
    progress : callable, optional
        Called with the FLOP done since the last call.
    stop_after : int, optional
        Leave after so many chunks with the error of an interruption, as if the process had been killed.

    Returns
    -------
    result : Result
    model : Transformer

    Raises
    ------
    KeyboardInterrupt
        After `stop_after` chunks.
    """
    with training():
        return _train(run, store, progress or (lambda flop: None), stop_after)


def _train(
    run: Run, store: Store | None, progress: Callable[[float], None], stop_after: int | None
) -> tuple[Result, Any]:
    import jax.numpy as jnp

    from . import programs

    shape, recipe, corpus = run.shape, run.recipe, run.corpus
    state = programs.start(shape, recipe.optimiser, run.seed)
    done = store.result(run.key) if store else None
    if store is not None and done is not None:
        progress(run.flop)
        return Result(**done), read(store.weights(run.key), state[0])
    program = programs.trainer(shape, recipe.optimiser, recipe.schedule, recipe.batch, corpus.length, CHUNK)
    at = 0
    kept = store.checkpoint(run.key) if store else None
    if kept is not None:
        at, state = kept[0], read(kept[1], state)
        progress(run.flop * at / run.steps)
    peak = jnp.float32(recipe.learning_rate * (REFERENCE_WIDTH / shape.width) ** 0.5)
    chunks, loss = 0, 0.0
    for batches in _batches(run, at):
        count = len(batches)
        whole = np.zeros((CHUNK, recipe.batch, corpus.length), np.int32)
        whole[:count] = batches
        inputs = asked(whole.reshape(-1, corpus.length)).reshape(whole.shape)
        numbers = [jnp.int32(n) for n in (at, count, run.steps)]
        state, mean = program.run(state, inputs, whole, *numbers, peak)
        loss, at, chunks = float(mean), at + count, chunks + 1
        progress(run.flop * count / run.steps)
        if not math.isfinite(loss):
            break
        if store is not None and at < run.steps and chunks % KEEP_EVERY == 0:
            store.keep_checkpoint(run.key, at, written(state))
        if stop_after is not None and chunks >= stop_after and at < run.steps:
            raise KeyboardInterrupt
    model = state[0]
    each = evaluate(model, run) if math.isfinite(loss) else np.full((2, 1), np.nan)
    by_document = each.mean(axis=1)
    value = float(by_document.mean())
    error = float(by_document.std(ddof=1) / math.sqrt(len(by_document)))
    result = Result(
        run.key, run.seed, shape.params, shape.total_params, run.tokens, run.flop,
        program.flop_per_step * run.steps, value, error, _fault(value, run, at),
    )  # fmt: skip
    if store is not None:
        store.keep(run.key, run.settings(), vars(result), written(model))
    return result, model


def evaluate(model: Any, run: Run) -> NDArray[np.float64]:
    """Loss of each token of the held-out documents, shape (documents, length)."""
    from . import programs

    tokens = held_out(run.corpus, TEST_DOCUMENTS)
    program = programs.evaluator(run.shape, _BATCH, run.corpus.length)
    inputs = asked(tokens)
    parts = [
        program(model, inputs[i : i + _BATCH], tokens[i : i + _BATCH]) for i in range(0, len(tokens), _BATCH)
    ]
    return np.concatenate([np.asarray(p, dtype=np.float64) for p in parts])


def written(tree: Any) -> bytes:
    """Weights or a whole state as bytes."""
    import equinox as eqx

    stream = io.BytesIO()
    eqx.tree_serialise_leaves(stream, tree)
    return stream.getvalue()


def read(content: bytes, like: Any) -> Any:
    """What `written` wrote.

    Raises
    ------
    CurveshiftError
        For bytes of another shape.
    """
    import equinox as eqx

    try:
        return eqx.tree_deserialise_leaves(io.BytesIO(content), like)
    except (RuntimeError, ValueError, EOFError) as err:
        raise CurveshiftError(
            "the kept weights do not fit this model: remove the store and run again", "lab"
        ) from err


def _fault(loss: float, run: Run, at: int) -> str:
    if not math.isfinite(loss):
        return f"the loss was not a number after step {at}"
    guess = run.corpus.language.unigram_entropy(run.corpus.length)
    if loss > guess:
        return f"the loss is above {guess:.4g}, that of guessing each token by its frequency"
    return ""


def _batches(run: Run, first: int) -> Any:
    """Chunks of batches from a step on, shape (at most CHUNK, batch, length)."""
    batch, length = run.recipe.batch, run.corpus.length
    waiting = np.empty((0, length), np.int32)
    source = documents(run.corpus, run.recipe.filtered, run.seed)
    skip = first * batch
    at = first
    while at < run.steps:
        count = min(CHUNK, run.steps - at)
        while len(waiting) < skip + count * batch:
            waiting = np.concatenate([waiting, next(source)])
        waiting, skip = waiting[skip:], 0
        yield waiting[: count * batch].reshape(count, batch, length)
        waiting = waiting[count * batch :]
        at += count
