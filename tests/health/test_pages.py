"""The tutorials run: every Python block of a page prints what stands below it, and every command works."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = (
    "docs/fit_your_runs.md", "docs/first_brief.md", "docs/your_policy.md", "docs/is_it_on_trend.md",
    "docs/classify_and_try.md", "docs/lab.md", "docs/limits.md", "docs/costs.md", "docs/trends.md", "docs/claims.md",
)  # fmt: skip
SLOW_PAGES = ("docs/backtests.md", "docs/deciding.md", "docs/sensitivity.md")
CLI = "from curveshift.cli import main; main()"


def python(root: Path, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *words],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(root / "src")},
        check=False,
    )


@pytest.mark.parametrize("page", [*PAGES, *(pytest.param(p, marks=pytest.mark.slow) for p in SLOW_PAGES)])
def test_blocks_print_what_the_page_shows(root: Path, page: str, tmp_path: Path) -> None:
    done = python(root, str(root / "tools" / "run_page.py"), str(root / page), folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_check_sees_a_wrong_number_and_a_wrong_word(root: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    for shown, code in (("x = 2.0", 0), ("x = 2.01", 0), ("x = 2.2", 1), ("y = 2.0", 1), ("x = -2.0", 1)):
        page.write_text(f"```python\nprint('x =', 2.0)\n```\n\n```text\n{shown}\n```\n", encoding="utf-8")
        done = python(root, str(root / "tools" / "run_page.py"), str(page), folder=tmp_path)
        assert done.returncode == code, (shown, done.stdout, done.stderr)
    done = python(root, str(root / "tools" / "run_page.py"), str(page), "--write", folder=tmp_path)
    assert done.returncode == 0
    assert "x = 2.0\n" in page.read_text(encoding="utf-8")


def test_commands_of_the_tutorial_work_on_its_table(root: Path, tmp_path: Path) -> None:
    text = (root / PAGES[0]).read_text(encoding="utf-8")
    (made,) = [b for b in re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S) if '"runs.csv", "w"' in b]
    made = f"import numpy as np\nfrom curveshift import laws\n{made}"
    assert python(root, "-c", made, folder=tmp_path).returncode == 0
    commands = [line for b in re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S) for line in b.splitlines()]
    assert len(commands) >= 3
    for line in commands:
        words = [w if w != "4000" else "100" for w in shlex.split(line)[1:]]
        done = python(root, "-c", CLI, *words, folder=tmp_path)
        assert done.returncode == 0, (line, done.stderr)
    assert (tmp_path / "fit.html").exists()
