"""The priors and fixed choices of the joint model, as the runtime reads them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from curveshift.records import read_compiled

DATA: Final = Path(__file__).with_name("data")
COMPILED: Final = DATA / "stitching.json"


@dataclass(frozen=True)
class Prior:
    """One prior: a family (normal, half_normal, log_normal, beta), its numbers, and why."""

    family: str
    numbers: tuple[float, ...]
    unit: str
    meaning: str
    why: str
    kind: str


@dataclass(frozen=True)
class Settings:
    """Fixed choices of the model; years are decimal.

    `frontier_scores` is the fewest scores with which a model may lead: the best of many uncertain draws is biased
    upwards. `frontier_months` is how far to either side the trend through releases looks.
    """

    reference_log10_flop: float
    reference_year: float
    gain_year: float
    tail_degrees: float
    small_params: float
    small_words: tuple[str, ...]
    undisclosed_since: float
    fewest_models: int
    unknown_items: int
    frontier_scores: int
    frontier_months: int


@cache
def priors() -> dict[str, Prior]:
    """Every prior of the joint model by name.

    Examples
    --------
    >>> priors()["efficiency"].numbers
    (0.5, 0.5)
    """
    return {
        name: Prior(**{**data, "numbers": tuple(data["numbers"])})
        for name, data in read_compiled(COMPILED)["priors"].items()
    }


@cache
def settings() -> Settings:
    """The fixed choices of the joint model."""
    data = read_compiled(COMPILED)["settings"]
    return Settings(**{**data, "small_words": tuple(data["small_words"])})
