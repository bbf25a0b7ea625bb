"""``robust``, ``pareto``, ``shapley``, ``voi``, ``condition`` end to end, on small runs."""

from __future__ import annotations

import csv
import io
import json

import pytest

SMALL = ("--draws", "64", "--end", "2028-12", "--no-progress")
TWO = ("status-quo", "letters-enforced")

RUNS = {
    "robust": (*TWO, "--view", "hawk", "--view", "survey", "--metric", "max:lag", "--require", "lag>=11"),
    "pareto": TWO,
    "shapley": ("airtight", "--by", "group"),
    "voi": (*TWO, "--utility", "max:lag=0.5", "--utility", "max:us-revenue=0.5"),
    "condition": ("diversion.chips_2024=at least 100k",),
}


@pytest.mark.parametrize("verb", RUNS)
def test_a_table_of_80_columns_and_csv(call, verb: str) -> None:
    done = call(verb, *RUNS[verb], *SMALL)
    assert (done.code, done.err) == (0, "")
    assert max(len(line) for line in done.out.splitlines()) <= 80
    rows = list(csv.DictReader(io.StringIO(call(verb, *RUNS[verb], *SMALL, "--csv").out)))
    assert rows
    assert all(None not in row for row in rows)


def test_json_repeats(call) -> None:
    first, again = (call("pareto", *RUNS["pareto"], *SMALL, "--json") for _ in range(2))
    assert first == again
    assert len(json.loads(first.out)["meta"]["scenario_sha256"]) == 64


def test_what_json_holds(call) -> None:
    robust = json.loads(call("robust", *RUNS["robust"], *SMALL, "--json").out)
    assert robust["thresholds"] == {"hawk": "essay-2025", "survey": "survey"}
    assert {r["view"] for r in robust["regrets"]} == {"hawk", "survey"}
    shapley = json.loads(call("shapley", *RUNS["shapley"], *SMALL, "--json").out)
    total = sum(part["value"]["value"] for part in shapley["parts"])
    assert total == pytest.approx(shapley["total"]["value"], rel=1e-9)
    voi = json.loads(call("voi", *RUNS["voi"], *SMALL, "--json").out)
    assert voi["utility"] == {"max:lag": 0.5, "max:us-revenue": 0.5}
    condition = json.loads(call("condition", *RUNS["condition"], *SMALL, "--json").out)
    assert condition["warning"]
    assert condition["assumptions"][0]["assumption"] == "diversion.chips_2024"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["voi", "--utility", "max:lag=0.5", "--utility", "max:us-revenue=0.6"], "must sum to 1, but they sum to 1.1"),
        (["voi", "--utility", "max:lag", "--utility", "max:us-revenue"], "needs a weight beside others"),
        (["voi", "--utility", "max:lag=much"], "'much' is not a weight"),
        (["voi", "--utility", "max:lag=0.5", "--utility", "max:lag=0.5"], "is given twice"),
        (["voi", "airtight"], "at least two policies, not only airtight"),
        (["pareto", "-x", "lag", "-y", "lgr"], "unknown metric 'lgr': did you mean 'lag'?"),
        (["pareto", "plausable"], "at least two policies"),
        (["pareto", "status-quo", "airtight", "--view", "hwak"], "did you mean 'hawk'"),
        (["robust", "--require", "lag=12"], "is not a requirement"),
        (["robust", "--view", "hawk", "--view", "hawk"], "given twice"),
        (["robust", "--metric", "best:lag"], "unknown sense of a metric 'best'"),
        (["shapley", "airtigt"], "did you mean 'airtight'"),
        (["shapley", "status-quo"], "nothing to divide"),
        (["shapley", "--orders", "3"], "orders must be an even number"),
        (["condition", "index-chna@2026-07-31=160", *SMALL], "did you mean 'index-china'"),
        (["condition", "index-china@2026-07-41=160"], "impossible date '2026-07-41'"),
        (["condition", "diversion.chips_2024=at least 100M", *SMALL], "no draw agrees with it under status-quo"),
        (["condition"], "Missing argument"),
        (["run", "--view", "hwak"], "unknown world view 'hwak': did you mean 'hawk'?"),
        (["run", "--feedback", "loud"], "unknown feedback setting 'loud'"),
    ],
)  # fmt: skip
def test_bad_input(call, words: list[str], says: str) -> None:
    done = call(*words)
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert len(done.err.splitlines()) == 1


def test_a_run_says_which_view_it_rests_on(call) -> None:
    done = call("run", "status-quo", "--view", "sceptic-of-controls", *SMALL)
    assert done.code == 0
    assert "feedback off" in done.out.replace("\n", " ")
    assert "view sceptic-of-controls: feedback off, threshold survey" in done.out
