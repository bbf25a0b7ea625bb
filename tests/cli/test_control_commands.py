"""classify, timeline, frontier and rules, as a user calls them."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

VERBS = (
    ("classify", "H20", "--to", "CN", "--on", "2025-04-20"),
    ("timeline", "H20", "--to", "CN"),
    ("frontier", "--to", "CN", "--on", "2024-06-01"),
    ("rules", "list"),
    ("rules", "show", "bis-2026-01"),
    ("rules", "diff", "2023-11-16", "2023-11-17"),
)


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_tables_fit_80_columns(call, words: tuple[str, ...]) -> None:
    done = call(*words)
    assert (done.code, done.err) == (0, "")
    assert max(len(line) for line in done.out.splitlines()) <= 80


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_json_and_csv_hold_the_same(call, words: tuple[str, ...]) -> None:
    assert json.loads(call(*words, "--json").out)
    rows = list(csv.DictReader(io.StringIO(call(*words, "--csv").out)))
    assert rows
    assert all(None not in row for row in rows)


@pytest.mark.parametrize(
    "words", [*(v[:1] for v in VERBS[:3]), ("rules", "list"), ("rules", "show"), ("rules", "diff")]
)
def test_help_has_an_example(call, words: tuple[str, ...]) -> None:
    text = call(*words, "--help").out
    assert f"curveshift {' '.join(words)}" in text
    assert "--debug" in text


def test_a_ruling_in_words(call) -> None:
    out = call("classify", "MI325X", "--to", "China", "--on", "2026-02-01").out
    for part in (
        "licence required, case by case",
        "3A090.a.1",
        "at most 50% of the volume",
        "tariff of 25%",
        "TPP 0.39 % higher",
        "91 FR 1684",
        "not legal advice",
    ):
        assert part in " ".join(out.split())


def test_what_is_open_and_what_is_taken_for_granted_is_shown(call) -> None:
    def said(*words: str) -> str:
        return " ".join(call(*words).out.split())

    letter = said("classify", "H100", "--to", "AE", "--on", "2023-09-15")
    for part in ("undecided", "private_letter evidence", "which customers", "4A090"):
        assert part in letter
    policy = said("classify", "Trainium3", "--to", "CN", "--on", "2026-02-01")
    assert "licence required, presumption of denial unless what is open changes it" in policy
    listed = said("classify", "T4", "--to", "CN", "--on", "2024-06-01", "--end-user", "entity-list")
    assert "own entry on the Entity List" in listed
    assert "must presume that it is 3A090.a" in said("rules", "show", "bis-2025-01-foundry")
    nothing = said("frontier", "--to", "MY", "--on", "2026-08-01")
    assert "no limit binds" in nothing
    assert "cut to the limit" not in nothing


def test_an_interval_tells_the_share_of_its_answer(call) -> None:
    def asked(*specs: str) -> str:
        words = [word for spec in ("tpp=4500 to 5200", *specs) for word in ("--spec", spec)]
        return " ".join(call("classify", "mine", *words, "--to", "CN", "--on", "2026-02-01").out.split())

    licensed = asked("datacenter=yes")
    assert (
        "probably licence required, presumption of denial unless what is open changes it (0.57)" in licensed
    )
    assert "this answer has probability 0.57" in licensed
    assert "where a licence is needed how it would be judged is not settled" in licensed
    assert "a licence is needed, and" not in licensed
    # Under one paragraph or another it is undecided for certain.
    certain = asked("datacenter=no")
    assert "status undecided paragraph" in certain
    assert "this answer has probability 1.00" in certain
    settled = asked("datacenter=yes", "memory_bandwidth_gbs=1000", "interconnect_gbs=0", "die_area_mm2=100")
    assert "unless what is open" not in settled


def test_a_frontier_speaks_of_the_review_of_2026_where_a_design_rests_on_it(call) -> None:
    words = "open only to products on sale in the United States"
    for to, on, said in (
        ("CN", "2026-02-01", True),
        ("CN", "2022-12-01", False),
        ("RU", "2026-02-01", False),
        ("MY", "2026-02-01", False),
        ("SY", "2026-02-01", False),
    ):
        out = " ".join(call("frontier", "--to", to, "--on", on).out.split())
        assert (words in out) is said
        assert "A design is a number, not a product" in out


def test_a_rule_shows_what_is_open_in_it(call) -> None:
    def said(name: str) -> str:
        return " ".join(call("rules", "show", name).out.split())

    assert "only for parts of bis-2022-10.a, bis-2023-10.a1" in said("military-end-use")
    assert "open: whether the firm that re-exports" in said("letters-2025-04")
    assert "the text of the time was not read" in said("supercomputer-2022-10")


def test_a_specification_given_twice_is_refused(call) -> None:
    done = call("classify", "mine", "--spec", "tpp=5000", "--spec", "tpp=6000", "--to", "CN")
    assert done.code == 2
    assert "tpp is given twice" in done.err


def test_specifications_and_own_rules(call, tmp_path: Path) -> None:
    out = call(
        "classify", "mine", "--to", "CN", "--on", "2024-06-01", "--spec", "tpp=4500 to 5200",
        "--spec", "datacenter=yes", "--spec", "nonplanar=yes", "--spec", "die_area_mm2=2000", "--json",
    ).out  # fmt: skip
    assert 0.5 < json.loads(out)["ruling"]["confidence"] < 0.65
    looser = ("--rules", "bis-2026-01.case_by_case.tpp_below=30000")
    found = json.loads(call("classify", "B30A", "--to", "CN", "--on", "2026-02-01", *looser, "--json").out)
    assert found["ruling"]["licence_policy"] == "case_by_case"
    (tmp_path / "mine.yaml").write_text("changes:\n  bis-2023-10.a1.tpp_from: 2000\n", encoding="utf-8")
    rows = csv.DictReader(
        io.StringIO(call("rules", "diff", "2024-06-01", "mine.yaml", "--on", "2024-06-01", "--csv").out)
    )
    assert "H20 SXM 96GB" in [row["chip"] for row in rows]


def test_a_figure_and_a_file_are_written(call, tmp_path: Path) -> None:
    done = call("classify", "H20", "--to", "CN", "--figure", "map.svg", "-o", "h20.json")
    assert done.code == 0
    assert (tmp_path / "map.svg").read_text(encoding="utf-8").startswith("<svg")
    assert json.loads((tmp_path / "h20.json").read_text(encoding="utf-8"))["ruling"]["chip"] == "H20 SXM 96GB"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("classify", "H-2O", "--to", "CN"), "did you mean 'H20'"),
        (("classify", "H20", "--to", "Chna"), "did you mean 'China'"),
        (("classify", "H20", "--to", "CN", "--on", "soon"), "impossible date 'soon'"),
        (("classify", "H20"), "Missing option '--to'"),
        (("classify", "H20", "--to", "CN", "--spec", "tpp"), "write KEY=VALUE"),
        (("classify", "H20", "--to", "CN", "--rules", "a=b"), "'b' is not a number"),
        (("classify", "H20", "--to", "CN", "--json", "--csv"), "exclude each other"),
        (("classify", "H20", "--to", "CN", "--figure", "nowhere/map.svg"), "there is no folder"),
        (("classify", "H20", "--to", "CN", "--figure", "map.gif"), "cannot tell the format from '.gif'"),
        (("timeline", "H20", "--to", "CN", "--end", "2020-01-01"), "before the start"),
        (("frontier", "--to", "US"), "not an export destination"),
        (("rules", "show", "bis-2026"), "unknown instrument 'bis-2026'"),
        (("rules", "list", "--kind", "lettre"), "did you mean 'letter'"),
        (("rules", "diff", "2024-01-01", "never.yaml"), "No such file"),
    ],
)
def test_bad_input_is_told_in_one_line(call, words: tuple[str, ...], told: str) -> None:
    done = call(*words)
    assert done.code == 2
    assert done.out == ""
    assert told in done.err
    assert len(done.err.splitlines()) == 1


def test_the_command_imports_no_numpy() -> None:
    code = """
import json, sys
from curveshift.cli import main
try:
    main(["classify", "H20", "--to", "CN", "--on", "2025-04-20", "--json"])
except SystemExit:
    pass
print()
print(json.dumps(sorted({"numpy", "pandas", "jax", "scipy", "xarray"} & {n.split(".")[0] for n in sys.modules})))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == []
