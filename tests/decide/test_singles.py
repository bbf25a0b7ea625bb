"""Single assumptions from given data: exact answers, what is told from zero, and a tornado by hand."""

from __future__ import annotations

import numpy as np
import pytest

from curveshift import CurveshiftError
from curveshift.decide import given_data_index, tornado

from .conftest import Make
from .test_indices import G_WEIGHTS, g_answers, g_function, ishigami, ishigami_answers


def test_first_order_from_given_data_is_the_exact_one() -> None:
    u = np.random.default_rng(0).random((16384, 4))
    for f, answers in (
        (ishigami, ishigami_answers()[0]),
        (g_function, g_answers([[i] for i in range(4)])[0]),
    ):
        y = f(u)
        for i, exact in enumerate(answers):
            found, p_value = given_data_index(u[:, i], y)
            # Bins are 1/16 wide, so that a curve inside a bin is lost: less than 2 % of it.
            assert found.low - 0.02 <= exact <= found.high + 0.02
            assert abs(found.value - exact) < 0.03
            assert (p_value < 1e-3) == (exact > 0.001)
    assert len(G_WEIGHTS) == 4


def test_intervals_hold_zero_and_what_is_not_zero_about_as_often_as_they_say() -> None:
    first = ishigami_answers()[0]
    held, false = [], []
    for k in range(150):
        u = np.random.default_rng(k).random((1024, 3))
        y = ishigami(u)
        for i in (0, 2):
            found, p_value = given_data_index(u[:, i], y)
            held.append(found.low <= first[i] + 1e-9 and first[i] - 0.005 <= found.high)
            if i == 2:
                false.append(p_value < 0.05)
    assert 0.88 < np.mean(held) <= 1.0
    assert np.mean(false) < 0.12


def test_an_input_with_few_values_is_read_value_by_value() -> None:
    x = np.tile([0.0, 0.0, 1.0, 3.0], 64)
    y = np.where(x == 0, 5.0, np.where(x == 1, 2.0, 2.5))
    found, p_value = given_data_index(x, y)
    assert found.value == pytest.approx(1.0)
    assert p_value == 0.0


def test_a_tornado_by_hand(make: Make) -> None:
    rng = np.random.default_rng(2)
    n = 400
    acts, idle = rng.permutation(n) / n, rng.random(n)
    lag = 10.0 + 20.0 * acts + rng.normal(size=n)
    ensemble = make(
        {"status-quo": lag},
        lag_by_date=lag,
        assumptions={"diversion.chips_2024": acts * 1e5, "efficiency.diffusion_months": idle},
        failed=np.arange(n) == 7,
    )
    found = tornado(ensemble, "lag")
    first, second = found.bars
    assert (first.assumption, second.assumption) == ("diversion.chips_2024", "efficiency.diffusion_months")
    kept = np.arange(n) != 7
    order = np.argsort(acts[kept])
    assert first.low.value == pytest.approx(lag[kept][order[:39]].mean())
    assert first.high.value == pytest.approx(lag[kept][order[-39:]].mean())
    assert first.swing.value == pytest.approx(first.high.value - first.low.value)
    assert first.swing.value == pytest.approx(18.0, abs=1.0)
    assert first.seen
    assert not second.seen
    assert found.unseen == ("efficiency.diffusion_months",)
    assert [bar.assumption for bar in found.seen] == ["diversion.chips_2024"]
    assert found.draws == n - 1
    assert any("1 of 400" in note for note in found.notes)


def test_an_accident_of_the_sample_is_told(make: Make) -> None:
    x = np.random.default_rng(3).random(300)
    ensemble = make(
        {"status-quo": x},
        lag_by_date=x,
        assumptions={"diversion.chips_2024": x, "efficiency.diffusion_months": x**2},
        replicates=2,
    )
    assert "go along with each other" in tornado(ensemble).notes[0]


def test_bad_input_is_refused(make: Make) -> None:
    flat = make(
        {"status-quo": np.full(300, 3.0)}, lag_by_date=3.0, assumptions={"diversion.chips_2024": range(300)}
    )
    with pytest.raises(CurveshiftError, match="the outcome does not vary"):
        tornado(flat)
    few = make({"status-quo": np.arange(100.0)}, lag_by_date=np.arange(100.0))
    with pytest.raises(CurveshiftError, match="at least 256 draws, not 100"):
        tornado(few)
    with pytest.raises(CurveshiftError, match="did you mean 'lag'"):
        tornado(few, "lags")
    with pytest.raises(CurveshiftError, match="policy of this ensemble"):
        tornado(few, policy="airtight")
    with pytest.raises(CurveshiftError, match="too few draws"):
        given_data_index(np.arange(30.0), np.arange(30.0))
