"""What each quantity is made from: steps of the model with their equations, assumptions and facts.

Written by hand, and held by tests: an assumption of a group that is not named upstream of a quantity does not move it,
and one of each that is named does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from curveshift.errors import unknown_name

SUPPLY: Final = "Supply (`curveshift.world.supply.step`)"
SYSTEMS: Final = "From chips to systems (`curveshift.world.systems.step`)"
TIES: Final = "Ties to the observed frontier (`curveshift.world.tying`)"
LEVELS: Final = "Levels, crossing, lag"
SCORES: Final = ("models", "benchmarks", "benchmark_scores")


@dataclass(frozen=True)
class Step:
    """One quantity of the model, and what it is made from.

    Attributes
    ----------
    name, meaning : str
    made_from : tuple of str
        Other steps.
    by : str
        The function that has the equation.
    section : str
        Heading of the model page.
    groups : tuple of str
        Groups of assumptions that enter here.
    tables : tuple of str
        Fact tables that enter here.
    band : str
        The band that holds it; empty for one that results do not keep.
    at : mapping of str to str
        Labels in the band other than the unit.
    """

    name: str
    meaning: str
    made_from: tuple[str, ...]
    by: str
    section: str
    groups: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    band: str = ""
    at: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


_STOCKS: Final = (
    Step(
        "output", "Chips made in the world, by class", ("purchases",), "curveshift.world.supply.step", SUPPLY,
        ("supply", "history"), ("chip_shipments", "chips"), "world_made",
    ),
    Step(
        "purchases", "What China buys, is denied and makes itself: each channel leaves the others less to fill",
        (), "curveshift.world.supply.step", SUPPLY, ("controls", "enforcement", "domestic"),
    ),
    Step(
        "legal", "China's chips by legal export", ("output", "purchases"), "curveshift.world.legal.orders", SUPPLY,
        (), ("chip_shipments", "chips"), "china_stock_by_channel", {"channel": "legal"},
    ),
    Step(
        "diverted", "China's chips by diversion", ("output", "purchases"), "curveshift.world.diversion.divert",
        SUPPLY, (), ("chips",), "china_stock_by_channel", {"channel": "diverted"},
    ),
    Step(
        "domestic", "China's chips of its own production", ("output", "purchases"),
        "curveshift.world.domestic.produce", SUPPLY, (), ("chip_shipments", "chips"),
        "china_stock_by_channel", {"channel": "domestic"},
    ),
    Step(
        "china_stock", "Installed base of China", ("legal", "diverted", "domestic"),
        "curveshift.world.supply.step", SUPPLY, band="china_stock",
    ),
    Step(
        "us_stock", "Installed base of the US and its allies", ("output", "purchases"),
        "curveshift.world.supply.step", SUPPLY, band="us_stock",
    ),
    Step(
        "share_owned", "China's share of the installed base of the world", ("china_stock", "us_stock"),
        "curveshift.world.supply.step", SUPPLY, band="china_share_owned",
    ),
    Step(
        "trade", "US vendors' sales to China, and fees on them", ("legal",), "curveshift.world.legal.orders",
        SUPPLY, band="us_revenue_usd",
    ),
    Step(
        "remote", "Foreign compute that Chinese developers rent", ("us_stock",), "curveshift.world.supply.step",
        SUPPLY, ("remote",), band="china_remote",
    ),
)  # fmt: skip

_SYSTEMS: Final = (
    Step(
        "us_capacity", "Training-effective compute in use by US developers", ("us_stock", "remote"),
        "curveshift.world.supply.step", SUPPLY, band="us_training_capacity",
    ),
    Step(
        "china_capacity", "Training-effective compute in use by Chinese developers", ("china_stock", "remote"),
        "curveshift.world.supply.step", SUPPLY, band="china_training_capacity",
    ),
    *(
        step
        for bloc, other, name in (("us", "china", "US"), ("china", "us", "China"))
        for step in (
            Step(
                f"{bloc}_run", f"Compute of the largest run, {name}; savings are spent on it again",
                (f"{bloc}_capacity", f"{bloc}_efficiency"), "curveshift.world.systems.run_flop", SYSTEMS,
                ("systems", "budgets"), band="log10_compute", at={"bloc": bloc},
            ),
            Step(
                f"{bloc}_efficiency", f"Algorithmic efficiency, {name}, by research on compute, with AI's help",
                (f"{bloc}_run", f"{bloc}_capability", f"{other}_efficiency"), "curveshift.world.systems.develop",
                SYSTEMS, ("efficiency", "feedback", "threshold"), SCORES, "log10_efficiency", {"bloc": bloc},
            ),
            Step(
                f"{bloc}_paradigm", f"Gain of new kinds of training, {name}", (f"{bloc}_run", f"{other}_paradigm"),
                "curveshift.world.systems.paradigm_log10_gain", SYSTEMS, ("paradigm",), SCORES,
                "log10_paradigm", {"bloc": bloc},
            ),
            Step(
                f"{bloc}_capability", f"Best effective compute so far, {name}, tied to what its models scored",
                (f"{bloc}_run", f"{bloc}_efficiency", f"{bloc}_paradigm", f"{other}_capability"),
                "curveshift.world.systems.reached", TIES, ("history",), SCORES, "capability", {"bloc": bloc},
            ),
        )
    ),
    Step(
        "lag", "Months since the US had what China has now", ("us_capability", "china_capability"),
        "curveshift.world.outcomes.lag_by_level", LEVELS, band="lag_months", at={"estimator": "level"},
    ),
    Step(
        "limits", "Which limit binds in each month: on chips, on power, or on money for the largest run",
        ("output", "purchases", "us_run", "china_run"), "curveshift.world.outcomes.summarise", SUPPLY,
    ),
    Step(
        "level", "The level that counts as crossing, read from the factual history", (),
        "curveshift.world.thresholds.levels", LEVELS,
        ("threshold", "efficiency", "paradigm", "systems", "history"), SCORES,
    ),
    Step(
        "crossing", "When each bloc first reaches the level", ("level", "us_capability", "china_capability"),
        "curveshift.world.outcomes.first_reach", LEVELS,
    ),
)  # fmt: skip

STEPS: Final[Mapping[str, Step]] = MappingProxyType({step.name: step for step in (*_STOCKS, *_SYSTEMS)})
"""Every step by name."""


def upstream(name: str) -> tuple[tuple[Step, int], ...]:
    """A step and all that it is made from, each once, on its shortest way; the parts of a step follow it.

    Returns
    -------
    tuple of (Step, int)
        With the number of steps from the one asked for.

    Raises
    ------
    CurveshiftError
        For an unknown name.

    Examples
    --------
    >>> [(step.name, depth) for step, depth in upstream("legal")]
    [('legal', 0), ('output', 1), ('purchases', 1)]
    """
    if name not in STEPS:
        raise unknown_name("step", name, STEPS)
    # Quantities depend on one another from month to month: each stands below the first that leads to it.
    parts: dict[str, list[str]] = {name: []}
    ahead = [name]
    for one in ahead:
        for part in STEPS[one].made_from:
            if part not in parts:
                parts[one].append(part)
                parts[part] = []
                ahead.append(part)

    def walk(one: str, depth: int) -> Iterator[tuple[Step, int]]:
        yield STEPS[one], depth
        for part in parts[one]:
            yield from walk(part, depth + 1)

    return tuple(walk(name, 0))


def groups_of(name: str) -> frozenset[str]:
    """Groups of assumptions that can move a quantity.

    Examples
    --------
    >>> sorted(groups_of("china_stock"))
    ['controls', 'domestic', 'enforcement', 'history', 'supply']
    """
    return frozenset(group for step, _ in upstream(name) for group in step.groups)


def tables_of(name: str) -> tuple[str, ...]:
    """Fact tables behind a quantity, in alphabetical order."""
    return tuple(sorted({table for step, _ in upstream(name) for table in step.tables}))
