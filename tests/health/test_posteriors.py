"""What was compiled from posteriors agrees with the draws that ship."""

from __future__ import annotations

import pytest

from curveshift import scenario
from curveshift.scenario.fitted import joint_correlations, posterior_name, table
from curveshift.trends.sampled import quantity_draws

FITTED = {
    name: quantity
    for name, assumption in scenario.assumptions().items()
    if (quantity := posterior_name(assumption.distribution)) is not None
}


@pytest.mark.parametrize("name", FITTED)
def test_compiled_quantiles_are_those_of_the_shipped_draws(name: str) -> None:
    distribution = scenario.assumptions()[name].distribution
    compiled = getattr(distribution, "inner", distribution)
    fresh = table(FITTED[name], quantity_draws(FITTED[name]))
    assert compiled == fresh, "the draws have changed: run python tools/compile_records.py"


def test_compiled_correlations_are_those_of_the_shipped_draws() -> None:
    fresh = joint_correlations({name: a.distribution for name, a in scenario.assumptions().items()})
    stored = {frozenset((c.a, c.b)): c.rank_correlation for c in scenario.library().correlations}
    for pair in fresh:
        found = stored.get(frozenset((pair["a"], pair["b"])))
        assert found == pair["rank_correlation"], (
            "the draws have changed: run python tools/compile_records.py"
        )
