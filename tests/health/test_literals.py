"""Numbers that the model uses are records: the code of the simulation holds mathematics and unit constants only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

WORLD = Path(__file__).parents[2] / "src" / "curveshift" / "world"

# What a formula may contain: signs, halves and squares, months in a year and in a quarter (and its middle), decimal
# logarithms, millions.
MATHEMATICS = {0, 1, 2, 0.5, 10, 12, 3, 1.5, 1e6}

# Numbers far from any quantity of the model, which keep a division or a logarithm finite.
GUARDS = {1e-9, 1e-6, 1e-4, 1e-3}

# Constants with a name that are neither assumptions nor units, each with its reason.
NAMED = {
    "NO_CAP": "stands for the absence of a cap",
    "UNCAPPED": "the same in chips",
    "PARADIGMS": "length of an array",
    "START_2022": "date in the name of assumptions",
    "START_2024": "date in the name of assumptions",
    "MID_2024": "date in the name of assumptions",
    "MID_2025": "date in the name of assumptions",
    "START_2026": "date in the name of assumptions",
    "MID_2026": "date in the name of assumptions",
    "LN10": "natural logarithm of ten",
    "H100E_FLOP_PER_MONTH": "unit",
}

# Modules that hold the equations; the others read files, run threads, read results off or put names on them.
EQUATIONS = ("diversion", "domestic", "legal", "market", "supply", "systems", "thresholds", "timeline")


def _numbers(tree: ast.AST) -> list[ast.Constant]:
    """Numbers of a piece of code, apart from those that only say where something stands in an array."""
    found: list[ast.Constant] = []

    def walk(node: ast.AST) -> None:
        if isinstance(node, ast.Constant):
            if isinstance(node.value, int | float) and not isinstance(node.value, bool):
                found.append(node)
            return
        for name, child in ast.iter_fields(node):
            places = (isinstance(node, ast.Subscript) and name == "slice") or (
                isinstance(node, ast.keyword) and node.arg in ("axis", "shape")
            )
            if not places:
                for part in child if isinstance(child, list) else [child]:
                    if isinstance(part, ast.AST):
                        walk(part)

    walk(tree)
    return found


def unrecorded(source: str) -> list[str]:
    """Numbers in functions that should be records, and named constants that nobody vouched for."""
    tree, wrong = ast.parse(source), []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            wrong += [
                f"line {n.lineno}: {n.value}"
                for n in _numbers(node)
                if n.value not in MATHEMATICS and n.value not in GUARDS
            ]
        elif isinstance(node, ast.AnnAssign | ast.Assign) and node.value is not None and _numbers(node.value):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if not (isinstance(target, ast.Name) and target.id in NAMED):
                wrong.append(f"line {node.lineno}: {ast.unparse(target)}")
    return wrong


@pytest.mark.parametrize("module", EQUATIONS)
def test_equations_hold_no_number_that_should_be_a_record(module):
    assert not unrecorded((WORLD / f"{module}.py").read_text(encoding="utf-8"))


def test_the_scan_finds_a_number_that_was_slipped_in():
    assert unrecorded("def f(x):\n    return x * 0.9\n") == ["line 2: 0.9"]
    assert unrecorded("LIMIT = 0.3\n") == ["line 1: LIMIT"]
    assert not unrecorded("def f(x):\n    return 2 * x[3] / 12.0\n")
