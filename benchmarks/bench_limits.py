"""How near the model's program comes to what the processor can do, and where the time of a run goes.

`python benchmarks/bench_limits.py` measures on one thread. Operations are counted in the program as JAX
traces it: one for each number that an addition, product, comparison or choice makes, and apart from them
those of exp, log, power and their like. The peaks are measured here: a product of matrices for the first, the
slower ways that JAX has for the second, a copy of a large array for bytes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from bench_world import HERE, alone, median

POLICY = "status-quo"
COSTLY = {
    "cbrt", "cos", "erf", "erf_inv", "exp", "exp2", "expm1", "lgamma", "log", "log1p", "logistic", "pow", "rsqrt",
    "sin", "sqrt", "tan", "tanh",
}  # fmt: skip
FREE = {
    "broadcast_in_dim", "concatenate", "convert_element_type", "copy", "dynamic_slice", "dynamic_update_slice",
    "gather", "iota", "pad", "reshape", "rev", "scatter", "slice", "split", "squeeze", "stop_gradient", "transpose",
}  # fmt: skip
"""What moves numbers and computes none."""


def count(jaxpr: Any, times: int = 1) -> Counter[str]:
    """Numbers computed by a traced program: those of simple operations and of costly ones."""
    found: Counter[str] = Counter()
    for step in jaxpr.eqns:
        name, inner = step.primitive.name, step.params
        size = max((v.aval.size for v in step.outvars if hasattr(v.aval, "size")), default=0)
        if name == "scan":
            found += count(inner["jaxpr"].jaxpr, times * inner["length"])
        elif name == "cond":
            # The dearer branch, which the factual path takes.
            found += max((count(b.jaxpr, times) for b in inner["branches"]), key=lambda c: sum(c.values()))
        elif name == "while":
            found += count(inner["body_jaxpr"].jaxpr, times)
            found["while"] += 1
        elif "jaxpr" in inner or "call_jaxpr" in inner:
            body = inner.get("jaxpr", inner.get("call_jaxpr"))
            found += count(getattr(body, "jaxpr", body), times)
        elif name.startswith(("reduce_", "cum", "arg")) or name in ("dot_general", "sort"):
            found["simple"] += times * max(v.aval.size for v in step.invars)
        elif name in COSTLY:
            found["costly"] += times * size
        elif name not in FREE:
            found["simple"] += times * size
    return found


def size_of(values: Any) -> int:
    import jax

    return sum(x.nbytes for x in jax.tree.leaves(values) if hasattr(x, "nbytes"))


def spent_on(work: Callable[[], Any], times: int = 5) -> float:
    """Median processor seconds, as the rates that peaks are compared with."""
    found = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return median(found)


def peaks() -> dict[str, float]:
    """Simple operations, costly operations and bytes that one thread does in a second."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    square = np.ones((1024, 1024))
    product = spent_on(lambda: square @ square)
    large = np.ones(2**25)
    target = np.empty_like(large)
    copied = spent_on(lambda: np.copyto(target, large))
    # As large as what a month's step works on: it stays in the cache.
    small, rounds = jnp.linspace(0.5, 1.5, 2**14), 200
    costly = []
    for one in (jnp.exp, jnp.log):
        body = jax.jit(lambda x, f=one: jax.lax.fori_loop(0, rounds, lambda _, y: f(y) * 0.5 + 0.5, x))
        body(small).block_until_ready()
        costly.append(spent_on(lambda b=body: b(small).block_until_ready()))
    return {
        "simple": 2 * 1024**3 / product,
        "costly": rounds * 2**14 / max(costly),
        "bytes": 2 * large.nbytes / copied,
    }


def limits(blocks: int) -> dict[str, float]:
    """Stages of a run, operations of its program, and peaks, all on one thread."""
    import jax
    import numpy as np

    from curveshift.scenario import declare
    from curveshift.scenario.sampling import sampled_block
    from curveshift.world import engine, simulate, systems, thresholds
    from curveshift.world.chunks import Task, prepare

    declared = declare([POLICY], draws=blocks * engine.BLOCK)
    job = prepare(Task(declared, "default", True, 20, sampled_block)).job
    start = engine.start_block(job, 0)
    first = engine.run_policy(job, start, 0, None)
    jax.block_until_ready(first)
    spent: Counter[str] = Counter()

    def stage(name: str, work: Callable[[], Any]) -> Any:
        began = time.process_time()
        made = jax.block_until_ready(work())
        spent[name] += time.process_time() - began
        return made

    for i in range(blocks):
        draws = stage("draws", lambda i=i: job.sampler(job.scenario, i)[0])
        start = stage("start", lambda i=i: engine.start_block(job, i))
        found = stage("program", lambda s=start: engine.run_policy(job, s, 0, None))
        stage("copies", lambda s=start, f=found: engine.block_result(job, s, [f]))
    spent["start"] -= spent["draws"]
    simulate(POLICY, draws=engine.BLOCK, threads=1)
    began = time.process_time()
    simulate(POLICY, draws=blocks * engine.BLOCK, threads=1)
    spent["rest"] = time.process_time() - began - sum(spent.values())

    zero = np.zeros((len(job.years), len(systems.CONTENDERS), engine.BLOCK))
    levels = np.zeros((len(thresholds.EVERY), engine.BLOCK))
    given = (
        start.theta, start.chips, start.paths, np.full(engine.BLOCK, np.inf), levels,
        job.compiled[0], job.compiled[0], np.int32(job.feedback), np.float64(1.0), job.years,
        systems.Ties(zero, zero, np.ones((len(job.years), 1))), start.observed,
    )  # fmt: skip
    names, month = start.draws.names, job.as_of_month
    traced = jax.make_jaxpr(lambda *x: engine.trajectory(names, month, *x, reverting=False))(*given)
    operations = count(traced.jaxpr)
    each = engine.BLOCK * len(job.years)
    return {
        **{f"seconds_{name}": value for name, value in spent.items()},
        "draws": len(draws) * blocks,
        "simple": operations["simple"] / each,
        "costly": operations["costly"] / each,
        "whiles": float(operations["while"]),
        "bytes": (size_of(given) + size_of(found)) / each,
        "rate": blocks * each / spent["program"],
        **{f"peak_{name}": value for name, value in peaks().items()},
    }


STAGES = {
    "draws": "Sobol points and quantiles of the assumptions",
    "start": "process noise, and what does not depend on policy",
    "program": "the model's months and their summaries, compiled",
    "copies": "results as arrays without padding",
    "rest": "rules, history, counts, labels, and starting",
}


def measure(quick: bool) -> list[tuple[str, str, str]]:
    code = f"import json, bench_limits; print(json.dumps(bench_limits.limits({8 if quick else 32})))"
    # The model's one thread per library, and XLA's own work on the same processor.
    x: dict[str, float] = alone([sys.executable, "-c", code], cwd=HERE)
    spent = {name: x[f"seconds_{name}"] for name in STAGES}
    whole = sum(spent.values())
    rows = [
        (
            f"Time in: {meaning}",
            f"{spent[name] / whole:.0%}",
            f"{1e6 * spent[name] / x['draws']:.0f} µs a draw",
        )
        for name, meaning in STAGES.items()
    ]
    least = {name: x[name] * x["rate"] / x[f"peak_{name}"] for name in ("simple", "costly", "bytes")}
    return [
        *rows,
        ("Simple operations", f"{x['simple']:,.0f}", "a draw and month, summaries and ties included"),
        ("Costly operations", f"{x['costly']:,.0f}", "a draw and month: exp, log, power, ...; one each"),
        ("Bytes in and out of the program", f"{x['bytes']:,.0f}", "a draw and month: arguments and results, once"),
        ("Draw-months", f"{x['rate'] / 1e6:.2f} million/s", "one thread, in the program"),
        ("Peak of simple operations", f"{x['peak_simple'] / 1e9:.1f} billion/s", "product of matrices, one thread"),
        ("Peak of costly operations", f"{x['peak_costly'] / 1e9:.2f} billion/s", "slower of exp and log, in the cache"),
        ("Peak of bytes", f"{x['peak_bytes'] / 1e9:.1f} GB/s", "a copy of 268 MB, read and written"),
        ("Share of the first peak", f"{least['simple']:.0%}", "simple operations at this rate over it"),
        ("Share of the second peak", f"{least['costly']:.0%}", "costly operations at this rate over it"),
        ("Share of the third peak", f"{least['bytes']:.0%}", "bytes at this rate over it"),
        ("Together", f"{least['simple'] + least['costly']:.0%}", "time that both kinds would take at their peaks"),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer blocks")
    for what, value, how in measure(parser.parse_args().quick):
        print(f"{what:<66}{value:>18}  {how}")


if __name__ == "__main__":
    main()
