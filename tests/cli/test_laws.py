"""``fit`` and ``laws`` end to end: a file of runs in, a law with intervals out, and one sentence for what is wrong."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from curveshift import laws

FEW = ("--resamples", "40")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A table of runs with names of its own, from a known law, with two sweeps."""
    params = np.geomspace(5e7, 5e9, 8).repeat(6)
    tokens = params * np.tile(np.geomspace(5.0, 200.0, 6), 8)
    law = laws.Chinchilla(E=1.8, A=480.0, B=2000.0, alpha=0.35, beta=0.37)
    noise = np.exp(0.002 * np.random.default_rng(5).standard_normal(48))
    loss = law.predict(params=params, tokens=tokens) * noise
    sweep = [f"s{i % 8}" for i in range(48)]
    table = pd.DataFrame({"size": params / 1e6, "tokens_B": tokens / 1e9, "eval/c4": loss, "sweep": sweep})
    path = tmp_path / "runs.csv"
    table.to_csv(path, index=False)
    return path


OWN = ("runs.csv", "--column", "params=size", "--unit", "params=M", "--column", "loss=eval/c4")


def test_the_example_finds_the_known_optimum_in_80_columns(call) -> None:
    done = call("fit", "--example", "--objective", "huber", *FEW)
    assert (done.code, done.err) == (0, "")
    assert max(len(line) for line in done.out.splitlines()) <= 80
    # The exact optimum of sum-Huber at δ = 1e-3 on 240 points.
    for part in (
        "240 runs",
        "1.8172",
        "477.83",
        "2143.4",
        "0.34731",
        "0.36717",
        "0.0010182740178",
        "certified",
        "1e+26",
    ):
        assert part in done.out
    assert "Again: curveshift fit --example --objective huber --resamples 40" in done.out


def test_a_file_of_ones_own_as_json_repeats_and_recovers_the_law(call, runs: Path) -> None:
    first, again = (call("fit", *OWN, "--cluster", "sweep", "--json", *FEW) for _ in range(2))
    assert (first.code, first.err) == (0, "")
    assert first == again
    found = json.loads(first.out)
    assert found["meta"]["command"].startswith(
        "curveshift fit runs.csv --resamples 40 --cluster sweep --column"
    )
    result = found["result"]
    assert result["scheme"] == "cluster"
    assert result["sources"][1].startswith("runs.csv (SHA-256 ")
    value = {row["parameter"]: row for row in result["parameters"]}
    assert value["E"]["value"] == pytest.approx(1.8, abs=0.03)
    assert value["alpha"]["low"] < value["alpha"]["value"] < value["alpha"]["high"]
    assert [o["flop"] for o in result["compute_optimal"]] == [1e21, 1e22, 1e23, 1e24, 1e25, 1e26]


def test_the_command_printed_gives_the_same(call, runs: Path) -> None:
    import shlex

    first = json.loads(call("fit", *OWN, "--drop-highest", "3", "--seed", "4", "--json", *FEW).out)
    words = shlex.split(first["meta"]["command"])[1:]
    assert json.loads(call(*words, "--json").out) == first


def test_csv_has_one_number_a_row(call, runs: Path, tmp_path: Path) -> None:
    done = call("fit", *OWN, *FEW, "-o", "out.csv")
    assert (done.code, done.out) == (0, "")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text())))
    assert {r["quantity"] for r in rows} >= {"E", "alpha", "optimal_params", "objective", "sigma"}
    assert all(np.isfinite(float(r["value"])) for r in rows)


def test_the_report_is_written_whole(call, runs: Path, tmp_path: Path) -> None:
    done = call("fit", *OWN, *FEW, "--report", "fit.html")
    assert done.code == 0
    assert "Written: fit.html" in done.out
    html = (tmp_path / "fit.html").read_text(encoding="utf-8")
    assert "chinchilla: a law fitted to 48 runs" in html
    assert "--column params=size" in html
    assert "--report fit.html" in html


def test_another_law_without_resamples(call) -> None:
    done = call("fit", "--example", "--law", "offset-power", "--resamples", "0")
    assert done.code == 0
    assert "no resamples" in done.out
    assert "Compute-optimal" not in done.out


def test_a_sweep_shows_what_moves_and_is_in_the_report(call, tmp_path: Path) -> None:
    words = ("fit", "--example", "--objective", "huber", "--drop-highest", "0", "--sweep", *FEW)
    done = call(*words, "--report", "fit.html")
    assert (done.code, done.err) == (0, "")
    assert max(len(line) for line in done.out.splitlines()) <= 80
    # Besiroglu et al. 2024 drop the five highest: beta falls from 0.45 to 0.37.
    (kept,) = [line for line in done.out.splitlines() if line.startswith("all runs")]
    (dropped,) = [line for line in done.out.splitlines() if line.startswith("without the 5 highest")]
    assert float(kept.split()[-1]) == pytest.approx(0.45, abs=0.01)
    assert float(dropped.split()[-1]) == pytest.approx(0.367, abs=0.001)
    assert "beta moves by" in done.out
    assert "scored on the" in done.out
    html = (tmp_path / "fit.html").read_text(encoding="utf-8")
    assert "What changes it" in html
    assert "without the 5 highest" in html
    assert "--sweep" in html
    assert json.loads(call(*words, "--json").out)["diagnosis"]["drops"][-1]["dropped"] == 5


def test_forms_are_listed_and_shown(call) -> None:
    listed = call("laws", "list")
    assert "chinchilla" in listed.out
    shown = call("laws", "show", "chinchilla")
    for part in ("L(N, D) = E + A N^-alpha + B D^-beta", "arXiv 2203.15556", "nat/token", "irreducible loss"):
        assert part in shown.out
    for name in json.loads(call("laws", "list", "--json").out)["forms"]:
        done = call("laws", "show", name["name"])
        assert done.code == 0
        assert max(len(line) for line in (done.out + listed.out).splitlines()) <= 80


def test_published_laws_are_shown_and_compared(call) -> None:
    assert "besiroglu2024" in call("laws", "list").out
    shown = call("laws", "show", "besiroglu2024")
    for part in ("482.0057", "124.52", "total", "MassiveText", "verified", "2404.10102"):
        assert part in shown.out
    done = call("laws", "compare", "hoffmann2022-approach3", "besiroglu2024", "--flop", "1e24")
    assert done.code == 0
    # Tokens per parameter at 1e24 FLOP: 62.0 by Hoffmann et al., approach 3, and 18.1 by the replication.
    assert "61.98" in done.out
    assert "18.08" in done.out
    for one in (shown, done):
        assert max(len(line) for line in one.out.splitlines()) <= 80
    forced = call("laws", "compare", "kaplan2020-allocation", "besiroglu2024", "--force", "--json")
    assert any("what counts as a parameter" in w for w in json.loads(forced.out)["warnings"])
    rows = list(csv.DictReader(io.StringIO(call("laws", "list", "--csv").out)))
    assert {r["kind"] for r in rows} == {"form", "published"}


def test_a_held_parameter_is_held_and_repeats(call) -> None:
    done = json.loads(call("fit", "--example", "--fixed", "E=1.8", "--json", *FEW).out)
    value = {row["parameter"]: row["value"] for row in done["result"]["parameters"]}
    assert value["E"] == pytest.approx(1.8)
    assert done["meta"]["command"].endswith("--fixed E=1.8")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["fit"], "FILE: give a file of runs, or --example"),
        (["fit", "runs.csv", "--example"], "FILE: give a file of runs, or --example"),
        (["fit", "none.csv"], "none.csv: cannot be read: no such file"),
        (["fit", "runs.csv"], "runs.csv: no column is clearly params"),
        (["fit", "--example", "--law", "chinchila"], "unknown law 'chinchila': did you mean 'chinchilla'?"),
        (["fit", "--example", "--objective", "hubr"], "unknown objective 'hubr': did you mean 'huber'?"),
        (["fit", "--example", "--space", "lin"], "unknown space 'lin'"),
        (["fit", "--example", "--delta", "0"], "delta: 0.0 is outside its range"),
        (["fit", "--example", "--level", "90"], "--level: 90 is outside its range"),
        (["fit", "--example", "--scheme", "clustr"], "did you mean 'cluster'?"),
        (["fit", "--example", "--scheme", "cluster"], "needs a column of clusters"),
        (["fit", "--example", "--drop-highest", "999"], "999 of 245 runs cannot be left out"),
        (["fit", "--example", "--unit", "params=B"], "are for a file of your own"),
        (["fit", "runs.csv", "--column", "params"], "--column: write key=value, not 'params'"),
        (["fit", "runs.csv", "--unit", "a=1", "--unit", "a=2"], "--unit: a is given twice"),
        (["fit", *OWN[:3], "--column", "loss=eval/c4"], "row 1: size gives 50 parameters, too little"),
        (["fit", *OWN, "--unit", "loss=bits"], "bits a token or a byte?"),
        (["fit", *OWN, "--cluster", "seed"], "cluster: unknown column 'seed'"),
        (["fit", *OWN, "--report", "no/such/fit.html"], "there is no folder no/such"),
        (["fit", *OWN, "-o", "no/such/fit.json"], "there is no folder no/such"),
        (["fit", "--example", "--fixed", "E=much"], "--fixed: E is 'much', which is no number"),
        (["fit", "--example", "--fixed", "F=1"], "unknown parameter 'F'"),
        (["laws", "show", "chinchila"], "did you mean 'chinchilla'"),
        (["laws", "show", "besiroglu2025"], "did you mean 'besiroglu2024'"),
        (["laws", "compare", "besiroglu2024"], "give two laws or more"),
        (["laws", "compare", "besiroglu2024", "muennighoff2023"], "--force"),
        (["laws", "compare", "besiroglu2024", "hoffmann2022-approach3", "--flop", "-1"], "training_flop"),
        (["laws"], ""),
    ],
)  # fmt: skip
def test_one_clear_sentence(call, runs: Path, tmp_path: Path, words: list[str], says: str) -> None:
    done = call(*words)
    assert done.code == 2
    assert says in done.err
    assert "Traceback" not in done.err
    if says:
        assert done.err.startswith("curveshift: ")
        assert done.err.count("\n") == 1
        assert done.out == ""
    assert [p.name for p in tmp_path.iterdir()] == ["runs.csv"]
