"""The verb `plan`, end to end."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curveshift.laws import chinchilla_runs

LAW = "E=1.8172,A=482.01,B=2085.43,alpha=0.3478,beta=0.3658"


def test_a_law_in_words(call: Callable[..., Any]) -> None:
    done = call("plan", LAW, "--flop", "1e24", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["tokens_per_param"] == pytest.approx(18.1, abs=0.05)
    assert found["intervals"] == {}


def test_a_published_law_by_name(call: Callable[..., Any]) -> None:
    done = call("plan", "besiroglu2024", "--flop", "1e24", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["tokens_per_param"] == pytest.approx(18.1, abs=0.1)


def test_the_shipped_runs_with_dollars_and_serving(call: Callable[..., Any]) -> None:
    words = ("chinchilla", "--usd", "1e7", "--chip", "H100", "--mfu", "0.4", "--inference-tokens", "1e13")
    done = call("plan", *words)
    assert done.code == 0, done.err
    for part in ("tokens per param", "chip hours", "95 %", "H100 SXM 80GB", "times the compute", "Epoch AI"):
        assert part in done.out
    assert max(len(line) for line in done.out.splitlines()) <= 80
    assert done.out == call("plan", *words).out


def test_a_file_of_runs(call: Callable[..., Any], tmp_path: Path) -> None:
    runs = chinchilla_runs().columns
    names = ("params", "tokens", "loss")
    lines = [
        ",".join(names),
        *(",".join(repr(float(v)) for v in row) for row in zip(*(runs[n] for n in names), strict=True)),
    ]
    (tmp_path / "runs.csv").write_text("\n".join(lines) + "\n")
    done = call("plan", "--fit", "runs.csv", "--flop", "1e22", "--json")
    assert done.code == 0, done.err
    low, high = json.loads(done.out)["intervals"]["tokens_per_param"]
    assert 10.0 < low < high < 40.0


def test_csv_and_a_file(call: Callable[..., Any], tmp_path: Path) -> None:
    done = call("plan", LAW, "--loss", "2.0", "-o", "plan.csv")
    assert done.code == 0, done.err
    rows = {row["quantity"]: row for row in csv.DictReader(io.StringIO((tmp_path / "plan.csv").read_text()))}
    assert float(rows["loss"]["value"]) == pytest.approx(2.0)
    assert rows["loss"]["low"] == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--flop", "1e24"), "give a published law"),
        ((LAW, "--fit", "runs.csv", "--flop", "1e24"), "one of them"),
        (("besiroglu", "--flop", "1e24"), "did you mean 'besiroglu2024'"),
        (("E=1.8,A=x", "--flop", "1e24"), "is not name=number"),
        (("E=1.8,A=400", "--flop", "1e24"), "needs E, A, B, alpha, beta"),
        (("E=1.8,A=-1,B=1,alpha=1,beta=1", "--flop", "1e24"), "A: -1 is outside"),
        ((LAW,), "exactly one"),
        ((LAW, "--usd", "1e6"), "needs a chip"),
        ((LAW, "--accuracy", "--flop", "1e24"), "give --fit FILE"),
        ((LAW, "--loss", "1.0"), "no model of this law"),
        ((LAW, "--flop", "1e24", "--json", "--csv"), "exclude each other"),
    ],
)
def test_bad_input_is_one_sentence(call: Callable[..., Any], words: tuple[str, ...], said: str) -> None:
    done = call("plan", *words)
    assert done.code == 2
    assert done.out == ""
    assert said in done.err
    assert len(done.err.splitlines()) == 1
