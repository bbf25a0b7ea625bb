"""The scores of the last full backtest, shipped so that a brief can show them without running it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from curveshift import facts
from curveshift.records import canonical_json, read_compiled, write_compiled

from .backtest_records import settings
from .backtest_result import SeriesScore
from .backtest_series import quantities
from .backtests import hashed

if TYPE_CHECKING:
    from .backtest_result import Backtest

STORED: Final = Path(__file__).parent / "data" / "backtest_scores.json"


@dataclass(frozen=True)
class StoredScores:
    """Scores as they were, and what they were made with.

    Attributes
    ----------
    scores : tuple of SeriesScore
    settings_hash, facts_digest : str
        SHA-256 of all that was fixed before scoring, and of the fact tables.
    current : bool
        Whether settings and facts are still the same, so that `backtest` would give these scores again.
    """

    scores: tuple[SeriesScore, ...]
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
        tuple(_score(row) for row in data["scores"]), data["settings_hash"], data["facts"], known
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
    scores = [
        {key: value for key, value in asdict(score).items() if key not in ("pinball", "pit", "naive")}
        for score in found.scores
    ]
    for row in scores:
        row["coverage"] = {f"{level:g}": list(span) for level, span in row["coverage"].items()}
    return write_compiled(
        target,
        {
            "settings_hash": found.settings_hash,
            "facts": found.facts_digest,
            "draws": found.settings["draws"],
            "scores": scores,
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
    left_out: dict[str, Any] = {"pinball": {}, "pit": (), "naive": {}}
    return SeriesScore(**{field.name: {**left_out, **row}[field.name] for field in fields(SeriesScore)})
