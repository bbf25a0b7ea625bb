"""The metadata agree with one another, the locks with pyproject.toml, and the records with their sources."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

import curveshift

LOCKS = {"run": [], "app": ["app"], "dev": ["app", "dev", "cluster"], "docs": ["docs"]}
DATA = {".csv", ".json", ".yaml", ".md", ".typed", ".html", ".css", ".js", ".svg"}


def pinned(lock: Path) -> dict[str, str]:
    pins = re.findall(r"^([\w.-]+)==(\S+)", lock.read_text(encoding="utf-8"), re.M)
    return {canonicalize_name(name): version for name, version in pins}


@pytest.fixture(scope="module")
def pyproject(root: Path) -> dict[str, dict]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def test_one_version_everywhere(root: Path, pyproject: dict[str, dict]) -> None:
    citation = YAML(typ="safe").load(root / "CITATION.cff")
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    version = pyproject["project"]["version"]
    assert version == curveshift.__version__
    assert version == str(citation["version"])
    assert f"## [{version}]" in changelog or "## [Unreleased]" in changelog


def test_one_licence_everywhere(root: Path, pyproject: dict[str, dict]) -> None:
    citation = YAML(typ="safe").load(root / "CITATION.cff")
    assert pyproject["project"]["license"] == citation["license"] == "Apache-2.0"
    assert "Version 2.0, January 2004" in (root / "LICENSE").read_text(encoding="utf-8")
    for name in pyproject["project"]["license-files"]:
        assert (root / name).is_file(), name


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_and_hashes_every_declared_dependency(
    lock: str, root: Path, pyproject: dict[str, dict]
) -> None:
    path = root / "requirements" / f"{lock}.lock"
    entries = re.split(r"\n(?=\S)", path.read_text(encoding="utf-8"))
    pins = pinned(path)
    assert len(pins) == len(entries)
    assert all("--hash=sha256:" in entry for entry in entries)

    project = pyproject["project"]
    declared = [*project["dependencies"], *pyproject["dependency-groups"]["build"]]
    declared += [line for extra in LOCKS[lock] for line in project["optional-dependencies"][extra]]
    requirements = [Requirement(line) for line in declared]
    stale = [str(r) for r in requirements if pins.get(canonicalize_name(r.name), "0") not in r.specifier]
    assert not stale, f"run `make lock`: {stale}"


def test_the_locks_agree_on_what_they_share(root: Path) -> None:
    versions: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, version in pinned(root / "requirements" / f"{lock}.lock").items():
            versions.setdefault(name, set()).add(version)
    assert not {name: found for name, found in versions.items() if len(found) > 1}


def test_the_floor_of_python_is_the_same_everywhere(root: Path, pyproject: dict[str, dict]) -> None:
    assert SpecifierSet(pyproject["project"]["requires-python"]) == SpecifierSet(">=3.11")
    assert pyproject["tool"]["ruff"]["target-version"] == "py311"
    assert pyproject["tool"]["mypy"]["python_version"] == "3.11"
    assert "sys.version_info < (3, 11)" in (root / "Makefile").read_text(encoding="utf-8")


def test_compiled_records_reproduce(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "tools/compile_records.py", "--check"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr + "\nrun `make records`"


def test_the_wheel_holds_every_data_file(root: Path, tracked: list[Path], tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=root,
        capture_output=True,
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    package = root / "src"
    shipped = {path.relative_to(package).as_posix() for path in tracked if path.is_relative_to(package)}
    assert any(Path(name).suffix == ".csv" for name in shipped)
    assert {name for name in shipped if Path(name).suffix in DATA | {".py"}} <= held
    assert not [name for name in held if name.startswith(("tests/", "docs/"))]
