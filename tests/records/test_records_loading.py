from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, field_validator

from curveshift.errors import CurveshiftError
from curveshift.records import load_yaml


class Threshold(BaseModel):
    model_config = ConfigDict(extra="forbid")
    metric: str
    value: float | str
    on: date | None = None

    @field_validator("metric")
    @classmethod
    def _known(cls, name: str) -> str:
        if name == "tops":
            raise ValueError("tops is no metric: write tpp")
        return name


class Rule(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str
    tests: list[Threshold] = []
    dated: dict[date, float] = {}
    notes: Threshold | str | None = None


class Rules(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rules: list[Rule]


def load(tmp_path: Path, text: str | bytes) -> Rules:
    path = tmp_path / "rules.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_yaml(path, Rules)


def problem(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(CurveshiftError) as caught:
        load(tmp_path, text)
    return str(caught.value).removeprefix(f"{tmp_path}/")


def test_yaml_1_2_values(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        "rules:\n- id: NO\n  tests:\n  - {metric: tpp, value: 1e25, on: 2026-01-15}\n"
        "  dated: {2026-01-01: 0x10}\n",
    ).rules[0]
    assert found.id == "NO"
    assert found.tests[0].value == 1e25
    assert found.tests[0].on == date(2026, 1, 15)
    assert found.dated == {date(2026, 1, 1): 16.0}


def test_json_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    assert load(tmp_path, b'\xef\xbb\xbf{"rules": [{"id": "a"}]}').rules[0].id == "a"


RULE = "rules:\n- id: a\n  tests:\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            RULE + "  - metrc: tpp\n    value: 1\n",
            "rules.yaml:4: rules[0].tests[0]: unknown key 'metrc': did you mean 'metric'?",
        ),
        (RULE + "  - value: 1\n", "rules.yaml:4: rules[0].tests[0].metric is missing"),
        (
            RULE + "  - metric: tpp\n    value: 1\n    on: '2026-02-31'\n",
            "rules.yaml:6: rules[0].tests[0].on: ",
        ),
        (
            RULE + "  - metric: tpp\n    value: 1\n    on: 2026-02-31\n",
            "rules.yaml:6: '2026-02-31' is not a date",
        ),
        (
            RULE + "  - metric: tops\n    value: 1\n",
            "rules.yaml:4: rules[0].tests[0].metric: tops is no metric: write tpp (found 'tops')",
        ),
        (
            "rules:\n- id: a\n- id: [b]\n- 5\n",
            "rules.yaml:3: rules[1].id: input should be a valid string (and 1 more problem)",
        ),
        ("rules: []\nrules: []\n", "rules.yaml:2: rules is given twice"),
        ("rules:\n- {id: a, id: b}\n", "rules.yaml:2: rules[0].id is given twice"),
        ("", "rules.yaml: is empty"),
        ("# nothing\n", "rules.yaml: is empty"),
        ("- 1\n", "rules.yaml:1: the file: input should be"),
        ("rules: &a []\n", "rules.yaml:1: YAML anchors (&a) are not accepted"),
        ("rules: *a\n", "rules.yaml:1: is not valid YAML: found undefined alias 'a'"),
        ("rules:\n  <<: {a: 1}\n", "rules.yaml:2: rules: input should be a valid list"),
        ("rules: !!python/object/apply:os.system ['true']\n", "rules.yaml:1: YAML tags"),
        ("rules: !own 1\n", "rules.yaml:1: YAML tags (!own) are not accepted"),
        ("rules: [.nan]\n", "rules.yaml:1: '.nan' is not a finite number"),
        ("rules: [-.inf]\n", "rules.yaml:1: '-.inf' is not a finite number"),
        ("rules: [1e999]\n", "rules.yaml:1: '1e999' is not a finite number"),
        ("? [a]\n: 1\n", "rules.yaml:1: a key must be a single word, number or date"),
        ("rules: {a\n", "rules.yaml:2: is not valid YAML"),
        ("rules: \x00\n", "rules.yaml: is not valid YAML"),
        (b"rules: \xff\n", "rules.yaml: is not UTF-8 text (byte 7)"),
        ("rules: 1\n---\nrules: 2\n", "rules.yaml:2: is not valid YAML"),
        ("rules: " + "[" * 41 + "]" * 41, "rules.yaml:1: is nested deeper than 40 levels"),
        ("[" * 200_000, "rules.yaml: is nested deeper than 40 levels"),
        ("rules: '" + "x" * 2_000_000 + "'", "rules.yaml: is larger than the 2 MB allowed"),
    ],
)
def test_one_clear_error(tmp_path: Path, text: str | bytes, told: str) -> None:
    assert problem(tmp_path, text).startswith(told)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(CurveshiftError, match="No such file"):
        load_yaml(tmp_path / "none.yaml", Rules)
    with pytest.raises(CurveshiftError, match="cannot be read"):
        load_yaml(tmp_path, Rules)


@settings(max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=200), st.text(alphabet="rules:- id[]{}&*!?|>'\"\n\t,#%@0.ea", max_size=80)))
def test_any_text_is_read_or_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with suppress(CurveshiftError):
        load_yaml(path, Rules)
