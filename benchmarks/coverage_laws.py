"""Coverage of the stated 90 % intervals of a fitted law on simulated designs.

    python benchmarks/coverage_laws.py [repetitions] [resamples] [table.md] [design ...]

Each repetition draws errors, fits, and asks whether the true value lies in each interval. The seed is fixed; a
share measured from 400 repetitions has a standard error of 1.5 points at 90 %.
"""

from __future__ import annotations

import os

# Two processes share the work; the threads of the linear algebra would only fight over the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
import time
from collections import defaultdict
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from scipy.special import stdtrit

from curveshift.errors import CurveshiftError
from curveshift.laws import Chinchilla, Runs, fit, posterior, residual_trends
from curveshift.laws.descent import Problem, descend
from curveshift.laws.diagnosis import LEVEL
from curveshift.laws.frontier import Budget, optimum
from curveshift.laws.profile import Restricted

SEED = 20261124
TRUE = Chinchilla(E=1.8, A=480.0, B=2100.0, alpha=0.35, beta=0.37)
SIGMA = 0.005
QUANTITIES = ("alpha", "beta", "E", "loss at 10 x compute", "tokens per parameter")
DESIGNS = {
    "rich": "10 sizes x 10 token counts, normal errors of 0.5 %",
    "sparse": "4 sizes x 3 token counts, the same errors",
    "one ray": "40 runs at 20 tokens per parameter",
    "clustered": "20 sizes x 5 token counts, half of the variance shared by runs of one size",
    "heavy tails": "10 x 10, errors of Student-t with 2 degrees of freedom, scale 0.5 %",
}


def runs(design: str, rng: np.random.Generator, told: bool = True) -> Runs:
    if design == "one ray":
        n = np.geomspace(5e7, 1e10, 40)
        d = 20.0 * n
    else:
        sizes, counts = {"sparse": (4, 3), "clustered": (20, 5)}.get(design, (10, 10))
        n, d = np.meshgrid(np.geomspace(5e7, 1e10, sizes), np.geomspace(1e9, 3e11, counts), indexing="ij")
        n, d = n.ravel(), d.ravel()
    clusters = None
    heavy = design == "heavy tails"
    error = SIGMA * (rng.standard_t(2, len(n)) if heavy else rng.standard_normal(len(n)))
    if design == "clustered":
        clusters = np.repeat(np.arange(20), 5)
        error = (error + SIGMA * rng.standard_normal(20)[clusters]) / np.sqrt(2.0)
    loss = TRUE.predict(params=n, tokens=d) * np.exp(error)
    columns = {"params": n, "tokens": d, "loss": loss}
    return Runs(columns, np.arange(1, len(n) + 1), clusters if told else None)


def answers(values: np.ndarray, data: Runs) -> np.ndarray:
    """The five quantities for many parameter vectors, the last in logarithm."""
    n, d = data.columns["params"].max() * 10**0.5, data.columns["tokens"].max() * 10**0.5
    flop = 60.0 * float((data.columns["params"] * data.columns["tokens"]).max())
    loss = Chinchilla.curve(values, {"params": np.array([n]), "tokens": np.array([d])})[:, 0]
    with np.errstate(all="ignore"):
        best = optimum(Chinchilla, values, flop, Budget(), sharp=len(values) == 1)
        ratio = np.log(best[1] / best[0])
    return np.column_stack([values[:, 3], values[:, 4], values[:, 0], loss, ratio])


def covered(fitted: object, data: Runs) -> tuple[np.ndarray, np.ndarray]:
    true = answers(TRUE.values[None, :], data)[0]
    drawn = answers(fitted.resamples, data)
    low, high = np.quantile(np.where(np.isnan(drawn), np.inf, drawn), fitted.tails(0.9), axis=0)
    return (low <= true) & (true <= high), high - low


def in_profile(fitted: object) -> np.ndarray:
    """Whether the truth lies in the likelihood interval: one fit with the parameter held there answers it."""
    prepared, y, n, p = fitted._prepared, fitted.observed, len(fitted.runs), 5
    spare = n - p
    allowed = n * np.log1p(stdtrit(spare, 0.95) ** 2 / spare)
    inside = []
    for index in (3, 4, 0):
        vector, is_log = prepared.direction(index)
        target = np.log(TRUE.values[index]) if is_log else TRUE.values[index]
        basis = np.linalg.qr(np.column_stack([vector, np.eye(p)]))[0][:, 1:p]
        shift = (target - vector @ fitted._theta) / (vector @ vector)
        problem = Problem(
            Restricted(prepared.model, fitted._theta + vector * shift, basis), y, np.ones(n), fitted.objective
        )
        found = descend(problem, np.zeros((1, p - 1)), np.array([fitted.sigma]))
        inside.append(2.0 * (found.value[0] - fitted.value) <= allowed)
    return np.array([*map(float, inside), np.nan, np.nan])


def repetition(job: tuple[str, int, int]) -> dict[str, object]:
    design, number, resamples = job
    which = list(DESIGNS).index(design)
    rng = np.random.default_rng([SEED, which, number])
    data = runs(design, rng)
    out: dict[str, object] = {}
    try:
        fitted = fit(Chinchilla, data, resamples=resamples, seed=number)
    except CurveshiftError:
        return {"refused": 1.0}
    out["refused"] = 0.0
    out[f"{fitted.scheme} bootstrap"] = covered(fitted, data)
    out["wild bootstrap"] = covered(fitted.bootstrap(resamples, scheme="wild", seed=number), data)
    if design == "clustered":
        out["case bootstrap, clusters not told"] = covered(
            fitted.bootstrap(resamples, scheme="case", seed=number), data
        )
        unaware = fit(
            Chinchilla, runs(design, np.random.default_rng([SEED, which, number]), told=False), resamples=0
        )
    else:
        unaware = fitted
    trends = residual_trends(unaware)
    out["warned of groups"] = float(
        any(t.probability < LEVEL for t in trends if t.against.startswith("groups"))
    )
    out["warned of drift"] = float(
        any(t.probability < LEVEL for t in trends if not t.against.startswith("groups"))
    )
    out["profile"] = (in_profile(fitted), np.full(5, np.nan))
    try:
        out["posterior"] = covered(posterior(fitted, draws=1000, seed=number).fit, data)
        out["posterior refused"] = 0.0
    except CurveshiftError:
        out["posterior refused"] = 1.0
    return out


def table(design: str, found: list[dict[str, object]]) -> list[str]:
    by: dict[str, list] = defaultdict(list)
    for one in found:
        for key, value in one.items():
            by[key].append(value)
    lines = []
    for key, values in by.items():
        if isinstance(values[0], tuple):
            shares = 100.0 * np.mean([inside for inside, _ in values], axis=0)
            widths = np.median([width for _, width in values], axis=0)
            cells = " | ".join("-" if np.isnan(s) else f"{s:.1f}" for s in shares)
            wide = "-" if np.isnan(widths[0]) else f"{widths[0]:.3f}"
            lines.append(f"| {design} | {key} | {cells} | {wide} |")
    notes = {key: 100.0 * float(np.mean(v)) for key, v in by.items() if not isinstance(v[0], tuple)}
    told = ", ".join(f"{key} {value:.1f} %" for key, value in notes.items() if value > 0.0)
    lines.append(f"| {design} | *{told or 'never refused, never warned'}* | | | | | | |")
    return lines


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    resamples = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    lines = [
        "| design | interval | " + " | ".join(QUANTITIES) + " | median width of alpha |",
        "|---|---|" + "---:|" * (len(QUANTITIES) + 1),
    ]
    started = time.time()
    with Pool(2) as pool:
        for design in sys.argv[4:] or DESIGNS:
            found = pool.map(repetition, [(design, i, resamples) for i in range(repetitions)], chunksize=10)
            made = table(design, found)
            print("\n".join(made), f"\n[{time.time() - started:.0f} s]", flush=True)
            lines += made
    if len(sys.argv) > 3:
        Path(sys.argv[3]).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
