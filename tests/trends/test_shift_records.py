"""The records behind the reading of the posterior: compiled as shipped, all of them used, wrong ones refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from curveshift.errors import CurveshiftError
from curveshift.records import load_yaml
from curveshift.trends import compile_records
from curveshift.trends.compiling import ShiftFile
from curveshift.trends.shift_records import COMPILED, milestones, number, records

SOURCE = COMPILED.with_suffix(".yaml")


def test_the_shipped_file_is_what_the_records_compile_to(tmp_path: Path) -> None:
    compile_records(tmp_path / "costs.json")
    assert (tmp_path / "shift.json").read_bytes() == COMPILED.read_bytes()


def test_every_number_is_used() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.parents[1].glob("*.py"))
    assert not [name for name in records()["numbers"] if not re.search(rf"""["']{name}["']""", code)]


def test_numbers_carry_their_reason() -> None:
    for name in records()["numbers"]:
        assert number(name).meaning
        assert number(name).why
    assert len(set(milestones())) == len(milestones())


@pytest.mark.parametrize(
    ("found", "put", "told"),
    [
        ("  - GPT-5\n", "  - GPT-55\n", "unknown model 'GPT-55'"),
        ("name: published.lag", "name: frontier.rank", "a number is there twice: frontier.rank"),
        ("unit: month\n", "unit: moons\n", "moons"),
        ("value: 3 to 8", "value: 8 to 3", "value|interval|reversed|low"),
    ],
)
def test_wrong_records_are_refused(tmp_path: Path, found: str, put: str, told: str) -> None:
    text = SOURCE.read_text(encoding="utf-8")
    assert found in text
    wrong = tmp_path / "shift.yaml"
    wrong.write_text(text.replace(found, put, 1), encoding="utf-8")
    with pytest.raises(CurveshiftError, match=told):
        load_yaml(wrong, ShiftFile)


def test_an_unknown_number() -> None:
    with pytest.raises(
        CurveshiftError, match=re.escape("unknown number 'published.lags': did you mean 'published.lag'")
    ):
        number("published.lags")
