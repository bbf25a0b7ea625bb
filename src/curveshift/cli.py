"""The command line: one verb per command, each in `curveshift.commands`."""

from __future__ import annotations

import gc
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from curveshift import __version__
from curveshift.errors import CurveshiftError

BAD_INPUT = 2
OUR_FAULT = 1
INTERRUPTED = 130
# Importing makes many objects and frees few: looking for garbage meanwhile costs a tenth of a short command.
GARBAGE_AFTER = 100_000

# Each verb and the module of `curveshift.commands` that holds it; only the one that is asked for is imported.
VERBS = {
    "brief": "briefing",
    "run": "running",
    "compare": "running",
    "explain": "explaining",
    "sensitivity": "driving",
    "dose": "driving",
    "discover": "driving",
    "backtest": "backtesting",
    "robust": "deciding",
    "pareto": "deciding",
    "shapley": "deciding",
    "voi": "learning",
    "condition": "learning",
    "classify": "ruling",
    "timeline": "ruling",
    "frontier": "ruling",
    "fit": "laws",
    "plan": "planning",
    "trend": "trending",
    "calibrate": "trending",
    "claims": "claiming",
    "app": "serving",
}
GROUPS = {
    "rules": "rules",
    "laws": "laws",
    "policies": "records",
    "assumptions": "records",
    "facts": "tables",
    "trends": "reading",
    "lab": "lab",
}


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"curveshift {__version__}")
        raise typer.Exit


def start(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Measure, simulate and test an argument about AI progress and the chips that drive it.

    Exit codes: 0 when all is well, 2 for bad input, 1 for a fault of curveshift itself.

    Example: curveshift brief -o brief.html
    """


def application(words: Sequence[str] = ()) -> typer.Typer:
    """The command line with the verb that the words begin with, or with all verbs."""
    asked = words[0] if words else ""
    names = [asked] if asked in VERBS or asked in GROUPS else [*VERBS, *GROUPS]
    # Plain help: the richer one costs more than everything else at start.
    app = typer.Typer(name="curveshift", rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback()(start)
    for name in names:
        module = import_module(f"curveshift.commands.{VERBS.get(name) or GROUPS[name]}")
        if name in VERBS:
            app.command(name)(getattr(module, name))
        else:
            app.add_typer(getattr(module, name), name=name)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process unless given.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(_run(words or ["--help"]))


def _run(words: list[str]) -> int:
    debug = "--debug" in words
    gc.set_threshold(GARBAGE_AFTER)
    try:
        done = typer.main.get_command(application(words)).main(
            words, prog_name="curveshift", standalone_mode=False
        )
        sys.stdout.flush()
        return done if isinstance(done, int) else 0
    except CurveshiftError as error:
        return _fail(str(error), BAD_INPUT, debug)
    except typer.Abort:
        return _fail("stopped", INTERRUPTED, debug)
    except BrokenPipeError:
        # The reader of a pipe has seen enough; Python must not complain about it while it closes stdout.
        sys.stdout = None
        return 0
    except Exception as error:
        # What the parser raises for wrong usage has its own words and code in every version of Typer.
        words_of = getattr(error, "format_message", None)
        if callable(words_of):
            told = " ".join(str(words_of()).split()) or "use --help"
            return _fail(told, int(getattr(error, "exit_code", BAD_INPUT)) or BAD_INPUT, debug)
        hint = "" if debug else " (--debug shows where)"
        return _fail(f"curveshift itself failed: {type(error).__name__}: {error}{hint}", OUR_FAULT, debug)


def _fail(what: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    sys.stderr.write(f"curveshift: {what}\n")
    return code
