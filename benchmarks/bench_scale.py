"""Large ensembles: memory by number of draws, what a cluster costs, and what a second worker brings.

`python benchmarks/bench_scale.py` measures on the machine as it is and prints a table with the load beside it;
`--end 2035-12` takes the whole horizon, `--draws` and `--memory` change the sizes. Every number is measured in a
process of its own. Workers start before the clock does; what starting takes is a row of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any


def peak_mb() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (2**20 if sys.platform == "darwin" else 2**10)


def memory(draws: int, end: date) -> dict[str, float]:
    """Peak memory of a run into a store on two threads, and of the report of `curveshift run` after it."""
    from curveshift.decide import summarise
    from curveshift.world import simulate

    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        found = simulate("status-quo", draws=draws, end=end, threads=2, store=Path(folder) / "store")
        seconds, peak = time.perf_counter() - start, peak_mb()
        size = sum(path.stat().st_size for path in (Path(folder) / "store").iterdir())
        start = time.perf_counter()
        summarise(found)
        return {
            "peak_mb": peak,
            "with_report_mb": peak_mb(),
            "seconds": seconds,
            "report_seconds": time.perf_counter() - start,
            "disk_gb": size / 1e9,
        }


def speed(draws: int, end: date, workers: int) -> dict[str, float]:
    """Seconds of a run into a store by this process on two threads (0 workers), or by worker processes."""
    from curveshift.world import on_workers, simulate

    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, on_workers(workers) if workers else nullcontext():
        # Every worker builds its job and loads its program once; one chunk each does that.
        simulate("status-quo", draws=max(1, workers) * 2048, end=end, threads=2, store=Path(folder) / "warm")
        ready = time.perf_counter()
        simulate("status-quo", draws=draws, end=end, threads=2, store=Path(folder) / "store")
        return {"seconds": time.perf_counter() - ready, "starting_seconds": ready - start}


def alone(what: str, *sizes: int, end: date) -> dict[str, float]:
    """One measurement in a fresh process."""
    words = [
        sys.executable,
        __file__,
        "--one",
        what,
        *(str(size) for size in sizes),
        "--end",
        end.isoformat()[:7],
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def rows(options: argparse.Namespace) -> list[tuple[str, str]]:
    end = date.fromisoformat(f"{options.end}-01")
    small, large = options.memory
    found: list[tuple[str, str]] = []
    if small:
        low, high = alone("memory", small, end=end), alone("memory", large, end=end)
        for n, x in ((small, low), (large, high)):
            found.append((f"peak memory, {n:,} draws", f"{x['peak_mb']:,.0f} MB"))
            found.append((f"with the report of `run`, {n:,} draws", f"{x['with_report_mb']:,.0f} MB"))
            found.append((f"store, {n:,} draws", f"{x['disk_gb']:.2f} GB"))
            found.append((f"seconds, {n:,} draws, two threads", f"{x['seconds']:,.0f}"))
        found.append(("ratio of the peaks", f"{high['peak_mb'] / low['peak_mb']:.3f}"))
        found.append(("ratio with the report", f"{high['with_report_mb'] / low['with_report_mb']:.3f}"))
    n = options.draws
    inside, one, two = (alone("speed", n, workers, end=end) for workers in (0, 1, 2))
    found.append((f"in process, two threads, {n:,} draws", f"{inside['seconds']:.1f} s"))
    found.append((f"one worker, {n:,} draws", f"{one['seconds']:.1f} s"))
    found.append((f"two workers, {n:,} draws", f"{two['seconds']:.1f} s"))
    found.append(("two workers against one", f"{one['seconds'] / two['seconds']:.2f} times"))
    found.append(
        ("overhead of two workers over two threads", f"{two['seconds'] / inside['seconds'] - 1:+.1%}")
    )
    found.append(("starting two workers, with their first chunks", f"{two['starting_seconds']:.1f} s"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--end", default="2028-12", help="last month")
    parser.add_argument("--draws", type=int, default=100_000, help="draws of the comparison of speeds")
    parser.add_argument(
        "--memory", type=int, nargs=2, default=(2**18, 2**20), help="two sizes; 0 0 leaves it out"
    )
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        what, *sizes = options.one
        work: Any = {"memory": memory, "speed": speed}[what]
        if what == "memory":
            print(json.dumps(work(int(sizes[0]), date.fromisoformat(f"{options.end}-01"))))
        else:
            print(json.dumps(work(int(sizes[0]), date.fromisoformat(f"{options.end}-01"), int(sizes[1]))))
        return
    before = os.getloadavg()[0]
    for name, value in rows(options):
        print(f"{name:55s} {value}")
    print(
        f"\n{platform.processor() or platform.machine()}, {os.cpu_count()} processors, up to {options.end}; load"
    )
    print(f"before the first measurement {before:.1f}")


if __name__ == "__main__":
    main()
