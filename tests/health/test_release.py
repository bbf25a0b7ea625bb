"""The metadata agree with one another, the locks with pyproject.toml, and the records with their sources."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
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


def built(folder: Path, into: Path) -> dict[str, Path]:
    """Source distribution and wheel of a folder, by their endings."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(into)],
        cwd=folder,
        capture_output=True,
        check=True,
    )
    return {path.suffix: path for path in into.iterdir()}


@pytest.fixture(scope="module")
def release(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return built(root, tmp_path_factory.mktemp("dist"))


def test_the_wheel_holds_every_file_of_the_package(
    release: dict[str, Path], root: Path, tracked: list[Path]
) -> None:
    with zipfile.ZipFile(release[".whl"]) as archive:
        held = set(archive.namelist())
    package = root / "src"
    shipped = {path.relative_to(package).as_posix() for path in tracked if path.is_relative_to(package)}
    assert "curveshift/py.typed" in shipped
    assert {".csv", ".json", ".npz", ".js", ".html"} <= {Path(name).suffix for name in shipped}
    about = {name for name in held if ".dist-info/" in name}
    assert held - about == shipped


def test_the_wheel_says_who_may_do_what_and_what_to_run(
    release: dict[str, Path], root: Path, pyproject: dict[str, dict]
) -> None:
    with zipfile.ZipFile(release[".whl"]) as archive:
        texts = {
            name.partition(".dist-info/")[2]: archive.read(name).decode("utf-8")
            for name in archive.namelist()
            if ".dist-info/" in name
        }
    for name in pyproject["project"]["license-files"]:
        assert texts[f"licenses/{name}"] == (root / name).read_text(encoding="utf-8")
    assert "License-Expression: Apache-2.0" in texts["METADATA"]
    assert "Requires-Python: >=3.11" in texts["METADATA"]
    assert "curveshift = curveshift.cli:main" in texts["entry_points.txt"]
    for extra in pyproject["project"]["optional-dependencies"]:
        assert f"Provides-Extra: {extra}" in texts["METADATA"]


def test_the_source_distribution_holds_what_is_tracked_and_builds_to_the_same_bytes(
    release: dict[str, Path], tracked: list[Path], root: Path, tmp_path: Path
) -> None:
    with tarfile.open(release[".gz"]) as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    held = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    names = {path.relative_to(root).as_posix() for path in tracked}
    assert held - {"PKG-INFO", ".gitignore"} == names - {".gitignore"}
    # Another folder, other times and no git: nothing of them may be in the files.
    again = built(folder, tmp_path / "again")
    for suffix, path in release.items():
        assert again[suffix].read_bytes() == path.read_bytes(), suffix
