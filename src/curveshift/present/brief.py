"""The brief: one self-contained page with the answer, its uncertainty, and everything it rests on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from curveshift.errors import CurveshiftError
from curveshift.records import atomic_write

from . import appendix, front, headline, page, words
from .headline import PolicySummary
from .material import Material, as_words

if TYPE_CHECKING:
    from curveshift.scenario import Policy
    from curveshift.world.ensemble import Ensemble

    from .figure import Figure

Progress = Callable[[int, int], None]

POLICIES: Final = ("status-quo", "airtight", "full-decontrol")
AS_OF: Final = date(2026, 6, 30)
TABLE_DRAWS: Final = 512
CLAIM_DRAWS: Final = 1024
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
    view: str | Path | None = None,
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
    view : str or Path, optional
        A world view, as in `curveshift.simulate`; the table over settings of feedback shows all of them all the same.
        Claims are then not judged, as with an earlier `as_of` or without ties.
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
    from curveshift.claims import RUNS, Evidence, judged, shipped
    from curveshift.decide import flip_table, policy_table
    from curveshift.world import simulate

    started = time.perf_counter()
    target = Path(path)
    if not target.parent.is_dir() or target.is_dir():
        # Told before a minute of work, not after it.
        raise CurveshiftError("cannot be written: name a file in a folder that exists", str(target))
    few = min(draws, TABLE_DRAWS)
    claimed = min(draws, CLAIM_DRAWS)
    # Claims are judged by the whole record, at one setting of feedback after another.
    judging = as_of == AS_OF and tied and view is None
    kept = shipped() if judging and not settings and seed == 0 else None
    runs = RUNS if judging and kept is None else 0
    steps = _Steps(progress, (draws * len(policies), few * 36, claimed * runs))
    common: dict[str, Any] = {
        "settings": settings,
        "seed": seed,
        "as_of": as_of,
        "tied": tied,
        "view": view,
        "threads": threads,
    }
    ensemble = simulate(policies, draws=draws, keep_paths=PATHS, progress=steps.of(0), **common)
    cells = policy_table(draws=few, progress=steps.of(1), **common)
    first = ensemble.policies[0]
    flips = flip_table(ensemble, base=first, strict=_strict(ensemble))
    found = headline.read(ensemble)
    said = headline.sentences(found, words.day(as_of))
    findings = ranges = None
    if kept is not None:
        findings, ranges = kept.findings, kept.ranges
    elif judging:
        evidence = Evidence(claimed, seed, settings, threads=threads, progress=steps.of(2))
        findings, ranges = judged(None, evidence), evidence.importance.ranges
    material = Material(ensemble, found, cells, few, flips, findings, ranges, as_words(settings), view)
    parts = compose(material, material.brief_command(target))
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
    """Several runs counted as one."""

    def __init__(self, progress: Progress | None, sizes: Sequence[int]) -> None:
        self._told = progress
        self._sizes = sizes

    def of(self, place: int) -> Progress:
        """What one of the runs is to call."""
        before, size, whole = sum(self._sizes[:place]), self._sizes[place], sum(self._sizes)

        def tell(done: int, parts: int) -> None:
            if self._told is not None:
                self._told(before + size * done // parts, whole)

        return tell


def _strict(ensemble: Ensemble) -> str:
    others = ensemble.policies[1:]
    return "airtight" if "airtight" in others else (others[0] if others else "airtight")


def compose(material: Material, again: str) -> tuple[str, dict[str, Figure]]:
    """Body and figures of the page from results that are already there."""
    figures: dict[str, Figure] = {}
    parts = [
        front.top(material, TITLE),
        "<main>",
        front.front(material),
        appendix.appendices(material, figures),
        "</main>",
        _foot(material, again),
    ]
    return "".join(parts), figures


def _foot(material: Material, again: str) -> str:
    import platform
    from importlib.metadata import version

    ensemble = material.ensemble
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
    traced = f"{material.run_command} -o result.json\ncurveshift explain result.json"
    return (
        f'<footer class="foot">\n<h2>How this was made</h2>\n{told}<pre>{page.text(again)}</pre>\n'
        f"{page.paragraph('The assumptions, facts and sources behind a number are listed by:')}"
        f"<pre>{page.text(traced)}</pre></footer>\n"
    )
