from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from curveshift.errors import CurveshiftError
from curveshift.scenario import Library, Scenario, apply_settings, declare


def made(shelf: Library, settings: Any = (), **more: Any) -> Scenario:
    return declare(["status-quo", "strict"], settings, shelf=shelf, **more)


def test_months_run_from_start_to_end(shelf: Library) -> None:
    months = made(shelf).months
    assert months[0] == date(2022, 1, 1)
    assert months[-1] == date(2035, 12, 1)
    assert len(months) == 168


def test_an_assumption_is_set(shelf: Library) -> None:
    found = made(shelf, ["diversion.chips_2024='10k to 300k'"])
    assert found.assumptions["diversion.chips_2024"].distribution.describe().startswith("10k to 300k (90 %)")
    assert found.changes == ("diversion.chips_2024 = 10k to 300k (90 %), lognormal, cut above 2M, chip",)


def test_a_lever_wins_over_the_policies_from_the_as_of_date_on(shelf: Library) -> None:
    found = made(shelf, {"enforcement.effort": 2})
    effort = shelf.levers["enforcement.effort"]
    months = [date(2026, 6, 1), date(2026, 7, 1), date(2030, 1, 1)]
    for policy in found.policies:
        assert policy.lever_values(effort, months) == (1.0, 2.0, 2.0)
    assert found.changes == ("enforcement.effort = 2 x from 2026-07-01 on, in place of what strict sets",)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (["enforcement.efort=2"], "--set enforcement.efort: unknown assumption or lever"),
        (["enforcement.effort=20"], "outside its range 0 to 10 x"),
        (["enforcement.effort='1 to 2'"], "is an interval where one number is needed"),
        (["enforcement.effort"], "is not a setting: write key=value"),
        (["=2"], "is not a setting"),
        (["systems.run_months=3", "systems.run_months=4"], "given twice, as '3' and as '4'"),
        (["systems.run_months=3 years"], "is in 'years' but the unit is 'month'"),
        (["systems.response=1.5"], "must lie between 0 and 1"),
        (["diversion.chips_2024=3M"], "outside the accepted range 0 to 2e+06 chip"),
        (["diversion.chips_2024='1M to 3M'"], "outside the accepted range"),
        (["diversion.chips_2024=__import__('os')"], "is not a"),
        ({"enforcement.effort": None}, "None is not a value"),
        ({"systems.run_months": [1]}, "a number is needed"),
        ("systems.run_months=3", "not one string"),
    ],
)
def test_faulty_settings(shelf: Library, settings: Any, told: str) -> None:
    with pytest.raises(CurveshiftError) as caught:
        made(shelf, settings)
    assert told in str(caught.value)


def test_the_same_setting_twice_is_one(shelf: Library) -> None:
    assert made(shelf, ["systems.run_months=3", "systems.run_months='3'"]).changes == (
        "systems.run_months = 3, month",
    )


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"draws": 0}, "from 8 to 16,777,216, not 0"),
        ({"draws": 10**10}, "from 8 to 16,777,216"),
        ({"draws": 1001}, "the nearest numbers are 1000 and 1008"),
        ({"replicates": 0}, "replicates must be"),
        ({"seed": -1}, "seed -1"),
        ({"start": date(2022, 1, 2)}, "first days of months"),
        ({"start": date(2027, 1, 1)}, "not after as_of"),
        ({"end": date(2021, 1, 1)}, "must come before end"),
        ({"end": date(2200, 1, 1)}, "beyond 2100"),
    ],
)
def test_faulty_runs(shelf: Library, more: dict[str, Any], told: str) -> None:
    with pytest.raises(CurveshiftError) as caught:
        made(shelf, **more)
    assert told in str(caught.value)


def test_policies_are_named_once_and_there_is_one(shelf: Library) -> None:
    with pytest.raises(CurveshiftError, match="'strict' is given twice"):
        declare(["strict", "strict"], shelf=shelf)
    with pytest.raises(CurveshiftError, match="at least one policy"):
        declare([], shelf=shelf)


def test_the_hash_follows_the_numbers(shelf: Library) -> None:
    plain = made(shelf)
    assert plain.hash() == made(shelf).hash()
    others = [
        made(shelf, seed=1),
        made(shelf, draws=1024),
        made(shelf, ["systems.run_months=3"]),
        made(shelf, ["enforcement.effort=2"]),
        declare("status-quo", shelf=shelf),
    ]
    assert len({plain.hash(), plain.hash("facts"), *(other.hash() for other in others)}) == 7


def test_the_difference_is_told(shelf: Library) -> None:
    plain, other = made(shelf), made(shelf, ["systems.run_months=3"], seed=4)
    assert [str(d) for d in plain.diff(other)] == [
        "seed: 0; other: 4",
        "systems.run_months: 2 to 6 (all), uniform, month; other: 3, month",
    ]
    assert plain.diff(plain) == ()
    assert [d.key for d in plain.diff(declare("status-quo", shelf=shelf))] == ["policy strict"]


def test_sources_once_each(shelf: Library) -> None:
    found = made(shelf)
    listed = found.sources().splitlines()
    assert len(listed) == len(set(listed)) == len(found.all_sources())
    assert "- GAO-25-107431" in listed
    bibtex = found.sources("bibtex")
    assert bibtex.count("@misc{") == len(listed)
    assert "url = {https://www.cnas.org/publications/reports}" in bibtex
    with pytest.raises(CurveshiftError, match="not one of markdown, bibtex"):
        found.sources("apa")  # type: ignore[arg-type]


def test_settings_add_up(shelf: Library) -> None:
    twice = apply_settings(made(shelf, ["systems.run_months=3"]), ["enforcement.effort=2"])
    assert len(twice.changes) == 2
