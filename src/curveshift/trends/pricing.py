"""What a level on a benchmark costs per token, by date, and how fast that falls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from curveshift import facts
from curveshift.errors import CurveshiftError, unknown_name
from curveshift.facts.reading import as_date

from .cost_records import number, records
from .lines import Line, Rate, years

Price = Literal["blend", "input", "output"]
Reasoning = Literal["all", "without", "per_answer"]
PRICES: Final = ("blend", "input", "output")
REASONING: Final = ("all", "without", "per_answer")


@dataclass(frozen=True)
class PriceStep:
    """A day on which the level could be had for less than ever before.

    Parameters
    ----------
    day : date
    usd_per_mtok : float
    model, source : str
        The model that reached the level at that price, and who states the price.
    score : float
        Of that model, share.
    """

    day: date
    usd_per_mtok: float
    model: str
    score: float
    source: str


@dataclass(frozen=True)
class Decline:
    """How fast the price of a level fell.

    Parameters
    ----------
    benchmark : str
    level : float
        Share of the questions.
    rate : Rate
        How many times less a year.
    steps : tuple of PriceStep
    price, reasoning : str
    held_until : date or None
        Where the last price was held to the end of the record, its end.
    """

    benchmark: str
    level: float
    rate: Rate
    steps: tuple[PriceStep, ...]
    price: str
    reasoning: str
    held_until: date | None

    @property
    def fall(self) -> float:
        """First price over last."""
        return self.steps[0].usd_per_mtok / self.steps[-1].usd_per_mtok


def milestones(benchmark: str, *, as_of: date | str | None = None) -> dict[str, float]:
    """Scores of models that name a level, such as GPT-4: those that were scored on the benchmark.

    Examples
    --------
    >>> milestones("MMLU")["GPT-4"]
    0.864
    """
    scores = _scores(benchmark, as_of)
    found = {}
    for name, models in records()["milestones"].items():
        for model in models:
            if model in scores:
                found[name] = scores[model]
                break
    return found


def price_at_level(
    benchmark: str,
    level: float | str,
    *,
    price: Price = "blend",
    reasoning: Reasoning = "all",
    promotions: bool = False,
    as_of: date | str | None = None,
) -> tuple[PriceStep, ...]:
    """Every day on which a level on a benchmark could be had for less per token than before.

    The price of a model counts from the day it held, also when the benchmark is younger. Only what developers
    ask for their own models counts, so the true price of models with open weights may be lower. A low stays
    when its price is raised or its model withdrawn later.

    Parameters
    ----------
    benchmark : str
        A benchmark of ``facts.benchmarks()``.
    level : float or str
        Share of the questions, above chance and below the ceiling, or a milestone such as ``"GPT-4"``.
    price : {"blend", "input", "output"}
        Blend of three input tokens and one output token, or one of the two.
    reasoning : {"all", "without", "per_answer"}
        All models alike; none that reason; or output of models that reason multiplied by how many times more of
        it they spend on a question. The last is not a price of a task either: it is one ratio for all.
    promotions : bool
        Whether prices announced as temporary count.
    as_of : date or str, optional
        Scores and prices known by that day.

    Returns
    -------
    tuple of PriceStep
        In order of day; empty where no model with a price reaches the level.

    Raises
    ------
    CurveshiftError
        For an unknown benchmark or option, a level in per cent, at or below chance, or at the ceiling.

    Examples
    --------
    >>> first = price_at_level("GPQA diamond", "GPT-4")[0]
    >>> first.model, first.usd_per_mtok
    ('GPT-4 (Mar 2023)', 37.5)
    """
    for given, known, name in ((price, PRICES, "price"), (reasoning, REASONING, "reasoning")):
        if given not in known:
            raise unknown_name(name, str(given), known, name)
    wanted = _level(benchmark, level, as_of)
    scores = _scores(benchmark, as_of)
    thinks = {row["model"]: row["reasoning"] for row in facts.rows("models")}
    offers = []
    for row in facts.rows("api_prices", as_of=as_of):
        score = scores.get(row["model"])
        if score is None or score < wanted or (row["promotional"] and not promotions):
            continue
        if reasoning == "without" and thinks[row["model"]] != "no":
            continue
        usd = _usd(row, price, reasoning == "per_answer" and thinks[row["model"]] != "no")
        offers.append(PriceStep(row["valid_from"], usd, row["model"], score, row["source"]))
    steps: list[PriceStep] = []
    for offer in sorted(offers, key=lambda o: (o.day, o.usd_per_mtok, o.model)):
        if not steps or offer.usd_per_mtok < steps[-1].usd_per_mtok:
            steps.append(offer)
    return tuple(steps)


def _usd(row: dict[str, Any], price: str, thinks: bool) -> float:
    paid, made = row["input_usd_per_mtok"], row["output_usd_per_mtok"]
    if thinks:
        made *= number("price.reasoning_tokens").central
    if price == "blend":
        share = number("price.input_share").central
        return float(share * paid + (1.0 - share) * made)
    return float(paid if price == "input" else made)


def decline(
    benchmark: str,
    level: float | str,
    *,
    price: Price = "blend",
    reasoning: Reasoning = "all",
    promotions: bool = False,
    start: date | str | None = None,
    until: date | str | None = None,
    hold: bool = False,
    as_of: date | str | None = None,
    confidence: float = 0.9,
) -> Decline:
    """How many times cheaper a level on a benchmark gets each year.

    A line through the logarithms of the new lows, with Student's t on its slope: with four to nine points, a
    bootstrap of residuals would draw from fewer values than the interval needs, and comes out too narrow. The lows
    are not independent of each other, so even this interval is a lower bound on what is not known.

    Parameters
    ----------
    benchmark, level, price, reasoning, promotions, as_of
        As in `price_at_level`.
    start, until : date or str, optional
        Only lows from and up to these days count.
    hold : bool
        Add the last price once more at the end (`until`, `as_of`, or the last price in the table). It is an upper
        bound there: cheaper models may no longer have been scored on the benchmark.
    confidence : float
        Of the interval.

    Returns
    -------
    Decline

    Raises
    ------
    CurveshiftError
        As `price_at_level`; and for fewer than four lows, or lows within less than half a year.

    Examples
    --------
    >>> decline("GPQA diamond", "GPT-4").rate.points
    7
    """
    steps = price_at_level(
        benchmark, level, price=price, reasoning=reasoning, promotions=promotions, as_of=as_of
    )
    first = date.min if start is None else as_date(start)
    last = date.max if until is None else as_date(until)
    inside = tuple(step for step in steps if first <= step.day <= last)
    least = int(number("price.least_steps").central)
    wanted = _level(benchmark, level, as_of)
    if len(inside) < least:
        raise CurveshiftError(
            f"{len(inside)} new lows of the price of {wanted:.3g} on {benchmark} are in the window, {least} are needed:"
            " take a lower level, a longer window, or another benchmark",
            "decline",
        )
    days = (inside[-1].day - inside[0].day).days
    shortest = number("price.least_days").central
    if days < shortest and not hold:
        raise CurveshiftError(
            f"the new lows of the price of {wanted:.3g} on {benchmark} span {days} days, {shortest:g} are needed: a"
            " rate per year would multiply single cuts",
            "decline",
        )
    x = [years(step.day) for step in inside]
    y = [math.log10(step.usd_per_mtok) for step in inside]
    ends = inside[-1].day
    if hold:
        ends = max(ends, _end(until, as_of))
        x, y = [*x, years(ends)], [*y, y[-1]]
    rate = Line.fit(x, y).rate(inside[0].day, ends, level=confidence, falling=True)
    return Decline(benchmark, wanted, rate, inside, price, reasoning, ends if hold else None)


def _end(until: date | str | None, as_of: date | str | None) -> date:
    days = [as_date(day) for day in (until, as_of) if day is not None]
    latest: date = max(row["valid_from"] for row in facts.rows("api_prices", as_of=as_of))
    return min([*days, latest])


def declines(
    benchmarks: Sequence[str] | None = None, *, as_of: date | str | None = None, price: Price = "blend"
) -> tuple[tuple[Decline, ...], tuple[tuple[str, str, str], ...]]:
    """Rates at the milestones of several benchmarks, and those that were refused with the reason.

    Parameters
    ----------
    benchmarks : sequence of str, optional
        All of ``facts.benchmarks()`` by default.

    Returns
    -------
    tuple of Decline
    tuple of (benchmark, milestone, reason)
    """
    names = [row["benchmark"] for row in facts.rows("benchmarks", as_of=as_of)]
    done: list[Decline] = []
    refused: list[tuple[str, str, str]] = []
    for benchmark in names if benchmarks is None else benchmarks:
        for name in milestones(benchmark, as_of=as_of):
            try:
                done.append(decline(benchmark, name, price=price, as_of=as_of))
            except CurveshiftError as error:
                refused.append((benchmark, name, error.what))
    return tuple(done), tuple(refused)


def _scores(benchmark: str, as_of: date | str | None) -> dict[str, float]:
    names = [row["benchmark"] for row in facts.rows("benchmarks")]
    if benchmark not in names:
        raise unknown_name("benchmark", benchmark, names, "benchmark")
    best: dict[str, float] = {}
    for row in facts.rows("benchmark_scores", as_of=as_of):
        if row["benchmark"] == benchmark:
            best[row["model"]] = max(row["score"], best.get(row["model"], 0.0))
    return best


def _level(benchmark: str, level: float | str, as_of: date | str | None) -> float:
    if isinstance(level, str):
        known = milestones(benchmark, as_of=as_of)
        if level not in known:
            raise unknown_name(f"milestone on {benchmark}", level, known, "level")
        level = known[level]
    _scores(benchmark, as_of)
    row = next(r for r in facts.rows("benchmarks") if r["benchmark"] == benchmark)
    floor = row["chance_level"] or 0.0
    ceiling = 1.0 if row["score_ceiling"] is None else row["score_ceiling"]
    if not isinstance(level, (int, float)) or not 0.0 <= level <= 1.0:
        raise CurveshiftError(f"{level!r} is not a share of the questions: write 0.5 for 50 %", "level")
    if level <= floor:
        raise CurveshiftError(
            f"{level:g} on {benchmark} is reached by chance ({floor:g}): take a higher one", "level"
        )
    top = floor + number("price.ceiling_share").central * (ceiling - floor)
    if level > top:
        raise CurveshiftError(
            f"{level:g} on {benchmark} is at its ceiling, where differences are noise: at most {top:.3g}",
            "level",
        )
    return float(level)
