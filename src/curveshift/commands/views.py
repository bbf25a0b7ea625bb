"""How a summary of one policy and a comparison of several look as tables and as rows of numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from curveshift.commands.output import short, table, year_month

if TYPE_CHECKING:
    from curveshift.decide import Comparison, Difference, Estimate, FlipTable, LagShare, Summary, WorldShares
    from curveshift.present import BriefSummary

    Rows = Iterator[dict[str, Any]]


def run_tables(found: Summary, window: int) -> Iterator[Any]:
    """One policy for people, 80 columns wide."""
    rows = [
        [m.when[:7]]
        + [short(x.median) for x in (m.legal, m.diverted, m.domestic, m.china, m.us)]
        + [f"{m.share_owned.median:.1%}"]
        + [f"{m.lag_months.median:.0f} ({m.lag_months.low:.0f} to {m.lag_months.high:.0f})"]
        for m in found.moments
    ]
    head = ["end of", "legal", "diverted", "domestic", "China", "US", "share", "lag (80 %), months"]
    yield table(
        f"{found.policy}: installed base, medians, {found.unit}; China's lag behind the US", head, rows
    )
    yield _lag_table("P(lag at crossing of the threshold > months)", found.lag_at_crossing)
    if found.lag_at_date:
        when = found.lag_at_date[0].by
        cells = [", ".join(f"> {s.months:g} months: {_chance(s.unconditioned)}" for s in found.lag_at_date)]
        yield f"P(lag on {when}, level), all draws: {cells[0]}"
    yield _world_table(found.worlds, window)
    yield table(
        "When China's installed base passes a mark (H100e, 16 bit)",
        ["mark", "median", "10th percentile", "90th percentile", "by the horizon"],
        [
            [
                short(m.h100e),
                *(year_month(x.value) for x in (m.median_year, m.low_year, m.high_year)),
                _chance(m.reached),
            ]
            for m in found.marks
        ],
    )
    binding = {name: x for name, x in found.binding.items() if x.value >= 0.005}
    words = ", ".join(
        f"{name} {x.value:.0%}" for name, x in sorted(binding.items(), key=lambda p: -p[1].value)
    )
    yield f"Limits that bind, share of months after the as-of date: {words or 'none'}"
    yield (
        f"US vendors' revenue from China, as-of date to horizon, median: {short(found.us_revenue_usd.value)} USD;"
        f" fees and tariffs on it: {short(found.us_fees_usd.value)} USD"
    )
    if found.failed:
        yield f"{found.failed} draws failed and weigh nothing"


def brief_tables(found: BriefSummary) -> Iterator[Any]:
    """The brief in short, 80 columns wide."""
    yield "\n".join(found.headline)
    rows = []
    for p in found.policies:
        mixture = p.worlds["mixture"]
        stock, lag = p.china_stock_h100e, p.lag_months
        rows.append(
            [
                p.policy,
                f"{short(stock.median)} ({short(stock.low)}-{short(stock.high)})",
                f"{lag.median:.0f} ({lag.low:.0f} to {lag.high:.0f})",
                *(f"{mixture[world].value:.2f}" for world in ("unipolar-us", "bipolar", "not-yet")),
            ]
        )
    head = ["policy", "China, H100e (80 %)", "lag, months", "unipolar-us", "bipolar", "not-yet"]
    title = f"End of {found.year}; worlds at a window of 12 months, mixture of the thresholds"
    yield table(title, head, rows)
    yield (
        f"Written: {found.path} ({found.seconds:.0f} s; scenario {found.scenario_hash[:12]},"
        f" facts {found.facts_digest[:12]})"
    )


def brief_rows(found: BriefSummary) -> Rows:
    """One number a row."""
    for p in found.policies:
        for name, x in (
            ("china_stock_h100e", p.china_stock_h100e),
            ("china_share_used", p.china_share_used),
            ("lag_months", p.lag_months),
        ):
            for what, value in (("p10", x.low), ("p50", x.median), ("p90", x.high)):
                yield {
                    "policy": p.policy, "quantity": name, "when": found.year, "threshold": "",
                    "statistic": what, "value": value, "monte_carlo_error": None,
                }  # fmt: skip
        for threshold, shares in p.worlds.items():
            for world, chance in shares.items():
                yield {
                    "policy": p.policy, "quantity": f"p_{world}", "when": "", "threshold": threshold,
                    "statistic": "conditioned", "value": chance.value, "monte_carlo_error": chance.error,
                }  # fmt: skip


def _lag_table(title: str, shares: tuple[LagShare, ...]) -> Any:
    by_threshold: dict[str, list[LagShare]] = {}
    for share in shares:
        by_threshold.setdefault(share.threshold, []).append(share)
    months = [s.months for s in next(iter(by_threshold.values()))]
    rows = [
        [name, *(f"{_chance(s.probability)} ({s.unconditioned.value:.2f})" for s in group)]
        for name, group in by_threshold.items()
    ]
    return table(f"{title}; in brackets all draws", ["threshold", *(f"> {m:g}" for m in months)], rows)


def _world_table(shares: tuple[WorldShares, ...], window: int) -> Any:
    names = list(shares[0].shares)
    rows = []
    for s in shares:
        gone = f"{s.crossed_by_as_of.value:.2f}"
        rows.append([s.threshold, *(f"{s.shares[w].value:.2f}" for w in names), gone])
        rows.append(["  all draws", *(f"{s.unconditioned[w].value:.2f}" for w in names), ""])
    error = max((s.shares[w].error for s in shares for w in names), default=0.0)
    title = (
        f"Worlds at a window of {window} months (Monte Carlo error at most {error:.3f}),\n"
        "given that no bloc had crossed by the as-of date; left out*; and over all draws"
    )
    return table(title, ["threshold", *names, "left out*"], rows)


def flip_tables(found: FlipTable) -> Iterator[Any]:
    """For each verdict, the values of single assumptions that would reverse it."""
    for verdict in found.verdicts:
        rows = [
            [
                flip.assumption,
                flip.at(short),
                f"{100 * flip.prior_beyond:.0f} %",
                "" if flip.supported else "weakly supported",
            ]
            for flip in verdict.flips
        ]
        holds = "holds" if verdict.holds else "does not hold"
        title = f"{verdict.sentence}: {holds}; {len(verdict.unmoved)} assumptions alone cannot turn it"
        yield table(title, ["assumption", "turns it", "prior beyond", ""], rows, words=2)


def compare_tables(found: Comparison) -> Iterator[Any]:
    """Each policy against the base, then the chips of all, 80 columns wide."""
    for name in (p for p in found.policies if p != found.base):
        rows = [_difference_row(d) for d in found.differences if d.policy == name]
        head = ["quantity", "when", "base", "policy", "change", "5 %", "95 %", "P(more)"]
        title = f"{name} minus {found.base}: medians over all draws, difference draw by draw"
        yield table(title, head, rows, words=2)
        worlds = [w for w in found.worlds if w.policy == name]
        rows = [
            [
                w.threshold,
                w.world,
                _chance(w.there),
                _chance(w.here),
                f"{w.difference.value:+.3f} ±{w.difference.error:.3f}",
            ]
            for w in worlds
            if max(w.here.value, w.there.value) >= 0.005
        ]
        head = ["threshold", "world", "base", "policy", "difference"]
        yield table(f"{name}: worlds at a window of {found.window_months} months", head, rows, words=2)
    chips: dict[tuple[str, str], list[str]] = {}
    days = list(dict.fromkeys(c.when for c in found.channels))[-2:]
    for c in (c for c in found.channels if c.when in days):
        words = f"{short(c.median)} ({short(c.low)} to {short(c.high)})"
        chips.setdefault((c.policy, c.flow), []).append(words)
    title = "Chips as sold since 2022, by flow: medians (80 %)"
    cells = [[*key, *shown] for key, shown in chips.items()]
    yield table(title, ["policy", "flow", *(f"by {day}" for day in days)], cells, words=2)


def _difference_row(d: Difference) -> list[str]:
    """One difference in at most 80 columns."""
    over_time = " to " in d.when
    when = d.when.rpartition(" to ")[2] if over_time else d.when.removesuffix(" H100e")
    show = year_month if d.unit == "year" else short
    return [
        _quantity(d.quantity),
        f"to {when[:7]}" if over_time else when.removesuffix("-31"),
        show(d.there.value),
        show(d.here.value),
        *(_gap(x.value, d.unit) for x in (d.median, d.low, d.high)),
        f"{d.above.value:.2f}",
    ]


def _gap(value: float, unit: str) -> str:
    if not math.isfinite(value):
        return "-"
    if unit == "year":
        return f"{12.0 * value:+.0f} mo"
    # What rounds to nothing has no sign.
    return (f"{value:+.1f}" if abs(value) >= 0.05 else "0.0") if unit == "months" else short(value)


def _quantity(name: str) -> str:
    return {
        "china_stock": "China's H100e",
        "lag": "lag, months",
        "china_reaches": "China passes",
        "us_revenue": "US revenue, $",
        "us_fees": "fees, $",
        "chips_legal": "legal chips",
        "chips_diverted": "diverted chips",
        "chips_seized": "seized chips",
        "chips_domestic": "domestic chips",
    }[name]


def run_rows(found: Summary) -> Rows:
    """One number a row: a quantile over draws, or a probability with its Monte Carlo error."""

    def row(
        quantity: str, unit: str, when: str, threshold: str, what: str, x: Estimate | float
    ) -> dict[str, Any]:
        value, error = (x, None) if isinstance(x, float) else (x.value, x.error)
        return {
            "policy": found.policy,
            "quantity": quantity,
            "unit": unit,
            "when": when,
            "threshold": threshold,
            "statistic": what,
            "value": value,
            "monte_carlo_error": error,
        }

    for m in found.moments:
        for name, unit, spread in (
            ("china_legal", found.unit, m.legal),
            ("china_diverted", found.unit, m.diverted),
            ("china_domestic", found.unit, m.domestic),
            ("china", found.unit, m.china),
            ("us", found.unit, m.us),
            ("china_share_owned", "share", m.share_owned),
            ("lag_level", "months", m.lag_months),
        ):
            for what, value in (("p10", spread.low), ("p50", spread.median), ("p90", spread.high)):
                yield row(name, unit, m.when, "", what, value)
    for share in (*found.lag_at_crossing, *found.lag_at_date):
        name = f"p_lag_exceeds_{share.months:g}_months"
        yield row(name, "probability", share.by, share.threshold, "conditioned", share.probability)
        yield row(name, "probability", share.by, share.threshold, "all_draws", share.unconditioned)
    for w in found.worlds:
        for world, chance in w.shares.items():
            name = f"p_{world}_window_{w.window_months}_months"
            yield row(name, "probability", "", w.threshold, "conditioned", chance)
            yield row(name, "probability", "", w.threshold, "all_draws", w.unconditioned[world])
    for mark in found.marks:
        for what, year in (("p10", mark.low_year), ("p50", mark.median_year), ("p90", mark.high_year)):
            yield row(f"china_passes_{mark.h100e:.0f}_h100e", "year", "", "", what, year)
    for limit, months in found.binding.items():
        yield row(f"binding_{limit}", "share of months", "", "", "mean", months)
    for name, money in (("us_revenue", found.us_revenue_usd), ("us_fees", found.us_fees_usd)):
        yield row(name, "usd", "", "", "p50", money)


def compare_rows(found: Comparison) -> Rows:
    """One number a row, each with its Monte Carlo error."""
    for d in found.differences:
        statistics = {
            "policy_p50": d.here, "base_p50": d.there, "difference_p05": d.low, "difference_p50": d.median,
            "difference_p95": d.high, "p_above_base": d.above, "p_below_base": d.below,
        }  # fmt: skip
        for what, x in statistics.items():
            yield _compare_row(d.policy, d.base, d.quantity, d.unit, d.when, "", what, x)
    for w in found.worlds:
        name = f"p_{w.world}_window_{w.window_months}_months"
        for what, x in (("policy", w.here), ("base", w.there), ("difference", w.difference)):
            yield _compare_row(w.policy, w.base, name, "probability", "", w.threshold, what, x)


def _compare_row(
    policy: str, base: str, quantity: str, unit: str, when: str, threshold: str, what: str, x: Estimate
) -> dict[str, Any]:
    return {
        "policy": policy,
        "base": base,
        "quantity": quantity,
        "unit": unit,
        "when": when,
        "threshold": threshold,
        "statistic": what,
        "value": x.value,
        "monte_carlo_error": x.error,
    }


def _chance(x: Estimate) -> str:
    return f"{x.value:.2f} ±{x.error:.2f}"


def foot(basis: dict[str, Any]) -> str:
    """What a result rests on, in two lines."""
    changed = "".join(f"\nChanged: {change}" for change in basis["changes"])
    return (
        f"curveshift {basis['curveshift']}, {basis['draws']:,} draws, seed {basis['seed']}, as of {basis['as_of']}, "
        f"feedback {basis['feedback']}, {'tied to the observed frontier' if basis['tied'] else 'untied'}, "
        f"scenario {basis['scenario_sha256'][:12]}, facts {basis['facts_sha256'][:12]}."
        f" Bands are uncertainty; ± is Monte Carlo error.{changed}"
    )
