"""The shipped verdicts are those that the present records and code give."""

from __future__ import annotations

import pytest

from curveshift.claims import Evidence, Finding, Shipped, judge, judged, shipped, statements
from curveshift.claims.judging import DRAWS
from curveshift.claims.verdicts import store

STALE = "records have changed since the claims were judged: run python tools/judge_claims.py"


@pytest.fixture(scope="module")
def kept() -> Shipped:
    found = shipped()
    assert found is not None, STALE
    return found


def same(one: Finding, other: Finding) -> None:
    """Equal in words, and in numbers as far as another processor gives them."""
    assert (one.claim, one.verdict, one.on, one.sentence) == (
        other.claim,
        other.verdict,
        other.on,
        other.sentence,
    )
    assert [f.label for f in one.figures] == [f.label for f in other.figures]
    for mine, theirs in zip(one.figures, other.figures, strict=True):
        assert mine.value == pytest.approx(theirs.value, rel=1e-6, abs=1e-9, nan_ok=True)


def test_every_claim_is_there_in_order(kept: Shipped) -> None:
    assert [found.claim for found in kept.findings.items] == list(statements())
    assert kept.findings.provenance["simulation"]["draws"] == DRAWS
    assert "http" in kept.findings.sources()
    assert {o.outcome for o in kept.ranges.outcomes} >= {"lag", "bipolar"}


@pytest.mark.parametrize("name", ["many-can-follow-early", "v3-is-on-trend", "by-2027"])
def test_a_verdict_is_what_judging_it_now_gives(kept: Shipped, name: str) -> None:
    """One of each kind, the last at all draws: it fails when the simulation gives other numbers than were stored."""
    same(kept.findings[name], judge(name)[name])


def test_a_changed_record_leaves_no_verdicts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curveshift.claims.verdicts.READ", ("facts/data/*.csv",))
    assert shipped() is None


@pytest.mark.slow
def test_all_verdicts_are_what_judging_them_now_gives(kept: Shipped, tmp_path, monkeypatch) -> None:
    evidence = Evidence(DRAWS, 0)
    found = judged(None, evidence)
    for mine, theirs in zip(kept.findings.items, found.items, strict=True):
        same(mine, theirs)
    target = tmp_path / "verdicts.json"
    store(found, evidence, target)
    monkeypatch.setattr("curveshift.claims.verdicts.STORED", target)
    again = shipped()
    assert again is not None
    assert again.ranges == evidence.importance.ranges
