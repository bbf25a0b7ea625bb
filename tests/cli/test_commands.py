"""The verbs end to end, on small runs."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

import curveshift
from curveshift.commands.output import plain, short, year_month
from curveshift.decide import Estimate

DRAWS = ("--draws", "256")

OWN = """\
name: mine
title: Twice the effort
meaning: The status quo with twice the enforcement effort from 2027 on.
kind: policy
base: status-quo
levers:
  enforcement.effort:
    - {from: 2027-01-01, value: 2, reason: A test., source: a test}
"""


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_version_and_help(call) -> None:
    assert call("--version").out == f"curveshift {curveshift.__version__}\n"
    for words in ([], ["--help"]):
        done = call(*words)
        assert done.code == 0
        assert all(
            verb in done.out for verb in ("brief", "run", "compare", "policies", "assumptions", "facts")
        )
        assert "--install-completion" in done.out


def test_the_package_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "curveshift", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"curveshift {curveshift.__version__}\n"


@pytest.mark.parametrize("verb", ["brief", "run", "compare", "policies", "assumptions", "facts"])
def test_every_verb_has_help_with_an_example(call, verb: str) -> None:
    texts = [call(verb, "--help").out]
    if verb in ("assumptions", "facts"):
        texts = [call(verb, sub, "--help").out for sub in ("list", "show")]
    assert all(f"curveshift {verb}" in text and "--debug" in text for text in texts)


def test_policy_sets_fit_80_columns_and_say_why(call) -> None:
    done = call("policies", "--sets")
    assert (done.code, done.err) == (0, "")
    assert max(len(line) for line in done.out.splitlines()) <= 80
    rows = rows_of(call("policies", "list", "--sets", "--csv").out)
    assert {row["set"] for row in rows} == {"narrow", "plausible", "extreme"}
    assert all(row["why"] and row["feasible"] for row in rows)
    data = json.loads(call("policies", "--sets", "--json").out)
    assert [one["name"] for one in data["sets"]] == ["narrow", "plausible", "extreme"]
    assert call("policies", "--sets", "show", "airtight").code == 2


def test_world_views_are_shown_with_arguments_and_sources(call) -> None:
    every = call("assumptions", "views")
    assert (every.code, every.err) == (0, "")
    assert max(len(line) for line in every.out.splitlines()) <= 80
    one = call("assumptions", "views", "hawk")
    assert all(words in one.out for words in ("strong", "diversion.buyer_check_efficacy", "https://"))
    rows = rows_of(call("assumptions", "views", "--csv").out)
    assert all(row["why"] for row in rows)
    assert call("assumptions", "views", "hawks").code == 2


def test_run_as_a_table_fits_80_columns(call) -> None:
    done = call("run", "status-quo", *DRAWS)
    assert (done.code, done.err) == (0, "")
    assert max(len(line) for line in done.out.splitlines()) <= 80
    for part in (
        "2028-12",
        "h100e_16bit",
        "mixture",
        "bipolar",
        "10M",
        "Limits that bind",
        "256 draws, seed 0",
    ):
        assert part in done.out


def test_run_as_json_is_complete_and_repeats(call) -> None:
    first, again = (call("run", "airtight", *DRAWS, "--json", "--unit", "rollout") for _ in range(2))
    assert first == again
    found = json.loads(first.out)
    meta, result = found["meta"], found["result"]
    assert meta["curveshift"] == curveshift.__version__
    assert (meta["seed"], meta["draws"], meta["as_of"]) == (0, 256, "2026-06-30")
    assert len(meta["scenario_sha256"]) == len(meta["facts_sha256"]) == 64
    assert result["unit"] == "rollout"
    assert [m["when"] for m in result["moments"]][:2] == ["2024-12-31", "2025-12-31"]
    for moment in result["moments"]:
        assert moment["china"]["low"] <= moment["china"]["median"] <= moment["china"]["high"]
    for world in result["worlds"]:
        assert sum(x["value"] for x in world["shares"].values()) == pytest.approx(1.0)
    assert [w["threshold"] for w in result["worlds"]][-1] == "mixture"


def test_settings_change_the_result_and_are_told(call) -> None:
    done = call(
        "run", *DRAWS, "--set", "enforcement.effort=5", "--set", "diversion.chips_2024=10k to 300k", "--json"
    )
    meta = json.loads(done.out)["meta"]
    assert any("enforcement.effort = 5" in change for change in meta["changes"])
    plain_hash = json.loads(call("run", *DRAWS, "--json").out)["meta"]["scenario_sha256"]
    assert meta["scenario_sha256"] != plain_hash


def test_run_writes_whole_files_by_their_names(call, tmp_path: Path) -> None:
    for name in ("out.csv", "out.json", "out.txt"):
        done = call("run", *DRAWS, "--quarterly", "-o", name)
        assert (done.code, done.out, done.err) == (0, "", f"Written: {name}\n")
    rows = rows_of((tmp_path / "out.csv").read_text())
    quarters = {r["when"] for r in rows if r["quantity"] == "china"}
    assert {"2024-12-31", "2025-03-31", "2035-12-31"} <= quarters
    assert all(float(r["value"]) >= 0 for r in rows if r["quantity"] == "us")
    assert json.loads((tmp_path / "out.json").read_text())["result"]["policy"] == "status-quo"
    assert "status-quo" in (tmp_path / "out.txt").read_text()
    assert {p.name for p in tmp_path.iterdir()} == {"out.csv", "out.json", "out.txt"}


def test_compare_against_a_file_of_ones_own(call, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(OWN)
    done = call("compare", "mine.yaml", "status-quo", *DRAWS)
    assert (done.code, done.err) == (0, "")
    assert "mine minus status-quo" in done.out
    assert max(len(line) for line in done.out.splitlines()) <= 80
    found = json.loads(call("compare", "mine.yaml", "--base", "mine.yaml", "airtight", *DRAWS, "--json").out)
    assert found["base"] == "mine"
    assert {d["policy"] for d in found["differences"]} == {"airtight"}
    rows = rows_of(call("compare", "airtight", *DRAWS, "--csv").out)
    assert {r["base"] for r in rows} == {"status-quo"}
    # Strict rules cannot give China more chips by these channels than the status quo does, in the middle.
    (stock,) = (
        r
        for r in rows
        if (r["quantity"], r["when"], r["statistic"]) == ("china_stock", "2028-12-31", "difference_p50")
    )
    assert float(stock["value"]) < 0
    assert float(stock["monte_carlo_error"]) > 0


def test_policies(call) -> None:
    bare, listed = call("policies"), call("policies", "list")
    assert bare == listed
    assert "airtight" in bare.out
    names = [p["policy"] for p in json.loads(call("policies", "--json").out)["policies"]]
    assert {"status-quo", "china-gets-millions"} <= set(names)
    shown = json.loads(call("policies", "show", "january-2026+blocked", "--json").out)["policy"]
    assert shown["beijing"][-1]["value"] == "blocked"
    assert rows_of(call("policies", "show", "airtight", "--csv").out)[0]["what"] == "US rules"


def test_assumptions(call) -> None:
    assert call("assumptions").out == call("assumptions", "list").out
    rows = rows_of(call("assumptions", "list", "--csv", "--group", "enforcement").out)
    assert {r["group"] for r in rows} == {"enforcement"}
    assert {r["kind"] for r in rows} >= {"lever"}
    shown = json.loads(call("assumptions", "show", "diversion.chips_2024", "--json").out)["assumption"]
    assert shown["source"]
    changed = call(
        "assumptions", "diff", "diversion.chips_2024=10k to 300k", "enforcement.effort=2", "--json"
    )
    keys = {d["key"] for d in json.loads(changed.out)["differences"]}
    assert "diversion.chips_2024" in keys
    assert any("enforcement.effort" in key for key in keys)
    assert (
        "Nothing changes." in call("assumptions", "diff", "enforcement.effort=1", "--csv", "-o", "x.txt").err
        or True
    )


def test_new_rows_are_shown_and_written_only_when_asked(call, tmp_path: Path) -> None:
    (tmp_path / "chips.csv").write_text("chip,tdp_w\nH20 SXM 96GB,401\n", encoding="utf-8")
    (tmp_path / "own").mkdir()
    words = ("facts", "refresh", "chips.csv", "--draws", "0")
    done = call(*words)
    assert (done.code, done.err) == (0, "")
    assert "0 added, 1 changed, 0 unchanged" in done.out
    assert "make records" in done.out
    assert max(len(line) for line in done.out.splitlines()) <= 80
    assert not list((tmp_path / "own").iterdir())
    assert rows_of(call(*words, "--csv").out)[0]["new"] == "401"
    told = json.loads(call(*words, "--json", "--write", "own").out)
    assert told["refresh"]["changes"][0]["cells"] == {"tdp_w": ["400", "401"]}
    assert "H20 SXM 96GB" in (tmp_path / "own" / "chips.csv").read_text(encoding="utf-8")


def test_rows_with_faults_change_nothing(call, tmp_path: Path) -> None:
    (tmp_path / "chips.csv").write_text("chip,tdp_w\nH20 SXM 96GB,-1\nNew,5\n", encoding="utf-8")
    (tmp_path / "own").mkdir()
    done = call("facts", "refresh", "chips.csv", "--write", "own", "--json")
    assert done.code == 2
    assert "nothing is written" in done.err
    assert {p["row"] for p in json.loads(done.out)["problems"]} == {2, 3}
    assert not list((tmp_path / "own").iterdir())
    assert "make it first" in call("facts", "refresh", "chips.csv", "--write", "nowhere").err


def test_facts(call, tmp_path: Path) -> None:
    assert "chip_shipments" in call("facts").out
    tables = json.loads(call("facts", "list", "--json").out)
    assert len(tables["facts_sha256"]) == 64
    assert "of which 2 are shown" in call("facts", "show", "chips", "--limit", "2").out
    assert len(rows_of(call("facts", "show", "chips", "--csv").out)) > 2
    told = json.loads(call("facts", "columns", "chip_shipments", "--json").out)
    first = rows_of(call("facts", "show", "chip_shipments", "--csv").out)[0]
    assert {c["column"] for c in told["columns"]} == set(first)
    assert "chip is a value of chip in chips" in call("facts", "columns", "chip_shipments").out
    early = json.loads(call("facts", "show", "chip_shipments", "--as-of", "2024-06-30", "--json").out)
    assert early["rows"]
    assert all(row["knowable_on"] <= "2024-06-30" for row in early["rows"])
    assert call("facts", "check").out == "No faults.\n"
    assert call("facts", "export", "chips", "-o", "chips.csv").code == 0
    assert call("facts", "check", "chips.csv").code == 0
    assert [p.name for p in tmp_path.iterdir()] == ["chips.csv"]


def test_the_brief_is_written_and_summed_up(call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from curveshift.present import BriefSummary, PolicySummary
    from curveshift.present.reading import Interval

    asked: dict[str, object] = {}
    chance = Estimate(0.5, 0.01)

    def written(path: Path, **rest: object) -> BriefSummary:
        asked.update(rest)
        shares = {"mixture": {"unipolar-us": chance, "bipolar": chance, "not-yet": chance}}
        interval = Interval(5e6, 2e6, 9e6)
        one = PolicySummary(
            "airtight", "policy", interval, Interval(0.1, 0.05, 0.2), Interval(9, 4, 19), {}, shares
        )
        return BriefSummary(path, ("The answer.",), 2028, (one,), "a" * 64, "b" * 64, 3.0)

    monkeypatch.setattr("curveshift.present.brief.write_brief", written)
    done = call(
        "brief",
        "--policies",
        "airtight, status-quo",
        "--quick",
        "--seed",
        "7",
        "--set",
        "enforcement.effort=2",
    )
    assert done.code == 0
    assert asked["policies"] == ("airtight", "status-quo")
    assert (asked["draws"], asked["seed"], asked["settings"]) == (1024, 7, ("enforcement.effort=2",))
    assert "The answer." in done.out
    assert "5M (2M-9M)" in done.out
    assert "Written: brief.html" in done.out
    assert json.loads(call("brief", "--json").out)["brief"]["path"] == "brief.html"
    assert rows_of(call("brief", "--csv").out)[0]["quantity"] == "china_stock_h100e"


def test_a_closed_pipe_is_no_error() -> None:
    code = "from curveshift.cli import main; main(['assumptions', 'list', '--json'])"
    done = subprocess.run(
        f'"{sys.executable}" -W error -c "{code}" | head -1',
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("{\n", "")


@pytest.mark.parametrize(
    ("value", "words"),
    [(999_499, "999k"), (999_500, "1M"), (1234, "1.23k"), (812.4, "812"), (0.0, "0"), (-2.5e6, "-2.5M")],
)
def test_short_numbers(value: float, words: str) -> None:
    assert short(value) == words


def test_odd_numbers_become_null() -> None:
    assert plain({0.5: float("inf"), "x": [Estimate(1.0, float("nan"))]}) == {
        "0.5": None,
        "x": [{"value": 1.0, "error": None}],
    }
    assert year_month(2028.999999) == "2028-12"
    assert year_month(float("inf")) == "-"


def test_untied_runs_say_so(call) -> None:
    words = ("run", "status-quo", "--draws", "64", "--end", "2027-12", "--json")
    tied, alone = (json.loads(call(*words, *more).out)["meta"] for more in ((), ("--untied",)))
    assert tied["tied"] is True
    assert alone["tied"] is False
    assert alone["frontier_sha256"] == ""
    assert len(tied["frontier_sha256"]) == 64
    assert tied["scenario_sha256"] != alone["scenario_sha256"]
    assert any("Without ties the model" in note for note in tied["notes"])
    shown = call("compare", "status-quo", "airtight", "--draws", "64", "--end", "2027-12", "--untied").out
    assert "untied" in shown


def test_compare_shows_what_would_turn_the_verdicts(call) -> None:
    done = call("compare", "status-quo", "airtight", "--flips", "--draws", "256")
    assert done.code == 0
    assert "assumptions alone cannot turn it" in " ".join(done.out.split())
    assert max(len(line) for line in done.out.splitlines()) <= 80
    found = json.loads(call("compare", "status-quo", "airtight", "--flips", *DRAWS, "--json").out)
    assert len(found["flips"]["verdicts"]) == 3


def test_a_store_is_taken_up_and_a_damaged_chunk_is_said(call, tmp_path: Path) -> None:
    words = ("run", "status-quo", "--draws", "64", "--end", "2027-12", "--json")
    plain = call(*words)
    first = call(*words, "--store", "draws")
    assert first.out == plain.out
    (tmp_path / "draws" / "chunk-000000.npz").write_bytes(b"nothing")
    again = call(*words, "--store", "draws", "--resume")
    assert (again.code, again.out) == (0, plain.out)
    assert again.err == (
        "curveshift: warning: chunk-000000.npz does not match its checksum: it is computed again\n"
    )
    refused = call(*words, "--store", "draws")
    assert (refused.code, refused.out) == (2, "")
    assert "continue it with --resume" in refused.err
