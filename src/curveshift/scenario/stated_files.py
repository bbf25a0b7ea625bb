"""The shape of the files of stated sets of policies and of world views; loaded only to compile or to read files."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from .files import OwnAssumption, Record, Slug, Sources, Words, plain_sources


class SetMember(Record):
    """One policy of a set."""

    policy: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*(\+[a-z]+)?$", max_length=80)]
    why: Words


class PolicySetRecord(Record):
    """One set of policies as written."""

    name: Slug
    title: Words
    reason: Words
    feasible: Words
    policies: tuple[SetMember, ...]
    source: Sources


class PolicySetFile(Record):
    """The sets of policies, and what makes a policy feasible."""

    feasible: Words
    sets: tuple[PolicySetRecord, ...]

    def compiled(self) -> dict[str, Any]:
        """Plain content for the compiled file, in the order of the file."""
        return {
            "feasible": self.feasible,
            "sets": [
                {
                    "name": s.name,
                    "title": s.title,
                    "reason": s.reason,
                    "feasible": s.feasible,
                    "policies": [{"policy": m.policy, "why": m.why} for m in s.policies],
                    "sources": plain_sources(s.source),
                }
                for s in self.sets
            ],
        }


class ViewRecord(Record):
    """One world view as written: the settings, and the assumptions that it changes."""

    name: Slug
    title: Words
    argument: Words
    feedback: Literal["off", "default", "strong"]
    threshold: Literal["essay-2025", "survey", "ftm", "mixture"]
    source: Sources
    assumptions: tuple[OwnAssumption, ...] = ()

    def compiled(self, changed: dict[str, Any]) -> dict[str, Any]:
        """Plain content for the compiled file, with the changed assumptions in full."""
        return {
            "title": self.title,
            "argument": " ".join(self.argument.split()),
            "feedback": self.feedback,
            "threshold": self.threshold,
            "assumptions": changed,
            "sources": plain_sources(self.source),
        }
