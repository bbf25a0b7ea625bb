"""Targets: chips by name or specification with a day and a destination, and models given to the on-trend test."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from curveshift import trends
from curveshift.commands.ruling import as_part
from curveshift.commands.trending import _own
from curveshift.controls import classify
from curveshift.controls.chips import NUMBERS
from curveshift.controls.deals import END_USERS
from curveshift.controls.questions import read_part, ruling_table
from curveshift.trends.candidates import Candidate, describe, usable

from .dice import Dice, changed, changed_text
from .judging import finite, hold

_EXPLAINED_ONE_IN = 256
"""A full answer tries what would change it, which takes a hundred times as long as reading the question."""

_SPECS: dict[str, Any] = {
    "tpp": "4500 to 5200", "die_area_mm2": 814, "memory_bandwidth_gbs": "4,000", "memory_gb": 96, "datacenter": "yes",
    "nonplanar": True, "interconnect_gbs": [600, 900], "maker": "NVIDIA",
}  # fmt: skip


def chips(data: bytes) -> None:
    """A chip in words or numbers, where it goes and when."""
    dice = Dice(data)
    name = changed_text(dice.pick(("H20", "nvidia h100", "HBM3 stack", "mine", "A800")), dice)
    specs, _ = changed(_SPECS, dice)
    match dice.below(4):
        case 0:
            chip: Any = name
        case 1:
            like = dice.pick(("H20", name, "H20", name, 1, ["H20"]))
            chip = {"like": like, **specs} if isinstance(specs, dict) else specs
        case 2:
            chip = specs
        case _:
            pairs = [
                changed_text(f"{key}={value}", dice)
                for key, value in list(_SPECS.items())[: 1 + dice.below(4)]
            ]
            chip = as_part(name, pairs)
    to = dice.pick(("CN", "China", "any", "Macau", "UAE"))
    day: Any = "2026-01-20"
    if dice.chance(3):
        to = changed_text(to, dice)
    if dice.chance(3):
        day = changed_text(day, dice)
    others: dict[str, Any] = {
        "buyer_headquarters": dice.pick((None, "CN", "SG")),
        "end_user": dice.pick((*END_USERS, "civil", "nobody")),
        "transaction": dice.pick(("export", "reexport", "transfer", "gift")),
    }
    spec = read_part(chip)
    for field in NUMBERS:
        value = getattr(spec, field)
        hold(value is None or (math.isfinite(value) and value >= 0), "a specification", field, value)
    hold(all(0 < low < high for _, low, high in spec.spread), "a spread without width", spec.spread)
    if dice.chance(_EXPLAINED_ONE_IN):
        found = classify(chip, to, day, **others)
        hold(abs(sum(p for _, p in found.likely) - 1) < 1e-6 or not found.likely, "odds", found.likely)
    else:
        ruling_table([chip], [to], [day], **others)


@cache
def _posterior() -> trends.Posterior:
    """A few of the shipped draws: enough to read a question, and quick."""
    whole = trends.posterior()
    return whole.take(np.arange(0, len(whole), max(1, len(whole) // 8))[:8])


_OWN: dict[str, Any] = {
    "name": "mine", "released": "2025-06-01", "bloc": "us", "scores": {"GPQA diamond": 0.6, "MMLU": 0.85},
    "reasoning": True, "distilled": False, "index": 140.0, "training_flop": 3e24, "training_usd": 5e6,
}  # fmt: skip
_TREND_ONE_IN = 64


def candidates(data: bytes) -> None:
    """A model of the user's own, and where it stands on the curve."""
    dice = Dice(data)
    if dice.chance(3):
        score = [changed_text(dice.pick(("GPQA diamond=0.6", "MMLU=0.85")), dice) for _ in range(2)]
        released = changed_text("2025-06-01", dice)
        own = _own(
            "mine", released, dice.pick(("us", "china", "eu")), score, None, dice.number(), None, False, False
        )
    else:
        given, _ = changed(_OWN, dice)
        if (
            not isinstance(given, dict)
            or not set(given) <= set(_OWN)
            or not {"name", "released"} <= set(given)
        ):
            return
        own = Candidate(**given)
    finite(describe(own), "a number of the model")
    if own.scores:
        scores, remarks = usable(own, _posterior())
        hold(bool(np.all((scores.score > 0) & (scores.score < 1))), "a share", scores.score.tolist())
        hold(all(remarks), "an empty remark")
    if dice.chance(_TREND_ONE_IN):
        found = trends.on_trend(own, draws=_posterior(), rivals=())
        finite(found.expected_log10_usd.tolist(), "an expected cost")
        finite(found.capability.tolist(), "a capability")
