"""The pages beside the simulator: what they are sent. All of it is read, and none of it runs the model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from shlex import join
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import StringConstraints
from starlette.concurrency import run_in_threadpool

from curveshift.app import answers as described
from curveshift.errors import CurveshiftError

if TYPE_CHECKING:
    from curveshift.app.progress import Check
    from curveshift.claims import Findings


Definition = Literal["final_run_rental", "amortised", "whole_r_and_d"]
Against = Literal["us", "own"]
KnownBy = Literal["latest", "2024-06-30", "2025-01-29", "2025-06-30"]
Name = Annotated[str, Query(min_length=1, max_length=80)]
Day = Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Buyer = Annotated[str | None, Query(max_length=80)]
EndUser = Literal["civil", "entity-list", "entity-affiliate", "military", "supercomputer", "uae-approved"]
Specs = Annotated[
    list[Annotated[str, StringConstraints(max_length=60)]] | None,
    Query(max_length=12, description="KEY=VALUE, in place of a number of the chip, such as tpp=4500 to 5200"),
]
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

    constant: Callable[[Callable[[], Any]], Callable[[Request], Awaitable[Response]]]
    at_once: Callable[[Request, Any], Response]
    in_turn: Callable[[Request, str, Callable[[Check], Any]], Awaitable[Response]]


def add_to(api: APIRouter, ways: Ways) -> None:
    """Add what the further pages ask to an interface."""

    async def short(request: Request, what: str, work: Callable[[], Any], *, exact: bool) -> Response:
        # Numbers that are intervals take hundreds of rulings: those wait for the processors.
        if not exact:
            return await ways.in_turn(request, what, lambda check: work())
        return ways.at_once(request, await run_in_threadpool(work))

    @api.get(
        "/trend/{model}",
        summary="Is a model an expected point on the cost curve, step by step",
        response_model=described.Page,
        responses=described.IN_TURN,
    )
    async def trend(
        request: Request,
        model: Annotated[str, Path(max_length=80)],
        definition: Definition = "final_run_rental",
        against: Against = "us",
        known_by: KnownBy = "latest",
    ) -> Response:
        asked = model, definition, against, known_by
        return await ways.in_turn(request, f"trend {asked}", lambda check: tested(*asked))

    @api.get(
        "/classify",
        summary="Is a chip controlled to a place on a day, and why",
        response_model=described.Ruled,
        responses=described.IN_TURN,
    )
    async def classify(
        request: Request,
        chip: Name,
        to: Name,
        on: Day = None,
        buyer_headquarters: Buyer = None,
        end_user: EndUser = "civil",
        spec: Specs = None,
    ) -> Response:
        asked = chip, to, on, buyer_headquarters, end_user, tuple(spec or ())
        return await short(request, f"ruling {asked}", partial(ruled, *asked), exact=not spec)

    @api.get(
        "/timeline",
        summary="How the status of a chip for a destination changed",
        response_model=described.Eras,
        responses=described.IN_TURN,
    )
    async def timeline(
        request: Request,
        chip: Name,
        to: Name,
        buyer_headquarters: Buyer = None,
        end_user: EndUser = "civil",
        spec: Specs = None,
    ) -> Response:
        asked = chip, to, buyer_headquarters, end_user, tuple(spec or ())
        return await short(request, f"timeline {asked}", partial(over_time, *asked), exact=not spec)

    @api.get(
        "/chips/map",
        summary="What every chip needs on a day, and the thresholds in force",
        response_model=described.Page,
        responses=described.IN_TURN,
    )
    async def chip_map(
        request: Request,
        to: Name,
        on: Day = None,
        buyer_headquarters: Buyer = None,
        end_user: EndUser = "civil",
    ) -> Response:
        asked = to, on, buyer_headquarters, end_user
        return await ways.in_turn(request, f"map {asked}", lambda check: mapped(*asked))

    for content in (claims, backtests, limits, models, chips, sources):
        summary = (content.__doc__ or "").rstrip(".")
        api.get(
            f"/{content.__name__}",
            summary=summary,
            response_model=described.Page,
            responses=described.UNCHANGED,
        )(ways.constant(content))


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


@cache
def _verdicts() -> Findings | None:
    from curveshift import claims as room

    shipped = room.shipped()
    return None if shipped is None else shipped.findings


def warm() -> None:
    """Make what the pages open with, so that nobody waits for it."""
    _first()


def chips() -> dict[str, Any]:
    """Chips, places and buyers that can be asked about, and how the answers are drawn."""
    from curveshift.present.chip_reading import chips_page

    return chips_page()


def sources() -> dict[str, Any]:
    """Sources of every table, assumption, lever, policy and rule, and how to cite."""
    from curveshift.present.source_reading import sources_page

    return sources_page()


def part(chip: str, specs: Sequence[str]) -> str | dict[str, str]:
    """A chip by name, or with other numbers than its own.

    Examples
    --------
    >>> part("H20", ["tpp=4000"])
    {'like': 'H20', 'tpp': '4000'}
    """
    from curveshift.present.chip_reading import MINE, OWN

    if not specs:
        return chip
    given: dict[str, str] = {}
    for text in specs:
        key, sign, value = text.partition("=")
        if not sign or key not in OWN or key in given:
            raise CurveshiftError(f"write KEY=VALUE once for each of {', '.join(OWN)}, not {text!r}", "spec")
        given[key] = value.strip()
    return given if chip == MINE else {"like": chip, **given}


def ruled(
    chip: str, to: str, on: str | None, home: str | None, end_user: str, specs: Sequence[str]
) -> dict[str, Any]:
    """One ruling, as data and in words."""
    from curveshift import controls
    from curveshift.present.chip_reading import ruling_page

    found = controls.classify(part(chip, specs), to, on, buyer_headquarters=home, end_user=end_user)
    return {"ruling": found, "answer": found.answer, "page": ruling_page(found)}


def over_time(chip: str, to: str, home: str | None, end_user: str, specs: Sequence[str]) -> dict[str, Any]:
    """The status of one chip over time."""
    from curveshift import controls
    from curveshift.present.chip_reading import timeline_page

    found = controls.timeline(part(chip, specs), to, buyer_headquarters=home, end_user=end_user)
    return {"eras": found.rows(), "page": timeline_page(found)}


def mapped(to: str, on: str | None, buyer_headquarters: str | None, end_user: str) -> dict[str, Any]:
    """Every chip by what it needs for one buyer on one day."""
    from curveshift.controls import catalogue
    from curveshift.controls.questions import ruling_table
    from curveshift.present.chip_reading import map_page

    table = ruling_table(
        list(catalogue().values()), [to], [on], buyer_headquarters=buyer_headquarters, end_user=end_user
    )
    return map_page(table)
