"""The verbs sensitivity, dose and discover end to end, on small runs."""

from __future__ import annotations

import csv
import io
import json

import pytest

SHORT = ("--end", "2028-12")


def fits(text: str) -> bool:
    return max(len(line) for line in text.splitlines()) <= 80


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("verb", ["sensitivity", "dose", "discover"])
def test_every_verb_has_help_with_an_example(call, verb: str) -> None:
    text = call(verb, "--help").out
    assert f"curveshift {verb}" in text
    assert "--figure" in text


def test_groups_as_a_table_and_as_json(call) -> None:
    done = call("sensitivity", "--rows", "128", *SHORT)
    assert (done.code, done.err) == (0, "")
    assert fits(done.out)
    assert "controls and enforcement" in done.out
    assert "unipolar-china: index cannot be estimated: the outcome does not vary" in done.out
    assert "unconditioned" in done.out
    found = json.loads(call("sensitivity", "--rows", "128", *SHORT, "--outcome", "lag", "--json").out)
    [lag] = found["result"]["outcomes"]
    assert lag["unit"] == "months"
    assert {"first", "total", "spread", "estimable"} <= set(lag["groups"][0])
    assert len(lag["groups"]) == 11


def test_single_assumptions_with_a_figure(call, tmp_path) -> None:
    words = ("sensitivity", "--of", "assumptions", "--rows", "128", *SHORT)
    done = call(*words, "--figure", "bars.svg")
    assert done.code == 0
    assert fits(done.out)
    assert (tmp_path / "bars.svg").read_text().startswith("<svg")
    assert "told from zero" in " ".join(done.out.split())
    rows = rows_of(call(*words, "--csv").out)
    assert len(rows) > 100
    assert {row["seen"] for row in rows} <= {"yes", "no"}


def test_policies_against_groups(call) -> None:
    done = call(
        "sensitivity", "--of", "policies", "--rows", "128", *SHORT, "--outcome", "china_stock", "--csv"
    )
    rows = rows_of(done.out)
    assert {row["kind"] for row in rows} == {"policies", "group"}
    wide = {row["moved"]: float(row["range"]) for row in rows if row["kind"] == "policies"}
    assert wide["narrow"] < wide["extreme"]


def test_dose(call) -> None:
    done = call("dose", "--draws", "64", "--factor", "0", "--factor", "4", *SHORT)
    assert (done.code, done.err) == (0, "")
    assert fits(done.out)
    assert "x 4" in done.out
    assert "china-gets-millions" in done.out
    found = json.loads(call("dose", "--draws", "64", "--factor", "2", *SHORT, "--json").out)["result"]
    assert [d["factor"] for d in found["doses"]] == [1.0, 2.0, None, None]
    assert [p["percentile"] for p in found["points"]] == [10, 30, 50, 70, 90]


def test_discover(call) -> None:
    words = ("discover", "bipolar", "--all", *SHORT, "--draws")
    done = call(*words, "4096")
    assert (done.code, done.err) == (0, "")
    assert fits(done.out)
    assert "Box 1: density" in done.out
    assert "all draws" in done.out
    few = json.loads(call(*words, "1024", "--json").out)["result"]
    assert few["world"] == "bipolar"
    assert few["tree"][0]["mass"] == 1.0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["sensitivity", "--of", "group"], "did you mean 'groups'"),
        (["sensitivity", "--outcome", "lags"], "did you mean 'lag'"),
        (["sensitivity", "--rows", "100"], "multiple of 128"),
        (["sensitivity", "--by", "2025-12-31"], "not after the as-of date"),
        (["sensitivity", "--outcome", "lag", "--outcome", "gap", "--of", "assumptions"], "one outcome"),
        (["sensitivity", "--figure", "bars.bmp"], "cannot tell the format"),
        (["dose", "--factor", "9"], "outside its range 0 to 8"),
        (["dose", "--threshold", "mixture"], "one threshold"),
        (["discover", "bipolr"], "did you mean 'bipolar'"),
        (["discover", "bipolar", "--draws", "64", *SHORT], "too few draws"),
        (["discover", "bipolar", "--depth", "9"], "depth: 9 is outside the range 1 to 4"),
        (["discover", "--policy", "status-qo"], "did you mean 'status-quo'"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_written(call, tmp_path, words: list[str], says: str) -> None:
    done = call(*words, "-o", "out.json")
    assert done.code == 2
    assert says in done.err
    assert done.out == ""
    assert list(tmp_path.iterdir()) == []
