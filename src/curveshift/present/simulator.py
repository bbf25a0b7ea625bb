"""What the simulator says in words: its headline, the titles of its figures, and the sentence on a difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from . import words
from .compute_figures import UNIT_SHORT
from .headline import estimate, main_threshold
from .reading import Interval

if TYPE_CHECKING:
    from curveshift.decide import Estimate
    from curveshift.world.ensemble import Ensemble

DAY: Final = "2028-12-31"
YEAR: Final = 2028

READ: Final = (
    "Bands are uncertainty, not a range of choices: if the assumptions are right, the truth lies in the 80 % band with "
    "probability 0.8. Thin lines are single draws, each one way it could go. What is wrong with the assumptions is in no "
    "band."
)


@dataclass(frozen=True)
class PolicyNumbers:
    """What the sentences need of one policy, at the end of 2028.

    Attributes
    ----------
    name, kind : str
    lag_months, china_stock, share_used : Interval
        Medians with 80 % intervals; the stock in the unit that was asked for.
    world : tuple of (str, Estimate, str) or None
        The likeliest world, its probability and the threshold; None when every draw had crossed it before.
    """

    name: str
    kind: str
    lag_months: Interval
    china_stock: Interval
    share_used: Interval
    world: tuple[str, Estimate, str] | None


def likeliest(ensemble: Ensemble, policy: str, window_months: int) -> tuple[str, Estimate, str] | None:
    """The likeliest world of a policy at the main threshold, with its probability and the threshold's name."""
    from curveshift.decide import worlds

    names = [str(name) for name in ensemble.draws["threshold"].values]
    threshold = main_threshold(names)
    (found,) = worlds(ensemble, window_months, threshold=threshold, policy=policy)
    known = {name: share for name, share in found.shares.items() if share.value == share.value}
    if not known:
        return None
    name = max(known, key=lambda world: known[world].value)
    return name, known[name], threshold


def words_of(policies: Sequence[PolicyNumbers], unit: str, window_months: int) -> dict[str, Any]:
    """The headline, a sentence for each policy, and the titles of the figures.

    Parameters
    ----------
    policies : sequence of PolicyNumbers
        The baseline first.
    unit : str
        Unit of the stocks.
    window_months : int
        Window of the worlds.

    Returns
    -------
    dict
        ``headline``, ``read``, ``policies`` (a sentence each) and ``titles`` (by figure).
    """
    first = policies[0]
    parts = [f"{words.months(p.lag_months.median)} under {p.name} ({_span(p.lag_months)})" for p in policies]
    headline = f"At the end of {YEAR} China would trail the US by {words.listed(parts)}"
    shares = [f"{words.percent(p.share_used.median)} under {p.name}" for p in policies]
    stocks = [
        f"{words.number(p.china_stock.median)} under {p.name} "
        f"(80 %: {words.span(p.china_stock.low, p.china_stock.high)})"
        for p in policies
    ]
    lag_title = f"China's lag at the end of {YEAR}, months: " + words.listed(
        [f"{round(p.lag_months.median)} under {p.name}" for p in policies]
    )
    return {
        "headline": f"{headline}.",
        "read": READ,
        "policies": [_sentence(p, unit, window_months) for p in policies],
        "titles": {
            "worlds": _worlds_title(policies, window_months),
            "stock": f"At the end of {YEAR} China would own, in {UNIT_SHORT[unit]}: {words.listed(stocks)}",
            "share": f"At the end of {YEAR} China would use {words.listed(shares)} of the world's {UNIT_SHORT[unit]}",
            "lag": lag_title,
            "capability": f"Best systems of the two blocs under {first.name}, 2022 to 2035",
        },
    }


def difference_sentence(policy: str, base: str, differences: Sequence[Mapping[str, Any]]) -> str:
    """How the lag at the end of 2028 differs from the baseline's, and how sure the model is of the direction."""
    (lag,) = [d for d in differences if d["quantity"] == "lag" and d["when"] == DAY]
    longer, shorter = lag["above"][0], lag["below"][0]
    return (
        f"Under {policy} China's lag at the end of {YEAR} would differ from {base} by {words.change(lag['median'])} "
        f"months (90 %: {words.change(lag['low'])} to {words.change(lag['high'])}): longer in "
        f"{words.percent(longer)} of draws, shorter in {words.percent(shorter)}, the same in the rest."
    )


def _span(x: Interval) -> str:
    return f"80 %: {words.span(x.low, x.high, words.months)}"


def _sentence(p: PolicyNumbers, unit: str, window_months: int) -> str:
    aside = " (an intervention, not a policy)" if p.kind == "intervention" else ""
    said = (
        f"Under {p.name}{aside} China would own {words.number(p.china_stock.median)} {UNIT_SHORT[unit]} at the end of "
        f"{YEAR} (80 %: {words.span(p.china_stock.low, p.china_stock.high)}) and use "
        f"{words.percent(p.share_used.median)} of the world's "
        f"({words.span(p.share_used.low, p.share_used.high, words.percent)})."
    )
    if p.world is None:
        return f"{said} Every draw had crossed the threshold by the as-of date."
    name, share, threshold = p.world
    return (
        f"{said} With a window of {window_months} months the likeliest world at {threshold} is {name}, "
        f"{estimate(share)}."
    )


def _worlds_title(policies: Sequence[PolicyNumbers], window_months: int) -> str:
    parts = [f"{p.world[0]} {words.percent(p.world[1].value)} under {p.name}" for p in policies if p.world]
    if not parts:
        return "Every draw had crossed the threshold by the as-of date"
    return f"With a window of {window_months} months the likeliest world is {words.listed(parts)}"
