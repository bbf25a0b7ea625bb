"""Changes on the command line and in Python: ``key=value`` for any assumption or lever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from curveshift.errors import CurveshiftError, unknown_name
from curveshift.records import parse_quantity

from .declared import Scenario


def apply_settings(scenario: Scenario, settings: Sequence[str] | Mapping[str, Any]) -> Scenario:
    """Set assumptions and levers of a scenario.

    An assumption takes any value that a file may hold, checked against its unit, support and bounds; a
    fixed number leaves the draws of all others as they were, also of those it is correlated with. A lever
    takes a number within its range and holds from the day after `as_of` on in every policy, in place of
    what the policy says from then on.

    Parameters
    ----------
    scenario : Scenario
        What to change.
    settings : sequence of "key=value", or mapping of key to value
        Such as ``["diversion.chips_2024='10k to 300k'", "enforcement.effort=2"]``.

    Returns
    -------
    Scenario
        The changed scenario, with one sentence on each change in `changes`.

    Raises
    ------
    CurveshiftError
        When a key is unknown or given twice with different values, or a value does not fit.
    """
    assumptions = dict(scenario.assumptions)
    policies = scenario.policies
    changes = list(scenario.changes)
    start = scenario.as_of + timedelta(days=1)
    for key, value in _pairs(settings).items():
        where = f"--set {key}"
        try:
            if key in assumptions:
                assumptions[key] = assumptions[key].with_value(value)
                changes.append(f"{key} = {assumptions[key].describe()}")
            elif key in scenario.levers:
                lever = scenario.levers[key]
                number = lever.check(
                    parse_quantity(value, lever.unit) if isinstance(value, str) else float(value)
                )
                replaced = [p.name for p in policies if any(s.start >= start for s in p.levers.get(key, ()))]
                policies = tuple(policy.with_lever(lever, number, start) for policy in policies)
                over = f", in place of what {', '.join(replaced)} sets" if replaced else ""
                changes.append(f"{key} = {number:g} {lever.unit} from {start} on{over}")
            else:
                raise unknown_name("assumption or lever", key, [*assumptions, *scenario.levers])
        except (TypeError, ValueError):
            raise CurveshiftError(f"{value!r} is not a value", where) from None
        except CurveshiftError as err:
            raise CurveshiftError(err.what, where) from None
    return replace(scenario, assumptions=assumptions, policies=policies, changes=tuple(changes))


def _pairs(settings: Sequence[str] | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(settings, Mapping):
        return dict(settings)
    if isinstance(settings, str):
        raise CurveshiftError("settings are a list of 'key=value', not one string")
    found: dict[str, Any] = {}
    for text in settings:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not key or not value:
            raise CurveshiftError(f"{text!r} is not a setting: write key=value", "--set")
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        if found.setdefault(key, value) != value:
            raise CurveshiftError(f"given twice, as {found[key]!r} and as {value!r}", f"--set {key}")
    return found
