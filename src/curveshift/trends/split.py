"""What the frontier's progress is made of: spending, hardware, algorithms, reasoning training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.facts.reading import as_date
from curveshift.notebooks import Told

from .costs import DEFINITIONS, Definition, check_definition, recost
from .frontiers import can_lead
from .gain import gain_at
from .hardware import hardware_price_performance_per_year
from .panels import decimal_year
from .posteriors import Posterior
from .posteriors import posterior as shipped
from .quantities import (
    Quantity,
    day_of,
    last_year,
    log10_rate,
    nominal_error,
    sampler_warning,
    slopes,
    stream,
    year_inside,
)
from .shift_records import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PARTS: Final = ("spending", "hardware", "algorithms", "paradigm")
_FEWEST_DATES: Final = 2


@dataclass(frozen=True, eq=False)
class Growth(Told):
    """Growth at the frontier of training compute.

    Attributes
    ----------
    compute, spending : Quantity
        Orders of magnitude a year.
    models : tuple of str
        Models that were among the largest of their date, in order of release.
    definition : str
        Basis of the costs.
    """

    compute: Quantity
    spending: Quantity
    models: tuple[str, ...]
    definition: str

    def __str__(self) -> str:
        compute, spending = (_factor(quantity) for quantity in (self.compute, self.spending))
        return (
            f"largest runs with published compute ({len(self.models)} models, {self.models[0]} to {self.models[-1]}): "
            f"compute {compute}x a year, cost {spending}x a year ({DEFINITIONS[self.definition]})"
        )


@dataclass(frozen=True, eq=False)
class Split(Told):
    """Progress of the frontier over a window, part by part.

    Attributes
    ----------
    start, end : date
    parts : dict of str to Quantity
        Orders of magnitude a year of each of `PARTS`; spending and hardware add to compute.
    shares : dict of str to Quantity
        Of their sum, by draw; they add to 1 in each draw.
    total : Quantity
        Sum of the parts, orders of magnitude a year.
    observed : Quantity
        Rise of the best model's capability over the window, orders of magnitude a year.
    implied_compute : Quantity
        Growth of compute that would close the gap between the two, orders of magnitude a year.
    growth : Growth
        Of compute, and of spending by the cost of each run: a check on spending in `parts`, which is compute less
        hardware.
    disclosed : dict of int to tuple of two ints
        By year, how many models were among the most capable at their release, and of how many the compute is
        published.
    negative_share : float
        Share of draws in which some part is negative, so that shares are hard to read.
    warning : str
    """

    start: date
    end: date
    parts: Mapping[str, Quantity]
    shares: Mapping[str, Quantity]
    total: Quantity
    observed: Quantity
    implied_compute: Quantity
    growth: Growth
    disclosed: Mapping[int, tuple[int, int]]
    negative_share: float
    warning: str

    def sources(self) -> list[str]:
        """Tables that the result rests on."""
        return ["models", "benchmarks", "benchmark_scores", "chips", "prices"]

    def __str__(self) -> str:
        lines = [f"progress of the frontier, {self.start} to {self.end}, orders of magnitude a year:"]
        for name, part in self.parts.items():
            share = self.shares[name]
            lines.append(
                f"  {name:<10} {part.median:.2f} ({part.low:.2f} to {part.high:.2f}), share {100 * share.median:.0f} % "
                f"({100 * share.low:.0f} to {100 * share.high:.0f})"
            )
        lines.append(f"  sum        {self.total.median:.2f} ({self.total.low:.2f} to {self.total.high:.2f})")
        lines.append(
            f"  observed   {self.observed.median:.2f} ({self.observed.low:.2f} to {self.observed.high:.2f}); the sum "
            f"meets it if compute grew {_factor(self.implied_compute)}x a year"
        )
        lines.append(f"  {self.growth}")
        told = ", ".join(f"{year} {known} of {all_}" for year, (all_, known) in self.disclosed.items())
        lines.append(f"  frontier models with published compute: {told}")
        if self.negative_share:
            lines.append(f"  a part is negative in {100 * self.negative_share:.0f} % of draws")
        return "\n".join([*lines, *([self.warning] if self.warning else [])])


def _factor(per_year: Quantity) -> str:
    low, middle, high = (10.0**q for q in (per_year.low, per_year.median, per_year.high))
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def largest_runs(
    start: date, end: date, as_of: date | str | None = None, rank: int | None = None
) -> list[dict[str, Any]]:
    """Models with published compute that were among the largest of all released up to their date.

    Parameters
    ----------
    start, end : date
        Releases in this window count; earlier ones only set the mark.
    as_of : date or str, optional
    rank : int, optional
        Among how many; the recorded number by default.

    Returns
    -------
    list of dict
        Rows of the models table, in order of release.

    Examples
    --------
    >>> from datetime import date
    >>> "Llama 3.1-405B" in [r["model"] for r in largest_runs(date(2024, 1, 1), date(2025, 1, 1))]
    True
    """
    among = int(number("frontier.rank").central) if rank is None else rank
    known = [
        row
        for row in facts.rows("models", as_of=as_of)
        if row["training_compute_flop"] and row["release_date"]
    ]
    known.sort(key=lambda row: (row["release_date"], row["model"]))
    found: list[dict[str, Any]] = []
    so_far: list[float] = []
    runs: set[tuple[str, float]] = set()
    for row in known:
        flop = row["training_compute_flop"]
        # Later versions of a model share its run, which counts once.
        if (row["developer"], flop) in runs:
            continue
        runs.add((row["developer"], flop))
        if sum(other >= flop for other in so_far) < among and start <= row["release_date"] <= end:
            found.append(row)
        so_far.append(flop)
    return found


def frontier_growth(
    start: date | str,
    end: date | str,
    *,
    posterior: Posterior | None = None,
    definition: Definition = "final_run_rental",
    seed: int = 0,
) -> Growth:
    """Growth of the compute and of the cost of the largest runs, by a line through their logarithms.

    Models are drawn again with replacement in each draw, their compute with its error (scaled as the posterior found
    it) and their cost with the spread of its recosting. Both lines use the same models.

    Parameters
    ----------
    start, end : date or str
        Of releases.
    posterior : Posterior, optional
        The shipped one of all facts by default; its date limits what is known.
    definition : {"final_run_rental", "amortised", "whole_r_and_d"}
        Basis of all costs. Costs stated by developers are not used: they are on bases of their own.
    seed : int

    Returns
    -------
    Growth

    Raises
    ------
    CurveshiftError
        For an unknown definition, or too few models with published compute in the window.

    Examples
    --------
    >>> frontier_growth("2020-01-01", "2025-01-01").compute.median > 0.2
    True
    """
    check_definition(definition)
    post = shipped() if posterior is None else posterior
    first, last = as_date(start), as_date(end)
    rows = largest_runs(first, last, post.panel.as_of)
    least = int(number("frontier.least_models").central)
    if len(rows) < least:
        raise CurveshiftError(
            f"{len(rows)} models at the frontier of published compute were released from {first} to {last}, {least} "
            "are needed: take a longer window",
            "start",
        )
    count = len(post)
    shocks = stream(seed, "split: growth")
    years = np.array([decimal_year(row["release_date"]) for row in rows])
    error = np.array(
        [nominal_error(row["training_compute_low_flop"], row["training_compute_high_flop"]) for row in rows]
    )
    flop = np.log10([row["training_compute_flop"] for row in rows])
    costs = [recost(row, definition, as_of=post.panel.as_of, stated=False) for row in rows]
    usd = np.log10([cost.usd_central for cost in costs])
    spread = np.array([cost.log10_sd for cost in costs])
    chosen = shocks.integers(len(rows), size=(count, len(rows)))
    # A resample of one or two dates has no slope worth the name: it is drawn again.
    while (few := np.array([len(set(years[row])) <= _FEWEST_DATES for row in chosen])).any():
        chosen[few] = shocks.integers(len(rows), size=(int(few.sum()), len(rows)))
    noisy_flop = flop + post["error_scale"][:, None] * error * shocks.standard_normal((count, len(rows)))
    noisy_usd = usd + spread * shocks.standard_normal((count, len(rows)))
    x = years[chosen]
    return Growth(
        Quantity(slopes(x, np.take_along_axis(noisy_flop, chosen, axis=1)), "oom/year"),
        Quantity(slopes(x, np.take_along_axis(noisy_usd, chosen, axis=1)), "oom/year"),
        tuple(row["model"] for row in rows),
        definition,
    )


def split_of_progress(
    posterior: Posterior | None = None,
    start: date | str | None = None,
    end: date | str | None = None,
    *,
    definition: Definition = "final_run_rental",
    seed: int = 0,
) -> Split:
    """Shares of the frontier's progress by cause.

    Effective compute = spending × FLOP per dollar × algorithms × paradigm. Compute growth is that of the largest
    runs with published compute; hardware is the price-performance of chips; spending is the rest of compute, so that
    hardware is counted once. Algorithms are the posterior's efficiency; the paradigm is the gain of reasoning training
    at the end of the window, if it had begun, spread over the window.

    Parameters
    ----------
    posterior : Posterior, optional
        The shipped one of all facts by default.
    start, end : date or str, optional
        The recorded start and the last model scored by default.
    definition : {"final_run_rental", "amortised", "whole_r_and_d"}
        Basis of the costs beside it.
    seed : int

    Returns
    -------
    Split

    Raises
    ------
    CurveshiftError
        For a window outside the record or without length, or too few models with published compute in it.

    Examples
    --------
    >>> import numpy as np
    >>> found = split_of_progress()
    >>> bool(np.allclose(sum(share.draws for share in found.shares.values()), 1.0))
    True
    """
    post = shipped() if posterior is None else posterior
    data = post.panel
    leads = can_lead(post)
    begins = float(data.years[leads].min())
    first_day = day_of(number("frontier.split_since").central) if start is None else start
    last_day = day_of(last_year(post)) if end is None else end
    first = year_inside(post, first_day, begins, "the record of models with scores enough to lead")
    last = year_inside(post, last_day, begins, "the record of models with scores enough to lead")
    if not first < last:
        raise CurveshiftError(f"the window from {day_of(first)} to {day_of(last)} has no length", "start")
    length = last - first
    growth = frontier_growth(day_of(first), day_of(last), posterior=post, definition=definition, seed=seed)
    rate = hardware_price_performance_per_year(as_of=data.as_of)
    hardware = log10_rate(rate, stream(seed, "split: hardware"), len(post))
    parts = {
        "spending": growth.compute.draws - hardware,
        "hardware": hardware,
        "algorithms": post["efficiency"],
        "paradigm": (_paradigm(post, last) - _paradigm(post, first)) / length,
    }
    total = np.sum([parts[name] for name in PARTS], axis=0)
    best = _best(post, np.array([first, last]))
    observed = (best[:, 1] - best[:, 0]) / length
    return Split(
        day_of(first),
        day_of(last),
        {name: Quantity(draws, "oom/year") for name, draws in parts.items()},
        {name: Quantity(draws / total, "share") for name, draws in parts.items()},
        Quantity(total, "oom/year"),
        Quantity(observed, "oom/year"),
        Quantity(observed - parts["algorithms"] - parts["paradigm"], "oom/year"),
        growth,
        disclosed_by_year(post),
        float(np.any([draws < 0.0 for draws in parts.values()], axis=0).mean()),
        sampler_warning(post),
    )


def _paradigm(post: Posterior, year: float) -> Floats:
    data = post.panel
    begun = bool(np.any(data.reasoning & (data.years <= year)))
    return gain_at(post, year) if begun else np.zeros(len(post))


def _best(post: Posterior, years: Floats) -> Floats:
    """Capability of the best model of any bloc by each date, shape (draw, date)."""
    data, leads = post.panel, can_lead(post)
    return np.stack([post.capability[:, leads & (data.years <= year)].max(axis=1) for year in years], axis=1)


def disclosed_by_year(posterior: Posterior | None = None) -> dict[int, tuple[int, int]]:
    """By year of release, models among the most capable of their date, and how many of them have published compute.

    Parameters
    ----------
    posterior : Posterior, optional
        The shipped one of all facts by default. Ranks are by median capability.

    Returns
    -------
    dict of int to (all, published)

    Examples
    --------
    >>> counts = disclosed_by_year()
    >>> all(published <= every for every, published in counts.values())
    True
    """
    post = shipped() if posterior is None else posterior
    data = post.panel
    among = int(number("frontier.rank").central)
    at = np.flatnonzero(can_lead(post))
    at = at[np.argsort(data.years[at], kind="stable")]
    height = np.median(post.capability[:, at], axis=0)
    found: dict[int, tuple[int, int]] = {}
    for place, i in enumerate(at):
        if np.sum(height[:place] >= height[place]) < among:
            every, published = found.get(int(data.years[i]), (0, 0))
            found[int(data.years[i])] = (every + 1, published + int(data.disclosed[i]))
    return found
