"""Every target by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from . import asked, models, records, stored, tables, words
from .judging import Target

TARGETS: Final[Mapping[str, Target]] = {
    "quantities": words.quantities,
    "dates-and-units": words.dates,
    "settings": words.settings,
    "command-words": words.words,
    "yaml": records.yaml,
    "policies": records.policies,
    "assumptions": records.assumptions,
    "views": records.views,
    "rules": records.rules,
    "shipped-kinds": records.shipped_kinds,
    "compiled": records.compiled_records,
    "runs": tables.runs,
    "facts": tables.fact_rows,
    "chips": models.chips,
    "models": models.candidates,
    "results": stored.results,
    "stores": stored.stores,
    "chunks": stored.chunks,
    "draws": stored.draws,
    "bodies": asked.bodies,
    "embedding": asked.queries,
}
