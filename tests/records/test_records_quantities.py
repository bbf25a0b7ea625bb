from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curveshift.errors import CurveshiftError
from curveshift.records import Dated, check_unit, mid_month, parse_date, parse_quantity
from curveshift.records.quantities import Quantity, parse_written
from curveshift.records.units import known_units


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("10k", 1e4),
        ("10K", 1e4),
        ("2.5M", 2.5e6),
        ("3B", 3e9),
        ("3bn", 3e9),
        ("1T", 1e12),
        ("1,000", 1000.0),
        ("1,234,567.5", 1234567.5),
        ("1e25", 1e25),
        ("4.64E+26", 4.64e26),
        ("30%", 0.3),
        ("30 %", 0.3),
        ("-0.2", -0.2),
        ("−0.2", -0.2),
        ("+5", 5.0),
        (".5", 0.5),
        (" 7 ", 7.0),
    ],
)
def test_numbers_as_people_write_them(text: str, number: float) -> None:
    assert parse_quantity(text) == number


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not a number"),
        ("ten", "is not a number"),
        ("1,00", "is not a number"),
        ("1 000", "is not a number"),
        ("$5", "is not a number"),
        ("0x10", "is not a number"),
        ("nan", "is not a number"),
        ("inf", "is not a number"),
        ("1e400", "too large"),
        ("5 apples", "is in 'apples' but the unit is '1'"),
        ("1 to 2", "an interval where one number is needed"),
        ("10m", "write M for million"),
        ("10q", "no known suffix"),
        ("١", "is not a number"),
        ("__import__('os')", "is not a number"),
    ],
)
def test_other_text_is_refused(text: str, told: str) -> None:
    with pytest.raises(CurveshiftError, match=told):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("6 months", "month"),
        ("1 month", "month"),
        ("140k chips", "chip"),
        ("2 x/year", "x/year"),
        ("2 chips per month", "chip/month"),
        ("30%", "share"),
        ("5%", "share/year"),
        ("3 h100e", "h100e"),
    ],
)
def test_a_unit_that_agrees(text: str, unit: str) -> None:
    assert parse_quantity(text, unit) > 0


@pytest.mark.parametrize(("text", "unit"), [("6 years", "month"), ("30%", "chip"), ("3 dies", "chip")])
def test_a_unit_that_does_not(text: str, unit: str) -> None:
    with pytest.raises(CurveshiftError, match=f"but the unit is '{unit}'"):
        parse_quantity(text, unit)


def test_intervals() -> None:
    assert parse_written("10k to 300k") == Quantity(None, 1e4, 3e5)
    assert parse_written("-0.2 to 0.4") == Quantity(None, -0.2, 0.4)
    assert parse_written("30% to 70%") == Quantity(None, 0.3, 0.7)
    assert parse_written("about 140k (10k to 500k)") == Quantity(1.4e5, 1e4, 5e5)
    assert parse_written("140k (10k to 500k)") == Quantity(1.4e5, 1e4, 5e5)
    assert parse_written("2 to 6 months", "month") == Quantity(None, 2, 6)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("300k to 10k", "reversed: write 10000 to 300000"),
        ("-1 to -2", "reversed"),
        ("5 to 5", "no width: write 5"),
        ("about 5 (10 to 20)", "median 5 is not inside"),
        ("1 to 2 to 3", "is not a value"),
        ("1-2", "is not a number"),
        ("about 5 (10)", "is not a value"),
        ("x" * 300, "at most 200 characters"),
    ],
)
def test_faulty_intervals(text: str, told: str) -> None:
    with pytest.raises(CurveshiftError, match=told.replace("(", r"\(")):
        parse_written(text)


@given(st.one_of(st.text(max_size=250), st.text(alphabet="0123456789,.eE+-−%kMBT to()about ", max_size=60)))
def test_any_text_is_an_ordered_value_or_refused(text: str) -> None:
    try:
        found = parse_written(text)
    except CurveshiftError:
        return
    numbers = [n for n in (found.low, found.value, found.high) if n is not None]
    assert numbers == sorted(numbers)
    assert all(math.isfinite(n) for n in numbers)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_read_back(number: float) -> None:
    assert parse_quantity(repr(number)) == number


def test_dates() -> None:
    assert parse_date("2026-01-15") == date(2026, 1, 15)
    assert parse_date("2026-01") == date(2026, 1, 1)
    assert mid_month(date(2024, 2, 29)) == date(2024, 2, 15)
    for text in ("2026-13", "15/01/2026", "yesterday", "2026-02-30", "1000-01-01", ""):
        with pytest.raises(CurveshiftError, match="is not a date"):
            parse_date(text)


def test_steps_count_for_the_month_from_its_15th_on() -> None:
    cap = Dated.from_mapping({"2026-01-15": 0.5, "2026-03-16": 1.0})
    months = [date(2025, 12, 1), date(2026, 1, 1), date(2026, 3, 1), date(2026, 4, 1)]
    assert cap.on(months, before=0.0) == (0.0, 0.5, 0.5, 1.0)


def test_dates_that_do_not_rise() -> None:
    with pytest.raises(CurveshiftError, match="must rise"):
        Dated((date(2026, 2, 1), date(2026, 1, 1)), (1.0, 2.0))
    with pytest.raises(CurveshiftError, match="one value for each date"):
        Dated((), ())


@pytest.mark.parametrize(
    "unit",
    [
        "chip",
        "h100e_8bit",
        "x/year",
        "1/month",
        "usd/h100e",
        "log10 flop",
        "TB/s",
        "1",
        "flop/byte",
        "months",
    ],
)
def test_known_units(unit: str) -> None:
    assert check_unit(unit) == unit


def test_every_unit_in_the_list_is_accepted() -> None:
    for unit in known_units():
        check_unit(unit)


@pytest.mark.parametrize(
    ("unit", "told"),
    [
        ("chipz", "unknown unit 'chipz': did you mean 'chip'"),
        ("furlong", "unknown unit 'furlong'"),
        ("", "is not a unit"),
        ("2 chip", "is not a unit"),
        ("chip//month", "is not a unit"),
        ("import os", "is not a unit"),
        ("chip" * 40, "is not a unit"),
    ],
)
def test_unknown_units(unit: str, told: str) -> None:
    with pytest.raises(CurveshiftError, match=told):
        check_unit(unit, "a.yaml:3")
