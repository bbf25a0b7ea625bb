"""The runs and draws that claims are judged by, made once, when a claim first asks for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from curveshift.errors import CurveshiftError

if TYPE_CHECKING:
    from curveshift.decide import Verdict
    from curveshift.scenario import Scenario
    from curveshift.trends import Posterior
    from curveshift.world.ensemble import Ensemble

BASE: Final = "status-quo"
POLICIES: Final = (
    BASE,
    "airtight",
    "full-decontrol",
    "no-controls",
    "china-gets-millions",
    "china-does-not",
)
FEEDBACK: Final = ("off", "default", "strong")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What claims are judged by.

    Attributes
    ----------
    declared : Scenario
        With every policy of `POLICIES`.
    given : Ensemble or None
        The scenario's ensemble; simulated when first needed otherwise.
    threads : int, optional
    progress : callable, optional
        Called with (draws run, draws in all) while simulating.
    """

    declared: Scenario
    given: Ensemble | None = None
    threads: int | None = None
    progress: Progress | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        named = [policy.name for policy in self.declared.policies]
        missing = [name for name in POLICIES if name not in named]
        if missing:
            raise CurveshiftError(
                f"the ensemble lacks {', '.join(missing)}: simulate {', '.join(POLICIES)} together",
                where="ensemble",
            )

    @property
    def seed(self) -> int:
        """Of every random number."""
        return self.declared.seed

    @cached_property
    def posterior(self) -> Posterior:
        """The shipped draws of the joint model of scores."""
        from curveshift.trends import posterior

        return posterior()

    @cached_property
    def ensemble(self) -> Ensemble:
        """Every policy on the same draws, at the default feedback."""
        return self.given if self.given is not None else self._run(self.declared, "default", 0)

    @property
    def simulated(self) -> bool:
        """Whether a claim has asked for the ensemble."""
        return "ensemble" in self.__dict__

    def with_feedback(self, setting: str) -> Ensemble:
        """The base policy at a setting of AI's help to research."""
        if setting == self.ensemble.feedback:
            return self.ensemble
        return self._others[setting]

    @cached_property
    def _others(self) -> dict[str, Ensemble]:
        base = next(policy for policy in self.declared.policies if policy.name == BASE)
        alone = replace(self.declared, policies=(base,))
        rest = [setting for setting in FEEDBACK if setting != self.ensemble.feedback]
        return {setting: self._run(alone, setting, 1 + i) for i, setting in enumerate(rest)}

    def _run(self, declared: Scenario, feedback: str, place: int) -> Ensemble:
        from curveshift.world.ensemble import run

        told = self.progress
        # The first run holds all policies, the two others one each.
        sizes = (len(POLICIES), 1, 1)
        before, whole, draws = sum(sizes[:place]), sum(sizes), declared.draws

        def tell(done: int, of: int) -> None:
            if told is not None:
                told(draws * before + draws * sizes[place] * done // of, draws * whole)

        tied = self.given is None or self.given.tied
        return run(declared, feedback=feedback, tied=tied, threads=self.threads, keep_paths=1, progress=tell)

    def turned_by(self, verdict: Verdict) -> str:
        """The most plausible value of one assumption that reverses a simulated verdict, in words."""
        from curveshift.decide import flip_table

        (found,) = flip_table(self.ensemble, [verdict]).verdicts
        best = next((flip for flip in found.flips if flip.supported), None)
        if best is None:
            return f"no single assumption inside its prior turns it ({len(found.unmoved)} tried)"
        unit = "" if best.unit == "1" else f" {best.unit}"
        return f"{best.assumption} {best.side} {best.value:.3g}{unit} ({100 * best.prior_beyond:.0f} % of its prior)"
