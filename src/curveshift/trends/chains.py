"""Sampling the joint model: one process for each chain, the same draws for any number of processes."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache
from queue import Empty
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.compiled_programs import keep_compiled
from curveshift.errors import CurveshiftError

from .panels import Panel
from .prior_records import Prior, priors
from .specification import Specification

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Progress = Callable[[int, int], None]
    _Chain = tuple[dict[str, NDArray[np.float64]], int, float]

_STRIDE: Final = 25
_KEPT_OUT: Final = ("raw",)
_JITTER: Final = 0.1
"""How far from the middle of the priors chains start, in the sampler's coordinates: apart, but none in a far corner."""


@dataclass(frozen=True)
class Effort:
    """How long to sample.

    Attributes
    ----------
    chains, warm_up, draws : int
        Number of chains; steps of adaptation and draws of each.
    seed : int
    target_acceptance : float
    deepest_tree : int
        At most 2^d leapfrog steps a draw.
    """

    chains: int = 4
    warm_up: int = 400
    draws: int = 600
    seed: int = 0
    target_acceptance: float = 0.85
    deepest_tree: int = 9

    def __post_init__(self) -> None:
        if min(self.chains, self.warm_up, self.draws) < 1 or self.warm_up % _STRIDE or self.draws % _STRIDE:
            raise CurveshiftError(f"chains must be positive, and warm-up and draws multiples of {_STRIDE}")


@dataclass(frozen=True, eq=False)
class Chains:
    """What the sampler gave.

    Attributes
    ----------
    values : dict of str to array, shape (chain, draw, ...)
        Every parameter of the program by name.
    divergences : int
        Draws after warm-up at which the integrator failed.
    mean_steps : float
        Leapfrog steps a draw.
    """

    values: dict[str, NDArray[np.float64]]
    divergences: int
    mean_steps: float


def need_sampler() -> None:
    """Say how to install what sampling needs, where it is missing."""
    try:
        import arviz_stats  # noqa: F401
        import numpyro  # noqa: F401
    except ImportError:
        raise CurveshiftError(
            "calibrating needs NumPyro and ArviZ: install them with `pip install 'curveshift[calibrate]'`"
        ) from None


def sample(
    panel: Panel,
    version: Specification,
    effort: Effort | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Chains:
    """Sample the joint model with the No-U-Turn sampler (Hoffman and Gelman 2014).

    Parameters
    ----------
    panel : Panel
    version : Specification
    effort : Effort, optional
    workers : int, optional
        Processes; the processors of the machine, and at most one a chain, without it.
    progress : callable, optional
        Called with steps done and steps in all.

    Returns
    -------
    Chains

    Raises
    ------
    CurveshiftError
        When NumPyro is not installed.
    """
    plan = effort or Effort()
    found = _run([(panel, version, plan, k) for k in range(plan.chains)], workers, progress)
    values = {name: np.stack([one[0][name] for one in found]) for name in found[0][0]}
    return Chains(values, sum(one[1] for one in found), float(np.mean([one[2] for one in found])))


def sample_each(
    panels: Sequence[Panel],
    version: Specification,
    effort: Effort,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[Chains]:
    """Sample the joint model on several panels, with one chain each.

    Parameters
    ----------
    panels : sequence of Panel
    version : Specification
    effort : Effort
    workers : int, optional
    progress : callable, optional

    Returns
    -------
    list of Chains
        In the order of the panels.
    """
    found = _run([(panel, version, effort, 0) for panel in panels], workers, progress)
    return [Chains({n: v[None] for n, v in values.items()}, bad, steps) for values, bad, steps in found]


def _run(
    jobs: Sequence[tuple[Panel, Specification, Effort, int]], workers: int | None, progress: Progress | None
) -> list[_Chain]:
    """Run chains, each in a process, and return them in their order."""
    need_sampler()
    total = sum(plan.warm_up + plan.draws for _, _, plan, _ in jobs)
    context = multiprocessing.get_context("spawn")
    done = 0
    with (
        context.Manager() as manager,
        ProcessPoolExecutor(min(len(jobs), workers or os.cpu_count() or 1), context) as pool,
    ):
        ticks = manager.Queue()
        tasks = [pool.submit(_chain, *job, ticks) for job in jobs]
        pending = set(tasks)
        while pending:
            _, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
            try:
                while True:
                    done += ticks.get_nowait()
            except Empty:
                if progress is not None:
                    progress(done, total)
        return [task.result() for task in tasks]


def _chain(panel: Panel, version: Specification, plan: Effort, number: int, ticks: Any) -> _Chain:
    """Run one chain; called in a process of its own."""
    # The processes share the processors, so each keeps to one thread.
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    import jax

    jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]
    keep_compiled()
    return chain(panel, version, plan, number, lambda: ticks.put(_STRIDE))


def chain(
    panel: Panel, version: Specification, plan: Effort, number: int, tell: Callable[[], None] | None = None
) -> tuple[dict[str, NDArray[np.float64]], int, float]:
    """Run one chain in this process, in which JAX must count in double precision.

    Parameters
    ----------
    panel : Panel
    version : Specification
    plan : Effort
    number : int
        Which chain; it sets the stream of random numbers.
    tell : callable, optional
        Called after every 25 steps.

    Returns
    -------
    dict of str to array, shape (draw, ...)
    int
        Divergences.
    float
        Leapfrog steps a draw.
    """
    import jax

    from .stitching import program_data

    begin, some = _sampler(version.program, plan.warm_up, plan.target_acceptance, plan.deepest_tree)
    data = jax.tree.map(jax.numpy.asarray, program_data(panel, version))
    place = _start(panel, version, np.random.Generator(np.random.Philox(key=[plan.seed, number])))
    state = begin(jax.random.fold_in(jax.random.PRNGKey(plan.seed), number), place, data)
    kept = []
    for first in range(0, plan.warm_up + plan.draws, _STRIDE):
        state, made = some(state, data)
        if first >= plan.warm_up:
            kept.append(jax.tree.map(np.asarray, made))
        if tell is not None:
            tell()
    names = [name for name in kept[0][0] if name not in _KEPT_OUT]
    values = {name: np.concatenate([part[0][name] for part in kept]) for name in names}
    diverged = sum(int(np.sum(part[1])) for part in kept)
    return values, diverged, float(np.mean([part[2] for part in kept]))


def _start(panel: Panel, version: Specification, stream: np.random.Generator) -> dict[str, Any]:
    """Near the medians of the priors, in the sampler's unbounded coordinates; models in any order."""
    from .stitching import sizes

    middles = {
        name: _unbounded_median(prior) for name, prior in priors().items() if name not in version.absent
    }
    place: dict[str, Any] = {name: x + _JITTER * stream.standard_normal() for name, x in middles.items()}
    of_group = {"log_slope": "log_slope_mean", "log_precision": "log_precision_mean", "lost": "ceiling_loss"}
    for name, size in sizes(panel, version).items():
        spread = 1.0 if name == "raw" else _JITTER
        place[name] = middles.get(of_group.get(name, name), 0.0) + spread * stream.standard_normal(size)
    return {name: x for name, x in place.items() if name != "ceiling_loss"}


def _unbounded_median(prior: Prior) -> float:
    """Median of a prior, as a logarithm where it is positive, as log odds where it is a share."""
    from scipy.stats import beta, halfnorm

    if prior.family == "beta":
        half = beta.median(*prior.numbers)
        return float(np.log(half / (1.0 - half)))
    if prior.family == "half_normal":
        return float(np.log(halfnorm.median(scale=prior.numbers[0])))
    return prior.numbers[0]


@lru_cache(maxsize=4)
def _sampler(
    version: Specification, warm_up: int, target_acceptance: float, deepest_tree: int
) -> tuple[Callable[[Any, Any, Any], Any], Callable[[Any, Any], Any]]:
    """The start of a chain and its next 25 steps, compiled once for all data of one shape."""
    import jax
    from numpyro.infer.hmc import hmc
    from numpyro.infer.util import constrain_fn, potential_energy

    from .stitching import GLOBALS, likelihood_and_prior

    program = likelihood_and_prior(version)

    @jax.jit
    def energy(place: Any, data: Any) -> Any:
        return potential_energy(program, (data,), {}, place)

    start, step = hmc(potential_fn_gen=lambda data: lambda place: energy(place, data), algo="NUTS")

    def begin(key: Any, place: Any, data: Any) -> Any:
        return start(
            place,
            warm_up,
            dense_mass=[tuple(name for name in GLOBALS if name in place)],
            target_accept_prob=target_acceptance,
            max_tree_depth=deepest_tree,
            model_args=(data,),
            rng_key=key,
        )

    @jax.jit
    def some(state: Any, data: Any) -> Any:
        def one(state: Any, _: None) -> Any:
            after = step(state, (data,))
            made = constrain_fn(program, (data,), {}, after.z, return_deterministic=True)
            return after, (made, after.diverging, after.num_steps)

        return jax.lax.scan(one, state, None, length=_STRIDE)

    return begin, some
