"""A complete store read without the call that made it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curveshift import scenario
from curveshift.errors import CurveshiftError
from curveshift.scenario import Policy, View
from curveshift.scenario.sampling import sampled_block

if TYPE_CHECKING:
    from curveshift.world.ensemble import Ensemble


def plain_call(
    policies: Sequence[str | Policy | Path],
    settings: Sequence[str] | Mapping[str, Any],
    assumptions: str | Path | None,
    view: View | str | Path | None,
    **others: Any,
) -> dict[str, Any] | None:
    """A call of `simulate` as plain data, files by their full path; None when it holds Python objects."""
    plain = isinstance(settings, Mapping) and not all(
        isinstance(v, str | int | float) for v in settings.values()
    )
    named = [policy for policy in policies if not isinstance(policy, Policy)]
    if plain or isinstance(view, View) or len(named) < len(policies):
        return None
    return {
        "policies": [_named(policy) for policy in named],
        "settings": dict(settings) if isinstance(settings, Mapping) else list(settings),
        "assumptions": None if assumptions is None else str(Path(assumptions).absolute()),
        "view": None if view is None else _named(view),
        **{name: x.isoformat() if isinstance(x, date) else x for name, x in others.items()},
    }


def open_store(folder: str | Path) -> Ensemble:
    """Read a complete store, also one of other facts or of another version.

    Parameters
    ----------
    folder : path
        What `curveshift.simulate` was given as `store`.

    Returns
    -------
    Ensemble
        As the run gave it. When the facts, the version of curveshift or a package that it computes with are not those
        of today, that is a `StoreWarning` and a note of the result.

    Raises
    ------
    CurveshiftError
        For a store that is incomplete or damaged, was made from Python objects, or whose policies and assumptions
        today's records do not give any more.

    Examples
    --------
    >>> import tempfile
    >>> from curveshift.world import simulate
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = simulate("status-quo", draws=64, end=date(2027, 12, 1), store=folder)
    ...     open_store(folder).draws["us_revenue_usd"].equals(made.draws["us_revenue_usd"])
    True
    """
    from curveshift.world import gathering
    from curveshift.world.chunks import CHUNK, Task, prepare
    from curveshift.world.ensemble import ensemble_of
    from curveshift.world.jobs import notes_of
    from curveshift.world.stamp import differences, stamp
    from curveshift.world.store import Store, StoreWarning, read_manifest, verify

    place, where = Path(folder), str(folder)
    store = Store(place, read_manifest(place))
    made, call = store.manifest["run"], store.manifest["call"]
    if call is None:
        raise CurveshiftError(
            "was made from Python objects, which it does not hold: call simulate with them, the store and resume=True",
            where,
        )
    if made.get("chunk_draws") != CHUNK:
        raise CurveshiftError(
            f"has chunks of {made.get('chunk_draws')} draws, this version reads {CHUNK}", where
        )
    if damaged := verify(store):
        raise CurveshiftError(
            f"{damaged[0].partition(':')[0]}: run `{store.manifest['command']} --resume`", where
        )
    if store.missing:
        raise CurveshiftError(
            f"is incomplete, {len(store.missing)} of {store.manifest['n_chunks']} chunks are missing: run "
            f"`{store.manifest['command']} --resume`",
            where,
        )
    try:
        declared = scenario.declare(
            call["policies"], call["settings"], assumptions=call["assumptions"], view=call["view"], seed=call["seed"],
            draws=call["draws"], as_of=date.fromisoformat(call["as_of"]), end=date.fromisoformat(call["end"]),
        )  # fmt: skip
        known = declared.hash() == made["scenario_sha256"]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise CurveshiftError(
            "has a manifest that no run wrote: its call cannot be repeated", where
        ) from None
    if not known:
        raise CurveshiftError(
            "was made from other policies or assumptions than today's records or files give under the same names: "
            f"read it with curveshift {store.manifest['made_with'].get('curveshift', 'unknown')}, which made it",
            where,
        )
    notes: tuple[str, ...] = ()
    if found := differences(stamp(), store.manifest["made_with"]):
        notes = (f"Read from a store that was made with {', '.join(found)}.",)
        warnings.warn(notes[0], StoreWarning, stacklevel=2)
    job = prepare(Task(declared, made["feedback"], made["tied"], made["keep_paths"], sampled_block)).job
    tallies, shared = gathering.read(gathering.Files(store.files), declared)
    read = ensemble_of(declared, made["feedback"], (*notes_of(declared, job), *notes), job, tallies, shared)
    return replace(read, facts_digest=made["facts_sha256"], frontier_digest=made["frontier_sha256"])


def _named(what: str | Path) -> str:
    """A name as it is, a file by its full path."""
    return str(Path(what).absolute()) if isinstance(what, Path) or Path(what).is_file() else what
