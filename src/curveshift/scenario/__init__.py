"""What a user declares: policies, assumptions and scenarios, their presets and their sampling.

The names are loaded on first use, so that importing the room costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .declared import Scenario as Scenario
    from .declared import declare as declare
    from .noise import normals as normals
    from .noise import uniforms as uniforms
    from .outlooks import View as View
    from .outlooks import load_view as load_view
    from .outlooks import views as views
    from .policy import Policy as Policy
    from .policy import Step as Step
    from .priors import Assumption as Assumption
    from .priors import Correlation as Correlation
    from .priors import Lever as Lever
    from .priors import Source as Source
    from .reference import document as document
    from .sampling import Draws as Draws
    from .sampling import sample as sample
    from .sampling import sample_block as sample_block
    from .sets import PolicySet as PolicySet
    from .sets import feasibility as feasibility
    from .sets import policy_set as policy_set
    from .sets import policy_sets as policy_sets
    from .settings import apply_settings as apply_settings
    from .shelf import Library as Library
    from .shelf import assumptions as assumptions
    from .shelf import compile_records as compile_records
    from .shelf import levers as levers
    from .shelf import library as library
    from .shelf import load_assumptions as load_assumptions
    from .shelf import load_policy as load_policy
    from .shelf import policies as policies

_HOME = {
    "Assumption": "priors",
    "Correlation": "priors",
    "Draws": "sampling",
    "Lever": "priors",
    "Library": "shelf",
    "Policy": "policy",
    "PolicySet": "sets",
    "Scenario": "declared",
    "Source": "priors",
    "Step": "policy",
    "View": "outlooks",
    "apply_settings": "settings",
    "assumptions": "shelf",
    "compile_records": "shelf",
    "declare": "declared",
    "document": "reference",
    "feasibility": "sets",
    "levers": "shelf",
    "library": "shelf",
    "load_assumptions": "shelf",
    "load_policy": "shelf",
    "load_view": "outlooks",
    "normals": "noise",
    "policies": "shelf",
    "policy_set": "sets",
    "policy_sets": "sets",
    "sample": "sampling",
    "sample_block": "sampling",
    "uniforms": "noise",
    "views": "outlooks",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
