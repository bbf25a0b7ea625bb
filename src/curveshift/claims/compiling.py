"""Validate the YAML record of the claims and store it as the one file that the runtime reads."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from curveshift.records import load_yaml, write_compiled

from .stated import COMPILED, DATA

Text = Annotated[str, Field(min_length=1)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ClaimRecord(_Record):
    """One claim with the rule by which it is judged."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    part: int = Field(ge=1, le=7)
    sentence: Text
    rule: Text
    cuts: dict[str, float] = {}
    basis: Literal["record", "simulation", "none"]
    hinge: Text
    settled_by: Text
    command: Annotated[str, Field(pattern=r"^curveshift ")]
    found: str = ""


class CutsRecord(_Record):
    """From which probability a claim is supported, and up to which it is not."""

    sure: float = Field(gt=0.5, lt=1)
    unlikely: float = Field(gt=0, lt=0.5)
    why: Text


class ClaimFile(_Record):
    """All of ``data/claims.yaml``."""

    source: Text
    reviewed: date
    cuts: CutsRecord
    claims: tuple[ClaimRecord, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _named_once(self) -> ClaimFile:
        names = [claim.name for claim in self.claims]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"a claim is there twice: {', '.join(sorted(twice))}")
        return self


def compile_records(target: Path = COMPILED) -> str:
    """Validate every claim and write the compiled file; return its SHA-256.

    Parameters
    ----------
    target : Path
        Where to write; the shipped file by default.

    Raises
    ------
    CurveshiftError
        For the first record that is wrong, with file, line and key path.
    """
    return write_compiled(target, load_yaml(DATA / "claims.yaml", ClaimFile).model_dump(mode="json"))
