"""What goes along with a quantity from draw to draw, and so confounds what is read from sorting draws by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from .readings import uncertain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]

TOLD: Final = 3


def companions_of(ensemble: Ensemble, inflow: Floats) -> dict[str, float]:
    """Assumptions by their coefficient in a regression of ranks, the strongest first.

    All at once, not one by one: in few draws some assumptions go along with each other by accident.
    """
    names = list(uncertain(ensemble))
    if not np.ptp(inflow) > 0 or len(inflow) <= 2 * len(names):
        return {}
    ranks = [
        np.argsort(np.argsort(x)).astype(np.float64)
        for x in (*(ensemble.assumptions[n] for n in names), inflow)
    ]
    scaled = np.stack([(x - x.mean()) / x.std() for x in ranks], axis=-1)
    coefficients = np.linalg.lstsq(scaled[:, :-1], scaled[:, -1], rcond=None)[0]
    found = dict(zip(names, map(float, coefficients), strict=True))
    strongest = sorted(found, key=lambda name: -abs(found[name]))[:TOLD]
    return {name: found[name] for name in strongest}


def why_they_differ(companions: Mapping[str, float]) -> str:
    """One sentence on why setting an inflow and sorting draws by it do not agree."""
    parts = [f"{'high' if r > 0 else 'low'} {name}" for name, r in companions.items()]
    if not parts:
        return (
            "The conditional curve sorts draws by the inflow that they happen to have; what made it large acts on the "
            "outcome in other ways too. Setting the inflow leaves all of that as it was."
        )
    listed = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
    return (
        f"Draws that happen to have a large inflow also have {listed}: what made the inflow large acts on the outcome "
        "in other ways too. Setting the inflow leaves all of that as it was, so only the first curve says what more "
        "chips do."
    )
