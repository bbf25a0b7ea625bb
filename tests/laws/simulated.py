"""Runs made from known laws: what each fit must recover."""

from __future__ import annotations

from typing import Any

import numpy as np

from curveshift import laws
from curveshift.laws.law import Law

Inputs = dict[str, Any]
SWEEP = 12


def _grid(*axes: Any) -> list[np.ndarray]:
    return [part.ravel() for part in np.meshgrid(*axes, indexing="ij")]


def _scales() -> Inputs:
    params, ratio = _grid(np.geomspace(4e7, 1.5e10, 9), np.geomspace(4.0, 400.0, 7))
    return {"params": params, "tokens": params * ratio}


def _kaplan() -> tuple[Law, Inputs]:
    params, tokens = _grid(np.geomspace(1e5, 1.5e9, 9), np.geomspace(2e7, 2e10, 7))
    return laws.Kaplan(6.4e13, 1.8e13, 0.076, 0.103), {"params": params, "tokens": tokens}


def _constrained() -> tuple[Law, Inputs]:
    params, unique, epochs = _grid(
        np.geomspace(2e7, 1e10, 8), np.geomspace(1e8, 1e10, 4), [1, 2, 4, 10, 30, 100]
    )
    return (
        laws.DataConstrained(1.87, 521.0, 1488.0, 0.353, 0.353, 15.4, 5.3),
        {"params": params, "tokens": unique * epochs, "unique_tokens": unique},
    )


def _overtraining() -> tuple[Law, Inputs]:
    params, ratio = _grid(np.geomspace(1e7, 7e9, 8), [5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0])
    flop = 6.0 * params**2 * ratio
    return laws.OverTraining(1.51, 141.0, 190.0, 0.121), {"training_flop": flop, "tokens_per_param": ratio}


def _active_total() -> tuple[Law, Inputs]:
    active, sparsity, ratio = _grid(
        np.geomspace(4e7, 1e10, 7), [1.0, 4.0, 16.0, 64.0], [10.0, 40.0, 160.0, 640.0]
    )
    return (
        laws.ActiveTotal(1.8, 480.0, 2100.0, 0.25, 0.1, 0.37),
        {"active_params": active, "total_params": active * sparsity, "tokens": active * ratio},
    )


def _fine_grained() -> tuple[Law, Inputs]:
    params, ratio, granularity = _grid(
        np.geomspace(1e8, 2e10, 7), [2.0, 10.0, 50.0, 250.0], [1.0, 2.0, 4.0, 8.0, 16.0]
    )
    return (
        laws.FineGrained(0.47, 18.1, 30.8, 2.1, 0.115, 0.147, 0.58),
        {"params": params, "tokens": params * ratio, "granularity": granularity},
    )


def _routed() -> tuple[Law, Inputs]:
    params, experts = _grid(np.geomspace(1.5e7, 1.3e9, 6), 2.0 ** np.arange(0, 10))
    return (
        laws.Routed(-0.082, -0.108, 0.009, 1.104, 1.847, 314.478),
        {"params": params, "experts": experts},
    )


def _broken() -> tuple[Law, Inputs]:
    made = laws.broken_power(1)
    return (
        made(a=1.7, b=60.0, c0=0.08, c1=0.15, d1=1e20, f1=0.4),  # type: ignore[call-arg]
        {"training_flop": np.geomspace(1e17, 1e23, 60)},
    )


def _progress() -> tuple[Law, Inputs]:
    rng = np.random.default_rng(5)
    n = 400
    year = rng.uniform(2012.5, 2023.5, n)
    bench = rng.integers(0, 3, n)
    law = laws.Progress(
        A=1.8, B=2.9, A_ptb=0.1, A_wt2=0.05, B_ptb=0.2, B_wt2=0.1,
        alpha_year=0.02, beta_year=0.04, alpha=0.09, beta=0.05,
    )  # fmt: skip
    return law, {
        "params": np.exp(rng.uniform(np.log(2e6), np.log(2e11), n)),
        "tokens": np.exp(rng.uniform(np.log(9e5), np.log(1e12), n)),
        "year": year,
        "ptb": (bench == 1).astype(float),
        "wt2": (bench == 2).astype(float),
    }


CASES: dict[str, tuple[Law, Inputs]] = {
    "chinchilla": (laws.Chinchilla(1.8172, 477.8, 2143.4, 0.3473, 0.3672), _scales()),
    "offset-power": (laws.OffsetPower(1.7, 100.0, 0.1), {"training_flop": np.geomspace(1e17, 1e23, 40)}),
    "kaplan": _kaplan(),
    "data-constrained": _constrained(),
    "over-training": _overtraining(),
    "over-training-error": (laws.OverTrainingError(0.85, 2.08, 0.756), {"loss": np.linspace(1.9, 5.5, 40)}),
    "active-total": _active_total(),
    "fine-grained": _fine_grained(),
    "routed": _routed(),
    "broken-power": _broken(),
    "loss-to-accuracy": (laws.LossToAccuracy(0.25, 0.95, 2.4, 6.0), {"loss": np.linspace(1.7, 3.3, 50)}),
    "compute-to-accuracy": (
        laws.ComputeToAccuracy(0.25, 0.95, 1e22, 0.8),
        {"training_flop": np.geomspace(1e18, 1e26, 50)},
    ),
    "rl-compute": (laws.RLCompute(0.2, 0.61, 2542.0, 1.92), {"rl_compute": np.geomspace(100.0, 5e4, 50)}),
    "coverage": (laws.CoverageCurve(1.6, 0.4), {"k": np.geomspace(1.0, 1e4, 30)}),
    "progress": _progress(),
}


def runs(name: str, noise: float, seed: int = 1) -> dict[str, Any]:
    """Inputs and output of a case, with errors relative (or absolute, for shares) of the given size."""
    law, inputs = CASES[name]
    exact = law.predict(**inputs)
    error = noise * np.random.default_rng(seed).standard_normal(len(exact))
    y = exact * np.exp(error) if law.space == "log" else exact + error
    return {**inputs, law.output.name: y}
