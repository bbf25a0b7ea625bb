"""The pages beside the simulator: what they are sent. All of it is read, and none of it runs the model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from shlex import join
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

if TYPE_CHECKING:
    from curveshift.app.service import Check
    from curveshift.claims import Findings


Definition = Literal["final_run_rental", "amortised", "whole_r_and_d"]
Against = Literal["us", "own"]
KnownBy = Literal["latest", "2024-06-30", "2025-01-29", "2025-06-30"]
FIRST: Final = ("DeepSeek-V3", "final_run_rental", "us", "latest")
"""What the page of the cost curve opens with, in the order of `tested`."""


@dataclass(frozen=True)
class Ways:
    """How a content becomes an answer.

    Attributes
    ----------
    constant : callable
        From what makes a content to the handler of a request: made once, sent from then on.
    at_once : callable
        A request and its content, sent now.
    in_turn : callable
        A request, what it asks, and the work: done in the line of the model and kept.
    """

    constant: Callable[[Callable[[], Any]], Callable[[Request], Response]]
    at_once: Callable[[Request, Any], Response]
    in_turn: Callable[[Request, str, Callable[[Check], Any]], Awaitable[Response]]


def add_to(api: APIRouter, ways: Ways) -> None:
    """Add what the further pages ask to an interface."""

    @api.get("/trend/{model}", summary="Is a model an expected point on the cost curve, step by step")
    async def trend(
        request: Request,
        model: Annotated[str, Path(max_length=80)],
        definition: Definition = "final_run_rental",
        against: Against = "us",
        known_by: KnownBy = "latest",
    ) -> Response:
        asked = model, definition, against, known_by
        return await ways.in_turn(request, f"trend {asked}", lambda check: tested(*asked))

    for content in (claims, backtests, limits, models):
        summary = (content.__doc__ or "").rstrip(".")
        api.get(f"/{content.__name__}", summary=summary)(ways.constant(content))


def claims() -> dict[str, Any]:
    """The claims of the argument with their rules, and their verdicts and numbers where these are stored."""
    from curveshift import claims as room
    from curveshift.present.claim_reading import claims_page

    return claims_page(room.statements(), _verdicts())


def backtests() -> dict[str, Any]:
    """Forecasts from the past: coverage, skill, misses, figures."""
    from curveshift.decide.scored import stored_scores
    from curveshift.present.backtest_reading import backtests_page

    return backtests_page(stored_scores())


def limits() -> dict[str, Any]:
    """Parameters that the record says little about, and kinds of assumptions."""
    from curveshift.present.backtest_reading import limits_page

    return limits_page()


def models() -> dict[str, Any]:
    """Models that can be held against the cost curve, and the choices of the test."""
    from curveshift import trends
    from curveshift.present.trend_reading import models_page
    from curveshift.trends.posteriors import SHIPPED

    return models_page(trends.posterior(), tuple(SHIPPED))


def tested(model: str, definition: Definition, against: Against, known_by: KnownBy) -> dict[str, Any]:
    """The test of one model in numbers, words and drawings."""
    asked = model, definition, against, known_by
    return _first() if asked == FIRST else _tested(*asked)


@cache
def _first() -> dict[str, Any]:
    return _tested(*FIRST)


def _tested(model: str, definition: Definition, against: Against, known_by: KnownBy) -> dict[str, Any]:
    from curveshift import trends
    from curveshift.present.trend_reading import trend_page

    as_of = None if known_by == "latest" else known_by
    rivals = trends.essay_rivals() if model == trends.essay().model else None
    found = trends.on_trend(model, definition, against=against, rivals=rivals, as_of=as_of)
    words = ["curveshift", "trend", model]
    for option, value, usual in (("--definition", definition, FIRST[1]), ("--against", against, FIRST[2])):
        words += [option, value] if value != usual else []
    words += [] if as_of is None else ["--as-of", as_of]
    return trend_page(found, join(words), _verdicts())


def _verdicts() -> Findings | None:
    from curveshift import claims as room

    shipped = room.shipped()
    return None if shipped is None else shipped.findings


def warm() -> None:
    """Make what the pages open with, so that nobody waits for it."""
    _first()
