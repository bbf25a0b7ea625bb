"""Sobol points in which every column is scrambled on its own.

The direction numbers are those of Joe and Kuo (2008), stored once so that neither another version of
SciPy nor another assumption can move a point, and so that nothing needs SciPy's statistics to draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from curveshift.records import read_compiled, write_compiled

from .noise import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bits = NDArray[np.uint32]

TABLE = Path(__file__).parent / "data" / "sobol.json"
DIMENSIONS = 512
# Points per replicate: 2 to this power.
DEPTH = 21
_BITS = 32


def compile_directions(path: Path = TABLE) -> str:
    """Take the direction numbers from SciPy and store them; return the hash of the file."""
    from scipy.stats import qmc

    engine = qmc.Sobol(d=DIMENSIONS, scramble=False, bits=_BITS)
    found = np.empty((DIMENSIONS, DEPTH), dtype=np.uint32)
    drawn = 0
    for j in range(DEPTH):
        # The points come in Gray-code order, in which number 2^(j+1) - 1 is the j-th direction alone.
        target = 2 ** (j + 1) - 1
        engine.fast_forward(target - drawn)
        found[:, j] = np.round(engine.random(1)[0] * 2.0**_BITS).astype(np.uint32)
        drawn = target + 1
    return write_compiled(path, {"directions": [row.astype(">u4").tobytes().hex() for row in found]})


@lru_cache(maxsize=1)
def directions() -> Bits:
    """Direction numbers of every dimension, highest bit first, shape (dimension, bit of the index)."""
    rows = read_compiled(TABLE)["directions"]
    table = np.frombuffer(bytes.fromhex("".join(rows)), dtype=">u4")
    return table.reshape(DIMENSIONS, DEPTH).astype(np.uint32)


def points(
    dimensions: Sequence[int], names: Sequence[str], seed: int, replicate: int, index: Bits
) -> NDArray[np.float64]:
    """Scrambled points strictly inside (0, 1) for some indices of one replicate.

    Parameters
    ----------
    dimensions, names : sequence of int, sequence of str
        Dimension of each column, and the name that keys its scramble together with seed and replicate.
    seed, replicate : int
        The other two parts of the key.
    index : numpy.ndarray of uint32
        Which points, each below 2^21.

    Returns
    -------
    numpy.ndarray of float64, shape (column, index)
        Odd multiples of 2^-33.

    References
    ----------
    Matousek (1998), On the L2-discrepancy for anchored boxes: random linear scramble with digital shift.
    """
    scrambled, shift = _scrambled(tuple(dimensions), tuple(names), seed, replicate)
    found = np.repeat(shift, len(index), axis=1)
    for j in range(int(index.max()).bit_length()):
        # All ones where bit j of the index is set, so that the direction is taken or left without a branch.
        taken = np.uint32(0) - ((index >> np.uint32(j)) & np.uint32(1))
        found ^= scrambled[:, j : j + 1] & taken
    return (found.astype(np.float64) + 0.5) * 2.0**-_BITS


@lru_cache(maxsize=64)
def _scrambled(
    dimensions: tuple[int, ...], names: tuple[str, ...], seed: int, replicate: int
) -> tuple[Bits, Bits]:
    """Scrambled directions and digital shifts of one replicate, kept for its other blocks."""
    words = np.stack([_key_words(seed, name, replicate) for name in names])
    return _scramble(directions()[list(dimensions)], words[:, :_BITS]), words[:, _BITS:]


def _key_words(seed: int, name: str, replicate: int) -> Bits:
    """32 words for the bit matrix and one for the shift."""
    raw = stream("sobol", seed, name, replicate).random_raw((_BITS + 2) // 2)
    return raw.astype("<u8").view("<u4").astype(np.uint32)[: _BITS + 1]


def _scramble(numbers: Bits, words: Bits) -> Bits:
    """Multiply direction numbers by random unit lower-triangular matrices over {0, 1}.

    Bit i of the result, counted from the top, is the parity of those of the bits 0 to i of the number
    that row i of the matrix selects.
    """
    low_bit = np.uint32(1) << np.arange(_BITS - 1, -1, -1, dtype=np.uint32)
    above = ~(low_bit | (low_bit - np.uint32(1)))
    rows = (words & above) | low_bit
    parity = np.bitwise_count(rows[:, :, None] & numbers[:, None, :]) & np.uint8(1)
    scrambled: Bits = np.bitwise_or.reduce(parity.astype(np.uint32) * low_bit[:, None], axis=1)
    return scrambled
