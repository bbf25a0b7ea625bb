"""What a visitor asks, checked before anything is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from curveshift.errors import CurveshiftError, unknown_name
from curveshift.scenario import Policy, Scenario, Step, View, declare, library, load_view
from curveshift.scenario.shelf import AS_OF

START: Final = AS_OF + timedelta(days=1)
"""Day from which a visitor's levers and thresholds hold, as with ``--set``."""

THRESHOLDS: Final = ("bis-2026-01.case_by_case.tpp_below", "bis-2026-01.case_by_case.dram_below")
"""Numbers of the rules that the page lets a visitor change."""

RECORDED_TIMES: Final = 10.0
"""A changed threshold may be from nothing to so many times the recorded one."""

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Key = Annotated[str, StringConstraints(max_length=80)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\W_][\w .,+/()-]{0,59}$")]
Value = Number | Annotated[str, StringConstraints(min_length=1, max_length=80)]


class Choice(BaseModel):
    """One policy: a shipped one, perhaps with another stance of Beijing, other levers and other thresholds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: Key = Field(description="Name of a shipped policy.", examples=["january-2026"])
    stance: Literal["open", "guided", "blocked", "responsive"] | None = Field(
        default=None, description="Beijing's stance from the day after the as-of date on."
    )
    levers: dict[Key, Number] = Field(
        default_factory=dict,
        max_length=40,
        description="Lever to value, from the day after the as-of date on.",
    )
    thresholds: dict[Key, Number] = Field(
        default_factory=dict, max_length=10, description="Number of a rule to value, from the same day on."
    )
    name: Title | None = Field(default=None, description="What to call it; made from the rest unless given.")

    @property
    def called(self) -> str:
        """Its name: that of the shipped policy as long as nothing else was changed."""
        if self.name is not None:
            return self.name
        plain = self.base if self.stance is None else f"{self.base}+{self.stance}"
        return f"{plain}, changed" if self.levers or self.thresholds else plain

    def policy(self) -> Policy:
        """The policy of the model.

        Raises
        ------
        CurveshiftError
            For a name that is unknown and a value out of range.
        """
        shelf = library()
        # Never `load_policy` on a visitor's word: a name that ends in .yaml would be read from the disk.
        if self.base not in shelf.policies:
            raise unknown_name("policy", self.base, shelf.policies, "base")
        policy = shelf.policies[self.base]
        if self.stance is not None:
            policy = policy.with_stance(self.stance, START)
        for key, value in sorted(self.levers.items()):
            if key not in lever_names():
                raise unknown_name("lever", key, lever_names(), "levers")
            policy = policy.with_lever(shelf.levers[key], value, START)
        if self.thresholds:
            for key, value in self.thresholds.items():
                _check_threshold(key, value)
            policy = replace(policy, changes=self.changes(policy))
        return policy if policy.name == self.called else replace(policy, name=self.called)

    def changes(self, policy: Policy) -> tuple[Step[Mapping[str, float]], ...]:
        """The changed thresholds of a policy with the visitor's own; a day has one step, so they join what is there."""
        before = tuple(step for step in policy.changes if step.start < START)
        same_day = {k: v for step in policy.changes[len(before) :] for k, v in step.value.items()}
        own = {**same_day, **dict(sorted(self.thresholds.items()))}
        return (*before, Step(START, own, "Set by the user."))


class Question(BaseModel):
    """Up to four policies on the same draws, under the same assumptions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    policies: tuple[Choice, ...] = Field(min_length=1, max_length=4, description="The first is the baseline.")
    assumptions: dict[Key, Value] = Field(
        default_factory=dict,
        max_length=300,
        description="Assumption to a number, or to an interval in words such as '10k to 300k'.",
    )
    view: Key | None = Field(
        default=None,
        description="A shipped world view, in place of the shipped assumptions; own ones come over it.",
        examples=["hawk"],
    )
    draws: Literal[64, 256, 2048] = Field(default=256, description="Draws; 64 only for a quick look.")
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**53)] = 0
    feedback: Literal["off", "default", "strong"] | None = Field(
        default=None,
        description="AI's help to AI research; unless given, the view's, and default without one.",
    )
    unit: Key = Field(default="h100e_16bit", description="Unit of the stocks.")
    window_months: Annotated[int, Field(strict=True, ge=1, le=120)] = 12

    @property
    def seen(self) -> View | None:
        """The world view that was asked for.

        Raises
        ------
        CurveshiftError
            For a name that is unknown.
        """
        if self.view is None:
            return None
        # Never `load_view` on a visitor's word: a name that ends in .yaml would be read from the disk.
        if self.view not in library().views:
            raise unknown_name("world view", self.view, library().views, "view")
        return load_view(self.view)

    @property
    def help_to_research(self) -> str:
        """Setting of AI's help to AI research: as asked, or as the view has it."""
        return self.feedback or (self.seen.feedback if self.seen else "default")

    def scenario(self) -> Scenario:
        """The scenario that these words declare.

        Raises
        ------
        CurveshiftError
            For a name that is unknown, a value out of range, or one name for two policies.
        """
        shelf = library()
        for key in self.assumptions:
            if key not in shelf.assumptions:
                raise unknown_name("assumption", key, shelf.assumptions, "assumptions")
        try:
            return declare(
                [choice.policy() for choice in self.policies],
                dict(self.assumptions),
                view=self.seen,
                seed=self.seed,
                draws=self.draws,
            )
        except CurveshiftError as err:
            raise CurveshiftError(err.what, (err.where or "").removeprefix("--set ") or None) from None


def lever_names() -> tuple[str, ...]:
    """Levers that a government has; interventions come as shipped policies only."""
    return tuple(name for name in library().levers if not name.startswith("intervention."))


def recorded(key: str) -> float:
    """The number of a rule as it is on record."""
    from curveshift.controls import rule_book

    value = rule_book().values()[key].value
    assert value is not None
    return float(value)


def _check_threshold(key: str, value: float) -> None:
    if key not in THRESHOLDS:
        raise unknown_name("threshold", key, THRESHOLDS, "thresholds")
    most = RECORDED_TIMES * recorded(key)
    if not 0 <= value <= most:
        raise CurveshiftError(f"{key} = {value:g} is outside its range 0 to {most:g}", "thresholds")
