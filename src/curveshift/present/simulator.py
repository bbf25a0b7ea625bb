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
    from curveshift.decide import Drivers, Estimate

DAY: Final = "2028-12-31"
YEAR: Final = 2028
NAMED_DRIVERS: Final = 3
NAMED_WINDOWS: Final = (6, 12, 24)
"""Windows in months that the title of the figure by window names."""

READ: Final = (
    "Bands are uncertainty, not a range of choices: if the assumptions are right, the truth lies in the 80 % band "
    "with probability 0.8. Thin lines are single draws, each one way it could go. What is wrong with the assumptions "
    "is in no band."
)


@dataclass(frozen=True)
class PolicyNumbers:
    """What the sentences need of one policy, at the end of 2028.

    Attributes
    ----------
    name, kind : str
    lag_months, china_stock, share_used : Interval
        Medians with 80 % intervals; the stock in the unit that was asked for.
    worlds : mapping of str to mapping of int to mapping of str to Estimate
        Probability of each world by threshold and window in months; not a number when every draw had crossed before.
    """

    name: str
    kind: str
    lag_months: Interval
    china_stock: Interval
    share_used: Interval
    worlds: Mapping[str, Mapping[int, Mapping[str, Estimate]]]

    def likeliest(self, threshold: str, window_months: int) -> tuple[str, Estimate] | None:
        """The likeliest world and its probability; None when every draw had crossed before."""
        shares = self.worlds[threshold][window_months]
        known = {name: share for name, share in shares.items() if share.value == share.value}
        return max(known.items(), key=lambda item: item[1].value) if known else None


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
        ``headline``, ``read``, ``policies`` (a sentence each) and the titles of figures: ``titles`` by figure,
        ``shares`` and ``capabilities`` by policy, ``worlds`` by threshold, ``windows`` by threshold for each policy.
    """
    parts = [f"{words.months(p.lag_months.median)} under {p.name} ({_span(p.lag_months)})" for p in policies]
    stocks = [
        f"{words.number(p.china_stock.median)} under {p.name} "
        f"(80 %: {words.span(p.china_stock.low, p.china_stock.high)})"
        for p in policies
    ]
    thresholds = list(policies[0].worlds)
    return {
        "headline": f"At the end of {YEAR} China would trail the US by {words.listed(parts)}.",
        "read": READ,
        "policies": [_sentence(p, unit, window_months) for p in policies],
        "titles": {
            "stock": f"At the end of {YEAR} China would own, in {UNIT_SHORT[unit]}: {words.listed(stocks)}",
            "lag": f"At the end of {YEAR} China would trail by {words.listed(parts)}",
        },
        "shares": [
            f"China would use {words.percent(p.share_used.median)} of the world's {UNIT_SHORT[unit]} at the end of "
            f"{YEAR} (80 %: {words.span(p.share_used.low, p.share_used.high, words.percent)})"
            for p in policies
        ],
        "capabilities": [
            f"Under {p.name} China's best system at the end of {YEAR} would be where that of the US was "
            f"{words.months(p.lag_months.median)} before ({_span(p.lag_months)})"
            for p in policies
        ],
        "worlds": {threshold: _worlds_title(policies, threshold, window_months) for threshold in thresholds},
        "windows": [{threshold: _windows_title(p, threshold) for threshold in thresholds} for p in policies],
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


def drivers_sentence(found: Drivers) -> str:
    """Which assumptions the lag hangs on, and from where on a difference is no more than chance."""
    named = [
        f"{d.name} ({words.change(d.difference.value)} months)" for d in found.beyond_chance[:NAMED_DRIVERS]
    ]
    chance = (
        f"up to {words.change(found.by_chance).lstrip('+')} months can be chance with so many assumptions"
    )
    lag = f"China's lag at the end of {YEAR}"
    if not named:
        told = f"Under {found.policy} no assumption moves {lag} by more than chance ({chance})"
        return f"{told}: more draws would tell more."
    told = f"Under {found.policy} {lag} hangs most on {words.listed(named)}"
    return f"{told}, from an assumption's lowest fifth of draws to its highest; {chance}."


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
    threshold = main_threshold([name for name in p.worlds if name != "mixture"])
    best = p.likeliest(threshold, window_months)
    if best is None:
        return f"{said} Every draw had crossed the threshold by the as-of date."
    return (
        f"{said} With a window of {window_months} months the likeliest world at {threshold} is {best[0]}, "
        f"{estimate(best[1])}."
    )


def _worlds_title(policies: Sequence[PolicyNumbers], threshold: str, window_months: int) -> str:
    found = [(p.name, p.likeliest(threshold, window_months)) for p in policies]
    parts = [f"{best[0]} ({words.percent(best[1].value)}) under {name}" for name, best in found if best]
    if not parts:
        return f"Every draw had crossed the threshold {threshold} by the as-of date"
    return (
        f"If crossing {threshold} within {window_months} months counts as together, the likeliest world is "
        f"{words.listed(parts)}"
    )


def _windows_title(p: PolicyNumbers, threshold: str) -> str:
    by_window = p.worlds[threshold]
    parts = [f"{words.percent(by_window[w]['unipolar-us'].value)} at {w} months" for w in NAMED_WINDOWS]
    told = f"Under {p.name} the name of the world hangs on the window"
    return f"{told}: unipolar-us at {threshold} has {words.listed(parts)}"
