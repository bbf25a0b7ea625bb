"""The shape of the records of the joint model; loaded only to compile them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from curveshift.records import load_yaml, write_compiled

from .prior_records import DATA

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PriorRecord(_Record):
    """One prior of the joint model; exactly one family is given."""

    name: Name
    normal: tuple[float, Positive] | None = None
    half_normal: Positive | None = None
    log_normal: tuple[float, Positive] | None = None
    beta: tuple[Positive, Positive] | None = None
    unit: Literal["oom", "oom/year", "share", "1"]
    meaning: Text
    why: Text
    kind: Literal["judgement"] = "judgement"

    @model_validator(mode="after")
    def _has_one_family(self) -> PriorRecord:
        given = [f for f in ("normal", "half_normal", "log_normal", "beta") if getattr(self, f) is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of normal, half_normal, log_normal, beta")
        return self

    def compiled(self) -> dict[str, Any]:
        """Plain content for the compiled file."""
        plain = self.model_dump(mode="json", exclude_none=True, exclude={"name"})
        family = next(f for f in ("normal", "half_normal", "log_normal", "beta") if f in plain)
        numbers = plain.pop(family)
        return {"family": family, "numbers": numbers if isinstance(numbers, list) else [numbers], **plain}


class SettingsRecord(_Record):
    """Fixed choices of the model."""

    reference_log10_flop: float
    reference_year: float
    gain_year: float
    tail_degrees: Positive
    small_params: Positive
    small_words: tuple[Text, ...]
    undisclosed_since: float
    fewest_models: int = Field(ge=1)
    unknown_items: int = Field(ge=1)
    frontier_scores: int = Field(ge=1)
    frontier_months: int = Field(ge=2)


class EssayRecord(_Record):
    """The arithmetic of the argument under test, as its author states it."""

    source: Text
    model: Text
    rival: Text
    yearly_fall: Positive
    rival_months_older: tuple[Positive, Positive]
    rival_worth: Positive
    expected_times_cheaper: Positive


class StitchingFile(_Record):
    """All of ``data/stitching.yaml``."""

    priors: tuple[PriorRecord, ...] = Field(min_length=1)
    settings: SettingsRecord
    essay: EssayRecord

    @model_validator(mode="after")
    def _has_no_name_twice(self) -> StitchingFile:
        names = [prior.name for prior in self.priors]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"a prior is there twice: {', '.join(sorted(twice))}")
        return self


def compile_stitching(target: Path) -> str:
    """Validate the priors and settings and write the compiled file; return its SHA-256."""
    found = load_yaml(DATA / "stitching.yaml", StitchingFile)
    return write_compiled(
        target,
        {
            "priors": {prior.name: prior.compiled() for prior in found.priors},
            "settings": found.settings.model_dump(mode="json"),
            "essay": found.essay.model_dump(mode="json"),
        },
    )
