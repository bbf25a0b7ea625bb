"""One small run of the model, shared by the tests of this room; one of its policies has a hostile name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from curveshift.scenario import load_policy

if TYPE_CHECKING:
    from pathlib import Path

    from curveshift.present import BriefSummary
    from curveshift.world.ensemble import Ensemble

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&"


@pytest.fixture(scope="session")
def ensemble() -> Ensemble:
    """Status quo, airtight and an intervention under a name that tries to break out of the page."""
    from curveshift.world import simulate

    hostile = replace(
        load_policy("china-gets-millions"), name=HOSTILE, title="<b>bold</b>", meaning="</table>"
    )
    return simulate(["status-quo", "airtight", hostile], draws=256, keep_paths=256)


@pytest.fixture(scope="session")
def told() -> list[tuple[int, int]]:
    """The progress that writing the brief reported."""
    return []


@pytest.fixture(scope="session")
def brief(tmp_path_factory: pytest.TempPathFactory, told: list[tuple[int, int]]) -> tuple[Path, BriefSummary]:
    """A brief written from end to end, with a changed assumption and an intervention."""
    from curveshift.present import write_brief

    path = tmp_path_factory.mktemp("brief") / "brief.html"
    summary = write_brief(
        path,
        policies=("status-quo", "airtight", "china-gets-millions"),
        settings=["enforcement.effort=2"],
        draws=64,
        seed=3,
        progress=lambda done, whole: told.append((done, whole)),
    )
    return path, summary
