"""Run a scenario and keep what is asked of it: quantiles over draws, values per draw, sample paths."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift import facts, scenario
from curveshift.errors import CurveshiftError, unknown_name
from curveshift.scenario import Policy, Scenario
from curveshift.world import bands, engine, outcomes
from curveshift.world.history import read_history
from curveshift.world.rules import compile_policy
from curveshift.world.supply import LIMITS
from curveshift.world.systems import CONTENDERS
from curveshift.world.thresholds import THRESHOLDS
from curveshift.world.units import OPS16, UNITS

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

RECORD_POLICY: Final = "status-quo"
FIRST_YEAR: Final = 2022
PATHS: Final = ("china_stock", "us_stock", "capability", "lag_months", "china_share_owned", "china_share_used")


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Draws of the two worlds under some policies.

    Attributes
    ----------
    scenario : Scenario
        What was asked.
    feedback : str
        Setting of AI's help to AI research: off, default or strong.
    facts_digest : str
        SHA-256 of the fact tables that were read.
    notes : tuple of str
        Gaps in the record and how they were treated.
    bands : xarray.Dataset
        Quantiles over all draws by policy and quarter.
    draws : xarray.Dataset
        Values per policy and draw.
    paths : xarray.Dataset
        The first draws as whole paths.
    assumptions : mapping of str to array
        What was drawn for each assumption, shape (draw,).

    Examples
    --------
    >>> from curveshift.world import simulate
    >>> small = simulate("status-quo", draws=64, end=date(2027, 12, 1))
    >>> small.policies
    ('status-quo',)
    """

    scenario: Scenario
    feedback: str
    facts_digest: str
    notes: tuple[str, ...]
    bands: xr.Dataset
    draws: xr.Dataset
    paths: xr.Dataset
    assumptions: Mapping[str, NDArray[np.float64]] = field(repr=False)

    @property
    def policies(self) -> tuple[str, ...]:
        """Names of the policies, in the order in which they were asked for."""
        return tuple(policy.name for policy in self.scenario.policies)

    def sources(self) -> str:
        """Markdown list of the sources that the result rests on."""
        tables = "".join(
            f"- {s.source}{f' <{s.url}>' if s.url else ''}\n"
            for s in facts.sources("chip_shipments") + facts.sources("chips")
        )
        return self.scenario.sources() + tables

    def _repr_html_(self) -> str:
        at = self.bands["china_stock"].sel(unit="h100e_16bit", quantile=0.5).isel(quarter=-1)
        rows = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{float(at.sel(policy=name)) / 1e6:,.1f}</td></tr>"
            for name in self.policies
        )
        last = np.datetime_as_string(self.bands["quarter"].values[-1], unit="D")
        return (
            f"<p>{self.scenario.draws:,} draws, seed {self.scenario.seed}, as of {self.scenario.as_of}</p>"
            f"<table><tr><th>policy</th><th>China's stock on {last}, median, million H100e (16 bit)</th></tr>"
            f"{rows}</table>"
        )


def simulate(
    policies: str | Policy | Path | Sequence[str | Policy | Path] = RECORD_POLICY,
    settings: Sequence[str] | Mapping[str, Any] = (),
    *,
    draws: int = 8192,
    seed: int = 0,
    as_of: date = date(2026, 6, 30),
    end: date = date(2035, 12, 1),
    feedback: str = "default",
    assumptions: str | Path | None = None,
    threads: int | None = None,
    keep_paths: int = 20,
    progress: Callable[[int, int], None] | None = None,
) -> Ensemble:
    """Simulate policies on the same draws.

    Parameters
    ----------
    policies : str, Policy, path or a sequence of them
        Presets, ``preset+stance``, or files.
    settings : sequence of "key=value", or mapping
        Changed assumptions and levers.
    draws : int
        A multiple of 8, from 8 to 2^24.
    seed : int
        Decides every random number.
    as_of : datetime.date
        Only facts knowable by then are used; later months are simulated.
    end : datetime.date
        First day of the last month; the end of a quarter (March, June, September, December).
    feedback : {"off", "default", "strong"}
        AI's help to AI research.
    assumptions : path, optional
        A file of a user's own assumptions.
    threads : int, optional
        Threads that run blocks; all processors unless given. Results do not depend on it.
    keep_paths : int
        Sample paths to keep, at most the first block (256).
    progress : callable, optional
        Called with (blocks done, blocks in all).

    Returns
    -------
    Ensemble

    Raises
    ------
    CurveshiftError
        On anything unknown, malformed or out of range.

    Examples
    --------
    >>> result = simulate(["status-quo", "airtight"], draws=64, end=date(2027, 12, 1))
    >>> result.bands["china_stock"].dims
    ('quantile', 'policy', 'quarter', 'unit')
    """
    asked = (policies,) if isinstance(policies, str | Policy | Path) else tuple(policies)
    declared = scenario.declare(
        [str(p) if isinstance(p, Path) else p for p in asked],
        settings, assumptions=assumptions, seed=seed, draws=draws, as_of=as_of, end=end,
    )  # fmt: skip
    return run(declared, feedback=feedback, threads=threads, keep_paths=keep_paths, progress=progress)


def run(
    declared: Scenario,
    *,
    feedback: str = "default",
    threads: int | None = None,
    keep_paths: int = 20,
    progress: Callable[[int, int], None] | None = None,
) -> Ensemble:
    """Simulate a declared scenario (see `simulate`)."""
    import os

    if feedback not in engine.FEEDBACK:
        raise unknown_name("feedback setting", feedback, engine.FEEDBACK)
    if declared.start != date(FIRST_YEAR, 1, 1):
        raise CurveshiftError(f"the simulation starts in {FIRST_YEAR}-01, not on {declared.start}", where="start")
    months = declared.months
    if len(months) % 3:
        raise CurveshiftError(f"{declared.end} does not end a quarter", where="end")
    last = engine.as_of_month(declared.as_of)
    if not 24 <= last < len(months):
        raise CurveshiftError(
            f"as_of {declared.as_of} must lie between 2024-01-31 and {declared.end}", where="as_of"
        )
    if threads is not None and threads < 1:
        raise CurveshiftError(f"threads must be at least 1, not {threads}", where="threads")
    history = read_history(len(months), declared.as_of)
    record = _record_policy(declared)
    chosen = [record, *declared.policies]
    job = engine.Job(
        scenario=declared,
        history=history,
        compiled=[
            compile_policy(p, declared.levers, record, history, len(months), declared.as_of) for p in chosen
        ],
        half_lives=[p.half_life_years for p in chosen],
        feedback=engine.FEEDBACK[feedback],
        as_of_month=last,
    )
    # The factual path gives levels and weights; when it was asked for too, it is not run twice.
    names = [p.name for p in declared.policies]
    own = [names.index(record.name)] if record in declared.policies else []
    if own:
        job = _without(job, own[0] + 1)
    rows = [0 if i in own else 1 + i - (1 if own and i > own[0] else 0) for i in range(len(names))]
    return _collect(declared, feedback, history.notes, job, rows, threads or os.cpu_count() or 1, keep_paths, progress)


def _record_policy(declared: Scenario) -> Policy:
    """What history followed; the user's changes to the future of it are kept when it was asked for."""
    for policy in declared.policies:
        if policy.name == RECORD_POLICY:
            return policy
    return scenario.load_policy(RECORD_POLICY, as_of=declared.as_of)


def _without(job: engine.Job, i: int) -> engine.Job:
    from dataclasses import replace

    compiled = [c for k, c in enumerate(job.compiled) if k != i]
    return replace(job, compiled=compiled, half_lives=[h for k, h in enumerate(job.half_lives) if k != i])


def _collect(
    declared: Scenario,
    feedback: str,
    notes: tuple[str, ...],
    job: engine.Job,
    rows: Sequence[int],
    threads: int,
    keep_paths: int,
    progress: Callable[[int, int], None] | None,
) -> Ensemble:
    """Add up blocks in block order and put names and units on the result."""
    counts: list[list[NDArray[np.int64]]] = []
    scalars: list[list[dict[str, NDArray[np.float64]]]] = [[] for _ in rows]
    shared: list[dict[str, NDArray[np.float64]]] = []
    drawn: list[NDArray[np.float64]] = []
    first: list[outcomes.Series] = []
    n_blocks = -(-declared.draws // engine.BLOCK)
    for block in engine.run_blocks(job, threads):
        if progress is not None:
            progress(block.index + 1, n_blocks)
        drawn.append(block.assumptions)
        factual = block.scalars[0]
        crossed = np.min(factual.crossing_month, axis=2) <= job.as_of_month
        shared.append(
            {"level": factual.level, "weight": 1.0 - crossed, "replicate": block.replicate.astype(np.float64)}
        )
        for k, row in enumerate(rows):
            counted = block.counts[row]
            if block.index == 0:
                counts.append([c.copy() for c in counted])
                first.append(block.series[row])
            else:
                for total, part in zip(counts[k], counted, strict=True):
                    total += part
            scalars[k].append(_per_draw(block.series[row], block.scalars[row], job))
    names = tuple(sorted(declared.assumptions, key=lambda n: declared.assumptions[n].dimension))
    values = np.concatenate(drawn)
    return Ensemble(
        scenario=declared,
        feedback=feedback,
        facts_digest=facts.digest(),
        notes=notes,
        bands=_label_bands(declared, counts, job),
        draws=_label_draws(declared, scalars, shared, job),
        paths=_label_paths(declared, first, min(keep_paths, engine.BLOCK, declared.draws), job),
        assumptions={name: values[:, i] for i, name in enumerate(names)},
    )


def _year_ends(job: engine.Job) -> tuple[list[int], list[int]]:
    """Year ends from 2024 on, and their places among the quarters."""
    years = range(2024, FIRST_YEAR + len(job.scenario.months) // 12)
    return list(years), [(year - FIRST_YEAR) * 4 + 3 for year in years]


def _per_draw(s: outcomes.Series, c: outcomes.Scalars, job: engine.Job) -> dict[str, NDArray[np.float64]]:
    """Values per draw of one block, times in decimal years and months."""
    _, ends = _year_ends(job)
    us, china = c.crossing_month[..., 0], c.crossing_month[..., 1]
    with np.errstate(invalid="ignore"):
        lag = china - us
    after = np.searchsorted(job.quarter_ends, job.as_of_month)
    return {
        "crossing_year": FIRST_YEAR + (c.crossing_month + 1.0) / 12.0,
        "lag_at_crossing_months": lag,
        "developers_us": c.developers_us,
        "log10_labour_ratio": c.labour_ratio,
        "widens": c.widens,
        "stock_year": FIRST_YEAR + (c.stock_month + 1.0) / 12.0,
        "binding": c.binding,
        "lag_months": s.lag_months.astype(np.float32),
        "diverted_2024": c.diverted_2024,
        "us_revenue_usd": s.revenue_usd[:, -1] - s.revenue_usd[:, after],
        "us_fees_usd": s.fees_usd[:, -1] - s.fees_usd[:, after],
        "china_stock_h100e": s.china[:, ends][..., OPS16].sum(axis=-1),
        "us_stock_h100e": s.us[:, ends][..., OPS16],
        "failed": c.failed,
        "imbalance": c.imbalance,
        "clock_exceeded": c.clock_exceeded.max(axis=1),
    }


def _quarters(job: engine.Job) -> NDArray[np.datetime64]:
    months = job.scenario.months
    last_days = [(months[i].replace(day=28) + timedelta(days=4)).replace(day=1) for i in job.quarter_ends]
    return np.array([d - timedelta(days=1) for d in last_days], dtype="datetime64[ns]")


def _label_bands(declared: Scenario, counts: Sequence[Sequence[NDArray[np.int64]]], job: engine.Job) -> xr.Dataset:
    import xarray as xr

    names = [p.name for p in declared.policies]
    out = {}
    for i, band in enumerate(bands.BANDS):
        values = np.stack([band.quantiles(c[i]) for c in counts], axis=1)
        dims = ("quantile", "policy", "quarter", *band.axes)
        out[band.name] = (dims, values, {"units": band.unit, "long_name": band.meaning})
    coords: dict[str, Any] = {"quantile": list(bands.QUANTILES), "policy": names, "quarter": _quarters(job)}
    for band in bands.BANDS:
        coords.update({axis: list(labels) for axis, labels in band.axes.items()})
    return xr.Dataset(out, coords)


_DRAW_VARIABLES: Final[Mapping[str, tuple[tuple[str, ...], str, str]]] = {
    "crossing_year": (("threshold", "bloc"), "year", "Date of crossing; infinite when not by the horizon"),
    "lag_at_crossing_months": (("threshold",), "month", "China's date of crossing less that of the US"),
    "developers_us": (("threshold",), "1", "US developers across when the first Chinese one is, up to 3"),
    "log10_labour_ratio": (("threshold",), "log10", "US over Chinese deployable AI labour at the first crossing"),
    "widens": (("threshold",), "1", "Whether the gap is wider 24 months after the first crossing"),
    "stock_year": (("mark", "bloc"), "year", "Date at which the installed base passes a mark"),
    "binding": (("limit",), "share", "Share of months after the as-of date in which a limit binds"),
    "lag_months": (("quarter", "estimator"), "month", "Months by which China trails the US"),
    "diverted_2024": ((), "chips", "Chips diverted to China in 2024"),
    "us_revenue_usd": ((), "usd", "US vendors' revenue from China from the as-of date to the horizon"),
    "us_fees_usd": ((), "usd", "Fees and tariffs on it"),
    "china_stock_h100e": (("year_end",), "h100e_16bit", "China's installed base"),
    "us_stock_h100e": (("year_end",), "h100e_16bit", "Installed base of the US and its allies"),
    "failed": ((), "1", "Whether the draw gave something not finite"),
    "imbalance": ((), "share", "Largest relative error of the books of chips in any month"),
    "clock_exceeded": ((), "1", "Whether research outran the drawn path of innovations"),
}


def _label_draws(
    declared: Scenario,
    scalars: Sequence[Sequence[dict[str, NDArray[np.float64]]]],
    shared: Sequence[dict[str, NDArray[np.float64]]],
    job: engine.Job,
) -> xr.Dataset:
    import xarray as xr

    out: dict[str, Any] = {}
    for name, (dims, unit, meaning) in _DRAW_VARIABLES.items():
        values = np.stack([np.concatenate([block[name] for block in blocks]) for blocks in scalars])
        out[name] = (("policy", "draw", *dims), values, {"units": unit, "long_name": meaning})
    whole = {name: np.concatenate([block[name] for block in shared]) for name in shared[0]}
    words = "1 where neither bloc had crossed by the as-of date on the factual path"
    out["level"] = (("draw", "threshold"), whole["level"], {"units": "log10 flop"})
    out["weight"] = (("draw", "threshold"), whole["weight"], {"units": "1", "long_name": words})
    out["replicate"] = (("draw",), whole["replicate"].astype(np.int64), {"units": "1"})
    years, _ = _year_ends(job)
    coords = {
        "policy": [p.name for p in declared.policies],
        "draw": np.arange(declared.draws),
        "threshold": list(THRESHOLDS),
        "bloc": list(CONTENDERS),
        "mark": [m * 1e6 for m in outcomes.STOCKS_MILLIONS],
        "limit": list(LIMITS),
        "quarter": _quarters(job),
        "estimator": list(bands.ESTIMATOR_NAMES),
        "year_end": years,
    }
    return xr.Dataset(out, coords)


def _label_paths(declared: Scenario, first: Sequence[outcomes.Series], n: int, job: engine.Job) -> xr.Dataset:
    import xarray as xr

    out: dict[str, Any] = {}
    by_name = {band.name: band for band in bands.BANDS}
    coords: dict[str, Any] = {
        "policy": [p.name for p in declared.policies],
        "draw": np.arange(n),
        "quarter": _quarters(job),
        "unit": list(UNITS),
    }
    for name in PATHS:
        band = by_name[name]
        values = np.stack([np.asarray(band.read(s))[:n] for s in first])
        out[name] = (("policy", "draw", "quarter", *band.axes), values, {"units": band.unit})
        coords.update({axis: list(labels) for axis, labels in band.axes.items()})
    return xr.Dataset(out, coords)
