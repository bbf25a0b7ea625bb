"""What decides the last bits of a result besides the scenario: versions, and what the processor can do."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

PACKAGES: Final = ("curveshift", "jax", "jaxlib", "numpy", "scipy")
# What XLA chooses its instructions by, on the processors that have them.
_FEATURES: Final = (
    "avx",
    "avx2",
    "fma",
    "avx512f",
    "avx512dq",
    "avx512vl",
    "avx512_bf16",
    "amx_tile",
    "asimd",
    "sve",
)


@cache
def versions() -> dict[str, str]:
    """Versions of curveshift and of the packages that compute its numbers, looked up once."""
    return {name: version(name) for name in PACKAGES}


@cache
def stamp() -> dict[str, str]:
    """Versions of the packages that compute, the facts and the processor, as plain text.

    Examples
    --------
    >>> sorted(stamp())
    ['curveshift', 'facts', 'jax', 'jaxlib', 'numpy', 'processor', 'scipy']
    """
    from curveshift import facts

    return {**versions(), "facts": facts.digest(), "processor": _processor()}


def differences(ours: dict[str, str], theirs: dict[str, str]) -> list[str]:
    """What is not the same, in words; the processor aside."""
    return [
        f"{name} {_short(theirs.get(name, 'unknown'))} and not {_short(ours[name])}"
        for name in ours
        if name != "processor" and theirs.get(name) != ours[name]
    ]


def _short(text: str) -> str:
    return text[:12] if len(text) == 64 else text


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    flags = next(
        (line.split(":", 1)[1].split() for line in lines if line.startswith(("flags", "Features"))), []
    )
    return " ".join([platform.machine(), *(name for name in _FEATURES if name in flags)])
