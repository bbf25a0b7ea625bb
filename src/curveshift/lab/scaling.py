"""Scaling in the toy world: designs, runs, the fitted law against the known floor, and predictions made beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .language import Entropy
from .settings import Corpus, Recipe, Run, Shape
from .study import Bench, table
from .training import Result

if TYPE_CHECKING:
    from curveshift.laws import Fit, IsoFlop, Runs

FLOP_PER_PARAM_TOKEN: Final = 6.0
FEWEST_STEPS: Final = 40
"""Below it a run has hardly left its warm-up."""
FEWEST_RUNS: Final = 7
"""For the five parameters of the law and an error."""
LEVEL: Final = 0.9
_NOMINAL: Final = {"E": 1.3, "A": 60.0, "B": 900.0, "alpha": 0.5, "beta": 0.5}
"""A law of the usual shape, to ask before training whether a design could identify one."""


@dataclass(frozen=True)
class Planned:
    """A run of a design.

    Attributes
    ----------
    width : int
    tokens : float
        Rounded to whole steps when it is run.
    stage : int
        Runs of stage s > 0 are predicted from those of lower stages before they are trained.
    """

    width: int
    tokens: float
    stage: int = 0


@dataclass(frozen=True)
class Design:
    """Sizes and budgets to train.

    Attributes
    ----------
    planned : tuple of Planned
    depth : int
    """

    planned: tuple[Planned, ...]
    depth: int = 2

    @classmethod
    def isoflop(
        cls,
        budgets: Sequence[tuple[float, Sequence[int]]],
        grid: tuple[Sequence[float], Sequence[int]] = ((), ()),
        predicted: int = 1,
        depth: int = 2,
    ) -> Design:
        """Widths at budgets of 6 N D, and a grid of tokens by widths.

        Parameters
        ----------
        budgets : sequence of (FLOP, widths)
            From the smallest; the last `predicted` of them are predicted before they are run, each from all before.
        grid : (tokens, widths)
        predicted : int
        depth : int

        Returns
        -------
        Design
        """
        made = [Planned(w, t) for t in grid[0] for w in grid[1]]
        for i, (flop, widths) in enumerate(budgets):
            stage = max(0, i + 1 + predicted - len(budgets))
            made += [Planned(w, flop / FLOP_PER_PARAM_TOKEN / Shape(w, depth).params, stage) for w in widths]
        return cls(tuple(made), depth)

    def runs(self, recipe: Recipe, corpus: Corpus, seed: int) -> list[Run]:
        """The runs in the order of the plan.

        Raises
        ------
        CurveshiftError
            For runs too short to mean anything, or a design that cannot identify the law.
        """
        each = recipe.batch * corpus.length
        made = [
            Run(Shape(p.width, self.depth), recipe, corpus, max(1, round(p.tokens / each)), seed)
            for p in self.planned
        ]
        short = [run for run in made if run.steps < FEWEST_STEPS]
        if short:
            worst = min(short, key=lambda run: run.steps)
            need = FEWEST_STEPS * each * FLOP_PER_PARAM_TOKEN * worst.shape.params
            raise CurveshiftError(
                f"the budget is too small for width {worst.shape.width}: {worst.steps} steps, and at least"
                f" {FEWEST_STEPS} are needed, which take {need:.2g} FLOP",
                "lab scaling",
            )
        self._identified(made)
        return made

    def _identified(self, runs: Sequence[Run]) -> None:
        from curveshift import laws

        for stage in sorted({p.stage for p in self.planned if p.stage} or {1}):
            known = [r for r, p in zip(runs, self.planned, strict=True) if p.stage < stage]
            if not known:
                raise CurveshiftError(
                    "there is no smaller budget to predict the largest from: give at least three",
                    "lab scaling",
                )
            n, d = np.array([r.shape.params for r in known]), np.array([r.tokens for r in known])
            loss = laws.Chinchilla(**_NOMINAL).predict(params=n, tokens=d)
            try:
                laws.fit(laws.Chinchilla, _table(n, d, loss), resamples=0)
            except CurveshiftError as err:
                raise CurveshiftError(
                    f"the runs of the smaller budgets would not identify the law: {err.what.split(' (force')[0]}."
                    f" Missing: {_missing(known)}",
                    "lab scaling",
                ) from err


@dataclass(frozen=True)
class Prediction:
    """What was written down of a run before it was trained, and what came.

    Attributes
    ----------
    key : str
        Of the run.
    width : int
    params, tokens : int
    flop : float
        6 N D.
    predicted, low, high : float
        With the ends of the interval for a new run.
    loss : float
        What came.
    """

    key: str
    width: int
    params: int
    tokens: int
    flop: float
    predicted: float
    low: float
    high: float
    loss: float

    @property
    def inside(self) -> bool:
        """Whether the interval holds what came."""
        return self.low <= self.loss <= self.high


@dataclass(frozen=True, eq=False)
class Scaling:
    """Runs, the law through them, and how far it can be trusted.

    Attributes
    ----------
    runs : tuple of Run
    results : tuple of Result
    floor : Entropy
        The true irreducible loss.
    fit : Fit
        The law through all runs that did not diverge.
    predictions : tuple of Prediction
    isoflop : IsoFlop or None
        Parabolas of the budgets, where there are enough.
    warnings : tuple of str
    """

    runs: tuple[Run, ...]
    results: tuple[Result, ...]
    floor: Entropy
    fit: Fit
    predictions: tuple[Prediction, ...]
    isoflop: IsoFlop | None
    warnings: tuple[str, ...]

    @property
    def exponent(self) -> tuple[float, float, float]:
        """Exponent a of N_opt ~ C^a by the law, with its interval."""
        names = [p.name for p in self.fit.law.parameters]
        draws = self.fit.resamples
        assert draws is not None
        alpha, beta = draws[:, names.index("alpha")], draws[:, names.index("beta")]
        low, high = np.quantile(beta / (alpha + beta), self.fit.tails(LEVEL))
        here = self.fit.params
        return here["beta"] / (here["alpha"] + here["beta"]), float(low), float(high)

    def rows(self) -> list[dict[str, Any]]:
        """One row a run, with its provenance."""
        sound = _sound(self.results)
        law = self.fit.law.predict(params=[r.params for r in sound], tokens=[r.tokens for r in sound])
        fitted = {r.key: float(v) for r, v in zip(sound, law, strict=True)}
        return [
            {
                "width": run.shape.width,
                "depth": run.shape.depth,
                **vars(result),
                "six_nd_flop": FLOP_PER_PARAM_TOKEN * result.params * result.tokens,
                "law": fitted.get(result.key, float("nan")),
                "curveshift": version("curveshift"),
            }
            for run, result in zip(self.runs, self.results, strict=True)
        ]


QUICK: Final = Design.isoflop(
    [
        (8e9, (8, 16, 24)),
        (2.5e10, (8, 16, 24, 32)),
        (8e10, (16, 24, 32, 40)),
        (2.5e11, (16, 24, 32, 48)),
    ],
    grid=((1e5,), (8, 32, 48)),
    predicted=1,
)
FULL: Final = Design.isoflop(
    [
        (1e10, (8, 16, 24, 32)),
        (3.2e10, (8, 16, 24, 32)),
        (1e11, (16, 24, 32, 48)),
        (3.2e11, (16, 24, 32, 48, 64)),
        (1e12, (24, 32, 48, 64)),
        (3.2e12, (32, 48, 64, 96)),
    ],
    grid=((4e5,), (8, 16, 32, 64)),
    predicted=2,
)
RECIPE: Final = Recipe(batch=8)


def scaling(
    design: Design = FULL,
    *,
    recipe: Recipe = RECIPE,
    corpus: Corpus | None = None,
    seed: int = 0,
    bench: Bench | None = None,
    resamples: int = 1000,
) -> Scaling:
    """Train a design stage by stage, predict each stage from those before it, and fit the law.

    Parameters
    ----------
    design : Design
    recipe : Recipe
    corpus : Corpus, optional
    seed : int
        Of weights, documents, language and resamples.
    bench : Bench, optional
    resamples : int
        For the intervals, at least 100.

    Returns
    -------
    Scaling

    Raises
    ------
    CurveshiftError
        For a design that cannot identify the law, or where so many runs diverged that the others cannot.
    """
    from curveshift import laws

    bench = bench or Bench()
    corpus = corpus or Corpus()
    corpus = replace(corpus, language=replace(corpus.language, seed=seed))
    runs = design.runs(recipe, corpus, seed)
    bench.announce(sum(run.flop for run in runs))
    results: dict[str, Result] = {}
    predictions: list[Prediction] = []
    for stage in sorted({p.stage for p in design.planned}):
        mine = [run for run, p in zip(runs, design.planned, strict=True) if p.stage == stage]
        written = _predicted(mine, list(results.values()), seed, resamples, bench, stage) if stage else []
        for run, result in zip(mine, bench.train(mine), strict=True):
            results[run.key] = result
        predictions += [replace(p, loss=results[p.key].loss) for p in written]
    found = [results[run.key] for run in runs]
    fit = _fit(found, seed, resamples)
    try:
        parabolas = laws.fit_isoflop(fit.runs)
    except CurveshiftError:
        parabolas = None
    diverged = [f"width {r.params} weights: {r.diverged}" for r in found if r.diverged]
    warnings = (*(f"diverged and left out of the fit: {d}" for d in diverged), *fit.warnings)
    floor = corpus.language.entropy(corpus.length)
    return Scaling(tuple(runs), tuple(found), floor, fit, tuple(predictions), parabolas, warnings)


def _predicted(
    runs: Sequence[Run], known: Sequence[Result], seed: int, resamples: int, bench: Bench, stage: int
) -> list[Prediction]:
    """Predictions of runs that are not trained yet; kept in the store before any of them is."""
    fit = _fit(known, seed, resamples)
    n, d = np.array([r.shape.params for r in runs]), np.array([r.tokens for r in runs])
    centre, low, high = fit.predict(params=n, tokens=d, interval=LEVEL, new_run=True)
    made = [
        Prediction(r.key, r.shape.width, r.shape.params, r.tokens, FLOP_PER_PARAM_TOKEN * r.shape.params * r.tokens,
                   float(c), float(a), float(b), float("nan"))
        for r, c, a, b in zip(runs, centre, low, high, strict=True)
    ]  # fmt: skip
    if bench.store is not None:
        note = [{k: v for k, v in vars(p).items() if k != "loss"} for p in made]
        bench.store.write(f"prediction-{seed}-{stage}-{runs[0].key}.json", {"level": LEVEL, "runs": note})
    return made


def _fit(results: Sequence[Result], seed: int, resamples: int) -> Fit:
    from curveshift import laws

    sound = _sound(results)
    if len(sound) < FEWEST_RUNS:
        raise CurveshiftError(
            f"{len(results) - len(sound)} of {len(results)} runs diverged, and {len(sound)} do not identify the law:"
            f" {FEWEST_RUNS} are needed; lower the learning rate",
            "lab scaling",
        )
    runs = _table([r.params for r in sound], [r.tokens for r in sound], [r.loss for r in sound])
    return laws.fit(laws.Chinchilla, runs, seed=seed, resamples=resamples)


def _table(params: Any, tokens: Any, loss: Any) -> Runs:
    conventions = {"params": "non_embedding", "flop": "6ND"}
    return table(conventions, params=params, tokens=tokens, loss=loss)


def _sound(results: Sequence[Result]) -> list[Result]:
    return [r for r in results if not r.diverged]


def _missing(runs: Sequence[Run]) -> str:
    """Which runs would identify the law, in words."""
    widths = sorted({r.shape.width for r in runs})
    tokens = sorted(r.tokens for r in runs)
    told = []
    more = [w for w in (8, 16, 24, 32, 48, 64) if w not in widths][: max(0, 3 - len(widths))]
    if more:
        told.append(f"runs of width {' and '.join(map(str, more))}")
    if len(runs) + len(more) < FEWEST_RUNS:
        told.append(f"{FEWEST_RUNS - len(runs) - len(more)} more, such as those of a budget in between")
    if not told:
        told.append(
            f"runs of width {widths[0]} at {3 * tokens[-1]:.2g} tokens, or of {widths[-1]} at {tokens[0]:.2g}"
        )
    return "; ".join(told)
