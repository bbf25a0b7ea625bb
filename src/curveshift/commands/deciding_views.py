"""How robustness, fronts, contributions, information and conditioning look as tables and as rows of numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from curveshift.commands.output import short, table

if TYPE_CHECKING:
    from curveshift.decide import (
        Conditioned,
        Contributions,
        Estimate,
        Front,
        Information,
        Robustness,
    )

    Rows = Iterator[dict[str, Any]]


def robust_tables(found: Robustness) -> Iterator[Any]:
    """Regret by view and its largest, one table a metric, 80 columns wide."""
    yield (
        f"Policies under {len(found.views)} world views on the same random numbers. Regret: how much worse than the "
        "best policy of that view. Which metric and which view is right is not decided here.\n"
        + "\n".join(
            f"{letter}: {view} (threshold {found.thresholds[view]})"
            for letter, view in _lettered(found.views)
        )
    )
    letter = {view: mark for mark, view in _lettered(found.views)}
    for goal in found.goals:
        largest = [x for x in found.largest if x.metric == str(goal)]
        rows = []
        for one in largest:
            cells = [
                f"{short(r.value.value)}{'*' if r.best else ' '}"
                for r in found.regrets
                if (r.metric, r.policy) == (str(goal), one.policy)
            ]
            at = f"{short(one.regret.value)} {letter[one.view]}" if one.regret.value else "0  "
            rows.append([one.policy, *cells, f"{at}{'*' if one.least else ' '}"])
        head = ["policy", *(f"{mark} " for mark in letter.values()), "regret  "]
        yield table(f"{goal.words}: mean by view, {goal.unit} (* best); largest regret (* least)", head, rows)
        least = [x for x in largest if x.least]
        error = max((x.regret.error for x in largest), default=0.0)
        yield (
            f"Monte Carlo error of these regrets at most {short(error)}; {least[0].policy} has the smallest in"
            f" {least[0].least_in:.0%} of the replicates, each taken alone."
        )
    if found.satisficing:
        wanted = ", ".join(map(str, found.requirements))
        rows = []
        for s in found.satisficing:
            shares = " ".join(f"{v.value:.0%}" for v in s.draws_met.values()) or "-"
            missed = " ".join(letter[text.partition(":")[0]] for text in s.fails_in) or "-"
            rows.append([s.policy, f"{s.views_met}/{len(found.views)}", shares, missed])
        head = ["policy", "views met", "draws met, by view", "not met in"]
        yield table(f"Requirements: {wanted}", head, rows, 4)


def robust_rows(found: Robustness) -> Rows:
    """One number a row."""
    for r in found.regrets:
        for what, x in (("value", r.value), ("regret", r.regret)):
            yield _robust_row(r.metric, r.policy, r.view, what, x.value, x.error)
    for m in found.largest:
        yield _robust_row(m.metric, m.policy, m.view, "largest_regret", m.regret.value, m.regret.error)
        yield _robust_row(m.metric, m.policy, "", "least_in", m.least_in, None)
    for s in found.satisficing:
        yield _robust_row("requirements", s.policy, "", "views_met", s.views_met, None)
        for view, x in s.draws_met.items():
            yield _robust_row("requirements", s.policy, view, "draws_met", x.value, x.error)


def _robust_row(
    metric: str, policy: str, view: str, what: str, value: float, error: float | None
) -> dict[str, Any]:
    return {
        "metric": metric, "policy": policy, "view": view, "statistic": what, "value": value,
        "monte_carlo_error": error,
    }  # fmt: skip


def pareto_tables(found: Front) -> Iterator[Any]:
    """The policies on both metrics, 80 columns wide."""
    rows = []
    for p in sorted(found.points, key=lambda p: p.x.value):
        rows.append(
            [
                p.policy,
                _with_error(p.x),
                _with_error(p.y),
                "front" if not p.dominated_by else f"{len(p.dominated_by)} better",
                f"{p.chance_dominated:.2f}",
                f"{p.draws_dominated.value:.2f}",
            ]
        )
    x, y = f"{found.x.metric}, {found.x.unit}", f"{found.y.metric}, {found.y.unit}"
    head = ["policy", x, y, "", "chance", "draws"]
    yield table(f"{found.x} against {found.y}, means given no crossing of {found.threshold}", head, rows)
    for p in found.points:
        if p.dominated_by:
            yield f"{p.policy} is beaten on both by {', '.join(p.dominated_by)}"
    yield (
        "chance: resamples of the replicates in which some policy beats it; draws: draws in which some policy does."
    )


def pareto_rows(found: Front) -> Rows:
    """One policy a row."""
    for p in found.points:
        yield {
            "policy": p.policy, "x": p.x.value, "x_monte_carlo_error": p.x.error, "x_low": p.low_x, "x_high": p.high_x,
            "y": p.y.value, "y_monte_carlo_error": p.y.error, "y_low": p.low_y, "y_high": p.high_y,
            "x_metric": str(found.x), "y_metric": str(found.y), "dominated_by": " ".join(p.dominated_by),
            "chance_dominated": p.chance_dominated, "draws_dominated": p.draws_dominated.value,
        }  # fmt: skip


def shapley_tables(found: Contributions) -> Iterator[Any]:
    """The parts of a package, 80 columns wide."""
    total = found.total.value
    rows = [
        [
            p.part,
            _with_error(p.value),
            f"{p.value.value / total:.0%}" if total else "-",
            short(p.alone.value),
            short(p.last.value),
        ]
        for p in found.parts
    ]
    rows.append(["together", _with_error(found.total), "100%", "", ""])
    how = (
        f"exact over {found.policies_run} policies"
        if found.exact
        else f"sampled orders, {found.policies_run} policies, error of order at most "
        f"{short(max(p.order_error for p in found.parts))}"
    )
    yield table(
        f"{found.package} minus {found.base}: {found.goal.metric}, {found.goal.unit} ({how})",
        ["part", "mean over orders", "share", "alone", "last"],
        rows,
    )


def shapley_rows(found: Contributions) -> Rows:
    """One number a row."""
    for p in found.parts:
        for what, x in (("shapley", p.value), ("alone", p.alone), ("last", p.last)):
            yield _shapley_row(found, p.part, what, x, p.order_error if what == "shapley" else 0.0)
    yield _shapley_row(found, "together", "total", found.total, 0.0)


def _shapley_row(
    found: Contributions, part: str, what: str, x: Estimate, order_error: float
) -> dict[str, Any]:
    return {
        "package": found.package, "base": found.base, "metric": found.goal.metric, "unit": found.goal.unit,
        "part": part, "statistic": what, "value": x.value, "monte_carlo_error": x.error, "order_error": order_error,
    }  # fmt: skip


def voi_tables(found: Information, most: int) -> Iterator[Any]:
    """The choice, then what is worth knowing, 80 columns wide."""
    rows = [
        [name, _with_error(x), "best" if name == found.best else ""] for name, x in found.expected.items()
    ]
    wanted = ", ".join(f"{goal} x {weight:g}" for goal, weight in found.utility.items())
    yield table(f"Expected utility ({wanted}), {found.unit}", ["policy", "mean", ""], rows)
    yield "\n".join(found.in_words(min(most, 3)))
    for title, worth in (("assumption", found.singles[:most]), ("group", found.groups)):
        rows = [
            [w.name, f"{_with_error(w.value)}{'*' if w.seen else ' '}", f"{w.share:.0%}", f"{w.changes:.0%}"]
            for w in worth
        ]
        head = [title, "value ", "share", "changes"]
        yield table(f"Value of knowing it, {found.unit}", head, rows)
    yield (
        f"Perfect information: {_with_error(found.perfect)} {found.unit}. share: of that; changes: draws in which"
        " knowing it changes the choice; *: four Monte Carlo errors above 0. Values are gains on draws that the rule"
        " has not seen, so that below 0 means nothing."
    )


def voi_rows(found: Information) -> Rows:
    """One assumption or group a row."""
    for kind, worth in (("assumption", found.singles), ("group", found.groups)):
        for w in worth:
            yield {
                "kind": kind, "name": w.name, "value": w.value.value, "monte_carlo_error": w.value.error,
                "unit": found.unit, "fitted": w.fitted, "share_of_perfect": w.share, "changes": w.changes,
                "seen": w.seen,
            }  # fmt: skip
    yield {
        "kind": "perfect", "name": "", "value": found.perfect.value, "monte_carlo_error": found.perfect.error,
        "unit": found.unit, "fitted": None, "share_of_perfect": 1.0, "changes": 1.0 - found.best_share.value,
        "seen": None,
    }  # fmt: skip


def condition_tables(found: Conditioned, most: int) -> Iterator[Any]:
    """What was observed, the headline before and after, and what moved, 80 columns wide."""
    lines = [f"Observed under {found.policy}:"]
    alone = zip(found.observations, found.alone, strict=True)
    lines += [f"- {seen}: alone {left:,.0f} effective draws" for seen, left in alone]
    lines.append(f"Together {found.effective_draws:,.0f} effective draws of {found.draws:,}.")
    yield "\n".join(lines)
    if found.warning:
        yield f"Warning: {found.warning}"
    rows = [[h.policy, h.metric, _with_error(h.before), _with_error(h.after), h.unit] for h in found.headline]
    yield table(
        f"Before and after, means given no crossing of {found.threshold}",
        ["policy", "metric", "before", "after", "unit"],
        rows,
        2,
    )
    clear = sum(m.clear for m in found.moved)
    rows = [
        [
            f"{m.assumption}\n  {_spread(m.before)} to {_spread(m.after)}",
            f"{m.shift:+.2f} ±{m.error:.2f}{'*' if m.clear else ' '}",
        ]
        for m in found.moved[:most]
    ]
    yield table(
        f"What moved: median (90 %); {clear} of {len(found.moved)} moved clearly",
        ["assumption, before to after", "shift "],
        rows,
    )
    yield "shift: in prior standard deviations, ± its standard error; *: three of these or more."


def condition_rows(found: Conditioned) -> Rows:
    """One number a row."""
    for h in found.headline:
        for what, x in (("before", h.before), ("after", h.after)):
            yield _condition_row("headline", h.metric, h.policy, what, x.value, x.error)
    for m in found.moved:
        for what, three in (("before", m.before), ("after", m.after)):
            for level, value in zip(("p05", "p50", "p95"), three, strict=True):
                yield _condition_row("assumption", m.assumption, "", f"{what}_{level}", value, None)
        yield _condition_row("assumption", m.assumption, "", "shift", m.shift, m.error)
    yield _condition_row("draws", "effective_draws", "", "", found.effective_draws, None)


def _condition_row(
    kind: str, name: str, policy: str, what: str, value: float, error: float | None
) -> dict[str, Any]:
    return {
        "kind": kind, "name": name, "policy": policy, "statistic": what, "value": value, "monte_carlo_error": error,
    }  # fmt: skip


def _lettered(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Short heads for columns: A, B, C, or numbers when there are more views than letters."""
    return [(chr(ord("A") + i) if i < 26 else str(i + 1), name) for i, name in enumerate(names)]


def _with_error(x: Estimate) -> str:
    return f"{short(x.value)} ±{short(x.error)}"


def _spread(three: tuple[float, float, float]) -> str:
    low, median, high = three
    return f"{short(median)} ({short(low)}-{short(high)})"
