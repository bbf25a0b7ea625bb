"""Chunks computed by the workers of a Dask cluster, on this machine or on others.

A worker gets a declaration and the number of a chunk, builds the job once and gives back the bytes of the chunk's
file. A task that a lost worker had goes to another one; since a chunk's bytes do not depend on who makes it, neither
does the result.
"""

from __future__ import annotations

import pickle
import re
import warnings
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from curveshift.errors import CurveshiftError
from curveshift.world.stamp import differences, stamp

if TYPE_CHECKING:
    from curveshift.world.chunks import Prepared, Task

CONNECT_SECONDS: Final = 10
"""How long a scheduler may take to answer, and its first worker to appear after it."""
KEPT_FREE_BYTES: Final = 2**28
"""Free memory that a worker keeps. Dask has 64 kB, so that every block would have its pages made anew."""
OWN_PAGES_BYTES: Final = 2**25
"""From which size memory is asked of the system by itself, and given back, as without the setting above: that stops
the C library from raising its 128 kB, and so pages of every larger array would be made anew."""

NOBODY_SECONDS: Final = 60
"""How long a run waits when every worker is gone."""
LOST_WORKERS: Final = 10
"""How many workers of a local cluster one chunk may lose before the run gives up."""

_UNWATCHED: Final = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.scheduler.active-memory-manager.start": False,
}
"""What Dask does beside the work for its dashboard, which a local cluster here has not."""

_CLIENT: ContextVar[Any] = ContextVar("curveshift_cluster", default=None)
_ADDRESS: Final = re.compile(r"(?:(?:tcp|tls|ws|wss|ucx)://)?(?:\[[0-9a-fA-F:]+\]|[^\s/:\[\]]+):[0-9]{1,5}")
_MISSING: Final = (
    "a cluster needs the package 'distributed', which is not installed: pip install 'curveshift[cluster]'"
)


def current() -> Any:
    """The client of the cluster in use; None outside of `on_cluster` and `on_workers`."""
    return _CLIENT.get()


@contextmanager
def on_cluster(address: str) -> Iterator[None]:
    """Let a Dask cluster compute every ensemble, sweep, design and backtest inside this block.

    Parameters
    ----------
    address : str
        Of its scheduler, such as ``tcp://10.0.0.5:8786``.

    Raises
    ------
    CurveshiftError
        When nobody answers there, no worker is there, or a worker has other versions or facts.

    Examples
    --------
    >>> with on_cluster("my-cluster"):
    ...     pass
    Traceback (most recent call last):
    curveshift.errors.CurveshiftError: my-cluster: is not an address: write one as tcp://10.0.0.5:8786
    """
    # Dask finds out about a malformed address only after it has begun to connect.
    if not _ADDRESS.fullmatch(address):
        raise CurveshiftError("is not an address: write one as tcp://10.0.0.5:8786", address)
    with _connected(address):
        yield


@contextmanager
def _connected(address: str, direct: bool = False) -> Iterator[None]:
    """Use the scheduler at an address; `direct` where workers can be reached, so that chunks do not go through it."""
    distributed = _distributed()
    try:
        client = distributed.Client(
            address, timeout=CONNECT_SECONDS, set_as_default=False, direct_to_workers=direct
        )
    except (OSError, TimeoutError, ValueError) as err:
        raise CurveshiftError(
            f"no scheduler answers ({_first_line(err)}): check that `dask scheduler` runs there, the port, and any "
            "firewall between",
            address,
        ) from err
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError as err:
            raise CurveshiftError(
                f"the scheduler has no workers: start some with `dask worker {address} --nthreads 1`", address
            ) from err
        _check_workers(client)
        token = _CLIENT.set(client)
        try:
            yield
        finally:
            _CLIENT.reset(token)


@contextmanager
def on_workers(workers: int) -> Iterator[None]:
    """Let worker processes of this machine compute every ensemble, sweep, design and backtest inside this block.

    Parameters
    ----------
    workers : int
        Processes of one thread each, at least 1.

    Raises
    ------
    CurveshiftError
        For fewer than 1, or without the package ``distributed``.
    """
    if workers < 1:
        raise CurveshiftError(f"workers must be at least 1, not {workers}", "workers")
    distributed = _distributed()
    import logging

    import dask

    with (
        dask.config.set(
            {
                "distributed.scheduler.allowed-failures": LOST_WORKERS,
                "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": KEPT_FREE_BYTES,
                "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": OWN_PAGES_BYTES,
                **_UNWATCHED,
            }
        ),
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=0,
            silence_logs=logging.CRITICAL,
        ) as local,
        _connected(local.scheduler_address, direct=True),
    ):  # fmt: skip
        yield


def compute_on(client: Any, task: Task, wanted: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """Have chunks computed and give out each as it comes, in any order.

    Every worker computes one chunk at a time and has the next beside it, so that it need not wait while the last one
    is sent and written.
    """
    declaration = zlib.compress(pickle.dumps(task))
    waiting = list(reversed(wanted))
    running: dict[Any, int] = {}
    try:
        while waiting or running:
            places = 2 * max(1, sum(client.nthreads().values()))
            while waiting and len(running) < places:
                number = waiting.pop()
                running[client.submit(compute_chunk, declaration, number, pure=False)] = number
            for future in _finished(client, list(running)):
                try:
                    content, theirs = future.result(timeout=NOBODY_SECONDS)
                except TimeoutError:
                    # Its worker was lost after it had finished, so that the chunk waits to be made again.
                    continue
                number = running.pop(future)
                if found := differences(stamp(), theirs):
                    raise CurveshiftError(f"a worker has {', '.join(found)}", _address(client))
                yield number, content
    except CurveshiftError:
        raise
    except Exception as err:
        raise _told(client, err) from err
    finally:
        if client.status == "running":
            client.cancel(list(running))


def _finished(client: Any, running: list[Any]) -> list[Any]:
    """Wait until a task is finished; an error when there has been nobody to do it for long."""
    wait = _distributed().wait
    with client.as_current():
        while True:
            try:
                return list(wait(running, timeout=NOBODY_SECONDS, return_when="FIRST_COMPLETED").done)
            except TimeoutError:
                if not client.nthreads():
                    raise CurveshiftError(
                        f"every worker is gone, and none came back in {NOBODY_SECONDS} seconds: start some; a run "
                        "with a store goes on with --resume",
                        _address(client),
                    ) from None


def compute_chunk(declaration: bytes, number: int) -> tuple[bytes, dict[str, str]]:
    """What a worker does: one chunk, and what it was made with."""
    from curveshift.world.chunks import compute

    return compute(_prepared(declaration), number), stamp()


@lru_cache(maxsize=2)
def _prepared(declaration: bytes) -> Prepared:
    from curveshift.world.chunks import prepare

    return prepare(pickle.loads(zlib.decompress(declaration)))


def _check_workers(client: Any) -> None:
    """Refuse a cluster whose workers would not give the bytes that this process gives."""
    for worker, found in client.run(stamp, on_error="return").items():
        if isinstance(found, Exception):
            raise CurveshiftError(
                f"the worker cannot run curveshift ({_first_line(found)}): install curveshift {stamp()['curveshift']} "
                "there, in the environment of `dask worker`",
                worker,
            )
        if other := differences(stamp(), found):
            raise CurveshiftError(
                f"the worker has {', '.join(other)}: its bytes would differ, so install the same versions there",
                worker,
            )
        if found["processor"] != stamp()["processor"]:
            warnings.warn(
                f"the worker {worker} has a processor with other instructions ({found['processor']}; here "
                f"{stamp()['processor']}): results may differ from those of this machine in the last digits",
                stacklevel=4,
            )


def _told(client: Any, err: Exception) -> CurveshiftError:
    """What went wrong with a cluster, in one sentence."""
    if type(err).__name__ == "KilledWorker":
        what = f"a chunk lost its worker again and again ({_first_line(err)}): see why the workers end, often memory"
    elif isinstance(err, CancelledError | OSError):
        what = "the connection to the scheduler was lost: check that it still runs"
    else:
        what = f"a worker failed with {type(err).__name__}: {_first_line(err)}"
    return CurveshiftError(f"{what}; a run with a store goes on with --resume", _address(client))


def _address(client: Any) -> str:
    return str(client.scheduler.address) if client.scheduler is not None else "cluster"


def _first_line(err: BaseException) -> str:
    return (str(err).strip() or type(err).__name__).splitlines()[0]


def _distributed() -> Any:
    try:
        import distributed
    except ModuleNotFoundError as err:
        raise CurveshiftError(_MISSING) from err
    return distributed
