"""Compute multipliers: a known one is found, none is not invented, and the asymptote is made explicit."""

from __future__ import annotations

import numpy as np
import pytest

from curveshift.errors import CurveshiftError
from curveshift.laws import compute_multiplier


def recipe(
    seed: int, multiplier: float = 1.0, asymptote: float = 1.7, noise: float = 0.003
) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    flop = np.geomspace(1e18, 1e21, 16)
    loss = asymptote + 60.0 * (multiplier * flop) ** -0.09
    return {"training_flop": flop, "loss": loss * np.exp(noise * rng.standard_normal(16))}


def test_an_exact_multiplier_is_found_at_every_compute_and_asymptote() -> None:
    found = compute_multiplier(recipe(0, noise=1e-9), recipe(1, 3.0, noise=1e-9), pinned=[1.7], resamples=100)
    assert [g.asymptote for g in found.gains] == ["free"] * 3 + ["shared"] * 3 + ["pinned at 1.7"] * 3
    for gain in found.gains:
        assert gain.multiplier == pytest.approx(3.0, rel=1e-4)


def test_a_wrong_pin_moves_the_multiplier_and_is_pointed_out() -> None:
    exact = recipe(0, noise=1e-9), recipe(1, 3.0, asymptote=1.75, noise=1e-9)
    found = compute_multiplier(*exact, pinned=[0.0, 2.4], resamples=100, flop=[1e18, 1e22])
    by = {(g.asymptote, g.flop): g.multiplier for g in found.gains}
    assert by["pinned at 2.4", 1e22] != pytest.approx(by["pinned at 0", 1e22], rel=0.5)
    assert any("depending on the asymptote alone" in warning for warning in found.warnings)


def test_two_asymptotes_are_not_one_shape() -> None:
    found = compute_multiplier(recipe(0), recipe(1, 3.0, asymptote=1.9), resamples=100, evaluation="C4")
    assert not found.shape.fits
    assert any("one multiplier does not describe" in warning for warning in found.warnings)
    assert not any("name the evaluation" in warning for warning in found.warnings)


def test_a_loss_below_the_other_asymptote_is_never_reached() -> None:
    found = compute_multiplier(
        recipe(0, noise=1e-4), recipe(1, asymptote=2.6, noise=1e-4), resamples=100, flop=[1e22]
    )
    free = found.gains[0]
    assert (free.multiplier, free.unreached) == (0.0, 1.0)


def test_same_seed_same_answer() -> None:
    first = compute_multiplier(recipe(0), recipe(1, 3.0), resamples=100, seed=4)
    assert first == compute_multiplier(recipe(0), recipe(1, 3.0), resamples=100, seed=4)
    assert len(first.rows()) == 6


def test_bad_input_is_refused() -> None:
    short = {"training_flop": np.geomspace(1e18, 1e19, 3), "loss": np.array([3.0, 2.9, 2.8])}
    with pytest.raises(CurveshiftError, match="the second recipe: 3 distinct budgets"):
        compute_multiplier(recipe(0), short)
    with pytest.raises(CurveshiftError, match="not an asymptote"):
        compute_multiplier(recipe(0), recipe(1), pinned=[9.0])
    with pytest.raises(CurveshiftError, match="resamples"):
        compute_multiplier(recipe(0), recipe(1), resamples=3)


@pytest.mark.slow
@pytest.mark.parametrize("true", [3.0, 1.0])
def test_intervals_cover_the_true_multiplier(true: float) -> None:
    # At 90 % and 100 repetitions the count has a standard deviation of 3.
    hits: dict[str, int] = {}
    for seed in range(100):
        found = compute_multiplier(
            recipe(2 * seed), recipe(2 * seed + 1, true), pinned=[1.7], resamples=200, seed=seed, flop=[3e19]
        )
        for gain in found.gains:
            hits[gain.asymptote] = hits.get(gain.asymptote, 0) + (gain.low <= true <= gain.high)
    assert all(count >= 85 for count in hits.values()), hits
