"""Targets: tables of training runs, and rows of facts."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from typing import Any

import numpy as np

from curveshift import facts, laws
from curveshift.errors import CurveshiftError
from curveshift.facts.reading import DATA, PARSERS
from curveshift.facts.schema import all_tables

from .dice import WORDS, Dice, changed, changed_text
from .judging import finite, hold, written

_LAWS = (laws.Chinchilla, laws.OffsetPower, laws.LossToAccuracy)
_RUNS = {
    "params": [1e8, 2e8, 4e8, 8e8],
    "tokens": [2e9, 4e9, 8e9, 1.6e10],
    "loss": [3.4, 3.1, 2.9, 2.7],
    "training_flop": [1.2e18, 4.8e18, 1.92e19, 7.68e19],
}
_NAMES = (
    "params", "N", "params_B", "tokens", "D", "tokens_billion", "loss", "val_loss", "loss_bits_per_token", "C",
    "training_flop", "flops_1e18", "seed", "tokenizer", "params_convention", "accuracy", "perplexity", "unnamed 1", "",
)  # fmt: skip
_MARKS = (
    ",",
    ";",
    "\t",
    "|",
    '"',
    '""',
    "\n",
    "\r\n",
    "\r",
    "\ufeff",
    "-",
    "na",
    "null",
    "1e400",
    "[",
    "{",
    "}",
    ":",
)


def runs(data: bytes) -> None:
    """Training runs from CSV, TSV and JSON lines, and from mappings; with units, columns and conventions told."""
    dice = Dice(data)
    table: dict[str, list[Any]] = {}
    for name, cells in _RUNS.items():
        if not dice.chance(6):
            own = name if not dice.chance(6) else dice.pick(_NAMES)
            table[own] = [dice.number() if dice.chance(40) else cell for cell in cells]
    rows = [dict(zip(table, cells, strict=True)) for cells in zip(*table.values(), strict=True)]
    told: dict[str, Any] = {}
    if dice.chance(4):
        told["units"] = {
            dice.pick(_NAMES): dice.pick(("B", "1", "1e18", "bit/token", "percent", 1e9, -1, 0, "e400"))
        }
    if dice.chance(6):
        told["columns"] = {dice.pick(_NAMES): dice.pick(_NAMES)}
    if dice.chance(6):
        told["conventions"] = {
            dice.pick(("params", "flop", "x")): dice.pick(("total", "active", "6ND", "measured"))
        }
    if dice.chance(8):
        told["cluster"] = dice.pick(_NAMES)
    told["force"] = dice.chance(4)
    given: Any
    match dice.below(5):
        case 0:
            given, _ = changed(table, dice)
            if not isinstance(given, dict):
                return
        case 1:
            text = "\n".join(json.dumps(row) for row in rows)
            given = written("runs.jsonl", changed_text(text, dice, (*WORDS, *_MARKS)))
        case 2 if dice.chance(4):
            given = written("runs.csv", dice.rest())
        case how:
            tabs = how == 3
            text = _separated(table, "\t" if tabs else ",")
            given = written("runs.tsv" if tabs else "runs.csv", changed_text(text, dice, (*WORDS, *_MARKS)))
    law = dice.pick(_LAWS)
    found = laws.read_runs(given, law, **told)
    sizes = {len(column) for column in found.columns.values()}
    hold(len(sizes) == 1 and sizes == {len(found)}, "columns that differ in length", sizes)
    for quantity in (*law.inputs, law.output):
        column = found.columns[quantity.name]
        right = bool(np.all(np.isfinite(column) & (column > quantity.low) & (column < quantity.high)))
        hold(right, f"{quantity.name} out of its range", column.tolist())
    finite([column.tolist() for column in found.columns.values()], "a number of a run")
    hold(len(set(found.rows.tolist())) == len(found), "a row taken twice", found.rows.tolist())
    hold(all(isinstance(note, str) and note for note in found.notes), "an empty note", found.notes)


def _separated(table: dict[str, list[Any]], delimiter: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return out.getvalue()


@cache
def _some_lines(name: str) -> tuple[list[str], list[list[str]]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        header, *lines = csv.reader(stream)
    return header, lines[:40]


def fact_rows(data: bytes) -> None:
    """Rows of facts: every fault is told as one problem, and what has none can be read as typed values."""
    dice = Dice(data)
    name = dice.pick(tuple(all_tables()))
    header, lines = _some_lines(name)
    table = [list(header), *(list(dice.pick(lines)) for _ in range(1 + dice.below(2)))]
    for _ in range(dice.below(4)):
        row = dice.pick(table)
        at = dice.below(len(row) or 1)
        match dice.below(4):
            case 0:
                row[at : at + 1] = [dice.word()]
            case 1:
                row[at : at + 1] = [changed_text(row[at], dice)] if row else []
            case 2:
                del row[at : at + 1]
            case _:
                table.append(list(row))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(table)
    content = changed_text(out.getvalue(), dice, _MARKS) if dice.chance(4) else out.getvalue()
    problems = facts.check(written(f"{name}.csv", content))
    hold(all(p.what and str(p) for p in problems), "a problem without words", problems)
    if problems:
        raise CurveshiftError(str(problems[0]))
    kinds = {c.name: c for c in all_tables()[name].columns}
    header, *rows = list(csv.reader(io.StringIO(content)))
    hold(sorted(header) == sorted(kinds), "columns that are not those of the table", header)
    for row in rows:
        for column, cell in zip(header, row, strict=True):
            value = PARSERS[kinds[column].kind](cell) if cell else None
            hold(value is not None or not kinds[column].required, "an empty cell that is needed", column)
            if isinstance(value, int | float) and not isinstance(value, bool):
                finite(value, column)
