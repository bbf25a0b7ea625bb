"""Runs from a mapping of arrays, a data frame or a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from curveshift.errors import CurveshiftError

from .runs import Runs

if TYPE_CHECKING:
    from .law import Law


def as_runs(data: Any, law: type[Law]) -> Runs:
    """What a law needs from the data, in an order that does not depend on the order of the rows."""
    if isinstance(data, Runs):
        return data
    if not isinstance(data, Mapping):
        raise CurveshiftError(f"cannot read runs from a {type(data).__name__}")
    columns = {str(name): np.asarray(value, dtype=np.float64) for name, value in data.items()}
    needed = [*(q.name for q in law.inputs), law.output.name]
    order = np.lexsort([columns[name] for name in reversed(needed)])
    return Runs({name: value[order] for name, value in columns.items()}, order + 1)


def chinchilla_runs(drop_highest: int = 5) -> Runs:
    """The 245 runs read off a figure of Hoffmann et al. 2022, less those with the highest loss.

    Parameters
    ----------
    drop_highest : int
        Besiroglu et al. 2024 keep the runs whose loss is below the fifth highest.

    Returns
    -------
    Runs
        Tokens are FLOP / (6 × parameters), as in that paper.
    """
    from curveshift import facts

    from .chinchilla import Chinchilla

    rows = facts.rows("chinchilla_points")
    params = np.array([float(row["params"]) for row in rows])
    flop = np.array([float(row["training_flop"]) for row in rows])
    loss = np.array([float(row["loss"]) for row in rows])
    keep = loss < np.sort(loss)[-drop_highest] if drop_highest else np.ones(len(loss), dtype=bool)
    columns = {
        "params": params[keep],
        "tokens": (flop / (6.0 * params))[keep],
        "training_flop": flop[keep],
        "loss": loss[keep],
    }
    return as_runs(columns, Chinchilla)
