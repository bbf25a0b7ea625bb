from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest

from curveshift.errors import CurveshiftError
from curveshift.records import atomic_write, canonical_json, read_compiled, write_compiled


def test_compiled_round_trip_and_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    digest = write_compiled(first, {"b": [1, 2.5, None], "a": {"day": date(2026, 6, 30), "é": "µ"}})
    assert write_compiled(second, {"a": {"é": "µ", "day": "2026-06-30"}, "b": [1, 2.5, None]}) == digest
    assert first.read_bytes() == second.read_bytes()
    assert read_compiled(first) == {"a": {"day": "2026-06-30", "é": "µ"}, "b": [1, 2.5, None]}


def test_a_changed_number_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_compiled(path, {"chips": 140000})
    path.write_text(path.read_text().replace("140000", "150000"))
    with pytest.raises(CurveshiftError, match=r"a\.json: does not match its own hash"):
        read_compiled(path)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"payload": 1}', "[" * 100_000, '{"payload":[],"sha256":""}']
)
def test_what_is_not_compiled_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(CurveshiftError, match="compile the records again"):
        read_compiled(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CurveshiftError, match=r"none\.json: cannot be read"):
        read_compiled(tmp_path / "none.json")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object()])
def test_what_has_no_json_form_is_refused(value: object) -> None:
    with pytest.raises(CurveshiftError, match="cannot be stored as JSON"):
        canonical_json({"x": value})


def test_canonical_json_is_json() -> None:
    assert json.loads(canonical_json({"a": 1e25})) == {"a": 1e25}


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    atomic_write(path, "old")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(CurveshiftError, match="cannot be written: No space left on device"):
        atomic_write(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(CurveshiftError, match="there is no folder"):
        atomic_write(tmp_path / "no" / "a.txt", "x")
    with pytest.raises(CurveshiftError, match="not a regular file"):
        atomic_write(tmp_path, "x")


def test_bytes_and_line_ends_are_kept(tmp_path: Path) -> None:
    atomic_write(tmp_path / "a", b"\r\n\x00")
    atomic_write(tmp_path / "b", "a\r\nb\n")
    assert (tmp_path / "a").read_bytes() == b"\r\n\x00"
    assert (tmp_path / "b").read_bytes() == b"a\r\nb\n"
