"""The results that a brief is made of, and the commands that make them again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .headline import Reading

if TYPE_CHECKING:
    from curveshift.claims import Findings
    from curveshift.decide import FlipTable, PolicyCell, Ranges
    from curveshift.world.ensemble import Ensemble


@dataclass(frozen=True, eq=False)
class Material:
    """Results that are already there.

    Attributes
    ----------
    ensemble : Ensemble
    found : Reading
        Its main numbers.
    cells : sequence of PolicyCell
    table_draws : int
        Draws behind the cells.
    flips : FlipTable
    findings : Findings or None
        The claims judged; None for an as-of date that is not that of the record.
    ranges : Ranges or None
        Ranges over policies and over groups of assumptions, with the claims.
    settings : tuple of str
        What was changed, as on the command line.
    view : str or Path, optional
        The world view.
    """

    ensemble: Ensemble
    found: Reading
    cells: Sequence[PolicyCell]
    table_draws: int
    flips: FlipTable
    findings: Findings | None = None
    ranges: Ranges | None = None
    settings: tuple[str, ...] = ()
    view: str | Path | None = None

    @property
    def run_command(self) -> str:
        """Simulates the first policy again."""
        return self._with_settings(["curveshift", "run", self.ensemble.policies[0]])

    @property
    def compare_command(self) -> str:
        """Compares the policies again."""
        if len(self.ensemble.policies) < 2:
            return self.run_command
        return self._with_settings(["curveshift", "compare", *self.ensemble.policies])

    @property
    def flips_command(self) -> str:
        """Shows again what would turn the verdicts."""
        if len(self.ensemble.policies) < 2:
            return ""
        return f"{self.compare_command} --flips"

    @property
    def claims_command(self) -> str:
        """Judges the claims again; empty when none were judged."""
        if self.findings is None:
            return ""
        made = self.findings.provenance["simulation"]
        words = ["curveshift", "claims", "--draws", str(made["draws"]), "--seed", str(made["seed"])]
        return shlex.join([*words, *(part for one in self.settings for part in ("--set", one))])

    @property
    def ranges_command(self) -> str:
        """Asks again what decides the answer; empty when it was not asked."""
        if self.ranges is None:
            return ""
        rows = str(self.ranges.rows)
        words = ["curveshift", "sensitivity", self.ranges.policy, "--of", "policies"]
        words += ["--outcome", "lag", "--outcome", "bipolar", "--rows", rows]
        words += ["--seed", str(self.ensemble.scenario.seed)]
        return shlex.join([*words, *(part for one in self.settings for part in ("--set", one))])

    def brief_command(self, path: Path) -> str:
        """Makes the same brief again."""
        words = ["curveshift", "brief", "-o", path.name, "--policies", ",".join(self.ensemble.policies)]
        return self._with_settings(words)

    def _with_settings(self, words: list[str]) -> str:
        scenario = self.ensemble.scenario
        words += ["--draws", str(scenario.draws), "--seed", str(scenario.seed)]
        words += ["--as-of", scenario.as_of.isoformat()]
        if not self.ensemble.tied:
            words.append("--untied")
        if self.view is not None:
            words += ["--view", str(self.view)]
        for one in self.settings:
            words += ["--set", one]
        return shlex.join(words)


def as_words(settings: Sequence[str] | Mapping[str, Any]) -> tuple[str, ...]:
    """Settings as on the command line.

    Examples
    --------
    >>> as_words({"enforcement.effort": 2})
    ('enforcement.effort=2',)
    """
    if isinstance(settings, Mapping):
        return tuple(f"{key}={value}" for key, value in settings.items())
    return tuple(settings)
