"""What a short command costs: processor and wall time of fresh processes, least of some starts.

`python benchmarks/bench_starts.py` measures. `pass` is Python itself. A command of `run` is measured with its
compiled program kept.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time

CLI = "from curveshift.cli import main; main()"
SHORT = (
    ("Python itself", "pass", ()),
    ("import curveshift", "import curveshift", ()),
    ("curveshift --version", CLI, ("--version",)),
    ("curveshift --help", CLI, ("--help",)),
    ("curveshift classify", CLI, ("classify", "H20", "--to", "CN", "--on", "2025-04-20")),
    ("curveshift facts list", CLI, ("facts", "list")),
    ("curveshift policies", CLI, ("policies",)),
    ("curveshift trend DeepSeek-V3", CLI, ("trend", "DeepSeek-V3")),
)
LONG = ("curveshift run, 256 draws", CLI, ("run", "status-quo", "--draws", "256"))
KEY_PRESS = {"_CURVESHIFT_COMPLETE": "complete_bash", "COMP_WORDS": "curveshift run st", "COMP_CWORD": "2"}


def start(code: str, words: tuple[str, ...], env: dict[str, str]) -> tuple[float, float]:
    """Processor and wall seconds of one process."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    before, began = used.ru_utime + used.ru_stime, time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *words], env=env, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime - before, wall


def measure(quick: bool) -> list[tuple[str, str, str]]:
    times = 3 if quick else 7
    rows = []

    def row(name: str, code: str, words: tuple[str, ...], env: dict[str, str], count: int, how: str) -> None:
        found = [start(code, words, env) for _ in range(count)]
        cpu, wall = (min(each) for each in zip(*found, strict=True))
        rows.append((name, f"{cpu:.3f} s", f"{wall:.2f} s of wall time; least of {count}{how}"))

    with tempfile.TemporaryDirectory() as cache:
        env = {**os.environ, "CURVESHIFT_CACHE": cache}
        for name, code, words in SHORT:
            row(name, code, words, env, times, "")
        row("one key press for the shell", CLI, (), {**env, **KEY_PRESS}, times, ", `curveshift run st`")
        row(*LONG, env, 1, ", nothing compiled yet")
        row(*LONG, env, 2, ", the program kept from before")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer starts")
    for what, value, how in measure(parser.parse_args().quick):
        print(f"{what:<40}{value:>12}  {how}")


if __name__ == "__main__":
    main()
