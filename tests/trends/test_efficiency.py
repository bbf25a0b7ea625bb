"""Efficiency: compute saved by hand and by recovery, methods side by side, refusals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from curveshift.errors import CurveshiftError
from curveshift.trends import posterior
from curveshift.trends.efficiency import METHODS, training_efficiency
from curveshift.trends.posteriors import Posterior
from curveshift.trends.quantities import stream
from curveshift.trends.savings import compute_saved, published_flop
from curveshift.trends.shift_records import number

Maker = Callable[..., Posterior]

PAIR = [
    {"name": "A", "year": 2020.0, "capability": 0.0, "log10_flop": 24.0},
    {"name": "B", "year": 2022.0, "capability": 0.2, "log10_flop": 23.0},
]


def test_two_models_by_hand(made: Maker) -> None:
    # A staircase at 24 for 24 months and at 23 in the 25th; its least-squares slope, worked out with polyfit.
    grid = 2020.0 + np.arange(25) / 12.0
    by_hand = -np.polyfit(grid - 2021.0, np.where(grid < 2022.0 - 1e-9, 24.0, 23.0), 1)[0]
    found = compute_saved(made(PAIR), ["A"])
    assert found.per_year.median == pytest.approx(by_hand, rel=1e-6)
    assert found.levels[0].likely == ("A", "B")
    assert found.levels[0].seen_share == 1.0


@pytest.mark.parametrize("growth", [0.2, 0.6])
def test_a_made_shift_of_the_curve_is_recovered(made: Maker, growth: float) -> None:
    models = [{"name": "level", "year": 2020.0, "capability": 0.0, "log10_flop": 24.0}]
    for step in range(49):
        year = 2020.0 + step / 12.0
        for flop in np.arange(20.0, 26.0, 0.05):
            models.append(
                {"name": f"{step} {flop:.2f}", "year": year, "log10_flop": flop,
                 "capability": flop - 24.0 + growth * (year - 2020.0)}
            )  # fmt: skip
    assert compute_saved(made(models, draws=3), ["level"]).per_year.median == pytest.approx(growth, rel=0.03)


def test_models_of_other_kinds_do_not_set_lows(made: Maker) -> None:
    later = {"year": 2021.5, "capability": 1.0, "log10_flop": 20.0}
    plain = compute_saved(made(PAIR), ["A"]).per_year.median
    extra = [{"name": "R", "reasoning": True, **later}, {"name": "D", "distilled": True, **later}]
    weak = {"name": "W", "year": 2021.0, "capability": -0.1, "log10_flop": 20.0}
    post = made([*PAIR, *extra, weak])
    assert compute_saved(post, ["A"]).per_year.median == pytest.approx(plain)
    assert compute_saved(post, ["A"], reasoning=True).per_year.median > plain


def test_levels_without_a_rate_say_why(made: Maker) -> None:
    late = {"name": "C", "year": 2022.2, "capability": 0.9, "log10_flop": 24.0}
    found = compute_saved(made([*PAIR, late]), ["A", "C"])
    assert [name for name, _ in found.refused] == ["C"]
    assert "1 year apart" in found.refused[0][1]
    with pytest.raises(CurveshiftError, match="no level has a rate: C"):
        compute_saved(made([*PAIR, late]), ["C"])
    with pytest.raises(CurveshiftError, match="unknown model 'a': did you mean 'A'"):
        compute_saved(made(PAIR), ["a"])
    with pytest.raises(CurveshiftError, match="no model of this kind has published compute"):
        compute_saved(made([{"name": "A", "year": 2020.0, "capability": 0.0}]), ["A"])


def test_published_compute_is_drawn_towards_the_usual_by_its_error(made: Maker) -> None:
    sure = {"name": "S", "year": 2024.5, "capability": 0.0, "log10_flop": 25.5, "error": 0.0}
    vague = {"name": "V", "year": 2024.5, "capability": 0.0, "log10_flop": 25.5, "error": 1.0}
    secret = {"name": "U", "year": 2024.5, "capability": 0.0}
    flop = published_flop(made([sure, vague, secret], draws=20_000), stream(0, "x"))
    assert flop[:, 0] == pytest.approx(25.5)
    # Spread 0.5 and error 0.5 x 1.0: half way to the usual 24.5, with the error times the root of a half.
    assert flop[:, 1].mean() == pytest.approx(25.0, abs=0.01)
    assert flop[:, 1].std() == pytest.approx(0.5 * np.sqrt(0.5), rel=0.02)
    assert np.isnan(flop[:, 2]).all()


def test_methods_side_by_side_and_pooled() -> None:
    post = posterior()
    found = training_efficiency(post, point_draws=60)
    assert [method.name for method in found.methods] == list(METHODS)
    assert found["regression"].per_year.draws == pytest.approx(10.0 ** post["efficiency"])
    assert sum(method.weight for method in found.methods) == pytest.approx(1.0)
    assert found["prices"].weight == 0.0
    medians = [method.per_year.median for method in found.methods if method.weight]
    assert min(medians) < found.pooled.median < max(medians)
    told = number("published.efficiency")
    assert max(found.pooled.low, told.low) < min(found.pooled.high, told.high)
    assert "no weight: prices" in str(found)
    again = training_efficiency(post, point_draws=60)
    assert again.pooled.draws.tobytes() == found.pooled.draws.tobytes()


def test_other_methods_may_be_pooled() -> None:
    found = training_efficiency(pooled=("regression",), point_draws=60)
    assert found["regression"].weight == 1.0
    # One method leaves the spread between methods to its prior, so the pooled interval is wider than its own.
    assert found.pooled.high > found["regression"].per_year.median
    with pytest.raises(CurveshiftError, match="unknown method 'price': did you mean 'prices'"):
        training_efficiency(pooled=("price",))
    with pytest.raises(CurveshiftError, match="at least one method"):
        training_efficiency(pooled=())
    with pytest.raises(CurveshiftError, match="unknown method 'regresion'"):
        found["regresion"]


def test_the_day_of_the_essay_uses_less() -> None:
    early, late = posterior("2025-01-29"), posterior()
    assert compute_saved(early).models < compute_saved(late).models
