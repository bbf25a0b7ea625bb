"""A chip-supply estimate of ten lognormals, by what one would otherwise write it in: NumPy, squigglepy, and curveshift.

`python benchmarks/bench_chips.py --peer .venv-peers/bin/python` measures. The estimate is a product and
quotient of ten numbers with 90 % intervals, so its own quantiles are known exactly, and each way is judged by
its time, its memory and its error. Every number is measured in a process of its own; `--one WAY DRAWS` is
such a process.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench_world import alone, median, peak_mb

# Accelerators made in a year: what it is, its 90 % interval, and whether it multiplies or divides.
TERMS = (
    ("wafers a month", 20_000.0, 60_000.0, 1),
    ("months in which the plant runs", 10.0, 12.0, 1),
    ("share of wafers for accelerators", 0.2, 0.6, 1),
    ("dies on a wafer", 55.0, 70.0, 1),
    ("yield", 0.3, 0.7, 1),
    ("share of dies that are packaged", 0.7, 0.95, 1),
    ("dies in an accelerator", 1.0, 2.0, -1),
    ("share with memory", 0.4, 0.9, 1),
    ("H100e of an accelerator", 0.2, 0.7, 1),
    ("spares for one in use", 1.02, 1.2, -1),
)
Z90 = 1.6448536269514722
LEVELS = (0.05, 0.5, 0.95)
SIZES = (10_000, 100_000, 1_000_000)
SEEDS = 8
BLOCK = 2**16
WAYS = ("numpy", "squigglepy", "curveshift")


def logs() -> list[tuple[float, float]]:
    """Mean and deviation of the logarithm of each number."""
    return [
        (s * (math.log(a) + math.log(b)) / 2.0, (math.log(b) - math.log(a)) / (2.0 * Z90))
        for _, a, b, s in TERMS
    ]


def exact() -> tuple[float, ...]:
    """The true quantiles: a product of lognormals is one."""
    mean, sd = sum(m for m, _ in logs()), math.hypot(*(s for _, s in logs()))
    return tuple(math.exp(mean + z * sd) for z in (-Z90, 0.0, Z90))


def by_numpy(draws: int, seed: int) -> Any:
    """As one would write it: ten vectors and their product."""
    import numpy as np

    rng = np.random.default_rng(seed)
    made = np.ones(draws)
    for mean, sd in logs():
        made *= rng.lognormal(mean, sd, draws)
    return made


def by_squigglepy(draws: int, seed: int) -> Any:
    import squigglepy as sq

    sq.set_seed(seed)

    def made() -> Any:
        found = 1.0
        for _, low, high, sign in TERMS:
            drawn = sq.sample(sq.to(low, high), n=draws)
            found = found * drawn if sign > 0 else found / drawn
        return found

    return made()


def by_curveshift(draws: int, seed: int) -> Any:
    """Intervals as records have them, at the Sobol points that ensembles are sampled with, block by block."""
    import numpy as np

    from curveshift.records import parse_value
    from curveshift.scenario.sobol import points

    numbers = [parse_value(f"{low} to {high}", "positive") for _, low, high, _ in TERMS]
    names = [name for name, *_ in TERMS]
    made = np.ones(draws)
    for first in range(0, draws, BLOCK):
        index = np.arange(first, min(first + BLOCK, draws), dtype=np.uint32)
        at = points(range(len(names)), names, seed, 0, index)
        for number, u, (*_, sign) in zip(numbers, at, TERMS, strict=True):
            made[first : first + BLOCK] *= number.ppf(u) ** sign
    return made


def one(way: str, draws: int) -> dict[str, float]:
    """Time, memory and error of one way; the error is that of ln of the quantiles, root mean square over seeds."""
    import numpy as np

    work: Callable[[int, int], Any] = globals()[f"by_{way}"]
    # What is loaded and prepared once is not what a draw takes.
    work(1000, 0)
    before = peak_mb()
    seconds, errors = [], []
    for seed in range(SEEDS):
        # Processor time of one thread: what else the machine does stays out of the ratios.
        start = time.process_time()
        made = work(draws, seed)
        found = np.quantile(made, LEVELS)
        seconds.append(time.process_time() - start)
        errors.append(np.mean(np.log(found / exact()) ** 2))
    return {
        "seconds": median(seconds),
        "added_mb": peak_mb() - before,
        "error": float(np.sqrt(np.mean(errors))),
    }


def fresh(python: str, way: str, draws: int) -> dict[str, float]:
    return alone([python, __file__, "--one", way, str(draws)])


def same_error(theirs: dict[str, float], mine: dict[str, float]) -> float:
    """Their time over ours if both drew until the error is the same; theirs falls as the root of draws."""
    return theirs["seconds"] / mine["seconds"] * (theirs["error"] / mine["error"]) ** 2


def measure(quick: bool, peer: str) -> list[tuple[str, str, str]]:
    sizes = SIZES[:2] if quick else SIZES
    ways = [way for way in WAYS if way != "squigglepy" or Path(peer).is_file()]
    pythons = {way: peer if way == "squigglepy" else sys.executable for way in ways}
    # Sizes outside, ways inside: whatever else the machine does meets all of them alike.
    found = {(way, n): fresh(pythons[way], way, n) for n in sizes for way in ways}
    rows = []
    for n in sizes:
        for way in ways:
            x = found[way, n]
            how = f"processor time; {x['added_mb']:.0f} MB more at the peak; quantiles off by {100 * x['error']:.3g} %"
            rows.append((f"{n:,} draws, {way}", f"{n / x['seconds'] / 1e6:.2f} million draws/s", how))
    most = sizes[-1]
    ours, numpy = found["curveshift", most], found["numpy", most]
    rows.append(
        (
            "NumPy over curveshift, draws a second", f"{ours['seconds'] / numpy['seconds']:.1f} x",
            f"{most:,} draws: points and quantile functions against a generator",
        )
    )  # fmt: skip
    rows.append(
        (
            "NumPy over curveshift, error", f"{numpy['error'] / ours['error']:.1f} x",
            f"{most:,} draws; NumPy needs the square of it in draws for the same error",
        )
    )  # fmt: skip
    rows.append(
        (
            "NumPy over curveshift, time for the same error", f"{same_error(numpy, ours):.1f} x",
            "the two lines above together",
        )
    )  # fmt: skip
    if "squigglepy" in ways:
        theirs = found["squigglepy", most]
        rows.append(
            (
                "squigglepy over curveshift, time for the same error", f"{same_error(theirs, ours):.1f} x",
                f"{most:,} draws; its error is {theirs['error'] / ours['error']:.1f} times ours",
            )
        )  # fmt: skip
    else:
        rows.append(("squigglepy", "not measured", "give --peer .venv-peers/bin/python"))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without the largest size")
    parser.add_argument("--peer", default="", help="interpreter that has squigglepy")
    parser.add_argument("--one", nargs=2, metavar=("WAY", "DRAWS"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(one(asked.one[0], int(asked.one[1]))))
        return
    for what, value, how in measure(asked.quick, asked.peer):
        print(f"{what:<54}{value:>26}  {how}")


if __name__ == "__main__":
    main()
