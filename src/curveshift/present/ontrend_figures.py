"""The on-trend test as a figure: what a model cost against what its capability and date make likely."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from curveshift.errors import CurveshiftError, unknown_name

from . import style, words
from . import trend_parts as parts
from .figure import Figure
from .ontrend_panels import COLUMNS, MAIN, Measure, density_panel, main_panel, side_panel

if TYPE_CHECKING:
    import pandas as pd

    from curveshift.trends.verdicts import OnTrend

Quantity = Literal["cost", "compute"]
BEFORE: Final = timedelta(days=900)
AFTER: Final = timedelta(days=300)
ALIKE_OOM: Final = 0.5
"""Models within this distance of the candidate's capability are drawn filled."""
LEVELS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
MONTHS: Final = 12.0


def on_trend_figure(found: OnTrend, of: Quantity = "cost") -> Figure:
    """What a model cost beside what its capability and date make likely, and beside its rivals.

    Parameters
    ----------
    found : OnTrend
    of : {"cost", "compute"}
        Dollars on the basis of the test, or training FLOP, which prices do not blur.

    Returns
    -------
    Figure

    Raises
    ------
    CurveshiftError
        For another quantity.
    """
    frame, measure = points(found, of)
    own = found.candidate
    quantiles = {name: float(frame[name].iloc[0]) for name in COLUMNS}
    title = _title(own.name, measure, quantiles)
    count = int((frame["what"] == "model").sum())
    subtitle = (
        f"{measure.basis} Points: {count} other models by date of release, filled where their capability is within half"
        f" an order of magnitude of that of {own.name}. Grey: predictive interval from the others, 90 %, 50 % and"
        " median."
    )
    sentence = (
        "The interval holds the doubt about the model's capability, about the trend, about how much one recipe differs"
        f" from the next{', and about prices' if of == 'cost' else ''}. A point outside it would be a break in"
        " the trend; a point inside it is an expected one. Models whose compute is not published are not among the"
        " points, though the trend rests on their scores."
    )
    if found.remarks:
        sentence += f" {'; '.join(found.remarks)}."
    side = [side_panel(frame, measure)]
    if measure.actual is not None:
        side.append(density_panel(measure))
    panels = [main_panel(frame, measure), {"vconcat": side, "spacing": 14}]
    spec = style.page(title, subtitle, panels, columns=2)
    spec["title"] = style.heading(title, subtitle, MAIN + parts.HALF)
    return Figure(spec, title, f"{subtitle} {sentence}", frame, tuple(found.sources()))


def points(found: OnTrend, of: Quantity = "cost") -> tuple[pd.DataFrame, Measure]:
    """What the figure draws: the model itself first, its rivals, the others; and the quantity on its axis."""
    import pandas as pd

    if of not in ("cost", "compute"):
        raise unknown_name("quantity", str(of), ("cost", "compute"), "of")
    measure = _measure(found, of)
    own = found.candidate
    candidate = {
        "what": "candidate",
        "model": own.name,
        "day": own.released,
        "bloc": parts.BLOCS[own.bloc],
        "value": measure.actual,
        "alike": True,
        "rival": False,
        **dict(zip(COLUMNS, 10.0 ** np.quantile(measure.draws, LEVELS), strict=True)),
    }
    frame = pd.DataFrame([candidate, *_rivals(found, of, measure), *_models(found, of)])
    frame["day"] = pd.to_datetime(frame["day"])
    frame["value"] = frame["value"].astype(float)
    return frame, measure


def _measure(found: OnTrend, of: Quantity) -> Measure:
    from curveshift.trends.costs import DEFINITIONS

    if of == "compute":
        axis = "training FLOP, log scale"
        flop = found.candidate.training_flop
        return Measure(
            found.expected_log10_flop, flop, "FLOP", axis, "Training compute of the final run.", "took"
        )
    axis = "training cost, USD, log scale"
    basis = f"Cost on one basis: {DEFINITIONS[found.definition]}."
    usd = None if found.actual is None else found.actual.usd_central
    return Measure(found.expected_log10_usd, usd, "USD", axis, basis, "cost")


def amount(value: float, unit: str) -> str:
    """A number of dollars or of FLOP in words.

    Examples
    --------
    >>> amount(5_576_000, "USD"), amount(3.3e24, "FLOP")
    ('5.6 million USD', '3.3e24 FLOP')
    """
    number = words.number(value) if unit == "USD" else f"{value:.1e}".replace("e+", "e")
    return f"{number} {unit}"


def _title(name: str, measure: Measure, at: dict[str, float]) -> str:
    from curveshift.trends.verdicts import ordinal

    low, middle, high = (at[c] for c in ("q05", "q50", "q95"))
    span = (
        words.span(low, high)
        if measure.unit == "USD"
        else f"{amount(low, '').strip()} to {amount(high, '').strip()}"
    )
    likely = f"{amount(middle, measure.unit)} likely (90 %: {span})"
    if measure.actual is None:
        return f"What {name} {measure.verb} is not published; its capability and date make {likely}"
    share = float(np.mean(measure.draws < math.log10(measure.actual)))
    place = "inside the 90 % interval" if low <= measure.actual <= high else "outside the 90 % interval"
    return (
        f"{name} {measure.verb} {amount(measure.actual, measure.unit)}; models of its capability and date make"
        f" {likely}: it is {place}, at the {ordinal(100.0 * share)} percentile"
    )


def _rivals(found: OnTrend, of: Quantity, measure: Measure) -> list[dict[str, Any]]:
    posterior = found.posterior
    days = dict(zip(posterior.panel.models, parts.release_days(posterior), strict=True))
    rows = []
    for rival in found.rivals:
        at = posterior.index(rival.name)
        flop = posterior.panel.log10_flop[at]
        # Of compute the ratio is that of costs without the fall of prices.
        ratio = (
            np.log10(rival.expected_ratio)
            if of == "cost"
            else rival.capability_gap_oom + posterior["efficiency"] * rival.months_older / MONTHS
        )
        ends = 10.0 ** np.quantile(measure.draws + ratio, LEVELS)
        usd = rival.cost.usd_central if rival.cost else math.nan
        value = usd if of == "cost" else 10.0**flop
        rows.append(
            {
                "what": "rival",
                "model": rival.name,
                "day": days[rival.name],
                "bloc": parts.BLOCS[posterior.panel.blocs[at]],
                "value": value,
                "alike": _alike(found, at),
                "rival": True,
                **dict(zip(COLUMNS, ends, strict=True)),
            }
        )
    return rows


def _alike(found: OnTrend, at: int) -> bool:
    gap = np.median(found.posterior.capability[:, at]) - np.median(found.capability)
    return bool(abs(gap) <= ALIKE_OOM)


def _models(found: OnTrend, of: Quantity) -> list[dict[str, Any]]:
    """Models around the candidate's date whose cost or compute is known, on its basis."""
    from curveshift.trends.costs import recost

    posterior = found.posterior
    rows = []
    skip = {found.candidate.name, *(r.name for r in found.rivals)}
    for at, (name, day) in enumerate(zip(posterior.panel.models, parts.release_days(posterior), strict=True)):
        if name in skip or not found.candidate.released - BEFORE <= day <= found.candidate.released + AFTER:
            continue
        if of == "compute":
            value = float(10.0 ** posterior.panel.log10_flop[at])
        else:
            try:
                value = recost(name, found.definition, as_of=posterior.panel.as_of).usd_central
            except CurveshiftError:
                continue
        if not math.isnan(value):
            bloc = parts.BLOCS[posterior.panel.blocs[at]]
            rows.append(
                {
                    "what": "model",
                    "model": name,
                    "day": day,
                    "bloc": bloc,
                    "value": value,
                    "alike": _alike(found, at),
                    "rival": False,
                }
            )
    return rows
