"""Quantiles and paths of an ensemble as plain frames, which is what figures and tables need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from .style import QUANTILES

if TYPE_CHECKING:
    import pandas as pd

    from curveshift.world.ensemble import Ensemble


SUPPLY_GROUPS: Final = ("history", "supply", "domestic", "enforcement", "controls", "remote")
SYSTEMS_GROUPS: Final = ("systems", "budgets", "efficiency", "paradigm")
"""Groups of assumptions that figures of chips and of capability rest on."""


@dataclass(frozen=True)
class Interval:
    """A median with its 80 % interval."""

    median: float
    low: float
    high: float


def band(ensemble: Ensemble, name: str, policy: str, **at: Any) -> pd.DataFrame:
    """Quantiles of one variable by quarter: columns ``quarter`` and ``q05`` to ``q95``."""
    import pandas as pd

    chosen = ensemble.bands[name].sel(policy=policy, **at).transpose("quarter", "quantile")
    columns = {
        QUANTILES[round(float(q), 2)]: chosen.sel(quantile=q).values for q in chosen["quantile"].values
    }
    return pd.DataFrame({"quarter": chosen["quarter"].values, **columns})


def at_date(ensemble: Ensemble, name: str, policy: str, day: str, **at: Any) -> Interval:
    """One variable on the last day of a quarter, such as ``2028-12-31``."""
    chosen = ensemble.bands[name].sel(policy=policy, quarter=day, **at)
    return Interval(*(float(chosen.sel(quantile=q)) for q in (0.5, 0.1, 0.9)))


def sampled(ensemble: Ensemble, name: str, policy: str, *, most: int = 20, **at: Any) -> pd.DataFrame:
    """The first draws as whole paths: columns ``draw``, ``quarter``, ``value``."""
    chosen = ensemble.paths[name].sel(policy=policy, **at).isel(draw=slice(most))
    frame = chosen.transpose("draw", "quarter").rename("value").to_dataframe().reset_index()
    return frame[["draw", "quarter", "value"]]


def per_year(ensemble: Ensemble, policy: str, flow: str) -> pd.DataFrame:
    """Chips of one flow in each calendar year, in every kept path: columns ``draw``, ``year``, ``chips``."""
    import pandas as pd

    total = ensemble.paths["cumulative_chips"].sel(policy=policy, flow=flow)
    ends = total.sel(quarter=total["quarter"].dt.month == 12).transpose("draw", "quarter")
    # What came before the first year end is the first year.
    made = ends.diff("quarter", label="upper")
    frame = made.rename("chips").to_dataframe().reset_index()
    first = ends.isel(quarter=[0]).rename("chips").to_dataframe().reset_index()
    both = pd.concat([first, frame], ignore_index=True)
    return both.assign(year=both["quarter"].dt.year)[["draw", "year", "chips"]]


def year_end(ensemble: Ensemble, wanted: int = 2028) -> str:
    """The end of a year, or the last quarter that was simulated if that comes first."""
    import numpy as np

    last = np.datetime_as_string(ensemble.bands["quarter"].values[-1], unit="D")
    return min(f"{wanted}-12-31", str(last))


def horizon(ensemble: Ensemble) -> float:
    """End of the simulation as a decimal year."""
    end: date = ensemble.scenario.end
    return end.year + end.month / 12.0


def label(ensemble: Ensemble, policy: str) -> str:
    """A policy's name, with a warning when no government can choose it."""
    kinds = {p.name: p.kind for p in ensemble.scenario.policies}
    return f"{policy} (intervention, not a policy)" if kinds.get(policy) == "intervention" else policy


def table_sources(*tables: str) -> tuple[str, ...]:
    """Sources of fact tables, most used first, each once."""
    from curveshift import facts

    return tuple(dict.fromkeys(s.source for table in tables for s in facts.sources(table)))


def model_sources(ensemble: Ensemble, *groups: str) -> tuple[str, ...]:
    """What a simulated figure rests on: the tables that the simulation reads, and the assumptions of some groups."""
    cited = (
        source.cite
        for record in ensemble.scenario.assumptions.values()
        if record.group in groups
        for source in record.sources
    )
    return tuple(dict.fromkeys((*table_sources("chip_shipments", "chips"), *cited)))
