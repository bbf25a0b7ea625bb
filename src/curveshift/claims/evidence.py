"""The runs and draws that claims are judged by, made once, when a claim first asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from curveshift.decide import DoseResponse, Importance, Verdict
    from curveshift.trends import Posterior
    from curveshift.world.ensemble import Ensemble

BASE: Final = "status-quo"
GETS, DOES_NOT = "china-gets-millions", "china-does-not"
POLICIES: Final = (BASE, "airtight", "full-decontrol", "no-controls")
FEEDBACK: Final = ("off", "default", "strong")
DOSES: Final = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
ROWS: Final = 3072
"""Rows of the paired design, where there are as many draws."""
IMPORTANCE: Final = 25
"""About how many policies the ranges over sets and groups are worth in time."""
RUNS: Final = len(POLICIES) + len(DOSES) + 2 + len(FEEDBACK) - 1 + IMPORTANCE
"""Policies simulated when every claim is judged."""
Progress = Callable[[int, int], None]


@dataclass(eq=False)
class Evidence:
    """What claims are judged by.

    Attributes
    ----------
    draws, seed : int
    settings, assumptions, threads
        As in `curveshift.simulate`.
    progress : callable, optional
        Called with (draws done, draws in all) as if every claim were asked for.
    """

    draws: int
    seed: int
    settings: Sequence[str] | Mapping[str, Any] = ()
    assumptions: str | Path | None = None
    threads: int | None = None
    progress: Progress | None = field(default=None, repr=False)
    _done: int = field(default=0, init=False, repr=False)

    @cached_property
    def posterior(self) -> Posterior:
        """The shipped draws of the joint model of scores."""
        from curveshift.trends import posterior

        return posterior()

    @cached_property
    def ensemble(self) -> Ensemble:
        """Every policy on the same draws, at the default feedback."""
        return self._simulate(POLICIES, "default")

    @cached_property
    def dose(self) -> DoseResponse:
        """The base policy under interventions on China's inflow, on the same draws."""
        from curveshift.decide import dose_response

        return dose_response(BASE, DOSES, beside=(DOES_NOT, GETS), **self._common(len(DOSES) + 2))

    @cached_property
    def feedback(self) -> dict[str, Ensemble]:
        """The base policy at each setting of AI's help to research."""
        others = {name: self._simulate((BASE,), name) for name in FEEDBACK if name != "default"}
        return {name: others.get(name, self.ensemble) for name in FEEDBACK}

    @cached_property
    def importance(self) -> Importance:
        """Ranges of every outcome over sets of policies and over groups of assumptions."""
        from curveshift.decide import policy_importance
        from curveshift.scenario.sampling import BLOCK

        rows = min(ROWS, max(BLOCK, self.draws // BLOCK * BLOCK))
        return policy_importance(BASE, rows=rows, **(self._common(IMPORTANCE) | {"draws": None}))

    @property
    def simulated(self) -> bool:
        """Whether a claim has asked for a run."""
        return bool(self._done)

    def _simulate(self, policies: tuple[str, ...], feedback: str) -> Ensemble:
        from curveshift.world import simulate

        return simulate(policies, feedback=feedback, keep_paths=1, **self._common(len(policies)))

    def _common(self, policies: int) -> dict[str, Any]:
        before = self._done
        self._done += policies

        def tell(done: int, whole: int) -> None:
            if self.progress is not None:
                self.progress(self.draws * before + self.draws * policies * done // whole, self.draws * RUNS)

        names = ("draws", "seed", "settings", "assumptions", "threads")
        return {name: getattr(self, name) for name in names} | {"progress": tell}


def turned_by(ensemble: Ensemble, verdict: Verdict) -> str:
    """The most plausible value of one assumption that reverses a simulated verdict, in words."""
    from curveshift.decide import flip_table

    (found,) = flip_table(ensemble, [verdict]).verdicts
    best = next((flip for flip in found.flips if flip.supported), None)
    if best is None:
        return f"no single assumption inside its prior turns it ({len(found.unmoved)} tried)"
    return f"{best.assumption} {best.at('{:.3g}'.format)} ({100 * best.prior_beyond:.0f} % of its prior)"
