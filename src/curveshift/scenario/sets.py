"""Stated sets of policies: over which choices a range is taken, and why those."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from curveshift.errors import CurveshiftError, unknown_name

from .policy import STANCES, Policy
from .priors import Source
from .shelf import Library, library

if TYPE_CHECKING:
    from .stated_files import PolicySetFile


@dataclass(frozen=True)
class PolicySet:
    """Policies that are looked at together.

    Attributes
    ----------
    name, title : str
    reason : str
        Why there is such a set.
    feasible : str
        What a policy needs to be in it.
    policies : tuple of str
        Names as `load_policy` and `curveshift.simulate` read them, ``policy+stance`` among them.
    why : mapping of str to str
        Why each of them is in the set.
    sources : tuple of Source
    """

    name: str
    title: str
    reason: str
    feasible: str
    policies: tuple[str, ...]
    why: Mapping[str, str]
    sources: tuple[Source, ...]

    @classmethod
    def from_data(cls, name: str, data: Mapping[str, Any]) -> PolicySet:
        """Read one compiled record."""
        return cls(
            name=name,
            title=data["title"],
            reason=data["reason"],
            feasible=data["feasible"],
            policies=tuple(member["policy"] for member in data["policies"]),
            why={member["policy"]: member["why"] for member in data["policies"]},
            sources=tuple(Source(**source) for source in data["sources"]),
        )


def policy_sets(shelf: Library | None = None) -> dict[str, PolicySet]:
    """Every stated set of policies by name, the smallest first.

    Examples
    --------
    >>> list(policy_sets())
    ['narrow', 'plausible', 'extreme']
    """
    stored = (shelf or library()).policy_sets
    return {str(data["name"]): PolicySet.from_data(str(data["name"]), data) for data in stored["sets"]}


def policy_set(name: str, shelf: Library | None = None) -> PolicySet:
    """One stated set of policies.

    Raises
    ------
    CurveshiftError
        For an unknown name, with the nearest ones.

    Examples
    --------
    >>> "airtight" in policy_set("plausible").policies
    False
    """
    known = policy_sets(shelf)
    if name not in known:
        raise unknown_name("policy set", name, known)
    return known[name]


def feasibility(shelf: Library | None = None) -> str:
    """What makes a policy feasible, in words, for all sets."""
    return str((shelf or library()).policy_sets["feasible"])


def compiled_sets(record: PolicySetFile, policies: Mapping[str, Policy], where: str) -> dict[str, Any]:
    """Check the sets as written against the policies that ship, and return plain content for the compiled file."""
    seen: set[str] = set()
    for found in record.sets:
        place = f"{where}: {found.name}"
        if found.name in seen:
            raise CurveshiftError("is given twice", place)
        seen.add(found.name)
        names = [member.policy for member in found.policies]
        if len(names) < 2:
            raise CurveshiftError("a set needs at least two policies", place)
        for name in names:
            if names.count(name) > 1:
                raise CurveshiftError(f"policy {name!r} is in the set twice", place)
            plain, plus, stance = name.partition("+")
            if plain not in policies:
                raise unknown_name("policy", plain, policies, place)
            if plus and stance not in STANCES:
                raise unknown_name("stance of Beijing", stance, STANCES, place)
            if policies[plain].kind != "policy":
                raise CurveshiftError(
                    f"{plain} is an intervention and no choice that a government has", place
                )
    return record.compiled()
