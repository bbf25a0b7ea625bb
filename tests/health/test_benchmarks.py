"""The page of benchmarks is what was measured, and its two known answers hold; nothing here times anything."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture(scope="module")
def benchmarks(root: Path) -> Iterator[object]:
    folder = str(root / "benchmarks")
    sys.path.insert(0, folder)
    try:
        yield import_module
    finally:
        sys.path.remove(folder)


@pytest.fixture(scope="module")
def report(benchmarks: object) -> ModuleType:
    return import_module("report")


def test_the_tables_of_the_page_are_those_that_were_measured(report: ModuleType) -> None:
    found = json.loads(report.KEPT.read_text(encoding="utf-8"))
    page = report.PAGE.read_text(encoding="utf-8")
    assert set(found) == {*report.sections(""), "install"}
    assert "Not measured yet" not in page
    assert report.with_tables(page, found) == page, "run python benchmarks/report.py --page"


def test_a_changed_measurement_changes_the_page_and_no_word_around_it(report: ModuleType) -> None:
    row = {"machine": "m", "load_before": 0.0, "quick": True, "rows": [["a", "1", "b"]]}
    page = "Before.\n\n<!-- measured: laws -->\n<!-- end -->\n\nAfter.\n"
    made = report.with_tables(page, {"laws": row})
    assert made.startswith("Before.\n")
    assert made.endswith("\nAfter.\n")
    assert "| a | 1 | b |" in made
    assert "a quick look" in made
    assert report.with_tables(made, {"laws": row}) == made


@pytest.mark.parametrize("way", ["numpy", "curveshift"])
def test_the_ways_of_the_estimate_give_its_exact_quantiles(benchmarks: object, way: str) -> None:
    chips = import_module("bench_chips")
    made = getattr(chips, f"by_{way}")(2**15, 3)
    assert np.quantile(made, chips.LEVELS) == pytest.approx(chips.exact(), rel=0.03)
    # By hand: the median is the product of the geometric means of the ends.
    median = math.prod(math.sqrt(low * high) ** sign for _, low, high, sign in chips.TERMS)
    assert chips.exact()[1] == pytest.approx(median)


def test_operations_are_counted_with_the_length_of_a_scan(benchmarks: object) -> None:
    import jax
    import jax.numpy as jnp

    count = import_module("bench_limits").count

    def body(total: jax.Array, x: jax.Array) -> tuple[jax.Array, None]:
        return total + jnp.exp(x) * 2.0, None

    traced = jax.make_jaxpr(lambda x: jax.lax.scan(body, x[0], x)[0])(np.zeros((7, 5)))
    found = count(traced.jaxpr)
    assert (found["simple"], found["costly"]) == (2 * 7 * 5, 7 * 5)
