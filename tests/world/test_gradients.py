"""Derivatives of single draws by automatic differentiation, against differences of the compiled model."""

from __future__ import annotations

from datetime import date
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from curveshift.world import engine, simulate
from curveshift.world.units import OPS16

END = date(2027, 12, 1)
# Assumption, and the sign of its effect on China's stock.
ASKED = {"diversion.chips_2024": 1, "supply.retirement_per_year": -1, "domestic.huawei_dies_2025": 1}


@pytest.mark.slow
def test_derivatives_are_what_differences_give(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    prepare, program = engine._prepare, engine._program

    def watch(key: str, made: Any) -> Any:
        def call(*given: Any) -> Any:
            seen.setdefault(key, given)
            return made(*given)

        return call

    monkeypatch.setattr(engine, "_prepare", lambda names: watch("prepare", prepare(names)))
    monkeypatch.setattr(engine, "_program", lambda *key: watch("program", program(*key)))
    found = simulate("status-quo", draws=128, end=END, threads=1, tied=False)
    names = tuple(found.assumptions)
    theta, chance, history, years = seen["prepare"]
    rest = seen["program"][3:]
    last = engine.as_of_month(found.scenario.as_of)

    @jax.jit
    def log_stock(theta: jax.Array) -> jax.Array:
        chips, paths = engine.prepare(names, theta, chance, history, years)
        made = engine.trajectory(names, last, theta, chips, paths, *rest, reverting=False)
        return jnp.log(made.series.china[-1, :, OPS16].sum(axis=0))

    # What is differentiated is what the ensemble gives.
    stock = found.draws["china_stock_h100e"].sel(policy="status-quo", year_end=2027).values
    np.testing.assert_allclose(np.asarray(log_stock(theta)), np.log(stock), rtol=1e-9)
    along = jax.jit(lambda point, tangent: jax.jvp(log_stock, (point,), (tangent,))[1])
    for name, sign in ASKED.items():
        row = names.index(name)
        tangent = np.zeros_like(theta)
        tangent[row] = theta[row]
        derivative = np.asarray(along(theta, tangent))
        difference = (
            np.asarray(log_stock(theta + 1e-5 * tangent)) - np.asarray(log_stock(theta - 1e-5 * tangent))
        ) / 2e-5
        # Where a branch that is not taken has an infinite slope, a derivative is not a number.
        known = np.isfinite(derivative)
        assert known.mean() > 0.9
        assert np.median(sign * derivative[known]) > 0
        # A limit that begins to bind between both points makes a kink in a few draws.
        assert np.quantile(np.abs(derivative - difference)[known], 0.95) < 1e-6
