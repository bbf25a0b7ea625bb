"""The instruments that govern AI chips to China, Hong Kong and Macau, as dated, cited data.

The room reads one compiled file and needs neither NumPy nor a YAML reader to rule on a chip.
"""

from __future__ import annotations

from curveshift.controls.chips import ChipSpec, catalogue, flagship
from curveshift.controls.instruments import Instrument, LicencePolicy, RuleBook, rule_book
from curveshift.controls.permits import PermitMatrix, permits
from curveshift.controls.rulings import Ruling, Status, Step, destination, ruling
from curveshift.controls.variants import variant


def compile_records() -> str:
    """Validate the YAML records, write the compiled file that the runtime reads, and return its SHA-256."""
    from curveshift.controls.compiling import compile_records as compile_all

    return compile_all()


__all__ = [
    "ChipSpec",
    "Instrument",
    "LicencePolicy",
    "PermitMatrix",
    "RuleBook",
    "Ruling",
    "Status",
    "Step",
    "catalogue",
    "compile_records",
    "destination",
    "flagship",
    "permits",
    "rule_book",
    "ruling",
    "variant",
]
