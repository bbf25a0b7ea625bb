"""Targets: what a visitor of the page sends."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from curveshift.app.asking import Question
from curveshift.app.embedding import asks_to_embed
from curveshift.app.sending import StrictRequest
from curveshift.app.snippets import snippets
from curveshift.errors import CurveshiftError

from .dice import Dice, changed, changed_text
from .judging import hold
from .words import sound

_QUESTION: dict[str, Any] = {
    "policies": [
        {"base": "status-quo"},
        {
            "base": "january-2026", "stance": "open", "levers": {"enforcement.effort": 2},
            "thresholds": {"bis-2026-01.case_by_case.tpp_below": 30000}, "name": "Mine",
        },
    ],
    "assumptions": {"diversion.chips_2024": "10k to 300k", "supply.output_elasticity": 0.5},
    "view": "hawk", "draws": 64, "seed": 1, "feedback": "off", "unit": "h100e_16bit", "window_months": 12,
}  # fmt: skip
_MARKS = (
    "{",
    "}",
    "[",
    "]",
    '"',
    ":",
    ",",
    "NaN",
    "Infinity",
    "1e999",
    "-0",
    "\\u0000",
    "\\ud800",
    "null",
    "[[[[",
)


def bodies(data: bytes) -> None:
    """The body of a question: JSON, its form, and the scenario that it declares."""
    dice = Dice(data)
    tree, stray = changed(_QUESTION, dice)
    body = json.dumps(tree, default=str)
    if dice.chance(3):
        body, stray = changed_text(body, dice, _MARKS), False
    raw = dice.rest() if dice.chance(16) else body.encode("utf-8", "replace")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    request = StrictRequest({"type": "http", "method": "POST", "headers": []}, receive)
    try:
        content = asyncio.run(request.json())
        question = Question.model_validate(content)
    except (json.JSONDecodeError, ValidationError, RequestValidationError) as error:
        # The server answers these with their own words.
        raise CurveshiftError(str(error).splitlines()[0][:500]) from None
    declared = question.scenario()
    hold(not stray, "a stray key was taken", tree)
    hold(1 <= len(declared.policies) <= 4 and declared.draws in (64, 256, 2048), "another question", tree)
    for name in question.assumptions:
        sound(declared.assumptions[name].distribution)
    names = [p.name for p in declared.policies]
    hold(len(set(names)) == len(names), "two policies of one name", names)
    code = snippets(question)
    compile(code["python"], "snippet", "exec")
    hold(
        declared.hash() == Question.model_validate(content).scenario().hash(),
        "another scenario when asked again",
    )


def queries(data: bytes) -> None:
    """The part of an address that asks for the page without its frame."""
    dice = Dice(data)
    found = asks_to_embed(dice.pick(("/", "/chips")), dice.rest())
    hold(isinstance(found, bool), "neither yes nor no", found)
