"""A store gives the bytes that a run in memory gives, whatever happened to the runs that filled it."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curveshift.errors import CurveshiftError
from curveshift.records import read_compiled, write_compiled
from curveshift.world import Ensemble, StoreWarning, gathering, open_store, simulate
from curveshift.world import store as stores
from curveshift.world.stored import Column

END = date(2028, 12, 1)
# Two chunks, the second of one block and a half.
DRAWS = 2240
CALL = {"draws": DRAWS, "end": END, "threads": 2}


def equal(one: Ensemble, other: Ensemble) -> None:
    assert one.draws.identical(other.draws)
    assert one.bands.identical(other.bands)
    assert one.paths.identical(other.paths)
    assert list(one.assumptions) == list(other.assumptions)
    assert all(one.assumptions[n].tobytes() == other.assumptions[n].tobytes() for n in one.assumptions)
    assert (one.notes, one.misfits, one.record_digest) == (other.notes, other.misfits, other.record_digest)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def memory() -> Ensemble:
    return simulate("airtight", **CALL)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stores") / "whole"
    simulate("airtight", store=folder, **CALL)
    return folder


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))


def resume(folder: Path, **changed: object) -> Ensemble:
    return simulate("airtight", store=folder, resume=True, **{**CALL, **changed})


def change(folder: Path, **parts: object) -> None:
    manifest = read_compiled(folder / stores.MANIFEST)
    write_compiled(folder / stores.MANIFEST, {**manifest, **parts})


def test_a_store_reads_as_the_run_in_memory_does(memory: Ensemble, whole: Path) -> None:
    equal(memory, open_store(whole))


def test_what_is_in_a_chunk_can_be_read_by_numpy_alone(memory: Ensemble, whole: Path) -> None:
    with np.load(whole / "chunk-000001.npz") as chunk:
        assert np.array_equal(chunk["policy0.failed"], memory.draws["failed"][0, 2048:])
        assert np.array_equal(chunk["level"], memory.draws["level"][2048:])


def test_a_manifest_says_what_the_run_was(whole: Path) -> None:
    manifest = read_compiled(whole / stores.MANIFEST)
    assert manifest["complete"]
    assert manifest["failed_draws"] == {"airtight": 0}
    assert {"curveshift", "jax", "numpy", "scipy", "facts", "processor"} <= set(manifest["made_with"])
    assert (manifest["run"]["seed"], manifest["run"]["draws"]) == (0, DRAWS)


@pytest.fixture(scope="module")
def column(whole: Path) -> Column:
    return Column([whole / "chunk-000000.npz", whole / "chunk-000001.npz"], "policy0.lag_months", DRAWS)


@pytest.fixture(scope="module")
def values(memory: Ensemble) -> np.ndarray:
    return memory.draws["lag_months"].values[0]


PLACES = st.lists(st.integers(-DRAWS, DRAWS - 1), max_size=9).map(lambda x: np.array(x, dtype=np.int64))


@settings(max_examples=30)
@given(
    draw=st.integers(-DRAWS, DRAWS - 1) | st.slices(DRAWS) | PLACES,
    quarter=st.integers(0, 27) | st.slices(28),
)
def test_any_part_of_a_column_is_that_part_of_the_array(
    column: Column, values: np.ndarray, draw: int | slice | np.ndarray, quarter: int | slice
) -> None:
    assert np.array_equal(column[draw, quarter], values[draw][..., quarter, :], equal_nan=True)


def test_xarray_takes_places_of_policies_and_draws_from_a_store(memory: Ensemble, whole: Path) -> None:
    at = {"policy": [0], "draw": [5, 2100, 7], "estimator": slice(None, None, 2), "quarter": 3}
    lag = open_store(whole).draws["lag_months"]
    assert lag.isel(at).identical(memory.draws["lag_months"].isel(at))
    assert lag.sel(policy="airtight")[-1].identical(memory.draws["lag_months"].sel(policy="airtight")[-1])


def test_a_run_too_large_for_memory_is_the_same_and_leaves_nothing(
    memory: Ensemble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "IN_MEMORY", 1024)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    found = simulate("airtight", **CALL)
    assert len(list(tmp_path.iterdir())) == 1
    equal(memory, found)
    del found
    assert not list(tmp_path.iterdir())


def test_resuming_a_complete_store_computes_nothing(
    memory: Ensemble, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(copy)

    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("curveshift.world.engine.run_block", refuse)
    equal(memory, resume(copy))
    assert files(copy) == before


@pytest.mark.parametrize("damage", ["gone", "shorter", "a bit turned"])
def test_a_damaged_chunk_is_found_and_computed_again(whole: Path, copy: Path, damage: str) -> None:
    chunk = copy / "chunk-000001.npz"
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "gone":
        chunk.unlink()
    else:
        chunk.write_bytes(content if damage == "a bit turned" else content[: len(content) // 2])
    with pytest.raises(CurveshiftError, match=r"chunk-000001\.npz"):
        open_store(copy)
    with pytest.warns(StoreWarning, match=r"chunk-000001\.npz .* computed again"):
        resume(copy)
    assert files(copy) == files(whole)


def test_damage_after_opening_is_an_error_and_not_a_number(copy: Path) -> None:
    opened = open_store(copy)
    (copy / "chunk-000001.npz").write_bytes(b"")
    with pytest.raises(CurveshiftError, match="cannot be read"):
        _ = opened.draws["failed"].values


def test_a_full_disk_loses_only_what_was_being_written(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, real, written = tmp_path / "full", os.fsync, []

    def fill(handle: int) -> None:
        written.append(handle)
        # The manifest and the first chunk fit, each with its folder; the next file does not.
        if len(written) > 6:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", fill)
    with pytest.raises(CurveshiftError, match=r"No space left.*1 of 2 chunks are kept.*--resume"):
        simulate("airtight", store=folder, **CALL)
    monkeypatch.undo()
    assert not list(folder.glob(".*.part"))
    assert set(read_compiled(folder / stores.MANIFEST)["chunks"]) == {"0"}
    resume(folder)
    assert {n: c for n, c in files(folder).items() if n != stores.MANIFEST} == {
        n: c for n, c in files(whole).items() if n != stores.MANIFEST
    }


def test_a_store_is_not_written_over(copy: Path) -> None:
    with pytest.raises(CurveshiftError, match="holds a store already"):
        simulate("airtight", store=copy, **CALL)


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"seed": 1}, "seed 0 and not 1"), ({"draws": 2048}, "draws 2240 and not 2048"),
     ({"feedback": "off"}, "feedback default and not off"), ({"end": date(2027, 12, 1)}, "end 2028-12-01"),
     ({"settings": ["enforcement.effort=2"]}, "other policies, assumptions or settings")],
)  # fmt: skip
def test_another_run_is_refused(copy: Path, changed: dict[str, object], said: str) -> None:
    before = files(copy)
    with pytest.raises(CurveshiftError, match=said):
        resume(copy, **changed)
    assert files(copy) == before


@pytest.mark.parametrize("what", ["facts", "curveshift", "jax"])
def test_other_facts_or_versions_are_refused_for_writing_and_read_with_a_warning(
    memory: Ensemble, copy: Path, what: str
) -> None:
    made_with, said = read_compiled(copy / stores.MANIFEST)["made_with"], f"{what} abc"
    change(copy, made_with={**made_with, what: "abc"})
    with pytest.raises(CurveshiftError, match=said):
        resume(copy)
    with pytest.warns(StoreWarning, match=said):
        found = open_store(copy)
    assert any(said in note for note in found.notes)
    assert found.draws.identical(memory.draws)


def test_chunks_from_another_kind_of_processor_are_said(copy: Path) -> None:
    made_with = read_compiled(copy / stores.MANIFEST)["made_with"]
    change(copy, made_with={**made_with, "processor": "abacus"})
    with pytest.warns(StoreWarning, match="abacus"):
        resume(copy)


def test_policies_that_are_not_those_of_the_store_any_more_are_refused(copy: Path) -> None:
    change(copy, run={**read_compiled(copy / stores.MANIFEST)["run"], "scenario_sha256": "abc"})
    with pytest.raises(CurveshiftError, match="other policies or assumptions"):
        open_store(copy)


def test_a_manifest_that_was_changed_by_hand_or_is_of_another_format_is_refused(copy: Path) -> None:
    change(copy, format=99)
    with pytest.raises(CurveshiftError, match="has format 99"):
        resume(copy)
    path = copy / stores.MANIFEST
    path.write_text(path.read_text().replace('"format": 99', '"format": 1'))
    with pytest.raises(CurveshiftError, match="changed by hand"):
        resume(copy)


def test_a_store_in_use_and_a_folder_with_other_things_are_refused(copy: Path, tmp_path: Path) -> None:
    held = stores._locked(copy)
    with pytest.raises(CurveshiftError, match="in use"):
        resume(copy)
    assert held is not None
    held.close()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("precious")
    with pytest.raises(CurveshiftError, match=r"thesis\.txt"):
        simulate("airtight", store=tmp_path / "other", **CALL)
    with pytest.raises(CurveshiftError, match="not a store"):
        open_store(tmp_path / "other")
    with pytest.raises(CurveshiftError, match="not a folder"):
        simulate("airtight", store=tmp_path / "other" / "thesis.txt", **CALL)
    with pytest.raises(CurveshiftError, match="only a run with a store"):
        simulate("airtight", resume=True, **CALL)


RUN = "import sys; from curveshift.cli import main; main(sys.argv[1:])"


def command(folder: Path) -> list[str]:
    words = [
        "run",
        "airtight",
        "--draws",
        "10240",
        "--end",
        "2028-12",
        "--store",
        str(folder),
        "--resume",
        "--json",
    ]
    return [sys.executable, "-c", RUN, *words]


def chunks(folder: Path) -> dict[str, bytes]:
    return {name: content for name, content in files(folder).items() if name.startswith("chunk-")}


@pytest.mark.slow
def test_a_run_killed_again_and_again_ends_with_the_same_bytes(tmp_path: Path) -> None:
    calm = subprocess.run(command(tmp_path / "calm"), capture_output=True, check=True).stdout
    folder, done = tmp_path / "killed", [0]
    for kill in range(20):
        running = subprocess.Popen(command(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Another moment each time, from the first bytes of a chunk to after its manifest.
        until = done[-1] + 1 + kill % 2
        while running.poll() is None and len(list(folder.glob("chunk-*"))) < until:
            time.sleep(0.01)
        time.sleep(0.005 * kill)
        running.send_signal(signal.SIGKILL)
        if running.wait() == 0:
            break
        # Nothing that was finished is lost, but the chunk that the manifest had not named yet.
        manifest = read_compiled(folder / stores.MANIFEST)
        assert len(chunks(folder)) - len(manifest["chunks"]) in (0, 1)
        assert len(manifest["chunks"]) >= done[-1]
        done.append(len(manifest["chunks"]))
    resumed = subprocess.run(command(folder), capture_output=True, check=True)
    assert resumed.stdout == calm
    assert not resumed.stderr
    assert chunks(folder) == chunks(tmp_path / "calm")
    assert len(set(done)) > 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip(f"no small disk can be made here: {made.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.slow
def test_a_disk_that_is_really_full_can_be_emptied_and_gone_on_with(small_disk: Path, tmp_path: Path) -> None:
    calm = subprocess.run(command(tmp_path / "calm"), capture_output=True, check=True).stdout
    folder, ballast = small_disk / "store", small_disk / "ballast"
    ballast.write_bytes(b"x" * 2**23)
    full = subprocess.run(command(folder), capture_output=True, check=False)
    assert full.returncode == 2
    assert b"No space left on device" in full.stderr
    assert b"--resume" in full.stderr
    manifest = json.loads((folder / stores.MANIFEST).read_text())["payload"]
    assert 0 < len(manifest["chunks"]) < manifest["n_chunks"]
    with suppress(FileNotFoundError):
        ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
    done = subprocess.run(command(folder), capture_output=True, check=True)
    assert done.stdout == calm
    assert chunks(folder) == chunks(tmp_path / "calm")
