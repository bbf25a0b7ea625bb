"""Channel 1, legal export: what Chinese buyers take of the lines that the rules and Beijing let through."""

from __future__ import annotations

from typing import Final

import jax
import jax.numpy as jnp

LINES: Final = ("flagship", "b30a", "h200", "h20", "variant")
"""Product lines that a vendor can offer to China, best first."""

LICENCES: Final = ("free", "presumption_of_approval", "case_by_case", "presumption_of_denial", "guided")
"""Licence policies; a line that is denied outright has none of them."""

STANCES: Final = ("open", "guided", "blocked", "responsive")


def accepted_share(p: dict[str, jax.Array], stance: jax.Array, domestic_cover: jax.Array) -> jax.Array:
    """Share of the chip budget that may go abroad under Beijing's stance (one-hot, shape (4,))."""
    responsive = (1.0 - jnp.clip(domestic_cover, 0.0, 1.0)) ** p["beijing.responsive_strength"]
    shares = jnp.stack([jnp.ones(()), p["beijing.guided_acceptance"], p["beijing.blocked_leak"], responsive])
    return jnp.sum(stance * shares)


def approval(p: dict[str, jax.Array], licence: jax.Array, floor: jax.Array) -> jax.Array:
    """Share of orders shipped for each line, from its licence policy (one-hot, shape (line, 5)).

    ``floor`` is the least share under a case-by-case policy.
    """
    shares = jnp.stack(
        [
            jnp.ones(()),
            jnp.ones(()),
            jnp.maximum(p["legal.approval_case_by_case"], floor),
            p["legal.approval_presumption_of_denial"],
            p["legal.approval_guided"],
        ]
    )
    return licence @ shares


def orders(
    budget_usd: jax.Array,
    price_usd: jax.Array,
    permitted: jax.Array,
    cap_chips: jax.Array,
) -> jax.Array:
    """Spend a month's budget on the lines, best first; what is not permitted is left for the next line.

    model.md section 4, channel 1.

    Parameters
    ----------
    budget_usd : scalar
    price_usd : array, shape (line,)
    permitted : array, shape (line,)
        Share of orders shipped.
    cap_chips : array, shape (line,)
        Volume cap in chips; large where there is none.

    Returns
    -------
    array, shape (line,)
        Chips ordered of each line.
    """
    left = budget_usd
    taken = []
    for line in range(len(LINES)):
        chips = jnp.minimum(permitted[line] * left / price_usd[line], cap_chips[line])
        left = left - chips * price_usd[line]
        taken.append(chips)
    return jnp.stack(taken)
