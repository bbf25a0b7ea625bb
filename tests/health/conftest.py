"""The repository itself as a fixture."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def tracked(root: Path) -> list[Path]:
    """Every file that is in git or would be added to it, as absolute paths; every file of an unpacked release."""
    if not (root / ".git").exists():
        made = {".venv", ".venv-peers", "build", "dist", "__pycache__", "_build", "reference"}
        return sorted(
            path
            for path in root.rglob("*")
            if path.is_file()
            and not any(p in made or p.endswith("_cache") for p in path.relative_to(root).parts)
        )
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted(path for name in listing.stdout.split("\0") if name and (path := root / name).is_file())
