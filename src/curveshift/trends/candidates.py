"""A model to be judged: from the tables, or given by the user, with everything checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift import facts
from curveshift.errors import CurveshiftError, unknown_name
from curveshift.facts.reading import as_date

from .marginal import Scores
from .panels import decimal_year, is_small

if TYPE_CHECKING:
    from .posteriors import Posterior

BLOCS: Final = ("us", "china", "other")
_LOG10_FLOP_RANGE: Final = (18.0, 30.0)


@dataclass(frozen=True)
class Candidate:
    """One model whose cost is to be compared with what its capability and date make likely.

    Attributes
    ----------
    name : str
    released : datetime.date
    bloc : str
        ``us``, ``china`` or ``other``.
    reasoning, distilled : bool
        Whether it is trained to reason at length; whether it was trained on another model's outputs.
    scores : dict of str to float
        Share reached on each benchmark, between 0 and 1.
    index : float, optional
        Score on the Epoch index, where there are no benchmark scores.
    training_flop, training_usd : float, optional
        What it took, where known. Dollars are on the basis that is asked for.

    Raises
    ------
    CurveshiftError
        For a percentage, an impossible number, or neither scores nor index.

    Examples
    --------
    >>> own = Candidate("mine", date(2025, 6, 1), scores={"GPQA diamond": 0.6, "MMLU": 0.85}, training_flop=3e24)
    >>> own.bloc
    'us'
    """

    name: str
    released: date
    bloc: str = "us"
    reasoning: bool = False
    distilled: bool = False
    scores: Mapping[str, float] | None = None
    index: float | None = None
    training_flop: float | None = None
    training_usd: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "released", as_date(self.released))
        if self.bloc not in BLOCS:
            raise unknown_name("bloc", self.bloc, BLOCS, "bloc")
        if not isinstance(self.name, str) or not self.name.strip():
            raise CurveshiftError(f"{self.name!r} is not a name of a model", "name")
        for flag in ("reasoning", "distilled"):
            if not isinstance(getattr(self, flag), bool):
                raise CurveshiftError(f"{getattr(self, flag)!r} is neither True nor False", flag)
        if not isinstance(self.scores, Mapping | None):
            raise CurveshiftError(f"{self.scores!r} is not a mapping of benchmark to share", "scores")
        for benchmark, score in (self.scores or {}).items():
            where = f"score of {benchmark}"
            if not isinstance(benchmark, str):
                raise CurveshiftError(f"{benchmark!r} is not a name of a benchmark", "scores")
            if not _is_finite(score) or score < 0.0:
                raise CurveshiftError(f"{score!r} is not a share between 0 and 1", where)
            if score > 1.0:
                hint = f": is it a percentage? Write {score / 100.0:g}" if score <= 100.0 else ""
                raise CurveshiftError(f"{score:g} is above 1{hint}", where)
        if not self.scores and self.index is None:
            raise CurveshiftError("give scores on two or more benchmarks, or an index", self.name)
        if self.index is not None and not _is_finite(self.index):
            raise CurveshiftError(f"{self.index!r} is not an index", "index")
        for what, value in (("training_flop", self.training_flop), ("training_usd", self.training_usd)):
            if value is not None and not (_is_finite(value) and value > 0.0):
                raise CurveshiftError(f"{value!r} is not a number above 0", what)
        low, high = _LOG10_FLOP_RANGE
        if self.training_flop is not None and not low <= math.log10(self.training_flop) <= high:
            raise CurveshiftError(
                f"{self.training_flop:g} FLOP is outside 1e{low:g} to 1e{high:g}", "training_flop"
            )

    @property
    def year(self) -> float:
        """Decimal year of release."""
        return decimal_year(self.released)


def _is_finite(value: object) -> bool:
    """Whether it is a number that a float can hold."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def from_tables(name: str, *, as_of: date | str | None = None) -> Candidate:
    """A model of the tables with its published scores, compute and cost left to `curveshift.trends.recost`.

    Raises
    ------
    CurveshiftError
        For an unknown model, one not released by then, without a date, or without scores.
    """
    known = {row["model"]: row for row in facts.rows("models")}
    if name not in known:
        raise unknown_name("model", name, known, "model")
    row = known[name]
    if row["release_date"] is None:
        raise CurveshiftError("it has no release date, so it cannot be placed on the curve", f"model {name}")
    if as_of is not None and row["knowable_on"] > as_date(as_of):
        raise CurveshiftError(
            f"it was not known on {as_of} (released {row['release_date']})", f"model {name}"
        )
    scores = {
        s["benchmark"]: s["score"] for s in facts.rows("benchmark_scores", as_of=as_of) if s["model"] == name
    }
    if not scores:
        raise CurveshiftError(
            "no published score of it is in the tables: give scores or an index of your own", f"model {name}"
        )
    return Candidate(
        name=name,
        released=row["release_date"],
        bloc=row["bloc"],
        reasoning=row["reasoning"] != "no",
        distilled=row["distilled"] == "yes",
        scores=scores,
        training_flop=row["training_compute_flop"],
    )


def small(candidate: Candidate) -> bool:
    """Whether it counts as small by its name (the size of a user's own model is not asked for)."""
    known = {row["model"]: row["params_total"] for row in facts.rows("models")}
    return is_small(candidate.name, known.get(candidate.name))


def usable(candidate: Candidate, posterior: Posterior) -> tuple[Scores, list[str]]:
    """Scores on benchmarks that the posterior knows, with a remark for each that is of no use.

    Raises
    ------
    CurveshiftError
        For an unknown benchmark, fewer than two known ones, or when every score is at its test's ceiling or at chance.
    """
    data = posterior.panel
    all_names = [row["benchmark"] for row in facts.rows("benchmarks")]
    at, values, remarks, telling = [], [], [], 0
    for benchmark, score in (candidate.scores or {}).items():
        if benchmark not in all_names:
            raise unknown_name("benchmark", benchmark, all_names, f"score of {benchmark}")
        if benchmark not in data.benchmarks:
            remarks.append(f"{benchmark} is left out: too few models are scored on it")
            continue
        j = data.benchmarks.index(benchmark)
        ceiling = float(np.median(posterior.ceiling[:, j]))
        if score >= ceiling:
            remarks.append(
                f"{benchmark} is at its ceiling ({ceiling:.3f}): it says only that the model is good enough"
            )
        elif score <= data.chance[j]:
            remarks.append(f"{benchmark} is no better than guessing ({data.chance[j]:.2f})")
        else:
            telling += 1
        items = 1000.0 if np.isnan(data.items[j]) else data.items[j]
        at.append(j)
        values.append(score if 0.0 < score < 1.0 else (score * (items - 1.0) + 0.5) / items)
    if len(at) < 2:
        raise CurveshiftError(
            f"{len(at)} usable benchmark score: capability cannot be told from one test's quirks, give two or more",
            candidate.name,
        )
    if telling == 0:
        raise CurveshiftError(
            "every score is at its test's ceiling or at chance: they do not place the model", candidate.name
        )
    return Scores(np.array(at), np.array(values)), remarks


def describe(candidate: Candidate) -> dict[str, Any]:
    """What is known of it, as plain data."""
    return {
        "model": candidate.name,
        "released": candidate.released.isoformat(),
        "bloc": candidate.bloc,
        "reasoning": candidate.reasoning,
        "distilled": candidate.distilled,
        "scores": dict(candidate.scores or {}),
        "index": candidate.index,
        "training_flop": candidate.training_flop,
        "training_usd": candidate.training_usd,
    }
