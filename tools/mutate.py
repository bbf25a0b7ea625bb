"""Change one operator or number of the code at a time and see whether a test notices: a sample, by seed.

    python tools/mutate.py --mutants 60 --seed 0

Our own, because each mutant costs the start of a process elsewhere: here a child is forked from a process that has
imported the packages, and reads the changed source in place of the file, which stays as it is.
"""

import argparse
import ast
import copy
import importlib
import os
import random
import signal
import sys
import time
import warnings
from importlib.machinery import SourceFileLoader
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 90
"""For the tests of one mutant, which may hang."""
STEP = 0.02

# Modules of functions without compilation, with the tests beside them.
MODULES = {
    "controls": (
        ["chips", "lookup", "metrics", "places", "variants", "grading", "timelines", "deals"],
        ["controls/test_metrics.py", "controls/test_variants.py", "controls/test_classify.py"],
    ),
    "laws": (
        ["columns", "checks", "sheets", "reading", "runs"],
        ["laws/test_reading.py"],
    ),
    "world": (
        ["history", "observed", "rules", "store", "stored", "stamp"],
        # Without a run: a program that is compiled anew for each mutant takes longer than all of these.
        ["world/test_record.py", "world/test_folders.py"],
    ),
}  # fmt: skip
SHARED = ("jax.numpy", "numpy", "pandas", "pydantic", "pytest", "ruamel.yaml", "scipy.special", "xarray")
"""What every child would import again."""
BELOW = ("curveshift.controls", "curveshift.facts", "curveshift.scenario")
"""Rooms of our own below `world`, which its mutants leave as they are."""
SWAPS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
}  # fmt: skip


def changes(tree: ast.AST) -> list[tuple[int, str]]:
    """What can be changed inside functions: the place of a node in the walk, and what is done to it."""
    inside = {
        id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for s in f.body for n in ast.walk(s)
    }
    # The text of an error may be anything.
    inside -= {id(n) for r in ast.walk(tree) if isinstance(r, ast.Raise) for n in ast.walk(r)}
    found = []
    for i, node in enumerate(ast.walk(tree)):
        if id(node) not in inside:
            continue
        operator = node.ops[0] if isinstance(node, ast.Compare) else getattr(node, "op", None)
        if type(operator) in SWAPS:
            found.append((i, f"{type(operator).__name__} to {SWAPS[type(operator)].__name__}"))
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            found.append((i, "not left out"))
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float, bool):
            found.append((i, f"{node.value} changed"))
    return found


def mutated(tree: ast.AST, place: int) -> tuple[ast.AST, int, str]:
    """The tree with one node changed, its line, and the line as it then reads."""
    tree = copy.deepcopy(tree)
    node = list(ast.walk(tree))[place]
    if isinstance(node, ast.Compare):
        node.ops[0] = SWAPS[type(node.ops[0])]()
    elif isinstance(node, ast.Constant):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1
    elif isinstance(node.op, ast.Not):
        node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)
    else:
        node.op = SWAPS[type(node.op)]()
    return ast.fix_missing_locations(tree), node.lineno, ast.unparse(node)


def survives(path: Path, tree: ast.AST, tests: list[str]) -> bool:
    """Whether all tests pass in a child that reads the changed source."""
    child = os.fork()
    if child == 0:
        os.setsid()
        code = compile(tree, str(path), "exec")
        plain = SourceFileLoader.get_code
        SourceFileLoader.get_code = lambda self, name: code if self.path == str(path) else plain(self, name)
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        import pytest

        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not slow"]
        os._exit(int(pytest.main([*options, *(str(ROOT / "tests" / t) for t in tests)])))
    # Steps are counted and not the clock, which goes on while this process is stopped.
    for _ in range(round(SECONDS / STEP)):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(STEP)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def main() -> int:
    """Print each survivor as it is found, and the counts by room."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("rooms", nargs="*", default=list(MODULES))
    parser.add_argument("--mutants", type=int, default=60, help="for each room")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT / "src"))
    for module in SHARED:
        importlib.import_module(module)
    # Nothing was computed here yet, so that JAX has no threads that a child would lack.
    warnings.filterwarnings("ignore", "os.fork", RuntimeWarning)
    # The last in the order of rooms has the others below it: what it imports of them is as it was.
    for room in sorted(asked.rooms, key=[*MODULES].index):
        for module in BELOW if room == "world" else ():
            importlib.import_module(module)
        names, tests = MODULES[room]
        trees = {n: ast.parse((ROOT / f"src/curveshift/{room}/{n}.py").read_text()) for n in names}
        pool = [(n, *change) for n in names for change in changes(trees[n])]
        if not survives(Path("none"), trees[names[0]], tests):
            sys.exit(
                f"the tests of {room} fail as it is, or take more than {SECONDS} s: no mutant tells anything"
            )
        sample = random.Random(asked.seed).sample(pool, min(asked.mutants, len(pool)))
        alive = 0
        for name, place, what in sample:
            path = ROOT / f"src/curveshift/{room}/{name}.py"
            tree, line, reads = mutated(trees[name], place)
            if survives(path, tree, tests):
                alive += 1
                print(f"  {room}/{name}.py:{line}: {what}: {reads[:100]}", flush=True)
        print(
            f"{room}: {len(sample)} of {len(pool)} mutants, {len(sample) - alive} killed, {alive} alive",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
