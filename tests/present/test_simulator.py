"""The simulator's sentences say who leads, how sure that is, and say once what holds for several policies."""

from __future__ import annotations

from dataclasses import replace

from curveshift.decide import Estimate
from curveshift.present import simulator
from curveshift.present.reading import Interval

SHARES = {"unipolar-us": Estimate(0.6, 0.02), "bipolar": Estimate(0.4, 0.02)}
ONE = simulator.PolicyNumbers(
    name="status-quo",
    kind="policy",
    us_leads=Estimate(1.0, 0.0),
    lag_months=Interval(11.2, 6.1, 17.8),
    china_stock=Interval(6.3e6, 3.1e6, 1.2e7),
    share_used=Interval(0.1, 0.06, 0.15),
    worlds={"essay-2025": dict.fromkeys((6, 12, 24), SHARES)},
)
SAME = replace(ONE, name="twin")
OTHER = replace(ONE, name="open", us_leads=Estimate(0.973, 0.01), lag_months=Interval(9.6, 4.2, 16.4))


def headline(*policies: simulator.PolicyNumbers, view: str | None = None) -> str:
    found: str = simulator.words_of(policies, "h100e_16bit", 12, view)["headline"]
    return found


def test_the_headline_says_who_leads_and_how_sure_that_is() -> None:
    assert headline(ONE) == (
        "At the end of 2028 the US would be ahead in 100 % of draws under status-quo; "
        "China would trail by 11 months under status-quo (80 %: 6 to 18 months)."
    )
    assert headline(ONE, SAME) == (
        "At the end of 2028 the US would be ahead in 100 % of draws under both policies; "
        "China would trail by 11 months under both policies (80 %: 6 to 18 months)."
    )
    assert headline(ONE, SAME, OTHER, view="hawk") == (
        "With the assumptions of the view hawk, at the end of 2028 the US would be ahead in 100 % of draws under "
        "status-quo and twin, and 97 % of draws under open; China would trail by 11 months under status-quo and twin, "
        "and 10 months under open (80 % intervals within 4 to 18 months)."
    )


def test_titles_name_policies_by_letter() -> None:
    told = simulator.words_of([ONE, OTHER], "h100e_16bit", 12)
    assert told["titles"]["lag"].endswith(
        "11 months under A and 10 months under B (80 % intervals within 4 to 18 months)"
    )
    assert told["titles"]["stock"].endswith("6.3 million under both policies (80 %: 3.1 to 12 million)")
    assert told["worlds"]["essay-2025"].endswith("unipolar-us (60 %) under both policies")


def differing(median: float, low: float, high: float, above: float, below: float) -> list[dict[str, object]]:
    row = {"quantity": "lag", "when": simulator.DAY, "median": median, "low": low, "high": high}
    return [
        {**row, "above": [above, 0.0], "below": [below, 0.0]},
        {**row, "when": "2030-12-31", "median": 99.0},
    ]


def test_what_a_choice_moves_is_set_against_what_is_not_known() -> None:
    small = differing(-0.4, -3.9, 0.1, 0.14, 0.83)
    large = differing(-15.0, -20.0, -1.0, 0.0, 1.0)
    one = simulator.against_baseline("status-quo", ONE.lag_months, {"open": small})
    assert (
        "open would change China's lag by -0.4 months (90 %: -3.9 to +0.1), longer in 14 %" in one["answer"]
    )
    assert "uncertain by 12 months" in one["answer"]
    assert one["answer"].endswith("this choice moves it less than what is not known.")
    both = simulator.against_baseline("status-quo", ONE.lag_months, {"open": small, "free": large})
    assert "free would change China's lag most, by -15.0 months" in both["answer"]
    assert both["answer"].endswith("the choice between these policies moves it more than what is not known.")
    assert both["title"].endswith(
        "-0.4 months (90 %: -3.9 to +0.1) under B and -15.0 months (90 %: -20.0 to -1.0) under C"
    )
