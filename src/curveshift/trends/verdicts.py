"""What the on-trend test says of one model, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift import notebooks
from curveshift.errors import CurveshiftError

from .candidates import Candidate, describe
from .costs import Definition, RunCost
from .posteriors import Posterior

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MONTHS: Final = 12.0
_INSIDE: Final = 0.05
_EDGE: Final = 0.025


@dataclass(frozen=True, eq=False)
class Rival:
    """A model to compare with.

    Attributes
    ----------
    name : str
    months_older : float
        How long before the candidate it was released; negative when after.
    capability_gap_oom : array, shape (draw,)
        Its capability less the candidate's, orders of magnitude.
    expected_ratio : array, shape (draw,)
        Its expected cost over the candidate's, by date and capability alone.
    cost : RunCost or None
        What it cost, where that can be said.
    """

    name: str
    months_older: float
    capability_gap_oom: Floats
    expected_ratio: Floats
    cost: RunCost | None


@dataclass(frozen=True, eq=False)
class OnTrend:
    """The test of one model; every array has shape (draw,).

    Attributes
    ----------
    candidate : Candidate
    definition : str
        Basis of cost.
    capability : array
        From its scores and the others' curves, orders of magnitude.
    expected_log10_flop, recipe_log10_flop : array
        Training compute of another model of this capability and date: among models as they are released, and for an
        average recipe whatever it usually spends.
    expected_log10_usd : array
    log10_usd_per_flop : tuple of float
        Central value and spread of the price of a FLOP at that date.
    actual : RunCost or None
        What it cost on this basis.
    yearly_fall_oom : array
        Fall of the cost of a fixed capability in a year: efficiency and hardware.
    behind_frontier_months : array
        Months since the US frontier had its capability; negative infinity where none had it before.
    rivals : tuple of Rival
    kept_share : float
        Effective share of draws after the model was left out (1 for a model that is not in the tables).
    remarks : tuple of str
    posterior : Posterior
        Without the model.
    """

    candidate: Candidate
    definition: Definition
    capability: Floats
    expected_log10_flop: Floats
    recipe_log10_flop: Floats
    expected_log10_usd: Floats
    log10_usd_per_flop: tuple[float, float]
    actual: RunCost | None
    yearly_fall_oom: Floats
    behind_frontier_months: Floats
    rivals: tuple[Rival, ...]
    kept_share: float
    remarks: tuple[str, ...]
    posterior: Posterior

    @property
    def log10_ratio(self) -> Floats:
        """Expected over actual cost, decimal logarithm, shape (draw,); above 0 it was cheaper than expected."""
        if self.actual is None:
            raise CurveshiftError(
                "what it cost is not known: give training_flop or training_usd", self.candidate.name
            )
        return np.asarray(self.expected_log10_usd - np.log10(self.actual.usd_central))

    @cached_property
    def percentile(self) -> float | None:
        """Share of the predictive distribution of cost that lies below the actual cost."""
        return None if self.actual is None else float(np.mean(self.log10_ratio < 0.0))

    @cached_property
    def compute_percentile(self) -> float | None:
        """The same for training compute, which prices do not blur."""
        flop = self.candidate.training_flop
        return None if flop is None else float(np.mean(self.expected_log10_flop < np.log10(flop)))

    @property
    def months_ahead(self) -> Floats:
        """Months by which it is ahead of the cost curve (negative: behind), shape (draw,)."""
        return self.log10_ratio / self.yearly_fall_oom * MONTHS

    @property
    def verdict(self) -> str:
        """The answer in one sentence."""
        name = self.candidate.name
        low, central, high = (10.0**q for q in np.quantile(self.expected_log10_usd, (0.05, 0.5, 0.95)))
        expected = f"{money(central)} (90 %: {money(low)} to {money(high)})"
        if self.actual is None:
            return (
                f"What {name} cost is not published; a model of its capability and date would be expected to cost "
                f"{expected}."
            )
        share = self.percentile or 0.0
        tail = min(share, 1.0 - share)
        side = "cheaper" if share < 0.5 else "dearer"
        if tail >= _INSIDE:
            place = "on trend: an expected point on the cost curve"
        elif tail >= _EDGE:
            place = f"{side} than the trend, just outside its 90 % band"
        else:
            place = f"{side} than the trend, outside its 95 % band"
        return (
            f"{name} is {place}. It cost {money(self.actual.usd_central)}, at the {ordinal(100.0 * share)} percentile "
            f"of what others make likely: {expected}."
        )

    def _repr_html_(self) -> str:
        def row(name: str, value: Any) -> list[Any]:
            low, central, high = value if isinstance(value, list) else (None, value, None)
            return [name.replace("_", " "), low, central, high]

        left_out = ("candidate", "definition", "verdict", "rivals", "remarks")
        rows = [row(k, v) for k, v in self.to_dict().items() if k not in left_out and v is not None]
        return notebooks.table(["", "5 %", "median", "95 %"], rows, self.candidate.name, [self.verdict])

    def to_dict(self) -> dict[str, Any]:
        """Everything in numbers, for machines; intervals are 5, 50 and 95 %."""
        known = self.actual is not None
        return {
            "candidate": describe(self.candidate),
            "definition": self.definition,
            "verdict": self.verdict,
            "capability_oom": three(self.capability),
            "expected_flop": three(10.0**self.expected_log10_flop),
            "recipe_flop": three(10.0**self.recipe_log10_flop),
            "expected_usd": three(10.0**self.expected_log10_usd),
            "actual_usd": self.actual.usd_central if self.actual else None,
            "percentile": self.percentile,
            "compute_percentile": self.compute_percentile,
            "expected_over_actual": three(10.0**self.log10_ratio) if known else None,
            "months_ahead": three(self.months_ahead) if known else None,
            "months_behind_us_frontier": three(self.behind_frontier_months),
            "yearly_fall": three(10.0**self.yearly_fall_oom),
            "rivals": [
                {
                    "model": r.name,
                    "months_older": round(r.months_older, 1),
                    "capability_gap_oom": three(r.capability_gap_oom),
                    "expected_cost_ratio": three(r.expected_ratio),
                    "actual_usd": r.cost.usd_central if r.cost else None,
                }
                for r in self.rivals
            ],
            "effective_share_of_draws": round(self.kept_share, 3),
            "remarks": list(self.remarks),
        }

    def sources(self) -> list[str]:
        """Tables that the answer rests on."""
        return [*self.posterior.sources(), "prices", "chips"]


def three(draws: Floats) -> list[float | None]:
    """5, 50 and 95 % of draws; nothing where a quantile is not finite.

    Examples
    --------
    >>> three(np.array([1.0, 2.0, 3.0]))
    [1.1, 2.0, 2.9]
    """
    found = np.quantile(draws, (0.05, 0.5, 0.95), method="linear" if np.isfinite(draws).all() else "lower")
    return [float(f"{q:.4g}") if np.isfinite(q) else None for q in found]


def money(usd: float) -> str:
    """Dollars in words with two digits.

    Examples
    --------
    >>> money(5_576_000), money(1.2e9), money(31_234)
    ('5.6 million USD', '1.2 billion USD', '31 thousand USD')
    """
    for size, word in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if usd >= size:
            return f"{float(f'{usd / size:.2g}'):g} {word} USD"
    return f"{usd:.2g} USD"


def ordinal(number: float) -> str:
    """A percentile in words.

    Examples
    --------
    >>> ordinal(41.2), ordinal(2.0), ordinal(0.2), ordinal(11.0)
    ('41st', '2nd', 'first', '11th')
    """
    whole = round(number)
    if whole < 1:
        return "first"
    ending = "th" if 10 <= whole % 100 <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(whole % 10, "th")
    return f"{whole}{ending}"
