"""Many runs side by side, with one bar, and stopped together."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .settings import Run
from .store import Store
from .training import Result, train

if TYPE_CHECKING:
    from curveshift.laws import Runs

Progress = Callable[[int, int], None]
SOURCES: Final = ("runs trained here",)


def table(conventions: Mapping[str, str] | None = None, **columns: Any) -> Runs:
    """Runs trained here as the room of laws reads them.

    Parameters
    ----------
    conventions : mapping of str to str, optional
        What `params` and `flop` count.
    columns : sequence of float
        By the names of that room, all of one length.

    Examples
    --------
    >>> len(table(training_flop=[1e9, 1e10], loss=[2.5, 2.0]))
    2
    """
    from curveshift.laws import Runs

    made = {name: np.asarray(values, np.float64) for name, values in columns.items()}
    count = len(next(iter(made.values())))
    return Runs(made, np.arange(1, count + 1), conventions=dict(conventions or {}), sources=SOURCES)


@dataclass
class Bench:
    """Where runs are trained.

    Attributes
    ----------
    store : Store, optional
        What is kept there is not trained again.
    workers : int
        Runs side by side; results are the same for any number.
    progress : callable
        Called with the FLOP done and the FLOP in all, of everything announced so far.
    """

    store: Store | None = None
    workers: int = field(default_factory=lambda: min(2, os.cpu_count() or 1))
    progress: Progress = lambda done, whole: None
    _done: float = 0.0
    _whole: float = 0.0
    _stopped: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def announce(self, flop: float) -> None:
        """Say that so much is still to come."""
        self._whole += flop

    def advance(self, flop: float) -> None:
        """Count what is done; leave where another run has failed or the user has interrupted."""
        with self._lock:
            self._done += flop
            # A bar counts in whole numbers: units of 10 million FLOP.
            self.progress(int(self._done / 1e7), int(self._whole / 1e7))
        if self._stopped:
            raise KeyboardInterrupt

    def train(self, runs: Sequence[Run]) -> list[Result]:
        """Train all runs, the longest first, and return their results in the order given."""
        order = sorted(range(len(runs)), key=lambda i: -runs[i].flop)
        found: dict[int, Result] = {}

        def one(i: int) -> None:
            found[i] = train(runs[i], self.store, progress=self.advance)[0]

        self.together([partial(one, i) for i in order])
        return [found[i] for i in range(len(runs))]

    def together(self, tasks: Iterable[Callable[[], None]]) -> None:
        """Do all tasks, as many side by side as there are workers."""
        with ThreadPoolExecutor(max_workers=max(1, self.workers)) as pool:
            waiting = [pool.submit(task) for task in tasks]
            try:
                for one in waiting:
                    one.result()
            except BaseException:
                self._stopped = True
                for one in waiting:
                    one.cancel()
                raise
