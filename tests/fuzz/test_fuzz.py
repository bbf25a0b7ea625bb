"""Every parser takes an input that it can stand for, or refuses it in one sentence; and what fuzzing once found."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("fastapi", reason="needs the extra: pip install 'curveshift[app]'")

from curveshift.controls import classify
from curveshift.decide.observations import parse_observation
from curveshift.errors import CurveshiftError
from curveshift.records import load_yaml, parse_value, write_compiled
from curveshift.scenario import load_policy
from curveshift.trends import posteriors
from curveshift.trends.candidates import Candidate
from curveshift.world import open_store
from curveshift.world.chunks import CHUNK
from curveshift.world.store import MANIFEST, read_manifest
from curveshift.world.stored import read_member

from .judging import judge
from .links import NODE, read_links
from .records import Anything
from .stored import _chunk
from .targets import TARGETS

CHOICES = st.binary(max_size=256)


@pytest.mark.parametrize("name", TARGETS)
def test_a_few_inputs(name):
    @settings(max_examples=40)
    @given(CHOICES)
    def run(data: bytes) -> None:
        judge(TARGETS[name], data)

    run()


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_many_inputs(name):
    @settings(max_examples=3000)
    @given(CHOICES)
    def run(data: bytes) -> None:
        judge(TARGETS[name], data)

    run()


@pytest.mark.skipif(NODE is None, reason="share links are read by the page's own code, which needs Node")
@pytest.mark.parametrize("count", [2000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_share_links(count):
    found = read_links(count)
    assert found["findings"] == []
    assert found["clean"] > 0


def test_a_policy_that_changes_an_unknown_rule_or_to_an_impossible_value_is_refused(tmp_path):
    file = tmp_path / "own.yaml"
    for key, value, says in (
        ("ek5", 800, "unknown rule value"),
        ("bis-2026-01.case_by_case.tpp_below", -1, "at least 0"),
    ):
        changes = [{"from": "2027-01-01", "values": {key: value}, "reason": "To try.", "source": "none"}]
        record = {
            "name": "own",
            "title": "T",
            "meaning": "M",
            "kind": "policy",
            "base": "status-quo",
            "changes": changes,
        }
        file.write_text(json.dumps(record))
        with pytest.raises(CurveshiftError, match=says):
            load_policy(file)


def test_an_interval_of_hardly_any_width_has_no_overflow():
    narrow = parse_value("0 to 1e-310", "real", None, [-5, 5])
    assert narrow.cdf([-1.0, 1.0]).tolist() == [0.0, 1.0]


def test_an_observation_of_nothing_is_refused():
    with pytest.raises(CurveshiftError, match="is not an observation"):
        parse_observation("@2026-12-31=160")


def test_an_anchor_given_twice_is_refused_without_a_warning(tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text("- &a {&a {x: 1e25, y: null}\n- 3}\n")
    with pytest.raises(CurveshiftError):
        load_yaml(file, Anything)


def test_two_escapes_of_json_are_one_character_in_values_and_keys(tmp_path):
    file = tmp_path / "own.json"
    file.write_text(json.dumps({"why \U0001f600": "because \U0001f600"}))
    assert load_yaml(file, Anything).root == {"why \U0001f600": "because \U0001f600"}
    file.write_text('{"why": "\\ud83d"}')
    with pytest.raises(CurveshiftError, match="half a character"):
        load_yaml(file, Anything)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"name": None}, "not a name of a model"),
        ({"bloc": True}, "unknown bloc True"),
        ({"reasoning": "no"}, "neither True nor False"),
        ({"scores": "MMLU=0.5"}, "not a mapping"),
        ({"scores": {0: 0.5}}, "not a name of a benchmark"),
        ({"scores": {"MMLU": True}}, "not a share"),
        ({"index": "140"}, "not an index"),
        ({"index": 10**400}, "not an index"),
        ({"training_flop": date(2026, 7, 1)}, "not a number above 0"),
        ({"training_usd": {}}, "not a number above 0"),
    ],
)
def test_a_model_of_odd_types_is_refused(changed, says):
    given = {"name": "mine", "released": date(2025, 6, 1), "scores": {"MMLU": 0.85}, **changed}
    with pytest.raises(CurveshiftError, match=says):
        Candidate(**given)


def test_a_maker_that_is_no_text_is_refused():
    with pytest.raises(CurveshiftError, match="must be text"):
        classify({"like": "H20", "maker": 1}, "CN")


def _manifest() -> dict:
    entry = {"file": "chunk-000000.npz", "bytes": 3, "sha256": "0" * 64}
    return {
        "format": 1, "run": {"chunk_draws": 4096}, "made_with": {}, "command": "", "call": {}, "n_chunks": 1,
        "chunks": {"0": entry}, "complete": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"run": None}, {"made_with": []}, {"chunks": []}, {"n_chunks": "1"}, {"chunks": {"x": {}}},
        {"chunks": {"0": "chunk-000000.npz"}}, {"chunks": {"0": {"file": "../other", "sha256": "0"}}},
        {"chunks": {"7": {"file": "chunk-000007.npz", "sha256": "0"}}},
    ],
)  # fmt: skip
def test_a_manifest_that_no_run_wrote_is_refused(tmp_path, changed):
    write_compiled(tmp_path / MANIFEST, {**_manifest(), **changed})
    with pytest.raises(CurveshiftError, match="not written by a run"):
        read_manifest(tmp_path)


def test_a_manifest_whose_call_cannot_be_repeated_is_refused(tmp_path):
    told = {**_manifest(), "run": {"chunk_draws": CHUNK}, "chunks": {"0": {}}}
    content = _chunk()
    (tmp_path / "chunk-000000.npz").write_bytes(content)
    told["chunks"]["0"] = {"file": "chunk-000000.npz", "sha256": hashlib.sha256(content).hexdigest()}
    write_compiled(tmp_path / MANIFEST, told)
    with pytest.raises(CurveshiftError, match="its call cannot be repeated"):
        open_store(tmp_path)


def test_a_chunk_whose_packing_is_damaged_is_refused_and_closed(tmp_path):
    content = bytearray(_chunk())
    at = content.rindex(b"policy0.counts.npy", 0, content.index(b"PK\x01\x02")) + 18
    content[at : at + 8] = b"\xff" * 8
    file: Path = tmp_path / "chunk.npz"
    file.write_bytes(bytes(content))
    # An open file would be a warning, which is an error here.
    with pytest.raises(CurveshiftError, match="cannot be read"):
        read_member(file, "policy0.counts")


@pytest.mark.parametrize("change", ["lacks", "short", "endless"])
def test_draws_that_are_not_whole_are_refused(tmp_path, change):
    with np.load(io.BytesIO(posteriors.posterior().take(np.arange(3)).to_bytes())) as stored:
        arrays = {name: stored[name] for name in stored.files}
    if change == "lacks":
        del arrays["value_compute_china"]
    elif change == "short":
        arrays["slope"] = arrays["slope"][:1]
    else:
        arrays["value_gain"] = arrays["value_gain"] * np.inf
    np.savez(tmp_path / "own.npz", **arrays)
    with pytest.raises(CurveshiftError, match="not a whole posterior"):
        posteriors.load(tmp_path / "own.npz")
