"""How sensitivities, doses and boxes look as tables and as rows of numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from curveshift.commands.output import short, table

if TYPE_CHECKING:
    from curveshift.decide import Bar, Discovery, DoseResponse, Estimate, Importance, Sensitivity, Tornado
    from curveshift.decide.groups import GroupIndex, OutcomeShares
    from curveshift.decide.indices import Interval

    Rows = Iterator[dict[str, Any]]

SHORT = {"unipolar-us": "uni-us", "unipolar-china": "uni-cn", "china_stock": "stock"}
MOST = 15


def share_tables(found: Sensitivity) -> Iterator[Any]:
    """Total and first order of each group by outcome, in per cent of the variance."""
    driven = [o for o in found.outcomes if o.groups]
    if driven:
        order = [g.group for g in driven[0].groups]
        head = ["group", *(SHORT.get(o.outcome, o.outcome) for o in driven)]
        for title, of in (
            ("total order: what would stay if all else were known", "total"),
            ("first order: what would go if the group were known", "first"),
        ):
            rows = [[name, *(_cell(o.group(name), of) for o in driven)] for name in order]
            yield table(f"{found.policy}: per cent of the variance, {title} (± 95 %)", head, rows)
        for o in driven:
            name = SHORT.get(o.outcome, o.outcome)
            yield f"{name}: {o.meaning}; mean {_amount(o, o.mean)}, deviation {_amount(o, o.deviation)}"
    for o in found.outcomes:
        if o.why_not:
            yield f"{o.outcome}: {o.why_not}"
    if any(not g.estimable for o in driven for g in o.groups):
        yield "*: wider than ± 20: not estimable with so many rows"
    size = f"{found.rows:,} rows, {found.draws:,} draws, {found.assumptions} uncertain assumptions."
    yield f"{size} {' '.join(found.notes)}"


def share_rows(found: Sensitivity) -> Rows:
    """One index a row."""
    for o in found.outcomes:
        for g in o.groups:
            for order, i in (("first", g.first), ("total", g.total), ("deviation_of_mean", g.spread)):
                yield {
                    "outcome": o.outcome, "group": g.group, "order": order, "value": i.value, "low": i.low,
                    "high": i.high, "estimable": g.estimable,
                }  # fmt: skip


def tornado_tables(found: Tornado) -> Iterator[Any]:
    """The widest bars, the largest indices, and how many are not told from zero."""
    event = found.outcome.is_event
    rows = [
        [
            b.assumption,
            _mean(b.low, event),
            _mean(b.high, event),
            f"{_mean(b.swing, event)} ± {_mean(b.swing, event, error=True)}",
            _own_share(b),
        ]
        for b in found.bars[:MOST]
    ]
    head = ["assumption", "lowest", "highest", "change", "variance, %"]
    yield table(
        f"{found.outcome.policy}: mean {found.outcome.meaning} ({found.outcome.unit})\n"
        "in the lowest and highest tenth of each assumption; its own share of the variance",
        head,
        rows,
    )
    yield (
        f"Over all draws: {_mean(found.mean, event)}. {len(found.seen)} of {len(found.bars)} assumptions are told from "
        f"zero with {found.draws:,} draws; the others are not distinguishable from no effect of their own."
    )
    yield from found.notes


def tornado_data(found: Tornado) -> dict[str, Any]:
    """Plain content for JSON."""
    return {
        "policy": found.outcome.policy, "outcome": found.outcome.name, "meaning": found.outcome.meaning,
        "unit": found.outcome.unit, "mean": found.mean, "draws": found.draws, "bars": found.bars,
        "unseen": found.unseen, "notes": found.notes,
    }  # fmt: skip


def tornado_rows(found: Tornado) -> Rows:
    """One assumption a row."""
    for b in found.bars:
        yield {
            "assumption": b.assumption, "group": b.group, "low_value": b.low_value, "high_value": b.high_value,
            "outcome_at_low": b.low.value, "outcome_at_high": b.high.value, "change": b.swing.value,
            "change_error": b.swing.error, "first_order": b.first.value, "first_order_low": b.first.low,
            "first_order_high": b.first.high, "seen": b.seen,
        }  # fmt: skip


def range_tables(found: Importance) -> Iterator[Any]:
    """For each outcome the ranges of sets and groups in one order."""
    for o in found.outcomes:
        if not o.groups:
            yield f"{o.outcome}: {o.why_not}"
            continue
        event = o.unit == "probability"
        lines = [
            (s.width.value, f"policies: {s.name}", _plus(s.width, event), f"{s.low_policy} > {s.high_policy}")
            for s in o.sets
        ]
        lines += [(g.width.value, g.group, _spanned(g.width, event), "") for g in o.groups]
        lines.sort(key=lambda line: -line[0])
        rows = [
            [name, told, _share(value) if event else f"{value:.3g}", spread]
            for value, name, spread, told in lines
        ]
        yield table(
            f"{o.meaning}, {o.unit}: range of the mean",
            ["what is moved", "from, to", "range", "95 %"],
            rows,
            words=2,
        )
    yield (
        f"Groups: from the 10th to the 90th percentile of the mean given the group, under {found.policy}. "
        f"Policies: between the least and the greatest mean. {' '.join(found.shares.notes)}"
    )


def range_rows(found: Importance) -> Rows:
    """One range a row."""
    for o in found.outcomes:
        for s in o.sets:
            yield {
                "outcome": o.outcome, "kind": "policies", "moved": s.name, "range": s.width.value,
                "low": s.width.value - 1.96 * s.width.error, "high": s.width.value + 1.96 * s.width.error,
                "from": s.low_policy, "to": s.high_policy,
            }  # fmt: skip
        for g in o.groups:
            yield {
                "outcome": o.outcome, "kind": "group", "moved": g.group, "range": g.width.value,
                "low": g.width.low, "high": g.width.high, "from": "", "to": "",
            }  # fmt: skip


def dose_tables(found: DoseResponse) -> Iterator[Any]:
    """Each dose, then the inflow set and met at five percentiles."""
    names = ("lag", "lag_over_12", "unipolar-us", "bipolar")
    head = ["inflow", "median H100e", "lag", "lag > 12", "uni-us", "bipolar"]
    rows = [
        [
            d.policy if d.factor is None else f"x {d.factor:g}",
            short(d.inflow_h100e[1].value),
            *(_mean(d.outcomes[name], name != "lag") for name in names),
        ]
        for d in found.doses
    ]
    yield table(
        f"{found.policy}: interventions on China's foreign chips{' and rent' if found.rented else ''}; "
        f"inflow in {found.years},\n"
        f"mean lag on {found.by} in months, worlds at {found.threshold}, window {found.window_months} months",
        head,
        rows,
    )
    rows = [
        [
            f"{p.percentile} %",
            short(p.inflow_h100e),
            *(
                f"{_mean(p.fixed[name], name != 'lag')} / {_mean(p.met[name], name != 'lag')}"
                for name in names
            ),
            f"{p.beyond:.0%}",
        ]
        for p in found.points
    ]
    yield table(
        "The same inflow set in every draw / met in the draws that happen to have it",
        ["percentile", "H100e", "lag", "lag > 12", "uni-us", "bipolar", "beyond"],
        rows,
    )
    changes = ", ".join(
        f"{name} {_signed(found.fixed_range[name], name)} (met: {_signed(found.met_range[name], name)})"
        for name in ("lag", "bipolar")
    )
    yield f"From the 10th to the 90th percentile: {changes}."
    yield found.why_they_differ
    yield "Beyond: draws that no multiple brings to this inflow; they count at their nearest."


def dose_data(found: DoseResponse) -> dict[str, Any]:
    """Plain content for JSON."""
    return {f.name: getattr(found, f.name) for f in fields(found) if f.name != "ensemble"}


def dose_rows(found: DoseResponse) -> Rows:
    """One number a row."""
    for d in found.doses:
        for name, e in d.outcomes.items():
            yield {
                "how": "dose", "inflow": d.policy if d.factor is None else f"x {d.factor:g}",
                "h100e": d.inflow_h100e[1].value, "outcome": name, "value": e.value, "monte_carlo_error": e.error,
            }  # fmt: skip
    for p in found.points:
        for how, outcomes in (("set", p.fixed), ("met", p.met)):
            for name, e in outcomes.items():
                yield {
                    "how": how, "inflow": f"percentile {p.percentile}", "h100e": p.inflow_h100e, "outcome": name,
                    "value": e.value, "monte_carlo_error": e.error,
                }  # fmt: skip


def discovery_tables(found: Discovery) -> Iterator[Any]:
    """Each box in words with its numbers, then the tree."""
    given = ", given that no bloc had crossed by the as-of date" if found.conditioned else ", over all draws"
    yield (
        f"{found.world} at {found.threshold}, window {found.window_months} months, under {found.policy}{given}: "
        f"{found.base_share:.0%}"
    )
    for i, box in enumerate(found.boxes, 1):
        s = box.shares
        yield table(
            f"Box {i}: density {s.density:.0%} ± {box.density_error:.1%}, coverage {s.coverage:.0%}, mass {s.mass:.0%}",
            ["where", "quasi-p"],
            [[r.words, f"{r.quasi_p:.0e}"] for r in box.restrictions],
        )
    rows = [
        [f"{'  ' * b.depth}{b.words or 'all draws'}", f"{b.share:.0%}", f"{b.mass:.0%}"] for b in found.tree
    ]
    yield table("Tree", ["where", found.world, "of draws"], rows)
    yield f"{found.draws:,} draws, {found.assumptions} assumptions. {' '.join(found.notes)}"


def discovery_data(found: Discovery) -> dict[str, Any]:
    """Plain content for JSON."""
    return {f.name: getattr(found, f.name) for f in fields(found) if f.name != "ensemble"}


def discovery_rows(found: Discovery) -> Rows:
    """One condition a row."""
    for i, box in enumerate(found.boxes, 1):
        for r in box.restrictions:
            yield {
                "box": i, "assumption": r.assumption, "low": r.low, "high": r.high, "unit": r.unit,
                "prior_low": r.prior[0], "prior_high": r.prior[1], "quasi_p": r.quasi_p,
                "density": box.shares.density, "coverage": box.shares.coverage, "mass": box.shares.mass,
            }  # fmt: skip


def _cell(g: GroupIndex, of: str) -> str:
    i: Interval = getattr(g, of)
    # A negative estimate of a share says that it is not told from zero.
    return f"{100 * i.value:.0f} ±{100 * i.half_width:.0f}{'' if g.estimable else '*'}".replace("-0 ", "0 ")


def _amount(o: OutcomeShares, value: float) -> str:
    return f"{value:.0%}" if o.unit == "probability" else f"{value:.3g} {o.unit}"


def _mean(e: Estimate, event: bool, *, error: bool = False) -> str:
    value = e.error if error else e.value
    return f"{value:.0%}" if event else f"{value:.2f}" if error else f"{value:.3g}"


def _share(value: float) -> str:
    return f"{value:.0%}"


def _plus(e: Estimate, event: bool) -> str:
    return f"± {_share(1.96 * e.error)}" if event else f"± {1.96 * e.error:.2g}"


def _spanned(i: Interval, event: bool) -> str:
    return f"{_share(i.low)} to {_share(i.high)}" if event else f"{i.low:.2g} to {i.high:.2g}"


def _signed(e: Estimate, name: str) -> str:
    error = 1.96 * e.error
    return f"{e.value:+.1f} months ± {error:.1f}" if name == "lag" else f"{e.value:+.0%} ± {error:.0%}"


def _own_share(bar: Bar) -> str:
    i = bar.first
    if not bar.seen:
        return "not seen"
    return f"{100 * i.value:.1f} ({100 * max(i.low, 0):.1f}-{100 * i.high:.1f})"
