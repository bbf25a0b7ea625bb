"""What comes back, described for the OpenAPI document; the answers themselves are made elsewhere and only packed.

A number that is infinite or undefined is null. More keys may come within version 1, none goes.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Number: TypeAlias = float | None
Row: TypeAlias = list[Number]
WithError: TypeAlias = tuple[Number, Number]
"""A probability or mean and its Monte Carlo error."""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="allow")


class Wrong(_Answer):
    """What was wrong with a question."""

    what: str = Field(description="One sentence.")
    where: str | None = Field(description="Key, parameter or record that it is about.")


class Error(_Answer):
    """Every answer that is not one."""

    error: Wrong


class Meta(_Answer):
    """What a result rests on."""

    curveshift: str
    policies: list[str]
    draws: int
    replicates: int
    seed: int
    as_of: str
    end: str
    feedback: str
    tied: bool
    changes: list[str]
    scenario_sha256: str
    facts_sha256: str
    frontier_sha256: str
    notes: list[str]


class Shares(_Answer):
    """Rows by window, a column for each world."""

    shares: list[Row]
    errors: list[Row]


class Worlds(_Answer):
    """Probability of each named world."""

    names: list[str]
    thresholds: dict[str, Shares]


class Mark(_Answer):
    """Decimal year in which China's installed base passes a mark: 10th, 50th and 90th percentile."""

    h100e_16bit: float
    low: Number
    median: Number
    high: Number


class PolicyResult(_Answer):
    """One policy."""

    name: str
    title: str
    meaning: str
    kind: str
    base: str
    bands: dict[str, list[Row]] = Field(
        description="By quantity: a row for each quantile, a column for each quarter."
    )
    channels: dict[str, Row] = Field(
        description="China's median share of world compute by quarter, split by channel."
    )
    paths: dict[str, list[Row]] = Field(
        description="By quantity: the first draws, a column for each quarter."
    )
    worlds: Worlds
    crossed_by_as_of: dict[str, Number] = Field(
        description="Share of draws that the worlds leave out, by threshold."
    )
    marks: list[Mark]
    failed_draws: int


class Simulated(_Answer):
    """Bands, paths, worlds and words."""

    meta: Meta
    quarters: list[str] = Field(description="Last day of each quarter.")
    quantiles: list[float]
    windows: list[int] = Field(description="Windows of the worlds, in months.")
    unit: str = Field(description="Unit of the stocks.")
    policies: list[PolicyResult]
    words: dict[str, Any] = Field(description="Headline, a sentence for each policy, and titles of figures.")
    sources: str = Field(description="Markdown list.")
    key: str = Field(description="SHA-256 of everything that decides the answer.")
    reproduce: dict[str, str] = Field(description="The same numbers in Python and on the command line.")


class Difference(_Answer):
    """A policy less the base, draw by draw; the interval holds 90 %."""

    quantity: str
    unit: str
    when: str
    here: Number
    there: Number
    low: Number
    median: Number
    high: Number
    above: WithError
    below: WithError
    defined: Number


class WorldDifference(_Answer):
    """Probability of a world under both policies."""

    threshold: str
    world: str
    here: WithError
    there: WithError
    difference: WithError


class ComparedPolicy(_Answer):
    """One policy beside the base."""

    name: str
    lag_months: list[Row] = Field(
        description="Difference of the lag: a row for each quantile, a column for each quarter."
    )
    differences: list[Difference]
    worlds: list[WorldDifference]
    sentence: str


class Compared(_Answer):
    """Each other policy beside the first."""

    base: str
    window_months: int
    policies: list[ComparedPolicy]


class Driver(_Answer):
    """The mean lag in an assumption's lowest and highest fifth of draws."""

    name: str
    unit: str
    low_value: Number
    high_value: Number
    low: Number
    high: Number
    error: Number
    beyond_chance: bool


class Driven(_Answer):
    """The assumptions that move the lag most."""

    policy: str
    mean: Number
    by_chance: Number
    left_out: int
    sentence: str
    drivers: list[Driver]


class Ruled(_Answer):
    """What the export rules say of a chip."""

    ruling: dict[str, Any]
    answer: str


class Eras(_Answer):
    """How a status changed."""

    eras: list[dict[str, Any]]


class Page(_Answer):
    """What one of the further pages shows: sentences, numbers and drawings under names of their own."""


class Progress(_Answer):
    """How far a question is."""

    share: Number = Field(description="From 0 to 1; null while it waits, and when nobody asked it.")


class Views(_Answer):
    """World views."""

    views: list[dict[str, Any]]


class Policies(_Answer):
    """Shipped policies and ready comparisons."""

    policies: list[dict[str, Any]]
    comparisons: list[dict[str, Any]]


class Levers(_Answer):
    """What a policy can set."""

    levers: list[dict[str, Any]]
    thresholds: list[dict[str, Any]]
    stances: dict[str, str]


class Assumptions(_Answer):
    """Every uncertain number."""

    assumptions: list[dict[str, Any]]


class Figures(_Answer):
    """Vega-Lite specifications by name."""

    figures: dict[str, dict[str, Any]]


class About(_Answer):
    """Versions and limits."""

    version: str
    facts_sha256: str
    as_of: str
    units: dict[str, str]
    windows: list[int]
    not_modelled: list[str]
    limits: dict[str, float]


UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "What the visitor has, by its ETag, still holds."}
}
WRONG: dict[int | str, dict[str, Any]] = {
    422: {"model": Error, "description": "The question is wrong: what, and where."},
}
IN_TURN: dict[int | str, dict[str, Any]] = {
    **UNCHANGED,
    **WRONG,
    429: {
        "model": Error,
        "description": "Too many questions wait: ask again after the seconds in Retry-After.",
    },
    503: {"model": Error, "description": "The answer took too long and was stopped."},
}
ASKED: dict[int | str, dict[str, Any]] = {
    **IN_TURN,
    408: {"model": Error, "description": "The body did not arrive in time."},
    413: {"model": Error, "description": "The body is too large."},
}
"""Answers to a question that runs the model, beside the good one."""

EXAMPLES: dict[str, dict[str, Any]] = {
    "sales": {
        "summary": "Sales to China go ahead, with Beijing letting firms buy or stopping them",
        "value": {
            "policies": [
                {"base": "january-2026", "stance": "open"},
                {"base": "january-2026", "stance": "blocked"},
            ],
            "draws": 64,
        },
    },
    "own": {
        "summary": "A lever and an assumption of one's own",
        "value": {
            "policies": [{"base": "status-quo"}, {"base": "airtight", "levers": {"enforcement.effort": 2}}],
            "assumptions": {"diversion.chips_2024": "10k to 300k"},
            "draws": 64,
        },
    },
}
