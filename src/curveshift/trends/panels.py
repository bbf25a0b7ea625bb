"""The table that the joint model reads: scores by model and benchmark, with dates, compute and kinds of training."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.facts.reading import as_date
from curveshift.records.distributions import Z90

from .prior_records import Settings, settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Indices = NDArray[np.int64]

_FACTORS: Final = {"factor_3": 3.0, "factor_10": 10.0, "factor_30": 30.0}
_DAYS_PER_YEAR: Final = 365.25


@dataclass(frozen=True, eq=False)
class Panel:
    """Scores and what is known of the models scored; I models, J benchmarks, n scores.

    Attributes
    ----------
    models, benchmarks, developers, blocs : tuple of str
        Names, in the order of every array; `developers` and `blocs` by model.
    model_at, benchmark_at : array of int, shape (n,)
        Which model and benchmark each score belongs to.
    score : array, shape (n,)
        Strictly between 0 and 1: a score of exactly 0 or 1 is moved inwards by half an item.
    items : array, shape (J,)
        Number of items, not a number where unknown.
    chance, ceiling : array, shape (J,)
        Score of guessing, highest score thought reachable.
    years : array, shape (I,)
        Decimal year of release.
    log10_flop, log10_flop_error : array, shape (I,)
        Published training compute; nominal standard deviation of its error. Not a number where undisclosed.
    reasoning, china, distilled, small : array of bool, shape (I,)
        Kinds of models. Hybrids count as reasoning; a distillation that is uncertain or unknown counts as none.
    family : array of int, shape (I,)
        Models with one base, or of one developer and day and not distilled, share a number.
    as_of : datetime.date or None
        Only rows knowable by then.
    counted : dict
        What was left out, moved or read as something else, and how often.
    """

    models: tuple[str, ...]
    benchmarks: tuple[str, ...]
    developers: tuple[str, ...]
    blocs: tuple[str, ...]
    model_at: Indices
    benchmark_at: Indices
    score: Floats
    items: Floats
    chance: Floats
    ceiling: Floats
    years: Floats
    log10_flop: Floats
    log10_flop_error: Floats
    reasoning: Flags
    china: Flags
    distilled: Flags
    small: Flags
    family: Indices
    as_of: date | None
    counted: Mapping[str, int]

    @property
    def disclosed(self) -> Flags:
        """Whether the training compute is published, shape (model,)."""
        return ~np.isnan(self.log10_flop)

    def digest(self) -> str:
        """SHA-256 over everything that the joint model reads: it names the data a posterior rests on."""
        total = hashlib.sha256()
        for name in sorted(self.__dict__):
            value = getattr(self, name)
            if name in ("as_of", "counted"):
                continue
            content = value.tobytes() if isinstance(value, np.ndarray) else "\n".join(value).encode()
            total.update(f"{name}:{len(content)}\n".encode())
            total.update(content)
        return total.hexdigest()

    def without(self, models: Sequence[str] = (), benchmarks: Sequence[str] = ()) -> Panel:
        """The panel without the scores and the compute of some models, and without the scores of some benchmarks.

        They stay as names without data, so that what remains keeps its place.

        Raises
        ------
        CurveshiftError
            For a model or a benchmark that is not in the panel.
        """
        for what, asked, known in (
            ("model", models, self.models),
            ("benchmark", benchmarks, self.benchmarks),
        ):
            for name in asked:
                if name not in known:
                    raise CurveshiftError(f"no scores of {name!r} in the panel", what)
        gone = np.isin(np.array(self.models), np.array(list(models)))
        dropped = np.isin(np.array(self.benchmarks), np.array(list(benchmarks)))
        stays = ~gone[self.model_at] & ~dropped[self.benchmark_at]
        return replace(
            self,
            model_at=self.model_at[stays],
            benchmark_at=self.benchmark_at[stays],
            score=self.score[stays],
            log10_flop=np.where(gone, np.nan, self.log10_flop),
            log10_flop_error=np.where(gone, np.nan, self.log10_flop_error),
        )


def decimal_year(day: date) -> float:
    """Date as a decimal year, in units of 365.25 days from the start of its year.

    Examples
    --------
    >>> round(decimal_year(date(2024, 7, 2)), 3)
    2024.501
    """
    return day.year + (day.timetuple().tm_yday - 1) / _DAYS_PER_YEAR


def is_small(name: str, params_total: float | None, choice: Settings | None = None) -> bool:
    """Whether a model counts as small: by its parameters where known, else by a word in its name.

    Examples
    --------
    >>> is_small("GPT-4o mini", None), is_small("GPT-4o", None), is_small("Llama 3-8B", 8e9)
    (True, False, True)
    """
    chosen = choice or settings()
    if params_total is not None:
        return params_total < chosen.small_params
    words = "|".join(map(re.escape, chosen.small_words))
    return re.search(rf"(?<![a-z])({words})(?![a-z])", name, re.IGNORECASE) is not None


def roots(base_of: Mapping[str, str | None]) -> dict[str, str]:
    """The model at the start of each model's chain of bases.

    Raises
    ------
    CurveshiftError
        For a circle, naming it.

    Examples
    --------
    >>> roots({"R1": "V3", "V3": None, "R1-0528": "R1"})["R1-0528"]
    'V3'
    """
    found = {}
    for name in base_of:
        chain = [name]
        while (base := base_of.get(chain[-1])) is not None:
            if base in chain:
                circle = " -> ".join([*chain[chain.index(base) :], base])
                raise CurveshiftError(f"models are based on each other in a circle: {circle}", "base_model")
            chain.append(base)
        found[name] = chain[-1]
    return found


def panel(as_of: date | str | None = None) -> Panel:
    """Every published score whose benchmark has enough models, with what is known of the models.

    Parameters
    ----------
    as_of : date or str, optional
        Only rows of which a first version was public on that day (a hindcast, see `curveshift.facts.rows`).

    Returns
    -------
    Panel

    Raises
    ------
    CurveshiftError
        When no score was public by then, a model has no release date, or bases form a circle.

    Examples
    --------
    >>> p = panel("2025-01-29")
    >>> "DeepSeek-V3" in p.models, "Kimi K2 Thinking" in p.models
    (True, False)
    """
    chosen = settings()
    models = {row["model"]: row for row in facts.rows("models", as_of=as_of)}
    tests = {row["benchmark"]: row for row in facts.rows("benchmarks", as_of=as_of)}
    found = facts.rows("benchmark_scores", as_of=as_of)
    known = [row for row in found if row["model"] in models and row["benchmark"] in tests]
    per_test: dict[str, int] = {}
    for row in known:
        per_test[row["benchmark"]] = per_test.get(row["benchmark"], 0) + 1
    used = [row for row in known if per_test[row["benchmark"]] >= chosen.fewest_models]
    if not used:
        raise CurveshiftError(f"no benchmark had {chosen.fewest_models} scored models by {as_of}", "as_of")

    scored = {row["model"] for row in used}
    names = sorted(scored, key=lambda name: (models[name]["release_date"] or date.max, name))
    for name in names:
        if models[name]["release_date"] is None:
            raise CurveshiftError(f"the model {name!r} has no release date: it cannot be placed", "models")
    benchmarks = sorted({row["benchmark"] for row in used})
    at_model = {name: i for i, name in enumerate(names)}
    at_test = {name: j for j, name in enumerate(benchmarks)}

    items = np.array([_number(tests[name]["items"]) for name in benchmarks])
    test_at = np.array([at_test[row["benchmark"]] for row in used])
    raw = np.array([row["score"] for row in used], dtype=float)
    extreme = (raw <= 0.0) | (raw >= 1.0)
    size = np.where(np.isnan(items), chosen.unknown_items, items)[test_at]
    score = np.where(extreme, (raw * (size - 1.0) + 0.5) / size, raw)

    kinds = [models[name] for name in names]
    flop = np.array([_number(row["training_compute_flop"]) for row in kinds])
    family = _families(names, models)
    distilled = [row["distilled"] for row in kinds]
    return Panel(
        models=tuple(names),
        benchmarks=tuple(benchmarks),
        developers=tuple(row["developer"] for row in kinds),
        blocs=tuple(row["bloc"] for row in kinds),
        model_at=np.array([at_model[row["model"]] for row in used]),
        benchmark_at=test_at,
        score=score,
        items=items,
        chance=np.array([tests[name]["chance_level"] for name in benchmarks], dtype=float),
        ceiling=np.array([tests[name]["score_ceiling"] for name in benchmarks], dtype=float),
        years=np.array([decimal_year(row["release_date"]) for row in kinds]),
        log10_flop=np.log10(flop),
        log10_flop_error=np.array([_error(row) for row in kinds]),
        reasoning=np.array([row["reasoning"] != "no" for row in kinds]),
        china=np.array([row["bloc"] == "china" for row in kinds]),
        distilled=np.array([d == "yes" for d in distilled]),
        small=np.array([is_small(n, r["params_total"], chosen) for n, r in zip(names, kinds, strict=True)]),
        family=family,
        as_of=None if as_of is None else as_date(as_of),
        counted={
            "scores": len(used),
            "scores of benchmarks with too few models": len(known) - len(used),
            "scores of models or benchmarks not yet known": len(found) - len(known),
            "scores of exactly 0 or 1 moved inwards": int(extreme.sum()),
            "benchmarks with an unknown number of items": int(np.isnan(items).sum()),
            "models with one score": int((np.bincount([at_model[r["model"]] for r in used]) == 1).sum()),
            "models with undisclosed compute": int(np.isnan(flop).sum()),
            "models whose distillation is uncertain or unknown, read as none": sum(
                d not in ("yes", "no") for d in distilled
            ),
        },
    )


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _error(row: Mapping[str, Any]) -> float:
    """Nominal standard deviation of log10 compute: its stated factor read as a 90 % interval."""
    if row["training_compute_flop"] is None:
        return float("nan")
    factor = _FACTORS.get(row["compute_interval_basis"])
    if factor is None:
        factor = (row["training_compute_high_flop"] / row["training_compute_low_flop"]) ** 0.5
    return float(np.log10(factor)) / Z90


def _families(names: Sequence[str], models: Mapping[str, Mapping[str, Any]]) -> NDArray[np.int64]:
    """Number the groups that share a base or are released by one developer on one day."""
    root = roots({name: row["base_model"] for name, row in models.items()})
    parent: dict[Any, Any] = {}

    def find(key: Any) -> Any:
        parent.setdefault(key, key)
        while parent[key] != key:
            key = parent[key]
        return key

    for name in names:
        row = models[name]
        own = find(("model", name))
        # A distilled model belongs to what it was distilled into, not to its release.
        of_the_day = () if row["distilled"] == "yes" else (("day", row["developer"], row["release_date"]),)
        for key in (("base", root[name]), *of_the_day):
            parent[find(key)] = own
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(find(("model", name)), len(numbers)) for name in names])
