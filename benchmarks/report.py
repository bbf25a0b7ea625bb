"""Measure everything and write the tables of docs/benchmarks.md: `make bench`.

`python benchmarks/report.py --peer .venv-peers/bin/python` measures all sections, keeps what it found in
measured.json and writes the page from it. `--only laws` measures one section and keeps the others, `--page`
only writes the page. The text between the tables is written by hand and left alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import bench_chips
import bench_indices
import bench_laws
import bench_limits
import bench_starts
import bench_world

from curveshift.records import atomic_write

HERE = Path(__file__).resolve().parent
KEPT = HERE / "measured.json"
PAGE = HERE.parent / "docs" / "benchmarks.md"
OURS = ("jax", "numpy", "scipy")

Rows = list[tuple[str, str, str]]


def sections(peer: str) -> dict[str, Callable[[bool], Rows]]:
    """What is measured, in the order of the page."""
    return {
        "world": bench_world.measure,
        "chips": partial(bench_chips.measure, peer=peer),
        "laws": partial(bench_laws.measure, peer_python=peer),
        "indices": partial(bench_indices.measure, peer=peer),
        "starts": bench_starts.measure,
        "limits": bench_limits.measure,
    }


def machine() -> str:
    """Processor and versions in one line."""
    versions = ", ".join(f"{name} {version(name)}" for name in OURS)
    cores = os.cpu_count()
    return f"{bench_world.processor()}, {cores} processors; Python {platform.python_version()}, {versions}"


def measured(name: str, work: Callable[[bool], Rows], quick: bool) -> dict[str, Any]:
    """One section with the machine, the load before it, and the time it took."""
    load, start = os.getloadavg()[0], time.perf_counter()
    print(f"{name} ...", flush=True)
    rows = work(quick)
    print(bench_world.table(rows), flush=True)
    return {
        "machine": machine(),
        "load_before": round(load, 1),
        "seconds": round(time.perf_counter() - start),
        "quick": quick,
        "rows": [list(row) for row in rows],
    }


def table(section: dict[str, Any]) -> str:
    """One section as Markdown."""
    lines = ["| What | Measured | How |", "|---|---:|---|"]
    lines += [f"| {what} | {value} | {how} |" for what, value, how in section["rows"]]
    short = ", a quick look" if section["quick"] else ""
    told = f"{section['machine']}; load before {section['load_before']}{short}."
    return "\n".join([*lines, "", f"*{told}*"])


def with_tables(page: str, found: dict[str, Any]) -> str:
    """The page with the tables of what was measured between its marks."""

    def put(match: re.Match[str]) -> str:
        name = match[1]
        body = table(found[name]) if name in found else "Not measured yet."
        return f"<!-- measured: {name} -->\n\n{body}\n\n<!-- end -->"

    return re.sub(r"<!-- measured: (\w+) -->\n.*?<!-- end -->", put, page, flags=re.S)


def keep(found: dict[str, Any]) -> None:
    atomic_write(KEPT, json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", default="", help="interpreter that has the rivals")
    parser.add_argument("--quick", action="store_true", help="a fast look; the tables say so")
    parser.add_argument("--only", action="append", help="measure this section and keep the others")
    parser.add_argument("--page", action="store_true", help="measure nothing; write the page")
    parser.add_argument(
        "--install", type=Path, help="figures of tools/check_release.py --json, to be kept too"
    )
    asked = parser.parse_args()
    found: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    if asked.install:
        found["install"] = installed(json.loads(asked.install.read_text(encoding="utf-8")))
    works = {} if asked.page else sections(asked.peer)
    for name in asked.only or works:
        if name not in works:
            parser.error(f"unknown section {name!r}: known: {', '.join(works)}")
        found[name] = measured(name, works[name], asked.quick)
        keep(found)
    keep(found)
    atomic_write(PAGE, with_tables(PAGE.read_text(encoding="utf-8"), found))


def installed(figures: dict[str, float]) -> dict[str, Any]:
    """The section on installing, from the figures of the check of a release."""
    taken = figures["installed_mib"] - figures["empty_mib"]
    rows = [
        [
            "Base install, fresh environment",
            f"{figures['installed_mib']:.0f} MiB",
            "on the disk, pip with it",
        ],
        ["Of it curveshift and what it needs", f"{taken:.0f} MiB", "the rest is the empty environment"],
        ["curveshift brief, 256 draws", f"{figures['brief_seconds']:.0f} s", "from the wheel, first call"],
    ]
    rows += [
        [
            name.removeprefix("cpu_seconds: "),
            f"{value:.3f} s",
            "processor time of a fresh process, least of 7",
        ]
        for name, value in figures.items()
        if name.startswith("cpu_seconds")
    ]
    return {
        "machine": machine(), "load_before": round(os.getloadavg()[0], 1), "seconds": 0, "quick": False, "rows": rows,
    }  # fmt: skip


if __name__ == "__main__":
    main()
