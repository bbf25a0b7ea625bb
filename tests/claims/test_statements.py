"""The record of claims: every one has a rule and, unless the facts cannot carry it, a function that judges it."""

from __future__ import annotations

from pathlib import Path

import pytest

from curveshift import claims
from curveshift.claims.findings import by_agreement, by_probability
from curveshift.claims.judging import JUDGES
from curveshift.cli import GROUPS, VERBS
from curveshift.errors import CurveshiftError


def test_every_judge_has_a_claim_and_every_claim_a_judge_or_a_reason() -> None:
    stated = {claim.name: claim for claim in claims.statements()}
    assert not set(JUDGES) - set(stated)
    for name, claim in stated.items():
        assert name in JUDGES or (claim.basis == "none" and claim.found), name
        assert bool(claim.found) == (name not in JUDGES), name


def test_a_claim_without_a_judge_and_without_a_reason_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(JUDGES, "by-2027")  # type: ignore[arg-type]
    with pytest.raises(CurveshiftError, match="by-2027: no judge: name one in JUDGES"):
        claims.judge("by-2027")


def test_every_part_of_the_argument_is_judged() -> None:
    assert {claim.part for claim in claims.statements()} == set(range(1, 8))


def test_every_claim_names_a_command_that_exists() -> None:
    for claim in claims.statements():
        assert claim.command.split()[1] in {*VERBS, *GROUPS}, claim.name


def test_an_unknown_claim_is_an_error_that_suggests() -> None:
    with pytest.raises(CurveshiftError, match="v3-is-on-trend"):
        claims.judge("v3-on-trend")


@pytest.mark.parametrize(
    ("share", "verdict"),
    [(0.9, "supported"), (0.899, "depends"), (0.101, "depends"), (0.1, "not supported")],
)
def test_cuts_of_a_probability(share: float, verdict: str) -> None:
    assert by_probability(share, "x")[0] == verdict


def test_agreement_over_settings() -> None:
    assert by_agreement([True, True], "x") == ("supported", "")
    assert by_agreement([False, True], "x") == ("depends", "x")
    assert by_agreement([False, False], "x") == ("not supported", "")


def test_a_wrong_record_is_refused_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from curveshift.claims import compiling

    text = (compiling.DATA / "claims.yaml").read_text(encoding="utf-8")
    (tmp_path / "claims.yaml").write_text(text.replace("part: 1", "part: 9", 1), encoding="utf-8")
    monkeypatch.setattr(compiling, "DATA", tmp_path)
    with pytest.raises(CurveshiftError, match="part"):
        compiling.compile_records(tmp_path / "claims.json")
    assert not (tmp_path / "claims.json").exists()
