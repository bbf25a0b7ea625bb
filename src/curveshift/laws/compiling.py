"""Validate the YAML records of published laws and store them as the one file that the runtime reads."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from curveshift.errors import CurveshiftError, unknown_name
from curveshift.records import load_yaml, write_compiled

from .catalogue import forms
from .library import COMPILED, DATA

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
Text = Annotated[str, Field(min_length=1)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CitationRecord(_Record):
    """Where a law is printed."""

    key: Name
    authors: Text
    title: Text
    year: int = Field(ge=1990, le=2100)
    url: Annotated[str, Field(pattern=r"^https://")]
    place: Text


class ParameterRecord(_Record):
    """A value as printed, with its standard error where there is one."""

    value: float
    standard_error: float | None = Field(None, gt=0)


class AllocationRecord(_Record):
    """N* = N_0 C^a and D* = D_0 C^b, as far as they are printed."""

    params_exponent: float = Field(gt=0, lt=1)
    tokens_exponent: float = Field(gt=0, lt=1)
    params_scale: float | None = Field(None, gt=0)
    tokens_scale: float | None = Field(None, gt=0)


class ConventionRecord(_Record):
    """What the numbers count."""

    params: Literal["total", "non_embedding", "active", "dense_base", "flop_per_token", "unstated", "none"]
    flop: Literal["6ND", "counted", "unstated", "none"]
    tokeniser: Text
    dataset: Text
    loss: Literal["nat/token", "nat/word", "bit/byte", "none"]


class LawRecord(_Record):
    """A published law."""

    id: Name
    title: Text
    form: Text
    citation: CitationRecord
    parameters: dict[str, ParameterRecord] = Field(default_factory=dict)
    allocation: AllocationRecord | None = None
    conventions: ConventionRecord
    range: dict[Literal["params", "tokens", "training_flop", "rl_compute", "year"], tuple[float, float]]
    grade: Literal["verified", "secondary", "unverified"]
    evidence: Text
    note: str = ""
    reviewed: date

    @model_validator(mode="after")
    def _is_coherent(self) -> LawRecord:
        if not self.parameters and self.allocation is None and not self.note:
            raise ValueError("a record needs parameters, an allocation, or a note on what is known")
        for what, (low, high) in self.range.items():
            if not 0.0 < low <= high:
                raise ValueError(f"range of {what}: {low:g} to {high:g} is not a positive range")
        known = forms()
        if self.form not in ("allocation", "other"):
            if self.form not in known:
                raise ValueError(str(unknown_name("form", self.form, [*known, "allocation", "other"])))
            law = known[self.form]
            names = [p.name for p in law.parameters]
            for name in self.parameters:
                if name not in names:
                    raise ValueError(str(unknown_name("parameter", name, names)))
            if len(self.parameters) == len(names):
                law(**{name: p.value for name, p in self.parameters.items()})
        if self.form == "allocation" and self.allocation is None:
            raise ValueError("the form allocation needs an allocation")
        return self


class LawFile(_Record):
    """One file of published laws."""

    laws: tuple[LawRecord, ...] = Field(min_length=1)


def compile_records(target: Path = COMPILED) -> str:
    """Validate every record and write the compiled file; return its SHA-256.

    Parameters
    ----------
    target : Path
        Where to write; the shipped file by default.

    Returns
    -------
    str

    Raises
    ------
    CurveshiftError
        For the first record that is wrong, with file, line and key path.
    """
    known = forms()
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(DATA.glob("*.yaml")):
        for record in load_yaml(path, LawFile).laws:
            if record.id in found:
                raise CurveshiftError(f"the law {record.id!r} is there twice", str(path))
            plain = record.model_dump(mode="json")
            # The unit of a parameter is stated once, by the form.
            units = {p.name: p.unit for p in known[record.form].parameters} if record.form in known else {}
            if record.conventions.loss != "none":
                units = {n: u.replace("nat/token", record.conventions.loss) for n, u in units.items()}
            for name, parameter in plain["parameters"].items():
                parameter["unit"] = units.get(name, "")
            found[record.id] = plain
    return write_compiled(target, {"laws": [found[name] for name in sorted(found)]})
