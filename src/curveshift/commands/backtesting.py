"""``backtest``: forecasts from days in the past, and how good they were."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curveshift.commands import options
from curveshift.commands.output import Report, check_place, chosen_form, deliver, short, table

if TYPE_CHECKING:
    from rich.console import Group

    from curveshift.decide import Backtest, Forecast, SeriesScore

Origins = Annotated[
    list[str] | None,
    typer.Option("--origin", metavar="DATE", help="Day from which to forecast; may be repeated."),
]
Horizons = Annotated[
    list[int] | None, typer.Option("--horizon", metavar="MONTHS", help="Months ahead; may be repeated.")
]
Series = Annotated[
    list[str] | None,
    typer.Option("--series", metavar="NAME", help="Such as purchases, shipments, lag; may be repeated."),
]
Priors = Annotated[str, typer.Option(help="Assumptions: restated for each day, or those of today.")]
DRAWS = 1024
PAGE = ".html"


def backtest(
    origin: Origins = None,
    horizon: Horizons = None,
    series: Series = None,
    priors: Priors = "restated",
    draws: options.Draws = DRAWS,
    seed: options.Seed = 0,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    as_json: options.Json = False,
    as_csv: options.Csv = False,
    output: options.Output = None,
    no_progress: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Forecast from days in the past with what could be known on them, and score what came.

    The settings are hashed before the first score. With -o FILE.html the hits and misses are drawn on one page.

    Examples:

      curveshift backtest

      curveshift backtest --origin 2025-01-29 --series purchases --series lag

      curveshift backtest -o backtest.html
    """
    check_place(output)
    drawn = output is not None and output.suffix.lower() == PAGE and not (as_json or as_csv)
    if not drawn:
        chosen_form(as_json, as_csv, output)
    from curveshift.decide.backtests import backtest as score

    with (
        options.computing(workers, cluster),
        options.progress_bar("Forecasting from the past", no_progress) as progress,
    ):
        found = score(origin, horizon, series, priors=priors, draws=draws, seed=seed, progress=progress)
    report = Report(_data(found), list(_flat(found)), list(_shown(found)))
    if drawn and output is not None:
        from curveshift.present import plot

        plot(found).save(output)
        sys.stderr.write(f"Written: {output}\n")
        output = None
    deliver(report, as_json, as_csv, output)


def _data(found: Backtest) -> dict[str, Any]:
    return {
        "settings_sha256": found.settings_hash,
        "facts_sha256": found.facts_digest,
        "settings": found.settings,
        "scores": found.scores,
        "forecasts": found.forecasts,
        "bases": found.bases,
        "priors": {
            str(day): dict(zip(("restated", "widened", "as_today"), counts, strict=True))
            for day, counts in found.priors.items()
        },
        "notes": found.notes,
    }


def _flat(found: Backtest) -> Iterator[dict[str, Any]]:
    """One row a forecast, on the scale of its score."""
    for f in found.forecasts:
        yield {
            "series": f.series,
            "item": f.item,
            "policy": f.policy,
            "origin": f.origin,
            "horizon_months": f.horizon_months,
            "target": f.target,
            "status": f.status,
            "q05": f.quantiles.get(0.05),
            "q50": f.quantiles.get(0.5),
            "q95": f.quantiles.get(0.95),
            "observed": None if f.observed is None else f.observed[1],
            "last_known": f.last_known,
            "crps": f.crps,
            **{f"crps_{name.replace(' ', '_')}": f.naive.get(name) for name in found.settings["baselines"]},
            "in_90": f.inside.get(0.9),
            "why": f.why,
            "settings_sha256": found.settings_hash,
        }


def _shown(found: Backtest) -> Iterator[Group | str]:
    yield f"Settings, fixed before scoring: SHA-256\n{found.settings_hash}"
    head = ("series", "n", "CRPS", "naive", "skill", "90 % interval of it")
    parts = ("series", "in 50 %", "in 80 %", "in 90 %")
    for policy, title in (("frozen", "Rules of the day kept"), ("as-came", "Rules as they came")):
        own = [s for s in found.scores if s.policy == policy]
        yield table(title, head, [_row(s) for s in own])
        yield table(
            f"{title}: what came lay in the central interval, % of n", parts, [_inside(s) for s in own]
        )
    waiting = [f for f in found.to_be_scored if f.policy == "frozen"]
    if waiting:
        title = "Forecasts that wait for what is not known yet, rules of the day kept"
        yield table(
            title, ("series", "from", "quarter to", "5 %", "median", "95 %"), [_waits(f) for f in waiting]
        )
    hindcasts = sum(basis.word == "hindcast" for basis in found.bases)
    restated, widened, kept = next(iter(found.priors.values()))
    yield (
        f"{hindcasts} of {len(found.bases)} pairs of series and origin are hindcasts: rows knowable by the origin, in "
        f"today's vintage. {restated} assumptions are restated for each origin, {widened} widened around today's "
        f"centre, and {kept} uncertain ones are left as set in 2026. Skill is 1 less CRPS over that of the naive "
        "forecast that did best; its interval is from bootstrap samples of the few origins, which the n forecasts "
        "share. Intervals of coverage take forecasts as independent, which they are not."
    )
    yield from found.notes


def _row(s: SeriesScore) -> tuple[str, ...]:
    best = f"{s.naive[s.best]:.3f} {s.best.split()[0]}" if s.best else "-"
    span = "-" if s.skill_range is None else f"{s.skill_range[0]:+.2f} to {s.skill_range[1]:+.2f}"
    return (
        s.series, f"{s.forecasts}", "-" if s.crps is None else f"{s.crps:.3f}", best,
        "-" if s.skill is None else f"{s.skill:+.2f}", span,
    )  # fmt: skip


def _inside(s: SeriesScore) -> tuple[str, ...]:
    """Shares with the 90 % interval that as many independent trials would have."""
    shares = s.coverage.values()
    return (s.series, *(f"{100 * x:.0f} ({100 * low:.0f} to {100 * high:.0f})" for x, low, high in shares))


def _waits(f: Forecast) -> tuple[str, ...]:
    from curveshift.decide.backtest_series import natural

    name = f"{f.series}{f', {f.item}' if f.item else ''}"
    values = (natural(f.series, f.quantiles[share]) for share in (0.05, 0.5, 0.95))
    # Letters for thousands end at a trillion.
    ends = (f"{x:.1e}" if x >= 1e15 else short(x) for x in values)
    return (name, str(f.origin), str(f.target), *ends)
