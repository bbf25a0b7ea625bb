"""How fast the model runs: the compiled engine and the same model in plain NumPy, on the same inputs and machine.

`python benchmarks/bench_world.py` measures, `--quick` takes a fast look.
Every number is measured in a process of its own, so that neither memory nor threads are shared between them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
POLICIES = ("status-quo", "no-controls", "airtight")
MONTHS = 168
LIBRARY_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def peak_mb() -> float:
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (2**20 if sys.platform == "darwin" else 2**10)


def timed(work: Callable[[], Any], times: int) -> float:
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return median(found)


def simulation(draws: int, threads: int, times: int) -> dict[str, float]:
    """`simulate` end to end: sampling, noise, all policies, reductions."""
    from curveshift.world import simulate

    simulate(POLICIES, draws=256, threads=1)
    seconds = timed(lambda: simulate(POLICIES, draws=draws, threads=threads), times)
    return {"seconds": seconds, "draws_per_second": draws * len(POLICIES) / seconds, "peak_mb": peak_mb()}


def latency(times: int) -> dict[str, float]:
    """One policy on two blocks, two threads."""
    from curveshift.world import simulate

    simulate("status-quo", draws=256, threads=2)
    return {"ms": 1e3 * timed(lambda: simulate("status-quo", draws=256, threads=2), times)}


def first_call() -> dict[str, float]:
    """From a fresh process to the first result: importing, reading records, compiling or loading the program."""
    start = time.perf_counter()
    from curveshift.world import simulate

    imported = time.perf_counter()
    simulate("status-quo", draws=256, threads=1)
    return {"import_seconds": imported - start, "first_seconds": time.perf_counter() - imported}


def steps(blocks: int) -> dict[str, float]:
    """Blocks of the model by the engine, with and without its summaries, and by NumPy, which makes none; one thread."""
    sys.path.insert(0, str(HERE))
    import jax
    import numpy as np
    import numpy_model

    from curveshift.scenario import declare, sample_block
    from curveshift.world import engine, noise, systems, thresholds
    from curveshift.world.history import read_history
    from curveshift.world.rules import compile_policy

    declared = declare(list(POLICIES), draws=8192)
    months = len(declared.months)
    history = read_history(months, declared.as_of)
    compiled = [
        compile_policy(p, declared.levers, declared.policies[0], history, months, declared.as_of)
        for p in declared.policies
    ]
    job = engine.Job(declared, history, compiled, [None] * 3, 1, engine.as_of_month(declared.as_of))

    def by_numpy(i: int) -> None:
        for x in numpy_model.inputs(job, i):
            numpy_model.run(x)

    names = sample_block(declared, 0, engine.BLOCK).names
    prepare = jax.jit(partial(engine.prepare, names))

    @jax.jit
    def paths(*given: Any) -> Any:
        # What is not returned is not computed: no lags, dates of crossing or bins.
        series = engine.trajectory(names, job.as_of_month, *given, reverting=False)[0]
        return series._replace(lag_months=None)

    # NumPy's model is the one without ties.
    nothing = np.zeros((months, len(systems.CONTENDERS), engine.BLOCK))
    untied = systems.Ties(nothing, nothing, np.ones((months, 1)))
    levels = np.zeros((len(thresholds.EVERY), engine.BLOCK))

    def by_engine(i: int) -> None:
        theta = np.ascontiguousarray(sample_block(declared, i, engine.BLOCK).values.T)
        drawn = dict(zip(names, theta, strict=True))
        chance = noise.draw_noise(declared.seed, i, engine.BLOCK, len(history.classes), months, drawn)
        chips, luck = prepare(theta, chance, history.arrays, job.years)
        for policy in compiled:
            jax.block_until_ready(
                paths(
                    theta, chips, luck, np.full(engine.BLOCK, np.inf), levels, policy, compiled[0],
                    np.int32(job.feedback), np.float64(0.0), job.years, untied, None,
                )
            )  # fmt: skip

    ways: dict[str, Callable[[int], Any]] = {
        "engine": partial(engine.run_block, job), "engine_paths": by_engine, "numpy": by_numpy,
    }  # fmt: skip
    for way in ways.values():
        way(0)
    seconds = {name: [0.0, 0.0] for name in ways}
    # In turn, block by block, so that a busy machine slows all of them alike.
    for i in range(blocks):
        for name, way in ways.items():
            start, used = time.perf_counter(), time.process_time()
            way(i)
            seconds[name][0] += time.perf_counter() - start
            seconds[name][1] += time.process_time() - used
    draws = blocks * engine.BLOCK * len(POLICIES)
    return {
        f"{name}_{kind}": draws / spent
        for name, both in seconds.items()
        for kind, spent in zip(("draws_per_second", "draws_per_cpu_second"), both, strict=True)
    }


def alone(words: list[str], cwd: Path | None = None, **more: str) -> dict[str, Any]:
    """What a fresh process, with one thread for every library, prints as JSON in its last line."""
    env = {**os.environ, **dict.fromkeys(LIBRARY_THREADS, "1"), **more}
    done = subprocess.run(words, cwd=cwd, env=env, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def fresh(call: str, cache: Path) -> dict[str, float]:
    """Run one of the functions above in a new process, with one thread for every library and a cache of our own."""
    code = f"import json, bench_world; print(json.dumps(bench_world.{call}))"
    return alone([sys.executable, "-c", code], cwd=HERE, CURVESHIFT_CACHE=str(cache))


def processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def measure(quick: bool) -> list[tuple[str, str, str]]:
    """Rows of the table: what, the number, how it was measured."""
    draws, times, blocks = (1024, 1, 2) if quick else (8192, 3, 16)
    shape = f"{draws:,} draws x {len(POLICIES)} policies x {MONTHS} months"
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        cold = fresh("first_call()", cache)
        warm = fresh("first_call()", cache)
        two = fresh(f"simulation({draws}, 2, {times})", cache)
        one = fresh(f"simulation({draws}, 1, {times})", cache)
        few = fresh(f"simulation({draws // 8}, 2, {times})", cache)
        many = fresh(f"simulation({4 * draws}, 2, 1)", cache)
        short = fresh(f"latency({5 if quick else 20})", cache)
        alone = fresh(f"steps({blocks})", cache)
    numpy_rate = alone["numpy_draws_per_second"]
    same = f"{blocks} blocks of 128 x {len(POLICIES)} policies, same inputs, sampling and noise included"
    end_to_end = f"{shape}, `simulate` end to end after warm-up, median of {times}"
    return [
        ("Run, two threads", f"{two['seconds']:.1f} s", end_to_end),
        ("Run, one thread", f"{one['seconds']:.1f} s", end_to_end),
        ("Rate, two threads", f"{two['draws_per_second']:,.0f} draws/s", "draws x policies over the above"),
        ("Rate, one thread", f"{one['draws_per_second']:,.0f} draws/s", "draws x policies over the above"),
        (
            "Two threads over one", f"{one['seconds'] / two['seconds']:.2f} x", "the two runs above"
        ),
        (
            f"Rate, {draws // 8:,} draws", f"{few['draws_per_second']:,.0f} draws/s",
            f"two threads; peak {few['peak_mb']:,.0f} MB",
        ),
        (
            f"Rate, {4 * draws:,} draws", f"{many['draws_per_second']:,.0f} draws/s",
            f"two threads, once; peak {many['peak_mb']:,.0f} MB",
        ),
        ("Peak memory, two threads", f"{two['peak_mb']:,.0f} MB", "largest resident set of that process"),
        ("One policy, 256 draws", f"{short['ms']:.0f} ms", f"two threads, median of {5 if quick else 20}"),
        (
            "Engine, one block at a time", f"{alone['engine_draws_per_second']:,.0f} draws/s",
            f"{same}; all summaries of a block included",
        ),
        ("NumPy, one thread", f"{numpy_rate:,.0f} draws/s", f"{same}; monthly paths only, no summaries"),
        (
            "Engine, paths only", f"{alone['engine_paths_draws_per_second']:,.0f} draws/s",
            f"{same}; stocks, flows and capability by quarter, no summaries",
        ),
        (
            "Engine over NumPy, paths each", f"{alone['engine_paths_draws_per_second'] / numpy_rate:.1f} x",
            "like with like: paths only on both sides",
        ),
        (
            "The same in processor time, paths",
            f"{alone['engine_paths_draws_per_cpu_second'] / alone['numpy_draws_per_cpu_second']:.1f} x",
            "user and system seconds of all threads, less moved by what else runs",
        ),
        (
            "Engine over NumPy, summaries too", f"{alone['engine_draws_per_second'] / numpy_rate:.1f} x",
            "all summaries of a block against paths alone; the engine does more",
        ),
        (
            "The same in processor time, summaries",
            f"{alone['engine_draws_per_cpu_second'] / alone['numpy_draws_per_cpu_second']:.1f} x",
            "user and system seconds of all threads",
        ),
        (
            "Engine on two threads over NumPy", f"{two['draws_per_second'] / numpy_rate:.1f} x",
            "the whole of `simulate` against NumPy's paths",
        ),
        ("First result, nothing cached", f"{cold['first_seconds']:.1f} s", "fresh process, empty cache folder"),
        ("First result, program cached", f"{warm['first_seconds']:.1f} s", "fresh process, same cache folder"),
        ("Import", f"{warm['import_seconds']:.2f} s", "`from curveshift.world import simulate`"),
    ]  # fmt: skip


def table(rows: list[tuple[str, str, str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
    return "\n".join(f"{what:<{widths[0]}}  {value:>{widths[1]}}  {how}" for what, value, how in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the speed of the model.")
    parser.add_argument("--quick", action="store_true", help="fewer draws and repetitions")
    print(table(measure(parser.parse_args().quick)))


if __name__ == "__main__":
    main()
