"""Specifications known only as intervals: how probable is each answer?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from curveshift.controls.answers import Ruling
from curveshift.controls.chips import BITS, ChipSpec

# Quantiles 5 % and 95 % of the normal distribution lie this many standard deviations apart.
WIDTH_OF_90 = 2 * 1.6448536269514722
POINTS = 256
PRIMES = (2, 3, 5, 7, 11, 13, 17, 19)
CORNER = 3.3
"""Standard deviations at which a corner stands for the whole range."""


def _placed(chip: ChipSpec, values: dict[str, float]) -> ChipSpec:
    # A drawn TPP replaces the rates, and drawn rates replace the TPP, so that they cannot contradict each other.
    dropped: dict[str, Any] = {}
    if "tpp" in values:
        dropped = dict.fromkeys(BITS)
    elif any(key in BITS for key in values):
        dropped = {"tpp": None}
    changed: dict[str, Any] = {**dropped, **values}
    return replace(chip, **changed, spread=())


def _value(low: float, high: float, deviations: float) -> float:
    middle, width = math.log(low * high) / 2, math.log(high / low) / WIDTH_OF_90
    return math.exp(middle + deviations * width)


def corners(chip: ChipSpec) -> Iterator[ChipSpec]:
    """The part with every uncertain specification far down or far up."""
    from itertools import product

    for signs in product((-CORNER, CORNER), repeat=len(chip.spread)):
        yield _placed(
            chip,
            {key: _value(low, high, d) for (key, low, high), d in zip(chip.spread, signs, strict=True)},
        )


def draws(chip: ChipSpec, points: int = POINTS) -> Iterator[ChipSpec]:
    """The part at evenly spread points of its uncertain specifications (Halton 1960), each lognormal."""
    from statistics import NormalDist

    normal = NormalDist()
    for k in range(points):
        values = {}
        for (key, low, high), prime in zip(chip.spread, PRIMES, strict=False):
            values[key] = _value(low, high, normal.inv_cdf(_van_der_corput(k + 1, prime)))
        yield _placed(chip, values)


def _van_der_corput(k: int, base: int) -> float:
    found, scale = 0.0, 1.0
    while k:
        k, digit = divmod(k, base)
        scale /= base
        found += digit * scale
    return found


def graded(chip: ChipSpec, rule: Callable[[ChipSpec], Ruling]) -> Ruling:
    """The most probable ruling on a part, with the probability of each answer.

    Parameters
    ----------
    chip : ChipSpec
        A part with or without a spread.
    rule : callable
        The ruling on one exact part.

    Returns
    -------
    Ruling
        That of the published specifications when it is the most probable one.
    """
    central = rule(replace(chip, spread=()))
    if not chip.spread or all(rule(c).answer == central.answer for c in corners(chip)):
        return central
    counts: dict[str, int] = {}
    examples: dict[str, Ruling] = {central.answer: central}
    for drawn in draws(chip):
        found = rule(drawn)
        counts[found.answer] = counts.get(found.answer, 0) + 1
        examples.setdefault(found.answer, found)
    if counts == {central.answer: POINTS}:
        return central
    order = sorted(counts, key=lambda answer: (-counts[answer], answer))
    shares = tuple((answer, counts[answer] / POINTS) for answer in order)
    best = examples[order[0]]
    # Undecided, or under a policy that is not settled: no share of the draws makes that certain.
    confidence = 0.0 if best.confidence == 0.0 else shares[0][1]
    return replace(best, confidence=confidence, likely=shares)
