"""Validate the settings and restated assumptions of backtests and store them as the one file that the runtime reads."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from curveshift import facts, scenario
from curveshift.errors import CurveshiftError, unknown_name
from curveshift.records import load_yaml, write_compiled

from .backtest_records import COMPILED, DATA

Text = Annotated[str, Field(min_length=1)]
Kind = Literal["measured", "fitted", "judgement"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PriceLevel(_Record):
    """A level of capability whose price is forecast."""

    benchmark: Text
    level: float = Field(gt=0, lt=1)
    name: Text
    source: Text

    @model_validator(mode="after")
    def _is_known(self) -> PriceLevel:
        known = [row["benchmark"] for row in facts.rows("benchmarks")]
        if self.benchmark not in known:
            raise ValueError(str(unknown_name("benchmark", self.benchmark, known)))
        return self


class SettingsFile(_Record):
    """All of ``backtest_settings.yaml``."""

    origins: tuple[date, ...] = Field(min_length=1)
    origins_why: Text
    horizons_months: tuple[int, ...] = Field(min_length=1)
    scored_until: date
    purchases_offset_chips: float = Field(gt=0)
    purchases_offset_why: Text
    fewest_quarters: int = Field(ge=3)
    most_quarters: int
    naive_why: Text
    price_levels: tuple[PriceLevel, ...]


class Cited(_Record):
    """A source with the day it was public."""

    cite: Text
    published: date


class RestatedValue(_Record):
    """What an assumption could have been set to on one day."""

    value: float | str | dict[str, Any]
    source: tuple[Cited, ...]
    kind: Kind | None = None


class RestatedRecord(_Record):
    """One assumption at every origin."""

    name: Text
    meaning: Text
    why: Text
    kind: Kind
    at: dict[date, RestatedValue]

    @model_validator(mode="after")
    def _is_of_its_time(self) -> RestatedRecord:
        for origin, told in self.at.items():
            if (told.kind or self.kind) != "judgement" and not told.source:
                raise ValueError(f"{self.name} at {origin}: only a judgement may stand without a source")
            for source in told.source:
                if source.published > origin:
                    raise ValueError(
                        f"{self.name} at {origin}: {source.cite!r} was published on {source.published}, later"
                    )
        return self


class WidenedRecord(_Record):
    """Assumptions that rest on later facts and keep their centre."""

    names: tuple[Text, ...] = Field(min_length=1)
    why: Text
    least: float | None = None


class PriorsFile(_Record):
    """All of ``backtest_priors.yaml``."""

    spread_factor: float = Field(gt=1)
    widened: tuple[WidenedRecord, ...]
    restated: tuple[RestatedRecord, ...]


def compile_records() -> str:
    """Validate the records, write the compiled file, and return its SHA-256.

    Raises
    ------
    CurveshiftError
        On the first record that is wrong, with file and line.
    """
    settings = load_yaml(DATA / "backtest_settings.yaml", SettingsFile)
    path = DATA / "backtest_priors.yaml"
    priors = load_yaml(path, PriorsFile)
    known = scenario.assumptions()
    widened = [name for record in priors.widened for name in record.names]
    restated = [record.name for record in priors.restated]
    for name in (*widened, *restated):
        if name not in known:
            raise unknown_name("assumption", name, known, str(path))
    twice = [name for name, n in Counter((*widened, *restated)).items() if n > 1]
    if twice:
        raise CurveshiftError(f"{twice[0]} is given twice", str(path))
    for record in priors.restated:
        if missing := [str(origin) for origin in settings.origins if origin not in record.at]:
            raise CurveshiftError(f"{record.name} has no value at {missing[0]}", str(path))
        for origin, told in record.at.items():
            try:
                known[record.name].with_value(told.value)
            except CurveshiftError as error:
                raise CurveshiftError(f"{record.name} at {origin}: {error.what}", str(path)) from None
    payload = {"settings": settings.model_dump(mode="json"), "priors": priors.model_dump(mode="json")}
    return write_compiled(COMPILED, payload)
