"""What a backtest gives: forecasts beside what came, and scores beside those of naive forecasts."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from .backtest_series import quantities


@dataclass(frozen=True)
class Forecast:
    """One forecast: a series, an origin, a horizon and a policy.

    Attributes
    ----------
    series, item, policy : str
    origin : datetime.date
    horizon_months : int
    target : datetime.date
        End of the last quarter that has ended by the horizon.
    status : {"scored", "to be scored", "no forecast"}
    why : str
        Why it is not scored, or lacks a naive forecast.
    quantiles : mapping of float to float
        Of the draws, on the scale of the score.
    observed : tuple of float or None
        5 %, 50 % and 95 % of what may have been observed.
    known_until : datetime.date or None
        End of the last quarter known at the origin.
    last_known : float or None
        Its value.
    crps : float or None
    naive : mapping of str to float
        CRPS of each naive forecast; empty where too little was known.
    pinball : mapping of float to float
        By share.
    inside : mapping of float to float
        Probability that what came lies in the central interval, by level.
    pit : tuple of float
        Share of what may have been observed in equal bins of the PIT.
    lost_draws : int
        Draws that were not finite and are left out.
    """

    series: str
    item: str
    policy: str
    origin: date
    horizon_months: int
    target: date
    status: str
    why: str
    quantiles: Mapping[float, float]
    observed: tuple[float, float, float] | None
    known_until: date | None
    last_known: float | None
    crps: float | None
    naive: Mapping[str, float]
    pinball: Mapping[float, float]
    inside: Mapping[float, float]
    pit: tuple[float, ...]
    lost_draws: int = 0


@dataclass(frozen=True)
class SeriesScore:
    """The scores of one series under one policy, or of all.

    Attributes
    ----------
    series, policy : str
    forecasts, origins : int
        Scored, and the number of different origins among them: forecasts of one origin share their errors.
    crps : float or None
        Mean, on the scale of the score; None for all series together.
    compared : int
        Forecasts that have naive ones beside them.
    naive : mapping of str to float
        Mean CRPS of each naive forecast, over those.
    best : str
        The naive forecast with the lowest mean.
    skill : float or None
        1 - CRPS over that of `best`, over the compared; over all series 1 - the geometric mean of the ratios.
    skill_range : tuple of float or None
        90 % of bootstrap samples of origins; None for fewer than two origins.
    coverage : mapping of float to (share, low, high)
        Of central intervals, with the 90 % interval that as many independent trials would have.
    pinball : mapping of float to float
    pit : tuple of float
        Shares in equal bins.
    """

    series: str
    policy: str
    forecasts: int
    origins: int
    crps: float | None
    compared: int
    naive: Mapping[str, float]
    best: str
    skill: float | None
    skill_range: tuple[float, float] | None
    coverage: Mapping[float, tuple[float, float, float]]
    pinball: Mapping[float, float]
    pit: tuple[float, ...]


@dataclass(frozen=True)
class Basis:
    """What a forecast of a series from an origin rests on.

    Attributes
    ----------
    series : str
    origin : datetime.date
    rows : int
        Rows of its tables that were knowable by the origin.
    published : int
        Of these, rows whose vintage was published by then.
    word : {"backtest", "hindcast"}
        Backtest only where all of them were.
    """

    series: str
    origin: date
    rows: int
    published: int
    word: str


@dataclass(frozen=True, eq=False)
class Backtest:
    """Forecasts from days in the past, beside what came.

    Attributes
    ----------
    settings : mapping
        All that was fixed before scoring.
    settings_hash : str
        Its SHA-256.
    forecasts : tuple of Forecast
    scores : tuple of SeriesScore
    bases : tuple of Basis
    priors : mapping of date to (int, int, int)
        Uncertain assumptions restated, widened, and left as they are, by origin.
    notes : tuple of str
    facts_digest : str
        SHA-256 of the fact tables.
    """

    settings: Mapping[str, Any]
    settings_hash: str
    forecasts: tuple[Forecast, ...]
    scores: tuple[SeriesScore, ...]
    bases: tuple[Basis, ...]
    priors: Mapping[date, tuple[int, int, int]]
    notes: tuple[str, ...]
    facts_digest: str

    @property
    def to_be_scored(self) -> tuple[Forecast, ...]:
        """Forecasts that stand for what is not known yet."""
        return tuple(f for f in self.forecasts if f.status == "to be scored")

    def score(self, series: str, policy: str) -> SeriesScore | None:
        """The scores of one series under one policy; None where nothing was scored."""
        return next((s for s in self.scores if (s.series, s.policy) == (series, policy)), None)

    def sources(self) -> list[str]:
        """Tables that the forecasts and what came rest on."""
        return sorted({table for basis in self.bases for table in quantities()[basis.series].tables})

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(s.series)}</td><td>{html.escape(s.policy)}</td><td>{s.forecasts}</td>"
            f"<td>{'' if s.skill is None else f'{s.skill:+.2f}'}</td><td>{s.coverage[0.9][0]:.0%}</td></tr>"
            for s in self.scores
        )
        return (
            f"<p>settings {self.settings_hash}</p><table><tr><th>series</th><th>policy</th><th>forecasts</th>"
            f"<th>skill</th><th>in the 90 % interval</th></tr>{rows}</table>"
        )
