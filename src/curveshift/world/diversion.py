"""Channel 2, diversion: attempts that grow with scarcity, detection that grows with effort and volume."""

from __future__ import annotations

from typing import Final, NamedTuple

import jax
import jax.numpy as jnp

PATHWAYS: Final = ("shell-buyers", "cloud-operators-abroad", "small-lots")


class Diversion(NamedTuple):
    """One month's diversion, in chips by pathway."""

    attempted: jax.Array
    detected_share: jax.Array


def pathway_shares(p: dict[str, jax.Array]) -> jax.Array:
    """Shares of attempts by pathway; cloud operators have a fixed part of what shell buyers leave."""
    shell, cloud = p["diversion.share_shell_buyers"], p["diversion.cloud_share_of_rest"]
    return jnp.stack([shell, cloud * (1.0 - shell), (1.0 - cloud) * (1.0 - shell)])


def detected_share(
    p: dict[str, jax.Array], attempted_before: jax.Array, effort: jax.Array, verified_share: jax.Array
) -> jax.Array:
    """Share of attempts stopped: hazard = that of 2024 x effort^a x (volume / volume of 2024)^b.

    Diminishing returns in effort (a < 1) and increasing ones in volume (b >= 0); location verification
    finds its share of what passes.
    """
    volume_2024 = jnp.sum(attempted_before, axis=0) * 12.0 / p["diversion.chips_2024"]
    hazard_2024 = -jnp.log1p(-p["diversion.detection_2024"])
    hazard = (
        hazard_2024
        * effort ** p["diversion.detection_effort_exponent"]
        * jnp.maximum(volume_2024, 1e-6) ** p["diversion.detection_volume_exponent"]
    )
    missed = jnp.exp(-hazard) * (1.0 - verified_share * p["diversion.location_verification_efficacy"])
    return 1.0 - missed


def divert(
    p: dict[str, jax.Array],
    unmet_relative: jax.Array,
    price_relative: jax.Array,
    banned: jax.Array,
    accepted: jax.Array,
    attempted_before: jax.Array,
    effort: jax.Array,
    verified_share: jax.Array,
    buyer_checks: jax.Array,
) -> Diversion:
    """Attempted diversion of one month by pathway, and the share of it that is stopped.

    Parameters
    ----------
    unmet_relative : scalar
        Unmet Chinese demand in flagships, over that of 2024.
    price_relative : scalar
        What a diverted chip fetches, premium included, over the same in 2024 at that premium.
    banned : scalar
        Whether the flagship is denied (1) or free (0): nobody smuggles what can be bought.
    accepted : scalar
        Share of the chip budget that Beijing lets go abroad: where it refuses imports its customs may look harder.
    attempted_before : array, shape (pathway,)
        Attempts of the month before, from which both sides judge the risk.
    """
    caught = detected_share(p, attempted_before, effort, verified_share)
    through_2024 = 1.0 - p["diversion.detection_2024"]
    base = p["diversion.chips_2024"] / (12.0 * through_2024)
    deterred = ((1.0 - caught) / through_2024) ** p["diversion.deterrence"]
    checked = 1.0 - buyer_checks * p["diversion.buyer_check_efficacy"]
    reach = jnp.stack([checked, jnp.ones_like(checked), jnp.ones_like(checked)])
    # Below the scarcity of 2024 attempts fall in proportion: nothing is smuggled where nothing is lacking.
    scarce = jnp.maximum(unmet_relative, 1.0) ** p["diversion.scarcity_exponent"]
    paid = price_relative ** p["diversion.attempts_per_price"]
    tolerated = 1.0 - p["beijing.diversion_prevented_share"] * (1.0 - accepted)
    level = banned * base * jnp.minimum(unmet_relative, 1.0) * scarce * paid * tolerated * deterred
    return Diversion(level * pathway_shares(p) * reach, caught)
