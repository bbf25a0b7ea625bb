"""Build the release, see that it builds to the same bytes again, and use it as a stranger would: `make release`.

The wheel and the source distribution go to dist/. Both are built again, from the unpacked source
distribution, and compared. The wheel is then installed into an environment of its own with the locked
packages, and so is the source distribution; `curveshift brief` runs there, outside the checkout. Its figures
stand in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "run.lock"
PIP = ("-m", "pip", "--disable-pip-version-check", "-qq", "install")
LARGEST_MIB = 880
SLOWEST_IMPORT = 0.15
STARTS = 7
ASKED = ("import curveshift", "from curveshift.cli import main; main(['--help'])")


def run(words: Sequence[str | Path], folder: Path) -> str:
    """Run a command without anything of this environment; show what it said when it fails."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV", "CURVESHIFT"))}
    done = subprocess.run(
        [str(word) for word in words], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"failed: {' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    return done.stdout


def build(source: Path, into: Path) -> dict[str, bytes]:
    """Both distributions of a folder: their names and bytes."""
    run([sys.executable, "-m", "hatchling", "build", "-d", into], source)
    return {path.name: path.read_bytes() for path in sorted(into.iterdir())}


def build_twice(into: Path) -> list[Path]:
    """Distributions of the checkout, which are the same when they are built from their own source."""
    with tempfile.TemporaryDirectory() as space:
        first = build(ROOT, Path(space) / "first")
        (source,) = (Path(space) / "first").glob("*.tar.gz")
        with tarfile.open(source) as archive:
            archive.extractall(Path(space) / "unpacked", filter="data")
        (unpacked,) = (Path(space) / "unpacked").iterdir()
        again = build(unpacked, Path(space) / "again")
    if again != first:
        sys.exit(f"not reproducible: {[name for name in first if first[name] != again.get(name)]}")
    into.mkdir(exist_ok=True)
    for name, content in first.items():
        (into / name).write_bytes(content)
        print(f"{hashlib.sha256(content).hexdigest()}  {name}  {len(content):,} bytes, twice the same")
    return [into / name for name in first]


def size(folder: Path) -> int:
    """Bytes that a folder takes on the disk, hard links once."""
    seen = {}
    for path in folder.rglob("*"):
        state = path.lstat()
        seen[state.st_ino] = state.st_blocks * 512
    return sum(seen.values())


def processor_seconds(python: Path, code: str, folder: Path) -> float:
    """Least processor time of a fresh process, user and system, over some starts."""
    measured = (
        "import resource, subprocess, sys; "
        "subprocess.run([sys.executable, '-c', sys.argv[1]], stdout=subprocess.DEVNULL, check=True); "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); print(used.ru_utime + used.ru_stime)"
    )
    return min(float(run([python, "-c", measured, code], folder)) for _ in range(STARTS))


def use(wheel: Path, source: Path) -> dict[str, float]:
    """Install and use both distributions in fresh environments, away from the checkout."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as space:
        home, out = Path(space) / "environment", Path(space) / "elsewhere"
        out.mkdir()
        run([sys.executable, "-m", "venv", home], out)
        python = home / "bin" / "python"
        command = home / "bin" / "curveshift"
        found["empty_mib"] = size(home) / 2**20
        run([python, *PIP, "--no-deps", "--require-hashes", "-r", LOCK], out)
        run([python, *PIP, "--no-deps", "--no-index", wheel], out)
        found["installed_mib"] = size(home) / 2**20
        run([python, "-m", "pip", "check"], out)
        start = time.perf_counter()
        run([command, "brief", "--draws", "256", "-o", "brief.html"], out)
        found["brief_seconds"] = time.perf_counter() - start
        if "</html>" not in (out / "brief.html").read_text(encoding="utf-8"):
            sys.exit("the brief is not whole")
        for code in ("pass", *ASKED):
            found[f"cpu_seconds: {code}"] = processor_seconds(python, code, out)
        run(
            [python, *PIP, "--no-deps", "--no-index", "--no-build-isolation", "--force-reinstall", source],
            out,
        )
        run([command, "facts", "check"], out)
    return found


def main() -> None:
    """Check all of it; leave with 1 at the first thing that is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only-build", action="store_true", help="build twice and compare; install nothing")
    parser.add_argument("--json", type=Path, help="write the figures to a file")
    asked = parser.parse_args()
    source, wheel = sorted(build_twice(ROOT / "dist"), key=lambda path: path.suffix)
    if asked.only_build:
        return
    found = use(wheel, source)
    for name, value in found.items():
        print(f"{name:70s} {value:10.3f}")
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if found["installed_mib"] > LARGEST_MIB:
        sys.exit(f"the environment takes more than {LARGEST_MIB} MiB")
    if found[f"cpu_seconds: {ASKED[0]}"] > SLOWEST_IMPORT:
        sys.exit(f"`{ASKED[0]}` takes more than {SLOWEST_IMPORT} s of processor time")


if __name__ == "__main__":
    main()
