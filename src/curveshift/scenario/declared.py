"""A scenario: everything that decides a result, in one frozen value."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from curveshift import notebooks
from curveshift.errors import CurveshiftError
from curveshift.records import canonical_json

from .outlooks import View, load_view
from .policy import Policy
from .priors import Assumption, Correlation, Lever, Source
from .shelf import AS_OF, Library, library, load_assumptions, load_policy

START = date(2022, 1, 1)
END = date(2035, 12, 1)
REPLICATES = 8
DRAWS = 8 * 1024
MAX_DRAWS = 2**24
_MAX_PER_REPLICATE = 2**21


@dataclass(frozen=True)
class Scenario:
    """Policies, assumptions and the settings of a run.

    Attributes
    ----------
    policies : tuple of Policy
        Compared on the same draws.
    assumptions : mapping of str to Assumption
        Every uncertain number by name.
    levers : mapping of str to Lever
        Every lever with its default.
    correlations : tuple of Correlation
        Rank correlations between assumptions.
    seed : int
        Decides every random number.
    draws, replicates : int
        Number of draws, in that many independently scrambled sets of equal size.
    as_of : datetime.date
        Last day of the record.
    start, end : datetime.date
        First day of the first and of the last month.
    changes : tuple of str
        What the user set, in words.
    """

    policies: tuple[Policy, ...]
    assumptions: Mapping[str, Assumption]
    levers: Mapping[str, Lever]
    correlations: tuple[Correlation, ...] = ()
    seed: int = 0
    draws: int = DRAWS
    replicates: int = REPLICATES
    as_of: date = AS_OF
    start: date = START
    end: date = END
    changes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        _check_draws(self.draws, self.replicates)
        if not 0 <= self.seed < 2**63:
            raise CurveshiftError(f"seed {self.seed} is not a whole number from 0 to 2^63 - 1")
        if self.start.day != 1 or self.end.day != 1:
            raise CurveshiftError("start and end are the first days of months, such as 2022-01-01")
        if not self.start <= self.as_of or not self.start < self.end:
            raise CurveshiftError(
                f"start {self.start} must come before end {self.end} and not after as_of {self.as_of}"
            )
        if self.end.year > 2100:
            raise CurveshiftError(f"end {self.end} is beyond 2100")
        names = [policy.name for policy in self.policies]
        if not names:
            raise CurveshiftError("a scenario needs at least one policy")
        for name in names:
            if names.count(name) > 1:
                raise CurveshiftError(f"policy {name!r} is given twice")

    @property
    def months(self) -> tuple[date, ...]:
        """First day of every month from start to end, both included."""
        first = self.start.year * 12 + self.start.month - 1
        last = self.end.year * 12 + self.end.month - 1
        return tuple(date(m // 12, m % 12 + 1, 1) for m in range(first, last + 1))

    def hindsight(self) -> str:
        """A counted warning when `as_of` is earlier than the day for which the assumptions were set; else empty.

        An earlier date cuts the record of facts and rules. It does not cut what the people who set the ranges knew.
        """
        if self.as_of >= AS_OF:
            return ""
        ends = [(a, *a.distribution.interval(0.9)) for a in self.assumptions.values()]
        uncertain = [a for a, low, high in ends if low < high]
        late = sum(a.reviewed > self.as_of for a in uncertain)
        return (
            f"{late} of {len(uncertain)} uncertain assumptions were set after {self.as_of} with what was known by then "
            f"(such as growth up to {AS_OF.year}); only the record of shipments and rules ends at that date, so this "
            "is not a backtest"
        )

    def _repr_html_(self) -> str:
        rows = [(policy.name, policy.kind, policy.title) for policy in self.policies]
        caption = f"{self.draws:,} draws, seed {self.seed}, as of {self.as_of}, to {self.end}"
        return notebooks.table(["policy", "kind", "title"], rows, caption, self.changes)

    def content(self) -> dict[str, Any]:
        """Everything that decides the numbers of a result, as plain data."""
        return {
            "policies": {policy.name: _numbers_only(policy.to_data()) for policy in self.policies},
            "assumptions": {
                name: {"dimension": a.dimension, "distribution": a.distribution.to_data()}
                for name, a in self.assumptions.items()
            },
            "levers": {name: lever.default for name, lever in self.levers.items()},
            "correlations": sorted((c.a, c.b, c.rank_correlation) for c in self.correlations),
            "settings": {
                "seed": self.seed,
                "draws": self.draws,
                "replicates": self.replicates,
                "as_of": self.as_of,
                "start": self.start,
                "end": self.end,
            },
        }

    def hash(self, facts_digest: str = "") -> str:
        """SHA-256 of `content` and of the digest of the facts; words and sources do not count."""
        whole = canonical_json({"scenario": self.content(), "facts": facts_digest})
        return hashlib.sha256(whole.encode("utf-8")).hexdigest()

    def all_sources(self) -> tuple[Source, ...]:
        """Every source of the scenario once, by citation."""
        found: set[Source] = set()
        records: tuple[Assumption | Lever | Correlation, ...] = (
            *self.assumptions.values(),
            *self.levers.values(),
            *self.correlations,
        )
        for record in records:
            found.update(record.sources)
        for policy in self.policies:
            found.update(policy.all_sources())
        return tuple(sorted(found, key=lambda s: (s.cite.casefold(), s.url, s.pages)))

    def sources(self, style: Literal["markdown", "bibtex"] = "markdown") -> str:
        """The sources as a Markdown list or as BibTeX."""
        if style == "markdown":
            return "".join(f"- {source}\n" for source in self.all_sources())
        if style != "bibtex":
            raise CurveshiftError(f"style {style!r} is not one of markdown, bibtex")
        return "\n".join(_bibtex(source) for source in self.all_sources())

    def diff(self, other: Scenario) -> tuple[Difference, ...]:
        """Every setting, assumption, lever, correlation and policy that is not the same in `other`."""
        shared = {p.name for p in self.policies} & {p.name for p in other.policies}
        here, there = _flat(self, shared), _flat(other, shared)
        keys = sorted({*here, *there})
        return tuple(
            Difference(key, here.get(key, "absent"), there.get(key, "absent"))
            for key in keys
            if here.get(key) != there.get(key)
        )


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same in two scenarios."""

    key: str
    here: str
    there: str

    def __str__(self) -> str:
        return f"{self.key}: {self.here}; other: {self.there}"


def declare(
    policies: str | Policy | Sequence[str | Policy] = "status-quo",
    settings: Sequence[str] | Mapping[str, Any] = (),
    *,
    assumptions: str | Path | None = None,
    view: View | str | Path | None = None,
    seed: int = 0,
    draws: int = DRAWS,
    replicates: int = REPLICATES,
    as_of: date = AS_OF,
    start: date = START,
    end: date = END,
    shelf: Library | None = None,
) -> Scenario:
    """Build a scenario from names, files and settings.

    Parameters
    ----------
    policies : str, Policy or a sequence of them
        Names, ``name+stance`` or files, as `load_policy` reads them.
    settings : sequence of "key=value", or mapping
        Changed assumptions and levers, as `apply_settings` reads them.
    assumptions : str or Path, optional
        A user's own file of assumptions.
    view : View, str or Path, optional
        A world view, whose assumptions stand in place of the shipped ones; the file and the settings come over it.
        Its feedback is a setting of the run and not of the scenario.
    seed, draws, replicates, as_of, start, end
        As in `Scenario`.
    shelf : Library, optional
        The shipped records unless given.

    Raises
    ------
    CurveshiftError
        On anything unknown, malformed or out of range.

    Examples
    --------
    >>> declare("status-quo", ["enforcement.effort=2"], draws=1024).changes
    ('enforcement.effort = 2 x from 2026-07-01 on',)
    """
    from .settings import apply_settings

    shelf = shelf or library()
    chosen = (policies,) if isinstance(policies, str | Policy) else tuple(policies)
    loaded = tuple(p if isinstance(p, Policy) else load_policy(p, as_of=as_of, shelf=shelf) for p in chosen)
    known = dict(shelf.assumptions)
    words: tuple[str, ...] = ()
    if view is not None:
        seen = view if isinstance(view, View) else load_view(view, shelf=shelf)
        known.update(seen.assumptions)
        words = seen.changes()
    if assumptions is not None:
        own = load_assumptions(assumptions, shelf=shelf)
        known.update(own)
        words += tuple(f"{name} = {a.describe()} (own file)" for name, a in own.items())
    scenario = Scenario(
        loaded, known, shelf.levers, shelf.correlations, seed, draws, replicates, as_of, start, end, words
    )
    return apply_settings(scenario, settings)


def _check_draws(draws: int, replicates: int) -> None:
    if not 1 <= replicates <= 1024:
        raise CurveshiftError(f"replicates must be a whole number from 1 to 1024, not {replicates}")
    most = min(MAX_DRAWS, replicates * _MAX_PER_REPLICATE)
    if not replicates <= draws <= most:
        raise CurveshiftError(f"draws must be a whole number from {replicates} to {most:,}, not {draws:,}")
    if draws % replicates:
        below = draws - draws % replicates
        raise CurveshiftError(
            f"{draws} draws cannot be split into {replicates} equal replicates: "
            f"the nearest numbers are {below} and {below + replicates}"
        )


def _numbers_only(data: dict[str, Any]) -> dict[str, Any]:
    def steps(written: list[dict[str, Any]]) -> list[list[Any]]:
        return [[step["start"], step["value"]] for step in written]

    return {
        "us": steps(data["us"]),
        "beijing": steps(data["beijing"]),
        "levers": {name: steps(written) for name, written in data["levers"].items()},
        "changes": steps(data["changes"]),
        "half_life_years": data["half_life_years"],
    }


def _flat(scenario: Scenario, shared: set[str]) -> dict[str, str]:
    found = {name: a.describe() for name, a in scenario.assumptions.items()}
    found |= {f"{name} (default)": f"{v.default:g} {v.unit}" for name, v in scenario.levers.items()}
    found |= {f"correlation {c.a} with {c.b}": f"{c.rank_correlation:g}" for c in scenario.correlations}
    content = scenario.content()
    found |= {key: str(value) for key, value in content["settings"].items()}
    for name, policy in content["policies"].items():
        if name not in shared:
            found[f"policy {name}"] = "present"
            continue
        for part in ("us", "beijing", "changes"):
            if policy[part]:
                found[f"policy {name}: {part}"] = _steps_in_words(policy[part])
        for lever, written in policy["levers"].items():
            found[f"policy {name}: {lever}"] = _steps_in_words(written)
    return found


def _steps_in_words(steps: list[list[Any]]) -> str:
    return ", ".join(f"{value} from {start}" for start, value in steps)


def _bibtex(source: Source) -> str:
    digest = hashlib.sha256(str(source).encode("utf-8")).hexdigest()[:6]
    word = re.sub(r"[^a-z0-9]+", "-", source.cite.casefold())[:24].strip("-")
    note = f"  note = {{{source.pages}}},\n" if source.pages else ""
    url = f"  url = {{{source.url}}},\n" if source.url else ""
    title = source.cite.translate({ord(c): f"\\{c}" for c in "{}%&$#_"})
    return f"@misc{{{word}-{digest},\n  title = {{{title}}},\n{note}{url}}}\n"
