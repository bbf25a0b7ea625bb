"""Forecasts start from where the world is: the offsets that make a draw's factual history reproduce the record."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from curveshift.world import systems
from curveshift.world.outcomes import first_reach
from curveshift.world.units import Array

if TYPE_CHECKING:
    from curveshift.world.systems import SystemsInput, SystemsPaths, Ties


class Observed(NamedTuple):
    """The record of one block of draws, over the months up to the as-of date."""

    frontier: Array
    """Best capability released so far, log10 effective FLOP of 2024, shape (month, bloc, draw); in months before a
    bloc's first scored model that of the first, and infinite when it has none."""
    known: Array
    """1 where a bloc has a scored model, shape (month, bloc, 1)."""


class Pair(NamedTuple):
    """The factual history without ties, beside the record."""

    untied: Array
    """Capability at the ends of some months, shape (date, bloc, draw)."""
    months_late: Array
    """Months by which the untied history reaches what was observed at that date later than it was."""


def needed_own(p: dict[str, jax.Array], target: jax.Array, other: jax.Array, secrecy: jax.Array) -> jax.Array:
    """Own capability with which a bloc, having learnt from the other's outputs, has the target; shape (bloc,).

    The inverse of ``own + k (other - own)`` below the other's level, with k below 1, and the target itself above it.
    """
    kept = 1.0 - p["diffusion.distillation_strength"] * (1.0 - secrecy)
    return jnp.where(target < other, other + (target - other) / jnp.maximum(kept, 1e-3), target)


def tie(
    p: dict[str, jax.Array],
    paths: SystemsPaths,
    years: jax.Array,
    given: SystemsInput,
    feedback_scale: jax.Array,
    feedback_level: jax.Array,
    observed: Observed,
) -> Ties:
    """Offsets that make the factual history of each draw the observed one, in every month in which that is known.

    Own capability is shifted to what, with learning from the other bloc, gives the observed frontier. What open
    weights give is lowered to it where it would be more, and no stolen weights count: whatever they gave is in the
    record already. Earlier months take the shift of the first known month and later ones that of the last, except
    that a bloc with the smaller shift catches up with the other's in `efficiency.diffusion_months`. A bloc that was
    never seen has no shift.
    """
    n = observed.frontier.shape[0]
    months = systems.in_months(paths, years, given, systems.untied(paths, years))
    months = jax.tree.map(lambda x: x[:n], months)

    def follow(
        early: jax.Array, state: systems.SystemsState, x: tuple[systems.Month, Observed]
    ) -> tuple[systems.SystemsState, Ties]:
        month, seen = x
        after, _ = systems.develop(p, paths, feedback_scale, feedback_level, state, month)
        other = state.best[::-1]
        exact = needed_own(p, seen.frontier, other, month.given.secrecy) - after.own
        # Before it was seen a bloc must not have had more than when it was.
        shift = jnp.where(seen.known > 0, exact, jnp.minimum(early, exact))
        floor = jnp.minimum(seen.frontier - systems.open_level(p, other, month), 0.0)
        ties = systems.Ties(shift, floor, jnp.zeros_like(month.year))
        own = systems.reached(p, after.own + shift, other, month._replace(ties=ties))
        best = jnp.where(seen.known > 0, seen.frontier, jnp.maximum(state.best, own))
        return after._replace(best=best), ties

    def through(early: jax.Array) -> Ties:
        begin = systems.at_start(paths, given)
        _, found = jax.lax.scan(partial(follow, early), begin, (months, observed))
        return found

    # Once to learn the shift of the first known month, and once more with it in the months before.
    none = jnp.zeros_like(paths.initial_log_efficiency)
    at = jnp.broadcast_to(jnp.argmax(observed.known > 0, axis=0)[None], (1, *none.shape))
    first = jnp.take_along_axis(through(none).own, at, axis=0)[0]
    found = through(jnp.where(jnp.any(observed.known > 0, axis=0), first, none))

    # What a bloc's recipes have beyond the model's reaches the other as efficiency does.
    after = jnp.arange(1, years.shape[0] - n + 1).reshape((-1, *(1,) * (found.own.ndim - 1)))
    caught_up = 1.0 - jnp.exp(-after / p["efficiency.diffusion_months"])
    last = found.own[-1:]
    behind = jnp.max(last, axis=1, keepdims=True) - last
    own = last + caught_up * jnp.where(jnp.any(observed.known > 0, axis=0), behind, 0.0)
    floor = jnp.broadcast_to(found.floor[-1:], (years.shape[0] - n, *found.floor.shape[1:]))

    thefts = (jnp.arange(years.shape[0]) >= n) * 1.0
    return systems.Ties(
        jnp.concatenate([found.own, own]), jnp.concatenate([found.floor, floor]), thefts.reshape(years.shape)
    )


def record_months(n_months: int) -> list[int]:
    """Months at whose ends the untied history is set beside the record: ends of years, and the last."""
    return sorted({*range(11, n_months, 12), n_months - 1})


def beside(untied: systems.SystemsMonth, observed: Observed) -> Pair:
    """The untied history at the dates of `record_months`, and how late it is in months.

    Late is infinite when the observed level is not reached by the horizon, and at least minus the date when it was
    reached from the start.
    """
    at = np.array(record_months(observed.frontier.shape[0]))
    path = untied.capability
    reached = [first_reach(path[:, bloc], observed.frontier[at, bloc]) for bloc in range(path.shape[1])]
    return Pair(path[at], jnp.stack(reached, axis=1) - at[:, None, None])


def no_pair(observed: Observed) -> Pair:
    """A pair of the right shape for runs that are not the factual one."""
    shape = (len(record_months(observed.frontier.shape[0])), *observed.frontier.shape[1:])
    return Pair(jnp.zeros(shape), jnp.zeros(shape))
