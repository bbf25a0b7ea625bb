"""How the lab runs JAX: one thread a program and 32-bit numbers, whatever else the process does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Final

from curveshift.errors import CurveshiftError

_FLAGS: Final = ("--xla_cpu_multi_thread_eigen=false", "intra_op_parallelism_threads=1")
"""Runs share a machine by running side by side: more threads for one would change neither its result nor the sum."""


def need_extra() -> None:
    """Refuse to start without the extra `lab`.

    Raises
    ------
    CurveshiftError
        Naming what is missing.
    """
    missing = [name for name in ("equinox", "optax") if find_spec(name) is None]
    if missing:
        raise CurveshiftError(
            f"needs {' and '.join(missing)}, which the extra `lab` brings: pip install 'curveshift[lab]'",
            "lab",
        )


@contextmanager
def training() -> Iterator[None]:
    """Within it numbers have 32 bits and a program one thread.

    Training is done in 32 bits as in practice; the laws are fitted in 64 as everywhere else in curveshift.
    """
    need_extra()
    os.environ["XLA_FLAGS"] = " ".join(dict.fromkeys([*os.environ.get("XLA_FLAGS", "").split(), *_FLAGS]))
    import jax

    from curveshift.compiled_programs import keep_compiled

    keep_compiled()
    with jax.enable_x64(False):
        yield
