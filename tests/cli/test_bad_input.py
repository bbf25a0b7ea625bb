"""Every bad input: one clear sentence, exit code 2, nothing printed and nothing written."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from curveshift import cli
from curveshift.facts.reading import DATA

STRAY = """\
name: mine
title: My policy
meaning: A copy with a slip.
kind: policy
base: status-quo
levrs: {}
"""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "status-qo"], "unknown policy 'status-qo': did you mean 'status-quo'?"),
        (["run", "status-quo+bloked"], "unknown stance of Beijing 'bloked': did you mean 'blocked'?"),
        (["compare", "airtight", "status-quoo"], "did you mean 'status-quo'?"),
        (["compare", "status-quo"], "at least two policies"),
        (["compare", "airtight", "airtight"], "policy 'airtight' is given twice"),
        (["compare", "airtight", "--base", "nope"], "unknown policy 'nope'"),
        (["compare"], "Missing argument"),
        (["run", "--set", "diversion.chips_204=1k"], "did you mean 'diversion.chips_2024'"),
        (["run", "--set", "enforcement.efort=2"], "did you mean 'enforcement.effort'"),
        (["run", "--set", "enforcement.effort=11"], "outside its range 0 to"),
        (["run", "--set", "systems.training_share=1.5"], "--set systems.training_share: "),
        (["run", "--set", "systems.training_share=-0.1"], "--set systems.training_share: "),
        (["run", "--set", "diversion.chips_2024=300k to 10k"], "is reversed"),
        (["run", "--set", "enforcement.effort=1", "--set", "enforcement.effort=2"], "given twice"),
        (["run", "--set", "enforcement.effort"], "write key=value"),
        (["run", "--set", "enforcement.effort=much"], "--set enforcement.effort: "),
        (["run", "--as-of", "2026-02-30"], "--as-of: impossible date '2026-02-30'"),
        (["run", "--end", "2035-13"], "--end: impossible month '2035-13'"),
        (["run", "--end", "2035-11"], "does not end a quarter"),
        (["run", "--draws", "0"], "draws must be a whole number from 8"),
        (["run", "--draws", "10000000000"], "draws must be a whole number from 8"),
        (["run", "--draws", "1001"], "cannot be split into 8 equal replicates"),
        (["run", "--draws", "many"], "--draws"),
        (["run", "--seed", "-1"], "seed -1"),
        (["run", "--feedback", "hard"], "unknown feedback setting 'hard'"),
        (["run", "--unit", "h100"], "--unit: unknown unit 'h100'"),
        (["run", "--window", "0"], "--window"),
        (["run", "--json", "--csv"], "exclude each other"),
        (["run", "missing.yaml"], "missing.yaml: cannot be read"),
        (["run", "--resume"], "--resume: only a run with a store can be resumed"),
        (["run", "--workers", "2", "--cluster", "tcp://a:1"], "--workers and --cluster exclude each other"),
        (["run", "--cluster", "nowhere"], "nowhere: is not an address: write one as tcp://"),
        (["compare", "status-quo", "airtight", "--workers", "0"], "workers must be at least 1"),
        (["run", "-o", "no/such/folder.json"], "there is no folder no/such"),
        (["run", "-o", "."], "not a regular file"),
        (["backtest", "--origin", "2022-06-30"], "2022-06-30 lies outside the record"),
        (["backtest", "--origin", "2024-07-01"], "no assumptions are restated for 2024-07-01: choose from"),
        (["backtest", "--horizon", "-6"], "does not lie after the origin"),
        (["backtest", "--series", "lags"], "unknown series 'lags': did you mean 'lag'?"),
        (["backtest", "--priors", "later"], "unknown set of assumptions 'later'"),
        (["backtest", "--json", "--csv"], "exclude each other"),
        (["backtest", "-o", "no/such/page.html"], "there is no folder no/such"),
        (["brief", "-o", "no/such/brief.html"], "there is no folder no/such"),
        (["brief", "--policies", ", ,"], "name at least one policy"),
        (["brief", "--policies", "airtigt"], "did you mean 'airtight'?"),
        (["policies", "show", "airtigt"], "did you mean 'airtight'?"),
        (["assumptions", "show", "diversion.chips"], "did you mean 'diversion.chips_2024'"),
        (["assumptions", "list", "--group", "suply"], "did you mean 'supply'"),
        (["assumptions", "diff", "a.yaml", "b.yaml"], "one file of assumptions at a time"),
        (["assumptions", "diff", "enforcement.effort=99"], "outside its range"),
        (["facts", "show", "chip"], "unknown table 'chip': did you mean 'chips'?"),
        (["facts", "show", "chips", "--as-of", "2025-13-01"], "impossible date '2025-13-01'"),
        (["facts", "show", "chips", "--mode", "backtst"], "did you mean 'backtest'?"),
        (["facts", "check", "nowhere"], "no such file or folder"),
        (["facts", "export", "chips", "-o", "no/such/chips.csv"], "there is no folder no/such"),
        (["nonsense"], "No such command 'nonsense'"),
        (["run", "--nonsense"], "--nonsense"),
    ],
)
def test_one_clear_sentence(call, tmp_path: Path, words: list[str], says: str) -> None:
    done = call(*words)
    assert done.code == 2
    assert says in done.err
    assert done.err.startswith("curveshift: ")
    assert done.err.count("\n") == 1
    assert "Traceback" not in done.err
    assert done.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_stray_key_is_named_with_its_line(call, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(STRAY)
    done = call("run", "mine.yaml")
    assert done.code == 2
    assert "mine.yaml:6" in done.err
    assert "levrs" in done.err


def test_a_table_with_an_unknown_chip_says_which(call, tmp_path: Path) -> None:
    with (DATA / "chip_shipments.csv").open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    lines[0]["chip"] = "H-20x"
    with (tmp_path / "chip_shipments.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    done = call("facts", "check", "chip_shipments.csv")
    assert done.code == 2
    assert "'H-20x' is not in chips.chip" in done.out
    assert done.err == "curveshift: 1 fault in the tables\n"


def test_debug_shows_where(call) -> None:
    done = call("run", "status-qo", "--debug")
    assert done.code == 2
    assert "Traceback" in done.err
    assert done.err.endswith("did you mean 'status-quo'?\n")


def test_a_fault_of_ours_has_code_1(call, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("curveshift.facts.tables", broken)
    done = call("facts", "list")
    assert done.code == 1
    assert done.err == "curveshift: curveshift itself failed: ZeroDivisionError: oops (--debug shows where)\n"


def test_an_interrupt_is_not_a_crash(call, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("curveshift.facts.tables", stopped)
    done = call("facts", "list")
    assert done.code == cli.INTERRUPTED
    assert "Traceback" not in done.err
