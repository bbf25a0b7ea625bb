"""A small made-up panel that samples in seconds, and data made on it."""

from __future__ import annotations

import numpy as np
import pytest

from curveshift.trends.panels import Panel
from curveshift.trends.replicates import simulate


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
def made():
    """A panel simulated from the prior, and the parameters that made it."""
    return simulate(design(40, 8), np.random.default_rng(5))


@pytest.fixture(scope="session")
def small_design():
    """The maker of such panels."""
    return design
