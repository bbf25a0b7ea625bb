"""Blocks of 128 draws through one compiled program, on as many threads as asked.

Every block has the same shape, so that its bytes do not depend on how many there are or on who runs them.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import numpy as np

# Threads of our own run blocks; XLA's would only get in their way. It reads this when it first compiles.
# Once, although worker processes inherit it: compiled programs on disk are found by these flags too.
os.environ["XLA_FLAGS"] = " ".join(
    dict.fromkeys([*os.environ.get("XLA_FLAGS", "").split(), "--xla_cpu_multi_thread_eigen=false"])
)

import jax

jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]

from curveshift.compiled_programs import keep_compiled  # noqa: E402
from curveshift.scenario.sampling import BLOCK as BLOCK  # noqa: E402
from curveshift.scenario.sampling import Draws, Sampled, sampled_block  # noqa: E402
from curveshift.world import (  # noqa: E402
    bands,
    market,
    noise,
    outcomes,
    supply,
    systems,
    thresholds,
    tying,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.scenario import Scenario
    from curveshift.world.history import History
    from curveshift.world.ledger import Market, PolicyMonths
    from curveshift.world.observed import Frontier

Done = TypeVar("Done")

FEEDBACK: Final = {"off": 0, "default": 1, "strong": 2}
"""Settings of AI's help to AI research: none, ``feedback.per_oom``, and that times ``feedback.strong_factor``."""


class Trajectory(NamedTuple):
    """What a block's draws give under one policy."""

    series: outcomes.Series
    scalars: outcomes.Scalars
    bins: jax.Array
    ties: systems.Ties
    pair: tying.Pair | None


def prepare(
    names: tuple[str, ...],
    theta: jax.Array,
    chance: noise.Noise,
    history: market.HistoryArrays,
    years: jax.Array,
) -> tuple[Market, systems.SystemsPaths]:
    """All that is drawn and does not depend on policy: made once per block, for every policy.

    The draw axis is the last one everywhere, so that a quantity written for one draw holds for a block and a
    month's step runs over memory in order; what is the same for all draws has a last axis of length 1.

    Parameters
    ----------
    theta : array, shape (assumption, draw)
    chance : Noise
        Process noise of the block.
    history : HistoryArrays
    years : array, shape (month,)
    """
    p = {name: theta[i] for i, name in enumerate(names)}
    chips = market.draw_market(p, history, chance.class_scores, years[:, None])
    return chips, systems.draw_paths(
        p, years[:, None], chance.steps, chance.chance, chance.chance_normal, chance.theft_luck
    )


def trajectory(
    names: tuple[str, ...],
    as_of_month: int,
    theta: jax.Array,
    chips: Market,
    paths: systems.SystemsPaths,
    revert_month: jax.Array,
    factual_levels: jax.Array,
    policy: PolicyMonths,
    record: PolicyMonths,
    feedback: jax.Array,
    is_factual: jax.Array,
    years: jax.Array,
    ties: systems.Ties,
    observed: tying.Observed | None,
    *,
    reverting: bool,
) -> Trajectory:
    """Draws under one policy, from assumptions to outcomes: the whole model on one page.

    Parameters
    ----------
    theta : array, shape (assumption, draw)
    chips, paths
        What does not depend on policy (see `prepare`).
    revert_month : array, shape (draw,)
        Month from which the record's rules hold again (for policies with a half-life).
    factual_levels : array, shape (threshold, draw)
        Levels of `thresholds.EVERY` from the factual path of each draw, shared by all policies.
    feedback : scalar
        Place of the setting in `FEEDBACK`.
    is_factual : scalar
        1 when this run is the factual path itself, which makes levels and ties.
    ties : Ties
        From the factual path of each draw, shared by all policies.
    observed : Observed or None
        The record that the factual path is tied to; None when nothing is.
    """
    import jax.numpy as jnp

    p = {name: theta[i] for i, name in enumerate(names)}
    policy = jax.tree.map(lambda x: x[..., None], policy)
    years = years[:, None]
    if reverting:
        record = jax.tree.map(lambda x: x[..., None], record)
        month = jnp.arange(years.shape[0])[:, None]

        def either(own: jax.Array, fallback: jax.Array) -> jax.Array:
            kept = jnp.expand_dims(month < revert_month, tuple(range(1, own.ndim - 1)))
            return jnp.where(kept, own, fallback)

        policy = jax.tree.map(either, policy, record)
    supplied = supply.simulate(p, chips, policy, chips.flagship[0])
    monthly = supplied.months
    ones = jnp.ones_like(monthly.scarcity)
    given = systems.SystemsInput(
        capacity=jnp.stack([monthly.us_capacity, monthly.china_capacity], axis=1),
        scarcity=jnp.stack([0.0 * ones, monthly.scarcity], axis=1),
        pooling=jnp.stack(
            [policy.lever["systems.us_pooling"], policy.lever["systems.china_pooling"]], axis=1
        ),
        open_weights=jnp.stack([ones * policy.lever["openness.us_open_weights"], ones], axis=1),
        secrecy=policy.lever["openness.secrecy"],
        weight_security=jnp.stack([ones * policy.lever["security.weights"], 0.0 * ones], axis=1),
        log_cost=jnp.stack([0.0 * ones, monthly.china_log_cost], axis=1),
    )
    feedback_scale = jnp.stack([0.0 * ones[0], ones[0], p["feedback.strong_factor"]])[feedback]
    feedback_level = thresholds.essay_level(p) - p["feedback.start_oom_below_threshold"]
    drawn = (p, paths, years, given, feedback_scale, feedback_level)
    pair = None
    if observed is not None:
        ties, pair = jax.lax.cond(
            is_factual > 0,
            lambda: (tying.tie(*drawn, observed), tying.beside(systems.simulate(*drawn), observed)),
            lambda: (ties, tying.no_pair(observed)),
        )
    able = systems.simulate(*drawn, ties)
    own = thresholds.levels(p, able.capability[:, 0], as_of_month)
    level = jnp.where(is_factual > 0, own, factual_levels)
    series, scalars = outcomes.summarise(
        supplied, able, level, p["systems.next_developer_ratio"], as_of_month
    )
    return Trajectory(series, scalars, bands.bins(series), ties, pair)


@lru_cache(maxsize=16)
def _prepare(names: tuple[str, ...]) -> Callable[..., Any]:
    """`prepare`, compiled."""
    keep_compiled()
    return jax.jit(partial(prepare, names))


@lru_cache(maxsize=16)
def _program(names: tuple[str, ...], as_of_month: int, reverting: bool) -> Callable[..., Any]:
    """The compiled block program; policies, facts and settings are arguments, so they do not recompile it."""
    keep_compiled()
    return jax.jit(partial(trajectory, names, as_of_month, reverting=reverting))


@dataclass(frozen=True)
class Job:
    """What is the same for every block of a run."""

    scenario: Scenario
    history: History
    compiled: Sequence[PolicyMonths]
    """One per policy; the first is the record's, which gives levels and weights."""
    half_lives: Sequence[float | None]
    feedback: int
    as_of_month: int
    frontier: Frontier | None = None
    """The record that histories are tied to; None when they are not."""
    sampler: Callable[[Scenario, int], Sampled] = sampled_block
    """What each block begins with; a design of its own may take the place of the ordinary draws."""

    @property
    def years(self) -> NDArray[np.float64]:
        """Decimal year at the middle of each month."""
        return np.asarray(2022.0 + (np.arange(len(self.scenario.months)) + 0.5) / 12.0)

    @property
    def quarter_ends(self) -> NDArray[np.int64]:
        """Month index of the end of each whole quarter."""
        return np.arange(2, len(self.scenario.months), 3)


@dataclass(frozen=True)
class BlockResult:
    """All policies' outcomes for one block, padded draws cut off."""

    index: int
    assumptions: NDArray[np.float64]
    replicate: NDArray[np.int64]
    series: list[outcomes.Series]
    """Last axis the draw."""
    scalars: list[outcomes.Scalars]
    """First axis the draw."""
    bins: list[NDArray[np.int32]]
    """Bins of every value of every band, shape (cell, draw), see `curveshift.world.bands`."""
    pair: tying.Pair | None = None
    """The factual history without ties, last axis the draw; None when nothing is tied."""
    observed: tying.Observed | None = None
    ties: systems.Ties | None = None
    """The factual path's, last axis the draw."""


class Start(NamedTuple):
    """What a block has before any policy; arrays are padded to the block."""

    block: int
    draws: Draws
    noise_seed: int
    noise_block: int
    theta: NDArray[np.float64]
    chips: Market
    paths: systems.SystemsPaths
    observed: tying.Observed | None


class Factual(NamedTuple):
    """What the factual path of a block sets for all policies, padded to the block."""

    levels: jax.Array
    ties: systems.Ties


def start_block(job: Job, index: int) -> Start:
    """Sample one block and make all that its policies share."""
    scenario = job.scenario
    draws, seed, noise_block = job.sampler(scenario, index)
    n = len(draws)
    theta = np.empty((len(draws.names), BLOCK))
    theta[:, :n] = draws.values.T
    theta[:, n:] = draws.values[-1][:, None]
    columns = {name: theta[i] for i, name in enumerate(draws.names)}
    chance = noise.draw_noise(seed, noise_block, BLOCK, len(job.history.classes), len(job.years), columns)
    observed = None
    if job.frontier is not None:
        observed = job.frontier.observed(scenario.assumptions, columns)
    chips, paths = _prepare(draws.names)(theta, chance, job.history.arrays, job.years)
    return Start(index, draws, seed, noise_block, theta, chips, paths, observed)


def run_policy(job: Job, start: Start, place: int, factual: Factual | None) -> Trajectory:
    """Run one policy of a job on a block; without a `factual` path it is that path itself."""
    half_life = job.half_lives[place]
    revert = noise.reversal_months(start.noise_seed, start.noise_block, BLOCK, [half_life], job.as_of_month)
    years = job.years
    own = factual is None
    if factual is None:
        levels = jax.numpy.zeros((len(thresholds.EVERY), BLOCK))
        zero = np.zeros((len(years), len(systems.CONTENDERS), BLOCK))
        factual = Factual(levels, systems.Ties(zero, zero, np.ones((len(years), 1))))
    program = _program(start.draws.names, job.as_of_month, half_life is not None)
    found: Trajectory = program(
        start.theta,
        start.chips,
        start.paths,
        revert[0],
        factual.levels,
        job.compiled[place],
        job.compiled[0],
        np.int32(job.feedback),
        np.float64(own),
        years,
        factual.ties,
        start.observed,
    )
    return found


def run_block(job: Job, index: int) -> BlockResult:
    """Sample one block and run every policy on it."""
    start = start_block(job, index)
    first = run_policy(job, start, 0, None)
    factual = Factual(first.scalars.level, first.ties)
    rest = (run_policy(job, start, i, factual) for i in range(1, len(job.compiled)))
    return block_result(job, start, itertools.chain([first], rest))


def block_result(job: Job, start: Start, runs: Iterable[Trajectory]) -> BlockResult:
    """Outcomes of a block as NumPy arrays without the padding; the first run is the factual path."""
    n = len(start.draws)
    # Every level is computed, so that one program serves all; the custom one counts only when it was set.
    levels = len(thresholds.presets(job.scenario.assumptions))
    series, scalars, found = [], [], []
    cut = partial(jax.tree.map, lambda x: np.asarray(x)[..., :n])
    pair = ties = None
    for i, run in enumerate(runs):
        if i == 0:
            pair, ties = cut(run.pair), cut(run.ties)
        series.append(cut(run.series))
        whole = jax.tree.map(lambda x: np.moveaxis(np.asarray(x), -1, 0)[:n], run.scalars)
        by_level = {name: getattr(whole, name)[:, :levels] for name in outcomes.BY_LEVEL}
        scalars.append(whole._replace(**by_level))
        found.append(np.asarray(run.bins)[:, :n])
    return BlockResult(
        start.block,
        start.draws.values,
        start.draws.replicate,
        series,
        scalars,
        found,
        pair,
        cut(start.observed),
        ties,
    )


def run_blocks(job: Job, threads: int) -> Iterator[BlockResult]:
    """Run all blocks and yield them in order, whatever thread finished first."""
    return in_order(partial(run_block, job), range(-(-job.scenario.draws // BLOCK)), threads)


def in_order(work: Callable[[int], Done], blocks: Sequence[int], threads: int) -> Iterator[Done]:
    """Do the work of some blocks on some threads and yield it in their order."""
    if threads <= 1 or len(blocks) == 1:
        yield from map(work, blocks)
        return
    # The first block compiles; the others would wait for the same compilation.
    with ThreadPoolExecutor(threads) as pool:
        ahead = [pool.submit(work, i) for i in blocks[: threads + 1]]
        for i in range(len(blocks)):
            yield ahead.pop(0).result()
            following = i + threads + 1
            if following < len(blocks):
                ahead.append(pool.submit(work, blocks[following]))


def as_of_month(as_of: date) -> int:
    """Index of the last whole month by a date, from January 2022."""
    month = (as_of.year - 2022) * 12 + as_of.month - 1
    next_day = date.fromordinal(as_of.toordinal() + 1)
    return month if next_day.month != as_of.month else month - 1
