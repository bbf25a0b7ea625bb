"""First- and total-order indices with their intervals, beside SALib on the same runs.

`python benchmarks/bench_indices.py --peer .venv-peers/bin/python` measures. SALib lays out its design for the
Ishigami function, whose indices are known, and estimates them; curveshift estimates them from the same
outcomes. Both resample as often. `--theirs` is the process that has SALib.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench_world import alone, peak_mb

ROWS = 2**14
RESAMPLES = 1000
A, B = 7.0, 0.1
FIRST = (0.31390519, 0.44241114, 0.0)
TOTAL = (0.55758886, 0.44241114, 0.24368366)
"""Ishigami and Homma 1990, for a = 7 and b = 0.1."""


def theirs(place: Path, rows: int) -> dict[str, Any]:
    """SALib's design, outcomes and indices; the outcomes go to a file."""
    import numpy as np
    from SALib.analyze import sobol as analyse
    from SALib.sample import sobol as lay_out

    pi = np.pi
    problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[-pi, pi]] * 3}
    x = lay_out.sample(problem, rows, calc_second_order=False, seed=1)
    y = np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])
    # Its rows are the first set, the first set with one column of the second each, and the second set.
    np.save(place, y.reshape(rows, 5).T)
    before, start = peak_mb(), time.process_time()
    found = analyse.analyze(problem, y, calc_second_order=False, num_resamples=RESAMPLES, seed=1)
    return {
        "seconds": time.process_time() - start,
        "added_mb": peak_mb() - before,
        "first": list(found["S1"]),
        "total": list(found["ST"]),
        "half_width": list(found["ST_conf"]),
    }


def ours(place: Path) -> dict[str, Any]:
    import numpy as np

    from curveshift.decide.indices import indices

    y = np.load(place)
    before, start = peak_mb(), time.process_time()
    found = indices(y[0], y[4], y[1:4], seed=1)
    return {
        "seconds": time.process_time() - start,
        "added_mb": peak_mb() - before,
        "first": [one.first.value for one in found],
        "total": [one.total.value for one in found],
        "half_width": [one.total.half_width for one in found],
    }


def fresh(python: str, words: list[str]) -> dict[str, Any]:
    return alone([python, __file__, *words])


def off(found: dict[str, Any]) -> float:
    """Largest distance of any index from the true one."""
    pairs = [*zip(found["first"], FIRST, strict=True), *zip(found["total"], TOTAL, strict=True)]
    return max(abs(a - b) for a, b in pairs)


def measure(quick: bool, peer: str) -> list[tuple[str, str, str]]:
    rows = ROWS // 4 if quick else ROWS
    if not Path(peer).is_file():
        return [("SALib", "not measured", "give --peer .venv-peers/bin/python")]
    with tempfile.TemporaryDirectory() as folder:
        place = str(Path(folder) / "outcomes.npy")
        other = fresh(peer, ["--theirs", place, str(rows)])
        mine = fresh(sys.executable, ["--ours", place])
    how = "{:.0f} MB more at the peak; no index off by more than {:.4f}"
    same = f"{rows:,} rows, 3 inputs, {RESAMPLES:,} resamples; processor time"
    return [
        ("Indices, curveshift", f"{mine['seconds']:.2f} s", how.format(mine["added_mb"], off(mine))),
        ("Indices, SALib", f"{other['seconds']:.2f} s", how.format(other["added_mb"], off(other))),
        ("SALib over curveshift", f"{other['seconds'] / mine['seconds']:.1f} x", same),
        (
            "Half-width of a total index",
            f"{mine['half_width'][0]:.4f}, {other['half_width'][0]:.4f}",
            "curveshift and SALib, first input, 95 %",
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a quarter of the rows")
    parser.add_argument("--peer", default="", help="interpreter that has SALib")
    parser.add_argument("--theirs", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--ours", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.theirs:
        print(json.dumps(theirs(Path(asked.theirs[0]), int(asked.theirs[1]))))
    elif asked.ours:
        print(json.dumps(ours(Path(asked.ours))))
    else:
        for what, value, how in measure(asked.quick, asked.peer):
            print(f"{what:<40}{value:>18}  {how}")


if __name__ == "__main__":
    main()
