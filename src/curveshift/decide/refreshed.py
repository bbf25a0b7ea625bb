"""What new facts change: results that take seconds, with the facts before and after, and what must be redone."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.trends.posteriors import LATEST, SHIPPED

from .backtest_series import quantities
from .tracing import STEPS

if TYPE_CHECKING:
    from curveshift.facts import Refresh

POLICY: Final = "status-quo"
MOMENT: Final = date(2028, 12, 31)
LAG_MONTHS: Final = 12
THRESHOLD: Final = "essay-2025"
DRAWS: Final = 1024
_MODEL: Final = "DeepSeek-V3"
_LEVEL: Final = ("GPQA diamond", "GPT-4")
_CLOSE: Final = 1e-9
"""Relative difference below which two results are the same: the last bits of a run depend on the processor."""


@dataclass(frozen=True)
class Outcome:
    """A result and its interval; `refused` says why there is none."""

    name: str
    unit: str
    low: float = math.nan
    central: float = math.nan
    high: float = math.nan
    refused: str = ""

    def same(self, other: Outcome) -> bool:
        """Whether another computation gave the same numbers, or the same refusal."""
        pairs = ((self.low, other.low), (self.central, other.central), (self.high, other.high))
        return self.refused == other.refused and all(
            math.isclose(a, b, rel_tol=_CLOSE) or (math.isnan(a) and math.isnan(b)) for a, b in pairs
        )


@dataclass(frozen=True)
class Effects:
    """What a refreshed table does to results.

    Attributes
    ----------
    facts_before, facts_after : str
        SHA-256 of the facts.
    quantities : tuple of str
        Parts of the model that read the table.
    forecasts : tuple of str
        Series of the backtest that read it.
    stale : mapping of str to str
        Draws of the joint model of scores that no longer belong to the data they were fitted to: the day (``latest``
        for all facts) and the file. Empty when results were not asked for.
    before, after : tuple of Outcome
        Results with the facts before and after, in the same order.
    """

    facts_before: str
    facts_after: str
    quantities: tuple[str, ...]
    forecasts: tuple[str, ...]
    stale: Mapping[str, str] = field(default_factory=dict)
    before: tuple[Outcome, ...] = ()
    after: tuple[Outcome, ...] = ()

    def todo(self) -> tuple[str, ...]:
        """What a maintainer runs, in order, when the new table ships."""
        if self.facts_before == self.facts_after:
            return ()
        draws = (
            f"curveshift calibrate {'--all' if day == LATEST else f'--as-of {day}'} "
            f"-o src/curveshift/trends/data/{file} (an hour or more)"
            for day, file in self.stale.items()
        )
        return (
            *draws,
            "make records",
            "python tools/judge_claims.py",
            "python tools/score_backtests.py",
            "python tools/run_page.py --write PAGE, for each page that tests/health/test_pages.py names",
            "the number of rows of the table in src/curveshift/facts/data/ATTRIBUTION.md",
            "make test-all, and CHANGELOG.md with the old and the new headline numbers",
        )


def effects(refresh: Refresh, *, draws: int = DRAWS) -> Effects:
    """Compute what a refreshed table changes, without changing anything.

    Results are computed in two other processes, one with the facts in use and one with the new table among them, since
    a process reads a table once.

    Parameters
    ----------
    refresh : Refresh
        From `curveshift.facts.refresh`, without problems.
    draws : int
        Draws of the headline run, a multiple of 8; 0 leaves out every result.

    Returns
    -------
    Effects

    Raises
    ------
    CurveshiftError
        If the rows have problems, or the results cannot be computed.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     same = facts.export("enforcement", f"{folder}/enforcement.csv")
    ...     effects(facts.refresh(same), draws=0).todo()
    ()
    """
    before, after = refresh.digests()
    table = refresh.table
    read = tuple(name for name, step in STEPS.items() if table in step.tables)
    series = tuple(name for name, one in quantities().items() if table in one.tables)
    if not draws or before == after:
        return Effects(before, after, read, series)
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as two,
        ThreadPoolExecutor() as pool,
    ):
        refresh.gather(one, changed=False)
        refresh.gather(two)
        old, new = pool.submit(_elsewhere, draws, one), pool.submit(_elsewhere, draws, two)
        (data_before, found_before), (data_after, found_after) = old.result(), new.result()
    stale = {day: file for day, file in SHIPPED.items() if data_before[day] != data_after[day]}
    return Effects(before, after, read, series, stale, found_before, found_after)


def tell(draws: int) -> str:
    """The results of this process's facts, as JSON."""
    from curveshift import trends

    data = {day: trends.panel(as_of=None if day == LATEST else day).digest() for day in SHIPPED}
    return json.dumps({"data": data, "found": [asdict(one) for one in outcomes(draws)]})


def _elsewhere(draws: int, folder: str) -> tuple[dict[str, str], tuple[Outcome, ...]]:
    """Results in a process of its own, with a folder's tables in place of the shipped ones, if it holds any."""
    env = {**os.environ, facts.OWN: folder if any(Path(folder).iterdir()) else ""}
    code = f"from curveshift.decide.refreshed import tell; print(tell({draws:d}))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no message"]
        raise CurveshiftError(f"the results cannot be computed with these facts: {said[-1]}")
    told = json.loads(done.stdout.splitlines()[-1])
    return told["data"], tuple(Outcome(**one) for one in told["found"])


def outcomes(draws: int) -> Iterator[Outcome]:
    """Results of the facts in use: trends that take a second each, and the headline."""
    for name, unit, compute in _TRENDS:
        try:
            yield Outcome(name, unit, *compute())
        except CurveshiftError as error:
            yield Outcome(name, unit, refused=str(error))
    try:
        found = _headline(draws)
    except CurveshiftError as error:
        found = {}
        refused = str(error)
    for name, unit in _HEADLINE.items():
        yield Outcome(name, unit, *found[name]) if found else Outcome(name, unit, refused=refused)


def _hardware() -> tuple[float, float, float]:
    from curveshift.trends.hardware import hardware_price_performance_per_year

    found = hardware_price_performance_per_year()
    return found.low, found.central, found.high


def _decline() -> tuple[float, float, float]:
    from curveshift.trends.pricing import decline

    found = decline(*_LEVEL).rate
    return found.low, found.central, found.high


def _cost() -> tuple[float, float, float]:
    from curveshift.trends.costs import recost

    found = recost(_MODEL, "final_run_rental")
    return found.usd_low / 1e6, found.usd_central / 1e6, found.usd_high / 1e6


def _horizon() -> tuple[float, float, float]:
    from curveshift import trends

    found = trends.horizon_doubling_days(trends.posterior()).ours
    return found.low, found.median, found.high


def _largest_run(bloc: str) -> Callable[[], tuple[float, float, float]]:
    def largest() -> tuple[float, float, float]:
        known = [r for r in facts.rows("models") if r["bloc"] == bloc and r["training_compute_flop"]]
        if not known:
            raise CurveshiftError("no model with published compute")
        most = max(known, key=lambda row: row["training_compute_flop"])
        value = most["training_compute_flop"]
        return most["training_compute_low_flop"] or value, value, most["training_compute_high_flop"] or value

    return largest


_TRENDS: Final[tuple[tuple[str, str, Callable[[], tuple[float, float, float]]], ...]] = (
    ("hardware for the money", "x/year", _hardware),
    (f"price of {_LEVEL[1]}'s level on {_LEVEL[0]} falls", "x/year", _decline),
    (f"final run of {_MODEL} at rental prices", "million usd", _cost),
    ("task horizons double in", "days", _horizon),
    ("largest published run, US and partners", "flop", _largest_run("us")),
    ("largest published run, China", "flop", _largest_run("china")),
)


_HEADLINE: Final = {
    f"China's stock, {MOMENT}": "million H100e (16 bit)",
    f"US stock, {MOMENT}": "million H100e (16 bit)",
    f"China's lag, {MOMENT}": "months",
    f"P(lag at crossing > {LAG_MONTHS} months), {THRESHOLD}": "share",
}


def _headline(draws: int) -> dict[str, tuple[float, float, float]]:
    from curveshift.world import simulate

    from .lags import probability_lag_exceeds
    from .summary import summarise

    found = simulate(POLICY, draws=draws)
    (end,) = [m for m in summarise(found).moments if m.when == MOMENT.isoformat()]
    (share,) = probability_lag_exceeds(found, (LAG_MONTHS,), threshold=THRESHOLD)
    spreads = ((end.china, 1e-6), (end.us, 1e-6), (end.lag_months, 1.0))
    values = [(x.low * scale, x.median * scale, x.high * scale) for x, scale in spreads]
    return dict(zip(_HEADLINE, [*values, (math.nan, share.probability.value, math.nan)], strict=True))
