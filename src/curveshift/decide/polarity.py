"""The named worlds: a reading of the lag at crossing through a window of months, model.md section 6."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from .statistics import Estimate, expectation, mixed_rows, several, weight_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]

WORLDS: Final = ("unipolar-us", "bipolar", "unipolar-china", "not-yet", "undecided")
"""Names of the worlds, in the order of every report."""

MIXTURE: Final = "mixture"
WINDOW_MONTHS: Final = (1, 120)


@dataclass(frozen=True)
class WorldShares:
    """Probability of each world under one policy, threshold and window.

    Attributes
    ----------
    policy, threshold : str
        The threshold may be ``mixture``: all presets but ``custom`` with equal weight.
    window_months : int
        Both blocs crossing within this many months of each other counts as bipolar.
    shares : dict of str to Estimate
        By world, given that neither bloc had crossed by the as-of date on the factual path.
    unconditioned : dict of str to Estimate
        The same over all draws.
    crossed_by_as_of : Estimate
        Share of draws that the condition leaves out.
    """

    policy: str
    threshold: str
    window_months: int
    shares: dict[str, Estimate]
    unconditioned: dict[str, Estimate]
    crossed_by_as_of: Estimate


def worlds(
    ensemble: Ensemble,
    window_months: int | Iterable[int] = 12,
    *,
    threshold: str | None = None,
    policy: str | None = None,
) -> tuple[WorldShares, ...]:
    """Share of draws that end in each named world.

    Parameters
    ----------
    ensemble : Ensemble
    window_months : int or several
        From 1 to 120, such as ``range(3, 37)``.
    threshold : str, optional
        One preset or ``mixture``; without it every preset, then the mixture.
    policy : str, optional
        One policy; without it all of the ensemble.

    Returns
    -------
    tuple of WorldShares
        By policy, then threshold, then window.

    Raises
    ------
    CurveshiftError
        For an unknown policy or threshold, or a window out of range.

    Examples
    --------
    >>> from datetime import date
    >>> from curveshift.world import simulate
    >>> small = simulate("status-quo", draws=64, end=date(2027, 12, 1))
    >>> [found] = worlds(small, 12, threshold="mixture")
    >>> round(sum(share.value for share in found.shares.values()), 6)
    1.0
    """
    windows = _windows(window_months)
    found = []
    for name in chosen_policies(ensemble, policy):
        for preset in chosen_thresholds(ensemble, threshold):
            lag = crossing_values(ensemble, "lag_at_crossing_months", preset, policy=name)
            known = known_months(ensemble, name, preset)
            rows = threshold_rows(ensemble, name, preset, conditioned=True)
            all_rows = threshold_rows(ensemble, name, preset, conditioned=False)
            gone = expectation(crossing_values(ensemble, "weight", preset) == 0, all_rows)
            members = [membership(lag, known, window) for window in windows]
            shares, plain = several(members, rows), several(members, all_rows)
            for window, given, whole in zip(windows, shares, plain, strict=True):
                conditioned, every = (dict(zip(WORLDS, row, strict=True)) for row in (given, whole))
                found.append(WorldShares(name, preset, window, conditioned, every, gone))
    return tuple(found)


def membership(lag_months: ArrayLike, known_months: ArrayLike, window_months: float) -> NDArray[np.bool_]:
    """Which world each draw is in.

    Parameters
    ----------
    lag_months : array, shape (draw,)
        China's crossing minus the US's; infinite when only one bloc crosses by the horizon, NaN when neither.
    known_months : array, shape (draw,)
        Months from the first crossing to the horizon. One bloc alone past the level is a unipolar world only
        when the window fits into them; otherwise the draw is undecided.
    window_months : float

    Returns
    -------
    array of bool, shape (draw, world)
        In the order of `WORLDS`; exactly one is true.

    Examples
    --------
    >>> [WORLDS[row.argmax()] for row in membership([13, 12, float("inf")], [60, 60, 6], 12)]
    ['unipolar-us', 'bipolar', 'undecided']
    """
    lag = np.asarray(lag_months, dtype=np.float64)
    decided = np.isfinite(lag) | (np.asarray(known_months) >= window_months)
    not_yet = np.isnan(lag)
    us = (lag > window_months) & decided
    china = (lag < -window_months) & decided
    bipolar = np.abs(lag) <= window_months
    undecided = ~(us | china | bipolar | not_yet)
    return np.stack([us, bipolar, china, not_yet, undecided], axis=-1)


def crossed_by_as_of(ensemble: Ensemble, policy: str, threshold: str) -> Estimate:
    """Share of draws in which a bloc had crossed by the as-of date on the factual path."""
    rows = threshold_rows(ensemble, policy, threshold, conditioned=False)
    return expectation(crossing_values(ensemble, "weight", threshold) == 0, rows)


def crossed_by(ensemble: Ensemble, policy: str, threshold: str, year: float, bloc: str = "us") -> Estimate:
    """Probability that a bloc crosses before a decimal year, given that none had by the as-of date."""
    rows = threshold_rows(ensemble, policy, threshold, conditioned=True)
    when = crossing_values(ensemble, "crossing_year", threshold, policy=policy, bloc=bloc)
    return expectation(when < year, rows)


def chosen_policies(ensemble: Ensemble, policy: str | None) -> tuple[str, ...]:
    """One policy of the ensemble or all."""
    if policy is not None and policy not in ensemble.policies:
        raise unknown_name("policy of this ensemble", policy, ensemble.policies)
    return tuple(ensemble.policies) if policy is None else (policy,)


def chosen_thresholds(ensemble: Ensemble, threshold: str | None) -> tuple[str, ...]:
    """One threshold, or every preset and the mixture last."""
    known = (*presets(ensemble), MIXTURE)
    if threshold is not None and threshold not in known:
        raise no_such_threshold(threshold, known)
    return known if threshold is None else (threshold,)


def no_such_threshold(threshold: str, known: Sequence[str]) -> CurveshiftError:
    """What to say of a threshold that the ensemble does not have."""
    from curveshift.world.thresholds import CUSTOM, CUSTOM_LEVEL

    if threshold == CUSTOM:
        return CurveshiftError(
            f"no level is set: give one in log10 FLOP at 2024 efficiency, such as {CUSTOM_LEVEL}=32 "
            f"(on the command line, --set {CUSTOM_LEVEL}=32)",
            f"threshold {CUSTOM!r}",
        )
    return unknown_name("threshold", threshold, known)


def presets(ensemble: Ensemble) -> tuple[str, ...]:
    """Names of the presets of the threshold that have a level."""
    return tuple(str(name) for name in ensemble.draws.variables["threshold"].values)


def mixed(names: Iterable[str]) -> tuple[str, ...]:
    """Presets that the mixture is made of: all but a level of the user's own."""
    from curveshift.world.thresholds import CUSTOM

    return tuple(name for name in names if name != CUSTOM)


def crossing_values(ensemble: Ensemble, name: str, threshold: str, **at: str) -> Floats:
    """A variable at one threshold and one label of each of its other axes, shape (draw,).

    For the mixture those of its presets one after the other. Plain arrays, as selecting by label takes long.
    """
    variables = ensemble.draws.variables
    where = {axis: variables[axis].values.tolist().index(label) for axis, label in at.items()}
    found = variables[name].isel(where).transpose("threshold", "draw").values
    array, names = np.asarray(found, dtype=np.float64), presets(ensemble)
    if threshold == MIXTURE:
        return array[[names.index(one) for one in mixed(names)]].reshape(-1)
    return np.asarray(array[names.index(threshold)], dtype=np.float64)


def world_members(ensemble: Ensemble, policy: str, threshold: str, window_months: float) -> NDArray[np.bool_]:
    """`membership` of the draws under one policy at one threshold, as `crossing_values` has them."""
    lag = crossing_values(ensemble, "lag_at_crossing_months", threshold, policy=policy)
    return membership(lag, known_months(ensemble, policy, threshold), window_months)


def paired_rows(ensemble: Ensemble, policies: Sequence[str], threshold: str, *, conditioned: bool) -> Floats:
    """Weight rows for `crossing_values`; draws that failed under any of the policies weigh nothing."""
    variables = ensemble.draws.variables
    known = variables["policy"].values.tolist()
    failed = variables["failed"].transpose("policy", "draw").values[[known.index(name) for name in policies]]
    alive = 1.0 - np.fmax.reduce(np.asarray(failed, dtype=np.float64), axis=0)
    replicate = variables["replicate"].values
    names = mixed(presets(ensemble)) if threshold == MIXTURE else (threshold,)
    if not conditioned:
        return mixed_rows([weight_rows(alive, replicate)] * len(names))
    weights = [crossing_values(ensemble, "weight", name) for name in names]
    return mixed_rows([weight_rows(alive * weight, replicate) for weight in weights])


def threshold_rows(ensemble: Ensemble, policy: str, threshold: str, *, conditioned: bool) -> Floats:
    """Weight rows of one policy, see `paired_rows`."""
    return paired_rows(ensemble, (policy,), threshold, conditioned=conditioned)


def known_months(ensemble: Ensemble, policy: str, threshold: str) -> Floats:
    """Months from the first crossing to the end of the run, as `crossing_values`; -inf when there is none."""
    end = ensemble.scenario.end
    horizon = end.year + end.month / 12.0
    return (horizon - first_crossing(ensemble, policy, threshold)) * 12.0


def first_crossing(ensemble: Ensemble, policy: str, threshold: str) -> Floats:
    """Decimal year in which the first bloc crosses, as `crossing_values`; infinite when none does."""
    blocs = ensemble.draws.variables["bloc"].values.tolist()
    years = [
        crossing_values(ensemble, "crossing_year", threshold, policy=policy, bloc=bloc) for bloc in blocs
    ]
    return np.asarray(np.fmin.reduce(years), dtype=np.float64)


def _windows(window_months: int | Iterable[int]) -> Sequence[int]:
    windows = list(window_months) if isinstance(window_months, Iterable) else [window_months]
    low, high = WINDOW_MONTHS
    for window in windows:
        if not low <= window <= high:
            raise CurveshiftError(f"a window of {window} months is outside the range {low} to {high}")
    return windows
