"""The numbers on the front of the brief are those of the results that it is made of."""

from __future__ import annotations

from types import SimpleNamespace

from curveshift.decide import Estimate
from curveshift.decide.indices import Interval
from curveshift.decide.ranges import GroupRange, OutcomeRanges, SetRange
from curveshift.decide.scored import stored_scores
from curveshift.present import front, words


def plain(page: str) -> str:
    """The page with ordinary spaces, one row a line."""
    return page.replace("&nbsp;", " ").replace("\u00a0", " ")


def _ranges(outcome: str, widths: dict[str, float], policy: float) -> OutcomeRanges:
    groups = tuple(GroupRange(name, Interval(w, 0.8 * w, 1.2 * w)) for name, w in widths.items())
    chosen = SetRange(
        "plausible",
        "loose",
        "tight",
        Estimate(0.0, 0.0),
        Estimate(policy, 0.0),
        Estimate(policy, 0.05),
        (),
        (),
    )
    return OutcomeRanges(outcome, "months", outcome, groups, (chosen,), "")


def test_what_decides_it_shows_every_group_and_every_set() -> None:
    lag = _ranges("lag", {"efficiency": 6.0, "budgets": 4.5}, 1.7)
    bipolar = _ranges("bipolar", {"budgets": 0.2, "efficiency": 0.5}, 0.06)
    found = SimpleNamespace(policy="status-quo", outcome={"lag": lag, "bipolar": bipolar}.__getitem__)
    text = plain(front._drivers(found))  # type: ignore[arg-type]
    assert "efficiency moves the mean lag at the end of 2028 by 6.0 months" in text
    assert "plausible policies moves it by 1.7 (loose to tight)" in text
    for cells in (
        ("efficiency", "6.0 (4.8 to 7.2)", "50 (40 to 60)"),
        ("budgets", "4.5 (3.6 to 5.4)", "20 (16 to 24)"),
        ("policies: plausible", "1.7 (± 0.1)", "6 (± 10)"),
    ):
        row = next(line for line in text.splitlines() if f">{cells[0]}<" in line)
        assert all(cell in row for cell in cells[1:]), row


def test_an_outcome_that_cannot_be_estimated_is_said_so() -> None:
    dead = OutcomeRanges(
        "lag", "months", "lag", (), (), "index cannot be estimated: the outcome does not vary"
    )
    found = SimpleNamespace(policy="status-quo", outcome=lambda name: dead)
    assert "does not vary" in front._drivers(found)  # type: ignore[arg-type]


def test_how_good_we_were_is_what_is_stored() -> None:
    text = plain(front._past())
    for policy in ("frozen", "as-came"):
        for score in (s for s in stored_scores().scores if s.policy == policy and s.series != "all"):
            row = next(line for line in text.splitlines() if f">{score.series}<" in line)
            assert words.percent(score.coverage[0.9][0]) in row
            if score.skill is not None:
                assert f"{score.skill:+.2f}" in row
    assert "other facts or settings" not in text
