"""Two independent sets of draws and their mixtures, for exact indices of groups (pick and freeze).

Both sets are scrambled Sobol points of which every column (correlated ones together) is shuffled inside each
replicate by an order of its own. Without that the two sets would follow the same sequence, whose leading bits
agree up to a shift, and inside one set some pairs of columns would go along with each other: with a few
hundred points per replicate their rank correlation reaches 0.7. A mixture is the first set with all columns
of one group taken from the second; since groups are independent, every mixture is a sample of the same
distribution.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError

from .copula import factors
from .noise import stream
from .sampling import BLOCK, Draws, Sampled, sample

if TYPE_CHECKING:
    from .declared import Scenario
    from .priors import Correlation

CHANCE: Final = "chance"
"""Name of the group of all process noise."""

SMALL_CORRELATION: Final = 0.15
"""Setting the largest of the shipped ones, -0.12, to zero moves the variance of the lag by 0.2 % (16,384 draws)."""
MAY_BE_DROPPED: Final = frozenset({"efficiency", "paradigm"})
"""Between these two groups a correlation no larger than `SMALL_CORRELATION` is set to zero."""


@dataclass(frozen=True, eq=False)
class PickFreeze:
    """A design of matrices with the same number of rows, simulated one after the other.

    Attributes
    ----------
    rows : int
        Rows of each matrix.
    groups : tuple of str
        One mixture each, after the first and the second set.
    members : mapping of str to tuple of str
        Assumptions of each group; none for `CHANCE`.
    scenario : Scenario
        All rows of all matrices as one run.
    first, second : Draws
        The two independent sets.
    noise_seeds : tuple of int
        Keys of the process noise of the two sets.
    dropped : tuple of Correlation
        Correlations between groups that were set to zero.
    """

    rows: int
    groups: tuple[str, ...]
    members: Mapping[str, tuple[str, ...]]
    scenario: Scenario
    first: Draws
    second: Draws
    noise_seeds: tuple[int, int]
    dropped: tuple[Correlation, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process draws the two sets again, which is less to send than their values.
        members = {name: names for name, names in self.members.items() if name != CHANCE}
        return _again, (self.scenario, members, self.groups, self.rows, self.dropped)

    def sampler(self, scenario: Scenario, index: int) -> Sampled:
        """Draws and key of the noise of one block, for `curveshift.world`."""
        matrix, block = divmod(index, self.rows // BLOCK)
        here = slice(block * BLOCK, (block + 1) * BLOCK)
        second = matrix == 1
        values = (self.second if second else self.first).values[here]
        if matrix > 1:
            group = self.groups[matrix - 2]
            columns = [self.first.names.index(name) for name in self.members[group]]
            values = values.copy()
            values[:, columns] = self.second.values[here, columns]
            second = group == CHANCE
        draws = Draws(self.first.names, values, self.first.replicate[here], index * BLOCK)
        return Sampled(draws, self.noise_seeds[second], block)


def pick_freeze(
    scenario: Scenario, members: Mapping[str, Collection[str]], groups: Sequence[str], rows: int
) -> PickFreeze:
    """Lay out the two sets and one mixture for each group.

    Parameters
    ----------
    scenario : Scenario
        Its number of draws is not used.
    members : mapping of str to collection of str
        Every assumption that varies, in one group each.
    groups : sequence of str
        Those to mix, with `CHANCE` for the process noise.
    rows : int
        A multiple of 128 and of the number of replicates.

    Raises
    ------
    CurveshiftError
        When groups are correlated with each other, or `rows` does not fit.

    References
    ----------
    Saltelli et al. (2010), Variance based sensitivity analysis of model output, Computer Physics
    Communications 181, 259-270.

    Examples
    --------
    >>> from curveshift.scenario import declare
    >>> design = pick_freeze(declare(), {"price": ["supply.price_per_h100e_2024_usd"]}, ["price", "chance"], 128)
    >>> design.scenario.draws
    512
    """
    if rows < BLOCK or rows % BLOCK or rows % scenario.replicates:
        raise CurveshiftError(f"rows of a design must be a multiple of {BLOCK}, not {rows}", "draws")
    kept, dropped = independent(scenario.correlations, members)
    whole = replace(scenario, correlations=kept, draws=rows)
    other = int(stream("pick-freeze", scenario.seed).random_raw(1)[0] >> np.uint64(1))
    return PickFreeze(
        rows,
        tuple(groups),
        {CHANCE: (), **{name: tuple(sorted(names)) for name, names in members.items()}},
        replace(whole, draws=rows * (2 + len(groups))),
        _shuffled(whole),
        _shuffled(replace(whole, seed=other)),
        (scenario.seed, other),
        dropped,
    )


def _again(
    scenario: Scenario,
    members: Mapping[str, Collection[str]],
    groups: Sequence[str],
    rows: int,
    dropped: tuple[Correlation, ...],
) -> PickFreeze:
    return replace(pick_freeze(scenario, members, groups, rows), dropped=dropped)


def _shuffled(scenario: Scenario) -> Draws:
    """Draws whose columns are put in orders of their own inside each replicate, correlated ones together."""
    drawn = sample(scenario)
    linked = {
        name: factor.names[0]
        for factor in factors(scenario.assumptions, scenario.correlations)
        for name in factor.names
    }
    per_replicate = scenario.draws // scenario.replicates
    begins = np.arange(scenario.replicates)[:, None] * per_replicate
    values = drawn.values.copy()
    for i, name in enumerate(drawn.names):
        raw = stream("shuffle", scenario.seed, linked.get(name, name)).random_raw(scenario.draws)
        order = np.argsort(raw.reshape(scenario.replicates, per_replicate), axis=1, kind="stable") + begins
        values[:, i] = values[order.ravel(), i]
    return replace(drawn, values=values)


def independent(
    pairs: Sequence[Correlation], members: Mapping[str, Collection[str]]
) -> tuple[tuple[Correlation, ...], tuple[Correlation, ...]]:
    """Correlations within groups, and those between groups that are small enough to be set to zero.

    Raises
    ------
    CurveshiftError
        For any other correlation between two groups: an index of a group would mean nothing.
    """
    group = {name: of for of, names in members.items() for name in names}
    kept, dropped = [], []
    for pair in pairs:
        a, b = group.get(pair.a), group.get(pair.b)
        if a == b:
            kept.append(pair)
        elif {a, b} == MAY_BE_DROPPED and abs(pair.rank_correlation) <= SMALL_CORRELATION:
            dropped.append(pair)
        else:
            raise CurveshiftError(
                f"{pair.a} ({a}) and {pair.b} ({b}) are correlated ({pair.rank_correlation:g}): indices of groups "
                "need groups that are independent of each other; put both into one group",
                "groups",
            )
    return tuple(kept), tuple(dropped)
