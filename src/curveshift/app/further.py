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
    for path, content, summary in (
        (
            "/claims",
            claims,
            "The claims of the argument: rules, verdicts at the shipped assumptions, numbers",
        ),
    ):
        api.get(path, summary=summary)(ways.constant(content))


def claims() -> dict[str, Any]:
    """Every claim with its rule, and its verdict where one is stored."""
    from curveshift import claims as room
    from curveshift.present.claim_reading import claims_page

    shipped = getattr(room, "shipped", lambda: None)
    return claims_page(room.statements(), shipped())
