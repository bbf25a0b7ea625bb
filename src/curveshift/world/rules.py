"""A policy compiled to arrays: what each product line needs in each month, and the levers."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from curveshift import controls, facts
from curveshift.controls import ChipSpec, LicencePolicy, Status
from curveshift.errors import CurveshiftError
from curveshift.records import read_compiled
from curveshift.world.history import History, relative_specs
from curveshift.world.ledger import NO_CAP, PolicyMonths
from curveshift.world.legal import LICENCES, LINES, STANCES
from curveshift.world.timeline import DATA
from curveshift.world.units import H100_BANDWIDTH_TBS, H100_TFLOPS_16BIT, H100_TOPS_8BIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from curveshift.scenario import Lever, Policy

Changes: TypeAlias = tuple[tuple[str, float], ...]


_LICENCE_COLUMN: Final = {
    LicencePolicy.PRESUMPTION_OF_APPROVAL: LICENCES.index("presumption_of_approval"),
    LicencePolicy.ASSURED: LICENCES.index("guided"),
    LicencePolicy.CASE_BY_CASE: LICENCES.index("case_by_case"),
    LicencePolicy.PRESUMPTION_OF_DENIAL: LICENCES.index("presumption_of_denial"),
}


def month_starts(n_months: int) -> tuple[date, ...]:
    """First days of the months from January 2022."""
    return tuple(date(2022 + i // 12, i % 12 + 1, 1) for i in range(n_months))


def rule_days(policy: Policy, months: Sequence[date], as_of: date) -> list[date | None]:
    """The day whose rule book holds in each month; after the as-of date the record is that of the as-of date."""
    days: list[date | None] = []
    for month, book in zip(months, policy.rule_dates(months), strict=True):
        days.append(min(month.replace(day=15), as_of) if book == "record" else book)
    return days


@lru_cache(maxsize=512)
def _variant(day: date | None, changes: Changes, built: date) -> ChipSpec | None:
    """The best part free of licences under a day's rules, or None when no design passes."""
    try:
        return controls.variant(day, dict(changes) or None, built=built)
    except CurveshiftError:
        return None


@lru_cache(maxsize=64)
def _uncut(built: date) -> ChipSpec:
    return controls.variant(None, built=built)


def _raw(chip: ChipSpec) -> list[float]:
    wide = (chip.fp16_dense_tflops or 0.0) / H100_TFLOPS_16BIT
    eight = (chip.fp8_dense_tops or chip.fp16_dense_tflops or 0.0) / H100_TOPS_8BIT
    four = (chip.fp4_dense_tops or 0.0) / H100_TOPS_8BIT or eight
    return [wide, eight, four, (chip.memory_bandwidth_gbs or 0.0) / 1000.0 / H100_BANDWIDTH_TBS]


def compile_policy(
    policy: Policy,
    levers: Mapping[str, Lever],
    record: Policy,
    history: History,
    n_months: int,
    as_of: date,
) -> PolicyMonths:
    """Turn a policy into arrays by month.

    A month of the record counts as observed as long as the policy's rules and Beijing's stance have been those
    of the record in every month so far; after the first difference history is counterfactual.

    Parameters
    ----------
    policy, record : Policy
        ``record`` is the policy that history followed (the status quo).
    history : History
    n_months : int
        Length of the horizon from January 2022.
    as_of : datetime.date
    """
    months = month_starts(n_months)
    own, stances, lever = _by_month(policy, levers, months, as_of)
    factual, record_stances, lever_record = (
        (own, stances, lever) if policy is record else _by_month(record, levers, months, as_of)
    )
    same = np.all(own["licence"] == factual["licence"], axis=(1, 2))
    for part in ("cap", "fee", "tariff"):
        same &= np.all(own[part] == factual[part], axis=1)
    # What the variant may be is part of the rules too.
    same &= np.all(own["raw"][:, -1] == factual["raw"][:, -1], axis=1)
    same &= np.array([a == b for a, b in zip(stances, record_stances, strict=True)])
    observed = np.cumprod(same & (np.arange(n_months) < history.months)).astype(np.float64)
    stance = np.array([[float(s == name) for name in STANCES] for s in stances])
    # In the record China bought flagships before the first rule and variants after it.
    banned = factual["licence"][:, 0, LICENCES.index("free")] == 0
    licensed = date.fromisoformat(read_compiled(DATA / "timeline.json")["h20_as_licensed_line"]["from"])
    h20_era = np.array([m >= licensed for m in months])
    line = np.zeros((n_months, len(LINES)))
    line[~banned, LINES.index("flagship")] = 1.0
    line[banned & ~h20_era, LINES.index("variant")] = 1.0
    line[banned & h20_era, LINES.index("h20")] = 1.0
    return PolicyMonths(
        observed=observed,
        licence=own["licence"],
        cap=own["cap"],
        fee=own["fee"],
        tariff=own["tariff"],
        line_raw=own["raw"],
        follows=own["follows"],
        observed_line=line,
        stance=stance,
        lever=lever,
        lever_record=lever_record,
    )


def _by_month(
    policy: Policy, levers: Mapping[str, Lever], months: tuple[date, ...], as_of: date
) -> tuple[dict[str, NDArray[np.float64]], list[str], dict[str, NDArray[np.float64]]]:
    """A policy's permits, stances and levers in each month."""
    permits = _permits(*_rule_book_months(policy, months, as_of), months, as_of)
    values = {name: np.asarray(policy.lever_values(lever, months)) for name, lever in levers.items()}
    return permits, policy.stances(months), values


def _rule_book_months(
    policy: Policy, months: Sequence[date], as_of: date
) -> tuple[tuple[date | None, ...], tuple[Changes, ...]]:
    """The rule book of each month: the day whose rules hold, and what the policy changes in them."""
    changes = tuple(tuple(sorted(c.items())) for c in policy.rule_changes(months))
    return tuple(rule_days(policy, months, as_of)), changes


@lru_cache(maxsize=64)
def _permits(
    days: tuple[date | None, ...], changes: tuple[Changes, ...], months: tuple[date, ...], as_of: date
) -> dict[str, NDArray[np.float64]]:
    """Licence policy (one-hot; all zero when denied), cap, fee, tariff and specifications by month and line."""
    n = len(months)
    timeline = read_compiled(DATA / "timeline.json")
    specs = {chip["chip"]: chip for chip in facts.rows("chips")}
    catalogue = controls.catalogue()
    out: dict[str, NDArray[np.float64]] = {
        "licence": np.zeros((n, len(LINES), len(LICENCES))),
        "cap": np.full((n, len(LINES)), NO_CAP),
        "fee": np.zeros((n, len(LINES))),
        "tariff": np.zeros((n, len(LINES))),
        "raw": np.full((n, len(LINES), 4), 1e-6),
        "follows": np.zeros((n, len(LINES), 4)),
    }
    out["raw"][:, 0] = 1.0
    out["follows"][:, 0] = 1.0
    for m, (month, day, change) in enumerate(zip(months, days, changes, strict=True)):
        flagship = [s["chip"] for s in timeline["flagships"] if date.fromisoformat(s["from"]) <= month][-1]
        _judge(out, m, 0, catalogue[flagship], day, change)
        for i, name in enumerate(LINES[1:4], start=1):
            part = timeline["lines"][name]
            out["raw"][m, i] = relative_specs(specs[part["chip"]])
            # A part that is free is covered by the flagship or by the variant: the line is for licensed sales.
            if date.fromisoformat(part["from"]) <= month + timedelta(days=30):
                _judge(out, m, i, catalogue[part["chip"]], day, change)
                out["licence"][m, i, LICENCES.index("free")] = 0.0
        built = min(month.replace(day=15), as_of)
        best, whole = _variant(day, change, built), _uncut(built)
        if best is not None:
            _describe_variant(out, m, best, whole, timeline["uncut_share"])
    return out


def _describe_variant(
    out: dict[str, NDArray[np.float64]], m: int, best: ChipSpec, whole: ChipSpec, uncut_share: float
) -> None:
    """A variant needs no licence; where a rule does not cut it, it follows the flagship's growth."""
    own, base, i = np.array(_raw(best)), np.array(_raw(whole)), LINES.index("variant")
    out["licence"][m, i, LICENCES.index("free")] = 1.0
    free_ops = own[0] >= uncut_share * base[0]
    free_bandwidth = own[3] >= uncut_share * base[3]
    if free_ops:
        out["raw"][m, i, :3], out["follows"][m, i, :3] = 1.0, 1.0
    else:
        out["raw"][m, i, :3] = own[:3]
    # The sixth stack of an H20 is extra: relative to a flagship of the day it keeps its share.
    if free_bandwidth:
        out["raw"][m, i, 3], out["follows"][m, i, 3] = (
            (1.0 if free_ops else min(base[3], own[3]) / base[3]),
            1.0,
        )
    else:
        out["raw"][m, i, 3] = own[3]


def _judge(
    out: dict[str, NDArray[np.float64]],
    m: int,
    i: int,
    chip: ChipSpec,
    day: date | None,
    change: Changes,
) -> None:
    found = _ruling(chip, day, change)
    if found is None or found.status.free or found.status is Status.NOTIFICATION:
        out["licence"][m, i, LICENCES.index("free")] = 1.0
        return
    if found.status is Status.LICENCE_REQUIRED and found.licence_policy in _LICENCE_COLUMN:
        out["licence"][m, i, _LICENCE_COLUMN[found.licence_policy]] = 1.0
    if found.cap_share_of_us_volume is not None:
        out["cap"][m, i] = found.cap_share_of_us_volume
    out["fee"][m, i] = found.fee_share or 0.0
    out["tariff"][m, i] = found.tariff_share or 0.0


@lru_cache(maxsize=4096)
def _ruling(chip: ChipSpec, day: date | None, change: Changes) -> Any:
    if day is None:
        return None
    return controls.ruling(chip, day, to="CN", rules=controls.rule_book(dict(change)) if change else None)
