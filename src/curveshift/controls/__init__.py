"""Export rules as dated, cited data: any chip, any destination, any day, with reasons.

The room reads one compiled file and needs neither NumPy nor a YAML reader to rule on a chip. `classify` answers one
question; `timeline`, `frontier`, `what_if` and `compare_rules` ask many. The simulation reads the same
instruments through `permits`, `ruling` and `variant`. Names are loaded on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .answers import Change as Change
    from .answers import Ruling as Ruling
    from .answers import Status as Status
    from .chips import ChipSpec as ChipSpec
    from .chips import catalogue as catalogue
    from .chips import flagship as flagship
    from .chips import memory_stacks as memory_stacks
    from .compiling import compile_records as compile_records
    from .findings import Step as Step
    from .frontiers import Best as Best
    from .frontiers import Frontier as Frontier
    from .frontiers import frontier as frontier
    from .instruments import Citation as Citation
    from .instruments import Instrument as Instrument
    from .instruments import LicencePolicy as LicencePolicy
    from .instruments import RuleBook as RuleBook
    from .instruments import rule_book as rule_book
    from .lookup import part as part
    from .lookup import with_specs as with_specs
    from .matrix import PermitMatrix as PermitMatrix
    from .matrix import permits as permits
    from .places import place as place
    from .questions import RulingTable as RulingTable
    from .questions import classify as classify
    from .rulings import destination as destination
    from .rulings import ruling as ruling
    from .timelines import Era as Era
    from .timelines import Timeline as Timeline
    from .timelines import timeline as timeline
    from .variants import variant as variant
    from .whatif import RuleComparison as RuleComparison
    from .whatif import compare_rules as compare_rules
    from .whatif import user_rules as user_rules
    from .whatif import what_if as what_if

_HOME = {
    "Best": "frontiers",
    "Change": "answers",
    "ChipSpec": "chips",
    "Citation": "instruments",
    "Era": "timelines",
    "Frontier": "frontiers",
    "Instrument": "instruments",
    "LicencePolicy": "instruments",
    "PermitMatrix": "matrix",
    "RuleBook": "instruments",
    "RuleComparison": "whatif",
    "Ruling": "answers",
    "RulingTable": "questions",
    "Status": "answers",
    "Step": "findings",
    "Timeline": "timelines",
    "catalogue": "chips",
    "classify": "questions",
    "compare_rules": "whatif",
    "compile_records": "compiling",
    "destination": "rulings",
    "flagship": "chips",
    "frontier": "frontiers",
    "memory_stacks": "chips",
    "part": "lookup",
    "permits": "matrix",
    "place": "places",
    "rule_book": "instruments",
    "ruling": "rulings",
    "timeline": "timelines",
    "user_rules": "whatif",
    "variant": "variants",
    "what_if": "whatif",
    "with_specs": "lookup",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
