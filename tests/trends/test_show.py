"""``trends show`` and ``calibrate`` on the command line."""

from __future__ import annotations

import json

import pytest

from curveshift import trends
from curveshift.cli import main
from curveshift.trends.chains import Effort


def run(capsys, *words):
    with pytest.raises(SystemExit) as done:
        main(list(words))
    shown = capsys.readouterr()
    return done.value.code, shown.out, shown.err


@pytest.mark.parametrize("what", ["reasoning", "lag", "offset", "split"])
def test_each_subject_in_words_and_for_machines(capsys, what):
    code, out, _ = run(capsys, "trends", "show", what)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    code, out, _ = run(capsys, "trends", "show", what, "--json")
    assert code == 0
    assert what in json.loads(out)


def test_an_unknown_subject_is_named(capsys):
    code, _, err = run(capsys, "trends", "show", "frist")
    assert code == 2
    assert "did you mean 'first'" in err


def test_calibrate_writes_draws_that_trend_reads(capsys, tmp_path):
    place = tmp_path / "draws.npz"
    words = (
        "--as-of",
        "2023-04-01",
        "--chains",
        "2",
        "--warm-up",
        "50",
        "--draws",
        "50",
        "--no-progress",
        "-o",
        str(place),
    )
    code, out, _ = run(capsys, "calibrate", *words)
    assert code == 0
    assert "R-hat" in out
    assert "efficiency" in out
    found = trends.load(place)
    # Two chains of 50 fall short of any mark, so each is sampled again with twice the draws.
    assert found.report["effort"]["lengthened"] == ["full"]
    assert len(found) == 200
    assert str(found.panel.as_of) == "2023-04-01"
    code, out, _ = run(capsys, "trend", "GPT-4 (Mar 2023)", "--posterior", str(place))
    assert code == 0
    assert "GPT-4" in out


def test_calibrate_says_what_is_wrong_before_it_begins(capsys, tmp_path):
    code, _, err = run(capsys, "calibrate", "-o", str(tmp_path / "no" / "draws.npz"))
    assert code == 2
    assert "no folder" in err
    code, _, err = run(capsys, "calibrate", "--warm-up", "33")
    assert code == 2
    assert "multiples of 25" in err
    code, _, err = run(capsys, "calibrate", "--as-of", "2024-13-01")
    assert code == 2
    assert "impossible date" in err
    assert Effort().chains == 4
