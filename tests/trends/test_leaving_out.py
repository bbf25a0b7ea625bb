"""Leaving models out by weights, where the answer is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from curveshift.trends import calibration
from curveshift.trends.calibration import Fit, leave_one_out
from curveshift.trends.specification import specification


def test_the_density_of_a_left_out_value_is_that_of_the_others(made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Normal values of known spread, a flat prior on their mean: without one, it is normal around the rest."""
    pytest.importorskip("arviz_stats", reason="needs the extra: pip install 'curveshift[calibrate]'")
    stream = np.random.default_rng(0)
    count, draws = 12, 2000
    values = stream.normal(size=count)
    mean = stream.normal(values.mean(), count**-0.5, size=draws)
    names = [f"m{i}" for i in range(count)]
    post = made([{"name": name, "year": 2024.0, "capability": 0.0} for name in names], draws=draws)
    monkeypatch.setattr(
        calibration, "log_evidence", lambda p, name: stats.norm.logpdf(values[names.index(name)], mean)
    )
    left = leave_one_out(Fit(specification("full"), post, {}))
    others = (values.sum() - values) / (count - 1)
    exact = stats.norm.logpdf(values, others, np.sqrt(1.0 + 1.0 / (count - 1)))
    assert left.log_density == pytest.approx(exact, abs=0.02)
    assert not left.untrusted.any()
    # The model's own value makes it likelier than the others do.
    assert left.log_density.sum() < stats.norm.logpdf(values[:, None], mean).mean(axis=1).sum()
