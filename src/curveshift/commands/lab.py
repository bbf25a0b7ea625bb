"""``lab``: small real training runs that reproduce the three dynamics."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curveshift.commands import options
from curveshift.commands.lab_views import (
    cost_data,
    cost_tables,
    paradigm_data,
    paradigm_tables,
    scaling_data,
    scaling_tables,
    shift_data,
    shift_tables,
)
from curveshift.commands.output import Report, check_place, chosen_form, deliver

if TYPE_CHECKING:
    from curveshift.lab import Bench

lab = typer.Typer(
    help="Small real training runs that reproduce the three dynamics (extra `lab`).",
    rich_markup_mode=None,
    no_args_is_help=True,
)

Quick = Annotated[bool, typer.Option("--quick", help="A smaller study, in minutes.")]
Folder = Annotated[
    Path,
    typer.Option(
        "--store", metavar="DIR", help="Keeps runs and checkpoints; what is there is not run again."
    ),
]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Runs side by side; the results are the same for any number.")
]
FigureFile = Annotated[
    Path | None, typer.Option("--figure", metavar="FILE", help="Also draw it: .svg, .png or .json.")
]
Budgets = Annotated[
    list[float] | None,
    typer.Option(
        "--flop", help="A design of your own: budgets of 6 N D; may be repeated. The largest is predicted."
    ),
]
Widths = Annotated[
    list[int] | None,
    typer.Option("--width", help="A design of your own: widths at each budget; may be repeated."),
]
Brackets = Annotated[
    float | None,
    typer.Option(
        help="Chance of an opening bracket at the end of a word, 0 to below 0.75; 0.1 unless given."
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="INNOVATION", help="Unless given, all; an unknown name lists them."),
]
Kind = Annotated[
    str, typer.Option("--problems", metavar="KIND", help="What is learned: sums, or proofs of three steps.")
]
STORE = Path("curveshift-lab")


@lab.command("scaling")
def scaling(
    quick: Quick = False,
    flop: Budgets = None,
    width: Widths = None,
    brackets: Brackets = None,
    store: Folder = STORE,
    workers: Workers = None,
    figure: FigureFile = None,
    seed: options.Seed = 0,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Train many small models and fit a scaling law whose floor is known.

    Examples:

      curveshift lab scaling --quick

      curveshift lab scaling --seed 1 --figure scaling.svg

      curveshift lab scaling --brackets 0.02

      curveshift lab scaling --flop 1e10 --flop 4e10 --flop 1.6e11 --width 8 --width 16 --width 24 --width 32
    """
    _check(as_json, as_csv, output, figure)
    from curveshift.lab import Corpus, Language
    from curveshift.lab import scaling as room

    design = room.QUICK if quick else room.FULL
    if flop or width:
        budgets = sorted(flop or ())
        design = room.Design.isoflop([(b, sorted(width or ())) for b in budgets])
    corpus = None if brackets is None else Corpus(Language(opens=brackets))
    with _bench("Training", store, workers, no_progress) as bench:
        found = room.scaling(design, corpus=corpus, seed=seed, bench=bench)
    words = ["scaling", *(["--quick"] if quick else []), "--seed", str(seed)]
    words += [w for b in flop or () for w in ("--flop", f"{b:g}")]
    words += [w for b in width or () for w in ("--width", str(b))]
    words += [] if brackets is None else ["--brackets", f"{brackets:g}"]
    shown = scaling_tables(found)
    _draw(found.fit, figure, shown)
    _deliver(scaling_data(found), found.rows(), shown, words, seed, as_json, as_csv, output)


@lab.command("shift")
def shift(
    innovation: Names = None,
    quick: Quick = False,
    store: Folder = STORE,
    workers: Workers = None,
    figure: FigureFile = None,
    seed: options.Seed = 0,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Measure innovations as compute multipliers, at two scales and together.

    Examples:

      curveshift lab shift --quick

      curveshift lab shift muon filter null --seed 1
    """
    _check(as_json, as_csv, output, figure)
    from curveshift.lab import shift as room
    from curveshift.lab.innovations import chosen

    names = innovation or ()
    chosen(names)
    with _bench("Training", store, workers, no_progress) as bench:
        found = room.shift(names, room.QUICK if quick else room.FULL, seed=seed, bench=bench)
    words = ["shift", *names, *(["--quick"] if quick else []), "--seed", str(seed)]
    shown = shift_tables(found)
    _draw(found, figure, shown)
    _deliver(shift_data(found), found.rows(), shown, words, seed, as_json, as_csv, output)


@lab.command("paradigm")
def paradigm(
    quick: Quick = False,
    problems: Kind = "sums",
    store: Folder = STORE,
    workers: Workers = None,
    figure: FigureFile = None,
    seed: options.Seed = 0,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Reinforce pretrained models on problems that are checked, and compare with more pretraining.

    Examples:

      curveshift lab paradigm --quick

      curveshift lab paradigm --quick --problems proofs --figure proofs.svg
    """
    _check(as_json, as_csv, output, figure)
    from dataclasses import replace

    from curveshift.lab import paradigm as room

    plan = replace(room.QUICK if quick else room.FULL, kind=problems)
    with _bench("Training", store, workers, no_progress) as bench:
        found = room.paradigm(plan, seed=seed, bench=bench)
    words = ["paradigm", *(["--quick"] if quick else []), "--problems", problems, "--seed", str(seed)]
    shown = paradigm_tables(found)
    _draw(found, figure, shown)
    _deliver(paradigm_data(found), found.rows(), shown, words, seed, as_json, as_csv, output)


@lab.command("cost")
def cost(
    quick: Quick = False,
    store: Folder = STORE,
    workers: Workers = None,
    figure: FigureFile = None,
    seed: options.Seed = 0,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Read the cost of a fixed ability off the studies `shift` and `paradigm`; what is kept is not run again.

    Examples:

      curveshift lab cost --quick

      curveshift lab cost --quick --figure cost.svg
    """
    _check(as_json, as_csv, output, figure)
    from curveshift.lab import cost as room
    from curveshift.lab import paradigm as third
    from curveshift.lab import shift as second

    with _bench("Training", store, workers, no_progress) as bench:
        shifted = second.shift((), second.QUICK if quick else second.FULL, seed=seed, bench=bench)
        reinforced = third.paradigm(third.QUICK if quick else third.FULL, seed=seed, bench=bench)
    found = room.cost(shifted, reinforced)
    words = ["cost", *(["--quick"] if quick else []), "--seed", str(seed)]
    shown = cost_tables(found)
    _draw(found, figure, shown)
    _deliver(cost_data(found), found.rows(), shown, words, seed, as_json, as_csv, output)


@contextmanager
def _bench(doing: str, store: Path, workers: int | None, quiet: bool) -> Iterator[Bench]:
    from curveshift.lab import Bench, Store
    from curveshift.lab.runtime import need_extra

    need_extra()
    with options.progress_bar(doing, quiet) as progress:
        made = Bench(Store(store), progress=progress)
        if workers is not None:
            made.workers = workers
        yield made


def _check(as_json: bool, as_csv: bool, output: Path | None, figure: Path | None) -> None:
    check_place(output)
    check_place(figure)
    chosen_form(as_json, as_csv, output)


def _draw(found: Any, figure: Path | None, shown: list[Any]) -> None:
    if figure is not None:
        from curveshift.present import plot

        plot(found).save(figure)
        shown.append(f"Written: {figure}")


def _deliver(
    data: dict[str, Any], rows: Any, shown: list[Any], words: list[str], seed: int,
    as_json: bool, as_csv: bool, output: Path | None,
) -> None:  # fmt: skip
    from curveshift import __version__

    command = shlex.join(["curveshift", "lab", *words])
    meta = {"curveshift": __version__, "command": command, "seed": seed}
    report = Report({"meta": meta, "result": data, "runs": rows}, rows, [*shown, f"Again: {command}"])
    deliver(report, as_json, as_csv, output)
