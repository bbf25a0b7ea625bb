"""One question at a time: the others wait their turn, and more than a few are turned away."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from curveshift.app import memory

if TYPE_CHECKING:
    from starlette.requests import Request

T = TypeVar("T")

MOST_WAITING: Final = 16
MOST_SECONDS: Final = 30.0
LOOK_EVERY_SECONDS: Final = 0.05


class BusyError(Exception):
    """Too many questions wait already."""


class GoneError(Exception):
    """The visitor went away; nobody waits for the answer."""


class TooLongError(Exception):
    """The answer took longer than any question may."""


class Line:
    """The line in front of the model.

    Parameters
    ----------
    most : int
        Questions that may be waiting or running.
    seconds : float
        Time that one may run.
    """

    def __init__(self, most: int = MOST_WAITING, seconds: float = MOST_SECONDS) -> None:
        self._most, self._seconds = most, seconds
        self._turn = asyncio.Semaphore(1)
        self.waiting = 0

    async def run(
        self,
        request: Request,
        work: Callable[[Callable[[], None]], T],
        ready: Callable[[], T | None] = lambda: None,
    ) -> T:
        """Wait for the turn and do the work in a thread; it is given what it must call now and then.

        When the turn has come, what is `ready` by then is not worked for again.

        Raises
        ------
        BusyError, GoneError, TooLongError
        """
        if self.waiting >= self._most:
            raise BusyError
        self.waiting += 1
        gone = threading.Event()
        watch = asyncio.create_task(_watch(request, gone))
        try:
            async with self._turn:
                if (found := ready()) is not None:
                    return found
                until = time.monotonic() + self._seconds

                def check() -> None:
                    if gone.is_set():
                        raise GoneError
                    if time.monotonic() > until:
                        raise TooLongError

                check()
                return await asyncio.to_thread(work, check)
        finally:
            watch.cancel()
            self.waiting -= 1
            # Nobody waits for this: the answer is on its way meanwhile.
            asyncio.get_running_loop().run_in_executor(None, memory.give_back)


async def _watch(request: Request, gone: threading.Event) -> None:
    while not await request.is_disconnected():
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    gone.set()
