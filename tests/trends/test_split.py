"""The split of progress: parts add up, hardware counts once, windows are checked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from curveshift import facts
from curveshift.errors import CurveshiftError
from curveshift.trends import posterior
from curveshift.trends.hardware import hardware_price_performance_per_year
from curveshift.trends.panels import decimal_year
from curveshift.trends.posteriors import Posterior
from curveshift.trends.split import PARTS, disclosed_by_year, frontier_growth, largest_runs, split_of_progress

Maker = Callable[..., Posterior]

FRONTIER = [
    {"name": "A", "year": 2023.0, "capability": 0.0, "log10_flop": 25.0},
    {"name": "B", "year": 2024.0, "capability": 1.0},
    {"name": "R", "year": 2025.0, "capability": 4.0, "reasoning": True},
]


def test_parts_by_hand(made: Maker) -> None:
    post = made(FRONTIER, draws=500, efficiency=0.5, gain=1.0, gain_growth=0.5)
    found = split_of_progress(post, "2023-01-01", "2025-01-01")
    assert found.parts["algorithms"].median == 0.5
    # 1.0 at 2024.9 and half an order of magnitude a year from there, nothing before the first such model; two years.
    assert found.parts["paradigm"].median == pytest.approx((1.0 + 0.5 * 0.1) / 2.0)
    assert found.observed.median == pytest.approx(2.0)
    assert found.implied_compute.median == pytest.approx(2.0 - 0.5 - 0.525)
    early = split_of_progress(post, "2023-01-01", "2024-06-01")
    assert early.parts["paradigm"].draws == pytest.approx(0.0)


def test_shares_add_to_one_and_hardware_counts_once(made: Maker) -> None:
    found = split_of_progress(made(FRONTIER, draws=500), "2023-01-01", "2025-01-01")
    assert list(found.parts) == list(PARTS)
    assert sum(share.draws for share in found.shares.values()) == pytest.approx(1.0)
    both = found.parts["spending"].draws + found.parts["hardware"].draws
    assert both == pytest.approx(found.growth.compute.draws)
    rate = hardware_price_performance_per_year()
    assert 10.0 ** found.parts["hardware"].median == pytest.approx(rate.central, rel=0.02)
    assert found.total.draws == pytest.approx(
        both + found.parts["algorithms"].draws + found.parts["paradigm"].draws
    )


def test_growth_of_compute_against_a_plain_line(made: Maker) -> None:
    rows = largest_runs(date(2019, 1, 1), date(2025, 1, 1))
    x = [decimal_year(row["release_date"]) for row in rows]
    y = [np.log10(row["training_compute_flop"]) for row in rows]
    found = frontier_growth("2019-01-01", "2025-01-01", posterior=made(FRONTIER, draws=2000, error_scale=0.0))
    assert found.compute.draws.mean() == pytest.approx(np.polyfit(np.array(x) - 2022.0, y, 1)[0], abs=0.02)
    # Published: 4 to 5 times a year (the table has 4), and costs 2.4 times a year (2.0 to 2.9).
    assert 10.0**found.compute.low < 5.0
    assert 10.0**found.compute.high > 4.0
    assert 10.0**found.spending.low < 2.9
    assert found.spending.median < found.compute.median


def test_largest_runs_by_definition() -> None:
    everything = [r for r in facts.rows("models") if r["training_compute_flop"] and r["release_date"]]
    found = largest_runs(date(2019, 1, 1), date(2026, 12, 31), rank=1)
    flop = [row["training_compute_flop"] for row in found]
    assert flop == sorted(flop)
    assert flop[-1] == max(row["training_compute_flop"] for row in everything)
    wide = largest_runs(date(2019, 1, 1), date(2026, 12, 31))
    runs = [(row["developer"], row["training_compute_flop"]) for row in wide]
    assert len(runs) == len(set(runs))
    assert {row["model"] for row in found} <= {row["model"] for row in wide}


def test_published_compute_by_year_by_hand(made: Maker) -> None:
    many = [{"name": f"M{i}", "year": 2025.5, "capability": 9.0 - i} for i in range(7)]
    counts = disclosed_by_year(made([*FRONTIER, *many]))
    assert counts == {2023: (1, 1), 2024: (1, 0), 2025: (6, 0)}


def test_costs_on_another_basis_leave_the_split_alone(made: Maker) -> None:
    post = made(FRONTIER)
    rental, owned = (
        split_of_progress(post, "2023-01-01", "2025-01-01", definition=basis)
        for basis in ("final_run_rental", "amortised")
    )
    assert rental.growth.spending.draws.tobytes() != owned.growth.spending.draws.tobytes()
    assert rental.shares["spending"].draws.tobytes() == owned.shares["spending"].draws.tobytes()


def test_shipped_split_says_what_is_not_known() -> None:
    for post in (posterior(), posterior("2025-01-29")):
        found = split_of_progress(post)
        assert sum(share.draws for share in found.shares.values()) == pytest.approx(1.0)
        assert "frontier models with published compute" in str(found)
    every, published = disclosed_by_year()[2026]
    assert published < every


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("2010-01-01", None, "2010-01-01 lies before the record"),
        (None, "2099-01-01", "2099-01-01 lies after the record"),
        ("2025-01-01", "2024-01-01", "has no length"),
        ("2026-01-01", None, "5 are needed: take a longer window"),
        ("soon", None, "impossible date 'soon'"),
    ],
)
def test_windows_that_cannot_be(start: str | None, end: str | None, told: str) -> None:
    with pytest.raises(CurveshiftError, match=told):
        split_of_progress(None, start, end)


def test_an_unknown_basis() -> None:
    with pytest.raises(CurveshiftError, match="unknown definition of cost 'rental'"):
        split_of_progress(definition="rental")  # type: ignore[arg-type]
