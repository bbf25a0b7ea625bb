"""What a run says in words and in few numbers: which world, how likely, how sure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from . import reading, words
from .reading import Interval

if TYPE_CHECKING:
    from curveshift.decide import Estimate, LagShare, WorldShares
    from curveshift.world.ensemble import Ensemble

MONTHS: Final = (6, 12, 24)
WINDOW: Final = 12
MAIN: Final = "essay-2025"


@dataclass(frozen=True)
class PolicySummary:
    """The main numbers of one policy; intervals hold 80 % of the draws.

    Attributes
    ----------
    policy, kind : str
        `kind` is ``policy`` or ``intervention``.
    china_stock_h100e : Interval
        China's installed base at the end of `BriefSummary.year`, 16-bit H100 equivalents.
    china_share_used : Interval
        Share (0 to 1) of the world's 16-bit compute that China uses then, rented compute included.
    lag_months : Interval
        China's lag behind the US then, by level.
    lag_above : mapping of str to mapping of float to Estimate
        By threshold and months: probability that the lag at crossing is longer.
    worlds : mapping of str to mapping of str to Estimate
        By threshold: probability of each world at a window of 12 months.
    """

    policy: str
    kind: str
    china_stock_h100e: Interval
    china_share_used: Interval
    lag_months: Interval
    lag_above: Mapping[str, Mapping[float, Estimate]]
    worlds: Mapping[str, Mapping[str, Estimate]]

    @property
    def name(self) -> str:
        """The policy's name, with a warning when no government can choose it."""
        return f"{self.policy} (intervention, not a policy)" if self.kind == "intervention" else self.policy


@dataclass(frozen=True)
class Reading:
    """Worlds and lags of an ensemble, computed once for the whole brief."""

    policies: tuple[PolicySummary, ...]
    lags: tuple[LagShare, ...]
    worlds: tuple[WorldShares, ...]
    """At the windows of `MONTHS`."""
    year: int
    first_crossing: Interval
    """Date at which the first bloc crosses the main threshold under the first policy, in decimal years."""


def read(ensemble: Ensemble) -> Reading:
    """Compute what the headline and the summary need."""
    from curveshift.decide import probability_lag_exceeds, worlds

    lags = probability_lag_exceeds(ensemble, MONTHS)
    shares = worlds(ensemble, MONTHS)
    day = reading.year_end(ensemble)
    kinds = {p.name: p.kind for p in ensemble.scenario.policies}
    found = []
    for policy in ensemble.policies:
        above: dict[str, dict[float, Estimate]] = {}
        for lag in (x for x in lags if x.policy == policy):
            above.setdefault(lag.threshold, {})[lag.months] = lag.probability
        named = {w.threshold: w.shares for w in shares if w.policy == policy and w.window_months == WINDOW}
        found.append(
            PolicySummary(
                policy,
                kinds[policy],
                reading.at_date(ensemble, "china_stock", policy, day, unit="h100e_16bit"),
                reading.at_date(ensemble, "china_share_used", policy, day, unit="h100e_16bit"),
                reading.at_date(ensemble, "lag_months", policy, day, estimator="level"),
                above,
                named,
            )
        )
    main = main_threshold([t for t in found[0].worlds if t != "mixture"])
    return Reading(tuple(found), lags, shares, int(day[:4]), _first_crossing(ensemble, found[0].policy, main))


def _first_crossing(ensemble: Ensemble, policy: str, threshold: str) -> Interval:
    """Over the draws in which nobody had crossed by the as-of date; infinite where nobody does by the horizon."""
    import numpy as np

    year = ensemble.draws["crossing_year"].sel(policy=policy, threshold=threshold).min("bloc").values
    kept = year[ensemble.draws["weight"].sel(threshold=threshold).values > 0]
    if not len(kept):
        return Interval(float("nan"), float("nan"), float("nan"))
    low, median, high = np.quantile(kept, [0.1, 0.5, 0.9], method="inverted_cdf")
    return Interval(float(median), float(low), float(high))


def estimate(value: Estimate) -> str:
    """A probability with its Monte Carlo error in points.

    Examples
    --------
    >>> from curveshift.decide import Estimate
    >>> estimate(Estimate(0.752, 0.0113))
    '75 % (± 1.1 points)'
    """
    error = 100.0 * value.error
    return words.percent(value.value) + (f" (± {error:.1f} points)" if error == error else "")


def sentences(found: Reading, as_of: str) -> tuple[str, ...]:
    """The answer in words, first policy first.

    Parameters
    ----------
    found : Reading
    as_of : str
        The as-of date in words.
    """
    threshold = main_threshold(list(found.policies[0].worlds))
    each = (_policy_sentence(p, threshold, found.year) for p in found.policies)
    return (*opening(found), *each, condition(found, as_of))


def opening(found: Reading) -> tuple[str, str, str]:
    """Which world under the first policy, by threshold and by window, and when."""
    first = found.policies[0]
    thresholds = [t for t in first.worlds if t != "mixture"]
    return (
        _likeliest(first, thresholds),
        _by_window(found, first.policy, main_threshold(thresholds)),
        _timing(found.first_crossing, main_threshold(thresholds)),
    )


def _timing(when: Interval, threshold: str) -> str:
    """How long a policy has to act before the first crossing, which is why it may change little there."""
    if when.median != when.median:
        return f"Every draw had crossed the threshold {threshold} by the as-of date."
    return (
        f"The threshold {threshold} is first crossed in {words.when(when.median)} (80 % interval: "
        f"{words.when(when.low)} to {words.when(when.high)}): what a policy changes later than that cannot move the "
        "lag there."
    )


def main_threshold(thresholds: list[str]) -> str:
    """The threshold that sentences speak of."""
    return MAIN if MAIN in thresholds else thresholds[0]


def _best(shares: Mapping[str, Estimate]) -> tuple[str, Estimate] | None:
    known = {name: share for name, share in shares.items() if share.value == share.value}
    return max(known.items(), key=lambda item: item[1].value) if known else None


def _likeliest(p: PolicySummary, thresholds: list[str]) -> str:
    parts = []
    for threshold in thresholds:
        best = _best(p.worlds[threshold])
        told = f"{best[0]}, {estimate(best[1])}" if best else "none, for every draw had crossed already"
        parts.append(f"{told} at the threshold {threshold}")
    return (
        f"In this model, under {p.name}, and if both blocs count as crossing together when they do so within "
        f"{WINDOW} months, the likeliest world is {'; '.join(parts)}."
    )


def _by_window(found: Reading, policy: str, threshold: str) -> str:
    parts = []
    for w in found.worlds:
        if w.policy == policy and w.threshold == threshold:
            us, both = w.shares["unipolar-us"], w.shares["bipolar"]
            parts.append(
                f"at {w.window_months} months unipolar-us has {words.percent(us.value)} and "
                f"bipolar {words.percent(both.value)}"
            )
    return f"The name of the world depends on the window: at the threshold {threshold}, {'; '.join(parts)}."


def _policy_sentence(p: PolicySummary, threshold: str, year: int) -> str:
    stock, share, lag = p.china_stock_h100e, p.china_share_used, p.lag_months
    above = p.lag_above[threshold]
    chances = words.listed([words.percent(above[m].value) for m in MONTHS])
    return (
        f"Under {p.name} China would own {words.number(stock.median)} 16-bit H100e at the end of {year} "
        f"(80 % interval: {words.span(stock.low, stock.high)}), use {words.percent(share.median)} of the world's "
        f"({words.span(share.low, share.high, words.percent)}), and trail by {words.months(lag.median)} "
        f"({words.span(lag.low, lag.high, words.months)}). The probability that the US crosses {threshold} by the "
        f"horizon and China follows more than {words.listed([str(m) for m in MONTHS])} months later is {chances}."
    )


def condition(found: Reading, as_of: str) -> str:
    """What the probabilities leave out, and what their errors mean."""
    policy = found.policies[0].policy
    parts = []
    for w in found.worlds:
        if w.policy == policy and w.window_months == WINDOW and w.threshold != "mixture":
            plain = _best(w.unconditioned)
            told = f" (with them {plain[0]} would have {words.percent(plain[1].value)})" if plain else ""
            parts.append(f"{words.percent(w.crossed_by_as_of.value)} at {w.threshold}{told}")
    return (
        f"Probabilities of worlds and of lags at crossing leave out draws in which a bloc had crossed by {as_of}: "
        f"{'; '.join(parts)}. The numbers after ± are Monte Carlo errors: they say how far other draws of the same "
        "assumptions would move a number, and nothing of whether the assumptions hold. An interval holds what the "
        "assumptions allow; the ledger below says which of them are judgements."
    )
