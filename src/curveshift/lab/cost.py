"""The cost of a fixed ability in the toy world: what each innovation takes off it, and where a run with all lands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .innovations import COMBINED
from .paradigm import mean_success
from .shift import TOGETHER, Shift, ends

if TYPE_CHECKING:
    from .paradigm import Paradigm

BASELINE_STEP: Final = "baseline"


@dataclass(frozen=True)
class Step:
    """A point of the cost-reduction curve.

    Attributes
    ----------
    adds : str
        The innovation that is new at this step.
    flop, low, high : float
        FLOP for the ability with all innovations so far, if their multipliers multiply.
    """

    adds: str
    flop: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class CostCurve:
    """FLOP for a fixed loss as innovations are added.

    Attributes
    ----------
    loss : float
        The ability: the loss that the combined run reached, which each step has to reach.
    steps : tuple of Step
        From the baseline on, the largest multiplier first.
    spent : float
        FLOP of the combined run, which in fact reached the loss.
    below : bool
        Whether the run lies below the interval of the last step, so that it is cheaper than expected of its parts.
    above : bool
        Whether it lies above the interval.
    rl_flop, pretraining_flop : float or None
        FLOP of reinforcement for the success that the largest pretraining had, and FLOP of that pretraining beyond
        the first.
    """

    loss: float
    steps: tuple[Step, ...]
    spent: float
    below: bool
    above: bool
    rl_flop: float | None
    pretraining_flop: float | None

    def rows(self) -> list[dict[str, Any]]:
        """One row a step, and one for the run."""
        made: list[dict[str, Any]] = [{"loss": self.loss, **vars(step)} for step in self.steps]
        return [
            *made,
            {"loss": self.loss, "adds": "the combined run", "flop": self.spent, "low": None, "high": None},
        ]


def cost(shift: Shift, paradigm: Paradigm | None = None) -> CostCurve:
    """Read the cost-reduction curve off measured multipliers at the largest scale.

    Parameters
    ----------
    shift : Shift
        With at least two of the innovations that are combined.
    paradigm : Paradigm, optional
        For what reinforcement saves.

    Returns
    -------
    CostCurve

    Raises
    ------
    CurveshiftError
        Where nothing was combined, or its run diverged.
    """
    names = {g.innovation for g in shift.gains}
    if TOGETHER not in names:
        raise CurveshiftError(
            f"needs a combined run: measure two or more of {', '.join(COMBINED)}", "lab cost"
        )
    flop = max(g.flop for g in shift.gains)
    whole = shift.gain(TOGETHER, flop)
    if not np.isfinite(whole.multiplier):
        raise CurveshiftError("the combined runs diverged: there is no ability to price", "lab cost")
    parts = sorted((shift.gain(n, flop) for n in COMBINED if n in names), key=lambda g: -g.multiplier)
    # What the baseline would have to spend for the loss of the combined run, with its draws.
    price = whole.multiplier * whole.flop
    drawn = shift.draws[TOGETHER, flop] * whole.flop
    steps = [Step(BASELINE_STEP, price, *ends(drawn))]
    total = 1.0
    for gain in parts:
        total *= gain.multiplier
        drawn = drawn / shift.draws[gain.innovation, flop]
        steps.append(Step(gain.innovation, price / total, *ends(drawn)))
    last = steps[-1]
    rl, more = _reinforced(paradigm) if paradigm is not None else (None, None)
    return CostCurve(
        whole.loss, tuple(steps), whole.flop, whole.flop < last.low, whole.flop > last.high, rl, more
    )


def _reinforced(found: Paradigm) -> tuple[float | None, float]:
    """FLOP by which reinforcement, and more pretraining, come to the same success."""
    first, *others = found.of("pretraining")
    best = max(others, key=lambda s: s.flop)
    reached = mean_success(found.of("reinforcement"))
    enough = [flop for flop, success in reached.items() if success >= best.success]
    return (min(enough) if enough else None), best.flop - first.flop
