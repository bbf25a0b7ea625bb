"""The files of the repository: portable, small enough to read, and with links that lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

BINARY = {".png", ".ico", ".woff2", ".gz", ".zip", ".npz"}
MAX_LINES = 400

# Written in pieces where the whole would match this file itself. A path counts only where it starts:
# "https://example.org/work/5" is an address, not a place on somebody's disk.
FORBIDDEN = {
    "a path on one machine": re.compile(r"(?<![\w.:/~>-])/(?:work|root|tmp|home|Users|opt)/[\w.]"),
    "a folder outside the repository": re.compile(r"\.\./sha" + r"red\b"),
    "a package index": re.compile(
        r"(?:files\.python" + r"hosted|(?:test\.)?py" + r"pi)\.org|--(?:extra-)?index-url[ =]"
    ),
}
LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\)|<(?:img|a)\s[^>]*(?:src|href)=\"([^\"]+)\"")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names_a_place_that_only_one_machine_has(what: str, tracked: list[Path], root: Path) -> None:
    found = [
        f"{path.relative_to(root)}:{number}: {line.strip()[:120]}"
        for path in tracked
        if path.suffix not in BINARY
        for number, line in enumerate(read(path).splitlines(), start=1)
        if FORBIDDEN[what].search(line)
    ]
    assert not found, f"{what}:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("what", "line", "caught"),
    [
        ("a path on one machine", "data = Path('/ho" + "me/ada/chips.csv')", True),
        ("a path on one machine", "https://example.org/work/5 and docs/tmp/x", False),
        ("a folder outside the repository", "open('../sha" + "red/x')", True),
        ("a package index", "--index-" + "url https://py" + "pi.org/simple", True),
        ("a package index", "jaxlib==0.10.2 \\", False),
    ],
)
def test_the_patterns_catch_what_they_should(what: str, line: str, caught: bool) -> None:
    assert bool(FORBIDDEN[what].search(line)) is caught


def test_no_source_file_is_longer_than_a_reader_can_hold(root: Path) -> None:
    lengths = {
        path.relative_to(root): len(read(path).splitlines())
        for folder in ("src", "tools", "benchmarks")
        for path in (root / folder).rglob("*.py")
    }
    too_long = {str(path): lines for path, lines in lengths.items() if lines > MAX_LINES}
    assert lengths
    assert not too_long, f"over {MAX_LINES} lines: {too_long}"


def test_text_files_end_with_one_newline_and_use_unix_line_ends(tracked: list[Path], root: Path) -> None:
    wrong = [
        str(path.relative_to(root))
        for path in tracked
        if path.suffix in {".py", ".md", ".yaml", ".toml", ".csv", ".cff"}
        and (data := path.read_bytes())
        and (b"\r" in data or not data.endswith(b"\n"))
    ]
    assert not wrong


def test_every_relative_link_in_the_pages_leads_to_a_file(tracked: list[Path], root: Path) -> None:
    broken = []
    for page in (path for path in tracked if path.suffix == ".md"):
        for match in LINK.finditer(read(page)):
            target = (match[1] or match[2]).split("#")[0]
            if not target or re.match(r"[a-z]+:", target):
                continue
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(root)}: {target}")
    assert not broken, "\n".join(broken)
