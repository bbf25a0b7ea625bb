"""What the simulator says in words: its headline, the titles of its figures, and the sentence on a difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


LETTERS: Final = ("A", "B", "C", "D")
"""What policies are called in titles; their names stand beside the letters on the page and in every file."""


@dataclass(frozen=True)
class PolicyNumbers:
    """What the sentences need of one policy, at the end of 2028.

    Attributes
    ----------
    name, kind : str
    us_leads : Estimate
        Probability that the best system of the US and its allies is ahead of China's.
    lag_months, china_stock, share_used : Interval
        Medians with 80 % intervals; the stock in the unit that was asked for.
    worlds : mapping of str to mapping of int to mapping of str to Estimate
        Probability of each world by threshold and window in months; not a number when every draw had crossed before.
    """

    name: str
    kind: str
    us_leads: Estimate
    lag_months: Interval
    china_stock: Interval
    share_used: Interval
    worlds: Mapping[str, Mapping[int, Mapping[str, Estimate]]]

    def likeliest(self, threshold: str, window_months: int) -> tuple[str, Estimate] | None:
        """The likeliest world and its probability; None when every draw had crossed before."""
        shares = self.worlds[threshold][window_months]
        known = {name: share for name, share in shares.items() if share.value == share.value}
        return max(known.items(), key=lambda item: item[1].value) if known else None


def words_of(
    policies: Sequence[PolicyNumbers], unit: str, window_months: int, view: str | None = None
) -> dict[str, Any]:
    """The headline, a sentence for each policy, and the titles of the figures.

    Parameters
    ----------
    policies : sequence of PolicyNumbers
        The baseline first.
    unit : str
        Unit of the stocks.
    window_months : int
        Window of the worlds.
    view : str, optional
        The world view whose assumptions these are.

    Returns
    -------
    dict
        ``headline``, ``read``, ``unit``, ``policies`` (a sentence each) and titles of figures: ``titles`` by figure,
        ``shares`` and ``capabilities`` by policy, ``worlds`` by threshold, ``windows`` by threshold for each policy.
        Titles name policies by letter.
    """
    letters = LETTERS[: len(policies)]
    stocks = _amounts([p.china_stock for p in policies], letters, words.number)
    thresholds = list(policies[0].worlds)
    return {
        "headline": _headline(policies, view),
        "read": READ,
        "unit": UNIT_SHORT[unit],
        "policies": [_sentence(p, unit, window_months) for p in policies],
        "titles": {
            "stock": f"At the end of {YEAR} China would own, in {UNIT_SHORT[unit]}, {stocks}",
            "lag": f"At the end of {YEAR} China would trail by {_lags(policies, letters)}",
        },
        "shares": [
            f"China would use {words.percent(p.share_used.median)} of the world's {UNIT_SHORT[unit]} at the end of "
            f"{YEAR} under {letter} (80 %: {words.span(p.share_used.low, p.share_used.high, words.percent)})"
            for p, letter in zip(policies, letters, strict=True)
        ],
        "capabilities": [
            f"China's best system at the end of {YEAR} would be where that of the US was "
            f"{words.months(p.lag_months.median)} before under {letter} ({_span(p.lag_months)})"
            for p, letter in zip(policies, letters, strict=True)
        ],
        "worlds": {threshold: _worlds_title(policies, threshold, window_months) for threshold in thresholds},
        "windows": [
            {threshold: _windows_title(p, letter, threshold) for threshold in thresholds}
            for p, letter in zip(policies, letters, strict=True)
        ],
    }


def against_baseline(
    base: str, lag: Interval, others: Mapping[str, Sequence[Mapping[str, Any]]]
) -> dict[str, str]:
    """Which policy moves the lag most, how sure that is, and how that compares with what is not known.

    Parameters
    ----------
    base : str
        Name of the baseline.
    lag : Interval
        Its lag in months at the end of 2028.
    others : mapping of str to sequence of mapping
        Differences of every other policy from it, by name.

    Returns
    -------
    dict
        ``answer``, two sentences, and ``title`` for the figure of differences.
    """
    found = {name: _lag_of(rows) for name, rows in others.items()}
    name, most = max(found.items(), key=lambda item: abs(item[1]["median"]))
    width = lag.high - lag.low
    whole = "this choice" if len(found) == 1 else "the choice between these policies"
    than = "less" if abs(most["median"]) < width else "more"
    moves = [f"{_moved(d)} under {letter}" for d, letter in zip(found.values(), LETTERS[1:], strict=False)]
    return {
        "answer": (
            f"Against {base}, {name} would change China's lag {'' if len(found) == 1 else 'most, '}by {_moved(most)}, "
            f"longer in {words.percent(most['above'][0])} of draws and shorter in {words.percent(most['below'][0])}. "
            f"The lag itself is uncertain by {words.months(width)} (the width of its 80 % interval): {whole} moves it "
            f"{than} than what is not known."
        ),
        "title": f"Against A, China's lag at the end of {YEAR} would change by {words.listed(moves)}",
    }


def difference_sentence(policy: str, base: str, differences: Sequence[Mapping[str, Any]]) -> str:
    """How the lag at the end of 2028 differs from the baseline's, and how sure the model is of the direction."""
    lag = _lag_of(differences)
    return (
        f"Under {policy} China's lag at the end of {YEAR} would differ from {base} by {_moved(lag)}: longer in "
        f"{words.percent(lag['above'][0])} of draws, shorter in {words.percent(lag['below'][0])}, the same in the rest."
    )


def drivers_sentence(found: Drivers) -> str:
    """Which assumptions the lag hangs on, and from where on a difference is no more than chance."""
    named = [
        f"{_said(d.name)} ({words.change(d.difference.value)} months)"
        for d in found.beyond_chance[:NAMED_DRIVERS]
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


def _said(name: str) -> str:
    """The name of an assumption as the page writes it."""
    return name.replace(".", ": ").replace("_", " ")


def _lag_of(differences: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    (lag,) = [d for d in differences if d["quantity"] == "lag" and d["when"] == DAY]
    return lag


def _moved(lag: Mapping[str, Any]) -> str:
    middle, low, high = (words.change(lag[key]) for key in ("median", "low", "high"))
    return f"{middle} months (90 %: {low} to {high})"


def _under(told: Sequence[str], called: Sequence[str]) -> str:
    """What is said of each, with those together of whom the same is said."""
    together: dict[str, list[str]] = {}
    for text, name in zip(told, called, strict=True):
        together.setdefault(text, []).append(name)
    if len(together) == 1 and len(called) > 1:
        (text,) = together
        return f"{text} under {'both' if len(called) == 2 else 'all'} policies"
    *first, last = [f"{text} under {words.listed(names)}" for text, names in together.items()]
    # A second "and" right after one inside a group would run the groups together.
    joint = ", and " if any(len(names) > 1 for names in together.values()) else " and "
    return f"{', '.join(first)}{joint}{last}" if first else last


def _amounts(found: Sequence[Interval], called: Sequence[str], show: Callable[[float], str]) -> str:
    """Medians under each policy, and the 80 % intervals together."""
    medians = _under([show(x.median) for x in found], called)
    each = {words.span(x.low, x.high, show) for x in found}
    if len(each) == 1:
        return f"{medians} (80 %: {each.pop()})"
    low, high = min(x.low for x in found), max(x.high for x in found)
    return f"{medians} (80 % intervals within {words.span(low, high, show)})"


def _lags(policies: Sequence[PolicyNumbers], called: Sequence[str]) -> str:
    return _amounts([p.lag_months for p in policies], called, words.months)


def _headline(policies: Sequence[PolicyNumbers], view: str | None) -> str:
    """Who leads at the end of 2028, how sure that is, and by how much."""
    start = "At the end" if view is None else f"With the assumptions of the view {view}, at the end"
    called = [p.name for p in policies]
    sure = _under([f"{words.percent(p.us_leads.value)} of draws" for p in policies], called)
    return (
        f"{start} of {YEAR} the US would be ahead in {sure}; China would trail by {_lags(policies, called)}."
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
    threshold = main_threshold([name for name in p.worlds if name != "mixture"])
    best = p.likeliest(threshold, window_months)
    if best is None:
        return f"{said} Every draw had crossed the threshold by the as-of date."
    return (
        f"{said} With a window of {window_months} months the likeliest world at {threshold} is {best[0]}, "
        f"{estimate(best[1])}."
    )


def _worlds_title(policies: Sequence[PolicyNumbers], threshold: str, window_months: int) -> str:
    found = {
        letter: best
        for p, letter in zip(policies, LETTERS, strict=False)
        if (best := p.likeliest(threshold, window_months))
    }
    if not found:
        return f"Every draw had crossed the threshold {threshold} by the as-of date"
    parts = [f"{world} ({words.percent(share.value)})" for world, share in found.values()]
    return (
        f"If crossing {threshold} within {window_months} months counts as together, the likeliest world is "
        f"{_under(parts, list(found))}"
    )


def _windows_title(p: PolicyNumbers, letter: str, threshold: str) -> str:
    by_window = p.worlds[threshold]
    parts = [f"{words.percent(by_window[w]['unipolar-us'].value)} at {w} months" for w in NAMED_WINDOWS]
    told = f"Under {letter} the name of the world hangs on the window"
    return f"{told}: unipolar-us at {threshold} has {words.listed(parts)}"
