"""Stores and their columns on files made by hand: no run is needed for these."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curveshift.errors import CurveshiftError
from curveshift.records import read_compiled, write_compiled
from curveshift.world import stamp, stored
from curveshift.world import store as stores

RUN = {"seed": 0, "draws": 11, "scenario_sha256": "0" * 64}
VALUES = np.arange(11 * 3 * 2, dtype=np.float32).reshape(11, 3, 2)
CHUNK = 4


@pytest.fixture(scope="module")
def column(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("columns")
    files = []
    for i in range(3):
        files.append(folder / f"{i}.npz")
        np.savez(files[-1], x=VALUES[i * CHUNK : (i + 1) * CHUNK])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored, "CHUNK", CHUNK)
        yield stored.Column(files, "x", len(VALUES))


ROWS = (
    st.integers(-11, 10)
    | st.slices(11)
    | st.lists(st.integers(-11, 10), max_size=6).map(lambda x: np.array(x, dtype=np.int64))
)


@settings(max_examples=80)
@given(ROWS, st.integers(-3, 2) | st.slices(3), st.integers(-2, 1) | st.slices(2))
def test_any_part_of_a_column_is_that_part_of_the_array(column, rows, second, third):
    expected = VALUES[rows][(..., second, slice(None)) if isinstance(rows, int) else (slice(None), second)]
    if isinstance(rows, int):
        assert np.array_equal(column[rows, second], VALUES[rows][second])
        assert np.array_equal(column[rows, second, third], VALUES[rows][second][..., third])
    else:
        assert np.array_equal(column[rows, second], expected)
        assert np.array_equal(column[rows, second, third], expected[..., third])
    assert column[rows].dtype == np.float32


@pytest.mark.parametrize(("begin", "end"), [(1, 8), (3, 11), (4, 8), (5, 7), (0, 11)])
def test_rows_one_after_another_are_found_in_their_chunks(column, begin, end):
    assert np.array_equal(column[begin:end], VALUES[begin:end])


def test_a_column_has_the_shape_of_the_whole(column):
    assert (column.shape, column.dtype, len(column)) == ((11, 3, 2), np.float32, 11)
    assert np.array_equal(np.asarray(column), VALUES)
    assert np.array_equal(column[np.arange(11) % 2 == 0], VALUES[::2])
    assert column[5:5].shape == (0, 3, 2)
    for row in (11, -12):
        with pytest.raises(IndexError):
            column[row]


def test_a_column_reads_only_the_chunks_that_are_wanted(column, monkeypatch):
    read = []
    plain = stored.read_member
    monkeypatch.setattr(stored, "read_member", lambda file, name: read.append(file.name) or plain(file, name))
    for rows, files in (
        (slice(4, 8), ["1.npz"]),
        (slice(3, 5), ["0.npz", "1.npz"]),
        (7, ["1.npz"]),
        ([8, 1], None),
    ):
        read.clear()
        column[rows]
        assert read == (files or ["0.npz", "2.npz"])


def _begun(folder: Path, chunks: int = 3, **run: object) -> stores.Store:
    return stores.open_for(folder, {**RUN, **run}, chunks, None, resume=True)


def test_a_store_lists_what_is_done_and_what_is_missing(tmp_path):
    store = stores.open_for(tmp_path / "new" / "store", RUN, 3, {"seed": 0}, resume=False)
    assert (store.missing, store.done) == ([0, 1, 2], {})
    store.write(1, b"one")
    assert (store.missing, list(store.done)) == ([0, 2], [1])
    assert store.done[1]["bytes"] == 3
    assert [f.name for f in store.files] == ["chunk-000000.npz", "chunk-000001.npz", "chunk-000002.npz"]
    assert store.files[1].read_bytes() == b"one"
    told = stores.read_manifest(store.folder)
    assert told == store.manifest
    assert (told["complete"], told["n_chunks"], told["call"], told["run"]) == (False, 3, {"seed": 0}, RUN)
    store.finish(["a note"], {"p": 2})
    told = stores.read_manifest(store.folder)
    assert (told["complete"], told["warnings"], told["failed_draws"]) == (True, ["a note"], {"p": 2})
    before = (store.folder / stores.MANIFEST).stat().st_mtime_ns
    store.finish(["a note"], {"p": 2})
    assert (store.folder / stores.MANIFEST).stat().st_mtime_ns == before
    store.close()
    store.close()


def test_a_store_is_taken_up_and_what_is_damaged_struck_out(tmp_path):
    store = _begun(tmp_path)
    for i in range(3):
        store.write(i, bytes([i]) * 4)
    store.finish([], {})
    with pytest.raises(CurveshiftError, match="in use by another run"):
        _begun(tmp_path)
    store.close()
    (tmp_path / "chunk-000000.npz").write_bytes(b"other")
    (tmp_path / "chunk-000002.npz").unlink()
    (tmp_path / ".chunk-000002.npz.part").write_bytes(b"half")
    again = _begun(tmp_path)
    assert again.said == [
        "chunk-000000.npz does not match its checksum: it is computed again",
        "chunk-000002.npz cannot be read (No such file or directory): it is computed again",
    ]
    assert (again.missing, again.manifest["complete"]) == ([0, 2], False)
    assert not list(tmp_path.glob(".*.part"))
    again.close()


def test_a_store_is_not_written_over_and_other_things_are_left_alone(tmp_path):
    _begun(tmp_path / "store").close()
    with pytest.raises(CurveshiftError, match="holds a store already"):
        stores.open_for(tmp_path / "store", RUN, 3, None, resume=False)
    # The refusal has let go of the folder.
    _begun(tmp_path / "store").close()
    (tmp_path / "other.txt").write_text("mine")
    with pytest.raises(CurveshiftError, match=r"holds other files \(such as other.txt\)"):
        _begun(tmp_path)
    with pytest.raises(CurveshiftError, match="is not a folder"):
        _begun(tmp_path / "other.txt")
    with pytest.raises(CurveshiftError, match="cannot be made"):
        _begun(tmp_path / "other.txt" / "below")
    # Chunks of a run that was killed before its manifest are no foreign files.
    (tmp_path / "other.txt").unlink()
    (tmp_path / "store" / stores.MANIFEST).unlink()
    (tmp_path / "store" / "chunk-000000.npz").write_bytes(b"x")
    _begun(tmp_path / "store").close()


def test_another_run_or_other_versions_are_refused(tmp_path):
    _begun(tmp_path).close()
    with pytest.raises(CurveshiftError, match=r"holds another run \(seed 0 and not 1\)"):
        _begun(tmp_path, seed=1)
    with pytest.raises(
        CurveshiftError, match=r"holds another run \(other policies, assumptions or settings\)"
    ):
        _begun(tmp_path, scenario_sha256="1" * 64)
    told = read_compiled(tmp_path / stores.MANIFEST)
    write_compiled(
        tmp_path / stores.MANIFEST, {**told, "made_with": {**told["made_with"], "processor": "z80"}}
    )
    store = _begun(tmp_path)
    assert len(store.said) == 1
    assert "(z80; here " in store.said[0]
    store.close()
    write_compiled(tmp_path / stores.MANIFEST, {**told, "made_with": {**told["made_with"], "jax": "0.0"}})
    with pytest.raises(CurveshiftError, match=r"was made with jax 0\.0 and not"):
        _begun(tmp_path)


def test_a_manifest_is_that_of_a_run_or_refused(tmp_path):
    with pytest.raises(CurveshiftError, match="has no manifest"):
        stores.read_manifest(tmp_path)
    _begun(tmp_path, 1).close()
    path = tmp_path / stores.MANIFEST
    told = read_compiled(path)
    path.write_text(json.dumps({**json.loads(path.read_text()), "complete": True}))
    with pytest.raises(CurveshiftError, match="changed by hand"):
        stores.read_manifest(tmp_path)
    write_compiled(path, {**told, "format": 2})
    with pytest.raises(CurveshiftError, match=r"has format 2, this version reads 1: .* curveshift \d"):
        stores.read_manifest(tmp_path)
    write_compiled(path, {**told, "format": 2, "made_with": None})
    with pytest.raises(CurveshiftError, match="curveshift unknown"):
        stores.read_manifest(tmp_path)
    entry = {"file": "chunk-000000.npz", "sha256": "0"}
    write_compiled(path, {**told, "chunks": {"0": entry}})
    assert stores.read_manifest(tmp_path)["chunks"] == {"0": entry}
    lacks = {key: value for key, value in told.items() if key != "call"}
    wrong = (
        {"n_chunks": 0},
        {"chunks": {"1": {**entry, "file": "chunk-000001.npz"}}},
        {"chunks": {"00": entry}},
    )
    for other in (lacks, *({**told, **w} for w in wrong)):
        write_compiled(path, other)
        with pytest.raises(CurveshiftError, match="was not written by a run"):
            stores.read_manifest(tmp_path)


def test_what_a_store_was_made_with_is_compared_but_for_the_processor():
    ours = {"curveshift": "2", "facts": "a" * 64, "processor": "x"}
    assert stamp.differences(ours, {**ours, "processor": "y"}) == []
    theirs = {"facts": "b" * 64, "processor": "x"}
    assert stamp.differences(ours, theirs) == [
        "curveshift unknown and not 2",
        f"facts {'b' * 12} and not {'a' * 12}",
    ]
    assert stamp.stamp()["processor"] == stamp._processor()
    assert set(stamp.versions()) == set(stamp.PACKAGES)
