"""How fast and how exact the fit of a scaling law is, beside what a user would otherwise run, in one run.

`python benchmarks/bench_laws.py` measures; `--quick` fits fewer resamples with SciPy. The task of all: the 240 points
of Hoffmann et al. 2022, Huber's loss on log loss with delta 1e-3. SciPy starts from the optimum, the others from
nothing. Times are processor seconds of one process with one thread.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench_world import alone

HERE = Path(__file__).parent
DELTA = 1e-3


def cpu(work: Callable[[], Any], times: int = 1) -> tuple[float, Any]:
    """Median processor seconds, and what the last call gave."""
    spent, result = [], None
    for _ in range(times):
        start = time.process_time()
        result = work()
        spent.append(time.process_time() - start)
    return sorted(spent)[len(spent) // 2], result


def ours(resamples: int) -> dict[str, Any]:
    import resource

    from curveshift import laws

    runs = laws.chinchilla_runs()
    settings: dict[str, Any] = {"objective": "huber", "delta": DELTA}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    one, found = cpu(lambda: laws.Chinchilla.fit(runs, resamples=0, **settings), 5)
    many, _ = cpu(lambda: found.bootstrap(resamples), 3)
    return {
        "fit": one,
        "bootstrap": many,
        "params": found.params,
        "value": found.value,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10,
        "before_mb": before / 2**10,
    }


def scipy_fits(resamples: int) -> dict[str, Any]:
    """`scipy.optimize.least_squares` with Huber's loss, from the optimum: its best case."""
    import numpy as np
    from scipy.optimize import least_squares

    from curveshift import laws

    runs = laws.chinchilla_runs()
    x, y, z = (np.log(runs.columns[name]) for name in ("params", "tokens", "loss"))
    law = laws.Chinchilla.fit(runs, objective="huber", delta=DELTA, resamples=0).law
    start = np.array([np.log(law.E), np.log(law.A), np.log(law.B), law.alpha, law.beta])

    def once(rows: Any, x0: Any = start) -> Any:
        u, v, w = x[rows], y[rows], z[rows]

        def residual(t: Any) -> Any:
            return w - np.log(np.exp(t[0]) + np.exp(t[1] - t[3] * u) + np.exp(t[2] - t[4] * v))

        return least_squares(residual, x0, loss="huber", f_scale=DELTA, x_scale="jac", xtol=1e-12, ftol=1e-12)

    everything = np.arange(len(x))
    one, _ = cpu(lambda: once(everything), 5)
    rng = np.random.default_rng(0)
    many, _ = cpu(lambda: [once(rng.integers(len(x), size=len(x))) for _ in range(resamples)])
    # From its customary start, all ones, for the error.
    cold = once(everything, np.ones(5)).x
    names = ("E", "A", "B")
    params = {n: float(np.exp(v)) for n, v in zip(names, cold[:3], strict=True)}
    return {"fit": one, "bootstrap": many / resamples, "params": params}


def fresh(call: str) -> dict[str, Any]:
    code = f"import json, bench_laws; print(json.dumps(bench_laws.{call}))"
    return alone([sys.executable, "-c", code], cwd=HERE)


def peer(python: str) -> dict[str, Any] | None:
    """The package `chinchilla`, where an interpreter that has it is given."""
    from curveshift import laws

    if not Path(python).is_file():
        return None
    runs = laws.chinchilla_runs().columns
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "runs.json"
        place.write_text(json.dumps({n: runs[n].tolist() for n in ("params", "tokens", "loss")}))
        return alone([python, str(HERE / "peer_chinchilla.py"), str(place)])


def measure(quick: bool, peer_python: str) -> list[tuple[str, str, str]]:
    """Rows of the table: what, the number, how it was measured."""
    mine = fresh("ours(4000)")
    scipy = fresh(f"scipy_fits({100 if quick else 1000})")
    other = peer(peer_python) if peer_python else None
    exact = mine["params"]["A"]

    def off(found: dict[str, Any]) -> str:
        return f"A off by {abs(found['params']['A'] / exact - 1):.2g}"

    scipy_many = 4000 * scipy["bootstrap"]
    rows = [
        (
            "One fit, curveshift",
            f"{1e3 * mine['fit']:.0f} ms",
            f"from nothing; objective {mine['value']:.10e}",
        ),
        ("One fit, SciPy", f"{1e3 * scipy['fit']:.0f} ms", f"from the optimum; from all ones: {off(scipy)}"),
        ("4,000 resampled fits, curveshift", f"{mine['bootstrap']:.2f} s", f"peak {mine['peak_mb']:.0f} MB"),
        ("4,000 resampled fits, SciPy", f"{scipy_many:.0f} s", "from the optimum; scaled from a part"),
        ("SciPy over curveshift", f"{scipy_many / mine['bootstrap']:.0f} x", "the two lines above"),
    ]
    if other is None:
        rows.append(("chinchilla 0.2.0", "not measured", "give --peer .venv-peers/bin/python"))
    else:
        ratio = other["cpu_seconds"] / mine["fit"]
        rows += [
            ("One fit, chinchilla 0.2.0", f"{other['cpu_seconds']:.1f} s", f"243 starts; {off(other)}"),
            ("chinchilla over curveshift", f"{ratio:.0f} x", "one fit from nothing, both"),
        ]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the fit of a scaling law.")
    parser.add_argument("--quick", action="store_true", help="fewer SciPy resamples")
    parser.add_argument("--peer", default="", help="interpreter that has the package chinchilla")
    asked = parser.parse_args()
    for what, value, how in measure(asked.quick, asked.peer):
        print(f"{what:<40}{value:>14}  {how}")


if __name__ == "__main__":
    main()
