"""Targets: YAML as text, and every kind of record that a YAML file may hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pydantic import BaseModel, RootModel

import curveshift
from curveshift.claims.compiling import ClaimFile
from curveshift.controls import rule_book, user_rules
from curveshift.controls.instruments import RuleBook
from curveshift.controls.questions import ruling_table
from curveshift.controls.schema import DesignFile, InstrumentFile, PartFile, PlaceFile
from curveshift.decide.backtest_compiling import PriorsFile, SettingsFile
from curveshift.laws.compiling import LawFile
from curveshift.records import load_yaml, loading
from curveshift.records.loading import KeyPath, Lines
from curveshift.scenario import Policy, View, declare, library, load_assumptions, load_policy, load_view
from curveshift.scenario.files import AssumptionFile, CorrelationFile, LeverFile
from curveshift.scenario.stated_files import PolicySetFile
from curveshift.trends.compiling import CostFile, ShiftFile
from curveshift.trends.stitching_records import StitchingFile
from curveshift.world.estimates import Trusts
from curveshift.world.timeline import Timeline

from .dice import Dice, changed, changed_text
from .judging import finite, hold, written
from .words import sound

ROOT = Path(curveshift.__file__).parent
_TOKENS = (
    ": ", "- ", "? ", "&a ", "*a", "!!python/object:os.system ", "!!int ", "!!binary ", "|", ">-", "\t", "{", "}",
    "[", "]", '"', "'", "---\n", "...\n", "%YAML 1.1\n", "<<: ", "#", "\n", "\n  ", "yes", "NO", "0o17", "0x1F",
    "1e25", "1_000", ".inf", ".nan", "~", "null", "2026-06-30", "2026-06-30T10:00:00Z", "10:30", "=", "\u2028", "\x00",
)  # fmt: skip
_TEXTS = (
    "name: mine\nvalue: 1.05 to 1.3\nat: 2026-11-23\n",
    "a: [1, 2.5, {b: yes, c: 'x'}]\n",
    "- {x: 1e25, y: null}\n- 3\n",
    'k: |\n  two\n  lines\n"q\\u00e9": -0.5\n',
)  # fmt: skip


class Anything(RootModel[Any]):
    """A file that may hold anything."""


def yaml(data: bytes) -> None:
    """Any text as YAML: plain content, finite, and the same when written as JSON and read again."""
    dice = Dice(data)
    kind = dice.below(8)
    content = dice.rest() if kind == 7 else changed_text(_TEXTS[kind % 4], dice, _TOKENS).encode()
    found = load_yaml(written("any.yaml", content), Anything).root
    _plain(found)
    # JSON is YAML; a date comes back as a date only without quotes, so dates are left out.
    if not _dated(found):
        text = json.dumps(found, ensure_ascii=True)
        again = load_yaml(written("again.yaml", text), Anything).root
        hold(again == found and json.dumps(again) == json.dumps(found), "not the same when read back", found)


def _plain(value: Any) -> None:
    hold(
        value is None or type(value) in (str, bool, int, float, date, list, dict), "not plain content", value
    )
    if isinstance(value, dict):
        hold(all(type(key) is str for key in value), "a key that is no text", value)
        for item in value.values():
            _plain(item)
    elif isinstance(value, list):
        for item in value:
            _plain(item)
    elif isinstance(value, float):
        finite(value, "a number")


def _dated(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(_dated(item) for item in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, date)


def _given(tree: Any, read: Callable[[Path], Any]) -> Any:
    """Read plain content as if it stood in a file: the text layer, which is slow, has a target of its own."""
    lines: Lines = {}

    def place(value: Any, path: KeyPath) -> None:
        lines[path] = len(lines) + 1
        if isinstance(value, dict | list):
            for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                place(item, (*path, key))

    place(tree, ())
    with patch.object(loading, "_read", lambda _: (tree, lines)):
        return read(Path("given.yaml"))


@cache
def shipped(path: str) -> Any:
    """Plain content of a shipped file."""
    return loading._read(ROOT / path)[0]


_POLICIES = ("january-2026", "status-quo", "airtight", "china-does-not")


def policies(data: bytes) -> None:
    """A user's own policy."""
    dice = Dice(data)
    tree = {**shipped(f"scenario/data/policies/{dice.pick(_POLICIES)}.yaml"), "name": "mine"}
    tree, stray = changed(tree, dice)
    found: Policy = _given(tree, load_policy)
    hold(not stray, "a stray key was taken", tree)
    for steps in (found.us, found.beijing, found.changes, *found.levers.values()):
        hold(all(a.start < b.start for a, b in pairwise(steps)), "dates that do not rise", found)
    for name, own in found.levers.items():
        lever = library().levers[name]
        hold(all(lever.low <= s.value <= lever.high for s in own), "a lever out of its range", found)
    hold(found.half_life_years is None or 0 < found.half_life_years <= 1000, "a half-life", found)
    stored = json.loads(json.dumps(found.to_data()))
    hold(Policy.from_data(found.name, stored) == found, "not the same when stored", found)
    known = rule_book().values()
    hold(all(key in known for step in found.changes for key in step.value), "an unknown rule", found.changes)
    finite([list(step.value.values()) for step in found.changes], "a changed rule")
    declare([found]).hash()


_OWN = (
    {"assumptions": [{"name": "diversion.chips_2024", "value": "10k to 300k", "why": "My own reading."}]},
    {
        "assumptions": [
            {
                "name": "own.number", "dimension": 499, "value": "1 to 2", "unit": "x", "support": "positive",
                "meaning": "A number.", "why": "To try.", "kind": "judgement", "reviewed": "2026-06-30",
                "group": "supply", "bounds": [0, 5],
            },
            {"name": "supply.output_elasticity", "value": 0.5, "why": "Half."},
        ]
    },
)  # fmt: skip


def assumptions(data: bytes) -> None:
    """A user's own file of assumptions."""
    dice = Dice(data)
    tree, stray = changed(dice.pick(_OWN), dice)
    path_read: dict[str, Any] = _given(tree, load_assumptions)
    hold(not stray, "a stray key was taken", tree)
    for own in path_read.values():
        low, high = own.bounds or (None, None)
        sound(own.distribution, float("-inf") if low is None else low, float("inf") if high is None else high)
        hold(own.kind == "judgement" or bool(own.sources), "measured without a source", own)
        hold(0 <= own.dimension <= 511, "a dimension out of the table", own)
    base = declare("status-quo")
    replace(base, assumptions={**base.assumptions, **path_read}).hash()


_VIEWS = ("hawk", "survey", "essay")


def views(data: bytes) -> None:
    """A user's own world view."""
    dice = Dice(data)
    tree = {**shipped(f"scenario/data/views/{dice.pick(_VIEWS)}.yaml"), "name": "mine"}
    tree, stray = changed(tree, dice)
    found: View = _given(tree, load_view)
    hold(not stray, "a stray key was taken", tree)
    for own in found.assumptions.values():
        sound(own.distribution)
        hold(own.dimension == library().assumptions[own.name].dimension, "another dimension", own)
    declare("status-quo", view=found).hash()


_RULES = ("2026_case_by_case", "2025_letters", "2023_letters", "beijing")
_JUDGED_ONE_IN = 16
"""Judging a chip takes ten times as long as reading a rule book."""


def rules(data: bytes) -> None:
    """A user's own file of rules, and a chip judged by it."""
    dice = Dice(data)
    instruments = shipped(f"controls/data/{dice.pick(_RULES)}.yaml")["instruments"]
    tree: dict[str, Any] = {"instruments": [{**dice.pick(instruments)}]}
    if dice.chance(2):
        tree["instruments"][0]["id"] = "own-rule"
    if dice.chance(3):
        tree["changes"] = {
            "bis-2026-01.case_by_case.tpp_below": 30000,
            "bis-2026-01.case_by_case.dram_below": 5,
        }
        tree["remove"] = ["bis-2023-10"]
    judged = dice.chance(_JUDGED_ONE_IN)
    tree, stray = changed(tree, dice)
    book: RuleBook = _given(tree, user_rules)
    hold(not stray, "a stray key was taken", tree)
    finite([v.value for v in book.values().values() if v.value is not None], "a value of a rule")
    days = [i.effective for i in book.instruments]
    hold(days == sorted(days), "rules out of order", days)
    if judged:
        table = ruling_table(["H20 SXM 96GB"], ["CN"], [None], rules=book)
        hold(len(table) == 1 and bool(str(table[0].status)), "no ruling", tree)


def _compiled(record: Any) -> None:
    data = record.compiled()
    json.dumps(data, allow_nan=False)


def _files() -> list[tuple[str, type[BaseModel], str]]:
    """A shipped file of each kind, its model, and the list in it from which one record is taken."""
    return [
        ("scenario/data/assumptions/china.yaml", AssumptionFile, "assumptions"),
        ("scenario/data/levers.yaml", LeverFile, "levers"),
        ("scenario/data/correlations.yaml", CorrelationFile, "correlations"),
        ("scenario/data/policy_sets.yaml", PolicySetFile, "sets"),
        ("controls/data/2023_package.yaml", InstrumentFile, "instruments"),
        ("controls/data/parts.yaml", PartFile, "memory"),
        ("controls/data/designs.yaml", DesignFile, "designs"),
        ("controls/data/places.yaml", PlaceFile, "changes"),
        ("claims/data/claims.yaml", ClaimFile, "claims"),
        ("laws/data/loss.yaml", LawFile, "laws"),
        ("laws/data/other.yaml", LawFile, "laws"),
        ("trends/data/costs.yaml", CostFile, "reported"),
        ("trends/data/shift.yaml", ShiftFile, ""),
        ("trends/data/stitching.yaml", StitchingFile, ""),
        ("world/data/timeline.yaml", Timeline, ""),
        ("world/data/huawei_2025.yaml", Trusts, ""),
        ("decide/data/backtest_priors.yaml", PriorsFile, ""),
        ("decide/data/backtest_settings.yaml", SettingsFile, ""),
    ]


def shipped_kinds(data: bytes) -> None:
    """Records of the kinds that only ship, which maintainers edit."""
    dice = Dice(data)
    path, model, key = dice.pick(_files())
    tree = dict(shipped(path))
    if key:
        tree[key] = [dice.pick(tree[key])]
    # Some of these have mappings with free keys, so a stray key may be right.
    tree, _ = changed(tree, dice)
    found = _given(tree, lambda file: load_yaml(file, model))
    finite(found.model_dump(mode="json"), "a number of a record")
    if isinstance(found, AssumptionFile | LeverFile | CorrelationFile):
        for record in getattr(found, key):
            _compiled(record)
    if isinstance(found, PolicySetFile):
        _compiled(found)


def compiled_records(data: bytes) -> None:
    """Compiled files: nothing but what was compiled is read."""
    from curveshift.records import read_compiled, write_compiled

    dice = Dice(data)
    path = written("compiled.json", b"")
    write_compiled(path, {"a": [1, 2.5, "x"], "b": {"c": None}})
    text = path.read_text()
    edited = (
        dice.rest()
        if dice.chance(8)
        else changed_text(text, dice, ('"', "{", "}", "[", ",", "1e999", "NaN")).encode()
    )
    found = read_compiled(written("edited.json", edited))
    hold(found == {"a": [1, 2.5, "x"], "b": {"c": None}}, "a changed file was taken", found)
