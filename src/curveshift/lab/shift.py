"""Shifts of the curve: what each innovation is worth in compute, at two scales and together with the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .innovations import COMBINED, Innovation, applied, chosen, innovations
from .language import Entropy
from .settings import Corpus, Recipe, Run, Shape
from .study import Bench, table
from .training import Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.laws import Fit

    Floats = NDArray[np.float64]

LEVEL: Final = 0.9
NOISE: Final = 0.25
"""Share of the baseline's corpus without structure."""
BASELINE: Final = Recipe(schedule="constant", learning_rate=0.005, batch=8)
TOGETHER: Final = "combined"


@dataclass(frozen=True)
class Plan:
    """Budgets, widths and seeds.

    Attributes
    ----------
    curve : tuple of (FLOP, width)
        Of the baseline, at least four; it should reach beyond the scales by the largest multiplier expected.
    scales : tuple of (FLOP, width)
        Where innovations are measured, from the smallest; budgets of the curve.
    seeds : int
        Of each measurement, at least 2.
    """

    curve: tuple[tuple[float, int], ...]
    scales: tuple[tuple[float, int], ...]
    seeds: int = 3
    depth: int = 2

    def __post_init__(self) -> None:
        if not set(self.scales) <= set(self.curve):
            raise CurveshiftError("the scales must be budgets of the baseline's curve", "lab shift")
        if len(self.curve) < 4:
            raise CurveshiftError(
                f"{len(self.curve)} budgets do not identify the baseline's curve: add runs until there are 4",
                "lab shift",
            )
        if self.seeds < 2:
            raise CurveshiftError(f"{self.seeds} seed shows no spread: give 2 or more", "lab shift")


QUICK: Final = Plan(
    ((6e9, 8), (1.2e10, 16), (2.5e10, 16), (6e10, 16), (1.5e11, 24)), ((1.2e10, 16), (6e10, 16)), seeds=3
)
FULL: Final = Plan(
    ((1.2e10, 16), (3e10, 16), (1e11, 24), (3e11, 32), (1e12, 40)), ((3e10, 16), (3e11, 32)), seeds=3
)


@dataclass(frozen=True)
class Gain:
    """What an innovation is worth at a scale.

    Attributes
    ----------
    innovation : str
    flop : float
        Spent.
    loss : float
        Mean over seeds that did not diverge.
    multiplier, low, high : float
        Compute with which the baseline reaches this loss, by the slope of its curve, over that of its own runs here;
        the interval holds the spread over seeds and the uncertainty of the curve.
    runs, diverged : int
    """

    innovation: str
    flop: float
    loss: float
    multiplier: float
    low: float
    high: float
    runs: int
    diverged: int


@dataclass(frozen=True, eq=False)
class Shift:
    """Multipliers of innovations against one baseline.

    Attributes
    ----------
    floor : Entropy
        True irreducible loss, at which the asymptote of the baseline's curve is held.
    baseline : Fit
    gains : tuple of Gain
        By scale, then innovation.
    products : mapping of FLOP to (product, low, high)
        Of the multipliers of what is combined.
    runs, results : tuple
        Everything trained.
    names : tuple of str
        Of the innovation of each run; `baseline` for those of the curve.
    draws : mapping of (innovation, FLOP) to array
        Draws of each multiplier, which its interval and the products are made of.
    warnings : tuple of str
    """

    floor: Entropy
    baseline: Fit
    gains: tuple[Gain, ...]
    products: dict[float, tuple[float, float, float]]
    runs: tuple[Run, ...]
    results: tuple[Result, ...]
    names: tuple[str, ...]
    draws: dict[tuple[str, float], Floats]
    warnings: tuple[str, ...] = ()

    def gain(self, innovation: str, flop: float) -> Gain:
        """One of the gains."""
        return next(g for g in self.gains if g.innovation == innovation and g.flop == flop)

    def rows(self) -> list[dict[str, Any]]:
        """One row a run, with its provenance."""
        return [
            {"innovation": n, "width": run.shape.width, **vars(result), "curveshift": version("curveshift")}
            for n, run, result in zip(self.names, self.runs, self.results, strict=True)
        ]


def shift(
    names: Sequence[str] = (),
    plan: Plan = FULL,
    *,
    recipe: Recipe = BASELINE,
    corpus: Corpus | None = None,
    seed: int = 0,
    bench: Bench | None = None,
    resamples: int = 400,
) -> Shift:
    """Measure innovations as compute multipliers.

    Parameters
    ----------
    names : sequence of str
        All that are known unless given.
    plan : Plan
    recipe, corpus : Recipe, Corpus, optional
        Of the baseline.
    seed : int
    bench : Bench, optional
    resamples : int
        Of the baseline's runs, for the uncertainty of its curve.

    Returns
    -------
    Shift

    Raises
    ------
    CurveshiftError
        For an unknown innovation, or a baseline that diverged.
    """
    changes = chosen(names or innovations())
    bench = bench or Bench()
    corpus = corpus or Corpus(noise=NOISE)
    corpus = replace(corpus, language=replace(corpus.language, seed=seed))
    seeds = [seed + i for i in range(plan.seeds)]
    base = [
        Run.of_budget(flop, Shape(width, plan.depth), recipe, corpus, s)
        for flop, width in plan.curve
        for s in seeds
    ]
    sets: dict[str, tuple[Innovation, ...]] = {one.name: (one,) for one in changes}
    together = tuple(one for one in changes if one.name in COMBINED)
    if len(together) > 1:
        sets[TOGETHER] = together
    asked = [(name, flop, width, s) for flop, width in plan.scales for name in sets for s in seeds]
    tried = [
        applied(Run.of_budget(flop, Shape(width, plan.depth), recipe, corpus, s), sets[name])
        for name, flop, width, s in asked
    ]
    runs = [*base, *tried]
    bench.announce(sum(run.flop for run in runs))
    results = bench.train(runs)
    floor = corpus.language.entropy(corpus.length)
    curve = _curve(results[: len(base)], floor, seed, resamples)
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 5])))
    gains: list[Gain] = []
    drawn: dict[tuple[str, float], Floats] = {}
    for flop, width in plan.scales:
        first = plan.curve.index((flop, width)) * plan.seeds
        own = results[first : first + plan.seeds]
        tried_here = {
            name: [r for r, a in zip(results[len(base) :], asked, strict=True) if a[:2] == (name, flop)]
            for name in sets
        }
        for made, draws in _gains(flop, own, tried_here, curve, rng):
            gains.append(made)
            drawn[made.innovation, flop] = draws
    products = {}
    for flop, _ in plan.scales if TOGETHER in sets else ():
        parts = [next(g for g in gains if g.innovation == one.name and g.flop == flop) for one in together]
        low, high = ends(np.sum([np.log(drawn[one.name, flop]) for one in together], axis=0))
        whole = float(np.prod([g.multiplier for g in parts]))
        products[flop] = whole, float(np.exp(low)), float(np.exp(high))
    names_of = ("baseline",) * len(base) + tuple(a[0] for a in asked)
    return Shift(
        floor, curve, tuple(gains), products, tuple(runs), tuple(results), names_of, drawn,
        (*curve.warnings, *_beyond(gains, plan)),
    )  # fmt: skip


def _curve(results: Sequence[Result], floor: Entropy, seed: int, resamples: int) -> Fit:
    """Loss of the baseline in compute; in the lab its asymptote is known and need not be guessed."""
    from curveshift import laws

    sound = [r for r in results if not r.diverged]
    if len({r.tokens for r in sound}) < 4:
        raise CurveshiftError(
            f"{len(results) - len(sound)} of {len(results)} runs of the baseline diverged: lower its learning rate",
            "lab shift",
        )
    runs = table(training_flop=[r.training_flop for r in sound], loss=[r.loss for r in sound])
    return laws.fit(laws.OffsetPower, runs, fixed={"E": floor.value}, seed=seed, resamples=resamples)


def ends(draws: Floats) -> tuple[float, float]:
    """The interval of `LEVEL` that draws give."""
    from curveshift.laws.result import tails

    low, high = np.quantile(draws, tails(LEVEL))
    return float(low), float(high)


def equivalent(loss: Floats, law: Floats, floor: float) -> Floats:
    """Compute with which curves E + A C^-α reach losses; laws of shape (..., 3) as E, A, alpha."""
    above = np.maximum(loss - floor, 1e-6)
    found: Floats = (law[..., 1] / above) ** (1.0 / law[..., 2])
    return found


def _gains(
    flop: float,
    own: Sequence[Result],
    tried: dict[str, list[Result]],
    curve: Fit,
    rng: np.random.Generator,
) -> Iterator[tuple[Gain, Floats]]:
    """Gains at one scale over the baseline's own runs there, with draws of each.

    The curve only turns losses into compute. The spread over seeds is taken to be the same for all at a scale, so that
    three seeds of each are enough; the error of the baseline's mean is shared by all gains.
    """
    assert curve.resamples is not None
    floor, count = curve.params["E"], len(curve.resamples)
    sound = {name: [r for r in results if not r.diverged] for name, results in {"": own, **tried}.items()}

    def logs(results: Sequence[Result], laws: Floats) -> Floats:
        loss = np.array([r.loss for r in results])
        found: Floats = np.log(equivalent(loss, laws, floor) / np.array([r.training_flop for r in results]))
        return found

    here = {name: logs(results, curve.law.values) for name, results in sound.items()}
    freedom = sum(max(len(x) - 1, 0) for x in here.values())
    squares = sum(float(((x - x.mean()) ** 2).sum()) for x in here.values() if len(x))
    spread = np.sqrt(squares / max(freedom, 1)) * np.sqrt(
        freedom / rng.chisquare(max(freedom, 1), size=count)
    )

    def resampled(name: str) -> Floats:
        found: Floats = logs(sound[name], curve.resamples[:, None, :]).mean(axis=1)  # type: ignore[index]
        error: Floats = spread * rng.standard_normal(count) / np.sqrt(len(sound[name]))
        return found + error

    baseline = resampled("")
    for name, results in tried.items():
        failed = len(results) - len(sound[name])
        if not sound[name]:
            nan = float("nan")
            yield Gain(name, flop, nan, nan, nan, nan, len(results), failed), np.full(count, nan)
            continue
        draws = np.exp(resampled(name) - baseline)
        low, high = ends(draws)
        loss = float(np.mean([r.loss for r in sound[name]]))
        gain = float(np.exp(here[name].mean() - here[""].mean()))
        yield Gain(name, flop, loss, gain, low, high, len(results), failed), draws


def _beyond(gains: Sequence[Gain], plan: Plan) -> list[str]:
    last = max(flop for flop, _ in plan.curve)
    far = [g for g in gains if g.multiplier * g.flop > 1.5 * last]
    return [
        f"{g.innovation} at {g.flop:.2g} FLOP: the baseline's curve ends at {last:.2g}, and {g.multiplier:.2g} times as"
        " much compute is an extrapolation"
        for g in far
    ]
