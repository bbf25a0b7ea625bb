"""Conflicting estimates of one quantity, pooled openly: units converted, spreads judged, relatives correlated."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.records import load_yaml
from curveshift.records.distributions import Z90
from curveshift.world.timeline import DATA


class Trust(BaseModel):
    """How one published figure is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    find: dict[str, str]
    column: str = Field(pattern="^(low|central|high)$")
    dies_per_unit: float = Field(gt=0)
    log_spread: float = Field(gt=0)
    group: str | None = None
    why: str


class Trusts(BaseModel):
    """All of ``data/huawei_2025.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    estimates: tuple[Trust, ...] = Field(min_length=2)
    correlation_within_group: float = Field(ge=0, lt=1)


@dataclass(frozen=True)
class Pooled:
    """A lognormal pooled from several estimates.

    Attributes
    ----------
    names : tuple of str
    dies : tuple of float
        Each estimate in dies.
    weights : tuple of float
        Weight of each in the pooled log mean; they add to 1.
    low, median, high : float
        5 %, 50 % and 95 % of the pooled lognormal, in dies.
    disagreement : float
        Factor by which the spread was widened because the estimates differ more than their spreads allow.
    """

    names: tuple[str, ...]
    dies: tuple[float, ...]
    weights: tuple[float, ...]
    low: float
    median: float
    high: float
    disagreement: float


def pool(
    names: tuple[str, ...],
    values: list[float],
    spreads: list[float],
    groups: list[str | None],
    correlation: float,
) -> Pooled:
    """Generalised least squares on logs, the spread widened by the Birge ratio where it exceeds one.

    Source: R. T. Birge, Phys. Rev. 40 (1932) 207, for the ratio.

    Examples
    --------
    >>> round(pool(("a", "b"), [100.0, 100.0], [0.3, 0.3], [None, None], 0.0).median, 6)
    100.0
    """
    logs, sigma = np.log(values), np.asarray(spreads)
    same = np.array([[a is not None and a == b for b in groups] for a in groups], dtype=np.float64)
    cov = np.outer(sigma, sigma) * np.where(np.eye(len(values)) > 0, 1.0, correlation * same)
    precision = np.linalg.inv(cov)
    weights = precision.sum(axis=1) / precision.sum()
    mean = float(weights @ logs)
    chi2 = float((logs - mean) @ precision @ (logs - mean))
    birge = max(1.0, math.sqrt(chi2 / (len(values) - 1)))
    spread = birge / math.sqrt(float(precision.sum()))
    return Pooled(
        names, tuple(values), tuple(float(w) for w in weights),
        math.exp(mean - Z90 * spread), math.exp(mean), math.exp(mean + Z90 * spread), birge,
    )  # fmt: skip


def huawei_dies_2025() -> Pooled:
    """Huawei's output of AI dies in 2025 from the published figures, as `domestic.huawei_dies_2025` has it.

    Raises
    ------
    CurveshiftError
        When a figure is no longer found in the facts, or twice.
    """
    trusts = load_yaml(DATA / "huawei_2025.yaml", Trusts)
    rows = facts.rows("china_domestic_production")
    values = [_find(rows, t)[t.column] * t.dies_per_unit for t in trusts.estimates]
    return pool(
        tuple(t.name for t in trusts.estimates),
        values,
        [t.log_spread for t in trusts.estimates],
        [t.group for t in trusts.estimates],
        trusts.correlation_within_group,
    )


def _find(rows: list[dict[str, Any]], trust: Trust) -> dict[str, Any]:
    wanted = {k: v for k, v in trust.find.items() if k != "source_has"}
    found = [
        row
        for row in rows
        if all(row[k] == v for k, v in wanted.items())
        and trust.find["source_has"] in row["source"]
        and row["period_start"].year == 2025
        and row["period_end"].year == 2025
    ]
    if len(found) != 1:
        raise CurveshiftError(
            f"{len(found)} rows match the estimate of {trust.name}", where="huawei_2025.yaml"
        )
    return found[0]
