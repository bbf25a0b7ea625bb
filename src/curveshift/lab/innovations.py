"""The catalogue of innovations: each changes one thing of a baseline run, and `null` changes nothing but the seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from curveshift.errors import unknown_name

from .settings import EXPERTS, Run

NULL_SEED: Final = 1_000
"""Added to the seed by the innovation that does nothing."""


@dataclass(frozen=True)
class Innovation:
    """One change of a run.

    Attributes
    ----------
    name : str
    meaning : str
    change : callable
        From a run of the baseline to one with the innovation; the budget is set again afterwards.
    """

    name: str
    meaning: str
    change: Callable[[Run], Run]


def _shape(**changes: object) -> Callable[[Run], Run]:
    return lambda run: replace(run, shape=replace(run.shape, **changes))  # type: ignore[arg-type]


def _recipe(learning_rate: float = 0.0, **changes: object) -> Callable[[Run], Run]:
    """A change of recipe with the learning rate that suits it; of several the highest holds.

    Each rate, and that of the baseline, was the best of a search in factors of two at 5e10 FLOP: an innovation is not
    measured at a rate that suits only what it replaces, nor the baseline at one that does not suit it.
    """
    return lambda run: run.with_recipe(learning_rate=max(run.recipe.learning_rate, learning_rate), **changes)


_KNOWN: Final = (
    Innovation(
        "schedule", "learning rate decayed by a cosine instead of constant", _recipe(0.02, schedule="cosine")
    ),
    Innovation("wsd", "constant, then a linear decay over the last fifth", _recipe(0.01, schedule="wsd")),
    Innovation(
        "muon", "Muon for the matrices of the blocks instead of Adam", _recipe(0.01, optimiser="muon")
    ),
    Innovation(
        "moe", f"{EXPERTS} experts of which a token uses 2, at equal active FLOP", _shape(experts=EXPERTS)
    ),
    Innovation("latent", "keys and values from one compressed vector, as in MLA", _shape(attention="latent")),
    Innovation("filter", "documents that look like noise are left out", _recipe(filtered=True)),
    Innovation("tying", "the unembedding is the embedding", _shape(tied=True)),
    Innovation("null", "nothing but another seed", lambda run: replace(run, seed=run.seed + NULL_SEED)),
)
COMBINED: Final = ("schedule", "muon", "moe", "latent", "filter", "tying")
"""What the run with everything has."""


def innovations() -> dict[str, Innovation]:
    """All innovations by name."""
    return {one.name: one for one in _KNOWN}


def chosen(names: Iterable[str]) -> tuple[Innovation, ...]:
    """Innovations by name.

    Raises
    ------
    CurveshiftError
        For a name that is not known, with those that are.

    Examples
    --------
    >>> [one.name for one in chosen(["muon", "null"])]
    ['muon', 'null']
    """
    known = innovations()
    names = list(names)
    for name in names:
        if name not in known:
            raise unknown_name("innovation", name, known)
    return tuple(known[name] for name in names)


def applied(run: Run, changes: Iterable[Innovation]) -> Run:
    """A run with innovations, at the same FLOP by formula."""
    made = run
    for one in changes:
        made = one.change(made)
    return Run.of_budget(run.flop, made.shape, made.recipe, made.corpus, made.seed)
