"""The model against the record: what was put in and must come out, and what was kept apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from curveshift import facts
from curveshift.world.history import read_history

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.world import Ensemble

Kind = Literal["reproduction", "held out", "tied"]

HELD_OUT: Final = (
    "compute_stock: labs' compute in use",
    "compute_stock: Huawei's cumulative H100e",
    "china_access: shares of China's compute that were smuggled",
    "models: training compute of the largest runs",
    "china_access: lag of Chinese models in months",
    "capability_index: scores",
)
"""What no assumption, policy or part of the simulation may read.

Efficiency and the ties are inferred from scores, dates and compute of models. They do not enter the compute of runs,
but the lag of a tied history is that of the scores: only an untied run (``tied=False``) tests the model by it.

The costs (not the compute) of three US runs of 2023 and 2024 inform the prior of budgets, and budgets bind in a part of
the draws: the checks of those runs are less independent than the others.
"""


@dataclass(frozen=True)
class Check:
    """One number of the record beside the model's.

    Attributes
    ----------
    what, unit, source : str
    kind : {"reproduction", "held out", "tied"}
        Whether the number was an input, never read by the model, or never read but set by the observed frontier to
        which histories are tied.
    published : tuple of float or None
        Low, central, high; a bound that was not published is None.
    model : tuple of float
        5 %, 50 % and 95 % of the draws.
    """

    what: str
    unit: str
    kind: Kind
    published: tuple[float | None, float | None, float | None]
    model: tuple[float, float, float]
    source: str

    @property
    def verdict(self) -> str:
        """Whether the published central value, or else its interval, lies in the model's 90 % interval."""
        low, centre, high = self.published
        if centre is not None:
            inside = self.model[0] <= centre <= self.model[2]
        else:
            inside = (high is None or self.model[0] <= high) and (low is None or self.model[2] >= low)
        return "inside" if inside else "outside"


def _three(values: NDArray[np.float64]) -> tuple[float, float, float]:
    low, mid, high = np.quantile(values, [0.05, 0.5, 0.95])
    return float(low), float(mid), float(high)


def nvidia_cumulative(
    drawn: Mapping[str, NDArray[np.float64]], scores: NDArray[np.float64], year: int, china: bool
) -> NDArray[np.float64]:
    """Nvidia's sales since 2022 by draw, 8-bit H100 equivalents, in China or in the world.

    Parameters
    ----------
    drawn : mapping of assumption to array, shape (draw,)
    scores : array, shape (draw, 2, class)
        Standard normal scores of classes, outside China and in it.
    year : int
        To the end of this year.
    """
    history = read_history(168, date(2026, 6, 30))
    h = history.arrays
    months = slice(0, (year - 2021) * 12)
    nvidia = np.asarray(h.nvidia)
    ops8 = np.asarray(h.raw)[:, 1]
    r, q = drawn["history.within_maker_correlation"], drawn["history.within_china_correlation"]
    china_score = (
        np.sqrt(q)[:, None] * drawn["history.china_split_score"][:, None]
        + np.sqrt(1.0 - q)[:, None] * scores[:, 1]
    )
    sold_china = np.asarray(h.china_chips)[months].sum(axis=0) * nvidia * ops8
    total = np.exp(np.asarray(h.china_sigma) * china_score) @ sold_china
    if china:
        return np.asarray(total)
    score = (
        np.sqrt(r)[:, None] * drawn["history.nvidia_total_score"][:, None]
        + np.sqrt(1.0 - r)[:, None] * scores[:, 0]
    )
    elsewhere = np.asarray(h.other_chips)[months].sum(axis=0) * nvidia * ops8
    return np.asarray(total + np.exp(np.asarray(h.other_sigma) * score) @ elsewhere)


def checks(ensemble: Ensemble) -> tuple[Check, ...]:
    """Set the factual run beside the record.

    Parameters
    ----------
    ensemble : Ensemble
        With the policy ``status-quo``, at least 256 draws and 256 kept paths.
    """
    return (*_reproduced(ensemble), *_held_out(ensemble))


def _at(ensemble: Ensemble, name: str, year: int, **where: Any) -> tuple[float, float, float]:
    values = (
        ensemble.bands[name]
        .sel(policy="status-quo", quantile=[0.05, 0.5, 0.95], **where)
        .sel(quarter=np.datetime64(f"{year}-12-31"))
        .values
    )
    return float(values[0]), float(values[1]), float(values[2])


def _reproduced(ensemble: Ensemble) -> list[Check]:
    from curveshift.scenario import normals

    drawn = dict(ensemble.assumptions)
    n_classes = len(read_history(168, date(2026, 6, 30)).classes)
    n_blocks = -(-ensemble.scenario.draws // 256)
    scores = np.concatenate(
        [
            normals(ensemble.scenario.seed, "shipment-classes", b, (2, n_classes, 256)).transpose(2, 0, 1)
            for b in range(n_blocks)
        ]
    )[: ensemble.scenario.draws]
    out = []
    for row in facts.rows("compute_stock"):
        is_china = row["entity"] == "China" and row["measure"] == "nvidia_bought"
        is_total = row["entity"] == "Nvidia" and row["date"].year <= 2025
        if is_china or is_total:
            year = row["date"].year
            model = nvidia_cumulative(drawn, scores, year, china=is_china)
            who = "China's purchases from Nvidia" if is_china else "Nvidia's sales to all"
            out.append(
                Check(
                    f"{who} since 2022, end of {year}", "h100e_8bit", "reproduction",
                    (row["low"], row["central"], row["high"]), _three(model), row["source"],
                )
            )  # fmt: skip
    diverted = ensemble.draws["diverted_2024"].sel(policy="status-quo").values
    out.append(
        Check(
            "Chips diverted to China in 2024", "chips", "reproduction",
            (10_000.0, 140_000.0, 500_000.0), _three(diverted), "CNAS, 2025-06-11",
        )
    )  # fmt: skip
    made = ensemble.bands["world_made"].sel(policy="status-quo", unit="h100e_16bit", quantile=0.5)
    start = ensemble.assumptions["history.initial_stock_h100e"]
    end_2025 = float(made.sel(quarter=np.datetime64("2025-12-31")))
    growth = (end_2025 / start) ** 0.25
    out.append(
        Check(
            "Growth of all compute made, 2022 to 2025, per year", "x/year", "reproduction",
            (2.7, 3.3, 4.1), _three(growth), "Epoch AI, growth of installed compute",
        )
    )  # fmt: skip
    for row in facts.rows("china_domestic_production"):
        year_2025 = row["period_start"] == date(2025, 1, 1) and row["period_end"] == date(2025, 12, 31)
        if year_2025 and row["maker"] == "All Chinese vendors" and row["metric"] == "units_shipped":
            chips = ensemble.paths["cumulative_chips"].sel(policy="status-quo", flow="domestic")
            by_end = [chips.sel(quarter=np.datetime64(f"{y}-12-31")).values for y in (2024, 2025)]
            chips_2025 = _three(by_end[1] - by_end[0])
            out.append(
                Check(
                    "Domestic AI chips of all vendors, 2025", "chips", "reproduction",
                    (row["low"], row["central"], row["high"]), chips_2025, row["source"],
                )
            )  # fmt: skip
    return out


def _held_out(ensemble: Ensemble) -> list[Check]:
    out = []
    stock = facts.rows("compute_stock")
    paths = ensemble.paths["us_stock"].sel(policy="status-quo", unit="h100e_8bit")
    share = ensemble.assumptions["systems.us_leader_share"][: paths.sizes["draw"]]
    for year in (2023, 2024, 2025):
        labs = [r for r in stock if r["measure"] == "lab_in_use" and r["date"].year == year]
        lab = max(labs, key=lambda r: r["central"])
        in_use = paths.sel(quarter=np.datetime64(f"{year}-12-31")).values * share
        out.append(
            Check(
                f"Compute in use by the US laboratory with most, end of {year} ({lab['entity']})", "h100e_8bit",
                "held out", (lab["low"], lab["central"], lab["high"]), _three(in_use), lab["source"],
            )
        )  # fmt: skip
    for row in stock:
        if row["entity"] == "Huawei Ascend" and row["date"] == date(2025, 12, 31):
            path = ensemble.paths["cumulative_inflow"].sel(
                policy="status-quo", flow="domestic", unit="h100e_8bit"
            )
            made = path.sel(quarter=np.datetime64("2025-12-31")).values
            huawei = ensemble.assumptions["domestic.huawei_share"][: len(made)]
            out.append(
                Check(
                    "Huawei's AI chips since 2022, end of 2025", "h100e_8bit", "held out",
                    (row["low"], row["central"], row["high"]),
                    _three(made * huawei), row["source"],
                )
            )  # fmt: skip
    for row in facts.rows("china_access"):
        if row["item"] == "share of Chinese training compute acquired":
            out.append(
                Check(
                    "Diverted chips in China's training compute, end of 2024", "share", "held out",
                    (row["low"], row["central"], row["high"]), _at(ensemble, "diverted_share_of_training", 2024),
                    row["source"],
                )
            )  # fmt: skip
    models = [m for m in facts.rows("models") if m["training_compute_flop"]]
    for bloc, label in (("us", "US and allied"), ("china", "Chinese")):
        for year in (2023, 2024, 2025):
            runs = [m for m in models if m["bloc"] == bloc and m["release_date"].year == year]
            largest = max(runs, key=lambda m: m["training_compute_flop"])
            model = _at(ensemble, "log10_compute", year, bloc=bloc)
            keys = ("training_compute_low_flop", "training_compute_flop", "training_compute_high_flop")
            published = [largest[k] for k in keys]
            logs = [None if x is None else float(np.log10(x)) for x in published]
            out.append(
                Check(
                    f"Largest {label} run of {year} ({largest['model']})", "log10 flop", "held out",
                    (logs[0], logs[1], logs[2]), model, largest["source"],
                )
            )  # fmt: skip
    lag: Kind = "tied" if ensemble.tied else "held out"
    for estimator in ("level", "slope", "crossing"):
        for year in (2023, 2024, 2025):
            out.append(
                Check(
                    f"Lag of the Chinese frontier, end of {year}, by {estimator}", "month", lag,
                    (4.0, 7.0, 14.0), _at(ensemble, "lag_months", year, estimator=estimator),
                    "Epoch AI, capability index: average lag of 7 months (4 to 14)",
                )
            )  # fmt: skip
    return out
