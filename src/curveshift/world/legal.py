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
    shares = jnp.stack(
        [jnp.ones_like(responsive), p["beijing.guided_acceptance"], p["beijing.blocked_leak"], responsive]
    )
    return jnp.sum(stance * shares, axis=0)


def approval(p: dict[str, jax.Array], licence: jax.Array, floor: jax.Array) -> jax.Array:
    """Share of orders shipped for each line, from its licence policy (one-hot, shape (line, 5)).

    ``floor`` is the least share under a case-by-case policy.
    """
    case_by_case = jnp.maximum(p["legal.approval_case_by_case"], floor)
    free = jnp.ones_like(case_by_case)
    shares = (
        free,
        free,
        case_by_case,
        p["legal.approval_presumption_of_denial"],
        p["legal.approval_guided"],
    )
    return sum((licence[:, i] * shares[i] for i in range(1, len(LICENCES))), licence[:, 0] * shares[0])


def relative_cost(
    p: dict[str, jax.Array],
    lines: tuple[jax.Array, jax.Array],
    flagship: tuple[jax.Array, jax.Array],
    die: tuple[jax.Array, jax.Array],
    banned: jax.Array,
) -> jax.Array:
    """Cost of each line over its life for what it does, over the cheaper of a flagship and a domestic chip.

    Where the flagship is denied (``banned`` 1) it has the price of a diverted one at the largest premium.

    Parameters
    ----------
    lines, flagship, die : (price in usd, useful performance in H100s)
        Of a chip of each line, of a flagship and of a domestic die.
    banned : scalar
    """
    beside = p["demand.cost_beside_chip_usd"]
    premium = p["diversion.premium_when_all_unmet"] * banned
    own = (lines[0] + beside) / lines[1]
    diverted = (flagship[0] * (1.0 + premium) + beside) / flagship[1]
    domestic = (die[0] + beside / p["domestic.dies_per_chip"]) / die[1]
    return own / jnp.minimum(diverted, domestic)


def taken_share(p: dict[str, jax.Array], relative_cost: jax.Array, charge_share: jax.Array) -> jax.Array:
    """Share of the money on hand that buyers put into a line that they may buy, model.md section 4.

    All of it as long as the line costs no more, per unit of useful performance, than the best alternative; above that
    the share falls with a power of the ratio. Fees and tariffs lower it further.

    Parameters
    ----------
    relative_cost : array, shape (line,)
        Cost over the life of a chip per unit of useful performance, over that of the best alternative.
    charge_share : array, shape (line,)
        Fees and tariffs as a share of the price.
    """
    refused = jnp.maximum(relative_cost, 1.0) ** -p["legal.refusal_steepness"]
    return refused * (1.0 + charge_share) ** -p["legal.fee_elasticity"]


def orders(
    budget_usd: jax.Array,
    price_usd: jax.Array,
    taken: jax.Array,
    cap_chips: jax.Array,
) -> jax.Array:
    """Spend a month's budget on the lines, best first; what is not taken is left for the next line.

    model.md section 4, channel 1.

    Parameters
    ----------
    budget_usd : scalar
    price_usd : array, shape (line,)
    taken : array, shape (line,)
        Share of the money on hand that goes to the line: what the rules let through of what buyers want.
    cap_chips : array, shape (line,)
        Volume cap in chips; large where there is none.

    Returns
    -------
    array, shape (line,)
        Chips ordered of each line.
    """
    left = budget_usd
    cap_usd = cap_chips * price_usd
    spent = []
    for line in range(len(LINES)):
        usd = jnp.minimum(taken[line] * left, cap_usd[line])
        left = left - usd
        spent.append(usd)
    return jnp.stack(spent) / price_usd
