"""The last full backtest, shipped so that a brief and a page can show its scores and misses without running it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from curveshift import facts
from curveshift.records import canonical_json, read_compiled, write_compiled

from .backtest_records import settings
from .backtest_result import Forecast, SeriesScore
from .backtest_series import quantities
from .backtests import hashed

if TYPE_CHECKING:
    from .backtest_result import Backtest

LEFT_OUT: Final[dict[str, Any]] = {
    "known_until": None, "last_known": None, "naive": {}, "pinball": {}, "pit": (), "lost_draws": 0,
}  # fmt: skip
"""What is not stored of a score or a forecast, and stands empty."""
STORED: Final = Path(__file__).parent / "data" / "backtest_scores.json"


@dataclass(frozen=True)
class StoredScores:
    """Scores as they were, and what they were made with.

    Attributes
    ----------
    scores : tuple of SeriesScore
    forecasts : tuple of Forecast
    settings_hash, facts_digest : str
        SHA-256 of all that was fixed before scoring, and of the fact tables.
    current : bool
        Whether settings and facts are still the same, so that `backtest` would give these scores again.
    """

    scores: tuple[SeriesScore, ...]
    forecasts: tuple[Forecast, ...]
    settings_hash: str
    facts_digest: str
    current: bool

    def score(self, series: str, policy: str) -> SeriesScore:
        """The scores of one series under one policy."""
        return next(s for s in self.scores if (s.series, s.policy) == (series, policy))


def stored_scores() -> StoredScores:
    """The shipped scores of `backtest` with its default arguments.

    Examples
    --------
    >>> stored_scores().score("shipments", "frozen").forecasts > 0
    True
    """
    data = read_compiled(STORED)
    known = data["settings_hash"] == default_hash(data["draws"]) and data["facts"] == facts.digest()
    return StoredScores(
        tuple(_score(row) for row in data["scores"]),
        tuple(_forecast(row) for row in data["forecasts"]),
        data["settings_hash"],
        data["facts"],
        known,
    )


def store(found: Backtest, target: Path = STORED) -> str:
    """Write the scores of a full backtest; return the SHA-256 of the file.

    Parameters
    ----------
    found : Backtest
        Made with the default arguments.
    target : Path
        The shipped file by default.
    """
    scores, forecasts = ([_kept(one) for one in many] for many in (found.scores, found.forecasts))
    for row in scores:
        row["coverage"] = {f"{level:g}": list(span) for level, span in row["coverage"].items()}
    for row in forecasts:
        row |= {"origin": row["origin"].isoformat(), "target": row["target"].isoformat()}
        row |= {key: {f"{x:g}": _short(y) for x, y in row[key].items()} for key in ("quantiles", "inside")}
        row["observed"] = None if row["observed"] is None else [_short(x) for x in row["observed"]]
        row["crps"] = None if row["crps"] is None else _short(row["crps"])
    return write_compiled(
        target,
        {
            "settings_hash": found.settings_hash,
            "facts": found.facts_digest,
            "draws": found.settings["draws"],
            "scores": scores,
            "forecasts": forecasts,
        },
    )


def default_hash(draws: int) -> str:
    """SHA-256 of all that `backtest` fixes before scoring when it is called without arguments."""
    fixed = settings()
    asked = hashed(fixed.origins, fixed.horizons_months, tuple(quantities()), "restated", draws, 0)
    return hashlib.sha256(canonical_json(asked).encode()).hexdigest()


def _score(row: dict[str, Any]) -> SeriesScore:
    row = dict(row)
    row["coverage"] = {float(level): tuple(span) for level, span in row["coverage"].items()}
    row["skill_range"] = None if row["skill_range"] is None else tuple(row["skill_range"])
    return SeriesScore(**{field.name: {**LEFT_OUT, **row}[field.name] for field in fields(SeriesScore)})


def _forecast(row: dict[str, Any]) -> Forecast:
    row = {**LEFT_OUT, **row}
    for key in ("origin", "target"):
        row[key] = date.fromisoformat(row[key])
    for key in ("quantiles", "inside"):
        row[key] = {float(share): value for share, value in row[key].items()}
    row["observed"] = None if row["observed"] is None else tuple(row["observed"])
    return Forecast(**row)


def _kept(one: SeriesScore | Forecast) -> dict[str, Any]:
    return {key: value for key, value in asdict(one).items() if key not in LEFT_OUT}


def _short(value: float) -> float:
    """Enough digits to draw and to count with; what is scored are the scores."""
    return float(f"{value:.6g}")
