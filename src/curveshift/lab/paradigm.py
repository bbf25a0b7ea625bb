"""A new paradigm in the toy world: reinforcement learning after pretraining, where it pays and where it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .problems import Problems, of_kind
from .reinforce_plan import Reinforcement, distillation_flop
from .runtime import training
from .settings import Corpus, Recipe, Run, Shape, hashed
from .store import Store
from .study import Bench, table
from .training import read, train, written

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.laws import Fit

    Floats = NDArray[np.float64]

KS: Final = (1, 4, 16, 64, 256)
"""Tries of pass@k."""
EARLY: Final = 0.25
"""The first part of the RL compute, whose fit shows what it cannot know yet."""


@dataclass(frozen=True)
class Plan:
    """Sizes and budgets.

    Attributes
    ----------
    flop : float
        Of pretraining.
    more : tuple of float
        Other budgets of pretraining over it, among them one above 1.
    width, student : int
    reinforcement : Reinforcement
    seeds : int
        Of reinforcement.
    examples : int
        Answers that the teacher writes for the student.
    problems, sloppy : float
        Of the corpus.
    depth : int
    kind : str
        Of the problems: ``sums`` or ``proofs``.
    """

    flop: float = 3e11
    more: tuple[float, ...] = (0.5, 2.0, 3.0)
    width: int = 24
    student: int = 16
    reinforcement: Reinforcement = field(default_factory=Reinforcement)
    seeds: int = 3
    examples: int = 20_480
    problems: float = 0.5
    sloppy: float = 0.5
    depth: int = 2
    kind: str = "sums"

    def __post_init__(self) -> None:
        of_kind(self.kind)
        if not any(m > 1.0 for m in self.more):
            raise CurveshiftError(
                "no run with more pretraining to compare with: give a budget above 1 times the first",
                "lab paradigm",
            )
        if self.seeds < 1:
            raise CurveshiftError(f"{self.seeds} seeds: give 1 or more", "lab paradigm")


FULL: Final = Plan()
QUICK: Final = Plan(
    flop=2e11, more=(2.0,), sloppy=0.3, reinforcement=Reinforcement(steps=400), seeds=2, examples=10_240
)


@dataclass(frozen=True)
class Stage:
    """A model at some point of its training, by its success on problems it has never seen.

    Attributes
    ----------
    name : str
        ``pretraining``, ``reinforcement``, ``student``, ``distilled`` or ``student reinforcement``.
    seed : int
    params : int
    flop, compiled_flop : float
        Of this stage alone, by formula and by the compiler's count.
    success : float
        Mean probability of a right answer at the first try.
    reward : float or None
        Mean during reinforcement since the last point.
    pass_at : tuple of float
        Mean probability of a right answer within each of `KS` tries, or empty.
    """

    name: str
    seed: int
    params: int
    flop: float
    compiled_flop: float
    success: float
    reward: float | None = None
    pass_at: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Paradigm:
    """What reinforcement gives after pretraining.

    Attributes
    ----------
    stages : tuple of Stage
    sigmoid : Fit
        Success against RL compute, the start held at what was measured.
    early : Fit
        The same from the first quarter of the compute.
    gains : mapping of str to float
        Success per 1e11 FLOP: RL early, RL late, and more pretraining.
    kind : str
        Of the problems.
    """

    stages: tuple[Stage, ...]
    sigmoid: Fit
    early: Fit
    gains: dict[str, float]
    kind: str = "sums"

    def of(self, name: str) -> list[Stage]:
        """Stages of a name."""
        return [s for s in self.stages if s.name == name]

    def rows(self) -> list[dict[str, Any]]:
        """One row a stage, with its provenance."""
        made = []
        for stage in self.stages:
            row: dict[str, Any] = {"problems": self.kind} | {
                k: v for k, v in vars(stage).items() if k != "pass_at"
            }
            row |= {f"pass@{k}": None for k in KS}
            row |= {f"pass@{k}": p for k, p in zip(KS, stage.pass_at, strict=False)}
            made.append({**row, "curveshift": version("curveshift")})
        return made


def pass_at(success: Floats) -> tuple[float, ...]:
    """Mean of 1 - (1 - p)^k over questions for each of `KS`: exact for known p.

    Examples
    --------
    >>> [round(p, 2) for p in pass_at(np.array([0.5, 0.0]))[:2]]
    [0.25, 0.47]
    """
    return tuple(float(np.mean(1.0 - (1.0 - success) ** k)) for k in KS)


def paradigm(
    plan: Plan = FULL, *, seed: int = 0, bench: Bench | None = None, resamples: int = 400
) -> Paradigm:
    """Pretrain, reinforce, compare with more pretraining, and distil.

    Parameters
    ----------
    plan : Plan
    seed : int
    bench : Bench, optional
    resamples : int
        Of the points of the curves, for the intervals of the sigmoid.

    Returns
    -------
    Paradigm

    Raises
    ------
    CurveshiftError
        Where pretraining diverged.
    """
    bench = bench or Bench()
    if bench.store is None:
        # Stages take up the models of earlier ones where they are kept.
        with TemporaryDirectory() as folder:
            kept = replace(bench, store=Store(Path(folder) / "runs"))
            return paradigm(plan, seed=seed, bench=kept, resamples=resamples)
    corpus = Corpus(problems=plan.problems, sloppy=plan.sloppy, kind=plan.kind)
    problems = of_kind(plan.kind)
    corpus = replace(corpus, language=replace(corpus.language, seed=seed))
    big, small = Shape(plan.width, plan.depth), Shape(plan.student, plan.depth)
    recipe = Recipe(batch=8)
    main = Run.of_budget(plan.flop, big, recipe, corpus, seed)
    others = [Run.of_budget(plan.flop * m, big, recipe, corpus, seed) for m in plan.more]
    student = Run.of_budget(plan.flop, small, recipe, corpus, seed)
    seeds = [seed + i for i in range(plan.seeds)]
    teaching = distillation_flop(small, big, plan.examples, problems)
    alone = replace(
        plan.reinforcement, steps=_steps(teaching, plan.reinforcement, small, problems), seed=seed
    )
    each = plan.reinforcement.steps * plan.reinforcement.flop_per_step(big, problems)
    bench.announce(
        sum(r.flop for r in (main, student, *others))
        + each * plan.seeds
        + teaching
        + alone.steps * alone.flop_per_step(small, problems)
    )
    for result in bench.train([main, student, *others]):
        if result.diverged:
            raise CurveshiftError(f"pretraining diverged: {result.diverged}", "lab paradigm")
    store = bench.store
    before = [_pretrained(run, "pretraining", store) for run in (main, *others)]
    curves: dict[int, list[Stage]] = {}

    def reinforced(s: int) -> None:
        curves[s] = _reinforced(
            main, replace(plan.reinforcement, seed=s), "reinforcement", store, bench.advance
        )

    bench.together([partial(reinforced, s) for s in seeds])
    teacher = replace(plan.reinforcement, seed=seed)
    pupils = _pupils(plan, _key(main, teacher), main, student, alone, store, bench.advance)
    points = [stage for s in seeds for stage in curves[s]]
    sigmoid = _sigmoid(points, before[0].success, 1.0, seed, resamples)
    early = _sigmoid(points, before[0].success, EARLY, seed, resamples)
    return Paradigm((*before, *points, *pupils), sigmoid, early, _gains(before, points, plan), plan.kind)


def _pretrained(run: Run, name: str, store: Store) -> Stage:
    from .reinforce import success

    result, model = train(run, store)
    with training():
        chance = success(model, run.shape, of_kind(run.corpus.kind))
    return Stage(
        name, run.seed, result.params, result.training_flop, result.compiled_flop, float(chance.mean()), None,
        pass_at(chance),
    )  # fmt: skip


def _reinforced(
    run: Run, plan: Reinforcement, name: str, store: Store, advance: Callable[[float], None]
) -> list[Stage]:
    """Success along reinforcement, and at its end pass@k; kept like a run."""
    from . import reinforce

    key, problems = _key(run, plan), of_kind(run.corpus.kind)
    kept = store.result(key)
    if kept is not None:
        advance(plan.steps * plan.flop_per_step(run.shape, problems))
    else:
        _, model = train(run, store)
        with training():
            points, model = reinforce.reinforce(
                model, run.shape, plan, problems, _moments(plan.steps), progress=advance, store=store, key=key
            )
            ends = pass_at(reinforce.success(model, run.shape, problems))
            kept = {"points": [vars(p) for p in points], "ends": ends}
            store.keep(key, {"run": run.settings(), "plan": asdict(plan)}, kept, written(model))
    last = len(kept["points"]) - 1
    return [
        Stage(
            name, plan.seed, run.shape.params, p["rl_flop"], p["compiled_flop"], p["success"], p["reward"],
            tuple(kept["ends"]) if i == last else (),
        )
        for i, p in enumerate(kept["points"])
    ]  # fmt: skip


def _pupils(
    plan: Plan,
    teacher: str,
    main: Run,
    student: Run,
    alone: Reinforcement,
    store: Store,
    advance: Callable[[float], None],
) -> list[Stage]:
    """The student as pretrained, distilled from the teacher kept under a key, and reinforced itself."""
    from . import programs, reinforce
    from .distil import distilled

    problems = of_kind(plan.kind)
    first = _pretrained(student, "student", store)
    _, model = train(student, store)
    with training():
        like = programs.start(main.shape, main.recipe.optimiser, main.seed)[0]
        taught, flop, counted = distilled(
            model,
            student.shape,
            read(store.weights(teacher), like),
            main.shape,
            plan.examples,
            problems,
            main.seed,
        )
        chance = reinforce.success(taught, student.shape, problems)
    advance(flop)
    made = Stage(
        "distilled", main.seed, first.params, flop, counted, float(chance.mean()), None, pass_at(chance)
    )
    return [first, made, _reinforced(student, alone, "student reinforcement", store, advance)[-1]]


def _steps(flop: float, plan: Reinforcement, shape: Shape, problems: Problems) -> int:
    """Steps of reinforcement, a multiple of 10, that cost about so many FLOP."""
    return max(10, round(flop / plan.flop_per_step(shape, problems) / 10) * 10)


def mean_success(points: Sequence[Stage]) -> dict[float, float]:
    """Success by FLOP from the least, the mean over seeds."""
    levels = sorted({p.flop for p in points})
    return {f: float(np.mean([p.success for p in points if p.flop == f])) for f in levels}


def _moments(steps: int) -> tuple[int, ...]:
    """When success is measured: multiples of 10, more often at first."""
    wanted = np.geomspace(10, steps, 24)
    return tuple(sorted({round(float(w) / 10) * 10 for w in wanted} | {steps}))


def _sigmoid(points: Sequence[Stage], start: float, part: float, seed: int, resamples: int) -> Fit:
    from curveshift import laws

    whole = max(p.flop for p in points)
    used = [p for p in points if 0.0 < p.flop <= part * whole]
    runs = table(rl_compute=[p.flop for p in used], reward=[p.success for p in used])
    return laws.fit(
        laws.RLCompute, runs, fixed={"R0": start}, seed=seed, resamples=resamples, force=True, space="raw"
    )


def _gains(before: Sequence[Stage], points: Sequence[Stage], plan: Plan) -> dict[str, float]:
    """Success per 1e11 FLOP, over the first quarter and the second half of reinforcement, and over more pretraining."""
    whole = max(p.flop for p in points)
    mean = mean_success(points)
    first = max(f for f in mean if f <= EARLY * whole)
    late = max(f for f in mean if f <= 0.5 * whole)
    extra = [b for b in before[1:] if b.flop > before[0].flop]
    nearest = min(extra, key=lambda b: b.flop)
    unit = 1e11
    return {
        "reinforcement, first quarter": (mean[first] - before[0].success) / first * unit,
        "reinforcement, second half": (mean[whole] - mean[late]) / (whole - late) * unit,
        "more pretraining": (nearest.success - before[0].success) / (nearest.flop - before[0].flop) * unit,
    }


def _key(run: Run, plan: Reinforcement) -> str:
    return hashed({"kind": "reinforcement", "run": run.settings(), "plan": asdict(plan)})
