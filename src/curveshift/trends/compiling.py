"""Validate the YAML records of costs and store them as the one file that the runtime reads."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from curveshift import facts
from curveshift.errors import unknown_name
from curveshift.records import check_unit, load_yaml, parse_value, write_compiled

from .cost_records import COMPILED, DATA
from .stitching_records import compile_stitching

Text = Annotated[str, Field(min_length=1)]


def _known(name: str, column: str, table: str) -> str:
    names = [row[column] for row in facts.rows(table)]
    if name not in names:
        raise ValueError(str(unknown_name(column, name, names)))
    return name


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NumberRecord(_Record):
    """One number with its reason."""

    name: Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+$")]
    value: float | str
    unit: Text
    support: Literal["positive", "share", "real"] = "positive"
    meaning: Text
    why: Text
    kind: Literal["measured", "fitted", "judgement"]
    source: tuple[Text, ...]
    known_since: date | None = None
    reviewed: date

    @model_validator(mode="after")
    def _is_coherent(self) -> NumberRecord:
        check_unit(self.unit)
        parse_value(self.value, self.support)
        if self.kind != "judgement" and not self.source:
            raise ValueError(f"{self.name}: only a judgement may stand without a source")
        return self

    def plain(self) -> dict[str, Any]:
        """As the runtime reads it."""
        stored = self.model_dump(mode="json", exclude={"name", "value", "support"}, exclude_none=True)
        return stored | {"distribution": parse_value(self.value, self.support).to_data()}


class ChipPriceRecord(_Record):
    """What a chip that is not sold would cost."""

    chip: Text
    usd_per_chip: float = Field(gt=0)
    why: Text
    source: Text

    @field_validator("chip")
    @classmethod
    def _chip(cls, name: str) -> str:
        return _known(name, "chip", "chips")


class ReportedRecord(_Record):
    """A run whose developer states its chip-hours."""

    model: Text
    chip_hours: float = Field(gt=0)
    usd_per_chip_hour: float = Field(gt=0)
    source: Text
    note: str = ""

    @field_validator("model")
    @classmethod
    def _model(cls, name: str) -> str:
        return _known(name, "model", "models")


class CostFile(_Record):
    """All of ``data/costs.yaml``."""

    numbers: tuple[NumberRecord, ...] = Field(min_length=1)
    chip_prices: tuple[ChipPriceRecord, ...]
    reported: tuple[ReportedRecord, ...]
    hardware: dict[str, str]
    same_silicon: dict[str, str]
    limited_for_export: tuple[str, ...]
    milestones: dict[str, tuple[str, ...]]

    @model_validator(mode="after")
    def _names_exist(self) -> CostFile:
        names = [number.name for number in self.numbers]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the number {name!r} is there twice")
        stand_ins = (*self.same_silicon, *self.same_silicon.values())
        for chip in (*self.hardware.values(), *stand_ins, *self.limited_for_export):
            _known(chip, "chip", "chips")
        for models in self.milestones.values():
            for model in models:
                _known(model, "model", "models")
        return self


class ShiftFile(_Record):
    """All of ``data/shift.yaml``."""

    numbers: tuple[NumberRecord, ...] = Field(min_length=1)
    milestones: tuple[Text, ...] = Field(min_length=1)
    budgets_usd: tuple[Annotated[float, Field(gt=0)], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_exist(self) -> ShiftFile:
        names = [number.name for number in self.numbers]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"a number is there twice: {', '.join(sorted(twice))}")
        for model in self.milestones:
            _known(model, "model", "models")
        return self


def compile_records(target: Path = COMPILED) -> str:
    """Validate every record and write the compiled files; return the SHA-256 of that of the costs.

    Parameters
    ----------
    target : Path
        Where to write the costs; the shipped file by default.

    Returns
    -------
    str

    Raises
    ------
    CurveshiftError
        For the first record that is wrong, with file, line and key path.
    """
    compile_stitching(target.with_name("stitching.json"))
    shift = load_yaml(DATA / "shift.yaml", ShiftFile)
    write_compiled(
        target.with_name("shift.json"),
        shift.model_dump(mode="json", exclude={"numbers"})
        | {"numbers": {n.name: n.plain() for n in shift.numbers}},
    )
    file = load_yaml(DATA / "costs.yaml", CostFile)
    plain = file.model_dump(mode="json", exclude={"numbers"})
    plain["chip_prices"] = {record["chip"]: record for record in plain["chip_prices"]}
    plain["reported"] = {record["model"]: record for record in plain["reported"]}
    return write_compiled(target, plain | {"numbers": {n.name: n.plain() for n in file.numbers}})
