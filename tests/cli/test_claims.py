"""``claims`` from the command line."""

from __future__ import annotations

import json


def test_rules_are_shown_without_judging(call) -> None:
    done = call("claims", "--rules")
    assert done.code == 0
    assert max(len(line) for line in done.out.splitlines()) <= 80
    assert "scaling-is-smooth" in done.out
    stated = json.loads(call("claims", "--rules", "--json").out)
    assert {"claim", "rule", "sentence"} <= set(stated[0])


def test_one_claim_in_full_and_for_machines(call) -> None:
    done = call("claims", "v3-is-on-trend")
    assert done.code == 0
    assert max(len(line) for line in done.out.splitlines()) <= 80
    for part in ("verdict", "rule", "hinges on", "settled by", "curveshift trend DeepSeek-V3"):
        assert part in done.out
    found = json.loads(call("claims", "v3-is-on-trend", "--json").out)
    assert found["claims"][0]["verdict"] == "depends"
    assert len(found["claims"][0]["figures"]) == 3
    rows = call("claims", "v3-is-on-trend", "--csv").out.splitlines()
    assert len(rows) == 4


def test_wrong_input_is_one_sentence(call) -> None:
    done = call("claims", "by-2028")
    assert done.code == 2
    assert "by-2027" in done.err
    assert call("claims", "--rules", "--figure", "x.svg").code == 2
