"""Speed of a training step of the lab as a share of a plain matrix product, and its memory.

Run with the extra `lab` installed: python benchmarks/bench_lab.py
"""

from __future__ import annotations

import time

import numpy as np
from bench_world import peak_mb

from curveshift.lab import Shape
from curveshift.lab.runtime import training
from curveshift.lab.scaling import FULL, RECIPE

LENGTH = 64
REPEATS = 5


def fastest(call: object, repeats: int = REPEATS) -> float:
    """Least seconds of some calls: others' work on the machine only ever adds to it."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()  # type: ignore[operator]
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    with training():
        import jax
        import jax.numpy as jnp

        from curveshift.lab import programs

        a = jnp.ones((1024, 1024), jnp.float32)
        product = jax.jit(lambda x, y: x @ y)
        product(a, a).block_until_ready()
        plain = 2 * 1024**3 / fastest(lambda: product(a, a).block_until_ready(), 20)
        print(f"matrix product, 1,024 squared, one thread: {plain / 1e9:.1f} GFLOP/s")
        print("width   compile s   step ms   GFLOP/s by formula   share of the product")
        for width in sorted({p.width for p in FULL.planned}):
            shape = Shape(width=width, depth=FULL.depth)
            begun = time.perf_counter()
            program = programs.trainer(shape, RECIPE.optimiser, RECIPE.schedule, RECIPE.batch, LENGTH, 64)
            compiled = time.perf_counter() - begun
            text = np.ones((64, RECIPE.batch, LENGTH), np.int32)
            numbers = [jnp.int32(n) for n in (0, 64, 1000)]
            state = [programs.start(shape, RECIPE.optimiser, 0)]

            def chunk(program=program, state=state, text=text, numbers=numbers) -> None:  # type: ignore[no-untyped-def]
                state[0], loss = program.run(state[0], text, text, *numbers, jnp.float32(0.01))
                loss.block_until_ready()

            chunk()
            step = fastest(chunk) / 64
            speed = RECIPE.batch * LENGTH * shape.flop_per_token(LENGTH) / step
            print(
                f"{width:5d}   {compiled:9.1f}   {1e3 * step:7.2f}   {speed / 1e9:18.1f}   {speed / plain:20.0%}"
            )
    print(f"peak memory: {peak_mb():.0f} MiB")


if __name__ == "__main__":
    main()
