"""The pages beside the simulator: what they are sent. All of it is read, and none of it runs the model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

if TYPE_CHECKING:
    from curveshift.app.service import Check


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
    for content in (claims, backtests, limits):
        summary = (content.__doc__ or "").rstrip(".")
        api.get(f"/{content.__name__}", summary=summary)(ways.constant(content))


def claims() -> dict[str, Any]:
    """The claims of the argument with their rules, and their verdicts and numbers where these are stored."""
    from curveshift import claims as room
    from curveshift.present.claim_reading import claims_page

    shipped = getattr(room, "shipped", lambda: None)
    return claims_page(room.statements(), shipped())


def backtests() -> dict[str, Any]:
    """Forecasts from the past: coverage, skill, misses, figures."""
    from curveshift.decide.scored import stored_scores
    from curveshift.present.backtest_reading import backtests_page

    return backtests_page(stored_scores())


def limits() -> dict[str, Any]:
    """Parameters that the record says little about, and kinds of assumptions."""
    from curveshift.present.backtest_reading import limits_page

    return limits_page()
