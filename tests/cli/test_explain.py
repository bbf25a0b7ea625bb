"""``explain`` on what ``run`` wrote, and on what it did not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Call

RUN = ("run", "airtight", "--draws", "256", "--end", "2028-12", "--set", "diversion.chips_2024=10k to 300k")


def test_a_number_is_walked_back(call: Call) -> None:
    assert call(*RUN, "-o", "r.json").code == 0
    listed = call("explain", "r.json", "--json")
    assert json.loads(listed.out)["numbers"][0]["key"] == "moments.2024-12-31.legal.low"
    done = call("explain", "r.json", "moments.2028-12-31.diverted.median")
    assert done.code == 0
    for said in (
        "diverted",
        "world.diversion.divert",
        "diversion.chips_2024 = 10k to 300k",
        "CNAS",
        "chips (",
    ):
        assert said in done.out, said
    made = json.loads(call("explain", "r.json", "lag_at_date.12", "--json").out)
    assert (
        made["value"]
        == json.loads(Path("r.json").read_text())["result"]["lag_at_date"][1]["unconditioned"]["value"]
    )


def test_a_changed_file_or_another_model_is_told(call: Call) -> None:
    assert call(*RUN, "-o", "r.json").code == 0
    data = json.loads(Path("r.json").read_text())
    key = "lag_at_date.12"
    data["result"]["lag_at_date"][1]["unconditioned"]["value"] += 0.01
    Path("changed.json").write_text(json.dumps(data))
    assert "the file was changed, or the model" in call("explain", "changed.json", key).err
    data["meta"]["scenario_sha256"] = "0" * 64
    Path("other.json").write_text(json.dumps(data))
    assert "rests on other records or facts" in call("explain", "other.json", key).err


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"meta": {"asked": {}}, "result": {}}', "[" * 100_000, "\x00"]
)
def test_what_is_not_a_result_is_told(call: Call, text: str) -> None:
    Path("r.json").write_text(text)
    done = call("explain", "r.json", "lag_at_date.12")
    assert (done.code, done.out) == (2, "")
    assert "is not a result: write one with curveshift run" in done.err
    assert "cannot be read" in call("explain", "none.json").err
