"""What a parser may do with an input: take it, or say in one error of ours what is wrong with it."""

from __future__ import annotations

import atexit
import math
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from curveshift.errors import CurveshiftError

Target = Callable[[bytes], None]
"""Makes one input from bytes, reads it, and checks what was taken; raises `CurveshiftError` when it is refused."""

LONGEST_MESSAGE = 6000


class Finding(AssertionError):  # noqa: N818
    """Something that a parser must not do."""


def judge(target: Target, data: bytes, most_seconds: float = math.inf) -> bool:
    """Run one input; return whether it was taken.

    Raises
    ------
    Finding
        When it was taken and should not have been, was refused without a word, or took too long.
    Exception
        Any other error and any warning, as it came.
    """
    began = time.process_time()
    taken = True
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            target(data)
        except CurveshiftError as error:
            taken = False
            hold(bool(error.what.strip()), "refused without a word")
            hold(len(str(error)) < LONGEST_MESSAGE, "refused with a message that nobody reads")
    hold(time.process_time() - began <= most_seconds, f"took more than {most_seconds:g} s")
    return taken


def hold(right: bool, otherwise: str, *shown: Any) -> None:
    """Raise a finding unless something holds."""
    if not right:
        raise Finding(": ".join([otherwise, *(repr(x)[:300] for x in shown)]))


def finite(value: Any, what: str) -> None:
    """Every number in plain content is finite."""
    for number in _numbers(value):
        hold(math.isfinite(number), f"{what} is not finite", value)


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _numbers(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, int | float):
        yield value


_FOLDER: list[Path] = []


def folder() -> Path:
    """A folder of this process for inputs that are files, in memory where the system has such a place."""
    if not _FOLDER:
        shared = Path("/dev/shm")
        _FOLDER.append(Path(tempfile.mkdtemp(dir=shared if shared.is_dir() else None, prefix="fuzz-")))
        atexit.register(shutil.rmtree, _FOLDER[0], ignore_errors=True)
    return _FOLDER[0]


def written(name: str, content: bytes | str) -> Path:
    """A file with one input."""
    path = folder() / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
