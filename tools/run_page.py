"""Run the Python blocks of a page in order and hold what they print against the text block below each.

Numbers may differ in their last digits (other processors round otherwise); words may not.

    python tools/run_page.py docs/fit_your_runs.md            # exit code 1 with the differences
    python tools/run_page.py docs/fit_your_runs.md --write    # put what is printed into the page
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)
NUMBER = re.compile(r"[-+−]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
CLOSE = 0.02


def same(printed: str, shown: str) -> bool:
    """Whether two texts have the same words and nearly the same numbers."""
    if NUMBER.sub("#", printed).split() != NUMBER.sub("#", shown).split():
        return False
    pairs = zip(NUMBER.findall(printed), NUMBER.findall(shown), strict=True)
    numbers = ((float(a.replace("−", "-")), float(b.replace("−", "-"))) for a, b in pairs)
    return all(abs(a - b) <= CLOSE * max(abs(a), abs(b)) for a, b in numbers)


def run(page: Path, write: bool) -> int:
    """Run a page in an empty folder; returns the number of blocks that print something else."""
    text = page.read_text(encoding="utf-8")
    space: dict[str, Any] = {"__name__": "page"}
    wrong = 0

    def block(match: re.Match[str]) -> str:
        nonlocal wrong
        out = io.StringIO()
        line = text.count("\n", 0, match.start()) + 1
        # Empty lines put the code where it stands in the page, so that a traceback names the right line.
        code = "\n" * line + match[1]
        with contextlib.redirect_stdout(out):
            exec(compile(code, str(page), "exec"), space)
        printed = out.getvalue()
        if not same(printed, match[2] or ""):
            wrong += 1
            if not write:
                print(f"{page}:{line}: prints\n{printed}instead of\n{match[2] or ''}")
        return f"```python\n{match[1]}```\n" + (f"\n```text\n{printed}```\n" if printed else "")

    home = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            new = BLOCK.sub(block, text)
        finally:
            os.chdir(home)
    if write and new != text:
        page.write_text(new, encoding="utf-8")
    return wrong


if __name__ == "__main__":
    pages = [Path(word).resolve() for word in sys.argv[1:] if word != "--write"]
    missed = sum(run(page, "--write" in sys.argv) for page in pages)
    sys.exit(1 if missed and "--write" not in sys.argv else 0)
