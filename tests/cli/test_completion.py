"""What a shell offers on a key press, and what that loads."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from curveshift import claims, controls, decide, facts, laws, scenario
from curveshift.commands import completing, reading
from curveshift.scenario.policy import STANCES

CLI = "from curveshift.cli import main; main()"
HEAVY = {"jax", "numpy", "pandas", "pint", "pydantic", "rich", "ruamel", "scipy", "xarray"}


def press(line: str, shell: str = "bash", code: str = CLI) -> str:
    """What the command prints for a shell that completes the last word of a line."""
    words = line.split(" ")
    env = {
        **os.environ,
        "_CURVESHIFT_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("curveshift cl", {"classify", "claims"}),
        ("curveshift run stat", {"status-quo"}),
        ("curveshift run status-quo+bl", {"status-quo+blocked"}),
        ("curveshift run status-quo --view ess", {"essay"}),
        ("curveshift run --set diversion.chips_2024", {"diversion.chips_2024="}),
        ("curveshift assumptions show enforcement.eff", {"enforcement.effort"}),
        ("curveshift claims v3-is", {"v3-is-on-trend"}),
        ("curveshift classify H20", {r"H200\ NVL", "H20"}),
        ("curveshift trend DeepSeek-V3", {"DeepSeek-V3"}),
        ("curveshift trend GPT-4", {r"GPT-4\ \(Mar\ 2023\)"}),
        ("curveshift robust plaus", {"plausible"}),
        ("curveshift laws show besir", {"besiroglu2024"}),
        ("curveshift facts show chip", {"chips", "chip_shipments"}),
        ("curveshift rules show bis-2022-10", {"bis-2022-10"}),
        ("curveshift trends show la", {"lag"}),
        ("curveshift discover bi", {"bipolar"}),
        ("curveshift run zzz", set()),
    ],
)
def test_names_are_offered(line: str, offered: set[str]) -> None:
    found = set(press(line).split("\n")) - {""}
    start = line.rsplit(" ", 1)[1]
    assert offered <= found if offered else not found
    assert all(name.replace("\\", "").startswith(start) for name in found)


@pytest.mark.parametrize(("shell", "shown"), [("zsh", '"airtight"'), ("fish", "airtight")])
def test_other_shells_are_served(shell: str, shown: str) -> None:
    assert shown in press("curveshift run airt", shell)


def test_everything_that_can_be_named_is_offered() -> None:
    library = scenario.library()
    assert set(completing.policy("")) >= set(scenario.policies())
    assert set(completing.policy_or_set("")) >= set(scenario.policy_sets())
    assert set(completing.assumption("")) == {*library.assumptions, *library.levers}
    assert set(completing.view("")) == set(scenario.views())
    assert set(completing.claim("")) == {c.name for c in claims.statements()}
    assert set(completing.law("")) == set(laws.published())
    assert set(completing.fact_table("")) == set(facts.tables())
    assert set(completing.rule("")) == {one.id for one in controls.rule_book().instruments}
    assert set(completing.world("")) <= set(decide.WORLDS)
    assert completing.STANCES == STANCES
    assert set(completing.SUBJECTS) == set(reading._makers())
    for name in completing.chip(""):
        controls.classify(name, to="CN", on="2024-06-01")


def test_a_key_press_loads_nothing_heavy() -> None:
    report = "import atexit, json, sys; atexit.register(lambda: print(json.dumps(sorted(sys.modules))))\n"
    for line in ("curveshift run st", "curveshift classify H", "curveshift trend De", "curveshift claims v"):
        loaded = json.loads(press(line, code=report + CLI).splitlines()[-1])
        assert not {name.split(".")[0] for name in loaded} & HEAVY, line


@pytest.mark.skipif(shutil.which("bash") is None, reason="no Bash on this machine")
def test_bash_completes_with_the_script_that_is_installed(tmp_path: Path) -> None:
    command = tmp_path / "curveshift"
    command.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c '{CLI}' \"$@\"\n", encoding="utf-8")
    command.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "SHELL": "/bin/bash"}
    script = (
        'eval "$(curveshift --show-completion)"\n'
        "COMP_WORDS=(curveshift trend GPT-4o); COMP_CWORD=2\n"
        "_curveshift_completion curveshift\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(["bash", "-c", script], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert r"GPT-4o\ \(May\ 2024\)" in done.stdout.splitlines()
