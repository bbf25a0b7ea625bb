"""Small posteriors made by hand, so that what is read from them can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from curveshift.trends.panels import Panel
from curveshift.trends.posteriors import Posterior

SCALARS: Mapping[str, float] = {
    "efficiency": 0.5, "gain": 1.0, "gain_growth": 0.5, "china": 0.1, "distilled": 0.3, "compute": 0.0,
    "compute_growth": 0.5, "compute_china": -0.3, "compute_small": -1.0, "compute_undisclosed": 0.5,
    "compute_spread": 0.5, "error_scale": 0.5, "recipe_spread": 0.3, "family_share": 0.5, "outlier_share": 0.01,
}  # fmt: skip


def made_posterior(models: list[dict[str, Any]], draws: int = 40, **overrides: Any) -> Posterior:
    """Each model: name, year, capability (a number or draws), and what else is not the usual."""
    count = len(models)

    def flags(name: str) -> np.ndarray:
        return np.array([bool(m.get(name, False)) for m in models])

    report = overrides.pop("report", {})
    as_of = overrides.pop("as_of", None)
    panel = Panel(
        models=tuple(m["name"] for m in models),
        benchmarks=("A", "B", "C"),
        developers=tuple(m.get("developer", m["name"]) for m in models),
        blocs=tuple(m.get("bloc", "us") for m in models),
        model_at=np.repeat(np.arange(count), 3),
        benchmark_at=np.tile(np.arange(3), count),
        score=np.full(3 * count, 0.5),
        items=np.full(3, 100.0),
        chance=np.zeros(3),
        ceiling=np.ones(3),
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
    ones = np.ones((draws, 3))
    return Posterior(
        values=values, capability=capability, slope=ones, difficulty=0.0 * ones, ceiling=ones, precision=50.0 * ones,
        version=np.zeros(draws, dtype=np.int64), versions=("made",), panel=panel, report=report,
    )  # fmt: skip


@pytest.fixture
def made() -> Callable[..., Posterior]:
    """The maker of posteriors."""
    return made_posterior
