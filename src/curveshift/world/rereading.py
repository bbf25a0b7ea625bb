"""A quantity of an ensemble draw by draw, made again: results keep its bands and not its draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from curveshift.errors import unknown_name
from curveshift.scenario.sampling import sampled_block
from curveshift.world import bands, engine
from curveshift.world.chunks import Task, prepare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.world.ensemble import Ensemble


def per_draw(
    ensemble: Ensemble,
    name: str,
    policy: str,
    quarter: str,
    *,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    **at: str,
) -> NDArray[np.float64]:
    """One band at the end of one quarter in every draw, by running the draws again.

    Parameters
    ----------
    ensemble : Ensemble
        From `simulate`.
    name, policy : str
        A band and a policy of the ensemble.
    quarter : str
        Last day of a quarter, such as 2028-12-31.
    threads : int, optional
        As in `simulate`.
    progress : callable, optional
        Called with (blocks done, blocks in all).
    **at : str
        A label for each axis of the band, such as ``unit="rollout"``.

    Returns
    -------
    array, shape (draw,)
        In the unit of the band.

    Raises
    ------
    CurveshiftError
        For an unknown name, policy, quarter or label.

    Examples
    --------
    >>> from datetime import date
    >>> from curveshift.world import simulate
    >>> small = simulate("status-quo", draws=64, end=date(2027, 12, 1))
    >>> per_draw(small, "china_stock", "status-quo", "2026-12-31", unit="chips").shape
    (64,)
    """
    import os

    declared = ensemble.scenario
    place = bands.place(name)
    cell = bands.cell(name, at)
    quarters = [str(day) for day in ensemble.draws["quarter"].values.astype("datetime64[D]")]
    if quarter not in quarters:
        raise unknown_name("end of a quarter", quarter, quarters)
    if policy not in ensemble.policies:
        raise unknown_name("policy of this ensemble", policy, ensemble.policies)
    alone = replace(declared, policies=(declared.policies[ensemble.policies.index(policy)],))
    task = Task(alone, ensemble.feedback, ensemble.tied, 0, sampled_block)
    prepared = prepare(task)
    (row,) = prepared.rows
    out = []
    for block in engine.run_blocks(prepared.job, threads or os.cpu_count() or 1):
        values = np.asarray(bands.BANDS[place].read(block.series[row]))
        out.append(np.asarray(values[cell][quarters.index(quarter)], dtype=np.float64))
        if progress is not None:
            progress(block.index + 1, task.n_blocks)
    return np.concatenate(out)
