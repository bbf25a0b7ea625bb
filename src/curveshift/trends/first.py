"""Who was first at a capability, and at a capability for a cost; how many followed into reasoning, and how soon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.facts.reading import as_date
from curveshift.notebooks import Told

from .costs import DEFINITIONS, Definition, check_definition, recost
from .frontiers import can_lead
from .lines import DAYS_PER_YEAR
from .posteriors import Posterior
from .posteriors import posterior as shipped
from .quantities import Quantity, sampler_warning, stream
from .shift_records import milestones, records

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_SHOWN: Final = 0.05
_ALMOST: Final = 0.995
_DAYS_PER_MONTH: Final = DAYS_PER_YEAR / 12.0


@dataclass(frozen=True, eq=False)
class First(Told):
    """Who was first at a level, with the share of draws.

    Attributes
    ----------
    level : str
    usd : float or None
        Cost of the final run below which it counts; None for any cost.
    models, developers, blocs : dict of str to float
        Probability of having been first, highest first; models and developers of at least 5 %. They add to
        `reached_share`.
    year : Quantity or None
        Decimal year of the first; infinite in draws in which nobody was. None where nobody was in any.
    reached_share : float
        Share of draws in which somebody was.
    candidates : int
        Models that could be: with scores enough to lead, and where there is a cost with one that can be found.
    winner : array of int, shape (draw,)
        Place among the panel's models; -1 where nobody was.
    """

    level: str
    usd: float | None
    models: Mapping[str, float]
    developers: Mapping[str, float]
    blocs: Mapping[str, float]
    year: Quantity | None
    reached_share: float
    candidates: int
    winner: NDArray[np.int64]

    def __str__(self) -> str:
        what = f"level of {self.level}" + (f" for less than ${self.usd:,.0f}" if self.usd is not None else "")
        if self.reached_share < _SHOWN:
            return f"{what}: nobody of {self.candidates} models, in {100 * (1 - self.reached_share):.0f} % of draws"
        who = ", ".join(f"{name} {share:.2f}" for name, share in self.models.items()) or "no model often"
        blocs = ", ".join(f"{name} {share:.2f}" for name, share in self.blocs.items())
        never = f"; nobody {1 - self.reached_share:.2f}" if self.reached_share < _ALMOST else ""
        return f"{what}: {who}{never} ({blocs})"


@dataclass(frozen=True, eq=False)
class Firsts(Told):
    """Who was first at several levels and costs.

    Attributes
    ----------
    levels : tuple of First
        At any cost.
    costs : tuple of First
        At each level for less than each budget.
    definition : str
        Basis of the costs.
    without_cost : dict of str to int
        Models with scores enough to lead whose cost cannot be found, by bloc. What they reached for less is not seen.
    warning : str
    """

    levels: tuple[First, ...]
    costs: tuple[First, ...]
    definition: str
    without_cost: Mapping[str, int]
    warning: str

    def sources(self) -> list[str]:
        """Tables that the result rests on."""
        return ["models", "benchmarks", "benchmark_scores", "prices", "chips"]

    def __str__(self) -> str:
        lines = ["first at a level, probability:", *(f"  {first}" for first in self.levels)]
        unknown = ", ".join(f"{count} {bloc}" for bloc, count in self.without_cost.items()) or "none"
        lines.append(f"first at a level for a cost ({DEFINITIONS[self.definition]}), probability:")
        lines.append(f"  models whose cost cannot be found, so that they are not here: {unknown}")
        lines += [f"  {first}" for first in self.costs]
        return "\n".join([*lines, *([self.warning] if self.warning else [])])


def first_at(level: str | float, posterior: Posterior | None = None) -> First:
    """Who first released a model as capable as a level.

    Of two models of one day, the one that is more capable in the draw counts as first.

    Parameters
    ----------
    level : str or float
        A scored model, or orders of magnitude.
    posterior : Posterior, optional
        The shipped one of all facts by default.

    Returns
    -------
    First

    Raises
    ------
    CurveshiftError
        For an unknown model, or a level that nobody reached.

    Examples
    --------
    >>> found = first_at("GPT-4 (Mar 2023)")
    >>> found.blocs["us"] > 0.5
    True
    """
    post = shipped() if posterior is None else posterior
    found = _first(post, level, can_lead(post), None, None)
    if found.reached_share < 0.5:
        raise CurveshiftError(
            f"nobody reached {found.level} in {100 * (1 - found.reached_share):.0f} % of draws: take a lower level, "
            "or a model with scores enough to lead",
            "level",
        )
    return found


def firsts(
    posterior: Posterior | None = None,
    levels: Sequence[str | float] | None = None,
    budgets_usd: Sequence[float] | None = None,
    *,
    definition: Definition = "final_run_rental",
    seed: int = 0,
) -> Firsts:
    """Who was first at each level, and at each level for each cost, by model, developer and bloc.

    Parameters
    ----------
    posterior : Posterior, optional
        The shipped one of all facts by default.
    levels : sequence of str or float, optional
        Scored models or orders of magnitude; the recorded milestones that are scored by default.
    budgets_usd : sequence of float, optional
        Above 0; the recorded ones by default.
    definition : {"final_run_rental", "amortised", "whole_r_and_d"}
        Basis of the costs, drawn with their spread.
    seed : int

    Returns
    -------
    Firsts

    Raises
    ------
    CurveshiftError
        As `first_at`; and for an unknown definition or a budget that is not above 0.

    Examples
    --------
    >>> found = firsts(levels=["GPT-4 (Mar 2023)"], budgets_usd=[1e7])
    >>> 0.0 <= found.costs[0].reached_share <= 1.0
    True
    """
    check_definition(definition)
    post = shipped() if posterior is None else posterior
    budgets = records()["budgets_usd"] if budgets_usd is None else budgets_usd
    for usd in budgets:
        if not usd > 0.0:
            raise CurveshiftError(f"{usd!r} is not a cost above 0 in dollars", "budgets_usd")
    named = [m for m in milestones() if m in post.panel.models] if levels is None else levels
    cost, without = _log10_usd(post, definition, seed)
    return Firsts(
        tuple(first_at(level, post) for level in named),
        tuple(_first(post, level, can_lead(post), float(usd), cost) for level in named for usd in budgets),
        definition,
        without,
        sampler_warning(post),
    )


def _log10_usd(post: Posterior, definition: Definition, seed: int) -> tuple[Floats, dict[str, int]]:
    """Draws of log10 cost, shape (draw, model), infinite where it cannot be found; how often that is, by bloc."""
    shocks = stream(seed, "first: costs").standard_normal((len(post), len(post.panel.models)))
    found = np.full(shocks.shape, np.inf)
    leads = can_lead(post)
    without: dict[str, int] = {}
    for i in np.flatnonzero(leads):
        try:
            cost = recost(post.panel.models[i], definition, as_of=post.panel.as_of)
        except CurveshiftError:
            bloc = post.panel.blocs[i]
            without[bloc] = without.get(bloc, 0) + 1
            continue
        found[:, i] = np.log10(cost.usd_central) + cost.log10_sd * shocks[:, i]
    return found, dict(sorted(without.items()))


def _first(
    post: Posterior, level: str | float, counts: NDArray[np.bool_], usd: float | None, cost: Floats | None
) -> First:
    data = post.panel
    name = level if isinstance(level, str) else f"{level:g} orders of magnitude"
    height = post.of(level) if isinstance(level, str) else np.full(len(post), float(level))
    reached = counts & (post.capability >= height[:, None])
    if usd is not None and cost is not None:
        reached &= cost <= np.log10(usd)
        counts = counts & np.isfinite(cost).all(axis=0)
    when = np.where(reached, data.years, np.inf)
    earliest = when.min(axis=1)
    tied = reached & (when == earliest[:, None])
    best = np.argmax(np.where(tied, post.capability, -np.inf), axis=1)
    winner = np.where(np.isfinite(earliest), best, -1)
    share = np.bincount(winner[winner >= 0], minlength=len(data.models)) / len(post)
    return First(
        name,
        usd,
        _ranked(data.models, share, _SHOWN),
        _ranked(data.developers, share, _SHOWN),
        _ranked(data.blocs, share, 0.0),
        Quantity(earliest, "year") if np.isfinite(earliest).any() else None,
        float((winner >= 0).mean()),
        int(counts.sum()),
        winner,
    )


def _ranked(names: Sequence[str], share: Floats, least: float) -> dict[str, float]:
    total: dict[str, float] = {}
    for name, part in zip(names, share.tolist(), strict=True):
        if part:
            total[name] = total.get(name, 0.0) + part
    kept = {name: part for name, part in total.items() if part >= least}
    return dict(sorted(kept.items(), key=lambda pair: (-pair[1], pair[0])))


@dataclass(frozen=True)
class Follower:
    """A developer's first model with reasoning training."""

    developer: str
    bloc: str
    model: str
    day: date
    months: float


@dataclass(frozen=True)
class Followers(Told):
    """Who reached reasoning, and how long after the first.

    Attributes
    ----------
    first : Follower
    followers : tuple of Follower
        In order of date; without the first.
    as_of : date or None
    distilled : bool
        Whether models trained on another model's outputs count.
    """

    first: Follower
    followers: tuple[Follower, ...]
    as_of: date | None
    distilled: bool

    def within(self, months: float) -> dict[str, int]:
        """How many other developers had a reasoning model within some months of the first, by bloc.

        Raises
        ------
        CurveshiftError
            For a time that is not above 0.
        """
        if not months > 0.0:
            raise CurveshiftError(f"{months!r} is not a number of months above 0", "months")
        found: dict[str, int] = {}
        for follower in self.followers:
            if follower.months <= months:
                found[follower.bloc] = found.get(follower.bloc, 0) + 1
        return dict(sorted(found.items()))

    def sources(self) -> list[str]:
        """Tables that the result rests on."""
        return ["models"]

    def __str__(self) -> str:
        lines = [
            f"first model with reasoning training: {self.first.model} ({self.first.developer}, {self.first.day})"
        ]
        for months in (3, 6, 9, 12):
            told = ", ".join(f"{count} {bloc}" for bloc, count in self.within(months).items()) or "none"
            lines.append(f"  other developers within {months} months: {told}")
        lines += [f"    {f.months:4.1f} {f.developer}: {f.model}" for f in self.followers if f.months <= 12.0]
        return "\n".join(lines)


def reasoning_followers(*, as_of: date | str | None = None, distilled: bool = True) -> Followers:
    """Developers in the models table with a model trained to reason, by the date of their first.

    A name that begins with another one (Google DeepMind, Google) is the same developer. The table holds notable and
    scored models, not all there are, so that the counts are lower bounds. Hybrid models count.

    Parameters
    ----------
    as_of : date or str, optional
        Only models known by that day.
    distilled : bool
        Whether models known to be trained on another model's outputs count.

    Returns
    -------
    Followers

    Raises
    ------
    CurveshiftError
        When no such model was known by then.

    Examples
    --------
    >>> found = reasoning_followers(as_of="2025-01-29")
    >>> found.first.developer
    'OpenAI'
    """
    rows = [
        row
        for row in facts.rows("models", as_of=as_of)
        if row["reasoning"] != "no" and row["release_date"] and (distilled or row["distilled"] != "yes")
    ]
    if not rows:
        raise CurveshiftError(f"no model with reasoning training was known by {as_of}", "as_of")
    rows.sort(key=lambda row: (row["release_date"], row["model"]))
    start = rows[0]["release_date"]
    names = {name for row in rows for name in row["developer"].split("; ")}
    found: dict[str, Follower] = {}
    for row in rows:
        months = (row["release_date"] - start).days / _DAYS_PER_MONTH
        for developer in row["developer"].split("; "):
            name = _company(developer, names)
            found.setdefault(name, Follower(name, row["bloc"], row["model"], row["release_date"], months))
    first, *others = found.values()
    return Followers(first, tuple(others), None if as_of is None else as_date(as_of), distilled)


def _company(developer: str, names: set[str]) -> str:
    """The shortest known name that a developer's name begins with."""
    return min((name for name in names if f"{developer} ".startswith(f"{name} ")), key=len)
