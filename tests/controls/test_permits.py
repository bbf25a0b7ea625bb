from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from curveshift.controls import catalogue, permits, rule_book, ruling
from curveshift.errors import CurveshiftError

MONTHS = [date(2022 + m // 12, m % 12 + 1, 1) for m in range(60)]


def test_permits_are_the_rulings_of_each_cell() -> None:
    chips = list(catalogue().values())[::3]
    dates = [None if m % 11 == 0 else date(2023, 12, 1) if m % 7 == 0 else "record" for m in range(60)]
    changes = {"bis-2026-01.case_by_case.tpp_below": 40_000.0}
    found = permits(chips, MONTHS, dates, changes, to="HK")
    book = rule_book(changes)
    for m, (month, rule) in enumerate(zip(MONTHS, dates, strict=True)):
        day = month.replace(day=15) if rule == "record" else rule
        for c, chip in enumerate(chips):
            if day is None:
                assert found.status[c, m] == 0
                assert found.basis[c][m] == ()
                continue
            one = ruling(chip, day, to="HK", rules=book)
            assert found.status[c, m] == one.status
            assert found.licence_policy[c, m] == one.licence_policy
            assert found.basis[c][m] == one.basis
            for share in ("cap_share_of_us_volume", "fee_share", "tariff_share"):
                expected = getattr(one, share)
                np.testing.assert_equal(getattr(found, share)[c, m], np.nan if expected is None else expected)


def test_types_shapes_and_the_fifteenth() -> None:
    chips = [catalogue()["A100 SXM 80GB"]]
    found = permits(chips, MONTHS, ["record"] * 60)
    assert found.status.dtype == found.licence_policy.dtype == np.int8
    assert found.cap_share_of_us_volume.dtype == np.float64
    assert found.status.shape == (1, 60)
    # The letters of 26 August 2022 come after the 15th, so the first month is September.
    assert found.months[int(np.argmax(found.status[0] > 1))] == date(2022, 9, 1)


def test_rolling_back_and_removing_rules() -> None:
    chips = [catalogue()[n] for n in ("H800 SXM 80GB", "H20 SXM 96GB")]
    months = [date(2026, 3, 1)] * 3
    found = permits(chips, months, ["record", date(2023, 6, 1), None])
    assert found.status.tolist() == [[3, 0, 0], [3, 0, 0]]


def test_frame_in_words() -> None:
    frame = permits([catalogue()["H200 SXM 141GB"]], [date(2026, 2, 1)], ["record"]).to_frame()
    row = frame.iloc[0]
    assert (row["status"], row["licence_policy"]) == ("licence_required", "case_by_case")
    assert row["basis"] == "bis-2023-10, bis-2026-01, tariff-2026-01"


def test_no_chips_and_no_months() -> None:
    assert permits([], MONTHS, ["record"] * 60).status.shape == (0, 60)
    assert permits([catalogue()["L4"]], [], []).status.shape == (1, 0)


def test_bad_input() -> None:
    chip = catalogue()["L4"]
    with pytest.raises(CurveshiftError, match="60 months and 1 rule dates"):
        permits([chip], MONTHS, ["record"])
    with pytest.raises(CurveshiftError, match="'L4' is given twice"):
        permits([chip, chip], [], [])
