"""The brief's tables: lags by policy and stance, outcomes, flips, limits, and the ledger of assumptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Final

from . import headline, page, reading, wording, words
from .compute_figures import UNIT_SHORT
from .headline import Reading

if TYPE_CHECKING:
    import pandas as pd

    from curveshift.decide import Estimate, FlipTable, PolicyCell
    from curveshift.world.ensemble import Ensemble

Show = Callable[[float], str]

FLIPS_SHOWN: Final = 8
KINDS: Final = {
    "measured": "read from a published record",
    "fitted": "fitted to data",
    "judgement": "chosen by the authors, with the reason given",
}


def overview(found: Reading) -> str:
    """The main numbers, one row per policy."""
    threshold = headline.main_threshold(list(found.policies[0].worlds))
    months = list(found.policies[0].lag_above[threshold])
    head = [
        "Median (80 % interval)",
        f"China owns, 16-bit H100e, end of {found.year}",
        "uses of the world's",
        "trails by, months",
        *(f"P(lag > {m:g} months)" for m in months),
    ]
    rows = []
    for p in found.policies:
        stock, share, lag = p.china_stock_h100e, p.china_share_used, p.lag_months
        rows.append(
            [
                p.name,
                f"{words.number(stock.median)} ({words.span(stock.low, stock.high)})",
                f"{words.percent(share.median)} ({words.span(share.low, share.high, words.percent)})",
                f"{lag.median:.0f} ({lag.low:.0f} to {lag.high:.0f})",
                *(_with_error(p.lag_above[threshold][m]) for m in months),
            ]
        )
    caption = (
        f"P is the probability that the US crosses the threshold {threshold} by the horizon and China follows later "
        "than that; "
        "± is its Monte Carlo error in points."
    )
    return page.table(head, rows, caption=caption, kind="outcomes")


def _with_error(share: Estimate) -> str:
    return words.percent(share.value) + (f" ± {100 * share.error:.1f}" if share.error == share.error else "")


def lag_tables(cells: Sequence[PolicyCell], draws: int) -> str:
    """P(lag at crossing > months) by US part, Beijing part and feedback: one table per threshold."""
    thresholds = list(dict.fromkeys(c.threshold for c in cells))
    return "".join(
        page.folded(
            f"Threshold {t}", _lag_table([c for c in cells if c.threshold == t], t, draws), shown=not i
        )
        for i, t in enumerate(thresholds)
    )


def _lag_table(cells: Sequence[PolicyCell], threshold: str, draws: int) -> str:
    feedbacks = list(dict.fromkeys(c.feedback for c in cells))
    months = list(cells[0].exceeds)
    found = {(c.us_part, c.beijing_part, c.feedback): c for c in cells}
    top = '<th scope="col" rowspan="2">US part</th><th scope="col" rowspan="2">Beijing part</th>' + "".join(
        f'<th scope="colgroup" colspan="{len(months)}">feedback {escape(f)}</th>' for f in feedbacks
    )
    second = "".join(f'<th scope="col" class="n">&gt; {m:g} mo.</th>' for _ in feedbacks for m in months)
    rows = []
    for us, beijing in dict.fromkeys((c.us_part, c.beijing_part) for c in cells):
        heat = "".join(_heat(found[us, beijing, f].exceeds[m]) for f in feedbacks for m in months)
        rows.append(f'<tr><th scope="row">{escape(us)}</th><td>{escape(beijing)}</td>{heat}</tr>\n')
    gone = {c.feedback: words.percent(c.crossed_by_as_of.value) for c in cells}
    left_out = words.listed([f"{share} (feedback {feedback})" for feedback, share in gone.items()])
    caption = (
        f"Probability that the US crosses the threshold {threshold} by the horizon and China follows more than so "
        "many months later; "
        f"{draws:,} draws, of which {left_out} had crossed by the as-of date and are left out. "
        "Point at a number for its Monte Carlo error."
    )
    return (
        f'<div class="scroll"><table class="fit"><caption>{page.text(caption)}</caption>'
        f"<thead><tr>{top}</tr><tr>{second}</tr></thead>\n<tbody>\n{''.join(rows)}</tbody></table></div>\n"
    )


def _heat(share: Estimate) -> str:
    if share.value != share.value:
        return '<td class="n" title="no draw is left to judge">none</td>'
    # Two or three draws say next to nothing: an unknown error is told as such.
    error = f"± {100 * share.error:.1f} points" if share.error == share.error else "unknown"
    return (
        f'<td class="heat" style="--p:{share.value:.3f}" title="Monte Carlo error {error}">'
        f"{page.text(words.percent(share.value))}</td>"
    )


def outcomes(ensemble: Ensemble) -> str:
    """Stocks, shares, lags, dates and money, one column per policy."""
    policies = ensemble.policies
    last = ensemble.scenario.end.year
    years = [y for y in (2026, 2028, 2030, 2035) if y <= last]

    def row(label: str, name: str, day: str, f: Show = words.number, **at: str) -> list[str]:
        found = [label]
        for policy in policies:
            x = reading.at_date(ensemble, name, policy, day, **at)
            found.append(f"{f(x.median)} ({words.span(x.low, x.high, f)})")
        return found

    rows = []
    for unit in ("h100e_16bit", "rollout"):
        for year in years:
            where = f"{UNIT_SHORT[unit]}, end of {year}"
            rows.append(row(f"China owns, {where}", "china_stock", f"{year}-12-31", unit=unit))
            rows.append(row(f"US and allies own, {where}", "us_stock", f"{year}-12-31", unit=unit))
        for year in years:
            where = f"{UNIT_SHORT[unit]}, end of {year}"
            rows.append(
                row(
                    f"China uses of the world's {where}",
                    "china_share_used",
                    f"{year}-12-31",
                    words.percent,
                    unit=unit,
                )
            )
    day = reading.year_end(ensemble)
    for estimator in (str(e) for e in ensemble.bands["estimator"].values):
        label = f"Lag of China, end of {day[:4]}, by {estimator}"
        rows.append(row(label, "lag_months", day, words.months, estimator=estimator))
    rows += _dates(ensemble)
    end = f"{last}-12-31"
    since = f"{words.day(ensemble.scenario.as_of)} to {last}"
    for name, label in (
        ("us_revenue_usd", "US vendors' revenue from China"),
        ("us_fees_usd", "Fees and tariffs on it"),
    ):
        rows.append([f"{label}, USD, {since}", *(_per_draw(ensemble, name, p) for p in policies)])
    for year in years:
        label = f"China pays per 16-bit H100e, USD, in {year}"
        rows.append(
            [label, *(_per_draw(ensemble, "china_usd_per_h100e", p, year_end=year) for p in policies)]
        )
    rows.append(row(f"Chips seized on the way, 2022 to {last}", "cumulative_chips", end, flow="seized"))
    head = ["Median (80 % interval)", *(reading.label(ensemble, p) for p in policies)]
    return page.table(head, rows, caption="Outcomes by policy, over all draws.", kind="outcomes")


def _per_draw(ensemble: Ensemble, name: str, policy: str, **at: int) -> str:
    import numpy as np

    values = ensemble.draws[name].sel({"policy": policy, **at}).values
    low, middle, high = (float(x) for x in np.nanquantile(values, (0.1, 0.5, 0.9)))
    return f"{words.number(middle)} ({words.span(low, high)})"


def _dates(ensemble: Ensemble) -> list[list[str]]:
    import numpy as np

    end = reading.horizon(ensemble)
    rows = []
    for bloc, who in (("china", "China"), ("us", "US and allies")):
        for mark in ensemble.draws["mark"].values:
            found = [f"{who} own{'s' * (bloc == 'china')} {float(mark) / 1e6:g} million 16-bit H100e from"]
            for policy in ensemble.policies:
                years = ensemble.draws["stock_year"].sel(policy=policy, bloc=bloc, mark=mark).values
                low, middle, high = np.quantile(years, (0.1, 0.5, 0.9), method="inverted_cdf")
                dates = [words.when(float(x), end) for x in (middle, low, high)]
                found.append(f"{dates[0]} ({dates[1]} to {dates[2]})")
            rows.append(found)
    return rows


def flips(table: FlipTable) -> str:
    """Each verdict with the values of single assumptions that would turn it."""
    parts = []
    for v in table.verdicts:
        state = "holds" if v.holds else "does not hold"
        clear = "" if v.clear else ", within Monte Carlo error of turning"
        said = (
            f"{v.sentence}: {state}{clear} (score {v.value.value:.3f} ± {v.value.error:.3f}, "
            f"it holds above {v.cut:g})."
        )
        parts.append(f'<p class="keep"><strong>{page.text(said)}</strong></p>\n')
        rest = len(v.flips) - FLIPS_SHOWN
        if v.flips:
            rows = [
                [
                    f.meaning,
                    f.at(words.amount),
                    f"{words.amount(f.low)} to {words.amount(f.high)}",
                    words.percent(f.prior_beyond),
                    "supported" if f.supported else "weakly supported",
                ]
                for f in v.flips[:FLIPS_SHOWN]
            ]
            head = ["Assumption", "turned when", "90 % by Monte Carlo", "prior beyond", "in the draws"]
            parts.append(page.table(head, rows, numeric=False, kind="ledger"))
        other = " other" if v.flips else ""
        said = (
            f"No value inside its prior's 1 to 99 % range turns it for {len(v.unmoved)}{other} assumptions."
        )
        parts.append(page.paragraph(f"{rest} more are left out here. {said}" if rest > 0 else said, "soft"))
    return "".join(parts)


def limits(ensemble: Ensemble) -> str:
    """How often each limit binds."""
    binding = ensemble.draws["binding"].mean("draw")
    rows = [
        [str(limit), *(words.percent(float(binding.sel(policy=p, limit=limit))) for p in ensemble.policies)]
        for limit in binding["limit"].values
    ]
    caption = (
        f"Share of months after {words.day(ensemble.scenario.as_of)} in which a limit binds, mean over draws."
    )
    return page.table(["Limit", *ensemble.policies], rows, caption=caption, kind="fit")


def ledger(ensemble: Ensemble) -> str:
    """Every assumption by group: what it is, its value, of what kind it is, why, and on whose word."""
    records = sorted(ensemble.scenario.assumptions.values(), key=lambda a: a.dimension)
    counts: dict[str, dict[str, int]] = {}
    for record in records:
        of_group = counts.setdefault(record.group, dict.fromkeys(KINDS, 0))
        of_group[record.kind] = of_group.get(record.kind, 0) + 1
    total = _sums(counts)
    said = "; ".join(f"{n} {kind} ({KINDS.get(kind, 'other')})" for kind, n in total.items())
    parts = [page.paragraph(f"The model rests on {len(records)} uncertain numbers: {said}.")]
    head = ["Group", *total]
    rows = [[g, *(str(counts[g].get(k, 0)) for k in total)] for g in counts]
    parts.append(page.table(head, [*rows, ["all", *(str(n) for n in total.values())]], kind="fit"))
    for group in counts:
        lines = [
            [a.meaning, a.describe(), a.kind, a.why, "; ".join(s.cite for s in a.sources), a.name]
            for a in records
            if a.group == group
        ]
        columns = ["Assumption", "value (90 % interval)", "kind", "why", "source", "name"]
        inside = page.table(columns, lines, numeric=False, kind="ledger")
        parts.append(page.folded(f"{group}: {len(lines)} assumptions", inside))
    return "".join(parts)


def _sums(counts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    kinds = dict.fromkeys(kind for group in counts.values() for kind in group)
    return {kind: sum(group.get(kind, 0) for group in counts.values()) for kind in kinds}


def checks(frame: pd.DataFrame) -> str:
    """The checks against the record in numbers, as `record_figures.record_checks` frames them."""
    rows = []
    for r in frame.to_dict("records"):
        published = [r["published"], r["published_low"], r["published_high"]]
        model = [r["model"], r["model_low"], r["model_high"]]
        show = _log if str(r["unit"]).startswith("log10") else words.number
        told = [_triple(x, show) for x in (published, model)]
        rows.append([str(r["check"]), str(r["kind"]), str(r["unit"]), *told, str(r["verdict"])])
    head = ["Check", "kind", "unit", "published", "model (90 %)", "published value in the model's interval"]
    return page.table(head, rows, numeric=False, kind="ledger")


def misfit(ensemble: Ensemble) -> str:
    """The model without ties beside the observed frontier."""
    if not ensemble.misfits:
        return page.paragraph(wording.UNTIED, "soft")
    rows = []
    for m in ensemble.misfits:
        low, mid, high = m.difference_oom
        first, middle, last = (
            f"{x:+.0f}" if x < float("inf") else "beyond the horizon" for x in m.months_late
        )
        rows.append(
            [
                words.day(date.fromisoformat(m.when)), m.bloc, _log(m.observed[1]), _log(m.untied[1]),
                f"{mid:+.1f} ({low:+.1f} to {high:+.1f})", f"{middle} ({first} to {last})",
                words.percent(m.inside),
            ]
        )  # fmt: skip
    head = [
        "Date", "bloc", "observed", "model", "model less observed", "months late",
        "observed in the model's 90 % interval",
    ]  # fmt: skip
    return page.paragraph(wording.MISFIT) + page.table(head, rows, numeric=False, kind="fit")


def _log(value: float) -> str:
    return f"{value:.1f}"


def _triple(numbers: Sequence[float | None], f: Show) -> str:
    known = [None if x is None or x != x else f(x) for x in numbers]
    middle, low, high = known
    ends = (
        f"{low} to {high}"
        if low and high
        else f"at least {low}"
        if low
        else f"at most {high}"
        if high
        else ""
    )
    return f"{middle} ({ends})" if middle and ends else middle or ends
