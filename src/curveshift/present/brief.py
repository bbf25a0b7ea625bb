"""The brief: one self-contained page with the answer, its uncertainty, and everything it rests on."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from curveshift.errors import CurveshiftError
from curveshift.records import atomic_write

from . import headline, page, reading, tables, wording, words
from .headline import PolicySummary, Reading

if TYPE_CHECKING:
    from curveshift.decide import FlipTable, PolicyCell
    from curveshift.scenario import Policy
    from curveshift.world.ensemble import Ensemble

    from .figure import Figure

Progress = Callable[[int, int], None]

POLICIES: Final = ("status-quo", "airtight", "full-decontrol")
AS_OF: Final = date(2026, 6, 30)
TABLE_DRAWS: Final = 512
PATHS: Final = 256
TITLE: Final = "Chips, policies and the distance between two blocs"


@dataclass(frozen=True)
class BriefSummary:
    """What was written and its main numbers.

    Attributes
    ----------
    path : Path
        The file.
    headline : tuple of str
        The answer in sentences, as at the top of the brief.
    year : int
        Year at whose end stocks, shares and lags of `policies` are read.
    policies : tuple of PolicySummary
        In the order asked for.
    scenario_hash, facts_digest : str
        SHA-256 of everything that decides the numbers, and of the fact tables.
    seconds : float
        Wall time.
    """

    path: Path
    headline: tuple[str, ...]
    year: int
    policies: tuple[PolicySummary, ...]
    scenario_hash: str
    facts_digest: str
    seconds: float


def write_brief(
    path: str | Path,
    *,
    policies: Sequence[str | Path | Policy] = POLICIES,
    settings: Sequence[str] | Mapping[str, Any] = (),
    draws: int = 8192,
    seed: int = 0,
    as_of: date = AS_OF,
    tied: bool = True,
    threads: int | None = None,
    progress: Progress | None = None,
) -> BriefSummary:
    """Simulate and write the brief.

    Parameters
    ----------
    path : str or Path
        The HTML file; its folder must exist. It is written whole or not at all.
    policies : sequence of str, Path or Policy
        Presets, ``preset+stance`` or files; the first is the one that titles speak of.
    settings : sequence of "key=value", or mapping
        Changed assumptions and levers.
    draws : int
        A multiple of 8. The table over policies and stances uses at most 1,024.
    seed : int
        Decides every random number.
    as_of : datetime.date
        Last day of the record.
    tied : bool
        As in `curveshift.simulate`.
    threads : int, optional
        As in `curveshift.simulate`.
    progress : callable, optional
        Called with (steps done, steps in all).

    Returns
    -------
    BriefSummary

    Raises
    ------
    CurveshiftError
        On anything unknown or out of range, and when the file cannot be written; nothing is then written.

    Examples
    --------
    >>> summary = write_brief("brief.html", draws=256)  # doctest: +SKIP
    >>> summary.policies[0].policy  # doctest: +SKIP
    'status-quo'
    """
    from curveshift.decide import flip_table, policy_table
    from curveshift.world import simulate

    started = time.perf_counter()
    target = Path(path)
    if not target.parent.is_dir() or target.is_dir():
        # Told before a minute of work, not after it.
        raise CurveshiftError("cannot be written: name a file in a folder that exists", str(target))
    few = min(draws, TABLE_DRAWS)
    steps = _Steps(progress, draws * len(policies), few * 36)
    common: dict[str, Any] = {
        "settings": settings,
        "seed": seed,
        "as_of": as_of,
        "tied": tied,
        "threads": threads,
    }
    ensemble = simulate(policies, draws=draws, keep_paths=PATHS, progress=steps.first, **common)
    cells = policy_table(draws=few, progress=steps.second, **common)
    first = ensemble.policies[0]
    flips = flip_table(ensemble, base=first, strict=_strict(ensemble))
    found = headline.read(ensemble)
    said = headline.sentences(found, words.day(as_of))
    parts = compose(ensemble, found, cells, flips, few, command(target, ensemble, settings))
    atomic_write(target, page.page(TITLE, *parts))
    return BriefSummary(
        target,
        said,
        found.year,
        found.policies,
        ensemble.scenario.hash(ensemble.record_digest),
        ensemble.facts_digest,
        time.perf_counter() - started,
    )


class _Steps:
    """Two runs counted as one, in draws."""

    def __init__(self, progress: Progress | None, first: int, second: int) -> None:
        self._told = progress
        self._sizes = (first, second)

    def first(self, done: int, whole: int) -> None:
        self._tell(self._sizes[0] * done // whole)

    def second(self, done: int, whole: int) -> None:
        self._tell(self._sizes[0] + self._sizes[1] * done // whole)

    def _tell(self, done: int) -> None:
        if self._told is not None:
            self._told(done, sum(self._sizes))


def _strict(ensemble: Ensemble) -> str:
    others = ensemble.policies[1:]
    return "airtight" if "airtight" in others else (others[0] if others else "airtight")


def command(path: Path, ensemble: Ensemble, settings: Sequence[str] | Mapping[str, Any] = ()) -> str:
    """The command line that makes the same brief again."""
    scenario = ensemble.scenario
    given = [f"{k}={v}" for k, v in settings.items()] if isinstance(settings, Mapping) else list(settings)
    words_ = ["curveshift", "brief", "-o", path.name, "--policies", ",".join(ensemble.policies)]
    words_ += [
        "--draws",
        str(scenario.draws),
        "--seed",
        str(scenario.seed),
        "--as-of",
        scenario.as_of.isoformat(),
    ]
    if not ensemble.tied:
        words_.append("--untied")
    for one in given:
        words_ += ["--set", one]
    return shlex.join(words_)


def compose(
    ensemble: Ensemble,
    found: Reading,
    cells: Sequence[PolicyCell],
    flips: FlipTable,
    table_draws: int,
    again: str,
) -> tuple[str, dict[str, Figure]]:
    """Body and figures of the page from results that are already there."""
    from . import compute_figures as compute
    from . import outcome_figures as outcome
    from . import record_figures as record

    figures: dict[str, Figure] = {"share": compute.share_and_lag(ensemble)}
    figures["worlds"] = outcome.worlds_by_window(ensemble)
    figures["chips"] = compute.chips_to_china(ensemble)
    figures["stock"] = compute.installed_base(ensemble)
    figures["capability"] = outcome.capability(ensemble)
    if len(ensemble.policies) > 1:
        figures["difference"] = outcome.difference(ensemble)
    figures["domestic"] = record.domestic_estimates(ensemble)
    if "status-quo" in ensemble.policies:
        from curveshift.decide.record import checks

        figures["checks"] = record.record_checks(checks(ensemble))

    def drawn(*names: str) -> str:
        return "".join(page.place(name, figures[name]) for name in names if name in figures)

    parts = [
        _top(ensemble, found),
        "<main>",
        page.section("Compute and lag", drawn("share"), anchor="first"),
        page.section(
            "How likely is a long lag?",
            page.paragraph(wording.LAG_TABLE) + tables.lag_tables(cells, table_draws),
        ),
        page.section(
            "How sure is that?", page.paragraph(headline.condition(found, words.day(ensemble.scenario.as_of)))
        ),
        page.section("What the words mean", page.definitions(wording.GLOSSARY)),
        page.section("Outcomes by policy", tables.outcomes(ensemble), new_page=True),
        page.section("Worlds as a function of the window", drawn("worlds")),
        page.section("Chips", drawn("chips", "stock")),
        page.section("Systems", drawn("capability")),
        page.section("What the choice of policy changes", drawn("difference"))
        if "difference" in figures
        else "",
        page.section(
            "What would turn the verdicts", page.paragraph(wording.FLIPS) + tables.flips(flips), new_page=True
        ),
        page.section(
            "The model against the record",
            drawn("domestic", "checks") + _check_table(figures) + tables.misfit(ensemble),
        ),
        page.section("Measured, fitted, judged", tables.ledger(ensemble), new_page=True),
        page.section("What is not modelled", page.bullets(wording.NOT_MODELLED)),
        page.section("Limits that bind", tables.limits(ensemble)),
        page.section("Gaps in the record", page.bullets(ensemble.notes or ("None is noted.",))),
        page.section("Sources", _sources(ensemble)),
        "</main>",
        _foot(ensemble, again),
    ]
    return "".join(parts), figures


def _top(ensemble: Ensemble, found: Reading) -> str:
    scenario = ensemble.scenario
    line = (
        f"Record to {words.day(scenario.as_of)}, simulation to {scenario.end.year}; {scenario.draws:,} draws, "
        f"seed {scenario.seed}, feedback {ensemble.feedback}, "
        f"{'tied to the observed frontier' if ensemble.tied else 'not tied to the record'}. A brief made by curveshift."
    )
    lead, window, timing = headline.opening(found)
    changes = ""
    if scenario.changes:
        changes = page.paragraph("Changed from the defaults:") + page.bullets(scenario.changes)
    meanings = {reading.label(ensemble, p.name): f"{p.title}. {p.meaning}" for p in scenario.policies}
    return (
        f"<header>\n<h1>{page.text(TITLE)}</h1>\n{page.paragraph(line, 'soft')}{page.paragraph(lead, 'lead')}"
        f"{page.paragraph(f'{window} {timing}')}{tables.overview(found)}{page.definitions(meanings)}"
        f"{changes}</header>\n"
    )


def _check_table(figures: Mapping[str, Figure]) -> str:
    if "checks" not in figures:
        return page.paragraph(
            "The checks need the policy status-quo, which was not among those asked for.", "soft"
        )
    return page.folded("The same checks in numbers", tables.checks(figures["checks"].frame))


def _sources(ensemble: Ensemble) -> str:
    from curveshift import facts

    cited = [str(s) for s in ensemble.scenario.all_sources()]
    used = [f"{s.source}{f', {s.url}' if s.url else ''} ({', '.join(s.tables)})" for s in facts.sources()]
    return (
        page.folded(f"{len(cited)} sources of assumptions, levers and policies", page.bullets(cited))
        + page.folded(f"{len(used)} sources of the fact tables", page.bullets(used))
        + page.paragraph("Data of Epoch AI is used under CC-BY 4.0.", "soft")
    )


def _foot(ensemble: Ensemble, again: str) -> str:
    import platform
    from importlib.metadata import version

    packages = ("curveshift", "jax", "numpy", "xarray", "vl-convert-python")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    scenario = ensemble.scenario
    lines = [
        f"As of {words.day(scenario.as_of)}; seed {scenario.seed}; {scenario.draws:,} draws in "
        f"{scenario.replicates} replicates.",
        *([f"Warning: {scenario.hindsight()}."] if scenario.hindsight() else []),
        f"Versions: {versions}, Python {platform.python_version()}.",
        f"Scenario {scenario.hash(ensemble.record_digest)}",
        f"Facts {ensemble.facts_digest}",
        f"Observed frontier {ensemble.frontier_digest or 'not used'}",
        "Made again by:",
    ]
    told = "".join(page.paragraph(line) for line in lines)
    return (
        f'<footer class="foot">\n<h2>How this was made</h2>\n{told}<pre>{page.text(again)}</pre></footer>\n'
    )
