"""The units in which every stock and flow can be read, and the roofline that links them to chips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    import jax

Array: TypeAlias = Any
"""An array that is NumPy's outside the compiled program and JAX's inside it."""

UNITS: Final = ("chips", "h100e_16bit", "h100e_8bit", "h100e_4bit", "bandwidth", "pretrain", "rollout")
"""Names of the units, in the order of the last axis of every stock and flow."""

UNIT_MEANING: Final = {
    "chips": "chips as sold",
    "h100e_16bit": "dense 16-bit operations over those of an H100 SXM",
    "h100e_8bit": "dense 8-bit operations over those of an H100 SXM",
    "h100e_4bit": "dense operations of the lowest precision down to 4 bit, over 8-bit operations of an H100 SXM",
    "bandwidth": "memory bandwidth over that of an H100 SXM",
    "pretrain": "training-effective H100 equivalents (roofline at training intensity)",
    "rollout": "rollout-effective H100 equivalents (roofline at the intensity of sampling and inference)",
}

CHIPS, OPS16, OPS8, OPS4, BANDWIDTH, PRETRAIN, ROLLOUT = range(7)
N_UNITS: Final = len(UNITS)

# Unit constants: an H100 SXM, by its data sheet.
H100_TFLOPS_16BIT: Final = 989.4
H100_TOPS_8BIT: Final = 1979.0
H100_BANDWIDTH_TBS: Final = 3.35

SECONDS_PER_DAY: Final = 86400.0
SECONDS_PER_MONTH: Final = 365.25 * SECONDS_PER_DAY / 12.0
HOURS_PER_MONTH: Final = SECONDS_PER_MONTH / 3600.0


def to_units(raw: jax.Array, training_intensity: jax.Array, rollout_intensity: jax.Array) -> jax.Array:
    """Turn specifications of a chip into one chip's amount of every unit.

    Parameters
    ----------
    raw : array, shape (..., 4, draw)
        16-bit, 8-bit and 4-bit operations and bandwidth, each over those of an H100.
    training_intensity, rollout_intensity : scalar
        Arithmetic intensity of the two workloads, FLOP per byte, above 0.

    Returns
    -------
    array, shape (..., 7, draw)
        In the order of `UNITS`; the rate on a workload is min(operations, intensity x bandwidth).

    Examples
    --------
    >>> import numpy as np
    >>> h20 = np.array([[148 / 989.4], [296 / 1979], [296 / 1979], [4.0 / 3.35]])
    >>> [round(float(x), 2) for x in to_units(h20, 500.0, 40.0)[[1, 5, 6], 0]]
    [0.15, 0.15, 1.1]
    """
    import jax.numpy as jnp

    raw = raw * jnp.ones_like(training_intensity)
    ops, bandwidth = raw[..., 0, :], raw[..., 3, :]

    def rate(intensity: jax.Array) -> jax.Array:
        own = jnp.minimum(ops * H100_TFLOPS_16BIT, intensity * bandwidth * H100_BANDWIDTH_TBS)
        return own / jnp.minimum(H100_TFLOPS_16BIT, intensity * H100_BANDWIDTH_TBS)

    return jnp.concatenate(
        [
            jnp.ones_like(raw[..., :1, :]),
            raw,
            rate(training_intensity)[..., None, :],
            rate(rollout_intensity)[..., None, :],
        ],
        axis=-2,
    )
