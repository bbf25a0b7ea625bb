"""Named streams of random numbers for what happens month by month."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def stream(*key: str | int) -> np.random.Philox:
    """A bit generator that depends on its key alone, so that no stream moves when another is added."""
    text = "\0".join(f"{type(part).__name__}:{part}" for part in key)
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return np.random.Philox(key=np.frombuffer(digest[:16], dtype="<u8").astype(np.uint64))


def uniforms(seed: int, name: str, block: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Independent uniform numbers strictly inside (0, 1) for one process and one block of draws.

    Parameters
    ----------
    seed : int
        The scenario's seed.
    name : str
        Name of the process, such as ``efficiency.arrivals``.
    block : int
        Which block of draws.
    shape : tuple of int
        Months first: ``(months, draws, ...)``. A longer horizon then adds numbers at the end and leaves
        those of earlier months as they were.

    Examples
    --------
    >>> short, long = uniforms(1, "a", 0, (2, 4)), uniforms(1, "a", 0, (3, 4))
    >>> bool((short == long[:2]).all())
    True
    """
    raw = stream("noise", seed, name, block).random_raw(math.prod(shape))
    # The raw stream is fixed by the algorithm; 52 bits and a half keep 0 and 1 out.
    raw >>= np.uint64(12)
    found: NDArray[np.float64] = raw.astype(np.float64)
    found += 0.5
    found *= 2.0**-52
    return found.reshape(shape)


def normals(seed: int, name: str, block: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Independent standard normal numbers, with the same convention as `uniforms`.

    Examples
    --------
    >>> normals(1, "a", 0, (2, 3)).shape
    (2, 3)
    """
    from scipy.special import ndtri

    return np.asarray(ndtri(uniforms(seed, name, block, shape)))
