"""What must be true for a world: boxes of assumptions in which it is likely, and a small tree.

Half of the replicates finds the boxes, the other half measures them: a box is only as good as it is on draws
that it has not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from .polarity import chosen_policies
from .prim import LEAST_MASS, BoxShares, inside, measure, peeled, supported
from .readings import EVENTS, check_event, read_outcome, uncertain
from .singles import given_data_index
from .trees import Node, Sample, grow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curveshift.scenario import Assumption, Policy
    from curveshift.world.ensemble import Ensemble

    Floats = NDArray[np.float64]

FEWEST: Final = 200
"""Draws of either kind, that have some weight, below which nothing is searched."""

SURE: Final = 0.05
"""Largest quasi-p-value of a restriction, over all assumptions and both ends together."""

SCREEN: Final = 0.01
"""Largest p-value of an assumption's own effect for it to be searched."""


@dataclass(frozen=True)
class Restriction:
    """One condition of a box.

    Attributes
    ----------
    assumption, meaning, unit : str
    low, high : float
        The condition holds between them; infinite where it is open.
    prior : tuple of float
        The same as quantiles of the prior.
    quasi_p : float
        On the draws that did not find the box.
    words : str
    """

    assumption: str
    meaning: str
    unit: str
    low: float
    high: float
    prior: tuple[float, float]
    quasi_p: float
    words: str


@dataclass(frozen=True)
class FoundBox:
    """Assumptions under which the world is likely.

    Attributes
    ----------
    restrictions : tuple of Restriction
        All of which must hold, the best supported first.
    shares : BoxShares
        On the draws that did not find the box; of a later box without the draws in earlier ones.
    density_error : float
        Standard error of the density.
    found : BoxShares
        On the draws that found it, which flatter it.
    """

    restrictions: tuple[Restriction, ...]
    shares: BoxShares
    density_error: float
    found: BoxShares

    @property
    def words(self) -> str:
        """All conditions in one sentence."""
        return " and ".join(r.words for r in self.restrictions)


@dataclass(frozen=True)
class Branch:
    """One line of the tree: the conditions on the way, and how often the world comes about there.

    Attributes
    ----------
    depth : int
    words : str
        The last condition; empty at the root.
    share, mass : float
        On the draws that did not grow the tree.
    is_leaf : bool
    """

    depth: int
    words: str
    share: float
    mass: float
    is_leaf: bool


@dataclass(frozen=True, eq=False)
class Discovery:
    """What must be true for a world under a policy.

    Attributes
    ----------
    policy, world, threshold : str
    window_months : int
    conditioned : bool
        Whether draws that had crossed by the as-of date are left out.
    base_share : float
        Share of the world over the draws that measure.
    boxes : tuple of FoundBox
        Each found among what the ones before leave; empty when nothing is told from chance.
    tree : tuple of Branch
        Depth first.
    draws, assumptions : int
        Draws with some weight, and assumptions searched.
    notes : tuple of str
    ensemble : Ensemble
        What was searched.
    """

    policy: str
    world: str
    threshold: str
    window_months: int
    conditioned: bool
    base_share: float
    boxes: tuple[FoundBox, ...]
    tree: tuple[Branch, ...]
    draws: int
    assumptions: int
    notes: tuple[str, ...]
    ensemble: Ensemble

    def sources(self) -> str:
        """Every source that the result rests on, as a Markdown list."""
        return self.ensemble.sources()

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(b.words)}</td><td>{b.shares.density:.0%}</td><td>{b.shares.coverage:.0%}</td>"
            f"<td>{b.shares.mass:.0%}</td></tr>"
            for b in self.boxes
        )
        caption = f"{escape(self.world)} under {escape(self.policy)}: {self.base_share:.0%} of all draws"
        head = "<tr><th>box</th><th>density</th><th>coverage</th><th>mass</th></tr>"
        return f"<table><caption>{caption}</caption>{head}{rows}</table>"


def discover(
    policy: str | Policy | Path | Ensemble = "status-quo",
    world: str = "bipolar",
    *,
    threshold: str = "essay-2025",
    window_months: int = 12,
    conditioned: bool = True,
    boxes: int = 2,
    depth: int = 2,
    least_mass: float = LEAST_MASS,
    settings: Sequence[str] | Mapping[str, Any] = (),
    draws: int = 8192,
    seed: int = 0,
    as_of: date = date(2026, 6, 30),
    end: date = date(2035, 12, 1),
    feedback: str = "default",
    tied: bool = True,
    assumptions: str | Path | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Discovery:
    """Search for assumptions under which a world is likely.

    Parameters
    ----------
    policy : str, Policy, path, or an Ensemble
        An ensemble is searched under its first policy; the parameters of a run then have no effect.
    world : str
        One of ``unipolar-us``, ``bipolar``, ``unipolar-china``, ``not-yet``.
    threshold, window_months
        Of the world.
    conditioned : bool
        Leave out draws in which a bloc had crossed by the as-of date.
    boxes : int
        At most so many boxes.
    depth : int
        Of the tree, 1 to 4.
    least_mass : float
        Smallest share of the draws in a box, from 0.01 to 0.5.
    settings, draws, seed, as_of, end, feedback, tied, assumptions, threads, progress
        As in `curveshift.simulate`.

    Returns
    -------
    Discovery

    Raises
    ------
    CurveshiftError
        For anything unknown or out of range, or fewer than 200 draws with the world or without it.

    References
    ----------
    Bryant and Lempert (2010), Technological Forecasting and Social Change 77, 34-49.
    """
    if world not in EVENTS:
        raise unknown_name("world", world, EVENTS)
    for what, value, low, high in (
        ("boxes", boxes, 1, 5),
        ("depth", depth, 1, 4),
        ("least_mass", least_mass, 0.01, 0.5),
    ):
        if not low <= value <= high:
            raise CurveshiftError(f"{value:g} is outside the range {low:g} to {high:g}", what)
    from curveshift.world import Ensemble, simulate

    ensemble = policy if isinstance(policy, Ensemble) else simulate(
        policy, settings, draws=draws, seed=seed, as_of=as_of, end=end, feedback=feedback, tied=tied,
        assumptions=assumptions, threads=threads, keep_paths=1, progress=progress,
    )  # fmt: skip
    check_event(threshold, window_months, ensemble.scenario.assumptions)
    name = chosen_policies(ensemble, ensemble.policies[0])[0]
    outcome = read_outcome(ensemble, world, name, threshold=threshold, window_months=window_months)
    weight = outcome.alive.astype(np.float64)
    if conditioned:
        weight *= np.asarray(ensemble.draws["weight"].sel(threshold=threshold).values, dtype=np.float64)
    event = outcome.values > 0
    few = min(np.count_nonzero(weight[event]), np.count_nonzero(weight[~event]))
    if few < FEWEST:
        raise CurveshiftError(
            f"too few draws: {world} or its absence has {few} with some weight, and a search needs {FEWEST}",
            "draws",
        )
    records = list(uncertain(ensemble).values())
    # Inputs as quantiles of the prior: one scale for all, and the same cuts whatever their unit.
    x = np.stack([_quantiles(ensemble.assumptions[record.name]) for record in records], axis=-1)
    kept = weight > 0
    half = np.asarray(ensemble.draws["replicate"].values) % 2 == 0
    finding, measuring = (Sample(x, event, weight).where(kept & part) for part in (half, ~half))
    if not len(finding.x) or not len(measuring.x):
        raise CurveshiftError("a search needs at least two replicates", "draws")
    found = _boxes(finding, measuring, records, ensemble.assumptions, boxes, least_mass)
    tree = tuple(_branches(grow(finding, measuring, depth), records, ensemble.assumptions))
    base = measure(np.ones(len(measuring.x), dtype=np.bool_), measuring.event, measuring.weight)
    left = int(np.count_nonzero(~outcome.alive))
    notes = [
        "Found on half of the replicates and measured on the other half.",
        *([] if found else ["No condition is told from chance with so many draws."]),
        *([f"{left} draws failed and are left out."] if left else []),
    ]
    return Discovery(
        name, world, threshold, window_months, conditioned, base.density, found, tree,
        int(np.count_nonzero(kept)), len(records), tuple(notes), ensemble,
    )  # fmt: skip


def _quantiles(values: Floats) -> Floats:
    """Place of each value in the sample, equal values together."""
    few, place = np.unique(values, return_inverse=True)
    number = np.bincount(place, minlength=len(few))
    return ((np.cumsum(number) - number / 2.0) / len(values))[place]


def _boxes(
    finding: Sample,
    measuring: Sample,
    records: Sequence[Assumption],
    drawn: Mapping[str, Floats],
    most: int,
    least_mass: float,
) -> tuple[FoundBox, ...]:
    found: list[FoundBox] = []
    # Each assumption has two ends that a search could have chosen.
    sure = SURE / (2 * len(records))
    whole = (finding, measuring)
    base = float(finding.weight @ finding.event) / float(finding.weight.sum())
    for _ in range(most):
        box = _best(finding, least_mass * float(whole[0].weight.sum() / finding.weight.sum()), sure)
        if not box:
            break
        inner = measure(inside(box, finding.x), finding.event, finding.weight)
        if inner.density <= base:
            # Denser than what earlier boxes leave, and still no place where the world is likely.
            break
        held = inside(box, measuring.x)
        quasi = supported(box, measuring.x, measuring.event, measuring.weight, 1.0)[1]
        shares = _of_all(measure(held, measuring.event, measuring.weight), measuring, whole[1])
        flattering = _of_all(inner, finding, whole[0])
        restrictions = [
            _restriction(records[column], drawn[records[column].name], bounds.low, bounds.high, quasi[column])
            for column, bounds in box.items()
        ]
        restrictions.sort(key=lambda r: r.quasi_p)
        error = float(np.sqrt(shares.density * (1.0 - shares.density) / max(shares.effective, 1.0)))
        found.append(FoundBox(tuple(restrictions), shares, error, flattering))
        finding, measuring = finding.where(~inside(box, finding.x)), measuring.where(~held)
        if min(finding.event.sum(), (~finding.event).sum()) < FEWEST / 4:
            break
    return tuple(found)


def _of_all(shares: BoxShares, part: Sample, whole: Sample) -> BoxShares:
    """Coverage and mass as shares of all draws, where the box was measured on what earlier boxes leave."""
    wanted = float(part.weight @ part.event) / float(whole.weight @ whole.event)
    mass = float(part.weight.sum()) / float(whole.weight.sum())
    return BoxShares(shares.coverage * wanted, shares.density, shares.mass * mass, shares.effective)


def _best(sample: Sample, least_mass: float, sure: float) -> dict[int, Any]:
    """The box with the best balance of coverage and of density above the base, after taking back chance.

    Only inputs that some test sees alone are peeled: among many idle ones the best of their slices would
    look better than a slice of what acts, and every step would be wasted on noise.
    """
    event = sample.event.astype(np.float64)
    seen = [c for c in range(sample.x.shape[1]) if given_data_index(sample.x[:, c], event)[1] < SCREEN]
    base = float(sample.weight @ sample.event) / float(sample.weight.sum())
    best, found = 0.0, {}
    for peel in peeled(sample.x, sample.event, sample.weight, min(least_mass, 0.5), seen):
        box = supported(peel, sample.x, sample.event, sample.weight, sure)[0]
        shares = measure(inside(box, sample.x), sample.event, sample.weight)
        above = (shares.density - base) / (1.0 - base)
        # The F measure of van Rijsbergen (1979) in which density counts twice as much as coverage.
        balance = 1.25 * above * shares.coverage / (0.25 * above + shares.coverage) if above > 0 else 0.0
        if balance > best:
            best, found = balance, box
    return found


def _restriction(record: Assumption, drawn: Floats, low: float, high: float, quasi_p: float) -> Restriction:
    ends = tuple(float(np.clip(q, 0.0, 1.0)) for q in (low, high))
    values = [_value(drawn, q) if np.isfinite(q) else (-np.inf if q < 0 else np.inf) for q in (low, high)]
    return Restriction(
        record.name, record.meaning, record.unit, values[0], values[1], (ends[0], ends[1]), quasi_p,
        _words(record, values[0], values[1], ends[0], ends[1]),
    )  # fmt: skip


def _value(drawn: Floats, quantile: float) -> float:
    """The assumption's value at a quantile of its prior."""
    return float(np.quantile(drawn, min(max(quantile, 0.0), 1.0)))


def _words(record: Assumption, low: float, high: float, least: float, most: float) -> str:
    unit = "" if record.unit == "1" else f" {record.unit}"
    if not np.isfinite(high):
        return f"{record.name} above {low:.3g}{unit} (its highest {1 - least:.0%})"
    if not np.isfinite(low):
        return f"{record.name} below {high:.3g}{unit} (its lowest {most:.0%})"
    return f"{record.name} from {low:.3g} to {high:.3g}{unit} (its {least:.0%} to {most:.0%} quantiles)"


def _branches(
    node: Node, records: Sequence[Assumption], drawn: Mapping[str, Floats], depth: int = 0, words: str = ""
) -> list[Branch]:
    here = Branch(depth, words, node.share, node.mass, node.column is None)
    if node.column is None or node.below is None or node.above is None:
        return [here]
    record = records[node.column]
    value = _value(drawn[record.name], node.cut)
    below = _words(record, -np.inf, value, 0.0, node.cut)
    above = _words(record, value, np.inf, node.cut, 1.0)
    return [
        here,
        *_branches(node.below, records, drawn, depth + 1, below),
        *_branches(node.above, records, drawn, depth + 1, above),
    ]
