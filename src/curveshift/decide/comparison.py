"""Policies against a base, draw by draw on common random numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from .lags import lag_at
from .polarity import WORLDS, chosen_thresholds, paired_rows, world_members
from .statistics import Estimate, expectation, expectations, quantiles, weight_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.scenario import Policy, View
    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]
    Policies = str | Path | Policy | Sequence[str | Path | Policy]

STOCK_YEARS: Final = (2027, 2028, 2030)
LAG_YEARS: Final = (2026, 2027, 2028, 2029, 2030)
FACTUAL: Final = "status-quo"
_LEVELS: Final = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Difference:
    """One quantity under a policy, under the base, and the difference draw by draw.

    Attributes
    ----------
    policy, base : str
    quantity, unit, when : str
        What it is; `when` is a date, a mark or empty.
    here, there : Estimate
        Median under the policy and under the base, over all draws.
    low, median, high : Estimate
        5th, 50th and 95th percentile of policy minus base. An infinite end says that only one of the two
        reaches the mark by the horizon.
    above, below : Estimate
        Probability that the policy's value is larger, or smaller, than the base's; the rest are ties.
    defined : Estimate
        Share of draws in which at least one of the two has a value.
    """

    policy: str
    base: str
    quantity: str
    unit: str
    when: str
    here: Estimate
    there: Estimate
    low: Estimate
    median: Estimate
    high: Estimate
    above: Estimate
    below: Estimate
    defined: Estimate


@dataclass(frozen=True)
class WorldDifference:
    """Probability of a world under a policy minus that under the base.

    Attributes
    ----------
    policy, base, threshold, world : str
    window_months : int
    here, there, difference : Estimate
        Given that neither bloc had crossed by the as-of date on the factual path. The error of the
        difference is that of paired draws and smaller than the two others suggest.
    unconditioned : Estimate
        The difference over all draws.
    """

    policy: str
    base: str
    threshold: str
    world: str
    window_months: int
    here: Estimate
    there: Estimate
    difference: Estimate
    unconditioned: Estimate


@dataclass(frozen=True)
class ChannelChips:
    """Chips that came to China by one flow, cumulative since 2022, under one policy.

    Attributes
    ----------
    policy, flow, when : str
        The flow is legal, diverted, seized (on the way, so not in China) or domestic; `when` is a year end.
    low, median, high : float
        10th, 50th and 90th percentile over all draws, in chips as sold; read from bands, and so not paired.
    """

    policy: str
    flow: str
    when: str
    low: float
    median: float
    high: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """Policies against a base on the same draws.

    Attributes
    ----------
    base : str
    policies : tuple of str
        All policies, the base included.
    window_months : int
        Window of the worlds.
    differences : tuple of Difference
        By policy, then quantity, then date.
    worlds : tuple of WorldDifference
        By policy, then threshold (the mixture last), then world.
    channels : tuple of ChannelChips
        Side by side for all policies, by flow and year end.
    ensemble : Ensemble
        What it was read from.
    """

    base: str
    policies: tuple[str, ...]
    window_months: int
    differences: tuple[Difference, ...]
    worlds: tuple[WorldDifference, ...]
    channels: tuple[ChannelChips, ...]
    ensemble: Ensemble

    def sources(self) -> str:
        """Every source that the result rests on, as a Markdown list."""
        return str(self.ensemble.sources())

    def _repr_html_(self) -> str:
        head = "<tr><th>policy</th><th>quantity</th><th>when</th><th>difference (90 %)</th><th>unit</th></tr>"
        body = "".join(
            f"<tr><td>{escape(d.policy)}</td><td>{escape(d.quantity)}</td><td>{escape(d.when)}</td>"
            f"<td>{d.median.value:.4g} ({d.low.value:.4g} to {d.high.value:.4g})</td>"
            f"<td>{escape(d.unit)}</td></tr>"
            for d in self.differences
        )
        return f"<table><caption>Policy minus {escape(self.base)}</caption>{head}{body}</table>"


def compare(
    policies: Policies | Ensemble | Sequence[Ensemble],
    base: str | None = None,
    *,
    settings: Sequence[str] = (),
    window_months: int = 12,
    draws: int = 8192,
    seed: int = 0,
    as_of: date = date(2026, 6, 30),
    end: date = date(2035, 12, 1),
    feedback: str | None = None,
    tied: bool = True,
    assumptions: str | Path | None = None,
    view: View | str | Path | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Compare policies with a base, draw by draw.

    Parameters
    ----------
    policies : names, files or Policy objects; an Ensemble; or several on the same draws
        Names are simulated first, with the other parameters as in `curveshift.simulate`; with ensembles those
        parameters have no effect.
    base : str, optional
        What the others are compared with. Without it ``status-quo`` where that is among them, and the first
        otherwise. A named base that is missing from the list is simulated too, and ``status-quo`` beside a
        single policy.
    window_months : int
        Window of the worlds, from 1 to 120 months.

    Returns
    -------
    Comparison

    Raises
    ------
    CurveshiftError
        For an unknown policy, ensembles on different draws, or fewer than two policies.

    Examples
    --------
    >>> from datetime import date
    >>> from curveshift.decide import compare
    >>> result = compare("airtight", draws=64, end=date(2027, 12, 1))
    >>> stock = result.differences[0]
    >>> stock.quantity, stock.when, stock.base, stock.median.value < 0
    ('china_stock', '2027-12-31', 'status-quo', True)
    """
    simulated = {
        "draws": draws, "seed": seed, "as_of": as_of, "end": end, "feedback": feedback, "tied": tied,
        "assumptions": assumptions, "view": view, "threads": threads, "progress": progress,
    }  # fmt: skip
    ensemble, base = _as_ensemble(policies, base, settings, simulated)
    names = tuple(ensemble.policies)
    if base is None:
        base = FACTUAL if FACTUAL in names else names[0]
    if base not in names:
        raise unknown_name("base policy", base, names)
    if len(names) < 2:
        raise CurveshiftError(f"a comparison needs two policies, not only {names[0]!r}")
    others = [name for name in names if name != base]
    found = tuple(d for name in others for d in differences(ensemble, name, base))
    worlds = tuple(w for name in others for w in world_differences(ensemble, name, base, window_months))
    return Comparison(base, names, window_months, found, worlds, channel_chips(ensemble), ensemble)


def merged(ensembles: Sequence[Ensemble]) -> Ensemble:
    """Several ensembles on the same draws as one.

    Raises
    ------
    CurveshiftError
        When they differ in anything but their policies, or a policy is in two of them.
    """
    import xarray as xr

    first = ensembles[0]
    for other in ensembles[1:]:
        _same_draws(first, other)
    names = [name for ensemble in ensembles for name in ensemble.policies]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CurveshiftError(f"policy {twice[0]!r} is in two of the ensembles: compare each policy once")

    def joined(part: str) -> Any:
        parts = [getattr(ensemble, part) for ensemble in ensembles]
        return xr.concat(
            parts, dim="policy", data_vars="minimal", coords="minimal", compat="equals", join="exact"
        )

    scenario = replace(first.scenario, policies=tuple(p for e in ensembles for p in e.scenario.policies))
    notes = tuple(dict.fromkeys(note for ensemble in ensembles for note in ensemble.notes))
    try:
        draws = joined("draws")
    except (ValueError, xr.MergeError) as error:
        raise CurveshiftError(f"the ensembles do not rest on the same draws: {error}") from None
    counts = [counted for ensemble in ensembles for counted in ensemble.counts]
    paths = [series for ensemble in ensembles for series in ensemble.first]
    return replace(first, scenario=scenario, notes=notes, counts=counts, draws=draws, first=paths)


def _as_ensemble(
    policies: Any, base: str | None, settings: Sequence[str], simulated: dict[str, Any]
) -> tuple[Ensemble, str | None]:
    """The ensemble to compare in, run if need be, and the name of the base where one was asked for."""
    if hasattr(policies, "draws"):
        return policies, base
    several = [policies] if isinstance(policies, str | Path) or hasattr(policies, "us") else list(policies)
    if several and all(hasattr(one, "draws") for one in several):
        return merged(several), base
    if base is None and len(several) == 1:
        base = FACTUAL
    if base is not None and base not in several:
        several.insert(0, base)
    if len(several) < 2:
        raise CurveshiftError("a comparison needs at least two policies")
    from curveshift.world import simulate

    ensemble = simulate(several, settings, **simulated)
    # A file's policy has a name of its own.
    return ensemble, None if base is None else ensemble.policies[several.index(base)]


def _same_draws(first: Ensemble, other: Ensemble) -> None:
    here, there = (
        {
            **e.scenario.content()["settings"],
            "feedback": e.feedback,
            "tied": e.tied,
            "record": e.record_digest,
        }
        for e in (first, other)
    )
    for part in ("assumptions", "correlations"):
        here[part], there[part] = first.scenario.content()[part], other.scenario.content()[part]
    changed = [key for key, value in here.items() if value != there[key]]
    if changed:
        key = changed[0]
        shown = "" if key in ("assumptions", "correlations") else f" ({here[key]} and {there[key]})"
        raise CurveshiftError(
            f"the ensembles do not rest on the same draws: their {key}{shown} differ, so that a difference"
            " between their policies would mix in something else"
        )


def differences(ensemble: Ensemble, policy: str, base: str) -> Iterator[Difference]:
    """Every compared quantity of a policy less that of a base, draw by draw."""
    draws = ensemble.draws
    failed = draws["failed"].sel(policy=[policy, base]).max("policy").values
    rows = weight_rows(1.0 - np.asarray(failed, dtype=np.float64), draws["replicate"].values)
    for quantity, unit, when, read in quantities_of(ensemble):
        here, there = read(policy), read(base)
        # A mark that neither reaches by the horizon has no difference; inf minus inf must not warn.
        with np.errstate(invalid="ignore"):
            gap = here - there
        (middle,), (other,) = quantiles(here, (0.5,), rows), quantiles(there, (0.5,), rows)
        low, median, high = quantiles(gap, _LEVELS, rows)
        above, below, defined = expectations(np.stack([gap > 0, gap < 0, ~np.isnan(gap)], axis=-1), rows)
        yield Difference(
            policy, base, quantity, unit, when, middle, other, low, median, high, above, below, defined
        )


def quantities_of(ensemble: Ensemble) -> Iterator[tuple[str, str, str, Callable[[str], Floats]]]:
    """Every compared quantity: name, unit, when, and its draws under a policy, shape (draw,)."""
    draws = ensemble.draws

    def picked(variable: str, **where: Any) -> Callable[[str], Floats]:
        return lambda policy: np.asarray(draws[variable].sel(policy=policy, **where).values, dtype=np.float64)

    years = {int(year) for year in draws["year_end"].values}
    for year in sorted(years.intersection(STOCK_YEARS)):
        yield "china_stock", "H100e 16-bit", f"{year}-12-31", picked("china_stock_h100e", year_end=year)
        for flow in draws["flow"].values:
            yield (
                f"chips_{flow}",
                "chips since 2022",
                f"{year}-12-31",
                picked("cumulative_chips", year_end=year, flow=flow),
            )
    last = ensemble.scenario.end.year
    for day in (f"{y}-12-31" for y in LAG_YEARS if y <= last):
        yield "lag", "months", day, partial(lag_at, ensemble, when=day)
    for mark in draws["mark"].values:
        words = f"{float(mark) / 1e6:g} million H100e"
        yield "china_reaches", "year", words, picked("stock_year", mark=mark, bloc="china")
    since = f"{ensemble.scenario.as_of} to {ensemble.scenario.end}"
    yield "us_revenue", "USD", since, picked("us_revenue_usd")
    yield "us_fees", "USD", since, picked("us_fees_usd")


def channel_chips(ensemble: Ensemble) -> tuple[ChannelChips, ...]:
    """Chips by flow at the compared year ends, for every policy."""
    chips = ensemble.bands["cumulative_chips"].sel(quantile=[0.1, 0.5, 0.9]).transpose(..., "quantile")
    last = ensemble.scenario.end.year
    days = [f"{year}-12-31" for year in STOCK_YEARS if year <= last]
    return tuple(
        ChannelChips(
            name, str(flow), day, *(float(x) for x in chips.sel(policy=name, flow=flow, quarter=day))
        )
        for name in ensemble.policies
        for flow in chips["flow"].values
        for day in days
    )


def world_differences(
    ensemble: Ensemble, policy: str, base: str, window_months: int
) -> Iterator[WorldDifference]:
    """Probability of every world under a policy less that under a base, by threshold."""
    for preset in chosen_thresholds(ensemble, None):
        members = [
            world_members(ensemble, name, preset, window_months).astype(np.float64) for name in (policy, base)
        ]
        rows = paired_rows(ensemble, (policy, base), preset, conditioned=True)
        all_rows = paired_rows(ensemble, (policy, base), preset, conditioned=False)
        for i, world in enumerate(WORLDS):
            here, there = members[0][:, i], members[1][:, i]
            yield WorldDifference(
                policy,
                base,
                preset,
                world,
                window_months,
                expectation(here, rows),
                expectation(there, rows),
                expectation(here - there, rows),
                expectation(here - there, all_rows),
            )
