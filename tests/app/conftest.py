"""The application in this process, asked as a browser would ask, and served on loopback for a real one."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from fastapi import FastAPI

    from curveshift.app import Service


class Web:
    """A visitor without a browser."""

    def __init__(self, app: FastAPI) -> None:
        import httpx

        # In a thread of its own: Playwright keeps a loop running in the main one.
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://localhost"
        )

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def get(self, path: str, **more: Any) -> Any:
        return self.run(self._client.get(path, **more))

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        given = {"json": body} if "content" not in more else {}
        return self.run(self._client.post(f"/api/v1{path}", **given, **more))

    def request(self, method: str, path: str, **more: Any) -> Any:
        return self.run(self._client.request(method, path, **more))

    def close(self) -> None:
        self.run(self._client.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


PATIENT_SECONDS = 600.0
"""A slow machine must not turn a true property false: only the tests of the time limit have one."""


@pytest.fixture(scope="session")
def service() -> Service:
    from curveshift.app import Service

    return Service(threads=2)


@pytest.fixture(scope="session")
def web(service: Service) -> Iterator[Web]:
    from curveshift.app import create_app
    from curveshift.app.waiting import Line

    found = Web(create_app(service, warm=False, line=Line(seconds=PATIENT_SECONDS)))
    yield found
    found.close()


@contextmanager
def served(service: Service, *, warm: bool, framers: tuple[str, ...] = ()) -> Iterator[str]:
    """A server on loopback; its address."""
    import uvicorn

    from curveshift.app import create_app
    from curveshift.app.waiting import Line

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(service, warm=warm, framers=framers, line=Line(seconds=PATIENT_SECONDS))
    config = uvicorn.Config(app, port=port, log_level="error", access_log=False, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def address(service: Service) -> Iterator[str]:
    """A server on loopback, warm."""
    with served(service, warm=True) as found:
        yield found
