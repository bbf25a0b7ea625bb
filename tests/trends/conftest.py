"""Small posteriors made by hand and panels simulated from the prior, whose answers are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from curveshift.trends.panels import Panel
from curveshift.trends.posteriors import Posterior
from curveshift.trends.replicates import simulate

SCALARS: Mapping[str, float] = {
    "efficiency": 0.5, "gain": 1.0, "gain_growth": 0.5, "china": 0.1, "distilled": 0.3, "compute": 0.0,
    "compute_growth": 0.5, "compute_china": -0.3, "compute_small": -1.0, "compute_undisclosed": 0.5,
    "compute_spread": 0.5, "error_scale": 0.5, "recipe_spread": 0.3, "family_share": 0.5, "outlier_share": 0.01,
}  # fmt: skip


TESTS = ("A", "B", "C", "D", "E")


def made_posterior(models: list[dict[str, Any]], draws: int = 40, **overrides: Any) -> Posterior:
    """Each model: name, year, capability (a number or draws), and what else is not the usual."""
    count = len(models)

    def flags(name: str) -> np.ndarray:
        return np.array([bool(m.get(name, False)) for m in models])

    report = overrides.pop("report", {})
    as_of = overrides.pop("as_of", None)
    panel = Panel(
        models=tuple(m["name"] for m in models),
        benchmarks=TESTS,
        developers=tuple(m.get("developer", m["name"]) for m in models),
        blocs=tuple(m.get("bloc", "us") for m in models),
        model_at=np.repeat(np.arange(count), len(TESTS)),
        benchmark_at=np.tile(np.arange(len(TESTS)), count),
        score=np.full(len(TESTS) * count, 0.5),
        items=np.full(len(TESTS), 100.0),
        chance=np.zeros(len(TESTS)),
        ceiling=np.ones(len(TESTS)),
        years=np.array([m["year"] for m in models], dtype=float),
        log10_flop=np.array([m.get("log10_flop", np.nan) for m in models]),
        log10_flop_error=np.array([m.get("error", 0.0 if "log10_flop" in m else np.nan) for m in models]),
        reasoning=flags("reasoning"),
        china=np.array([m.get("bloc") == "china" for m in models]),
        distilled=flags("distilled"),
        small=flags("small"),
        family=np.arange(count),
        as_of=as_of,
        counted={},
    )
    capability = np.stack(
        [np.broadcast_to(np.asarray(m["capability"], dtype=float), (draws,)) for m in models], axis=1
    )
    values = {
        n: np.broadcast_to(np.asarray(v, dtype=float), (draws,)) for n, v in {**SCALARS, **overrides}.items()
    }
    ones = np.ones((draws, len(TESTS)))
    return Posterior(
        values=values, capability=capability, slope=ones, difficulty=0.0 * ones, ceiling=ones, precision=50.0 * ones,
        version=np.zeros(draws, dtype=np.int64), versions=("made",), panel=panel, report=report,
    )  # fmt: skip


@pytest.fixture
def made() -> Callable[..., Posterior]:
    """The maker of posteriors."""
    return made_posterior


def design(models: int = 24, tests: int = 5, seed: int = 0) -> Panel:
    """Every model on every benchmark; two thirds with published compute; half of the later ones reason."""
    stream = np.random.default_rng(seed)
    years = np.sort(2022.0 + 4.0 * stream.random(models))
    disclosed = np.arange(models) % 3 > 0
    at = np.repeat(np.arange(models), tests)
    family = np.arange(models)
    family[1::6] = family[0::6][: len(family[1::6])]
    return Panel(
        models=tuple(f"model {i}" for i in range(models)),
        benchmarks=tuple(f"test {j}" for j in range(tests)),
        developers=tuple(f"firm {i % 5}" for i in range(models)),
        blocs=tuple("china" if i % 4 == 0 else "us" for i in range(models)),
        model_at=at,
        benchmark_at=np.tile(np.arange(tests), models),
        score=np.full(models * tests, 0.5),
        items=np.full(tests, 500.0),
        chance=np.linspace(0.0, 0.25, tests),
        ceiling=np.ones(tests),
        years=years,
        log10_flop=np.where(disclosed, 24.5, np.nan),
        log10_flop_error=np.where(disclosed, 0.3, np.nan),
        reasoning=(years > 2024.7) & (np.arange(models) % 2 == 0),
        china=np.arange(models) % 4 == 0,
        distilled=np.arange(models) % 7 == 3,
        small=np.arange(models) % 5 == 4,
        family=family,
        as_of=None,
        counted={},
    )


@pytest.fixture(scope="session")
def simulated():
    """A panel simulated from the prior, and the parameters that made it."""
    return simulate(design(40, 8), np.random.default_rng(5))


@pytest.fixture(scope="session")
def small_design():
    """The maker of such panels."""
    return design
