"""A cluster gives the bytes of one process, and loses nothing when its parts are killed or cut off."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import pytest

from curveshift.decide import sensitivity
from curveshift.errors import CurveshiftError
from curveshift.world import Ensemble, cluster, on_cluster, on_workers, simulate
from curveshift.world.stamp import stamp

distributed = pytest.importorskip("distributed")

END = date(2028, 12, 1)
HERE = "127.0.0.1"


def equal(one: Ensemble, other: Ensemble) -> None:
    assert one.draws.identical(other.draws)
    assert one.bands.identical(other.bands)
    assert one.paths.identical(other.paths)
    assert all(one.assumptions[n].tobytes() == other.assumptions[n].tobytes() for n in one.assumptions)
    assert (one.notes, one.misfits) == (other.notes, other.misfits)


def pids() -> list[int]:
    found = cluster.current().run(os.getpid)
    return list(found.values())


def test_a_worker_gives_the_bytes_of_one_process() -> None:
    alone = simulate("status-quo", draws=2176, end=END, threads=2)
    with on_workers(1):
        equal(alone, simulate("status-quo", draws=2176, end=END))
    assert cluster.current() is None


@pytest.mark.slow
def test_designs_and_comparisons_are_the_same_also_when_workers_are_killed() -> None:
    both = ["status-quo", "airtight"]
    alone = simulate(both, draws=6208, end=END, threads=2)
    design = sensitivity(outcomes="lag", groups=["efficiency"], rows=1024, end=END)
    killed: list[int] = []

    def kill(done: int, whole: int) -> None:
        if len(killed) < 3:
            killed.append(pids()[0])
            os.kill(killed[-1], signal.SIGKILL)

    with on_workers(2):
        equal(alone, simulate(both, draws=6208, end=END, progress=kill))
        again = sensitivity(outcomes="lag", groups=["efficiency"], rows=1024, end=END)
    assert len(set(killed)) == 3
    assert again.outcome("lag") == design.outcome("lag")


@pytest.mark.parametrize("address", ["here", "tcp://", "tcp://a:b", "http://a:1", "a:1/x"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(CurveshiftError, match="is not an address"), on_cluster(address):
        pass


def test_a_scheduler_that_does_not_answer_is_said_with_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    said = pytest.raises(CurveshiftError, match=r"tcp://127\.0\.0\.1:1: no scheduler answers.*dask scheduler")
    with said, on_cluster(f"tcp://{HERE}:1"):
        pass
    with pytest.raises(CurveshiftError, match="at least 1"), on_workers(0):
        pass


def test_a_cluster_without_the_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(CurveshiftError, match=r"pip install 'curveshift\[cluster\]'"), on_workers(1):
        pass


class Lost:
    """A future whose worker is lost after it had finished; made again, it is there at the second asking."""

    asked = 0

    def result(self, timeout: float) -> tuple[bytes, dict[str, str]]:
        self.asked += 1
        if self.asked == 1:
            raise TimeoutError
        return b"chunk", cluster.stamp()


class Client:
    status = "running"

    def nthreads(self) -> dict[str, int]:
        return {"one": 1}

    def submit(self, *_: object, **__: object) -> Lost:
        return Lost()

    def cancel(self, futures: list[Lost]) -> None:
        assert not futures


def test_a_chunk_lost_after_it_was_finished_is_waited_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_finished", lambda client, running: running)
    found = cluster.compute_on(Client(), None, [0, 1])  # type: ignore[arg-type]
    assert sorted(found) == [(0, b"chunk"), (1, b"chunk")]


class Parts:
    """A scheduler and workers in processes of their own, as on several machines."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.running = folder, []
        with socket.socket() as free:
            free.bind((HERE, 0))
            self.port = free.getsockname()[1]
        self.scheduler = self.start(
            "distributed.cli.dask_scheduler", "--host", HERE, "--port", str(self.port), "--no-dashboard"
        )
        for _ in range(150):
            with suppress(OSError), socket.create_connection((HERE, self.port)):
                return
            time.sleep(0.2)
        raise AssertionError("the scheduler did not start")

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        made = subprocess.Popen([sys.executable, "-m", *words], cwd=self.folder, stdout=quiet, stderr=quiet)
        self.running.append(made)
        return made

    def worker(self) -> subprocess.Popen[bytes]:
        where = f"tcp://{HERE}:{self.port}"
        return self.start(
            "distributed.cli.dask_worker", where, "--nthreads", "1", "--no-nanny", "--no-dashboard",
            "--memory-limit", "0",
        )  # fmt: skip

    def stop(self) -> None:
        for process in reversed(self.running):
            process.kill()
            process.wait()


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    made = Parts(tmp_path)
    yield made
    made.stop()


@contextmanager
def cable(port: int) -> Iterator[tuple[int, threading.Event]]:
    """A port that passes everything on to another one until the event cuts every connection."""
    cut, ends = threading.Event(), []
    listening = socket.create_server((HERE, 0))

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while not cut.is_set() and (data := source.recv(2**16)):
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection((HERE, port))
                ends.extend((near, far))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=pump, args=pair, daemon=True).start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()

    def sever() -> None:
        cut.wait()
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    severing = threading.Thread(target=sever, daemon=True)
    severing.start()
    try:
        yield listening.getsockname()[1], cut
    finally:
        cut.set()
        severing.join()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        accepting.join()
        for end in ends:
            end.close()


CALL = {"draws": 12288, "end": END}


def chunks(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("chunk-*")}


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calm") / "store"
    simulate("status-quo", store=folder, threads=2, **CALL)
    return folder


@pytest.mark.slow
def test_a_lost_connection_loses_nothing_that_had_arrived(parts: Parts, calm: Path, tmp_path: Path) -> None:
    parts.worker()
    parts.worker()
    folder, kept = tmp_path / "store", [0]
    for _ in range(2):
        with cable(parts.port) as (port, cut):

            def after_one(done: int, whole: int, cut: threading.Event = cut) -> None:
                if len(chunks(folder)) > kept[-1]:
                    cut.set()

            said = pytest.raises(CurveshiftError, match=r"connection to the scheduler was lost.*--resume")
            with said, on_cluster(f"tcp://{HERE}:{port}"):
                simulate("status-quo", store=folder, resume=True, progress=after_one, **CALL)
        kept.append(len(chunks(folder)))
    assert 0 < kept[1] < kept[2] < 6
    with on_cluster(f"tcp://{HERE}:{parts.port}"):
        simulate("status-quo", store=folder, resume=True, **CALL)
    assert chunks(folder) == chunks(calm)


@pytest.mark.slow
def test_a_killed_scheduler_and_killed_workers_lose_nothing(
    parts: Parts, calm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "NOBODY_SECONDS", 3)
    folder, workers = tmp_path / "store", [parts.worker(), parts.worker()]
    address = f"tcp://{HERE}:{parts.port}"

    def kill_one(done: int, whole: int) -> None:
        if len(chunks(folder)) == 1:
            workers[0].kill()
        if len(chunks(folder)) == 2:
            workers[1].kill()

    with pytest.raises(CurveshiftError, match=r"every worker is gone.*--resume"), on_cluster(address):
        simulate("status-quo", store=folder, resume=True, progress=kill_one, **CALL)
    assert len(chunks(folder)) >= 2
    parts.worker()

    def kill_scheduler(done: int, whole: int) -> None:
        parts.scheduler.kill()

    with pytest.raises(CurveshiftError, match="connection to the scheduler was lost"), on_cluster(address):
        simulate("status-quo", store=folder, resume=True, progress=kill_scheduler, **CALL)
    assert len(chunks(folder)) >= 3
    with on_workers(2):
        simulate("status-quo", store=folder, resume=True, **CALL)
    assert chunks(folder) == chunks(calm)


@pytest.mark.slow
def test_workers_that_would_give_other_bytes_are_refused(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 3)
    address = f"tcp://{HERE}:{parts.port}"
    with pytest.raises(CurveshiftError, match="has no workers"), on_cluster(address):
        pass
    parts.worker()
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 60)
    older = {**stamp(), "jax": "0.0"}
    real = cluster.differences
    monkeypatch.setattr(cluster, "differences", lambda ours, theirs: real(older, theirs))
    with pytest.raises(CurveshiftError, match=r"the worker has jax .* and not 0\.0"), on_cluster(address):
        pass
