"""Starting is cheap: nothing heavy is imported before a verb needs it."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

HEAVY = {
    "equinox",
    "fastapi",
    "jax",
    "jaxlib",
    "numpy",
    "optax",
    "orjson",
    "pandas",
    "pint",
    "pydantic",
    "ruamel",
    "scipy",
    "starlette",
    "uvicorn",
    "vl_convert",
    "xarray",
}
HELP = """
    import sys
    from curveshift.cli import main

    sys.argv = ["curveshift", "--help"]
    try:
        main()
    except SystemExit as done:
        assert not done.code, done.code
    else:
        raise AssertionError("--help did not exit")
"""


REPORT = """
    import json
    import sys

    print("\\n" + json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


def loaded_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code) + textwrap.dedent(REPORT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import curveshift", id="import curveshift"),
        pytest.param("import curveshift.facts", id="import curveshift.facts"),
        pytest.param("import curveshift.controls", id="import curveshift.controls"),
        pytest.param("import curveshift.laws", id="import curveshift.laws"),
        pytest.param("import curveshift.lab", id="import curveshift.lab"),
        pytest.param("import curveshift.trends", id="import curveshift.trends"),
        pytest.param("import curveshift.app", id="import curveshift.app"),
        pytest.param("import curveshift.scenario", id="import curveshift.scenario"),
        pytest.param(HELP, id="curveshift --help"),
    ],
)
def test_nothing_heavy_is_imported_at_start(code: str) -> None:
    assert not loaded_by(code) & HEAVY


def test_fitting_a_file_of_runs_needs_neither_jax_nor_pandas() -> None:
    code = """
        from curveshift import laws

        laws.fit(laws.Chinchilla, laws.chinchilla_runs(), objective="huber", resamples=10)
    """
    assert not loaded_by(code) & {"jax", "pandas", "xarray", "vl_convert"}


def test_the_check_sees_a_heavy_import() -> None:
    assert "numpy" in loaded_by("import numpy")
