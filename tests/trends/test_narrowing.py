"""Intervals of priors are those of SciPy's distributions, and the record narrows what it speaks of."""

from __future__ import annotations

import pytest
from scipy import stats

from curveshift.trends import narrowed, priors
from curveshift.trends.narrowing import quantile
from curveshift.trends.prior_records import Prior


@pytest.mark.parametrize(
    ("family", "numbers", "oracle"),
    [
        ("normal", (0.5, 0.3), stats.norm(0.5, 0.3)),
        ("half_normal", (0.7,), stats.halfnorm(scale=0.7)),
        ("log_normal", (-0.7, 0.5), stats.lognorm(0.5, scale=2.718281828459045**-0.7)),
        ("beta", (1.0, 30.0), stats.beta(1.0, 30.0)),
    ],
)
def test_quantiles_of_priors(family: str, numbers: tuple[float, ...], oracle: object) -> None:
    prior = Prior(family, numbers, "oom", "", "", "judgement")
    for share in (0.05, 0.5, 0.95):
        assert quantile(prior, share) == pytest.approx(oracle.ppf(share))  # type: ignore[attr-defined]


def test_every_parameter_is_told_and_the_weak_come_first() -> None:
    rows = narrowed()
    assert {row.name for row in rows} <= set(priors())
    left = [row.width_left for row in rows]
    assert left == sorted(left, reverse=True)
    # Compute of disclosed models is published, so that its mean is known far better than before.
    assert next(row for row in rows if row.name == "compute").width_left < 0.2
