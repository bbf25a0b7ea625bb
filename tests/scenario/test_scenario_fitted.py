"""Assumptions that are posteriors of the record."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from curveshift import scenario
from curveshift.errors import CurveshiftError
from curveshift.records.empirical import Empirical
from curveshift.scenario import Library, compile_records, declare, library, sample
from curveshift.scenario.fitted import POINTS, posterior_name, table
from curveshift.trends.sampled import QUANTITIES, quantity_draws

from .conftest import write_records

FITTED = """\
  - name: efficiency.growth
    dimension: 20
    value: {posterior: efficiency}
    unit: x/year
    support: positive
    meaning: Growth of efficiency.
    why: From the record.
    kind: fitted
    source: the joint model
    reviewed: 2026-06-30
    group: efficiency
  - name: budgets.compute_growth
    dimension: 21
    value: {posterior: compute_growth}
    unit: x/year
    support: positive
    meaning: Growth of compute.
    why: From the record.
    kind: fitted
    source: the joint model
    reviewed: 2026-06-30
    group: budgets
    bounds: [1, null]
"""


def with_posteriors(folder: Path, text: str = FITTED) -> Path:
    write_records(folder)
    path = folder / "assumptions" / "all.yaml"
    path.write_text(path.read_text() + text)
    return folder


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = with_posteriors(tmp_path_factory.mktemp("fitted") / "data")
    compile_records(folder)
    return library(folder)


def test_a_posterior_is_compiled_to_its_quantiles(fitted: Library) -> None:
    found = fitted.assumptions["efficiency.growth"].distribution
    assert isinstance(found, Empirical)
    assert len(found.quantiles) == POINTS
    draws = quantity_draws("efficiency")
    level = np.linspace(0.005, 0.995, 199)
    np.testing.assert_allclose(found.ppf(level), np.quantile(draws, level), rtol=1e-5)
    assert found.support == pytest.approx((draws.min(), draws.max()), rel=1e-5)
    # Kolmogorov and Smirnov's distance between the table and the draws.
    assert stats.kstest(draws, found.cdf).statistic < 2 / POINTS


def test_draws_between_two_posteriors_are_correlated_as_the_joint_draws_are(fitted: Library) -> None:
    pair = next(
        c for c in fitted.correlations if {c.a, c.b} == {"efficiency.growth", "budgets.compute_growth"}
    )
    joint = stats.spearmanr(quantity_draws("efficiency"), quantity_draws("compute_growth")).statistic
    assert pair.rank_correlation == pytest.approx(joint, abs=0.006)
    assert "inferred together" in pair.why
    assert pair.sources
    drawn = sample(declare("status-quo", shelf=fitted))
    found = stats.spearmanr(drawn["efficiency.growth"], drawn["budgets.compute_growth"]).statistic
    assert found == pytest.approx(joint, abs=0.02)


def test_a_posterior_moves_no_other_draws(shelf: Library, fitted: Library) -> None:
    before, after = (sample(declare("status-quo", shelf=s, draws=256)).columns() for s in (shelf, fitted))
    assert set(after) - set(before) == {"efficiency.growth", "budgets.compute_growth"}
    for name, values in before.items():
        assert values.tobytes() == after[name].tobytes(), name


def test_a_posterior_can_be_replaced(fitted: Library) -> None:
    base = declare("status-quo", shelf=fitted, draws=256)
    own = declare("status-quo", ["efficiency.growth=2 to 8"], shelf=fitted, draws=256)
    assert own.assumptions["efficiency.growth"].describe() == "2 to 8 (90 %), lognormal, x/year"
    assert base.assumptions["efficiency.growth"].describe().startswith("posterior of efficiency, ")
    same = sample(base).columns()["budgets.compute_growth"]
    assert same.tobytes() == sample(own).columns()["budgets.compute_growth"].tobytes()
    back = own.assumptions["efficiency.growth"].with_value({"posterior": "efficiency"})
    assert back == base.assumptions["efficiency.growth"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{posterior: efficiency}", "{posterior: eficiency}", "did you mean 'efficiency'"),
        ("{posterior: efficiency}", "{posterior: efficiency, low: 2}", "written alone"),
        ("{posterior: compute_growth}", "{posterior: efficiency}", "are the same posterior"),
        ("unit: x/year\n    support: positive\n    meaning: Growth of efficiency.",
         "unit: month\n    support: positive\n    meaning: Growth of efficiency.", "is in 'x/year'"),
    ],
)  # fmt: skip
def test_a_wrong_posterior_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in FITTED
    with pytest.raises(CurveshiftError, match=told):
        compile_records(with_posteriors(tmp_path / "data", FITTED.replace(old, new)))


def test_the_shipped_efficiency_is_the_posterior() -> None:
    shipped = scenario.assumptions()["efficiency.growth_per_year"]
    assert posterior_name(shipped.distribution) == "efficiency"
    assert shipped.kind == "fitted"
    assert shipped.sources


@pytest.mark.parametrize("name", QUANTITIES)
def test_every_quantity_makes_a_table(name: str) -> None:
    found = table(name, quantity_draws(name))
    assert found.quantiles[0] < found.median < found.quantiles[-1]
    assert QUANTITIES[name].meaning.endswith(".")
