"""``trends show``: what the record says of efficiency, reasoning, lags, shares of progress, scales and firsts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curveshift.commands import completing, options
from curveshift.commands.output import Report, check_place, chosen_form, deliver
from curveshift.errors import unknown_name

if TYPE_CHECKING:
    from curveshift.trends import Posterior

What = Annotated[
    str | None,
    typer.Argument(
        help="efficiency, reasoning, lag, offset, split, scales or first; all but the last without it.",
        autocompletion=completing.subject,
    ),
]
AsOf = Annotated[str | None, typer.Option(help="What was known by a day; draws are shipped for 2025-01-29.")]
Draws = Annotated[Path | None, typer.Option("--posterior", metavar="FILE", help="Draws of your own.")]

_DRAWS = 100
"""Arrays with more numbers than this hold draws, and are told by their interval."""

trends = typer.Typer(
    help="What the record says of progress: efficiency, reasoning, lags.",
    rich_markup_mode=None,
    no_args_is_help=True,
)


@trends.callback()
def _group() -> None:
    """What the record says of progress: efficiency, reasoning, lags."""


@trends.command()
def show(
    what: What = None,
    as_of: AsOf = None,
    posterior: Draws = None,
    as_json: options.Json = False,
    output: options.Output = None,
    debug: options.Debug = False,
) -> None:
    """Show what is inferred from the record, with 90 % intervals and what each number hangs on.

    Examples:

      curveshift trends show

      curveshift trends show efficiency --as-of 2025-01-29

      curveshift trends show first --json
    """
    check_place(output)
    chosen_form(as_json, False, output)
    makers = _makers()
    if what is not None and what not in makers:
        raise unknown_name("subject", what, makers)
    from curveshift import trends as room

    draws = room.posterior(as_of) if posterior is None else room.load(posterior)
    asked = [what] if what else [name for name in makers if name != "first"]
    found = {name: [make(draws) for make in makers[name]] for name in asked}
    shown = [str(result) for results in found.values() for result in results]
    data = {name: [_plain(result) for result in results] for name, results in found.items()}
    deliver(Report(data, [], shown), as_json, False, output)


def _makers() -> dict[str, tuple[Callable[[Posterior], Any], ...]]:
    from curveshift import trends as room

    return {
        "efficiency": (room.training_efficiency,),
        "reasoning": (room.reasoning_gain, room.saturation),
        "lag": (room.lag,),
        "offset": (room.china_offset,),
        "split": (room.split_of_progress,),
        "scales": (
            room.index_scale,
            room.index_points_per_year,
            room.horizon_scale,
            room.horizon_doubling_days,
        ),
        "first": (room.firsts, lambda draws: room.reasoning_followers(as_of=draws.panel.as_of)),
    }


def _plain(value: Any) -> Any:
    """Results as plain data: draws become their 90 % interval."""
    from curveshift.trends import Quantity

    if isinstance(value, Quantity):
        return {"low": value.low, "median": value.median, "high": value.high, "unit": value.unit}
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((f.name, getattr(value, f.name)) for f in fields(value))
        return {name: _plain(item) for name, item in pairs if name not in ("posterior", "panel")}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        import numpy as np

        wide = value.size > _DRAWS
        return _plain((np.quantile(value, (0.05, 0.5, 0.95), axis=0) if wide else value).tolist())
    return value
