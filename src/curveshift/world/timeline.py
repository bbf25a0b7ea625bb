"""The record of which part stands for what; validated and compiled like every other record."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from curveshift.records import load_yaml, write_compiled

DATA: Final = Path(__file__).parent / "data"

# Decimal years that the names of assumptions speak of: 2024 is the middle of that year for prices and its start for
# systems; the whole simulation starts with 2022.
START_2022: Final = 2022.0
START_2024: Final = 2024.0
MID_2024: Final = 2024.5
MID_2025: Final = 2025.5
START_2026: Final = 2026.0
MID_2026: Final = 2026.5


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PartFrom(_Strict):
    """A part that counts from a date on."""

    chip: str
    start: dt.date = Field(alias="from")
    source: str


class Timeline(_Strict):
    """All of ``data/timeline.yaml``."""

    flagships: tuple[PartFrom, ...] = Field(min_length=1)
    flagship_generation_months: int = Field(gt=0)
    lines: dict[str, PartFrom]
    h20_as_licensed_line: PartFrom
    uncut_share: float = Field(gt=0, le=1)
    class_specification: dict[str, str]
    same_die_as: dict[str, str]


def compile_records() -> str:
    """Validate the timeline, write the compiled file, and return its SHA-256."""
    timeline = load_yaml(DATA / "timeline.yaml", Timeline)
    return write_compiled(DATA / "timeline.json", timeline.model_dump(mode="json", by_alias=True))
