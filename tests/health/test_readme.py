"""What the front page promises exists: its commands, their options, and its Python."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = ("README.md", "CONTRIBUTING.md")
CLI = "from curveshift.cli import main; main()"


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)


def commands(root: Path) -> dict[tuple[str, ...], set[str]]:
    """Each command that the pages show, with the options that they use: {("facts", "list"): {"--json"}}."""
    shown: dict[tuple[str, ...], set[str]] = {}
    for page in PAGES:
        text = (root / page).read_text(encoding="utf-8")
        lines = [line for block in blocks(root / page, "sh") for line in block.splitlines()]
        lines += re.findall(r"`(curveshift [^`]+)`", text)
        for line in lines:
            words = shlex.split(line, comments=True)
            while words and not words[0].endswith("curveshift"):
                words.pop(0)
            if len(words) < 2:
                continue
            verb = words[1:3] if words[1] in {"facts", "assumptions", "laws", "rules"} else words[1:2]
            shown.setdefault(tuple(verb), set()).update(
                w.split("=")[0] for w in words if re.match(r"--?[a-z]", w)
            )
    return shown


def test_every_command_shown_exists_with_its_options(root: Path) -> None:
    shown = commands(root)
    assert {verb for verb, *_ in shown} >= {"brief", "run", "compare", "policies", "assumptions", "facts"}
    for verb, options in shown.items():
        done = subprocess.run(
            [sys.executable, "-c", CLI, *verb, "--help"],
            capture_output=True,
            text=True,
            env={"COLUMNS": "200", "NO_COLOR": "1", "PATH": "", "PYTHONPATH": str(root / "src")},
            check=False,
        )
        assert done.returncode == 0, f"curveshift {' '.join(verb)}: {done.stderr}"
        missing = [option for option in options if not re.search(rf"(?<![\w-]){option}\b", done.stdout)]
        assert not missing, f"curveshift {' '.join(verb)} has no {missing}"


@pytest.mark.slow
def test_the_python_on_the_front_page_runs(root: Path) -> None:
    code = blocks(root / "README.md", "python")
    assert code
    for block in code:
        exec(compile(block, "README.md", "exec"), {})
