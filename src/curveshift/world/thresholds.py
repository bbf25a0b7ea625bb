"""The level that counts as smarter than almost all people at almost all things, by preset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import jax
import jax.numpy as jnp

from curveshift.world.systems import H100E_FLOP_PER_MONTH, LN10
from curveshift.world.timeline import START_2022, START_2024
from curveshift.world.units import SECONDS_PER_DAY, SECONDS_PER_MONTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from curveshift.scenario import Assumption

THRESHOLDS: Final = ("essay-2025", "survey", "ftm")
"""Presets with a level of their own, in the order of every threshold axis; the mixture weighs them equally."""

CUSTOM: Final = "custom"
"""The preset whose level a user sets; it comes last on the axis, is there only when set, and is not in the mixture."""

EVERY: Final = (*THRESHOLDS, CUSTOM)
"""All that the compiled program knows."""

CUSTOM_LEVEL: Final = "threshold.custom_log10_flop_2024"


def presets(assumptions: Mapping[str, Assumption]) -> tuple[str, ...]:
    """Presets that have a level under these assumptions: `CUSTOM` only when its level was set (it is 0 until then)."""
    low, high = assumptions[CUSTOM_LEVEL].distribution.interval()
    return THRESHOLDS if low == high == 0.0 else EVERY


def essay_level(p: dict[str, jax.Array]) -> jax.Array:
    """Preset essay-2025: a run on a share of a fleet of millions, at the efficiency of 2026 to 2027.

    log10 of fleet x share x MFU x days of the run, plus expected efficiency at that date and reasoning at that scale.
    """
    months = p["threshold.essay_run_days"] * SECONDS_PER_DAY / SECONDS_PER_MONTH
    run = p["threshold.essay_fleet_h100e"] * p["threshold.essay_run_share"] * p["systems.utilisation"]
    log10_run = jnp.log10(run * months * H100E_FLOP_PER_MONTH)
    efficiency = (p["threshold.essay_year"] - START_2024) * jnp.log10(p["efficiency.growth_per_year"])
    trained = log10_run + jnp.log10(p["paradigm.largest_share"])
    sigmoid = jax.nn.sigmoid(
        p["paradigm.steepness_per_oom"] * LN10 * (trained - p["paradigm.midpoint_log10_flop"])
    )
    scaled = 1.0 + p["efficiency.scale_interaction"] * (log10_run - p["efficiency.interaction_log10_flop"])
    return log10_run + efficiency * scaled + jnp.log10(p["paradigm.reasoning_gain"]) * sigmoid


def survey_level(p: dict[str, jax.Array], us_capability: jax.Array, as_of_month: int) -> jax.Array:
    """Preset survey: the level that the US frontier reaches at the surveyed date if its trend goes on and fades.

    The trend is that of the months before the as-of date on the factual path of the same draw (all there are, when
    fewer than asked); its rate decays with a time constant that is an assumption.
    """
    now = us_capability[as_of_month]
    months = jnp.clip(jnp.round(p["threshold.survey_trend_months"]), 1, as_of_month).astype(jnp.int32)
    before = jnp.take_along_axis(us_capability, (as_of_month - months)[None], axis=0)[0]
    per_year = (now - before) * 12.0 / months
    as_of_year = START_2022 + (as_of_month + 1) / 12.0
    surveyed = START_2024 + p["threshold.survey_years_after_2023"]
    decay = p["threshold.survey_trend_decay_years"]
    return now + per_year * decay * -jnp.expm1(-(surveyed - as_of_year) / decay)


def levels(p: dict[str, jax.Array], us_capability: jax.Array, as_of_month: int) -> jax.Array:
    """Levels of the presets, the custom one last, in log10 effective FLOP of 2024, shape (threshold,)."""
    return jnp.stack(
        [
            essay_level(p),
            survey_level(p, us_capability, as_of_month),
            p["threshold.ftm_log10_flop_2024"],
            p[CUSTOM_LEVEL],
        ]
    )
