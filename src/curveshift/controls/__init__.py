"""Export rules as dated, cited data: any chip, any destination, any day, with reasons.

The room reads one compiled file and needs neither NumPy nor a YAML reader to rule on a chip. `classify` answers one
question; `timeline`, `frontier`, `what_if` and `compare_rules` ask many. The simulation reads the same
instruments through `permits`, `ruling` and `variant`.
"""

from __future__ import annotations

from curveshift.controls.chips import ChipSpec, catalogue, flagship, memory_stacks
from curveshift.controls.classify import RulingTable, classify
from curveshift.controls.findings import Step
from curveshift.controls.frontier import Best, Frontier, frontier
from curveshift.controls.instruments import Citation, Instrument, LicencePolicy, RuleBook, rule_book
from curveshift.controls.lookup import part, with_specs
from curveshift.controls.permits import PermitMatrix, permits
from curveshift.controls.places import place
from curveshift.controls.rulings import Change, Ruling, Status, destination, ruling
from curveshift.controls.timeline import Era, Timeline, timeline
from curveshift.controls.variants import variant
from curveshift.controls.whatif import RuleComparison, compare_rules, user_rules, what_if


def compile_records() -> str:
    """Validate the YAML records, write the compiled file that the runtime reads, and return its SHA-256."""
    from curveshift.controls.compiling import compile_records as compile_all

    return compile_all()


__all__ = [
    "Best",
    "Change",
    "ChipSpec",
    "Citation",
    "Era",
    "Frontier",
    "Instrument",
    "LicencePolicy",
    "PermitMatrix",
    "RuleBook",
    "RuleComparison",
    "Ruling",
    "RulingTable",
    "Status",
    "Step",
    "Timeline",
    "catalogue",
    "classify",
    "compare_rules",
    "compile_records",
    "destination",
    "flagship",
    "frontier",
    "memory_stacks",
    "part",
    "permits",
    "place",
    "rule_book",
    "ruling",
    "timeline",
    "user_rules",
    "variant",
    "what_if",
    "with_specs",
]
