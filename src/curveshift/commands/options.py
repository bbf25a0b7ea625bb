"""Options that several verbs share, and how their words are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from curveshift.commands import completing
from curveshift.errors import CurveshiftError

Draws = Annotated[int, typer.Option(help="Number of draws, a multiple of 8.")]
Seed = Annotated[int, typer.Option(help="Decides every random number.")]
AsOf = Annotated[str, typer.Option(help="Last day of the record, as 2026-06-30.")]
End = Annotated[str, typer.Option(help="Last month, the end of a quarter, as 2035-12.")]
Feedback = Annotated[
    str | None,
    typer.Option(
        help="AI's help to AI research: off, default or strong; unless given, the view's or default."
    ),
]
View = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        help="A world view, see `curveshift assumptions views`, or a YAML file.",
        autocompletion=completing.view,
    ),
]
Untied = Annotated[
    bool,
    typer.Option(
        "--untied", help="Do not start from the observed frontier: a test of the model, not a forecast."
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Replace an assumption or a lever; may be repeated.",
        autocompletion=completing.setting,
    ),
]
Assumptions = Annotated[
    Path | None, typer.Option("--assumptions", metavar="FILE", help="Your own assumptions, a YAML file.")
]
Window = Annotated[int, typer.Option(min=1, max=120, help="Window of the named worlds, months.")]
Workers = Annotated[
    int | None,
    typer.Option(help="Compute on this many worker processes of this machine (extra `cluster`)."),
]
Cluster = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Compute on a Dask cluster, such as tcp://10.0.0.5:8786."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV, one number a row.")]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Write to a file: .json, .csv or plain text."),
]
Quiet = Annotated[bool, typer.Option("--no-progress", help="Show no progress bar.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]

DRAWS = 8192
AS_OF = "2026-06-30"
END = "2035-12"


def as_day(text: str, option: str) -> date:
    """A day, as 2026-06-30."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        what = f"impossible date {text!r}: write year-month-day, as 2026-06-30"
        raise CurveshiftError(what, option) from None


def as_month(text: str, option: str) -> date:
    """First day of a month, as 2035-12 or any day in it."""
    try:
        return date.fromisoformat(f"{text}-01" if len(text) == 7 else text).replace(day=1)
    except ValueError:
        raise CurveshiftError(f"impossible month {text!r}: write year-month, as 2035-12", option) from None


def _plainly(message: Warning | str, *_: object) -> None:
    import sys

    sys.stderr.write(f"curveshift: warning: {message}\n")


@contextmanager
def computing(workers: int | None, cluster: str | None) -> Iterator[None]:
    """Where ensembles are computed: in this process, on workers of this machine, or on a cluster."""
    if workers is not None and cluster is not None:
        raise CurveshiftError("--workers and --cluster exclude each other: a cluster has workers of its own")
    import warnings
    from contextlib import ExitStack

    from curveshift.world.store import StoreWarning

    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.filterwarnings("always", category=StoreWarning)
        warnings.showwarning = _plainly  # type: ignore[assignment]
        if workers is not None or cluster is not None:
            from curveshift.world import on_cluster, on_workers

            stack.enter_context(on_workers(workers) if workers is not None else on_cluster(str(cluster)))
        yield


@contextmanager
def progress_bar(doing: str, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr while something long runs; nothing when nobody watches."""
    import sys

    if quiet or not sys.stderr.isatty():
        yield lambda done, whole: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole)
