"""Which policies a question is about, and their draws: names, a stated set, or ensembles that exist already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from curveshift.errors import CurveshiftError

from .comparison import merged

if TYPE_CHECKING:
    from pathlib import Path

    from curveshift.scenario import Policy
    from curveshift.world.ensemble import Ensemble

    Choice = str | Path | Policy

CHUNK = 16
"""Policies that are run in one call; each call holds its bands in memory, a few megabytes a policy."""


def chosen(policies: Any) -> tuple[Choice, ...]:
    """Names as they are, and the members of a stated set for its name.

    Raises
    ------
    CurveshiftError
        With fewer than two policies, or one given twice.

    Examples
    --------
    >>> "b30a-allowed" in chosen("plausible")
    True
    """
    from curveshift.scenario import policy_sets

    listed: list[Any] = [policies] if _single(policies) else list(policies)
    sets = policy_sets()
    found: list[Any] = []
    for name in listed:
        found += sets[name].policies if isinstance(name, str) and name in sets else [name]
    found = list(dict.fromkeys(found)) if len(listed) > 1 and len(found) > len(listed) else found
    if len(found) < 2:
        raise CurveshiftError(
            f"a choice needs at least two policies, not only {found[0] if found else 'none'!s}:"
            f" name more, or a set ({', '.join(sets)})"
        )
    return tuple(found)


def _single(policies: Any) -> bool:
    return isinstance(policies, str) or not isinstance(policies, Sequence)


def simulated(policies: Sequence[Choice], settings: Any, progress: Any = None, **how: Any) -> Ensemble:
    """One ensemble of many policies on the same draws, run in chunks and without bands or paths."""
    from curveshift.world import simulate

    chunks = [list(policies[i : i + CHUNK]) for i in range(0, len(policies), CHUNK)]
    done_before = 0
    parts = []
    for chunk in chunks:

        def told(done: int, whole: int, before: int = done_before, size: int = len(chunk)) -> None:
            if progress is not None:
                progress(before * whole + size * done, len(policies) * whole)

        part = simulate(chunk, settings, keep_paths=1, progress=told, **how)
        parts.append(replace(part, counts=(), first=()))
        done_before += len(chunk)
    return merged(parts) if len(parts) > 1 else parts[0]


def as_ensemble(policies: Any, settings: Any, progress: Any = None, **how: Any) -> Ensemble:
    """An ensemble as it is, several merged when they rest on the same draws, or a run of the chosen policies.

    Raises
    ------
    CurveshiftError
        With a single policy, or ensembles on different draws.
    """
    if hasattr(policies, "draws"):
        found: Ensemble = policies
    else:
        several = (
            [policies]
            if isinstance(policies, str)
            else list(policies)
            if isinstance(policies, Sequence)
            else []
        )
        if several and all(hasattr(one, "draws") for one in several):
            found = merged(cast("list[Ensemble]", several))
        else:
            return simulated(chosen(policies), settings, progress, **how)
    if len(found.policies) < 2:
        raise CurveshiftError(f"a choice needs at least two policies, not only {found.policies[0]}")
    return found
