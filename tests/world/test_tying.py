"""Histories tied to the observed frontier: exact in the record, one shift for all policies, and what is said of it."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curveshift import facts, scenario, trends
from curveshift.errors import CurveshiftError
from curveshift.scenario import declare, sample
from curveshift.scenario.fitted import posterior_name
from curveshift.scenario.sampling import sample_block
from curveshift.trends import posteriors
from curveshift.trends.frontiers import trend_through
from curveshift.trends.panels import decimal_year
from curveshift.world import engine, misfit, observed, simulate, systems, tying
from curveshift.world.history import read_history
from curveshift.world.rules import compile_policy

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
POLICIES = ("status-quo", "no-controls", "airtight")
AS_OF = date(2026, 6, 30)


@pytest.fixture(scope="module")
def oracle():
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import numpy_model
    finally:
        sys.path.remove(str(BENCHMARKS))
    return numpy_model


@cache
def make_job(as_of: date = AS_OF) -> engine.Job:
    declared = declare(list(POLICIES), seed=11, draws=2048, as_of=as_of)
    months, last = len(declared.months), engine.as_of_month(as_of)
    history = read_history(months, as_of)
    compiled = [
        compile_policy(p, declared.levers, declared.policies[0], history, months, as_of)
        for p in declared.policies
    ]
    frontier = observed.read_frontier(as_of, last)
    return engine.Job(declared, history, compiled, [None] * len(POLICIES), 1, last, frontier)


@cache
def block() -> engine.BlockResult:
    return engine.run_block(make_job(), 3)


def tied_inputs(oracle):
    return [replace(x, ties=block().ties) for x in oracle.inputs(make_job(), 3)]


def test_the_tied_history_is_the_observed_one_in_every_month(oracle):
    seen = block().observed
    # The compiled model's shifts in the transcription of the model, month by month.
    path = oracle.run(tied_inputs(oracle)[0])["capability"][: len(seen.frontier)]
    known = np.broadcast_to(seen.known > 0, path.shape)
    assert known[-1].all()
    assert np.abs(path - seen.frontier)[known].max() < 1e-9
    quarters = np.arange(2, len(path), 3)
    off = np.abs(block().series[0].capability[: len(quarters)] - seen.frontier[quarters])
    assert off[known[quarters]].max() < 1e-9
    # Before a bloc was seen it had no more than when it was.
    assert (path <= seen.frontier + 1e-9).all()


@pytest.mark.parametrize("policy", POLICIES)
def test_tied_policies_agree_with_the_transcription(oracle, policy):
    i = POLICIES.index(policy)
    months = oracle.run(tied_inputs(oracle)[i])
    for name in ("capability", "log10_compute", "log10_efficiency"):
        found, other = getattr(block().series[i], name), months[name][2::3]
        np.testing.assert_allclose(found, other, rtol=1e-9, atol=1e-9)


def test_the_smaller_shift_catches_up_and_open_weights_are_only_lowered():
    job, ties = make_job(), block().ties
    n = job.frontier.levels.shape[1]
    assert n == job.as_of_month + 1
    months = sample_block(job.scenario, 3).columns()["efficiency.diffusion_months"]
    gap = ties.own.max(axis=1, keepdims=True) - ties.own
    left = np.exp(-np.arange(1, len(gap) - n + 1)[:, None, None] / months[: gap.shape[-1]])
    np.testing.assert_allclose(gap[n:], gap[n - 1] * left, atol=1e-9)
    assert np.allclose(ties.own[n:].max(axis=1), ties.own[n - 1].max(axis=0))
    assert np.array_equal(ties.floor[n:], np.broadcast_to(ties.floor[n - 1], ties.floor[n:].shape))
    assert ties.floor.max() == 0.0
    assert ties.floor.min() < 0.0
    assert ties.thefts[: n - 1].max() == 0.0
    assert ties.thefts[n:].min() == 1.0


@given(st.floats(-4, 4), st.floats(0, 0.9), st.floats(0, 1), st.floats(20, 35))
def test_learning_is_undone(gap, strength, secrecy, other):
    p = {"diffusion.distillation_strength": jnp.array(strength)}
    target = jnp.array([other + gap])
    own = tying.needed_own(p, target, jnp.array([other]), jnp.array(secrecy))
    again = own + strength * (1.0 - secrecy) * jnp.maximum(other - own, 0.0)
    assert float(again[0]) == pytest.approx(float(target[0]), abs=1e-9)


def test_each_draw_takes_a_history_that_agrees_with_its_efficiency():
    job = make_job()
    drawn = sample(job.scenario).columns()
    index = job.frontier.pick(job.scenario.assumptions, drawn)
    own = job.scenario.assumptions[observed.GROWTH].distribution.cdf(drawn[observed.GROWTH])
    # Four posteriors are matched at once, so that one alone is matched roughly.
    off = np.abs(job.frontier.ranks["efficiency"][index] - own)
    assert np.mean(off) < 0.12
    assert np.corrcoef(job.frontier.ranks["efficiency"][index], own)[0, 1] > 0.85
    # All draws of the posterior are used, none of them much.
    used = np.bincount(index, minlength=len(job.frontier.levels))
    assert np.count_nonzero(used) > 0.6 * min(len(used), len(index))


def test_a_fixed_efficiency_leaves_the_frontier_uncertain():
    job = make_job()
    named = [name for name, a in job.scenario.assumptions.items() if posterior_name(a.distribution)]
    values = {name: job.scenario.assumptions[name].distribution.median for name in named}
    fixed = declare(list(POLICIES), {**values, observed.GROWTH: 4.0}, seed=11, draws=2048)
    index = job.frontier.pick(fixed.assumptions, sample(fixed).columns())
    share = sample(fixed)[observed.PICK]
    n = len(job.frontier.levels)
    assert np.array_equal(index, (share * n).astype(int))
    seen = job.frontier.observed(fixed.assumptions, sample(fixed).columns())
    # 24.5 and half a year of growth by four.
    expected = job.frontier.levels[index, -1, 0] + 24.5 + 0.5 * np.log10(4.0)
    np.testing.assert_allclose(seen.frontier[-1, 0], expected, rtol=1e-12)


def test_the_observed_frontier_is_that_of_the_posterior():
    job = make_job()
    ends = np.array([decimal_year(observed.month_end(m)) for m in range(job.frontier.levels.shape[1])])
    best = trend_through(trends.frontier(trends.posterior(), ends, "china"))
    assert np.array_equal(job.frontier.levels[:, :, 1], best)
    # A trend through steps: near them, never falling.
    steps = trends.frontier(trends.posterior(), ends, "china")
    seen = np.isfinite(steps[0])
    assert np.all(np.diff(best[:, seen], axis=1) >= 0.0)
    assert np.abs(np.median(best[:, seen] - steps[:, seen])) < 0.3
    assert observed.month_end(35) == date(2024, 12, 31)


def test_a_shift_depends_on_no_policy():
    both = simulate(["no-controls", "airtight"], draws=64, end=date(2028, 12, 1))
    one = simulate("airtight", draws=64, end=date(2028, 12, 1))
    for name in ("lag_months", "crossing_year"):
        a, b = (r.draws[name].sel(policy="airtight").values for r in (both, one))
        assert a.tobytes() == b.tobytes()
    # And no policy moves what was seen before it differs.
    path = both.paths["capability"].sel(quarter=np.datetime64("2022-06-30"))
    assert np.array_equal(path.sel(policy="no-controls").values, path.sel(policy="airtight").values)


def test_more_chips_for_china_still_mean_more_capability():
    result = simulate(["no-controls", "airtight"], draws=256)
    china = result.paths["capability"].sel(bloc="china", quarter=np.datetime64("2030-12-31"))
    assert float((china.sel(policy="no-controls") - china.sel(policy="airtight")).mean()) > 0.1


def test_an_untied_run_is_the_model_alone():
    tied, alone = (
        simulate("status-quo", draws=64, end=date(2028, 12, 1), tied=tied) for tied in (True, False)
    )
    assert tied.tied
    assert not alone.tied
    assert alone.misfits == ()
    assert set(alone.sources().splitlines()) < set(tied.sources().splitlines())
    assert alone.notes[-1].startswith("Histories are not tied")
    last = tied.misfits[-1]
    untied = alone.paths["capability"].sel(bloc=last.bloc, quarter=np.datetime64(last.when))
    # What the tied run says of the model without ties is what the untied run gives; paths are the first twenty draws.
    assert last.when == "2026-06-30"
    whole = simulate("status-quo", draws=64, end=date(2028, 12, 1), tied=False, keep_paths=64)
    untied = whole.paths["capability"].sel(bloc=last.bloc, quarter=np.datetime64(last.when)).values
    assert last.untied[1] == pytest.approx(np.quantile(untied, 0.5, method="inverted_cdf"), rel=1e-12)
    assert last.untied[0] == pytest.approx(np.quantile(untied, 0.05, method="inverted_cdf"), rel=1e-12)
    # Supply does not know of the tie.
    assert np.array_equal(tied.draws["china_stock_h100e"].values, alone.draws["china_stock_h100e"].values)


def test_a_tied_run_reads_scores_and_an_untied_one_does_not(monkeypatch):
    read: set[str] = set()
    real = facts.rows

    def spy(name, **kwargs):
        read.add(name)
        return real(name, **kwargs)

    monkeypatch.setattr(facts, "rows", spy)
    chips = {"chips", "chip_shipments"}
    for tied, allowed in (
        (False, chips),
        (True, chips | {"models", "benchmarks", "benchmark_scores", "rl_compute"}),
    ):
        for cached in (read_history, observed.read_frontier, posteriors._shipped):
            cached.cache_clear()
        read.clear()
        simulate("status-quo", draws=8, end=date(2027, 12, 1), tied=tied)
        assert read == allowed
    for cached in (read_history, observed.read_frontier, posteriors._shipped):
        cached.cache_clear()


def test_misfit_by_hand():
    # Three draws, one date, two blocs: the model is half an order of magnitude low and four months late.
    seen = np.array([25.0, 25.2, 25.4])[:, None, None] * np.ones((1, 1, 2))
    tied = misfit.Tied(seen, seen - 0.5, np.full(seen.shape, 4.0), np.array([[False, True]] * 3), np.zeros(3))
    us, china = misfit.misfits(tied, 1)
    assert (us.when, us.bloc, china.bloc) == ("2022-01-31", "us", "china")
    assert us.difference_oom == pytest.approx((-0.5, -0.5, -0.5))
    assert us.months_late == (4.0, 4.0, 4.0)
    # The model's interval is 24.5 to 24.9: none of the three lies in it.
    assert us.inside == 0.0
    said = misfit.in_words((us, china), tied)
    assert "-0.5 orders of magnitude" in said[0]
    assert "In 100% of draws" in said[-1]


def test_the_day_of_the_essay_has_draws_of_its_own():
    day = date(2025, 1, 29)
    own = observed.read_frontier(day, engine.as_of_month(day))
    assert len(own.levels) == len(trends.posterior(day))
    assert own.levels.shape[1] == 36
    assert "what was public by then" in own.notes[0]
    assert not any("hindcast" in note for note in own.notes)


@pytest.mark.parametrize("day", [date(2024, 6, 30), date(2025, 6, 30)])
def test_starts_of_backtests_have_draws_of_their_own(day):
    own = observed.read_frontier(day, engine.as_of_month(day))
    assert len(own.levels) == len(trends.posterior(day))
    assert (own.known[-1] == 1.0).all()
    assert "what was public by then" in own.notes[0]
    # Before the first reasoning model nothing is said of reasoning training.
    assert ("reasoning_ceiling" in own.ranks) == (day.year > 2024)


def test_another_early_date_is_a_hindcast_and_says_so():
    result = simulate("status-quo", draws=64, as_of=date(2024, 12, 31), end=date(2028, 12, 1))
    assert any("hindcast" in note for note in result.notes)
    assert max(m.when for m in result.misfits) == "2024-12-31"


def test_a_date_after_the_last_model_is_said():
    late = date(2027, 3, 31)
    found = observed.read_frontier(late, engine.as_of_month(late))
    whole = observed.read_frontier(AS_OF, engine.as_of_month(AS_OF))
    assert np.array_equal(found.levels, whole.levels)
    assert any("no model after 2026-06-30" in note for note in found.notes)


def test_months_before_the_first_model_take_its_shift():
    job, ties = make_job(), block().ties
    known = job.frontier.known[:, 1] > 0
    first = int(np.argmax(known))
    assert 0 < first < 36
    early, at = ties.own[:first, 1], ties.own[first, 1]
    assert (early <= at + 1e-6).mean() > 0.99
    assert np.isclose(early, at, atol=1e-6).mean() > 0.9
    assert any(f"first {first} months" in note for note in job.frontier.notes)


def test_a_bloc_that_was_never_seen_has_no_shift():
    job = make_job()
    levels = job.frontier.levels.copy()
    levels[:, :, 1] = -np.inf
    found = engine.run_block(replace(job, frontier=replace(job.frontier, levels=levels)), 0)
    assert np.abs(found.ties.own[:, 1]).max() == 0.0
    assert np.abs(found.ties.own[:, 0]).max() > 0.0
    assert np.isfinite(found.series[0].capability).all()


def test_ties_hold_nothing_when_untied():
    paths = systems.SystemsPaths(*[jnp.zeros((4, 2))] * len(systems.SystemsPaths._fields))
    ties = systems.untied(paths, jnp.zeros(4))
    assert not np.any(ties.own)
    assert not np.any(ties.floor)
    assert np.all(ties.thefts == 1)


def test_ensembles_with_and_without_ties_are_not_compared():
    from curveshift.decide import compare

    tied = simulate("status-quo", draws=64, end=date(2027, 12, 1))
    alone = simulate("airtight", draws=64, end=date(2027, 12, 1), tied=False)
    with pytest.raises(CurveshiftError, match="tied"):
        compare([tied, alone])


def test_the_pick_is_an_assumption_of_its_own_dimension():
    pick = scenario.assumptions()[observed.PICK]
    assert pick.distribution.interval(0.9) == pytest.approx((0.05, 0.95))
